//! A door while its station rings or talks: picture, what has to be known, buttons.

use leptos::prelude::*;

use super::guard::GuardNote;
use super::picture::DoorPicture;
use super::relays::Relays;
use crate::components::kit::say;
use crate::desk::view::doors::DoorView;
use crate::store::Stores;

/// Everything about the door of a call, once the list of doors is here.
#[component]
pub fn DoorPanel(
    /// Id of the entrance.
    id: String,
) -> impl IntoView {
    let stores = Stores::use_context();
    move || {
        stores.doors.known(&id).map(|view| {
            let name = Signal::derive(move || view.with(|door| door.name.clone()));
            let camera = view.with_untracked(|door| door.pictures);
            view! {
                <div class="door-panel">
                    <DoorPicture door=id.clone() name camera/>
                    <DoorNotes view/>
                </div>
            }
        })
    }
}

/// Site, instructions and buttons of a door.
#[component]
pub fn DoorNotes(
    /// The door.
    view: Signal<DoorView>,
) -> impl IntoView {
    view! {
        <div class="door-notes">
            <p class="door-site clip"><bdi>{say(move || view.with(|door| door.site.clone()))}</bdi></p>
            {move || Some(view.with(|door| door.instructions.clone())).filter(|text| !text.is_empty()).map(|text| view! {
                <p class="door-instructions"><bdi>{text}</bdi></p>
            })}
            <GuardNote view/>
            <Relays view/>
        </div>
    }
}

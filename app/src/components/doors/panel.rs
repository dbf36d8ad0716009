//! A door while its station rings or talks: picture, what has to be known, buttons.

use leptos::prelude::*;

use super::door;
use super::guard::GuardNote;
use super::picture::DoorPicture;
use super::relays::Relays;
use crate::components::kit::{memo, say};
use crate::desk::view::doors::DoorView;
use crate::store::Stores;

/// Everything about the door of a call.
#[component]
pub fn DoorPanel(
    /// Id of the entrance.
    id: String,
) -> impl IntoView {
    let known = door(Stores::use_context(), id.clone());
    let there = memo(move || known.with(Option::is_some));
    let camera = memo(move || known.with(|door| door.as_ref().is_some_and(|door| door.pictures)));
    let name = Signal::derive(move || known.with(|door| door.as_ref().map_or_else(String::new, |door| door.name.clone())));
    move || {
        there.get().then(|| {
            view! {
                <div class="door-panel">
                    <DoorPicture door=id.clone() name camera=camera.get()/>
                    <DoorNotes id=id.clone()/>
                </div>
            }
        })
    }
}

/// Site, instructions and buttons of a door.
#[component]
pub fn DoorNotes(
    /// Id of the entrance.
    id: String,
) -> impl IntoView {
    let known = door(Stores::use_context(), id);
    let there = memo(move || known.with(Option::is_some));
    move || {
        there.get().then(|| {
            // A door that leaves the list keeps its last state until this is drawn again.
            let last = StoredValue::new(known.get_untracked());
            let view = Signal::derive(move || {
                if let Some(door) = known.get() {
                    last.set_value(Some(door));
                }
                last.with_value(|door| door.clone().unwrap_or_else(nothing))
            });
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
        })
    }
}

fn nothing() -> DoorView {
    DoorView {
        id: String::new(),
        name: String::new(),
        site_id: String::new(),
        site: String::new(),
        instructions: String::new(),
        pictures: false,
        relays: Vec::new(),
        call: None,
    }
}

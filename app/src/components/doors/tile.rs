//! A door in the list of entrances.

use leptos::prelude::*;

use super::picture::DoorPicture;
use super::relays::Relays;
use crate::components::kit::{Badge, Tone, When, memo, say};
use crate::desk::view::doors::DoorView;
use crate::i18n::{I18n, Key};

/// Live picture, name, buttons.
#[component]
pub fn DoorTile(
    /// The door.
    view: Signal<DoorView>,
) -> impl IntoView {
    let t = I18n::use_context();
    let name = Signal::derive(move || view.with(|door| door.name.clone()));
    let (id, camera) = view.with_untracked(|door| (door.id.clone(), door.pictures));
    let busy = memo(move || view.with(|door| door.call.is_some()));
    view! {
        <li class="door-tile" class:is-ringing=move || busy.get()>
            <DoorPicture door=id name camera/>
            <div class="door-tile-body">
                <div class="door-tile-head">
                    <h3 class="clip"><bdi>{say(move || name.get())}</bdi></h3>
                    <When when=move || busy.get()>
                        <Badge label=t.of(Key::DoorRing) tone=Signal::stored(Tone::Accent)/>
                    </When>
                </div>
                <Relays view/>
            </div>
        </li>
    }
}

//! Doors: a live picture, what has to be known, the buttons of the relays and what becomes of them.

mod guard;
mod panel;
mod past;
mod picture;
mod relays;
mod tile;

pub use guard::{Armed, DoorGuard};
pub use panel::{DoorNotes, DoorPanel};
pub use past::AccessRow;
pub use picture::DoorPicture;
pub use relays::Relays;
pub use tile::DoorTile;

use leptos::prelude::*;

use crate::components::kit::memo;
use crate::desk::view::doors::DoorView;
use crate::store::Stores;

/// A door as it is now; `None` while the list of doors is not here.
pub fn door(stores: Stores, id: String) -> Memo<Option<DoorView>> {
    memo(move || {
        // The row of a door comes with the list.
        stores.doors.keys().contains(&id).then(|| stores.doors.row(&id).map(|row| row.get())).flatten()
    })
}

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

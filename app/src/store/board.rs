//! What the wallboard and the alarms read, on a desk and on a screen at which nobody signs in.

use leptos::prelude::*;

use super::{Cell, Rows};
use crate::desk::Millis;
use crate::desk::view::floor::{FloorQueueRow, FloorView};

/// Provided once, at the root.
#[derive(Clone, Copy)]
pub struct Board {
    /// The floor as a whole.
    pub floor: Cell<FloorView>,
    /// Its queues, by name.
    pub queues: Rows<String, FloorQueueRow>,
    /// The page's clock, moving once a second.
    pub now: Cell<Millis>,
}

impl Board {
    /// The board of this page. Call it in a component's body, not in an event handler.
    pub fn use_context() -> Board {
        expect_context::<Board>()
    }
}

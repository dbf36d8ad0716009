//! What the pages of the office read.

use leptos::prelude::*;

use super::{Cell, Front};
use crate::desk::office::view::OfficeView;

/// Every store of the office, those of [`Front`] among them. Provided once, at the root.
#[derive(Clone, Copy)]
pub struct OfficeStores {
    /// What the sign-in page reads too.
    pub front: Front,
    /// Who is in the office, and which pages that person has.
    pub office: Cell<OfficeView>,
}

impl OfficeStores {
    /// Creates these stores under the current reactive owner.
    pub fn new(front: Front) -> OfficeStores {
        OfficeStores { front, office: Cell::new() }
    }

    /// The stores of this page. Call it in a component's body, not in an event handler.
    pub fn use_context() -> OfficeStores {
        expect_context::<OfficeStores>()
    }
}

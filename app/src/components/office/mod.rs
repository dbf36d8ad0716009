//! The frame of the office, and its words.

mod frame;

pub use frame::{OfficeFrame, OfficeTitle};

use crate::desk::office::Tab;
use crate::desk::office::view::Role;
use crate::i18n::Word;

/// A page's name.
#[must_use]
pub fn tab(tab: Tab) -> Word {
    match tab {
        Tab::Overview => Word::Overview,
    }
}

/// A role in words.
#[must_use]
pub fn role(role: Role) -> Word {
    match role {
        Role::Agent => Word::Agent,
        Role::Concierge => Word::Concierge,
        Role::Supervisor => Word::Supervisor,
        Role::Viewer => Word::Viewer,
        Role::Administrator => Word::Administrator,
        Role::Unknown => Word::OtherRole,
    }
}

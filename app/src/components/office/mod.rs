//! The frame of the office, its lists and forms, and its words.

mod entry;
mod frame;
mod hours;
mod list;
mod lists;
mod open;
mod password;
mod rows;
mod sheet;
mod table;
mod walls;

pub use entry::{Entry, Tick, Wrong};
pub use frame::{OfficeFrame, OfficeTitle};
pub use hours::Hours;
pub use list::{Line, Reading, RecordList};
pub use lists::{Agents, Choices};
pub use open::{Open, edit_queue, queue};
pub use password::OwnPassword;
pub use rows::{Done, LockoutLine, SessionLine};
pub use sheet::FormSheet;
pub use table::{Table, graded};
pub use walls::{NewWall, WallDone, WallLine};

use crate::desk::office::Tab;
use crate::desk::office::view::Role;
use crate::i18n::Word;

/// A page's name.
#[must_use]
pub fn tab(tab: Tab) -> Word {
    match tab {
        Tab::Overview => Word::Overview,
        Tab::Reports => Word::Reports,
        Tab::People => Word::People,
        Tab::Queues => Word::Queues,
        Tab::Reasons => Word::Reasons,
        Tab::Screens => Word::Screens,
        Tab::Sessions => Word::Sessions,
        Tab::Lockouts => Word::Lockouts,
        Tab::Audit => Word::Audit,
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

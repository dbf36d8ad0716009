//! Calls on the screen: the one in front as a card, the others as lines, the picture, the keypad.

mod card;
mod controls;
mod keypad;
mod line;
mod modes;
pub(crate) mod picture;
mod stage;
mod transfer;

pub use modes::Modes;
pub use stage::Stage;

use crate::desk::Millis;
use crate::desk::view::call::CallView;

/// Seconds of conversation; none before the answer.
pub(crate) fn duration(call: &CallView, now: Millis) -> Option<u64> {
    call.answered_at.map(|at| at.passed(call.ended_at.unwrap_or(now)))
}

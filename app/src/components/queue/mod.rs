//! Work for the queues: one's own state with its buttons, who waits, and finishing a call.

mod bar;
mod board;
mod wrap_up;

pub use bar::WorkBar;
pub use board::QueueBoard;
pub use wrap_up::WrapUp;

use crate::desk::Millis;

/// Whole seconds from a moment until now.
fn passed(since: Millis, now: Millis) -> u64 {
    now.saturating_sub(since) / 1000
}

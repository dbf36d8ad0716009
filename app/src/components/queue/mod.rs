//! Work for the queues: one's own state with its buttons, who waits, and finishing a call.

mod bar;
mod board;
mod head;
mod wrap_up;

pub use bar::WorkBar;
pub use board::{QueueBoard, door_words};
pub(crate) use head::QueueHead;
pub use wrap_up::WrapUp;

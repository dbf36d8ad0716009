//! The pages of the office, one file each.

mod missing;
mod overview;
mod people;
mod queues;
mod reasons;

pub use missing::{Missing, NotYours};
pub use overview::Overview;
pub use people::People;
pub use queues::Queues;
pub use reasons::Reasons;

//! The pages of the office, one file each.

mod missing;
mod overview;

pub use missing::{Missing, NotYours};
pub use overview::Overview;

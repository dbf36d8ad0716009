//! The pages of the office, one file or folder each.

mod audit;
mod call;
mod lockouts;
mod missing;
mod overview;
mod people;
mod queues;
mod reasons;
mod reports;
mod screens;
mod sessions;

pub use audit::Audit;
pub use call::Call;
pub use lockouts::Lockouts;
pub use missing::{Missing, NotYours};
pub use overview::Overview;
pub use people::People;
pub use queues::Queues;
pub use reasons::Reasons;
pub use reports::Reports;
pub use screens::Screens;
pub use sessions::Sessions;

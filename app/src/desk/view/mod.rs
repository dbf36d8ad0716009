//! View models: what each screen shows, as plain values. What is not allowed at a moment is absent. Words are not
//! here: a page turns the enums into the user's language.

pub(super) mod board;
pub mod call;
pub mod callers;
pub mod desk;
pub mod device_check;
pub mod diagnostics;
pub mod doors;
pub mod floor;
pub mod history;
pub mod incoming;
pub mod pages;
pub mod session;
pub mod visitor;
pub mod work;

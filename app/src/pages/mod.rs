//! One file per route.

mod access;
mod desk;
mod device_check;
mod diagnostics;
mod doors;
mod floor;
mod history;
mod not_found;
pub mod office;
mod screen;
mod settings;
mod sign_in;
mod visitor;
mod wallboard;

pub use access::Access;
pub use desk::Desk;
pub use diagnostics::Diagnostics;
pub use doors::Doors;
pub use floor::Floor;
pub use history::History;
pub use not_found::NotFound;
pub use screen::Screen;
pub use settings::Settings;
pub use sign_in::SignIn;
pub use visitor::Visitor;
pub use wallboard::Wallboard;

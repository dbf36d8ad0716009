//! The frame around every page of a signed-in person: navigation, state of the link, ringing calls, sound.

mod announcer;
mod banner;
mod frame;
mod incoming;
mod rail;
mod shortcuts;
mod sinks;
mod strip;
mod title;
mod top;

pub use frame::Frame;
pub use shortcuts::{DialFocus, ShortcutList};
pub(crate) use shortcuts::{OPEN_DOOR, current};
pub use sinks::AudioSinks;
pub use title::{QuietTitle, Title};
pub use top::ThemeButton;

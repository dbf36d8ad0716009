//! Building blocks without knowledge of calls: buttons, fields, choosers, dialogs, icons.

mod area;
mod avatar;
mod badge;
mod boxed;
mod button;
mod dialog;
mod each;
mod empty;
mod field;
mod focus;
mod icon;
mod logo;
mod meter;
mod note;
mod select;
mod spinner;
mod timer;
mod when;

pub use area::TextArea;
pub use avatar::{Avatar, AvatarSize};
pub use badge::{Badge, Tone};
pub use boxed::{memo, react, say};
pub use button::{Button, IconButton, Look, RoundButton, RoundLook};
pub use dialog::Dialog;
pub use each::Each;
pub use empty::EmptyState;
pub use field::TextField;
pub use focus::catch_focus;
pub use icon::{Glyph, Icon};
pub use logo::Logo;
pub use meter::{Meter, scale_x};
pub use note::Note;
pub use select::{Choice, Select};
pub use spinner::Spinner;
pub use timer::{Timer, clock_text, seconds_until};
pub use when::When;

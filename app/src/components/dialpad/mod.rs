//! Dialling: the twelve keys, and the field with its buttons.

mod dialler;
mod keys;

pub use dialler::Dialler;
pub(crate) use dialler::target;
pub use keys::Keys;

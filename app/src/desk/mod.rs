//! Product logic in plain Rust: events in, view models and effects out. No browser, no Leptos, no clock.

pub mod action;
pub mod settings;
pub mod view;

/// A moment on the page's monotonic clock, in milliseconds. Zero is the start of the page.
pub type Millis = u64;

/// Names one call for as long as the page lives. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(pub u64);

impl std::fmt::Display for CallKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for CallKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(CallKey)
    }
}

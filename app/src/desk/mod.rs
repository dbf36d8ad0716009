//! Product logic in plain Rust: events in, view models and effects out. No browser, no Leptos, no clock.

pub mod action;
mod call;
mod changed;
pub mod effect;
pub mod event;
pub mod gate;
mod heard;
pub mod kept;
pub mod office;
mod pulse;
mod server_clock;
pub mod settings;
mod state;
mod update;
pub mod view;
pub mod wall;

use std::collections::VecDeque;

pub use changed::Changed;
use effect::Effect;
use event::Event;
use state::State;

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

/// The desk. Give it one event, then carry out every effect; the view models can be read at any time.
#[derive(Debug)]
pub struct Desk {
    state: State,
    effects: VecDeque<Effect>,
    settled: update::Settled,
    changed: Changed,
    /// The quarter of an hour at the last tick: figures of queues count from it.
    quarter: i64,
}

impl Desk {
    /// A desk before [`Event::Started`].
    #[must_use]
    pub fn new() -> Desk {
        Desk {
            state: State::new(),
            effects: VecDeque::new(),
            settled: update::Settled::default(),
            changed: Changed { all: true, ..Changed::default() },
            quarter: 0,
        }
    }

    /// One thing happened: `now` on the page's clock, `unix` on the browser's wall clock.
    pub fn handle(&mut self, now: Millis, unix: i64, event: Event) {
        self.state.now = now;
        self.state.unix = unix;
        self.note_event(&event);
        self.update(event);
        self.settle();
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// What the user chose for this browser.
    #[must_use]
    pub fn settings(&self) -> &settings::Settings {
        &self.state.settings
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }
}

impl Default for Desk {
    fn default() -> Self {
        Desk::new()
    }
}

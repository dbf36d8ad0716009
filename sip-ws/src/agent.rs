//! The browser's user agent: one identity, one flow at a time, several calls. Routes input to the machines and drains them.

use std::collections::VecDeque;

use crate::ids::Ids;
use crate::io::{Input, Millis, Output, Profile};

/// A user agent. Hand in every [`Input`], then drain [`poll`](Self::poll) until [`Output::Wait`].
#[derive(Debug)]
pub struct Agent {
    profile: Profile,
    ids: Ids,
    out: VecDeque<Output>,
}

impl Agent {
    /// An agent at rest; [`Command::Start`](crate::io::Command::Start) connects it. The seed must be random and used once.
    #[must_use]
    pub fn new(profile: Profile, seed: [u8; 32]) -> Self {
        Self { profile, ids: Ids::new(seed), out: VecDeque::new() }
    }

    /// Something happened at `now`.
    pub fn input(&mut self, _now: Millis, _input: Input) {
        let _ = (&self.profile, &mut self.ids);
    }

    /// The next output. [`Output::Wait`] says that there is no more.
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or(Output::Wait(None))
    }
}

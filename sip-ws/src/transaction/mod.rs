//! The four transactions of RFC 3261 section 17 (with RFC 6026), as values without messages: statuses and time in, effects out.
//!
//! [`Endpoint`](crate::endpoint::Endpoint) keeps the messages and matches them (17.1.3, 17.2.3); a machine says what to do with them.

mod client_invite;
mod client_other;
pub(crate) mod key;
mod server_invite;
mod server_other;

pub use client_invite::ClientInvite;
pub use client_other::ClientOther;
pub use server_invite::ServerInvite;
pub use server_other::ServerOther;

use crate::io::Millis;
use crate::timers;

/// What a machine wants done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Send the request (client) or the last response (server), again where it was sent before.
    pub send: bool,
    /// Send the ACK of the refusal.
    pub ack: bool,
    /// Hand the received message to the core.
    pub pass: bool,
    /// Tell the core that no response (client) or no ACK (server) came.
    pub failed: bool,
}

impl Effects {
    pub(crate) const NONE: Self = Self { send: false, ack: false, pass: false, failed: false };
    pub(crate) const PASS: Self = Self { pass: true, ..Self::NONE };
}

/// Retransmission with doubling interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backoff {
    /// When to send next.
    pub(crate) at: Millis,
    interval: u64,
    max: u64,
}

impl Backoff {
    pub(crate) const fn new(now: Millis, first: u64, max: u64) -> Self {
        Self { at: now.plus(first), interval: first, max }
    }

    pub(crate) fn advance(&mut self, now: Millis) {
        self.interval = self.interval.saturating_mul(2).clamp(timers::T1, self.max);
        self.at = now.plus(self.interval);
    }
}

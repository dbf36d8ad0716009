//! INVITE server transaction: RFC 3261 17.2.1 with the Accepted state of RFC 6026.

use super::{Backoff, Effects};
use crate::io::Millis;
use crate::timers;

/// ```text
///               INVITE received: pass, 100 sent
///                          │
///  INVITE: last ┌──────────▼┐
///  1xx again  └─┤Proceeding ├──────────────────┐
///  1xx: send    └────┬──────┘                  │
///           300-699: │ send                2xx:│send
///  G, INVITE:  ┌─────▼───┐              ┌──────▼─┐ INVITE: absorbed
///  send again└─┤Completed│              │Accepted├─┐ ACK: pass
///              └─┬─────┬─┘              └──┬───┬─┘◄┘ 2xx: send (the UAS core repeats it)
///            ACK │     │H: failed          │L  │
///        ┌───────▼─┐   │                   │
///        │Confirmed│   │                   │
///        └───────┬─┘   │                   │
///               I│     │                   │
///             ┌──▼─────▼───────────────────▼─┐
///             │          Terminated          │
///             └──────────────────────────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Proceeding,
    Completed { resend: Option<Backoff>, give_up: Millis },
    Confirmed { until: Millis },
    Accepted { until: Millis },
    Terminated,
}

/// One INVITE that we received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerInvite {
    state: State,
    reliable: bool,
}

impl ServerInvite {
    /// The INVITE arrived.
    #[must_use]
    pub const fn new(reliable: bool) -> Self {
        Self { state: State::Proceeding, reliable }
    }

    /// The INVITE arrived again.
    pub fn on_request(&mut self) -> Effects {
        match self.state {
            // 17.2.1: the last response is sent again.
            State::Proceeding | State::Completed { .. } => Effects { send: true, ..Effects::NONE },
            // RFC 6026 7.1: absorbed; the core repeats its 2xx by itself.
            State::Confirmed { .. } | State::Accepted { .. } | State::Terminated => Effects::NONE,
        }
    }

    /// The ACK arrived.
    pub fn on_ack(&mut self, now: Millis) -> Effects {
        match self.state {
            State::Completed { .. } => {
                self.state = if self.reliable { State::Terminated } else { State::Confirmed { until: now.plus(timers::I) } };
                Effects::NONE
            }
            // RFC 6026 7.1: an ACK that matches here belongs to the core.
            State::Accepted { .. } => Effects::PASS,
            State::Proceeding | State::Confirmed { .. } | State::Terminated => Effects::NONE,
        }
    }

    /// We answer with this status. Says whether the response may be sent.
    pub fn on_respond(&mut self, now: Millis, status: u16) -> Effects {
        let send = Effects { send: true, ..Effects::NONE };
        match (self.state, status) {
            (State::Proceeding, ..=199) => send,
            (State::Proceeding, 200..=299) => {
                self.state = State::Accepted { until: now.plus(timers::L) };
                send
            }
            (State::Proceeding, 300..) => {
                // G repeats on unreliable transports only; H waits for the ACK on both.
                let resend = (!self.reliable).then(|| Backoff::new(now, timers::G, timers::T2));
                self.state = State::Completed { resend, give_up: now.plus(timers::H) };
                send
            }
            (State::Accepted { .. }, 200..=299) => send,
            (State::Accepted { .. } | State::Completed { .. } | State::Confirmed { .. } | State::Terminated, _) => Effects::NONE,
        }
    }

    /// A deadline passed.
    pub fn on_timeout(&mut self, now: Millis) -> Effects {
        match &mut self.state {
            State::Completed { give_up, .. } if *give_up <= now => {
                self.state = State::Terminated;
                Effects { failed: true, ..Effects::NONE }
            }
            State::Completed { resend: Some(resend), .. } if resend.at <= now => {
                resend.advance(now);
                Effects { send: true, ..Effects::NONE }
            }
            State::Confirmed { until } | State::Accepted { until } if *until <= now => {
                self.state = State::Terminated;
                Effects::NONE
            }
            State::Proceeding | State::Completed { .. } | State::Confirmed { .. } | State::Accepted { .. } | State::Terminated => {
                Effects::NONE
            }
        }
    }

    /// When [`on_timeout`](Self::on_timeout) has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<Millis> {
        match self.state {
            State::Completed { resend, give_up } => Some(resend.map_or(give_up, |r| r.at.min(give_up))),
            State::Confirmed { until } | State::Accepted { until } => Some(until),
            State::Proceeding | State::Terminated => None,
        }
    }

    /// No final response has been sent yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Proceeding)
    }

    /// A 2xx has been sent: the core repeats it, not the transaction.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self.state, State::Accepted { .. })
    }

    /// Nothing more will happen.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}

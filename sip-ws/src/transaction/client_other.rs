//! Client transaction of every request but INVITE and ACK: RFC 3261 17.1.2.

use super::{Backoff, Effects};
use crate::io::Millis;
use crate::timers;

/// ```text
///              request sent
///                   │
///   E: send again ┌─▼────┐ F, flow lost: failed
///             └───┤Trying├─────────────────────┐
///                 └─┬──┬─┘                     │
///           1xx pass│  │200-699 pass           │
///            ┌──────▼───┐ │                    │
///  E: again, │Proceeding│ │    F: failed       │
///  1xx: pass └──┬─────┬─┘ │ ──────────────────►│
///               │200-699  │                    │
///               │pass┌────▼────┐               │
///               └───►│Completed│ repeated      │
///                    └────┬────┘ ones absorbed │
///                         │K                   │
///                    ┌────▼─────┐              │
///                    │Terminated│◄─────────────┘
///                    └──────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Trying { resend: Option<Backoff>, give_up: Millis },
    Proceeding { resend: Option<Backoff>, give_up: Millis },
    Completed { until: Millis },
    Terminated,
}

/// One request other than INVITE that we sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientOther {
    state: State,
    reliable: bool,
}

impl ClientOther {
    /// The request is sent now (by the caller).
    #[must_use]
    pub fn new(now: Millis, reliable: bool) -> Self {
        let resend = (!reliable).then(|| Backoff::new(now, timers::E, timers::T2));
        Self { state: State::Trying { resend, give_up: now.plus(timers::F) }, reliable }
    }

    /// A response arrived.
    pub fn on_response(&mut self, now: Millis, status: u16) -> Effects {
        match (self.state, status) {
            // 17.1.2.2: in Proceeding E runs at T2; F goes on.
            (State::Trying { resend, give_up }, ..=199) => {
                let resend = resend.map(|_| Backoff::new(now, timers::T2, timers::T2));
                self.state = State::Proceeding { resend, give_up };
                Effects::PASS
            }
            (State::Proceeding { .. }, ..=199) => Effects::PASS,
            (State::Trying { .. } | State::Proceeding { .. }, 200..) => {
                self.state = if self.reliable { State::Terminated } else { State::Completed { until: now.plus(timers::K) } };
                Effects::PASS
            }
            (State::Completed { .. } | State::Terminated, _) => Effects::NONE,
        }
    }

    /// A deadline passed.
    pub fn on_timeout(&mut self, now: Millis) -> Effects {
        match &mut self.state {
            State::Trying { give_up, .. } | State::Proceeding { give_up, .. } if *give_up <= now => {
                self.state = State::Terminated;
                Effects { failed: true, ..Effects::NONE }
            }
            State::Trying { resend: Some(resend), .. } | State::Proceeding { resend: Some(resend), .. } if resend.at <= now => {
                resend.advance(now);
                Effects { send: true, ..Effects::NONE }
            }
            State::Completed { until } if *until <= now => {
                self.state = State::Terminated;
                Effects::NONE
            }
            State::Trying { .. } | State::Proceeding { .. } | State::Completed { .. } | State::Terminated => Effects::NONE,
        }
    }

    /// When [`on_timeout`](Self::on_timeout) has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<Millis> {
        match self.state {
            State::Trying { resend, give_up } | State::Proceeding { resend, give_up } => {
                Some(resend.map_or(give_up, |r| r.at.min(give_up)))
            }
            State::Completed { until } => Some(until),
            State::Terminated => None,
        }
    }

    /// No final response has come yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Trying { .. } | State::Proceeding { .. })
    }

    /// Nothing more will happen.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}

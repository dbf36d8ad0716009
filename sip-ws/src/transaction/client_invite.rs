//! INVITE client transaction: RFC 3261 17.1.1 with the Accepted state of RFC 6026.

use super::{Backoff, Effects};
use crate::io::Millis;
use crate::timers;

/// ```text
///                      INVITE sent
///                           │
///          A: send again ┌──▼────┐ B, flow lost: failed
///                    └───┤Calling├──────────────────────────┐
///                        └─┬─┬─┬─┘                          │
///                  1xx pass│ │ │300-699: ACK, pass          │
///              ┌───────────┘ │ └───────────────┐            │
///      ┌───────▼──┐   2xx    │          ┌──────▼──┐         │
///  1xx:│Proceeding├─────┐    │          │Completed├─┐300-699│
///  pass└─┬──────┬─┘     │    │          └──────┬──┘◄┘ ACK   │
///        │      │300-699: ACK, pass──────────► │            │
///        │C:failed   ┌──▼────▼┐                │D           │
///        │           │Accepted├─┐2xx: pass     │            │
///        │           └──────┬─┘◄┘              │            │
///        │                  │M                 │            │
///        └──────────────►┌──▼──────────────────▼──┐◄────────┘
///                        │       Terminated       │
///                        └────────────────────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calling { resend: Option<Backoff>, give_up: Millis },
    Proceeding { give_up: Millis },
    Accepted { until: Millis },
    Completed { until: Millis },
    Terminated,
}

/// One INVITE that we sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientInvite {
    state: State,
    reliable: bool,
    /// CANCEL was sent: provisional responses give no more time.
    cancelled: bool,
}

impl ClientInvite {
    /// The INVITE is sent now (by the caller).
    #[must_use]
    pub fn new(now: Millis, reliable: bool) -> Self {
        let resend = (!reliable).then(|| Backoff::new(now, timers::A, u64::MAX));
        Self { state: State::Calling { resend, give_up: now.plus(timers::B) }, reliable, cancelled: false }
    }

    /// A response arrived.
    pub fn on_response(&mut self, now: Millis, status: u16) -> Effects {
        match (self.state, status) {
            // 17.1.1.2: any provisional response stops A and B. C is counted from the last one (16.7 step 2).
            (State::Calling { give_up, .. } | State::Proceeding { give_up }, ..=199) => {
                let give_up = if self.cancelled { give_up } else { now.plus(timers::C) };
                self.state = State::Proceeding { give_up };
                Effects::PASS
            }
            // RFC 6026 8.4: stay, so that the 2xx of other forks and repeated ones reach the UAC core.
            (State::Calling { .. } | State::Proceeding { .. }, 200..=299) => {
                self.state = State::Accepted { until: now.plus(timers::M) };
                Effects::PASS
            }
            (State::Calling { .. } | State::Proceeding { .. }, 300..) => {
                self.state = if self.reliable { State::Terminated } else { State::Completed { until: now.plus(timers::D) } };
                Effects { ack: true, ..Effects::PASS }
            }
            (State::Accepted { .. }, 200..=299) => Effects::PASS,
            // 17.1.1.2: the refusal came again, so our ACK was lost.
            (State::Completed { .. }, 300..) => Effects { ack: true, ..Effects::NONE },
            (State::Accepted { .. }, ..=199 | 300..) | (State::Completed { .. }, ..=299) | (State::Terminated, _) => Effects::NONE,
        }
    }

    /// CANCEL was sent: the final response has 64·T1 to come (9.1).
    pub fn on_cancelled(&mut self, now: Millis) {
        self.cancelled = true;
        match &mut self.state {
            State::Calling { give_up, .. } | State::Proceeding { give_up } => *give_up = now.plus(timers::CANCEL_LIMIT),
            State::Accepted { .. } | State::Completed { .. } | State::Terminated => {}
        }
    }

    /// A deadline passed.
    pub fn on_timeout(&mut self, now: Millis) -> Effects {
        match &mut self.state {
            State::Calling { give_up, .. } | State::Proceeding { give_up } if *give_up <= now => {
                self.state = State::Terminated;
                Effects { failed: true, ..Effects::NONE }
            }
            State::Calling { resend: Some(resend), .. } if resend.at <= now => {
                resend.advance(now);
                Effects { send: true, ..Effects::NONE }
            }
            State::Accepted { until } | State::Completed { until } if *until <= now => {
                self.state = State::Terminated;
                Effects::NONE
            }
            State::Calling { .. } | State::Proceeding { .. } | State::Accepted { .. } | State::Completed { .. } | State::Terminated => {
                Effects::NONE
            }
        }
    }

    /// When [`on_timeout`](Self::on_timeout) has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<Millis> {
        match self.state {
            State::Calling { resend: Some(resend), give_up } => Some(resend.at.min(give_up)),
            State::Calling { resend: None, give_up } | State::Proceeding { give_up } => Some(give_up),
            State::Accepted { until } | State::Completed { until } => Some(until),
            State::Terminated => None,
        }
    }

    /// No final response has come yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Calling { .. } | State::Proceeding { .. })
    }

    /// A provisional response has come, so that a CANCEL may be sent (9.1).
    #[must_use]
    pub const fn is_proceeding(&self) -> bool {
        matches!(self.state, State::Proceeding { .. })
    }

    /// Nothing more will happen.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}

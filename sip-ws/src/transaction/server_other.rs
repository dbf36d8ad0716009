//! Server transaction of every request but INVITE and ACK: RFC 3261 17.2.2.

use super::Effects;
use crate::io::Millis;
use crate::timers;

/// ```text
///          request received: pass
///                   │
///  request: ┌───────▼┐
///  ignored  │ Trying ├─────────┐
///           └───┬────┘         │
///       1xx send│              │200-699 send
///  request: ┌───▼──────┐  ┌────▼────┐ request:
///  1xx again│Proceeding├─►│Completed│ response again
///           └──────────┘  └────┬────┘
///                              │J
///                        ┌─────▼────┐
///                        │Terminated│
///                        └──────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Trying,
    Proceeding,
    Completed { until: Millis },
    Terminated,
}

/// One request other than INVITE that we received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerOther {
    state: State,
    reliable: bool,
}

impl ServerOther {
    /// The request arrived.
    #[must_use]
    pub const fn new(reliable: bool) -> Self {
        Self { state: State::Trying, reliable }
    }

    /// The request arrived again.
    pub fn on_request(&mut self) -> Effects {
        match self.state {
            State::Proceeding | State::Completed { .. } => Effects { send: true, ..Effects::NONE },
            State::Trying | State::Terminated => Effects::NONE,
        }
    }

    /// We answer with this status. Says whether the response may be sent.
    pub fn on_respond(&mut self, now: Millis, status: u16) -> Effects {
        let send = Effects { send: true, ..Effects::NONE };
        match (self.state, status) {
            (State::Trying | State::Proceeding, ..=199) => {
                self.state = State::Proceeding;
                send
            }
            (State::Trying | State::Proceeding, 200..) => {
                // J is 0 on reliable transports: nobody repeats there.
                self.state = if self.reliable { State::Terminated } else { State::Completed { until: now.plus(timers::J) } };
                send
            }
            (State::Completed { .. } | State::Terminated, _) => Effects::NONE,
        }
    }

    /// A deadline passed.
    pub fn on_timeout(&mut self, now: Millis) -> Effects {
        match self.state {
            State::Completed { until } if until <= now => self.state = State::Terminated,
            State::Trying | State::Proceeding | State::Completed { .. } | State::Terminated => {}
        }
        Effects::NONE
    }

    /// When [`on_timeout`](Self::on_timeout) has something to do.
    #[must_use]
    pub const fn deadline(&self) -> Option<Millis> {
        match self.state {
            State::Completed { until } => Some(until),
            State::Trying | State::Proceeding | State::Terminated => None,
        }
    }

    /// No final response has been sent yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Trying | State::Proceeding)
    }

    /// Nothing more will happen.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}

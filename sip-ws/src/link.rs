//! The core's view of the socket: up, silent, lost, and when it is tried again. It sends nothing: it says what is to be done.

use crate::ids::Ids;
use crate::io::{FlowId, LinkLoss, LinkState, Millis};
use crate::timers;

/// ```text
///                      start                 stop
///             ┌───┐ ────────► ┌──────────┐ ────────► Off
///             │Off│           │Connecting│ (from every state)
///             └───┘       ┌──►└──┬────┬──┘
///                         │      │    │opened
///      at the time, online│      │    │      silent for long: probe
///      again, try now     │      │  ┌─▼─┐ ──┐ heard: probe over
///                    ┌────┴──┐   │  │Up │◄──┘
///                    │Waiting│◄──┘  └─┬─┘
///                    └───────┘ closed,│
///                        ▲   too slow │closed, no sign of life: lost
///                        └────────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Off,
    Connecting { flow: FlowId, attempt: u32, outage: Outage, give_up: Millis },
    Up { flow: FlowId, heard: Millis, probe: Option<Probe> },
    Waiting { cause: LinkLoss, attempt: u32, outage: Outage, at: Millis },
}

/// Since when there is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outage {
    /// When it began.
    since: Millis,
    /// From when the fast tries are counted: anew when something gives hope.
    fast_from: Millis,
}

impl Outage {
    const fn new(now: Millis) -> Self {
        Self { since: now, fast_from: now }
    }
}

/// A sign of life was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Probe {
    /// When OPTIONS is sent too, unless it was.
    options_at: Option<Millis>,
    /// When the socket counts as dead.
    dead: Millis,
    /// There is another network than when the socket opened.
    moved: bool,
}

/// What the link wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Open a socket for this flow.
    Connect(FlowId),
    /// Drop the socket of this flow.
    Drop(FlowId),
    /// The flow can be used.
    Opened(FlowId),
    /// The flow is lost.
    Lost(FlowId),
    /// Send CRLF CRLF.
    Ping,
    /// Send OPTIONS.
    Options,
    /// Tell the user.
    Tell(LinkState),
}

/// The socket, as far as the core is concerned.
#[derive(Debug)]
pub(crate) struct Link {
    state: State,
    ids: Ids,
    /// Number of the next flow, and from each to its next: several links of one agent use different ones.
    next_flow: u64,
    step: u64,
    /// Our first number.
    first_flow: u64,
    /// Another link of the same agent is up.
    pub(crate) spare: bool,
    /// A call exists: ask more often.
    pub(crate) in_call: bool,
    /// The peer answers CRLF; `None`: not known yet.
    crlf: Option<bool>,
    /// Flow-Timer of the registrar in ms (RFC 5626 4.4).
    pub(crate) flow_timer: Option<u64>,
    acts: Vec<Act>,
}

impl Link {
    /// The `first` of `of` links.
    pub(crate) fn new(ids: Ids, first: u64, of: u64) -> Self {
        Self {
            state: State::Off,
            ids,
            next_flow: first,
            first_flow: first,
            step: of,
            spare: false,
            in_call: false,
            crlf: None,
            flow_timer: None,
            acts: Vec::new(),
        }
    }

    /// What is to be done, in order; taken.
    pub(crate) fn acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    pub(crate) fn start(&mut self, now: Millis) {
        match self.state {
            State::Off => self.connect(now, Outage::new(now), 1),
            State::Connecting { .. } | State::Up { .. } | State::Waiting { .. } => {}
        }
    }

    pub(crate) fn stop(&mut self) {
        match self.state {
            State::Connecting { flow, .. } => self.acts.push(Act::Drop(flow)),
            State::Up { flow, .. } => self.acts.extend([Act::Lost(flow), Act::Drop(flow)]),
            State::Off => return,
            State::Waiting { .. } => {}
        }
        self.state = State::Off;
        self.acts.push(Act::Tell(LinkState::Off));
    }

    /// The user or the platform thinks that it is worth a try.
    pub(crate) fn try_now(&mut self, now: Millis) {
        match self.state {
            State::Waiting { outage, attempt, .. } => self.connect(now, Outage { fast_from: now, ..outage }, attempt + 1),
            State::Up { .. } => {
                self.probe(now, timers::PONG_MOVED);
                if let State::Up { probe: Some(probe), .. } = &mut self.state {
                    probe.moved = true;
                }
            }
            State::Off | State::Connecting { .. } => {}
        }
    }

    /// The network went away, or a request got no reply: is the socket alive?
    pub(crate) fn suspect(&mut self, now: Millis) {
        match self.state {
            State::Up { .. } => self.probe(now, timers::PONG_CALL),
            State::Off | State::Connecting { .. } | State::Waiting { .. } => {}
        }
    }

    pub(crate) fn on_opened(&mut self, now: Millis, opened: FlowId) {
        match self.state {
            State::Connecting { flow, .. } if flow == opened => {
                self.state = State::Up { flow, heard: now, probe: None };
                self.crlf = None;
                self.acts.extend([Act::Tell(LinkState::Up), Act::Opened(flow)]);
            }
            State::Off | State::Connecting { .. } | State::Up { .. } | State::Waiting { .. } => {}
        }
    }

    pub(crate) fn on_closed(&mut self, now: Millis, closed: FlowId, retry_after: Option<u32>) {
        match self.state {
            State::Connecting { flow, attempt, outage, .. } if flow == closed => {
                self.wait(now, LinkLoss::Refused, outage, attempt, retry_after)
            }
            State::Up { flow, .. } if flow == closed => {
                self.acts.push(Act::Lost(flow));
                self.wait(now, LinkLoss::Closed, Outage::new(now), 0, retry_after);
            }
            State::Off | State::Connecting { .. } | State::Up { .. } | State::Waiting { .. } => {}
        }
    }

    /// Bytes came: whatever they are, the socket lives. Says whether the flow is the current one.
    pub(crate) fn on_received(&mut self, now: Millis, from: FlowId, is_pong: bool) -> bool {
        match &mut self.state {
            State::Up { flow, heard, probe } if *flow == from => {
                *heard = now;
                if is_pong {
                    self.crlf = Some(true);
                } else if probe.is_some_and(|p| p.options_at.is_none()) && self.crlf.is_none() {
                    // CRLF brought nothing and OPTIONS did.
                    self.crlf = Some(false);
                }
                *probe = None;
                true
            }
            State::Off | State::Connecting { .. } | State::Up { .. } | State::Waiting { .. } => false,
        }
    }

    pub(crate) fn on_timeout(&mut self, now: Millis) {
        // A timer that comes very late was not late by itself: the machine slept.
        let slept = self.deadline().is_some_and(|at| now.since(at) > timers::SLEEP_SUSPECTED);
        match self.state {
            State::Waiting { outage, attempt, at, .. } if at <= now => {
                let outage = if slept { Outage { fast_from: now, ..outage } } else { outage };
                self.connect(now, outage, attempt + 1);
            }
            State::Connecting { flow, attempt, outage, give_up } if give_up <= now => {
                self.acts.push(Act::Drop(flow));
                self.wait(now, LinkLoss::Refused, outage, attempt, None);
            }
            State::Up { flow, probe: Some(probe), .. } if probe.dead <= now && !slept => {
                self.acts.extend([Act::Lost(flow), Act::Drop(flow)]);
                // The server is well: nobody else comes back with us.
                match probe.moved {
                    true => self.connect(now, Outage::new(now), 1),
                    false => self.wait(now, LinkLoss::Silent, Outage::new(now), 0, None),
                }
            }
            State::Up { flow, heard, probe: Some(probe) } if probe.options_at.is_some_and(|at| at <= now) && !slept => {
                self.acts.push(Act::Options);
                self.state = State::Up { flow, heard, probe: Some(Probe { options_at: None, ..probe }) };
            }
            State::Up { flow, heard, probe } => {
                if slept {
                    self.state = State::Up { flow, heard, probe: None };
                    self.probe(now, timers::PONG_CALL);
                } else if probe.is_none() && heard.plus(self.quiet()) <= now {
                    self.probe(now, if self.in_call { timers::PONG_CALL } else { timers::PONG_IDLE });
                }
            }
            State::Off | State::Connecting { .. } | State::Waiting { .. } => {}
        }
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        match self.state {
            State::Off => None,
            State::Connecting { give_up, .. } => Some(give_up),
            State::Waiting { at, .. } => Some(at),
            State::Up { probe: Some(probe), .. } => Some(probe.options_at.map_or(probe.dead, |at| at.min(probe.dead))),
            State::Up { heard, probe: None, .. } => Some(heard.plus(self.quiet())),
        }
    }

    /// The flow, when it can be used.
    pub(crate) const fn flow(&self) -> Option<FlowId> {
        match self.state {
            State::Up { flow, .. } => Some(flow),
            State::Off | State::Connecting { .. } | State::Waiting { .. } => None,
        }
    }

    /// Whether this was ever a number of ours.
    pub(crate) const fn is_own(&self, flow: FlowId) -> bool {
        flow.0 < self.next_flow && flow.0 >= self.first_flow && (flow.0 - self.first_flow).is_multiple_of(self.step)
    }

    /// No other link is up any more: a spare one is in no hurry, this one is.
    pub(crate) fn is_last(&mut self, now: Millis) {
        if let State::Waiting { cause: cause @ (LinkLoss::Refused | LinkLoss::Closed | LinkLoss::Silent), attempt, outage, at } = self.state
        {
            let at = at.min(now.plus(self.ids.up_to(timers::RECONNECT_FIRST)));
            self.state = State::Waiting { cause, attempt, outage: Outage { fast_from: now, ..outage }, at };
            self.acts.push(Act::Tell(LinkState::Down { cause, since: outage.since, retry_at: at }));
        }
    }

    pub(crate) const fn is_off(&self) -> bool {
        matches!(self.state, State::Off)
    }

    /// Silence that is allowed before a sign of life is asked for.
    fn quiet(&self) -> u64 {
        let quiet = if self.in_call { timers::KEEPALIVE_CALL } else { timers::KEEPALIVE_IDLE };
        // RFC 5626 4.4.1: the server's time is an upper limit, 80 % of it is safe.
        self.flow_timer.map_or(quiet, |limit| quiet.min((limit / 5 * 4).max(timers::KEEPALIVE_CALL)))
    }

    fn probe(&mut self, now: Millis, limit: u64) {
        let State::Up { probe, .. } = &mut self.state else { return };
        let dead = now.plus(limit);
        if let Some(probe) = probe {
            probe.dead = probe.dead.min(dead);
            probe.options_at = probe.options_at.map(|at| at.min(now.plus(limit / 2)));
            return;
        }
        if self.crlf == Some(false) {
            *probe = Some(Probe { options_at: None, dead, moved: false });
            self.acts.push(Act::Options);
        } else {
            *probe = Some(Probe { options_at: Some(now.plus(limit / 2)), dead, moved: false });
            self.acts.push(Act::Ping);
        }
    }

    fn connect(&mut self, now: Millis, outage: Outage, attempt: u32) {
        let flow = FlowId(self.next_flow);
        self.next_flow += self.step;
        self.state = State::Connecting { flow, attempt, outage, give_up: now.plus(timers::CONNECT_LIMIT) };
        self.acts.extend([Act::Tell(LinkState::Connecting { attempt }), Act::Connect(flow)]);
    }

    fn wait(&mut self, now: Millis, cause: LinkLoss, outage: Outage, attempt: u32, retry_after: Option<u32>) {
        let (cause, wait) = match retry_after {
            Some(seconds) => {
                let asked = (u64::from(seconds) * 1_000).min(timers::RETRY_AFTER_MAX);
                (LinkLoss::Busy, asked + self.ids.up_to(asked / 10 + 1_000))
            }
            None => (cause, self.pause(now, outage.fast_from, attempt)),
        };
        let at = now.plus(wait);
        self.state = State::Waiting { cause, attempt, outage, at };
        self.acts.push(Act::Tell(LinkState::Down { cause, since: outage.since, retry_at: at }));
    }

    /// Fast with full jitter for a minute, then RFC 5626 4.5. A spare link is tried once at once, and then as slowly as 4.5 says.
    fn pause(&mut self, now: Millis, from: Millis, attempt: u32) -> u64 {
        if self.spare && attempt > 0 {
            let upper = (timers::RECONNECT_SPARE << (attempt - 1).min(5)).min(timers::RECONNECT_MAX);
            return upper / 2 + self.ids.up_to(upper / 2);
        }
        if now.since(from) < timers::RECONNECT_FAST_FOR {
            return self.ids.up_to(if attempt == 0 { timers::RECONNECT_FIRST } else { timers::RECONNECT_FAST });
        }
        let doubled = (now.since(from) / timers::RECONNECT_FAST_FOR).min(6);
        let upper = (timers::RECONNECT_BASE << doubled).min(timers::RECONNECT_MAX);
        upper / 2 + self.ids.up_to(upper / 2)
    }
}

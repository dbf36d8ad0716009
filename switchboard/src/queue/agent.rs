//! One agent as the queues see them: what they want, what they do, and whether they may be rung.

use super::io::{ItemId, Name, Strategy};
use serde::{Deserialize, Serialize};
use sip_ws::io::Millis;
use std::collections::{BTreeMap, BTreeSet};
use wire::PhoneFault;

/// What an agent wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Calls of the queues.
    Ready,
    /// None for a while.
    Paused {
        /// Name of the reason; absent before the agent was ready for the first time.
        reason: Option<String>,
    },
}

/// What is to be seen of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No phone is registered.
    Offline,
    /// Waits for a call. Only rung without an [`Unready`].
    Ready,
    /// A phone rings.
    Ringing,
    /// In a call.
    OnCall,
    /// Finishes a call of a queue.
    WrapUp,
    /// Wants no calls.
    Paused,
}

/// Why an agent who wants calls is not rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unready {
    /// No page of theirs answers heartbeats: it is frozen, closed, or its feed is broken.
    Silent,
    /// A ring was not answered a moment ago.
    Resting,
    /// No phone of theirs that a page speaks for would be heard, or hears.
    Unfit(PhoneFault),
}

/// The work after a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUp {
    /// Which call.
    pub contact: String,
    /// Queue that it came from.
    pub queue: String,
    /// Since when, UTC ms.
    pub since: i64,
    /// When it ends by itself, UTC ms.
    pub until: i64,
    /// How long the call took, in milliseconds.
    #[serde(default)]
    pub talk_ms: i64,
    /// How often it was made longer.
    #[serde(default)]
    pub extended: u32,
    /// How often it may be yet.
    #[serde(default)]
    pub extensions_left: u32,
}

/// An agent as shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What they do.
    pub state: State,
    /// Since when, UTC ms.
    pub since: i64,
    /// What they want, now or after the call.
    pub mode: Mode,
    /// Who in charge set that: name to show.
    pub set_by: Option<String>,
    /// Why they are not rung although they want calls.
    pub unready: Option<Unready>,
    /// The call to be finished.
    pub wrap_up: Option<WrapUp>,
}

impl From<&Status> for wire::AgentStatus {
    fn from(status: &Status) -> Self {
        let pause_reason = match &status.mode {
            Mode::Ready => None,
            Mode::Paused { reason } => reason.clone(),
        };
        wire::AgentStatus {
            state: match status.state {
                State::Offline => wire::AgentState::Offline,
                State::Ready => wire::AgentState::Ready,
                State::Ringing => wire::AgentState::Ringing,
                State::OnCall => wire::AgentState::OnCall,
                State::WrapUp => wire::AgentState::WrapUp,
                State::Paused => wire::AgentState::Paused,
            },
            since: status.since,
            wants_calls: status.mode == Mode::Ready,
            pause_reason,
            set_by: status.set_by.clone(),
            unready: status.unready.map(|unready| match unready {
                Unready::Silent => wire::Unready::Silent,
                Unready::Resting => wire::Unready::Resting,
                Unready::Unfit(fault) => fault.into(),
            }),
            wrap_up: status.wrap_up.as_ref().map(|wrap_up| wire::WrapUp {
                contact: wrap_up.contact.clone(),
                queue: wrap_up.queue.clone(),
                since: wrap_up.since,
                until: wrap_up.until,
                extended: wrap_up.extended,
                more: wrap_up.extensions_left > 0,
            }),
        }
    }
}

/// What an agent has done for one queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// When they were last offered a caller: UTC ms, made unique so that it is an order; 0 for never.
    pub last: i64,
    /// Calls taken on `day`.
    pub calls: u32,
    /// Days since 1970 in the zone of the queue.
    pub day: i64,
    /// What the queue had learned when they finished their last call of it.
    #[serde(default)]
    pub learned: Option<Learned>,
}

/// How long a call of a queue keeps an agent: the last one that is stored goes on after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// Typical time from the answer to the next readiness, in milliseconds.
    pub handling_ms: i64,
    /// When it was learned, UTC ms.
    pub at: i64,
}

/// What an agent was last seen to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What.
    pub state: State,
    /// Why they were not rung.
    #[serde(default)]
    pub unready: Option<Unready>,
    /// Since when, UTC ms.
    pub since: i64,
}

impl Seen {
    fn of(status: &Status) -> Self {
        Seen { state: status.state, unready: status.unready, since: status.since }
    }

    /// Whether this is the same thing to do. Whoever is ready and not rung does something else than who is.
    fn is(self, state: State, unready: Option<Unready>) -> bool {
        self.state == state && (state != State::Ready || self.unready == unready)
    }
}

/// Where a free agent stands in the order of a queue: the lowest first. Penalty, what the strategy looks at, idle since.
pub(super) type Standing = (u8, i64, i64);

/// What an agent is to a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fit {
    /// The step from which on they may be rung; never without one.
    pub step: Option<usize>,
    /// Penalty of the membership.
    pub penalty: u8,
}

/// What the store keeps of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedAgent {
    /// What they want.
    pub mode: Mode,
    /// Since when nothing was to be done, UTC ms: the order in which agents get calls.
    pub idle_since: i64,
    /// The call to be finished.
    pub wrap_up: Option<WrapUp>,
    /// Who in charge set the mode: name to show.
    #[serde(default)]
    pub set_by: Option<String>,
    /// Queues whose calls they do not take for now.
    #[serde(default)]
    pub away: Vec<String>,
    /// What they have done, by queue.
    #[serde(default)]
    pub turns: BTreeMap<String, Turn>,
    /// What they did; nothing where that was not stored.
    #[serde(default)]
    pub seen: Option<Seen>,
    /// Rings missed in a row.
    #[serde(default)]
    pub missed: u32,
    /// They were there, as far as phones and pages say: what a restart takes from them is no absence.
    #[serde(default = "was_there")]
    pub there: bool,
}

/// Where it was not stored, nobody loses their turn by a restart.
fn was_there() -> bool {
    true
}

/// A call of a queue that an agent is in.
#[derive(Debug, Clone)]
pub(super) struct Talk {
    pub queue: Name,
    pub since: i64,
}

/// One agent.
#[derive(Debug)]
pub(super) struct Agent {
    /// Queues they are a member of.
    pub queues: Vec<Name>,
    /// What they are to each of these.
    pub fits: Vec<Fit>,
    /// Of these, the ones whose calls they do not take for now.
    pub away: BTreeSet<Name>,
    pub mode: Mode,
    /// Who in charge set the mode.
    pub set_by: Option<String>,
    pub registered: bool,
    pub answers: bool,
    /// What is wrong with their phones.
    pub fault: Option<PhoneFault>,
    pub ringing: u32,
    pub busy: u32,
    pub offered: Option<ItemId>,
    pub talks: BTreeMap<String, Talk>,
    pub wrap_up: Option<WrapUp>,
    pub idle_since: i64,
    /// Not rung before this moment: a ring was missed.
    pub rest_until: Option<Millis>,
    /// Rings missed in a row.
    pub missed: u32,
    /// What they have done, by queue.
    pub turns: BTreeMap<Name, Turn>,
    /// Where they stand in the queues' lists of free agents.
    pub listed: Vec<(Name, usize, Standing)>,
    /// Queues that count them among those who work, and at which step.
    pub counted: Vec<(Name, usize)>,
    /// What was shown last, with the time of the state.
    pub shown: Status,
    /// What they did before a restart, until they are seen to do something again.
    pub before: Option<Seen>,
    /// They were there before a restart, and are to be back soon.
    pub expected: bool,
}

impl Agent {
    pub fn new(now_unix: i64) -> Self {
        let mode = Mode::Paused { reason: None };
        let shown = Status { state: State::Offline, since: now_unix, mode: mode.clone(), set_by: None, unready: None, wrap_up: None };
        Agent {
            queues: Vec::new(),
            fits: Vec::new(),
            away: BTreeSet::new(),
            mode,
            set_by: None,
            registered: false,
            answers: false,
            fault: None,
            ringing: 0,
            busy: 0,
            offered: None,
            talks: BTreeMap::new(),
            wrap_up: None,
            idle_since: now_unix,
            rest_until: None,
            missed: 0,
            turns: BTreeMap::new(),
            listed: Vec::new(),
            counted: Vec::new(),
            shown,
            before: None,
            expected: false,
        }
    }

    /// May be rung at this moment.
    pub fn free(&self, now: Millis) -> bool {
        self.works()
            && self.ringing == 0
            && self.busy == 0
            && self.offered.is_none()
            && self.talks.is_empty()
            && self.wrap_up.is_none()
            && !self.rests(now)
    }

    /// Belongs to a queue, or has something to finish of one.
    pub fn is_agent(&self) -> bool {
        !self.queues.is_empty() || !self.talks.is_empty() || self.offered.is_some() || self.wrap_up.is_some()
    }

    /// Works for the queues: free, or will be when the present call is finished.
    pub fn works(&self) -> bool {
        self.mode == Mode::Ready && self.there()
    }

    /// Would be heard and would hear, whatever they want.
    pub fn there(&self) -> bool {
        self.registered && self.answers && self.fault.is_none()
    }

    pub fn rests(&self, now: Millis) -> bool {
        self.rest_until.is_some_and(|until| until > now)
    }

    /// What is to be seen; `since` only moves when the state does, or why somebody who is ready is not rung.
    pub fn status(&self, now: Millis, now_unix: i64) -> Status {
        let state = if !self.registered {
            State::Offline
        } else if self.busy > 0 {
            State::OnCall
        } else if self.ringing > 0 || self.offered.is_some() {
            State::Ringing
        } else if self.wrap_up.is_some() {
            State::WrapUp
        } else if self.mode == Mode::Ready {
            State::Ready
        } else {
            State::Paused
        };
        let unready = match (&self.mode, self.fault) {
            (Mode::Paused { .. }, _) => None,
            (Mode::Ready, _) if !self.registered => None,
            (Mode::Ready, _) if !self.answers => Some(Unready::Silent),
            (Mode::Ready, Some(fault)) => Some(Unready::Unfit(fault)),
            (Mode::Ready, None) => self.rests(now).then_some(Unready::Resting),
        };
        let same = Seen::of(&self.shown).is(state, unready) && (state != State::Paused || self.mode == self.shown.mode);
        let before = self.before.filter(|before| before.is(state, unready));
        let since = if same { self.shown.since } else { before.map_or(now_unix, |before| before.since) };
        Status { state, since, mode: self.mode.clone(), set_by: self.set_by.clone(), unready, wrap_up: self.wrap_up.clone() }
    }

    /// Shows a status. Says whether something else is done than before.
    pub fn show(&mut self, status: Status) -> bool {
        // After a restart the phone comes first, or the page: neither alone says what its person does.
        if status.state != State::Offline && status.unready != Some(Unready::Silent) {
            self.before = None;
        }
        let before = std::mem::replace(&mut self.shown, status);
        Seen::of(&before) != Seen::of(&self.shown)
    }

    pub fn saved(&self) -> SavedAgent {
        SavedAgent {
            mode: self.mode.clone(),
            idle_since: self.idle_since,
            wrap_up: self.wrap_up.clone(),
            set_by: self.set_by.clone(),
            away: self.away.iter().map(|queue| queue.name.to_string()).collect(),
            turns: self.turns.iter().map(|(queue, turn)| (queue.name.to_string(), turn.clone())).collect(),
            seen: Some(self.before.unwrap_or_else(|| Seen::of(&self.shown))),
            missed: self.missed,
            there: self.expected || self.there(),
        }
    }

    /// Where they stand among the free agents of a queue on this day.
    pub fn standing(&self, queue: &Name, penalty: u8, strategy: Strategy, day: i64) -> Standing {
        let turn = self.turns.get(queue);
        let first = match strategy {
            Strategy::LongestIdle | Strategy::RingAll => 0,
            Strategy::RoundRobin => turn.map_or(0, |turn| turn.last),
            Strategy::FewestCalls => turn.filter(|turn| turn.day == day).map_or(0, |turn| i64::from(turn.calls)),
        };
        (penalty, first, self.idle_since)
    }

    /// Queues whose calls they take, with the step from which on they may be rung and their penalty there.
    pub fn serves(&self) -> impl Iterator<Item = (&Name, usize, u8)> {
        let seats = self.queues.iter().zip(&self.fits).filter(|(queue, _)| !self.away.contains(queue));
        seats.filter_map(|(queue, fit)| Some((queue, fit.step?, fit.penalty)))
    }
}

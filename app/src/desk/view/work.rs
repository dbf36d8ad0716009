//! Work for the queues: one's own state, the call to be finished, who waits, and the figures of the day.

use wire::{AgentState, AgentStatus, Choice, Order, Queue, Unready};

use super::board::{self, Clocks};
use super::device_check::{DeviceFault, DeviceState};
use crate::desk::call::presentable;
use crate::desk::{Desk, Millis};

pub use wire::PhoneFault;

/// A moment on the page's clock that may lie before the page was loaded, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl Moment {
    /// Whole seconds from this moment until now; 0 for one to come.
    #[must_use]
    pub fn passed(self, now: Millis) -> u64 {
        u64::try_from(i64::try_from(now).unwrap_or(i64::MAX) - self.0).unwrap_or(0) / 1000
    }

    /// Milliseconds from now until this moment; 0 for one that is over.
    #[must_use]
    pub fn left(self, now: Millis) -> u64 {
        u64::try_from(self.0 - i64::try_from(now).unwrap_or(i64::MAX)).unwrap_or(0)
    }
}

/// The reason that the switchboard itself gives for a pause.
const MISSED: &str = "missed";

/// Everything about queues on the desk; empty for whoever is in none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkView {
    /// One's own state.
    pub me: Option<MyState>,
    /// The call to be finished.
    pub wrap_up: Option<WrapUpView>,
    /// One's queues.
    pub queues: Vec<QueueView>,
    /// All queues of the house, to which calls may be transferred.
    pub all: Vec<QueueName>,
    /// One's own day.
    pub figures: Option<FiguresView>,
}

/// A queue that one may call and transfer to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueueName {
    /// Name, which is what is dialled.
    pub name: String,
    /// Name to show.
    pub label: String,
    /// Whether it takes callers, and how many wait; of queues that are not one's own, nothing is known.
    pub now: Option<(bool, u32)>,
}

/// One's own state in the queues, with what can be done about it.
#[derive(Clone, Debug, PartialEq)]
pub struct MyState {
    /// What one does.
    pub doing: Doing,
    /// Since when.
    pub since: Moment,
    /// Who in charge set that.
    pub set_by: Option<String>,
    /// Why the microphone of this page cannot be used.
    pub microphone: Option<DeviceFault>,
    /// "Ready" is possible.
    pub ready: bool,
    /// "Pause" is possible, for these reasons.
    pub pause: Option<Vec<Choice>>,
    /// A pause follows the present call.
    pub pause_next: bool,
    /// An order is on its way.
    pub busy: bool,
}

/// What one does for the queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// No phone is registered.
    Offline,
    /// Waits for a call.
    Ready,
    /// Wants calls and is not rung: this page did not answer.
    Silent,
    /// Wants calls and rests after a missed ring.
    Resting,
    /// Wants calls and is not rung: nobody would hear, or be heard.
    Unfit(PhoneFault),
    /// A phone rings.
    Ringing,
    /// In a call.
    OnCall,
    /// Finishes a call.
    WrapUp,
    /// Not ready yet.
    NotReady,
    /// Paused after missed rings.
    PausedByMisses,
    /// Paused for this reason.
    Paused(String),
}

/// The call to be finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapUpView {
    /// Session identifier of the call.
    pub contact: String,
    /// Name of the queue.
    pub queue: String,
    /// What it can have been about.
    pub dispositions: Vec<Choice>,
    /// Since when.
    pub since: Moment,
    /// When it ends by itself.
    pub until: Moment,
    /// It can be made longer.
    pub more: bool,
    /// Letters of a note.
    pub note_limit: usize,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueView {
    /// Name.
    pub name: String,
    /// Name to show.
    pub label: String,
    /// Callers who wait.
    pub waiting: u32,
    /// Since when the first of them waits.
    pub longest: Option<Moment>,
    /// Agents who are free.
    pub free: u32,
    /// Agents who work.
    pub working: u32,
    /// It takes callers at this time.
    pub open: bool,
    /// The first callers.
    pub first: Vec<WaitingView>,
}

/// One waiting caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingView {
    /// Session identifier.
    pub contact: String,
    /// Name; never empty.
    pub name: String,
    /// Since when.
    pub since: Moment,
    /// Priority: 0 is the usual one.
    pub priority: u8,
    /// Name of the agent who is being rung.
    pub ringing: Option<String>,
    /// Skills that nobody has who works.
    pub needs: Option<String>,
    /// When less is asked for.
    pub needs_until: Option<Moment>,
    /// It is a door that rings, at this site; the name of one that may not be seen is empty.
    pub door: Option<String>,
}

/// One's own day so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FiguresView {
    /// Calls answered.
    pub answered: u32,
    /// Rings missed.
    pub missed: u32,
    /// Seconds of conversation.
    pub talk_s: u64,
    /// Seconds of an average conversation.
    pub average_s: Option<u64>,
}

impl Desk {
    /// The queues as this desk sees them.
    #[must_use]
    pub fn work_view(&self) -> WorkView {
        let work = &self.state.work;
        WorkView {
            me: self.my_state(),
            wrap_up: self.wrap_up_view(),
            queues: self.queue_views(),
            all: work.names.iter().map(|choice| self.queue_name(choice)).collect(),
            figures: work.figures.as_ref().map(figures),
        }
    }

    fn my_state(&self) -> Option<MyState> {
        let work = &self.state.work;
        let agent = work.agent.as_ref()?;
        let up = self.state.feed.up;
        Some(MyState {
            doing: self.doing(agent),
            since: self.page_time(agent.since),
            set_by: set_by(agent),
            microphone: match self.state.devices.microphone {
                DeviceState::Failed(fault) => Some(fault),
                DeviceState::Unknown | DeviceState::Opening | DeviceState::Ready => None,
            },
            ready: up && !agent.wants_calls,
            pause: (up && agent.wants_calls).then(|| work.reasons.clone()),
            pause_next: !agent.wants_calls && matches!(agent.state, AgentState::OnCall | AgentState::WrapUp | AgentState::Ringing),
            busy: self.state.orders.waiting.iter().any(|waiting| !matches!(waiting.order, Order::Steer { .. } | Order::Seen { .. })),
        })
    }

    /// What an agent does, in the words of a desk.
    pub(super) fn doing(&self, agent: &AgentStatus) -> Doing {
        match agent.state {
            AgentState::Offline | AgentState::Unknown => Doing::Offline,
            AgentState::Ringing => Doing::Ringing,
            AgentState::OnCall => Doing::OnCall,
            AgentState::WrapUp => Doing::WrapUp,
            AgentState::Paused => match agent.pause_reason.as_deref() {
                None => Doing::NotReady,
                Some(MISSED) => Doing::PausedByMisses,
                Some(name) => Doing::Paused(self.reason(name)),
            },
            AgentState::Ready => match agent.unready {
                None => Doing::Ready,
                Some(Unready::Silent) => Doing::Silent,
                Some(Unready::Resting) => Doing::Resting,
                Some(why) => Doing::Unfit(why.phone().unwrap_or(PhoneFault::Unknown)),
            },
        }
    }

    fn queue_name(&self, choice: &Choice) -> QueueName {
        let own = self.state.work.queues.iter().find(|queue| queue.name == choice.name);
        let now = own.map(|queue| (queue.open, queue.waiting));
        QueueName { name: choice.name.clone(), label: presentable(&choice.label), now }
    }

    /// The words for a reason of a pause.
    pub(super) fn reason(&self, name: &str) -> String {
        let reason = self.state.work.reasons.iter().find(|reason| reason.name == name);
        presentable(reason.map_or(name, |reason| &reason.label))
    }

    fn wrap_up_view(&self) -> Option<WrapUpView> {
        let work = &self.state.work;
        let wrap_up = work.agent.as_ref()?.wrap_up.as_ref()?;
        let queue = work.queues.iter().find(|queue| queue.name == wrap_up.queue);
        Some(WrapUpView {
            contact: wrap_up.contact.clone(),
            queue: presentable(queue.map_or(&wrap_up.queue, |queue| &queue.label)),
            dispositions: queue.map(|queue| queue.dispositions.clone()).unwrap_or_default(),
            since: self.page_time(wrap_up.since),
            until: self.page_time(wrap_up.until),
            more: wrap_up.more,
            note_limit: wire::NOTE_LIMIT,
        })
    }

    fn queue_views(&self) -> Vec<QueueView> {
        self.state.work.queues.iter().map(|queue| self.queue_view(queue)).collect()
    }

    pub(super) fn queue_view(&self, queue: &Queue) -> QueueView {
        board::queue_view(queue, self.clocks(), &|user| self.name_of(user))
    }

    /// The queue of a call of ours, with the moment at which the wait began.
    pub(super) fn queue_of(&self, contact: &str) -> Option<(String, Moment)> {
        let (_, queue) = self.state.work.calls.iter().find(|(known, _)| known == contact)?;
        Some((presentable(&queue.label), self.page_time(queue.since)))
    }

    /// A moment of the server's clock on the page's.
    pub(super) fn page_time(&self, server: i64) -> Moment {
        self.clocks().page_time(server)
    }

    pub(super) fn clocks(&self) -> Clocks {
        Clocks { page: self.state.now, ahead: self.state.work.clock.ahead() }
    }
}

/// Who in charge set what an agent does; in a call or after one that says nothing.
pub(super) fn set_by(agent: &AgentStatus) -> Option<String> {
    let set = matches!(agent.state, AgentState::Ready | AgentState::Paused);
    agent.set_by.as_deref().filter(|_| set).map(presentable)
}

pub(super) fn waiting_name(display: &str, contact: &str) -> String {
    let name = presentable(display);
    if name.is_empty() { format!("#{}", contact.get(..4).unwrap_or("?").to_uppercase()) } else { name }
}

fn figures(figures: &wire::Figures) -> FiguresView {
    let seconds = |ms: i64| u64::try_from(ms / 1000).unwrap_or(0);
    FiguresView {
        answered: figures.answered,
        missed: figures.missed,
        talk_s: seconds(figures.talk_ms),
        average_s: (figures.answered > 0).then(|| seconds(figures.talk_ms) / u64::from(figures.answered)),
    }
}

//! Everything that can enter or leave the queue engine. Plain data.

use super::agent::Mode;
use super::demand::{Demand, Levels};
use super::hours::Hours;
use super::places::Place;
use jiff::tz::TimeZone;
use std::sync::Arc;
use wire::PhoneFault;

/// A queue, an agent or a caller of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// Tenant row id.
    pub tenant: Arc<str>,
    /// Name of the queue, or user part of the address.
    pub name: Arc<str>,
}

impl Name {
    /// The name `name` in the tenant `tenant`.
    pub fn new(tenant: &str, name: &str) -> Self {
        Name { tenant: tenant.into(), name: name.into() }
    }
}

/// What a step of priority is worth in milliseconds of waiting. A caller of a lower priority is served first once they have waited so
/// much longer: nobody waits for ever.
pub const PRIORITY_MS: i64 = 5 * 60_000;

/// One caller in a queue. Chosen by the owner of the engine, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub u64);

/// Which of several free agents is offered the next caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Whoever has had nothing to do for longest.
    #[default]
    LongestIdle,
    /// Whoever was last offered a caller of the queue longest ago, one after the other.
    RoundRobin,
    /// Whoever has taken the fewest calls of the queue since midnight; of several the one who has been idle for longest.
    FewestCalls,
    /// All of them at once, up to [`QueueSettings::ring_at_once`]: the first answer has the caller.
    RingAll,
}

impl Strategy {
    /// All of them, with their names in the configuration.
    pub const NAMES: [(&str, Self); 4] = [
        ("longest-idle", Self::LongestIdle),
        ("round-robin", Self::RoundRobin),
        ("fewest-calls", Self::FewestCalls),
        ("ring-all", Self::RingAll),
    ];
}

/// That an agent belongs to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub agent: Name,
    /// Whoever has less is rung first, whatever the strategy says.
    pub penalty: u8,
    /// What they know.
    pub skills: Levels,
}

/// How one queue works.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueSettings {
    /// Which queue.
    pub queue: Name,
    /// Name to show.
    pub label: String,
    /// Agents who are offered its callers.
    pub members: Vec<Member>,
    /// What it asks of them.
    pub demand: Demand,
    /// Which of them comes first.
    pub strategy: Strategy,
    /// Agents who are rung for one caller at the same time where all are rung; those beyond it follow as others decline.
    pub ring_at_once: usize,
    /// Where its days begin.
    pub zone: TimeZone,
    /// How long an agent is rung before the caller is offered to the next one, in milliseconds.
    pub ring_ms: u64,
    /// Longest wrap-up after a call of this queue, in milliseconds; 0 for none.
    pub wrap_up_ms: u64,
    /// What an agent may add to it at a time, in milliseconds; 0 for nothing.
    pub wrap_up_extend_ms: u64,
    /// How often they may.
    pub wrap_up_extensions: u32,
    /// Longest wait in this queue, in milliseconds; then the caller overflows or is refused.
    pub max_wait_ms: Option<u64>,
    /// Callers who may wait; one more overflows or is refused.
    pub max_waiting: usize,
    /// Where callers go who cannot stay.
    pub overflow: Option<Name>,
    /// Rings in a row that an agent may miss before being paused; 0 for never.
    pub pause_after_missed: u32,
    /// When it is open; always without hours.
    pub hours: Option<Hours>,
}

impl QueueSettings {
    /// How often a wrap-up can be made longer.
    pub fn wrap_up_extensions(&self) -> u32 {
        if self.wrap_up_extend_ms > 0 { self.wrap_up_extensions } else { 0 }
    }
}

/// A caller who wants to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Handle for this caller.
    pub item: ItemId,
    /// The queue that was called.
    pub queue: Name,
    /// Who calls: the identity that the exchange asserts.
    pub caller: Name,
    /// Name to show.
    pub display: String,
    /// Session identifier of the call (RFC 7989).
    pub contact: String,
    /// Priority; a place that they have or had keeps its own.
    pub priority: u8,
    /// Since when they wait, UTC ms, where they come from a conversation: a place that they have or had elsewhere says nothing then.
    pub since: Option<i64>,
}

/// What happens to the queues.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Queues and members are these from now on.
    Configure(Vec<QueueSettings>),
    /// What the phones of an agent do.
    Phones {
        /// Whose.
        agent: Name,
        /// At least one is registered.
        registered: bool,
        /// Calls that ring there.
        ringing: u32,
        /// Calls in progress.
        busy: u32,
    },
    /// Whether a page of this agent answers heartbeats from its main thread.
    Answers {
        /// Whose page.
        agent: Name,
        /// It does.
        answers: bool,
    },
    /// What is wrong with the phones of an agent, as their pages say.
    Fitness {
        /// Whose.
        agent: Name,
        /// Why nobody would hear a ring or be heard; nothing where one of them is fit, or where none says anything.
        fault: Option<PhoneFault>,
    },
    /// The agent wants calls, or pauses.
    SetMode {
        /// Who.
        agent: Name,
        /// What they want.
        mode: Mode,
        /// Who in charge set it: name to show. The agent themselves without one.
        by: Option<String>,
    },
    /// An agent takes calls of a queue that they belong to, or does not for now.
    SetMember {
        /// Who.
        agent: Name,
        /// Of which queue.
        queue: Name,
        /// They take them.
        on: bool,
    },
    /// A waiting caller goes to another queue, as old as they are. One who is being offered waits again first.
    Move {
        /// Who.
        item: ItemId,
        /// Where to.
        to: Name,
    },
    /// A waiting caller has another priority.
    Prioritise {
        /// Who.
        item: ItemId,
        /// 0 is the usual one; each step counts as much as [`PRIORITY_MS`] of waiting.
        priority: u8,
    },
    /// A waiting caller is offered to this agent, if they are free ([`Engine::free`](super::Engine::free)).
    Assign {
        /// Who.
        item: ItemId,
        /// To whom.
        agent: Name,
    },
    /// The agent has finished the wrap-up of this call.
    EndWrapUp {
        /// Who.
        agent: Name,
        /// Which call, so that a late click does not end the wrap-up of the next one.
        contact: String,
    },
    /// The agent needs longer for the wrap-up of this call. Nothing where they may not any more.
    ExtendWrapUp {
        /// Who.
        agent: Name,
        /// Which call.
        contact: String,
    },
    /// A caller arrives. Answered by `Tell`, `Offer` or `Refuse` at once.
    Arrived(Arrival),
    /// A caller was answered by somebody who is gone before they heard of it: they wait on at the place that they had.
    WaitsOn {
        /// Who, and since when they wait in whatever queue.
        arrival: Arrival,
        /// Since when in this queue, UTC ms.
        entered: i64,
    },
    /// A caller hung up or was lost.
    Left {
        /// Who.
        item: ItemId,
    },
    /// A caller has what they came for without an answer: the door at which they rang was opened. No place is kept, and whoever was rung for
    /// them is rung no longer, which is no fault of theirs.
    Served {
        /// Who.
        item: ItemId,
    },
    /// None of an offered agent's phones will answer.
    OfferOver {
        /// The caller who was offered.
        item: ItemId,
        /// To whom.
        agent: Name,
        /// Why.
        cause: OfferEnd,
    },
    /// An offered agent answered. Whoever else was rung for the caller is rung no longer, which is no fault of theirs.
    Answered {
        /// The caller.
        item: ItemId,
        /// Who has the call.
        agent: Name,
    },
    /// An agent is in a call of a queue since before a restart.
    Talking {
        /// Who.
        agent: Name,
        /// Which call.
        contact: String,
        /// From which queue.
        queue: Name,
        /// Since when, UTC ms.
        since: i64,
    },
    /// An agent whom somebody asked by way of a queue has that somebody's call now: it goes on as the queue's.
    Carried {
        /// Who.
        agent: Name,
        /// Which call.
        contact: String,
        /// As which one it goes on.
        to: String,
    },
    /// The call of a queue is over.
    Ended {
        /// The agent of it.
        agent: Name,
        /// Which call.
        contact: String,
    },
    /// A deadline has passed.
    Timer,
}

/// Why an offer ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferEnd {
    /// The agent refused.
    Declined,
    /// No phone could be rung.
    Unreachable,
}

/// Why an agent is not rung any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    /// Nobody answered in time.
    NoAnswer,
    /// The agent's desk does not answer heartbeats.
    Silent,
    /// The agent's phone rings without a sound, or has no microphone.
    Unfit,
    /// Somebody in charge has other plans with the caller.
    Steered,
}

/// Why a caller cannot wait, or not any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such queue.
    Unknown,
    /// Outside of its hours.
    Closed,
    /// As many wait as may.
    Full,
    /// The longest wait is over.
    TimedOut,
    /// The same caller called again: the new call has the place.
    Replaced,
}

/// What the engine wants done, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Ring this agent for this caller.
    Offer {
        /// The caller.
        item: ItemId,
        /// The agent.
        agent: Name,
        /// From which queue.
        queue: Name,
    },
    /// Stop ringing.
    Withdraw {
        /// The caller, who waits again unless others are rung for them.
        item: ItemId,
        /// The agent who was rung.
        agent: Name,
        /// Why.
        why: Withdrawn,
    },
    /// End this caller's call with a refusal.
    Refuse {
        /// The caller.
        item: ItemId,
        /// Why.
        why: Refusal,
    },
    /// Tell the caller where they stand.
    Tell {
        /// The caller.
        item: ItemId,
        /// 1 for the next one.
        position: u32,
        /// Estimated wait in seconds, where calls have been answered before and somebody works.
        estimate_s: Option<u32>,
    },
    /// A caller has a place since `since`; said once, when the caller is in.
    Placed {
        /// The caller.
        item: ItemId,
        /// In which queue.
        queue: Name,
        /// Since when, UTC ms; earlier than now where the place is one of before.
        since: i64,
        /// The contact that a restart had cut off and that goes on with this one.
        resumed: Option<String>,
        /// The contact whose caller gave up and has called again in time: the wait goes on with this one.
        returned: Option<String>,
        /// The queue that was called, where it took nobody, and why.
        past: Option<(Name, Refusal)>,
    },
    /// A caller moved to another queue.
    Moved {
        /// The caller.
        item: ItemId,
        /// From there.
        from: Name,
        /// To there.
        to: Name,
        /// Why they could not stay; `None` where somebody moved them.
        why: Option<Refusal>,
    },
    /// The status or the queues of an agent changed: read them with `Engine::status` and `Engine::memberships`. Without a status they are
    /// an agent no longer.
    Agent(Name),
    /// What an agent wants or has to finish changed: store it (`Engine::saved`).
    SaveAgent(Name),
    /// What an agent does changed: store it too, where nobody waits for that.
    SaveState(Name),
    /// The work after a call is done, by the agent or by its limit.
    WrappedUp {
        /// Whose.
        agent: Name,
        /// Session identifier of the call.
        contact: String,
        /// Its queue.
        queue: Name,
        /// How long it took, in milliseconds.
        ms: i64,
    },
    /// Who waits in a queue changed: read it with `Engine::view`.
    Queue(Name),
    /// Store this place.
    Keep(Place),
    /// This caller's stored place can go.
    Forget(Name),
    /// A caller of before a restart did not come back in time.
    Lost(Place),
}

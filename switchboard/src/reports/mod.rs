//! What the events of the history count as. Pure: the store asks it in the transaction that writes an event, the wallboard's figures ask
//! it too, and counting everything again from the events gives the same sums. The figures are defined in `docs/reports.md`.

mod calls;
mod count;
mod span;
mod states;

pub use calls::{Call, apply, needs_calls};
pub use count::{Counting, count};
pub use span::{HOUR_MS, QUARTER_MS, date_of, day_of, first_of_day, hour_of, offset_ms, offsets, quarter_of};
pub use states::{AgentState, Lasting, last};

use crate::directory::Directory;
use crate::ids::TenantId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use wire::ReportFigures;

/// Seconds within which a call should be answered, where nothing says so.
const TARGET_MS: i64 = 20_000;
/// Time within which whoever gives up is not lost, where nothing says so: also in marks of before a queue could say it.
const SHORT_MS: i64 = 5_000;

fn short_ms() -> i64 {
    SHORT_MS
}

/// Where something is counted. It is written with the event: history stays where it happened when a queue or a person moves on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Id of the site; empty where the tenant has none.
    pub site: String,
    /// IANA time zone of its days.
    pub zone: String,
    /// Time within which a call of the queue should be answered.
    pub target_ms: i64,
    /// Whoever gives up within this time is not lost.
    #[serde(default = "short_ms")]
    pub short_ms: i64,
}

impl Default for Mark {
    fn default() -> Self {
        Self { site: String::new(), zone: "UTC".to_owned(), target_ms: TARGET_MS, short_ms: SHORT_MS }
    }
}

/// The marks of everybody and every queue of the present configuration.
#[derive(Debug, Default)]
pub struct Marks {
    queues: HashMap<(TenantId, String), Mark>,
    people: HashMap<(TenantId, String), Mark>,
}

impl Marks {
    /// Those of a directory. People are counted at their first site.
    #[must_use]
    pub fn of(directory: &Directory) -> Self {
        let mut marks = Self::default();
        for tenant in directory.tenants() {
            for queue in &tenant.queues {
                let (target_ms, short_ms) = (i64::from(queue.target_seconds) * 1000, i64::from(queue.short_seconds) * 1000);
                let mark = Mark { site: queue.site.clone(), zone: queue.zone.clone(), target_ms, short_ms };
                marks.queues.insert((tenant.id.clone(), queue.name.clone()), mark);
            }
            for person in directory.people(&tenant.id) {
                let mark = person.sites.first().map(|site| Mark { site: site.id.clone(), zone: site.zone.clone(), ..Mark::default() });
                marks.people.insert((tenant.id.clone(), person.user.clone()), mark.unwrap_or_default());
            }
        }
        marks
    }

    /// The same, with those of queues that were there before: the last callers of one that is removed end after it.
    #[must_use]
    pub fn after(mut self, before: &Self) -> Self {
        for (queue, mark) in &before.queues {
            self.queues.entry(queue.clone()).or_insert_with(|| mark.clone());
        }
        self
    }

    /// Where the calls of a queue are counted.
    #[must_use]
    pub fn queue(&self, tenant: &TenantId, name: &str) -> Mark {
        self.queues.get(&(tenant.clone(), name.to_owned())).cloned().unwrap_or_default()
    }

    /// Where a person's own calls and states are counted.
    #[must_use]
    pub fn person(&self, tenant: &TenantId, user: &str) -> Mark {
        self.people.get(&(tenant.clone(), user.to_owned())).cloned().unwrap_or_default()
    }
}

/// What a sum is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A queue.
    Queue,
    /// An agent, with the queue that calls came from.
    Agent,
    /// A reason of pauses, with the agent.
    Reason,
    /// A disposition, with the queue.
    Disposition,
}

impl Subject {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Agent => "agent",
            Self::Reason => "reason",
            Self::Disposition => "disposition",
        }
    }
}

/// What a sum covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// A quarter of an hour, named by the instant at which it begins.
    Quarter,
    /// A whole hour of UTC, named by the instant at which it begins.
    Hour,
    /// A day at the site, named by the days since 1970.
    Day,
}

impl Grain {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quarter => "quarter",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

/// Which sum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Whose.
    pub tenant: TenantId,
    /// About what.
    pub subject: Subject,
    /// Of which length.
    pub grain: Grain,
    /// When.
    pub start: i64,
    /// Where.
    pub site: String,
    /// The queue, or empty.
    pub queue: String,
    /// The agent, or empty.
    pub agent: String,
    /// The reason or the disposition, or empty.
    pub word: String,
}

/// Sums by what they are about: what an event adds to the stored ones.
pub type Sums = BTreeMap<Key, ReportFigures>;

/// Where and about what something is counted, whatever the grain.
#[derive(Debug, Clone, Copy)]
struct At<'a> {
    tenant: &'a TenantId,
    at: i64,
    day: i64,
    site: &'a str,
}

impl At<'_> {
    fn add(&self, sums: &mut Sums, subject: Subject, [queue, agent, word]: [&str; 3], figures: &ReportFigures) {
        for (grain, start) in [(Grain::Quarter, quarter_of(self.at)), (Grain::Hour, hour_of(self.at)), (Grain::Day, self.day)] {
            // Hours of an agent are those of all queues together, half as many rows: what an agent did for one queue is read from quarters.
            let queue = if (subject, grain) == (Subject::Agent, Grain::Hour) { "" } else { queue };
            let key = Key {
                tenant: self.tenant.clone(),
                subject,
                grain,
                start,
                site: self.site.to_owned(),
                queue: queue.to_owned(),
                agent: agent.to_owned(),
                word: word.to_owned(),
            };
            add(sums.entry(key).or_default(), figures);
        }
    }
}

/// Adds figures to others.
pub fn add(to: &mut ReportFigures, more: &ReportFigures) {
    to.answered += more.answered;
    to.in_time += more.in_time;
    to.opened += more.opened;
    to.lost += more.lost;
    to.short += more.short;
    to.found_closed += more.found_closed;
    to.found_full += more.found_full;
    to.overflowed += more.overflowed;
    to.handed_on += more.handed_on;
    to.missed += more.missed;
    to.waited_ms += more.waited_ms;
    to.talk_ms += more.talk_ms;
    to.work_ms += more.work_ms;
    to.pauses += more.pauses;
    to.paused_ms += more.paused_ms;
    to.ready_ms += more.ready_ms;
    to.unready_ms += more.unready_ms;
    to.ringing_ms += more.ringing_ms;
    to.on_call_ms += more.on_call_ms;
    to.wrap_up_ms += more.wrap_up_ms;
}

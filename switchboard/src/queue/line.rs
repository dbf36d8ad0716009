//! One queue: its callers in order, its free agents in order, and how long a call takes.

use super::agent::{Learned, Standing};
use super::demand::Levels;
use super::io::{ItemId, Name, QueueSettings, Strategy};
use super::stepped::Stepped;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Callers listed in a [`QueueView`]; all of them are counted.
pub const LISTED: usize = 20;

/// One agent, as an estimate counts them: a number that small numbers divide.
pub(super) const WHOLE: u64 = 27_720;

/// Order of callers: who has waited longest comes first, wherever the wait began. Priority counts as waiting.
pub(super) type Rank = (i64, ItemId);

/// One queue.
#[derive(Debug)]
pub(super) struct Line {
    pub settings: QueueSettings,
    /// Callers who are not being offered to anybody.
    pub waiting: BTreeSet<Rank>,
    /// All callers by when their wait began, offered or not.
    pub ages: BTreeSet<(i64, ItemId)>,
    /// The same ones, by how far the rules have relaxed for them.
    pub ripe: Stepped<Rank>,
    /// Callers of this queue who are being offered, in order.
    pub offered: BTreeSet<Rank>,
    /// Of these, the ones for whom another agent who becomes free is rung too, in order.
    pub open: Stepped<Rank>,
    /// Free agents, the one who is rung next first, by the step from which on they may be rung.
    pub free: Stepped<(Standing, Name)>,
    /// How many agents share its callers, by that step: free, or free again after the present call.
    pub able: Vec<usize>,
    /// What they are together, in parts of [`WHOLE`]: each agent is divided among the queues whose calls they take.
    pub share: u64,
    /// The day that the order of the free agents is of.
    pub today: i64,
    /// Typical time from answer to the next readiness.
    pub learned: Option<Learned>,
    /// A walk along the callers is due.
    pub telling: bool,
    /// Whether it was open when that was last looked at.
    pub was_open: bool,
    /// How far that walk has come: the last caller looked at, their place among those who wait, and who is being offered before them.
    pub walked: Option<(Rank, u32, u32)>,
}

impl Line {
    /// The day of the queue at a moment: days since 1970 in its zone. The last one holds where the clock makes no sense.
    pub fn day(&self, unix_ms: i64) -> i64 {
        const DAY_MS: i64 = 24 * 3_600_000;
        let Ok(at) = Timestamp::from_millisecond(unix_ms) else { return i64::MAX };
        let ahead = i64::from(self.settings.zone.to_offset(at).seconds()) * 1_000;
        unix_ms.saturating_add(ahead).div_euclid(DAY_MS)
    }
}

/// What is shown of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueView {
    /// Which.
    pub queue: Name,
    /// Name to show.
    pub label: String,
    /// Callers who wait or are being offered.
    pub waiting: usize,
    /// The first of them, in order.
    pub first: Vec<WaitingView>,
    /// Since when the one waits who has waited longest, UTC ms.
    pub longest: Option<i64>,
    /// Agents who are free.
    pub free: usize,
    /// Agents who work: free, ringing, in a call or finishing one.
    pub working: usize,
    /// Whether it takes callers at this time.
    pub open: bool,
}

/// What is shown of one waiting caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingView {
    /// Session identifier.
    pub contact: String,
    /// Who it is.
    pub caller: Name,
    /// Name to show.
    pub display: String,
    /// Since when, UTC ms.
    pub since: i64,
    /// Priority.
    pub priority: u8,
    /// Who is being rung.
    pub offered_to: Vec<Name>,
    /// What nobody can do who works.
    pub lack: Option<Lack>,
}

/// Why nobody is rung for a caller who waits, whoever of those who work becomes free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The levels that are asked for at this time.
    pub skills: Levels,
    /// When less is asked, UTC ms.
    pub until: Option<i64>,
}

impl Line {
    pub fn new(settings: QueueSettings) -> Self {
        let steps = settings.demand.steps();
        Line {
            settings,
            waiting: BTreeSet::new(),
            ages: BTreeSet::new(),
            ripe: Stepped::new(steps),
            offered: BTreeSet::new(),
            open: Stepped::new(steps),
            free: Stepped::new(steps),
            able: vec![0; steps],
            share: 0,
            today: 0,
            learned: None,
            telling: false,
            was_open: true,
            walked: None,
        }
    }

    /// A caller waits.
    pub fn wait(&mut self, step: usize, rank: Rank) {
        self.waiting.insert(rank);
        self.ripe.insert(step, rank);
    }

    /// A caller waits no longer.
    pub fn leave(&mut self, step: usize, rank: &Rank) {
        self.waiting.remove(rank);
        self.ripe.remove(step, rank);
    }

    /// Agents who share its callers.
    pub fn working(&self) -> usize {
        self.able.iter().sum()
    }

    /// Whether somebody works who may be rung at this step.
    pub fn serves(&self, step: usize) -> bool {
        self.able.iter().take(step + 1).any(|agents| *agents > 0)
    }

    /// Agents who may be rung for one caller at a time.
    pub fn at_once(&self) -> usize {
        match self.settings.strategy {
            Strategy::RingAll => self.settings.ring_at_once.max(1),
            Strategy::LongestIdle | Strategy::RoundRobin | Strategy::FewestCalls => 1,
        }
    }

    /// A caller is being offered.
    pub fn begin_offer(&mut self, step: usize, rank: Rank) {
        self.leave(step, &rank);
        self.offered.insert(rank);
    }

    /// A caller is being offered no longer.
    pub fn end_offer(&mut self, step: usize, rank: &Rank) {
        self.offered.remove(rank);
        self.open.remove(step, rank);
    }

    /// How many are being offered who stand before a caller: counted from the nearer end.
    pub fn offered_before(&self, rank: &Rank) -> u32 {
        let (mut before, mut behind) = (self.offered.range(..rank), self.offered.range(rank..));
        let mut counted = 0;
        loop {
            match (before.next(), behind.next()) {
                (None, _) => return counted,
                (_, None) => return u32::try_from(self.offered.len()).unwrap_or(u32::MAX).saturating_sub(counted),
                (Some(_), Some(_)) => counted += 1,
            }
        }
    }

    /// Place of a waiting caller among those who wait, 1 for the next one.
    pub fn position(&self, rank: &Rank) -> u32 {
        let ahead = if self.waiting.last() == Some(rank) { self.waiting.len() } else { self.waiting.range(..=rank).count() };
        u32::try_from(ahead).unwrap_or(u32::MAX)
    }

    /// Takes the time of one more call into the average: an old one counts less and less.
    pub fn learn(&mut self, at: i64, handling_ms: i64) -> Learned {
        const WEIGHT: i64 = 5;
        let new = handling_ms.max(0);
        let handling_ms = self.learned.map_or(new, |known| known.handling_ms + (new - known.handling_ms) / WEIGHT);
        *self.learned.insert(Learned { handling_ms, at })
    }

    /// Takes what was stored before a restart, unless something later is known.
    pub fn recall(&mut self, stored: Learned) {
        self.learned = self.learned.filter(|known| known.at >= stored.at).or(Some(stored));
    }

    /// Seconds until it is the turn of this position when those who work share the callers.
    pub fn estimate_s(&self, position: u32) -> Option<u32> {
        let learned = self.learned.filter(|_| self.share > 0)?;
        let ms = i128::from(learned.handling_ms) * i128::from(position) * i128::from(WHOLE) / i128::from(self.share);
        Some(u32::try_from((ms + 999) / 1_000).unwrap_or(u32::MAX))
    }

    pub fn full(&self) -> bool {
        self.waiting.len() + self.offered.len() >= self.settings.max_waiting
    }

    pub fn open(&self, unix_ms: i64) -> bool {
        self.settings.hours.as_ref().is_none_or(|hours| hours.open_at(unix_ms))
    }
}

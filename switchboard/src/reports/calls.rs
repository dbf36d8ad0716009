//! The calls of one contact as they are counted, and what each event adds to the sums.
//!
//! Everything about a call is counted in the quarter in which it was answered, lost or missed, its talk and its work too: what one
//! cell of a report says is what the calls behind it say.

use super::count::{Counting, count};
use super::{At, Mark, Subject, Sums, day_of};
use crate::ids::TenantId;
use crate::store::{ContactEvent, ContactKind};
use jiff::tz::TimeZone;
use wire::{Counted, ReportFigures, UnixMs};

/// One call of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The event that it is counted by.
    pub id: String,
    /// When.
    pub at: UnixMs,
    /// The day at the site, since 1970.
    pub day: i64,
    /// Name of the queue; empty for a call of none.
    pub queue: String,
    /// Who answered or missed it; empty for a caller who was lost.
    pub agent: String,
    /// The site of the queue, or of the person.
    pub site: String,
    /// As what.
    pub counted: Counted,
    /// Answered within the target.
    pub in_time: bool,
    /// How long the caller of a queue waited.
    pub waited_ms: i64,
    /// The conversation, once it has ended.
    pub talk_ms: Option<i64>,
    /// The work after it, once it is done.
    pub work_ms: Option<i64>,
    /// What it was about.
    pub disposition: String,
    /// Differs from what the store has.
    pub changed: bool,
}

impl Call {
    fn talks(&self) -> bool {
        matches!(self.counted, Counted::Answered | Counted::HandedOn) && self.talk_ms.is_none()
    }

    fn end(&mut self, tenant: &TenantId, at: UnixMs, sums: &mut Sums) {
        let talk_ms = (at - self.at).max(0);
        (self.talk_ms, self.changed) = (Some(talk_ms), true);
        self.add(tenant, &ReportFigures { talk_ms, ..ReportFigures::default() }, sums);
        if self.work_ms.is_some() {
            self.add_disposition(tenant, &ReportFigures { talk_ms, ..ReportFigures::default() }, sums);
        }
    }

    fn work(&mut self, tenant: &TenantId, work_ms: i64, disposition: &str, sums: &mut Sums) {
        (self.work_ms, self.changed) = (Some(work_ms), true);
        disposition.clone_into(&mut self.disposition);
        self.add(tenant, &ReportFigures { work_ms, ..ReportFigures::default() }, sums);
        let talk_ms = self.talk_ms.unwrap_or_default();
        self.add_disposition(tenant, &ReportFigures { answered: 1, talk_ms, work_ms, ..ReportFigures::default() }, sums);
    }

    /// Adds to the sums of its queue and of its agent.
    fn add(&self, tenant: &TenantId, figures: &ReportFigures, sums: &mut Sums) {
        let at = At { tenant, at: self.at, day: self.day, site: &self.site };
        if !self.queue.is_empty() && self.counted != Counted::Missed {
            at.add(sums, Subject::Queue, [&self.queue, "", ""], figures);
        }
        if !self.agent.is_empty() {
            at.add(sums, Subject::Agent, [&self.queue, &self.agent, ""], figures);
        }
    }

    fn add_disposition(&self, tenant: &TenantId, figures: &ReportFigures, sums: &mut Sums) {
        let at = At { tenant, at: self.at, day: self.day, site: &self.site };
        at.add(sums, Subject::Disposition, [&self.queue, "", &self.disposition], figures);
    }
}

/// Whether an event can change calls of its contact that were counted before.
#[must_use]
pub fn needs_calls(event: &ContactEvent) -> bool {
    event.kind.is_last() || event.kind == ContactKind::WrappedUp || is_left_to_a_queue(event) || count(event, 0) == Some(Counting::HandedOn)
}

/// Somebody has left their call to a queue: their part of it ends, and for a while nobody has it.
fn is_left_to_a_queue(event: &ContactEvent) -> bool {
    event.kind == ContactKind::Transferred && event.data.cause.as_deref() == Some("queue")
}

/// Counts an event under its id: changes the calls of its contact, and says what it adds to the sums.
pub fn apply(calls: &mut Vec<Call>, id: &str, event: &ContactEvent, mark: &Mark, sums: &mut Sums) {
    let tenant = &event.tenant;
    let counting = count(event, mark.target_ms);
    if counting == Some(Counting::HandedOn) {
        // Whoever is in it no longer has left it.
        let left = |call: &&mut Call| call.talks() && call.agent != event.from_user && call.agent != event.to_user;
        calls.iter_mut().filter(left).for_each(|call| call.end(tenant, event.at, sums));
    }
    if is_left_to_a_queue(event) {
        calls.iter_mut().filter(|call| call.talks()).for_each(|call| call.end(tenant, event.at, sums));
    }
    if let Some(call) = counting.and_then(|counting| counted(counting, id, event, mark)) {
        let one = |is: bool| i64::from(is);
        let figures = ReportFigures {
            answered: one(matches!(call.counted, Counted::Answered | Counted::HandedOn)),
            in_time: one(call.in_time),
            lost: one(call.counted == Counted::Lost),
            short: one(call.counted == Counted::Short),
            handed_on: one(call.counted == Counted::HandedOn),
            found_closed: one(call.counted == Counted::FoundClosed),
            found_full: one(call.counted == Counted::FoundFull),
            overflowed: one(call.counted == Counted::Overflowed),
            missed: one(call.counted == Counted::Missed),
            waited_ms: if call.counted == Counted::Answered { call.waited_ms } else { 0 },
            ..ReportFigures::default()
        };
        call.add(tenant, &figures, sums);
        calls.push(call);
    }
    if event.kind.is_last() {
        calls.iter_mut().filter(|call| call.talks()).for_each(|call| call.end(tenant, event.at, sums));
    }
    if let (ContactKind::WrappedUp, Some(work)) = (event.kind, &event.data.work) {
        let queue = event.data.queue.as_ref().map_or("", |of| &of.name);
        let of = |call: &&mut Call| {
            call.counted == Counted::Answered && call.work_ms.is_none() && call.agent == event.to_user && call.queue == queue
        };
        if let Some(call) = calls.iter_mut().rev().find(of) {
            call.work(tenant, work.ms, work.disposition.as_deref().unwrap_or_default(), sums);
        }
    }
}

/// The call that an event counts; `None` where nobody of ours is in it.
fn counted(counting: Counting, id: &str, event: &ContactEvent, mark: &Mark) -> Option<Call> {
    let queue = event.data.queue.as_ref().map_or("", |of| &of.name);
    let (counted, waited_ms, in_time) = match counting {
        Counting::Answered { waited_ms, in_time } => (Counted::Answered, waited_ms, in_time),
        Counting::HandedOn => (Counted::HandedOn, 0, false),
        Counting::Lost { waited_ms } => (Counted::Lost, waited_ms, false),
        Counting::Short { waited_ms } => (Counted::Short, waited_ms, false),
        Counting::FoundClosed => (Counted::FoundClosed, 0, false),
        Counting::FoundFull => (Counted::FoundFull, 0, false),
        Counting::Overflowed { waited_ms } => (Counted::Overflowed, waited_ms, false),
        Counting::Missed => (Counted::Missed, 0, false),
    };
    // Nobody of ours was in it, but a queue.
    let none = matches!(counted, Counted::Lost | Counted::Short | Counted::FoundClosed | Counted::FoundFull | Counted::Overflowed);
    let agent = if none { "" } else { &event.to_user };
    // A call handed on is one of the person who has it now, whichever queue it once came from.
    let queue = if counted == Counted::HandedOn { "" } else { queue };
    let zone = TimeZone::get(&mark.zone).unwrap_or(TimeZone::UTC);
    (!queue.is_empty() || !agent.is_empty()).then(|| Call {
        id: id.to_owned(),
        at: event.at,
        day: day_of(&zone, event.at),
        queue: queue.to_owned(),
        agent: agent.to_owned(),
        site: mark.site.clone(),
        counted,
        in_time,
        waited_ms,
        talk_ms: None,
        work_ms: None,
        disposition: String::new(),
        changed: true,
    })
}

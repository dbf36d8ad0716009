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
    /// Who answered, opened or missed it; empty for a caller who was lost.
    pub agent: String,
    /// The site of the queue, or of the person.
    pub site: String,
    /// As what.
    pub counted: Counted,
    /// Answered or opened within the target.
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
    /// Counts no longer: the store forgets it.
    pub taken_back: bool,
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
            self.add_disposition(tenant, &self.queue, &ReportFigures { talk_ms, ..ReportFigures::default() }, sums);
        }
    }

    /// It counts as nothing, in the quarter in which it was counted.
    fn take_back(&mut self, tenant: &TenantId, sums: &mut Sums) {
        (self.taken_back, self.changed) = (true, true);
        let minus = |is: bool| -i64::from(is);
        let (lost, short) = (minus(self.counted == Counted::Lost), minus(self.counted == Counted::Short));
        self.add(tenant, &ReportFigures { lost, short, ..ReportFigures::default() }, sums);
    }

    /// The work after it is done, which is that of an agent of this queue.
    fn work(&mut self, tenant: &TenantId, work_ms: i64, disposition: &str, queue: &str, sums: &mut Sums) {
        (self.work_ms, self.changed) = (Some(work_ms), true);
        disposition.clone_into(&mut self.disposition);
        self.add(tenant, &ReportFigures { work_ms, ..ReportFigures::default() }, sums);
        let talk_ms = self.talk_ms.unwrap_or_default();
        self.add_disposition(tenant, queue, &ReportFigures { answered: 1, talk_ms, work_ms, ..ReportFigures::default() }, sums);
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

    fn add_disposition(&self, tenant: &TenantId, queue: &str, figures: &ReportFigures, sums: &mut Sums) {
        let at = At { tenant, at: self.at, day: self.day, site: &self.site };
        at.add(sums, Subject::Disposition, [queue, "", &self.disposition], figures);
    }
}

/// Whether an event can change calls of its contact that were counted before.
#[must_use]
pub fn needs_calls(event: &ContactEvent) -> bool {
    event.kind.is_last()
        || event.kind == ContactKind::WrappedUp
        || is_left_to_a_queue(event)
        || matches!(count(event, 0, 0), Some(Counting::HandedOn | Counting::TakenBack))
}

/// Somebody has left their call to a queue: their part of it ends, and for a while nobody has it.
fn is_left_to_a_queue(event: &ContactEvent) -> bool {
    event.kind == ContactKind::Transferred && event.data.cause.as_deref() == Some("queue")
}

/// Counts an event under its id: changes the calls of its contact, and says what it adds to the sums.
pub fn apply(calls: &mut Vec<Call>, id: &str, event: &ContactEvent, mark: &Mark, sums: &mut Sums) {
    let tenant = &event.tenant;
    let counting = count(event, mark.target_ms, mark.short_ms);
    if counting == Some(Counting::HandedOn) {
        // Whoever is in it no longer has left it.
        let left = |call: &&mut Call| call.talks() && call.agent != event.from_user && call.agent != event.to_user;
        calls.iter_mut().filter(left).for_each(|call| call.end(tenant, event.at, sums));
    }
    if is_left_to_a_queue(event) {
        calls.iter_mut().filter(|call| call.talks()).for_each(|call| call.end(tenant, event.at, sums));
    }
    if counting == Some(Counting::TakenBack) {
        let given_up = |call: &&mut Call| matches!(call.counted, Counted::Lost | Counted::Short) && !call.taken_back;
        if let Some(call) = calls.iter_mut().rev().find(given_up) {
            call.take_back(tenant, sums);
        }
    }
    if let Some(call) = counting.and_then(|counting| counted(counting, id, event, mark)) {
        let one = |is: bool| i64::from(is);
        let figures = ReportFigures {
            answered: one(matches!(call.counted, Counted::Answered | Counted::HandedOn)),
            in_time: one(call.in_time),
            opened: one(call.counted == Counted::Opened),
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
        let theirs = |call: &Call| call.work_ms.is_none() && call.agent == event.to_user;
        let answered = calls.iter().rposition(|call| theirs(call) && call.counted == Counted::Answered && call.queue == queue);
        // Whom a transferor asked by way of a queue has their work after a call that was handed on.
        let found = answered.or_else(|| calls.iter().rposition(|call| theirs(call) && call.counted == Counted::HandedOn));
        if let Some(call) = found.and_then(|found| calls.get_mut(found)) {
            call.work(tenant, work.ms, work.disposition.as_deref().unwrap_or_default(), queue, sums);
        }
    }
}

/// The call that an event counts; `None` where nobody of ours is in it.
fn counted(counting: Counting, id: &str, event: &ContactEvent, mark: &Mark) -> Option<Call> {
    let queue = event.data.queue.as_ref().map_or("", |of| &of.name);
    let (counted, waited_ms, in_time) = match counting {
        Counting::Answered { waited_ms, in_time } => (Counted::Answered, waited_ms, in_time),
        Counting::Opened { waited_ms, in_time } => (Counted::Opened, waited_ms, in_time),
        Counting::HandedOn => (Counted::HandedOn, 0, false),
        Counting::Lost { waited_ms } => (Counted::Lost, waited_ms, false),
        Counting::Short { waited_ms } => (Counted::Short, waited_ms, false),
        Counting::FoundClosed => (Counted::FoundClosed, 0, false),
        Counting::FoundFull => (Counted::FoundFull, 0, false),
        Counting::Overflowed { waited_ms } => (Counted::Overflowed, waited_ms, false),
        Counting::Missed => (Counted::Missed, 0, false),
        Counting::TakenBack => return None,
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
        taken_back: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ContactData, WorkData};
    use wire::CallQueue;

    fn event(at: UnixMs, kind: ContactKind, to: &str, queue: Option<&str>, cause: Option<&str>) -> ContactEvent {
        let queue = queue.map(|name| CallQueue { name: name.into(), label: String::new(), since: at });
        ContactEvent {
            tenant: TenantId::new("t"),
            contact: "main".into(),
            at,
            kind,
            from_user: "~guest".into(),
            to_user: to.into(),
            data: ContactData { queue, cause: cause.map(str::to_owned), ..ContactData::default() },
        }
    }

    #[test]
    fn work_after_a_call_that_was_handed_on_by_way_of_a_queue_counts_once() {
        let mut done = event(30_000, ContactKind::WrappedUp, "cid", Some("sales"), None);
        done.data.work = Some(WorkData { ms: 7_000, disposition: Some("sold".into()), note: String::new() });
        let events = [
            event(0, ContactKind::Answered, "bob", Some("support"), None),
            event(10_000, ContactKind::Answered, "cid", None, Some("transferred")),
            event(22_000, ContactKind::Ended, "cid", Some("sales"), None),
            done.clone(),
            // The same agent has no second work after one call.
            done,
        ];
        let (mut calls, mut sums) = (Vec::new(), Sums::new());
        let mark = Mark { site: "north".into(), zone: "UTC".into(), target_ms: 20_000, short_ms: 5_000 };
        for (number, event) in events.iter().enumerate() {
            apply(&mut calls, &number.to_string(), event, &mark, &mut sums);
        }
        let total = |subject: Subject, queue: &str, agent: &str, word: &str| {
            let of = |key: &crate::reports::Key| {
                (key.subject, key.grain) == (subject, crate::reports::Grain::Day)
                    && (key.queue.as_str(), key.agent.as_str(), key.word.as_str()) == (queue, agent, word)
            };
            let mut found = sums.iter().filter(|(key, _)| of(key)).map(|(_, figures)| (figures.answered, figures.talk_ms, figures.work_ms));
            (found.next(), found.next())
        };
        assert_eq!(total(Subject::Agent, "", "cid", ""), (Some((1, 12_000, 7_000)), None));
        assert_eq!(total(Subject::Disposition, "sales", "", "sold"), (Some((1, 12_000, 7_000)), None));
        assert_eq!(total(Subject::Disposition, "", "", "sold"), (None, None));
        assert_eq!(total(Subject::Queue, "support", "", ""), (Some((1, 10_000, 0)), None), "the queue that was left has its own");
    }
}

//! Queues, with their opening hours and what a call of them can have been about.

use super::book::strategy;
use super::write::Change;
use super::{Desk, Entry, LABEL_LIMIT, Refusal, kept, same};
use crate::config::rules::{self, NumberRule};
use crate::directory::Person;
use crate::doors::model::Rings;
use crate::queue::Hours;
use crate::queue::io::Strategy;
use crate::rights::Act;
use crate::services::Services;
use crate::store::{RecordKind, RecordRow};
use jiff::tz::TimeZone;
use wire::{Choice, Edit, FieldError, FieldFault, Hold, Kept, Origin, QueueForm, QueuesPage};

/// Agents of one queue, its hours and its dispositions, each at most. A queue of the file may have more, which may stay.
pub(super) const LIST_LIMIT: usize = 1_000;

/// The numbers of a form, with what they may be. `None` is a number that need not be there.
fn numbers(form: &QueueForm) -> [(&'static str, Option<u32>, NumberRule); 13] {
    [
        ("ring_at_once", form.ring_at_once, rules::RING_AT_ONCE),
        ("ring_seconds", Some(form.ring_seconds), rules::RING_SECONDS),
        ("wrap_up_seconds", Some(form.wrap_up_seconds), rules::WRAP_UP_SECONDS),
        ("wrap_up_extend_seconds", Some(form.wrap_up_extend_seconds), rules::WRAP_UP_EXTEND_SECONDS),
        ("wrap_up_extensions", Some(form.wrap_up_extensions), rules::WRAP_UP_EXTENSIONS),
        ("max_penalty", form.max_penalty, rules::PENALTY),
        ("max_wait_seconds", form.max_wait_seconds, rules::MAX_WAIT_SECONDS),
        ("max_waiting", Some(form.max_waiting), rules::MAX_WAITING),
        ("pause_after_missed", Some(form.pause_after_missed), rules::PAUSE_AFTER_MISSED),
        ("target_seconds", Some(form.target_seconds), rules::TARGET_SECONDS),
        ("target_percent", Some(form.target_percent), rules::TARGET_PERCENT),
        ("alarm_seconds", Some(form.alarm_seconds), rules::ALARM_SECONDS),
        ("short_seconds", Some(form.short_seconds), rules::SHORT_SECONDS),
    ]
}

/// The queues of this administrator's sites.
///
/// # Errors
/// They may not look, or the database failed.
pub async fn queues(services: &Services, by: &Person) -> Result<QueuesPage, Refusal> {
    let desk = Desk::look(services, by, Act::AdminQueues).await?;
    let place = desk.place();
    let queues = desk.book.queues.iter().filter(|entry| place.own(&entry.record.site)).map(|entry| kept(entry, Hold::All));
    let people = desk.book.people.iter().map(|entry| &entry.record).filter(|person| place.hold(&person.sites) != Hold::Nothing);
    let mut people: Vec<_> = people.map(|person| Choice { name: person.user.clone(), label: person.display_name.clone() }).collect();
    people.sort_by(|a, b| (a.label.to_lowercase(), &a.name).cmp(&(b.label.to_lowercase(), &b.name)));
    let numbers = numbers(&QueueForm::default()).map(|(field, _, rule)| wire::NumberRule {
        field: field.to_owned(),
        default: rule.default,
        low: rule.low,
        high: rule.high,
    });
    Ok(QueuesPage {
        place: desk.shown_place(),
        queues: queues.collect(),
        people,
        strategies: Strategy::NAMES.iter().map(|(name, _)| (*name).to_owned()).collect(),
        numbers: numbers.into(),
    })
}

/// Adds a queue.
///
/// # Errors
/// They may not, something is wrong with it, or the database failed.
pub async fn add_queue(services: &Services, by: &Person, form: QueueForm) -> Result<Kept<QueueForm>, Refusal> {
    let desk = Desk::change(services, by, Act::AdminQueueAdd).await?;
    let change = Change::new("add_queue", &form.name, None, Some(&form));
    let mut wrong = desk.wrong_queue(None, &form);
    if !rules::is_name(&form.name) {
        wrong.push(FieldError { field: "name".into(), fault: FieldFault::NoName });
    } else if desk.book.named(&form.name) {
        wrong.push(FieldError { field: "name".into(), fault: FieldFault::Taken });
    }
    if let Err(refusal) = Refusal::of(wrong) {
        return Err(desk.refused(&change, refusal).await);
    }
    desk.store_queue(&change, form).await
}

/// Changes a queue. Whoever waits in it goes on waiting.
///
/// # Errors
/// They may not, somebody else did meanwhile, something is wrong with it, or the database failed.
pub async fn change_queue(services: &Services, by: &Person, name: &str, edit: Edit<QueueForm>) -> Result<Kept<QueueForm>, Refusal> {
    let desk = Desk::change(services, by, Act::AdminQueueChange).await?;
    let before = desk.held_queue(name)?;
    let form = edit.record;
    if form.name != before.record.name {
        return Err(Refusal::not_found());
    }
    let change = Change::new("change_queue", name, Some(&before.record), Some(&form));
    same(&before, &edit.version)?;
    if let Err(refusal) = Refusal::of(desk.wrong_queue(Some(&before.record), &form)) {
        return Err(desk.refused(&change, refusal).await);
    }
    desk.store_queue(&change, form).await
}

/// Removes a queue. Whoever waits in it goes on to its overflow; without one nobody may be waiting.
///
/// # Errors
/// They may not, somebody else did meanwhile, something needs it, or the database failed.
pub async fn remove_queue(services: &Services, by: &Person, name: &str, version: &str) -> Result<(), Refusal> {
    let desk = Desk::change(services, by, Act::AdminQueueRemove).await?;
    let before = desk.held_queue(name)?;
    let change = Change::new("remove_queue", name, Some(&before.record), None);
    same(&before, version)?;
    let queues = desk.book.queues.iter().map(|entry| &entry.record).filter(|queue| queue.overflow.as_deref() == Some(name));
    let doors = desk
        .book
        .entrances()
        .filter(|entrance| matches!(entrance.station.line.as_ref().map(|line| &line.rings), Some(Rings::Queue { name: queue, .. }) if queue == name));
    let needed: Vec<String> = queues.map(|queue| queue.label.clone()).chain(doors.map(|entrance| entrance.name.clone())).collect();
    let waiting = if before.record.overflow.is_none() { services.hub.waiting(desk.tenant(), name) } else { 0 };
    if !needed.is_empty() || waiting > 0 {
        return Err(Refusal::in_use(needed, waiting));
    }
    desk.write(&change, &RecordRow { kind: RecordKind::Queue, name: name.to_owned(), record: None }, None).await
}

/// The lists of a form that may be long, and how long they are.
fn lists(form: &QueueForm) -> [(&'static str, usize); 3] {
    [("agents", form.agents.len()), ("dispositions", form.dispositions.len()), ("hours", form.hours.iter().flatten().count())]
}

impl Desk<'_> {
    fn held_queue(&self, name: &str) -> Result<Entry<QueueForm>, Refusal> {
        let entry = self.book.queues.iter().find(|entry| entry.record.name == name && self.place().own(&entry.record.site));
        entry.cloned().ok_or_else(Refusal::not_found)
    }

    async fn store_queue(&self, change: &Change, mut form: QueueForm) -> Result<Kept<QueueForm>, Refusal> {
        form.label = form.label.trim().to_owned();
        let record = serde_json::to_string(&form).map_err(|e| Refusal::internal(&e))?;
        self.write(change, &RecordRow { kind: RecordKind::Queue, name: form.name.clone(), record: Some(record) }, None).await?;
        Ok(kept(&Entry { record: form, origin: Origin::Desk }, Hold::All))
    }

    /// What is wrong with a form: what the file refuses too, and whatever comes or goes that concerns sites of others.
    fn wrong_queue(&self, before: Option<&QueueForm>, form: &QueueForm) -> Vec<FieldError> {
        let place = self.place();
        let mut wrong = Vec::new();
        let mut fault = |field: String, fault| wrong.push(FieldError { field, fault });
        let mut long = |field: &str, count: usize, may: usize| {
            if count > LIST_LIMIT.max(may) {
                fault(field.into(), FieldFault::TooLong { limit: LIST_LIMIT as u32 });
            }
        };
        let was = before.map_or([0; 3], |before| lists(before).map(|(_, count)| count));
        for ((field, count), was) in lists(form).into_iter().zip(was) {
            long(field, count, was);
        }
        long("penalties", form.penalties.len(), form.agents.len());
        // Each of a list is compared with those before it, which takes too long where it is.
        if !wrong.is_empty() {
            return wrong;
        }
        let mut fault = |field: String, fault| wrong.push(FieldError { field, fault });
        label(&mut fault, "label", &form.label);
        let site = self.book.sites().iter().find(|site| site.id == form.site);
        match site {
            Some(_) if place.own(&form.site) => {}
            Some(_) => fault("site".into(), FieldFault::NotYours { name: form.site.clone() }),
            None if self.book.sites().is_empty() && form.site.is_empty() => {}
            None if form.site.is_empty() => fault("site".into(), FieldFault::Missing),
            None => fault("site".into(), FieldFault::NoSuch { name: form.site.clone() }),
        }
        for (at, agent) in form.agents.iter().enumerate() {
            let field = format!("agents.{at}");
            let known = self.book.people.iter().find(|entry| entry.record.user == *agent);
            let was = before.is_some_and(|before| before.agents.contains(agent));
            match known {
                _ if form.agents[..at].contains(agent) => fault(field, FieldFault::Twice { name: agent.clone() }),
                _ if was => {}
                None => fault(field, FieldFault::NoSuch { name: agent.clone() }),
                Some(entry) if place.hold(&entry.record.sites) == Hold::Nothing => {
                    fault(field, FieldFault::NotYours { name: agent.clone() });
                }
                Some(_) => {}
            }
        }
        super::skills::wrong_demand(&mut fault, form);
        if strategy(&form.strategy).is_none() {
            fault("strategy".into(), FieldFault::NoSuch { name: form.strategy.clone() });
        }
        for (field, number, rule) in numbers(form) {
            if number.is_some_and(|number| !rule.takes(number)) {
                fault(field.into(), FieldFault::OutOfRange { low: rule.low, high: rule.high });
            }
        }
        if let Some(next) = form.overflow.as_ref().filter(|next| before.is_none_or(|before| before.overflow.as_ref() != Some(next))) {
            let known = self.book.queues.iter().find(|entry| entry.record.name == *next && *next != form.name);
            match known {
                None => fault("overflow".into(), FieldFault::NoSuch { name: next.clone() }),
                Some(entry) if !place.own(&entry.record.site) => fault("overflow".into(), FieldFault::NotYours { name: next.clone() }),
                Some(_) => {}
            }
        }
        for (at, line) in form.hours.iter().flatten().enumerate() {
            if Hours::parse(TimeZone::UTC, &[line]).is_err() {
                fault(format!("hours.{at}"), FieldFault::NoHours { line: line.clone() });
            }
        }
        for (at, choice) in form.dispositions.iter().enumerate() {
            named(&mut fault, &format!("dispositions.{at}"), choice, &form.dispositions[..at]);
        }
        wrong
    }
}

/// What is wrong with a name to show.
pub(super) fn label(fault: &mut impl FnMut(String, FieldFault), field: &str, label: &str) {
    if label.trim().is_empty() {
        fault(field.to_owned(), FieldFault::Missing);
    } else if label.chars().count() > LABEL_LIMIT {
        fault(field.to_owned(), FieldFault::TooLong { limit: LABEL_LIMIT as u32 });
    }
}

/// What is wrong with a name and its words, beside others.
pub(super) fn named(fault: &mut impl FnMut(String, FieldFault), field: &str, choice: &Choice, others: &[Choice]) {
    if !rules::is_name(&choice.name) {
        fault(format!("{field}.name"), FieldFault::NoName);
    } else if others.iter().any(|other| other.name == choice.name) {
        fault(format!("{field}.name"), FieldFault::Twice { name: choice.name.clone() });
    }
    label(fault, &format!("{field}.label"), &choice.label);
}

//! What the configuration file says and what administrators wrote over it, as one.
//!
//! A record that was never changed here follows the file. One that was written here counts instead of the file's record of that name, and
//! one that was removed here is gone, whatever the file says. Sites, doors, PBX accounts and what the forms do not show come from the
//! file always. What no longer fits the file (a site that it does not name any more) is left out and said in the program's log.

use super::skills;
use crate::config;
use crate::queue::Hours;
use crate::queue::io::Strategy;
use crate::store::{RecordKind, RecordRow};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use std::collections::{BTreeSet, HashMap, HashSet};
use wire::{Choice, Origin, PersonForm, QueueForm, Site};

/// A record and where it comes from.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// What it says.
    pub record: T,
    /// Where it comes from.
    pub origin: Origin,
}

/// Everything of one tenant that administrators may change, and what it refers to.
#[derive(Debug)]
pub struct Book<'a> {
    file: &'a config::Tenant,
    /// People, those who cannot sign in too.
    pub people: Vec<Entry<PersonForm>>,
    /// Queues.
    pub queues: Vec<Entry<QueueForm>>,
    /// Reasons for a pause.
    pub reasons: Vec<Entry<Choice>>,
}

impl<'a> Book<'a> {
    /// The records of a tenant, those of the file in its order first.
    #[must_use]
    pub fn of(file: &'a config::Tenant, rows: &[RecordRow]) -> Self {
        let mut book = Self {
            file,
            people: merged(file.people.iter().map(person_form), rows, RecordKind::Person, |person| &person.user),
            queues: merged(file.queues.iter().map(queue_form), rows, RecordKind::Queue, |queue| &queue.name),
            reasons: merged(file.pause_reasons.iter().cloned(), rows, RecordKind::Reason, |reason| &reason.name),
        };
        let users: BTreeSet<&str> = book.people.iter().map(|entry| entry.record.user.as_str()).collect();
        for Entry { record, .. } in &mut book.queues {
            record.agents.retain(|agent| users.contains(agent.as_str()));
            // What was written before the form had it is as the file says.
            let of_file = file.queues.iter().find(|queue| queue.name == record.name);
            record.ring_at_once.get_or_insert_with(|| of_file.map_or(config::rules::RING_AT_ONCE.default, |queue| queue.ring_at_once));
        }
        book
    }

    /// The tenant's sites.
    #[must_use]
    pub fn sites(&self) -> &'a [Site] {
        &self.file.sites
    }

    /// What the file says besides.
    #[must_use]
    pub fn file(&self) -> &'a config::Tenant {
        self.file
    }

    /// User names of door stations: nobody else is called so.
    pub fn stations(&self) -> impl Iterator<Item = &'a str> {
        self.entrances().filter_map(|entrance| entrance.station.sip_user.as_deref())
    }

    /// Whether anything of the tenant that is dialled has this name.
    #[must_use]
    pub fn named(&self, name: &str) -> bool {
        let people = self.people.iter().any(|entry| entry.record.user == name);
        people || self.queues.iter().any(|entry| entry.record.name == name) || self.stations().any(|station| station == name)
    }

    /// All entrances of the tenant.
    pub fn entrances(&self) -> impl Iterator<Item = &'a crate::doors::model::Entrance> {
        self.file.doors.iter().flat_map(|site| &site.entrances)
    }

    /// The tenant as the rest of the server takes it.
    #[must_use]
    pub fn effective(&self) -> config::Tenant {
        let before: HashMap<&str, &config::Person> = self.file.people.iter().map(|person| (person.user.as_str(), person)).collect();
        let enabled = self.people.iter().map(|entry| &entry.record).filter(|form| !form.disabled);
        let people: Vec<config::Person> = enabled.map(|form| self.person(form, before.get(form.user.as_str()).copied())).collect();
        let users: BTreeSet<&str> = self.people.iter().map(|entry| entry.record.user.as_str()).chain(self.stations()).collect();
        let mut queues: Vec<config::Queue> = Vec::new();
        for Entry { record, .. } in &self.queues {
            match self.queue(record).filter(|_| !users.contains(record.name.as_str())) {
                Some(queue) => queues.push(queue),
                None => tracing::error!(queue = record.name, "a queue does not fit the configuration any more and is left out"),
            }
        }
        let names: Vec<String> = queues.iter().map(|queue| queue.name.clone()).collect();
        let known: HashSet<&str> = people.iter().map(|person| person.user.as_str()).collect();
        for queue in &mut queues {
            queue.agents.retain(|agent| known.contains(agent.as_str()));
            queue.overflow.take_if(|next| !names.contains(next));
        }
        let reasons = self.reasons.iter().map(|entry| entry.record.clone());
        config::Tenant { people, queues, pause_reasons: reasons.collect(), ..self.file.clone() }
    }

    fn person(&self, form: &PersonForm, before: Option<&config::Person>) -> config::Person {
        config::Person {
            user: form.user.clone(),
            name: form.display_name.clone(),
            roles: form.roles.clone(),
            sites: form.sites.iter().filter(|site| self.file.sites.iter().any(|known| known.id == **site)).cloned().collect(),
            skills: skills::levels(&form.skills),
            password: before.and_then(|person| person.password.clone()),
            pbx: before.and_then(|person| person.pbx.clone()),
        }
    }

    /// `None` where its site is gone, or something in it means nothing any more.
    fn queue(&self, form: &QueueForm) -> Option<config::Queue> {
        let zone = match self.file.sites.iter().find(|site| site.id == form.site) {
            Some(site) => site.zone.clone(),
            None if self.file.sites.is_empty() => "UTC".to_owned(),
            None => return None,
        };
        let hours = match &form.hours {
            Some(lines) => Some(Hours::parse(TimeZone::get(&zone).unwrap_or(TimeZone::UTC), lines).ok()?),
            None => None,
        };
        // What the form does not show stays as the file has it.
        let mut queue = self.file.queues.iter().find(|queue| queue.name == form.name).cloned().unwrap_or_default();
        queue.strategy = strategy(&form.strategy)?;
        queue.ring_at_once = form.ring_at_once.unwrap_or(config::rules::RING_AT_ONCE.default);
        (queue.demand, queue.penalties) = (skills::demand(form), skills::levels(&form.penalties));
        (queue.wrap_up_extend_seconds, queue.wrap_up_extensions) = (form.wrap_up_extend_seconds, form.wrap_up_extensions);
        (queue.name, queue.label) = (form.name.clone(), form.label.clone());
        (queue.site, queue.zone, queue.hours) = (form.site.clone(), zone, hours);
        (queue.agents, queue.dispositions) = (form.agents.clone(), form.dispositions.clone());
        (queue.public, queue.overflow) = (form.public, form.overflow.clone());
        (queue.ring_seconds, queue.pause_after_missed) = (form.ring_seconds, form.pause_after_missed);
        (queue.max_wait_seconds, queue.max_waiting) = (form.max_wait_seconds, form.max_waiting);
        queue.wrap_up_seconds = form.wrap_up_seconds;
        (queue.target_seconds, queue.target_percent, queue.alarm_seconds) = (form.target_seconds, form.target_percent, form.alarm_seconds);
        queue.short_seconds = form.short_seconds;
        Some(queue)
    }
}

/// The strategy of this name.
pub(super) fn strategy(name: &str) -> Option<Strategy> {
    Strategy::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, strategy)| strategy)
}

fn person_form(person: &config::Person) -> PersonForm {
    PersonForm {
        user: person.user.clone(),
        display_name: person.name.clone(),
        roles: person.roles.clone(),
        sites: person.sites.clone(),
        skills: skills::graded(&person.skills),
        disabled: false,
    }
}

fn queue_form(queue: &config::Queue) -> QueueForm {
    let strategy = Strategy::NAMES.into_iter().find(|(_, known)| *known == queue.strategy).map_or("", |(name, _)| name);
    QueueForm {
        name: queue.name.clone(),
        label: queue.label.clone(),
        site: queue.site.clone(),
        agents: queue.agents.clone(),
        skills: skills::graded(&queue.demand.skills),
        penalties: skills::graded(&queue.penalties),
        max_penalty: skills::max_penalty(&queue.demand),
        relax: skills::steps(&queue.demand),
        strategy: strategy.to_owned(),
        ring_at_once: Some(queue.ring_at_once),
        public: queue.public,
        ring_seconds: queue.ring_seconds,
        wrap_up_seconds: queue.wrap_up_seconds,
        wrap_up_extend_seconds: queue.wrap_up_extend_seconds,
        wrap_up_extensions: queue.wrap_up_extensions,
        max_wait_seconds: queue.max_wait_seconds,
        max_waiting: queue.max_waiting,
        overflow: queue.overflow.clone(),
        pause_after_missed: queue.pause_after_missed,
        target_seconds: queue.target_seconds,
        target_percent: queue.target_percent,
        alarm_seconds: queue.alarm_seconds,
        short_seconds: queue.short_seconds,
        hours: queue.hours.as_ref().map(Hours::lines),
        dispositions: queue.dispositions.clone(),
    }
}

/// The file's records with those of the rows in their places, and then the others.
fn merged<T: DeserializeOwned>(
    file: impl Iterator<Item = T>,
    rows: &[RecordRow],
    kind: RecordKind,
    name: impl Fn(&T) -> &String,
) -> Vec<Entry<T>> {
    let mut written: Vec<(&str, Option<Entry<T>>)> = Vec::new();
    for row in rows.iter().filter(|row| row.kind == kind) {
        let record = row.record.as_deref().map(serde_json::from_str).transpose();
        match record {
            Ok(record) => written.push((&row.name, record.map(|record| Entry { record, origin: Origin::Desk }))),
            Err(error) => tracing::error!(%error, kind = kind.word(), name = row.name, "an administered record cannot be read"),
        }
    }
    let places: HashMap<&str, usize> = written.iter().enumerate().map(|(place, (known, _))| (*known, place)).collect();
    let mut entries = Vec::new();
    for record in file {
        match places.get(name(&record).as_str()).and_then(|place| written.get_mut(*place)) {
            None => entries.push(Entry { record, origin: Origin::File }),
            Some((_, instead)) => entries.extend(instead.take()),
        }
    }
    entries.extend(written.into_iter().filter_map(|(_, entry)| entry));
    entries
}

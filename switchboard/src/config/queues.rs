//! Queues in the file, and their check.

use super::check::{Check, Checked};
use super::error::suggest;
use super::rules::{self, NumberRule};
use super::{Person, Queue as CheckedQueue};
use crate::queue::Hours;
use crate::queue::io::Strategy;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

/// `[[tenants.queues]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Queue {
    pub name: Spanned<String>,
    pub label: Option<String>,
    pub site: Option<Spanned<String>>,
    #[serde(default)]
    pub agents: Vec<Spanned<String>>,
    #[serde(default)]
    pub penalties: super::skills::FileLevels,
    #[serde(default)]
    pub skills: super::skills::FileLevels,
    pub max_penalty: Option<Spanned<u32>>,
    #[serde(default)]
    pub relax: Vec<Spanned<super::skills::FileRelax>>,
    pub strategy: Option<Spanned<String>>,
    pub ring_at_once: Option<Spanned<u32>>,
    #[serde(default)]
    pub public: bool,
    pub ring_seconds: Option<Spanned<u32>>,
    pub wrap_up_seconds: Option<Spanned<u32>>,
    pub wrap_up_extend_seconds: Option<Spanned<u32>>,
    pub wrap_up_extensions: Option<Spanned<u32>>,
    pub max_wait_seconds: Option<Spanned<u32>>,
    pub max_waiting: Option<Spanned<u32>>,
    pub overflow: Option<Spanned<String>>,
    pub pause_after_missed: Option<Spanned<u32>>,
    pub target_seconds: Option<Spanned<u32>>,
    pub target_percent: Option<Spanned<u32>>,
    pub alarm_seconds: Option<Spanned<u32>>,
    pub short_seconds: Option<Spanned<u32>>,
    pub hours: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub dispositions: Vec<Choice>,
}

/// A name with a label.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    pub name: Spanned<String>,
    pub label: Option<String>,
}

impl Check<'_> {
    pub(super) fn queues(&self, file: &[Queue], sites: &[wire::Site], people: &[Person]) -> Checked<Vec<CheckedQueue>> {
        let mut queues: Vec<CheckedQueue> = Vec::new();
        for queue in file {
            self.name(&queue.name, "queue name")?;
            let name = queue.name.get_ref();
            if queues.iter().any(|known| known.name == *name) {
                return Err(self.twice(&queue.name, "queue"));
            }
            if people.iter().any(|person| person.user == *name) {
                return Err(self.mistake(
                    queue.name.span(),
                    format!("a person is called `{name}` too, and both are dialled by name"),
                    "write another name",
                ));
            }
            queues.push(self.queue(queue, sites, people)?);
        }
        for queue in file {
            let Some(overflow) = &queue.overflow else { continue };
            let known: Vec<&str> = queues.iter().map(|q| q.name.as_str()).filter(|q| q != queue.name.get_ref()).collect();
            self.known(overflow, &known, "another queue", "add a [[tenants.queues]] table with this name")?;
        }
        Ok(queues)
    }

    fn queue(&self, queue: &Queue, sites: &[wire::Site], people: &[Person]) -> Checked<CheckedQueue> {
        let users: Vec<&str> = people.iter().map(|person| person.user.as_str()).collect();
        for agent in &queue.agents {
            self.known(agent, &users, "a person", "add a [[tenants.people]] table with this user name")?;
        }
        let ids: Vec<&str> = sites.iter().map(|site| site.id.as_str()).collect();
        if let Some(site) = &queue.site {
            self.known(site, &ids, "a site", "add a [[tenants.sites]] table with this name")?;
        }
        let site = queue.site.as_ref().map(|site| site.get_ref().as_str()).or(ids.first().copied());
        let zone_name = sites.iter().find(|known| Some(known.id.as_str()) == site).map_or("UTC", |site| &site.zone);
        let zone = TimeZone::get(zone_name).ok();
        let hours = match &queue.hours {
            None => None,
            Some(lines) => Some(Hours::parse(zone.unwrap_or(TimeZone::UTC), lines.get_ref()).map_err(|wrong| {
                self.mistake(lines.span(), wrong.to_string(), "write for example `mon-fri 08:00-18:00`, one entry per span of days")
            })?),
        };
        let number = |value: &Option<Spanned<u32>>, rule: NumberRule| match value {
            None => Ok(rule.default),
            Some(value) if rule.takes(*value.get_ref()) => Ok(*value.get_ref()),
            Some(value) => {
                let problem = format!("{} is out of range here", value.get_ref());
                Err(self.mistake(value.span(), problem, format!("write a number from {} to {}", rule.low, rule.high)))
            }
        };
        let strategy = match &queue.strategy {
            None => Strategy::default(),
            Some(name) => {
                let known = Strategy::NAMES.iter().find(|(known, _)| known == name.get_ref());
                let names = Strategy::NAMES.map(|(name, _)| format!("`{name}`")).join(", ");
                let wrong = || self.mistake(name.span(), format!("`{}` is no strategy", name.get_ref()), format!("write one of {names}"));
                known.ok_or_else(wrong)?.1
            }
        };
        if let (Some(at_once), true) = (&queue.ring_at_once, strategy != Strategy::RingAll) {
            let problem = "only a queue that rings all rings several agents at once".to_owned();
            return Err(self.mistake(at_once.span(), problem, "leave it out, or write strategy = \"ring-all\""));
        }
        let max_wait = number(&queue.max_wait_seconds, rules::MAX_WAIT_SECONDS)?;
        let name = queue.name.get_ref().clone();
        Ok(CheckedQueue {
            label: queue.label.clone().unwrap_or_else(|| name.clone()),
            name,
            site: site.unwrap_or_default().to_owned(),
            zone: zone_name.to_owned(),
            agents: queue.agents.iter().map(|agent| agent.get_ref().clone()).collect(),
            penalties: self.penalties(queue)?,
            demand: self.demand(queue, max_wait)?,
            strategy,
            ring_at_once: number(&queue.ring_at_once, rules::RING_AT_ONCE)?,
            public: queue.public,
            ring_seconds: number(&queue.ring_seconds, rules::RING_SECONDS)?,
            wrap_up_seconds: number(&queue.wrap_up_seconds, rules::WRAP_UP_SECONDS)?,
            wrap_up_extend_seconds: number(&queue.wrap_up_extend_seconds, rules::WRAP_UP_EXTEND_SECONDS)?,
            wrap_up_extensions: number(&queue.wrap_up_extensions, rules::WRAP_UP_EXTENSIONS)?,
            max_wait_seconds: (max_wait > 0).then_some(max_wait),
            max_waiting: number(&queue.max_waiting, rules::MAX_WAITING)?,
            overflow: queue.overflow.as_ref().map(|overflow| overflow.get_ref().clone()),
            pause_after_missed: number(&queue.pause_after_missed, rules::PAUSE_AFTER_MISSED)?,
            target_seconds: number(&queue.target_seconds, rules::TARGET_SECONDS)?,
            target_percent: number(&queue.target_percent, rules::TARGET_PERCENT)?,
            alarm_seconds: number(&queue.alarm_seconds, rules::ALARM_SECONDS)?,
            short_seconds: number(&queue.short_seconds, rules::SHORT_SECONDS)?,
            hours,
            dispositions: self.choices(&queue.dispositions, "disposition")?,
        })
    }

    /// Names with labels, each once.
    pub(super) fn choices(&self, file: &[Choice], what: &str) -> Checked<Vec<wire::Choice>> {
        let mut choices: Vec<wire::Choice> = Vec::new();
        for choice in file {
            self.name(&choice.name, what)?;
            let name = choice.name.get_ref().clone();
            if choices.iter().any(|known| known.name == name) {
                return Err(self.twice(&choice.name, what));
            }
            choices.push(wire::Choice { label: choice.label.clone().unwrap_or_else(|| name.clone()), name });
        }
        Ok(choices)
    }

    /// A reference to something of the same tenant.
    pub(super) fn known(&self, reference: &Spanned<String>, known: &[&str], what: &str, add: &str) -> Checked<()> {
        let name = reference.get_ref();
        if known.contains(&name.as_str()) {
            return Ok(());
        }
        let help = suggest(name, known);
        let help = if help.is_empty() { add.to_owned() } else { help };
        Err(self.mistake(reference.span(), format!("`{name}` is not {what} of this tenant"), help))
    }
}

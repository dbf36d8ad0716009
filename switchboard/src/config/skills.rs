//! Skills of people, what a queue asks of them, and how that relaxes, in the file, and their check.

use super::check::{Check, Checked};
use super::rules::{self, NumberRule};
use crate::queue::{Demand, HIGHEST, Levels, Relax};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// Numbers by names.
pub(super) type FileLevels = BTreeMap<Spanned<String>, Spanned<u32>>;

/// One of `relax`. What is not said is as before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRelax {
    pub after_seconds: Spanned<u32>,
    pub less: Option<Spanned<u32>>,
    pub max_penalty: Option<Spanned<u32>>,
}

impl Check<'_> {
    /// Levels of skills.
    pub(super) fn levels(&self, file: &FileLevels) -> Checked<Levels> {
        let mut levels = Levels::new();
        for (skill, level) in file {
            self.name(skill, "skill")?;
            if levels.len() == rules::SKILLS_LIMIT {
                let problem = format!("there are more than {} skills", rules::SKILLS_LIMIT);
                return Err(self.mistake(skill.span(), problem, "leave some out"));
            }
            levels.insert(skill.get_ref().clone(), self.small(level, rules::LEVEL)?);
        }
        Ok(levels)
    }

    /// Penalties of a queue's agents.
    pub(super) fn penalties(&self, queue: &super::queues::Queue) -> Checked<BTreeMap<String, u8>> {
        let agents: Vec<&str> = queue.agents.iter().map(|agent| agent.get_ref().as_str()).collect();
        let mut penalties = BTreeMap::new();
        for (agent, penalty) in &queue.penalties {
            self.known(agent, &agents, "an agent of this queue and", "add the user name to its agents")?;
            let penalty = self.small(penalty, rules::PENALTY)?;
            if penalty > 0 {
                penalties.insert(agent.get_ref().clone(), penalty);
            }
        }
        Ok(penalties)
    }

    /// What a queue asks. Nobody may be left to wait for somebody who is not there: in the end it asks nothing, or callers go on elsewhere.
    pub(super) fn demand(&self, queue: &super::queues::Queue, max_wait: u32) -> Checked<Demand> {
        let max_penalty = queue.max_penalty.as_ref().map_or(Ok(HIGHEST), |penalty| self.small(penalty, rules::PENALTY))?;
        let mut demand = Demand { skills: self.levels(&queue.skills)?, max_penalty, relax: Vec::new() };
        if let Some(beyond) = queue.relax.get(rules::RELAX_LIMIT) {
            let problem = format!("it relaxes more than {} times", rules::RELAX_LIMIT);
            return Err(self.mistake(beyond.span(), problem, "leave some out"));
        }
        for step in &queue.relax {
            let step = step.get_ref();
            let before = demand.relax.last().copied().unwrap_or(Relax { after_ms: 0, less: 0, max_penalty });
            let seconds = *step.after_seconds.get_ref();
            self.number(&step.after_seconds, rules::RELAX_SECONDS)?;
            let after_ms = u64::from(seconds) * 1_000;
            if after_ms <= before.after_ms {
                let problem = "this is not later than the one before".to_owned();
                return Err(self.mistake(step.after_seconds.span(), problem, "write them in order of time"));
            }
            let no_less = |given: &Option<Spanned<u32>>, before: u8, rule| match given {
                None => Ok(before),
                Some(given) => match self.small(given, rule)? {
                    now if now >= before => Ok(now),
                    _ => Err(self.mistake(
                        given.span(),
                        "this asks more than the one before".to_owned(),
                        format!("write {before} or more: rules only relax"),
                    )),
                },
            };
            let less = no_less(&step.less, before.less, rules::LESS)?;
            let max_penalty = no_less(&step.max_penalty, before.max_penalty, rules::PENALTY)?;
            demand.relax.push(Relax { after_ms, less, max_penalty });
        }
        if !demand.ends_open() && (max_wait == 0 || queue.overflow.is_none()) {
            return Err(self.mistake(
                queue.name.span(),
                "callers could wait here for ever for somebody who is not there".to_owned(),
                format!("end `relax` with `less = {HIGHEST}, max_penalty = {HIGHEST}`, or write `max_wait_seconds` and `overflow`"),
            ));
        }
        Ok(demand)
    }

    fn small(&self, value: &Spanned<u32>, rule: NumberRule) -> Checked<u8> {
        self.number(value, rule)?;
        Ok(u8::try_from(*value.get_ref()).unwrap_or(u8::MAX))
    }

    fn number(&self, value: &Spanned<u32>, rule: NumberRule) -> Checked<()> {
        if rule.takes(*value.get_ref()) {
            return Ok(());
        }
        let problem = format!("{} is out of range here", value.get_ref());
        Err(self.mistake(value.span(), problem, format!("write a number from {} to {}", rule.low, rule.high)))
    }
}

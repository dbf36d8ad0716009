//! Skills, penalties and how they relax, as forms have them: into what the queues take and back, and what can be wrong with them. The
//! rules are those of the file.

use crate::config::rules::{self, NumberRule};
use crate::queue::{Demand, HIGHEST, Levels, Relax};
use wire::{FieldFault, Graded, QueueForm, RelaxStep};

/// Numbers by names. What is too large for a number of its kind was refused before.
pub(super) fn levels(list: &[Graded]) -> Levels {
    list.iter().filter(|one| one.level > 0).map(|one| (one.name.clone(), small(one.level))).collect()
}

/// The same as a list.
pub(super) fn graded(levels: &Levels) -> Vec<Graded> {
    levels.iter().map(|(name, level)| Graded { name: name.clone(), level: u32::from(*level) }).collect()
}

/// What a queue asks.
pub(super) fn demand(form: &QueueForm) -> Demand {
    let step = |step: &RelaxStep| Relax {
        after_ms: u64::from(step.after_seconds) * 1_000,
        less: small(step.less),
        max_penalty: small(step.max_penalty),
    };
    Demand {
        skills: levels(&form.skills),
        max_penalty: form.max_penalty.map_or(HIGHEST, small),
        relax: form.relax.iter().map(step).collect(),
    }
}

/// The highest penalty at first, where it is not any.
pub(super) fn max_penalty(demand: &Demand) -> Option<u32> {
    (demand.max_penalty < HIGHEST).then_some(u32::from(demand.max_penalty))
}

/// How a demand relaxes.
pub(super) fn steps(demand: &Demand) -> Vec<RelaxStep> {
    let step = |relax: &Relax| RelaxStep {
        after_seconds: u32::try_from(relax.after_ms / 1_000).unwrap_or(u32::MAX),
        less: u32::from(relax.less),
        max_penalty: u32::from(relax.max_penalty),
    };
    demand.relax.iter().map(step).collect()
}

/// What is wrong with levels of skills.
pub(super) fn wrong_levels(fault: &mut impl FnMut(String, FieldFault), field: &str, list: &[Graded]) {
    if list.len() > rules::SKILLS_LIMIT {
        return fault(field.to_owned(), FieldFault::TooLong { limit: rules::SKILLS_LIMIT as u32 });
    }
    for (at, one) in list.iter().enumerate() {
        let name = format!("{field}.{at}.name");
        if !rules::is_name(&one.name) {
            fault(name, FieldFault::NoName);
        } else if list[..at].iter().any(|other| other.name == one.name) {
            fault(name, FieldFault::Twice { name: one.name.clone() });
        }
        number(fault, format!("{field}.{at}.level"), one.level, rules::LEVEL);
    }
}

/// What is wrong with what a queue asks.
pub(super) fn wrong_demand(fault: &mut impl FnMut(String, FieldFault), form: &QueueForm) {
    let mut found = Vec::new();
    let mut add = |field: String, wrong| found.push((field, wrong));
    wrong_levels(&mut add, "skills", &form.skills);
    for (at, one) in form.penalties.iter().enumerate() {
        let name = format!("penalties.{at}.name");
        if one.name.is_empty() {
            add(name, FieldFault::Missing);
        } else if !form.agents.contains(&one.name) {
            add(name, FieldFault::NoSuch { name: one.name.clone() });
        } else if form.penalties[..at].iter().any(|other| other.name == one.name) {
            add(name, FieldFault::Twice { name: one.name.clone() });
        }
        number(&mut add, format!("penalties.{at}.level"), one.level, rules::PENALTY);
    }
    if form.relax.len() > rules::RELAX_LIMIT {
        add("relax".to_owned(), FieldFault::TooLong { limit: rules::RELAX_LIMIT as u32 });
    }
    let first = RelaxStep { after_seconds: 0, less: 0, max_penalty: form.max_penalty.unwrap_or(u32::from(HIGHEST)) };
    for (at, step) in form.relax.iter().enumerate() {
        // A later step never asks more.
        let before = at.checked_sub(1).and_then(|before| form.relax.get(before)).unwrap_or(&first);
        let numbers = [
            ("after_seconds", step.after_seconds, before.after_seconds.saturating_add(1), rules::RELAX_SECONDS),
            ("less", step.less, before.less, rules::LESS),
            ("max_penalty", step.max_penalty, before.max_penalty, rules::PENALTY),
        ];
        for (part, value, low, rule) in numbers {
            let rule = NumberRule { low: low.clamp(rule.low, rule.high), ..rule };
            number(&mut add, format!("relax.{at}.{part}"), value, rule);
        }
    }
    // Nobody may be left to wait for somebody who is not there.
    let goes_on = form.max_wait_seconds.is_some() && form.overflow.is_some();
    if found.is_empty() && !goes_on && !demand(form).ends_open() {
        found.push(("relax".to_owned(), FieldFault::Endless));
    }
    found.into_iter().for_each(|(field, wrong)| fault(field, wrong));
}

fn number(fault: &mut impl FnMut(String, FieldFault), field: String, value: u32, rule: NumberRule) {
    if !rule.takes(value) {
        fault(field, FieldFault::OutOfRange { low: rule.low, high: rule.high });
    }
}

fn small(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(HIGHEST).min(HIGHEST)
}

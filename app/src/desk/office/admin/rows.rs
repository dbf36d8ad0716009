//! Lists of rows in a form: skills, penalties, and how a queue relaxes. A cell is named as faults name it: `skills.2.level`.

use super::draft::Draft;
use wire::{Graded, RelaxStep};

/// How many rows a list has.
#[must_use]
pub fn count(draft: &Draft, list: &str) -> usize {
    match draft {
        Draft::Queue(queue) if list == "relax" => queue.form.relax.len(),
        _ => graded(draft, list).map_or(0, Vec::len),
    }
}

/// What stands in a cell.
#[must_use]
pub fn cell(draft: &Draft, field: &str) -> String {
    let Some((list, at, part)) = split(field) else { return String::new() };
    if let (Draft::Queue(queue), "relax") = (draft, list) {
        let step = queue.form.relax.get(at).cloned().unwrap_or_default();
        return match part {
            "after_seconds" => step.after_seconds,
            "less" => step.less,
            _ => step.max_penalty,
        }
        .to_string();
    }
    let one = graded(draft, list).and_then(|rows| rows.get(at)).cloned().unwrap_or_default();
    if part == "name" { one.name } else { one.level.to_string() }
}

/// Writes what is typed into a cell. What is no number is 0, which the switchboard says when it cannot be.
pub fn set_cell(draft: &mut Draft, field: &str, text: String) {
    let Some((list, at, part)) = split(field) else { return };
    let number = text.trim().parse().unwrap_or(0);
    if let (Draft::Queue(queue), "relax") = (&mut *draft, list) {
        let Some(step) = queue.form.relax.get_mut(at) else { return };
        match part {
            "after_seconds" => step.after_seconds = number,
            "less" => step.less = number,
            _ => step.max_penalty = number,
        }
        return;
    }
    let Some(one) = graded_mut(draft, list).and_then(|rows| rows.get_mut(at)) else { return };
    if part == "name" {
        one.name = text;
    } else {
        one.level = number;
    }
}

/// One row more. A step goes on from the one before.
pub fn add(draft: &mut Draft, list: &str) {
    if let (Draft::Queue(queue), "relax") = (&mut *draft, list) {
        let before = queue.form.relax.last().cloned().unwrap_or(RelaxStep {
            after_seconds: 0,
            less: 0,
            max_penalty: queue.form.max_penalty.unwrap_or(HIGHEST),
        });
        queue.form.relax.push(RelaxStep { after_seconds: before.after_seconds + 20, ..before });
    } else if let Some(rows) = graded_mut(draft, list) {
        rows.push(Graded { name: String::new(), level: 1 });
    }
}

/// One row less.
pub fn remove(draft: &mut Draft, list: &str, at: usize) {
    if let (Draft::Queue(queue), "relax") = (&mut *draft, list) {
        queue.form.relax.remove(at);
    } else if let Some(rows) = graded_mut(draft, list) {
        rows.remove(at);
    }
}

/// The highest penalty that there is.
const HIGHEST: u32 = 10;

fn split(field: &str) -> Option<(&str, usize, &str)> {
    let (list, rest) = field.split_once('.')?;
    let (at, part) = rest.split_once('.')?;
    Some((list, at.parse().ok()?, part))
}

fn graded<'a>(draft: &'a Draft, list: &str) -> Option<&'a Vec<Graded>> {
    match (draft, list) {
        (Draft::Person(form), "skills") => Some(&form.skills),
        (Draft::Queue(queue), "skills") => Some(&queue.form.skills),
        (Draft::Queue(queue), "penalties") => Some(&queue.form.penalties),
        (Draft::Person(_) | Draft::Queue(_) | Draft::Reason(_), _) => None,
    }
}

fn graded_mut<'a>(draft: &'a mut Draft, list: &str) -> Option<&'a mut Vec<Graded>> {
    match (draft, list) {
        (Draft::Person(form), "skills") => Some(&mut form.skills),
        (Draft::Queue(queue), "skills") => Some(&mut queue.form.skills),
        (Draft::Queue(queue), "penalties") => Some(&mut queue.form.penalties),
        (Draft::Person(_) | Draft::Queue(_) | Draft::Reason(_), _) => None,
    }
}

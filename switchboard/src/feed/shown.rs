//! A queue as feeds show it, and who sees it.

use super::doors::{Doors, veil};
use crate::queue::{QueueView, WaitingView};
use std::collections::BTreeSet;
use wire::{FloorQueue, KnownAlarm, Queue, UnixMs, WaitingCaller};

/// A queue, and who sees it.
#[derive(Debug)]
pub(super) struct Shown {
    pub queue: Queue,
    /// Sites of the doors among the listed callers, in their order; empty for whoever is none.
    door_sites: Vec<String>,
    pub members: BTreeSet<String>,
    pub site: String,
    /// Alarms that were acknowledged, each with the moment before which it is not forgotten.
    pub known: Vec<(KnownAlarm, UnixMs)>,
    target_s: u32,
    target_percent: u32,
    alarm_s: u32,
}

impl Shown {
    pub fn new(queue: &crate::config::Queue) -> Self {
        let shown = Queue {
            name: queue.name.clone(),
            label: queue.label.clone(),
            waiting: 0,
            first: Vec::new(),
            longest: None,
            free: 0,
            working: 0,
            open: true,
            dispositions: queue.dispositions.clone(),
        };
        Self {
            queue: shown,
            door_sites: Vec::new(),
            members: queue.agents.iter().cloned().collect(),
            site: queue.site.clone(),
            known: Vec::new(),
            target_s: queue.target_seconds,
            target_percent: queue.target_percent,
            alarm_s: queue.alarm_seconds,
        }
    }

    /// The same callers in a queue whose settings changed. Says whether anything that is shown did.
    pub fn configure(&mut self, queue: &crate::config::Queue) -> bool {
        let new = Self::new(queue);
        let fixed = |shown: &Self| {
            let queue = (shown.queue.label.clone(), shown.queue.dispositions.clone());
            (queue, shown.members.clone(), shown.site.clone(), shown.target_s, shown.target_percent, shown.alarm_s)
        };
        if fixed(self) == fixed(&new) {
            return false;
        }
        let Self { queue: live, door_sites, .. } = std::mem::replace(self, new);
        self.door_sites = door_sites;
        self.queue = Queue { label: self.queue.label.clone(), dispositions: std::mem::take(&mut self.queue.dispositions), ..live };
        true
    }

    pub fn update(&mut self, view: &QueueView, doors: &Doors) {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let queue = &mut self.queue;
        (queue.waiting, queue.free, queue.working) = (count(view.waiting), count(view.free), count(view.working));
        (queue.open, queue.longest) = (view.open, view.longest);
        (queue.first, self.door_sites) = callers(&view.first, doors);
    }

    /// As somebody sees it who sees the doors of these sites.
    pub fn seen(&self, seen: impl Fn(&str) -> bool) -> Queue {
        let mut queue = self.queue.clone();
        veil(&mut queue.first, &self.door_sites, seen);
        queue
    }

    /// As whoever is in charge sees it: what a call can have been about is the agents' business.
    pub fn floor(&self, seen: impl Fn(&str) -> bool) -> FloorQueue {
        FloorQueue {
            queue: Queue { dispositions: Vec::new(), ..self.seen(seen) },
            site: self.site.clone(),
            target_s: self.target_s,
            target_percent: self.target_percent,
            alarm_s: self.alarm_s,
            known: self.known.iter().map(|(known, _)| known.clone()).collect(),
        }
    }
}

/// Callers as feeds show them, and the sites of the doors among them: empty for whoever is none.
pub(super) fn callers(views: &[WaitingView], doors: &Doors) -> (Vec<WaitingCaller>, Vec<String>) {
    let caller = |view: &WaitingView| {
        let door = doors.at(&view.caller.name);
        let shown = WaitingCaller {
            contact: view.contact.clone(),
            display_name: view.display.clone(),
            since: view.since,
            priority: view.priority,
            offered_to: view.offered_to.first().map(|agent| agent.name.to_string()),
            needs: view.lack.as_ref().map(|lack| {
                let skills = lack.skills.iter().map(|(skill, level)| format!("{skill} {level}"));
                skills.collect::<Vec<_>>().join(", ")
            }),
            needs_until: view.lack.as_ref().and_then(|lack| lack.until),
            door: door.map(|door| door.shown.clone()),
            rung: view.offered_to.iter().map(|agent| agent.name.to_string()).collect(),
        };
        (shown, door.map_or_else(String::new, |door| door.site.clone()))
    };
    views.iter().map(caller).unzip()
}

//! The alarms of the floor as feeds carry them: acknowledged ones stand in the row of their queue until their cause is gone.

use super::hub::Hub;
use super::shown::Shown;
use super::state::{State, TenantState};
use crate::alarms::Place;
use crate::ids::TenantId;
use std::collections::BTreeSet;
use wire::{Alarm, KnownAlarm, QueueFigures, UnixMs};

/// How an alarm stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    Gone,
    /// Nobody has acknowledged it.
    New,
    /// Somebody has.
    Known(KnownAlarm),
}

impl Hub {
    /// How an alarm stands at this moment.
    pub(crate) fn alarm(&self, place: &Place, now: UnixMs) -> Standing {
        let mut state = self.state();
        state.forget_alarms(&place.tenant, &place.queue, now);
        let Some(tenant) = state.tenants.get(&place.tenant) else { return Standing::Gone };
        let Some(shown) = tenant.queues.get(&place.queue) else { return Standing::Gone };
        if let Some((known, _)) = shown.known.iter().find(|(known, _)| known.alarm == place.alarm) {
            return Standing::Known(known.clone());
        }
        let there = shown.alarms(tenant.figures.get(&place.queue), now).contains(&place.alarm);
        if there { Standing::New } else { Standing::Gone }
    }

    /// Shows an alarm as acknowledged. Before `held` it is not forgotten, whatever its cause does.
    pub(crate) fn know_alarm(&self, place: &Place, known: KnownAlarm, held: UnixMs) {
        let mut state = self.state();
        let tenant = state.tenants.get_mut(&place.tenant);
        let Some(shown) = tenant.and_then(|tenant| tenant.queues.get_mut(&place.queue)) else { return };
        shown.known.push((known, held));
        state.floor_queue(&place.tenant, &place.queue);
    }

    /// All alarms that are known at this moment; those whose cause is gone are forgotten.
    pub(crate) fn known_alarms(&self, now: UnixMs) -> BTreeSet<Place> {
        let mut state = self.state();
        let known = |(_, shown): &(&String, &Shown)| !shown.known.is_empty();
        let of = |(id, tenant): (&TenantId, &TenantState)| {
            tenant.queues.iter().filter(known).map(|(name, _)| (id.clone(), name.clone())).collect::<Vec<_>>()
        };
        let queues: Vec<_> = state.tenants.iter().flat_map(of).collect();
        let mut lasting = BTreeSet::new();
        for (tenant, queue) in queues {
            state.forget_alarms(&tenant, &queue, now);
            let shown = state.tenants.get(&tenant).and_then(|of| of.queues.get(&queue));
            let alarms = shown.into_iter().flat_map(|shown| &shown.known);
            lasting.extend(alarms.map(|(known, _)| Place { tenant: tenant.clone(), queue: queue.clone(), alarm: known.alarm }));
        }
        lasting
    }
}

impl State {
    /// Forgets the known alarms of a queue whose cause is gone, and shows that.
    pub(super) fn forget_alarms(&mut self, tenant: &TenantId, queue: &str, now: UnixMs) {
        let Some(of) = self.tenants.get_mut(tenant) else { return };
        let Some(shown) = of.queues.get_mut(queue) else { return };
        if shown.forget(of.figures.get(queue), now) {
            self.floor_queue(tenant, queue);
        }
    }

    /// A queue's row of the floor changed.
    pub(super) fn floor_queue(&mut self, tenant: &TenantId, queue: &str) {
        for client in self.clients.values_mut().filter(|c| c.of(tenant) && c.scope.as_ref().is_some_and(|scope| scope.queue(queue))) {
            client.note(|pending| pending.floor_queues.extend([queue.to_owned()]));
        }
    }
}

impl Shown {
    /// What is wrong at this moment.
    fn alarms(&self, figures: Option<&QueueFigures>, now: UnixMs) -> Vec<Alarm> {
        wire::alarms(&self.floor(|_| true), figures, now)
    }

    /// Forgets what is not wrong any more; says whether there was something.
    fn forget(&mut self, figures: Option<&QueueFigures>, now: UnixMs) -> bool {
        if self.known.is_empty() {
            return false;
        }
        let lasting = self.alarms(figures, now);
        let before = self.known.len();
        self.known.retain(|(known, held)| now < *held || lasting.contains(&known.alarm));
        self.known.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue that is open and that nobody works for.
    fn abandoned() -> Shown {
        let config = crate::demo::config(0, None, "data".into()).expect("valid test data");
        Shown::new(&config.tenants[0].queues[0])
    }

    #[test]
    fn what_was_known_before_a_restart_outlasts_the_minute_in_which_its_cause_is_away() {
        let mut shown = abandoned();
        let known = |alarm| KnownAlarm { alarm, by: "Sue".into(), at: 0 };
        shown.known = vec![(known(Alarm::LongWait), 60_000), (known(Alarm::Nobody), 60_000)];
        assert!(!shown.forget(None, 59_999), "nobody has dialled again yet");
        assert!(shown.forget(None, 60_000));
        assert_eq!(shown.known, [(known(Alarm::Nobody), 60_000)], "that one's cause is there");
    }

    #[test]
    fn what_is_known_since_is_forgotten_with_its_cause() {
        let mut shown = abandoned();
        shown.known = vec![(KnownAlarm { alarm: Alarm::Nobody, by: "Sue".into(), at: 5 }, 5)];
        assert!(!shown.forget(None, 6));
        shown.queue.working = 1;
        assert!(shown.forget(None, 7) && shown.known.is_empty());
    }
}

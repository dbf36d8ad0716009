//! What a queue asks of an agent relaxes while a caller waits: in steps, each at its instant.

use super::engine::{Due, Engine};
use super::io::{ItemId, Name};
use super::line::{Lack, Line};
use super::stepped::Stepped;
use super::waiting::{Item, Stand};

/// What one caller's step counts of the walk that one input may take ([`TELL_WALK`](super::waiting::TELL_WALK)): many callers who came
/// together relax together, and the later ones do so with the next input, which is due at once.
pub(super) const RELAX_WALK: usize = 8;

impl Line {
    /// What is missing for a caller while nobody works who may be rung for them.
    pub fn lack(&self, item: &Item) -> Option<Lack> {
        if matches!(item.stand, Stand::Offered(_)) || self.serves(item.step) {
            return None;
        }
        let demand = &self.settings.demand;
        let skills = demand.needs(item.step);
        let until = demand.next_ms(item.step).map(|ms| item.entered.saturating_add_unsigned(ms));
        (!skills.is_empty()).then_some(Lack { skills, until })
    }
}

impl Engine {
    /// The next step of a caller follows in its time.
    pub(super) fn relax_later(&mut self, id: ItemId, waited_ms: u64) {
        let Some(item) = self.items.get_mut(&id) else { return };
        item.graded += 1;
        let (step, graded) = (item.step, item.graded);
        let next = self.lines.get(&item.queue).and_then(|line| line.settings.demand.next_ms(step));
        if let Some(ms) = next {
            self.after(ms.saturating_sub(waited_ms), Due::Relax(id, graded));
        }
    }

    /// A caller has waited until the next step: whoever may be rung from now on is.
    pub(super) fn relax(&mut self, id: ItemId, graded: u32) {
        let Some(item) = self.items.get_mut(&id).filter(|item| item.graded == graded) else { return };
        let Some(line) = self.lines.get_mut(&item.queue) else { return };
        // By the number of the step and not by the time of day, which may be set back.
        let Some(waited_ms) = line.settings.demand.next_ms(item.step) else { return };
        let (rank, before, queue) = (item.rank(id), item.step, item.queue.clone());
        item.step += 1;
        let order = match &item.stand {
            Stand::Waiting => &mut line.ripe,
            Stand::Offered(_) => &mut line.open,
        };
        if order.remove(before, &rank) {
            order.insert(item.step, rank);
        }
        let waits = matches!(item.stand, Stand::Waiting);
        // Only what is missing is shown, and nothing is where somebody works who may be rung.
        let missing = !line.serves(before);
        self.relax_later(id, waited_ms);
        if missing {
            self.touch(&queue);
        }
        if waits {
            self.serve(id);
        } else {
            self.ring_others(&queue, id);
        }
    }

    /// A queue asks something else: where its callers stand is worked out anew. Whoever is rung goes on ringing.
    pub(super) fn grade(&mut self, queue: &Name) {
        let unix = self.clock.unix_ms;
        let Some(line) = self.lines.get_mut(queue) else { return };
        let steps = line.settings.demand.steps();
        let ids: Vec<ItemId> = line.waiting.iter().chain(&line.offered).map(|(_, id)| *id).collect();
        line.ripe = Stepped::new(steps);
        let open = std::mem::replace(&mut line.open, Stepped::new(steps));
        for id in ids {
            let (Some(line), Some(item)) = (self.lines.get_mut(queue), self.items.get_mut(&id)) else { continue };
            let waited_ms = u64::try_from(unix - item.entered).unwrap_or(0);
            let (rank, before) = (item.rank(id), item.step);
            item.step = line.settings.demand.step_at(waited_ms);
            match &item.stand {
                Stand::Waiting => line.ripe.insert(item.step, rank),
                Stand::Offered(_) if open.contains(before, &rank) => line.open.insert(item.step, rank),
                Stand::Offered(_) => {}
            }
            self.relax_later(id, waited_ms);
        }
    }
}

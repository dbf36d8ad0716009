//! The list of those who wait in a queue, also behind the first ones that the feed brings: asked for part by part while it is looked at.

use wire::Callers;

use crate::desk::Desk;
use crate::desk::effect::Effect;
use crate::desk::event::Failure;
use crate::desk::state::CallerList;

/// The part that is shown is asked for again after so long.
const EVERY_MS: u64 = 3_000;

impl Desk {
    /// The list of a queue is looked at, or none any more.
    pub(super) fn list_callers(&mut self, queue: Option<String>) {
        let queue = queue.filter(|_| self.state.floor.there);
        self.state.callers = queue.map(|queue| CallerList { queue, ..CallerList::default() });
        self.load_callers();
    }

    /// The next part, or the one before.
    pub(super) fn turn_callers(&mut self, on: bool) {
        let Some(list) = &mut self.state.callers else { return };
        match list.part.as_ref().and_then(|part| part.next.clone()).filter(|_| on) {
            Some(next) => list.starts.push(next),
            None if !on && list.starts.pop().is_some() => {}
            None => return,
        }
        // Another part is on its way, if any is; nobody waits for that one now.
        self.load_callers();
    }

    /// An order may have changed who stands where: the list shows it sooner than by itself.
    pub(super) fn refresh_callers(&mut self) {
        if let Some(list) = &mut self.state.callers {
            list.ask_at = self.state.now;
            self.tick_callers();
        }
    }

    pub(super) fn tick_callers(&mut self) {
        if self.state.callers.as_ref().is_some_and(|list| !list.loading && list.ask_at <= self.state.now) {
            self.load_callers();
        }
    }

    fn load_callers(&mut self) {
        let at = self.state.now + EVERY_MS;
        let Some(list) = &mut self.state.callers else { return };
        (list.loading, list.ask_at) = (true, at);
        let (queue, after) = (list.queue.clone(), list.starts.last().cloned());
        self.effect(Effect::LoadCallers { queue, after });
    }

    pub(super) fn callers_loaded(&mut self, queue: &str, after: Option<&String>, part: Result<Callers, Failure>) {
        let Some(list) = self.state.callers.as_mut().filter(|list| list.queue == queue && list.starts.last() == after) else { return };
        list.loading = false;
        match part {
            // Everybody of this part and behind it is gone.
            Ok(part) if part.callers.is_empty() && list.starts.pop().is_some() => self.load_callers(),
            Ok(part) => (list.part, list.failed) = (Some(part), false),
            Err(failure) if failure.signed_out() => {
                self.changed.all = true;
                self.expire();
            }
            // What was read before stays; the next answer is a new one.
            Err(_) => list.failed = true,
        }
    }
}

//! Work for the queues: what the switchboard says of it, and what is ordered from here. The switchboard decides; nothing is shown
//! before it says so.

use wire::{AgentState, AgentStatus, CallItem, ClientFrame, Figures, Order, OrderResult, Queue, Snapshot, Steer};

use crate::desk::Desk;
use crate::desk::effect::Effect;
use crate::desk::event::Failure;
use crate::desk::state::{Session, WaitingOrder, Work};
use crate::desk::view::desk::Notice;

/// An order without an answer is worth sending again for so long.
const ORDER_MS: u64 = 30_000;
/// Calls whose queue is remembered: those that ring or run, and a few that just ended.
const CALLS: usize = 32;

impl Desk {
    pub(super) fn work_snapshot(&mut self, snapshot: &mut Snapshot) {
        let figures = self.state.work.figures.take();
        self.state.work = Work {
            agent: snapshot.agent.take(),
            queues: std::mem::take(&mut snapshot.queues),
            reasons: std::mem::take(&mut snapshot.pause_reasons),
            names: std::mem::take(&mut snapshot.queue_names),
            figures,
            ..Work::default()
        };
        self.state.work.clock.set(self.state.now, snapshot.now);
        for call in &snapshot.calls {
            self.work_call(call);
        }
        self.load_figures();
    }

    /// The server's clock, from any frame that carries it.
    pub(super) fn work_clock(&mut self, server_now: i64) {
        self.changed.all |= self.state.work.clock.heard(self.state.now, server_now);
    }

    pub(super) fn agent_changed(&mut self, status: AgentStatus) {
        let wrapped_up = self.state.work.agent.as_ref().is_some_and(|before| before.wrap_up.is_some()) && status.wrap_up.is_none();
        self.state.work.agent = Some(status);
        if wrapped_up {
            self.load_figures();
        }
    }

    pub(super) fn queue_changed(&mut self, queue: Queue) {
        match self.state.work.queues.iter_mut().find(|known| known.name == queue.name) {
            Some(known) => *known = queue,
            None => self.state.work.queues.push(queue),
        }
    }

    /// A call of our own as the switchboard knows it: its queue is not in the signalling.
    pub(super) fn work_call(&mut self, call: &CallItem) {
        match call.away {
            true => self.state.work.away.insert(call.contact.clone()),
            false => self.state.work.away.remove(&call.contact),
        };
        let Some(queue) = &call.queue else { return };
        let calls = &mut self.state.work.calls;
        calls.retain(|(contact, _)| *contact != call.contact);
        if calls.len() == CALLS {
            calls.remove(0);
        }
        calls.push((call.contact.clone(), queue.clone()));
    }

    pub(super) fn ordered(&mut self, id: u64, result: OrderResult) {
        let waiting = &mut self.state.orders.waiting;
        let order = waiting.iter().position(|waiting| waiting.id == id).map(|at| waiting.remove(at).order);
        let others = matches!(order, Some(Order::Steer { .. }));
        if others {
            self.refresh_callers();
        }
        match result {
            OrderResult::Admitted { dialog } => self.admitted(order, &dialog),
            // The row of its queue says who that was.
            OrderResult::KnownAlready { .. } => {}
            OrderResult::Done => {
                self.state.clear_notice(|notice| matches!(notice, Notice::OrderRefused | Notice::OrderTooLate));
                if let Some(Order::Steer { steer: Steer::Supervise { contact, mode, .. } }) = order {
                    self.part_changed(&contact, mode);
                }
            }
            // About others one acts on what one saw a moment ago.
            OrderResult::TooLate if others => self.state.notice(Notice::OrderTooLate),
            // The state that is shown has changed meanwhile: nothing to explain.
            OrderResult::TooLate => {}
            OrderResult::Forbidden | OrderResult::Invalid | OrderResult::NotLogged | OrderResult::Unknown => {
                self.state.notice(Notice::OrderRefused);
            }
        }
    }

    /// The connection is new: orders whose answer was lost are sent again under their ids. Old ones are given up: nobody wants them any
    /// more.
    pub(super) fn order_again(&mut self) {
        let now = self.state.now;
        self.state.orders.waiting.retain(|waiting| now.saturating_sub(waiting.at) < ORDER_MS);
        let again: Vec<_> = self.state.orders.waiting.iter().map(|waiting| (waiting.id, waiting.order.clone())).collect();
        for (id, order) in again {
            self.effect(Effect::SendFeed(ClientFrame::Order { id, order }));
        }
    }

    pub(super) fn be_ready(&mut self) {
        // The gesture that makes ready also lets the ring sound be heard.
        self.effect(Effect::UnlockSound);
        self.order(Order::Ready);
    }

    pub(super) fn pause(&mut self, reason: Option<String>) {
        self.order(Order::Pause { reason });
    }

    pub(super) fn finish_wrap_up(&mut self, contact: String, disposition: Option<String>, note: String) {
        let note = note.chars().take(wire::NOTE_LIMIT).collect();
        self.order(Order::FinishWrapUp { contact, disposition, note });
    }

    /// Whoever ends the shift takes no calls of queues any more.
    pub(super) fn leave_work(&mut self) {
        if self.state.work.agent.as_ref().is_some_and(|agent| agent.wants_calls) {
            self.order(Order::Pause { reason: None });
        }
    }

    pub(super) fn figures_loaded(&mut self, result: Result<Figures, Failure>) {
        match result {
            Ok(figures) => self.state.work.figures = Some(figures),
            Err(failure) if failure.signed_out() => self.expire(),
            // The figures of before stay; the next call brings new ones.
            Err(failure) => self.state.log(format!("figures: {:?}", failure.status)),
        }
    }

    /// One's own day is derived from the history: asked for after each call.
    pub(super) fn load_figures(&mut self) {
        if matches!(self.state.session, Session::In(_)) && !self.state.work.queues.is_empty() {
            self.effect(Effect::LoadFigures);
        }
    }

    pub(super) fn order(&mut self, order: Order) {
        if !self.state.feed.up {
            self.state.notice(Notice::OrderRefused);
            return;
        }
        let at = self.state.now;
        let orders = &mut self.state.orders;
        orders.last += 1;
        let id = orders.last;
        orders.waiting.push(WaitingOrder { id, order: order.clone(), at });
        self.effect(Effect::SendFeed(ClientFrame::Order { id, order }));
    }

    /// This desk is asked for by a queue at the moment: not even a version change reloads it.
    pub(super) fn works(&self) -> bool {
        self.state.work.agent.as_ref().is_some_and(|agent| agent.wants_calls || agent.state == AgentState::WrapUp)
    }
}

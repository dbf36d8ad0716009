//! What somebody in charge sees and orders of agents and waiting callers. The right to it is checked before it comes here; whether it makes
//! sense at this moment is decided here.

use super::io::Party;
use super::machine::Machine;
use crate::queue::io::{Input, ItemId, Name, Refusal};
use crate::queue::{Cursor, Listed, Mode};
use wire::{MAX_PRIORITY, OrderResult, Steer};

impl Machine {
    /// `None`: the answer comes later.
    pub(super) fn steer(&mut self, who: &Party, by: String, steer: Steer, queues: &[String], ticket: u64) -> Option<OrderResult> {
        let tenant = who.tenant.as_str();
        let name = |name: &str| Name::new(tenant, name);
        let input = match steer {
            Steer::Ready { user } => self.mode(name(&user), Mode::Ready, by),
            Steer::Pause { user, reason } => {
                let known = self.tenant(tenant).is_some_and(|t| reason.as_ref().is_none_or(|r| t.pause_reasons.contains(r)));
                if known { self.mode(name(&user), Mode::Paused { reason }, by) } else { Err(OrderResult::Invalid) }
            }
            Steer::EndWrapUp { user, contact } => {
                let agent = name(&user);
                let wraps_up = self.queues.status(&agent).and_then(|status| status.wrap_up.as_ref()).is_some_and(|w| w.contact == contact);
                if wraps_up { Ok(Input::EndWrapUp { agent, contact }) } else { Err(OrderResult::TooLate) }
            }
            Steer::TakeOver { user, contact } => return Some(self.may_take_over(who, &user, &contact, queues)),
            Steer::Supervise { user, contact, mode } => {
                return self.may_supervise(who, (&user, &contact), mode, queues, ticket);
            }
            Steer::Member { user, queue, on } => {
                let (agent, queue) = (name(&user), name(&queue));
                let belongs = self.queues.queues_of(&agent).contains(&queue);
                if belongs { Ok(Input::SetMember { agent, queue, on }) } else { Err(OrderResult::Invalid) }
            }
            Steer::Move { contact, queue } => {
                let to = name(&queue);
                let known = self.queues.settings(&to).is_some();
                let item = self.waiting(tenant, &contact, queues);
                item.and_then(|item| if known { Ok(Input::Move { item, to }) } else { Err(OrderResult::Invalid) })
            }
            Steer::Prioritise { priority, .. } if priority > MAX_PRIORITY => Err(OrderResult::Invalid),
            Steer::Prioritise { contact, priority } => {
                let item = self.waiting(tenant, &contact, queues);
                item.map(|item| {
                    self.note_priority(item, who, priority);
                    Input::Prioritise { item, priority }
                })
            }
            Steer::Assign { contact, user } => {
                let agent = name(&user);
                let item = self.waiting(tenant, &contact, queues);
                item.and_then(|item| if self.queues.free(&agent) { Ok(Input::Assign { item, agent }) } else { Err(OrderResult::TooLate) })
            }
            // Messages and alarms pass by the exchange; who belongs to which queue comes to it with the directory.
            Steer::Tell { .. } | Steer::Acknowledge { .. } | Steer::Belong { .. } | Steer::Unknown => Err(OrderResult::Invalid),
        };
        Some(match input {
            Ok(input) => {
                self.queue_input(input);
                OrderResult::Done
            }
            Err(result) => result,
        })
    }

    /// A part of those who wait in a queue, for somebody in charge who looks at more of them than feeds show.
    pub(super) fn callers(&self, queue: &Name, after: Option<Cursor>, limit: usize) -> Option<Listed> {
        self.queues.listed(queue, after, limit)
    }

    /// Whether a queue takes a new caller at this time, UTC ms, itself or by one that it overflows to; for whoever has not called yet.
    pub(super) fn admits(&self, unix_ms: i64, queue: &Name) -> Result<(), Refusal> {
        self.queues.admits(unix_ms, queue)
    }

    fn mode(&self, agent: Name, mode: Mode, by: String) -> Result<Input, OrderResult> {
        if self.queues.status(&agent).is_none() {
            return Err(OrderResult::Invalid);
        }
        Ok(Input::SetMode { agent, mode, by: Some(by) })
    }

    /// The caller of a call who waits in one of these queues. Whoever waits elsewhere is as good as gone.
    fn waiting(&self, tenant: &str, contact: &str, queues: &[String]) -> Result<ItemId, OrderResult> {
        let found = self.queues.waiting(tenant, contact).filter(|(_, queue)| queues.iter().any(|allowed| *allowed == *queue.name));
        found.map(|(item, _)| item).ok_or(OrderResult::TooLate)
    }
}

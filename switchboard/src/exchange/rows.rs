//! Rows of calls: what is kept of a call for after a restart, from its answer until its last phone has heard of the end.

use super::call::Stage;
use super::io::{CallKey, ContactEvent, ContactKind, OfQueue, Output, Party, StoredCall, StoredLeg, StoredSupervision};
use super::machine::Machine;
use crate::queue::Place;
use sip_ws::endpoint::SessionId;
use std::collections::BTreeMap;

impl StoredCall {
    /// A line of the history of its contact.
    pub(super) fn line(&self, at: i64, kind: ContactKind, cause: Option<&'static str>) -> ContactEvent {
        let [caller, callee] = &self.legs;
        ContactEvent {
            contact: self.contact.clone(),
            at,
            kind,
            from: caller.party.clone(),
            from_display: caller.display.clone(),
            to: callee.party.clone(),
            to_display: callee.display.clone(),
            by: None,
            status: None,
            cause,
            queue: self.queue.clone(),
            work: None,
            detail: None,
        }
    }

    /// The answer that the row tells of, where it is that of a call of two.
    pub(super) fn answer(&self) -> Option<ContactEvent> {
        let of_two = self.over.is_none() && !self.waiting && self.supervises.is_none();
        let line = || self.line(self.answered_at, ContactKind::Answered, None);
        of_two.then(|| ContactEvent { by: Some(self.legs[1].party.clone()), status: Some(200), ..line() })
    }

    /// Who is preferred wherever they are sent on to.
    pub(super) fn preferred(&self) -> BTreeMap<Party, u8> {
        let caller = &self.legs[0].party;
        match &self.preferred {
            Some(preferred) => {
                let party = |user: &String| Party { tenant: caller.tenant.clone(), user: user.clone() };
                preferred.iter().map(|(user, priority)| (party(user), *priority)).collect()
            }
            None => self.queue.iter().map(|_| (caller.clone(), self.priority)).collect(),
        }
    }

    /// The place that the caller had in the queue until the answer. Whoever has not heard of that calls again.
    pub(super) fn place(&self) -> Option<Place> {
        let (caller, of) = (&self.legs[0], self.queue.as_ref()?);
        Some(Place {
            tenant: caller.party.tenant.clone(),
            caller: caller.party.user.clone(),
            display: caller.display.clone(),
            queue: of.name.clone(),
            // Where the call began is not in the row.
            dialled: String::new(),
            since: of.since,
            contact: self.contact.clone(),
            entered: of.since,
            priority: self.priority,
            left: true,
        })
    }
}

impl Machine {
    /// Writes the row of a call. With `confirm` the call waits for the write.
    pub(super) fn save(&mut self, key: &CallKey, confirm: bool) {
        match self.row(key, None) {
            Some(row) => {
                if let Some(call) = self.calls.get_mut(key) {
                    call.unwritten += u32::from(confirm);
                    let callee = call.other(call.caller).filter(|_| !call.parked);
                    self.rows.insert(key.clone(), std::iter::once(call.caller).chain(callee).collect());
                }
                self.out.push_back(Output::Save { row: Box::new(row), confirm });
            }
            // Without a row the call does not survive a restart, which is better than no call.
            None if confirm => self.saved(key),
            None => {}
        }
    }

    /// Writes that a call is over and one phone has still to be told.
    pub(super) fn save_over(&mut self, key: &CallKey, left: SessionId) {
        if let Some(row) = self.row(key, Some(left)) {
            self.out.push_back(Output::Save { row: Box::new(row), confirm: false });
        }
    }

    /// A call ends whose answer has not reached the caller: its row, where there is one, goes with the end of the history.
    pub(super) fn forget_row(&mut self, key: &CallKey) {
        if self.rows.remove(key).is_some() {
            self.out.push_back(Output::Delete(key.clone()));
        }
    }

    fn row(&self, key: &CallKey, left: Option<SessionId>) -> Option<StoredCall> {
        let call = self.calls.get(key)?;
        let callee = if call.parked { call.caller } else { call.other(call.caller)? };
        let (to, to_display) = if call.parked { (&call.from, &call.from_display) } else { (&call.to, &call.to_display) };
        let leg = |session: SessionId, party: &Party, display: &str| {
            let known = self.legs.get(&session);
            // The leg that hung up has no dialog left; the row then carries the other one twice.
            let dialog = self.ep.snapshot(session).or_else(|| self.ep.snapshot(left?))?;
            Some(StoredLeg {
                party: party.clone(),
                display: display.to_owned(),
                instance: known.and_then(|leg| leg.instance.clone()),
                contact: known.and_then(|leg| leg.contact.clone()),
                away: self.noted_away.get(&session).is_some_and(|noted| noted.away),
                dialog,
            })
        };
        let (answered_at, holds) = match &call.stage {
            Stage::Talking { answered_at, holds, .. } => (*answered_at, *holds),
            Stage::Waiting | Stage::Ringing(_) | Stage::Answering { .. } => (self.clock.unix_ms, [false; 2]),
        };
        Some(StoredCall {
            key: key.clone(),
            contact: call.contact.clone(),
            answered_at,
            holds,
            anonymous: call.anonymous,
            queue: call.queue.as_ref().map(OfQueue::from),
            priority: call.queue.as_ref().map_or(0, |of| of.priority),
            preferred: Some(call.preferred.iter().map(|(party, priority)| (party.user.clone(), *priority)).collect()),
            supervises: call.supervises.as_ref().map(|s| StoredSupervision {
                of: s.of.clone(),
                how: s.how.to_string(),
                contact: s.contact.clone(),
            }),
            waiting: call.parked,
            over: left.map(|session| usize::from(session != call.caller)),
            legs: [leg(call.caller, &call.from, &call.from_display)?, leg(callee, to, to_display)?],
        })
    }
}

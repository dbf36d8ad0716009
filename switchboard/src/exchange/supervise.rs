//! Somebody in charge takes part in the call of an agent: listens, whispers or comes in (RFC 3911). The order grants it to one person for a
//! moment; the INVITE with Join is a call of theirs with that phone of the agent, which mixes what each side hears. How they take part
//! travels in the Supervision header that only the exchange sets. Such a call is nobody's contact, and queues know nothing of it: the history
//! of the call that it is about notes who took part and how, the log has each order, and it ends with that call.

use super::call::{Call, Stage};
use super::headers::borrowed;
use super::io::{Audit, AuditedPart, CallKey, ContactKind, Output, Over, Party};
use super::limits::{MAX_SUPERVISORS, SUPERVISE_RING_MS};
use super::machine::{Machine, Timer};
use super::registrar::Binding;
use super::setup::No;
use super::takeover::{Entry, Grant};
use sip_ws::codec::{HeaderName, Message, Method, Supervision, SupervisionMode};
use sip_ws::endpoint::{RequestId, SessionId};
use sip_ws::io::FlowId;
use std::collections::BTreeMap;
use wire::{OrderResult, SuperviseMode};

/// Why such a call ends before its supervisor ends it (RFC 3326).
const OVER: (&str, &str) = ("Reason", "SIP;cause=200;text=\"The call is over\"");

/// The agent's phone is being told how somebody takes part.
#[derive(Debug)]
pub(super) struct Telling {
    /// Their call.
    of: CallKey,
    /// The order that waits for the answer, and how they took part before.
    order: Option<(u64, Supervision)>,
}

/// What a call that supervises another one has besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Supervises {
    /// The call that it is about.
    pub of: CallKey,
    /// Its contact id, which the log names when that call is long gone.
    pub contact: String,
    pub how: Supervision,
    /// The agent's phone has not been told yet.
    pub stale: bool,
    /// Why it ends, from the moment that this is known.
    pub over: Option<Over>,
}

/// Somebody's part in a call, for whoever knows their rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Their call.
    pub call: CallKey,
    /// Who.
    pub by: Party,
    /// Whose call it is in.
    pub agent: Party,
    /// The queue that this came through.
    pub queue: Option<String>,
}

impl Machine {
    /// Lets a person take part in a call of an agent, or in another way than before. `None`: the agent's phone is being told, and the order
    /// is answered when it has said that it knows.
    pub(super) fn may_supervise(
        &mut self,
        by: &Party,
        (user, contact): (&str, &str),
        mode: SuperviseMode,
        queues: &[String],
        ticket: u64,
    ) -> Option<OrderResult> {
        let mode = match mode {
            SuperviseMode::Listen => SupervisionMode::Listen,
            SuperviseMode::Whisper => SupervisionMode::Whisper,
            SuperviseMode::Barge => SupervisionMode::Barge,
            SuperviseMode::Unknown => return Some(OrderResult::Invalid),
        };
        let Some((key, agent, leg)) = self.steerable(by, user, contact, queues) else { return Some(OrderResult::TooLate) };
        // A voice that nobody explains helps no agent: only listening can be silent.
        let silent = mode == SupervisionMode::Listen && self.tenant(&by.tenant).is_some_and(|tenant| tenant.silent_supervision);
        let how = Supervision { mode, shown: !silent };
        let running = self.supervisions.get(&key).cloned().unwrap_or_default();
        let own = running.iter().find(|of| self.calls.get(*of).is_some_and(|call| call.from == *by && call.to == agent));
        match own {
            Some(own) if self.is_away(own) => self.end_supervision(own, Over::Anew),
            Some(own) => return self.change_supervision(own, how, ticket),
            None if running.len() >= MAX_SUPERVISORS => return Some(OrderResult::TooLate),
            None => {}
        }
        Some(self.grant(by, leg, Entry::Supervise(how)))
    }

    /// The supervisor's own phone is gone: whoever orders something has another one.
    fn is_away(&self, key: &CallKey) -> bool {
        self.calls.get(key).and_then(|call| self.legs.get(&call.caller)).is_none_or(|leg| leg.flow.is_none())
    }

    /// Another mode. Nobody is told that it holds before the phone that mixes knows of it: who believes to whisper must not be heard by the
    /// caller.
    fn change_supervision(&mut self, key: &CallKey, how: Supervision, ticket: u64) -> Option<OrderResult> {
        let call = self.calls.get_mut(key)?;
        let (Stage::Talking { callee, .. }, Some(supervises)) = (&call.stage, &mut call.supervises) else {
            return Some(OrderResult::TooLate);
        };
        let (callee, before) = (*callee, std::mem::replace(&mut supervises.how, how));
        let there = self.legs.get(&callee).is_some_and(|leg| leg.flow.is_some());
        let sent = if there { self.send_supervision(key, Some((ticket, before))) } else { false };
        if !sent {
            self.not_changed(key, before);
        }
        self.save(key, false);
        if sent { None } else { Some(OrderResult::TooLate) }
    }

    /// The phone did not hear of another mode. When it is back it is told the one of the two in which fewer hear the supervisor.
    fn not_changed(&mut self, key: &CallKey, before: Supervision) {
        let Some(supervises) = self.calls.get_mut(key).and_then(|call| call.supervises.as_mut()) else { return };
        if before.mode < supervises.how.mode {
            supervises.how = before;
        }
        supervises.stale = true;
    }

    /// An INVITE that wants to take part: whom it is for, at which phone, and how.
    pub(super) fn joined(&mut self, flow: FlowId, by: &Party, invite: &Message) -> Result<(Party, String, Supervises, Binding), No> {
        let named = invite.join().map_err(|_| No(400, "Bad Join"))?;
        let Grant { leg, entry, .. } =
            self.claim(flow, by, named, "sip.supervision-refused", |entry| matches!(entry, Entry::Supervise(_)))?;
        let Entry::Supervise(how) = entry else { return Err(No(403, "Not granted")) };
        let agents = self.legs.get(&leg).ok_or(No(481, "No such call"))?;
        let (of, agent, at) = (agents.call.clone(), agents.party.clone(), agents.flow);
        let talks = self.calls.get(&of).filter(|call| matches!(call.stage, Stage::Talking { .. }));
        let contact = talks.map(|call| call.contact.clone()).ok_or(No(481, "No such call"))?;
        let phone = self.registrar.bindings(&agent).into_iter().find(|phone| Some(phone.flow) == at);
        let phone = phone.ok_or(No(480, "The phone is away"))?;
        let display = self.name_of(&agent).ok_or(No(403, "Not an agent"))?;
        Ok((agent, display, Supervises { of, contact, how, stale: false, over: None }, phone))
    }

    /// Rings the phone of the agent, which answers by itself.
    pub(super) fn ring_supervised(&mut self, key: &CallKey, agent: &Party, phone: Binding) {
        self.ring(key, agent, &[phone]);
        self.after(SUPERVISE_RING_MS, Timer::Ring(key.clone()));
    }

    /// What the INVITE for the agent's phone says besides. A phone that knows nothing of it refuses instead of ringing.
    pub(super) fn push_supervision(&self, key: &CallKey, request: &mut Message) {
        let Some(call) = self.calls.get(key) else { return };
        let (Some(supervises), Some(invite)) = (&call.supervises, &call.invite) else { return };
        if let Some(join) = invite.message.header_str(HeaderName::Join) {
            request.push(HeaderName::Join, join);
        }
        request.push(HeaderName::Require, "join");
        request.push(HeaderName::Supervision, supervises.how.to_string());
    }

    /// Tells the agent's phone how somebody takes part now; `false` where that is not possible. `order` waits for the answer.
    fn send_supervision(&mut self, key: &CallKey, order: Option<(u64, Supervision)>) -> bool {
        let Some(Call { stage: Stage::Talking { callee, .. }, supervises: Some(supervises), .. }) = self.calls.get(key) else {
            return false;
        };
        let headers = [(HeaderName::Supervision.as_str(), supervises.how.to_string())];
        let callee = *callee;
        match self.ep.in_dialog(self.clock.now, callee, Method::Info, &borrowed(&headers), None) {
            Ok(id) => drop(self.supervision_of.insert(id, Telling { of: key.clone(), order })),
            Err(_) => return false,
        }
        true
    }

    /// What became of such an INFO. `false`: it is about something else.
    pub(super) fn supervision_told(&mut self, id: RequestId, answered: bool) -> bool {
        let Some(Telling { of, order }) = self.supervision_of.remove(&id) else { return false };
        match order {
            Some((ticket, before)) => {
                if !answered {
                    self.not_changed(&of, before);
                }
                if answered {
                    self.note_supervision(&of, false);
                }
                let result = if answered { OrderResult::Done } else { OrderResult::TooLate };
                self.out.push_back(Output::Ordered { ticket, result });
            }
            None if answered => {}
            None => self.mark_stale(&of),
        }
        true
    }

    fn mark_stale(&mut self, key: &CallKey) {
        if let Some(supervises) = self.calls.get_mut(key).and_then(|call| call.supervises.as_mut()) {
            supervises.stale = true;
        }
    }

    /// A phone has a socket again: the agent's is told what it may have missed.
    pub(super) fn supervision_back(&mut self, session: SessionId) {
        let Some(key) = self.legs.get(&session).map(|leg| leg.call.clone()) else { return };
        let Some(call) = self.calls.get_mut(&key).filter(|call| call.caller != session) else { return };
        let stale = call.supervises.as_mut().is_some_and(|supervises| std::mem::take(&mut supervises.stale));
        if stale && !self.send_supervision(&key, None) {
            self.mark_stale(&key);
        }
    }

    /// The call is over, or this agent is no longer in it: nobody listens to what is not there.
    pub(super) fn end_supervisions(&mut self, of: &CallKey, agent: Option<&Party>, why: Over) {
        for key in self.supervisions.get(of).cloned().unwrap_or_default() {
            if self.calls.get(&key).is_some_and(|call| agent.is_none_or(|agent| call.to == *agent)) {
                self.end_supervision(&key, why);
            }
        }
    }

    /// Who takes part in which calls.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let keys = self.supervisions.iter().flat_map(|(of, keys)| keys.iter().map(move |key| (of, key)));
        let part = |(of, key): (&CallKey, &CallKey)| {
            let call = self.calls.get(key)?;
            let queue = self.calls.get(of).and_then(|of| of.queue.as_ref()).map(|of| of.name.name.to_string());
            Some(Part { call: key.clone(), by: call.from.clone(), agent: call.to.clone(), queue })
        };
        keys.filter_map(part).collect()
    }

    /// Notes why such a call ends; what was known first holds.
    fn over(&mut self, key: &CallKey, why: Over) {
        if let Some(supervises) = self.calls.get_mut(key).and_then(|call| call.supervises.as_mut()) {
            supervises.over.get_or_insert(why);
        }
    }

    /// The same of the call that a supervisor's own phone is in.
    pub(super) fn over_for(&mut self, leg: SessionId, why: Over) {
        let key = self.legs.get(&leg).map(|leg| leg.call.clone());
        if let Some(key) = key.filter(|key| self.calls.get(key).is_some_and(|call| call.caller == leg)) {
            self.over(&key, why);
        }
    }

    /// The same of one that ends as any call does, by what would be its line of history.
    pub(super) fn over_by(&mut self, key: &CallKey, kind: ContactKind, by: Option<&Party>, cause: Option<&str>) {
        let Some(call) = self.calls.get(key) else { return };
        let own = by == Some(&call.from);
        let why = match kind {
            ContactKind::Ended if own => Over::Left,
            ContactKind::Ended if by.is_some() => Over::LetGo,
            ContactKind::Cancelled if own && cause.is_none() => Over::Left,
            ContactKind::Ended | ContactKind::Cancelled => Over::Lost,
            ContactKind::Refused | ContactKind::Missed | ContactKind::Failed => Over::NotLetIn,
            _ => return,
        };
        self.over(key, why);
    }

    pub(super) fn end_supervision(&mut self, key: &CallKey, why: Over) {
        self.over(key, why);
        let callee = match self.calls.get(key).map(|call| &call.stage) {
            Some(Stage::Waiting | Stage::Ringing(_)) => return self.on_ring_timeout(key),
            Some(Stage::Answering { callee, .. }) => {
                let callee = *callee;
                self.refuse_call(key, 480, "The call is over", "ended", None);
                callee
            }
            Some(Stage::Talking { callee, .. }) => {
                let callee = *callee;
                self.finish(key, callee, None, "ended", Some(OVER.1.to_owned()));
                callee
            }
            None => return,
        };
        self.ep.hang_up(self.clock.now, callee, &[OVER]);
    }

    /// Notes a call that supervises another one.
    pub(super) fn supervision_begins(&mut self, key: &CallKey) {
        let Some(supervises) = self.calls.get(key).and_then(|call| call.supervises.as_ref()) else { return };
        self.supervisions.entry(supervises.of.clone()).or_default().push(key.clone());
    }

    /// Such a call is over: the log has when, who was in whose call and how, and why it ended.
    pub(super) fn supervision_ends(&mut self, key: &CallKey, call: &Call) {
        let Some(supervises) = &call.supervises else { return };
        if let Some(running) = self.supervisions.get_mut(&supervises.of) {
            running.retain(|other| other != key);
            if running.is_empty() {
                self.supervisions.remove(&supervises.of);
            }
        }
        let (over, rest) = std::mem::take(&mut self.supervision_of).into_iter().partition(|(_, telling)| telling.of == *key);
        self.supervision_of = rest;
        let over: BTreeMap<RequestId, Telling> = over;
        for (ticket, _) in over.into_values().filter_map(|telling| telling.order) {
            self.out.push_back(Output::Ordered { ticket, result: OrderResult::TooLate });
        }
        let leg = self.legs.get(&call.caller).and_then(|leg| leg.flow).and_then(|flow| self.flows.get(&flow));
        let address = leg.map(|flow| flow.address.to_string()).unwrap_or_default();
        self.out.push_back(Output::Audit(Audit {
            tenant: call.from.tenant.clone(),
            at: self.clock.unix_ms,
            kind: "sip.supervision",
            outcome: "ended",
            subject: call.from.user.clone(),
            address,
            part: Some(Box::new(AuditedPart {
                agent: call.to.user.clone(),
                contact: supervises.contact.clone(),
                mode: supervises.how.mode,
                silent: !supervises.how.shown,
                why: supervises.over.unwrap_or(Over::Lost),
            })),
            taking: None,
        }));
    }

    /// After a restart: those whose call did not come back have nothing to be about.
    pub(super) fn drop_lost_supervisions(&mut self) {
        let lost: Vec<CallKey> = self.supervisions.keys().filter(|of| !self.calls.contains_key(*of)).cloned().collect();
        for of in lost {
            self.end_supervisions(&of, None, Over::CallOver);
        }
    }
}

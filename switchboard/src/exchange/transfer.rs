//! Transfers (RFC 3515, 5589). A REFER ends here: the exchange applies policy, connects the two others and tells the transferor how it
//! goes.
//!
//! ```text
//!  REFER to a person     ┌───────┐ 2xx with the target's offer      ┌───────┐ the peer's answer, as the target's ACK
//! ──────────────────────►│Ringing├─────────────────────────────────►│Offered├──────────────────► the peers are connected
//!                        └───┬───┘                        ┌────────►└───┬───┘
//!  REFER with Replaces   ┌───▼───┐ 2xx with the target's  │             │
//! ──────────────────────►│Asking ├─ offer ────────────────┘             │
//!                        └───┬───┘                                      │
//!                            └──── refused, time-out ───────────────────┴─────► the call goes on as it was
//! ```
//! A REFER to a queue: `parked.rs`. The target offers and the peer answers, so that nobody's offer waits while a phone rings. A transferor who hangs up meanwhile
//! changes nothing, unless nobody answers: then the peer's call ends.

use super::branch::Identity;
use super::call::{Call, Member, Stage};
use super::headers::{address, outward, rank};
use super::io::{CallKey, ContactKind, Party};
use super::limits::{MAX_FORWARDS, RETRY_AFTER_S, TRANSFER_RING_MS};
use super::machine::{Machine, Timer};
use super::queues::GUEST;
use super::registrar::Binding;
use crate::queue::io::{ItemId, Name};
use sip_ws::codec::{DialogRef, HeaderName, Message};
use sip_ws::endpoint::{Body, Refusal, ServerTxnId, SessionId};
use sip_ws::io::Millis;

/// A transfer under way.
#[derive(Debug)]
pub(super) struct Transfer {
    /// The leg that asked for it.
    pub by: SessionId,
    /// That leg is gone: nobody hears how it goes.
    pub left: bool,
    /// Sequence number of the REFER, which names its subscription (RFC 3515 section 2.4.6).
    pub number: u32,
    /// Who is to have the call.
    pub to: Member,
    pub since: Millis,
    pub step: Step,
}

/// How far a transfer is.
#[derive(Debug)]
pub(super) enum Step {
    /// Phones ring, without an offer.
    Ringing { branches: Vec<SessionId>, refused: u16, rang: bool },
    /// The target is in another call of the transferor and was asked for an offer.
    Asking { leg: SessionId, of: CallKey },
    /// The target's offer is at the peer; the answer goes to the target with the ACK.
    Offered { leg: SessionId, of: Option<CallKey> },
    /// The target is a queue, which decides whether it takes the caller in.
    Queueing { queue: Name, item: ItemId },
    /// Somebody in charge takes the call of the transferor, who did not ask for it; their offer is at the peer.
    Taking { leg: SessionId },
}

/// Why a REFER is refused. Never by 481 or 408, which would end the asker's dialog (RFC 5057).
struct No(u16, &'static str);

impl Machine {
    /// A phone asks for a transfer of the other side of its call.
    pub(super) fn on_refer(&mut self, session: SessionId, txn: ServerTxnId, refer: &Message) {
        let by = self.legs.get(&session).map(|leg| leg.party.clone());
        let response = if by.is_some_and(|by| !self.may_call(&by)) {
            // Each of them rings somebody, as a call does.
            self.counters.limited += 1;
            let mut response = refer.reply(503, "Too many calls");
            response.push(HeaderName::RetryAfter, RETRY_AFTER_S.to_string());
            response
        } else {
            match self.refer(session, refer) {
                Ok(()) => refer.reply(202, "Accepted"),
                Err(No(status, reason)) => refer.reply(status, reason),
            }
        };
        let accepted = response.status() == Some(202);
        self.ep.respond(self.clock.now, txn, response);
        let Some(key) = self.legs.get(&session).map(|leg| leg.call.clone()).filter(|_| accepted) else { return };
        self.tell(&key, 100, "Trying");
        self.begin(&key);
    }

    /// Checks a REFER and notes what it asks for.
    fn refer(&mut self, session: SessionId, refer: &Message) -> Result<(), No> {
        let leg = self.legs.get(&session).ok_or(No(500, "No such call"))?;
        let (key, by) = (leg.call.clone(), leg.party.clone());
        let tenant = self.tenant(&by.tenant).ok_or(No(403, "Forbidden"))?;
        if by.user.starts_with(GUEST) || tenant.stations.contains_key(&by.user) {
            return Err(No(403, "Only people transfer calls"));
        }
        let call = self.calls.get(&key).ok_or(No(500, "No such call"))?;
        if call.supervises.is_some() {
            return Err(No(403, "Not a call of one's own"));
        }
        if !matches!(call.stage, Stage::Talking { .. }) || call.other(session).is_none() {
            return Err(No(403, "Not answered"));
        }
        if call.transfer.is_some() || call.mend.is_some() {
            return Err(No(491, "Request pending"));
        }
        let number = refer.cseq().map_err(|_| No(400, "Bad CSeq"))?.number;
        let to = refer.refer_to().map_err(|_| No(400, "Bad Refer-To"))?;
        let (uri, domain) = (to.uri(), &tenant.sip_domain);
        if !(uri.is_sip() || uri.is_sips()) || !uri.host().eq_ignore_ascii_case(domain) {
            return Err(No(404, "No such domain"));
        }
        let (to, step) = match uri.header("Replaces") {
            Some(value) => {
                let dialog = DialogRef::parse(value.as_bytes()).map_err(|_| No(400, "Bad Replaces"))?;
                self.consulted(&key, &by, &dialog)?
            }
            None => {
                let user = uri.user_decoded().ok_or(No(484, "Address incomplete"))?;
                let queue = tenant.queues.iter().find(|queue| queue.queue.name.eq_ignore_ascii_case(&user));
                if let Some(queue) = queue.map(|queue| (queue.queue.clone(), queue.label.clone())) {
                    return self.refer_to_queue(session, &key, number, queue);
                }
                let (user, name) = tenant.person(&user).ok_or(No(404, "No such person"))?;
                let party = Party { tenant: tenant.id.clone(), user: user.to_owned() };
                if party == call.from || party == call.to {
                    return Err(No(486, "Already in the call"));
                }
                (Member::new(party, name.to_owned()), Step::Ringing { branches: Vec::new(), refused: 480, rang: false })
            }
        };
        let since = self.clock.now;
        if let Some(call) = self.calls.get_mut(&key) {
            call.transfer = Some(Box::new(Transfer { by: session, left: false, number, to, since, step }));
        }
        Ok(())
    }

    /// A caller who waits somewhere already has one place, and keeps it.
    fn refer_to_queue(&mut self, session: SessionId, key: &CallKey, number: u32, (queue, label): (Name, String)) -> Result<(), No> {
        let call = self.calls.get(key).ok_or(No(500, "No such call"))?;
        let peer = if session == call.caller { &call.to } else { &call.from };
        if self.queues.waits(&Name::from(peer)) {
            return Err(No(403, "Already waiting"));
        }
        self.next_item += 1;
        let (to, item, since) = (Member::new(Party::from(&queue), label), ItemId(self.next_item), self.clock.now);
        let step = Step::Queueing { queue, item };
        if let Some(call) = self.calls.get_mut(key) {
            call.transfer = Some(Box::new(Transfer { by: session, left: false, number, to, since, step }));
        }
        Ok(())
    }

    /// The other side of another call of the transferor, which the REFER names by its own dialog.
    fn consulted(&self, key: &CallKey, by: &Party, dialog: &DialogRef) -> Result<(Member, Step), No> {
        let gone = No(404, "No such call to replace");
        let (own, _) = self.ep.find_dialog(dialog).ok_or(No(404, "No such call to replace"))?;
        let leg = self.legs.get(&own).filter(|leg| leg.party == *by && leg.call != *key).ok_or(gone)?;
        let free = |call: &&Call| matches!(call.stage, Stage::Talking { .. }) && call.transfer.is_none() && call.supervises.is_none();
        let call = self.calls.get(&leg.call).filter(free).ok_or(No(403, "The other call is not answered"))?;
        let target = call.other(own).ok_or(No(404, "No such call to replace"))?;
        let member = match target == call.caller {
            true => Member::new(call.from.clone(), call.from_display.clone()),
            false => Member::new(call.to.clone(), call.to_display.clone()),
        };
        Ok((member, Step::Asking { leg: target, of: leg.call.clone() }))
    }

    /// Rings the target, or asks it for an offer where it is in a call already.
    fn begin(&mut self, key: &CallKey) {
        let now = self.clock.now;
        let Some(transfer) = self.calls.get(key).and_then(|call| call.transfer.as_ref()) else { return };
        if let Step::Queueing { queue, item } = &transfer.step {
            let (queue, item) = (queue.clone(), *item);
            return self.begin_queueing(key, queue, item);
        }
        let to = transfer.to.clone();
        let asked = if let Step::Asking { leg, .. } = transfer.step { Some(leg) } else { None };
        self.after(TRANSFER_RING_MS, Timer::Transfer(key.clone()));
        if let Some(leg) = asked {
            let Some((peer, _)) = self.peer_and_transferor(key) else { return };
            let headers = [(HeaderName::PAssertedIdentity.as_str(), peer.address.as_str())];
            match self.ep.reinvite(now, leg, &headers, None) {
                Ok(()) => drop(self.asked.insert(leg, key.clone())),
                Err(_) => self.transfer_failed(key, 480),
            }
            return;
        }
        self.calls_of.entry(to.party.clone()).or_default().insert(key.clone());
        self.report_transfer(key, ContactKind::Offered, None, None);
        let rung = self.ring_target(key, &self.registrar.reachable(&to.party));
        self.report_person(&to.party);
        if rung.is_empty() {
            self.transfer_failed(key, 480);
        }
    }

    /// Sends the INVITE of a transfer to each of these phones of the target. Gives the new branches.
    pub(super) fn ring_target(&mut self, key: &CallKey, phones: &[Binding]) -> Vec<SessionId> {
        let Some(to) = self.transfer_of(key).map(|transfer| transfer.to.party.clone()) else { return Vec::new() };
        let mut rung = Vec::new();
        for phone in phones {
            let call_id = self.new_key();
            if let Some(request) = self.transfer_invite(key, &call_id, phone) {
                rung.push(self.send_invite(key, &to, phone, request));
            }
        }
        if let Some(Transfer { step: Step::Ringing { branches, .. }, .. }) = self.transfer_of(key) {
            branches.extend(&rung);
        }
        rung
    }

    /// The INVITE for one phone of the target, without an offer. It comes from the one who is transferred.
    fn transfer_invite(&self, key: &CallKey, call_id: &str, phone: &Binding) -> Option<Message> {
        let (peer, transferor) = self.peer_and_transferor(key)?;
        let to = &self.calls.get(key)?.transfer.as_ref()?.to.party;
        let mut request = self.invite_for(key, &peer, to, phone, call_id, MAX_FORWARDS)?;
        if transferor.named {
            request.push(HeaderName::ReferredBy, transferor.address);
        }
        Some(request)
    }

    /// The one who is transferred, and the one who does it.
    fn peer_and_transferor(&self, key: &CallKey) -> Option<(Identity, Identity)> {
        let call = self.calls.get(key)?;
        let (caller, callee) = (self.caller_of(key)?, self.callee_of(key)?);
        Some(if call.transfer.as_ref()?.by == call.caller { (callee, caller) } else { (caller, callee) })
    }

    /// A phone of the target rings. `false`: it is none.
    pub(super) fn transfer_rings(&mut self, session: SessionId) -> bool {
        let Some(key) = self.transferred_to(session) else { return false };
        let Some(Transfer { step: Step::Ringing { rang, .. }, .. }) = self.transfer_of(&key) else { return true };
        if !std::mem::replace(rang, true) {
            self.tell(&key, 180, "Ringing");
        }
        true
    }

    /// A phone of the target answered with its offer. `false`: it is none.
    pub(super) fn transfer_answered(&mut self, session: SessionId, response: &Message) -> bool {
        let Some(key) = self.transferred_to(session) else { return false };
        let Some(transfer) = self.transfer_of(&key) else { return true };
        if let Step::Ringing { branches, .. } = &mut transfer.step {
            let losers: Vec<SessionId> = branches.drain(..).filter(|branch| *branch != session).collect();
            transfer.step = Step::Offered { leg: session, of: None };
            for loser in losers {
                self.ep.hang_up(self.clock.now, loser, &[super::setup::ELSEWHERE]);
            }
        }
        self.pass_offer(&key, response);
        true
    }

    /// A phone of the target refused or is gone. `false`: it is none.
    pub(super) fn transfer_refused(&mut self, key: &CallKey, session: SessionId, status: u16) -> bool {
        let Some(Transfer { step: Step::Ringing { branches, refused, .. }, .. }) = self.transfer_of(key) else { return false };
        let Some(at) = branches.iter().position(|branch| *branch == session) else { return false };
        branches.swap_remove(at);
        if rank(status) < rank(*refused) {
            *refused = status;
        }
        let (none_left, status) = (branches.is_empty(), outward(*refused).0);
        if none_left {
            self.transfer_failed(key, status);
        }
        true
    }

    /// The target's offer goes to the peer.
    fn pass_offer(&mut self, key: &CallKey, offered: &Message) {
        let domain = self.domain_of(key);
        let Some(call) = self.calls.get(key) else { return };
        let Some(transfer) = &call.transfer else { return };
        let Some(peer) = call.other(transfer.by) else { return };
        let identity = address(&transfer.to.display, &transfer.to.party.user, &domain);
        let headers = [(HeaderName::PAssertedIdentity.as_str(), identity.as_str())];
        let Some(body) = Body::of(offered) else { return self.transfer_failed(key, 488) };
        if self.ep.reinvite(self.clock.now, peer, &headers, Some(body)).is_err() {
            self.transfer_failed(key, 480);
        }
    }

    /// A re-INVITE of a transfer was accepted. `false`: it was none of a transfer.
    pub(super) fn transfer_offered(&mut self, session: SessionId, response: &Message) -> bool {
        let Some(key) = self.transfer_at(session) else { return false };
        let Some(transfer) = self.transfer_of(&key) else { return false };
        match &transfer.step {
            Step::Asking { leg, of } if *leg == session => {
                transfer.step = Step::Offered { leg: *leg, of: Some(of.clone()) };
                self.asked.remove(&session);
                self.pass_offer(&key, response);
                true
            }
            Step::Offered { leg, of } if *leg != session => {
                let (leg, of) = (*leg, of.clone());
                if self.ep.ack(self.clock.now, leg, Body::of(response)).is_err() {
                    self.transfer_failed(&key, 480);
                    self.lead_back(session);
                } else {
                    self.transfer_done(&key, leg, of);
                }
                true
            }
            Step::Taking { leg } if *leg != session => {
                let leg = *leg;
                if !self.taken(&key, leg, response) {
                    self.lead_back(session);
                }
                true
            }
            Step::Ringing { .. } | Step::Asking { .. } | Step::Offered { .. } | Step::Queueing { .. } | Step::Taking { .. } => false,
        }
    }

    /// A re-INVITE of a transfer was refused. `false`: it was none of a transfer.
    pub(super) fn transfer_offer_refused(&mut self, session: SessionId, cause: &Refusal) -> bool {
        let Some(key) = self.transfer_at(session) else { return false };
        match self.transfer_of(&key).map(|transfer| &transfer.step) {
            Some(Step::Asking { leg, .. }) if *leg == session => {}
            Some(Step::Offered { leg, .. } | Step::Taking { leg }) if *leg != session => {}
            Some(_) | None => return false,
        }
        let status = match cause {
            // What a phone says to an offer that it has when it hangs up (RFC 3261 15.1.2).
            Refusal::Status(response) if response.status() == Some(487) => 487,
            Refusal::Status(_) | Refusal::Failure(_) => 488,
        };
        self.transfer_failed(&key, status);
        true
    }

    pub(super) fn transfer_of(&mut self, key: &CallKey) -> Option<&mut Transfer> {
        self.calls.get_mut(key)?.transfer.as_deref_mut()
    }

    /// The call whose transfer rings this leg.
    pub(super) fn transferred_to(&self, session: SessionId) -> Option<CallKey> {
        let key = &self.legs.get(&session)?.call;
        match &self.calls.get(key)?.transfer.as_ref()?.step {
            Step::Ringing { branches, .. } => branches.contains(&session).then(|| key.clone()),
            Step::Asking { .. } | Step::Offered { .. } | Step::Queueing { .. } | Step::Taking { .. } => None,
        }
    }

    /// The call whose transfer has sent a re-INVITE to this leg.
    fn transfer_at(&self, session: SessionId) -> Option<CallKey> {
        let own = &self.legs.get(&session)?.call;
        if self.calls.get(own).is_some_and(|call| call.transfer.is_some()) {
            return Some(own.clone());
        }
        self.asked.get(&session).cloned()
    }
}

impl Call {
    /// Whether this person is rung for a transfer of the call.
    pub(super) fn rings_for_transfer(&self, party: &Party) -> bool {
        self.transfer.as_ref().is_some_and(|transfer| transfer.to.party == *party && matches!(transfer.step, Step::Ringing { .. }))
    }
}

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
//! The target offers and the peer answers, so that nobody's offer waits while a phone rings. A transferor who hangs up meanwhile
//! changes nothing, unless nobody answers: then the peer's call ends.

use super::call::{Call, Leg, Member, Progress, Side, Stage};
use super::headers::{address, outward, rank, session_id};
use super::io::{CallKey, ContactKind, Party};
use super::limits::TRANSFER_RING_MS;
use super::machine::{Machine, Timer};
use super::queues::GUEST;
use sip_ws::codec::{DialogRef, HeaderName, Message, Method};
use sip_ws::endpoint::{Body, ServerTxnId, SessionId};
use sip_ws::io::Millis;

/// Tells the transferor's phone why its call ends (RFC 3326).
const TRANSFERRED: (&str, &str) = ("Reason", "SIP;cause=200;text=\"Transferred\"");
/// Tells phones that ring for nobody any more.
const OVER: (&str, &str) = ("Reason", "SIP;cause=487;text=\"The transfer is over\"");

/// A transfer under way.
#[derive(Debug)]
pub(super) struct Transfer {
    /// The leg that asked for it.
    by: SessionId,
    /// That leg is gone: nobody hears how it goes.
    left: bool,
    /// Sequence number of the REFER, which names its subscription (RFC 3515 section 2.4.6).
    number: u32,
    /// Who is to have the call.
    pub to: Member,
    since: Millis,
    step: Step,
}

/// How far a transfer is.
#[derive(Debug)]
enum Step {
    /// Phones ring, without an offer.
    Ringing { branches: Vec<SessionId>, refused: u16, rang: bool },
    /// The target is in another call of the transferor and was asked for an offer.
    Asking { leg: SessionId, of: CallKey },
    /// The target's offer is at the peer; the answer goes to the target with the ACK.
    Offered { leg: SessionId, of: Option<CallKey> },
}

/// Why a REFER is refused. Never by 481 or 408, which would end the asker's dialog (RFC 5057).
struct No(u16, &'static str);

impl Machine {
    /// A phone asks for a transfer of the other side of its call.
    pub(super) fn on_refer(&mut self, session: SessionId, txn: ServerTxnId, refer: &Message) {
        let response = match self.refer(session, refer) {
            Ok(()) => refer.reply(202, "Accepted"),
            Err(No(status, reason)) => refer.reply(status, reason),
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
        if !matches!(call.stage, Stage::Talking { .. }) || call.other(session).is_none() {
            return Err(No(403, "Not answered"));
        }
        if call.transfer.is_some() {
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
                let (user, name) = tenant.person(&user).ok_or(No(404, "No such person"))?;
                let party = Party { tenant: tenant.id.clone(), user: user.to_owned() };
                if party == call.from || party == call.to {
                    return Err(No(486, "Already in the call"));
                }
                (Member { party, display: name.to_owned() }, Step::Ringing { branches: Vec::new(), refused: 480, rang: false })
            }
        };
        let since = self.clock.now;
        if let Some(call) = self.calls.get_mut(&key) {
            call.transfer = Some(Box::new(Transfer { by: session, left: false, number, to, since, step }));
        }
        Ok(())
    }

    /// The other side of another call of the transferor, which the REFER names by its own dialog.
    fn consulted(&self, key: &CallKey, by: &Party, dialog: &DialogRef) -> Result<(Member, Step), No> {
        let gone = No(404, "No such call to replace");
        let (own, _) = self.ep.find_dialog(dialog).ok_or(No(404, "No such call to replace"))?;
        let leg = self.legs.get(&own).filter(|leg| leg.party == *by && leg.call != *key).ok_or(gone)?;
        let call = self.calls.get(&leg.call).filter(|call| matches!(call.stage, Stage::Talking { .. }) && call.transfer.is_none());
        let call = call.ok_or(No(403, "The other call is not answered"))?;
        let target = call.other(own).ok_or(No(404, "No such call to replace"))?;
        let member = match target == call.caller {
            true => Member { party: call.from.clone(), display: call.from_display.clone() },
            false => Member { party: call.to.clone(), display: call.to_display.clone() },
        };
        Ok((member, Step::Asking { leg: target, of: leg.call.clone() }))
    }

    /// Rings the target, or asks it for an offer where it is in a call already.
    fn begin(&mut self, key: &CallKey) {
        let now = self.clock.now;
        let Some(transfer) = self.calls.get(key).and_then(|call| call.transfer.as_ref()) else { return };
        let to = transfer.to.clone();
        let asked = if let Step::Asking { leg, .. } = transfer.step { Some(leg) } else { None };
        self.after(TRANSFER_RING_MS, Timer::Transfer(key.clone()));
        if let Some(leg) = asked {
            let peer = self.peer_of(key).unwrap_or_default();
            let headers = [(HeaderName::PAssertedIdentity.as_str(), peer.as_str())];
            match self.ep.reinvite(now, leg, &headers, None) {
                Ok(()) => drop(self.asked.insert(leg, key.clone())),
                Err(_) => self.transfer_failed(key, 480),
            }
            return;
        }
        self.calls_of.entry(to.party.clone()).or_default().insert(key.clone());
        self.report_transfer(key, ContactKind::Offered, None, None);
        let mut rung = Vec::new();
        for (n, phone) in self.registrar.reachable(&to.party).into_iter().enumerate() {
            let Some(request) = self.transfer_invite(key, n, &phone.uri) else { continue };
            let call_id = request.call_id().map(str::to_owned).unwrap_or_default();
            let branch = self.ep.invite(now, phone.flow, request);
            self.add_leg(
                branch,
                Leg {
                    call: key.clone(),
                    side: Side::Callee,
                    party: to.party.clone(),
                    instance: phone.instance,
                    contact: Some(phone.uri),
                    flow: Some(phone.flow),
                    lost_at: None,
                    left: false,
                    call_id,
                },
            );
            rung.push(branch);
        }
        self.report_person(&to.party);
        if rung.is_empty() {
            return self.transfer_failed(key, 480);
        }
        if let Some(Transfer { step: Step::Ringing { branches, .. }, .. }) = self.transfer_of(key) {
            *branches = rung;
        }
    }

    /// The INVITE for one phone of the target, without an offer. It comes from the one who is transferred.
    fn transfer_invite(&self, key: &CallKey, n: usize, phone: &str) -> Option<Message> {
        let call = self.calls.get(key)?;
        let transfer = call.transfer.as_ref()?;
        let domain = &self.domain_of(key);
        let referrer = if transfer.by == call.caller { &call.from } else { &call.to };
        let peer = self.peer_of(key)?;
        let mut request = Message::request(Method::Invite, phone);
        request.push(HeaderName::MaxForwards, super::limits::MAX_FORWARDS.to_string());
        request.push(HeaderName::From, &peer);
        if !call.anonymous {
            request.push(HeaderName::PAssertedIdentity, &peer);
        }
        request.push(HeaderName::To, address("", &transfer.to.party.user, domain));
        // The transfer's number tells its branches from those of the call and of transfers before.
        request.push(HeaderName::CallId, format!("{key}.t{}.{n}", transfer.number));
        request.push(HeaderName::Contact, super::setup::contact_of(key, domain));
        request.push(HeaderName::SessionId, session_id(&call.contact, None));
        request.push(HeaderName::ReferredBy, address("", &referrer.user, domain));
        Some(request)
    }

    /// Address of the one who is transferred.
    fn peer_of(&self, key: &CallKey) -> Option<String> {
        let call = self.calls.get(key)?;
        let (peer, display) = match call.transfer.as_ref()?.by == call.caller {
            true => (&call.to, &call.to_display),
            false if call.anonymous => return Some(super::setup::ANONYMOUS.to_owned()),
            false => (&call.from, &call.from_display),
        };
        Some(address(display, &peer.user, &self.domain_of(key)))
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
                } else {
                    self.transfer_done(&key, leg, of);
                }
                true
            }
            Step::Ringing { .. } | Step::Asking { .. } | Step::Offered { .. } => false,
        }
    }

    /// A re-INVITE of a transfer was refused. `false`: it was none of a transfer.
    pub(super) fn transfer_offer_refused(&mut self, session: SessionId) -> bool {
        let Some(key) = self.transfer_at(session) else { return false };
        match self.transfer_of(&key).map(|transfer| &transfer.step) {
            Some(Step::Asking { leg, .. }) if *leg == session => {}
            Some(Step::Offered { leg, .. }) if *leg != session => {}
            Some(_) | None => return false,
        }
        self.transfer_failed(&key, 488);
        true
    }

    /// Peer and target are connected: the transferor leaves.
    fn transfer_done(&mut self, key: &CallKey, leg: SessionId, of: Option<CallKey>) {
        self.tell(key, 200, "OK");
        let now = self.clock.now;
        let Some(call) = self.calls.get(key) else { return };
        let Some((by, left, to)) = call.transfer.as_ref().map(|transfer| (transfer.by, transfer.left, transfer.to.clone())) else { return };
        let Some(peer) = call.other(by) else { return };
        let transferor = if by == call.caller { call.from.clone() } else { call.to.clone() };
        self.report_contact(key, ContactKind::Transferred, Some(transferor.clone()), None, None);
        // Whoever had the caller of a queue has work to finish.
        self.queue_over(key);
        let unix_ms = self.clock.unix_ms;
        let Some(call) = self.calls.get_mut(key) else { return };
        call.transfer = None;
        call.queue = None;
        if by == call.caller {
            call.caller = peer;
            call.from = std::mem::replace(&mut call.to, to.party.clone());
            call.from_display = std::mem::replace(&mut call.to_display, to.display);
            call.anonymous = false;
        } else {
            (call.to, call.to_display) = (to.party.clone(), to.display);
        }
        if let Stage::Talking { callee, holds, .. } = &mut call.stage {
            (*callee, *holds) = (leg, [false; 2]);
        }
        call.since = unix_ms;
        let waiting = std::mem::take(&mut call.relays);
        for relay in waiting.into_iter().filter(|relay| relay.from == peer && relay.progress != Progress::AwaitingAck) {
            self.answer(relay, 500, "Transferred", &[super::talk::LATER], None);
        }
        self.calls_of.entry(to.party.clone()).or_default().insert(key.clone());
        self.no_call_of(&transferor, key);
        for (session, side) in [(peer, Side::Caller), (leg, Side::Callee)] {
            if let Some(leg) = self.legs.get_mut(&session) {
                (leg.side, leg.call) = (side, key.clone());
            }
        }
        self.report_contact(key, ContactKind::Answered, Some(to.party), None, Some("transferred"));
        self.save(key, false);
        if !left {
            self.ep.hang_up(now, by, &[TRANSFERRED]);
        }
        if let Some(of) = of {
            self.end_consultation(&of, leg);
        }
        self.report_call(key);
        self.report_person(&transferor);
    }

    /// The call in which the transferor spoke with the target first; the target's leg has moved on.
    fn end_consultation(&mut self, key: &CallKey, moved: SessionId) {
        let Some(call) = self.calls.get(key) else { return };
        let Some(own) = call.other(moved) else { return };
        let by = if own == call.caller { call.from.clone() } else { call.to.clone() };
        self.queue_over(key);
        self.report_contact(key, ContactKind::Ended, Some(by), None, Some("transferred"));
        if let Some(open) = self.rows.get_mut(key) {
            open.remove(&moved);
        }
        self.end_call(key);
        self.ep.hang_up(self.clock.now, own, &[TRANSFERRED]);
    }

    /// It does not happen; the call goes on, or ends where its transferor is gone.
    fn transfer_failed(&mut self, key: &CallKey, status: u16) {
        self.tell(key, status, outward(status).1);
        let Some((by, left)) = self.stop_transfer(key, status) else { return };
        if left {
            self.finish(key, by, None, "transfer-failed", None);
        }
    }

    /// Forgets a transfer: phones stop ringing, an answered target is hung up. Returns who asked for it and whether they are gone.
    pub(super) fn stop_transfer(&mut self, key: &CallKey, status: u16) -> Option<(SessionId, bool)> {
        let now = self.clock.now;
        let transfer = self.calls.get_mut(key)?.transfer.take()?;
        let Transfer { by, left, to, step, .. } = *transfer;
        match step {
            Step::Ringing { branches, .. } => {
                for branch in branches {
                    self.ep.hang_up(now, branch, &[OVER]);
                }
                let (kind, cause) = match status {
                    486 | 600 | 603 => (ContactKind::OfferDeclined, "declined"),
                    487 => (ContactKind::OfferMissed, "abandoned"),
                    408 => (ContactKind::OfferMissed, "no-answer"),
                    _ => (ContactKind::OfferFailed, "unreachable"),
                };
                self.report_as(key, &to, by, kind, Some(status), Some(cause));
            }
            Step::Offered { leg, of: None } => {
                let _ = self.ep.ack(now, leg, None);
                self.ep.hang_up(now, leg, &[OVER]);
                self.report_as(key, &to, by, ContactKind::OfferFailed, Some(status), Some("failed"));
            }
            // Acknowledged without an answer, the target's call with the transferor goes on as it was.
            Step::Offered { leg, of: Some(_) } => drop(self.ep.ack(now, leg, None)),
            Step::Asking { leg, .. } => drop(self.asked.remove(&leg)),
        }
        let in_call = self.calls.get(key).is_some_and(|call| call.from == to.party || call.to == to.party);
        if !in_call {
            self.no_call_of(&to.party, key);
        }
        self.report_person(&to.party);
        Some((by, left))
    }

    /// A leg of a call with a transfer is over. `true`: the call goes on all the same.
    pub(super) fn transfer_leg_over(&mut self, key: &CallKey, session: SessionId) -> bool {
        let Some(transfer) = self.transfer_of(key) else { return false };
        if session == transfer.by && !transfer.left {
            transfer.left = true;
            return true;
        }
        match &transfer.step {
            Step::Ringing { branches, .. } if branches.contains(&session) => self.transfer_refused(key, session, 480),
            Step::Offered { leg, of: None } if *leg == session => {
                self.transfer_failed(key, 480);
                true
            }
            Step::Ringing { .. } | Step::Asking { .. } | Step::Offered { .. } => {
                // The peer hung up: there is nobody to transfer.
                self.tell(key, 487, "Request terminated");
                self.stop_transfer(key, 487);
                false
            }
        }
    }

    /// Nobody answered in time.
    pub(super) fn on_transfer_timeout(&mut self, key: &CallKey) {
        let now = self.clock.now;
        if self.transfer_of(key).is_some_and(|transfer| now.since(transfer.since) >= TRANSFER_RING_MS) {
            self.transfer_failed(key, 408);
        }
    }

    /// Tells the transferor how it goes (RFC 3515 section 2.4.5).
    fn tell(&mut self, key: &CallKey, status: u16, reason: &str) {
        let Some(transfer) = self.calls.get(key).and_then(|call| call.transfer.as_ref()).filter(|transfer| !transfer.left) else { return };
        let event = format!("refer;id={}", transfer.number);
        let state = if status < 200 { "active;expires=60" } else { "terminated;reason=noresource" };
        let body =
            Body { content_type: "message/sipfrag;version=2.0".to_owned(), bytes: format!("SIP/2.0 {status} {reason}\r\n").into_bytes() };
        // A report that finds no socket is lost: silence is an answer too.
        let headers = [("Event", event.as_str()), ("Subscription-State", state)];
        let _ = self.ep.in_dialog(self.clock.now, transfer.by, Method::Notify, &headers, Some(body));
    }

    fn report_transfer(&mut self, key: &CallKey, kind: ContactKind, status: Option<u16>, cause: Option<&'static str>) {
        let Some((to, by)) = self.calls.get(key).and_then(|call| call.transfer.as_ref()).map(|t| (t.to.clone(), t.by)) else { return };
        self.report_as(key, &to, by, kind, status, cause);
    }

    /// One line of history between the peer, who calls, and the target.
    fn report_as(
        &mut self,
        key: &CallKey,
        to: &Member,
        by: SessionId,
        kind: ContactKind,
        status: Option<u16>,
        cause: Option<&'static str>,
    ) {
        let Some(call) = self.calls.get_mut(key) else { return };
        let pair = |call: &Call| (call.from.clone(), call.from_display.clone(), call.to.clone(), call.to_display.clone());
        let before = pair(call);
        if by == call.caller {
            (call.from, call.from_display) = (call.to.clone(), call.to_display.clone());
        }
        (call.to, call.to_display) = (to.party.clone(), to.display.clone());
        self.report_contact(key, kind, None, status, cause);
        if let Some(call) = self.calls.get_mut(key) {
            (call.from, call.from_display, call.to, call.to_display) = before;
        }
    }

    fn transfer_of(&mut self, key: &CallKey) -> Option<&mut Transfer> {
        self.calls.get_mut(key)?.transfer.as_deref_mut()
    }

    /// The call whose transfer rings this leg.
    fn transferred_to(&self, session: SessionId) -> Option<CallKey> {
        let key = &self.legs.get(&session)?.call;
        match &self.calls.get(key)?.transfer.as_ref()?.step {
            Step::Ringing { branches, .. } => branches.contains(&session).then(|| key.clone()),
            Step::Asking { .. } | Step::Offered { .. } => None,
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

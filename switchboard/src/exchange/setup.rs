//! A call until it is answered: routing, ringing all phones of the target, and what the caller hears of it.

use super::call::{Call, Invite, Leg, Member, Ring, Side, Stage};
use super::headers::{borrowed, crossing, outward, rank, sender_half, session_id};
use super::io::{CallKey, ContactKind, Party, Rings, Tenant};
use super::limits::{MAX_FORWARDS, RING_MS};
use super::machine::{Machine, Timer};
use super::queues::GUEST;
use super::registrar::Binding;
use super::supervise::Supervises;
use crate::queue::io::Name;
use sip_ws::codec::{HeaderName, Message, UriRef};
use sip_ws::endpoint::{Body, SessionId};
use sip_ws::io::FlowId;
use std::collections::BTreeMap;

/// Sent to phones that lost the race (RFC 3326).
pub(super) const ELSEWHERE: (&str, &str) = ("Reason", "SIP;cause=200;text=\"Call completed elsewhere\"");

/// A call cannot be set up: what the caller hears.
pub(super) struct No(pub u16, pub &'static str);

/// Whom an INVITE is for, with the name to show.
enum Target {
    Person(Party, String),
    Queue(Name, String),
    Group(Vec<Member>),
    Supervised(Party, String, Box<(Supervises, Binding)>),
}

impl Machine {
    /// An INVITE from a socket with an identity.
    pub(super) fn on_incoming(&mut self, session: SessionId, flow: FlowId, message: Message) {
        if let Err(No(status, reason)) = self.route(session, flow, &message) {
            let _ = self.ep.reject(self.clock.now, session, status, reason, &[]);
        }
    }

    fn route(&mut self, session: SessionId, flow: FlowId, invite: &Message) -> Result<(), No> {
        let from = self.flows.get(&flow).and_then(|f| f.party.clone()).ok_or(No(403, "Forbidden"))?;
        let call_id = invite.call_id().map_err(|_| No(400, "Bad request"))?.to_owned();
        if self.by_call_id.contains_key(&call_id) {
            return Err(No(482, "Call-ID in use"));
        }
        let hops = invite.max_forwards().ok().flatten().map_or(MAX_FORWARDS, u32::from);
        if hops == 0 {
            return Err(No(483, "Too many hops"));
        }
        if !self.is_address_of(invite.from(), &from) && !is_anonymous(invite) {
            self.forged(flow, &from);
        }
        if invite.header(HeaderName::Replaces).is_some() {
            return self.take_over(session, flow, &from, invite);
        }
        let target = if invite.header(HeaderName::Join).is_some() {
            let (agent, name, supervises, phone) = self.joined(flow, &from, invite)?;
            Target::Supervised(agent, name, Box::new((supervises, phone)))
        } else {
            self.target(invite, flow, &from)?
        };
        let tenant = self.tenant(&from.tenant).ok_or(No(403, "Forbidden"))?;
        let from_display = match from.user.starts_with(GUEST) {
            true => Self::guest_name(invite),
            false => {
                let station = tenant.stations.get(&from.user).map(|station| station.display.clone());
                station.or_else(|| tenant.person(&from.user).map(|(_, name)| name.to_owned())).unwrap_or_default()
            }
        };
        let domain = tenant.sip_domain.clone();

        let caller = self.flows.get(&flow).map(|f| (f.instance.clone(), f.contact.clone())).unwrap_or_default();
        let contact_uri = caller.1.or_else(|| invite.contact().ok().flatten().map(|c| c.uri().as_str().to_owned()));
        let mut supervised = None;
        let (to, to_display, queue, group) = match target {
            Target::Person(to, display) => (to, display, None, Vec::new()),
            Target::Queue(name, label) => (Party::from(&name), label.clone(), Some(self.queue_call(&from, name, label)), Vec::new()),
            // Until one of them answers, the call is for the caller's own door.
            Target::Group(members) => (from.clone(), from_display.clone(), None, members),
            Target::Supervised(to, display, of) => {
                supervised = Some(*of);
                (to, display, None, Vec::new())
            }
        };
        let (supervises, phone) = supervised.unzip();

        let key = self.new_key();
        // A Session-ID that names a running call of somebody else is not taken over.
        let contact = sender_half(invite)
            .filter(|id| !self.calls.values().any(|call| call.contact == *id))
            .unwrap_or_else(|| self.made_session_id(&key));
        self.add_leg(
            session,
            Leg {
                call: key.clone(),
                side: Side::Caller,
                party: from.clone(),
                instance: caller.0,
                contact: contact_uri,
                flow: Some(flow),
                lost_at: None,
                left: false,
                reg_id: 0,
                rang: false,
                tried: Vec::new(),
                call_id,
            },
        );
        let call = Call {
            contact,
            from,
            from_display,
            // An agent is to know who it is, or nobody.
            anonymous: supervises.is_none() && is_anonymous(invite),
            to: to.clone(),
            to_display,
            since: self.clock.unix_ms,
            caller: session,
            stage: if queue.is_some() { Stage::Waiting } else { Stage::Ringing(Ring::default()) },
            relays: Vec::new(),
            candidates: Vec::new(),
            invite: Some(Box::new(Invite { message: invite.clone(), hops: hops - 1, branches: 0 })),
            unwritten: 0,
            queue,
            supervises,
            preferred: BTreeMap::new(),
            parked: false,
            transfer: None,
            mend: None,
            group,
        };
        // Clients drop a provisional response without one.
        self.ep.set_contact(session, &contact_of(&key, &domain));
        self.counters.calls += 1;
        let (is_queue, is_group) = (call.queue.is_some(), !call.group.is_empty());
        self.add_call(&key, call);
        if is_queue {
            self.enter_queue(&key);
            return Ok(());
        }
        if is_group {
            self.ring_group(&key);
            return Ok(());
        }
        if let Some(phone) = phone {
            self.ring_supervised(&key, &to, phone);
            return Ok(());
        }
        self.report_contact(&key, ContactKind::Offered, None, None, None);
        // The phone that calls does not ring.
        let own = self.flows.get(&flow).and_then(|f| f.instance.clone());
        let calls = |b: &Binding| b.flow == flow || (own.is_some() && b.instance == own);
        let phones: Vec<Binding> = self.registrar.reachable(&to).into_iter().filter(|b| !calls(b)).collect();
        if phones.is_empty() {
            self.refuse_call(&key, 480, "Not registered", "not-registered", None);
            return Ok(());
        }
        self.ring(&key, &to, &phones);
        self.after(RING_MS, Timer::Ring(key));
        Ok(())
    }

    /// Whom an INVITE is for. Only addresses of the caller's own tenant exist, and for a guest only the one queue.
    fn target(&self, invite: &Message, flow: FlowId, from: &Party) -> Result<Target, No> {
        let uri = UriRef::parse(invite.uri().unwrap_or_default()).map_err(|_| No(400, "Bad address"))?;
        if !uri.is_sip() && !uri.is_sips() {
            return Err(No(404, "No such address"));
        }
        let tenant = self.tenant(&from.tenant).ok_or(No(403, "Forbidden"))?;
        if let Some(station) = tenant.stations.get(&from.user) {
            return rung_by(tenant, &station.rings);
        }
        if !uri.host().eq_ignore_ascii_case(&tenant.sip_domain) {
            return Err(No(404, "No such domain"));
        }
        let user = uri.user_decoded().ok_or(No(484, "Address incomplete"))?;
        if let Some(queue) = tenant.queues.iter().find(|queue| queue.queue.name.eq_ignore_ascii_case(&user)) {
            if !self.may_enter(flow, &queue.queue) {
                return Err(No(403, "Guests call one queue"));
            }
            return Ok(Target::Queue(queue.queue.clone(), queue.label.clone()));
        }
        if from.user.starts_with(GUEST) {
            return Err(No(403, "Guests call one queue"));
        }
        let (user, name) = tenant.person(&user).ok_or(No(404, "No such person"))?;
        Ok(Target::Person(Party { tenant: tenant.id.clone(), user: user.to_owned() }, name.to_owned()))
    }

    /// A phone rings or sends an early description.
    pub(super) fn on_provisional(&mut self, session: SessionId, message: &Message) {
        if let Some(leg) = self.legs.get_mut(&session) {
            leg.rang = true;
        }
        if self.transfer_rings(session) {
            return;
        }
        let Some(key) = self.legs.get(&session).map(|leg| leg.call.clone()) else { return };
        let now = self.clock.now;
        let Some(call) = self.calls.get_mut(&key) else { return };
        let caller = call.caller;
        let contact = call.contact.clone();
        let in_queue = call.queue.is_some();
        let Stage::Ringing(ring) = &mut call.stage else { return };
        if in_queue {
            // The caller waits as before: what an agent's phone does is no news to them.
            return self.member_rings(&key, session);
        }
        let status = message.status().unwrap_or(180);
        // One early description reaches the caller, and only where no other phone can overtake it: a second answer in the
        // same dialog could not replace it (RFC 3261 13.2.1).
        let alone = ring.branches.len() == 1;
        let body = Body::of(message).filter(|_| alone && ring.early.is_none_or(|early| early == session));
        if body.is_some() {
            ring.early = Some(session);
        }
        let first = !std::mem::replace(&mut ring.rang, true);
        if body.is_none() && !first && status != 182 {
            return;
        }
        let (status, reason) = match (status, body.is_some()) {
            (183, true) => (183, "Session progress"),
            (182, _) => (182, "Queued"),
            _ => (180, "Ringing"),
        };
        let headers = [("Session-ID", session_id(&self.callee_half(&key), Some(&contact)))];
        let _ = self.ep.progress(now, caller, status, reason, &borrowed(&headers), body);
        if first {
            self.report_contact(&key, ContactKind::Ringing, None, None, None);
            self.report_call(&key);
        }
    }

    /// A phone answered. The first one wins; its row is written before the caller hears of it.
    pub(super) fn on_accepted(&mut self, session: SessionId, message: Message) {
        if self.transfer_answered(session, &message) {
            return;
        }
        let now = self.clock.now;
        let key = self.legs.get(&session).map(|leg| leg.call.clone());
        let rung = |key: &CallKey| match self.calls.get(key).map(|call| &call.stage) {
            Some(Stage::Ringing(ring)) => ring.branches.contains(&session),
            Some(Stage::Waiting | Stage::Answering { .. } | Stage::Talking { .. }) | None => false,
        };
        let Some(key) = key.filter(rung) else {
            // Overtaken by a CANCEL, by another phone, or by the end of an offer.
            self.ep.hang_up(now, session, &[ELSEWHERE]);
            return;
        };
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.parked && message.body().is_empty() {
            // They were asked for an offer.
            self.on_branch_over(session, 488, None);
            return self.ep.hang_up(now, session, &[]);
        }
        let stage = std::mem::replace(&mut call.stage, Stage::Answering { callee: session, response: Box::new(message) });
        if let Stage::Ringing(ring) = stage {
            for loser in ring.branches.into_iter().filter(|branch| *branch != session) {
                self.ep.hang_up(now, loser, &[ELSEWHERE]);
            }
        }
        self.group_answered(&key, session);
        self.queue_answered(&key);
        match self.calls.get(&key).is_some_and(|call| call.parked) {
            true => self.join(&key),
            false => self.save(&key, true),
        }
    }

    /// The row of a call is on disk: the caller may know.
    pub(super) fn saved(&mut self, key: &CallKey) {
        let now = self.clock.now;
        let domain = self.domain_of(key);
        let Some(call) = self.calls.get_mut(key) else { return };
        call.unwritten = call.unwritten.saturating_sub(1);
        if call.unwritten > 0 {
            // Of somebody who answered and is gone.
            return;
        }
        let Stage::Answering { callee, response } = &call.stage else { return };
        let (callee, caller, contact) = (*callee, call.caller, call.contact.clone());
        let mut headers = crossing(response);
        let body = Body::of(response);
        let (status, unix_ms) = (response.status().unwrap_or(200), self.clock.unix_ms);
        call.stage = Stage::Talking { callee, answered_at: unix_ms, holds: [false; 2] };
        (call.since, call.invite) = (unix_ms, None);
        headers.push(("Session-ID", session_id(&self.callee_half(key), Some(&contact))));
        let by = self.legs.get(&callee).map(|leg| leg.party.clone());
        if self.ep.accept(now, caller, &contact_of(key, &domain), &borrowed(&headers), body).is_err() {
            // The caller is gone; its event follows or has been.
            self.ep.hang_up(now, callee, &[]);
        }
        self.counters.answered += 1;
        self.report_contact(key, ContactKind::Answered, by, Some(status), None);
        self.report_call(key);
        self.pass_candidates(key);
    }

    /// A phone refused, could not be reached, or is no longer there.
    pub(super) fn on_branch_over(&mut self, session: SessionId, status: u16, message: Option<&Message>) {
        if self.flow_failed(session, status) {
            return;
        }
        let Some(leg) = self.remove_leg(session) else { return };
        let key = leg.call.clone();
        if self.transfer_refused(&key, session, status) {
            return;
        }
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Stage::Ringing(ring) = &mut call.stage else { return };
        if !ring.branches.contains(&session) {
            // Of an offer that is over.
            return;
        }
        ring.branches.retain(|branch| *branch != session);
        if ring.early == Some(session) {
            ring.early = None;
        }
        let Some(Call { stage: Stage::Ringing(ring), .. }) = self.calls.get_mut(&key) else { return };
        let better = ring.refusal.as_ref().is_none_or(|(best, _)| rank(status) < rank(*best));
        if better {
            ring.refusal = Some((status, message.cloned().map(Box::new)));
        }
        // A person who declines on one phone declines on all (RFC 3261 21.6), and for nobody else.
        if status >= 600 {
            let legs = &self.legs;
            let theirs = |branch: &SessionId| legs.get(branch).is_none_or(|other| other.party == leg.party);
            let (theirs, others) = std::mem::take(&mut ring.branches).into_iter().partition::<Vec<_>, _>(theirs);
            ring.branches = others;
            for other in theirs {
                self.ep.hang_up(self.clock.now, other, &[]);
            }
        }
        let gone = self.member_over(&key, &leg.party, status);
        let Some(Call { stage: Stage::Ringing(ring), queue, .. }) = self.calls.get_mut(&key) else { return };
        if queue.is_some() {
            if let Some(declined) = gone {
                self.offer_over(&key, &leg.party, declined);
            }
            return;
        }
        if !ring.branches.is_empty() {
            return;
        }
        let (status, refusal) = ring.refusal.take().unwrap_or((480, None));
        let (outward, reason) = outward(status);
        let cause = match status {
            486 | 600 => "busy",
            603 => "declined",
            408 => "unreachable",
            488 | 606 | 415 => "not-acceptable",
            480 => "unavailable",
            _ => "failed",
        };
        self.refuse_call(&key, outward, reason, cause, refusal.as_deref());
    }

    /// Nobody answered in time.
    pub(super) fn on_ring_timeout(&mut self, key: &CallKey) {
        if !matches!(self.calls.get(key).map(|call| &call.stage), Some(Stage::Ringing(_))) {
            return;
        }
        self.stop_ringing(key, &[]);
        self.refuse_call(key, 480, "No answer", "no-answer", None);
    }

    /// Every phone that is rung falls silent, and is told `reason`.
    pub(super) fn stop_ringing(&mut self, key: &CallKey, reason: &[(&str, &str)]) {
        let Some(Call { stage: Stage::Ringing(ring), .. }) = self.calls.get_mut(key) else { return };
        for branch in std::mem::take(&mut ring.branches) {
            self.ep.hang_up(self.clock.now, branch, reason);
        }
    }

    /// Ends a call that was not answered with a refusal to the caller.
    pub(super) fn refuse_call(&mut self, key: &CallKey, status: u16, reason: &str, cause: &'static str, refusal: Option<&Message>) {
        let Some(call) = self.calls.get(key) else { return };
        let (caller, contact, by) = (call.caller, call.contact.clone(), call.to.clone());
        let by = (by != call.from).then_some(by);
        let mut headers = refusal.map(crossing).unwrap_or_default();
        headers.push(("Session-ID", session_id(&self.callee_half(key), Some(&contact))));
        if cause == "no-answer" {
            headers.push(("Reason", "Q.850;cause=19;text=\"No answer\"".to_owned()));
        }
        let (kind, by) = match cause {
            "busy" | "declined" => (ContactKind::Refused, by),
            "no-answer" | "timed-out" => (ContactKind::Missed, None),
            _ => (ContactKind::Failed, None),
        };
        self.queue_over(key);
        self.group_over(key, cause);
        self.report_contact(key, kind, by, Some(status), Some(cause));
        if self.calls.get(key).is_some_and(|call| call.parked) {
            self.dismiss(key, status, reason);
        } else {
            self.forget_row(key);
            let _ = self.ep.reject(self.clock.now, caller, status, reason, &borrowed(&headers));
        }
        self.end_call(key);
    }

    /// The caller gave up or is gone for good: every phone stops ringing.
    pub(super) fn abandon(&mut self, key: &CallKey, cause: Option<&'static str>) {
        self.leave_unanswered(key, cause, &[]);
    }

    /// Ends a call that nobody has answered without a word to its caller; phones that stop ringing are told `reason`.
    pub(super) fn leave_unanswered(&mut self, key: &CallKey, cause: Option<&'static str>, reason: &[(&str, &str)]) {
        let waited = matches!(self.calls.get(key), Some(Call { queue: Some(_), stage: Stage::Waiting | Stage::Ringing(_), .. }));
        self.queue_over(key);
        self.stop_ringing(key, reason);
        let Some(call) = self.calls.get(key) else { return };
        let by = call.from.clone();
        match &call.stage {
            Stage::Waiting | Stage::Ringing(_) => {}
            Stage::Answering { callee, .. } | Stage::Talking { callee, .. } => self.ep.hang_up(self.clock.now, *callee, &[]),
        }
        self.group_over(key, cause.unwrap_or("abandoned"));
        self.forget_row(key);
        let kind = if waited { ContactKind::Abandoned } else { ContactKind::Cancelled };
        self.report_contact(key, kind, Some(by), None, cause);
        self.end_call(key);
    }

    /// The half of the Session-ID that the caller is shown as the other side's.
    pub(super) fn callee_half(&self, key: &CallKey) -> String {
        let answered = self.calls.get(key).and_then(|call| match &call.stage {
            Stage::Answering { callee, .. } | Stage::Talking { callee, .. } => Some(*callee),
            Stage::Waiting | Stage::Ringing(_) => None,
        });
        let known = answered.and_then(|session| self.ep.session_id(session)).map(|(_, remote)| remote.to_owned());
        known
            .filter(|half| half.len() == 32 && half.bytes().any(|b| b != b'0'))
            .unwrap_or_else(|| self.made_session_id(&format!("{key}/callee")))
    }

    /// A Session-ID half for a phone that sends none, the same each time for one call.
    fn made_session_id(&self, key: &str) -> String {
        sip_ws::auth::Algorithm::Sha256.hash(&[b"session-id", key.as_bytes()])[..32].to_owned()
    }

    /// Name of a person.
    pub(super) fn name_of(&self, party: &Party) -> Option<String> {
        self.tenant(&party.tenant)?.person(&party.user).map(|(_, name)| name.to_owned())
    }

    /// The SIP domain that a call happens in.
    pub(super) fn domain_of(&self, key: &CallKey) -> String {
        let tenant = self.calls.get(key).map(|call| call.from.tenant.clone()).unwrap_or_default();
        self.tenant(&tenant).map(|t| t.sip_domain.clone()).unwrap_or_default()
    }
}

/// The caller asked not to be named (RFC 3323, 3325).
pub(super) fn is_anonymous(invite: &Message) -> bool {
    ["id", "user", "header"].iter().any(|token| {
        invite
            .header_values(HeaderName::Privacy)
            .any(|value| value.split(|b| matches!(b, b';' | b',')).any(|v| v.trim_ascii().eq_ignore_ascii_case(token.as_bytes())))
    })
}

/// What a door station reaches: the configuration says it, whatever the station dials.
fn rung_by(tenant: &Tenant, rings: &Rings) -> Result<Target, No> {
    match rings {
        Rings::Queue { name, .. } => {
            let queue = tenant.queues.iter().find(|queue| *queue.queue.name == **name).ok_or(No(404, "No such queue"))?;
            Ok(Target::Queue(queue.queue.clone(), queue.label.clone()))
        }
        Rings::People(users) => {
            let member = |user: &String| {
                let (user, name) = tenant.person(user)?;
                Some(Member::new(Party { tenant: tenant.id.clone(), user: user.to_owned() }, name.to_owned()))
            };
            let members: Vec<Member> = users.iter().filter_map(member).collect();
            if members.is_empty() { Err(No(404, "Rings nobody")) } else { Ok(Target::Group(members)) }
        }
    }
}

/// Where phones send their requests of this call: any address, since they reach us through their own socket.
pub(super) fn contact_of(key: &CallKey, domain: &str) -> String {
    format!("<sip:{key}@{domain};transport=ws>")
}

//! Server transactions of an endpoint: matching requests, sending responses.

use super::api::{EndpointEvent, ServerTxnId, SessionId};
use super::session::Offer;
use super::{Due, Endpoint};
use crate::codec::{HeaderName, Message, Method};
use crate::io::{FlowId, Millis};
use crate::timers;
use crate::transaction::{Effects, ServerInvite, ServerOther, key};

#[derive(Clone, Copy, Debug)]
enum Machine {
    Invite(ServerInvite),
    Other(ServerOther),
}

/// One server transaction.
#[derive(Debug)]
pub(super) struct ServerTxn {
    machine: Machine,
    pub(super) flow: FlowId,
    /// The request, without its body.
    pub(super) request: Message,
    /// Tag of our To where the request has none.
    pub(super) tag: String,
    /// The last response.
    pub(super) last: Option<Vec<u8>>,
    /// The session it belongs to.
    pub(super) session: Option<SessionId>,
    key: String,
    merged: Option<String>,
    /// When an owner that never answers is given up.
    forgotten: Millis,
}

impl ServerTxn {
    pub(super) fn is_open(&self) -> bool {
        match &self.machine {
            Machine::Invite(m) => m.is_open(),
            Machine::Other(m) => m.is_open(),
        }
    }

    fn is_accepted(&self) -> bool {
        matches!(&self.machine, Machine::Invite(m) if m.is_accepted())
    }

    fn is_terminated(&self) -> bool {
        match &self.machine {
            Machine::Invite(m) => m.is_terminated(),
            Machine::Other(m) => m.is_terminated(),
        }
    }

    fn deadline(&self) -> Option<Millis> {
        match &self.machine {
            Machine::Invite(m) => m.deadline(),
            Machine::Other(m) => m.deadline().or(m.is_open().then_some(self.forgotten)),
        }
    }
}

impl Endpoint {
    /// Answers a request that came as [`Request`](super::EndpointEvent::Request) or [`InDialog`](super::EndpointEvent::InDialog).
    ///
    /// `response` may be bare: Via, From, To (with our tag), Call-ID and CSeq are added where missing. Provisional ones may
    /// precede the final one. Too late or repeated answers are ignored.
    pub fn respond(&mut self, now: Millis, txn: ServerTxnId, response: Message) {
        let Some(entry) = self.servers.get(&txn.0) else { return };
        let session = entry.session;
        let is_final = response.status().unwrap_or_default() >= 200;
        self.answer(now, txn.0, response);
        if let (Some(session), true) = (session, is_final) {
            self.end_offer(session, |offer| *offer == Offer::TheirUpdate { txn: txn.0 });
        }
    }

    /// A response to a request that waits, with Via, From, To, Call-ID and CSeq; headers and a body can be added.
    #[must_use]
    pub fn response_to(&self, txn: ServerTxnId, code: u16, reason: &str) -> Option<Message> {
        self.reply(txn.0, code, reason)
    }

    /// 8.2.6.2: a response with our To tag.
    pub(super) fn reply(&self, id: u64, code: u16, reason: &str) -> Option<Message> {
        let entry = self.servers.get(&id)?;
        let mut reply = entry.request.reply(code, reason);
        if code > 100
            && let Some(to) = reply.to().ok().filter(|to| to.tag().is_none())
        {
            reply.set(HeaderName::To, to.with_param("tag", Some(&entry.tag)).as_str());
        }
        Some(reply)
    }

    /// A request of this endpoint's own is answered; says whether it is a new transaction and which.
    pub(super) fn open_server(&mut self, now: Millis, flow: FlowId, request: &Message, session: Option<SessionId>) -> Option<u64> {
        let method = request.method()?.clone();
        let key = key::server(request, &method)?;
        let reliable = self.flows.get(&flow).is_none_or(|f| f.config.reliable);
        let machine = match method {
            Method::Invite => Machine::Invite(ServerInvite::new(reliable)),
            _ => Machine::Other(ServerOther::new(reliable)),
        };
        let has_tag = request.to().is_ok_and(|to| to.tag().is_some());
        let merged = if has_tag { None } else { key::merged(request) };
        let id = self.new_id();
        let tag = self.ids.tag();
        let mut request = request.clone();
        request.clear_body();
        if let Some(merged) = &merged {
            // The first of them, for as long as it lives.
            self.merged.entry(merged.clone()).or_insert(id);
        }
        self.server_keys.insert(key.clone(), id);
        let entry =
            ServerTxn { machine, flow, request, tag, last: None, session, key, merged, forgotten: now.plus(timers::SERVER_FORGOTTEN) };
        self.schedule.set(Due::Server(id), entry.deadline());
        self.servers.insert(id, entry);
        Some(id)
    }

    /// 17.2.3: the same request again. `false`: it is new.
    pub(super) fn on_repeated(&mut self, flow: FlowId, request: &Message, method: &Method) -> bool {
        let Some(id) = key::server(request, method).and_then(|key| self.server_keys.get(&key).copied()) else { return false };
        let Some(entry) = self.servers.get_mut(&id) else { return false };
        let effects = match &mut entry.machine {
            Machine::Invite(m) => m.on_request(),
            Machine::Other(m) => m.on_request(),
        };
        if effects.send
            && let Some(last) = entry.last.clone()
        {
            self.transmit(flow, last);
        }
        true
    }

    /// 17.2.1: an ACK for a refusal of ours. `false`: the ACK is for the core.
    pub(super) fn on_ack_of_refusal(&mut self, now: Millis, ack: &Message) -> bool {
        let Some(id) = key::server(ack, &Method::Invite).and_then(|key| self.server_keys.get(&key).copied()) else { return false };
        let Some(entry) = self.servers.get_mut(&id) else { return false };
        let effects = match &mut entry.machine {
            Machine::Invite(m) => m.on_ack(now),
            Machine::Other(_) => Effects::default(),
        };
        self.settle_server(id);
        !effects.pass
    }

    /// The INVITE that a CANCEL means (9.2).
    pub(super) fn invite_of(&self, cancel: &Message) -> Option<u64> {
        self.server_keys.get(&key::server(cancel, &Method::Invite)?).copied()
    }

    /// Sends a response in a server transaction. Says whether it went out, and as which bytes.
    pub(super) fn answer(&mut self, now: Millis, id: u64, mut response: Message) -> Option<Vec<u8>> {
        let status = response.status()?;
        let base = self.reply(id, status, "")?;
        let entry = self.servers.get_mut(&id)?;
        let effects = match &mut entry.machine {
            Machine::Invite(m) => m.on_respond(now, status),
            Machine::Other(m) => m.on_respond(now, status),
        };
        if !effects.send {
            return None;
        }
        if (200..=299).contains(&status) {
            self.agree_as_callee(now, id, &mut response);
        }
        let entry = self.servers.get_mut(&id)?;
        for name in [HeaderName::CSeq, HeaderName::CallId, HeaderName::To, HeaderName::From, HeaderName::Via] {
            if response.header(name).is_none() {
                let values: Vec<Vec<u8>> = base.header_values(name).map(<[u8]>::to_vec).collect();
                for value in values.iter().rev() {
                    response.push_front(name, value);
                }
            }
        }
        if status > 100 {
            if response.to().is_ok_and(|to| to.tag().is_none())
                && let Some(to) = base.header(HeaderName::To)
            {
                response.set(HeaderName::To, to);
            }
            if response.header(HeaderName::Server).is_none() && !self.config.user_agent.is_empty() {
                response.push(HeaderName::Server, &self.config.user_agent);
            }
        }
        if let Some(session) = entry.session.and_then(|s| self.sessions.get(&s)) {
            session.halves.write(&mut response);
        }
        let bytes = response.to_bytes();
        // The core keeps its 2xx itself, with the session.
        entry.last = (!entry.is_accepted()).then(|| bytes.clone());
        let (flow, session) = (entry.flow, entry.session);
        self.transmit(flow, bytes.clone());
        self.settle_server(id);
        if let Some(session) = session {
            self.reschedule(session);
        }
        Some(bytes)
    }

    /// Sends a short response without anything special.
    pub(super) fn answer_short(&mut self, now: Millis, id: u64, code: u16, reason: &str) {
        if let Some(reply) = self.reply(id, code, reason) {
            self.answer(now, id, reply);
        }
    }

    pub(super) fn server_timeout(&mut self, now: Millis, id: u64) {
        let Some(entry) = self.servers.get_mut(&id) else { return };
        if entry.is_open() && entry.forgotten <= now {
            // RFC 4320 4.1: no 408 for a late answer. The owner's mistake must not fill the table, nor keep an offer open for good.
            let session = entry.session;
            self.remove_server(id);
            if let Some(session) = session
                && self.end_offer(session, |offer| *offer == Offer::TheirUpdate { txn: id })
            {
                self.event(EndpointEvent::ReofferWithdrawn { session });
            }
            return;
        }
        let effects = match &mut entry.machine {
            Machine::Invite(m) => m.on_timeout(now),
            Machine::Other(m) => m.on_timeout(now),
        };
        if effects.send {
            let (flow, last) = (entry.flow, entry.last.clone());
            if let Some(last) = last {
                self.transmit(flow, last);
            }
        }
        self.settle_server(id);
    }

    fn settle_server(&mut self, id: u64) {
        let Some(entry) = self.servers.get(&id) else { return };
        if entry.is_terminated() {
            self.remove_server(id);
        } else {
            let at = entry.deadline();
            self.schedule.set(Due::Server(id), at);
        }
    }

    pub(super) fn remove_server(&mut self, id: u64) {
        let Some(entry) = self.servers.remove(&id) else { return };
        if self.server_keys.get(&entry.key) == Some(&id) {
            self.server_keys.remove(&entry.key);
        }
        if let Some(merged) = entry.merged
            && self.merged.get(&merged) == Some(&id)
        {
            self.merged.remove(&merged);
        }
        self.schedule.set(Due::Server(id), None);
    }
}

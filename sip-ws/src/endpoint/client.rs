//! Client transactions of an endpoint: sending requests, matching responses, answering challenges.

use super::api::{EndpointEvent, Failure, RequestId};
use super::session::{Offer, Purpose, State};
use super::{Due, Endpoint};
use crate::auth::Answer;
use crate::codec::{HeaderName, Message, Method, Via};
use crate::io::{FlowId, Millis};
use crate::transaction::{ClientInvite, ClientOther, Effects, key};

/// Challenges to one request that are answered, such as those of two proxies: more would be a loop (CVE-2020-28242).
const MAX_ANSWERED: u8 = 2;

#[derive(Clone, Copy, Debug)]
enum Machine {
    Invite(ClientInvite),
    Other(ClientOther),
}

/// One client transaction with its request.
#[derive(Debug)]
pub(super) struct ClientTxn {
    machine: Machine,
    pub(super) flow: FlowId,
    pub(super) purpose: Purpose,
    /// As sent, with Via.
    pub(super) request: Message,
    answered: u8,
    key: String,
}

impl ClientTxn {
    fn is_open(&self) -> bool {
        match &self.machine {
            Machine::Invite(m) => m.is_open(),
            Machine::Other(m) => m.is_open(),
        }
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
            Machine::Other(m) => m.deadline(),
        }
    }

    pub(super) fn is_proceeding(&self) -> bool {
        matches!(&self.machine, Machine::Invite(m) if m.is_proceeding())
    }

    pub(super) fn on_cancelled(&mut self, now: Millis) {
        if let Machine::Invite(m) = &mut self.machine {
            m.on_cancelled(now);
        }
    }
}

impl Endpoint {
    /// Sends a request outside of sessions. Via is added; From tag, Call-ID, CSeq and Max-Forwards where missing.
    ///
    /// Ends with one [`EndpointEvent::Response`] or [`EndpointEvent::RequestFailed`]. Challenges are answered where the
    /// flow has credentials; the CSeq of the final response then tells the number last used.
    pub fn request(&mut self, now: Millis, flow: FlowId, mut message: Message) -> RequestId {
        let id = RequestId(self.new_id());
        self.complete(&mut message);
        if let Err(cause) = self.send_request(now, flow, message, Purpose::Free(id), 0) {
            self.event(EndpointEvent::RequestFailed { id, cause });
        }
        id
    }

    /// 8.1.1: what every request outside of a dialog needs.
    pub(super) fn complete(&mut self, message: &mut Message) {
        if let Ok(from) = message.from()
            && from.tag().is_none()
        {
            let tag = self.ids.tag();
            message.set(HeaderName::From, from.with_param("tag", Some(&tag)).as_str());
        }
        if message.header(HeaderName::CallId).is_none() {
            message.push(HeaderName::CallId, self.ids.call_id());
        }
        if message.header(HeaderName::CSeq).is_none() {
            let method = message.method().map_or("", Method::as_str).to_owned();
            message.push(HeaderName::CSeq, format!("1 {method}"));
        }
        if message.header(HeaderName::MaxForwards).is_none() {
            message.push(HeaderName::MaxForwards, "70");
        }
    }

    /// Sends a complete request (without Via) in a new client transaction.
    pub(super) fn send_request(
        &mut self,
        now: Millis,
        flow: FlowId,
        message: Message,
        purpose: Purpose,
        answered: u8,
    ) -> Result<u64, Failure> {
        let branch = self.ids.branch();
        self.send_with_branch(now, flow, message, purpose, answered, &branch)
    }

    /// As [`send_request`](Self::send_request), with the branch given: CANCEL has that of its INVITE.
    pub(super) fn send_with_branch(
        &mut self,
        now: Millis,
        flow: FlowId,
        mut message: Message,
        purpose: Purpose,
        answered: u8,
        branch: &str,
    ) -> Result<u64, Failure> {
        if self.clients.len() >= self.config.max_transactions {
            return Err(Failure::Limit);
        }
        let entry = self.flows.get_mut(&flow).ok_or(Failure::FlowLost)?;
        message.push_front(HeaderName::Via, Via::new(&entry.config.transport, &entry.config.sent_by, branch).as_str());
        let reliable = entry.config.reliable;
        let method = message.method().cloned().unwrap_or(Method::Other("".into()));
        if message.header(HeaderName::UserAgent).is_none() && !self.config.user_agent.is_empty() {
            message.push(HeaderName::UserAgent, &self.config.user_agent);
        }
        if answered == 0
            && method != Method::Cancel
            && let Some(digest) = &mut entry.digest
        {
            digest.prepare(&mut message, &mut self.ids);
        }
        let machine = match method {
            Method::Invite => Machine::Invite(ClientInvite::new(now, reliable)),
            _ => Machine::Other(ClientOther::new(now, reliable)),
        };
        let id = self.new_id();
        let key = key::client_of(branch, &method);
        let bytes = message.to_bytes();
        let txn = ClientTxn { machine, flow, purpose, request: message, answered, key: key.clone() };
        self.schedule.set(Due::Client(id), txn.deadline());
        self.client_keys.insert(key, id);
        self.clients.insert(id, txn);
        self.transmit(flow, bytes);
        Ok(id)
    }

    /// 17.1.3: a response came, by whatever flow (the one of the request may be gone).
    pub(super) fn on_response(&mut self, now: Millis, response: Message) {
        let Some(status) = response.status() else { return };
        let Some(id) = key::client(&response).and_then(|key| self.client_keys.get(&key).copied()) else {
            if (200..=299).contains(&status) {
                self.on_orphan_2xx(&response);
            }
            return;
        };
        let Some(txn) = self.clients.get_mut(&id) else { return };
        let effects = match &mut txn.machine {
            Machine::Invite(m) => m.on_response(now, status),
            Machine::Other(m) => m.on_response(now, status),
        };
        let purpose = txn.purpose;
        if effects.ack {
            self.ack_refusal(id, &response);
        }
        if effects.pass {
            self.deliver(now, id, purpose, response);
        }
        self.settle_client(id);
    }

    pub(super) fn client_timeout(&mut self, now: Millis, id: u64) {
        let Some(txn) = self.clients.get_mut(&id) else { return };
        let was_proceeding = txn.is_proceeding();
        let effects = match &mut txn.machine {
            Machine::Invite(m) => m.on_timeout(now),
            Machine::Other(m) => m.on_timeout(now),
        };
        let Effects { send, failed, ack: _, pass: _ } = effects;
        let (flow, purpose) = (txn.flow, txn.purpose);
        if send {
            let bytes = txn.request.to_bytes();
            self.transmit(flow, bytes);
        }
        if failed {
            // 16.8: a callee that rang for too long is told to stop.
            if was_proceeding && let Some((request, branch)) = self.cancel_request(id, &[]) {
                let _ = self.send_with_branch(now, flow, request, Purpose::Stray, 0, &branch);
            }
            self.remove_client(id);
            self.client_failed(now, purpose, Failure::Timeout);
        }
        self.settle_client(id);
    }

    fn deliver(&mut self, now: Millis, id: u64, purpose: Purpose, response: Message) {
        let status = response.status().unwrap_or_default();
        if let Some(session) = purpose.session().and_then(|s| self.sessions.get_mut(&s)) {
            session.halves.learn(&response);
        }
        if let Some(digest) = self.clients.get(&id).and_then(|t| self.flows.get_mut(&t.flow)).and_then(|f| f.digest.as_mut()) {
            digest.learn(&response);
        }
        if matches!(status, 401 | 407) && self.retry(now, id, purpose, &response) {
            return;
        }
        if status == 422 && self.raise_interval(now, id, purpose, &response) {
            return;
        }
        let agreed = purpose
            .session()
            .filter(|_| (200..=299).contains(&status) && self.config.session_timer.is_some())
            .map(|session| (session, response.clone()));
        match purpose {
            Purpose::Free(request) => {
                if status >= 200 {
                    self.event(EndpointEvent::Response { id: request, message: response });
                }
            }
            Purpose::Invite(session) => self.on_invite_response(now, session, id, response),
            Purpose::Reinvite(session) => self.on_reinvite_response(now, session, id, response),
            Purpose::Bye(session) => self.on_bye_response(session, response),
            Purpose::InDialog(session, request) => self.on_in_dialog_response(now, session, request, id, response),
            Purpose::Refresh(session) => self.on_refresh_response(now, session, &response),
            Purpose::Prack(_) | Purpose::Cancel(_) | Purpose::Stray => {}
        }
        if let Some((session, response)) = agreed {
            self.agree_as_caller(now, session, &response);
        }
    }

    /// 22.2: sends the request again with credentials, if the challenge can be answered.
    fn retry(&mut self, now: Millis, id: u64, purpose: Purpose, response: &Message) -> bool {
        let Some(txn) = self.clients.get(&id) else { return false };
        let flow = txn.flow;
        if txn.answered >= MAX_ANSWERED {
            return false;
        }
        let mut request = txn.request.clone();
        let Some(digest) = self.flows.get_mut(&flow).and_then(|f| f.digest.as_mut()) else { return false };
        match digest.answer(&mut request, response, &mut self.ids) {
            Answer::Retry => {}
            Answer::WrongCredentials | Answer::Unanswerable => return false,
        }
        if let Some(txn) = self.clients.get_mut(&id) {
            txn.answered += 1;
        }
        self.send_again(now, id, purpose, request)
    }

    /// Sends a request again, changed, with the next number and in a new transaction that takes the place of the one before.
    pub(super) fn send_again(&mut self, now: Millis, id: u64, purpose: Purpose, mut request: Message) -> bool {
        let Some((flow, answered)) = self.clients.get(&id).map(|txn| (txn.flow, txn.answered)) else { return false };
        if !self.wants_retry(purpose) {
            return false;
        }
        request.remove_first(HeaderName::Via);
        let Some(number) = self.next_number(purpose, &request) else { return false };
        let method = request.method().map_or("", Method::as_str).to_owned();
        request.set(HeaderName::CSeq, format!("{number} {method}"));
        if let Some(session) = purpose.session() {
            self.changed(session);
        }
        match self.send_request(now, flow, request, purpose, answered) {
            Ok(new) => self.replace_txn(purpose, id, new),
            Err(cause) => self.client_failed(now, purpose, cause),
        }
        true
    }

    fn wants_retry(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Invite(id) => {
                self.sessions.get(&id).is_some_and(|s| matches!(s.state, State::Calling { cancel: super::session::Cancel::No, .. }))
            }
            Purpose::Free(_) => true,
            Purpose::Reinvite(id) | Purpose::Bye(id) | Purpose::InDialog(id, _) | Purpose::Refresh(id) | Purpose::Prack(id) => {
                self.sessions.contains_key(&id)
            }
            Purpose::Cancel(_) | Purpose::Stray => false,
        }
    }

    fn next_number(&mut self, purpose: Purpose, request: &Message) -> Option<u32> {
        let in_dialog = match purpose {
            Purpose::Reinvite(id) | Purpose::Bye(id) | Purpose::InDialog(id, _) | Purpose::Refresh(id) | Purpose::Prack(id) => {
                // Of a caller with several early dialogs, each counts on its own.
                self.sessions.get_mut(&id)?.dialog_of(request.to().ok()?.tag().unwrap_or_default())
            }
            Purpose::Free(_) | Purpose::Invite(_) | Purpose::Cancel(_) | Purpose::Stray => None,
        };
        match in_dialog {
            Some(dialog) => {
                dialog.local_cseq = dialog.local_cseq.saturating_add(1);
                Some(dialog.local_cseq)
            }
            None => Some(request.cseq().ok()?.number.saturating_add(1)),
        }
    }

    fn replace_txn(&mut self, purpose: Purpose, old: u64, new: u64) {
        let Some(session) = purpose.session().and_then(|id| self.sessions.get_mut(&id)) else { return };
        match &mut session.state {
            State::Calling { txn, .. } if *txn == old => {
                *txn = new;
                session.early.clear();
                // RFC 3262 4: numbers are counted per INVITE.
                session.reliable = None;
            }
            State::Ending { txn, .. } if *txn == Some(old) => *txn = Some(new),
            State::Calling { .. } | State::Ringing { .. } | State::Established | State::Ending { .. } => {}
        }
        match &mut session.offer {
            Offer::Ours { txn, .. } | Offer::OurUpdate { txn } if *txn == old => *txn = new,
            Offer::None | Offer::Ours { .. } | Offer::OurUpdate { .. } | Offer::Theirs { .. } | Offer::TheirUpdate { .. } => {}
        }
    }

    /// 17.1.1.3: the ACK of a refusal belongs to the transaction of its INVITE.
    fn ack_refusal(&mut self, id: u64, response: &Message) {
        let Some(txn) = self.clients.get(&id) else { return };
        let Some(mut ack) = copy_of(&txn.request, Method::Ack) else { return };
        if let Some(to) = response.header(HeaderName::To) {
            ack.set(HeaderName::To, to);
        }
        vouch(&mut ack, &txn.request);
        let flow = txn.flow;
        self.transmit(flow, ack.to_bytes());
    }

    /// 9.1: the CANCEL of an INVITE, without Via, and the branch that both share.
    pub(super) fn cancel_request(&self, id: u64, headers: super::Headers<'_>) -> Option<(Message, String)> {
        let txn = self.clients.get(&id)?;
        let branch = txn.request.top_via().ok()?.branch()?.to_owned();
        let mut cancel = copy_of(&txn.request, Method::Cancel)?;
        cancel.remove(HeaderName::Via);
        super::session::fill(&mut cancel, headers.iter().copied(), None);
        Some((cancel, branch))
    }

    pub(super) fn client_is_open(&self, id: u64) -> bool {
        self.clients.get(&id).is_some_and(ClientTxn::is_open)
    }

    /// The machine may have ended or moved its deadline.
    pub(super) fn settle_client(&mut self, id: u64) {
        let Some(txn) = self.clients.get(&id) else { return };
        if txn.is_terminated() {
            self.remove_client(id);
        } else {
            let at = txn.deadline();
            self.schedule.set(Due::Client(id), at);
        }
    }

    pub(super) fn remove_client(&mut self, id: u64) {
        if let Some(txn) = self.clients.remove(&id) {
            self.client_keys.remove(&txn.key);
            self.schedule.set(Due::Client(id), None);
        }
    }
}

/// 13.2.2.4, 22.1: an ACK has the credentials of its INVITE, since it cannot be challenged.
pub(super) fn vouch(ack: &mut Message, invite: &Message) {
    for name in [HeaderName::Authorization, HeaderName::ProxyAuthorization] {
        for value in invite.header_values(name) {
            ack.push(name, value);
        }
    }
}

/// What ACK (17.1.1.3) and CANCEL (9.1) have in common with their INVITE: Request-URI, top Via, Route, identity.
fn copy_of(invite: &Message, method: Method) -> Option<Message> {
    let number = invite.cseq().ok()?.number;
    let name = method.as_str().to_owned();
    let mut message = Message::request(method, invite.uri()?);
    message.push(HeaderName::Via, invite.top_via().ok()?.as_str());
    for name in [HeaderName::Route, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::SessionId] {
        for value in invite.header_values(name) {
            message.push(name, value);
        }
    }
    message.push(HeaderName::MaxForwards, "70");
    message.push(HeaderName::CSeq, format!("{number} {name}"));
    Some(message)
}

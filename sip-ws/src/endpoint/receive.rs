//! What arrives at an endpoint: framing and validation, then to its transaction, session or owner.

use super::Endpoint;
use super::api::{DialogPhase, EndedBy, EndpointEvent, ServerTxnId, SessionId};
use super::session::{Offer, State};
use crate::codec::{self, DialogRef, HeaderName, Message, Method};
use crate::io::{FlowId, Millis};
use crate::transaction::key;

impl Endpoint {
    /// One frame arrived: a message or a keep-alive. Nothing of it can panic, and broken requests are answered as RFC 4475 asks.
    pub fn receive(&mut self, now: Millis, flow: FlowId, bytes: &[u8]) {
        if codec::is_keep_alive(bytes) {
            // RFC 5626 4.4.1: the double one asks, the single one answers.
            if bytes.len() >= 4 {
                self.transmit(flow, b"\r\n".to_vec());
            }
            return;
        }
        match Message::parse(bytes) {
            Ok(message) => self.receive_message(now, flow, message),
            Err(error) => {
                if let (Some(status), Some(request)) = (error.status(), error.request()) {
                    self.answer_stateless(flow, request, status, &error.to_string());
                }
            }
        }
    }

    /// As [`receive`](Self::receive), for an owner that parsed the message itself.
    pub fn receive_message(&mut self, now: Millis, flow: FlowId, message: Message) {
        if let Err(reject) = codec::validate(&message) {
            if let Some(status) = reject.status.filter(|_| message.is_request()) {
                self.answer_stateless(flow, &message, status, &reject.to_string());
            }
            return;
        }
        match message.method().cloned() {
            None => self.on_response(now, message),
            Some(Method::Ack) => self.on_ack(now, message),
            Some(Method::Cancel) => self.on_cancel(now, flow, message),
            Some(method) => self.on_request(now, flow, message, &method),
        }
    }

    /// The session whose dialog a request belongs to, whatever its flow.
    #[must_use]
    pub fn session_of(&self, request: &Message) -> Option<SessionId> {
        let to = request.to().ok()?;
        self.dialogs.get(request.call_id().ok()?, to.tag()?)
    }

    /// The session that a Replaces, Join or Target-Dialog means (RFC 3891 3), and in which state it is.
    #[must_use]
    pub fn find_dialog(&self, reference: &DialogRef) -> Option<(SessionId, DialogPhase)> {
        let id = self.dialogs.get(&reference.call_id, &reference.to_tag)?;
        let session = self.sessions.get(&id)?;
        let phase = match &session.state {
            State::Calling { .. } if session.early.contains_key(&*reference.from_tag) => DialogPhase::EarlyOurs,
            State::Calling { .. } => return None,
            State::Ringing { .. } => DialogPhase::EarlyTheirs,
            State::Established => DialogPhase::Confirmed,
            State::Ending { .. } => DialogPhase::Over,
        };
        let matches = session.dialog.as_ref().is_none_or(|dialog| dialog.remote_tag == *reference.from_tag);
        matches.then_some((id, phase))
    }

    /// A response outside of transactions (8.2.7): for what is too broken or too much.
    fn answer_stateless(&mut self, flow: FlowId, request: &Message, code: u16, reason: &str) {
        if request.method() == Some(&Method::Ack) {
            return;
        }
        let mut reply = request.reply(code, reason);
        if let Some(to) = reply.to().ok().filter(|to| to.tag().is_none()) {
            // The tag has to be the same for a repeated request; which one does not matter.
            reply.set(HeaderName::To, to.with_param("tag", Some("stateless")).as_str());
        }
        if code == 503 {
            reply.push(HeaderName::RetryAfter, "5");
        }
        self.transmit(flow, reply.to_bytes());
    }

    fn on_request(&mut self, now: Millis, flow: FlowId, request: Message, method: &Method) {
        if self.on_repeated(flow, &request, method) {
            return;
        }
        if self.servers.len() >= self.config.max_transactions {
            self.answer_stateless(flow, &request, 503, "Too Many Transactions");
            return;
        }
        let has_tag = request.to().is_ok_and(|to| to.tag().is_some());
        let session = self.session_of(&request);
        if let Some(session) = session.and_then(|id| self.sessions.get(&id)) {
            session.fetch();
        }
        // 8.2.2.2: the same request came by another path.
        let merged = !has_tag && key::merged(&request).is_some_and(|m| self.merged.contains_key(&m));
        let Some(id) = self.open_server(now, flow, &request, session) else { return };
        if merged {
            self.answer_short(now, id, 482, "Loop Detected");
            return;
        }
        if let Some(refused) = self.check(&request) {
            if let Some(mut reply) = self.reply(id, refused.code, refused.reason) {
                if let Some((name, value)) = refused.explain {
                    reply.push(name, value);
                }
                self.answer(now, id, reply);
            }
            return;
        }
        match (session, has_tag) {
            (Some(session), _) => self.on_in_dialog(now, session, id, request, method),
            (None, true) if *method == Method::Notify && self.is_notified(&request) => {
                self.event(EndpointEvent::Request { txn: ServerTxnId(id), flow, message: request });
            }
            (None, true) => {
                self.unsolicited += u64::from(*method == Method::Notify);
                self.answer_short(now, id, 481, "Call/Transaction Does Not Exist");
            }
            (None, false) => self.on_out_of_dialog(now, flow, id, request, method),
        }
    }

    /// RFC 6665 4.1.3: a notification of a subscription of the owner.
    fn is_notified(&self, notify: &Message) -> bool {
        let (Ok(call_id), Ok(to)) = (notify.call_id(), notify.to()) else { return false };
        self.notified.contains(&(call_id.to_owned(), to.tag().unwrap_or_default().to_owned()))
    }

    fn on_out_of_dialog(&mut self, now: Millis, flow: FlowId, id: u64, request: Message, method: &Method) {
        match method {
            Method::Invite => self.on_invite(now, flow, id, request),
            // These exist in dialogs only.
            Method::Bye | Method::Update | Method::Info | Method::Prack => {
                self.answer_short(now, id, 481, "Call/Transaction Does Not Exist")
            }
            Method::Options if self.config.answer_options => {
                if let Some(mut reply) = self.reply(id, 200, "OK") {
                    self.describe(&mut reply);
                    self.answer(now, id, reply);
                }
            }
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Options
            | Method::Refer
            | Method::Notify
            | Method::Subscribe
            | Method::Message
            | Method::Publish
            | Method::Other(_) => self.event(EndpointEvent::Request { txn: ServerTxnId(id), flow, message: request }),
        }
    }

    /// 13.3.1.4: the ACK of a 2xx; 17.2.1: or of a refusal.
    fn on_ack(&mut self, now: Millis, ack: Message) {
        if self.on_ack_of_refusal(now, &ack) {
            return;
        }
        let Some(id) = self.session_of(&ack) else { return };
        let (Ok(cseq), Some(session)) = (ack.cseq(), self.sessions.get_mut(&id)) else { return };
        if session.unacked.as_ref().is_none_or(|u| u.cseq != cseq.number) {
            return;
        }
        session.halves.learn(&ack);
        session.unacked = None;
        let bye = session.bye_wanted.take();
        self.event(EndpointEvent::Confirmed { session: id, ack });
        if let Some(headers) = bye {
            self.begin_bye(now, id, headers, EndedBy::Local);
        }
        self.reschedule(id);
    }

    /// 9.2.
    fn on_cancel(&mut self, now: Millis, flow: FlowId, cancel: Message) {
        if self.on_repeated(flow, &cancel, &Method::Cancel) {
            return;
        }
        let invite = self.invite_of(&cancel);
        let session = invite.and_then(|i| self.servers.get(&i)?.session);
        let Some(id) = self.open_server(now, flow, &cancel, session) else { return };
        let Some(invite) = invite else {
            self.answer_short(now, id, 481, "Call/Transaction Does Not Exist");
            return;
        };
        // 9.2: the To tag of the 200 should be that of the INVITE's responses.
        if let Some(tag) = self.servers.get(&invite).map(|i| i.tag.clone())
            && let Some(entry) = self.servers.get_mut(&id)
        {
            entry.tag = tag;
        }
        self.answer_short(now, id, 200, "OK");
        if !self.servers.get(&invite).is_some_and(super::ServerTxn::is_open) {
            return;
        }
        self.answer_short(now, invite, 487, "Request Terminated");
        let Some(id) = session else { return };
        let Some(entry) = self.sessions.get_mut(&id) else { return };
        match entry.state {
            State::Ringing { txn, .. } if txn == invite => {
                self.finish(id, EndpointEvent::Ended { session: id, cause: EndedBy::Cancel, message: Some(cancel) });
            }
            State::Established if matches!(entry.offer, Offer::Theirs { txn, .. } if txn == invite) => {
                entry.offer = Offer::None;
                self.event(EndpointEvent::ReofferWithdrawn { session: id });
                self.reschedule(id);
            }
            State::Calling { .. } | State::Ringing { .. } | State::Established | State::Ending { .. } => {}
        }
    }
}

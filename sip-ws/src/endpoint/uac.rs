//! Sessions that we start: INVITE, its responses from one or more forks, CANCEL (RFC 3261 9, 13.2).

use super::Endpoint;
use super::api::{Body, EndedBy, EndpointEvent, Failure, MAX_EARLY_DIALOGS, SessionError, SessionId};
use super::client::vouch;
use super::session::{Cancel, OwnedHeaders, Purpose, Session, State, fill};
use crate::codec::{HeaderName, Message, Method};
use crate::dialog::Dialog;
use crate::io::{FlowId, Millis};

impl Endpoint {
    /// Starts a session with a complete INVITE (without Via; From tag, Call-ID, CSeq, Max-Forwards, Allow, Supported and
    /// Session-ID are added where missing). It must carry our Contact.
    pub fn invite(&mut self, now: Millis, flow: FlowId, mut message: Message) -> SessionId {
        let id = SessionId(self.new_id());
        self.complete(&mut message);
        self.describe(&mut message);
        let half = self.ids.session_id();
        let call_id = message.call_id().unwrap_or_default();
        let from = message.from();
        let tag = from.as_ref().ok().and_then(|f| f.tag()).unwrap_or_default();
        let late_offer = message.body().is_empty();
        let state = State::Calling { txn: 0, cancel: Cancel::No, late_offer };
        let mut session = Session::new(Some(flow), true, state, &half, self.dialogs.key(call_id, tag));
        if let Some(given) = message.header_str(HeaderName::SessionId) {
            session.halves.adopt(given);
        }
        session.halves.write(&mut message);
        session.timer.write(self.config.session_timer.as_ref(), &mut message);
        if self.sessions.len() >= self.config.max_sessions {
            self.event(EndpointEvent::Failed { session: id, cause: Failure::Limit });
            return id;
        }
        match self.send_request(now, flow, message, Purpose::Invite(id), 0) {
            Ok(new) => {
                if let State::Calling { txn, .. } = &mut session.state {
                    *txn = new;
                }
                self.dialogs.insert(session.index, id);
                self.sessions.insert(id, Box::new(session));
            }
            Err(cause) => self.event(EndpointEvent::Failed { session: id, cause }),
        }
        id
    }

    /// Acknowledges the 2xx to an INVITE or re-INVITE of ours that had no body; `body` answers the offer in it.
    ///
    /// # Errors
    /// [`SessionError::State`] when nothing waits for it.
    pub fn ack(&mut self, now: Millis, session: SessionId, body: Option<Body>) -> Result<(), SessionError> {
        let entry = self.sessions.get_mut(&session).ok_or(SessionError::Unknown)?;
        let number = entry.ack_due.take().ok_or(SessionError::State)?;
        self.send_ack(session, number, body.as_ref());
        let bye = self.sessions.get_mut(&session).and_then(|s| s.bye_wanted.take());
        if let Some(headers) = bye {
            self.begin_bye(now, session, headers, EndedBy::Local);
        }
        Ok(())
    }

    /// Whether anything has come back to the INVITE of a session of ours, be it a 100.
    #[must_use]
    pub fn is_heard(&self, session: SessionId) -> bool {
        match self.sessions.get(&session).map(|session| &session.state) {
            Some(State::Calling { txn, .. }) => self.clients.get(txn).is_some_and(super::ClientTxn::is_proceeding),
            Some(State::Ringing { .. } | State::Established | State::Ending { .. }) => true,
            None => false,
        }
    }

    /// 13.2.2.4.
    pub(super) fn send_ack(&mut self, id: SessionId, number: u32, body: Option<&Body>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(dialog) = &session.dialog else { return };
        let mut ack = dialog.ack(number);
        session.halves.write(&mut ack);
        fill(&mut ack, [], body);
        let flow = session.flow;
        let asked = flow.and_then(|flow| self.flows.get(&flow)).is_some_and(|flow| flow.digest.is_some());
        let invite = self.clients.values().filter(|_| asked).find(|txn| {
            matches!(txn.purpose, Purpose::Invite(of) | Purpose::Reinvite(of) if of == id)
                && txn.request.cseq().is_ok_and(|cseq| cseq.number == number)
        });
        if let Some(invite) = invite {
            vouch(&mut ack, &invite.request);
        }
        let bytes = self.ack_bytes(flow, ack);
        if let Some(session) = self.sessions.get_mut(&id) {
            session.acked = Some((number, bytes.clone()));
        }
        if let Some(flow) = flow {
            self.transmit(flow, bytes);
        }
    }

    /// An ACK of a 2xx is a transaction of its own, with a branch of its own.
    fn ack_bytes(&mut self, flow: Option<FlowId>, mut ack: Message) -> Vec<u8> {
        let branch = self.ids.branch();
        if let Some(config) = flow.and_then(|f| self.flows.get(&f)).map(|f| &f.config) {
            ack.push_front(HeaderName::Via, crate::codec::Via::new(&config.transport, &config.sent_by, &branch).as_str());
        }
        ack.to_bytes()
    }

    pub(super) fn on_invite_response(&mut self, now: Millis, id: SessionId, txn: u64, response: Message) {
        let status = response.status().unwrap_or_default();
        let tag = response.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default();
        let calling = self.sessions.get(&id).is_some_and(|s| matches!(s.state, State::Calling { txn: open, .. } if open == txn));
        match (calling, status) {
            (true, ..=199) => self.on_provisional(now, id, txn, status, tag, response),
            (true, 200..=299) => self.on_accepted(now, id, txn, &tag, response),
            (true, 300..) => {
                let cancelled = self.sessions.get(&id).is_some_and(|s| !matches!(s.state, State::Calling { cancel: Cancel::No, .. }));
                let event = if cancelled {
                    EndpointEvent::Ended { session: id, cause: EndedBy::Local, message: Some(response) }
                } else {
                    EndpointEvent::Rejected { session: id, message: response }
                };
                self.finish(id, event);
            }
            (false, 200..=299) => self.on_accepted_again(now, id, txn, &tag, &response),
            (false, ..=199 | 300..) => {}
        }
    }

    fn on_provisional(&mut self, now: Millis, id: SessionId, txn: u64, status: u16, tag: String, response: Message) {
        let Some(request) = self.clients.get(&txn).map(|t| &t.request) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if status > 100 && !tag.is_empty() {
            if let Some(dialog) = session.early.get_mut(&tag) {
                dialog.refresh_target(&response);
                session.last_early.clone_from(&tag);
            } else if session.early.len() < MAX_EARLY_DIALOGS
                && let Ok(dialog) = Dialog::from_response(request, &response)
            {
                session.early.insert(tag.clone(), dialog);
                session.last_early.clone_from(&tag);
            }
            if !self.confirm_provisional(now, id, &tag, &response) {
                return;
            }
        }
        let Some(session) = self.sessions.get(&id) else { return };
        let cancelled = !matches!(session.state, State::Calling { cancel: Cancel::No, .. });
        self.cancel_if_possible(now, id);
        if status > 100 && !cancelled {
            self.event(EndpointEvent::Provisional { session: id, message: response });
        }
    }

    /// 13.2.2.4: the first 2xx makes the dialog.
    fn on_accepted(&mut self, now: Millis, id: SessionId, txn: u64, tag: &str, response: Message) {
        let Some(request) = self.clients.get(&txn).map(|t| &t.request) else { return };
        let Ok(mut dialog) = Dialog::from_response(request, &response) else { return };
        if let Some(entry) = self.clients.get_mut(&txn) {
            // It stays for other forks, which need its headers only.
            entry.request.clear_body();
        }
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let number = dialog.local_cseq;
        if let Some(early) = session.early.remove(tag) {
            dialog.local_cseq = dialog.local_cseq.max(early.local_cseq);
            dialog.remote_cseq = early.remote_cseq;
        }
        session.early.clear();
        session.begin(dialog);
        if session.is_dead_fork(tag) {
            session.state = State::Established;
            self.send_ack(id, number, None);
            self.finish(id, EndpointEvent::Ended { session: id, cause: EndedBy::Bye, message: None });
            return;
        }
        let State::Calling { cancel, late_offer, .. } = std::mem::replace(&mut session.state, State::Established) else { return };
        match cancel {
            // 9.1, 15: the CANCEL came too late.
            Cancel::Wanted(headers) | Cancel::Sent(headers) => {
                self.send_ack(id, number, None);
                self.begin_bye(now, id, headers, EndedBy::Local);
            }
            Cancel::No => {
                session.ack_due = late_offer.then_some(number);
                self.changed(id);
                self.event(EndpointEvent::Accepted { session: id, message: response });
                if !late_offer {
                    self.send_ack(id, number, None);
                }
            }
        }
    }

    /// A 2xx again: from the same fork it wants our ACK again, from another one it is acknowledged and ended.
    fn on_accepted_again(&mut self, now: Millis, id: SessionId, txn: u64, tag: &str, response: &Message) {
        let known = self.sessions.get(&id).and_then(|s| Some((s.flow, s.dialog.as_ref()?.remote_tag == tag, s.acked.clone())));
        match known {
            Some((flow, true, acked)) => {
                let number = response.cseq().map_or(0, |c| c.number);
                if let (Some(flow), Some((_, bytes))) = (flow, acked.filter(|(n, _)| *n == number)) {
                    self.transmit(flow, bytes);
                }
            }
            Some((_, false, _)) | None => self.dismiss(now, txn, response),
        }
    }

    /// A 2xx to an INVITE whose transaction went with its flow, or with a restart. The peer repeats it and would end the call
    /// without our ACK; what it answered is settled by the next offer.
    pub(super) fn on_orphan_2xx(&mut self, response: &Message) {
        let (Ok(cseq), Ok(call_id), Ok(from), Ok(to)) = (response.cseq(), response.call_id(), response.from(), response.to()) else {
            return;
        };
        if cseq.method != Method::Invite {
            return;
        }
        let Some(id) = self.dialogs.get(call_id, from.tag().unwrap_or_default()) else { return };
        let known = self.sessions.get(&id).and_then(|s| Some((s.flow?, s.dialog.as_ref()?, &s.acked)));
        let Some((flow, dialog, acked)) = known else { return };
        if Some(dialog.remote_tag.as_str()) != to.tag() || cseq.number > dialog.local_cseq {
            return;
        }
        match acked.clone().filter(|(number, _)| *number == cseq.number) {
            Some((_, bytes)) => self.transmit(flow, bytes),
            None => self.send_ack(id, cseq.number, None),
        }
    }

    fn dismiss(&mut self, now: Millis, txn: u64, response: &Message) {
        let Some(entry) = self.clients.get(&txn) else { return };
        let flow = entry.flow;
        let Ok(mut dialog) = Dialog::from_response(&entry.request, response) else { return };
        let mut ack = dialog.ack(dialog.local_cseq);
        vouch(&mut ack, &entry.request);
        let bytes = self.ack_bytes(Some(flow), ack);
        self.transmit(flow, bytes);
        let bye = dialog.request(Method::Bye);
        // Nobody waits for it; at the limit the fork's own timers end it.
        let _ = self.send_request(now, flow, bye, Purpose::Stray, 0);
    }

    pub(super) fn cancel_invite(&mut self, now: Millis, id: SessionId, headers: OwnedHeaders) {
        if let Some(Session { state: State::Calling { cancel: cancel @ Cancel::No, .. }, .. }) =
            self.sessions.get_mut(&id).map(AsMut::as_mut)
        {
            *cancel = Cancel::Wanted(headers);
        }
        self.cancel_if_possible(now, id);
    }

    /// 9.1: a CANCEL is sent only after a provisional response.
    pub(super) fn cancel_if_possible(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let (State::Calling { txn, cancel, .. }, Some(flow)) = (&mut session.state, session.flow) else { return };
        let txn = *txn;
        if !self.clients.get(&txn).is_some_and(super::ClientTxn::is_proceeding) {
            return;
        }
        let Cancel::Wanted(headers) = cancel else { return };
        let headers = std::mem::take(headers);
        *cancel = Cancel::Sent(headers.clone());
        let borrowed: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let Some((request, branch)) = self.cancel_request(txn, &borrowed) else { return };
        if let Some(entry) = self.clients.get_mut(&txn) {
            entry.on_cancelled(now);
        }
        self.settle_client(txn);
        // Without it the INVITE still ends after 64·T1.
        let _ = self.send_with_branch(now, flow, request, Purpose::Cancel(id), 0, &branch);
    }
}

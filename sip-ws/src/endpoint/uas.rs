//! Sessions that a peer starts: provisional responses, 2xx until its ACK, refusal (RFC 3261 13.3).

use super::Endpoint;
use super::api::{Body, EndedBy, EndpointEvent, Headers, SessionError, SessionId};
use super::session::{OwnedHeaders, Session, State, Unacked, fill};
use crate::codec::{HeaderName, Message};
use crate::dialog::Dialog;
use crate::io::{FlowId, Millis};
use crate::timers;

impl Endpoint {
    pub(super) fn on_invite(&mut self, now: Millis, flow: FlowId, txn: u64, request: Message) {
        if self.sessions.len() >= self.config.max_sessions {
            self.answer_short(now, txn, 503, "Too Many Calls");
            return;
        }
        let Some(tag) = self.servers.get(&txn).map(|t| t.tag.clone()) else { return };
        let Ok(dialog) = Dialog::from_request(&request, &tag, "") else {
            self.answer_short(now, txn, 400, "Bad Request");
            return;
        };
        let id = SessionId(self.new_id());
        let state = State::Ringing { txn, give_up: now.plus(timers::RING_LIMIT), again: None };
        let half = self.ids.session_id();
        let mut session = Session::new(Some(flow), false, state, &half, self.dialogs.key(&dialog.call_id, &tag));
        session.begin(dialog);
        session.halves.learn(&request);
        session.timer.learn(&request);
        self.dialogs.insert(session.index, id);
        self.sessions.insert(id, Box::new(session));
        if let Some(entry) = self.servers.get_mut(&txn) {
            entry.session = Some(id);
        }
        self.answer_short(now, txn, 100, "Trying");
        self.reschedule(id);
        self.event(EndpointEvent::Incoming { session: id, flow, message: request });
    }

    /// Sets our Contact for a session that is not answered yet, so that [`snapshot`](Self::snapshot) is complete before
    /// [`accept`](Self::accept).
    pub fn set_contact(&mut self, session: SessionId, contact: &str) {
        if let Some(dialog) = self.sessions.get_mut(&session).and_then(|s| s.dialog.as_mut()) {
            contact.clone_into(&mut dialog.contact);
        }
    }

    /// Sends a provisional response (101 to 199) to an INVITE. A Contact among the headers becomes ours.
    ///
    /// # Errors
    /// [`SessionError::State`] when the session is answered already, [`SessionError::Busy`] while one that the caller wants to be
    /// reliable (RFC 3262) waits for its PRACK.
    pub fn progress(
        &mut self,
        now: Millis,
        session: SessionId,
        code: u16,
        reason: &str,
        headers: Headers<'_>,
        body: Option<Body>,
    ) -> Result<(), SessionError> {
        let txn = self.ringing(session)?;
        if !(100..=199).contains(&code) {
            return Err(SessionError::State);
        }
        let reliable = self.wants_reliable(txn, code);
        if reliable && self.sessions.get(&session).is_some_and(|s| s.unconfirmed().is_some()) {
            return Err(SessionError::Busy);
        }
        let mut response = self.invite_response(session, txn, code, reason, headers, body.as_ref()).ok_or(SessionError::State)?;
        if reliable {
            self.number_provisional(session, &mut response);
        }
        let number = response.cseq().map_err(|_| SessionError::State)?.number;
        let bytes = self.answer(now, txn, response);
        if let Some(Session { state: State::Ringing { again, give_up, .. }, .. }) = self.sessions.get_mut(&session).map(AsMut::as_mut) {
            // Whoever says that it goes on does not leave it to the limit: a caller may wait in a queue for longer.
            *give_up = now.plus(timers::RING_LIMIT);
            *again = (code > 100 && !reliable).then(|| now.plus(timers::PROGRESS_RESEND));
        }
        if let Some(bytes) = bytes.filter(|_| reliable) {
            self.await_prack(now, session, number, bytes, body.is_some());
        }
        self.reschedule(session);
        Ok(())
    }

    /// Answers an INVITE with 200. `contact` is our Contact, a header value such as `<sip:…>`, used for the whole dialog.
    /// The 200 is repeated until its ACK comes ([`EndpointEvent::Confirmed`]).
    ///
    /// # Errors
    /// [`SessionError::State`] when the session is answered already, [`SessionError::Busy`] while a reliable provisional response
    /// with a description waits for its PRACK (RFC 3262 section 3).
    pub fn accept(
        &mut self,
        now: Millis,
        session: SessionId,
        contact: &str,
        headers: Headers<'_>,
        body: Option<Body>,
    ) -> Result<(), SessionError> {
        let txn = self.ringing(session)?;
        if self.sessions.get(&session).is_some_and(|s| s.unconfirmed().is_some_and(|sent| sent.describes)) {
            return Err(SessionError::Busy);
        }
        self.set_contact(session, contact);
        let mut response = self.invite_response(session, txn, 200, "OK", headers, body.as_ref()).ok_or(SessionError::State)?;
        self.describe(&mut response);
        let number = response.cseq().map_err(|_| SessionError::State)?.number;
        if let Some(entry) = self.sessions.get_mut(&session) {
            entry.state = State::Established;
            // RFC 3262 3: it is not repeated any more, but its PRACK may still come.
            entry.reliable.take_if(|reliable| reliable.sent.is_none());
        }
        self.changed(session);
        let bytes = self.answer(now, txn, response).ok_or(SessionError::State)?;
        if let Some(entry) = self.sessions.get_mut(&session) {
            entry.unacked = Some(Box::new(Unacked::new(now, number, bytes)));
        }
        self.reschedule(session);
        Ok(())
    }

    /// Refuses an INVITE (300 to 699). The session ends with [`EndedBy::Local`].
    ///
    /// # Errors
    /// [`SessionError::State`] when the session is answered already.
    pub fn reject(&mut self, now: Millis, session: SessionId, code: u16, reason: &str, headers: Headers<'_>) -> Result<(), SessionError> {
        let txn = self.ringing(session)?;
        if code < 300 {
            return Err(SessionError::State);
        }
        let response = self.invite_response(session, txn, code, reason, headers, None).ok_or(SessionError::State)?;
        self.answer(now, txn, response);
        self.finish(session, EndpointEvent::Ended { session, cause: EndedBy::Local, message: None });
        Ok(())
    }

    fn ringing(&self, session: SessionId) -> Result<u64, SessionError> {
        match self.sessions.get(&session).ok_or(SessionError::Unknown)?.state {
            State::Ringing { txn, .. } => Ok(txn),
            State::Calling { .. } | State::Established | State::Ending { .. } => Err(SessionError::State),
        }
    }

    /// A response to an INVITE or re-INVITE of the peer; 101 to 299 make or refresh the dialog (12.1.1).
    pub(super) fn invite_response(
        &mut self,
        id: SessionId,
        txn: u64,
        code: u16,
        reason: &str,
        headers: Headers<'_>,
        body: Option<&Body>,
    ) -> Option<Message> {
        let mut response = self.reply(txn, code, reason)?;
        let session = self.sessions.get_mut(&id)?;
        for (name, value) in headers {
            match HeaderName::from_bytes(name.as_bytes()) {
                HeaderName::SessionId => session.halves.adopt(value),
                HeaderName::Contact if (101..=299).contains(&code) => {
                    if let Some(dialog) = &mut session.dialog {
                        (*value).clone_into(&mut dialog.contact);
                    }
                }
                _ => {}
            }
        }
        if (101..=299).contains(&code) {
            let request = &self.servers.get(&txn)?.request;
            for route in request.header_values(HeaderName::RecordRoute) {
                response.push(HeaderName::RecordRoute, route);
            }
            if let Some(contact) = session.dialog.as_ref().map(|d| &d.contact).filter(|c| !c.is_empty()) {
                response.push(HeaderName::Contact, contact);
            }
        }
        let ours = |name: &str| HeaderName::from_bytes(name.as_bytes()) == HeaderName::Contact && (101..=299).contains(&code);
        fill(&mut response, headers.iter().copied().filter(|(name, _)| !ours(name)), body);
        Some(response)
    }

    pub(super) fn session_timeout(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let flow = session.flow;
        let mut no_ack = None;
        if let (Some(unacked), Some(flow)) = (&mut session.unacked, flow) {
            if unacked.give_up <= now {
                no_ack = Some(session.bye_wanted.take());
                session.unacked = None;
            } else if unacked.resend.at <= now {
                unacked.resend.advance(now);
                let bytes = unacked.bytes.clone();
                self.transmit(flow, bytes);
            }
        }
        if let Some(wanted) = no_ack {
            let cause = if wanted.is_some() { EndedBy::Local } else { EndedBy::NoAck };
            self.begin_bye(now, id, wanted.unwrap_or_else(no_ack_reason), cause);
        }
        self.state_timeout(now, id);
        self.reliable_timeout(now, id);
        self.offer_timeout(now, id);
        self.timer_timeout(now, id);
        self.reschedule(id);
    }

    fn state_timeout(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match &mut session.state {
            State::Ringing { txn, give_up, again } => {
                let txn = *txn;
                if *give_up <= now {
                    self.answer_short(now, txn, 480, "Temporarily Unavailable");
                    self.finish(id, EndpointEvent::Ended { session: id, cause: EndedBy::Expired, message: None });
                } else if again.is_some_and(|at| at <= now) {
                    // 13.3.1.1: proxies on the way would give up otherwise.
                    *again = Some(now.plus(timers::PROGRESS_RESEND));
                    if let (Some(flow), Some(last)) = (session.flow, self.servers.get(&txn).and_then(|t| t.last.clone())) {
                        self.transmit(flow, last);
                    }
                }
            }
            State::Ending { txn: None, give_up, cause, .. } if *give_up <= now => {
                let cause = *cause;
                self.finish(id, EndpointEvent::Ended { session: id, cause, message: None });
            }
            State::Calling { .. } | State::Established | State::Ending { .. } => {}
        }
    }
}

fn no_ack_reason() -> OwnedHeaders {
    vec![("Reason".to_owned(), "SIP;cause=408;text=\"ACK missing\"".to_owned())]
}

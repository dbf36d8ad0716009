//! Changes of an established session by re-INVITE, both ways, one at a time (RFC 3261 14).

use super::Endpoint;
use super::api::{Body, EndedBy, EndpointEvent, Headers, Refusal, SessionError, SessionId};
use super::session::{Offer, Purpose, State, Unacked, fill};
use crate::codec::{HeaderName, Message, Method};
use crate::io::Millis;
use crate::timers;

impl Endpoint {
    /// Offers a change of the session, or asks for an offer when `body` is `None`.
    /// Ends with `ReofferAnswered` or `ReofferRejected`, unless the session ends.
    ///
    /// # Errors
    /// [`SessionError::Busy`] while another offer is under way in either direction.
    pub fn reinvite(&mut self, now: Millis, session: SessionId, headers: Headers<'_>, body: Option<Body>) -> Result<(), SessionError> {
        let entry = self.sessions.get_mut(&session).ok_or(SessionError::Unknown)?;
        if !entry.is_established() {
            return Err(SessionError::State);
        }
        if entry.offer != Offer::None || entry.unacked.is_some() || entry.ack_due.is_some() {
            return Err(SessionError::Busy);
        }
        let flow = entry.flow.ok_or(SessionError::NoFlow)?;
        let dialog = entry.dialog.as_mut().ok_or(SessionError::State)?;
        let mut request = dialog.request(Method::Invite);
        let contact = dialog.contact.clone();
        entry.halves.write(&mut request);
        if !headers.iter().any(|(name, _)| HeaderName::from_bytes(name.as_bytes()) == HeaderName::Contact) {
            request.push(HeaderName::Contact, contact);
        }
        fill(&mut request, headers.iter().copied(), body.as_ref());
        entry.timer.write(self.config.session_timer.as_ref(), &mut request);
        self.describe(&mut request);
        self.changed(session);
        let txn = self.send_request(now, flow, request, Purpose::Reinvite(session), 0).map_err(|_| SessionError::Limit)?;
        if let Some(entry) = self.sessions.get_mut(&session) {
            entry.offer = Offer::Ours { txn, late: body.is_none() };
        }
        Ok(())
    }

    pub(super) fn on_reinvite_response(&mut self, now: Millis, id: SessionId, txn: u64, response: Message) {
        let status = response.status().unwrap_or_default();
        let number = response.cseq().map_or(0, |c| c.number);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let late = match session.offer {
            Offer::Ours { txn: open, late } if open == txn => late,
            Offer::Ours { .. } | Offer::None | Offer::OurUpdate { .. } | Offer::Theirs { .. } | Offer::TheirUpdate { .. } => {
                // The session is ending, or the 2xx came again.
                if (200..=299).contains(&status) {
                    let again = session.acked.clone().filter(|(n, _)| *n == number);
                    match (again, session.flow) {
                        (Some((_, bytes)), Some(flow)) => self.transmit(flow, bytes),
                        (None, _) if session.ack_due != Some(number) => self.send_ack(id, number, None),
                        (Some(_), None) | (None, _) => {}
                    }
                }
                return;
            }
        };
        match status {
            ..=199 => {}
            200..=299 => {
                session.offer = Offer::None;
                session.ack_due = late.then_some(number);
                if let Some(dialog) = &mut session.dialog {
                    dialog.refresh_target(&response);
                }
                self.changed(id);
                self.event(EndpointEvent::ReofferAnswered { session: id, message: response });
                if !late {
                    self.send_ack(id, number, None);
                }
            }
            // 12.2.1.2: the peer has no such dialog; BYE, in case that only somebody on the way thinks so. 408 does not end it here: whether a call is dead is decided by its
            // media and its user, not by one lost reply.
            481 => self.begin_bye(now, id, Vec::new(), EndedBy::Gone),
            300.. => {
                // 14.1: refused, so the session is as before.
                session.offer = Offer::None;
                self.event(EndpointEvent::ReofferRejected { session: id, cause: Refusal::Status(response) });
            }
        }
    }

    /// Answers a re-INVITE of the peer. A 2xx is repeated until its ACK comes ([`EndpointEvent::Confirmed`]).
    ///
    /// # Errors
    /// [`SessionError::State`] when none is open.
    pub fn answer_reinvite(
        &mut self,
        now: Millis,
        session: SessionId,
        code: u16,
        reason: &str,
        headers: Headers<'_>,
        body: Option<Body>,
    ) -> Result<(), SessionError> {
        let entry = self.sessions.get_mut(&session).ok_or(SessionError::Unknown)?;
        let Offer::Theirs { txn, .. } = entry.offer else { return Err(SessionError::State) };
        let mut response = self.invite_response(session, txn, code, reason, headers, body.as_ref()).ok_or(SessionError::State)?;
        let number = response.cseq().map_err(|_| SessionError::State)?.number;
        if (200..=299).contains(&code) {
            self.describe(&mut response);
        }
        let bytes = self.answer(now, txn, response).ok_or(SessionError::State)?;
        if let Some(entry) = self.sessions.get_mut(&session) {
            if code >= 200 {
                entry.offer = Offer::None;
            }
            if (200..=299).contains(&code) {
                entry.unacked = Some(Box::new(Unacked::new(now, number, bytes)));
            }
        }
        self.reschedule(session);
        Ok(())
    }

    /// 14.2.
    pub(super) fn on_reinvite(&mut self, now: Millis, id: SessionId, txn: u64, request: Message) {
        let retry_after = self.ids.up_to(10);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match (&session.state, session.offer) {
            (State::Ending { .. }, _) => self.answer_short(now, txn, 481, "Call/Transaction Does Not Exist"),
            (State::Calling { .. }, _) | (State::Established, Offer::Ours { .. } | Offer::OurUpdate { .. }) => {
                self.answer_short(now, txn, 491, "Request Pending");
            }
            (State::Ringing { .. }, _) | (State::Established, Offer::Theirs { .. } | Offer::TheirUpdate { .. }) => {
                self.answer_later(now, txn, retry_after)
            }
            (State::Established, Offer::None) if session.ack_due.is_some() => self.answer_short(now, txn, 491, "Request Pending"),
            (State::Established, Offer::None) => {
                // A newer INVITE says that our last 2xx has arrived.
                session.unacked = None;
                session.timer.learn(&request);
                session.offer = Offer::Theirs { txn, give_up: now.plus(timers::REOFFER_LIMIT) };
                if let Some(dialog) = &mut session.dialog {
                    dialog.refresh_target(&request);
                }
                let bye = session.bye_wanted.take();
                self.changed(id);
                self.answer_short(now, txn, 100, "Trying");
                match bye {
                    Some(headers) => self.begin_bye(now, id, headers, EndedBy::Local),
                    None => self.event(EndpointEvent::Reoffer { session: id, message: request }),
                }
                self.reschedule(id);
            }
        }
    }

    pub(super) fn answer_later(&mut self, now: Millis, txn: u64, seconds: u64) {
        if let Some(mut reply) = self.reply(txn, 500, "Another Offer Is Open") {
            reply.push(HeaderName::RetryAfter, seconds.to_string());
            self.answer(now, txn, reply);
        }
    }

    /// 15.1.2: a BYE ends what is still open.
    pub(super) fn end_their_offer(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if let Offer::Theirs { txn, .. } | Offer::TheirUpdate { txn } = session.offer {
            session.offer = Offer::None;
            self.answer_short(now, txn, 487, "Request Terminated");
        }
    }

    pub(super) fn offer_timeout(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if let Offer::Theirs { txn, give_up } = session.offer
            && give_up <= now
        {
            session.offer = Offer::None;
            self.answer_short(now, txn, 500, "No Answer");
            self.event(EndpointEvent::ReofferWithdrawn { session: id });
        }
    }
}

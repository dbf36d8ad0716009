//! Requests inside a dialog, both ways: re-INVITE and its glare (14), BYE (15), and all others (12.2).

use super::Endpoint;
use super::api::{Body, EndedBy, EndpointEvent, Headers, RequestId, ServerTxnId, SessionError, SessionId};
use super::session::{Offer, OwnedHeaders, Purpose, State, fill, own};
use crate::codec::{HeaderName, Message, Method};
use crate::dialog::Order;
use crate::io::Millis;
use crate::timers;

impl Endpoint {
    /// Ends a session in whatever state it is: CANCEL before a final response, BYE after, 480 for an unanswered INVITE of the
    /// peer. Waits for a provisional response, an ACK or a flow where the protocol asks for it. Ends with one terminal event.
    pub fn hang_up(&mut self, now: Millis, session: SessionId, headers: Headers<'_>) {
        let Some(entry) = self.sessions.get_mut(&session) else { return };
        match entry.state {
            State::Calling { .. } => self.cancel_invite(now, session, own(headers)),
            State::Ringing { .. } => {
                // The state was looked at: it cannot be refused.
                let _ = self.reject(now, session, 480, "Temporarily Unavailable", headers);
            }
            State::Established if entry.unacked.is_some() => {
                // 15: not before the ACK of our 2xx.
                entry.bye_wanted.get_or_insert_with(|| own(headers));
            }
            State::Established => {
                if let Some(number) = entry.ack_due.take() {
                    self.send_ack(session, number, None);
                }
                self.begin_bye(now, session, own(headers), EndedBy::Local);
            }
            State::Ending { .. } => {}
        }
    }

    /// Forgets a session without a word to anybody.
    pub fn forget(&mut self, session: SessionId) {
        if self.remove_session(session).is_none() {
            return;
        }
        let clients: Vec<u64> = self.clients.iter().filter(|(_, c)| c.purpose.session() == Some(session)).map(|(id, _)| *id).collect();
        for id in clients {
            self.remove_client(id);
        }
        let servers: Vec<u64> = self.servers.iter().filter(|(_, s)| s.session == Some(session)).map(|(id, _)| *id).collect();
        for id in servers {
            self.remove_server(id);
        }
    }

    pub(super) fn begin_bye(&mut self, now: Millis, id: SessionId, headers: OwnedHeaders, cause: EndedBy) {
        self.end_their_offer(now, id);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.offer = Offer::None;
        session.unacked = None;
        session.state = State::Ending { txn: None, headers, give_up: now.plus(timers::FLOW_WAIT), cause };
        self.send_bye(now, id);
        self.reschedule(id);
    }

    pub(super) fn send_bye(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let State::Ending { headers, .. } = &session.state else { return };
        let (Some(flow), Some(dialog)) = (session.flow, session.dialog.as_mut()) else { return };
        let mut bye = dialog.request(Method::Bye);
        session.halves.write(&mut bye);
        fill(&mut bye, headers.iter().map(|(n, v)| (n.as_str(), v.as_str())), None);
        self.event(EndpointEvent::Changed { session: id });
        match self.send_request(now, flow, bye, Purpose::Bye(id), 0) {
            Ok(new) => {
                if let Some(State::Ending { txn, .. }) = self.sessions.get_mut(&id).map(|s| &mut s.state) {
                    *txn = Some(new);
                }
            }
            Err(cause) => self.client_failed(now, Purpose::Bye(id), cause),
        }
        self.reschedule(id);
    }

    pub(super) fn on_bye_response(&mut self, id: SessionId, response: Message) {
        if response.status().is_some_and(|s| s >= 200) {
            // Whatever it is: 15.1.1 sees the session as over.
            let cause = match self.sessions.get(&id).map(|s| &s.state) {
                Some(State::Ending { cause, .. }) => *cause,
                Some(State::Calling { .. } | State::Ringing { .. } | State::Established) | None => EndedBy::Local,
            };
            self.finish(id, EndpointEvent::Ended { session: id, cause, message: Some(response) });
        }
    }

    /// Sends another request in the dialog (INFO, UPDATE, MESSAGE, REFER, …); BYE and INVITE have their own functions.
    /// Ends with `Response` or `RequestFailed`.
    ///
    /// # Errors
    /// [`SessionError::State`] without a dialog, [`SessionError::Busy`] for an UPDATE with a body while another offer is open.
    pub fn in_dialog(
        &mut self,
        now: Millis,
        session: SessionId,
        method: Method,
        headers: Headers<'_>,
        body: Option<Body>,
    ) -> Result<RequestId, SessionError> {
        let id = RequestId(self.new_id());
        let entry = self.sessions.get_mut(&session).ok_or(SessionError::Unknown)?;
        if matches!(method, Method::Invite | Method::Ack | Method::Bye | Method::Cancel) || matches!(entry.state, State::Ending { .. }) {
            return Err(SessionError::State);
        }
        let offers = method == Method::Update && body.is_some();
        if offers && entry.offer != Offer::None {
            return Err(SessionError::Busy);
        }
        let flow = entry.flow.ok_or(SessionError::NoFlow)?;
        let dialog = entry.current().ok_or(SessionError::State)?;
        let mut request = dialog.request(method.clone());
        let contact = dialog.contact.clone();
        entry.halves.write(&mut request);
        let has_contact = headers.iter().any(|(name, _)| HeaderName::from_bytes(name.as_bytes()) == HeaderName::Contact);
        if matches!(method, Method::Update | Method::Refer | Method::Subscribe | Method::Notify) && !has_contact {
            request.push(HeaderName::Contact, contact);
        }
        fill(&mut request, headers.iter().copied(), body.as_ref());
        if method == Method::Update {
            entry.timer.write(self.config.session_timer.as_ref(), &mut request);
        }
        self.changed(session);
        let txn = self.send_request(now, flow, request, Purpose::InDialog(session, id), 0).map_err(|_| SessionError::Limit)?;
        if offers && let Some(entry) = self.sessions.get_mut(&session) {
            entry.offer = Offer::OurUpdate { txn };
        }
        Ok(id)
    }

    pub(super) fn on_in_dialog_response(&mut self, now: Millis, id: SessionId, request: RequestId, txn: u64, response: Message) {
        let status = response.status().unwrap_or_default();
        if status < 200 {
            return;
        }
        self.end_offer(id, |offer| *offer == Offer::OurUpdate { txn });
        let is_update = response.cseq().is_ok_and(|c| c.method == Method::Update);
        if is_update && (200..=299).contains(&status) {
            let target_changed = self.sessions.get_mut(&id).and_then(|s| s.current()).is_some_and(|d| d.refresh_target(&response));
            if target_changed {
                self.changed(id);
            }
        }
        // RFC 5057 5.1: 481 means that the dialog is gone, whatever the request was.
        // Of a report or subscription it ends only that.
        let of_dialog = response.cseq().is_ok_and(|c| !matches!(c.method, Method::Notify | Method::Subscribe));
        let gone = status == 481 && of_dialog && self.sessions.get(&id).is_some_and(|session| session.is_established());
        self.event(EndpointEvent::Response { id: request, message: response });
        if gone {
            self.begin_bye(now, id, Vec::new(), EndedBy::Gone);
        }
    }

    /// 12.2.2: a request of the peer in the dialog.
    pub(super) fn on_in_dialog(&mut self, now: Millis, id: SessionId, txn: u64, request: Message, method: &Method) {
        let tag = request.from().ok().and_then(|f| f.tag().map(str::to_owned)).unwrap_or_default();
        let number = request.cseq().map_or(0, |c| c.number);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let order = session.dialog_of(&tag).map(|dialog| dialog.on_request(number));
        match order {
            None => return self.on_unknown_fork(now, id, txn, tag, method),
            Some(Order::Old) => return self.answer_short(now, txn, 500, "Out of Order"),
            Some(Order::New) => session.halves.learn(&request),
        }
        match method {
            Method::Bye => self.on_bye(now, id, txn, request),
            Method::Invite => self.on_reinvite(now, id, txn, request),
            Method::Ack | Method::Cancel => {}
            Method::Update => self.on_update(now, id, txn, request),
            Method::Prack => self.on_prack(now, id, txn, request),
            Method::Register
            | Method::Options
            | Method::Info
            | Method::Refer
            | Method::Notify
            | Method::Subscribe
            | Method::Message
            | Method::Publish
            | Method::Other(_) => {
                if matches!(self.sessions.get(&id).map(|s| &s.state), Some(State::Ending { .. })) {
                    return self.answer_short(now, txn, 481, "Call/Transaction Does Not Exist");
                }
                self.changed(id);
                self.event(EndpointEvent::InDialog { session: id, txn: ServerTxnId(txn), message: request });
            }
        }
    }

    /// A request of a dialog that we do not know: of a stranger, or of a fork whose response to our INVITE is still under way.
    fn on_unknown_fork(&mut self, now: Millis, id: SessionId, txn: u64, tag: String, method: &Method) {
        let Some(session) = self.sessions.get_mut(&id).filter(|s| matches!(s.state, State::Calling { .. })) else {
            return self.answer_short(now, txn, 481, "Call/Transaction Does Not Exist");
        };
        if *method == Method::Bye {
            session.end_fork(tag);
            return self.answer_short(now, txn, 200, "OK");
        }
        // 481 would end a dialog that is just coming into being.
        self.answer_later(now, txn, 1);
    }

    /// 15.1.2.
    fn on_bye(&mut self, now: Millis, id: SessionId, txn: u64, request: Message) {
        self.answer_short(now, txn, 200, "OK");
        self.end_their_offer(now, id);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match session.state {
            State::Ringing { txn: invite, .. } => {
                self.answer_short(now, invite, 487, "Request Terminated");
                self.finish(id, EndpointEvent::Ended { session: id, cause: EndedBy::Bye, message: Some(request) });
            }
            State::Established => self.finish(id, EndpointEvent::Ended { session: id, cause: EndedBy::Bye, message: Some(request) }),
            // Both hang up at once, and ours waits for a flow: there is nobody left to tell.
            State::Ending { txn: None, cause, .. } => self.finish(id, EndpointEvent::Ended { session: id, cause, message: Some(request) }),
            // Ours is under way, its response ends the session.
            State::Ending { txn: Some(_), .. } => {}
            // Of an early dialog: it ends that fork only.
            State::Calling { .. } => {
                let tag = request.from().ok().and_then(|f| f.tag().map(str::to_owned)).unwrap_or_default();
                session.end_fork(tag);
            }
        }
    }

    /// RFC 3311 5.2.
    fn on_update(&mut self, now: Millis, id: SessionId, txn: u64, request: Message) {
        let retry_after = self.ids.up_to(10);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let offers = !request.body().is_empty();
        match (&session.state, session.offer) {
            (State::Ending { .. }, _) => return self.answer_short(now, txn, 481, "Call/Transaction Does Not Exist"),
            (_, Offer::Ours { .. } | Offer::OurUpdate { .. }) if offers => return self.answer_short(now, txn, 491, "Request Pending"),
            (_, Offer::Theirs { .. } | Offer::TheirUpdate { .. }) if offers => return self.answer_later(now, txn, retry_after),
            (State::Calling { .. } | State::Ringing { .. } | State::Established, _) => {}
        }
        session.timer.learn(&request);
        if offers {
            session.offer = Offer::TheirUpdate { txn };
        }
        let tag = request.from().ok().and_then(|f| f.tag().map(str::to_owned)).unwrap_or_default();
        if let Some(dialog) = session.dialog_of(&tag) {
            dialog.refresh_target(&request);
        }
        self.changed(id);
        self.event(EndpointEvent::InDialog { session: id, txn: ServerTxnId(txn), message: request });
    }
}

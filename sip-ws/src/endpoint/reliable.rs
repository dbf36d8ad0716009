//! Reliable provisional responses (RFC 3262), both sides: RSeq and PRACK. Never required by us, always done when the peer asks.

use super::Endpoint;
use super::api::{Body, EndedBy, EndpointEvent, ServerTxnId, SessionError, SessionId};
use super::session::{Purpose, State, fill};
use crate::codec::{HeaderName, Message, Method, RAck};
use crate::io::Millis;
use crate::timers;
use crate::transaction::Backoff;

/// What one session knows of reliable responses.
#[derive(Debug, Default)]
pub(super) struct Reliable {
    /// As caller: the last number of each early dialog, by tag.
    heard: Vec<(String, u32)>,
    /// As caller: what the owner has to confirm, because the response carries an offer.
    due: Option<(String, RAck)>,
    /// As callee: the response that waits for its PRACK.
    pub(super) sent: Option<Sent>,
    /// As callee: number of the last one.
    last: u32,
}

/// One reliable response of ours.
#[derive(Debug)]
pub(super) struct Sent {
    cseq: u32,
    bytes: Vec<u8>,
    pub(super) resend: Backoff,
    pub(super) give_up: Millis,
    /// It carries a description, so that the 2xx must wait (section 3).
    pub(super) describes: bool,
}

impl Endpoint {
    /// Whether reliable responses are understood here.
    fn knows_100rel(&self) -> bool {
        self.config.supported.iter().any(|tag| tag == "100rel")
    }

    /// Section 4: confirms a reliable response. `false`: it came before or out of order, and does not count.
    pub(super) fn confirm_provisional(&mut self, now: Millis, id: SessionId, tag: &str, response: &Message) -> bool {
        let reliable = self.knows_100rel() && response.has_token(HeaderName::Require, "100rel");
        let (true, Ok(Some(rseq)), Ok(cseq)) = (reliable, response.rseq(), response.cseq()) else { return true };
        let Some(session) = self.sessions.get_mut(&id) else { return true };
        let reliable = session.reliable();
        let at = reliable.heard.iter().position(|(known, _)| known == tag);
        if at.is_some_and(|at| reliable.heard[at].1.checked_add(1) != Some(rseq)) {
            return false;
        }
        if !session.early.contains_key(tag) {
            // More forks than are told apart.
            return true;
        }
        match at {
            Some(at) => session.reliable().heard[at].1 = rseq,
            None => session.reliable().heard.push((tag.to_owned(), rseq)),
        }
        let late = matches!(session.state, State::Calling { late_offer: true, .. });
        let rack = RAck { rseq, cseq };
        if late && !response.body().is_empty() {
            session.reliable().due = Some((tag.to_owned(), rack));
        } else {
            self.send_prack(now, id, tag, &rack, None);
        }
        true
    }

    /// Confirms a reliable response with an offer, where our INVITE had none; `body` answers it (section 5).
    ///
    /// # Errors
    /// [`SessionError::State`] when nothing waits for it.
    pub fn prack(&mut self, now: Millis, session: SessionId, body: Option<Body>) -> Result<(), SessionError> {
        let entry = self.sessions.get_mut(&session).ok_or(SessionError::Unknown)?;
        let (tag, rack) = entry.reliable.as_mut().and_then(|reliable| reliable.due.take()).ok_or(SessionError::State)?;
        self.send_prack(now, session, &tag, &rack, body.as_ref());
        Ok(())
    }

    fn send_prack(&mut self, now: Millis, id: SessionId, tag: &str, rack: &RAck, body: Option<&Body>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let (Some(flow), Some(dialog)) = (session.flow, session.early.get_mut(tag)) else { return };
        let mut prack = dialog.request(Method::Prack);
        session.halves.write(&mut prack);
        prack.push(HeaderName::RAck, rack.to_string());
        fill(&mut prack, [], body);
        // Without it the callee repeats its response and gives up in the end.
        let _ = self.send_request(now, flow, prack, Purpose::Prack(id), 0);
    }

    /// Section 3: whether provisional responses to this INVITE must be reliable.
    pub(super) fn wants_reliable(&self, txn: u64, code: u16) -> bool {
        code > 100 && self.servers.get(&txn).is_some_and(|t| t.request.has_token(HeaderName::Require, "100rel"))
    }

    /// Numbers a provisional response.
    pub(super) fn number_provisional(&mut self, id: SessionId, response: &mut Message) {
        let first = u32::try_from(self.ids.up_to(0xffff)).unwrap_or(0) + 1;
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let reliable = session.reliable();
        reliable.last = if reliable.last == 0 { first } else { reliable.last + 1 };
        response.push(HeaderName::Require, "100rel");
        response.push(HeaderName::RSeq, reliable.last.to_string());
    }

    /// It is out: repeated until its PRACK comes.
    pub(super) fn await_prack(&mut self, now: Millis, id: SessionId, cseq: u32, bytes: Vec<u8>, describes: bool) {
        if let Some(session) = self.sessions.get_mut(&id) {
            let resend = Backoff::new(now, timers::T1, timers::PRACK_LIMIT);
            session.reliable().sent = Some(Sent { cseq, bytes, resend, give_up: now.plus(timers::PRACK_LIMIT), describes });
        }
    }

    /// Section 3: a PRACK. One with a body goes on to the owner, who answers it.
    pub(super) fn on_prack(&mut self, now: Millis, id: SessionId, txn: u64, request: Message) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let last = session.reliable.as_ref().map_or(0, |reliable| reliable.last);
        let ours = |sent: &Sent| {
            request.rack().is_ok_and(|rack| rack.rseq == last && rack.cseq.number == sent.cseq && rack.cseq.method == Method::Invite)
        };
        if session.unconfirmed().is_none_or(|sent| !ours(sent)) {
            return self.answer_short(now, txn, 481, "Call/Transaction Does Not Exist");
        }
        session.reliable().sent = None;
        self.reschedule(id);
        if request.body().is_empty() {
            self.answer_short(now, txn, 200, "OK");
        } else {
            self.event(EndpointEvent::InDialog { session: id, txn: ServerTxnId(txn), message: request });
        }
    }

    /// A response is repeated, or its PRACK never came.
    pub(super) fn reliable_timeout(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let sent = session.reliable.as_mut().and_then(|reliable| reliable.sent.as_mut());
        let (Some(flow), State::Ringing { txn, .. }, Some(sent)) = (session.flow, &session.state, sent) else { return };
        let txn = *txn;
        if sent.give_up <= now {
            self.answer_short(now, txn, 504, "No PRACK");
            self.finish(id, EndpointEvent::Ended { session: id, cause: EndedBy::NoAck, message: None });
        } else if sent.resend.at <= now {
            sent.resend.advance(now);
            let bytes = sent.bytes.clone();
            self.transmit(flow, bytes);
        }
    }
}

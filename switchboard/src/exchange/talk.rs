//! A call after the answer: offers and requests pass from leg to leg, a BYE ends the other side.
//!
//! A request for a leg without a socket gets 100 and waits; after a while it is answered 491 (offers) or 500 with Retry-After,
//! never 408 or 481, which would end the asker's dialog (RFC 5057).

use super::call::{Call, How, Progress, Relay, Stage};
use super::headers::{borrowed, crossing};
use super::io::{CallKey, ContactKind};
use super::limits::{MAX_WAITING, WAIT_FOR_LEG_MS};
use super::machine::{Machine, Timer};
use sip_ws::codec::{HeaderName, Message, Method, Reason};
use sip_ws::endpoint::{Body, EndedBy, Failure, Refusal, RequestId, ServerTxnId, SessionError, SessionId};
use sip_ws::sdp::SdpView;

/// With a 500 for a request whose other leg was away.
pub(super) const LATER: (&str, &str) = ("Retry-After", "5");

impl Machine {
    /// The ACK of a caller; with a late offer it carries the answer for the other leg.
    pub(super) fn on_confirmed(&mut self, session: SessionId, ack: &Message) {
        let Some(other) = self.other(session) else { return };
        if let Some(call) = self.call_of(session) {
            call.relays.retain(|relay| !(relay.from == session && relay.progress == Progress::AwaitingAck));
        }
        // Where nothing waits for an ACK this changes nothing.
        let _ = self.ep.ack(self.clock.now, other, Body::of(ack));
    }

    /// re-INVITE, or UPDATE with a body.
    pub(super) fn on_reoffer(&mut self, session: SessionId, message: Message) {
        let pending =
            self.call_of(session).is_some_and(|call| call.mend.is_some() || call.relays.iter().any(|relay| relay.how == How::Offer));
        let talking = self.call_of(session).is_some_and(|call| matches!(call.stage, Stage::Talking { .. }));
        if pending || !talking {
            // A page that was loaded again while its person waits for somebody in a queue: it is not to give up meanwhile.
            let later: &[(&str, &str)] = if self.call_of(session).is_some_and(|call| call.parked) { &[LATER] } else { &[] };
            let _ = self.ep.answer_reinvite(self.clock.now, session, 491, "Request pending", later, None);
            return;
        }
        self.relay(session, message, How::Offer);
    }

    /// The asker took its re-INVITE back. The other leg cannot be stopped; its answer is acknowledged, ends here, and leads to another offer.
    pub(super) fn on_reoffer_withdrawn(&mut self, session: SessionId) {
        if let Some(call) = self.call_of(session) {
            call.relays.retain(|relay| !(relay.from == session && relay.how == How::Offer));
        }
    }

    /// Any other request in the dialog.
    pub(super) fn on_in_dialog(&mut self, session: SessionId, txn: ServerTxnId, message: Message) {
        if message.method() == Some(&Method::Refer) {
            return self.on_refer(session, txn, &message);
        }
        let answer = match message.method() {
            Some(Method::Options) => Some(message.reply(200, "OK")),
            // A session timer: each leg has its own.
            Some(Method::Update) if message.body().is_empty() => Some(self.refreshed(session, &message)),
            Some(Method::Subscribe) => Some(message.reply(489, "Bad event")),
            _ if self.keep_candidates(session, txn, &message) => return,
            _ => None,
        };
        match answer {
            Some(response) => self.ep.respond(self.clock.now, txn, response),
            None => self.relay(session, message, How::Request(txn)),
        }
    }

    fn refreshed(&self, session: SessionId, update: &Message) -> Message {
        let mut response = update.reply(200, "OK");
        if let Some(dialog) = self.ep.dialog(session) {
            response.push(HeaderName::Contact, &dialog.contact);
        }
        response
    }

    pub(super) fn relay(&mut self, from: SessionId, message: Message, how: How) {
        let deadline = self.clock.now.plus(WAIT_FOR_LEG_MS);
        let relay = |to| Relay { from, to, message, how, progress: Progress::Waiting, deadline };
        let Some(to) = self.other(from) else {
            return self.answer(relay(from), 500, "No other side", &[LATER], None);
        };
        let relay = relay(to);
        let Some(key) = self.legs.get(&from).map(|leg| leg.call.clone()) else { return };
        let away = self.legs.get(&to).is_none_or(|leg| leg.flow.is_none());
        let waiting = self.calls.get(&key).map_or(0, |call| call.relays.len());
        if waiting >= MAX_WAITING {
            return self.answer(relay, 500, "Too many requests", &[LATER], None);
        }
        if away {
            if let How::Request(txn) = how {
                self.ep.respond(self.clock.now, txn, relay.message.reply(100, "Trying"));
            }
            self.after(WAIT_FOR_LEG_MS, Timer::Waiting(key.clone()));
            if let Some(call) = self.calls.get_mut(&key) {
                call.relays.push(relay);
            }
            return;
        }
        self.send_relay(&key, relay);
    }

    /// Sends a request that waited, or was just received, to the other leg.
    fn send_relay(&mut self, key: &CallKey, mut relay: Relay) {
        let now = self.clock.now;
        let headers = crossing(&relay.message);
        let body = Body::of(&relay.message);
        let method = relay.message.method().cloned().unwrap_or(Method::Info);
        let sent = if method == Method::Invite {
            self.ep.reinvite(now, relay.to, &borrowed(&headers), body).map(|()| Progress::Reinvite)
        } else {
            self.ep.in_dialog(now, relay.to, method, &borrowed(&headers), body).map(Progress::Sent)
        };
        match sent {
            Ok(progress) => {
                if let Progress::Sent(id) = progress {
                    self.relay_of.insert(id, key.clone());
                }
                relay.progress = progress;
                if let Some(call) = self.calls.get_mut(key) {
                    call.relays.push(relay);
                }
            }
            Err(SessionError::Busy) => self.answer(relay, 491, "Request pending", &[], None),
            Err(_) => self.answer(relay, 500, "The other side cannot take it", &[LATER], None),
        }
    }

    /// A leg has a socket again: what waited for it is sent.
    pub(super) fn send_waiting(&mut self, session: SessionId) {
        let Some(key) = self.legs.get(&session).map(|leg| leg.call.clone()) else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        let (ready, rest) = std::mem::take(&mut call.relays).into_iter().partition(|r| r.to == session && r.progress == Progress::Waiting);
        call.relays = rest;
        let ready: Vec<Relay> = ready;
        for relay in ready {
            self.send_relay(&key, relay);
        }
    }

    /// A leg lost its socket: what is under way to it may wait a while longer.
    pub(super) fn postpone_relays(&mut self, session: SessionId) {
        let deadline = self.clock.now.plus(WAIT_FOR_LEG_MS);
        let Some(key) = self.legs.get(&session).map(|leg| leg.call.clone()) else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        let mut any = false;
        for relay in call.relays.iter_mut().filter(|relay| relay.to == session) {
            relay.deadline = deadline;
            any = true;
        }
        if any {
            self.after(WAIT_FOR_LEG_MS, Timer::Waiting(key));
        }
    }

    /// The wait for a leg is over.
    pub(super) fn on_waiting_timeout(&mut self, key: &CallKey) {
        let now = self.clock.now;
        let Some(call) = self.calls.get_mut(key) else { return };
        let legs = &self.legs;
        let over = |relay: &Relay| relay.deadline <= now && legs.get(&relay.to).is_none_or(|leg| leg.flow.is_none());
        let (late, rest) = std::mem::take(&mut call.relays).into_iter().partition::<Vec<_>, _>(over);
        call.relays = rest;
        for relay in late {
            match relay.how {
                How::Offer => self.answer(relay, 491, "The other side is away", &[], None),
                How::Request(_) | How::Told => self.answer(relay, 500, "The other side is away", &[LATER], None),
            }
        }
    }

    /// Answers the leg that asked.
    pub(super) fn answer(&mut self, relay: Relay, status: u16, reason: &str, headers: &[(&str, &str)], body: Option<Body>) {
        let now = self.clock.now;
        match relay.how {
            How::Offer => {
                let _ = self.ep.answer_reinvite(now, relay.from, status, reason, headers, body);
            }
            How::Request(txn) => {
                let mut response = relay.message.reply(status, reason);
                for (name, value) in headers {
                    response.push_named(name, value);
                }
                if let Some(body) = body {
                    response.set_body(&body.content_type, body.bytes);
                }
                self.ep.respond(now, txn, response);
            }
            How::Told => {}
        }
    }

    /// Passes a final response back; what would end the asker's dialog becomes a 500.
    fn answer_with(&mut self, relay: Relay, response: &Message) {
        let status = response.status().unwrap_or(500);
        match status {
            401 | 407 | 408 | 481 => self.answer(relay, 500, "The other side failed", &[LATER], None),
            _ => {
                let headers = crossing(response);
                let reason = String::from_utf8_lossy(response.reason()).into_owned();
                self.answer(relay, status, &reason, &borrowed(&headers), Body::of(response));
            }
        }
    }

    /// The other leg accepted a re-INVITE.
    pub(super) fn on_reoffer_answered(&mut self, session: SessionId, response: &Message) {
        if self.caller_joined(session, response) || self.transfer_offered(session, response) || self.led_back(session, response) {
            return;
        }
        let Some(relay) = self.take_relay(session, |relay| relay.progress == Progress::Reinvite) else {
            // The asker was told 491 meanwhile. An offer that nobody answers is acknowledged all the same.
            let _ = self.ep.ack(self.clock.now, session, None);
            return self.lead_back(session);
        };
        let from = relay.from;
        self.note_hold(from, relay.message.body());
        if relay.message.body().is_empty()
            && let Some(key) = self.legs.get(&from).map(|leg| leg.call.clone())
            && let Some(call) = self.calls.get_mut(&key)
        {
            call.relays.push(Relay {
                from,
                to: relay.to,
                message: relay.message.clone(),
                how: How::Offer,
                progress: Progress::AwaitingAck,
                deadline: relay.deadline,
            });
        }
        self.answer_with(relay, response);
    }

    /// The other leg refused a re-INVITE or did not answer.
    pub(super) fn on_reoffer_rejected(&mut self, session: SessionId, cause: &Refusal) {
        if self.caller_refused(session, cause) || self.transfer_offer_refused(session, cause) || self.not_led_back(session) {
            return;
        }
        let Some(relay) = self.take_relay(session, |relay| relay.progress == Progress::Reinvite) else { return };
        match cause {
            Refusal::Status(response) => self.answer_with(relay, response),
            Refusal::Failure(_) => self.answer(relay, 500, "The other side failed", &[LATER], None),
        }
    }

    /// The final response to a relayed request.
    pub(super) fn on_relay_response(&mut self, id: RequestId, response: &Message) {
        if self.tone_answered(id, Some(response)) || self.supervision_told(id, response.status().is_some_and(|status| status < 300)) {
            return;
        }
        let Some(relay) = self.take_sent(id) else { return };
        if relay.how == How::Offer && response.status().is_some_and(|s| s < 300) {
            self.note_hold(relay.from, relay.message.body());
        }
        self.answer_with(relay, response);
    }

    /// A relayed request gets no response.
    pub(super) fn on_relay_failed(&mut self, id: RequestId, _cause: Failure) {
        if self.tone_answered(id, None) || self.supervision_told(id, false) {
            return;
        }
        if let Some(relay) = self.take_sent(id) {
            self.answer(relay, 500, "The other side failed", &[LATER], None);
        }
    }

    fn take_sent(&mut self, id: RequestId) -> Option<Relay> {
        let key = self.relay_of.remove(&id)?;
        let call = self.calls.get_mut(&key)?;
        let at = call.relays.iter().position(|relay| relay.progress == Progress::Sent(id))?;
        Some(call.relays.remove(at))
    }

    fn take_relay(&mut self, to: SessionId, which: impl Fn(&Relay) -> bool) -> Option<Relay> {
        let call = self.call_of(to)?;
        let at = call.relays.iter().position(|relay| relay.to == to && which(relay))?;
        Some(call.relays.remove(at))
    }

    /// An accepted offer says whether its sender holds the other side.
    fn note_hold(&mut self, from: SessionId, offer: &[u8]) {
        let Ok(view) = SdpView::parse(offer) else { return };
        let holding = !view.direction().receives();
        let Some(key) = self.legs.get(&from).map(|leg| leg.call.clone()) else { return };
        let by = self.legs.get(&from).map(|leg| leg.party.clone());
        let Some(Call { caller, stage: Stage::Talking { holds, .. }, .. }) = self.calls.get_mut(&key) else { return };
        let mine = usize::from(from != *caller);
        if std::mem::replace(&mut holds[mine], holding) != holding {
            let kind = if holding { ContactKind::Held } else { ContactKind::Resumed };
            self.report_contact(&key, kind, by, None, None);
            self.report_call(&key);
        }
    }

    /// The dialog state of a leg changed: its row follows.
    pub(super) fn on_changed(&mut self, session: SessionId) {
        let Some(key) = self.legs.get(&session).map(|leg| leg.call.clone()) else { return };
        let written = |call: &Call| call.parked || matches!(call.stage, Stage::Talking { .. });
        if self.rows.contains_key(&key) && self.calls.get(&key).is_some_and(written) {
            self.save(&key, false);
        }
    }

    /// A session is over.
    pub(super) fn on_ended(&mut self, session: SessionId, cause: EndedBy, message: Option<&Message>) {
        let Some(leg) = self.remove_leg(session) else { return };
        self.lifted_is_gone(session);
        let key = leg.call;
        if self.transfer_leg_over(&key, session) {
            return;
        }
        let Some(call) = self.calls.get_mut(&key) else { return };
        if session == call.caller && !matches!(call.stage, Stage::Talking { .. }) {
            return self.abandon(&key, (!matches!(cause, EndedBy::Cancel | EndedBy::Bye)).then_some("lost"));
        }
        match &mut call.stage {
            Stage::Waiting => {}
            Stage::Ringing(ring) => {
                if !ring.branches.contains(&session) {
                    return;
                }
                ring.branches.retain(|branch| *branch != session);
                let (over, in_queue) = (ring.branches.is_empty(), call.queue.is_some());
                let gone = self.member_over(&key, &leg.party, 480);
                if in_queue {
                    if let Some(declined) = gone {
                        self.offer_over(&key, &leg.party, declined);
                    }
                } else if over {
                    self.refuse_call(&key, 480, "Temporarily unavailable", "unavailable", None);
                }
            }
            // A phone that lost the race.
            Stage::Answering { callee, .. } if *callee != session => {}
            // The phone hung up before the caller heard of the answer.
            Stage::Answering { .. } => {
                if !self.wait_on(&key, "hung-up") {
                    self.refuse_call(&key, 480, "Temporarily unavailable", "hung-up", None);
                }
            }
            Stage::Talking { .. } => {
                let by = (cause == EndedBy::Bye).then_some(leg.party);
                let words = match cause {
                    EndedBy::Bye => "hung-up",
                    EndedBy::NoAck => "no-ack",
                    EndedBy::Gone => "gone",
                    EndedBy::Local | EndedBy::Cancel | EndedBy::Expired | EndedBy::SessionExpired => "ended",
                };
                let reason = message.and_then(|m| m.reason_header().ok()).map(|r| r.to_string());
                self.finish(&key, session, by, words, reason);
            }
        }
    }

    /// Ends a connected call because `gone` ended; the other leg is hung up, now or when it has a socket again.
    pub(super) fn finish(
        &mut self,
        key: &CallKey,
        gone: SessionId,
        by: Option<super::io::Party>,
        cause: &'static str,
        reason: Option<String>,
    ) {
        let now = self.clock.now;
        let Some(other) = self.calls.get(key).and_then(|call| call.other(gone)) else { return };
        self.stop_transfer(key, 487);
        let waiting: Vec<Relay> = self.calls.get_mut(key).map(|call| std::mem::take(&mut call.relays)).unwrap_or_default();
        for relay in waiting.into_iter().filter(|relay| relay.from == other && relay.progress != Progress::AwaitingAck) {
            self.answer(relay, 487, "The call is over", &[], None);
        }
        self.queue_over(key);
        self.report_contact(key, ContactKind::Ended, by, None, Some(cause));
        let reason = reason.or_else(|| (cause == "lost").then(|| Reason::sip(480, "The other side is lost").to_string()));
        // With the end of the history, so that a restart ends nothing a second time.
        self.save_over(key, other);
        self.end_call(key);
        match reason {
            Some(reason) => self.ep.hang_up(now, other, &[("Reason", &reason)]),
            None => self.ep.hang_up(now, other, &[]),
        }
    }

    fn other(&self, session: SessionId) -> Option<SessionId> {
        self.calls.get(&self.legs.get(&session)?.call)?.other(session)
    }

    fn call_of(&mut self, session: SessionId) -> Option<&mut Call> {
        self.calls.get_mut(&self.legs.get(&session)?.call)
    }
}

//! Session timers (RFC 4028): how long a session lives without a refresh, who refreshes, and its end when nobody does.

use super::Endpoint;
use super::api::{EndedBy, EndpointEvent, Failure, SessionId, SessionTimer};
use super::session::{Offer, Purpose, fill};
use crate::codec::{HeaderName, Message, Method, Reason, Refresher, SessionExpires};
use crate::io::Millis;
use crate::timers;

/// Times that one session raises its interval because of 422: one for each of a few proxies in a row.
const MAX_RAISED: u8 = 4;

/// What a session knows of its timer.
///
/// ```text
///        2xx with Session-Expires            half of the interval, and we refresh
///  ┌────┐ ───────────────────────► ┌───────┐ ─────────────────────────────► ┌──────────┐
///  │None│ ◄─────────────────────── │Running│ ◄───────────────────────────── │Refreshing│
///  └────┘ 2xx without              └───┬───┘  2xx to an INVITE or UPDATE    └────┬─────┘
///                                      │ expiry − min(32 s, interval / 3)        │
///                                      └─────────────► BYE ◄─────────────────────┘
/// ```
#[derive(Debug, Default)]
pub(super) struct Timer {
    agreed: Option<Agreed>,
    /// Largest Min-SE that we were told, in seconds.
    min: u32,
    raised: u8,
    /// The peer understands UPDATE.
    updates: bool,
}

#[derive(Clone, Copy, Debug)]
struct Agreed {
    seconds: u32,
    /// We refresh.
    ours: bool,
    /// When we refresh; `None` while a refresh is under way, or when the peer does.
    refresh: Option<Millis>,
    /// When the session ends without one.
    end: Millis,
}

impl Timer {
    /// When the timer has something to do. Without a flow nothing can be refreshed.
    pub(super) fn deadline(&self, has_flow: bool) -> Option<Millis> {
        let agreed = self.agreed?;
        Some(agreed.refresh.filter(|_| has_flow).map_or(agreed.end, |refresh| refresh.min(agreed.end)))
    }

    /// A message of the peer says what it understands.
    pub(super) fn learn(&mut self, message: &Message) {
        if message.method() == Some(&Method::Update) {
            self.updates = true;
        } else if let Ok(Some(methods)) = message.allow() {
            self.updates = methods.contains(&Method::Update);
        }
    }

    fn start(&mut self, now: Millis, seconds: u32, ours: bool) {
        let seconds = seconds.max(timers::SESSION_MIN);
        let interval = u64::from(seconds) * 1_000;
        // Section 10: the one who waits ends the session slightly before it expires.
        let end = now.plus(interval - timers::SESSION_END_MARGIN.min(interval / 3));
        self.agreed = Some(Agreed { seconds, ours, refresh: ours.then(|| now.plus(interval / 2)), end });
    }

    /// Section 7.1, 7.4: Session-Expires and Min-SE of an INVITE or UPDATE of ours.
    pub(super) fn write(&self, config: Option<&SessionTimer>, request: &mut Message) {
        let Some(config) = config else { return };
        if request.header(HeaderName::SessionExpires).is_some() {
            return;
        }
        let value = match (self.agreed, config.offer) {
            (Some(Agreed { seconds, ours, .. }), _) => {
                SessionExpires { seconds, refresher: Some(if ours { Refresher::Uac } else { Refresher::Uas }) }
            }
            (None, Some(seconds)) => SessionExpires { seconds: seconds.max(config.min).max(self.min), refresher: None },
            (None, None) => return,
        };
        request.push(HeaderName::SessionExpires, value.to_string());
        if self.min > 0 {
            request.push(HeaderName::MinSe, self.min.to_string());
        }
    }

    fn retry_at(&mut self, at: Millis) {
        if let Some(agreed) = self.agreed.as_mut().filter(|agreed| agreed.ours) {
            agreed.refresh = Some(at);
        }
    }
}

fn knows_timers(request: &Message) -> bool {
    request.has_token(HeaderName::Supported, "timer") || request.has_token(HeaderName::Require, "timer")
}

impl Endpoint {
    /// Section 9: the least interval that we accept, where that of a request is smaller and its sender understands a 422.
    pub(super) fn too_short(&self, request: &Message) -> Option<u32> {
        let config = self.config.session_timer.as_ref()?;
        let refreshes = matches!(request.method(), Some(Method::Invite | Method::Update));
        let asked = request.session_expires().ok().flatten().filter(|_| refreshes && knows_timers(request))?;
        (asked.seconds < config.min).then_some(config.min)
    }

    /// Section 9: a 2xx of ours to an INVITE or UPDATE says what is agreed.
    pub(super) fn agree_as_callee(&mut self, now: Millis, txn: u64, response: &mut Message) {
        let Some(config) = self.config.session_timer else { return };
        let Some(entry) = self.servers.get(&txn) else { return };
        let request = &entry.request;
        if !matches!(request.method(), Some(Method::Invite | Method::Update)) {
            return;
        }
        let Some(session) = entry.session.and_then(|id| self.sessions.get_mut(&id)) else { return };
        let asked = request.session_expires().ok().flatten();
        let least = request.min_se().ok().flatten().unwrap_or(0).max(config.min);
        let seconds = match (asked, config.offer) {
            (Some(asked), Some(ours)) => asked.seconds.min(ours.max(least)),
            (Some(asked), None) => asked.seconds,
            (None, Some(ours)) => ours.max(least),
            (None, None) => {
                session.timer.agreed = None;
                return;
            }
        };
        let knows = knows_timers(request);
        // Table 2: the wish of the request where it has one; who does not know timers cannot refresh.
        let refresher = match asked.and_then(|asked| asked.refresher) {
            _ if !knows => Refresher::Uas,
            Some(wish) => wish,
            None if session.timer.agreed.is_some_and(|agreed| agreed.ours) => Refresher::Uas,
            None => Refresher::Uac,
        };
        response.set(HeaderName::SessionExpires, SessionExpires { seconds, refresher: Some(refresher) }.to_string());
        if knows {
            response.push(HeaderName::Require, "timer");
        }
        session.timer.start(now, seconds, refresher == Refresher::Uas);
    }

    /// Section 7.2: a 2xx to an INVITE or UPDATE of ours says what is agreed.
    pub(super) fn agree_as_caller(&mut self, now: Millis, id: SessionId, response: &Message) {
        let refreshes = response.cseq().is_ok_and(|cseq| matches!(cseq.method, Method::Invite | Method::Update));
        let to = response.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default();
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if !refreshes || !session.is_established() || session.dialog.as_ref().is_none_or(|dialog| dialog.remote_tag != to) {
            return;
        }
        session.timer.learn(response);
        match response.session_expires().ok().flatten().filter(|_| self.config.session_timer.is_some()) {
            Some(agreed) => session.timer.start(now, agreed.seconds, agreed.refresher != Some(Refresher::Uas)),
            None => session.timer.agreed = None,
        }
        self.reschedule(id);
    }

    /// Section 7.4: a 422 is answered with the interval it asks for. `false`: the refusal stands.
    pub(super) fn raise_interval(&mut self, now: Millis, txn: u64, purpose: Purpose, response: &Message) -> bool {
        let Some(id) = purpose.session().filter(|_| self.config.session_timer.is_some()) else { return false };
        let Some(min) = response.min_se().ok().flatten() else { return false };
        let (Some(session), Some(entry)) = (self.sessions.get_mut(&id), self.clients.get(&txn)) else { return false };
        let asked = entry.request.session_expires().ok().flatten();
        let Some(asked) = asked.filter(|asked| asked.seconds < min && session.timer.raised < MAX_RAISED) else { return false };
        session.timer.raised += 1;
        session.timer.min = session.timer.min.max(min);
        let mut request = entry.request.clone();
        request.set(HeaderName::SessionExpires, SessionExpires { seconds: session.timer.min, ..asked }.to_string());
        request.set(HeaderName::MinSe, session.timer.min.to_string());
        self.send_again(now, txn, purpose, request)
    }

    /// The timer of a session may be due.
    pub(super) fn timer_timeout(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id).filter(|s| s.is_established()) else { return };
        let Some(agreed) = session.timer.agreed else { return };
        if agreed.end <= now {
            session.timer.agreed = None;
            let reason = Reason::sip(408, "Session timer expired").to_string();
            return self.begin_bye(now, id, vec![("Reason".to_owned(), reason)], EndedBy::SessionExpired);
        }
        if session.flow.is_some() && agreed.refresh.is_some_and(|at| at <= now) {
            self.refresh(now, id);
        }
    }

    fn refresh(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.offer != Offer::None || session.unacked.is_some() || session.ack_due.is_some() {
            return session.timer.retry_at(now.plus(timers::BUSY_RETRY));
        }
        if !session.timer.updates {
            session.timer.retry_at(now.plus(timers::REFRESH_AGAIN));
            return self.event(EndpointEvent::RefreshDue { session: id });
        }
        let (Some(flow), Some(dialog)) = (session.flow, session.dialog.as_mut()) else { return };
        let mut request = dialog.request(Method::Update);
        request.push(HeaderName::Contact, &dialog.contact);
        session.halves.write(&mut request);
        fill(&mut request, [], None);
        session.timer.write(self.config.session_timer.as_ref(), &mut request);
        if let Some(agreed) = &mut session.timer.agreed {
            agreed.refresh = None;
        }
        self.describe(&mut request);
        self.changed(id);
        if self.send_request(now, flow, request, Purpose::Refresh(id), 0).is_err() {
            self.refresh_failed(now, id);
        }
    }

    pub(super) fn on_refresh_response(&mut self, now: Millis, id: SessionId, response: &Message) {
        let status = response.status().unwrap_or_default();
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match status {
            // Noted where every 2xx is.
            ..=299 => {}
            481 => self.begin_bye(now, id, Vec::new(), EndedBy::Gone),
            405 | 501 => {
                session.timer.updates = false;
                session.timer.retry_at(now);
                self.reschedule(id);
            }
            300.. => self.refresh_failed(now, id),
        }
    }

    /// It is tried again until the session ends; whether the peer saw it does not matter.
    pub(super) fn refresh_failed(&mut self, now: Millis, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.timer.retry_at(now.plus(timers::REFRESH_AGAIN));
            self.reschedule(id);
        }
    }

    /// No response to a refresh, or the flow went.
    pub(super) fn refresh_unanswered(&mut self, now: Millis, id: SessionId, cause: Failure) {
        match cause {
            Failure::FlowLost => {
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.timer.retry_at(now);
                    self.reschedule(id);
                }
            }
            Failure::Timeout | Failure::Limit => self.refresh_failed(now, id),
        }
    }
}

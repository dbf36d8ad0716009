//! Where the wishes of the link and the events of the endpoint go.

use super::{Agent, MAX_CALLS};
use crate::call::Call;
use crate::codec::{Message, Method, Uri};
use crate::endpoint::{EndpointEvent, FlowConfig, SessionId};
use crate::io::{Event, Millis, Output};
use crate::link::Act;

impl Agent {
    pub(super) fn on_act(&mut self, now: Millis, act: Act) {
        match act {
            Act::Connect(flow) => self.out.push_back(Output::Connect { flow, url: self.profile.websocket_url.clone() }),
            Act::Drop(flow) => self.out.push_back(Output::Disconnect { flow }),
            Act::Tell(state) => self.out.push_back(Output::Event(Event::Link(state))),
            Act::Ping => {
                if let Some(flow) = self.link.flow() {
                    self.out.push_back(Output::Send { flow, bytes: b"\r\n\r\n".to_vec() });
                }
            }
            Act::Options => {
                if let Some(flow) = self.link.flow() {
                    let options = self.own_request(Method::Options);
                    // Any reply is a sign of life; the reply itself says nothing.
                    self.ep.request(now, flow, options);
                }
            }
            Act::Opened(flow) => {
                let transport = if self.profile.websocket_url.starts_with("wss:") { "WSS" } else { "WS" };
                self.ep.flow_opened(now, flow, FlowConfig { transport: transport.to_owned(), sent_by: self.host.clone(), reliable: true });
                self.ep.set_credentials(flow, self.profile.credentials.clone());
                if let Some(ask) = self.registration.on_link_up() {
                    self.register(now, ask);
                }
            }
            Act::Lost(flow) => {
                self.ready = false;
                self.register_request = None;
                self.ep.flow_lost(now, flow);
                self.registration.on_link_lost();
                self.each_call(now, |call, ctx| call.set_reachable(ctx, false));
                self.with_watcher(now, |watcher, _| watcher.on_lost());
            }
        }
    }

    pub(super) fn on_event(&mut self, now: Millis, event: EndpointEvent) {
        match event {
            EndpointEvent::Incoming { session, message, .. } => self.on_incoming(now, session, &message),
            EndpointEvent::Response { id, message } if self.register_request == Some(id) => {
                self.register_request = None;
                let (contact, instance) = (self.contact_uri.clone(), self.profile.instance.clone());
                self.link.flow_timer = message.flow_timer().ok().flatten().map(|s| u64::from(s) * 1_000).or(self.link.flow_timer);
                if message.status().is_some_and(|status| (200..=299).contains(&status)) {
                    self.contact = self.gruu(&message).filter(|_| self.profile.gruu).unwrap_or_else(|| format!("<{contact}>"));
                }
                if let Some(ask) = self.registration.on_response(now, &message, &contact, &instance) {
                    self.register(now, ask);
                }
                self.use_flow(now);
            }
            EndpointEvent::RequestFailed { id, .. } if self.register_request == Some(id) => {
                self.register_request = None;
                self.registration.on_no_reply(now);
                self.link.suspect(now);
                self.use_flow(now);
            }
            EndpointEvent::Request { txn, message, .. } => self.on_request(now, txn, &message),
            // Of a subscription, of a digit in some call, or of an OPTIONS.
            EndpointEvent::Response { .. } | EndpointEvent::RequestFailed { .. } => {
                if !self.is_watchers(now, &event) {
                    self.each_call(now, |call, ctx| call.on_event(ctx, event.clone()));
                }
            }
            EndpointEvent::Provisional { session, .. }
            | EndpointEvent::Accepted { session, .. }
            | EndpointEvent::Rejected { session, .. }
            | EndpointEvent::Failed { session, .. }
            | EndpointEvent::Confirmed { session, .. }
            | EndpointEvent::Reoffer { session, .. }
            | EndpointEvent::ReofferWithdrawn { session }
            | EndpointEvent::ReofferAnswered { session, .. }
            | EndpointEvent::ReofferRejected { session, .. }
            | EndpointEvent::InDialog { session, .. }
            | EndpointEvent::Changed { session }
            | EndpointEvent::RefreshDue { session }
            | EndpointEvent::Ended { session, .. } => {
                let over = matches!(event, EndpointEvent::Rejected { .. } | EndpointEvent::Failed { .. } | EndpointEvent::Ended { .. });
                if let Some(call) = self.sessions.get(&session).copied() {
                    self.with_call(now, call, |call, ctx| call.on_event(ctx, event));
                }
                if over && let Some(call) = self.sessions.remove(&session) {
                    self.erase(call);
                }
            }
        }
    }

    /// RFC 5627 4.2: the address that reaches this device from anywhere, as a Contact, if our own registrar gave one.
    fn gruu(&self, response: &Message) -> Option<String> {
        let contacts = response.contacts().ok()?;
        let ours = contacts.list().iter().find(|contact| {
            contact.param("+sip.instance").is_some_and(|instance| instance.trim_matches(['<', '>', '"']) == self.profile.instance)
        })?;
        let gruu = Uri::parse(ours.param("pub-gruu")?.trim_matches('"')).ok()?;
        let own = gruu.is_sip() && self.aor.as_ref().is_some_and(|aor| aor.host().eq_ignore_ascii_case(gruu.host()));
        (own && gruu.param("gr").is_some()).then(|| format!("<{}>", gruu.as_str()))
    }

    fn on_incoming(&mut self, now: Millis, session: SessionId, invite: &Message) {
        if self.calls.len() >= MAX_CALLS || self.stopping.is_some() {
            // Just opened: it cannot be answered already.
            let _ = self.ep.reject(now, session, 486, "Busy Here", &[]);
            return;
        }
        let hints = match self.entry(invite) {
            Ok(hints) => hints,
            Err((status, phrase)) => {
                let _ = self.ep.reject(now, session, status, phrase, &[]);
                return;
            }
        };
        let id = self.next_handle();
        if let Some(call) = Call::ring(&mut self.ctx(now), id, session, invite, hints) {
            self.sessions.insert(session, id);
            self.calls.insert(id, call);
        }
        if let Some(old) = hints.replaces {
            let video = self.calls.get(&old).is_some_and(Call::wants_video);
            self.with_call(now, id, |call, ctx| call.answer(ctx, video));
        }
    }

    /// The registrar has answered: sessions move to the present flow, and what waited goes out.
    fn use_flow(&mut self, now: Millis) {
        let Some(flow) = self.link.flow() else { return };
        if self.ready || !self.registration.is_settled() {
            return;
        }
        self.ready = true;
        let sessions: Vec<SessionId> = self.sessions.keys().copied().collect();
        for session in sessions {
            self.ep.set_flow(now, session, flow);
        }
        self.each_call(now, Call::on_reachable);
        self.with_watcher(now, |watcher, ctx| watcher.on_reachable(ctx));
    }
}

//! Where the wishes of the link and the events of the endpoint go.

use super::{Agent, MAX_CALLS};
use crate::call::Call;
use crate::codec::{Message, Method, Uri};
use crate::endpoint::{EndpointEvent, FlowConfig, SessionId};
use crate::io::{Millis, Output};
use crate::link::Act;

impl Agent {
    /// Does what the links want. Says whether they wanted something.
    pub(super) fn do_link_acts(&mut self, now: Millis) -> bool {
        let mut some = false;
        for at in 0..self.edges.len() {
            for act in self.edges[at].link.acts() {
                some = true;
                self.on_act(now, at, act);
            }
        }
        some
    }

    fn on_act(&mut self, now: Millis, at: usize, act: Act) {
        match act {
            Act::Connect(flow) => self.out.push_back(Output::Connect { flow, url: self.edges[at].url.clone() }),
            Act::Drop(flow) => self.out.push_back(Output::Disconnect { flow }),
            Act::Tell(state) => self.tell_link(at, state),
            Act::Ping => {
                if let Some(flow) = self.edges[at].link.flow() {
                    self.out.push_back(Output::Send { flow, bytes: b"\r\n\r\n".to_vec() });
                }
            }
            Act::Options => {
                if let Some(flow) = self.edges[at].link.flow() {
                    let options = self.own_request(Method::Options);
                    // Any reply is a sign of life; the reply itself says nothing.
                    self.ep.request(now, flow, options);
                }
            }
            Act::Opened(flow) => {
                let transport = if self.edges[at].url.starts_with("wss:") { "WSS" } else { "WS" };
                self.ep.flow_opened(now, flow, FlowConfig { transport: transport.to_owned(), sent_by: self.host.clone(), reliable: true });
                self.ep.set_credentials(flow, self.profile.credentials.clone());
                if self.stopping.is_some() && !self.sessions.is_empty() {
                    self.edges[at].registration.wanted();
                }
                if let Some(ask) = self.edges[at].registration.on_link_up() {
                    self.register(now, at, ask);
                }
            }
            Act::Lost(flow) => self.lose_edge(now, at, flow),
        }
    }

    /// The edge whose REGISTER this is.
    fn registering(&self, event: &EndpointEvent) -> Option<usize> {
        let (EndpointEvent::Response { id, .. } | EndpointEvent::RequestFailed { id, .. }) = event else { return None };
        self.edges.iter().position(|edge| edge.register_request == Some(*id))
    }

    /// The registrar has answered, or has not.
    fn on_registrar(&mut self, now: Millis, at: usize, response: Option<&Message>) {
        let gruu = response.and_then(|response| self.gruu(response)).filter(|_| self.profile.gruu);
        let edge = &mut self.edges[at];
        edge.register_request = None;
        match response {
            Some(response) => {
                let limit = response.flow_timer().ok().flatten().map(|s| u64::from(s) * 1_000);
                edge.link.flow_timer = limit.or(edge.link.flow_timer);
                if response.status().is_some_and(|status| (200..=299).contains(&status)) {
                    edge.contact = gruu.unwrap_or_else(|| format!("<{}>", edge.contact_uri));
                }
                if let Some(ask) = edge.registration.on_response(now, response, &edge.contact_uri, &self.profile.instance) {
                    self.register(now, at, ask);
                }
            }
            None => {
                edge.registration.on_no_reply(now);
                edge.link.suspect(now);
            }
        }
        self.use_edge(now, at);
    }

    pub(super) fn on_event(&mut self, now: Millis, event: EndpointEvent) {
        if let Some(at) = self.registering(&event) {
            let response = if let EndpointEvent::Response { message, .. } = &event { Some(message) } else { None };
            return self.on_registrar(now, at, response);
        }
        match event {
            EndpointEvent::Incoming { session, message, .. } => self.on_incoming(now, session, &message),
            EndpointEvent::Request { txn, message, .. } => self.on_request(now, txn, &message),
            // Of a subscription, of a digit in some call, or of an OPTIONS.
            EndpointEvent::Response { .. } | EndpointEvent::RequestFailed { .. } => {
                if !self.is_watchers(now, &event) {
                    self.each_call(now, |call, ctx| call.on_event(ctx, event.clone()));
                }
            }
            event => {
                let Some(session) = event.session() else { return };
                let over = matches!(event, EndpointEvent::Rejected { .. } | EndpointEvent::Failed { .. } | EndpointEvent::Ended { .. });
                if let Some(call) = self.sessions.get(&session).copied() {
                    self.with_call(now, call, |call, ctx| call.on_event(ctx, event));
                }
                if over && let Some(call) = self.sessions.remove(&session) {
                    self.bound.remove(&session);
                    // Of a dialog that a call has left nothing is kept.
                    if !self.sessions.values().any(|other| *other == call) {
                        self.erase(call);
                    }
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
        if let Some(old) = hints.replaces
            && self.calls.get(&old).is_some_and(|call| call.is_moved_by(&self.ep, invite))
        {
            self.with_call(now, old, |call, ctx| call.move_in(ctx, session, invite));
            return;
        }
        let id = self.next_handle();
        if let Some(call) = Call::ring(&mut self.ctx(now, Some(session)), id, session, invite, hints) {
            self.sessions.insert(session, id);
            self.calls.insert(id, call);
        }
        if let Some(old) = hints.replaces {
            let video = self.calls.get(&old).is_some_and(Call::wants_video);
            self.with_call(now, id, |call, ctx| call.answer(ctx, video));
        }
    }
}

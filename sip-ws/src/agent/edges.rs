//! The ways to our domain: one flow and one registration for each edge of the profile (RFC 5626).

use super::Agent;
use crate::call::Call;
use crate::codec::{HeaderName, Method};
use crate::dialog::Detour;
use crate::endpoint::{RequestId, SessionId};
use crate::ids::Ids;
use crate::io::{Event, FlowId, LinkState, Millis, Output, Profile, RegistrationState};
use crate::link::Link;
use crate::register::{Ask, Registration};

/// Edges that an agent uses; further ones of a profile are left out (RFC 5626 4.2.1 wants four).
pub const MAX_EDGES: usize = 4;

/// One edge of our domain.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) url: String,
    pub(super) link: Link,
    pub(super) registration: Registration,
    /// The registrar has answered on the present flow, so that it may be used.
    pub(super) ready: bool,
    /// The REGISTER under way.
    pub(super) register_request: Option<RequestId>,
    pub(super) contact_uri: String,
    /// Our Contact in calls: the address that our registrar gave this device (RFC 5627), else that of the binding.
    pub(super) contact: String,
    link_state: LinkState,
    registration_state: RegistrationState,
}

/// One for each URL of the profile. `host` stands for us on all of them.
pub(super) fn edges(profile: &Profile, host: &str, ids: &mut Ids) -> Vec<Edge> {
    let urls: Vec<&String> = std::iter::once(&profile.websocket_url).chain(&profile.further_urls).take(MAX_EDGES).collect();
    let mut edges = Vec::with_capacity(urls.len());
    for (at, url) in (1..).zip(&urls) {
        // Another one for each, so that a registrar without RFC 5626 does not take one for the other.
        let contact_uri = format!("sip:{}@{host};transport=ws;ob", ids.token(6));
        edges.push(Edge {
            url: (*url).clone(),
            link: Link::new(ids.fork(), at, urls.len() as u64),
            registration: Registration::new(profile.register_expires, ids.fork()),
            ready: false,
            register_request: None,
            contact: format!("<{contact_uri}>"),
            contact_uri,
            link_state: LinkState::Off,
            registration_state: RegistrationState::Off,
        });
    }
    edges
}

/// Host and port of a WebSocket URL.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

fn host(url: &str) -> &str {
    let authority = authority(url);
    match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => &authority[..at],
        Some(_) | None => authority,
    }
}

impl Agent {
    /// The edge that new requests take: the first that is registered, or else the first that may be used, or else the first.
    pub(super) fn preferred(&self) -> usize {
        let registered = self.edges.iter().position(|edge| edge.ready && edge.registration.is_registered());
        registered.or_else(|| self.edges.iter().position(|edge| edge.ready)).unwrap_or_default()
    }

    /// The flow of an edge, once it may be used.
    pub(super) fn ready_flow(&self, edge: usize) -> Option<FlowId> {
        self.edges.get(edge).filter(|edge| edge.ready)?.link.flow()
    }

    pub(super) fn has_flow(&self) -> bool {
        self.edges.iter().any(|edge| edge.link.flow().is_some())
    }

    /// Whose flow this is.
    pub(super) fn edge_of(&self, flow: FlowId) -> Option<usize> {
        self.edges.iter().position(|edge| edge.link.is_own(flow))
    }

    /// On which edge a session is, or would go on.
    pub(super) fn edge_of_session(&self, session: Option<SessionId>) -> usize {
        let flow = session.and_then(|session| self.ep.flow_of(session));
        flow.and_then(|flow| self.edge_of(flow)).unwrap_or_else(|| self.preferred())
    }

    pub(super) fn detour(&self, edge: usize) -> Detour {
        let Some(here) = self.edges.get(edge).filter(|_| self.edges.len() > 1) else { return Detour::default() };
        let others = self.edges.iter().map(|edge| host(&edge.url)).filter(|other| !other.eq_ignore_ascii_case(host(&here.url)));
        Detour { here: format!("<sip:{};transport=ws;lr>", authority(&here.url)), elsewhere: others.map(str::to_owned).collect() }
    }

    /// Where flows are a choice, those that are lost are in less of a hurry.
    pub(super) fn note_spares(&mut self) {
        let up = self.edges.iter().filter(|edge| edge.link.flow().is_some()).count();
        for edge in &mut self.edges {
            edge.link.spare = up > usize::from(edge.link.flow().is_some());
        }
    }

    /// Registers where `wish` says that it may help.
    pub(super) fn register_now(&mut self, now: Millis, wish: fn(&mut Registration) -> Option<Ask>) {
        for at in 0..self.edges.len() {
            if self.edges[at].link.flow().is_some()
                && let Some(ask) = wish(&mut self.edges[at].registration)
            {
                self.register(now, at, ask);
            }
        }
    }

    pub(super) fn register(&mut self, now: Millis, at: usize, ask: Ask) {
        let mut register = self.own_request(Method::Register);
        let (instance, gruu) = (&self.profile.instance, self.profile.gruu);
        let Some(edge) = self.edges.get_mut(at) else { return };
        let Some(flow) = edge.link.flow() else { return };
        edge.registration.cseq += 1;
        register.push(HeaderName::CallId, &edge.registration.call_id);
        register.push(HeaderName::CSeq, format!("{} REGISTER", edge.registration.cseq));
        let Ask { expires } = ask;
        let plain = edge.registration.is_plain();
        let reg_id = if plain { String::new() } else { format!(";reg-id={}", at + 1) };
        register.push(HeaderName::Contact, format!("<{}>;+sip.instance=\"<{instance}>\"{reg_id};expires={expires}", edge.contact_uri));
        register.push(HeaderName::Expires, expires.to_string());
        let outbound = if plain { "" } else { "outbound, " };
        register.push(HeaderName::Supported, format!("{outbound}path{}", if gruu { ", gruu" } else { "" }));
        edge.register_request = Some(self.ep.request(now, flow, register));
    }

    /// The user sees the best of all links.
    pub(super) fn tell_link(&mut self, at: usize, state: LinkState) {
        self.edges[at].link_state = state;
        let best = self.edges.iter().map(|edge| edge.link_state).min_by_key(|state| match state {
            LinkState::Up => (0, Millis(0)),
            LinkState::Connecting { .. } => (1, Millis(0)),
            LinkState::Down { retry_at, .. } => (2, *retry_at),
            LinkState::Off => (3, Millis(0)),
        });
        if best != self.told_link {
            self.told_link = best;
            self.out.extend(best.map(|state| Output::Event(Event::Link(state))));
        }
    }

    /// And of all registrations.
    pub(super) fn tell_registrations(&mut self) {
        let mut news = false;
        for edge in &mut self.edges {
            if let Some(state) = edge.registration.news() {
                edge.registration_state = state;
                news = true;
            }
        }
        if !news {
            return;
        }
        let best = self.edges.iter().map(|edge| &edge.registration_state).min_by_key(|state| match state {
            RegistrationState::Registered { .. } => 0,
            RegistrationState::Registering => 1,
            RegistrationState::Failed { .. } => 2,
            RegistrationState::Off => 3,
        });
        if best != self.told_registration.as_ref() {
            self.told_registration = best.cloned();
            self.out.extend(best.cloned().map(|state| Output::Event(Event::Registration(state))));
        }
    }

    /// The registrar has answered: sessions without a flow move to this one, and what waited goes out.
    pub(super) fn use_edge(&mut self, now: Millis, at: usize) {
        if self.edges[at].link.flow().is_none() || self.edges[at].ready || !self.edges[at].registration.is_settled() {
            return;
        }
        self.edges[at].ready = true;
        self.gather(now, at);
        if self.ready_flow(self.watch_edge).is_none() || self.watch_edge == at {
            self.watch_edge = at;
            self.with_watcher(now, |watcher, ctx| watcher.on_reachable(ctx));
        }
    }

    /// A flow is gone. What is agreed goes on over another one; what still waits for an answer by that way waits for its edge.
    pub(super) fn lose_edge(&mut self, now: Millis, at: usize, flow: FlowId) {
        self.edges[at].ready = false;
        self.edges[at].register_request = None;
        let lost: Vec<SessionId> = self.sessions.keys().copied().filter(|session| self.ep.flow_of(*session) == Some(flow)).collect();
        self.ep.flow_lost(now, flow);
        self.edges[at].registration.on_link_lost();
        for session in lost.into_iter().filter(|session| !self.ep.is_at_ease(*session)) {
            self.bound.insert(session, at);
        }
        let other = (0..self.edges.len()).find(|other| self.ready_flow(*other).is_some()).map(|_| self.preferred());
        if let Some(other) = other {
            self.gather(now, other);
        }
        let calls: Vec<_> = self.calls.iter().filter(|(_, call)| call.session.is_some_and(|s| self.ep.flow_of(s).is_none())).collect();
        let calls: Vec<_> = calls.into_iter().map(|(id, _)| *id).collect();
        for call in calls {
            self.with_call(now, call, |call, ctx| call.set_reachable(ctx, false));
        }
        if self.watch_edge == at {
            self.with_watcher(now, |watcher, _| watcher.on_lost());
            if let Some(other) = other {
                self.watch_edge = other;
                self.with_watcher(now, |watcher, ctx| watcher.on_reachable(ctx));
            }
        }
        if !self.has_flow() {
            for (_, edge) in self.edges.iter_mut().enumerate().filter(|(other, _)| *other != at) {
                edge.link.is_last(now);
            }
        }
    }

    /// Sessions without a flow go on over this edge.
    fn gather(&mut self, now: Millis, at: usize) {
        let Some(flow) = self.ready_flow(at) else { return };
        let detour = self.detour(at);
        let homeless: Vec<SessionId> = self.sessions.keys().copied().filter(|session| self.ep.flow_of(*session).is_none()).collect();
        let mut calls = Vec::new();
        for session in homeless {
            if self.bound.get(&session).is_some_and(|bound| *bound != at) {
                continue;
            }
            self.bound.remove(&session);
            if self.edges.len() > 1 {
                self.ep.redirect(session, &self.edges[at].contact, &detour);
            }
            self.ep.set_flow(now, session, flow);
            calls.extend(self.sessions.get(&session).copied());
        }
        for call in calls {
            self.with_call(now, call, Call::on_reachable);
        }
    }
}

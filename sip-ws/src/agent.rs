//! The browser's user agent: one identity, one flow to each of its edges, several calls. Routes input to the machines and drains them.

mod across;
mod edges;
mod entry;
mod route;
mod watching;

use std::collections::{BTreeMap, VecDeque};

use crate::call::{Call, CallAct, Ctx, Goal, Identity, resolve};
use crate::codec::fragment::PACKAGE;
use crate::codec::{HeaderName, Message, Method, NameAddr, Uri};
use crate::endpoint::{self, Endpoint, EndpointConfig, SessionId, SessionTimer};
use crate::ids::Ids;
use crate::io::{
    CallId, Command, EndCause, Event, FlowId, Input, LinkState, MediaInput, Millis, Network, Output, Profile, RegistrationState,
    SocketInput,
};
use crate::register::Registration;
use crate::timers;
use crate::watch::Watcher;

use edges::Edge;
pub use edges::MAX_EDGES;

/// Calls at one time; further ones are refused with 486.
pub const MAX_CALLS: usize = 16;

/// A user agent. Hand in every [`Input`], then drain [`poll`](Self::poll) until [`Output::Wait`].
#[derive(Debug)]
pub struct Agent {
    profile: Profile,
    aor: Option<Uri>,
    ids: Ids,
    ep: Endpoint,
    /// In order of preference, at least one.
    edges: Vec<Edge>,
    told_link: Option<LinkState>,
    told_registration: Option<RegistrationState>,
    /// Sessions that wait for an answer by way of an edge whose flow is lost.
    bound: BTreeMap<SessionId, usize>,
    /// The edge of all subscriptions.
    watch_edge: usize,
    calls: BTreeMap<CallId, Call>,
    /// Sessions of the endpoint, also those that only have a BYE left to say.
    sessions: BTreeMap<SessionId, CallId>,
    /// Calls that are over for the user, and kept until the peer knows.
    ending: Vec<CallId>,
    /// The user wants to stop; when to stop waiting for the registrar.
    stopping: Option<Millis>,
    /// Random host that stands for us in Via and Contact (RFC 7118 5).
    host: String,
    last_media: u64,
    last_incoming: u64,
    /// What calls want of each other, until it is done.
    acts: Vec<CallAct>,
    /// Subscriptions, once there was one.
    watcher: Option<Box<dyn Watcher>>,
    /// Notifications outside of any dialog.
    unsolicited: u64,
    out: VecDeque<Output>,
    wait: Option<Millis>,
}

impl Agent {
    /// An agent at rest; [`Command::Start`] connects it. The seed must be random and used once.
    #[must_use]
    pub fn new(profile: Profile, seed: [u8; 32]) -> Self {
        Self::with_ids(profile, Ids::new(seed))
    }

    /// The same, in which all that is random and no secret (pauses, for the most part) comes of a seed of its own. It may be written
    /// down, and with it a recording can be [replayed](crate::record::replay).
    #[must_use]
    pub fn with_pace(profile: Profile, seed: [u8; 32], pace: [u8; 32]) -> Self {
        Self::with_ids(profile, Ids::with_pace(seed, pace))
    }

    fn with_ids(mut profile: Profile, mut ids: Ids) -> Self {
        // The address that a registrar gives names whom it is given to.
        profile.gruu &= !profile.anonymous;
        let config = config(&profile);
        let host = format!("{}.invalid", ids.token(6));
        let edges = edges::edges(&profile, &host, &mut ids);
        let mut seed = [0; 32];
        seed.copy_from_slice(&ids.token(16).as_bytes()[..32]);
        Self {
            aor: Uri::parse(&profile.aor).ok().filter(Uri::is_sip),
            ep: Endpoint::with_ids(config, seed, ids.fork_as(seed)),
            edges,
            told_link: None,
            told_registration: None,
            bound: BTreeMap::new(),
            watch_edge: 0,
            ids,
            calls: BTreeMap::new(),
            sessions: BTreeMap::new(),
            ending: Vec::new(),
            stopping: None,
            host,
            last_media: 0,
            last_incoming: 0,
            acts: Vec::new(),
            watcher: None,
            unsolicited: 0,
            out: VecDeque::new(),
            wait: None,
            profile,
        }
    }

    /// Something happened at `now`. Drain [`poll`](Self::poll) afterwards.
    pub fn input(&mut self, now: Millis, input: Input) {
        self.note_spares();
        match input {
            Input::Socket(flow, socket) => self.on_socket(now, flow, &socket),
            Input::Timer => {}
            Input::Media(media) => self.on_media(now, media),
            Input::Command(command) => self.on_command(now, command),
            Input::Network(Network::Online) => self.edges.iter_mut().for_each(|edge| edge.link.try_now(now)),
            Input::Network(Network::Offline) => self.edges.iter_mut().for_each(|edge| edge.link.suspect(now)),
            Input::Credentials(credentials) => {
                self.profile.credentials.retain(|known| known.realm != credentials.realm);
                self.profile.credentials.push(credentials);
                for flow in self.edges.iter().filter_map(|edge| edge.link.flow()) {
                    self.ep.set_credentials(flow, self.profile.credentials.clone());
                }
                self.register_now(now, Registration::try_with_others);
            }
        }
        self.settle(now);
    }

    /// What is due is done on every input: a timer may come late.
    fn settle(&mut self, now: Millis) {
        self.on_time(now);
        self.pump(now);
        let calls = self.calls.values().filter_map(Call::deadline).min();
        let watches = self.watcher.as_ref().and_then(|watcher| watcher.deadline());
        let edges = self.edges.iter().flat_map(|edge| [edge.link.deadline(), edge.registration.deadline()]).flatten().min();
        self.wait = [edges, self.stopping, calls, watches, self.wait].into_iter().flatten().min();
    }

    /// The next output. [`Output::Wait`] says that there is no more.
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or(Output::Wait(self.wait))
    }

    /// Transactions, sessions and timers of the endpoint, and calls: all 0 at rest but for the registration's.
    #[must_use]
    pub fn load(&self) -> (usize, usize, usize, usize) {
        let (transactions, sessions, timers) = self.ep.load();
        (transactions, sessions, timers, self.calls.len())
    }

    fn on_socket(&mut self, now: Millis, flow: FlowId, socket: &SocketInput) {
        let Some(at) = self.edge_of(flow) else { return };
        let link = &mut self.edges[at].link;
        match socket {
            SocketInput::Opened => link.on_opened(now, flow),
            SocketInput::Received(bytes) => {
                if link.on_received(now, flow, bytes == b"\r\n") {
                    self.ep.receive(now, flow, bytes);
                }
            }
            SocketInput::Closed { retry_after } => link.on_closed(now, flow, *retry_after),
        }
    }

    fn on_media(&mut self, now: Millis, media: MediaInput) {
        let (MediaInput::LocalDescription { call, .. }
        | MediaInput::Applied { call, .. }
        | MediaInput::Failed { call, .. }
        | MediaInput::Gathered { call, .. }) = media;
        self.with_call(now, call, |call, ctx| call.on_media(ctx, media));
    }

    fn on_command(&mut self, now: Millis, command: Command) {
        match command {
            Command::Start => self.start(now),
            Command::Stop => self.stop(now),
            Command::RetryNow => {
                self.register_now(now, Registration::try_now);
                for edge in self.edges.iter_mut().filter(|edge| edge.link.flow().is_none()) {
                    edge.link.try_now(now);
                }
            }
            Command::Leave => self.leave(now),
            Command::Call { call, target, video } => self.dial(now, call, &target, Goal { video, ..Goal::default() }),
            Command::CallInto { call, target, video, dialog, how } => {
                self.dial(now, call, &target, Goal { video, entry: Some((dialog, how)), ..Goal::default() })
            }
            Command::FollowRedirect { call, accept } => {
                self.command(now, call, "FollowRedirect", |call, ctx| call.follow_redirect(ctx, accept))
            }
            Command::Transfer { call, target } => self.transfer(now, call, &target),
            Command::TransferTo { call, to } => self.transfer_to(now, call, to),
            Command::FollowTransfer { call, accept } => {
                self.command(now, call, "FollowTransfer", |call, ctx| call.follow_transfer(ctx, accept))
            }
            Command::Answer { call, video } => self.command(now, call, "Answer", |call, ctx| call.answer(ctx, video)),
            Command::Reject { call, how } => self.command(now, call, "Reject", |call, ctx| call.reject(ctx, how)),
            Command::HangUp { call } => self.command(now, call, "HangUp", Call::hang_up),
            Command::Hold { call } => self.command(now, call, "Hold", |call, ctx| call.set_hold(ctx, true)),
            Command::Resume { call } => self.command(now, call, "Resume", |call, ctx| call.set_hold(ctx, false)),
            Command::Dtmf { call, digit, duration_ms } => self.command(now, call, "Dtmf", |call, ctx| call.press(ctx, digit, duration_ms)),
            Command::SetVideo { call, on } => self.command(now, call, "SetVideo", |call, ctx| call.set_video(ctx, on)),
            Command::Renegotiate { call, fresh } => self.command(now, call, "Renegotiate", |call, ctx| call.renegotiate(ctx, fresh)),
        }
    }

    fn command(&mut self, now: Millis, call: CallId, command: &'static str, f: impl FnOnce(&mut Call, &mut Ctx<'_>)) {
        if !self.with_call(now, call, f) {
            self.out.push_back(Output::Event(Event::Ignored { command, why: "there is no such call" }));
        }
    }

    fn start(&mut self, now: Millis) {
        if self.aor.is_none() {
            self.out.push_back(Output::Event(Event::Warning("the address of record is no SIP URI")));
            return;
        }
        self.stopping = None;
        for at in 0..self.edges.len() {
            let Edge { link, registration, .. } = &mut self.edges[at];
            registration.wanted();
            if let Some(ask) = link.flow().and_then(|_| registration.on_link_up()) {
                self.register(now, at, ask);
            }
            self.edges[at].link.start(now);
        }
    }

    fn stop(&mut self, now: Millis) {
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for call in calls {
            self.with_call(now, call, Call::hang_up);
        }
        self.with_watcher(now, |watcher, ctx| watcher.stop(ctx, false));
        self.stopping = Some(now.plus(timers::FAREWELL_LIMIT));
        // Without a flow the last words wait for the next one, which is registered first.
        if self.has_flow() {
            self.unregister(now);
        }
    }

    fn unregister(&mut self, now: Millis) {
        for at in 0..self.edges.len() {
            let Edge { link, registration, .. } = &mut self.edges[at];
            if let Some(ask) = registration.unwanted(link.flow().is_some()) {
                self.register(now, at, ask);
            }
        }
    }

    /// Whoever stops has said their last words, or has tried for long enough.
    fn stop_if_done(&mut self, now: Millis) {
        let Some(limit) = self.stopping else { return };
        let limit = if self.sessions.is_empty() { limit.min(now.plus(timers::STOP_LIMIT)) } else { limit };
        self.stopping = Some(limit);
        if self.sessions.is_empty() {
            self.unregister(now);
        }
        let said = self.sessions.is_empty() && (!self.has_flow() || self.edges.iter().all(|edge| edge.registration.is_off()));
        if said || limit <= now {
            self.stopping = None;
            self.edges.iter_mut().for_each(|edge| edge.link.stop());
            for (session, call) in std::mem::take(&mut self.sessions) {
                self.ep.forget(session);
                self.erase(call);
            }
        }
    }

    fn dial(&mut self, now: Millis, id: CallId, target: &str, goal: Goal) {
        let refuse = |why| Output::Event(Event::Ignored { command: "Call", why });
        let Some(aor) = self.aor.clone().filter(|_| !self.edges[0].link.is_off()) else {
            return self.out.push_back(refuse("the agent is not started"));
        };
        if self.calls.contains_key(&id) || id.is_incoming() {
            return self.out.push_back(refuse("the handle is in use"));
        }
        let Some(target) = resolve(target, aor.host()) else {
            return self.out.push_back(Output::Event(Event::Ended { call: id, cause: EndCause::Protocol("the target is no address") }));
        };
        self.place(now, id, &aor, &target, goal);
    }

    /// A new call with a handle that is free.
    fn place(&mut self, now: Millis, id: CallId, aor: &Uri, target: &Uri, goal: Goal) {
        if self.calls.len() >= MAX_CALLS {
            return self.out.push_back(Output::Event(Event::Ended { call: id, cause: EndCause::Protocol("too many calls") }));
        }
        let display_name = self.profile.display_name.clone();
        let me = Identity { aor, display_name: display_name.as_deref(), anonymous: self.profile.anonymous };
        let call = Call::dial(&mut self.ctx(now, None), id, &me, target, goal);
        self.calls.insert(id, call);
    }

    /// What a call with this session may use.
    fn ctx(&mut self, now: Millis, session: Option<SessionId>) -> Ctx<'_> {
        let edge = &self.edges[self.edge_of_session(session)];
        Ctx {
            now,
            ep: &mut self.ep,
            out: &mut self.out,
            ids: &mut self.ids,
            last_media: &mut self.last_media,
            contact: &edge.contact,
            service_route: &edge.registration.service_route,
            session_header: self.profile.session_id_header.as_deref(),
            aor: &self.profile.aor,
            anonymous: self.profile.anonymous,
            domain: self.aor.as_ref().map_or("", Uri::host),
            trusted: &self.profile.trusted,
            supervised: self.profile.supervised,
            acts: &mut self.acts,
        }
    }

    fn with_call(&mut self, now: Millis, id: CallId, f: impl FnOnce(&mut Call, &mut Ctx<'_>)) -> bool {
        let mut f = Some(f);
        self.on_call(now, id, &mut |call, ctx| {
            if let Some(f) = f.take() {
                f(call, ctx);
            }
        })
    }

    /// Hands a call out and notes what became of it. Compiled once, not for each of those who use it: the page downloads this.
    #[inline(never)]
    fn on_call(&mut self, now: Millis, id: CallId, f: &mut dyn FnMut(&mut Call, &mut Ctx<'_>)) -> bool {
        let Some(mut call) = self.calls.remove(&id) else { return false };
        let session = call.session;
        f(&mut call, &mut self.ctx(now, session));
        if let Some(session) = call.session {
            // Known until the endpoint says that it is over, longer than the call itself.
            if self.ep.flow_of(session).is_some() || self.ep.snapshot(session).is_some() || !call.is_over() {
                self.sessions.insert(session, id);
            }
        }
        if let Some(moving) = call.moving() {
            self.sessions.insert(moving, id);
        }
        if let Some(left) = session.filter(|left| call.session != Some(*left) && self.ep.session_id(*left).is_none()) {
            self.sessions.remove(&left);
            self.bound.remove(&left);
        }
        if let Some(stored) = call.take_stored(&self.ctx(now, call.session)) {
            self.out.push_back(Output::Keep { call: id, stored: Some(Box::new(stored)) });
        }
        if !call.is_over() {
            self.calls.insert(id, call);
        } else if call.is_kept() {
            // The BYE has to be said even if the page goes in this moment.
            let stored = call.stored(&self.ctx(now, call.session), true).map(Box::new);
            if stored.is_some() {
                self.ending.push(id);
            }
            self.out.push_back(Output::Keep { call: id, stored });
        }
        true
    }

    fn each_call(&mut self, now: Millis, mut f: impl FnMut(&mut Call, &mut Ctx<'_>)) {
        let ids: Vec<CallId> = self.calls.keys().copied().collect();
        for id in ids {
            self.on_call(now, id, &mut f);
        }
    }

    fn on_time(&mut self, now: Millis) {
        for at in 0..self.edges.len() {
            let Edge { link, registration, .. } = &mut self.edges[at];
            // A BYE under way must not wait for long either.
            link.in_call = !self.calls.is_empty() || !self.sessions.is_empty();
            if link.deadline().is_some_and(|at| at <= now) {
                link.on_timeout(now);
            }
            if let Some(ask) = registration.on_timeout(now) {
                self.register(now, at, ask);
            }
        }
        self.ep.handle_timeout(now);
        self.each_call(now, Call::on_timeout);
        self.with_watcher(now, |watcher, ctx| watcher.on_timeout(ctx));
    }

    /// Does what the machines want, until they want nothing more.
    fn pump(&mut self, now: Millis) {
        loop {
            self.do_link_acts(now);
            self.tell_registrations();
            self.do_acts(now);
            let flow = self.ready_flow(self.preferred());
            self.each_call(now, |call, ctx| call.launch(ctx, flow));
            match self.ep.poll() {
                endpoint::Output::Transmit { flow, bytes } => self.out.push_back(Output::Send { flow, bytes }),
                endpoint::Output::Event(event) => self.on_event(now, event),
                endpoint::Output::Wait(at) => {
                    self.wait = at;
                    self.stop_if_done(now);
                    if !self.do_link_acts(now) && self.acts.is_empty() {
                        return;
                    }
                }
            }
        }
    }

    /// A request from ourselves to our own domain.
    fn own_request(&self, method: Method) -> Message {
        let aor = self.profile.aor.as_str();
        let host = self.aor.as_ref().map_or("invalid", |a| a.host());
        let registrar = self.profile.registrar.clone().unwrap_or_else(|| format!("sip:{host}"));
        let mut message = Message::request(method, &registrar);
        let own = self.aor.as_ref().map_or_else(|| format!("<{aor}>"), |a| NameAddr::new(None, a).as_str().to_owned());
        message.push(HeaderName::From, &own);
        message.push(HeaderName::To, &own);
        message
    }
}

/// What our endpoint is and can do.
fn config(profile: &Profile) -> EndpointConfig {
    let base = EndpointConfig::default();
    let tags = ["timer", "100rel", "replaces", "join", "norefersub", "tdialog", "answermode", PACKAGE];
    let min = timers::SESSION_MIN;
    EndpointConfig {
        user_agent: profile.user_agent.clone(),
        patient: true,
        allow: base.allow.iter().cloned().chain([Method::Prack, Method::Refer, Method::Notify]).collect(),
        supported: base.supported.iter().map(String::as_str).chain(tags).chain(profile.gruu.then_some("gruu")).map(str::to_owned).collect(),
        recv_info: vec![PACKAGE.to_owned()],
        session_timer: Some(SessionTimer { offer: profile.session_expires.map(|seconds| seconds.max(min)), min }),
        ..base
    }
}

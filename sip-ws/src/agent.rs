//! The browser's user agent: one identity, one flow at a time, several calls. Routes input to the machines and drains them.

mod across;
mod entry;
mod route;
mod watching;

use std::collections::{BTreeMap, VecDeque};

use crate::call::{Call, CallAct, Ctx, Goal, Identity, resolve};
use crate::codec::{HeaderName, Message, Method, NameAddr, Uri};
use crate::endpoint::{self, Endpoint, EndpointConfig, RequestId, SessionId, SessionTimer};
use crate::ids::Ids;
use crate::io::{CallId, Command, EndCause, Event, FlowId, Input, MediaInput, Millis, Network, Output, Profile, SocketInput};
use crate::link::Link;
use crate::register::{Ask, Registration};
use crate::timers;
use crate::watch::Watcher;

/// Calls at one time; further ones are refused with 486.
pub const MAX_CALLS: usize = 16;

/// A user agent. Hand in every [`Input`], then drain [`poll`](Self::poll) until [`Output::Wait`].
#[derive(Debug)]
pub struct Agent {
    profile: Profile,
    aor: Option<Uri>,
    ids: Ids,
    ep: Endpoint,
    link: Link,
    registration: Registration,
    /// The registrar has answered on the present flow, so that it may be used.
    ready: bool,
    calls: BTreeMap<CallId, Call>,
    /// Sessions of the endpoint, also those that only have a BYE left to say.
    sessions: BTreeMap<SessionId, CallId>,
    /// Calls that are over for the user, and kept until the peer knows.
    ending: Vec<CallId>,
    register_request: Option<RequestId>,
    /// The user wants to stop; when to stop waiting for the registrar.
    stopping: Option<Millis>,
    /// Random host that stands for us in Via and Contact (RFC 7118 5).
    host: String,
    contact_uri: String,
    /// Our Contact in calls: the address that our registrar gave this device (RFC 5627), else that of the binding.
    contact: String,
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
        let mut ids = Ids::new(seed);
        let config = config(&profile);
        let host = format!("{}.invalid", ids.token(6));
        let contact_uri = format!("sip:{}@{host};transport=ws;ob", ids.token(6));
        let contact = format!("<{contact_uri}>");
        let mut seed = [0; 32];
        seed.copy_from_slice(&ids.token(16).as_bytes()[..32]);
        Self {
            aor: Uri::parse(&profile.aor).ok().filter(Uri::is_sip),
            ep: Endpoint::new(config, seed),
            link: Link::new(ids.fork()),
            registration: Registration::new(profile.register_expires, ids.fork()),
            ids,
            ready: false,
            calls: BTreeMap::new(),
            sessions: BTreeMap::new(),
            ending: Vec::new(),
            register_request: None,
            stopping: None,
            host,
            contact_uri,
            contact,
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
        match input {
            Input::Socket(flow, socket) => self.on_socket(now, flow, &socket),
            Input::Timer => {}
            Input::Media(media) => self.on_media(now, media),
            Input::Command(command) => self.on_command(now, command),
            Input::Network(Network::Online) => self.link.try_now(now),
            Input::Network(Network::Offline) => self.link.suspect(now),
            Input::Credentials(credentials) => {
                self.profile.credentials.retain(|known| known.realm != credentials.realm);
                self.profile.credentials.push(credentials);
                if let Some(flow) = self.link.flow() {
                    self.ep.set_credentials(flow, self.profile.credentials.clone());
                }
                self.register_now(now);
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
        let own = [self.link.deadline(), self.registration.deadline(), self.stopping, calls, watches].into_iter().flatten().min();
        self.wait = [own, self.wait].into_iter().flatten().min();
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
        match socket {
            SocketInput::Opened => self.link.on_opened(now, flow),
            SocketInput::Received(bytes) => {
                if self.link.on_received(now, flow, bytes == b"\r\n") {
                    self.ep.receive(now, flow, bytes);
                }
            }
            SocketInput::Closed { retry_after } => self.link.on_closed(now, flow, *retry_after),
        }
    }

    fn on_media(&mut self, now: Millis, media: MediaInput) {
        let (MediaInput::LocalDescription { call, .. } | MediaInput::Applied { call, .. } | MediaInput::Failed { call, .. }) = media;
        self.with_call(now, call, |call, ctx| call.on_media(ctx, media));
    }

    fn on_command(&mut self, now: Millis, command: Command) {
        match command {
            Command::Start => self.start(now),
            Command::Stop => self.stop(now),
            Command::RetryNow => {
                if self.link.flow().is_some() {
                    self.register_now(now);
                } else {
                    self.link.try_now(now);
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
        self.registration.wanted();
        if let Some(ask) = self.link.flow().and_then(|_| self.registration.on_link_up()) {
            self.register(now, ask);
        }
        self.link.start(now);
    }

    fn stop(&mut self, now: Millis) {
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for call in calls {
            self.with_call(now, call, Call::hang_up);
        }
        self.with_watcher(now, |watcher, ctx| watcher.stop(ctx, false));
        self.stopping = Some(now.plus(timers::STOP_LIMIT));
        if let Some(ask) = self.registration.unwanted(self.link.flow().is_some()) {
            self.register(now, ask);
        }
    }

    fn stop_if_done(&mut self, now: Millis) {
        let Some(limit) = self.stopping else { return };
        let said = self.registration.is_off() && self.sessions.is_empty();
        if said || limit <= now || self.link.flow().is_none() {
            self.stopping = None;
            self.link.stop();
            for (session, call) in std::mem::take(&mut self.sessions) {
                self.ep.forget(session);
                self.erase(call);
            }
        }
    }

    fn dial(&mut self, now: Millis, id: CallId, target: &str, goal: Goal) {
        let refuse = |why| Output::Event(Event::Ignored { command: "Call", why });
        let Some(aor) = self.aor.clone().filter(|_| !self.link.is_off()) else {
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
        let (display_name, service_route) = (self.profile.display_name.clone(), self.registration.service_route.clone());
        let me = Identity { aor, display_name: display_name.as_deref(), service_route: &service_route };
        let call = Call::dial(&mut self.ctx(now), id, &me, target, goal);
        self.calls.insert(id, call);
    }

    fn ctx(&mut self, now: Millis) -> Ctx<'_> {
        Ctx {
            now,
            ep: &mut self.ep,
            out: &mut self.out,
            ids: &mut self.ids,
            last_media: &mut self.last_media,
            contact: &self.contact,
            session_header: self.profile.session_id_header.as_deref(),
            aor: &self.profile.aor,
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
        f(&mut call, &mut self.ctx(now));
        if let Some(session) = call.session {
            // Known until the endpoint says that it is over, longer than the call itself.
            if self.ep.flow_of(session).is_some() || self.ep.snapshot(session).is_some() || !call.is_over() {
                self.sessions.insert(session, id);
            }
        }
        if let Some(stored) = call.take_stored(&self.ctx(now)) {
            self.out.push_back(Output::Keep { call: id, stored: Some(Box::new(stored)) });
        }
        if !call.is_over() {
            self.calls.insert(id, call);
        } else if call.is_kept() {
            // The BYE has to be said even if the page goes in this moment.
            let stored = call.stored(&self.ctx(now), true).map(Box::new);
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
        self.link.in_call = !self.calls.is_empty();
        if self.link.deadline().is_some_and(|at| at <= now) {
            self.link.on_timeout(now);
        }
        if let Some(ask) = self.registration.on_timeout(now) {
            self.register(now, ask);
        }
        self.ep.handle_timeout(now);
        self.each_call(now, Call::on_timeout);
        self.with_watcher(now, |watcher, ctx| watcher.on_timeout(ctx));
    }

    /// Does what the machines want, until they want nothing more.
    fn pump(&mut self, now: Millis) {
        loop {
            for act in self.link.acts() {
                self.on_act(now, act);
            }
            if let Some(news) = self.registration.news() {
                self.out.push_back(Output::Event(Event::Registration(news)));
            }
            self.do_acts(now);
            let flow = self.link.flow().filter(|_| self.ready);
            self.each_call(now, |call, ctx| call.launch(ctx, flow));
            match self.ep.poll() {
                endpoint::Output::Transmit { flow, bytes } => self.out.push_back(Output::Send { flow, bytes }),
                endpoint::Output::Event(event) => self.on_event(now, event),
                endpoint::Output::Wait(at) => {
                    self.wait = at;
                    self.stop_if_done(now);
                    let acts = self.link.acts();
                    if acts.is_empty() && self.acts.is_empty() {
                        return;
                    }
                    for act in acts {
                        self.on_act(now, act);
                    }
                }
            }
        }
    }

    fn register_now(&mut self, now: Millis) {
        if self.link.flow().is_some()
            && let Some(ask) = self.registration.try_now()
        {
            self.register(now, ask);
        }
    }

    fn register(&mut self, now: Millis, ask: Ask) {
        let Some(flow) = self.link.flow() else { return };
        self.registration.cseq += 1;
        let mut register = self.own_request(Method::Register);
        register.push(HeaderName::CallId, &self.registration.call_id);
        register.push(HeaderName::CSeq, format!("{} REGISTER", self.registration.cseq));
        let Ask { expires } = ask;
        register.push(
            HeaderName::Contact,
            format!("<{}>;+sip.instance=\"<{}>\";reg-id=1;expires={expires}", self.contact_uri, self.profile.instance),
        );
        register.push(HeaderName::Expires, expires.to_string());
        register.push(HeaderName::Supported, if self.profile.gruu { "outbound, path, gruu" } else { "outbound, path" });
        self.register_request = Some(self.ep.request(now, flow, register));
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
    let tags = ["timer", "100rel", "replaces", "join", "norefersub", "tdialog", "answermode"];
    let min = timers::SESSION_MIN;
    EndpointConfig {
        user_agent: profile.user_agent.clone(),
        patient: true,
        allow: base.allow.iter().cloned().chain([Method::Prack, Method::Refer, Method::Notify]).collect(),
        supported: base.supported.iter().map(String::as_str).chain(tags).chain(profile.gruu.then_some("gruu")).map(str::to_owned).collect(),
        session_timer: Some(SessionTimer { offer: profile.session_expires.map(|seconds| seconds.max(min)), min }),
        ..base
    }
}

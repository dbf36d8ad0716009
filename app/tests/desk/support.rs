//! A desk on simulated time.

use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::{Event, Failure, Start};
use app::desk::settings::DeviceKind;
use app::desk::view::call::CallView;
use app::desk::view::session::{SessionView, Shift};
use app::desk::{CallKey, Desk};
use sip_ws::io::{self, CallId, Command, LinkState, Millis, RegistrationState};
use wire::{DeskProfile, IcePolicy, IceSettings, Me, Person, Presence, Secret, ServerFrame, SipAccount, Snapshot, Tenant, VERSION};

use crate::shown::Shown;

pub struct Bench {
    pub desk: Desk,
    pub now: u64,
    pub effects: Vec<Effect>,
    shown: Shown,
}

pub const UNIX: i64 = 1_750_000_000_000;

impl Bench {
    /// A page before anything happened.
    pub fn blank() -> Bench {
        Bench { desk: Desk::new(), now: 1_000, effects: Vec::new(), shown: Shown::default() }
    }

    /// A page that was just loaded.
    pub fn new() -> Bench {
        let mut bench = Bench::blank();
        let start = Start { languages: vec!["fr-CH".into(), "en".into()], online: true, seed: 7, ..Start::default() };
        bench.event(Event::Started(start));
        bench
    }

    /// Agent One is signed in, devices work, the shift has not begun.
    pub fn signed_in() -> Bench {
        Bench::signed_in_as(me())
    }

    fn signed_in_as(me: Me) -> Bench {
        let mut bench = Bench::new();
        bench.event(Event::Session(Ok(Some(Box::new(me)))));
        bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(4)))));
        bench.event(Event::DeviceOpened(DeviceKind::Microphone));
        bench.event(Event::DeviceOpened(DeviceKind::Camera));
        bench
    }

    /// Registered and idle.
    pub fn ready() -> Bench {
        Bench::ready_as(me())
    }

    /// This person, registered and idle.
    pub fn ready_as(me: Me) -> Bench {
        let mut bench = Bench::signed_in_as(me);
        bench.act(Action::StartShift);
        bench.event(Event::Profile(Ok(Box::new(profile()))));
        bench.sip(io::Event::Link(LinkState::Up));
        bench.registered();
        assert_eq!(bench.shift(), Shift::On);
        bench.effects.clear();
        bench
    }

    /// In conversation with a caller.
    pub fn talking() -> (Bench, CallKey) {
        let mut bench = Bench::ready();
        let key = bench.rings("agent2", false);
        bench.act(Action::Answer { call: key, video: false });
        bench.answered(key);
        bench.effects.clear();
        (bench, key)
    }

    pub fn event(&mut self, event: Event) {
        let after = format!("{event:?}");
        self.desk.handle(self.now, UNIX + self.now as i64, event);
        self.shown.follow(&mut self.desk, &after);
        while let Some(effect) = self.desk.poll() {
            self.effects.push(effect);
        }
    }

    pub fn act(&mut self, action: Action) {
        self.event(Event::Action(action));
    }

    pub fn sip(&mut self, event: io::Event) {
        self.event(Event::Sip(event));
    }

    pub fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now += 1_000;
            self.event(Event::Tick);
        }
    }

    pub fn registered(&mut self) {
        let until = Millis(self.now + 300_000);
        self.sip(io::Event::Registration(RegistrationState::Registered { until }));
    }

    pub fn rings(&mut self, user: &str, has_video: bool) -> CallKey {
        let call = CallId(CallId::FIRST_INCOMING.0 + self.now);
        self.now += 1;
        let from = peer(user);
        let session_id = format!("{:032x}", call.0);
        self.sip(io::Event::Incoming {
            call,
            from,
            to: peer("agent1"),
            has_video,
            session_id,
            first_for: None,
            hints: io::Hints::default(),
        });
        CallKey(call.0)
    }

    pub fn answered(&mut self, call: CallKey) {
        self.sip(io::Event::Answered { call: CallId(call.0), session_id: String::new(), peer: None });
    }

    pub fn ended(&mut self, call: CallKey, cause: io::EndCause) {
        self.sip(io::Event::Ended { call: CallId(call.0), cause });
    }

    /// Commands to the agent since the last look.
    pub fn commands(&mut self) -> Vec<Command> {
        let effects = std::mem::take(&mut self.effects);
        effects.into_iter().filter_map(|effect| if let Effect::Agent(command) = effect { Some(command) } else { None }).collect()
    }

    pub fn call(&self, key: CallKey) -> CallView {
        self.desk.call_views().into_iter().find(|view| view.call == key).expect("the call is on the desk")
    }

    pub fn shift(&self) -> Shift {
        match self.desk.session_view() {
            SessionView::SignedIn(view) => view.shift,
            other => panic!("not signed in: {other:?}"),
        }
    }
}

pub fn peer(user: &str) -> io::Peer {
    io::Peer { uri: format!("sip:{user}@portico.test"), user: user.into(), display: None, asserted: true }
}

pub fn me() -> Me {
    Me {
        id: "p1".into(),
        user: "agent1".into(),
        display_name: "Agent One".into(),
        tenant: Tenant { id: "t".into(), name: "T".into(), domain: "portico.test".into() },
        roles: Vec::new(),
        sites: Vec::new(),
        doors: false,
        expires_at: UNIX + 3_600_000,
        now: UNIX,
        wire: VERSION,
        build: "1".into(),
    }
}

pub fn person(id: &str, user: &str, name: &str, presence: Presence) -> Person {
    Person { id: id.into(), user: user.into(), display_name: name.into(), presence, since: None, silent: false }
}

pub fn snapshot(seq: u64) -> Snapshot {
    let people = vec![
        person("p2", "agent2", "Agent Two", Presence::Available),
        person("p1", "agent1", "Agent One", Presence::Available),
        person("p3", "concierge", "Concierge", Presence::Offline),
    ];
    Snapshot {
        seq,
        now: UNIX,
        people,
        calls: Vec::new(),
        agent: None,
        queues: Vec::new(),
        queue_names: Vec::new(),
        pause_reasons: Vec::new(),
        releases: Vec::new(),
        floor: None,
        told: Vec::new(),
    }
}

pub fn profile() -> DeskProfile {
    DeskProfile {
        sip: SipAccount {
            websocket_url: "ws://127.0.0.1/sip".into(),
            further_urls: Vec::new(),
            domain: "portico.test".into(),
            user: "agent1".into(),
            display_name: "Agent One".into(),
            auth_user: "1:agent1".into(),
            auth_password: Secret::new("secret"),
            realm: "portico.test".into(),
            expires_at: Some(UNIX + 600_000),
            session_id_header: "Session-ID".into(),
            trusted: Vec::new(),
            exchange: true,
        },
        ice: IceSettings { servers: Vec::new(), policy: IcePolicy::All, expires_at: None },
        build: "1".into(),
        now: UNIX,
    }
}

pub fn refused(status: u16) -> Failure {
    Failure { status: Some(status), code: None, retry_after: None }
}

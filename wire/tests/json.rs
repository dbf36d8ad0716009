//! Pins the JSON of every type: a changed snapshot is a changed `wire::VERSION`, and what an older page reads must stay readable.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use insta::assert_json_snapshot;
use wire::*;

const FAULTS: [PhoneFault; 6] = [
    PhoneFault::Starting,
    PhoneFault::MicrophoneNotAllowed,
    PhoneFault::NoMicrophone,
    PhoneFault::MicrophoneGone,
    PhoneFault::MicrophoneFailed,
    PhoneFault::SoundLocked,
];

fn peer() -> Peer {
    Peer { address: "agent2".into(), display_name: Some("Agent Two".into()) }
}

fn call() -> CallItem {
    CallItem {
        contact: "0123456789abcdef0123456789abcdef".into(),
        direction: Direction::Incoming,
        peer: peer(),
        state: CallState::Connected,
        started_at: 1_000,
        answered_at: Some(2_000),
        queue: None,
        away: true,
    }
}

fn row() -> HistoryRow {
    HistoryRow {
        contact: "0123456789abcdef0123456789abcdef".into(),
        direction: Direction::Outgoing,
        peer: Peer { address: "agent2".into(), display_name: None },
        started_at: 1_000,
        answered_at: None,
        ended_at: Some(4_000),
        talk_ms: None,
        outcome: Outcome::Busy,
        queue: None,
    }
}

fn person() -> Person {
    Person {
        id: "p1".into(),
        user: "agent1".into(),
        display_name: "Agent One".into(),
        presence: Presence::OnCall,
        since: Some(3_000),
        silent: true,
    }
}

fn call_queue() -> CallQueue {
    CallQueue { name: "support".into(), label: "Support".into(), since: 500 }
}

fn status() -> AgentStatus {
    AgentStatus {
        state: AgentState::WrapUp,
        since: 4_000,
        wants_calls: true,
        pause_reason: Some("lunch".into()),
        set_by: Some("Supervisor".into()),
        unready: Some(Unready::Silent),
        wrap_up: Some(WrapUp {
            contact: "0123456789abcdef0123456789abcdef".into(),
            queue: "support".into(),
            since: 4_000,
            until: 34_000,
            extended: 1,
            more: true,
        }),
    }
}

fn queue() -> Queue {
    let first = vec![WaitingCaller {
        contact: "0123456789abcdef0123456789abcdef".into(),
        display_name: "Visitor".into(),
        since: 500,
        priority: 1,
        offered_to: Some("agent1".into()),
        rung: vec!["agent1".into(), "agent2".into()],
        needs: Some("german 5".into()),
        needs_until: Some(20_500),
        door: Some(WaitingDoor { entrance: "Gate".into(), site: "North".into() }),
    }];
    Queue {
        name: "support".into(),
        label: "Support".into(),
        waiting: 7,
        first,
        longest: Some(400),
        free: 0,
        working: 2,
        open: true,
        dispositions: vec![Choice { name: "solved".into(), label: "Solved".into() }],
    }
}

fn floor_agent() -> FloorAgent {
    let queues = vec![Membership { queue: "support".into(), on: true }];
    FloorAgent { user: "agent1".into(), status: status(), queues, one_queue: false, call: Some(call()), quality: Some(quality()) }
}

fn measured() -> Measured {
    Measured { lost: 12, lost_there: Some(7), jitter_ms: 4, round_trip_ms: Some(38), fault: Some(SoundFault::NothingHeard) }
}

fn quality() -> CallQuality {
    CallQuality { grade: Grade::Broken, fault: Some(SoundFault::NotHeard) }
}

fn floor_queue() -> FloorQueue {
    let known = vec![KnownAlarm { alarm: Alarm::LongWait, by: "Sue".into(), at: 7 }];
    FloorQueue { queue: queue(), site: "north".into(), target_s: 20, target_percent: 80, alarm_s: 120, known }
}

fn figures() -> QueueFigures {
    let intervals =
        vec![Interval { at: 900_000, answered: 4, in_time: 3, lost: 1, waited_ms: 60_000, turned_away: 0, overflowed: 2, opened: 1 }];
    QueueFigures { queue: "support".into(), since: 0, intervals }
}

fn staff() -> Staff {
    Staff { ready: 1, busy: 2, wrap_up: 3, paused: 4 }
}

fn floor() -> Floor {
    Floor { agents: vec![floor_agent()], queues: vec![floor_queue()], figures: vec![figures()], staff: Some(staff()), steers: true }
}

fn told(what: ToldWhat) -> Told {
    Told { id: 7, at: 5_000, by: "Supervisor".into(), what }
}

fn snapshot() -> Snapshot {
    Snapshot {
        seq: 1,
        now: 1_000,
        people: vec![person()],
        calls: vec![call()],
        agent: Some(status()),
        queues: vec![queue()],
        queue_names: vec![Choice { name: "sales".into(), label: "Sales".into() }],
        pause_reasons: vec![Choice { name: "lunch".into(), label: "Lunch".into() }],
        releases: Vec::new(),
        floor: Some(floor()),
        told: vec![told(ToldWhat::Paused { reason: Some("lunch".into()) })],
    }
}

#[test]
fn session() {
    assert_json_snapshot!(SignIn { user: "agent1".into(), password: Secret::new("portico"), new_password: None });
    assert_json_snapshot!(Me {
        id: "p1".into(),
        user: "agent1".into(),
        display_name: "Agent One".into(),
        tenant: Tenant { id: "t1".into(), name: "Acme".into(), domain: "acme.example".into() },
        roles: vec![Role::Agent, Role::Concierge, Role::Supervisor, Role::Viewer, Role::Administrator],
        sites: vec![Site { id: "north".into(), name: "North lobby".into(), zone: "Europe/Rome".into() }],
        doors: true,
        expires_at: 5_000,
        now: 1_000,
        wire: VERSION,
        build: "0.1.0".into(),
    });
}

#[test]
fn sessions_and_lockouts() {
    let person = WhoseSession { id: "p1".into(), user: "agent1".into(), display_name: "Agent One".into() };
    let session = SessionItem {
        id: "s1".into(),
        person: person.clone(),
        own: true,
        current: false,
        browser: "Firefox 140".into(),
        system: "Linux".into(),
        address: "192.0.2.1".into(),
        signed_in_at: 1_000,
        seen_at: 2_000,
        expires_at: 3_000,
        open: true,
    };
    assert_json_snapshot!(SessionList { sessions: vec![session], next: Some("2.s1".into()), now: 2_500 });
    assert_json_snapshot!(SessionsEnded { ended: 1 });
    let lockout = Lockout {
        id: "l1".into(),
        kind: LockoutKind::Account,
        people: vec![person],
        address: "192.0.2.1".into(),
        since: 1_000,
        until: 2_000,
    };
    assert_json_snapshot!(LockoutList { lockouts: vec![lockout], now: 1_500 });
    assert_json_snapshot!([LockoutKind::Account, LockoutKind::Browser, LockoutKind::Address]);
}

#[test]
fn desk_profile() {
    assert_json_snapshot!(DeskProfile {
        sip: SipAccount {
            websocket_url: "wss://desk.example/sip".into(),
            further_urls: vec!["wss://desk2.example/sip".into()],
            domain: "acme.example".into(),
            user: "agent1".into(),
            display_name: "Agent One".into(),
            auth_user: "1700000000:agent1".into(),
            auth_password: Secret::new("derived"),
            realm: "acme.example".into(),
            expires_at: Some(1_700_000_000_000),
            session_id_header: "Session-ID".into(),
            trusted: vec!["sip:reception@acme.example".into()],
            exchange: true,
        },
        ice: IceSettings {
            servers: vec![
                IceServer { urls: vec!["stun:s".into()], username: None, credential: None },
                IceServer { urls: vec!["turn:t".into()], username: Some("u".into()), credential: Some(Secret::new("c")) },
            ],
            policy: IcePolicy::Relay,
            expires_at: Some(1_700_000_000_000),
        },
        build: "0.1.0".into(),
        now: 1_000,
    });
}

#[test]
fn errors() {
    use ErrorCode::*;
    assert_json_snapshot!([
        BadCredentials,
        NotSignedIn,
        SessionRevoked,
        Forbidden,
        OriginRefused,
        NotFound,
        MethodNotAllowed,
        BadRequest,
        TooLarge,
        NotJson,
        TooMany,
        Unavailable,
        Internal
    ]);
    assert_json_snapshot!(ApiError { code: TooMany, message: "too many tries".into(), retry_after: Some(30) });
}

#[test]
fn history() {
    use Outcome::*;
    assert_json_snapshot!(HistoryPage { rows: vec![row()], next: Some("1000.e1".into()) });
    assert_json_snapshot!([Ongoing, Answered, Missed, Declined, Busy, Unreachable, AnsweredElsewhere, Opened, Failed]);
}

#[test]
fn queues() {
    use OrderResult::*;
    assert_json_snapshot!([AgentState::Offline, AgentState::Ready, AgentState::Ringing, AgentState::OnCall, AgentState::Paused]);
    assert_json_snapshot!([Done, Forbidden, TooLate, Invalid, NotLogged]);
    assert_json_snapshot!([Unready::Silent, Unready::Resting]);
    assert_json_snapshot!(Figures { since: 1, answered: 4, from_queues: 3, missed: 2, talk_ms: 60_000, wrap_up_ms: 5_000 });
    assert_json_snapshot!(VisitorQueue { label: "Support".into(), state: VisitorState::Open });
    assert_json_snapshot!([VisitorState::Closed, VisitorState::Full]);
    assert_json_snapshot!(VisitorWish { place: Some(Secret::new("p")), guest: Some("~support~0011".into()) });
    assert_json_snapshot!(Callers { waiting: 30, before: 25, callers: vec![WaitingCaller::default()], next: Some("1.26".into()) });
}

#[test]
fn floor_orders_and_what_is_told_of_them() {
    let orders = [
        Steer::Ready { user: "agent1".into() },
        Steer::Pause { user: "agent1".into(), reason: Some("lunch".into()) },
        Steer::EndWrapUp { user: "agent1".into(), contact: "c".into() },
        Steer::Member { user: "agent1".into(), queue: "support".into(), on: false },
        Steer::Belong { user: "agent1".into(), queue: "support".into(), on: true },
        Steer::Move { contact: "c".into(), queue: "support".into() },
        Steer::Prioritise { contact: "c".into(), priority: 2 },
        Steer::Assign { contact: "c".into(), user: "agent1".into() },
        Steer::TakeOver { user: "agent1".into(), contact: "c".into() },
        Steer::Supervise { user: "agent1".into(), contact: "c".into(), mode: SuperviseMode::Whisper },
        Steer::Acknowledge { queue: "support".into(), alarm: Alarm::Nobody },
        Steer::Tell { user: None, text: "hello".into() },
    ];
    assert_json_snapshot!(orders.map(|steer| Order::Steer { steer }));
    assert_json_snapshot!(Order::Seen { told: 7 });
    let whats = [
        ToldWhat::Ready,
        ToldWhat::WrapUpEnded,
        ToldWhat::Member { queue: "Support".into(), on: true },
        ToldWhat::Assigned,
        ToldWhat::TakenOver,
        ToldWhat::Message { text: "hello".into() },
    ];
    assert_json_snapshot!(whats.map(told));
}

#[test]
fn walls() {
    assert_json_snapshot!(WallWish { name: "Lobby".into(), queues: vec!["support".into()], days: 30 });
    assert_json_snapshot!(WallOpen { token: Secret::new("t") });
    assert_json_snapshot!(WallPass { name: "Lobby".into(), expires_at: 2, now: 1, wire: VERSION });
    let link = WallLink {
        id: "l".into(),
        name: "Lobby".into(),
        queues: vec!["Support".into()],
        by: "Sue".into(),
        expires_at: 2,
        used_at: Some(1),
        screens: 1,
    };
    let choices = vec![Choice { name: "support".into(), label: "Support".into() }];
    assert_json_snapshot!(WallList { links: vec![link], choices, token: Some(Secret::new("t")) });
}

#[test]
fn phones() {
    assert_json_snapshot!(FAULTS.map(|fault| Phone { fault: Some(fault) }));
    assert_json_snapshot!(FAULTS.map(Unready::from));
}

#[test]
fn feed_from_the_page() {
    assert_json_snapshot!([
        ClientFrame::Hello { ticket: Secret::new("t"), wire: VERSION, phone: None },
        ClientFrame::Heartbeat { beat: 7 },
        ClientFrame::Resync,
        ClientFrame::Order { id: 1, order: Order::Ready },
        ClientFrame::Order { id: 2, order: Order::Pause { reason: Some("lunch".into()) } },
        ClientFrame::Order {
            id: 3,
            order: Order::FinishWrapUp { contact: "c".into(), disposition: Some("solved".into()), note: "a note".into() }
        },
        ClientFrame::Order { id: 4, order: Order::ExtendWrapUp { contact: "c".into() } },
        ClientFrame::Quality { contact: "c".into(), measured: measured() },
        ClientFrame::Quality { contact: "c".into(), measured: Measured { jitter_ms: 4, ..Measured::default() } },
        ClientFrame::Hello { ticket: Secret::new("t"), wire: VERSION, phone: Some(Phone { fault: Some(PhoneFault::Starting) }) },
        ClientFrame::Phone { phone: None },
        ClientFrame::Phone { phone: Some(Phone::default()) },
    ]);
    assert_json_snapshot!(TicketRequest { purpose: TicketPurpose::Feed });
    assert_json_snapshot!(Ticket { ticket: Secret::new("t"), expires_at: 31_000 });
}

#[test]
fn sound() {
    use SoundFault::*;
    assert_json_snapshot!([Grade::Good, Grade::Fair, Grade::Poor, Grade::Broken, Grade::Unknown]);
    assert_json_snapshot!([NothingHeard, NotHeard, NoSound, Reconnecting, Unknown]);
}

#[test]
fn feed_to_the_page() {
    use FeedEnd::*;
    let changes = vec![
        Change::Person { person: person() },
        Change::PersonGone { id: "p2".into() },
        Change::Call { call: CallItem { queue: Some(call_queue()), ..call() } },
        Change::Agent { status: status() },
        Change::Queue { queue: queue() },
        Change::CallEnded { row: row() },
        Change::Told { told: told(ToldWhat::Message { text: "hello".into() }) },
        Change::FloorAgent { agent: floor_agent() },
        Change::FloorQueue { queue: floor_queue() },
        Change::FloorFigures { figures: figures() },
        Change::FloorStaff { staff: staff() },
    ];
    assert_json_snapshot!([
        ServerFrame::Hello { wire: VERSION, build: "0.1.0".into(), heartbeat_ms: 5_000 },
        ServerFrame::Snapshot(snapshot()),
        ServerFrame::Delta { seq: 2, now: 1_250, changes },
        ServerFrame::Heartbeat { beat: 7, seq: None },
        ServerFrame::Heartbeat { beat: 8, seq: Some(2) },
        ServerFrame::Mark { seq: 2 },
        ServerFrame::Ordered { id: 3, result: OrderResult::TooLate },
        ServerFrame::Ordered { id: 5, result: OrderResult::KnownAlready { by: "Sue".into(), at: 7 } },
        ServerFrame::Ordered { id: 4, result: OrderResult::Admitted { dialog: "a;to-tag=b;from-tag=c".into() } },
        ServerFrame::End { reason: Silent },
    ]);
    assert_json_snapshot!([BadTicket, BadVersion, BadFrame, SignedOut, Revoked, Silent, Stopping, TooMany]);
    assert_json_snapshot!([Presence::Offline, Presence::Available, Presence::Ringing, Presence::OnCall]);
    assert_json_snapshot!([CallState::Ringing, CallState::Connected, CallState::Held]);
    assert_json_snapshot!([Direction::Incoming, Direction::Outgoing]);
}

/// What a later version may send to this one.
#[test]
fn later_variants_are_unknown_and_later_fields_are_ignored() {
    fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
        serde_json::from_str(json).unwrap()
    }
    assert_eq!(read::<ServerFrame>(r#"{"type":"door","door":{"id":1}}"#), ServerFrame::Unknown);
    assert_eq!(read::<ClientFrame>(r#"{"type":"command","id":"x"}"#), ClientFrame::Unknown);
    assert_eq!(read::<Change>(r#"{"change":"lift","lift":[]}"#), Change::Unknown);
    assert_eq!(read::<ErrorCode>(r#""teapot""#), ErrorCode::Unknown);
    assert_eq!(read::<Vec<Role>>(r#"["agent","janitor"]"#), [Role::Agent, Role::Unknown]);
    assert_eq!(read::<Presence>(r#""wrap_up""#), Presence::Unknown);
    assert_eq!(read::<Outcome>(r#""voicemail""#), Outcome::Unknown);
    assert_eq!(read::<FeedEnd>(r#""moved""#), FeedEnd::Unknown);
    assert_eq!(read::<IcePolicy>(r#""host""#), IcePolicy::Unknown);
    assert_eq!(read::<CallState>(r#""parked""#), CallState::Unknown);
    assert_eq!(read::<Direction>(r#""internal""#), Direction::Unknown);
    assert_eq!(read::<TicketPurpose>(r#""recordings""#), TicketPurpose::Unknown);
    assert_eq!(read::<Order>(r#"{"do":"dance"}"#), Order::Unknown);
    assert_eq!(read::<Order>(r#"{"do":"steer","steer":{"do":"dance"}}"#), Order::Steer { steer: Steer::Unknown });
    assert_eq!(read::<Told>(r#"{"id":1,"at":1,"by":"b","what":{"kind":"praise"}}"#).what, ToldWhat::Unknown);
    assert_eq!(read::<AgentState>(r#""training""#), AgentState::Unknown);
    assert_eq!(read::<Unready>(r#""microphone""#), Unready::Unknown);
    assert_eq!(read::<PhoneFault>(r#""hoarse""#), PhoneFault::Unknown);
    assert_eq!(FAULTS.map(|fault| Unready::from(fault).phone()), FAULTS.map(Some));
    let hello: ClientFrame = read(r#"{"type":"hello","ticket":"t","wire":{"major":1,"minor":7}}"#);
    assert!(matches!(hello, ClientFrame::Hello { phone: None, .. }), "a page of version 1.7");
    assert_eq!(read::<OrderResult>(r#""later""#), OrderResult::Unknown);
    assert_eq!(read::<Alarm>(r#""fire""#), Alarm::Unknown);
    assert_eq!(read::<VisitorState>(r#""callback""#), VisitorState::Unknown);
    let snapshot: Snapshot = read(r#"{"seq":1,"now":1,"people":[],"calls":[]}"#);
    assert!(snapshot.agent.is_none() && snapshot.queues.is_empty() && snapshot.floor.is_none(), "a snapshot of version 1.0");
    let person: Person = read(r#"{"id":"p","user":"u","display_name":"d","presence":"available","skill":"doors"}"#);
    assert_eq!((person.presence, person.since, person.silent), (Presence::Available, None, false));
    let frame: ServerFrame = read(r#"{"type":"delta","seq":2,"now":1,"changes":[{"change":"door"},{"change":"person_gone","id":"p"}]}"#);
    let known = Change::PersonGone { id: "p".into() };
    assert_eq!(frame, ServerFrame::Delta { seq: 2, now: 1, changes: vec![Change::Unknown, known] });
}

#[test]
fn every_frame_survives_a_round_trip() {
    let frames = [
        ServerFrame::Snapshot(Snapshot { seq: u64::MAX, now: i64::MAX, ..snapshot() }),
        ServerFrame::Delta { seq: 0, now: 0, changes: vec![Change::CallEnded { row: row() }] },
    ];
    for frame in frames {
        let json = serde_json::to_string(&frame).unwrap();
        assert_eq!(serde_json::from_str::<ServerFrame>(&json).unwrap(), frame);
    }
}

#[test]
fn secrets_do_not_show_and_versions_are_served_back_to_the_previous_minor() {
    assert_eq!(
        format!("{:?}", SignIn { user: "u".into(), password: Secret::new("hunter2"), new_password: None }),
        "SignIn { user: \"u\", password: ••••, new_password: None }"
    );
    let server = WireVersion { major: 2, minor: 5 };
    let serves = |major, minor| server.serves(WireVersion { major, minor });
    assert!(serves(2, 5) && serves(2, 4));
    assert!(!serves(2, 3) && !serves(2, 6) && !serves(1, 5) && !serves(3, 5));
}

//! The engine on simulated time: every outcome, every refusal, and what must hold whatever happens. One bench, a case for each row.

use super::*;
use crate::doors::address::{Reach, StationUrl};
use crate::doors::id::VALID_MS;
use crate::doors::model::{Code, Endpoint, Entrance, Login, Relay, Site, Station, Trust};
use crate::doors::recipe::{Ipac, Recipe};
use proptest::prelude::*;
use std::collections::BTreeSet;
use wire::Role;

const START: UnixMs = 1_700_000_000_000;
const PULSE: u32 = 3_000;

fn relay(number: u8, code: Code) -> Relay {
    Relay { number, name: format!("Relay {number}"), code, pulse_ms: PULSE }
}

fn entrance(id: &str, relays: Vec<Relay>) -> Entrance {
    let url = StationUrl::parse("http://192.0.2.7/").expect("an address");
    let login = Login::Digest { user: "toto".into(), password: Secret::new("titi") };
    let ipac = Ipac { endpoint: Endpoint { url, trust: Trust::Plain }, reach: Reach::default(), login };
    Entrance {
        id: id.into(),
        name: id.into(),
        station: Station { sip_user: None, line: None, recipe: Recipe::Ipac(ipac), pictures: None, relays },
    }
}

fn site(tenant: &str, id: &str, entrances: Vec<Entrance>) -> Site {
    Site {
        tenant: TenantId::new(tenant),
        id: id.into(),
        name: id.into(),
        zone: "Europe/Rome".into(),
        instructions: String::new(),
        codes_on_desks: false,
        keeps: None,
        entrances,
    }
}

fn premises() -> Premises {
    let stored = || Code::Stored(Secret::new("1234"));
    let north = vec![
        entrance("gate", vec![relay(1, stored()), relay(2, stored())]),
        entrance("safe", vec![relay(1, Code::Typed)]),
        entrance("barrier", vec![relay(1, Code::None)]),
    ];
    Premises { sites: vec![site("a", "north", north), site("b", "other", vec![entrance("vault", vec![relay(1, stored())])])] }
}

fn person(name: &str) -> Principal {
    Principal {
        tenant: TenantId::new("a"),
        person: PersonId::new(name),
        name: name.to_uppercase(),
        roles: vec![Role::Concierge],
        sites: vec!["north".into()],
        session_ends: START + 8 * 3_600_000,
    }
}

fn wish(id: ReleaseId, entrance: &str, relays: &[u8]) -> Request {
    Request {
        id: id.to_string(),
        entrance: entrance.into(),
        relays: relays.to_vec(),
        code: None,
        call: None,
        reason: "parcel".into(),
        kind: Kind::Open,
    }
}

struct World {
    engine: Engine,
    now: UnixMs,
    ids: u128,
}

impl World {
    fn new() -> Self {
        Self { engine: Engine::new(premises(), START), now: START + 60_000, ids: 0 }
    }

    fn id(&mut self) -> ReleaseId {
        self.ids += 1;
        ReleaseId::new(self.now, self.ids)
    }

    fn actions(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.engine.poll()).collect()
    }

    /// Asks, has the row written, and returns the id and the relays that were commanded.
    fn begin(&mut self, who: &Principal, entrance: &str, relays: &[u8]) -> (ReleaseId, Vec<u8>) {
        let id = self.id();
        assert_eq!(self.engine.request(self.now, who, wish(id, entrance, relays)), Answer::Begun(id));
        assert!(sent(&self.actions()).is_empty(), "nothing leaves before the row");
        self.engine.row_written(self.now, id, Some(who));
        let actions = self.actions();
        (id, sent(&actions))
    }

    fn refusal(&mut self, who: &Principal, request: Request) -> Verdict {
        match self.engine.request(self.now, who, request) {
            Answer::Refused(report) => {
                let actions = self.actions();
                assert!(matches!(&actions[..], [Action::WriteOutcome(row)] if *row == report), "refusals are written down: {actions:?}");
                report.relays[0].verdict.clone().expect("an outcome")
            }
            other => panic!("not refused: {other:?}"),
        }
    }

    fn outcomes(&self, id: ReleaseId, who: &Principal) -> Vec<(u8, Option<Outcome>)> {
        let report = self.engine.report(id, &who.tenant, &who.person).expect("known");
        report.relays.iter().map(|r| (r.relay, r.verdict.as_ref().map(|v| v.outcome))).collect()
    }
}

fn sent(actions: &[Action]) -> Vec<u8> {
    actions.iter().filter_map(|a| if let Action::Send { relay, .. } = a { Some(*relay) } else { None }).collect()
}

fn told(actions: &[Action]) -> Option<&Report> {
    actions.iter().rev().find_map(|a| if let Action::Tell(report) = a { Some(report) } else { None })
}

#[test]
fn the_row_comes_first_then_the_command_then_the_outcome() {
    let (mut world, ann) = (World::new(), person("ann"));
    let id = world.id();
    assert_eq!(world.engine.request(world.now, &ann, wish(id, "gate", &[1])), Answer::Begun(id));
    let actions = world.actions();
    assert!(matches!(&actions[..], [Action::WriteRow(row), Action::Tell(_)] if row.relays[0].verdict.is_none()), "{actions:?}");
    world.engine.row_written(world.now, id, Some(&ann));
    let actions = world.actions();
    let [Action::Send { release, entrance, relay: 1, code: Some(code), until, .. }] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!((*release, entrance.as_str(), code.expose(), *until), (id, "gate", "1234", world.now + REPLY_MS));
    world.now += 80;
    world.engine.reply(world.now, id, 1, Verdict::of(Outcome::Opened));
    let actions = world.actions();
    let [Action::WriteOutcome(row), Action::Tell(report)] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!((row, report.done_at), (report, Some(world.now)));
    assert_eq!(world.outcomes(id, &ann), [(1, Some(Outcome::Opened))]);
    assert!(!format!("{:?}", world.engine).contains("1234"), "codes are shown nowhere");
}

#[test]
fn every_outcome_of_a_station_arrives_as_it_was_said() {
    for outcome in Outcome::ALL {
        let (mut world, ann) = (World::new(), person("ann"));
        let (id, _) = world.begin(&ann, "gate", &[1]);
        world.engine.reply(world.now, id, 1, Verdict::of(outcome));
        assert_eq!(world.outcomes(id, &ann), [(1, Some(outcome))]);
        assert_eq!(told(&world.actions()).and_then(|report| report.done_at), Some(world.now));
    }
}

#[test]
fn two_relays_have_two_outcomes() {
    let (mut world, ann) = (World::new(), person("ann"));
    let (id, commanded) = world.begin(&ann, "gate", &[2, 1]);
    assert_eq!(commanded, [2, 1]);
    world.engine.reply(world.now, id, 1, Verdict::of(Outcome::Opened));
    let actions = world.actions();
    assert!(matches!(&actions[..], [Action::Tell(report)] if report.done_at.is_none()), "the other is still open: {actions:?}");
    world.engine.reply(world.now, id, 2, Verdict::of(Outcome::BadCodeOrNotRemote));
    assert_eq!(world.outcomes(id, &ann), [(2, Some(Outcome::BadCodeOrNotRemote)), (1, Some(Outcome::Opened))]);
}

#[test]
fn silence_is_no_reply_within_five_seconds_and_a_late_answer_changes_nothing() {
    let (mut world, ann) = (World::new(), person("ann"));
    let (id, _) = world.begin(&ann, "gate", &[1, 2]);
    world.engine.reply(world.now, id, 2, Verdict::of(Outcome::Opened));
    let deadline = world.engine.deadline().expect("a deadline");
    assert!(deadline - world.now <= 5_000);
    world.engine.handle_timeout(deadline - 1);
    assert_eq!(world.outcomes(id, &ann)[0], (1, None));
    world.engine.handle_timeout(deadline);
    assert_eq!(world.outcomes(id, &ann), [(1, Some(Outcome::NoReply)), (2, Some(Outcome::Opened))]);
    world.actions();
    world.engine.reply(deadline + 10, id, 1, Verdict::of(Outcome::Opened));
    let actions = world.actions();
    assert!(matches!(&actions[..], [Action::LateReply { relay: 1, verdict, .. }] if verdict.outcome == Outcome::Opened), "{actions:?}");
    assert_eq!(world.outcomes(id, &ann)[0], (1, Some(Outcome::NoReply)));
    // An answer at the very deadline is late as well, whoever is asked first.
    let (id, _) = world.begin(&ann, "barrier", &[1]);
    let deadline = world.now + REPLY_MS;
    world.engine.reply(deadline, id, 1, Verdict::of(Outcome::Opened));
    assert_eq!(world.outcomes(id, &ann), [(1, Some(Outcome::NoReply))]);
}

#[test]
fn a_double_click_is_one_release_and_replays_get_the_first_outcome() {
    let (mut world, ann) = (World::new(), person("ann"));
    let (id, commanded) = world.begin(&ann, "gate", &[1]);
    assert_eq!(commanded, [1]);
    let again = world.engine.request(world.now + 100, &ann, wish(id, "gate", &[1]));
    assert!(matches!(&again, Answer::Known(report) if report.done_at.is_none()));
    world.engine.row_written(world.now, id, Some(&ann));
    world.engine.reply(world.now + 120, id, 1, Verdict::of(Outcome::Opened));
    world.engine.reply(world.now + 130, id, 1, Verdict::of(Outcome::Locked));
    world.now += 60_000;
    // Long after the id may be used for anything new, and with another wish under it.
    let again = world.engine.request(world.now, &ann, wish(id, "barrier", &[1]));
    let Answer::Known(report) = again else { panic!("{again:?}") };
    assert_eq!((report.entrance.as_str(), report.relays[0].verdict.clone()), ("gate", Some(Verdict::of(Outcome::Opened))));
    assert!(sent(&world.actions()).is_empty());
    // When it is forgotten, it is too old.
    world.now += KEEP_MS;
    world.engine.handle_timeout(world.now);
    assert_eq!(world.refusal(&ann, wish(id, "gate", &[1])).cause, Cause::Expired);
}

#[test]
fn two_desks_at_once_make_one_pulse_and_the_second_sees_who_opens() {
    let (mut world, ann, bob) = (World::new(), person("ann"), person("bob"));
    let (id, _) = world.begin(&ann, "gate", &[1]);
    let by_ann = Verdict::because(Outcome::Busy, Cause::BeingOpened { by: "ANN".into() });
    let request = wish(world.id(), "gate", &[1]);
    assert_eq!(world.refusal(&bob, request), by_ann);
    world.engine.reply(world.now, id, 1, Verdict::of(Outcome::Opened));
    world.actions();
    // While the relay is closed, a second pulse makes no sense.
    world.now += i64::from(PULSE) - 1;
    let request = wish(world.id(), "gate", &[1]);
    assert_eq!(world.refusal(&bob, request), by_ann);
    // The other relay is free: mixed from the start.
    let id = world.id();
    assert_eq!(world.engine.request(world.now, &bob, wish(id, "gate", &[1, 2])), Answer::Begun(id));
    world.engine.row_written(world.now, id, Some(&bob));
    assert_eq!(sent(&world.actions()), [2]);
    world.engine.reply(world.now, id, 2, Verdict::of(Outcome::Locked));
    assert_eq!(world.outcomes(id, &bob), [(1, Some(Outcome::Busy)), (2, Some(Outcome::Locked))]);
    world.actions();
    world.now += 1;
    assert_eq!(world.begin(&bob, "gate", &[1]).1, [1]);
}

#[test]
fn ids_are_refused_by_name() {
    let (mut world, ann, bob) = (World::new(), person("ann"), person("bob"));
    let mut malformed = wish(ReleaseId::new(world.now, 1), "gate", &[1]);
    malformed.id = "0-not-an-id".into();
    assert_eq!(world.refusal(&ann, malformed), Verdict::refused(Cause::MalformedId));
    let old = ReleaseId::new(world.now - VALID_MS - 1, 2);
    assert_eq!(world.refusal(&ann, wish(old, "gate", &[1])).cause, Cause::Expired);
    let ahead = ReleaseId::new(world.now + 60_000, 3);
    assert_eq!(world.refusal(&ann, wish(ahead, "gate", &[1])).cause, Cause::NotYetValid);
    let (id, _) = world.begin(&ann, "gate", &[1]);
    assert_eq!(world.refusal(&bob, wish(id, "gate", &[1])).cause, Cause::NotYours);
    assert_eq!(world.engine.report(id, &bob.tenant, &bob.person), None);
    // An engine that has just started cannot know what an id from before did.
    let mut fresh = World { engine: Engine::new(premises(), world.now), ..World::new() };
    fresh.now = world.now + 10;
    assert_eq!(fresh.refusal(&ann, wish(ReleaseId::new(world.now - 10, 9), "gate", &[1])).cause, Cause::Expired);
}

#[test]
fn doors_and_relays_are_refused_by_name() {
    let (mut world, ann) = (World::new(), person("ann"));
    let cases: [(&str, &[u8], Cause); 6] = [
        ("vault", &[1], Cause::NoSuchDoor),
        ("nowhere", &[1], Cause::NoSuchDoor),
        ("gate", &[3], Cause::NoSuchRelay),
        ("gate", &[], Cause::NoSuchRelay),
        ("gate", &[1, 1], Cause::NoSuchRelay),
        ("safe", &[1], Cause::NoCode),
    ];
    for (door, relays, cause) in cases {
        let request = wish(world.id(), door, relays);
        assert_eq!(world.refusal(&ann, request), Verdict::refused(cause), "{door} {relays:?}");
    }
}

#[test]
fn the_right_counts_when_it_is_asked_and_again_when_it_is_used() {
    let (mut world, ann) = (World::new(), person("ann"));
    let viewer = Principal { roles: vec![Role::Viewer, Role::Supervisor], ..person("vic") };
    let elsewhere = Principal { sites: vec!["south".into()], ..person("eve") };
    let late = Principal { session_ends: world.now, ..person("lou") };
    for (who, cause) in [(&viewer, Cause::NoRight), (&elsewhere, Cause::NoRight), (&late, Cause::SessionEnded)] {
        let request = wish(world.id(), "gate", &[1]);
        assert_eq!(world.refusal(who, request).cause, cause, "{}", who.name);
    }
    // Taken away while the row is being written.
    let no_role = Principal { roles: vec![], ..person("ann") };
    let signed_out = Principal { session_ends: START, ..person("ann") };
    for (then, cause) in [(Some(&no_role), Cause::NoRight), (Some(&signed_out), Cause::SessionEnded), (None, Cause::SessionEnded)] {
        let id = world.id();
        world.engine.request(world.now, &ann, wish(id, "gate", &[1]));
        world.engine.row_written(world.now, id, then);
        assert!(sent(&world.actions()).is_empty());
        let report = world.engine.report(id, &ann.tenant, &ann.person).expect("known");
        assert_eq!(report.relays[0].verdict, Some(Verdict::refused(cause)));
    }
}

#[test]
fn nothing_opens_unlogged_or_late() {
    let (mut world, ann) = (World::new(), person("ann"));
    let id = world.id();
    world.engine.request(world.now, &ann, wish(id, "gate", &[1, 2]));
    world.engine.row_failed(world.now, id);
    assert_eq!(world.outcomes(id, &ann), [(1, Some(Outcome::RefusedByUs)), (2, Some(Outcome::RefusedByUs))]);
    world.engine.row_written(world.now, id, Some(&ann));
    assert!(sent(&world.actions()).is_empty());
    // A database that needs longer than an id lives.
    let id = world.id();
    world.engine.request(world.now, &ann, wish(id, "gate", &[1]));
    world.actions();
    world.now += VALID_MS;
    world.engine.handle_timeout(world.now);
    world.engine.row_written(world.now, id, Some(&ann));
    assert!(sent(&world.actions()).is_empty());
    let report = world.engine.report(id, &ann.tenant, &ann.person).expect("known");
    assert_eq!(report.relays[0].verdict, Some(Verdict::refused(Cause::NotLogged)));
}

#[test]
fn a_test_needs_an_administrator_and_one_relay() {
    let (mut world, ann) = (World::new(), person("ann"));
    let admin = Principal { roles: vec![Role::Administrator], ..person("adm") };
    let test = |id: ReleaseId, relays: &[u8]| Request { kind: Kind::Test, ..wish(id, "gate", relays) };
    let id = world.id();
    assert_eq!(world.refusal(&ann, test(id, &[1])).cause, Cause::NoRight);
    let id = world.id();
    assert_eq!(world.refusal(&admin, test(id, &[1, 2])).cause, Cause::NoSuchRelay);
    let id = world.id();
    assert_eq!(world.refusal(&admin, wish(id, "gate", &[1])).cause, Cause::NoRight);
    let id = world.id();
    assert_eq!(world.engine.request(world.now, &admin, test(id, &[1])), Answer::Begun(id));
    world.engine.row_written(world.now, id, Some(&admin));
    let actions = world.actions();
    assert!(matches!(&actions[0], Action::WriteRow(row) if row.kind == Kind::Test));
    assert_eq!(sent(&actions), [1]);
}

/// Tries one code at the safe, which is wrong, and says whether the station was asked.
fn guess(world: &mut World, who: &Principal, code: &str) -> (bool, Vec<Action>) {
    let id = world.id();
    let request = Request { code: Some(Secret::new(code)), ..wish(id, "safe", &[1]) };
    match world.engine.request(world.now, who, request) {
        Answer::Refused(_) => (false, world.actions()),
        Answer::Begun(_) | Answer::Known(_) => {
            world.engine.row_written(world.now, id, Some(who));
            world.engine.reply(world.now, id, 1, Verdict::of(Outcome::BadCodeOrNotRemote));
            (true, world.actions())
        }
    }
}

#[test]
fn one_person_guesses_five_times_and_the_supervisor_is_told() {
    let (mut world, eve) = (World::new(), person("eve"));
    let mut alarms = 0;
    let tried = (0..10_000)
        .filter(|code| {
            let (tried, actions) = guess(&mut world, &eve, &format!("{code:04}"));
            alarms += actions.iter().filter(|a| matches!(a, Action::Alarm { locked: LockOut::Person(_), .. })).count();
            tried
        })
        .count();
    assert_eq!((tried, alarms), (WRONG_PER_PERSON, 1));
    let id = world.id();
    let request = Request { code: Some(Secret::new("0000")), ..wish(id, "safe", &[1]) };
    let until = world.now + PERSON_WINDOW_MS;
    assert_eq!(world.refusal(&eve, request).cause, Cause::TooManyWrongCodes { until });
    // Doors with a code of the server are not affected, nor are others at the safe.
    assert_eq!(world.begin(&eve, "gate", &[1]).1, [1]);
    assert!(guess(&mut world, &person("ann"), "1").0);
    world.now = until;
    assert!(guess(&mut world, &eve, "1").0);
}

#[test]
fn two_hundred_people_guess_twenty_times_an_hour() {
    let mut world = World::new();
    let mut alarms = 0;
    let tried = (0..10_000)
        .filter(|code| {
            let (tried, actions) = guess(&mut world, &person(&format!("p{}", code % 200)), &format!("{code:04}"));
            alarms += actions.iter().filter(|a| matches!(a, Action::Alarm { locked: LockOut::Door(door), .. } if door == "safe")).count();
            tried
        })
        .count();
    assert_eq!((tried, alarms), (WRONG_PER_DOOR, 1));
}

#[test]
fn a_guess_without_an_answer_counts_and_a_right_code_does_not() {
    let (mut world, eve) = (World::new(), person("eve"));
    for outcome in
        [Outcome::NoReply, Outcome::Opened, Outcome::NoReply, Outcome::Locked, Outcome::NoReply, Outcome::NoReply, Outcome::NoReply]
    {
        let id = world.id();
        let request = Request { code: Some(Secret::new("1")), ..wish(id, "safe", &[1]) };
        assert_eq!(world.engine.request(world.now, &eve, request), Answer::Begun(id), "{outcome:?}");
        world.engine.row_written(world.now, id, Some(&eve));
        world.engine.reply(world.now, id, 1, Verdict::of(outcome));
        world.now += i64::from(PULSE);
    }
    assert!(!guess(&mut world, &eve, "1").0);
}

#[derive(Debug, Clone)]
enum Step {
    Ask { who: usize, door: usize, relays: Vec<u8>, same_id: bool },
    Written { nth: usize, ok: bool, right: bool },
    Reply { nth: usize, relay: u8, outcome: usize },
    Pass { ms: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..3_usize, 0..4_usize, proptest::collection::vec(1..4_u8, 0..3), any::<bool>())
            .prop_map(|(who, door, relays, same_id)| Step::Ask { who, door, relays, same_id }),
        (0..6_usize, proptest::bool::weighted(0.9), proptest::bool::weighted(0.9)).prop_map(|(nth, ok, right)| Step::Written {
            nth,
            ok,
            right
        }),
        (0..6_usize, 1..4_u8, 0..10_usize).prop_map(|(nth, relay, outcome)| Step::Reply { nth, relay, outcome }),
        (0..4_000_i64).prop_map(|ms| Step::Pass { ms }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(steps in proptest::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        let people = [person("ann"), person("bob"), Principal { roles: vec![], ..person("eve") }];
        let doors = ["gate", "safe", "barrier", "vault"];
        let mut ids: Vec<ReleaseId> = Vec::new();
        let (mut written, mut commanded, mut said_opened) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut open_commands: BTreeSet<(String, u8)> = BTreeSet::new();
        let mut begun = BTreeSet::new();
        let mut finished = BTreeSet::new();
        for step in steps.into_iter().chain([Step::Pass { ms: VALID_MS }, Step::Pass { ms: REPLY_MS }]) {
            match step {
                Step::Ask { who, door, relays, same_id } => {
                    let id = match ids.last() { Some(last) if same_id => *last, _ => world.id() };
                    ids.push(id);
                    let request = Request { code: Some(Secret::new("9")), ..wish(id, doors[door], &relays) };
                    if let Answer::Begun(id) = world.engine.request(world.now, &people[who], request) {
                        prop_assert!(begun.insert(id), "an id begins once");
                        prop_assert!(who < 2 && door < 3);
                    }
                }
                Step::Written { nth, ok, right } => if let Some(id) = ids.iter().rev().nth(nth) {
                    if ok {
                        written.insert(*id);
                        // Whoever asked: the engine compares.
                        let by = people.iter().find(|p| world.engine.report(*id, &p.tenant, &p.person).is_some());
                        world.engine.row_written(world.now, *id, by.filter(|_| right));
                    } else {
                        world.engine.row_failed(world.now, *id);
                    }
                },
                Step::Reply { nth, relay, outcome } => if let Some(id) = ids.iter().rev().nth(nth) {
                    let outcome = Outcome::ALL[outcome];
                    if outcome == Outcome::Opened && commanded.contains(&(*id, relay)) {
                        said_opened.insert((*id, relay));
                    }
                    world.engine.reply(world.now, *id, relay, Verdict::of(outcome));
                },
                Step::Pass { ms } => {
                    world.now += ms;
                    world.engine.handle_timeout(world.now);
                }
            }
            for action in world.actions() {
                match action {
                    Action::Send { release, entrance, relay, .. } => {
                        prop_assert!(written.contains(&release), "sent before the row");
                        prop_assert!(commanded.insert((release, relay)), "sent twice");
                        prop_assert!(open_commands.insert((entrance, relay)), "two commands under way to one relay");
                    }
                    Action::WriteOutcome(report) => {
                        prop_assert!(report.relays.iter().all(|r| r.verdict.is_some()));
                        let id = ReleaseId::parse(&report.id).expect("an id");
                        let refused = report.relays.iter().any(|r| r.verdict.as_ref().is_some_and(|v| v.cause == Cause::NotYours));
                        if begun.contains(&id) && !refused {
                            prop_assert!(finished.insert(id), "a release ends once");
                        }
                    }
                    Action::Tell(report) => {
                        let id = ReleaseId::parse(&report.id).expect("an id");
                        for r in &report.relays {
                            if r.verdict.is_some() && commanded.contains(&(id, r.relay)) {
                                open_commands.remove(&(report.entrance.clone(), r.relay));
                            }
                            if r.verdict.as_ref().is_some_and(|v| v.outcome == Outcome::Opened) {
                                prop_assert!(said_opened.contains(&(id, r.relay)), "opened without the station saying so");
                            }
                        }
                    }
                    Action::WriteRow(_) | Action::LateReply { .. } | Action::Alarm { .. } => {}
                }
            }
        }
        prop_assert!(open_commands.is_empty(), "every command has its outcome in the end: {open_commands:?}");
        for id in begun {
            let report = people.iter().find_map(|p| world.engine.report(id, &p.tenant, &p.person)).expect("remembered");
            prop_assert!(report.relays.iter().all(|r| r.verdict.is_some()), "{report:?}");
        }
    }
}

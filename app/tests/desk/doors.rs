//! Doors: what rings is seen and opened under one id, what becomes of it is shown once and truly, the access log is searched.

use app::desk::CallKey;
use app::desk::action::Action;
use app::desk::effect::{Effect, ReleaseOrder};
use app::desk::event::{Event, Failure};
use app::desk::view::doors::{DoneView, DoorOutcome, DoorView, PictureTrouble, PictureView, Press, RelayState};
use sip_ws::io;
use wire::{
    AccessPage, AccessRow, Change, Door, DoorList, DoorRelay, DoorSite, ErrorCode, KeptPicture, Me, Peer, RelayRelease, Release,
    ReleaseAnswer, ReleaseOutcome, Role, Secret, ServerFrame, Snapshot, ToneOrder, TonesPlayed,
};

use crate::support::{Bench, UNIX, me, snapshot};

fn list() -> DoorList {
    let relay = |relay, name: &str, typed_code| DoorRelay { relay, name: name.into(), typed_code };
    let gate = Door {
        id: "gate".into(),
        name: "Main gate\u{202e}".into(),
        sip_user: Some("north".into()),
        pictures: true,
        relays: vec![relay(1, "Gate", false), relay(2, "Garage", true)],
    };
    let site = DoorSite { id: "n".into(), name: "North".into(), instructions: "Ring twice.".into(), doors: vec![gate] };
    DoorList { sites: vec![site], now: UNIX }
}

/// A desk of a site with one door, with this role.
fn desk_as(role: Role) -> Bench {
    let mut bench = Bench::new();
    bench.event(Event::Session(Ok(Some(Box::new(Me { roles: vec![role], ..me() })))));
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(4)))));
    assert!(bench.effects.contains(&Effect::LoadDoors));
    bench.event(Event::Doors(Ok(list())));
    bench.effects.clear();
    bench
}

#[test]
fn the_way_to_the_doors_is_there_before_the_doors_are_known() {
    let leads = |bench: &Bench| bench.desk.session_view().signed_in().map(|me| me.doors);
    let mut bench = Bench::new();
    bench.event(Event::Session(Ok(Some(Box::new(Me { doors: true, ..me() })))));
    assert_eq!(leads(&bench), Some(true));
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(4)))));
    assert_eq!(leads(&bench), Some(true));
    bench.event(Event::Doors(Ok(DoorList { sites: Vec::new(), now: UNIX })));
    assert_eq!(leads(&bench), Some(false), "of another site by now");
    bench.event(Event::Doors(Ok(list())));
    assert_eq!(leads(&bench), Some(true));
}

fn desk() -> Bench {
    desk_as(Role::Agent)
}

fn gate(bench: &Bench) -> DoorView {
    bench.desk.door_views().remove(0)
}

fn state(bench: &Bench, relay: usize) -> RelayState {
    gate(bench).relays[relay - 1].state.clone()
}

fn open(bench: &mut Bench, relay: u8, code: Option<&str>) {
    bench.act(Action::OpenDoor { door: "gate".into(), relay, code: code.map(str::to_owned), call: None });
}

/// What left for the switchboard since the last look.
fn orders(bench: &mut Bench) -> Vec<ReleaseOrder> {
    let orders = std::mem::take(&mut bench.effects).into_iter().filter_map(|effect| match effect {
        Effect::Release(order) => Some(*order),
        _ => None,
    });
    orders.collect()
}

fn release(id: &str, by: &str, outcome: Option<ReleaseOutcome>) -> Release {
    Release {
        id: id.into(),
        site: "n".into(),
        entrance: "gate".into(),
        by: by.into(),
        test: false,
        asked_at: UNIX,
        done_at: outcome.map(|_| UNIX + 50),
        relays: vec![RelayRelease { relay: 1, outcome, cause: None, opened_by: None, until: None }],
    }
}

fn feed(bench: &mut Bench, seq: u64, release: Release) {
    let change = Change::Release { release };
    bench.event(Event::Feed(Box::new(ServerFrame::Delta { seq, now: UNIX, changes: vec![change] })));
}

fn done(outcome: DoorOutcome, by: &str) -> RelayState {
    RelayState::Done(DoneView { outcome, why: String::new(), by: by.into(), opened_by: None, until: None })
}

const LOST: Failure = Failure { status: None, code: None, retry_after: None };

#[test]
fn a_ring_of_a_station_is_a_ring_at_its_door_and_its_release_names_the_call() {
    let mut bench = Bench::ready();
    bench.event(Event::Doors(Ok(list())));
    let call = bench.rings("north", true);
    assert_eq!(bench.desk.incoming_views()[0].door.as_deref(), Some("gate"));
    assert_eq!(bench.desk.incoming_views()[0].who.name, "Main gate", "whatever the station calls itself");
    assert_eq!((gate(&bench).call, gate(&bench).name.as_str()), (Some(call), "Main gate"));
    bench.act(Action::Answer { call, video: true });
    bench.answered(call);
    assert_eq!(bench.call(call).door.as_deref(), Some("gate"));
    let other = bench.rings("agent2", false);
    assert_eq!(bench.desk.incoming_views()[0].door, None);
    assert_ne!(other, call);
}

#[test]
fn one_press_is_one_release_and_the_feed_needs_no_answer() {
    let mut bench = desk();
    open(&mut bench, 1, None);
    open(&mut bench, 1, None);
    let sent = orders(&mut bench);
    assert_eq!((sent.len(), sent[0].door.as_str(), sent[0].relay, sent[0].id.clone()), (1, "gate", 1, None));
    assert_eq!(sent[0].server_now, UNIX, "the server's clock, not the browser's");
    assert_eq!(state(&bench, 1), RelayState::Pending(None));
    bench.event(Event::ReleaseSent { ask: sent[0].ask, id: "r1".into() });
    feed(&mut bench, 5, release("r1", "Agent One", None));
    assert_eq!(state(&bench, 1), RelayState::Pending(None));
    feed(&mut bench, 6, release("r1", "Agent One", Some(ReleaseOutcome::Opened)));
    assert_eq!(state(&bench, 1), done(DoorOutcome::Opened, "Agent One"));
    // The answer, overtaken by the feed, changes nothing.
    bench.event(Event::ReleaseAnswered { ask: sent[0].ask, result: Ok(release("r1", "Agent One", None).into()) });
    assert_eq!(state(&bench, 1), done(DoorOutcome::Opened, "Agent One"));
    bench.pass(61);
    assert_eq!(state(&bench, 1), RelayState::Idle);
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_id_and_never_called_opened() {
    let mut bench = desk();
    open(&mut bench, 1, None);
    let first = orders(&mut bench).remove(0);
    bench.event(Event::ReleaseSent { ask: first.ask, id: "r1".into() });
    bench.event(Event::ReleaseAnswered { ask: first.ask, result: Err(LOST) });
    bench.pass(1);
    let again = orders(&mut bench);
    assert_eq!(again, [ReleaseOrder { id: Some("r1".into()), ..first.clone() }]);
    bench.pass(5);
    assert_eq!(orders(&mut bench), [], "one at a time");
    for _ in 0..70 {
        bench.event(Event::ReleaseAnswered { ask: first.ask, result: Err(LOST) });
        bench.pass(1);
    }
    assert!(matches!(state(&bench, 1), RelayState::Done(DoneView { outcome: DoorOutcome::NoReply, .. })), "{:?}", state(&bench, 1));
}

/// In conversation with the station; a release of relay 1 was asked for and is to be played from here.
fn ordered_to_play() -> (Bench, CallKey, u64) {
    let mut bench = Bench::ready_as(Me { roles: vec![Role::Agent], ..me() });
    bench.event(Event::Doors(Ok(list())));
    let call = bench.rings("north", false);
    bench.act(Action::Answer { call, video: false });
    bench.answered(call);
    bench.act(Action::OpenDoor { door: "gate".into(), relay: 1, code: None, call: Some(call) });
    let ask = orders(&mut bench)[0].ask;
    bench.event(Event::ReleaseSent { ask, id: "r1".into() });
    let tones = vec![ToneOrder { relay: 1, digits: Secret::new("4711"), tone_ms: 160, gap_ms: 100, lead_ms: 200 }];
    bench.event(Event::ReleaseAnswered { ask, result: Ok(ReleaseAnswer { release: release("r1", "Agent One", None), tones }) });
    (bench, call, ask)
}

/// What is told of tones since the last look.
fn told(bench: &mut Bench) -> Vec<TonesPlayed> {
    let effects = std::mem::take(&mut bench.effects).into_iter();
    effects.filter_map(|effect| if let Effect::TellPlayed { played, .. } = effect { Some(played) } else { None }).collect()
}

#[test]
fn a_code_is_played_once_in_the_call_with_the_station_and_told() {
    let (mut bench, call, ask) = ordered_to_play();
    let played =
        bench.effects.iter().filter(|effect| matches!(effect, Effect::PlayTones { call: at, ask: of, .. } if (*at, *of) == (call, ask)));
    assert_eq!(played.count(), 1);
    assert!(!format!("{:?}", bench.effects).contains("4711"));
    assert_eq!(state(&bench, 1), RelayState::Pending(None));
    bench.event(Event::TonesPlayed { ask, sent: true });
    bench.event(Event::TonesPlayed { ask, sent: true });
    assert_eq!(told(&mut bench), [TonesPlayed { id: "r1".into(), relay: 1, sent: true }]);
    let answer = release("r1", "Agent One", Some(ReleaseOutcome::SentNotConfirmed));
    bench.event(Event::ReleaseAnswered { ask, result: Ok(answer.into()) });
    assert_eq!(state(&bench, 1), done(DoorOutcome::SentNotConfirmed, "Agent One"));
}

#[test]
fn a_code_that_cannot_be_played_is_told_and_a_call_that_ends_meanwhile_is_asked_about() {
    let (mut bench, _, ask) = ordered_to_play();
    bench.event(Event::TonesPlayed { ask, sent: false });
    assert_eq!(told(&mut bench), [TonesPlayed { id: "r1".into(), relay: 1, sent: false }]);

    let (mut bench, call, ask) = ordered_to_play();
    bench.ended(call, io::EndCause::RemoteHangUp { reason: None });
    bench.pass(2);
    let again = orders(&mut bench);
    assert_eq!((again.len(), again[0].id.as_deref()), (1, Some("r1")));
    bench.event(Event::TonesPlayed { ask, sent: true });
    assert_eq!(told(&mut bench), [], "nobody knows what was heard");

    // The call was over before the order came.
    let mut bench = Bench::ready_as(Me { roles: vec![Role::Agent], ..me() });
    bench.event(Event::Doors(Ok(list())));
    let call = bench.rings("north", false);
    bench.act(Action::OpenDoor { door: "gate".into(), relay: 1, code: None, call: Some(call) });
    let ask = orders(&mut bench)[0].ask;
    let tones = vec![ToneOrder { relay: 1, digits: Secret::new("4711"), tone_ms: 160, gap_ms: 100, lead_ms: 200 }];
    bench.event(Event::ReleaseAnswered { ask, result: Ok(ReleaseAnswer { release: release("r1", "Agent One", None), tones }) });
    assert_eq!(told(&mut bench), [TonesPlayed { id: "r1".into(), relay: 1, sent: false }], "it only rings");
}

#[test]
fn a_refusal_names_its_reason() {
    for (status, code, why) in [(403, ErrorCode::Forbidden, "no_right"), (429, ErrorCode::TooMany, "too_many_releases")] {
        let mut bench = desk();
        open(&mut bench, 1, None);
        let ask = orders(&mut bench)[0].ask;
        let failure = Failure { status: Some(status), code: Some(code), retry_after: None };
        bench.event(Event::ReleaseAnswered { ask, result: Err(failure) });
        let RelayState::Done(done) = state(&bench, 1) else { panic!("no outcome") };
        assert_eq!((done.outcome, done.why.as_str()), (DoorOutcome::RefusedByUs, why));
    }
}

#[test]
fn what_others_do_is_shown_but_not_that_they_came_too_late() {
    let mut bench = desk();
    feed(&mut bench, 5, release("r1", "Agent Two", None));
    assert_eq!(state(&bench, 1), RelayState::Pending(Some("Agent Two".into())));
    feed(&mut bench, 6, release("r1", "Agent Two", Some(ReleaseOutcome::Opened)));
    feed(&mut bench, 7, Release { asked_at: UNIX + 10, ..release("r2", "Agent Three", Some(ReleaseOutcome::Busy)) });
    assert_eq!(state(&bench, 1), done(DoorOutcome::Opened, "Agent Two"));
    // A page that comes back is told in its snapshot.
    let mut back = desk();
    let releases = vec![release("r1", "Agent Two", Some(ReleaseOutcome::Locked))];
    back.event(Event::Feed(Box::new(ServerFrame::Snapshot(Snapshot { releases, ..snapshot(9) }))));
    assert_eq!(state(&back, 1), done(DoorOutcome::Locked, "Agent Two"));
}

#[test]
fn codes_are_typed_where_they_are_wanted_and_roles_decide_what_a_press_means() {
    let mut bench = desk();
    open(&mut bench, 2, None);
    open(&mut bench, 1, Some("1234"));
    open(&mut bench, 3, None);
    assert_eq!(orders(&mut bench), []);
    open(&mut bench, 2, Some("1234"));
    let sent = orders(&mut bench);
    assert_eq!(sent[0].code.as_ref().map(|code| code.expose()), Some("1234"));
    assert!(!format!("{:?}", Action::OpenDoor { door: "gate".into(), relay: 2, code: Some("1234".into()), call: None }).contains("1234"));
    assert!(!format!("{:?}", sent[0]).contains("1234"));

    let mut admin = desk_as(Role::Administrator);
    assert_eq!(gate(&admin).relays[0].press, Some(Press::Test));
    open(&mut admin, 1, None);
    assert!(orders(&mut admin)[0].test);
    let mut viewer = desk_as(Role::Viewer);
    assert_eq!(gate(&viewer).relays[0].press, None);
    open(&mut viewer, 1, None);
    assert_eq!(orders(&mut viewer), []);
}

#[test]
fn pictures_say_how_old_they_are_and_what_is_wrong() {
    assert_eq!(PictureView::of(None, None, true), PictureView::Waiting);
    assert_eq!(PictureView::of(Some(900), None, true), PictureView::Live);
    assert_eq!(PictureView::of(Some(4_200), None, true), PictureView::Old(4));
    assert_eq!(PictureView::of(Some(900), None, false), PictureView::Old(0), "without a connection nothing is live");
    let wrong = PictureTrouble::WrongToken;
    assert_eq!(PictureView::of(Some(9_999), Some(wrong), true), PictureView::Wrong(wrong, Some(9)));
}

#[test]
fn the_access_log_is_searched_and_paged_and_late_answers_change_nothing() {
    let mut bench = desk();
    let row = |id: &str| AccessRow {
        release: release(id, "Agent Two", Some(ReleaseOutcome::Opened)),
        site: "North".into(),
        door: "Main gate".into(),
        reason: String::new(),
        contact: Some("c".into()),
        caller: Some(Peer { address: "north".into(), display_name: Some("Main gate".into()) }),
        pictures: Vec::new(),
    };
    let page =
        |ids: &[&str], next: Option<&str>| AccessPage { rows: ids.iter().map(|id| row(id)).collect(), next: next.map(str::to_owned) };
    bench.act(Action::FindAccess { find: String::new() });
    bench.act(Action::FindAccess { find: " gate ".into() });
    assert_eq!(bench.effects.pop(), Some(Effect::LoadAccess { before: None, find: "gate".into() }));
    bench.event(Event::Access { find: String::new(), before: None, page: Ok(page(&["old"], None)) });
    assert!(bench.desk.access_view().loading && bench.desk.access_view().rows.is_empty());
    bench.event(Event::Access { find: "gate".into(), before: None, page: Ok(page(&["r3", "r2"], Some("2"))) });
    bench.act(Action::MoreAccess);
    assert_eq!(bench.effects.pop(), Some(Effect::LoadAccess { before: Some("2".into()), find: "gate".into() }));
    bench.event(Event::Access { find: "gate".into(), before: Some("2".into()), page: Ok(page(&["r1"], None)) });
    let view = bench.desk.access_view();
    assert_eq!((view.rows.len(), view.more, view.rows[0].relay.as_str()), (3, false, "Gate"), "relays have their names");
    assert_eq!((view.rows[0].caller.as_deref(), view.rows[0].outcome), (Some("Main gate"), Some(DoorOutcome::Opened)));
    // A ring that nobody opened is a row as well.
    let kept = KeptPicture { id: "p1".into(), taken_at: UNIX, ring: true };
    let ring = AccessRow { release: Release { relays: Vec::new(), ..release("", "", None) }, pictures: vec![kept.clone()], ..row("r0") };
    bench.act(Action::FindAccess { find: "ring".into() });
    bench.event(Event::Access { find: "ring".into(), before: None, page: Ok(AccessPage { rows: vec![ring], next: None }) });
    let view = bench.desk.access_view();
    assert_eq!((view.rows.len(), view.rows[0].relay.as_str(), view.rows[0].outcome, &view.rows[0].pictures), (1, "", None, &vec![kept]));
    bench.act(Action::FindAccess { find: "gate".into() });
    bench.event(Event::Access { find: "gate".into(), before: None, page: Ok(page(&["r3", "r2", "r1"], None)) });
    bench.act(Action::FindAccess { find: "gate".into() });
    bench.event(Event::Access { find: "gate".into(), before: None, page: Err(LOST) });
    assert!(bench.desk.access_view().failed && bench.desk.access_view().rows.len() == 3, "what was there stays");
}

//! A visitor at the page of a queue: consent, wait, place, conversation, and what breaks on the way.

use app::desk::CallKey;
use app::desk::action::Action;
use app::desk::effect::{Effect, Sound, SoundKind};
use app::desk::event::{Event, Failure, Start};
use app::desk::kept::{CallNotes, KeptVisit, Resume};
use app::desk::settings::DeviceKind;
use app::desk::view::call::{EndCause, Waiting};
use app::desk::view::device_check::DeviceFault;
use app::desk::view::visitor::{Scene, Unable};
use sip_ws::codec::QueuePlace;
use sip_ws::io::{self, CallId, Command, LinkLoss, LinkState, Millis};
use wire::{ErrorCode, Secret, VisitorProfile, VisitorQueue, VisitorState};

use crate::support::{Bench, UNIX, peer, profile};

fn queue(state: VisitorState) -> Event {
    Event::VisitorQueue(Ok(VisitorQueue { label: "Support".into(), state }))
}

/// The page `/call/support`, open for calls.
fn page() -> Bench {
    let mut bench = Bench::blank();
    bench.event(Event::Started(Start { visitor: Some("support".into()), online: true, seed: 7, ..Start::default() }));
    assert_eq!(bench.effects.iter().filter(|effect| **effect == Effect::LoadVisitorQueue { path: "support".into() }).count(), 1);
    assert!(!bench.effects.contains(&Effect::LoadSession), "nobody is asked who is signed in");
    bench.event(queue(VisitorState::Open));
    assert_eq!(bench.desk.visitor_view().scene, Scene::Welcome);
    bench.effects.clear();
    bench
}

fn guest(bench: &mut Bench) {
    let mut desk = profile();
    desk.sip.user = GUEST.into();
    let answer = VisitorProfile { desk, queue: "support".into(), label: "Support".into(), place: Secret::new("place") };
    bench.event(Event::VisitorProfile(Ok(Box::new(answer))));
}

fn dialled(bench: &Bench) -> Vec<CallKey> {
    let calls = bench.effects.iter().filter_map(|effect| match effect {
        Effect::Agent(Command::Call { call, target, video: false }) if target == "support" => Some(CallKey(call.0)),
        _ => None,
    });
    calls.collect()
}

/// Waiting in the queue.
fn waiting() -> (Bench, CallKey) {
    let mut bench = page();
    bench.act(Action::VisitorCall { name: " Ada ".into() });
    guest(&mut bench);
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    bench.event(Event::DeviceOpened(DeviceKind::Microphone));
    let calls = dialled(&bench);
    assert_eq!(calls.len(), 1);
    (bench, calls[0])
}

fn told(bench: &mut Bench, call: CallKey, position: u32, estimate_s: Option<u32>) {
    let place = Some(QueuePlace { position, estimate_s });
    bench.sip(io::Event::Progress { call: CallId(call.0), status: 182, reason: "Queued".into(), early_media: false, place });
}

#[test]
fn nothing_is_opened_or_sent_before_the_visitor_asks_for_it() {
    let bench = page();
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::OpenDevice { .. } | Effect::StartAgent(_))));
}

#[test]
fn the_call_leaves_when_the_link_is_there_and_the_microphone_was_asked_for() {
    let mut bench = page();
    bench.act(Action::VisitorCall { name: "Ada".into() });
    assert!(bench.effects.contains(&Effect::OpenDevice { kind: DeviceKind::Microphone, id: None }));
    assert!(bench.effects.contains(&Effect::LoadVisitorProfile { path: "support".into(), place: None, guest: None }));
    guest(&mut bench);
    let named = bench.effects.iter().any(|effect| matches!(effect, Effect::StartAgent(desk) if desk.sip.display_name == "Ada"));
    assert!(named, "the name that the visitor gave");
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    assert_eq!(bench.desk.visitor_view().scene, Scene::Preparing { asking: true });
    assert!(dialled(&bench).is_empty(), "the browser still asks");
    bench.event(Event::DeviceFailed(DeviceKind::Microphone, DeviceFault::Denied));
    assert_eq!(dialled(&bench).len(), 1, "whoever refuses can still listen");
    assert_eq!(bench.desk.visitor_view().microphone, Some(DeviceFault::Denied));
}

#[test]
fn the_place_is_shown_and_a_waiting_sound_is_heard_until_the_answer() {
    let (mut bench, call) = waiting();
    assert!(matches!(bench.desk.visitor_view().scene, Scene::Waiting { place: None, .. }));
    bench.effects.clear();
    told(&mut bench, call, 2, Some(90));
    let Scene::Waiting { place, .. } = bench.desk.visitor_view().scene else { panic!("not waiting") };
    assert_eq!(place, Some(Waiting { position: 2, estimate_s: Some(90) }));
    assert!(bench.effects.contains(&Effect::Sound(Some(Sound { kind: SoundKind::Queue, volume: 100 }))));
    told(&mut bench, call, 1, None);
    let Scene::Waiting { place, .. } = bench.desk.visitor_view().scene else { panic!("not waiting") };
    assert_eq!(place, Some(Waiting { position: 1, estimate_s: None }));
    bench.effects.clear();
    bench.answered(call);
    assert!(matches!(bench.desk.visitor_view().scene, Scene::Talking { muted: false, .. }));
    assert!(bench.effects.contains(&Effect::Sound(None)));
    bench.act(Action::Mute { call, on: true });
    assert!(matches!(bench.desk.visitor_view().scene, Scene::Talking { muted: true, .. }));
    bench.effects.clear();
    bench.act(Action::HangUp { call });
    bench.ended(call, io::EndCause::LocalHangUp);
    assert_eq!(bench.desk.visitor_view().scene, Scene::Over { cause: EndCause::HungUp });
    assert!(bench.effects.contains(&Effect::Agent(Command::Stop)), "the link goes with the call");
    assert!(bench.effects.contains(&Effect::CloseDevice(DeviceKind::Microphone)), "and so does the microphone");
}

#[test]
fn a_link_lost_while_waiting_calls_again_before_it_lets_the_old_call_go() {
    let (mut bench, call) = waiting();
    told(&mut bench, call, 3, None);
    bench.effects.clear();
    let down = LinkState::Down { cause: LinkLoss::Closed, since: Millis(bench.now), retry_at: Millis(bench.now + 500) };
    bench.sip(io::Event::Link(down));
    assert!(bench.desk.visitor_view().reconnecting);
    assert!(dialled(&bench).is_empty());
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    let again = dialled(&bench);
    assert_eq!(again.len(), 1);
    let at = |wanted: &Effect| bench.effects.iter().position(|effect| effect == wanted);
    let new = Effect::Agent(Command::Call { call: CallId(again[0].0), target: "support".into(), video: false });
    assert!(at(&new) < at(&Effect::Agent(Command::HangUp { call: CallId(call.0) })), "the place is taken over, not given up");
    bench.ended(call, io::EndCause::LocalHangUp);
    assert!(matches!(bench.desk.visitor_view().scene, Scene::Waiting { .. }), "the end of the old call is not the end");
    assert!(!bench.desk.visitor_view().reconnecting);
}

#[test]
fn a_link_lost_in_the_conversation_changes_nothing_but_a_notice() {
    let (mut bench, call) = waiting();
    bench.answered(call);
    bench.effects.clear();
    let down = LinkState::Down { cause: LinkLoss::Closed, since: Millis(bench.now), retry_at: Millis(bench.now + 500) };
    bench.sip(io::Event::Link(down));
    assert!(bench.desk.visitor_view().reconnecting);
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    assert!(dialled(&bench).is_empty());
    assert!(matches!(bench.desk.visitor_view().scene, Scene::Talking { .. }));
}

#[test]
fn refusals_are_told_politely_and_the_page_looks_again_by_itself() {
    for (phrase, status, why) in
        [("Queue closed", 480, Unable::Closed), ("Queue full", 486, Unable::Full), ("Nobody was free", 480, Unable::NobodyFree)]
    {
        let (mut bench, call) = waiting();
        bench.ended(call, io::EndCause::Rejected { status, phrase: phrase.into(), reason: None, retry_after: None });
        assert_eq!(bench.desk.visitor_view().scene, Scene::Unable(why));
    }
    let mut bench = page();
    bench.event(queue(VisitorState::Full));
    assert_eq!(bench.desk.visitor_view().scene, Scene::Unable(Unable::Full));
    bench.effects.clear();
    bench.pass(31);
    assert_eq!(bench.effects.iter().filter(|effect| matches!(effect, Effect::LoadVisitorQueue { .. })).count(), 1);
    bench.event(queue(VisitorState::Open));
    assert_eq!(bench.desk.visitor_view().scene, Scene::Welcome);
    let gone = Failure { status: Some(404), code: Some(ErrorCode::NotFound), retry_after: None };
    bench.event(Event::VisitorQueue(Err(gone)));
    assert_eq!(bench.desk.visitor_view().scene, Scene::Unable(Unable::NoSuchQueue));
}

#[test]
fn credentials_are_renewed_for_the_same_guest_in_a_long_wait() {
    let (mut bench, _) = waiting();
    bench.effects.clear();
    let life = profile().sip.expires_at.map_or(0, |at| (at - profile().now) / 1000);
    bench.pass(u64::try_from(life).unwrap_or(0).max(70));
    let place = Some(Secret::new("place"));
    assert!(bench.effects.contains(&Effect::LoadVisitorProfile { path: "support".into(), place, guest: None }));
    bench.effects.clear();
    guest(&mut bench);
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Credentials(_))));
    assert!(dialled(&bench).is_empty());
}

const GUEST: &str = "~support~00112233445566778899aabbccddeeff";

/// The page was loaded again in a visit that had come so far.
fn loaded_again(path: &str, calls: Vec<(CallKey, CallNotes)>) -> Bench {
    let mut bench = Bench::blank();
    let visit = Some(KeptVisit { path: "support".into(), name: "Ada".into() });
    let resume = Some(Resume { person: GUEST.into(), visit, calls });
    bench.event(Event::Started(Start { visitor: Some(path.into()), online: true, seed: 7, resume, ..Start::default() }));
    bench
}

fn asks_for_guest(bench: &Bench) -> bool {
    let wanted = Effect::LoadVisitorProfile { path: "support".into(), place: None, guest: Some(GUEST.into()) };
    bench.effects.contains(&wanted)
}

#[test]
fn what_a_later_page_needs_is_kept_from_the_call_to_its_end_and_names_no_secret() {
    let (mut bench, call) = waiting();
    let visit = KeptVisit { path: "support".into(), name: "Ada".into() };
    let at = |wanted: &dyn Fn(&Effect) -> bool| bench.effects.iter().position(wanted).expect("there");
    let keep = at(&|effect| *effect == Effect::KeepVisit { guest: GUEST.into(), visit: visit.clone() });
    assert!(keep < at(&|effect| matches!(effect, Effect::StartAgent(_))), "the agent begins with what was kept");
    bench.act(Action::HangUp { call });
    bench.ended(call, io::EndCause::LocalHangUp);
    assert!(bench.effects.contains(&Effect::Keep(None)));
}

#[test]
fn a_wait_goes_on_at_the_same_place_after_a_reload() {
    // Whoever waits gives the call back, and the page that comes calls again as the same guest.
    let (mut bench, call) = waiting();
    bench.effects.clear();
    bench.event(Event::Leaving);
    assert!(bench.effects.contains(&Effect::Agent(Command::Stop)), "nobody is rung for a page that is gone");
    bench.ended(call, io::EndCause::LocalHangUp);
    assert!(!bench.effects.contains(&Effect::Keep(None)), "and the place is not forgotten by that");

    let mut bench = loaded_again("support", Vec::new());
    assert!(asks_for_guest(&bench));
    assert_eq!(bench.desk.visitor_view().scene, Scene::Preparing { asking: true }, "nothing has to be pressed");
    guest(&mut bench);
    let named = bench.effects.iter().any(|effect| matches!(effect, Effect::StartAgent(desk) if desk.sip.display_name == "Ada"));
    assert!(named, "under the same name");
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    bench.event(Event::DeviceOpened(DeviceKind::Microphone));
    assert_eq!(dialled(&bench).len(), 1);
}

#[test]
fn a_conversation_goes_on_after_a_reload_and_nothing_is_dialled() {
    let (mut bench, call) = waiting();
    bench.answered(call);
    bench.effects.clear();
    bench.event(Event::Leaving);
    assert!(bench.effects.contains(&Effect::Agent(Command::Leave)), "not a word: it goes on");
    assert!(!bench.effects.contains(&Effect::Agent(Command::Stop)));

    let notes = CallNotes { began: UNIX - 65_000, answered: UNIX - 60_000, muted: true, camera: false, unasked: false, part: None };
    let mut bench = loaded_again("support", vec![(CallKey(1), notes)]);
    guest(&mut bench);
    bench.sip(io::Event::Restored { call: CallId(1), peer: peer("agent2"), outgoing: true, session_id: "s".into(), video: false });
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    bench.event(Event::DeviceOpened(DeviceKind::Microphone));
    assert!(dialled(&bench).is_empty());
    assert!(matches!(bench.desk.visitor_view().scene, Scene::Talking { muted: true, .. }), "{:?}", bench.desk.visitor_view());
    // Transferred to a queue meanwhile: they wait there.
    let place = Some(QueuePlace { position: 3, estimate_s: None });
    bench.sip(io::Event::Progress { call: CallId(1), status: 182, reason: "Queued".into(), early_media: false, place });
    bench.event(Event::SoundLocked(true));
    assert!(bench.desk.visitor_view().silent, "the browser waits for a touch of the page");
}

#[test]
fn a_place_that_is_nobodys_any_more_begins_a_new_visit() {
    let mut bench = loaded_again("support", Vec::new());
    // Out of reach for a moment, or one of too many: it is asked for again.
    for (status, retry_after, seconds) in [(None, None, 3), (Some(429), Some(5), 6), (Some(408), None, 3)] {
        bench.event(Event::VisitorProfile(Err(Failure { status, code: None, retry_after })));
        assert!(!bench.effects.contains(&Effect::Keep(None)));
        bench.effects.clear();
        bench.pass(seconds);
        assert!(asks_for_guest(&bench), "{status:?}");
    }
    bench.effects.clear();
    bench.event(Event::VisitorProfile(Err(Failure { status: Some(403), code: Some(ErrorCode::Forbidden), retry_after: None })));
    assert!(bench.effects.contains(&Effect::Keep(None)));
    assert!(bench.effects.contains(&Effect::LoadVisitorQueue { path: "support".into() }));
    bench.event(queue(VisitorState::Open));
    assert_eq!(bench.desk.visitor_view().scene, Scene::Welcome);
    // For as long as the place is kept, and no longer.
    let mut bench = loaded_again("support", Vec::new());
    bench.pass(40);
    bench.event(Event::VisitorProfile(Err(Failure { status: None, code: None, retry_after: None })));
    assert!(bench.effects.contains(&Effect::LoadVisitorQueue { path: "support".into() }));
}

#[test]
fn the_page_of_another_queue_does_not_go_on_with_it() {
    let bench = loaded_again("sales", Vec::new());
    assert!(!asks_for_guest(&bench));
    assert!(bench.effects.contains(&Effect::LoadVisitorQueue { path: "sales".into() }));
}

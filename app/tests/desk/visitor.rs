//! A visitor at the page of a queue: consent, wait, place, conversation, and what breaks on the way.

use app::desk::CallKey;
use app::desk::action::Action;
use app::desk::effect::{Effect, Sound, SoundKind};
use app::desk::event::{Event, Failure, Start};
use app::desk::settings::DeviceKind;
use app::desk::view::call::{EndCause, Waiting};
use app::desk::view::device_check::DeviceFault;
use app::desk::view::visitor::{Scene, Unable};
use sip_ws::codec::QueuePlace;
use sip_ws::io::{self, CallId, Command, LinkLoss, LinkState, Millis};
use wire::{ErrorCode, Secret, VisitorProfile, VisitorQueue, VisitorState};

use crate::support::{Bench, profile};

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
    desk.sip.user = "~support~00112233445566778899aabbccddeeff".into();
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
    assert!(bench.effects.contains(&Effect::LoadVisitorProfile { path: "support".into(), place: None }));
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
    assert!(bench.effects.contains(&Effect::LoadVisitorProfile { path: "support".into(), place }));
    bench.effects.clear();
    guest(&mut bench);
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Credentials(_))));
    assert!(dialled(&bench).is_empty());
}

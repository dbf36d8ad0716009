//! Calls of trusted callers: answered, held and resumed without the user where the user wants that, after a beep.

use app::desk::CallKey;
use app::desk::action::Action;
use app::desk::effect::{Effect, Sound, SoundKind};
use app::desk::event::Event;
use app::desk::settings::{DeviceKind, Settings};
use app::desk::view::call::{CallNotice, CallPhase};
use app::desk::view::device_check::DeviceFault;
use sip_ws::io::{self, AnswerIntent, CallId, Command, Hints, RemoteWish};

use crate::support::{Bench, peer};

/// On shift, heard and hearing; whether the user lets trusted callers through.
fn bench(wants: bool) -> Bench {
    let mut bench = Bench::ready();
    bench.event(Event::SoundLocked(false));
    bench.act(Action::SetAutoAnswer(wants));
    bench.effects.clear();
    bench
}

/// A call whose caller the agent trusts, and who wants to be answered after so many seconds.
fn intercom(bench: &mut Bench, after: u32) -> CallKey {
    let call = CallId(CallId::FIRST_INCOMING.0 + bench.now);
    bench.now += 1;
    let hints = Hints { answer: Some(AnswerIntent { after, privileged: true }), ..Hints::default() };
    let session_id = format!("{:032x}", call.0);
    bench.sip(io::Event::Incoming { call, from: peer("agent2"), to: peer("agent1"), has_video: true, session_id, first_for: None, hints });
    CallKey(call.0)
}

fn beeped(bench: &mut Bench, call: CallKey, heard: bool) {
    bench.event(Event::Beeped { call, heard });
}

fn presses(bench: &mut Bench, key: CallKey, wish: RemoteWish) {
    bench.sip(io::Event::Remote { call: CallId(key.0), wish });
}

fn answer(key: CallKey) -> Command {
    Command::Answer { call: CallId(key.0), video: false }
}

fn rings(bench: &Bench, key: CallKey) -> bool {
    bench.desk.incoming_views().iter().any(|view| view.call == key)
}

#[test]
fn whoever_is_trusted_is_answered_after_a_beep_and_without_the_camera() {
    let mut bench = bench(true);
    let key = intercom(&mut bench, 0);
    assert!(bench.effects.contains(&Effect::Beep(key)));
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Sound(Some(_)))), "the beep is heard alone");
    assert!(rings(&bench, key), "the user may still refuse");
    assert!(bench.commands().is_empty(), "nobody hears us before");

    beeped(&mut bench, key, true);
    let camera = bench.effects.iter().any(|effect| matches!(effect, Effect::SendCamera { .. } | Effect::OpenDevice { .. }));
    assert!(!camera, "the camera stays off");
    assert!(!bench.effects.contains(&Effect::UnlockSound), "no gesture has happened");
    assert_eq!(bench.commands(), [answer(key)]);
    bench.answered(key);
    let call = bench.call(key);
    assert_eq!(call.phase, CallPhase::Active);
    assert!(call.notices.contains(&CallNotice::AnsweredUnasked));
    beeped(&mut bench, key, true);
    assert!(bench.commands().is_empty());
}

#[test]
fn nobody_is_let_through_before_the_user_wants_it() {
    assert!(!Settings::default().auto_answer);
    let old: Settings = serde_json::from_str(r#"{"ring_volume":40}"#).expect("settings");
    assert!(!old.auto_answer, "nor by what a browser remembers of before");
    let mut bench = bench(false);
    let key = intercom(&mut bench, 0);
    assert!(bench.effects.contains(&Effect::Sound(Some(Sound { kind: SoundKind::Ring, volume: 80 }))));
    presses(&mut bench, key, RemoteWish::Talk);
    beeped(&mut bench, key, true);
    bench.pass(5);
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Beep(_))));
    assert!(bench.commands().is_empty() && rings(&bench, key));

    bench.act(Action::Answer { call: key, video: false });
    bench.answered(key);
    assert!(!bench.call(key).notices.contains(&CallNotice::AnsweredUnasked), "the user did");
    bench.effects.clear();
    presses(&mut bench, key, RemoteWish::Hold);
    assert!(bench.commands().is_empty());
}

#[test]
fn the_choice_is_remembered() {
    let mut bench = Bench::ready();
    bench.act(Action::SetAutoAnswer(true));
    let saved = bench.effects.iter().find_map(|effect| if let Effect::SaveSettings(settings) = effect { Some(settings) } else { None });
    let json = serde_json::to_string(saved.expect("saved")).expect("printed");
    let kept: Settings = serde_json::from_str(&json).expect("read again");
    assert!(kept.auto_answer);
}

#[test]
fn who_only_calls_rings() {
    let mut bench = bench(true);
    let key = bench.rings("agent2", false);
    bench.pass(5);
    assert!(rings(&bench, key) && bench.commands().is_empty());
}

#[test]
fn it_rings_for_as_long_as_the_caller_asks() {
    let mut bench = bench(true);
    let key = intercom(&mut bench, 3);
    assert!(bench.effects.contains(&Effect::Sound(Some(Sound { kind: SoundKind::Ring, volume: 80 }))));
    bench.pass(2);
    assert!(!bench.effects.contains(&Effect::Beep(key)));
    bench.pass(1);
    assert!(bench.effects.contains(&Effect::Beep(key)));
    assert_eq!(bench.effects.last(), Some(&Effect::Sound(None)));
    beeped(&mut bench, key, true);
    assert_eq!(bench.commands(), [answer(key)]);
}

/// What is in the way, and that it rings and stays so.
#[track_caller]
fn only_rings(bench: &mut Bench, after: u32, why: &str) -> CallKey {
    let key = intercom(bench, after);
    bench.pass(u64::from(after));
    assert!(!bench.effects.contains(&Effect::Beep(key)), "{why}");
    beeped(bench, key, true);
    bench.pass(5);
    let answers = bench.commands().into_iter().any(|command| matches!(command, Command::Answer { .. }));
    assert!(!answers && rings(bench, key), "{why}");
    key
}

#[test]
fn it_only_rings_where_the_user_could_not_know_or_talks_already() {
    for after in [0, 2] {
        let mut desk = bench(true);
        desk.event(Event::DeviceFailed(DeviceKind::Microphone, DeviceFault::InUse));
        only_rings(&mut desk, after, "no microphone");

        let mut desk = bench(true);
        desk.event(Event::SoundLocked(true));
        only_rings(&mut desk, after, "no beep would be heard");

        let mut desk = Bench::ready();
        desk.act(Action::SetAutoAnswer(true));
        only_rings(&mut desk, after, "whether one would be heard is not known");

        let mut desk = bench(true);
        desk.act(Action::Dial { target: "agent2".into(), video: false });
        only_rings(&mut desk, after, "the user calls somebody");

        let mut desk = bench(true);
        let first = desk.rings("agent2", false);
        desk.act(Action::Answer { call: first, video: false });
        desk.answered(first);
        desk.effects.clear();
        let second = only_rings(&mut desk, after, "the user talks");
        desk.ended(second, io::EndCause::Cancelled);
        desk.act(Action::Hold { call: first, on: true });
        desk.effects.clear();
        only_rings(&mut desk, after, "somebody is on hold");
        assert_eq!(desk.call(first).phase, CallPhase::Held, "and stays there");
    }
}

#[test]
fn a_beep_that_was_not_heard_answers_nothing() {
    let mut bench = bench(true);
    let key = intercom(&mut bench, 0);
    bench.effects.clear();
    beeped(&mut bench, key, false);
    assert!(bench.effects.contains(&Effect::Sound(Some(Sound { kind: SoundKind::Ring, volume: 80 }))), "it rings as any other");
    beeped(&mut bench, key, true);
    bench.pass(3);
    assert!(bench.commands().is_empty() && rings(&bench, key));
}

#[test]
fn what_happens_during_the_beep_counts() {
    // The user refuses.
    let mut desk = bench(true);
    let key = intercom(&mut desk, 0);
    desk.act(Action::Reject { call: key });
    desk.effects.clear();
    beeped(&mut desk, key, true);
    assert!(desk.commands().is_empty());
    // The user answers, with the camera.
    let mut desk = bench(true);
    let key = intercom(&mut desk, 0);
    desk.act(Action::Answer { call: key, video: true });
    assert_eq!(desk.commands(), [Command::Answer { call: CallId(key.0), video: true }]);
    beeped(&mut desk, key, true);
    assert!(desk.commands().is_empty());
    // The caller is gone.
    let mut desk = bench(true);
    let key = intercom(&mut desk, 0);
    desk.ended(key, io::EndCause::Cancelled);
    desk.effects.clear();
    beeped(&mut desk, key, true);
    assert!(desk.commands().is_empty());
    // The microphone is gone, or the user wants it no more.
    let mut desk = bench(true);
    let key = intercom(&mut desk, 0);
    desk.event(Event::DeviceFailed(DeviceKind::Microphone, DeviceFault::Other));
    beeped(&mut desk, key, true);
    assert!(!desk.commands().contains(&answer(key)) && rings(&desk, key));
    let mut desk = bench(true);
    let key = intercom(&mut desk, 0);
    desk.act(Action::SetAutoAnswer(false));
    beeped(&mut desk, key, true);
    assert!(desk.commands().is_empty() && rings(&desk, key));
    // A second one waits for nothing: it rings.
    let mut desk = bench(true);
    let first = intercom(&mut desk, 0);
    let second = only_rings(&mut desk, 0, "another is being let through");
    beeped(&mut desk, first, true);
    assert_eq!(desk.commands(), [answer(first)]);
    assert!(rings(&desk, second));
}

#[test]
fn talk_answers_what_rings_and_takes_back_what_is_held_each_after_a_beep() {
    let mut bench = bench(true);
    let key = bench.rings("agent2", false);
    presses(&mut bench, key, RemoteWish::Hold);
    assert!(bench.commands().is_empty(), "what only rings cannot be held");
    presses(&mut bench, key, RemoteWish::Talk);
    assert!(bench.effects.contains(&Effect::Beep(key)));
    beeped(&mut bench, key, true);
    assert_eq!(bench.commands(), [answer(key)]);
    bench.answered(key);

    presses(&mut bench, key, RemoteWish::Talk);
    assert!(bench.effects.is_empty(), "it is neither ringing nor held");
    presses(&mut bench, key, RemoteWish::Hold);
    assert!(bench.effects.contains(&Effect::Mute { call: key, on: true }));
    assert_eq!(bench.commands(), [Command::Hold { call: CallId(key.0) }]);
    assert_eq!(bench.call(key).phase, CallPhase::Held);

    presses(&mut bench, key, RemoteWish::Talk);
    assert!(bench.effects.contains(&Effect::Beep(key)));
    assert!(bench.commands().is_empty(), "still held, and silent");
    beeped(&mut bench, key, true);
    assert_eq!(bench.commands(), [Command::Resume { call: CallId(key.0) }]);
    assert_eq!(bench.call(key).phase, CallPhase::Active);
}

#[test]
fn talk_takes_nobody_away_from_whom_the_user_speaks_with() {
    let mut bench = bench(true);
    let held = bench.rings("agent2", false);
    bench.act(Action::Answer { call: held, video: false });
    bench.answered(held);
    let talking = bench.rings("agent4", false);
    bench.act(Action::Answer { call: talking, video: false });
    bench.answered(talking);
    bench.effects.clear();
    presses(&mut bench, held, RemoteWish::Talk);
    beeped(&mut bench, held, true);
    assert!(!bench.effects.contains(&Effect::Beep(held)));
    assert!(bench.commands().is_empty());
    assert_eq!((bench.call(held).phase, bench.call(talking).phase), (CallPhase::Held, CallPhase::Active));
}

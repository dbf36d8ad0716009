//! A page that was loaded again in a shift.

use app::desk::CallKey;
use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::{Event, Start};
use app::desk::kept::{CallNotes, Resume};
use app::desk::settings::DeviceKind;
use app::desk::view::call::{CallNotice, CallPhase};
use app::desk::view::session::{SessionView, Shift};
use sip_ws::io::{self, CallId, Command, LinkState};
use wire::{CallItem, CallState, Change, Direction, Peer, ServerFrame};

use crate::support::{Bench, UNIX, me, peer, profile, snapshot};

const KEY: CallKey = CallKey(3);

fn start(person: &str, notes: CallNotes) -> Bench {
    let mut bench = Bench::blank();
    let resume = Some(Resume { person: person.into(), visit: None, calls: vec![(KEY, notes)] });
    bench.event(Event::Started(Start { languages: vec!["en".into()], online: true, seed: 7, resume, ..Start::default() }));
    bench.event(Event::Session(Ok(Some(Box::new(me())))));
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(4)))));
    bench
}

/// The page of Agent One was loaded again one minute into a call.
fn returned(notes: CallNotes, video: bool) -> Bench {
    let mut bench = start("p1", notes);
    bench.event(Event::Profile(Ok(Box::new(profile()))));
    bench.event(Event::DeviceOpened(DeviceKind::Microphone));
    bench.event(Event::DeviceOpened(DeviceKind::Camera));
    bench.sip(io::Event::Restored { call: CallId(KEY.0), peer: peer("agent2"), outgoing: true, session_id: "s".into(), video });
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    bench
}

fn notes() -> CallNotes {
    CallNotes { began: UNIX - 65_000, answered: UNIX + 1_000 - 60_000, muted: false, camera: false, unasked: false, part: None }
}

#[test]
fn the_shift_goes_on_without_the_device_check() {
    let mut bench = start("p1", notes());
    assert_eq!(bench.desk.session_view(), SessionView::Starting, "no device check is shown in between");
    assert!(bench.effects.contains(&Effect::LoadProfile));
    assert!(!bench.effects.contains(&Effect::AskNotify), "nobody pressed anything");
    bench.event(Event::Profile(Ok(Box::new(profile()))));
    assert_eq!(bench.shift(), Shift::On);
    assert!(bench.effects.contains(&Effect::Keep(Some("p1".into()))));
}

#[test]
fn somebody_else_does_not_go_on_with_it() {
    let mut bench = start("p9", notes());
    assert_eq!(bench.shift(), Shift::Off);
    assert!(bench.effects.contains(&Effect::Keep(None)), "what was kept is erased");
    assert!(!bench.effects.contains(&Effect::LoadProfile));
    bench.act(Action::StartShift);
    assert!(bench.effects.contains(&Effect::LoadProfile), "the usual way is open");
}

#[test]
fn the_call_is_back_with_its_time_and_a_word_until_sound_comes() {
    let mut bench = returned(notes(), false);
    let call = bench.call(KEY);
    assert_eq!(call.phase, CallPhase::Active);
    assert_eq!(call.answered_at.expect("answered").passed(bench.now), 60);
    assert_eq!(call.notices, [CallNotice::Returning]);
    bench.event(Event::Samples(vec![app::desk::event::Sample {
        call: KEY,
        received: 10,
        sent: 10,
        lost: 0,
        lost_there: None,
        reports: 0,
        jitter_ms: None,
        round_trip_ms: None,
        path: None,
        ice: "connected".into(),
        codecs: Vec::new(),
    }]));
    assert_eq!(bench.call(KEY).notices, []);
    // The next call has a handle of its own.
    bench.act(Action::Dial { target: "agent2".into(), video: false });
    let dialled = bench.commands().into_iter().find_map(|command| match command {
        Command::Call { call, .. } => Some(call.0),
        _ => None,
    });
    assert_eq!(dialled, Some(KEY.0 + 1));
}

#[test]
fn mute_and_camera_are_as_they_were() {
    let bench = returned(CallNotes { muted: true, camera: true, ..notes() }, true);
    let call = bench.call(KEY);
    assert_eq!((call.mute, call.camera), (Some(true), Some(true)));
    assert!(bench.effects.contains(&Effect::Mute { call: KEY, on: true }));
    assert!(bench.effects.contains(&Effect::SendCamera { call: KEY, on: true }));
}

#[test]
fn a_call_that_was_answered_without_the_user_still_says_so() {
    let bench = returned(CallNotes { unasked: true, ..notes() }, false);
    assert!(bench.call(KEY).notices.contains(&CallNotice::AnsweredUnasked));
    assert_eq!(bench.desk.call_notes(KEY).map(|notes| notes.unasked), Some(true), "nor does the next reload hide it");
    assert!(!returned(notes(), false).call(KEY).notices.contains(&CallNotice::AnsweredUnasked));
}

#[test]
fn a_call_on_hold_stays_silent() {
    let mut bench = returned(notes(), false);
    bench.effects.clear();
    bench.sip(io::Event::Hold { call: CallId(KEY.0), local: true, remote: false });
    assert_eq!(bench.call(KEY).phase, CallPhase::Held);
    assert_eq!(bench.call(KEY).notices, [], "nothing is missing");
    assert!(bench.effects.contains(&Effect::Mute { call: KEY, on: true }));
    bench.act(Action::Hold { call: KEY, on: false });
    assert!(bench.effects.contains(&Effect::Mute { call: KEY, on: false }));
}

#[test]
fn what_is_said_before_the_page_goes() {
    let mut bench = Bench::ready();
    bench.event(Event::Leaving);
    assert_eq!(bench.commands(), [Command::Stop], "an idle desk is unregistered");

    let (mut bench, _) = Bench::talking();
    bench.event(Event::Leaving);
    assert_eq!(bench.commands(), [Command::Leave], "nobody hears of it");

    let mut bench = Bench::ready();
    bench.rings("agent2", false);
    bench.effects.clear();
    bench.event(Event::Leaving);
    assert_eq!(bench.commands(), [Command::Leave], "it rings again at the next page");

    let (mut bench, _) = Bench::talking();
    bench.act(Action::Dial { target: "agent3".into(), video: false });
    bench.effects.clear();
    bench.event(Event::Leaving);
    assert_eq!(bench.commands(), [Command::HangUp { call: CallId(1) }, Command::Leave], "what is dialled ends, what is held stays");
}

#[test]
fn a_call_is_noted_from_its_answer_to_its_end() {
    let mut bench = Bench::ready();
    let key = bench.rings("agent2", false);
    assert_eq!(bench.desk.call_notes(key), None);
    bench.act(Action::Answer { call: key, video: false });
    bench.answered(key);
    let answered = UNIX + bench.now as i64;
    bench.act(Action::Mute { call: key, on: true });
    let known = bench.desk.call_notes(key).expect("answered");
    assert_eq!((known.answered, known.muted, known.camera), (answered, true, false));
    bench.act(Action::HangUp { call: key });
    assert_eq!(bench.desk.call_notes(key), None);
}

#[test]
fn a_shift_that_ends_leaves_nothing() {
    let mut bench = Bench::ready();
    bench.act(Action::EndShift);
    assert!(bench.effects.contains(&Effect::Keep(None)));
    let mut bench = Bench::ready();
    bench.act(Action::SignOut);
    assert!(bench.effects.contains(&Effect::Keep(None)));
}

#[test]
fn the_other_side_is_said_to_reconnect_once_it_is_silent() {
    let mut bench = Bench::ready();
    let key = bench.rings("agent2", false);
    bench.act(Action::Answer { call: key, video: false });
    bench.answered(key);
    let contact = format!("{:032x}", key.0);
    let change = |away| {
        let call = CallItem {
            contact: contact.clone(),
            direction: Direction::Incoming,
            peer: Peer::default(),
            state: CallState::Connected,
            started_at: UNIX,
            answered_at: Some(UNIX),
            queue: None,
            away,
        };
        Change::Call { call }
    };
    let delta = |seq, away| Event::Feed(Box::new(ServerFrame::Delta { seq, now: UNIX, changes: vec![change(away)] }));
    bench.event(delta(5, true));
    assert_eq!(bench.call(key).notices, [], "a lost socket alone is no news while sound arrives");
    bench.pass(2);
    assert_eq!(bench.call(key).notices, [CallNotice::PeerAway]);
    bench.event(delta(6, false));
    assert_eq!(bench.call(key).notices, []);
}

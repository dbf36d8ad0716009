//! Ringing, answering, holding, ending.

use app::desk::CallKey;
use app::desk::action::Action;
use app::desk::effect::{Effect, Sound, SoundKind};
use app::desk::event::{Event, Sample};
use app::desk::settings::DeviceKind;
use app::desk::view::call::{CallNotice, CallPhase, EndCause};
use app::desk::view::desk::Notice;
use app::desk::view::device_check::DeviceFault;
use app::desk::view::history::{Direction, Outcome};
use sip_ws::io::{self, CallId, Command, LinkState, Network, RegistrationState, RejectAs};
use wire::{Change, ClientFrame, HistoryRow, Measured, ServerFrame, SoundFault};

use crate::support::{Bench, UNIX, peer, snapshot};

#[test]
fn a_ring_is_shown_with_the_name_of_the_directory_and_heard() {
    let mut bench = Bench::ready();
    let key = bench.rings("agent2", false);
    let ringing = bench.desk.incoming_views();
    assert_eq!(ringing.len(), 1);
    assert_eq!(ringing[0].call, key);
    assert_eq!(ringing[0].who.name, "Agent Two");
    assert_eq!(ringing[0].who.number.as_deref(), Some("agent2"));
    assert!(ringing[0].answer && !ringing[0].answer_with_video);
    assert!(bench.desk.call_views().is_empty());
    assert!(bench.effects.contains(&Effect::Sound(Some(Sound { kind: SoundKind::Ring, volume: 80 }))));

    bench.ended(key, io::EndCause::Cancelled);
    assert!(bench.desk.incoming_views().is_empty() && bench.desk.call_views().is_empty());
    assert!(bench.effects.contains(&Effect::Sound(None)));
    let history = bench.desk.history_view();
    assert_eq!(history.rows[0].outcome, Outcome::Missed);
    assert_eq!(history.rows[0].call_back.as_deref(), Some("agent2"));
}

#[test]
fn whoever_answered_too_late_reads_that_somebody_else_did() {
    let mut bench = Bench::ready();
    let key = bench.rings("agent2", false);
    bench.act(Action::Answer { call: key, video: false });
    bench.answered(key);
    bench.ended(key, io::EndCause::AnsweredElsewhere);
    assert_eq!(bench.call(key).phase, CallPhase::Ended(EndCause::AnsweredElsewhere), "shown for a while");
    assert_eq!(bench.desk.history_view().rows[0].outcome, Outcome::AnsweredElsewhere);
}

#[test]
fn answering_a_second_call_holds_the_first() {
    let (mut bench, first) = Bench::talking();
    let second = bench.rings("agent4", true);
    assert_eq!(bench.desk.incoming_views()[0].will_hold.as_deref(), Some("Agent Two"));
    assert!(bench.effects.contains(&Effect::Sound(Some(Sound { kind: SoundKind::Waiting, volume: 80 }))));
    bench.effects.clear();

    bench.act(Action::Answer { call: second, video: false });
    assert!(bench.effects.contains(&Effect::Mute { call: first, on: true }), "silent at once, whatever the peer says");
    assert_eq!(bench.commands(), [Command::Hold { call: CallId(first.0) }, Command::Answer { call: CallId(second.0), video: false }]);
    bench.answered(second);
    assert_eq!(bench.call(first).phase, CallPhase::Held);
    assert_eq!(bench.call(second).phase, CallPhase::Active);
    assert_eq!(bench.desk.desk_view().active, Some(second));

    bench.effects.clear();
    bench.act(Action::Hold { call: first, on: false });
    assert_eq!(bench.commands(), [Command::Hold { call: CallId(second.0) }, Command::Resume { call: CallId(first.0) }]);
}

#[test]
fn what_is_impossible_is_absent_and_ignored() {
    let mut bench = Bench::ready();
    let key = bench.rings("agent2", false);
    bench.act(Action::Hold { call: key, on: true });
    bench.act(Action::Dtmf { call: key, digit: '1' });
    assert!(bench.commands().is_empty());
    bench.act(Action::Answer { call: key, video: false });
    let view = bench.call(key);
    assert_eq!((view.phase, view.hold, view.keypad), (CallPhase::Connecting, None, false));
    bench.answered(key);
    let view = bench.call(key);
    assert_eq!((view.hold, view.mute, view.keypad, view.hang_up), (Some(false), Some(false), true, true));
    bench.act(Action::HangUp { call: key });
    bench.act(Action::HangUp { call: key });
    let hang_ups = bench.commands().into_iter().filter(|command| matches!(command, Command::HangUp { .. })).count();
    assert_eq!(hang_ups, 1);
    let view = bench.call(key);
    assert_eq!((view.phase, view.hold, view.mute, view.hang_up), (CallPhase::Ending, None, None, false));
}

#[test]
fn a_refused_hold_gives_the_microphone_back() {
    let (mut bench, key) = Bench::talking();
    bench.act(Action::Hold { call: key, on: true });
    bench.effects.clear();
    bench.sip(io::Event::ChangeFailed { call: CallId(key.0), status: 488 });
    assert!(bench.effects.contains(&Effect::Mute { call: key, on: false }));
    assert_eq!(bench.call(key).phase, CallPhase::Active);
}

#[test]
fn resuming_does_not_unmute() {
    let (mut bench, key) = Bench::talking();
    bench.act(Action::Mute { call: key, on: true });
    bench.act(Action::Hold { call: key, on: true });
    bench.effects.clear();
    bench.act(Action::Hold { call: key, on: false });
    assert!(bench.effects.contains(&Effect::Mute { call: key, on: true }));
}

#[test]
fn names_and_numbers_are_understood() {
    let dialled = |typed: &str| {
        let mut bench = Bench::ready();
        bench.act(Action::Dial { target: typed.into(), video: false });
        bench.commands().into_iter().find_map(|command| match command {
            Command::Call { target, .. } => Some(target),
            _ => None,
        })
    };
    assert_eq!(dialled(" Agent2 "), Some("agent2".into()));
    assert_eq!(dialled("agent two"), Some("agent2".into()));
    assert_eq!(dialled("conc"), Some("concierge".into()), "the one whose name begins like this");
    assert_eq!(dialled("ag"), Some("ag".into()), "two names begin like this: as typed");
    assert_eq!(dialled("+41 (0)79 123-45.67"), Some("+410791234567".into()));
    assert_eq!(dialled("*21#"), Some("*21#".into()));
    assert_eq!(dialled("sip:x@y.example"), Some("sip:x@y.example".into()));
    assert_eq!(dialled("no such person"), None);
    assert_eq!(dialled("  "), None);
    assert_eq!(dialled("a\r\nVia: x"), None);
}

#[test]
fn dialling_without_a_link_says_so() {
    let mut bench = Bench::signed_in();
    bench.act(Action::Dial { target: "agent2".into(), video: false });
    assert!(bench.commands().is_empty());
    assert!(bench.desk.desk_view().notices.contains(&Notice::NotConnected));
    assert!(!bench.desk.desk_view().may_dial);
}

#[test]
fn an_outgoing_call_from_dialling_to_its_end() {
    let mut bench = Bench::ready();
    bench.act(Action::Dial { target: "agent2".into(), video: true });
    let key = bench.desk.call_views()[0].call;
    let call = CallId(key.0);
    assert!(!call.is_incoming());
    assert!(bench.effects.contains(&Effect::SendCamera { call: key, on: true }));
    assert!(bench.effects.contains(&Effect::WarnOnLeave(true)));
    assert_eq!(bench.call(key).who.name, "Agent Two");
    let progress = |status, early_media| io::Event::Progress { call, status, reason: String::new(), early_media, place: None };
    bench.sip(progress(180, false));
    assert_eq!(bench.call(key).phase, CallPhase::Ringing);
    bench.sip(progress(183, true));
    assert_eq!(bench.call(key).phase, CallPhase::EarlyMedia);
    bench.effects.clear();
    bench.sip(progress(180, false));
    assert_eq!(bench.call(key).phase, CallPhase::EarlyMedia, "a late 180 brings no ringback over the sound");
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Sound(Some(_)))));
    bench.pass(2);
    bench.answered(key);
    assert_eq!(bench.call(key).answered_at.map(|at| at.0), i64::try_from(bench.now).ok());
    bench.pass(65);
    bench.ended(key, io::EndCause::RemoteHangUp { reason: None });
    assert_eq!(bench.call(key).phase, CallPhase::Ended(EndCause::HungUpByThem));
    assert!(bench.call(key).dismiss);
    assert!(bench.effects.contains(&Effect::WarnOnLeave(false)));
    let row = &bench.desk.history_view().rows[0];
    assert_eq!((row.direction, row.outcome, row.talked_s), (Direction::Out, Outcome::Answered, Some(65)));
    bench.pass(5);
    assert!(bench.desk.call_views().is_empty());
}

#[test]
fn the_switchboards_row_replaces_our_own() {
    let (mut bench, key) = Bench::talking();
    bench.ended(key, io::EndCause::LocalHangUp);
    assert_eq!(bench.desk.history_view().rows.len(), 1);
    let row = HistoryRow {
        contact: format!("{:032x}", key.0),
        direction: wire::Direction::Incoming,
        peer: wire::Peer { address: "agent2".into(), display_name: None },
        started_at: UNIX + 900,
        answered_at: Some(UNIX + 1_000),
        ended_at: Some(UNIX + 9_000),
        talk_ms: Some(8_000),
        outcome: wire::Outcome::Answered,
        queue: None,
    };
    bench.event(Event::Feed(Box::new(ServerFrame::Delta { seq: 5, now: UNIX, changes: vec![Change::CallEnded { row }] })));
    let rows = bench.desk.history_view().rows;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].talked_s, rows[0].who.name.as_str()), (Some(8), "Agent Two"));
}

#[test]
fn no_microphone_is_said_in_the_call_and_does_not_prevent_it() {
    let mut bench = Bench::ready();
    bench.event(Event::DeviceFailed(DeviceKind::Microphone, DeviceFault::Denied));
    let key = bench.rings("agent2", false);
    assert!(bench.desk.incoming_views()[0].answer);
    bench.act(Action::Answer { call: key, video: false });
    bench.answered(key);
    assert_eq!(bench.call(key).notices, [CallNotice::SilentMicrophone(DeviceFault::Denied)]);
}

/// What the browser counts of a call.
fn samples(call: CallKey, received: u64) -> Event {
    let (sent, lost) = (0, 0);
    let codecs = Vec::new();
    let ice = "connected".into();
    let (lost_there, reports) = (None, 0);
    let (jitter_ms, round_trip_ms, path) = (None, None, None);
    Event::Samples(vec![Sample { call, received, sent, lost, lost_there, reports, jitter_ms, round_trip_ms, path, ice, codecs }])
}

#[test]
fn packets_that_stop_are_noticed_and_a_broken_path_is_rebuilt_a_few_times() {
    let (mut bench, key) = Bench::talking();
    let sample = |received| samples(key, received);
    bench.event(sample(100));
    bench.pass(3);
    assert!(bench.call(key).notices.is_empty());
    bench.pass(2);
    assert_eq!(bench.call(key).notices, [CallNotice::NothingReceived]);
    bench.event(sample(150));
    assert!(bench.call(key).notices.is_empty());

    bench.effects.clear();
    bench.event(Event::Ice { call: key, state: "disconnected".into() });
    bench.pass(1);
    assert!(bench.commands().is_empty(), "a blink is no failure");
    bench.pass(60);
    let renewals = bench.commands();
    assert_eq!(renewals.len(), 5, "{renewals:?}");
    assert!(renewals.iter().all(|command| *command == Command::Renegotiate { call: CallId(key.0), fresh: true }));
}

#[test]
fn a_path_that_broke_with_the_way_to_the_switchboard_is_rebuilt_as_soon_as_that_is_back() {
    let (mut bench, key) = Bench::talking();
    bench.event(samples(key, 100));
    bench.effects.clear();
    bench.event(Event::Ice { call: key, state: "disconnected".into() });
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Network(Network::Online))));
    bench.sip(io::Event::Link(LinkState::Connecting { attempt: 1 }));
    bench.sip(io::Event::Link(LinkState::Up));
    bench.registered();
    assert_eq!(bench.commands(), [Command::Renegotiate { call: CallId(key.0), fresh: true }], "two seconds before it would be otherwise");
}

#[test]
fn a_call_without_switchboard_and_sound_is_given_up_when_the_switchboard_has_done_so() {
    let (mut bench, key) = Bench::talking();
    let hang_up = [Command::HangUp { call: CallId(key.0) }];
    bench.event(samples(key, 100));
    bench.sip(io::Event::Reach { call: CallId(key.0), reachable: false });
    let notice = CallNotice::LinkDown { until: bench.now + 120_000 };
    bench.pass(60);
    bench.sip(io::Event::Reach { call: CallId(key.0), reachable: false });
    assert_eq!(bench.call(key).notices, [notice, CallNotice::NothingReceived], "said again, it counts from the first time");
    bench.pass(59);
    assert!(!bench.commands().contains(&hang_up[0]));
    bench.effects.clear();
    bench.pass(1);
    assert_eq!(bench.commands(), hang_up);
    bench.ended(key, io::EndCause::LocalHangUp);
    assert_eq!(bench.call(key).phase, CallPhase::Ended(EndCause::LinkLost));
}

#[test]
fn whoever_hears_the_other_side_is_not_cut_off() {
    let (mut bench, key) = Bench::talking();
    bench.sip(io::Event::Reach { call: CallId(key.0), reachable: false });
    for second in 0..300 {
        bench.event(samples(key, 100 + second * 50));
        bench.pass(1);
    }
    assert_eq!(bench.call(key).phase, CallPhase::Active);
    // Back again, the time begins anew.
    bench.sip(io::Event::Reach { call: CallId(key.0), reachable: true });
    bench.sip(io::Event::Reach { call: CallId(key.0), reachable: false });
    bench.pass(100);
    assert_eq!(bench.call(key).phase, CallPhase::Active);
}

#[test]
fn a_call_that_nobody_answers_for_any_more_is_not_said_to_be_hung_up() {
    let ended = |status| {
        let (mut bench, key) = Bench::talking();
        bench.ended(key, io::EndCause::Gone { status });
        bench.call(key).phase
    };
    assert_eq!(ended(408), CallPhase::Ended(EndCause::LinkLost));
    assert_eq!(ended(481), CallPhase::Ended(EndCause::Gone));
}

#[test]
fn whoever_asks_to_be_called_later_is_quoted_until_then() {
    let mut bench = Bench::ready();
    bench.act(Action::Dial { target: "agent2".into(), video: false });
    let key = bench.desk.call_views()[0].call;
    let refused = io::EndCause::Rejected { status: 480, phrase: String::new(), reason: None, retry_after: Some(90) };
    bench.ended(key, refused);
    assert_eq!(bench.call(key).retry_at, Some(bench.now + 90_000));
    bench.pass(89);
    assert_eq!(bench.call(key).phase, CallPhase::Ended(EndCause::Unavailable), "it stays as long as it counts");
    bench.pass(1);
    assert!(bench.desk.call_views().is_empty());
}

#[test]
fn another_network_leads_to_one_fresh_connection_where_nothing_arrives_by_it() {
    let fresh = |key: CallKey| Command::Renegotiate { call: CallId(key.0), fresh: true };
    let moves = |bench: &mut Bench, key| {
        bench.event(samples(key, 100));
        bench.event(Event::Offline);
        bench.effects.clear();
        bench.event(Event::Online);
        assert!(bench.effects.contains(&Effect::Sample));
        // What was under way when the old one went.
        bench.event(samples(key, 103));
        bench.pass(1);
    };
    let (mut bench, key) = Bench::talking();
    moves(&mut bench, key);
    bench.event(samples(key, 150));
    bench.event(samples(key, 150));
    bench.pass(4);
    assert_eq!(bench.commands(), [], "the same path leads on");

    // The other side has moved as well and offered anew: its connection counts from zero.
    let (mut bench, key) = Bench::talking();
    moves(&mut bench, key);
    for received in [20, 45] {
        bench.event(samples(key, received));
        bench.pass(2);
    }
    assert_eq!(bench.commands(), [], "a connection that is there is not made anew");

    let (mut bench, key) = Bench::talking();
    moves(&mut bench, key);
    // Browsers count in steps.
    bench.event(samples(key, 106));
    assert_eq!(bench.commands(), [], "the socket may be as dead");
    bench.pass(1);
    bench.event(samples(key, 106));
    assert_eq!(bench.commands(), [fresh(key)], "no need to wait for the browser to say so");
    bench.event(samples(key, 106));
    bench.event(Event::Ice { call: key, state: "disconnected".into() });
    bench.pass(4);
    assert_eq!(bench.commands(), [], "once");

    // Nobody can be told before there is a link.
    let (mut bench, key) = Bench::talking();
    bench.sip(io::Event::Registration(RegistrationState::Off));
    moves(&mut bench, key);
    bench.event(samples(key, 103));
    assert_eq!(bench.commands(), []);
    bench.registered();
    assert_eq!(bench.commands(), [fresh(key)], "and then at once");
}

#[test]
fn late_candidates_lead_to_one_offer_where_no_path_was_found_without() {
    let late = |key: CallKey| io::Event::LateCandidates { call: CallId(key.0) };
    let (mut bench, key) = Bench::talking();
    bench.effects.clear();
    bench.sip(late(key));
    bench.sip(late(key));
    bench.pass(5);
    assert_eq!(bench.commands(), [Command::Renegotiate { call: CallId(key.0), fresh: false }]);
    bench.event(Event::Ice { call: key, state: "connected".into() });
    bench.effects.clear();
    bench.sip(late(key));
    bench.pass(5);
    assert_eq!(bench.commands(), []);
}

#[test]
fn a_held_call_expects_no_packets() {
    let (mut bench, key) = Bench::talking();
    bench.sip(io::Event::Hold { call: CallId(key.0), local: false, remote: true });
    bench.pass(30);
    assert_eq!(bench.call(key).phase, CallPhase::HeldByThem);
    assert!(bench.call(key).notices.is_empty());
    bench.sip(io::Event::Hold { call: CallId(key.0), local: false, remote: false });
    assert!(bench.call(key).notices.is_empty(), "patience begins anew after a hold");
}

#[test]
fn refusing_ends_the_ring_everywhere() {
    let mut bench = Bench::ready();
    let key = bench.rings("agent2", false);
    bench.effects.clear();
    bench.act(Action::Reject { call: key });
    assert!(bench.effects.contains(&Effect::Sound(None)));
    assert_eq!(bench.commands(), [Command::Reject { call: CallId(key.0), how: RejectAs::Decline }]);
    bench.ended(key, io::EndCause::RejectedByUs { status: 603 });
    assert!(bench.desk.call_views().is_empty());
}

#[test]
fn strangers_cannot_dress_up() {
    let mut bench = Bench::ready();
    let mut from = peer("x");
    from.uri = "sip:evil\u{202e}@elsewhere.example".into();
    from.user = "evil\u{202e}".into();
    from.display = Some("\u{202e}<b>Agent One\u{0}</b>".repeat(100));
    let call = CallId(CallId::FIRST_INCOMING.0);
    bench.sip(io::Event::Incoming {
        call,
        from,
        to: peer("agent1"),
        has_video: false,
        session_id: String::new(),
        first_for: None,
        hints: io::Hints::default(),
    });
    let who = bench.desk.incoming_views().remove(0).who;
    assert!(who.name.starts_with("<b>Agent One</b>") && who.name.chars().count() <= 80, "{who:?}");
    assert_eq!(who.number.as_deref(), Some("evil"));
}

#[test]
fn a_camera_that_fails_leaves_the_call_with_the_others_picture() {
    let mut bench = Bench::ready();
    let key = bench.rings("agent2", true);
    bench.act(Action::Answer { call: key, video: true });
    bench.answered(key);
    bench.sip(io::Event::Video { call: CallId(key.0), direction: io::Direction::SendRecv });
    bench.event(Event::DeviceOpened(DeviceKind::Camera));
    assert!(bench.call(key).local_video && bench.call(key).remote_video);
    bench.effects.clear();
    bench.event(Event::DeviceFailed(DeviceKind::Camera, DeviceFault::InUse));
    assert!(bench.effects.contains(&Effect::SendCamera { call: key, on: false }));
    assert_eq!(bench.commands(), [Command::Renegotiate { call: CallId(key.0), fresh: false }]);
    let view = bench.call(key);
    assert!(!view.local_video && view.remote_video);
    assert_eq!(view.notices, [CallNotice::NoCamera(DeviceFault::InUse)]);
}

#[test]
fn a_held_call_sees_nothing() {
    let mut bench = Bench::ready();
    let key = bench.rings("agent2", true);
    bench.act(Action::Answer { call: key, video: true });
    bench.answered(key);
    bench.effects.clear();
    bench.act(Action::Hold { call: key, on: true });
    assert!(bench.effects.contains(&Effect::SendCamera { call: key, on: false }));
    bench.effects.clear();
    bench.act(Action::Hold { call: key, on: false });
    assert!(bench.effects.contains(&Effect::SendCamera { call: key, on: true }));
}

#[test]
fn the_switchboard_is_told_how_the_sound_is_and_again_after_it_forgot() {
    let (mut bench, key) = Bench::talking();
    let (mut count, mut sent) = (0, 0);
    let mut second = |bench: &mut Bench, arrives: bool| {
        count += u64::from(arrives);
        sent += 50;
        let (received, lost) = (count * 50, 0);
        let (lost_there, reports, path) = (None, 0, None);
        let (jitter_ms, round_trip_ms) = (Some(2.0), Some(30.0));
        let (ice, codecs) = ("connected".into(), Vec::new());
        let sample = Sample { call: key, received, sent, lost, lost_there, reports, jitter_ms, round_trip_ms, path, ice, codecs };
        bench.effects.clear();
        bench.event(Event::Samples(vec![sample]));
        let said = bench.effects.iter().find_map(|effect| match effect {
            Effect::SendFeed(ClientFrame::Quality { contact, measured }) => Some((contact.clone(), *measured)),
            _ => None,
        });
        bench.pass(1);
        said
    };
    let mut said: Vec<_> = (0..6).filter_map(|_| second(&mut bench, true)).collect();
    let (contact, measured) = said.pop().expect("it is said");
    assert!(said.is_empty(), "and only once");
    assert!(!contact.is_empty());
    assert_eq!(measured, Measured { jitter_ms: 2, round_trip_ms: Some(30), ..Measured::default() });
    // A new connection to the feed.
    bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(snapshot(9)))));
    assert_eq!(second(&mut bench, true), Some((contact.clone(), measured)));
    // Nothing arrives any more.
    let faults: Vec<_> = (0..6).filter_map(|_| second(&mut bench, false)?.1.fault).collect();
    assert_eq!(faults, [SoundFault::NothingHeard]);
    // Nothing is expected of a call that is held.
    bench.act(Action::Hold { call: key, on: true });
    assert!((0..20).all(|_| second(&mut bench, false).is_none()));
}

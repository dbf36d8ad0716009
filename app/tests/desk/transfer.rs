//! Connecting one side with somebody else.

use app::desk::CallKey;
use app::desk::action::Action;
use app::desk::event::Event;
use app::desk::view::call::{AskedBy, CallNotice, CallPhase, EndCause, Waiting};
use app::desk::view::desk::Notice;
use sip_ws::codec::QueuePlace;
use sip_ws::io::{self, CallId, Command, TransferState};
use wire::{Choice, ServerFrame, Snapshot};

use crate::support::{Bench, peer, snapshot};

fn news(bench: &mut Bench, key: CallKey, state: TransferState) {
    bench.sip(io::Event::Transfer { call: CallId(key.0), state });
}

#[test]
fn the_other_side_waits_while_somebody_else_is_rung() {
    let (mut bench, key) = Bench::talking();
    assert!(bench.call(key).transfer);
    bench.act(Action::Transfer { call: key, target: "Agent Two".into() });
    let call = CallId(key.0);
    assert_eq!(bench.commands(), [Command::Hold { call }, Command::Transfer { call, target: "agent2".into() }]);
    assert_eq!(bench.call(key).phase, CallPhase::Transferring);
    assert!(!bench.call(key).transfer, "one at a time");
    bench.act(Action::Transfer { call: key, target: "agent2".into() });
    assert_eq!(bench.commands(), []);
    news(&mut bench, key, TransferState::Accepted { reported: true });
    news(&mut bench, key, TransferState::Progress { status: 180, phrase: "Ringing".into() });
    assert_eq!(bench.call(key).phase, CallPhase::Transferring);
    news(&mut bench, key, TransferState::Done);
    bench.ended(key, io::EndCause::Transferred);
    assert_eq!(bench.call(key).phase, CallPhase::Ended(EndCause::Transferred));
}

#[test]
fn a_transfer_that_fails_leaves_the_call_on_hold_and_says_why() {
    let (mut bench, key) = Bench::talking();
    bench.act(Action::Transfer { call: key, target: "agent2".into() });
    bench.sip(io::Event::Hold { call: CallId(key.0), local: true, remote: false });
    news(&mut bench, key, TransferState::Failed { status: 486 });
    let call = bench.call(key);
    assert_eq!((call.phase, call.transfer), (CallPhase::Held, true));
    assert_eq!(call.notices, [CallNotice::NotTransferred(EndCause::Busy)]);
    bench.act(Action::Hold { call: key, on: false });
    assert_eq!(bench.call(key).notices, [], "whoever talks again knows it");
}

#[test]
fn a_target_that_makes_no_sense_is_not_sent() {
    let (mut bench, key) = Bench::talking();
    bench.act(Action::Transfer { call: key, target: "no such name".into() });
    assert_eq!(bench.commands(), []);
    assert!(bench.desk.desk_view().notices.contains(&Notice::BadTarget));
    assert_eq!(bench.call(key).phase, CallPhase::Active);
}

#[test]
fn two_calls_are_connected_and_the_older_one_goes() {
    let (mut bench, first) = Bench::talking();
    assert_eq!(bench.call(first).connect, []);
    bench.act(Action::Dial { target: "agent3".into(), video: false });
    let second = CallKey(1);
    assert_eq!(bench.call(first).connect, [], "not before an answer");
    bench.answered(second);
    let name = bench.call(first).who.name;
    assert_eq!(bench.call(second).connect, [(first, name)]);
    bench.commands();
    bench.act(Action::Connect { call: second, with: first });
    let wanted = Command::TransferTo { call: CallId(first.0), to: CallId(second.0) };
    assert_eq!(bench.commands(), [wanted], "the first one is on hold already");
    assert_eq!(bench.call(first).phase, CallPhase::Transferring);
    assert_eq!(bench.call(second).connect, [], "not twice");
    bench.act(Action::Connect { call: first, with: first });
    assert_eq!(bench.commands(), []);
}

#[test]
fn whoever_is_there_now_is_named() {
    let (mut bench, key) = Bench::talking();
    bench.sip(io::Event::Peer { call: CallId(key.0), peer: peer("agent1") });
    assert_eq!(bench.call(key).who.name, "Agent One");
}

#[test]
fn nobody_is_called_for_others_without_a_word() {
    let (mut bench, key) = Bench::talking();
    let call = CallId(key.0);
    let to = io::Peer { uri: "tel:+41900123456".into(), user: "+41900123456".into(), display: None, asserted: false };
    bench.sip(io::Event::TransferAsked { call, to: to.clone(), by: None, attended: false });
    assert_eq!(bench.commands(), [], "not even a refusal");
    let asked = bench.call(key).asked.expect("the user is asked");
    assert_eq!((asked.to.as_str(), asked.why), ("+41900123456", AskedBy::Transfer));
    bench.act(Action::Follow { call: key, accept: false });
    assert_eq!(bench.commands(), [Command::FollowTransfer { call, accept: false }]);
    assert_eq!(bench.call(key).asked, None);
    bench.act(Action::Follow { call: key, accept: true });
    assert_eq!(bench.commands(), [], "once");

    bench.sip(io::Event::TransferAsked { call, to: to.clone(), by: None, attended: false });
    bench.act(Action::Follow { call: key, accept: true });
    let new = CallId(CallId::FIRST_INCOMING.0 + 77);
    bench.sip(io::Event::Following { call, new, to });
    assert_eq!(bench.commands(), [Command::FollowTransfer { call, accept: true }, Command::Hold { call }]);
    assert_eq!(bench.call(CallKey(new.0)).phase, CallPhase::Dialing);
}

#[test]
fn a_queue_is_meant_by_what_is_shown_and_says_why_it_took_nobody() {
    for (status, why) in [(480, EndCause::QueueClosed), (486, EndCause::QueueFull), (403, EndCause::Forbidden)] {
        let (mut bench, key) = Bench::talking();
        let queue_names = vec![Choice { name: "sales".into(), label: "Sales, Berlin".into() }];
        bench.event(Event::Feed(Box::new(ServerFrame::Snapshot(Snapshot { queue_names, ..snapshot(9) }))));
        let shown = bench.desk.work_view().all;
        assert_eq!(shown.iter().map(|queue| (queue.label.as_str(), queue.now)).collect::<Vec<_>>(), [("Sales, Berlin", None)]);
        bench.act(Action::Transfer { call: key, target: "sales, berlin".into() });
        let call = CallId(key.0);
        assert_eq!(bench.commands(), [Command::Hold { call }, Command::Transfer { call, target: "sales".into() }]);
        news(&mut bench, key, TransferState::Failed { status });
        assert_eq!(bench.call(key).notices, [CallNotice::NotTransferred(why)]);
    }
}

#[test]
fn whoever_is_transferred_to_a_queue_waits_and_talks_again() {
    let (mut bench, key) = Bench::talking();
    let call = CallId(key.0);
    bench.sip(io::Event::Peer { call, peer: peer("agent2") });
    bench.sip(io::Event::Queued { call, place: QueuePlace { position: 2, estimate_s: Some(60) } });
    let view = bench.call(key);
    assert_eq!(view.phase, CallPhase::Queued(Waiting { position: 2, estimate_s: Some(60) }));
    assert!(!view.transfer && view.hold.is_none() && view.hang_up, "nobody is there to hold or to hand on");
    // The path to whoever was there ends: nothing is mended and nothing is said of it.
    bench.event(Event::Ice { call: key, state: "failed".into() });
    bench.pass(30);
    assert_eq!(bench.commands(), []);
    assert_eq!(bench.call(key).notices, []);
    bench.sip(io::Event::Peer { call, peer: peer("agent1") });
    assert_eq!(bench.call(key).phase, CallPhase::Active);
    assert!(bench.call(key).transfer);
}

//! Transfers between agents: blind, attended in every direction of both calls, refused, silent; Replaces and Join (RFC 3515, 3891, 3911,
//! 4488, 4538, 5589).

use crate::support::desk::{CALL, IN, World};
use crate::support::hub::Hub;
use sip_ws::codec::{HeaderName, Message};
use sip_ws::io::{CallId, Command, DialogRef, Entry, Event, RejectAs};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ADA: usize = 0;
const BOB: usize = 1;
const EVE: usize = 2;

fn trio() -> Hub {
    Hub::of(&["ada", "bob", "eve"])
}

/// Handle of the call that a desk makes to follow a transfer.
fn following(hub: &Hub, desk: usize) -> CallId {
    let found = hub.desks[desk].events.iter().find_map(|event| match event {
        Event::Following { new, .. } => Some(*new),
        _ => None,
    });
    found.expect("it follows")
}

#[test]
fn blind_from_the_question_to_the_end_of_the_old_call() {
    let mut hub = trio();
    let (ours, theirs) = hub.connect(ADA, BOB, 1);
    hub.command(ADA, Command::Transfer { call: ours, target: "eve".to_owned() });
    hub.run(200);
    assert_eq!(hub.desks[BOB].calls(), ["TransferAsked sip:eve@portico.test"]);
    hub.command(BOB, Command::FollowTransfer { call: theirs, accept: true });
    hub.run(200);
    let new = hub.ringing(EVE).expect("it rings");
    hub.command(EVE, Command::Answer { call: new, video: false });
    hub.run(500);
    assert_eq!(
        hub.desks[ADA].calls(),
        [
            "Transfer Accepted { reported: true }",
            "Transfer Progress { status: 100, phrase: \"Trying\" }",
            "Transfer Progress { status: 180, phrase: \"Ringing\" }",
            "Transfer Done",
            "Ended Transferred"
        ]
    );
    let of_bob = hub.desks[BOB].calls();
    assert_eq!(of_bob[..4], ["Following sip:eve@portico.test", "Dialling", "Progress 180", "Answered"]);
    assert!(of_bob[4].starts_with("Ended RemoteHangUp"), "{of_bob:?}");
    assert_eq!(hub.desks[EVE].calls(), ["Incoming bob", "Answered"]);
    let new = hub.desks[BOB].agent.load().3;
    assert_eq!(new, 1, "one call is left");
}

#[test]
fn a_busy_target_leaves_the_call_where_it_was() {
    let mut hub = trio();
    let (ours, theirs) = hub.connect(ADA, BOB, 1);
    hub.command(ADA, Command::Transfer { call: ours, target: "eve".to_owned() });
    hub.run(100);
    hub.command(BOB, Command::FollowTransfer { call: theirs, accept: true });
    hub.run(200);
    let new = hub.ringing(EVE).expect("it rings");
    hub.command(EVE, Command::Reject { call: new, how: RejectAs::Busy });
    hub.run(500);
    assert_eq!(hub.desks[ADA].calls().last().map(String::as_str), Some("Transfer Failed { status: 486 }"));
    assert!(hub.desks[BOB].calls().last().is_some_and(|e| e.starts_with("Ended Rejected { status: 486")));
    // And the call can be transferred again, to somebody who does not exist.
    hub.command(ADA, Command::Transfer { call: ours, target: "nobody".to_owned() });
    hub.run(100);
    hub.command(BOB, Command::FollowTransfer { call: theirs, accept: true });
    hub.run(500);
    assert_eq!(hub.desks[ADA].calls().last().map(String::as_str), Some("Transfer Failed { status: 404 }"));
    hub.command(ADA, Command::HangUp { call: ours });
    hub.run(40_000);
    hub.assert_at_rest();
}

#[test]
fn a_refused_or_ignored_question_is_a_failed_transfer() {
    for answered in [true, false] {
        let mut hub = trio();
        let (ours, theirs) = hub.connect(ADA, BOB, 1);
        hub.command(ADA, Command::Transfer { call: ours, target: "eve".to_owned() });
        hub.run(100);
        if answered {
            hub.command(BOB, Command::FollowTransfer { call: theirs, accept: false });
        }
        hub.run(61_000);
        assert_eq!(hub.desks[ADA].calls().last().map(String::as_str), Some("Transfer Failed { status: 603 }"), "answered: {answered}");
        assert_eq!(hub.desks[EVE].calls(), [""; 0]);
    }
}

#[test]
fn silence_after_202_is_a_failed_transfer_after_timer_n() {
    let mut hub = trio();
    let (ours, _) = hub.connect(ADA, BOB, 1);
    hub.lose = Box::new(|desk, line| desk == BOB && line == "NOTIFY");
    hub.command(ADA, Command::Transfer { call: ours, target: "eve".to_owned() });
    hub.run(31_000);
    assert_eq!(hub.desks[ADA].calls(), ["Transfer Accepted { reported: true }"]);
    hub.run(2_000);
    assert_eq!(hub.desks[ADA].calls(), ["Transfer Failed { status: 0 }"]);
    assert_eq!(hub.desks[ADA].agent.load().3, 1, "the call goes on");
}

#[test]
fn a_peer_that_hangs_up_during_its_transfer_ends_both() {
    let mut hub = trio();
    let (ours, theirs) = hub.connect(ADA, BOB, 1);
    hub.command(ADA, Command::Transfer { call: ours, target: "eve".to_owned() });
    hub.run(100);
    hub.command(BOB, Command::HangUp { call: theirs });
    hub.run(40_000);
    let events = hub.desks[ADA].calls();
    assert_eq!(events[events.len() - 2], "Transfer Failed { status: 0 }");
    assert!(events[events.len() - 1].starts_with("Ended RemoteHangUp"));
    hub.assert_at_rest();
}

/// All four directions: the transferor made or received each of its two calls.
#[test]
fn attended_in_all_four_directions() {
    for first_out in [true, false] {
        for second_out in [true, false] {
            let mut hub = trio();
            let first = if first_out { hub.connect(ADA, BOB, 1) } else { hub.connect(BOB, ADA, 1) };
            let (ours, theirs) = if first_out { first } else { (first.1, first.0) };
            hub.command(ADA, Command::Hold { call: ours });
            hub.run(300);
            let second = if second_out { hub.connect(ADA, EVE, 2) } else { hub.connect(EVE, ADA, 2) };
            let (other, eves) = if second_out { second } else { (second.1, second.0) };
            hub.command(ADA, Command::TransferTo { call: ours, to: other });
            hub.run(100);
            assert_eq!(hub.desks[BOB].calls(), ["TransferAsked sip:eve@portico.test attended"]);
            hub.command(BOB, Command::FollowTransfer { call: theirs, accept: true });
            hub.run(1_000);
            let what = format!("first out: {first_out}, second out: {second_out}");
            let ada = hub.desks[ADA].calls();
            assert!(ada.contains(&"Transfer Done".to_owned()), "{what}: {ada:?}");
            assert_eq!(ada.iter().filter(|e| e.starts_with("Ended")).count(), 2, "{what}: both calls end: {ada:?}");
            let new = following(&hub, BOB);
            let bob = hub.desks[BOB].calls();
            assert!(bob.contains(&"Answered".to_owned()), "{what}: {bob:?}");
            let eve = hub.desks[EVE]
                .events
                .iter()
                .any(|event| matches!(event, Event::Ended { call, cause: sip_ws::io::EndCause::Replaced { .. } } if *call == eves));
            assert!(eve, "{what}: the old call of the target is replaced");
            assert_eq!(hub.desks[EVE].calls()[..2], ["Incoming bob replaces", "Answered"], "{what}");
            hub.command(BOB, Command::HangUp { call: new });
            hub.run(40_000);
            hub.assert_at_rest();
        }
    }
}

#[test]
fn a_replaced_call_that_is_over_fails_the_transfer_and_the_held_peer_stays() {
    let mut hub = trio();
    let (ours, theirs) = hub.connect(ADA, BOB, 1);
    let (other, eves) = hub.connect(ADA, EVE, 2);
    hub.command(ADA, Command::TransferTo { call: ours, to: other });
    hub.run(100);
    hub.command(EVE, Command::HangUp { call: eves });
    hub.run(100);
    hub.command(BOB, Command::FollowTransfer { call: theirs, accept: true });
    hub.run(1_000);
    assert!(hub.desks[ADA].calls().contains(&"Transfer Failed { status: 481 }".to_owned()));
    assert!(hub.desks[EVE].calls().iter().all(|e| !e.starts_with("Incoming")), "it does not ring as if it were a new call");
    assert_eq!(hub.desks[ADA].agent.load().3, 1);
}

#[test]
fn trusted_peers_are_followed_without_a_question_but_only_to_people() {
    let mut hub = Hub::with(&["ada", "bob", "eve"], &["sip:ada@portico.test"]);
    let (ours, _) = hub.connect(ADA, BOB, 1);
    for target in ["bob", "*45", "#7", "sip:eve@elsewhere.test", "tel:+33899", "0033899123456"] {
        hub.command(ADA, Command::Transfer { call: ours, target: target.to_owned() });
        hub.run(100);
        let events = hub.desks[BOB].calls();
        assert!(events.iter().any(|e| e.starts_with("TransferAsked")) && !events.iter().any(|e| e.starts_with("Following")), "{target}");
        hub.run(61_000);
        hub.clear();
    }
    hub.command(ADA, Command::Transfer { call: ours, target: "eve".to_owned() });
    hub.run(100);
    assert_eq!(hub.desks[BOB].calls()[0], "Following sip:eve@portico.test");
    assert_eq!(hub.desks[EVE].calls(), ["Incoming bob"]);
}

#[test]
fn an_identity_that_is_only_claimed_is_not_trusted() {
    let mut hub = Hub::with(&["ada", "bob", "eve"], &["portico.test"]);
    hub.asserts = false;
    let (ours, _) = hub.connect(ADA, BOB, 1);
    hub.command(ADA, Command::Transfer { call: ours, target: "eve".to_owned() });
    hub.run(100);
    assert_eq!(hub.desks[BOB].calls(), ["TransferAsked sip:eve@portico.test"]);
}

/// A dialog as the peer of `desk` would name it to a third one.
fn dialog_of(hub: &Hub, desk: usize, call: CallId) -> DialogRef {
    let stored = &hub.desks[desk].kept[&call].dialog.dialog;
    DialogRef {
        call_id: stored.call_id.as_str().into(),
        to_tag: stored.local_tag.as_str().into(),
        from_tag: stored.remote_tag.as_str().into(),
        early_only: false,
    }
}

#[test]
fn a_conversation_can_be_taken_over_or_joined_and_the_user_is_told_which() {
    let mut hub = trio();
    let (_, bobs) = hub.connect(ADA, BOB, 1);
    let dialog = dialog_of(&hub, BOB, bobs);
    let into = |how, dialog: &DialogRef| Command::CallInto {
        call: CallId(if how == Entry::Join { 5 } else { 6 }),
        target: "bob".to_owned(),
        video: false,
        dialog: dialog.clone(),
        how,
    };
    hub.command(EVE, into(Entry::Join, &dialog));
    hub.run(200);
    assert_eq!(hub.desks[BOB].calls(), ["Incoming ada joins".replace("ada", "eve")]);
    hub.command(EVE, Command::HangUp { call: CallId(5) });
    hub.run(200);
    hub.clear();
    // Early only: the call is answered, so it stays.
    hub.command(EVE, into(Entry::Replace, &DialogRef { early_only: true, ..dialog.clone() }));
    hub.run(200);
    assert!(hub.desks[EVE].calls().last().is_some_and(|e| e.starts_with("Ended Rejected { status: 486")));
    assert_eq!(hub.desks[BOB].calls(), [""; 0]);
    hub.command(EVE, into(Entry::Replace, &dialog));
    hub.run(500);
    assert_eq!(hub.desks[BOB].calls()[..2], ["Incoming eve replaces", "Answered"]);
    assert!(hub.desks[ADA].calls().last().is_some_and(|e| e.starts_with("Ended RemoteHangUp")));
}

#[test]
fn a_ringing_call_of_ours_can_be_picked_up_by_somebody_else() {
    let mut hub = trio();
    hub.command(ADA, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    hub.run(200);
    // Eve learns of the dialog, as Bob's subscription would tell her: Ada's tag is hers, Bob's the other.
    let invite = hub.desks[BOB].events.len();
    assert!(invite > 0);
    let dialog = hub.early_dialog(ADA).expect("it rings");
    hub.command(EVE, Command::CallInto { call: CallId(7), target: "ada".to_owned(), video: false, dialog, how: Entry::Replace });
    hub.run(500);
    assert_eq!(hub.desks[EVE].calls(), ["Dialling", "Answered"]);
    let ada = hub.desks[ADA].calls();
    assert!(ada.contains(&"Incoming eve replaces".to_owned()) && ada.iter().any(|e| e.starts_with("Ended Replaced")), "{ada:?}");
    assert_eq!(hub.desks[BOB].calls().last().map(String::as_str), Some("Ended Cancelled"));
}

/// A request outside of dialogs for Bob.
fn outside(method: &str, number: u32, extra: &str) -> Message {
    let text = format!(
        "{method} sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKo{number}{method}\r\nMax-Forwards: 70\r\n\
         From: <sip:eve@portico.test>;tag=o\r\nTo: <sip:bob@portico.test>\r\nCall-ID: o{number}\r\nCSeq: {number} {method}\r\n\
         Contact: <sip:eve@h.invalid>\r\n{extra}Content-Length: 0\r\n\r\n"
    );
    Message::parse(text.as_bytes()).expect("well formed")
}

#[test]
fn broken_and_doubled_replaces_do_not_ring() {
    let mut world = World::in_call();
    let stored = world.desks[1].kept[&IN].dialog.dialog.clone();
    let right = format!("{};to-tag={};from-tag={}", stored.call_id, stored.local_tag, stored.remote_tag);
    for (n, (extra, status)) in [
        ("Replaces: nonsense\r\n".to_owned(), 400),
        ("Replaces: a;to-tag=1;from-tag=2\r\n".to_owned(), 481),
        (format!("Replaces: {};to-tag={};from-tag=x\r\n", stored.call_id, stored.local_tag), 481),
        (format!("Replaces: {right}\r\nJoin: {right}\r\n"), 400),
        ("Join: a;to-tag=1;from-tag=2\r\n".to_owned(), 481),
        (format!("Replaces: {right};early-only\r\n"), 486),
    ]
    .into_iter()
    .enumerate()
    {
        let invite = outside("INVITE", n as u32 + 1, &extra);
        world.inject(1, &invite.to_bytes());
        assert_eq!(world.last_frame(1).and_then(|m| m.status()), Some(status), "{extra}");
    }
    assert_eq!(world.desks[1].calls(), [""; 0]);
}

#[test]
fn a_refer_outside_of_the_call_needs_its_dialog_and_wants_no_reports() {
    let mut world = World::in_call();
    let stored = world.desks[1].kept[&IN].dialog.dialog.clone();
    let target = format!("Target-Dialog: {};local-tag={};remote-tag={}\r\n", stored.call_id, stored.local_tag, stored.remote_tag);
    for (n, (extra, status)) in [
        (String::new(), 403),
        ("Target-Dialog: a;local-tag=1;remote-tag=2\r\nRefer-Sub: false\r\n".to_owned(), 403),
        (target.clone(), 403),
        (format!("{target}Refer-Sub: false\r\n"), 200),
    ]
    .into_iter()
    .enumerate()
    {
        let refer = outside("REFER", n as u32 + 1, &format!("Refer-To: <sip:eve@portico.test>\r\n{extra}"));
        world.inject(1, &refer.to_bytes());
        let answer = world.last_frame(1).expect("answered");
        assert_eq!(answer.status(), Some(status), "{extra}");
        if status == 200 {
            assert_eq!(answer.header(HeaderName::ReferSub), Some(&b"false"[..]));
        }
    }
    assert_eq!(world.desks[1].calls(), ["TransferAsked sip:eve@portico.test"]);
}

#[test]
fn targets_that_are_no_calls_are_refused_and_reports_that_nobody_asked_for_too() {
    let mut hub = trio();
    let (ours, _) = hub.connect(ADA, BOB, 1);
    let dialog = hub.desks[ADA].kept[&ours].dialog.dialog.clone();
    let request = |method: &str, number: u32, extra: &str, body: &str| {
        let text = format!(
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bKr{number}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: {number} {method}\r\nContact: <sip:ada@x.invalid>\r\n{extra}Content-Length: {}\r\n\r\n{body}",
            dialog.remote_target,
            dialog.local,
            dialog.remote,
            dialog.call_id,
            body.len()
        );
        text.into_bytes()
    };
    let frag = "Content-Type: message/sipfrag\r\nSubscription-State: active\r\nEvent: refer\r\n";
    for (n, (method, extra, body, status)) in [
        ("REFER", "", "", 400),
        ("REFER", "Refer-To: <http://portico.test/>\r\n", "", 416),
        ("REFER", "Refer-To: <sip:eve@portico.test;method=BYE>\r\n", "", 603),
        ("REFER", "Refer-To: <sip:eve@portico.test?Replaces=nonsense>\r\n", "", 400),
        ("REFER", "Refer-To: <sip:a@b>\r\nRefer-To: <sip:c@d>\r\n", "", 400),
        ("NOTIFY", frag, "SIP/2.0 200 OK\r\n", 481),
        ("NOTIFY", "Event: dialog\r\n", "", 489),
        ("NOTIFY", "", "", 489),
    ]
    .into_iter()
    .enumerate()
    {
        let bytes = request(method, 100 + n as u32, extra, body);
        let answer = hub.ask(BOB, &bytes).expect("answered");
        assert_eq!(answer, status, "{method} {extra}");
    }
    assert_eq!(hub.desks[BOB].calls(), [""; 0]);
}

#[test]
fn garbage_in_a_report_changes_nothing() {
    let mut hub = trio();
    let (ours, theirs) = hub.connect(ADA, BOB, 1);
    hub.command(ADA, Command::Transfer { call: ours, target: "eve".to_owned() });
    hub.run(100);
    hub.desks[ADA].events.clear();
    let dialog = hub.desks[BOB].kept[&theirs].dialog.dialog.clone();
    for (n, (kind, body)) in [
        ("message/sipfrag", ""),
        ("message/sipfrag", "SIP/2.0 9999 x"),
        ("message/sipfrag", "HTTP/1.1 200 OK"),
        ("text/html", "<img onerror=1>"),
        ("message/sipfrag", "SIP/2.0 \u{fffd}"),
    ]
    .into_iter()
    .enumerate()
    {
        let number = 200 + n as u32;
        let text = format!(
            "NOTIFY {} SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bKg{number}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: {number} NOTIFY\r\nContact: <sip:bob@x.invalid>\r\nEvent: refer\r\nSubscription-State: active\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            dialog.remote_target,
            dialog.local,
            dialog.remote,
            dialog.call_id,
            body.len()
        );
        assert_eq!(hub.ask(ADA, text.as_bytes()), Some(400), "{kind} {body}");
    }
    assert_eq!(hub.desks[ADA].calls(), [""; 0]);
    hub.command(BOB, Command::FollowTransfer { call: theirs, accept: false });
    hub.run(100);
    // The numbers above were used up: the real report is older than they are, and the transfer ends by silence.
    hub.run(200_000);
    assert!(hub.desks[ADA].calls().iter().any(|e| e.starts_with("Transfer Failed")));
}

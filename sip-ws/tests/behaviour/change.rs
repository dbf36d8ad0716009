//! Changes in a call: hold, resume, video, new fingerprints, glare, and offers that come late or broken.

use crate::support::desk::{CALL, IN, World};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{Command, Input, MediaFailure, MediaRequest};
use sip_ws::sdp::Direction;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn hold_and_resume_are_seen_on_both_sides() {
    let mut world = World::in_call();
    world.command(0, Command::Hold { call: CALL });
    world.run(300);
    assert_eq!(world.desks[0].calls(), ["Hold local=true remote=false"]);
    assert_eq!(world.desks[1].calls(), ["Hold local=false remote=true"]);
    world.command(1, Command::Hold { call: IN });
    world.run(300);
    assert_eq!(world.desks[0].calls(), ["Hold local=true remote=true"]);
    assert_eq!(world.desks[1].calls(), ["Hold local=true remote=true"]);
    world.command(0, Command::Resume { call: CALL });
    world.run(300);
    assert_eq!(world.desks[0].calls(), ["Hold local=false remote=true"]);
    assert_eq!(world.desks[1].calls(), ["Hold local=true remote=false"]);
    world.command(1, Command::Resume { call: IN });
    world.run(300);
    assert_eq!(world.desks[0].calls(), ["Hold local=false remote=false"]);
    assert_eq!(world.desks[1].calls(), ["Hold local=false remote=false"]);
}

#[test]
fn both_hold_at_once_and_agree_within_ten_seconds() {
    let mut world = World::in_call();
    world.command(0, Command::Hold { call: CALL });
    world.command(1, Command::Hold { call: IN });
    world.run(10_000);
    assert!(world.transcript().iter().any(|l| l.ends_with("491 INVITE")), "there was glare");
    assert_eq!(world.desks[0].calls().last().map(String::as_str), Some("Hold local=true remote=true"));
    assert_eq!(world.desks[1].calls().last().map(String::as_str), Some("Hold local=true remote=true"));
}

#[test]
fn after_glare_the_owner_of_the_call_id_waits_longer() {
    let mut world = World::in_call();
    world.command(0, Command::Hold { call: CALL });
    world.command(1, Command::Hold { call: IN });
    world.run(10_000);
    let time = |l: &String| l.split(' ').next().and_then(|t| t.parse::<u64>().ok()).expect("a time");
    let refused = world.trace.iter().filter(|l| l.ends_with("491 INVITE")).map(time).max().expect("glare");
    let again =
        |who: &str| world.trace.iter().filter(|l| l.ends_with(&format!("{who} INVITE"))).map(time).max().expect("again") - refused - 10;
    assert!((2_100..=4_000).contains(&again("ada")), "{}", again("ada"));
    assert!(again("bob") <= 2_010, "{}", again("bob"));
}

#[test]
fn endless_491_is_given_up_and_the_call_lives() {
    let mut world = World::in_call();
    world.lose = Box::new(|desk, line| desk == 0 && line == "INVITE");
    world.command(0, Command::Hold { call: CALL });
    world.run(40_000);
    assert_eq!(world.desks[0].calls(), ["ChangeFailed 0"], "no reply to the re-INVITE");
    world.lose = Box::new(|_, _| false);
    world.command(0, Command::Hold { call: CALL });
    world.run(500);
    assert_eq!(world.desks[0].calls(), ["Hold local=true remote=false"]);
    world.command(0, Command::HangUp { call: CALL });
    world.run(500);
    assert!(world.desks[1].calls().last().is_some_and(|e| e.starts_with("Ended RemoteHangUp")));
}

#[test]
fn a_refused_change_leaves_the_call_as_it_was() {
    let mut world = World::in_call();
    world.desks[1].broken_media = Some(MediaFailure::Incompatible("no".to_owned()));
    world.command(0, Command::SetVideo { call: CALL, on: true });
    world.run(500);
    assert_eq!(world.desks[0].calls(), ["ChangeFailed 488"]);
    assert!(world.desks[0].media.contains(&MediaRequest::Rollback { call: CALL }));
    world.desks[1].broken_media = None;
    world.command(0, Command::Hold { call: CALL });
    world.run(500);
    assert_eq!(world.desks[0].calls(), ["Hold local=true remote=false"]);
    let Some(MediaRequest::Offer { video, .. }) = world.desks[0].media.iter().rev().find(|m| matches!(m, MediaRequest::Offer { .. }))
    else {
        panic!()
    };
    assert_eq!(*video, Direction::Inactive, "the refused video is not asked for again");
}

#[test]
fn video_can_be_added_and_taken_away() {
    let mut world = World::in_call();
    world.command(0, Command::SetVideo { call: CALL, on: true });
    world.run(500);
    assert_eq!(world.desks[0].calls(), ["Video sendonly"]);
    assert_eq!(world.desks[1].calls(), ["Video recvonly"]);
    world.command(1, Command::SetVideo { call: IN, on: true });
    world.run(500);
    assert_eq!(world.desks[0].calls(), ["Video sendrecv"], "our own terms are kept in answers");
    world.command(0, Command::SetVideo { call: CALL, on: false });
    world.run(500);
    assert_eq!(world.desks[0].calls(), ["Video recvonly"], "the peer is still seen");
    world.command(1, Command::SetVideo { call: IN, on: false });
    world.run(500);
    assert_eq!(world.desks[0].calls(), ["Video inactive"]);
}

#[test]
fn whoever_only_sees_the_peer_goes_on_seeing_them_after_hold_of_either_side() {
    let mut world = World::in_call();
    world.command(0, Command::SetVideo { call: CALL, on: true });
    world.run(500);
    let mut seen = String::new();
    let mut told = |world: &mut World| {
        seen = world.desks[1].calls().into_iter().rfind(|line| line.starts_with("Video")).unwrap_or(std::mem::take(&mut seen));
        seen.clone()
    };
    assert_eq!(told(&mut world), "Video recvonly");
    for (desk, call) in [(1, IN), (0, CALL)] {
        world.command(desk, Command::Hold { call });
        world.run(500);
        // Whoever is held may go on seeing.
        assert_eq!(told(&mut world), ["Video recvonly", "Video inactive"][desk]);
        world.command(desk, Command::Resume { call });
        world.run(500);
        assert_eq!(told(&mut world), "Video recvonly", "{desk}");
    }
    // What the peer takes away is not asked for again.
    world.command(0, Command::SetVideo { call: CALL, on: false });
    world.run(500);
    world.command(1, Command::Hold { call: IN });
    world.run(500);
    let Some(MediaRequest::Offer { video, .. }) = world.desks[1].media.iter().rev().find(|m| matches!(m, MediaRequest::Offer { .. }))
    else {
        panic!("no offer")
    };
    assert_eq!(*video, Direction::Inactive);
}

#[test]
fn hold_then_resume_before_the_answer_ends_resumed() {
    let mut world = World::in_call();
    world.command(0, Command::Hold { call: CALL });
    world.command(0, Command::Resume { call: CALL });
    world.run(1_000);
    assert_eq!(world.desks[0].calls(), ["Hold local=true remote=false", "Hold local=false remote=false"]);
    assert_eq!(world.desks[1].calls(), ["Hold local=false remote=true", "Hold local=false remote=false"]);
}

#[test]
fn a_new_fingerprint_asks_for_a_new_connection_and_the_old_one_does_not() {
    let mut world = World::in_call();
    world.command(0, Command::Renegotiate { call: CALL, fresh: false });
    world.run(500);
    let fresh = |world: &World, desk: usize| {
        world.desks[desk].media.iter().rev().find_map(|m| match m {
            MediaRequest::Answer { fresh, .. } => Some(*fresh),
            _ => None,
        })
    };
    assert_eq!(fresh(&world, 1), Some(false));
    world.command(0, Command::Renegotiate { call: CALL, fresh: true });
    world.run(500);
    assert_eq!(fresh(&world, 1), Some(true));
    assert_eq!(world.desks[0].calls(), [""; 0]);
    // Bob answered from a new connection; his next offer from it is no news to Ada.
    world.command(1, Command::Renegotiate { call: IN, fresh: false });
    world.run(500);
    assert_eq!(fresh(&world, 0), Some(false));
}

#[test]
fn a_hang_up_during_a_change_ends_both_sides() {
    for desk in 0..2 {
        let mut world = World::in_call();
        world.command(0, Command::Hold { call: CALL });
        world.run(5);
        world.command(desk, Command::HangUp { call: if desk == 0 { CALL } else { IN } });
        world.run(40_000);
        for desk in &mut world.desks {
            assert!(desk.calls().last().is_some_and(|e| e.starts_with("Ended")));
        }
        world.assert_at_rest();
    }
}

/// A request of Ada's side in the dialog, as her agent would send it, built from the INVITE that Bob's agent saw.
struct Peer {
    call_id: String,
    from: String,
    to: String,
    number: u32,
}

impl Peer {
    /// Rings at Bob by hand.
    fn ring(world: &mut World) -> Self {
        let mut peer = Self {
            call_id: "by-hand".to_owned(),
            from: "<sip:eve@portico.test>;tag=e".to_owned(),
            to: "<sip:bob@portico.test>".to_owned(),
            number: 0,
        };
        let sdp = sdp("sendrecv");
        let _ = peer.send(world, "INVITE", Some(&sdp));
        peer.to = peer.last(world).header_str(HeaderName::To).expect("has one").to_owned();
        peer
    }

    /// A call to Bob by hand.
    fn call(world: &mut World) -> Self {
        let peer = Self::ring(world);
        world.command(1, Command::Answer { call: IN, video: false });
        let ack = peer.request("ACK", 1, None);
        world.inject(1, &ack.to_bytes());
        world.clear();
        peer
    }

    fn request(&self, method: &str, number: u32, body: Option<&str>) -> Message {
        let mut text = format!(
            "{method} sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKh{number}{method}\r\nMax-Forwards: 70\r\n"
        );
        text.push_str(&format!(
            "From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {number} {method}\r\nContact: <sip:eve@h.invalid>\r\n",
            self.from, self.to, self.call_id
        ));
        if body.is_some() {
            text.push_str("Content-Type: application/sdp\r\n");
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{}", body.map_or(0, str::len), body.unwrap_or_default()));
        Message::parse(text.as_bytes()).expect("well formed")
    }

    fn send(&mut self, world: &mut World, method: &str, body: Option<&str>) -> u32 {
        self.number += 1;
        let message = self.request(method, self.number, body);
        world.inject(1, &message.to_bytes());
        self.number
    }

    /// The last message of Bob: the relay hands it to Ada, who knows nothing of it.
    fn last(&self, world: &mut World) -> Message {
        world.last_frame(1).expect("something was sent")
    }
}

fn sdp(direction: &str) -> String {
    format!(
        "v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=fingerprint:sha-256 EE\r\na={direction}\r\n"
    )
}

#[test]
fn hold_is_recognised_in_every_form() {
    for (body, held) in [
        (sdp("sendonly"), true),
        (sdp("inactive"), true),
        (sdp("sendrecv").replace("a=sendrecv\r\n", "c=IN IP4 0.0.0.0\r\na=sendrecv\r\n"), true),
        (sdp("recvonly"), false),
    ] {
        let mut world = World::ready();
        let mut peer = Peer::call(&mut world);
        peer.send(&mut world, "INVITE", Some(&body));
        let expected: &[&str] = if held { &["Hold local=false remote=true"] } else { &[] };
        assert_eq!(world.desks[1].calls(), expected, "{body}");
        assert_eq!(peer.last(&mut world).status(), Some(200));
    }
}

#[test]
fn reinvite_without_an_offer_gets_ours_and_the_ack_brings_the_answer() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    let number = peer.send(&mut world, "INVITE", None);
    let answer = peer.last(&mut world);
    assert_eq!(answer.status(), Some(200));
    assert!(!answer.body().is_empty(), "our offer");
    // It may be for somebody else, whose answer the connection of now could not take.
    assert!(matches!(world.desks[1].media.last(), Some(MediaRequest::Offer { fresh: true, .. })));
    let ack = peer.request("ACK", number, Some(&sdp("sendonly")));
    world.inject(1, &ack.to_bytes());
    assert!(matches!(world.desks[1].media.last(), Some(MediaRequest::ApplyAnswer { .. })));
    assert_eq!(world.desks[1].calls(), ["Hold local=false remote=true"]);
}

#[test]
fn update_with_an_offer_is_answered_and_without_one_too() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    peer.send(&mut world, "UPDATE", Some(&sdp("sendonly")));
    let answer = peer.last(&mut world);
    assert_eq!((answer.status(), answer.body().is_empty()), (Some(200), false));
    assert_eq!(world.desks[1].calls(), ["Hold local=false remote=true"]);
    peer.send(&mut world, "UPDATE", None);
    let answer = peer.last(&mut world);
    assert_eq!((answer.status(), answer.body().is_empty()), (Some(200), true));
}

#[test]
fn an_offer_before_ours_is_answered_is_told_when_to_come_back() {
    let mut waits = std::collections::BTreeSet::new();
    for answering in [false, true] {
        let mut world = World::ready();
        let mut peer = Peer::ring(&mut world);
        world.desks[1].auto_media = false;
        if answering {
            world.command(1, Command::Answer { call: IN, video: false });
        }
        for _ in 0..20 {
            peer.send(&mut world, "UPDATE", Some(&sdp("sendonly")));
            let answer = peer.last(&mut world);
            assert_eq!(answer.status(), Some(500), "RFC 3311 5.2");
            waits.insert(answer.retry_after().expect("valid").expect("says when"));
        }
        assert!(world.desks[1].calls().iter().all(|event| event == "Incoming eve"));
    }
    assert!(waits.len() > 3 && waits.iter().all(|seconds| *seconds <= 10), "{waits:?}");
}

#[test]
fn second_offer_while_the_first_is_open_is_told_when_to_come_back() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    world.desks[1].auto_media = false;
    peer.send(&mut world, "INVITE", Some(&sdp("sendonly")));
    peer.send(&mut world, "INVITE", Some(&sdp("inactive")));
    let answer = peer.last(&mut world);
    assert_eq!(answer.status(), Some(500));
    assert!(answer.retry_after().expect("valid").is_some_and(|s| s <= 10));
}

#[test]
fn an_old_sequence_number_is_refused_and_changes_nothing() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    peer.number = 10;
    peer.send(&mut world, "INFO", None);
    peer.number = 4;
    peer.send(&mut world, "INVITE", Some(&sdp("sendonly")));
    assert_eq!(peer.last(&mut world).status(), Some(500));
    assert_eq!(world.desks[1].calls(), [""; 0]);
}

#[test]
fn a_withdrawn_reinvite_is_forgotten() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    world.desks[1].auto_media = false;
    let number = peer.send(&mut world, "INVITE", Some(&sdp("sendonly")));
    let question = world.desks[1].media.last().cloned().expect("asked");
    let mut cancel = peer.request("CANCEL", number, None);
    cancel.set(HeaderName::Via, format!("SIP/2.0/WSS h.invalid;branch=z9hG4bKh{number}INVITE"));
    world.inject(1, &cancel.to_bytes());
    assert!(world.transcript().contains(&"bob 487 INVITE".to_owned()));
    assert_eq!(world.desks[1].media.last(), Some(&MediaRequest::Rollback { call: IN }));
    let late = world.desks[1].media_answer(&question).expect("an answer");
    world.input(1, Input::Media(late));
    assert_eq!(world.transcript(), [""; 0], "the late answer goes nowhere");
    world.desks[1].auto_media = true;
    world.command(1, Command::Hold { call: IN });
    assert_eq!(world.transcript(), ["bob INVITE"], "and the call can be changed again");
}

#[test]
fn an_update_whose_answer_never_comes_does_not_block_the_call_for_good() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    world.desks[1].auto_media = false;
    peer.send(&mut world, "UPDATE", Some(&sdp("sendonly")));
    let question = world.desks[1].media.last().cloned().expect("asked");
    world.run(33_000);
    assert_eq!(world.desks[1].media.last(), Some(&MediaRequest::Rollback { call: IN }));
    let late = world.desks[1].media_answer(&question).expect("an answer");
    world.transcript();
    world.input(1, Input::Media(late));
    assert_eq!(world.transcript(), [""; 0], "the late answer goes nowhere");
    world.desks[1].auto_media = true;
    world.command(1, Command::Hold { call: IN });
    assert_eq!(world.transcript(), ["bob INVITE"], "and the call can be changed again");
}

#[test]
fn an_offer_that_makes_no_sense_is_refused_and_the_call_lives() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    peer.send(&mut world, "INVITE", Some("not a description"));
    assert_eq!(peer.last(&mut world).status(), Some(488));
    assert_eq!(world.desks[1].calls(), [""; 0]);
    peer.send(&mut world, "INVITE", Some(&sdp("sendrecv")));
    assert_eq!(peer.last(&mut world).status(), Some(200));
}

#[test]
fn our_hold_survives_a_change_of_the_peer() {
    let mut world = World::in_call();
    world.command(0, Command::Hold { call: CALL });
    world.run(300);
    world.clear();
    world.command(1, Command::Renegotiate { call: IN, fresh: false });
    world.run(300);
    let Some(MediaRequest::Answer { direction, .. }) = world.desks[0].media.last() else { panic!("no question") };
    assert_eq!(*direction, Direction::SendOnly);
}

#[test]
fn unknown_requests_in_a_call_get_their_status() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    for (method, status) in [("OPTIONS", 200), ("MESSAGE", 405), ("FROBNICATE", 501), ("INFO", 200)] {
        peer.send(&mut world, method, None);
        assert_eq!(peer.last(&mut world).status(), Some(status), "{method}");
    }
    peer.send(&mut world, "BYE", None);
    assert_eq!(peer.last(&mut world).status(), Some(200));
    peer.send(&mut world, "INFO", None);
    assert_eq!(peer.last(&mut world).status(), Some(481), "after the end");
}

#[test]
fn a_peer_without_the_dialog_ends_the_call_with_481_whatever_it_answers_to_the_bye() {
    for answer in [200, 481] {
        let mut world = World::ready();
        Peer::call(&mut world);
        world.desks[1].auto_media = true;
        world.command(1, Command::Hold { call: IN });
        let offer = world.last_frame(1).expect("an offer");
        world.inject(1, &offer.reply(481, "Call/Transaction Does Not Exist").to_bytes());
        let bye = world.last_frame(1).expect("a BYE");
        assert_eq!(bye.method(), Some(&Method::Bye), "in case that only a proxy lost the dialog");
        world.inject(1, &bye.reply(answer, "Fine").to_bytes());
        assert_eq!(world.desks[1].calls().last().map(String::as_str), Some("Ended Gone { status: 481 }"), "{answer}");
    }
}

#[test]
fn a_reinvite_and_an_update_that_cross_both_wait() {
    use crate::support::pair::{Pair, sdp};
    use sip_ws::codec::Method;
    let mut pair = Pair::new();
    let (a, b) = pair.call();
    pair.a.ep.reinvite(pair.now, a, &[], Some(sdp("a2"))).expect("established");
    pair.b.ep.in_dialog(pair.now, b, Method::Update, &[], Some(sdp("b2"))).expect("established");
    pair.run(500);
    assert_eq!(pair.a.names(), ["ReofferRejected 491"], "RFC 3311 5.2");
    assert_eq!(pair.b.names(), ["Response 491"]);
    pair.a.ep.reinvite(pair.now, a, &[], Some(sdp("a2"))).expect("free again");
    pair.run(100);
    assert_eq!(pair.b.names(), ["Reoffer"]);
}

#[test]
fn a_change_that_crosses_a_hang_up_ends_with_it() {
    for first in 0..2 {
        let mut world = World::in_call();
        let calls = [CALL, IN];
        world.command(first, Command::HangUp { call: calls[first] });
        world.command(1 - first, Command::Hold { call: calls[1 - first] });
        world.run(40_000);
        for desk in &mut world.desks {
            assert_eq!(desk.calls().iter().filter(|e| e.starts_with("Ended")).count(), 1);
        }
        world.assert_at_rest();
    }
}

#[test]
fn twenty_refusals_with_491_leave_the_call_and_its_state() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    // Only the test answers.
    world.lose = Box::new(|desk, line| desk == 1 && line == "INVITE");
    world.command(1, Command::Hold { call: IN });
    for tries in 1..=20 {
        let offers = world.invites(1);
        if offers.len() == tries {
            world.inject(1, &offers[tries - 1].reply(491, "Request Pending").to_bytes());
            world.run(4_100);
        }
    }
    assert_eq!(world.invites(1).len(), 11, "ten tries after the first, then it is given up");
    assert_eq!(world.desks[1].calls(), ["ChangeFailed 491"]);
    peer.send(&mut world, "INVITE", Some(&sdp("sendrecv")));
    assert_eq!(peer.last(&mut world).status(), Some(200), "the call lives");
}

#[test]
fn other_codecs_another_role_and_refused_video_are_no_new_connection() {
    let mut world = World::ready();
    let mut peer = Peer::call(&mut world);
    for body in [
        sdp("sendrecv").replace("SAVPF 111", "SAVPF 0 8"),
        sdp("sendrecv") + "a=setup:active\r\n",
        sdp("sendrecv") + "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n",
    ] {
        world.clear();
        peer.send(&mut world, "INVITE", Some(&body));
        let answer = peer.last(&mut world);
        assert_eq!(answer.status(), Some(200), "{body}");
        assert!(matches!(world.desks[1].media.last(), Some(MediaRequest::Answer { fresh: false, .. })), "{body}");
        let ack = peer.request("ACK", peer.number, None);
        world.inject(1, &ack.to_bytes());
    }
}

//! Calls of an agent: out, in, refused, cancelled, with early media and video.

use crate::support::desk::{CALL, IN, World};
use crate::support::edges::{self, Edges};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{Command, Event, Input, MediaFailure, MediaRequest, RejectAs};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn dial(world: &mut World, video: bool) {
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video });
    world.run(200);
}

#[test]
fn from_dialling_to_hanging_up() {
    let mut world = World::ready();
    dial(&mut world, false);
    world.command(1, Command::Answer { call: IN, video: false });
    world.run(200);
    world.command(0, Command::HangUp { call: CALL });
    world.run(200);
    assert_eq!(world.desks[0].calls(), ["Dialling", "Progress 180", "Answered", "Ended LocalHangUp"]);
    assert_eq!(world.desks[1].calls()[..2], ["Incoming ada", "Answered"]);
    assert_eq!(
        world.transcript(),
        ["ada INVITE", "bob 100 INVITE", "bob 180 INVITE", "bob 200 INVITE", "ada ACK", "ada BYE", "bob 200 BYE"]
    );
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn the_callee_hangs_up_and_the_reason_arrives() {
    let mut world = World::in_call();
    world.command(1, Command::HangUp { call: IN });
    world.run(200);
    let Some(Event::Ended { cause: sip_ws::io::EndCause::RemoteHangUp { reason: Some(reason) }, .. }) = world.desks[0].events.pop_back()
    else {
        panic!("no reason")
    };
    assert_eq!((reason.protocol.as_str(), reason.cause), ("Q.850", Some(16)));
    assert!(world.desks[0].media.contains(&MediaRequest::Close { call: CALL }));
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn both_sides_know_the_same_session_id() {
    let mut world = World::ready();
    dial(&mut world, false);
    let of = |world: &World, desk: usize| {
        world.desks[desk].events.iter().find_map(|e| match e {
            Event::Dialling { session_id, .. } | Event::Incoming { session_id, .. } => Some(session_id.clone()),
            _ => None,
        })
    };
    let ours = of(&world, 0).expect("dialling");
    assert_eq!(ours.len(), 32);
    assert_eq!(of(&world, 1), Some(ours));
}

#[test]
fn refusals_are_told_apart() {
    for (how, status) in [(RejectAs::Busy, 486), (RejectAs::Decline, 603)] {
        let mut world = World::ready();
        dial(&mut world, false);
        world.command(1, Command::Reject { call: IN, how });
        world.run(200);
        let ended = world.desks[0].calls().pop().expect("an end");
        assert!(ended.contains(&format!("Rejected {{ status: {status}")), "{ended}");
        assert_eq!(world.desks[1].calls(), ["Incoming ada".to_owned(), format!("Ended RejectedByUs {{ status: {status} }}")]);
        world.run(40_000);
        world.assert_at_rest();
    }
}

#[test]
fn the_caller_gives_up() {
    let mut world = World::ready();
    dial(&mut world, false);
    world.command(0, Command::HangUp { call: CALL });
    world.run(200);
    assert_eq!(world.desks[0].calls(), ["Dialling", "Progress 180", "Ended LocalHangUp"]);
    assert_eq!(world.desks[1].calls(), ["Incoming ada", "Ended Cancelled"]);
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn hanging_up_while_the_offer_is_being_made_sends_nothing() {
    let mut world = World::ready();
    world.desks[0].auto_media = false;
    dial(&mut world, false);
    let question = world.desks[0].media[0].clone();
    world.command(0, Command::HangUp { call: CALL });
    let late = world.desks[0].media_answer(&question).expect("an offer");
    world.input(0, Input::Media(late));
    world.run(1_000);
    assert_eq!(world.transcript(), [""; 0]);
    assert_eq!(world.desks[0].calls(), ["Ended LocalHangUp"]);
    world.assert_at_rest();
}

#[test]
fn answered_elsewhere_is_not_cancelled() {
    // RFC 3326 2: a reason for each protocol, in any order, on one line or several.
    for reasons in [
        &["SIP;cause=200;text=\"Call completed elsewhere\""][..],
        &["Q.850;cause=26, SIP;cause=200;text=\"Call completed elsewhere\""],
        &["Q.850;cause=26", "SIP;cause=200"],
        &["SIP;cause=200", "Q.850;cause=26"],
    ] {
        let mut world = World::ready();
        dial(&mut world, false);
        let invite = invite_seen_by_bob(&mut world);
        let mut cancel = Message::request(Method::Cancel, "sip:bob@portico.test");
        for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::MaxForwards] {
            cancel.push(name, invite.header(name).expect("in every INVITE"));
        }
        cancel.push(HeaderName::CSeq, "1 CANCEL");
        for reason in reasons {
            cancel.push(HeaderName::Reason, reason);
        }
        world.inject(1, &cancel.to_bytes());
        assert_eq!(world.desks[1].calls(), ["Incoming ada", "Ended AnsweredElsewhere"], "{reasons:?}");
    }
}

#[test]
fn whoever_answered_too_late_hears_that_somebody_else_did() {
    for (reason, ended) in [
        (Some("SIP;cause=200;text=\"Call completed elsewhere\""), "Ended AnsweredElsewhere"),
        (Some("Q.850;cause=26, SIP;cause=200;text=\"Call completed elsewhere\""), "Ended AnsweredElsewhere"),
        (Some("SIP;cause=200;text=\"Taken over\""), "Ended RemoteHangUp"),
        (Some("Q.850;cause=16;text=\"Call completed elsewhere\""), "Ended RemoteHangUp"),
        (None, "Ended RemoteHangUp"),
    ] {
        let mut world = Edges::ready(&["a"]);
        let invite = edges::invite("a", "1");
        world.inject(0, &invite);
        world.command(Command::Answer { call: IN, video: false });
        let (_, ok) = world.sent.last().cloned().expect("the answer");
        let request = |method: Method, number: u8| {
            let mut request = Message::request(method.clone(), "sip:ada@portico.test");
            request.push(HeaderName::Via, format!("SIP/2.0/WSS a.invalid;branch=z9hG4bKlate{number}"));
            for name in [HeaderName::From, HeaderName::To, HeaderName::CallId] {
                request.push(name, ok.header(name).expect("in every answer"));
            }
            request.push(HeaderName::CSeq, format!("{number} {method}"));
            request.push(HeaderName::MaxForwards, "70");
            request
        };
        let number = invite.cseq().expect("valid").number;
        let number = u8::try_from(number).expect("small");
        world.inject(0, &request(Method::Ack, number));
        let mut bye = request(Method::Bye, number + 1);
        if let Some(reason) = reason {
            bye.push(HeaderName::Reason, reason);
        }
        world.inject(0, &bye);
        let calls = world.desk.calls();
        assert!(calls.last().is_some_and(|last| last.starts_with(ended)), "{reason:?}: {calls:?}");
    }
}

/// Sends an INVITE of our own making to a fresh desk: the one that rang there came from the agent.
fn invite_seen_by_bob(world: &mut World) -> Message {
    world.command(0, Command::HangUp { call: CALL });
    world.run(40_000);
    world.clear();
    let mut invite = Message::request(Method::Invite, "sip:bob@portico.test");
    invite.push(HeaderName::Via, "SIP/2.0/WSS x.invalid;branch=z9hG4bKcafe");
    invite.push(HeaderName::From, "\"Ada\" <sip:ada@portico.test>;tag=1");
    invite.push(HeaderName::To, "<sip:bob@portico.test>");
    invite.push(HeaderName::CallId, "elsewhere");
    invite.push(HeaderName::CSeq, "1 INVITE");
    invite.push(HeaderName::MaxForwards, "70");
    invite.push(HeaderName::Contact, "<sip:ada@x.invalid>");
    invite.set_body("application/sdp", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n");
    world.inject(1, &invite.to_bytes());
    invite
}

#[test]
fn video_is_offered_and_each_side_decides() {
    for (answer, expected) in [(true, ["Video sendrecv", "Video sendrecv"]), (false, ["Video sendonly", "Video recvonly"])] {
        let mut world = World::ready();
        dial(&mut world, true);
        world.command(1, Command::Answer { call: IN, video: answer });
        world.run(200);
        assert!(world.desks[0].calls().contains(&expected[0].to_owned()), "caller, answered with video: {answer}");
        let callee = world.desks[1].calls();
        assert_eq!(callee[0], "Incoming ada video");
        assert!(callee.contains(&expected[1].to_owned()), "{callee:?}");
    }
}

#[test]
fn media_that_cannot_be_had_ends_the_call_with_its_cause() {
    let mut world = World::ready();
    world.desks[0].broken_media = Some(MediaFailure::Local("no microphone".to_owned()));
    dial(&mut world, false);
    assert_eq!(world.desks[0].calls(), ["Ended Media(Local(\"no microphone\"))"]);

    let mut world = World::ready();
    dial(&mut world, false);
    world.desks[1].broken_media = Some(MediaFailure::Incompatible("codec".to_owned()));
    world.command(1, Command::Answer { call: IN, video: false });
    world.run(200);
    assert_eq!(world.transcript()[3..], ["bob 488 INVITE", "ada ACK"]);
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn an_answer_that_the_browser_refuses_is_acknowledged_and_ended() {
    let mut world = World::ready();
    dial(&mut world, false);
    world.desks[0].broken_media = Some(MediaFailure::Incompatible("answer".to_owned()));
    world.command(1, Command::Answer { call: IN, video: false });
    world.run(200);
    assert_eq!(world.transcript()[3..], ["bob 200 INVITE", "ada ACK", "ada BYE", "bob 200 BYE"]);
    assert_eq!(world.desks[0].calls().last().map(String::as_str), Some("Ended Media(Incompatible(\"answer\"))"));
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn digits_travel_by_info_in_order() {
    let mut world = World::in_call();
    for digit in ['1', '#', 'a'] {
        world.command(0, Command::Dtmf { call: CALL, digit, duration_ms: 120 });
    }
    world.run(500);
    assert_eq!(world.desks[1].calls(), ["Dtmf 1 120", "Dtmf # 120", "Dtmf A 120"]);
    assert_eq!(world.desks[0].calls(), [""; 0]);
    world.command(0, Command::Dtmf { call: CALL, digit: 'x', duration_ms: 120 });
    assert_eq!(world.desks[0].calls(), ["DtmfFailed x 0"]);
}

#[test]
fn several_calls_at_once() {
    let mut world = World::in_call();
    let second = sip_ws::io::CallId(2);
    world.command(0, Command::Call { call: second, target: "sip:bob@portico.test".to_owned(), video: false });
    world.run(200);
    assert_eq!(world.desks[1].calls(), ["Incoming ada"]);
    world.command(1, Command::Answer { call: sip_ws::io::CallId(IN.0 + 1), video: false });
    world.run(200);
    world.command(0, Command::HangUp { call: CALL });
    world.run(200);
    assert_eq!(world.desks[1].calls().len(), 2, "one answered, the other ended");
    world.command(0, Command::HangUp { call: second });
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn what_cannot_be_dialled_is_said() {
    for target in ["", "   ", "sip:", "http://example.com", "sip:a b@c"] {
        let mut world = World::ready();
        world.command(0, Command::Call { call: CALL, target: target.to_owned(), video: false });
        world.run(200);
        let events = world.desks[0].calls();
        assert!(events == ["Ended Protocol(\"the target is no address\")"], "{target:?}: {events:?}");
        assert!(world.transcript().is_empty(), "{target:?}");
    }
}

#[test]
fn numbers_are_dialled_as_people_write_them() {
    for (target, uri) in [
        ("+39 02-123 (4)", "sip:+39021234@portico.test"),
        ("*99#", "sip:*99%23@portico.test"),
        ("tel:+1-201-555-0123;ext=5", "sip:+12015550123@portico.test;user=phone"),
        ("carl@other.test", "sip:carl@other.test"),
        ("sip:carl@other.test?Subject=hi", "sip:carl@other.test"),
    ] {
        let mut world = World::ready();
        world.command(0, Command::Call { call: CALL, target: target.to_owned(), video: false });
        world.run(200);
        let Some(Event::Incoming { to, .. }) = world.desks[1].events.iter().find(|e| matches!(e, Event::Incoming { .. })) else {
            panic!("{target} does not ring")
        };
        assert_eq!(to.uri, uri, "{target}");
    }
}

#[test]
fn endless_challenges_of_a_call_end_after_two_tries_with_their_status() {
    for (status, name) in [(401, HeaderName::WwwAuthenticate), (407, HeaderName::ProxyAuthenticate)] {
        let mut world = World::ready();
        world.lose = Box::new(|desk, line| desk == 0 && line == "INVITE");
        dial(&mut world, false);
        for nonce in 0..10 {
            let invite = world.invites(0).pop().expect("sent");
            let mut response = invite.reply(status, "Who are you");
            response.set(HeaderName::To, "<sip:bob@portico.test>;tag=c");
            // Another nonce each time, and never stale.
            response.push(name, format!("Digest realm=\"portico.test\", nonce=\"{nonce}\", qop=\"auth\", algorithm=SHA-512-256"));
            world.inject(0, &response.to_bytes());
        }
        assert_eq!(world.invites(0).len(), 3, "one without and two with credentials");
        let events = world.desks[0].calls();
        assert!(events.last().is_some_and(|e| e.starts_with(&format!("Ended Rejected {{ status: {status}"))), "{events:?}");
    }
}

#[test]
fn credentials_that_were_known_before_use_up_no_try() {
    let mut world = World::ready();
    world.lose = Box::new(|desk, line| desk == 0 && line == "INVITE");
    let refuse = |world: &mut World, status: u16, nonce: &str| {
        let invite = world.invites(0).pop().expect("sent");
        let mut response = invite.reply(status, "No");
        response.set(HeaderName::To, "<sip:bob@portico.test>;tag=c");
        response.push(HeaderName::ProxyAuthenticate, format!("Digest realm=\"portico.test\", nonce=\"{nonce}\", qop=\"auth\""));
        world.inject(0, &response.to_bytes());
    };
    dial(&mut world, false);
    refuse(&mut world, 407, "a");
    refuse(&mut world, 486, "a");
    let before = world.invites(0).len();
    world.command(0, Command::Call { call: sip_ws::io::CallId(2), target: "bob".to_owned(), video: false });
    world.run(200);
    assert!(world.invites(0).pop().expect("sent").header(HeaderName::ProxyAuthorization).is_some(), "no challenge was needed for these");
    // Two proxies on the way, neither of which takes them.
    for nonce in ["b", "c", "d"] {
        refuse(&mut world, 407, nonce);
    }
    assert_eq!(world.invites(0).len() - before, 3);
}

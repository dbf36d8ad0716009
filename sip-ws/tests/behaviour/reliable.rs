//! Reliable provisional responses (RFC 3262): PRACK when the peer asks for it, in both roles.

use crate::support::desk::{IN, World};
use crate::support::pair::{From, Pair, invite, sdp};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{EndpointConfig, EndpointEvent, SessionError, SessionId};
use sip_ws::io::Command;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn config() -> EndpointConfig {
    let mut config = EndpointConfig::default();
    config.supported.push("100rel".to_owned());
    config.allow.push(Method::Prack);
    config
}

/// A calls B and requires reliable responses.
fn ring(pair: &mut Pair) -> (SessionId, SessionId) {
    let mut message = invite();
    message.push(HeaderName::Require, "100rel");
    let a = pair.a.ep.invite(pair.now, pair.a.flow, message);
    pair.run(100);
    (a, pair.b.incoming())
}

#[test]
fn each_response_is_confirmed_and_the_next_one_waits_for_it() {
    let mut pair = Pair::with(true, config(), config());
    let (_, b) = ring(&mut pair);
    pair.b.ep.progress(pair.now, b, 180, "Ringing", &[], None).expect("ringing");
    assert_eq!(pair.b.ep.progress(pair.now, b, 183, "Session Progress", &[], None), Err(SessionError::Busy), "not before its PRACK");
    pair.run(100);
    pair.b.ep.progress(pair.now, b, 183, "Session Progress", &[], Some(sdp("b1"))).expect("confirmed meanwhile");
    pair.run(100);
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], None).expect("ringing");
    pair.run(100);
    let numbers: Vec<u32> = pair
        .a
        .events
        .iter()
        .filter_map(|event| match event {
            EndpointEvent::Provisional { message, .. } => message.rseq().ok().flatten(),
            _ => None,
        })
        .collect();
    assert_eq!(numbers[1], numbers[0] + 1);
    assert_eq!(pair.a.names(), ["Provisional 180", "Provisional 183", "Accepted"]);
    assert_eq!(
        pair.transcript()[2..],
        ["B>A 180 INVITE", "A>B PRACK", "B>A 200 PRACK", "B>A 183 INVITE", "A>B PRACK", "B>A 200 PRACK", "B>A 200 INVITE", "A>B ACK"]
    );
    pair.run(40_000);
    assert_eq!(pair.a.ep.load().0 + pair.b.ep.load().0, 0);
}

#[test]
fn it_is_repeated_until_its_prack_comes_and_repeats_are_no_news() {
    let mut pair = Pair::with(true, config(), config());
    let (_, b) = ring(&mut pair);
    let mut pracks = 0;
    pair.lose = Box::new(move |_, line| {
        pracks += u32::from(line == "PRACK");
        line == "PRACK" && pracks <= 1
    });
    pair.trace.clear();
    pair.b.ep.progress(pair.now, b, 180, "Ringing", &[], None).expect("ringing");
    // On WebSocket a PRACK is sent once: what is lost with a flow shows as a missing confirmation.
    pair.run(40_000);
    let sent: Vec<&str> = pair.trace.iter().filter(|l| l.contains("180 INVITE")).map(|l| l.split(' ').next().expect("time")).collect();
    assert_eq!(sent[..4], ["100", "600", "1600", "3600"]);
    assert_eq!(pair.a.names().iter().filter(|n| *n == "Provisional 180").count(), 1);
}

#[test]
fn without_any_prack_the_call_is_refused() {
    let mut pair = Pair::with(false, config(), config());
    let (_, b) = ring(&mut pair);
    pair.lose = Box::new(|_, line| line == "PRACK");
    pair.b.ep.progress(pair.now, b, 180, "Ringing", &[], None).expect("ringing");
    pair.run(32_100);
    assert_eq!(pair.b.names(), ["Ended NoAck"]);
    assert_eq!(pair.a.names(), ["Provisional 180", "Rejected 504"]);
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn a_prack_for_nothing_is_refused() {
    let mut pair = Pair::with(true, config(), config());
    let (a, b) = ring(&mut pair);
    pair.b.ep.progress(pair.now, b, 180, "Ringing", &[], None).expect("ringing");
    pair.run(100);
    for rack in ["1 1 INVITE", "garbage"] {
        pair.trace.clear();
        pair.a.ep.in_dialog(pair.now, a, Method::Prack, &[("RAck", rack)], None).expect("early dialog");
        pair.run(100);
        assert_eq!(pair.transcript(), ["A>B PRACK", "B>A 481 PRACK"]);
    }
    assert_eq!(pair.b.names(), [""; 0], "the call rings on");
}

#[test]
fn the_answer_waits_while_a_description_is_not_confirmed() {
    let mut pair = Pair::with(true, config(), config());
    let (_, b) = ring(&mut pair);
    pair.b.ep.progress(pair.now, b, 183, "Session Progress", &[], Some(sdp("b1"))).expect("ringing");
    assert_eq!(pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], None), Err(SessionError::Busy));
    pair.run(100);
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], None).expect("confirmed");
    pair.run(100);
    assert_eq!(pair.a.names(), ["Provisional 183", "Accepted"]);
}

#[test]
fn a_prack_after_the_answer_is_taken_and_nothing_is_repeated_for_it() {
    for lost in [false, true] {
        let mut pair = Pair::with(true, config(), config());
        let (a, b) = ring(&mut pair);
        pair.lose = Box::new(move |_, line| lost && line == "PRACK");
        pair.trace.clear();
        pair.b.ep.progress(pair.now, b, 180, "Ringing", &[], None).expect("ringing");
        pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], Some(sdp("b1"))).expect("nothing of a description waits");
        pair.run(40_000);
        let expected: &[&str] = if lost {
            &["B>A 180 INVITE", "B>A 200 INVITE", "AxB PRACK", "A>B ACK"]
        } else {
            &["B>A 180 INVITE", "B>A 200 INVITE", "A>B PRACK", "A>B ACK", "B>A 200 PRACK"]
        };
        assert_eq!(pair.transcript(), expected);
        pair.a.ep.hang_up(pair.now, a, &[]);
        pair.run(40_000);
        pair.assert_at_rest();
    }
}

#[test]
fn an_offer_in_a_reliable_response_is_answered_in_its_prack() {
    let mut pair = Pair::with(true, config(), config());
    let mut message = invite();
    message.clear_body();
    message.push(HeaderName::Require, "100rel");
    let a = pair.a.ep.invite(pair.now, pair.a.flow, message);
    pair.run(100);
    let b = pair.b.incoming();
    pair.b.ep.progress(pair.now, b, 183, "Session Progress", &[], Some(sdp("offer"))).expect("ringing");
    pair.run(100);
    assert_eq!(pair.a.names(), ["Provisional 183"]);
    pair.a.ep.prack(pair.now, a, Some(sdp("answer"))).expect("due");
    assert_eq!(pair.a.ep.prack(pair.now, a, None), Err(SessionError::State), "once");
    pair.run(100);
    let Some(EndpointEvent::InDialog { txn, message, .. }) = pair.b.events.pop_front() else { panic!("the answer reaches the owner") };
    assert!(String::from_utf8_lossy(message.body()).contains("s=answer"));
    pair.b.ep.respond(pair.now, txn, Message::response(200, "OK"));
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], None).expect("ringing");
    pair.run(100);
    assert_eq!(pair.a.names(), ["Accepted"]);
}

#[test]
fn who_does_not_know_it_refuses_and_never_confirms() {
    let mut pair = Pair::with(true, config(), EndpointConfig::default());
    let mut message = invite();
    message.push(HeaderName::Require, "100rel");
    pair.a.ep.invite(pair.now, pair.a.flow, message);
    pair.run(100);
    assert_eq!(pair.a.names(), ["Rejected 420"]);
    // Nobody asked for it: plain responses.
    let mut pair = Pair::with(true, config(), config());
    let (_, b) = pair.ring();
    pair.b.ep.progress(pair.now, b, 180, "Ringing", &[], None).expect("ringing");
    pair.run(100);
    assert!(pair.trace.iter().all(|l| !l.contains("PRACK")));
}

#[test]
fn a_response_out_of_order_is_not_confirmed() {
    let mut pair = Pair::with(true, config(), config());
    let (_, b) = ring(&mut pair);
    pair.b.ep.progress(pair.now, b, 180, "Ringing", &[], None).expect("ringing");
    pair.run(100);
    pair.a.events.clear();
    // The second one is lost for good; the third comes out of order.
    pair.lose = Box::new(|from, line| from == From::B && line == "183 INVITE");
    pair.b.ep.progress(pair.now, b, 183, "Session Progress", &[], None).expect("confirmed");
    pair.run(50);
    assert_eq!(pair.a.names(), [""; 0]);
    pair.lose = Box::new(|_, _| false);
    pair.run(600);
    assert_eq!(pair.a.names(), ["Provisional 183"], "repeated, and then in order");
}

#[test]
fn an_agent_confirms_what_its_peer_wants_confirmed_and_rings_reliably_where_asked() {
    let mut world = World::ready();
    let text = "INVITE sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKrel\r\nMax-Forwards: 70\r\n\
        From: <sip:eve@portico.test>;tag=e\r\nTo: <sip:bob@portico.test>\r\nCall-ID: rel\r\nCSeq: 1 INVITE\r\n\
        Contact: <sip:eve@h.invalid>\r\nRequire: 100rel\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=fingerprint:sha-256 EE\r\n";
    world.inject(1, text.as_bytes());
    let ringing = world.last_frame(1).expect("180");
    assert_eq!((ringing.status(), ringing.has_token(HeaderName::Require, "100rel")), (Some(180), true));
    let rseq = ringing.rseq().expect("valid").expect("numbered");
    let mut prack = Message::request(Method::Prack, "sip:bob@portico.test");
    for (name, value) in [
        (HeaderName::Via, "SIP/2.0/WSS h.invalid;branch=z9hG4bKprack".to_owned()),
        (HeaderName::From, "<sip:eve@portico.test>;tag=e".to_owned()),
        (HeaderName::To, ringing.header_str(HeaderName::To).expect("tagged").to_owned()),
        (HeaderName::CallId, "rel".to_owned()),
        (HeaderName::CSeq, "2 PRACK".to_owned()),
        (HeaderName::RAck, format!("{rseq} 1 INVITE")),
    ] {
        prack.push(name, value);
    }
    world.inject(1, &prack.to_bytes());
    assert_eq!(world.last_frame(1).and_then(|m| m.status()), Some(200));
    world.trace.clear();
    world.run(5_000);
    assert_eq!(world.transcript(), [""; 0], "confirmed, so not repeated");
    world.command(1, Command::Answer { call: IN, video: false });
    assert_eq!(world.desks[1].calls(), ["Incoming eve", "Answered"]);
}

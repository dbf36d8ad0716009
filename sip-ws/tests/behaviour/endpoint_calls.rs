//! Sessions between two endpoints: set-up, refusal, cancelling, hanging up, and what loss does to each.

use crate::support::pair::{From, Pair, sdp};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_call_from_ring_to_bye() {
    let mut pair = Pair::new();
    let (a, b) = pair.ring();
    pair.b.ep.progress(pair.now, b, 180, "Ringing", &[], None).expect("ringing");
    pair.run(100);
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], Some(sdp("b1"))).expect("ringing");
    pair.run(100);
    assert_eq!(pair.a.names(), ["Provisional 180", "Accepted"]);
    assert_eq!(pair.b.names(), ["Confirmed"]);
    pair.a.ep.hang_up(pair.now, a, &[("Reason", "Q.850;cause=16")]);
    pair.run(100);
    assert_eq!(pair.a.names(), ["Ended Local"]);
    assert_eq!(pair.b.names(), ["Ended Bye"]);
    assert_eq!(
        pair.transcript(),
        ["A>B INVITE", "B>A 100 INVITE", "B>A 180 INVITE", "B>A 200 INVITE", "A>B ACK", "A>B BYE", "B>A 200 BYE"]
    );
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn the_2xx_is_repeated_on_a_reliable_transport_too_until_its_ack_comes() {
    let mut pair = Pair::new();
    let (_, b) = pair.ring();
    pair.trace.clear();
    let mut acks = 0;
    pair.lose = Box::new(move |_, line| {
        acks += u32::from(line == "ACK");
        line == "ACK" && acks <= 3
    });
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], Some(sdp("b1"))).expect("ringing");
    pair.run(20_000);
    let sent: Vec<&str> = pair.trace.iter().filter(|l| l.contains("200 INVITE")).map(|l| l.split(' ').next().expect("time")).collect();
    assert_eq!(sent, ["100", "600", "1600", "3600"]);
    assert_eq!(pair.b.names(), ["Confirmed"]);
    assert_eq!(pair.a.names(), ["Accepted"], "repeated ones are no news");
}

#[test]
fn without_any_ack_the_callee_ends_the_call_after_64_t1() {
    let mut pair = Pair::new();
    let (_, b) = pair.ring();
    pair.lose = Box::new(|_, line| line == "ACK");
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], Some(sdp("b1"))).expect("ringing");
    pair.run(31_999);
    assert_eq!(pair.b.names(), [""; 0]);
    pair.run(200);
    assert_eq!(pair.b.names(), ["Ended NoAck"]);
    assert_eq!(pair.a.names(), ["Accepted", "Ended Bye"]);
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn refusal_reaches_the_caller_once_even_when_the_ack_is_lost() {
    let mut pair = Pair::unreliable();
    let (_, b) = pair.ring();
    let mut acks = 0;
    pair.lose = Box::new(move |_, line| {
        acks += u32::from(line == "ACK");
        line == "ACK" && acks == 1
    });
    pair.b.ep.reject(pair.now, b, 486, "Busy Here", &[]).expect("ringing");
    pair.run(1_000);
    assert_eq!(pair.a.names(), ["Rejected 486"]);
    assert_eq!(pair.b.names(), ["Ended Local"]);
    assert_eq!(pair.transcript()[2..], ["B>A 486 INVITE", "AxB ACK", "B>A 486 INVITE", "A>B ACK"]);
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut pair = Pair::new();
    pair.lose = Box::new(|from, line| from == From::B && line == "100 INVITE");
    let (a, b) = pair.ring();
    pair.a.ep.hang_up(pair.now, a, &[("Reason", "SIP;cause=200;text=\"elsewhere\"")]);
    pair.run(1_000);
    assert_eq!(pair.transcript(), ["A>B INVITE", "BxA 100 INVITE"]);
    pair.b.ep.progress(pair.now, b, 180, "Ringing", &[], None).expect("ringing");
    pair.run(1_000);
    assert_eq!(pair.transcript(), ["B>A 180 INVITE", "A>B CANCEL", "B>A 200 CANCEL", "B>A 487 INVITE", "A>B ACK"]);
    assert_eq!(pair.a.names(), ["Ended Local"]);
    assert_eq!(pair.b.names(), ["Ended Cancel"]);
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn a_2xx_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut pair = Pair::new();
    let (a, b) = pair.ring();
    pair.trace.clear();
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], Some(sdp("b1"))).expect("ringing");
    pair.a.ep.hang_up(pair.now, a, &[]);
    pair.run(1_000);
    assert_eq!(pair.a.names(), ["Ended Local"]);
    assert_eq!(pair.b.names(), ["Confirmed", "Ended Bye"]);
    let transcript = pair.transcript();
    assert!(transcript.contains(&"B>A 200 CANCEL".to_owned()), "{transcript:?}");
    assert!(transcript.contains(&"A>B BYE".to_owned()), "{transcript:?}");
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn callee_that_hangs_up_waits_for_the_ack() {
    let mut pair = Pair::new();
    let (_, b) = pair.ring();
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], Some(sdp("b1"))).expect("ringing");
    pair.b.ep.hang_up(pair.now, b, &[]);
    pair.run(1_000);
    assert_eq!(pair.transcript()[2..], ["B>A 200 INVITE", "A>B ACK", "B>A BYE", "A>B 200 BYE"]);
    assert_eq!(pair.b.names(), ["Confirmed", "Ended Local"]);
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn both_hang_up_at_once() {
    let mut pair = Pair::new();
    let (a, b) = pair.call();
    pair.a.ep.hang_up(pair.now, a, &[]);
    pair.b.ep.hang_up(pair.now, b, &[]);
    pair.run(1_000);
    assert_eq!(pair.a.names(), ["Ended Local"]);
    assert_eq!(pair.b.names(), ["Ended Local"]);
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn lost_bye_is_repeated_or_given_up_but_the_session_ends() {
    let mut pair = Pair::unreliable();
    let (a, _) = pair.call();
    pair.lose = Box::new(|from, line| from == From::A && line == "BYE");
    pair.a.ep.hang_up(pair.now, a, &[]);
    pair.run(31_999);
    assert_eq!(pair.a.names(), [""; 0]);
    pair.run(1);
    assert_eq!(pair.a.names(), ["Ended Local"]);
}

#[test]
fn an_invite_without_any_answer_fails_after_b() {
    let mut pair = Pair::new();
    pair.lose = Box::new(|_, _| true);
    pair.a.ep.invite(pair.now, pair.a.flow, crate::support::pair::invite());
    pair.run(31_999);
    assert_eq!(pair.a.names(), [""; 0]);
    pair.run(1);
    assert_eq!(pair.a.names(), ["Failed Timeout"]);
    pair.assert_at_rest();
}

#[test]
fn session_id_has_both_halves_on_every_message_of_a_call() {
    let mut pair = Pair::new();
    let (a, b) = pair.call();
    let (a_local, a_remote) = pair.a.ep.session_id(a).expect("exists");
    let (b_local, b_remote) = pair.b.ep.session_id(b).expect("exists");
    assert_eq!((a_local, a_remote), (b_remote, b_local));
    assert_eq!(a_local.len(), 32);
    assert_ne!(a_local, b_local);
}

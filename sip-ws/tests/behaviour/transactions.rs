//! Every timer of RFC 3261 section 17 and RFC 6026 fires at its millisecond, and not where the transport is reliable.

use sip_ws::io::Millis;
use sip_ws::transaction::{ClientInvite, ClientOther, Effects, ServerInvite, ServerOther};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ZERO: Millis = Millis(0);
const SEND: Effects = Effects { send: true, ack: false, pass: false, failed: false };
const PASS: Effects = Effects { send: false, ack: false, pass: true, failed: false };
const ACK: Effects = Effects { send: false, ack: true, pass: false, failed: false };
const ACK_PASS: Effects = Effects { send: false, ack: true, pass: true, failed: false };
const FAILED: Effects = Effects { send: false, ack: false, pass: false, failed: true };
const NOTHING: Effects = Effects { send: false, ack: false, pass: false, failed: false };

/// Jumps from deadline to deadline: when, and what happened.
fn play(mut deadline: impl FnMut() -> Option<Millis>, mut timeout: impl FnMut(Millis) -> Effects) -> Vec<(u64, Effects)> {
    let mut seen = Vec::new();
    while let Some(at) = deadline() {
        assert_eq!(timeout(Millis(at.0 - 1)), NOTHING, "nothing happens before {at:?}");
        seen.push((at.0, timeout(at)));
        assert!(seen.len() < 100, "it never ends: {seen:?}");
    }
    seen
}

macro_rules! play {
    ($machine:ident) => {{
        let machine = std::cell::RefCell::new(&mut $machine);
        play(|| machine.borrow().deadline(), |now| machine.borrow_mut().on_timeout(now))
    }};
}

#[test]
fn invite_is_repeated_by_a_and_given_up_by_b() {
    let mut machine = ClientInvite::new(ZERO, false);
    let sends = [500, 1_500, 3_500, 7_500, 15_500, 31_500].map(|at| (at, SEND));
    let mut expected = sends.to_vec();
    expected.push((32_000, FAILED));
    assert_eq!(play!(machine), expected);
}

#[test]
fn invite_is_not_repeated_on_a_reliable_transport() {
    let mut machine = ClientInvite::new(ZERO, true);
    assert_eq!(play!(machine), [(32_000, FAILED)]);
}

#[test]
fn provisional_response_stops_a_and_b_and_c_counts_from_the_last_one() {
    let mut machine = ClientInvite::new(ZERO, false);
    assert_eq!(machine.on_response(Millis(100), 100), PASS);
    assert_eq!(machine.on_response(Millis(60_000), 180), PASS);
    assert_eq!(play!(machine), [(250_000, FAILED)]);
}

#[test]
fn refusal_is_acknowledged_again_during_d() {
    let mut machine = ClientInvite::new(ZERO, false);
    assert_eq!(machine.on_response(Millis(100), 486), ACK_PASS);
    assert_eq!(machine.on_response(Millis(600), 486), ACK);
    assert_eq!(machine.on_response(Millis(700), 180), NOTHING);
    assert_eq!(play!(machine), [(32_100, NOTHING)]);
    assert!(machine.is_terminated());
}

#[test]
fn d_is_zero_on_a_reliable_transport() {
    let mut machine = ClientInvite::new(ZERO, true);
    assert_eq!(machine.on_response(Millis(100), 486), ACK_PASS);
    assert!(machine.is_terminated());
}

#[test]
fn every_2xx_reaches_the_core_during_m_and_a_late_180_does_not() {
    let mut machine = ClientInvite::new(ZERO, true);
    assert_eq!(machine.on_response(Millis(100), 200), PASS);
    assert_eq!(machine.on_response(Millis(110), 180), NOTHING);
    assert_eq!(machine.on_response(Millis(5_000), 200), PASS);
    assert_eq!(machine.on_response(Millis(5_001), 486), NOTHING);
    assert_eq!(play!(machine), [(32_100, NOTHING)]);
    assert!(machine.is_terminated());
}

#[test]
fn cancelled_invite_has_64_t1_left() {
    let mut machine = ClientInvite::new(ZERO, true);
    machine.on_response(Millis(100), 180);
    machine.on_cancelled(Millis(10_000));
    machine.on_response(Millis(40_000), 180);
    assert_eq!(play!(machine), [(42_000, FAILED)]);
}

#[test]
fn request_is_repeated_by_e_up_to_t2_and_given_up_by_f() {
    let mut machine = ClientOther::new(ZERO, false);
    let mut expected = [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map(|at| (at, SEND)).to_vec();
    expected.push((32_000, FAILED));
    assert_eq!(play!(machine), expected);
}

#[test]
fn provisional_response_to_a_request_sets_e_to_t2_and_leaves_f() {
    let mut machine = ClientOther::new(ZERO, false);
    assert_eq!(machine.on_response(Millis(100), 100), PASS);
    let mut expected = [4_100, 8_100, 12_100, 16_100, 20_100, 24_100, 28_100].map(|at| (at, SEND)).to_vec();
    expected.push((32_000, FAILED));
    assert_eq!(play!(machine), expected);
}

#[test]
fn final_response_is_absorbed_during_k() {
    let mut machine = ClientOther::new(ZERO, false);
    assert_eq!(machine.on_response(Millis(100), 200), PASS);
    assert_eq!(machine.on_response(Millis(200), 200), NOTHING);
    assert_eq!(play!(machine), [(5_100, NOTHING)]);
    assert!(machine.is_terminated());
    let mut machine = ClientOther::new(ZERO, true);
    machine.on_response(Millis(100), 200);
    assert!(machine.is_terminated(), "K is 0 on a reliable transport");
}

#[test]
fn refusal_of_an_invite_is_repeated_by_g_until_h() {
    let mut machine = ServerInvite::new(false);
    assert_eq!(machine.on_respond(ZERO, 486), SEND);
    let mut expected = [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map(|at| (at, SEND)).to_vec();
    expected.push((32_000, FAILED));
    assert_eq!(play!(machine), expected);
    let mut machine = ServerInvite::new(true);
    machine.on_respond(ZERO, 486);
    assert_eq!(play!(machine), [(32_000, FAILED)], "H runs on both");
}

#[test]
fn ack_stops_g_and_repeated_acks_are_absorbed_during_i() {
    let mut machine = ServerInvite::new(false);
    machine.on_respond(ZERO, 486);
    assert_eq!(machine.on_ack(Millis(700)), NOTHING);
    assert_eq!(machine.on_ack(Millis(800)), NOTHING);
    assert_eq!(machine.on_request(), NOTHING);
    assert_eq!(play!(machine), [(5_700, NOTHING)]);
    let mut machine = ServerInvite::new(true);
    machine.on_respond(ZERO, 486);
    machine.on_ack(Millis(700));
    assert!(machine.is_terminated(), "I is 0 on a reliable transport");
}

#[test]
fn repeated_invite_gets_the_last_response_and_after_a_2xx_nothing_during_l() {
    let mut machine = ServerInvite::new(false);
    assert_eq!(machine.on_respond(ZERO, 180), SEND);
    assert_eq!(machine.on_request(), SEND);
    assert_eq!(machine.deadline(), None, "a ringing phone has no transaction timer");
    assert_eq!(machine.on_respond(Millis(100), 200), SEND);
    assert_eq!(machine.on_request(), NOTHING);
    assert_eq!(machine.on_respond(Millis(600), 200), SEND, "the core repeats its 2xx");
    assert_eq!(machine.on_respond(Millis(601), 486), NOTHING, "and cannot change its mind");
    assert_eq!(machine.on_ack(Millis(700)), PASS);
    assert_eq!(play!(machine), [(32_100, NOTHING)]);
}

#[test]
fn repeated_request_is_answered_again_during_j() {
    let mut machine = ServerOther::new(false);
    assert_eq!(machine.on_request(), NOTHING, "nothing to repeat yet");
    assert_eq!(machine.on_respond(ZERO, 100), SEND);
    assert_eq!(machine.on_request(), SEND);
    assert_eq!(machine.on_respond(Millis(10), 200), SEND);
    assert_eq!(machine.on_request(), SEND);
    assert_eq!(machine.on_respond(Millis(20), 500), NOTHING, "one final response");
    assert_eq!(play!(machine), [(32_010, NOTHING)]);
    let mut machine = ServerOther::new(true);
    machine.on_respond(ZERO, 200);
    assert!(machine.is_terminated(), "J is 0 on a reliable transport");
}

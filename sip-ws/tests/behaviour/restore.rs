//! Sessions across lost flows and restarts: what is stored is enough, and the old process may have used numbers since.

use crate::support::pair::{Pair, flow_config, name, sdp};
use sip_ws::codec::{HeaderName, Method};
use sip_ws::endpoint::{Endpoint, EndpointConfig, EndpointEvent, Output, RESTORE_CSEQ_GAP, SessionError, SessionId, StoredDialog};
use sip_ws::io::{FlowId, Millis};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A's endpoint dies and comes back with what it stored.
fn restart(pair: &mut Pair, stored: StoredDialog) -> SessionId {
    let mut ep = Endpoint::new(EndpointConfig::default(), [77; 32]);
    let session = ep.restore(pair.now, None, stored).expect("restores");
    pair.b.ep.flow_lost(pair.now, pair.b.flow);
    pair.a.ep = ep;
    pair.join();
    pair.a.events.clear();
    session
}

#[test]
fn after_a_restart_either_side_can_hang_up() {
    for caller_stores in [true, false] {
        for hangs_up in ["restarted", "other"] {
            let mut pair = Pair::new();
            let (a, b) = pair.call();
            if !caller_stores {
                std::mem::swap(&mut pair.a, &mut pair.b);
            }
            let (mine, theirs) = if caller_stores { (a, b) } else { (b, a) };
            let stored = pair.a.ep.snapshot(mine).expect("established");
            let restored = restart(&mut pair, stored);
            pair.a.ep.set_flow(pair.now, restored, pair.a.flow);
            pair.b.ep.set_flow(pair.now, theirs, pair.b.flow);
            if hangs_up == "restarted" {
                pair.a.ep.hang_up(pair.now, restored, &[]);
            } else {
                pair.b.ep.hang_up(pair.now, theirs, &[]);
            }
            pair.run(1_000);
            let (first, second) = if hangs_up == "restarted" { ("Ended Local", "Ended Bye") } else { ("Ended Bye", "Ended Local") };
            assert_eq!(pair.a.names(), [first], "caller stores: {caller_stores}, {hangs_up} hangs up");
            assert_eq!(pair.b.names(), [second], "caller stores: {caller_stores}, {hangs_up} hangs up");
        }
    }
}

#[test]
fn a_number_that_was_used_after_the_last_store_does_no_harm() {
    let mut pair = Pair::new();
    let (a, b) = pair.call();
    let stored = pair.a.ep.snapshot(a).expect("established");
    for _ in 0..5 {
        pair.a.ep.in_dialog(pair.now, a, Method::Info, &[], None).expect("established");
        pair.run(50);
    }
    pair.b.events.clear();
    let before = stored.dialog.local_cseq;
    let restored = restart(&mut pair, stored);
    pair.a.ep.set_flow(pair.now, restored, pair.a.flow);
    pair.b.ep.set_flow(pair.now, b, pair.b.flow);
    pair.a.ep.reinvite(pair.now, restored, &[], Some(sdp("a2"))).expect("established");
    pair.run(50);
    assert_eq!(pair.b.names(), ["Reoffer"]);
    pair.b.ep.answer_reinvite(pair.now, b, 200, "OK", &[], Some(sdp("b2"))).expect("open");
    pair.run(50);
    assert_eq!(pair.a.names(), ["ReofferAnswered"]);
    assert!(pair.a.ep.dialog(restored).expect("established").local_cseq > before + RESTORE_CSEQ_GAP);
}

#[test]
fn each_change_is_told_before_the_message_that_uses_it() {
    let mut pair = Pair::new();
    let (a, _) = pair.call();
    pair.a.ep.in_dialog(pair.now, a, Method::Info, &[], None).expect("established");
    let mut order = Vec::new();
    loop {
        match pair.a.ep.poll() {
            Output::Event(event) => order.push(name(&event)),
            Output::Transmit { bytes, .. } => order.push(crate::support::transcript::line(&bytes)),
            Output::Wait(_) => break,
        }
    }
    assert_eq!(order, ["Changed", "INFO"]);
    let number = pair.a.ep.snapshot(a).expect("established").dialog.local_cseq;
    assert_eq!(number, 2);
}

#[test]
fn a_callee_can_be_stored_before_its_2xx_leaves() {
    let mut pair = Pair::new();
    let (_, b) = pair.ring();
    pair.b.ep.set_contact(b, "<sip:b@b.invalid;transport=ws>");
    let before = pair.b.ep.snapshot(b).expect("the dialog is known");
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid;transport=ws>", &[], Some(sdp("b1"))).expect("ringing");
    pair.run(100);
    let mut after = pair.b.ep.snapshot(b).expect("established");
    after.session_id_remote.clone_from(&before.session_id_remote);
    assert_eq!(before, after);
    assert_eq!(before.dialog.contact, "<sip:b@b.invalid;transport=ws>");
}

#[test]
fn a_lost_flow_ends_no_session_and_holds_what_cannot_be_said() {
    let mut pair = Pair::new();
    let (a, b) = pair.call();
    pair.a.ep.reinvite(pair.now, a, &[], Some(sdp("a2"))).expect("established");
    let info = pair.a.ep.in_dialog(pair.now, a, Method::Info, &[], None).expect("established");
    pair.cut();
    let names = pair.a.names();
    assert_eq!(names, ["ReofferRejected FlowLost", "RequestFailed FlowLost"], "{info:?}");
    assert_eq!(pair.a.ep.reinvite(pair.now, a, &[], Some(sdp("a2"))), Err(SessionError::NoFlow));
    assert_eq!(pair.a.ep.in_dialog(pair.now, a, Method::Info, &[], None), Err(SessionError::NoFlow));
    pair.a.ep.hang_up(pair.now, a, &[]);
    pair.run(100_000);
    assert_eq!(pair.a.names(), [""; 0], "the BYE waits");
    pair.join();
    pair.a.ep.set_flow(pair.now, a, pair.a.flow);
    pair.b.ep.set_flow(pair.now, b, pair.b.flow);
    pair.run(100);
    assert_eq!(pair.a.names(), ["Ended Local"]);
    assert_eq!(pair.b.names(), ["Ended Bye"]);
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn an_impatient_owner_hears_at_once_that_its_invite_is_lost() {
    let mut pair = Pair::new();
    pair.ring();
    pair.cut();
    assert_eq!(pair.a.names(), ["Failed FlowLost"]);
    assert_eq!(pair.b.names(), [""; 0], "the callee may still be reached by another flow");
}

#[test]
fn a_2xx_goes_on_over_the_next_flow_until_its_ack() {
    let mut pair = Pair::with(true, EndpointConfig { patient: true, ..EndpointConfig::default() }, EndpointConfig::default());
    let (a, b) = pair.ring();
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], Some(sdp("b1"))).expect("ringing");
    pair.cut();
    pair.run(5_000);
    assert_eq!(pair.a.names(), [""; 0]);
    pair.join();
    pair.b.ep.set_flow(pair.now, b, pair.b.flow);
    pair.a.ep.set_flow(pair.now, a, pair.a.flow);
    pair.run(100);
    assert_eq!(pair.a.names(), ["Accepted"]);
    assert_eq!(pair.b.names(), ["Confirmed"]);
}

#[test]
fn forgotten_means_forgotten() {
    let mut pair = Pair::new();
    let (a, _) = pair.call();
    pair.a.ep.in_dialog(pair.now, a, Method::Info, &[], None).expect("established");
    pair.a.ep.forget(a);
    pair.run(100);
    assert_eq!(pair.a.names(), ["Changed"; 0]);
    assert_eq!(pair.a.ep.load(), (0, 0, 0));
}

#[test]
fn what_cannot_be_restored_is_refused() {
    let mut pair = Pair::new();
    let (a, _) = pair.call();
    let stored = pair.a.ep.snapshot(a).expect("established");
    assert_eq!(pair.a.ep.restore(pair.now, None, stored.clone()), Err(SessionError::State), "it is there already");
    let mut ep = Endpoint::new(EndpointConfig::default(), [1; 32]);
    assert_eq!(ep.restore(pair.now, None, StoredDialog { version: 99, ..stored }), Err(SessionError::State));
}

#[test]
fn requests_outside_of_sessions_fail_with_their_flow() {
    let mut pair = Pair::new();
    let mut message = sip_ws::codec::Message::request(Method::Options, "sip:b@b.invalid");
    message.push(HeaderName::From, "<sip:a@a.invalid>");
    message.push(HeaderName::To, "<sip:b@b.invalid>");
    pair.lose = Box::new(|_, _| true);
    pair.a.ep.request(pair.now, pair.a.flow, message.clone());
    pair.run(10);
    pair.cut();
    assert_eq!(pair.a.names(), ["RequestFailed FlowLost"]);
    pair.a.ep.request(Millis(pair.now.0), FlowId(99), message);
    pair.run(0);
    assert_eq!(pair.a.names(), ["RequestFailed FlowLost"], "no such flow");
    pair.a.ep.flow_opened(pair.now, FlowId(50), flow_config("a", true));
    assert_eq!(pair.a.ep.load(), (0, 0, 0));
    assert!(!matches!(pair.a.events.front(), Some(EndpointEvent::Response { .. })));
}

//! Whom an incoming call was for before it was sent on to us (RFC 7044).

use crate::support::desk::World;
use sip_ws::io::{Event, Peer};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ASSERTED: &str = "P-Asserted-Identity: <sip:boss@portico.test>";
const SENT_ON: &str =
    "History-Info: \"Sales\" <sip:sales@portico.test?Reason=SIP%3Bcause%3D302>;index=1, <sip:bob@portico.test>;index=1.1;mp=1";

/// What the event says of it.
fn first_for(lines: &[&str]) -> Option<Peer> {
    let mut world = World::ready();
    let mut text = "INVITE sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKhistory\r\nMax-Forwards: 70\r\n\
        From: <sip:boss@portico.test>;tag=e\r\nTo: <sip:bob@portico.test>\r\nCall-ID: history\r\nCSeq: 1 INVITE\r\n\
        Contact: <sip:boss@h.invalid>\r\n"
        .to_owned();
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("Content-Length: 0\r\n\r\n");
    world.inject(1, text.as_bytes());
    let told = world.desks[1].events.pop_front();
    let Some(Event::Incoming { first_for, .. }) = told else { panic!("it rings in any case: {lines:?} {told:?}") };
    first_for.map(|peer| *peer)
}

#[test]
fn the_first_entry_says_whom_a_call_was_for() {
    let sales = first_for(&[ASSERTED, SENT_ON]).expect("told");
    assert_eq!((sales.uri.as_str(), sales.user.as_str(), sales.display.as_deref()), ("sip:sales@portico.test", "sales", Some("Sales")));
    assert!(sales.asserted);
    let later = ["History-Info: <sip:bob@portico.test>;index=1.1", "History-Info: <sip:desk@PORTICO.test>;index=1"];
    assert_eq!(first_for(&[ASSERTED, later[0], later[1]]).map(|peer| peer.user), Some("desk".to_owned()), "by number, not by place");
}

#[test]
fn it_is_told_only_where_our_own_server_vouches_for_it() {
    assert_eq!(first_for(&[SENT_ON]), None, "a caller says so");
    assert_eq!(first_for(&["P-Preferred-Identity: <sip:boss@portico.test>", SENT_ON]), None);
    for of_others in ["<sip:sales@elsewhere.test>;index=1", "<tel:+390471000000>;index=1", "<sip:portico.test>;index=1"] {
        assert_eq!(first_for(&[ASSERTED, &format!("History-Info: {of_others}")]), None, "{of_others}");
    }
}

#[test]
fn what_is_private_broken_or_ourselves_is_not_told() {
    for lines in [
        &["History-Info: <sip:sales@portico.test?Privacy=history>;index=1"][..],
        &[SENT_ON, "Privacy: id;history"],
        &["History-Info: <sip:bob@portico.test>;index=1"],
        &["History-Info: <sip:%62ob@portico.test>;index=1"],
        &["History-Info: <sip:sales@portico.test>"],
        &["History-Info: <sip:sales@portico.test>;index=2"],
        &["History-Info: <<sip:sales@portico.test>;index=1"],
        &[],
    ] {
        assert_eq!(first_for(&[&[ASSERTED], lines].concat()), None, "{lines:?}");
    }
}

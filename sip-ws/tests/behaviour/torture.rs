//! RFC 4475 above the codec: what an endpoint answers to each message that reaches it, and which it lets vanish.

#[path = "../torture/core_statuses.rs"]
mod core_statuses;

use core_statuses::{CORE, Outcome, Role};
use sip_ws::codec::{HeaderName, Message};
use sip_ws::endpoint::{Endpoint, EndpointConfig, EndpointEvent, Output};
use sip_ws::io::{FlowId, Millis};

use crate::data;
use crate::support::pair::flow_config;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FLOW: FlowId = FlowId(1);

fn endpoint() -> Endpoint {
    let mut ep = Endpoint::new(EndpointConfig::default(), [1; 32]);
    ep.flow_opened(Millis(0), FLOW, flow_config("a", true));
    ep
}

/// What comes of one frame: messages sent and events.
fn feed(ep: &mut Endpoint, bytes: &[u8]) -> (Vec<Message>, Vec<EndpointEvent>) {
    ep.receive(Millis(1), FLOW, bytes);
    let (mut sent, mut events) = (Vec::new(), Vec::new());
    loop {
        match ep.poll() {
            Output::Transmit { bytes, .. } => sent.push(Message::parse(&bytes).expect("we write what we can read")),
            Output::Event(event) => events.push(event),
            Output::Wait(_) => return (sent, events),
        }
    }
}

#[test]
fn core_statuses() {
    let mut checked = 0;
    for (name, role, outcome) in CORE.iter().filter(|(_, role, _)| *role == Role::Agent) {
        let (sent, events) = feed(&mut endpoint(), &data::rfc4475(name));
        let last = sent.last().and_then(Message::status);
        match outcome {
            Outcome::Status(statuses) => assert!(last.is_some_and(|s| statuses.contains(&s)), "{name}: {last:?}"),
            Outcome::StatusWith(status, header, tokens) => {
                assert_eq!(last, Some(*status), "{name}");
                let values: Vec<u8> = sent.last().and_then(|m| m.named(header)).map(<[u8]>::to_vec).unwrap_or_default();
                let text = String::from_utf8_lossy(&values).into_owned();
                let found: Vec<&str> = text.split(',').map(str::trim).filter(|t| !t.is_empty()).collect();
                assert!(if tokens.is_empty() { !found.is_empty() } else { found == *tokens }, "{name}: {header}: {text}");
            }
            Outcome::Discarded => assert!(sent.is_empty() && events.is_empty(), "{name}: {sent:?} {events:?}"),
            Outcome::Accepted(what) => {
                assert!(last.is_some_and(|s| s < 300), "{name} ({what}): {last:?}, {role:?}");
            }
        }
        checked += 1;
    }
    assert!(checked >= 10, "the table lost its rows");
}

#[test]
fn a_cookie_without_more_does_not_name_a_transaction() {
    let bytes = data::rfc4475("badbranch");
    let mut ep = endpoint();
    assert_eq!(feed(&mut ep, &bytes).0.len(), 1);
    let mut other = Message::parse(&bytes).expect("valid");
    other.set(HeaderName::CallId, "another");
    let (sent, _) = feed(&mut ep, &other.to_bytes());
    assert_eq!(sent.last().and_then(Message::status), Some(200), "not taken for the first one again");
}

#[test]
fn an_invite_of_rfc_2543_rings_and_its_via_comes_back_as_it_was() {
    let bytes = data::rfc4475("inv2543");
    let (sent, events) = feed(&mut endpoint(), &bytes);
    assert!(matches!(events[..], [EndpointEvent::Incoming { .. }]), "{events:?}");
    let invite = Message::parse(&bytes).expect("valid");
    assert_eq!(sent[0].header(HeaderName::Via), invite.header(HeaderName::Via));
}

#[test]
fn broken_requests_are_answered_and_broken_responses_vanish() {
    for row in data::index_4475().iter().filter(|row| matches!(row.expect, "reject" | "discard")) {
        let (sent, events) = feed(&mut endpoint(), &data::rfc4475(row.name));
        assert!(events.is_empty(), "{}: {events:?}", row.name);
        let wanted: Vec<u16> =
            row.status.split(|c: char| !c.is_ascii_digit()).filter_map(|s| s.parse().ok()).filter(|s| *s >= 400).collect();
        match sent.first().and_then(Message::status) {
            Some(status) => assert!(wanted.contains(&status), "{}: {status}, not {}", row.name, row.status),
            None => assert!(row.expect == "discard", "{}: no answer", row.name),
        }
    }
}

#[test]
fn every_message_can_arrive_in_every_order_without_harm() {
    let mut ep = endpoint();
    for _ in 0..3 {
        for (_, bytes) in data::RFC4475 {
            feed(&mut ep, bytes);
        }
        for row in data::index_5118() {
            feed(&mut ep, &data::rfc5118(row.name));
        }
    }
    for minute in 1..60 {
        ep.handle_timeout(Millis(minute * 60_000));
        while !matches!(ep.poll(), Output::Wait(_)) {}
    }
    assert_eq!(ep.load(), (0, 0, 0), "an hour later nothing is left");
}

//! Hostile input: random and mutated bytes into a whole agent and endpoint. Nothing panics, nothing grows, calls live on.

use crate::data;
use crate::support::desk::{CALL, IN, World};
use crate::support::pair::Pair;
use sip_ws::endpoint::{EndpointConfig, MAX_SESSIONS, MAX_TRANSACTIONS};
use sip_ws::io::Command;
use sip_ws::{Ids, MAX_CALLS};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Messages that are nearly right for the call that runs, and the torture messages.
fn seeds(world: &World) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = data::RFC4475.iter().map(|(_, bytes)| bytes.to_vec()).collect();
    seeds.extend([0, 1].into_iter().filter_map(|desk| world.last_frame(desk)).map(|m| m.to_bytes()));
    seeds
}

fn mutate(bytes: &mut Vec<u8>, ids: &mut Ids) {
    const BITS: [&[u8]; 16] = [
        b"\r\n",
        b"\0",
        b"%00",
        b";tag=",
        b",",
        b"\"",
        b"<",
        b">",
        b"sip:",
        b"z9hG4bK",
        b"4294967296",
        b"-1",
        b"SIP/2.0 200 OK",
        b"\xff\xfe",
        b"CANCEL",
        b"ACK",
    ];
    for _ in 0..=ids.up_to(5) {
        let at = ids.up_to(bytes.len() as u64) as usize;
        match ids.up_to(4) {
            0 if at < bytes.len() => bytes[at] = ids.up_to(255) as u8,
            1 if at < bytes.len() => {
                let end = (at + ids.up_to(40) as usize).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let bit = BITS[ids.up_to(15) as usize];
                bytes.splice(at..at, bit.iter().copied());
            }
            3 if at < bytes.len() => {
                let end = (at + ids.up_to(200) as usize).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
}

#[test]
fn mutated_messages_into_an_agent_in_a_call() {
    let mut world = World::in_call();
    let mut ids = Ids::new([42; 32]);
    for round in 0..4_000_u32 {
        let seeds = seeds(&world);
        let mut bytes = seeds[ids.up_to(seeds.len() as u64 - 1) as usize].clone();
        mutate(&mut bytes, &mut ids);
        world.inject((round % 2) as usize, &bytes);
        if round % 10 == 0 {
            world.run(ids.up_to(500));
        }
        let (transactions, sessions, _, calls) = world.desks[0].agent.load();
        assert!(transactions <= 2 * MAX_TRANSACTIONS && sessions <= MAX_SESSIONS && calls <= MAX_CALLS);
    }
    world.clear();
    world.command(0, Command::HangUp { call: CALL });
    world.run(1_000);
    assert!(world.desks[1].calls().iter().any(|e| e.starts_with("Ended RemoteHangUp")), "the call was alive to the end");
    let _ = IN;
}

#[test]
fn random_bytes_into_an_endpoint() {
    let mut pair = Pair::new();
    let (a, b) = pair.call();
    let mut ids = Ids::new([43; 32]);
    for _ in 0..5_000 {
        let length = ids.up_to(300) as usize;
        let bytes: Vec<u8> = (0..length).map(|_| ids.up_to(255) as u8).collect();
        pair.a.ep.receive(pair.now, pair.a.flow, &bytes);
        pair.b.ep.receive(pair.now, pair.b.flow, &bytes);
    }
    pair.run(1_000);
    pair.a.events.clear();
    pair.a.ep.hang_up(pair.now, a, &[]);
    pair.run(1_000);
    assert_eq!(pair.a.names(), ["Ended Local"]);
    assert_eq!(pair.b.ep.flow_of(b), None, "forgotten");
}

fn invite(n: usize) -> Vec<u8> {
    format!(
        "INVITE sip:ada@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bK{n}\r\nFrom: <sip:x@x>;tag={n}\r\nTo: <sip:ada@portico.test>\r\n\
         Call-ID: flood{n}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:x@x.invalid>\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

#[test]
fn a_flood_of_calls_rings_so_many_times_and_no_more() {
    let mut world = World::ready();
    for n in 0..3_000 {
        world.inject(0, &invite(n));
    }
    assert_eq!(world.desks[0].agent.load().3, MAX_CALLS);
    let (transactions, sessions, ..) = world.desks[0].agent.load();
    assert!(transactions <= MAX_TRANSACTIONS && sessions <= MAX_SESSIONS, "{transactions} {sessions}");
    world.clear();
    world.command(0, Command::HangUp { call: IN });
    assert_eq!(world.desks[0].calls(), ["Ended LocalHangUp"], "it stays usable");
}

#[test]
fn a_flood_of_requests_meets_a_limit_that_is_said() {
    let config = EndpointConfig { max_transactions: 50, max_sessions: 10, ..EndpointConfig::default() };
    let mut pair = Pair::with(true, EndpointConfig::default(), config);
    for n in 0..200 {
        pair.b.ep.receive(pair.now, pair.b.flow, &invite(n));
    }
    pair.run(10);
    let busy = pair.trace.iter().filter(|l| l.ends_with("503 INVITE")).count();
    assert_eq!(pair.b.events.len(), 10);
    assert_eq!(busy, 190);
    pair.run(700_000);
    assert_eq!(pair.b.ep.load(), (0, 0, 0), "nobody answered, and nothing is left");
}

#[test]
fn a_merged_request_is_refused() {
    let mut pair = Pair::new();
    let first = invite(1);
    let second = String::from_utf8(first.clone()).expect("text").replace("z9hG4bK1", "z9hG4bKother");
    pair.b.ep.receive(pair.now, pair.b.flow, &first);
    pair.b.ep.receive(pair.now, pair.b.flow, second.as_bytes());
    pair.b.ep.receive(pair.now, pair.b.flow, &first);
    pair.run(0);
    assert_eq!(pair.transcript(), ["B>A 100 INVITE", "B>A 482 INVITE", "B>A 100 INVITE"], "one ring, one refusal, one repeated answer");
    assert_eq!(pair.b.names(), ["Incoming"]);
}

#[test]
fn a_request_that_comes_by_three_paths_rings_once_although_the_second_one_is_done() {
    let mut pair = Pair::new();
    let first = invite(1);
    let by = |branch: &str| String::from_utf8(first.clone()).expect("text").replace("z9hG4bK1", branch);
    pair.b.ep.receive(pair.now, pair.b.flow, &first);
    pair.run(0);
    pair.transcript();
    for branch in ["z9hG4bKsecond", "z9hG4bKthird"] {
        pair.b.ep.receive(pair.now, pair.b.flow, by(branch).as_bytes());
        pair.run(0);
        assert_eq!(pair.transcript(), ["B>A 482 INVITE"], "{branch}");
        let ack = by(branch).replace("INVITE sip", "ACK sip").replace("1 INVITE", "1 ACK");
        pair.b.ep.receive(pair.now, pair.b.flow, ack.as_bytes());
        pair.run(0);
    }
    assert_eq!(pair.b.names(), ["Incoming"]);
}

#[test]
fn requests_of_no_dialog_get_481_and_an_ack_gets_nothing() {
    let mut pair = Pair::new();
    for method in ["BYE", "INFO", "INVITE", "UPDATE", "CANCEL", "ACK"] {
        let text = String::from_utf8(invite(1))
            .expect("text")
            .replace("INVITE sip", &format!("{method} sip"))
            .replace("1 INVITE", &format!("1 {method}"));
        let text = text
            .replace("To: <sip:ada@portico.test>", "To: <sip:ada@portico.test>;tag=gone")
            .replace("z9hG4bK1", &format!("z9hG4bK{method}"));
        pair.b.ep.receive(pair.now, pair.b.flow, text.as_bytes());
        pair.run(0);
        let expected: Vec<String> = if method == "ACK" { vec![] } else { vec![format!("B>A 481 {method}")] };
        assert_eq!(pair.transcript(), expected);
    }
    assert_eq!(pair.b.names(), [""; 0]);
}

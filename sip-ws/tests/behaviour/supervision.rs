//! What the exchange says in a call of its own: how somebody in charge joins it, and that it is in a queue. Told where the profile lets it,
//! and nowhere else.

use crate::support::desk::{CALL, Desk, IN, World, profile};
use sip_ws::codec::HeaderName;
use sip_ws::io::{CallId, Command, Profile};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Ada talks with Bob, whose exchange answers for the header or not.
fn world(supervised: bool) -> World {
    let mut world = World::new();
    world.desks[1] = Desk::with(Profile { supervised, ..profile("bob") }, "bob", 2);
    world.register();
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    world.command(1, Command::Answer { call: IN, video: false });
    world.run(500);
    world.desks[1].events.clear();
    world
}

/// What the exchange sends to Bob's phone.
fn joins(world: &World, supervision: &str) -> Vec<u8> {
    let dialog = &world.desks[1].kept[&IN].dialog.dialog;
    format!(
        "INVITE sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKjoin\r\nMax-Forwards: 70\r\n\
         From: <sip:boss@portico.test>;tag=e\r\nTo: <sip:bob@portico.test>\r\nCall-ID: join\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:boss@h.invalid>\r\nRequire: join\r\nJoin: {};to-tag={};from-tag={}\r\n{supervision}Content-Length: 0\r\n\r\n",
        dialog.call_id, dialog.local_tag, dialog.remote_tag
    )
    .into_bytes()
}

#[test]
fn how_somebody_joins_is_told_where_the_exchange_answers_for_it() {
    for (supervised, line, expected) in [
        (true, "Supervision: listen;shown\r\n", "Incoming boss joins listen;shown"),
        (true, "Supervision: barge\r\n", "Incoming boss joins barge"),
        (true, "", "Incoming boss joins"),
        (false, "Supervision: listen;shown\r\n", "Incoming boss joins"),
    ] {
        let mut world = world(supervised);
        let invite = joins(&world, line);
        world.inject(1, &invite);
        assert_eq!(world.desks[1].calls(), [expected], "{line}");
    }
    let mut world = world(true);
    let invite = joins(&world, "Supervision: spy\r\n");
    world.inject(1, &invite);
    assert_eq!(world.last_frame(1).and_then(|response| response.status()), Some(400));
}

#[test]
fn another_way_comes_by_info() {
    for (supervised, line, status, expected) in [
        (true, "Supervision: whisper;shown\r\n", 200, &["Supervision whisper;shown"][..]),
        (true, "Supervision: spy\r\n", 400, &[]),
        (false, "Supervision: whisper\r\n", 200, &[]),
    ] {
        let mut world = world(supervised);
        let invite = joins(&world, "Supervision: listen\r\n");
        world.inject(1, &invite);
        let supervisor = CallId(IN.0 + 1);
        world.command(1, Command::Answer { call: supervisor, video: false });
        world.run(200);
        let to = world.last_frame(1).and_then(|response| response.header_str(HeaderName::To).map(str::to_owned)).expect("answered");
        world.desks[1].events.clear();
        let info = format!(
            "INFO sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKinfo\r\nMax-Forwards: 70\r\n\
             From: <sip:boss@portico.test>;tag=e\r\nTo: {to}\r\nCall-ID: join\r\nCSeq: 2 INFO\r\n{line}Content-Length: 0\r\n\r\n"
        );
        world.inject(1, info.as_bytes());
        assert_eq!(world.last_frame(1).and_then(|response| response.status()), Some(status), "{line}");
        assert_eq!(world.desks[1].calls(), expected, "{line}");
    }
}

#[test]
fn a_place_in_a_queue_comes_by_info_with_who_is_there_now() {
    for (supervised, line, status, expected) in [
        (true, "Queue-Place: 3;estimate=60\r\n", 200, &["Peer sip:sales@portico.test", "Queued 3;estimate=60"][..]),
        (true, "Queue-Place: first\r\n", 400, &[]),
        (false, "Queue-Place: 3\r\n", 200, &[]),
    ] {
        let mut world = world(supervised);
        let dialog = world.desks[1].kept[&IN].dialog.dialog.clone();
        let info = format!(
            "INFO sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKplace\r\nMax-Forwards: 70\r\n\
             From: <sip:ada@portico.test>;tag={}\r\nTo: <sip:bob@portico.test>;tag={}\r\nCall-ID: {}\r\nCSeq: 4711 INFO\r\n\
             P-Asserted-Identity: \"Sales\" <sip:sales@portico.test>\r\n{line}Content-Length: 0\r\n\r\n",
            dialog.remote_tag, dialog.local_tag, dialog.call_id
        );
        world.inject(1, info.as_bytes());
        assert_eq!(world.last_frame(1).and_then(|response| response.status()), Some(status), "{line}");
        assert_eq!(world.desks[1].calls(), expected, "{line}");
    }
}

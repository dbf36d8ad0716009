//! Bodies and addresses of strangers that no honest peer would send: refused with a status, bounded, and nothing happens.

use crate::support::desk::{CALL, IN, World};
use sip_ws::codec::{HeaderName, Message};
use sip_ws::io::{Command, Event};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn invite(from: &str, kind: &str, body: &str) -> Vec<u8> {
    let text = format!(
        "INVITE sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKbad\r\nMax-Forwards: 70\r\nFrom: {from};tag=e\r\n\
         To: <sip:bob@portico.test>\r\nCall-ID: bad\r\nCSeq: 1 INVITE\r\nContact: <sip:eve@h.invalid>\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    text.into_bytes()
}

fn sdp(lines: &str) -> String {
    format!("v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n{lines}")
}

/// Status of the final answer, and whether it rang or media was asked for.
fn answered(world: &mut World, bytes: &[u8]) -> (Option<u16>, bool) {
    world.inject(1, bytes);
    let status = world.last_frame(1).and_then(|m| m.status());
    let rang = !world.desks[1].calls().is_empty() || !world.desks[1].media.is_empty();
    (status, rang)
}

#[test]
fn ice_of_impossible_size_or_shape_is_refused_before_a_connection_exists() {
    let many: String = (0..10_000).map(|n| format!("a=candidate:{n} 1 udp 1 192.0.2.1 9 typ host\r\n")).collect();
    for lines in [
        format!("a=ice-ufrag:{}\r\n", "x".repeat(50_000)),
        "a=ice-ufrag:x\r\n".to_owned(),
        "a=ice-ufrag:ab\u{1}cd\r\n".to_owned(),
        format!("a=ice-pwd:{}\r\n", "x".repeat(50_000)),
        "a=ice-pwd:short\r\n".to_owned(),
        many.chars().take(60_000).collect(),
        "a=candidate:1 1 udp 1 192.0.2.1 65536 typ host\r\n".to_owned(),
        "a=candidate:1 1 udp 1 192.0.2.1 -1 typ host\r\n".to_owned(),
    ] {
        let mut world = World::ready();
        let result = answered(&mut world, &invite("<sip:eve@portico.test>", "application/sdp", &sdp(&lines)));
        assert_eq!(result, (Some(488), false), "{}", lines.chars().take(60).collect::<String>());
    }
    // Names and addresses that only lead nowhere are left to ICE.
    let harmless = "a=candidate:1 1 udp 1 a-b.local 9 typ host\r\na=candidate:2 1 udp 1 127.0.0.1 0 typ host\r\n";
    let mut world = World::ready();
    assert_eq!(answered(&mut world, &invite("<sip:eve@portico.test>", "application/sdp", &sdp(harmless))), (Some(180), true));
}

#[test]
fn multipart_in_any_state_of_disrepair_is_not_accepted() {
    for kind in [
        "multipart/mixed".to_owned(),
        format!("multipart/mixed;boundary={}", "b".repeat(5_000)),
        "multipart/mixed;boundary=b".to_owned(),
        "multipart/related;boundary=\"\"".to_owned(),
        "application/sdpx".to_owned(),
        "text/html".to_owned(),
        "\u{fffd}".to_owned(),
    ] {
        let body = "--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n".repeat(100);
        let mut world = World::ready();
        let result = answered(&mut world, &invite("<sip:eve@portico.test>", &kind, &body));
        assert_eq!(result, (Some(415), false), "{}", kind.chars().take(40).collect::<String>());
        assert_eq!(
            world.last_frame(1).and_then(|m| m.header_str(HeaderName::Accept).map(str::to_owned)).as_deref(),
            Some("application/sdp")
        );
    }
}

#[test]
fn numbers_out_of_range_in_a_description_overflow_nothing() {
    let formats: String = (0..5_000).map(|n| format!(" {n}")).collect();
    let twice: String = (0..128).chain(0..128).map(|n| format!(" {}", n % 60)).collect();
    for (body, status) in [
        (sdp("a=ptime:0\r\na=ptime:2147483648\r\na=maxptime:-1\r\nb=AS:9223372036854775808\r\na=fmtp:99 x\r\n"), 180),
        (sdp("").replace(" 111", &formats), 488),
        (sdp("").replace(" 111", &twice[..200]), 180),
        (sdp("").replace("audio 9 ", "audio 99999999999999999999 "), 488),
    ] {
        let mut world = World::ready();
        let (told, rang) = answered(&mut world, &invite("<sip:eve@portico.test>", "application/sdp", &body));
        assert_eq!((told, rang), (Some(status), status == 180), "{}", body.chars().take(200).collect::<String>());
    }
}

#[test]
fn broken_addresses_are_refused_and_odd_ones_cannot_become_headers() {
    for from in ["<sip:eve@>", "<sip:eve@[::1>", "<sip:e%@portico.test>", "\"open <sip:eve@portico.test>", "<sip:eve@portico.test"] {
        let mut world = World::ready();
        let (status, rang) = answered(&mut world, &invite(from, "application/sdp", &sdp("")));
        assert!(!rang && matches!(status, Some(400) | None), "{from}: {status:?}");
    }
    for user in ["a%00b", "a%0d%0aX-Evil: 1".replace(' ', "%20").as_str(), "x%22%3Cimg%20onerror%3E", &"u".repeat(6_000)] {
        let mut world = World::ready();
        world.inject(1, &invite(&format!("<sip:{user}@portico.test>"), "application/sdp", &sdp("")));
        let Some(Event::Incoming { from, .. }) = world.desks[1].events.pop_front() else { panic!("{user}") };
        // Calling back what the user sees puts the escapes back, or is refused.
        world.command(1, Command::HangUp { call: IN });
        world.clear();
        world.command(1, Command::Call { call: CALL, target: from.user.clone(), video: false });
        world.run(50);
        for message in world.invites(1) {
            assert!(message.named("X-Evil").is_none(), "{user}");
            assert!(message.uri().is_some_and(|uri| uri.is_ascii() && !uri.contains(['\r', '\n', ' ', '<', '"'])), "{user}");
        }
    }
}

#[test]
fn reports_and_states_that_nobody_asked_for_are_refused_and_kept_nowhere() {
    let mut world = World::in_call();
    for (n, (event, kind, body, status)) in [
        ("dialog", "application/dialog-info+xml", "<!DOCTYPE x [<!ENTITY a \"b\">]>&a;".repeat(100), 481),
        ("presence", "application/pidf+xml", "<presence xmlns='wrong'/>".to_owned(), 481),
        ("refer", "message/sipfrag", "SIP/2.0 200 OK".to_owned(), 481),
        ("dialog", "application/dialog-info+xml", "x".repeat(60_000), 481),
        ("dialog", "application/dialog-info+xml", "x".repeat(1_000_000), 513),
    ]
    .into_iter()
    .enumerate()
    {
        let text = format!(
            "NOTIFY sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKun{n}\r\nMax-Forwards: 70\r\n\
             From: <sip:eve@portico.test>;tag=e\r\nTo: <sip:bob@portico.test>\r\nCall-ID: un{n}\r\nCSeq: 1 NOTIFY\r\n\
             Contact: <sip:eve@h.invalid>\r\nEvent: {event}\r\nSubscription-State: active\r\nContent-Type: {kind}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let before = world.desks[1].agent.load().1;
        world.inject(1, text.as_bytes());
        assert_eq!(world.last_frame(1).and_then(|m: Message| m.status()), Some(status), "{event} {n}");
        assert_eq!(world.desks[1].agent.load().1, before, "no session");
    }
    assert_eq!(world.desks[1].calls(), [""; 0]);
    world.run(40_000);
    assert_eq!(world.desks[1].agent.load().0, 0, "no transaction is left");
}

//! Callers that want to be answered without the user, and keys pressed from afar: told for trusted identities, never obeyed by itself.

use crate::support::desk::{Desk, IN, World, profile};
use sip_ws::io::{Command, Profile};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Bob trusts these.
fn world(trusted: &[&str]) -> World {
    let mut world = World::new();
    let trusted = trusted.iter().map(|t| (*t).to_owned()).collect();
    world.desks[1] = Desk::with(Profile { trusted, ..profile("bob") }, "bob", 2);
    world.register();
    world
}

fn invite(uri: &str, extra: &[&str]) -> Vec<u8> {
    let mut text = format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKauto\r\nMax-Forwards: 70\r\nFrom: <sip:boss@portico.test>;tag=e\r\n\
         To: <sip:bob@portico.test>\r\nCall-ID: auto\r\nCSeq: 1 INVITE\r\nContact: <sip:boss@h.invalid>\r\n"
    );
    for line in extra {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("Content-Length: 0\r\n\r\n");
    text.into_bytes()
}

const ASSERTED: &str = "P-Asserted-Identity: <sip:boss@portico.test>";

#[test]
fn every_form_is_understood() {
    let uri = "sip:bob@portico.test";
    for (uri, line, expected) in [
        (uri, "Answer-Mode: Auto", " auto 0"),
        (uri, "Answer-Mode: auto;require", " auto 0"),
        (uri, "Answer-Mode: Manual", ""),
        (uri, "Priv-Answer-Mode: Auto", " auto 0!"),
        (uri, "Call-Info: <sip:portico.test>;answer-after=0", " auto 0"),
        (uri, "Call-Info: <sip:portico.test>; Answer-After=3", " auto 3"),
        (uri, "Call-Info: ;answer-after=2", " auto 2"),
        (uri, "Call-Info: answer-after=1", " auto 1"),
        (uri, "Alert-Info: <http://portico.test/ring>;answer-after=4", " auto 4"),
        (uri, "Alert-Info: <http://portico.test>;info=alert-autoanswer;delay=5", " auto 5"),
        (uri, "Alert-Info: info=alert-autoanswer", " auto 0"),
        (uri, "Alert-Info: Auto Answer", " auto 0"),
        (uri, "Alert-Info: <http://portico.test>;info=Ring-Answer", " auto 0"),
        (uri, "Alert-Info: Ring Answer", " auto 0"),
        (uri, "Alert-Info: \"Intercom\"", " auto 0"),
        (uri, "Alert-Info: info=intercom", " auto 0"),
        ("sip:bob@portico.test;intercom=true", "Subject: x", " auto 0"),
        ("sip:bob@portico.test;intercom=false", "Subject: x", ""),
        // Any other Alert-Info only chooses a ring, and nonsense is nothing.
        (uri, "Alert-Info: <http://www.example.com/sounds/moo.wav>", ""),
        (uri, "Alert-Info: <http://portico.test/intercom.wav>", ""),
        (uri, "Call-Info: <http://portico.test/x.png>;purpose=icon", ""),
        (uri, "Call-Info: ;answer-after=soon", ""),
        (uri, "Call-Info: ;answer-after=4294967296", ""),
        (uri, "Alert-Info: \"\u{fffd}", ""),
    ] {
        let mut world = world(&["portico.test"]);
        world.inject(1, &invite(uri, &[ASSERTED, line]));
        assert_eq!(world.desks[1].calls(), [format!("Incoming boss{expected}")], "{uri} {line}");
    }
}

#[test]
fn a_number_of_seconds_wins_over_forms_without_one() {
    let mut world = world(&["portico.test"]);
    world.inject(1, &invite("sip:bob@portico.test;intercom=true", &[ASSERTED, "Answer-Mode: Auto", "Call-Info: ;answer-after=7"]));
    assert_eq!(world.desks[1].calls(), ["Incoming boss auto 7"]);
}

#[test]
fn only_asserted_identities_that_the_profile_trusts_are_told() {
    let auto = "Answer-Mode: Auto";
    for (trusted, lines, expected) in [
        (&["sip:boss@portico.test"][..], &[ASSERTED, auto][..], " auto 0"),
        (&["sip:chief@portico.test"], &[ASSERTED, auto], ""),
        (&["other.test"], &[ASSERTED, auto], ""),
        (&[], &[ASSERTED, auto], ""),
        (&["portico.test"], &[auto], ""),
        (&["portico.test"], &["P-Asserted-Identity: <sip:boss@portico.test.evil.test>", auto], ""),
        (&["portico.test"], &["P-Preferred-Identity: <sip:boss@portico.test>", auto], ""),
    ] {
        let mut world = world(trusted);
        world.inject(1, &invite("sip:bob@portico.test", lines));
        let told = world.desks[1].calls();
        assert!(told[0].starts_with("Incoming boss"), "it rings in any case");
        assert_eq!(told[0].trim_start_matches("Incoming boss"), expected, "{trusted:?} {lines:?}");
        world.run(10_000);
        assert_eq!(world.desks[1].calls(), [""; 0], "and nothing answers by itself");
    }
}

#[test]
fn who_insists_and_is_not_trusted_is_refused_instead_of_ringing() {
    for line in ["Answer-Mode: Auto;require", "Priv-Answer-Mode: Auto; Require"] {
        let mut world = world(&[]);
        world.inject(1, &invite("sip:bob@portico.test", &[ASSERTED, line, "Require: answermode"]));
        assert_eq!(world.last_frame(1).and_then(|m| m.status()), Some(403), "RFC 5373 4.3");
        assert_eq!(world.desks[1].calls(), [""; 0]);
    }
}

#[test]
fn talk_and_hold_from_afar_are_told_for_trusted_peers_only() {
    for (trusted, status) in [(&["portico.test"][..], 200), (&[][..], 403)] {
        let mut world = world(trusted);
        world.inject(1, &invite("sip:bob@portico.test", &[ASSERTED]));
        let ringing = world.last_frame(1).expect("180");
        let to = ringing.header_str(sip_ws::codec::HeaderName::To).expect("tagged").to_owned();
        world.desks[1].events.clear();
        for (number, event) in [(2, "talk"), (3, "hold"), (4, "Talk;id=1")] {
            let notify = format!(
                "NOTIFY sip:bob@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKn{number}\r\nMax-Forwards: 70\r\n\
                 From: <sip:boss@portico.test>;tag=e\r\nTo: {to}\r\nCall-ID: auto\r\nCSeq: {number} NOTIFY\r\n\
                 Contact: <sip:boss@h.invalid>\r\nEvent: {event}\r\nSubscription-State: active\r\nContent-Length: 0\r\n\r\n"
            );
            world.inject(1, notify.as_bytes());
            assert_eq!(world.last_frame(1).and_then(|m| m.status()), Some(status));
        }
        let expected: &[&str] = if status == 200 { &["Remote Talk", "Remote Hold", "Remote Talk"] } else { &[] };
        assert_eq!(world.desks[1].calls(), expected);
        // The application answers, if it wants to.
        world.command(1, Command::Answer { call: IN, video: false });
        assert_eq!(world.desks[1].calls(), ["Answered"]);
    }
}

//! Being sent on to other addresses (3xx): own domain, foreign targets, loops, long lists; and what a refusal says.

use crate::support::desk::{CALL, World};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{Command, EndCause, Event};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Ada dials Bob; nobody but the test answers.
fn dial() -> World {
    let mut world = World::ready();
    world.lose = Box::new(|desk, line| desk == 0 && matches!(line, "INVITE" | "ACK" | "CANCEL"));
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world
}

/// The INVITE that waits.
fn invite(world: &World) -> Message {
    let message = world.last_frame(0).expect("sent");
    assert_eq!(message.method(), Some(&Method::Invite));
    message
}

/// Refuses it.
fn refuse(world: &mut World, status: u16, headers: &[(&str, &str)]) {
    let invite = world.invites(0).pop().expect("an INVITE was sent");
    let mut response = invite.reply(status, "No");
    if let Ok(to) = response.to() {
        response.set(HeaderName::To, to.with_param("tag", Some("r")).as_str());
    }
    for (name, value) in headers {
        response.push_named(name, value);
    }
    world.inject(0, &response.to_bytes());
    world.run(10);
}

fn cause(world: &mut World) -> Option<EndCause> {
    world.desks[0].events.iter().find_map(|event| match event {
        Event::Ended { cause, .. } => Some(cause.clone()),
        _ => None,
    })
}

#[test]
fn targets_of_our_domain_are_called_best_first_with_the_same_offer_and_contact() {
    let mut world = dial();
    let first = invite(&world);
    refuse(&mut world, 302, &[("Contact", "<sip:low@portico.test>;q=0.1, <sip:eve@PORTICO.test>;q=0.9")]);
    let second = world.invites(0).pop().expect("sent on");
    assert_eq!(second.uri(), Some("sip:eve@PORTICO.test"));
    assert_eq!(second.body(), first.body());
    assert_eq!(second.header(HeaderName::SessionId), first.header(HeaderName::SessionId));
    assert_eq!(second.header(HeaderName::To), first.header(HeaderName::To));
    // The next one is tried when this one is busy, and none when somebody declines for good.
    refuse(&mut world, 486, &[]);
    assert_eq!(world.invites(0).pop().expect("the next").uri(), Some("sip:low@portico.test"));
    assert_eq!(world.desks[0].calls(), ["Dialling", "Redirected sip:eve@PORTICO.test", "Redirected sip:low@portico.test"]);
    refuse(&mut world, 603, &[]);
    assert!(matches!(cause(&mut world), Some(EndCause::Rejected { status: 603, .. })));
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn a_redirection_to_nowhere_ends_the_call_with_its_status() {
    for (status, contact) in [(302, None), (300, Some("*")), (380, Some("<sip:eve@portico.test>")), (305, Some("garbage<"))] {
        let mut world = dial();
        let headers: Vec<(&str, &str)> = contact.iter().map(|c| ("Contact", *c)).collect();
        refuse(&mut world, status, &headers);
        let broken = contact == Some("garbage<");
        // A response that cannot be read is discarded: the call goes on waiting.
        assert_eq!(matches!(cause(&mut world), Some(EndCause::Rejected { status: s, .. }) if s == status), !broken, "{contact:?}");
    }
}

#[test]
fn loops_and_long_lists_end_after_five_addresses() {
    let mut world = dial();
    refuse(&mut world, 302, &[("Contact", "<sip:bob@portico.test>, <sip:%62ob@portico.test>")]);
    assert!(matches!(cause(&mut world), Some(EndCause::Rejected { status: 302, .. })), "back to where it was");

    let mut world = dial();
    let many: Vec<String> = (0..50).map(|n| format!("<sip:u{n}@portico.test>")).collect();
    refuse(&mut world, 302, &[("Contact", &many.join(", "))]);
    let mut tries = 0;
    while cause(&mut world).is_none() && tries < 60 {
        tries += 1;
        refuse(&mut world, 404, &[]);
    }
    assert_eq!(tries, 5);

    // One that sends on for ever.
    let mut world = dial();
    let mut depth = 0;
    while cause(&mut world).is_none() && depth < 60 {
        depth += 1;
        refuse(&mut world, 301, &[("Contact", &format!("<sip:d{depth}@portico.test>"))]);
    }
    assert_eq!(depth, 6, "the first address and five more");
    assert!(matches!(cause(&mut world), Some(EndCause::Rejected { status: 301, .. })));
}

#[test]
fn a_foreign_target_a_code_and_an_outside_line_are_called_only_when_the_user_agrees() {
    for (contact, shown) in [
        ("<sip:+33899000000@toll.test>", "sip:+33899000000@toll.test"),
        ("<tel:+33899000000>", "tel:+33899000000"),
        ("<sip:bob@portico.test.evil.test>", "sip:bob@portico.test.evil.test"),
        // In our own domain, but service codes and lines that cost money.
        ("<sip:+33899000000@portico.test>", "sip:+33899000000@portico.test"),
        ("<sip:0033899000000@portico.test>", "sip:0033899000000@portico.test"),
        ("<sip:*72@portico.test>", "sip:*72@portico.test"),
        ("<sip:%2345@portico.test>", "sip:%2345@portico.test"),
        ("<sip:1234@portico.test;user=phone>", "sip:1234@portico.test;user=phone"),
    ] {
        for accept in [true, false] {
            let mut world = dial();
            refuse(&mut world, 302, &[("Contact", contact)]);
            assert_eq!(world.desks[0].calls(), ["Dialling".to_owned(), format!("RedirectAsked {shown}")]);
            assert_eq!(world.invites(0).len(), 1, "nothing leaves before");
            world.command(0, Command::FollowRedirect { call: CALL, accept });
            let sent = world.invites(0);
            if accept {
                assert_eq!(sent.last().and_then(|m| m.uri()), Some(shown));
            } else {
                assert_eq!(sent.len(), 1);
                assert!(matches!(cause(&mut world), Some(EndCause::Rejected { status: 302, .. })));
            }
        }
    }
}

#[test]
fn an_unanswered_question_ends_the_call_and_hanging_up_works_meanwhile() {
    let mut world = dial();
    refuse(&mut world, 302, &[("Contact", "<sip:x@toll.test>")]);
    world.run(61_000);
    assert!(matches!(cause(&mut world), Some(EndCause::Rejected { status: 302, .. })));
    let mut world = dial();
    refuse(&mut world, 302, &[("Contact", "<sip:x@toll.test>")]);
    world.command(0, Command::HangUp { call: CALL });
    assert_eq!(cause(&mut world), Some(EndCause::LocalHangUp));
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn sips_of_our_domain_is_ours_and_headers_in_a_target_are_not_obeyed() {
    let mut world = dial();
    refuse(&mut world, 302, &[("Contact", "<sips:eve@portico.test?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=x>")]);
    let sent = world.invites(0).pop().expect("sent on");
    assert_eq!(sent.uri(), Some("sips:eve@portico.test"));
    assert!(sent.header(HeaderName::Replaces).is_none() && sent.header(HeaderName::Subject).is_none());
}

#[test]
fn after_early_media_a_new_offer_goes_to_the_new_target() {
    let mut world = dial();
    let first = invite(&world);
    let mut early = first.reply(183, "Session Progress");
    early.set(HeaderName::To, "<sip:bob@portico.test>;tag=r");
    early.push(HeaderName::Contact, "<sip:bob@b.invalid>");
    early.set_body("application/sdp", first.body().to_vec());
    world.inject(0, &early.to_bytes());
    refuse(&mut world, 302, &[("Contact", "<sip:eve@portico.test>")]);
    let second = world.invites(0).pop().expect("sent on");
    assert_eq!(second.uri(), Some("sip:eve@portico.test"));
    assert_ne!(second.body(), first.body(), "its offer is not answered yet");
}

#[test]
fn retry_after_is_capped_and_garbage_is_none() {
    for (value, expected) in
        [("0", Some(0)), ("5", Some(5)), ("5 (in a meeting);duration=3600", Some(5)), ("1000000000", Some(3_600)), ("soon", None)]
    {
        let mut world = dial();
        refuse(&mut world, 480, &[("Retry-After", value), ("Reason", "Q.850;cause=20;text=\"Subscriber absent\"")]);
        let Some(EndCause::Rejected { status: 480, retry_after, reason, .. }) = cause(&mut world) else { panic!("{value}") };
        assert_eq!(retry_after, expected, "{value}");
        let reason = reason.expect("given");
        assert_eq!((reason.cause, reason.text.as_deref()), (Some(20), Some("Subscriber absent")));
    }
}

#[test]
fn every_refusal_keeps_its_own_status() {
    for status in [480, 486, 487, 488, 503, 600, 603, 607, 608] {
        let mut world = dial();
        refuse(&mut world, status, &[]);
        let Some(EndCause::Rejected { status: told, .. }) = cause(&mut world) else { panic!("{status}") };
        assert_eq!(told, status);
    }
}

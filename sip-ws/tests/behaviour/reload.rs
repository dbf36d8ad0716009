//! A page that is loaded again in a call: nothing is said, and the same call goes on with the one who held it.

use crate::support::desk::{CALL, Desk, IN, World, profile};
use sip_ws::codec::{HeaderName, Message};
use sip_ws::io::{Command, Event, MediaFailure, MediaRequest, Profile, StoredCall};
use sip_ws::sdp::SdpView;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A call whose messages wait for a desk that is away, as in an exchange.
fn in_call() -> World {
    let mut world = World::in_call();
    world.keep = true;
    world
}

fn origin(message: &Message) -> (String, u64) {
    let view = SdpView::parse(message.body()).expect("a description");
    (view.origin.id.to_owned(), view.origin.version.parse().expect("a number"))
}

fn kinds(message: &Message) -> Vec<(String, u16)> {
    let view = SdpView::parse(message.body()).expect("a description");
    view.media.iter().map(|m| (m.kind.to_owned(), m.port)).collect()
}

#[test]
fn leaving_says_nothing_and_the_call_comes_back_with_one_reinvite_after_the_register() {
    for desk in 0..2 {
        let mut world = in_call();
        let call = if desk == 0 { CALL } else { IN };
        let before = world.last_description(desk);
        let (id, version) = origin(&before);
        let contact = world.last_contact(desk);
        world.clear();
        world.command(desk, Command::Leave);
        assert_eq!(world.transcript().iter().filter(|l| !l.ends_with("disconnect")).count(), 0, "not a word");
        world.reload(desk);
        world.run(3_000);
        let (me, other) = if desk == 0 { ("ada", "bob") } else { ("bob", "ada") };
        let traffic: Vec<String> = world.transcript().into_iter().filter(|l| !l.ends_with("connect")).collect();
        assert_eq!(
            traffic,
            [
                format!("{me} REGISTER"),
                format!("{me} INVITE"),
                format!("{other} 100 INVITE"),
                format!("{other} 200 INVITE"),
                format!("{me} ACK")
            ]
        );
        let reinvite = world.invites(desk).pop().expect("sent");
        assert_eq!(origin(&reinvite), (id, version + 1), "the same session, the next version");
        assert_ne!(world.last_contact(desk), contact, "a new address");
        let events = world.desks[desk].calls();
        assert_eq!(events, [format!("Restored {other}"), "Reach true".to_owned()]);
        assert!(matches!(
            world.desks[desk].media.iter().find(|m| matches!(m, MediaRequest::Offer { .. })),
            Some(MediaRequest::Offer { fresh: true, .. })
        ));
        assert!(world.desks[1 - desk].media.iter().any(|m| matches!(m, MediaRequest::Answer { fresh: true, .. })));
        assert_eq!(world.desks[1 - desk].calls(), [""; 0], "the other side sees no end");
        // And it is a call like any other.
        world.command(desk, Command::Hold { call });
        world.run(500);
        assert_eq!(world.desks[desk].calls(), ["Hold local=true remote=false"]);
        world.command(1 - desk, Command::HangUp { call: if desk == 0 { IN } else { CALL } });
        world.run(40_000);
        assert!(world.desks[desk].calls().last().is_some_and(|e| e.starts_with("Ended RemoteHangUp")));
        world.assert_at_rest();
        assert!(world.desks.iter().all(|d| d.kept.is_empty()), "nothing is kept of a call that is over");
    }
}

#[test]
fn hold_and_video_are_as_before() {
    let mut world = in_call();
    world.command(0, Command::SetVideo { call: CALL, on: true });
    world.run(500);
    world.command(0, Command::SetVideo { call: CALL, on: false });
    world.run(500);
    world.command(0, Command::Hold { call: CALL });
    world.run(500);
    let lines = world.desks[0].kept[&CALL].lines.len();
    world.clear();
    world.reload(0);
    world.run(3_000);
    assert_eq!(world.desks[0].calls(), ["Restored bob", "Hold local=true remote=false", "Reach true"]);
    let reinvite = world.invites(0).pop().expect("sent");
    assert_eq!(kinds(&reinvite).len(), lines, "no m-line is lost");
    assert!(String::from_utf8_lossy(reinvite.body()).contains("a=sendonly"), "still held");
    world.command(0, Command::Resume { call: CALL });
    world.run(500);
    assert_eq!(world.desks[0].calls(), ["Hold local=false remote=false"]);
}

#[test]
fn whoever_only_sees_the_peer_sees_them_again_also_when_it_was_loaded_on_hold() {
    for hold in [false, true] {
        let mut world = in_call();
        world.command(0, Command::SetVideo { call: CALL, on: true });
        world.run(500);
        if hold {
            world.command(1, Command::Hold { call: IN });
            world.run(500);
        }
        world.reload(1);
        world.run(3_000);
        if hold {
            world.command(1, Command::Resume { call: IN });
            world.run(500);
        }
        let seen = world.desks[1].calls().iter().rfind(|line| line.starts_with("Video")).cloned();
        assert_eq!(seen.as_deref(), Some("Video recvonly"), "on hold: {hold}");
        assert_eq!(kinds(&world.invites(1).pop().expect("an offer")).iter().filter(|(_, port)| *port == 0).count(), 0, "on hold: {hold}");
    }
}

#[test]
fn dead_m_lines_stay_in_their_places_with_port_0() {
    let mut world = in_call();
    world.command(0, Command::SetVideo { call: CALL, on: true });
    world.run(500);
    // The driver of the test describes what it has: audio and video. After the reload there is no camera.
    let mut stored: StoredCall = world.desks[0].kept[&CALL].clone();
    assert_eq!(stored.lines.iter().map(|l| l.kind.as_str()).collect::<Vec<_>>(), ["audio", "video"]);
    (stored.video, stored.sees) = (false, false);
    stored.lines.swap(0, 1);
    world.desks[0].kept.insert(CALL, stored);
    world.clear();
    world.reload(0);
    world.run(3_000);
    let reinvite = world.invites(0).pop().expect("sent");
    assert_eq!(kinds(&reinvite), [("video".to_owned(), 0), ("audio".to_owned(), 9)], "their order is that of the dialog");
    let applied = world.desks[0].media.iter().find_map(|m| match m {
        MediaRequest::ApplyAnswer { sdp, .. } => Some(sdp.clone()),
        _ => None,
    });
    let applied = applied.expect("answered");
    let view = SdpView::parse(applied.as_bytes()).expect("a description");
    assert_eq!(view.media.iter().map(|m| m.kind).collect::<Vec<_>>(), ["audio"], "the driver gets back what it offered");
}

#[test]
fn a_number_is_kept_before_the_message_that_uses_it_leaves() {
    let mut world = in_call();
    for _ in 0..3 {
        world.command(0, Command::Hold { call: CALL });
        world.run(300);
        world.command(0, Command::Resume { call: CALL });
        world.run(300);
        let sent = world.invites(0).pop().and_then(|m| m.cseq().ok()).expect("sent").number;
        let kept = &world.desks[0].kept[&CALL];
        assert_eq!(kept.dialog.dialog.local_cseq, sent);
        assert_eq!(kept.origin_version, origin(&world.invites(0).pop().expect("sent")).1);
    }
    // In order: what an agent says, with what it keeps.
    world.order.clear();
    world.command(0, Command::Hold { call: CALL });
    world.run(300);
    let keep = world.order.iter().position(|o| o == "ada keep").expect("kept");
    let send = world.order.iter().position(|o| o == "ada INVITE").expect("sent");
    assert!(keep < send, "{:?}", world.order);
}

#[test]
fn glare_after_a_reload_settles() {
    let mut world = in_call();
    world.clear();
    world.reload(0);
    // Bob changes something in the moment in which Ada's re-INVITE is under way.
    world.run(35);
    world.command(1, Command::Hold { call: IN });
    world.run(15_000);
    assert_eq!(world.desks[0].calls().last().map(String::as_str), Some("Hold local=false remote=true"));
    assert_eq!(world.desks[1].calls().last().map(String::as_str), Some("Hold local=true remote=false"));
    assert_eq!(world.desks[0].agent.load().3, 1);
}

#[test]
fn a_change_of_the_peer_that_comes_first_brings_media_back_too() {
    let mut world = in_call();
    world.command(0, Command::Leave);
    world.command(1, Command::Hold { call: IN });
    world.run(500);
    world.reload(0);
    world.run(15_000);
    let media: Vec<bool> = world.desks[0]
        .media
        .iter()
        .filter_map(|m| match m {
            MediaRequest::Answer { fresh, .. } | MediaRequest::Offer { fresh, .. } => Some(*fresh),
            _ => None,
        })
        .collect();
    assert!(media.contains(&true), "from a new connection");
    assert!(world.desks[0].calls().contains(&"Hold local=false remote=true".to_owned()));
    assert_eq!(world.desks[1].calls().last().map(String::as_str), Some("Hold local=true remote=false"));
}

/// A page that is loaded again in a call, of our own exchange or of a foreign one, and whose offers are answered with 491 for five minutes;
/// and how many those are.
fn put_off(supervised: bool) -> (World, usize) {
    let mut world = World::new();
    world.desks[0] = Desk::with(Profile { supervised, ..profile("ada") }, "ada", 1);
    world.register();
    let mut world = world.calling();
    world.keep = true;
    // Only the test answers.
    world.lose = Box::new(|desk, line| desk == 0 && line == "INVITE");
    world.reload(0);
    let mut answered = 0;
    for _ in 0..300 {
        world.run(1_000);
        let offers = world.invites(0);
        // The first one made the call.
        if offers.len() > answered + 1 {
            answered = offers.len() - 1;
            let mut answer = offers[answered].reply(491, "Request pending");
            answer.push(HeaderName::RetryAfter, "5");
            world.inject(0, &answer.to_bytes());
        }
    }
    (world, answered)
}

#[test]
fn a_peer_that_puts_off_without_end_is_given_up() {
    let (mut world, answered) = put_off(false);
    assert_eq!(answered, 11, "as often as any change");
    assert!(world.desks[0].calls().last().is_some_and(|event| event.starts_with("Ended Rejected { status: 491")));
    world.run(40_000);
    assert!(world.desks[1].calls().last().is_some_and(|event| event.starts_with("Ended RemoteHangUp")), "and is told");
    world.assert_at_rest();
}

#[test]
fn whoever_waits_for_somebody_in_a_queue_is_not_given_up_while_the_exchange_says_so() {
    let (mut world, answered) = put_off(true);
    assert!((40..=61).contains(&answered), "every five seconds: {answered}");
    assert_eq!(world.desks[0].calls(), ["Restored bob", "Reach true"], "still there after five minutes");
    // Somebody is free, and offers before the next try.
    world.command(1, Command::Hold { call: IN });
    world.run(2_000);
    assert_eq!(world.desks[0].calls().last().map(String::as_str), Some("Hold local=false remote=true"));
    assert_eq!(world.desks[0].agent.load().3, 1);
}

#[test]
fn a_peer_that_is_gone_ends_the_call_and_a_refusal_too() {
    let mut world = in_call();
    world.command(0, Command::Leave);
    // Nobody keeps messages: Bob's BYE is lost, and his agent answers 481.
    world.keep = false;
    world.command(1, Command::HangUp { call: IN });
    world.run(40_000);
    world.clear();
    world.reload(0);
    world.run(3_000);
    assert_eq!(world.desks[0].calls().last().map(String::as_str), Some("Ended Gone { status: 481 }"));
    assert!(world.desks[0].kept.is_empty());

    let mut world = in_call();
    world.desks[1].broken_media = Some(MediaFailure::Incompatible("no".to_owned()));
    world.clear();
    world.reload(0);
    world.run(3_000);
    assert!(world.desks[0].calls().last().is_some_and(|e| e.starts_with("Ended Rejected { status: 488")), "no call without media");
    world.run(40_000);
    assert!(world.desks[1].calls().last().is_some_and(|e| e.starts_with("Ended RemoteHangUp")), "and the peer is told");
    world.assert_at_rest();
}

#[test]
fn a_number_of_an_extension_keeps_its_meaning_over_a_reload() {
    let named = |message: &Message| {
        let sdp = String::from_utf8_lossy(message.body()).into_owned();
        sdp.lines().find_map(|line| line.strip_prefix("a=extmap:").map(str::to_owned))
    };
    for (desk, call) in [(0, CALL), (1, IN)] {
        let mut world = World::new();
        world.desks[0].extension = Some((3, "urn:time"));
        world.register();
        let mut world = world.calling();
        world.keep = true;
        // Another browser, which counts otherwise.
        world.desks[1].extension = Some((3, "urn:mid"));
        for _ in 0..2 {
            world.reload(desk);
            world.run(3_000);
            let offer = world.invites(desk).pop().expect("an offer");
            assert_eq!(named(&offer).as_deref(), (desk == 0).then_some("3 urn:time"), "desk {desk}");
            world.command(desk, Command::Hold { call });
            world.run(500);
            world.command(desk, Command::Resume { call });
            world.run(500);
            let offer = world.invites(desk).pop().expect("an offer");
            assert_eq!(named(&offer).as_deref(), (desk == 0).then_some("3 urn:time"), "desk {desk}");
        }
        // A number that is free yet.
        world.desks[desk].extension = Some((4, "urn:mid"));
        world.command(desk, Command::Hold { call });
        world.run(500);
        assert_eq!(named(&world.invites(desk).pop().expect("an offer")).as_deref(), Some("4 urn:mid"));
    }
}

#[test]
fn a_link_that_is_lost_while_coming_back_does_no_harm() {
    let mut world = in_call();
    world.reload(0);
    world.run(35);
    world.close(0);
    world.run(10_000);
    assert!(world.desks[0].calls().iter().all(|e| !e.starts_with("Ended")));
    world.command(0, Command::Hold { call: CALL });
    world.run(1_000);
    assert_eq!(world.desks[1].calls().last().map(String::as_str), Some("Hold local=false remote=true"));
}

#[test]
fn two_reloads_in_a_row_and_both_sides_at_once() {
    let mut world = in_call();
    world.reload(0);
    world.run(20);
    world.reload(0);
    world.run(5_000);
    world.reload(1);
    world.reload(0);
    world.run(40_000);
    for desk in 0..2 {
        assert!(world.desks[desk].calls().iter().all(|e| !e.starts_with("Ended")), "desk {desk}");
        assert_eq!(world.desks[desk].agent.load().3, 1);
    }
    world.command(0, Command::HangUp { call: CALL });
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn what_is_kept_holds_no_secret_and_another_version_is_left_out() {
    let mut world = in_call();
    let stored = world.desks[0].kept[&CALL].clone();
    let text = format!("{stored:?}");
    assert!(!text.contains("secret") && !text.contains("fingerprint") && !text.contains("ice"), "{text}");
    world.command(0, Command::Leave);
    world.desks[0].kept.insert(CALL, StoredCall { version: 99, ..stored });
    world.reload(0);
    assert!(!world.desks[0].events.iter().any(|e| matches!(e, Event::Restored { .. })));
}

#[test]
fn descriptions_of_one_dialog_have_one_origin_whatever_connection_makes_them() {
    let mut world = in_call();
    let (id, first) = origin(&world.last_description(0));
    for n in 1..4 {
        world.command(0, Command::Renegotiate { call: CALL, fresh: true });
        world.run(500);
        let reinvite = world.invites(0).pop().expect("sent");
        assert_eq!(origin(&reinvite), (id.clone(), first + n), "RFC 3264 8");
        assert!(reinvite.header(HeaderName::Contact).is_some());
    }
}

#[test]
fn a_hang_up_that_could_not_be_said_is_said_after_the_reload() {
    let mut world = World::ready();
    world.keep = true;
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    world.command(1, Command::Answer { call: IN, video: false });
    // RFC 3261 15: a callee says no BYE before the ACK, and the page goes before it comes.
    world.command(1, Command::HangUp { call: IN });
    world.reload(1);
    world.run(5_000);
    assert!(world.desks[0].calls().last().is_some_and(|e| e.starts_with("Ended RemoteHangUp")));
    assert_eq!(world.desks[1].calls(), [""; 0], "the user has heard of the end before");
    assert!(world.desks[1].kept.is_empty());
    world.run(40_000);
    world.assert_at_rest();
}

#[cfg(all(feature = "serde", not(target_arch = "wasm32")))]
#[test]
fn what_is_kept_survives_as_text() {
    let world = in_call();
    let stored = &world.desks[0].kept[&CALL];
    let text = serde_json::to_string(stored).expect("plain data");
    let read: StoredCall = serde_json::from_str(&text).expect("what we wrote");
    assert_eq!(&read, stored);
    assert!(text.len() < 2_000, "{} octets", text.len());
}

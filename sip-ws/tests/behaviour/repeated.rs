//! Messages that come twice or too late, at an agent: each has its effect once.

use crate::support::desk::{CALL, IN, World};
use sip_ws::codec::{Message, Method};
use sip_ws::io::Command;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn ringing() -> (World, Message) {
    let mut world = World::ready();
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    let invite = world.invites(0).pop().expect("sent");
    (world, invite)
}

fn lines(world: &mut World, desk: &str) -> Vec<String> {
    world.transcript().into_iter().filter(|line| line.starts_with(desk)).collect()
}

#[test]
fn a_repeated_invite_rings_once_and_gets_the_same_answer() {
    let (mut world, invite) = ringing();
    world.transcript();
    for _ in 0..5 {
        world.inject(1, &invite.to_bytes());
    }
    assert_eq!(world.desks[1].calls(), ["Incoming ada"]);
    assert_eq!(lines(&mut world, "bob"), vec!["bob 180 INVITE"; 5]);
    // The same request over another path: refused, and still one ring.
    let text = String::from_utf8(invite.to_bytes()).expect("text");
    let branch = invite.top_via().expect("has one").branch().expect("has one").to_owned();
    world.inject(1, text.replace(&branch, "z9hG4bKother").as_bytes());
    assert_eq!(world.last_frame(1).and_then(|m| m.status()), Some(482));
    assert_eq!(world.desks[1].calls(), [""; 0]);
}

#[test]
fn a_repeated_200_is_acknowledged_again_and_told_once() {
    let (mut world, _) = ringing();
    world.command(1, Command::Answer { call: IN, video: false });
    let ok = world.last_frame(1).expect("the 200");
    world.run(200);
    world.transcript();
    assert_eq!(world.desks[0].calls(), ["Dialling", "Progress 180", "Answered"]);
    for _ in 0..3 {
        world.inject(0, &ok.to_bytes());
    }
    assert_eq!(lines(&mut world, "ada"), vec!["ada ACK"; 3]);
    assert_eq!(world.desks[0].calls(), [""; 0]);
}

#[test]
fn a_repeated_bye_ends_once_and_is_answered_each_time() {
    let mut world = World::in_call();
    world.command(0, Command::HangUp { call: CALL });
    let bye = world.last_frame(0).expect("the BYE");
    assert_eq!(bye.method(), Some(&Method::Bye));
    world.run(200);
    assert_eq!(world.desks[1].calls().len(), 1);
    world.inject(1, &bye.to_bytes());
    assert!(matches!(world.last_frame(1).and_then(|m| m.status()), Some(200 | 481)), "answered, whatever is remembered");
    assert_eq!(world.desks[1].calls(), [""; 0]);
}

#[test]
fn numbers_out_of_order_are_refused_and_change_nothing() {
    let mut world = World::in_call();
    world.command(0, Command::Dtmf { call: CALL, digit: '1', duration_ms: 100 });
    let info = world.last_frame(0).expect("the INFO");
    world.run(200);
    assert_eq!(world.desks[1].calls(), ["Dtmf 1 100"]);
    let text = String::from_utf8(info.to_bytes()).expect("text");
    let branch = info.top_via().expect("has one").branch().expect("has one").to_owned();
    // The same number in another transaction, and a lower one.
    let number = info.cseq().expect("has one").number;
    for (n, number) in [(1, number), (2, number - 1)] {
        let again = text
            .replace(&branch, &format!("z9hG4bKlate{n}"))
            .replace(&format!("CSeq: {} INFO", info.cseq().expect("has one").number), &format!("CSeq: {number} INFO"));
        world.inject(1, again.as_bytes());
        assert_eq!(world.last_frame(1).and_then(|m| m.status()), Some(500));
    }
    assert_eq!(world.desks[1].calls(), [""; 0]);
}

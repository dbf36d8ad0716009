//! Challenges (401, 407) of every request that a call sends, and what follows from the number that the second try has.

use crate::support::desk::{CALL, IN, World};
use sip_ws::codec::{HeaderName, Message};
use sip_ws::io::Command;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The request is refused with a challenge; its second try, which answers that.
fn challenge(world: &mut World, status: u16, request: &Message) -> Message {
    let (challenge, answer) = match status {
        401 => (HeaderName::WwwAuthenticate, HeaderName::Authorization),
        _ => (HeaderName::ProxyAuthenticate, HeaderName::ProxyAuthorization),
    };
    let mut refusal = request.reply(status, "Who are you");
    if let Ok(to) = refusal.to()
        && to.tag().is_none()
    {
        refusal.set(HeaderName::To, to.with_param("tag", Some("c")).as_str());
    }
    refusal.push(challenge, "Digest realm=\"portico.test\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256");
    world.inject(0, &refusal.to_bytes());
    let again = world.last_frame(0).expect("sent again");
    assert_eq!(again.method(), request.method());
    assert_eq!((again.header(answer).is_some(), request.header(answer).is_some()), (true, false), "{again:?}");
    assert_eq!(again.cseq().expect("has one").number, request.cseq().expect("has one").number + 1);
    assert_eq!((again.uri(), again.body()), (request.uri(), request.body()));
    again
}

/// The first request of this method that Ada sends is lost on the way.
fn lose_first(world: &mut World, method: &'static str) {
    let mut lost = false;
    world.lose = Box::new(move |desk, line| desk == 0 && line == method && !std::mem::replace(&mut lost, true));
}

#[test]
fn every_request_of_a_call_that_is_challenged_goes_again_and_has_its_effect() {
    let hang_up = || Command::HangUp { call: CALL };
    let dtmf = || Command::Dtmf { call: CALL, digit: '1', duration_ms: 100 };
    let refer = || Command::Transfer { call: CALL, target: "eve".to_owned() };
    for status in [401, 407] {
        for (method, command, desk, expected) in [
            ("INVITE", Some(Command::Hold { call: CALL }), 0, "Hold local=true remote=false"),
            ("BYE", Some(hang_up()), 1, "Ended RemoteHangUp"),
            ("INFO", Some(dtmf()), 1, "Dtmf 1 100"),
            ("REFER", Some(refer()), 1, "TransferAsked sip:eve@portico.test"),
            // Half of the interval later the session is refreshed.
            ("UPDATE", None, 1, ""),
        ] {
            let mut world = World::with_timer(600);
            lose_first(&mut world, method);
            match command {
                Some(command) => world.command(0, command),
                None => world.run(301_000),
            }
            let first = world.last_request(0, method).unwrap_or_else(|| panic!("no {method}"));
            let again = challenge(&mut world, status, &first);
            world.trace.clear();
            world.run(300);
            assert!(
                world.trace.iter().any(|line| line.ends_with(&format!("bob 200 {method}")) || line.ends_with("bob 202 REFER")),
                "{method}"
            );
            let told = world.desks[desk].calls();
            assert!(expected.is_empty() || told.iter().any(|event| event.starts_with(expected)), "{status} {method}: {told:?}");
            if method == "INVITE" {
                assert_eq!(proofs(&world.last_request(0, "ACK").expect("of the 200")), proofs(&again));
            }
        }
    }
}

/// What a request says of who sends it.
fn proofs(message: &Message) -> Vec<Vec<u8>> {
    let names = [HeaderName::Authorization, HeaderName::ProxyAuthorization];
    names.into_iter().flat_map(|name| message.header_values(name).map(<[u8]>::to_vec).collect::<Vec<_>>()).collect()
}

/// Ada calls somebody whom the test plays; her INVITE.
fn dial() -> (World, Message) {
    let mut world = World::ready();
    world.close(1);
    world.up = false;
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    let invite = world.last_frame(0).expect("the INVITE");
    (world, invite)
}

fn answer(world: &mut World, invite: &Message, status: u16, fork: &str, reliable: Option<u32>) {
    let mut response = invite.reply(status, "Because");
    let to = response.to().expect("has one").with_param("tag", Some(fork));
    response.set(HeaderName::To, to.as_str());
    response.push(HeaderName::Contact, format!("<sip:{fork}@forks.invalid>"));
    if let Some(number) = reliable {
        response.push(HeaderName::Require, "100rel");
        response.push(HeaderName::RSeq, number.to_string());
    }
    world.inject(0, &response.to_bytes());
}

#[test]
fn a_challenged_confirmation_counts_in_the_dialog_of_its_own_fork() {
    for status in [401, 407] {
        let (mut world, invite) = dial();
        let mut confirm = |fork: &str, number| {
            answer(&mut world, &invite, 183, fork, Some(number));
            world.last_request(0, "PRACK").expect("confirmed")
        };
        let of_y = confirm("y", 1);
        let numbers = [confirm("x", 7), confirm("x", 8)].map(|prack| prack.cseq().expect("has one").number);
        // The other one spoke last.
        let again = challenge(&mut world, status, &of_y);
        assert_eq!(again.rack(), of_y.rack());
        answer(&mut world, &invite, 183, "x", Some(9));
        let of_x = world.last_request(0, "PRACK").expect("confirmed");
        assert_eq!((of_x.uri(), of_x.cseq().expect("has one").number), (Some("sip:x@forks.invalid"), numbers[1] + 1));
    }
}

#[test]
fn the_reports_of_a_challenged_refer_are_known_by_its_second_number() {
    // The reports may overtake its answer, or that is lost.
    for answered in [true, false] {
        let mut world = World::in_call();
        lose_first(&mut world, "REFER");
        world.command(0, Command::Transfer { call: CALL, target: "eve".to_owned() });
        let refer = world.last_request(0, "REFER").expect("sent");
        if !answered {
            world.lose = Box::new(|desk, line| desk == 1 && line == "202 REFER");
        }
        challenge(&mut world, 407, &refer);
        world.run(100);
        world.command(1, Command::FollowTransfer { call: IN, accept: false });
        world.run(100);
        assert!(world.transcript().iter().all(|line| line != "ada 481 NOTIFY"));
        assert_eq!(world.desks[0].calls().last().map(String::as_str), Some("Transfer Failed { status: 603 }"), "answered: {answered}");
    }
}

#[test]
fn an_ack_has_the_credentials_of_its_invite_and_a_cancel_has_none() {
    for status in [401, 407] {
        let start = || {
            let (mut world, first) = dial();
            let invite = challenge(&mut world, status, &first);
            assert_eq!(proofs(&world.last_request(0, "ACK").expect("of the challenge")).len(), 0, "as the first try had none");
            answer(&mut world, &invite, 180, "x", None);
            (world, invite)
        };
        let (mut world, invite) = start();
        answer(&mut world, &invite, 486, "x", None);
        assert_eq!(proofs(&world.last_request(0, "ACK").expect("of the refusal")), proofs(&invite));
        let (mut world, invite) = start();
        for fork in ["x", "y"] {
            answer(&mut world, &invite, 200, fork, None);
            let ack = world.last_request(0, "ACK").expect("of the 200");
            assert_eq!((ack.to().expect("has one").tag(), proofs(&ack)), (Some(fork), proofs(&invite)));
        }
        let (mut world, _) = start();
        world.command(0, Command::HangUp { call: CALL });
        assert_eq!(proofs(&world.last_request(0, "CANCEL").expect("sent")).len(), 0);
    }
}

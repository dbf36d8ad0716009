//! Registrars in trouble: every refusal with every kind of Retry-After, a restart that forgot everything, and a flow that came back
//! with another address.

use crate::support::desk::{CALL, World, registered};
use sip_ws::auth::{DigestServer, Verdict, ha1};
use sip_ws::codec::{HeaderName, Message};
use sip_ws::io::{Command, Event, Input, Millis, Network, RegistrationFailure, RegistrationState};
use std::cell::Cell;
use std::rc::Rc;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn last_state(world: &mut World) -> RegistrationState {
    let states = world.desks[0].links().into_iter().rev();
    states.filter_map(|e| if let Event::Registration(s) = e { Some(s) } else { None }).next().expect("a state was told")
}

#[test]
fn every_refusal_with_every_retry_after_has_its_pause_and_try_now_goes_ahead() {
    let values: [(Option<&'static str>, u64, u64); 6] = [
        (None, 2_500, 5_000),
        (Some("0"), 0, 1_000),
        (Some("5"), 5_000, 6_500),
        (Some("1000000000"), 3_600_000, 3_961_000),
        (Some("soon"), 2_500, 5_000),
        (Some("Sat, 13 Nov 2010 23:29:00 GMT"), 2_500, 5_000),
    ];
    for status in [403, 404, 423, 480, 500, 503] {
        for (value, low, high) in values {
            let asked = Rc::new(Cell::new(0));
            let count = asked.clone();
            let mut world = World::new();
            world.registrar = Box::new(move |request| {
                count.set(count.get() + 1);
                let mut response = request.reply(status, "No");
                if let Some(value) = value {
                    response.push(HeaderName::RetryAfter, value);
                }
                Some(response)
            });
            world.command(0, Command::Start);
            // Connected and refused, each after 20 ms.
            world.run(40);
            let (RegistrationState::Failed { cause, retry_at }, tries) = (last_state(&mut world), asked.get()) else {
                panic!("{status} {value:?}: it is refused")
            };
            assert_eq!(tries, 1, "{status} {value:?}");
            if status == 403 && !matches!(value, Some("0" | "5" | "1000000000")) {
                assert_eq!(
                    (cause, retry_at),
                    (RegistrationFailure::Credentials { status }, None),
                    "only a person can change that, unless a time is named"
                );
                world.run(4_000_000);
                assert_eq!(asked.get(), 1);
            } else {
                let wait = retry_at.expect("it is tried again").since(world.now);
                assert!((low.saturating_sub(40)..=high).contains(&wait), "{status} {value:?}: {wait} ms");
            }
            let before = asked.get();
            world.command(0, Command::RetryNow);
            assert_eq!(asked.get(), before + 1, "{status} {value:?}");
        }
    }
}

/// A registrar with digest; a restart takes another key, so that no nonce of before is known.
fn registrar(restarts: Rc<Cell<u8>>, asked: Rc<Cell<u32>>) -> impl FnMut(&Message) -> Option<Message> {
    let mut generation = 0;
    let mut server = DigestServer::new("portico.test", [0; 32]);
    let mut now = 0;
    move |request| {
        if generation != restarts.get() {
            generation = restarts.get();
            server = DigestServer::new("portico.test", [generation; 32]);
        }
        asked.set(asked.get() + 1);
        now += 1;
        match server.verify(Millis(now), request, |user, algorithm| Some(ha1(algorithm, user, "portico.test", "secret"))) {
            Verdict::Accepted { .. } => Some(registered(request)),
            Verdict::Challenge { stale } => {
                let mut response = request.reply(401, "Unauthorized");
                for value in server.challenge(Millis(now), stale) {
                    response.push(HeaderName::WwwAuthenticate, value);
                }
                Some(response)
            }
            Verdict::Refused { .. } => Some(request.reply(403, "Forbidden")),
        }
    }
}

#[test]
fn a_registrar_that_lost_its_state_is_registered_at_again_without_a_loop() {
    let (restarts, asked) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let mut world = World::new();
    world.registrar = Box::new(registrar(restarts.clone(), asked.clone()));
    world.command(0, Command::Start);
    world.run(300);
    for restart in 1..=5 {
        restarts.set(restart);
        asked.set(0);
        world.close(0);
        world.run(4_000);
        assert!(matches!(last_state(&mut world), RegistrationState::Registered { .. }));
        assert_eq!(asked.get(), 2, "one challenge, one answer");
    }
    // And one that refuses our number as old, once: the next one is higher.
    let refused = Rc::new(Cell::new(false));
    let once = refused.clone();
    world.registrar = Box::new(move |request| Some(if once.replace(true) { registered(request) } else { request.reply(500, "Old CSeq") }));
    world.close(0);
    world.run(10_000);
    assert!(refused.get() && matches!(last_state(&mut world), RegistrationState::Registered { .. }));
}

#[test]
fn a_changed_network_in_a_call_is_probed_at_once_and_media_restarts_once() {
    let mut world = World::in_call();
    // The old address is gone: nothing of the old flow arrives, and the platform says that there is another network.
    world.dead = true;
    let begun = world.t();
    world.input(0, Input::Network(Network::Offline));
    world.input(0, Input::Network(Network::Online));
    world.run(1_000);
    assert!(world.trace.iter().any(|line| line.ends_with("ada disconnect")), "the old flow is dropped within 1 s");
    world.dead = false;
    // And there is no wait before the new one: the server is well.
    world.run(200);
    assert!(world.t() - begun <= 1_200 && matches!(last_state(&mut world), RegistrationState::Registered { .. }));
    // The driver asks for a restart each time that it sees an address gone: one INVITE at once, and one for all that came under way.
    world.trace.clear();
    for _ in 0..5 {
        world.command(0, Command::Renegotiate { call: CALL, fresh: false });
    }
    world.run(3_000);
    let invites = world.trace.iter().filter(|line| line.ends_with("ada INVITE")).count();
    assert_eq!(invites, 2, "not one per event");
    assert!(world.desks.iter_mut().all(|desk| !desk.calls().iter().any(|event| event.starts_with("Ended"))));
}

//! Registration: first, refresh, refusals of every kind, and taking it back.

use crate::support::desk::{World, registered};
use sip_ws::auth::{DigestServer, Verdict, ha1};
use sip_ws::codec::{HeaderName, Message};
use sip_ws::io::{Command, Credentials, Event, Input, LinkState, Millis, RegistrationFailure, RegistrationState};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn start(registrar: impl FnMut(&Message) -> Option<Message> + 'static) -> World {
    let mut world = World::new();
    world.registrar = Box::new(registrar);
    world.command(0, Command::Start);
    world.run(300);
    world
}

fn states(world: &mut World) -> Vec<RegistrationState> {
    world.desks[0].links().into_iter().filter_map(|e| if let Event::Registration(s) = e { Some(s) } else { None }).collect()
}

/// Times of the REGISTERs.
fn times(world: &mut World) -> Vec<u64> {
    world
        .trace
        .drain(..)
        .filter(|l| l.contains("REGISTER"))
        .map(|l| l.split(' ').next().and_then(|t| t.parse().ok()).expect("a time"))
        .collect()
}

#[test]
fn connects_registers_and_says_so() {
    let mut world = start(|request| Some(registered(request)));
    let events = world.desks[0].links();
    assert_eq!(
        events[..3],
        [
            Event::Link(LinkState::Connecting { attempt: 1 }),
            Event::Link(LinkState::Up),
            Event::Registration(RegistrationState::Registering)
        ]
    );
    let Event::Registration(RegistrationState::Registered { until }) = events[3] else { panic!("{events:?}") };
    assert_eq!(until.since(world.now), 600_000 - 280, "600 s from the response, which came after 20 ms");
}

#[test]
fn the_binding_carries_what_rfc_5626_asks_for() {
    let mut world = World::new();
    world.registrar = Box::new(|request| {
        let contact = request.header_str(HeaderName::Contact).expect("has one").to_owned();
        assert!(contact.contains(";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000000000001>\";reg-id=1"), "{contact}");
        assert!(contact.contains(".invalid;transport=ws;ob>"), "{contact}");
        assert!(request.has_token(HeaderName::Supported, "outbound") && request.has_token(HeaderName::Supported, "path"));
        assert_eq!(request.uri(), Some("sip:portico.test"));
        Some(registered(request))
    });
    world.command(0, Command::Start);
    world.run(300);
    assert!(matches!(states(&mut world).last(), Some(RegistrationState::Registered { .. })));
}

#[test]
fn refreshed_before_it_runs_out_with_one_call_id_and_rising_numbers() {
    let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let log = seen.clone();
    let mut world = start(move |request| {
        log.borrow_mut().push((request.call_id().expect("valid").to_owned(), request.cseq().expect("valid").number));
        let mut response = request.reply(200, "OK");
        response.push(
            HeaderName::Contact,
            format!("{};expires=100", request.header_str(HeaderName::Contact).expect("has one").split(";expires").next().expect("first")),
        );
        Some(response)
    });
    world.run(1_000_000);
    let times = times(&mut world);
    for pair in times.windows(2) {
        let gap = pair[1] - pair[0];
        assert!((75_000..=90_030).contains(&gap), "refresh after {gap} ms of 100 s");
    }
    let seen = seen.borrow();
    assert!(seen.windows(2).all(|w| w[0].0 == w[1].0 && w[0].1 < w[1].1), "{seen:?}");
}

#[test]
fn challenge_is_answered_with_the_strongest_hash_and_the_nonce_is_used_again() {
    let mut server = DigestServer::new("portico.test", [5; 32]);
    let mut now = 0;
    let mut world = start(move |request| {
        now += 1;
        match server.verify(Millis(now), request, |user, algorithm| Some(ha1(algorithm, user, "portico.test", "secret"))) {
            Verdict::Accepted { user } => {
                assert_eq!(user, "ada");
                assert_eq!(request.authorization().expect("valid")[0].param("algorithm"), Some("SHA-512-256"));
                Some(registered(request))
            }
            Verdict::Challenge { stale } => {
                let mut response = request.reply(401, "Unauthorized");
                for value in server.challenge(Millis(now), stale) {
                    response.push(HeaderName::WwwAuthenticate, value);
                }
                Some(response)
            }
            Verdict::Refused { .. } => Some(request.reply(403, "Forbidden")),
        }
    });
    assert_eq!(times(&mut world).len(), 2);
    world.run(600_000);
    assert_eq!(times(&mut world).len(), 1, "the refresh needs no challenge");
    assert!(matches!(states(&mut world).last(), Some(RegistrationState::Registered { .. })));
}

#[test]
fn endless_challenges_end_after_two_tries_until_there_are_new_credentials() {
    let mut nonce = 0;
    let mut world = start(move |request| {
        nonce += 1;
        let mut response = request.reply(401, "Unauthorized");
        response.push(HeaderName::WwwAuthenticate, format!("Digest realm=\"portico.test\", nonce=\"{nonce}\", qop=\"auth\", stale=true"));
        Some(response)
    });
    let failed = RegistrationState::Failed { cause: RegistrationFailure::Credentials { status: 401 }, retry_at: None };
    assert_eq!(states(&mut world).last(), Some(&failed));
    assert_eq!(times(&mut world).len(), 3, "one without and two with credentials");
    world.run(3_600_000);
    assert_eq!(times(&mut world), [0; 0], "not by itself");
    world
        .input(0, Input::Credentials(Credentials { user: "ada".to_owned(), password: "new".to_owned(), realm: "portico.test".to_owned() }));
    world.run(300);
    assert_eq!(times(&mut world).len(), 3);
}

#[test]
fn new_credentials_are_no_reason_to_come_before_the_time_that_was_named() {
    let mut world = start(|request| {
        let mut response = request.reply(503, "Service Unavailable");
        response.push(HeaderName::RetryAfter, "60");
        Some(response)
    });
    assert_eq!(times(&mut world).len(), 1);
    let known = Credentials { user: "ada".to_owned(), password: "new".to_owned(), realm: "portico.test".to_owned() };
    world.input(0, Input::Credentials(known));
    world.run(59_000);
    assert_eq!(times(&mut world), [0; 0]);
    world.run(10_000);
    assert_eq!(times(&mut world).len(), 1);
}

#[test]
fn a_challenge_of_another_realm_is_not_answered() {
    let mut world = start(|request| {
        assert!(request.header(HeaderName::Authorization).is_none());
        let mut response = request.reply(401, "Unauthorized");
        response.push(HeaderName::WwwAuthenticate, "Digest realm=\"gateway.test\", nonce=\"1\", qop=\"auth\"");
        Some(response)
    });
    assert!(matches!(states(&mut world).last(), Some(RegistrationState::Failed { retry_at: None, .. })));
    assert_eq!(times(&mut world).len(), 1);
}

#[test]
fn interval_too_brief_is_met_once() {
    let mut world = start(|request| {
        if request.expires() == Some(1_800) {
            return Some(registered(request));
        }
        let mut response = request.reply(423, "Interval Too Brief");
        response.push(HeaderName::MinExpires, "1800");
        Some(response)
    });
    assert!(matches!(states(&mut world).last(), Some(RegistrationState::Registered { .. })));
    assert_eq!(times(&mut world).len(), 2);

    let mut world = start(|request| {
        let mut response = request.reply(423, "Interval Too Brief");
        response.push(HeaderName::MinExpires, "10");
        Some(response)
    });
    assert!(
        matches!(states(&mut world).last(), Some(RegistrationState::Failed { retry_at: Some(_), .. })),
        "a senseless minimum is no loop"
    );
    assert_eq!(times(&mut world).len(), 1);
}

#[test]
fn a_registrar_that_wants_more_each_time_is_asked_with_pauses() {
    let mut world = start(|request| {
        let mut response = request.reply(423, "Interval Too Brief");
        response.push(HeaderName::MinExpires, (request.expires().unwrap_or(0) + 1).to_string());
        Some(response)
    });
    assert!(matches!(states(&mut world).last(), Some(RegistrationState::Failed { retry_at: Some(_), .. })));
    assert_eq!(times(&mut world).len(), 2, "at once only the first time");
    world.run(60_000);
    assert!((3..15).contains(&times(&mut world).len()), "{} in a minute", times(&mut world).len());
}

#[test]
fn retry_after_is_honoured_with_a_cap_and_try_now_goes_ahead() {
    for (value, at_least, at_most) in
        [("0", 0, 1_000), ("5", 5_000, 6_500), ("1000000000", 3_600_000, 3_961_000), ("120 (busy)", 120_000, 133_000)]
    {
        let mut world = start(move |request| {
            let mut response = request.reply(503, "Service Unavailable");
            response.push(HeaderName::RetryAfter, value);
            Some(response)
        });
        let now = world.now;
        let first = states(&mut world).into_iter().find_map(|s| match s {
            RegistrationState::Failed { cause: RegistrationFailure::Refused { status: 503, .. }, retry_at: Some(at) } => Some(at),
            _ => None,
        });
        let wait = first.expect("a time").0 as i64 - now.0 as i64 + 280;
        assert!((at_least..=at_most).contains(&wait), "Retry-After {value}: {wait} ms");
        if value != "0" {
            world.trace.clear();
            world.command(0, Command::RetryNow);
            assert_eq!(times(&mut world).len(), 1, "{value}");
        }
    }
}

#[test]
fn other_refusals_are_tried_again_ever_more_seldom() {
    for status in [404, 480, 500, 503, 600] {
        let mut world = start(move |request| {
            let mut response = request.reply(status, "No");
            response.push(HeaderName::RetryAfter, "garbage");
            Some(response)
        });
        world.run(3_600_000);
        let times = times(&mut world);
        let gaps: Vec<u64> = times.windows(2).map(|w| w[1] - w[0]).collect();
        assert!(gaps[0] <= 5_100 && gaps.iter().all(|g| *g <= 300_100), "{status}: {gaps:?}");
        assert!((12..40).contains(&times.len()), "{status}: {} tries in an hour", times.len());
    }
}

#[test]
fn no_reply_makes_the_link_suspect() {
    let mut world = start(|_| None);
    world.run(33_000);
    let states = states(&mut world);
    assert!(
        matches!(states.last(), Some(RegistrationState::Failed { cause: RegistrationFailure::NoReply, retry_at: Some(_) })),
        "{states:?}"
    );
}

#[test]
fn stopping_takes_the_binding_back() {
    let expires = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let log = expires.clone();
    let mut world = start(move |request| {
        log.borrow_mut().push(request.expires());
        Some(registered(request))
    });
    world.command(0, Command::Stop);
    world.run(5_000);
    assert_eq!(*expires.borrow(), [Some(600), Some(0)]);
    assert_eq!(world.desks[0].links().last(), Some(&Event::Link(LinkState::Off)));
    assert!(world.desks[0].flow.is_none());
    world.assert_at_rest();
    world.command(0, Command::Start);
    world.run(300);
    assert!(matches!(states(&mut world).last(), Some(RegistrationState::Registered { .. })), "and it can start again");
}

#[test]
fn stopping_in_a_call_ends_it_first() {
    let mut world = World::in_call();
    world.command(0, Command::Stop);
    world.run(5_000);
    assert_eq!(world.transcript()[..2], ["ada BYE", "ada REGISTER"]);
    assert!(world.desks[1].calls()[0].starts_with("Ended RemoteHangUp"));
}

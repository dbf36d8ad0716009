//! Session timers (RFC 4028) in both roles: who refreshes and how, 422, and the end when nobody does.

use crate::support::desk::{CALL, IN, World};
use crate::support::pair::{Pair, invite, sdp};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{EndpointConfig, Output, SessionId, SessionTimer};
use sip_ws::io::Command;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn config(offer: Option<u32>, min: u32) -> EndpointConfig {
    let mut config = EndpointConfig::default();
    config.supported.push("timer".to_owned());
    EndpointConfig { session_timer: Some(SessionTimer { offer, min }), ..config }
}

fn plain() -> EndpointConfig {
    EndpointConfig::default()
}

/// A calls B with these headers added; B answers.
fn call(pair: &mut Pair, extra: &[(&str, &str)]) -> (SessionId, SessionId, Message) {
    let mut message = invite();
    for (name, value) in extra {
        message.push_named(name, value);
    }
    let a = pair.a.ep.invite(pair.now, pair.a.flow, message);
    pair.run(100);
    let b = pair.b.incoming();
    pair.b.ep.accept(pair.now, b, "<sip:b@b.invalid>", &[], Some(sdp("b1"))).expect("ringing");
    pair.run(100);
    let accepted = pair.a.events.iter().find_map(|event| match event {
        sip_ws::endpoint::EndpointEvent::Accepted { message, .. } => Some(message.clone()),
        _ => None,
    });
    pair.a.events.clear();
    pair.b.events.clear();
    pair.trace.clear();
    (a, b, accepted.expect("answered"))
}

fn timer(message: &Message) -> Option<String> {
    message.header_str(HeaderName::SessionExpires).map(str::to_owned)
}

#[test]
fn the_2xx_says_who_refreshes_as_table_2_asks() {
    // What A offers, who understands timers, what A asks for, and what the 2xx must say.
    let timers = || config(Some(1_800), 90);
    for (a, b, extra, expected) in [
        (timers(), timers(), None, Some("1800;refresher=uac")),
        (timers(), timers(), Some("600;refresher=uac"), Some("600;refresher=uac")),
        (timers(), timers(), Some("600;refresher=uas"), Some("600;refresher=uas")),
        // The callee may lower the interval, not raise it.
        (timers(), config(Some(300), 90), None, Some("300;refresher=uac")),
        (timers(), config(None, 90), None, Some("1800;refresher=uac")),
        // Who does not know timers cannot refresh: the callee does.
        (plain(), timers(), None, Some("1800;refresher=uas")),
        (plain(), config(None, 90), None, None),
        (timers(), plain(), None, None),
    ] {
        let mut pair = Pair::with(true, a, b);
        let extra: Vec<(&str, &str)> = extra.iter().map(|value| ("Session-Expires", *value)).collect();
        let (_, _, answer) = call(&mut pair, &extra);
        assert_eq!(timer(&answer).as_deref(), expected, "{extra:?}");
        assert_eq!(
            answer.has_token(HeaderName::Require, "timer"),
            expected.is_some_and(|e| !e.starts_with("1800;refresher=uas")),
            "Require where the caller understands it"
        );
    }
}

#[test]
fn the_refresher_sends_an_update_without_a_body_at_half_time_for_ever() {
    for (refresher, line) in [("uac", "A>B UPDATE"), ("uas", "B>A UPDATE")] {
        let mut pair = Pair::with(true, config(Some(600), 90), config(Some(600), 90));
        call(&mut pair, &[("Session-Expires", &format!("600;refresher={refresher}"))]);
        let start = pair.now;
        run_answering(&mut pair, 2_000_000);
        let times: Vec<u64> = pair
            .trace
            .iter()
            .filter(|l| l.ends_with(line))
            .map(|l| l.split(' ').next().and_then(|t| t.parse::<u64>().ok()).expect("a time"))
            .collect();
        let first = times[0] - start.since(crate::support::pair::START);
        assert!((299_000..=300_000).contains(&first), "{first}");
        assert!(times.windows(2).all(|w| (300_000..=301_200).contains(&(w[1] - w[0]))), "{times:?}");
        assert_eq!(times.len(), 6);
        assert_eq!((pair.a.names(), pair.b.names()), (vec![], vec![]), "the call lives");
    }
}

/// B answers UPDATEs as its owner would.
fn run_answering(pair: &mut Pair, ms: u64) {
    let end = pair.now.plus(ms);
    while pair.now < end {
        pair.run(1_000);
        for end in [&mut pair.a, &mut pair.b] {
            let mut rest = Vec::new();
            for event in end.events.drain(..) {
                match event {
                    sip_ws::endpoint::EndpointEvent::InDialog { txn, message, .. } if message.method() == Some(&Method::Update) => {
                        end.ep.respond(pair.now, txn, Message::response(200, "OK"));
                    }
                    other => rest.push(other),
                }
            }
            end.events.extend(rest);
        }
    }
}

#[test]
fn the_call_ends_32_seconds_before_its_expiry_when_refreshes_are_lost_and_not_before() {
    for refresher in ["uac", "uas"] {
        let mut pair = Pair::with(true, config(Some(600), 90), config(Some(600), 90));
        call(&mut pair, &[("Session-Expires", &format!("600;refresher={refresher}"))]);
        pair.lose = Box::new(|_, line| line == "UPDATE");
        pair.run(567_000);
        assert_eq!((pair.a.names(), pair.b.names()), (vec![], vec![]), "not before");
        pair.run(2_000);
        let names = [pair.a.names(), pair.b.names()];
        assert!(names.iter().any(|n| n == &["Ended SessionExpired"]), "{names:?}");
        assert!(names.iter().all(|n| n.len() == 1), "both are over: {names:?}");
        pair.run(40_000);
        pair.assert_at_rest();
    }
}

#[test]
fn a_short_session_keeps_two_thirds_of_its_interval() {
    let mut pair = Pair::with(true, config(Some(90), 90), config(Some(90), 90));
    call(&mut pair, &[]);
    pair.lose = Box::new(|_, line| line == "UPDATE");
    pair.run(59_000);
    assert!(pair.a.names().is_empty());
    pair.run(2_000);
    assert!(pair.a.names().iter().any(|n| n.starts_with("Ended")));
}

#[test]
fn a_refused_interval_is_asked_for_again_with_the_least_that_is_accepted() {
    let mut pair = Pair::with(true, config(Some(90), 90), config(None, 1_000));
    let (_, _, answer) = call(&mut pair, &[]);
    assert_eq!(timer(&answer).as_deref(), Some("1000;refresher=uac"));
}

#[test]
fn a_peer_that_asks_for_more_each_time_is_given_up() {
    let mut pair = Pair::with(true, config(Some(90), 90), plain());
    pair.a.ep.invite(pair.now, pair.a.flow, invite());
    let mut asked = Vec::new();
    loop {
        match pair.a.ep.poll() {
            Output::Transmit { bytes, .. } => {
                let request = Message::parse(&bytes).expect("ours");
                if request.method() != Some(&Method::Invite) {
                    continue;
                }
                let seconds = request.session_expires().expect("valid").expect("offered").seconds;
                asked.push(seconds);
                let mut refusal = request.reply(422, "Session Interval Too Small");
                refusal.push(HeaderName::MinSe, (seconds * 2).to_string());
                pair.a.ep.receive(pair.now, pair.a.flow, &refusal.to_bytes());
            }
            Output::Event(event) => pair.a.events.push_back(event),
            Output::Wait(_) => break,
        }
    }
    assert_eq!(asked, [90, 180, 360, 720, 1_440]);
    assert_eq!(pair.a.names(), ["Rejected 422"]);
}

#[test]
fn a_refused_interval_that_crosses_a_cancel_is_not_asked_for_again() {
    let mut pair = Pair::with(true, config(Some(90), 90), plain());
    let a = pair.a.ep.invite(pair.now, pair.a.flow, invite());
    let Output::Transmit { bytes, .. } = pair.a.ep.poll() else { panic!("no INVITE") };
    let request = Message::parse(&bytes).expect("ours");
    pair.a.ep.receive(pair.now, pair.a.flow, &request.reply(100, "Trying").to_bytes());
    pair.a.ep.hang_up(pair.now, a, &[]);
    let mut refusal = request.reply(422, "Session Interval Too Small");
    refusal.push(HeaderName::MinSe, "180");
    pair.a.ep.receive(pair.now, pair.a.flow, &refusal.to_bytes());
    pair.run(100);
    assert_eq!(pair.transcript(), ["A>B CANCEL", "A>B ACK", "B>A 481 CANCEL"]);
    assert_eq!(pair.a.names(), ["Ended Local"]);
    pair.run(40_000);
    pair.assert_at_rest();
}

#[test]
fn a_peer_without_update_is_refreshed_by_a_reinvite_of_the_owner() {
    let mut b = config(None, 90);
    b.allow.retain(|method| *method != Method::Update);
    let mut pair = Pair::with(true, config(Some(600), 90), b);
    let (a, b, _) = call(&mut pair, &[]);
    pair.run(301_000);
    assert_eq!(pair.a.names(), ["RefreshDue"]);
    pair.a.ep.reinvite(pair.now, a, &[], Some(sdp("a1"))).expect("established");
    pair.run(100);
    pair.b.ep.answer_reinvite(pair.now, b, 200, "OK", &[], Some(sdp("b1"))).expect("open");
    pair.run(100);
    pair.a.events.clear();
    pair.run(290_000);
    assert_eq!(pair.a.names(), [""; 0], "the re-INVITE was a refresh");
    pair.run(12_000);
    assert_eq!(pair.a.names().first().map(String::as_str), Some("RefreshDue"));
}

#[test]
fn agents_refresh_through_their_own_answers_and_a_hold_keeps_the_role() {
    let mut world = World::with_timer(600);
    world.command(0, Command::Hold { call: CALL });
    world.run(500);
    assert_eq!(world.desks[0].calls(), ["Hold local=true remote=false"]);
    world.trace.clear();
    world.run(1_900_000);
    let updates = world.transcript();
    assert_eq!(updates.iter().filter(|l| *l == "ada UPDATE").count(), 6, "{updates:?}");
    assert_eq!(updates.iter().filter(|l| *l == "bob UPDATE").count(), 0);
    assert_eq!(world.desks[0].calls(), [""; 0]);
    world.desks[1].events.clear();
    world.command(1, Command::HangUp { call: IN });
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn a_lost_link_refreshes_as_soon_as_it_is_back() {
    let mut world = World::with_timer(600);
    world.up = false;
    world.close(0);
    world.run(400_000);
    world.up = true;
    world.command(0, Command::RetryNow);
    world.trace.clear();
    world.run(1_000);
    assert!(world.transcript().contains(&"ada UPDATE".to_owned()), "it was due while there was no link");
    world.run(500_000);
    assert!(world.desks[0].calls().iter().all(|e| !e.starts_with("Ended")));
}

#[test]
fn a_peer_that_never_refreshes_ends_the_agents_call_with_no_answer() {
    let mut world = World::with_timer(600);
    world.lose = Box::new(|_, line| line.ends_with("UPDATE"));
    world.run(600_000);
    let ended = world.desks.iter_mut().map(|desk| desk.calls().last().cloned().unwrap_or_default()).collect::<Vec<_>>();
    assert!(ended.iter().any(|e| e == "Ended Gone { status: 408 }"), "{ended:?}");
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn a_bye_that_never_arrives_leaves_no_ghost_behind() {
    let mut world = World::with_timer(90);
    world.lose = Box::new(|desk, line| desk == 0 && line != "REGISTER" && line != "ping");
    world.command(0, Command::HangUp { call: CALL });
    world.run(95_000);
    assert_eq!(world.desks[1].calls().last().map(String::as_str), Some("Ended Gone { status: 408 }"));
    world.run(60_000);
    world.assert_at_rest();
}

#[test]
fn an_agent_whose_peer_has_no_update_refreshes_by_an_offer_of_what_is_agreed() {
    let mut world = World::ready();
    world.lose = Box::new(|desk, line| desk == 0 && matches!(line, "INVITE" | "ACK" | "UPDATE" | "BYE"));
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    let accept = |world: &mut World| {
        let invite = world.invites(0).pop().expect("sent");
        let mut response = invite.reply(200, "OK");
        response.set(HeaderName::To, "<sip:bob@portico.test>;tag=p");
        for (name, value) in [
            (HeaderName::Contact, "<sip:bob@b.invalid>"),
            (HeaderName::Allow, "INVITE, ACK, BYE, CANCEL"),
            (HeaderName::SessionExpires, "90;refresher=uac"),
            (HeaderName::Require, "timer"),
        ] {
            response.push(name, value);
        }
        response.set_body("application/sdp", invite.body().to_vec());
        world.inject(0, &response.to_bytes());
    };
    accept(&mut world);
    for round in 2..5 {
        world.run(46_000);
        let sent = world.invites(0);
        assert_eq!(sent.len(), round, "one re-INVITE per half interval");
        let refresh = &sent[round - 1];
        assert_eq!(timer(refresh).as_deref(), Some("90;refresher=uac"), "the roles stay");
        assert!(!refresh.body().is_empty());
        accept(&mut world);
    }
    assert!(world.desks[0].calls().iter().all(|e| !e.starts_with("Ended")));
    // A third of the interval before its expiry, and then its BYE is not answered either.
    world.run(60_000 + 32_100);
    assert_eq!(world.desks[0].calls().last().map(String::as_str), Some("Ended Gone { status: 408 }"), "and without answers it ends");
}

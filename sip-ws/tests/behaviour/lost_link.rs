//! The link: keep-alive, dead sockets, reconnection, and calls that outlive it all.

use crate::support::desk::{CALL, IN, START, World};
use sip_ws::io::{Command, Event, Input, LinkLoss, LinkState, Millis, Network, RegistrationState, SocketInput};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn times(world: &World, what: &str) -> Vec<u64> {
    world.trace.iter().filter(|l| l.ends_with(what)).map(|l| l.split(' ').next().and_then(|t| t.parse().ok()).expect("a time")).collect()
}

#[test]
fn silence_is_probed_after_25_s_idle_and_5_s_in_a_call() {
    let mut world = World::ready();
    world.run(100_000);
    let idle = times(&world, "ada ping");
    assert!(idle.windows(2).all(|w| w[1] - w[0] == 25_010), "{idle:?}");
    let mut world = World::in_call();
    world.run(60_000);
    let in_call = times(&world, "ada ping");
    assert!(in_call.windows(2).all(|w| w[1] - w[0] == 5_010), "{in_call:?}");
}

#[test]
fn a_silent_socket_is_dropped_within_35_s_idle_and_9_s_in_a_call() {
    for (mut world, limit) in [(World::ready(), 35_000), (World::in_call(), 9_000)] {
        world.dead = true;
        let start = world.t();
        world.run(40_000);
        let dropped = times(&world, "ada disconnect")[0] - start;
        assert!(dropped <= limit, "after {dropped} ms");
        let events = world.desks[0].links();
        assert!(events.iter().any(|e| matches!(e, Event::Link(LinkState::Down { cause: LinkLoss::Silent, .. }))));
        assert!(!world.desks[0].calls().iter().any(|e| e.starts_with("Ended")), "no call ends by that");
    }
}

#[test]
fn a_peer_that_knows_no_crlf_is_probed_by_options() {
    let mut world = World::ready();
    world.pongs = false;
    world.run(300_000);
    assert!(times(&world, "ada disconnect").is_empty(), "it is alive");
    let options = times(&world, "ada OPTIONS");
    assert!(options.len() >= 10, "{options:?}");
    assert_eq!(times(&world, "ada ping").len(), 1, "CRLF is not tried again on this socket");
}

#[test]
fn a_peer_that_knows_no_crlf_is_probed_by_options_before_another_network_costs_its_socket() {
    let mut world = World::in_call();
    world.pongs = false;
    world.input(0, Input::Network(Network::Offline));
    world.run(100);
    world.input(0, Input::Network(Network::Online));
    world.run(2_000);
    assert_eq!(times(&world, "ada OPTIONS").len(), 1, "{:?}", world.trace);
    assert_eq!(times(&world, "ada disconnect"), [0; 0], "it is alive");
}

#[test]
fn reconnects_within_2_s_then_at_most_every_2_5_s_for_a_minute_then_seldom() {
    let mut world = World::ready();
    world.up = false;
    world.close(0);
    let lost = world.t();
    world.run(3_600_000);
    let tries: Vec<u64> = times(&world, "ada connect").into_iter().map(|t| t - lost).collect();
    assert!(tries[0] <= 2_000, "{tries:?}");
    let fast: Vec<u64> = tries.iter().copied().take_while(|t| *t <= 60_000).collect();
    assert!(fast.windows(2).all(|w| w[1] - w[0] <= 2_520), "{fast:?}");
    assert!(fast.len() > 24, "{}", fast.len());
    let slow = &tries[fast.len()..];
    assert!(slow.windows(2).all(|w| w[1] - w[0] >= 15_000 && w[1] - w[0] <= 1_800_000), "{slow:?}");
    assert!(slow.len() < 60, "{} tries in an hour", slow.len());
}

#[test]
fn the_wait_is_told_and_try_now_or_the_network_shortens_it() {
    for shorter in [Input::Command(Command::RetryNow), Input::Network(Network::Online)] {
        let mut world = World::ready();
        world.up = false;
        world.close(0);
        world.run(600_000);
        let Some(Event::Link(LinkState::Down { cause: LinkLoss::Refused, retry_at, .. })) = world.desks[0].links().pop() else {
            panic!("not told")
        };
        assert!(retry_at > world.now);
        world.up = true;
        world.clear();
        world.input(0, shorter);
        world.run(300);
        assert!(matches!(world.desks[0].links().last(), Some(Event::Registration(RegistrationState::Registered { .. }))));
    }
}

#[test]
fn hope_brings_the_fast_tries_back() {
    let mut world = World::ready();
    world.up = false;
    world.close(0);
    world.run(3_600_000);
    world.clear();
    world.input(0, Input::Network(Network::Online));
    let hope = world.t();
    world.run(30_000);
    let tries: Vec<u64> = times(&world, "ada connect").into_iter().map(|t| t - hope).collect();
    assert!(tries.len() > 10 && tries.windows(2).all(|w| w[1] - w[0] <= 2_520), "{tries:?}");
    let Some(Event::Link(LinkState::Down { since, .. })) = world.desks[0].links().pop() else { panic!("not told") };
    assert!(world.now.since(since) > 3_600_000, "it is still the same outage");
}

#[test]
fn a_proxy_on_the_way_is_shown_the_new_flow_by_one_reinvite() {
    let mut world = World::ready();
    let ok = b"INVITE sip:ada@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bKr\r\nRecord-Route: <sip:edge.test;lr>\r\n\
        From: <sip:x@x.test>;tag=1\r\nTo: <sip:ada@portico.test>\r\nCall-ID: routed\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\
        Contact: <sip:x@x.invalid>\r\nContent-Length: 0\r\n\r\n";
    world.inject(0, ok);
    world.command(0, Command::Answer { call: IN, video: false });
    let offer = world.last_frame(0).expect("our 200 with an offer");
    let mut ack = sip_ws::codec::Message::parse(
        &String::from_utf8_lossy(ok).replace("INVITE sip", "ACK sip").replace("1 INVITE", "1 ACK").into_bytes(),
    )
    .expect("valid");
    ack.set(sip_ws::codec::HeaderName::To, offer.header_str(sip_ws::codec::HeaderName::To).expect("has one"));
    ack.set_body("application/sdp", offer.body().to_vec());
    world.inject(0, &ack.to_bytes());
    world.clear();
    // Bob's desk knows nothing of this call.
    world.lose = Box::new(|desk, _| desk == 1);
    world.close(0);
    world.run(5_000);
    let sent: Vec<String> = world.transcript().into_iter().filter(|l| l.starts_with("ada")).collect();
    assert_eq!(sent, ["ada connect", "ada REGISTER", "ada INVITE"]);
    let reinvite = world.last_frame(0).expect("sent");
    assert_eq!(reinvite.header_str(sip_ws::codec::HeaderName::Route), Some("<sip:edge.test;lr>"));
}

#[test]
fn a_server_that_is_busy_is_left_alone_as_long_as_it_asks() {
    let mut world = World::ready();
    let flow = world.desks[0].flow.take().expect("open");
    world.desks[0].open = false;
    world.input(0, Input::Socket(flow, SocketInput::Closed { retry_after: Some(30) }));
    world.run(29_999);
    assert!(times(&world, "ada connect").is_empty());
    world.run(5_000);
    assert_eq!(times(&world, "ada connect").len(), 1);
}

#[test]
fn a_call_survives_and_registration_comes_first_then_what_waited() {
    let mut world = World::in_call();
    world.close(0);
    world.command(0, Command::Dtmf { call: CALL, digit: '5', duration_ms: 100 });
    world.command(0, Command::Hold { call: CALL });
    world.run(5_000);
    assert_eq!(world.transcript()[..4], ["ada connect", "ada REGISTER", "ada INFO", "ada INVITE"]);
    assert_eq!(world.desks[0].calls(), ["Reach false", "Reach true", "Hold local=true remote=false"]);
    assert_eq!(world.desks[1].calls(), ["Dtmf 5 100", "Hold local=false remote=true"]);
    world.command(1, Command::HangUp { call: IN });
    world.run(500);
    assert!(world.desks[0].calls()[0].starts_with("Ended RemoteHangUp"));
}

#[test]
fn a_hang_up_while_the_link_is_down_is_said_when_it_is_back() {
    let mut world = World::in_call();
    world.up = false;
    world.close(0);
    world.command(0, Command::HangUp { call: CALL });
    assert_eq!(world.desks[0].calls(), ["Reach false", "Ended LocalHangUp"], "for the user it is over");
    world.run(20_000);
    assert_eq!(world.desks[1].calls(), [""; 0]);
    world.up = true;
    world.run(5_000);
    let transcript = world.transcript();
    let tail: Vec<&str> = transcript.iter().map(String::as_str).filter(|l| !l.ends_with("connect")).collect();
    assert_eq!(tail, ["ada REGISTER", "ada BYE", "bob 200 BYE"]);
    assert!(world.desks[1].calls()[0].starts_with("Ended RemoteHangUp"));
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn a_bye_that_was_under_way_is_said_again() {
    let mut world = World::in_call();
    world.lose = Box::new(|_, line| line == "BYE");
    world.command(0, Command::HangUp { call: CALL });
    world.run(100);
    world.lose = Box::new(|_, _| false);
    world.close(0);
    world.run(5_000);
    assert!(world.desks[1].calls()[0].starts_with("Ended RemoteHangUp"));
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn whoever_leaves_while_the_link_is_down_says_goodbye_when_it_is_back() {
    let mut world = World::in_call();
    world.up = false;
    world.close(0);
    world.command(0, Command::Stop);
    assert_eq!(world.desks[0].calls(), ["Reach false", "Ended LocalHangUp"], "for the user it is over");
    world.run(10_000);
    assert_eq!(world.desks[1].calls(), [""; 0]);
    world.up = true;
    world.run(10_000);
    let said: Vec<String> = world.transcript().into_iter().filter(|line| !line.ends_with(" connect")).collect();
    assert_eq!(said, ["ada REGISTER", "ada BYE", "bob 200 BYE", "ada REGISTER", "ada disconnect"]);
    assert!(world.desks[1].calls()[0].starts_with("Ended RemoteHangUp"));
    assert_eq!(world.desks[0].links().last(), Some(&Event::Link(LinkState::Off)));
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn whoever_leaves_for_ever_does_not_wait_for_ever() {
    let mut world = World::in_call();
    world.up = false;
    world.close(0);
    world.command(0, Command::Stop);
    world.run(31_900);
    assert_ne!(world.desks[0].links().last(), Some(&Event::Link(LinkState::Off)));
    world.run(200);
    assert_eq!(world.desks[0].links().last(), Some(&Event::Link(LinkState::Off)));
    world.clear();
    world.up = true;
    world.run(3_600_000);
    assert_eq!(times(&world, "ada connect"), [0; 0]);
    assert_eq!(world.desks[0].agent.load(), (0, 0, 0, 0));
}

#[test]
fn a_bye_into_silence_is_said_again_on_the_next_socket() {
    for last in [Command::HangUp { call: CALL }, Command::Stop] {
        let mut world = World::in_call();
        world.lose = Box::new(|desk, _| desk == 0);
        world.command(0, last.clone());
        world.run(9_100);
        assert_eq!(times(&world, "ada disconnect").len(), 1, "noticed as in a call, {last:?}");
        world.lose = Box::new(|_, _| false);
        world.run(10_000);
        assert!(world.desks[1].calls()[0].starts_with("Ended RemoteHangUp"), "{last:?}");
        world.run(40_000);
        world.assert_at_rest();
    }
}

#[test]
fn ringing_and_answering_go_on_over_the_next_socket() {
    let mut world = World::ready();
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    world.close(0);
    world.close(1);
    world.run(5_000);
    world.command(1, Command::Answer { call: IN, video: false });
    world.run(1_000);
    assert_eq!(world.desks[0].calls().last().map(String::as_str), Some("Answered"));
    world.command(0, Command::HangUp { call: CALL });
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn an_answer_that_is_lost_with_the_socket_comes_again() {
    let mut world = World::ready();
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    world.close(1);
    world.command(1, Command::Answer { call: IN, video: false });
    assert_eq!(world.desks[1].calls().last().map(String::as_str), Some("Answered"));
    world.run(5_000);
    assert_eq!(world.desks[0].calls().last().map(String::as_str), Some("Answered"));
}

#[test]
fn a_new_call_waits_a_moment_for_the_link_and_then_says_so() {
    let mut world = World::ready();
    world.up = false;
    world.close(0);
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(7_999);
    assert_eq!(world.desks[0].calls(), [""; 0]);
    world.run(1);
    assert_eq!(world.desks[0].calls(), ["Ended NoLink"]);
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.up = true;
    world.run(5_000);
    assert_eq!(world.desks[0].calls(), ["Dialling", "Progress 180"]);
}

#[test]
fn a_sleep_is_followed_by_a_probe_not_by_a_verdict() {
    let mut world = World::ready();
    world.now = Millis(world.now.0 + 3_600_000);
    world.input(0, Input::Timer);
    assert!(world.trace.last().is_some_and(|l| l.ends_with("ping") || l.ends_with("REGISTER")), "{:?}", world.trace);
    assert!(times(&world, "ada disconnect").is_empty());
    world.run(100);
    assert!(times(&world, "ada disconnect").is_empty(), "it answered");
    assert!(world.now > START);
}

#[test]
fn flapping_ten_times_keeps_the_call() {
    let mut world = World::in_call();
    for _ in 0..10 {
        world.close(0);
        world.run(1_000);
    }
    world.run(5_000);
    assert!(!world.desks[0].calls().iter().any(|e| e.starts_with("Ended")));
    world.command(0, Command::HangUp { call: CALL });
    world.run(500);
    assert!(world.desks[1].calls().last().is_some_and(|e| e.starts_with("Ended RemoteHangUp")));
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn frames_of_an_old_socket_are_ignored() {
    let mut world = World::in_call();
    let old = world.desks[0].flow.expect("open");
    world.close(0);
    world.run(5_000);
    world.clear();
    world.input(0, Input::Socket(old, SocketInput::Received(b"OPTIONS sip:x SIP/2.0\r\n\r\n".to_vec())));
    world.input(0, Input::Socket(old, SocketInput::Closed { retry_after: None }));
    assert_eq!(world.transcript(), [""; 0]);
    assert!(world.desks[0].events.is_empty());
}

//! Several edges (RFC 5626): a flow and a binding for each, and calls that outlive the edge that they began on.

use std::cell::RefCell;
use std::rc::Rc;

use crate::support::driver::registered;
use crate::support::edges::{Edges, invite};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{CallId, Command, Event, Input, LinkState, Network, RegistrationState};
use sip_ws::watch::{Package, Watch, WatchId};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CALL: CallId = CallId(1);
const IN: CallId = CallId::FIRST_INCOMING;

fn header(message: &Message, name: HeaderName) -> String {
    message.header_str(name).unwrap_or_default().to_owned()
}

fn routes(message: &Message) -> Vec<String> {
    message.routes().expect("valid").iter().map(|route| route.as_str().to_owned()).collect()
}

/// The agent in a call that it made by way of the first edge.
fn in_call() -> Edges {
    let mut world = Edges::ready(&["a", "b"]);
    world.command(Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    assert_eq!(world.desk.calls(), ["Dialling", "Answered"]);
    assert_eq!(world.lines(), ["a INVITE", "a ACK"]);
    world
}

#[test]
fn each_edge_has_a_flow_and_a_binding_of_its_own() {
    let mut world = Edges::new(&["a", "b"]);
    world.command(Command::Start);
    world.run(500);
    let registers: Vec<(usize, String)> = world
        .sent
        .iter()
        .filter(|(_, message)| message.method() == Some(&Method::Register))
        .map(|(edge, message)| (*edge, header(message, HeaderName::Contact)))
        .collect();
    assert_eq!(registers.len(), 2, "{registers:?}");
    for (edge, contact) in &registers {
        let wanted = format!(";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000000000001>\";reg-id={};", edge + 1);
        assert!(contact.contains(&wanted), "{contact}");
    }
    let uri = |at: usize| registers[at].1.split('>').next().map(str::to_owned);
    assert_ne!(uri(0), uri(1), "a registrar that compares addresses keeps both");
    let told: Vec<Event> = world.desk.links();
    let up = told.iter().filter(|event| matches!(event, Event::Link(LinkState::Up))).count();
    let bound = told.iter().filter(|event| matches!(event, Event::Registration(RegistrationState::Registered { .. }))).count();
    assert_eq!((up, bound), (1, 1), "the user sees one link: {told:?}");
    world.clear();
    world.command(Command::Stop);
    world.run(500);
    let lines = world.lines();
    for line in ["a REGISTER", "b REGISTER", "a disconnect", "b disconnect"] {
        assert!(lines.iter().any(|known| known == line), "both are taken back: {lines:?}");
    }
    assert!(matches!(world.desk.links().last(), Some(Event::Link(LinkState::Off))));
}

#[test]
fn one_edge_is_one_flow_and_five_are_four() {
    let mut world = Edges::new(&["a"]);
    world.command(Command::Start);
    world.run(500);
    assert_eq!(world.lines(), ["a connect", "a REGISTER"]);
    let mut world = Edges::new(&["a", "b", "c", "d", "e"]);
    world.command(Command::Start);
    world.run(500);
    let connects: Vec<String> = world.lines().into_iter().filter(|line| line.ends_with("connect")).collect();
    assert_eq!(connects, ["a connect", "b connect", "c connect", "d connect"]);
}

#[test]
fn requests_take_the_first_edge_that_lives_and_calls_are_taken_from_all() {
    let mut world = Edges::ready(&["a", "b"]);
    world.kill(0);
    world.run(100);
    world.clear();
    world.command(Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    let (edge, sent) = world.last(&Method::Invite);
    assert_eq!(edge, 1);
    world.command(Command::HangUp { call: CALL });
    world.edges[0].up = true;
    world.run(200_000);
    world.clear();
    world.command(Command::Call { call: CallId(2), target: "bob".to_owned(), video: false });
    world.run(200);
    let (edge, again) = world.last(&Method::Invite);
    assert_eq!(edge, 0, "the first is there again");
    assert_ne!(header(&sent, HeaderName::Contact), header(&again, HeaderName::Contact), "each binding has its address");
    world.command(Command::HangUp { call: CallId(2) });
    world.run(200);
    world.clear();
    world.inject(1, &invite("b", "1"));
    assert_eq!(world.desk.calls(), ["Incoming bob"]);
    // A proxy that asks both flows: it is the same call.
    world.inject(0, &invite("a", "2"));
    assert_eq!(world.sent.last().map(|(edge, message)| (*edge, message.status())), Some((0, Some(482))));
    world.command(Command::Answer { call: IN, video: false });
    let (edge, ok) = world.sent.last().cloned().expect("sent");
    assert_eq!((edge, ok.status()), (1, Some(200)), "answered where it came from");
    assert_eq!(header(&ok, HeaderName::Contact), header(&sent, HeaderName::Contact), "with the address of that edge");
}

#[test]
fn a_call_goes_on_over_the_other_edge_at_once() {
    let mut world = in_call();
    world.kill(0);
    world.run(300);
    assert_eq!(world.desk.calls(), [""; 0], "the user sees nothing of it");
    assert!(!world.desk.links().iter().any(|event| matches!(event, Event::Link(LinkState::Down { .. }))));
    let (edge, reinvite) = world.last(&Method::Invite);
    assert_eq!(edge, 1);
    assert_eq!(reinvite.uri(), Some("sip:bob@192.0.2.7:5060"));
    assert_eq!(routes(&reinvite), ["<sip:b.edge.test:8443;transport=ws;lr>", "<sip:core.test;lr>"], "this edge instead of that one");
    world.command(Command::Hold { call: CALL });
    world.run(300);
    assert_eq!(world.desk.calls(), ["Hold local=true remote=false"]);
    world.clear();
    // The edge comes back: nothing of the call changes, which then outlives the other one too.
    world.edges[0].up = true;
    world.run(120_000);
    assert!(world.times("a REGISTER").len() == 1 && world.times("a INVITE").is_empty(), "{:?}", world.lines());
    world.kill(1);
    world.run(300);
    let (edge, reinvite) = world.last(&Method::Invite);
    assert_eq!(edge, 0);
    assert_eq!(routes(&reinvite), ["<sip:a.edge.test:8443;transport=ws;lr>", "<sip:core.test;lr>"]);
    world.command(Command::HangUp { call: CALL });
    world.run(40_000);
    assert_eq!(world.last(&Method::Bye).0, 0);
    assert_eq!(world.desk.agent.load(), (0, 0, 0, 0));
}

#[test]
fn a_lost_flow_disturbs_no_call_on_the_other() {
    let mut world = in_call();
    world.kill(1);
    world.run(20_000);
    assert_eq!(world.desk.calls(), [""; 0]);
    assert!(world.times("a INVITE").is_empty(), "nothing is repaired that is whole");
    assert!(!world.desk.links().iter().any(|event| matches!(event, Event::Link(_) | Event::Registration(_))));
    world.edges[1].up = true;
    world.run(120_000);
    assert_eq!(world.times("b REGISTER").len(), 1);
    assert!(world.times("a INVITE").is_empty() && world.times("b INVITE").is_empty());
}

#[test]
fn each_flow_is_kept_alive_by_itself_and_a_silent_one_is_replaced() {
    let mut world = Edges::ready(&["a", "b"]);
    world.run(100_000);
    for edge in ["a ping", "b ping"] {
        let times = world.times(edge);
        assert!(times.len() == 4 && times.windows(2).all(|w| w[1] - w[0] == 25_010), "{edge}: {times:?}");
    }
    world.clear();
    world.edges[1].dead = true;
    world.run(40_000);
    assert_eq!((world.times("a disconnect").len(), world.times("b disconnect").len()), (0, 1));
    assert_eq!(world.desk.links(), []);
}

#[test]
fn a_flow_timer_counts_for_its_flow() {
    let mut world = Edges::new(&["a", "b"]);
    world.edges[1].registrar = Box::new(|request| {
        let mut response = registered(request);
        response.push_named("Flow-Timer", "10");
        Some(response)
    });
    world.command(Command::Start);
    world.run(60_000);
    let (a, b) = (world.times("a ping").len(), world.times("b ping").len());
    assert!(a == 2 && b >= 6, "{a} {b}");
}

#[test]
fn a_spare_flow_is_tried_slowly_and_the_last_one_fast() {
    let mut world = Edges::ready(&["a", "b"]);
    world.kill(1);
    let lost = world.t();
    world.run(3_600_000);
    let tries: Vec<u64> = world.times("b connect").into_iter().map(|at| at - lost).collect();
    assert!(tries[0] <= 2_000, "a glitch is repaired at once: {tries:?}");
    let waits: Vec<u64> = tries.windows(2).map(|w| w[1] - w[0] - 10).collect();
    for (at, wait) in waits.iter().enumerate() {
        let upper = (90_000 << at.min(5)).min(1_800_000);
        assert!((upper / 2..=upper).contains(wait), "RFC 5626 4.5, wait {at}: {waits:?}");
    }
    assert!(waits.len() >= 4, "{waits:?}");
    world.clear();
    world.kill(0);
    let lost = world.t();
    world.run(20_000);
    for edge in ["a connect", "b connect"] {
        let tries: Vec<u64> = world.times(edge).into_iter().map(|at| at - lost).collect();
        assert!(tries[0] <= 2_000 && tries.windows(2).all(|w| w[1] - w[0] <= 2_520), "none is left: {edge} {tries:?}");
    }
    assert!(matches!(world.desk.links().last(), Some(Event::Link(LinkState::Connecting { .. } | LinkState::Down { .. }))));
}

#[test]
fn without_any_flow_a_call_waits_and_takes_the_first_that_comes() {
    let mut world = in_call();
    world.kill(0);
    world.kill(1);
    assert_eq!(world.desk.calls(), ["Reach false"]);
    world.edges[1].up = true;
    world.run(5_000);
    assert_eq!(world.desk.calls(), ["Reach true"]);
    assert_eq!(world.last(&Method::Invite).0, 1);
    assert!(world.desk.agent.load().3 == 1);
}

#[test]
fn what_rings_waits_for_the_edge_that_asked() {
    let mut world = Edges::ready(&["a", "b"]);
    world.inject(0, &invite("a", "1"));
    world.close(0);
    assert_eq!(world.desk.calls(), ["Incoming bob", "Reach false"]);
    world.command(Command::Answer { call: IN, video: false });
    assert!(!world.sent.iter().any(|(edge, message)| *edge == 1 && message.status() == Some(200)), "no other edge knows the question");
    world.run(3_000);
    let (edge, last) = world.sent.iter().rfind(|(_, message)| message.status().is_some()).cloned().expect("sent");
    assert_eq!((edge, last.status()), (0, Some(200)));
    assert!(world.desk.calls().contains(&"Reach true".to_owned()));
}

#[test]
fn a_first_hop_without_outbound_gets_a_plain_binding() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let mut world = Edges::new(&["a", "b"]);
    world.edges[0].registrar = Box::new(move |request| {
        let contact = header(request, HeaderName::Contact);
        log.borrow_mut().push((contact.contains("reg-id"), header(request, HeaderName::Supported)));
        let refused = contact.contains("reg-id");
        Some(if refused { request.reply(439, "First Hop Lacks Outbound Support") } else { registered(request) })
    });
    world.command(Command::Start);
    world.run(500);
    assert_eq!(*seen.borrow(), [(true, "outbound, path".to_owned()), (false, "path".to_owned())]);
    world.run(600_000);
    assert!(seen.borrow().len() >= 3 && seen.borrow()[2..].iter().all(|(reg_id, _)| !reg_id), "it is not asked again");
    // One that refuses the plain binding in the same way is left alone for a while.
    let mut world = Edges::new(&["a"]);
    world.edges[0].registrar = Box::new(|request| Some(request.reply(439, "First Hop Lacks Outbound Support")));
    world.command(Command::Start);
    world.run(2_000);
    assert_eq!(world.times("a REGISTER").len(), 2);
}

#[test]
fn another_network_is_felt_on_every_flow() {
    let mut world = Edges::ready(&["a", "b"]);
    world.input(Input::Network(Network::Offline));
    assert_eq!((world.times("a ping").len(), world.times("b ping").len()), (1, 1));
}

#[test]
fn a_subscription_stays_on_its_edge_and_goes_on_over_the_other() {
    let mut world = Edges::ready(&["a", "b"]);
    world.desk.agent.subscribe(world.now, WatchId(1), Watch { target: "bob".to_owned(), package: Package::Presence, expires: 3_600 });
    world.input(Input::Timer);
    world.run(100);
    assert_eq!(world.lines(), ["a SUBSCRIBE"]);
    let (_, subscribe) = world.last(&Method::Subscribe);
    let notify = format!(
        "NOTIFY sip:ada@x.invalid SIP/2.0\r\nVia: SIP/2.0/WSS a.edge.test;branch=z9hG4bKn\r\n\
         Record-Route: <sip:a.edge.test:8443;transport=ws;lr>\r\nFrom: {};tag=callee\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: 1 NOTIFY\r\n\
         Max-Forwards: 70\r\nContact: <sip:bob@192.0.2.7>\r\nEvent: presence\r\nSubscription-State: active;expires=3600\r\n\
         Content-Length: 0\r\n\r\n",
        header(&subscribe, HeaderName::To),
        header(&subscribe, HeaderName::From),
        header(&subscribe, HeaderName::CallId),
    );
    world.inject(0, &Message::parse(notify.as_bytes()).expect("valid"));
    assert_eq!(world.lines(), ["a 200 NOTIFY"]);
    world.close(1);
    world.run(10_000);
    assert!(!world.lines().iter().any(|line| line.ends_with("SUBSCRIBE")), "it was the other flow");
    world.kill(0);
    world.run(100);
    let (edge, subscribe) = world.last(&Method::Subscribe);
    assert_eq!((edge, subscribe.cseq().expect("valid").number > 1), (1, true), "in its dialog");
    assert_eq!(routes(&subscribe)[0], "<sip:b.edge.test:8443;transport=ws;lr>");
    world.edges[0].up = true;
    world.run(10_000);
    assert_eq!(world.times("b SUBSCRIBE").len(), 1);
    assert!(world.times("a SUBSCRIBE").is_empty(), "it stays where it is");
}

#[test]
fn a_call_comes_back_after_a_reload_although_its_edge_is_gone() {
    let mut world = in_call();
    let kept: Vec<_> = world.desk.kept.values().cloned().collect();
    world.command(Command::Leave);
    world.edges[0].up = false;
    world.restart(kept);
    world.run(2_000);
    assert!(world.desk.calls().starts_with(&["Restored bob".to_owned(), "Reach true".to_owned()]));
    let (edge, reinvite) = world.last(&Method::Invite);
    assert_eq!((edge, routes(&reinvite)[0].as_str()), (1, "<sip:b.edge.test:8443;transport=ws;lr>"));
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn whatever_edges_do_one_call_lives_and_nothing_is_left() {
    for seed in 0..40 {
        let mut ids = sip_ws::Ids::new([seed; 32]);
        let mut world = in_call();
        for _ in 0..30 {
            let edge = usize::from(ids.up_to(1) == 1);
            match ids.up_to(5) {
                0 if world.edges[edge].flow.is_some() => world.close(edge),
                1 if world.edges[edge].flow.is_some() => world.kill(edge),
                2 => world.edges[edge].dead = !world.edges[edge].dead,
                3 => world.command(if ids.up_to(1) == 0 { Command::Hold { call: CALL } } else { Command::Resume { call: CALL } }),
                4 => world.input(Input::Network(Network::Online)),
                _ => world.edges[edge].up = true,
            }
            world.run(ids.up_to(8_000));
            let events = world.desk.calls();
            assert!(!events.iter().any(|event| event.starts_with("Ended")), "{seed}: {events:?}");
        }
        for edge in &mut world.edges {
            (edge.up, edge.dead) = (true, false);
        }
        world.input(Input::Network(Network::Online));
        world.run(60_000);
        world.clear();
        world.command(Command::HangUp { call: CALL });
        world.run(1_000);
        assert_eq!(world.sent.iter().filter(|(_, message)| message.method() == Some(&Method::Bye)).count(), 1, "{seed}");
        world.run(60_000);
        assert_eq!(world.desk.agent.load(), (0, 0, 0, 0), "{seed}");
    }
}

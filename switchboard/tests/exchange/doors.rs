//! Stations through the exchange on simulated time: several desks at once, the first answer wins, nobody else is lost.

use crate::support::{Disk, World, party};
use sip_ws::codec::Message;
use sip_ws::endpoint::{EndpointEvent, ServerTxnId, SessionId};
use sip_ws::io::Millis;
use switchboard::doors::recipe::dtmf::{Tones, digits, infos};
use switchboard::exchange::io::Input;

/// Both desks of the gate, and a second phone of the first.
fn desks(w: &mut World) -> [usize; 3] {
    [w.registered("bob"), w.registered("cid"), w.registered("bob")]
}

fn rested(w: &mut World) {
    w.advance(60_000);
    assert_eq!(w.machine.gauges().map(|(_, n)| n)[2..], [0, 0, 0], "calls, legs and waiting callers at rest");
    assert_eq!((w.does("bob"), w.does("cid")), ((0, 0), (0, 0)));
}

#[test]
fn a_station_rings_every_phone_of_everybody_and_the_first_answer_wins() {
    let mut w = World::new();
    let [b, c, b2] = desks(&mut w);
    let gate = w.registered("gate");
    // Whatever it dials.
    let caller = w.call(gate, "nobody-here");
    let contact = w.contact_of(gate, caller);
    let rung: Vec<_> = [b, c, b2].map(|phone| w.incoming(phone).expect("rings")).into();
    for (_, invite) in &rung {
        let from = invite.from().unwrap();
        assert_eq!((from.uri().user_decoded().unwrap().as_ref(), from.display_name().unwrap().as_ref()), ("gate", "Main gate"));
        assert_eq!(*invite.session_id().unwrap().local, *contact);
    }
    assert_eq!((w.does("bob"), w.does("cid")), ((1, 0), (1, 0)));
    w.ring(c, rung[1].0);
    assert!(w.take(gate, |e| matches!(e, EndpointEvent::Provisional { message, .. } if message.status() == Some(180))).is_some());
    w.answer(c, rung[1].0);
    assert!(w.accepted(gate, caller).is_some());
    for (phone, n) in [(b, 0), (b2, 2)] {
        let told = w.ended(phone, rung[n].0).expect("rings no longer").expect("a CANCEL");
        assert_eq!(told.reason_header().unwrap().to_string(), "SIP;cause=200;text=\"Call completed elsewhere\"");
    }
    assert_eq!((w.does("bob"), w.does("cid")), ((0, 0), (0, 1)));
    w.hang_up(gate, caller);
    assert!(w.ended(c, rung[1].0).is_some());
    assert_eq!(
        w.story(&contact),
        ["offered bob -", "offered cid -", "ringing gate -", "offer-missed bob answered-elsewhere", "answered cid -", "ended cid hung-up"]
    );
    rested(&mut w);
}

#[test]
fn a_phone_that_lost_the_race_ends_nothing_while_the_row_is_written() {
    let mut w = World::new();
    let [b, c, b2] = desks(&mut w);
    let gate = w.registered("gate");
    w.writes = Disk::Stuck;
    let caller = w.call(gate, "x");
    let [first, second, third] = [b, c, b2].map(|phone| w.incoming(phone).expect("rings").0);
    w.answer(b, first);
    // The losers confirm their CANCEL, one also loses its socket, long before the disk is done.
    assert!(w.ended(c, second).is_some() && w.ended(b2, third).is_some());
    w.disconnect(c);
    w.advance(1_900);
    assert!(w.rejected(gate, caller).is_none() && w.accepted(gate, caller).is_none());
    w.writes = Disk::Quick;
    w.run();
    assert!(w.accepted(gate, caller).is_some());
    w.hang_up(b, first);
    assert!(w.ended(gate, caller).is_some());
    rested(&mut w);
}

#[test]
fn who_declines_declines_for_nobody_else() {
    let mut w = World::new();
    let [b, c, b2] = desks(&mut w);
    let gate = w.registered("gate");
    let caller = w.call(gate, "x");
    let contact = w.contact_of(gate, caller);
    let [first, second, third] = [b, c, b2].map(|phone| w.incoming(phone).expect("rings").0);
    w.reject(b, first, 603);
    assert!(w.ended(b2, third).is_some(), "a person who declines on one phone declines on all");
    assert_eq!((w.does("bob"), w.does("cid")), ((0, 0), (1, 0)));
    assert!(w.rejected(gate, caller).is_none() && w.ended(c, second).is_none());
    w.reject(c, second, 486);
    let refused = w.rejected(gate, caller).expect("nobody is left");
    assert_eq!(refused.status(), Some(603));
    assert_eq!(
        w.story(&contact),
        ["offered bob -", "offered cid -", "offer-declined bob declined", "offer-declined cid declined", "refused gate declined"]
    );
    rested(&mut w);
}

#[test]
fn nobody_answers_or_the_visitor_goes() {
    let mut w = World::new();
    let [b, _, _] = desks(&mut w);
    let gate = w.registered("gate");
    let caller = w.call(gate, "x");
    let contact = w.contact_of(gate, caller);
    w.advance(180_000);
    assert_eq!(w.rejected(gate, caller).and_then(|m| m.status()), Some(480));
    let missed = ["offered bob -", "offered cid -", "offer-missed bob no-answer", "offer-missed cid no-answer", "missed gate no-answer"];
    assert_eq!(w.story(&contact), missed);
    w.phones[b].events.clear();

    let caller = w.call(gate, "x");
    let contact = w.contact_of(gate, caller);
    let (ringing, _) = w.incoming(b).expect("rings");
    w.hang_up(gate, caller);
    assert!(w.ended(b, ringing).is_some());
    let gone = ["offered bob -", "offered cid -", "offer-missed bob abandoned", "offer-missed cid abandoned", "cancelled gate -"];
    assert_eq!(w.story(&contact), gone);
    rested(&mut w);
}

#[test]
fn who_is_not_there_is_not_rung_and_where_nobody_is_all_learn_of_it() {
    let mut w = World::new();
    let gate = w.registered("gate");
    let caller = w.call(gate, "x");
    let contact = w.contacts[0].contact.clone();
    assert_eq!(w.rejected(gate, caller).and_then(|m| m.status()), Some(480));
    let all = ["offered bob -", "offered cid -", "offer-missed bob not-registered", "offer-missed cid not-registered"];
    assert_eq!(w.story(&contact)[..4], all);
    let c = w.registered("cid");
    w.advance(1_000);
    let caller = w.call(gate, "x");
    let contact = w.contact_of(gate, caller);
    let (callee, _) = w.incoming(c).expect("rings");
    assert_eq!(w.story(&contact), ["offered cid -"]);
    // The only desk is gone for good: the visitor is not left ringing.
    w.disconnect(c);
    w.advance(60_000);
    assert!(w.rejected(gate, caller).is_some() || w.ended(gate, caller).is_some(), "{callee:?}");
    rested(&mut w);
}

#[test]
fn an_answered_station_call_outlives_a_restart() {
    let mut w = World::new();
    let [b, c, _] = desks(&mut w);
    let gate = w.registered("gate");
    let caller = w.call(gate, "x");
    let callee = w.incoming(c).expect("rings").0;
    w.answer(c, callee);
    assert!(w.accepted(gate, caller).is_some());
    w.kill_and_restart();
    for phone in [b, c, gate] {
        w.reconnect(phone, &[]);
    }
    assert_eq!(w.does("cid"), (0, 1));
    let (now, flow) = (Millis(w.now), w.phones[c].flow.unwrap());
    w.phones[c].ep.set_flow(now, callee, flow);
    w.hang_up(c, callee);
    assert!(w.ended(gate, caller).is_some());
    rested(&mut w);
}

#[test]
fn a_station_can_ring_a_queue_and_reaches_nobody_else() {
    let mut w = World::new();
    let barrier = w.registered("barrier");
    let caller = w.call(barrier, "ann");
    assert_eq!(w.told(barrier, caller), [1]);
    let b = w.ready("bob");
    let (callee, invite) = w.incoming(b).expect("rings");
    assert_eq!(invite.from().unwrap().display_name().unwrap().as_ref(), "Barrier");
    w.answer(b, callee);
    assert!(w.accepted(barrier, caller).is_some());
    w.hang_up(barrier, caller);
    // Nobody calls a station.
    let call = w.call(b, "barrier");
    assert_eq!(w.rejected(b, call).and_then(|m| m.status()), Some(404));
    assert!(w.agents.contains_key(&party("bob")));
}

fn send_code(w: &mut World, code: &str, ticket: u64) {
    let infos = infos(&digits(code).unwrap(), Tones { tone_ms: 160, gap_ms: 100, lead_ms: 200 });
    w.input(Input::Tones { station: party("gate"), infos, ticket });
}

/// The INFO that waits for an answer at the station.
fn info(w: &mut World, gate: usize) -> Option<(ServerTxnId, Message)> {
    w.take(gate, |e| matches!(e, EndpointEvent::InDialog { .. })).map(|event| match event {
        EndpointEvent::InDialog { txn, message, .. } => (txn, message),
        _ => unreachable!(),
    })
}

/// A desk that talks with the gate, and their sessions.
fn talking(w: &mut World) -> (usize, usize, SessionId, SessionId) {
    let (b, gate) = (w.registered("bob"), w.registered("gate"));
    let caller = w.call(gate, "x");
    let callee = w.incoming(b).expect("rings").0;
    w.answer(b, callee);
    assert!(w.accepted(gate, caller).is_some());
    w.advance(1_000);
    (b, gate, callee, caller)
}

#[test]
fn a_code_goes_digit_by_digit_in_the_stations_own_dialog() {
    let mut w = World::new();
    let (b, gate, callee, _) = talking(&mut w);
    send_code(&mut w, "1#", 1);
    // A second code waits for the first.
    send_code(&mut w, "7", 2);
    assert!(info(&mut w, gate).is_none(), "the station listens a moment later");
    let mut heard = String::new();
    let mut times = Vec::new();
    while w.toned.len() < 2 {
        w.advance(20);
        if let Some((txn, message)) = info(&mut w, gate) {
            assert_eq!(message.content_type(), Some("application/dtmf-relay"));
            heard.push_str(std::str::from_utf8(message.body()).unwrap().lines().next().unwrap().trim_start_matches("Signal="));
            times.push(w.now);
            w.respond(gate, txn, message.reply(200, "OK"));
        }
        assert!(w.now < 10_000, "{heard}");
    }
    assert_eq!((heard.as_str(), times[1] - times[0] >= 260), ("1#7", true));
    assert_eq!(w.toned, [(1, vec![Some(200), Some(200)]), (2, vec![Some(200)])]);
    assert!(!w.phones[b].events.iter().any(|e| matches!(e, EndpointEvent::InDialog { .. })), "no desk sees the code");
    w.hang_up(b, callee);
    rested(&mut w);
}

#[test]
fn a_code_ends_with_the_first_digit_that_is_not_taken_and_needs_a_call() {
    let mut w = World::new();
    send_code(&mut w, "12", 1);
    assert_eq!(w.toned, [(1, vec![])], "nobody talks");
    let (b, gate, callee, _) = talking(&mut w);
    send_code(&mut w, "12", 2);
    w.advance(250);
    let (txn, message) = info(&mut w, gate).expect("the first digit");
    w.respond(gate, txn, message.reply(415, "No such keys"));
    assert_eq!(w.toned.last(), Some(&(2, vec![Some(415)])));
    // The visitor goes while a digit is under way.
    send_code(&mut w, "12", 3);
    w.advance(250);
    let (txn, message) = info(&mut w, gate).expect("the first digit");
    w.respond(gate, txn, message.reply(200, "OK"));
    w.hang_up(b, callee);
    w.advance(1_000);
    assert_eq!(w.toned.last(), Some(&(3, vec![Some(200), None])));
    rested(&mut w);
}

#[test]
fn digits_from_elsewhere_reach_no_station_and_those_of_a_visitor_open_nothing() {
    let mut w = World::new();
    let (b, gate, _, caller) = talking(&mut w);
    let eve = w.registered("cid");
    // The station's dialog with every tag, on a socket of somebody else: towards the station, and as if from it.
    let stolen = w.phones[gate].ep.dialog(caller).unwrap().clone();
    let info_of = |from: &str, to: &str, n: u32| {
        format!(
            "INFO sip:gate@portico.test SIP/2.0\r\nVia: SIP/2.0/WS spoof.invalid;branch=z9hG4bK{n}\r\nMax-Forwards: 70\r\nFrom: {from}\r\n\
             To: {to}\r\nCall-ID: {}\r\nCSeq: {n} INFO\r\nContact: <sip:cid@spoof.invalid;transport=ws>\r\n\
             Content-Type: application/dtmf-relay\r\nContent-Length: 24\r\n\r\nSignal=1\r\nDuration=160\r\n",
            stolen.call_id
        )
    };
    for (n, from, to) in [(900, &stolen.local, &stolen.remote), (901, &stolen.remote, &stolen.local)] {
        w.raw(eve, info_of(from, to, n).as_bytes());
        w.advance(100);
        assert!(info(&mut w, gate).is_none(), "the station hears nothing");
        assert!(info(&mut w, b).is_none(), "nor does the desk");
    }
    // The same words on the station's own socket are right: they reach the desk.
    w.raw(gate, info_of(&stolen.local, &stolen.remote, 902).as_bytes());
    let (txn, message) = info(&mut w, b).expect("at the desk");
    w.respond(b, txn, message.reply(200, "OK"));
    // So does what the visitor presses, as on any telephone; nothing of it comes back, and nothing opens.
    w.advance(2_000);
    assert!(info(&mut w, gate).is_none());
    assert_eq!(w.toned, []);
}

/// Answers the gate for the switchboard itself.
fn lift(w: &mut World, ticket: u64) {
    let (call, offer) = w.machine.unanswered(&party("gate")).expect("it rings");
    assert!(offer.starts_with(b"v=0"), "the station's own offer");
    w.input(Input::Lift { call, answer: b"v=0 ours".to_vec(), by: party("bob"), ticket });
}

#[test]
fn a_station_is_answered_by_the_switchboard_and_hung_up_and_nobody_rings_on() {
    let mut w = World::new();
    let phones = desks(&mut w);
    let gate = w.registered("gate");
    assert_eq!(w.machine.unanswered(&party("gate")), None, "it does not ring");
    let caller = w.call(gate, "x");
    let contact = w.contact_of(gate, caller);
    let rung = phones.map(|phone| (phone, w.incoming(phone).expect("rings").0));
    lift(&mut w, 1);
    assert_eq!(w.lifted, [(1, true)]);
    assert_eq!(w.accepted(gate, caller).expect("answered").body(), b"v=0 ours");
    for (phone, session) in rung {
        let told = w.ended(phone, session).expect("rings no longer").expect("a CANCEL");
        assert_eq!(told.reason_header().unwrap().to_string(), "SIP;cause=200;text=\"Door opened\"");
    }
    assert_eq!(w.machine.unanswered(&party("gate")), None);
    // The same once more, and the end of it.
    let (call, answer) = (w.disk.keys().next().cloned().unwrap_or_default(), Vec::new());
    w.input(Input::Lift { call, answer, by: party("bob"), ticket: 2 });
    assert_eq!(w.lifted.last(), Some(&(2, false)));
    w.input(Input::Lower { ticket: 1, sent: true });
    assert!(w.ended(gate, caller).is_some());
    w.input(Input::Lower { ticket: 1, sent: true });
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("opened bob tones"), "no station says what became of tones");
    rested(&mut w);
}

#[test]
fn a_desk_that_was_quicker_keeps_the_station_and_a_forgotten_one_is_hung_up() {
    let mut w = World::new();
    let [b, ..] = desks(&mut w);
    let gate = w.registered("gate");
    let caller = w.call(gate, "x");
    let callee = w.incoming(b).expect("rings").0;
    let (call, _) = w.machine.unanswered(&party("gate")).expect("it rings");
    w.answer(b, callee);
    assert!(w.accepted(gate, caller).is_some());
    w.input(Input::Lift { call, answer: b"v=0".to_vec(), by: party("bob"), ticket: 1 });
    assert_eq!(w.lifted, [(1, false)]);
    w.hang_up(b, callee);
    assert!(w.ended(gate, caller).is_some());
    w.advance(1_000);

    // Whoever sends the code dies.
    let caller = w.call(gate, "x");
    lift(&mut w, 2);
    w.advance(14_000);
    assert!(w.ended(gate, caller).is_none());
    w.advance(2_000);
    assert!(w.ended(gate, caller).is_some());

    // The visitor goes before the code is sent; and a door that rings a queue is opened as well.
    let caller = w.call(gate, "x");
    lift(&mut w, 3);
    assert!(w.accepted(gate, caller).is_some());
    w.hang_up(gate, caller);
    w.input(Input::Lower { ticket: 3, sent: false });
    assert_eq!(w.contacts.last().map(|e| (e.kind.as_str(), e.cause)), Some(("cancelled", Some("not-opened"))), "nobody was let in");
    let barrier = w.registered("barrier");
    let caller = w.call(barrier, "x");
    let (call, _) = w.machine.unanswered(&party("barrier")).expect("it waits");
    w.input(Input::Lift { call, answer: b"v=0".to_vec(), by: party("bob"), ticket: 4 });
    assert!(w.accepted(barrier, caller).is_some());
    w.input(Input::Lower { ticket: 4, sent: true });
    assert!(w.ended(barrier, caller).is_some());
    assert_eq!(w.contacts.last().map(|e| (e.kind.as_str(), e.to.user.as_str())), Some(("opened", "bob")));
    // Nothing of the code left: a caller who gave up.
    let caller = w.call(barrier, "x");
    let (call, _) = w.machine.unanswered(&party("barrier")).expect("it waits");
    w.input(Input::Lift { call, answer: b"v=0".to_vec(), by: party("bob"), ticket: 5 });
    w.input(Input::Lower { ticket: 5, sent: false });
    assert!(w.ended(barrier, caller).is_some());
    let last = w.contacts.last().unwrap();
    assert_eq!((last.kind.as_str(), last.cause, last.to.user.as_str()), ("abandoned", Some("not-opened"), "support"));
    w.disconnect(barrier);
    rested(&mut w);
}

#[test]
fn whoever_hangs_up_while_the_code_is_sent_was_not_let_in_and_nobody_reads_otherwise() {
    let rung = |w: &World, contact: &str| w.story(contact).into_iter().filter(|line| line.starts_with("offer-missed")).collect::<Vec<_>>();
    let mut w = World::new();
    desks(&mut w);
    let gate = w.registered("gate");
    let caller = w.call(gate, "x");
    let contact = w.contact_of(gate, caller);
    lift(&mut w, 1);
    assert_eq!(rung(&w, &contact), [""; 0], "nobody knows yet how it ends");
    w.hang_up(gate, caller);
    // The media has gone on to the end of the code.
    w.input(Input::Lower { ticket: 1, sent: true });
    assert_eq!(rung(&w, &contact), ["offer-missed bob not-opened", "offer-missed cid not-opened"]);
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("cancelled gate not-opened"));

    // Nothing leaves, although the station listens; and then it hears all of it.
    for (ticket, sent, cause, last) in [(2, false, "not-opened", "cancelled gate not-opened"), (3, true, "opened", "opened bob tones")] {
        w.advance(1_000);
        let caller = w.call(gate, "x");
        let contact = w.contact_of(gate, caller);
        lift(&mut w, ticket);
        w.input(Input::Lower { ticket, sent });
        assert!(w.ended(gate, caller).is_some());
        assert_eq!(rung(&w, &contact), ["bob", "cid"].map(|user| format!("offer-missed {user} {cause}")));
        assert_eq!(w.story(&contact).last().map(String::as_str), Some(last));
    }
    rested(&mut w);
}

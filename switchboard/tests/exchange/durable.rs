//! A disk that is slow, hangs, or is cut off by a kill: what somebody was told is there afterwards, and nobody waits for it for ever.

use crate::random::Dice;
use crate::support::{Disk, World, party};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{EndpointEvent, SessionId};
use switchboard::exchange::io::Input;
use switchboard::exchange::limits::LEG_LOST_MS;
use switchboard::exchange::promises::HOLD_MS;
use switchboard::queue::Mode;
use switchboard::queue::io::Name;
use wire::{Order, OrderResult};

const GUESTS: [&str; 3] =
    ["~support~00112233445566778899aabbccddeeff", "~support~11112233445566778899aabbccddeeff", "~support~22112233445566778899aabbccddeeff"];
/// A month after the beginning.
const LATER: i64 = crate::support::UNIX / 1000 + 2_600_000;

/// What an agent wants before they were ready for the first time.
const UNASKED: Mode = Mode::Paused { reason: None };

fn begin(w: &mut World, order: Order, ticket: u64) {
    w.input(Input::Order { party: party("bob"), order, ticket });
}

fn pause() -> Order {
    Order::Pause { reason: Some("lunch".into()) }
}

/// Status of a response.
fn status(frame: &[u8]) -> Option<u16> {
    std::str::from_utf8(frame.strip_prefix(b"SIP/2.0 ")?.get(..3)?).ok()?.parse().ok()
}

/// Ends of a contact in the history.
fn ends(w: &World, contact: &str) -> usize {
    w.contacts.iter().filter(|event| event.contact == contact && event.kind.is_last()).count()
}

#[test]
fn a_place_and_the_answer_to_an_order_are_told_once_they_are_on_the_disk() {
    let mut w = World::new();
    let ann = w.registered("ann");
    w.writes = Disk::Slow(300);
    let caller = w.call(ann, "support");
    begin(&mut w, pause(), 1);
    w.advance(100);
    begin(&mut w, Order::Ready, 2);
    assert_eq!((w.told(ann, caller), w.ordered.len(), w.places.len()), (vec![], 0, 0));
    w.advance(199);
    assert_eq!((w.told(ann, caller), w.ordered.len()), (vec![], 0));
    w.advance(1);
    assert_eq!((w.told(ann, caller), w.places.len()), (vec![1], 1));
    assert_eq!(w.ordered, [(1, OrderResult::Done)], "and what came later is answered later");
    assert_eq!(w.saved[&party("bob")].mode, Mode::Paused { reason: Some("lunch".into()) });
    w.advance(100);
    assert_eq!(w.ordered, [(1, OrderResult::Done), (2, OrderResult::Done)]);
    assert_eq!((w.promises.late(), w.promises.behind()), (0, 0));
}

#[test]
fn a_disk_that_hangs_ends_no_call_and_has_everything_once_it_goes_on() {
    let mut w = World::new();
    let (ann, bob, cid) = (w.registered("ann"), w.registered("bob"), w.registered("cid"));
    w.writes = Disk::Stuck;
    let waiting = w.call(cid, "support");
    let caller = w.call(ann, "bob");
    let (callee, _) = w.incoming(bob).expect("nobody waits for the disk in order to ring");
    w.ring(bob, callee);
    assert!(w.phones[ann].events.iter().any(|e| matches!(e, EndpointEvent::Provisional { message, .. } if message.status() == Some(180))));
    w.answer(bob, callee);
    begin(&mut w, pause(), 1);
    w.advance(HOLD_MS - 1);
    assert!(w.told(cid, waiting).is_empty() && w.accepted(ann, caller).is_none() && w.ordered.is_empty());
    w.advance(1);
    assert_eq!((w.told(cid, waiting), w.ordered.len()), (vec![1], 1));
    assert!(w.accepted(ann, caller).is_some());
    assert_eq!(w.promises.late(), 4, "place, answer, order, and what pages show of it");
    let contact = w.contact_of(ann, caller);
    w.hang_up(ann, caller);
    w.advance(HOLD_MS);
    assert!(w.ended(bob, callee).is_some());
    assert!(w.contacts.is_empty() && w.places.is_empty() && w.disk.is_empty());
    w.writes = Disk::Quick;
    w.run();
    assert_eq!(w.story(&contact), ["offered bob -", "ringing bob -", "answered bob -", "ended bob hung-up"]);
    assert_eq!((w.places.len(), w.disk.len(), w.promises.behind()), (1, 0, 0));
    w.advance(HOLD_MS);
    assert_eq!((w.told(cid, waiting).len(), w.ordered.len()), (1, 1), "and nothing is said twice");
}

#[test]
fn nothing_overtakes_what_waits_for_the_disk() {
    let mut w = World::new();
    let ann = w.registered("ann");
    w.writes = Disk::Slow(500);
    let caller = w.call(ann, "support");
    // They give up before the first place was told.
    w.hang_up(ann, caller);
    assert!(w.phones[ann].events.is_empty(), "{:?}", w.phones[ann].events);
    w.advance(500);
    let heard: Vec<u16> = w.phones[ann].frames.iter().filter_map(|frame| status(frame)).collect();
    assert!(heard.ends_with(&[182, 200, 487]), "the place, the answer to CANCEL, the end: {heard:?}");
}

/// The BYE of an agent's phone that does not wait for the ACK of its answer.
fn bye(w: &World, phone: usize, session: SessionId) -> Vec<u8> {
    let dialog = w.phones[phone].ep.dialog(session).expect("a dialog");
    let mut bye = Message::request(Method::Bye, &dialog.remote_target);
    bye.push(HeaderName::Via, "SIP/2.0/WS x.invalid;branch=z9hG4bKbye");
    bye.push(HeaderName::MaxForwards, "70");
    bye.push(HeaderName::From, format!("<sip:bob@portico.test>;tag={}", dialog.local_tag));
    bye.push(HeaderName::To, format!("<sip:ann@portico.test>;tag={}", dialog.remote_tag));
    bye.push(HeaderName::CallId, &dialog.call_id);
    bye.push(HeaderName::CSeq, "7 BYE");
    bye.to_bytes()
}

#[test]
fn a_caller_whose_agent_hangs_up_before_the_answer_is_on_the_disk_waits_on_at_the_same_place() {
    let mut w = World::new();
    let (ann, bob) = (w.registered("ann"), w.ready("bob"));
    let caller = w.call(ann, "support");
    let contact = w.contact_of(ann, caller);
    let (callee, _) = w.incoming(bob).expect("rings");
    w.advance(7_000);
    w.writes = Disk::Slow(1_000);
    w.answer(bob, callee);
    // As many wait as may: nobody else would be let in.
    let others = GUESTS.map(|guest| {
        let phone = w.guest(guest, LATER);
        (phone, w.call(phone, "support"))
    });
    let waiting = |w: &World| w.queues[&Name::new("t1", "support")].waiting;
    assert_eq!(waiting(&w), 3);
    let bytes = bye(&w, bob, callee);
    w.raw(bob, &bytes);
    w.writes = Disk::Quick;
    w.run();
    assert!(w.rejected(ann, caller).is_none() && w.accepted(ann, caller).is_none());
    assert_eq!((waiting(&w), w.disk.len()), (4, 0), "and there is no call");
    assert_eq!(w.told(ann, caller), [1]);
    assert_eq!(w.places[&party("ann")].queue, "support");
    let cid = w.ready("cid");
    let (callee, _) = w.incoming(cid).expect("the first caller rings");
    w.answer(cid, callee);
    assert!(w.accepted(ann, caller).is_some());
    assert!(others.iter().all(|(phone, session)| w.rejected(*phone, *session).is_none()));
    let told = ["queued support -", "offered bob -", "offer-failed bob hung-up", "offered cid -", "answered cid -"];
    assert_eq!(w.story(&contact).into_iter().filter(|line| !line.starts_with("wrapped-up")).collect::<Vec<_>>(), told);
    let answered = w.contacts.iter().find(|event| event.contact == contact && event.kind.as_str() == "answered").unwrap();
    assert_eq!(answered.queue.as_ref().unwrap().since, crate::support::UNIX, "as old as they are");
}

#[test]
fn the_row_of_somebody_who_hung_up_lets_no_caller_know_of_the_next_answer() {
    let mut w = World::new();
    let (ann, bob, cid) = (w.registered("ann"), w.ready("bob"), w.ready("cid"));
    let caller = w.call(ann, "support");
    let (callee, _) = w.incoming(bob).expect("rings");
    w.writes = Disk::Slow(1_000);
    w.answer(bob, callee);
    w.advance(300);
    let bytes = bye(&w, bob, callee);
    w.raw(bob, &bytes);
    w.run();
    let (callee, _) = w.incoming(cid).expect("rings");
    w.answer(cid, callee);
    w.advance(800);
    assert!(w.accepted(ann, caller).is_none(), "the first row is written, and is of nobody");
    w.advance(300);
    assert!(w.accepted(ann, caller).is_some());
    w.kill_and_restart();
    w.reconnect(ann, &[caller]);
    w.reconnect(cid, &[callee]);
    assert_eq!(w.does("cid"), (0, 1), "the call is the one of whoever answered last");
}

#[test]
fn a_call_has_one_end_whenever_the_exchange_is_killed_around_it() {
    for (at, back) in [0, 50, 100, 150, 200, 250, 300].into_iter().flat_map(|at| [(at, false), (at, true)]) {
        let mut w = World::new();
        let (ann, bob) = (w.registered("ann"), w.registered("bob"));
        let (caller, callee) = w.connected(ann, bob);
        let contact = w.contact_of(ann, caller);
        w.writes = Disk::Slow(100);
        w.hang_up(ann, caller);
        w.advance(at);
        w.kill_and_restart();
        if back {
            w.reconnect(ann, &[caller]);
            w.reconnect(bob, &[callee]);
        }
        w.advance(2 * LEG_LOST_MS);
        assert_eq!(ends(&w, &contact), 1, "killed after {at} ms, back: {back}: {:?}", w.story(&contact));
        assert!(w.disk.is_empty());
    }
}

#[test]
fn a_caller_who_cancels_while_the_answer_is_written_has_no_call_after_a_kill() {
    for at in [0, 100, 150, 250] {
        let mut w = World::new();
        let (ann, bob) = (w.registered("ann"), w.registered("bob"));
        w.writes = Disk::Slow(100);
        let caller = w.call(ann, "bob");
        let contact = w.contact_of(ann, caller);
        let (callee, _) = w.incoming(bob).expect("rings");
        w.answer(bob, callee);
        w.hang_up(ann, caller);
        w.advance(at);
        w.kill_and_restart();
        w.advance(2 * LEG_LOST_MS);
        // Where the disk has nothing of the end, the store ends what it knows at the start.
        assert!(ends(&w, &contact) <= 1 && w.disk.is_empty(), "killed after {at} ms: {:?}", w.story(&contact));
    }
}

/// Somebody who waits, and whether they were told a place.
struct Caller {
    phone: usize,
    call: Option<SessionId>,
    told: bool,
}

#[test]
fn after_a_kill_at_any_moment_everybody_finds_what_they_were_told() {
    let (mut places, mut orders) = (0, 0);
    for seed in 1..=150_u64 {
        let mut w = World::new();
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut callers = GUESTS.map(|user| Caller { phone: w.guest(user, LATER), call: None, told: false });
        // Modes that were ordered, and how many of them were answered.
        let (mut wanted, mut ticket) = (vec![UNASKED], 0);
        for _ in 0..5 {
            w.writes = Disk::Slow(dice.roll(400) as u64);
            for _ in 0..dice.roll(25) {
                let caller = &mut callers[dice.roll(3)];
                match (dice.roll(4), caller.call) {
                    (0 | 1, None) => caller.call = Some(w.call(caller.phone, "support")),
                    (0, Some(call)) => {
                        w.hang_up(caller.phone, call);
                        (caller.call, caller.told) = (None, false);
                    }
                    (2, _) => {
                        ticket += 1;
                        let reason = ["lunch", ""][dice.roll(2)];
                        let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
                        wanted.push(Mode::Paused { reason: reason.clone() });
                        begin(&mut w, Order::Pause { reason }, ticket);
                    }
                    _ => w.advance(dice.roll(300) as u64),
                }
            }
            for caller in &mut callers {
                caller.told = caller.call.is_some_and(|call| !w.told(caller.phone, call).is_empty());
            }
            let answered = w.ordered.len();
            w.kill_and_restart();
            // Of the orders that were not answered, any may have been done.
            if answered > 0 {
                let mode = w.saved.get(&party("bob")).map_or(UNASKED, |saved| saved.mode.clone());
                assert!(wanted[answered..].contains(&mode), "seed {seed}: {mode:?}, {answered} of {wanted:?}");
                orders += 1;
            }
            wanted = vec![w.saved.get(&party("bob")).map(|saved| saved.mode.clone()).unwrap_or(UNASKED)];
            (w.ordered, ticket) = (Vec::new(), 0);
            // Whoever was told a place is back within the time, the youngest first.
            w.writes = Disk::Quick;
            let mut back = Vec::new();
            for (n, _) in callers.iter().enumerate().filter(|(_, caller)| caller.told) {
                let place = w.places.get(&party(GUESTS[n])).unwrap_or_else(|| panic!("seed {seed}: {n} in {:?}", w.places));
                back.push((place.since, n));
            }
            back.sort_unstable_by(|a, b| b.cmp(a));
            for (_, n) in &back {
                w.advance(dice.roll(5_000) as u64);
                let phone = callers[*n].phone;
                w.phones[phone].events.clear();
                w.guest_again(phone, LATER);
                callers[*n].call = Some(w.call(phone, "support"));
            }
            w.advance(61_000);
            let now: Vec<(i64, u32)> =
                back.iter().map(|(since, n)| (*since, *w.told(callers[*n].phone, callers[*n].call.unwrap()).last().unwrap())).collect();
            let in_order = now.windows(2).all(|pair| pair[0].0 == pair[1].0 || pair[0].1 > pair[1].1);
            assert!(in_order, "seed {seed}: {now:?}");
            places += back.len();
            let back: Vec<usize> = back.into_iter().map(|(_, n)| n).collect();
            for (n, caller) in callers.iter_mut().enumerate() {
                if !back.contains(&n) {
                    (caller.call, caller.told) = (None, false);
                    w.guest_again(caller.phone, LATER);
                }
            }
        }
        let begun: std::collections::BTreeSet<String> = w.contacts.iter().map(|event| event.contact.clone()).collect();
        for contact in begun {
            let opened = w.contacts.iter().filter(|e| e.contact == contact && e.kind.as_str() == "queued").count();
            assert!(ends(&w, &contact) <= opened, "seed {seed}: {:?}", w.story(&contact));
        }
    }
    assert!(places > 300 && orders > 200, "{places} places, {orders} orders");
}

//! Random phones, broken sockets and restarts: whatever happens, everything comes to rest and nothing is left behind.

use crate::support::{ANSWER, HOLD, OFFER, World, party};
use sip_ws::codec::Method;
use sip_ws::endpoint::{Body, EndpointEvent, SessionId};
use sip_ws::io::Millis;
use switchboard::exchange::io::Input;
use wire::{Order, OrderResult};

pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }
}

/// Sessions that a phone has, with what it may do with them.
#[derive(Default)]
struct Hands {
    ringing: Vec<SessionId>,
    open: Vec<SessionId>,
}

fn listen(w: &mut World, phone: usize, hands: &mut Hands, dice: &mut Dice) {
    for event in std::mem::take(&mut w.phones[phone].events) {
        let now = Millis(w.now);
        let ep = &mut w.phones[phone].ep;
        match event {
            EndpointEvent::Incoming { session, .. } => hands.ringing.push(session),
            EndpointEvent::Accepted { session, message } => {
                // A late offer is answered; elsewhere this changes nothing.
                let _ = ep.ack(now, session, Body::of(&message));
                hands.open.push(session);
            }
            EndpointEvent::Confirmed { .. }
            | EndpointEvent::Provisional { .. }
            | EndpointEvent::RefreshDue { .. }
            | EndpointEvent::Changed { .. } => {}
            EndpointEvent::Reoffer { session, .. } => {
                let code = [200, 200, 200, 488, 491][dice.roll(5)];
                let body = (code == 200).then(|| Body::sdp(ANSWER));
                let _ = ep.answer_reinvite(now, session, code, "x", &[], body);
            }
            EndpointEvent::ReofferAnswered { session, message } => {
                let _ = ep.ack(now, session, Body::of(&message));
            }
            EndpointEvent::InDialog { txn, message, .. } | EndpointEvent::Request { txn, message, .. } => {
                ep.respond(now, txn, message.reply([200, 415, 500][dice.roll(3)], "x"));
            }
            EndpointEvent::Rejected { session, .. } | EndpointEvent::Failed { session, .. } | EndpointEvent::Ended { session, .. } => {
                hands.ringing.retain(|s| *s != session);
                hands.open.retain(|s| *s != session);
            }
            EndpointEvent::ReofferRejected { .. }
            | EndpointEvent::ReofferWithdrawn { .. }
            | EndpointEvent::Response { .. }
            | EndpointEvent::RequestFailed { .. } => {}
        }
    }
    w.run();
}

fn act(w: &mut World, phone: usize, hands: &mut Hands, dice: &mut Dice) {
    let now = Millis(w.now);
    let some = |list: &[SessionId], dice: &mut Dice| (!list.is_empty()).then(|| list[dice.roll(list.len())]);
    let connected = w.phones[phone].flow.is_some();
    match dice.roll(17) {
        0 | 1 if connected => {
            let target = ["ann", "bob", "bob", "cid", "cid", "nobody", "support", "support", "support", "sales"][dice.roll(10)];
            let m = w.invite_message(phone, target, [Some(OFFER), Some(OFFER), None][dice.roll(3)]);
            let flow = w.phones[phone].flow.unwrap();
            let session = w.phones[phone].ep.invite(now, flow, m);
            hands.open.push(session);
        }
        2 | 3 => {
            if let Some(session) = some(&hands.ringing, dice) {
                let body = (dice.roll(3) == 0).then(|| Body::sdp(ANSWER));
                let _ = w.phones[phone].ep.progress(now, session, 180 + 3 * u16::from(body.is_some()), "x", &[], body);
            }
        }
        4..=7 => {
            if let Some(session) = some(&hands.ringing, dice) {
                let contact = format!("<{}>", w.phones[phone].contact);
                let _ = w.phones[phone].ep.accept(now, session, &contact, &[], Some(Body::sdp(ANSWER)));
                hands.ringing.retain(|s| *s != session);
                hands.open.push(session);
            }
        }
        8 => {
            if let Some(session) = some(&hands.ringing, dice) {
                let _ = w.phones[phone].ep.reject(now, session, [486, 486, 603, 480, 302][dice.roll(5)], "x", &[]);
            }
        }
        9 => {
            if let Some(session) = some(&hands.open, dice) {
                w.phones[phone].ep.hang_up(now, session, &[]);
            }
        }
        10..=12 => {
            if let Some(session) = some(&hands.open, dice) {
                let body = [Some(OFFER), Some(HOLD), None][dice.roll(3)].map(Body::sdp);
                let _ = w.phones[phone].ep.reinvite(now, session, &[], body);
            }
        }
        13 => {
            if let Some(session) = some(&hands.open, dice) {
                let method = [Method::Info, Method::Message, Method::Update, Method::Refer][dice.roll(4)].clone();
                let _ = w.phones[phone].ep.in_dialog(now, session, method, &[], Some(Body::sdp(OFFER)));
            }
        }
        14 if connected && dice.roll(3) == 0 => w.disconnect(phone),
        14.. if !connected => {
            let flow = w.connect(phone);
            w.register(phone);
            for session in hands.open.iter().chain(&hands.ringing) {
                w.phones[phone].ep.set_flow(now, *session, flow);
            }
        }
        _ => {}
    }
    w.run();
}

/// The agents want calls, and their pages answer.
fn work(w: &mut World) {
    for user in ["bob", "cid"] {
        w.input(Input::Answers { party: party(user), answers: true });
        assert_eq!(w.order(user, Order::Ready), OrderResult::Done);
    }
}

#[test]
fn everything_comes_to_rest() {
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for seed in 1..=120_u64 {
        let mut w = World::new();
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let phones: Vec<usize> = ["ann", "bob", "bob", "cid"].map(|user| w.registered(user)).to_vec();
        let mut hands: Vec<Hands> = phones.iter().map(|_| Hands::default()).collect();
        work(&mut w);
        for _ in 0..250 {
            let phone = dice.roll(phones.len());
            act(&mut w, phone, &mut hands[phone], &mut dice);
            match dice.roll(80) {
                0 => {
                    w.kill_and_restart();
                    work(&mut w);
                }
                1 => w.advance(30_000),
                2..=10 => w.advance(1 + dice.roll(2_000) as u64),
                _ => {}
            }
            for phone in &phones {
                listen(&mut w, *phone, &mut hands[*phone], &mut dice);
            }
        }
        // Everybody comes back, hangs up, and time passes.
        for phone in &phones {
            if w.phones[*phone].flow.is_none() {
                let flow = w.connect(*phone);
                assert_eq!(w.register(*phone), 200, "seed {seed}");
                for session in hands[*phone].open.iter().chain(&hands[*phone].ringing) {
                    let now = Millis(w.now);
                    w.phones[*phone].ep.set_flow(now, *session, flow);
                }
            }
            for session in hands[*phone].open.iter().chain(&hands[*phone].ringing) {
                let now = Millis(w.now);
                w.phones[*phone].ep.hang_up(now, *session, &[]);
            }
            w.run();
            listen(&mut w, *phone, &mut hands[*phone], &mut dice);
        }
        for _ in 0..10 {
            w.advance(40_000);
            for phone in &phones {
                listen(&mut w, *phone, &mut hands[*phone], &mut dice);
            }
        }
        let left: Vec<_> = w.machine.gauges()[2..].to_vec();
        assert_eq!(left, [("calls", 0), ("legs", 0), ("queued", 0)], "seed {seed}");
        assert!(w.disk.is_empty(), "seed {seed}: {:?}", w.disk.keys());
        let (transactions, sessions, _) = w.machine.load();
        assert_eq!((transactions, sessions), (0, 0), "seed {seed}: nothing is left in the endpoint");
        for person in ["ann", "bob", "cid"] {
            let last = w.people.iter().rev().find(|p| p.party.user == person).unwrap();
            assert_eq!((last.ringing, last.busy), (0, 0), "seed {seed}: {person}");
        }
        for event in &w.contacts {
            *seen.entry(event.kind.as_str()).or_default() += 1;
        }
        // Each contact has one beginning and one end.
        let mut open = std::collections::BTreeMap::<&str, i32>::new();
        for event in &w.contacts {
            let begins = match event.kind.as_str() {
                "queued" => true,
                // To a queue only where that refuses at once; to an agent it is the middle of a contact.
                "offered" => event.queue.as_ref().is_none_or(|of| of.name == event.to.user),
                _ => false,
            };
            let change = if begins { 1 } else { -i32::from(event.kind.is_last()) };
            *open.entry(&event.contact).or_default() += change;
        }
        // A restart ends what was only ringing without a word.
        assert!(open.values().all(|n| (0..=1).contains(n)), "seed {seed}: {open:?}");
    } // The dice reach every corner.
    for kind in [
        "ringing",
        "answered",
        "held",
        "resumed",
        "refused",
        "cancelled",
        "failed",
        "ended",
        "queued",
        "offer-missed",
        "offer-declined",
        "abandoned",
        "wrapped-up",
    ] {
        assert!(seen.get(kind).is_some_and(|n| *n > 15), "{kind}: {seen:?}");
    }
}

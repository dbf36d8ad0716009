//! What the history of a contact notes besides: it tells of the call and changes nothing in it.

use crate::support::{World, party};
use sip_ws::endpoint::SessionId;
use switchboard::exchange::io::{Detail, Input};
use wire::{Measured, OrderResult, SoundFault, Steer};

fn sounds(w: &mut World, user: &str, contact: &str, measured: Measured) {
    w.input(Input::Quality { party: party(user), contact: contact.into(), measured });
}

/// Ann and bob in a call: their phones, their sides of it, and its contact.
fn talking() -> (World, [usize; 2], [SessionId; 2], String) {
    let mut w = World::new();
    let (a, b) = (w.registered("ann"), w.registered("bob"));
    let (caller, callee) = w.connected(a, b);
    let contact = w.contact_of(a, caller);
    (w, [a, b], [caller, callee], contact)
}

#[test]
fn how_a_call_sounds_is_noted_for_whoever_is_in_it() {
    let mut w = World::new();
    let (a, b, _c) = (w.registered("ann"), w.ready("bob"), w.registered("cid"));
    let caller = w.call(a, "support");
    let contact = w.contact_of(a, caller);
    sounds(&mut w, "bob", &contact, Measured::default());
    let (callee, _) = w.incoming(b).expect("rings");
    sounds(&mut w, "bob", &contact, Measured::default());
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
    let bad = Measured { lost: 300, fault: Some(SoundFault::NothingHeard), ..Measured::default() };
    sounds(&mut w, "bob", &contact, bad);
    sounds(&mut w, "cid", &contact, bad);
    sounds(&mut w, "bob", "another", bad);
    w.hang_up(a, caller);
    sounds(&mut w, "bob", &contact, bad);
    assert_eq!(w.story(&contact), ["queued support -", "offered bob -", "answered bob -", "quality bob -", "ended bob hung-up"]);
    let noted = w.contacts.iter().find(|event| event.detail.is_some()).expect("it is noted");
    assert_eq!((&noted.by, noted.detail), (&Some(party("bob")), Some(Detail::Measured(bad))));
}

#[test]
fn another_priority_is_noted_with_who_gave_it() {
    let mut w = World::new();
    let a = w.registered("ann");
    let caller = w.call(a, "sales");
    let contact = w.contact_of(a, caller);
    let level = |priority| Steer::Prioritise { contact: contact.clone(), priority };
    assert_eq!(w.steer_as("cid", level(2), &["support"]), OrderResult::TooLate);
    assert_eq!(w.steer_as("cid", level(2), &["sales"]), OrderResult::Done);
    assert_eq!(w.story(&contact), ["queued sales -", "prioritised sales -"]);
    let noted = w.contacts.last().unwrap();
    assert_eq!((&noted.by, noted.detail), (&Some(party("cid")), Some(Detail::Priority(2))));
}

#[test]
fn a_phone_that_is_gone_and_comes_back_is_noted_once_each() {
    let (mut w, [a, b], [caller, callee], contact) = talking();
    w.disconnect(b);
    w.advance(1_000);
    w.reconnect(b, &[callee]);
    let noted: Vec<_> = w.contacts.iter().filter(|event| event.contact == contact).map(|event| (event.kind.as_str(), &event.by)).collect();
    assert_eq!(noted.last_chunk(), Some(&[("away", &Some(party("bob"))), ("back", &Some(party("bob")))]));
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some(), "the call has gone on");
}

#[test]
fn a_phone_that_was_away_when_the_server_was_killed_is_noted_when_it_is_back_and_no_other() {
    let (mut w, [a, b], [caller, callee], contact) = talking();
    w.disconnect(b);
    w.advance(1_000);
    w.kill_and_restart();
    w.reconnect(a, &[caller]);
    w.reconnect(b, &[callee]);
    let noted = |w: &World| {
        let of = w.contacts.iter().filter(|event| event.contact == contact && matches!(event.kind.as_str(), "away" | "back"));
        of.map(|event| (event.kind.as_str(), event.by.clone().unwrap().user)).collect::<Vec<_>>()
    };
    let both = [("away", "bob".to_owned()), ("back", "bob".to_owned())];
    assert_eq!(noted(&w), both);
    // Once.
    w.kill_and_restart();
    w.reconnect(a, &[caller]);
    w.reconnect(b, &[callee]);
    assert_eq!(noted(&w), both);
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some(), "the call has gone on");
}

#[test]
fn a_phone_that_comes_and_goes_fills_no_history() {
    let (mut w, [a, b], [caller, callee], contact) = talking();
    for _ in 0..60 {
        w.disconnect(b);
        w.advance(1_000);
        w.reconnect(b, &[callee]);
    }
    let count = |w: &World, kind: &str| w.contacts.iter().filter(|event| event.contact == contact && event.kind.as_str() == kind).count();
    assert_eq!((count(&w, "away"), count(&w, "back")), (50, 50), "each that is noted has its end");
    // The other side has not used its own up.
    w.disconnect(a);
    w.advance(1_000);
    w.reconnect(a, &[caller]);
    assert_eq!((count(&w, "away"), count(&w, "back")), (51, 51));
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some(), "the call has gone on");
}

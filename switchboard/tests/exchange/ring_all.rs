//! A queue that rings all through the exchange: one call for whoever answers first, silence and no blame for everybody else.

use crate::support::{World, party};
use sip_ws::codec::{HeaderName, Method};
use sip_ws::endpoint::SessionId;
use switchboard::exchange::io::Input;
use switchboard::queue::State;

const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// Three ready agents, and a caller who rings at each of them.
fn ringing(w: &mut World) -> (usize, SessionId, [(usize, SessionId); 3]) {
    let desks = ["bob", "cid", "sup0"].map(|user| w.ready(user));
    let a = w.registered("ann");
    let caller = w.call(a, "everybody");
    let rung = desks.map(|desk| (desk, w.incoming(desk).expect("rings").0));
    (a, caller, rung)
}

#[test]
fn the_first_answer_wins_and_the_others_have_missed_nothing() {
    let mut w = World::new();
    let (a, caller, [(b, at_b), (c, at_c), (s, at_s)]) = ringing(&mut w);
    let contact = w.contact_of(a, caller);
    assert_eq!(["bob", "cid", "sup0"].map(|user| w.state(user)), [State::Ringing; 3]);
    w.ring(b, at_b);
    w.ring(c, at_c);
    w.answer(c, at_c);
    assert!(w.accepted(a, caller).is_some());
    for (phone, session) in [(b, at_b), (s, at_s)] {
        let cancel = w.ended(phone, session).expect("silent").expect("a CANCEL");
        assert_eq!(cancel.header_str(HeaderName::Reason), Some(ELSEWHERE));
    }
    assert_eq!(["bob", "cid", "sup0"].map(|user| w.state(user)), [State::Ready, State::OnCall, State::Ready], "nobody is paused");
    assert_eq!(["bob", "cid", "sup0"].map(|user| w.does(user)), [(0, 0), (0, 1), (0, 0)]);
    w.hang_up(a, caller);
    assert_eq!(
        w.story(&contact),
        [
            "queued everybody -",
            "offered bob -",
            "offered cid -",
            "offered sup0 -",
            "ringing bob -",
            "ringing cid -",
            "offer-missed bob answered-elsewhere",
            "offer-missed sup0 answered-elsewhere",
            "answered cid -",
            "ended cid hung-up"
        ]
    );
    w.advance(60_000);
    assert_eq!(w.machine.gauges().map(|(_, n)| n)[2..], [0, 0, 0]);
}

#[test]
fn of_two_who_answer_at_the_same_instant_one_has_the_call_and_the_other_a_bye() {
    let mut w = World::new();
    let (a, caller, [(b, at_b), (c, at_c), _]) = ringing(&mut w);
    // Deaf until the answer is on its way: the CANCEL crosses it.
    w.phones[b].deaf = true;
    w.answer(c, at_c);
    w.phones[b].deaf = false;
    w.answer(b, at_b);
    w.advance(1_000);
    assert!(w.accepted(a, caller).is_some());
    let bye = w.ended(b, at_b).expect("ended").expect("a BYE");
    assert_eq!(bye.method(), Some(&Method::Bye));
    assert!(bye.header_str(HeaderName::Reason).unwrap_or_default().starts_with(ELSEWHERE));
    assert_eq!((w.state("bob"), w.state("cid")), (State::Ready, State::OnCall));
    assert!(w.ended(c, at_c).is_none(), "the winner's call goes on");
    w.hang_up(a, caller);
    assert!(w.ended(c, at_c).is_some());
}

#[test]
fn who_declines_declines_for_nobody_else_and_who_does_not_answer_is_paused() {
    let mut w = World::new();
    let (a, caller, [(b, at_b), (c, at_c), (s, at_s)]) = ringing(&mut w);
    let contact = w.contact_of(a, caller);
    w.reject(b, at_b, 603);
    assert!(w.rejected(a, caller).is_none());
    assert_eq!(["bob", "cid", "sup0"].map(|user| w.state(user)), [State::Paused, State::Ringing, State::Ringing]);
    w.advance(20_000);
    for (phone, session) in [(c, at_c), (s, at_s)] {
        assert!(w.ended(phone, session).is_some(), "no longer rung");
    }
    assert_eq!(["cid", "sup0"].map(|user| w.state(user)), [State::Paused; 2]);
    assert!(w.rejected(a, caller).is_none(), "and the caller waits");
    let b2 = w.ready("bob");
    let (again, _) = w.incoming(b2).expect("rings");
    w.answer(b2, again);
    assert!(w.accepted(a, caller).is_some());
    let ends: Vec<_> = w.story(&contact).into_iter().filter(|line| line.starts_with("offer-")).collect();
    assert_eq!(ends[..3], ["offer-declined bob declined", "offer-missed cid no-answer", "offer-missed sup0 no-answer"]);
}

#[test]
fn a_caller_who_gives_up_silences_all_and_a_kill_in_the_middle_keeps_the_place() {
    let mut w = World::new();
    let (a, caller, rung) = ringing(&mut w);
    w.hang_up(a, caller);
    for (phone, session) in rung {
        assert!(w.ended(phone, session).is_some());
    }
    assert_eq!(["bob", "cid", "sup0"].map(|user| w.state(user)), [State::Ready; 3]);
    let again = w.call(a, "everybody");
    let rung = rung.map(|(phone, _)| (phone, w.incoming(phone).expect("rings").0));
    assert!(w.accepted(a, again).is_none());
    w.kill_and_restart();
    for (phone, user) in rung.map(|(phone, _)| phone).into_iter().zip(["bob", "cid", "sup0"]) {
        w.reload(phone);
        w.input(Input::Answers { party: party(user), answers: true });
    }
    w.reload(a);
    assert_eq!(w.places.len(), 1, "the place is kept");
    let back = w.call(a, "everybody");
    for (phone, _) in rung {
        assert!(w.incoming(phone).is_some(), "rings again");
    }
    assert!(w.rejected(a, back).is_none());
    assert_eq!(["bob", "cid", "sup0"].map(|user| w.state(user)), [State::Ringing; 3]);
}

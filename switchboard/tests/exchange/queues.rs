//! Calls to queues through the exchange on simulated time: waiting on 182, offers, redelivery, wrap-up, guests, restarts.

use crate::support::{OFFER, UNIX, World, directory, party};
use sip_ws::codec::HeaderName;
use sip_ws::endpoint::EndpointEvent;
use std::sync::Arc;
use switchboard::exchange::io::Input;
use switchboard::queue::State;
use wire::{Order, OrderResult};

const GUEST: &str = "~support~00112233445566778899aabbccddeeff";
const OTHER: &str = "~support~ffeeddccbbaa99887766554433221100";
/// Ten minutes after the beginning.
const SOON: i64 = UNIX / 1000 + 600;

#[test]
fn an_agent_who_is_taken_out_of_every_queue_in_a_call_finishes_it_as_one() {
    let mut w = World::new();
    let a = w.registered("ann");
    let caller = w.call(a, "support");
    let contact = w.contact_of(a, caller);
    let b = w.ready("bob");
    let (callee, _) = w.incoming(b).expect("rings");
    w.answer(b, callee);
    let mut all = directory();
    let mut tenant = (*all.tenants[0]).clone();
    for queue in &mut tenant.queues {
        queue.members.retain(|member| *member.agent.name != *"bob");
    }
    all.tenants[0] = Arc::new(tenant);
    w.input(Input::Directory(all));
    w.advance(60_000);
    w.hang_up(a, caller);
    assert_eq!(w.state("bob"), State::WrapUp);
    let finish = Order::FinishWrapUp { contact: contact.clone(), disposition: Some("solved".into()), note: "Done.".into() };
    assert_eq!(w.order("bob", finish), OrderResult::Done);
    let work = w.contacts.iter().rev().find_map(|event| event.work.clone()).expect("the row of the work");
    assert_eq!((work.disposition.as_deref(), work.note.as_str()), (Some("solved"), "Done."));
    assert!(!w.agents.contains_key(&party("bob")), "nothing is shown of them from now on");
    assert_eq!(w.order("bob", Order::Ready), OrderResult::Forbidden);
}

#[test]
fn a_caller_waits_is_offered_answered_and_wrapped_up() {
    let mut w = World::new();
    let a = w.registered("ann");
    let caller = w.call(a, "support");
    assert_eq!(w.told(a, caller), [1], "182 with the place, at once");
    let contact = w.contact_of(a, caller);
    let b = w.ready("bob");
    let (callee, invite) = w.incoming(b).expect("rings");
    assert_eq!(invite.body(), OFFER.as_bytes());
    assert_eq!(invite.uri(), Some(w.phones[b].contact.as_str()));
    assert_eq!(*invite.session_id().unwrap().local, *contact, "the feed can name the contact that rings");
    assert_eq!(w.state("bob"), State::Ringing);
    w.ring(b, callee);
    assert!(!w.phones[a].events.iter().any(|e| matches!(e, EndpointEvent::Provisional { message, .. } if message.status() == Some(180))));
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
    assert_eq!(w.state("bob"), State::OnCall);
    assert!(w.places.is_empty(), "who was answered has no place any more");
    w.advance(60_000);
    w.hang_up(a, caller);
    assert!(w.ended(b, callee).is_some());
    assert_eq!(w.state("bob"), State::WrapUp);
    let finish = |note: &str, disposition: Option<&str>| Order::FinishWrapUp {
        contact: contact.clone(),
        disposition: disposition.map(str::to_owned),
        note: note.to_owned(),
    };
    assert_eq!(w.order("bob", finish("", Some("guessed"))), OrderResult::Invalid);
    assert_eq!(w.order("bob", finish(&"x".repeat(501), None)), OrderResult::Invalid);
    let extend = |of: &str| Order::ExtendWrapUp { contact: of.to_owned() };
    assert_eq!(w.order("bob", extend("none")), OrderResult::TooLate);
    assert_eq!(w.order("bob", extend(&contact)), OrderResult::Done);
    assert_eq!(w.order("bob", extend(&contact)), OrderResult::Done);
    assert_eq!(w.order("bob", extend(&contact)), OrderResult::Invalid, "twice is as often as this queue allows");
    let shown = w.agents[&party("bob")].wrap_up.clone().unwrap();
    assert_eq!((shown.until - shown.since, shown.extended), (70_000, 2), "and whoever sees the agent sees it");
    w.advance(4_000);
    assert_eq!(w.order("bob", finish(" called about a key ", Some("solved"))), OrderResult::Done);
    assert_eq!(w.state("bob"), State::Ready);
    assert_eq!(w.order("bob", finish("", None)), OrderResult::TooLate);
    assert_eq!(
        w.story(&contact),
        ["queued support -", "offered bob -", "ringing bob -", "answered bob -", "ended bob hung-up", "wrapped-up bob -"]
    );
    let work = w.contacts.last().unwrap().work.clone().unwrap();
    assert_eq!((work.ms, work.disposition.as_deref(), work.note.as_str()), (4_000, Some("solved"), "called about a key"));
    assert!(w.contacts.iter().all(|e| e.queue.as_ref().is_some_and(|of| of.name == "support" && of.label == "SUPPORT queue")));
    w.advance(60_000);
    assert_eq!(w.machine.gauges().map(|(_, n)| n)[2..], [0, 0, 0]);
}

#[test]
fn an_unanswered_offer_goes_to_the_next_agent_and_the_first_phone_hears_why() {
    let mut w = World::new();
    let b = w.ready("bob");
    w.advance(10);
    let a = w.registered("ann");
    let caller = w.call(a, "support");
    let (first, _) = w.incoming(b).expect("rings at the one who has been idle longest");
    w.ring(b, first);
    let c = w.ready("cid");
    w.advance(20_000);
    let cancel = w.ended(b, first).expect("stops ringing").expect("a CANCEL");
    assert!(cancel.header_str(HeaderName::Reason).unwrap_or_default().contains("next agent"));
    let (second, _) = w.incoming(c).expect("rings at the next");
    w.answer(c, second);
    assert!(w.accepted(a, caller).is_some());
    let contact = w.contact_of(a, caller);
    assert_eq!(
        w.story(&contact),
        ["queued support -", "offered bob -", "ringing bob -", "offer-missed bob no-answer", "offered cid -", "answered cid -"]
    );
    assert_eq!((w.state("bob"), w.state("cid")), (State::Ready, State::OnCall));
}

#[test]
fn the_history_says_that_a_caller_had_to_go_as_the_queue_did() {
    let mut w = World::new();
    let a = w.registered("ann");
    let caller = w.call(a, "sales");
    assert_eq!(w.told(a, caller), [1]);
    let contact = w.contact_of(a, caller);
    let mut directory = directory();
    let tenant = Arc::make_mut(&mut directory.tenants[0]);
    tenant.queues.retain(|queue| &*queue.queue.name != "sales");
    w.input(Input::Directory(directory));
    assert_eq!(w.rejected(a, caller).and_then(|m| m.status()), Some(404));
    assert_eq!(w.story(&contact), ["queued sales -", "failed sales no-queue"]);
}

#[test]
fn a_declined_or_unreachable_offer_never_refuses_the_caller() {
    let mut w = World::new();
    let b = w.ready("bob");
    let a = w.registered("ann");
    let caller = w.call(a, "support");
    for code in [603, 486, 480, 500] {
        let (ring, _) = w.incoming(b).expect("rings");
        w.reject(b, ring, code);
        assert!(w.rejected(a, caller).is_none(), "{code}");
        w.advance(5_000);
    }
    let (ring, _) = w.incoming(b).expect("rings again after a rest");
    w.disconnect(b);
    w.advance(10_000);
    assert!(w.rejected(a, caller).is_none());
    assert_eq!(w.state("bob"), State::Offline);
    w.reconnect(b, &[ring]);
    w.advance(6_000);
    assert!(w.incoming(b).is_some());
    let contact = w.contact_of(a, caller);
    let causes: Vec<_> = w.story(&contact).into_iter().filter(|line| line.starts_with("offer-")).collect();
    assert_eq!(
        causes,
        [
            "offer-declined bob declined",
            "offer-declined bob declined",
            "offer-failed bob unreachable",
            "offer-failed bob unreachable",
            "offer-failed bob unreachable"
        ]
    );
}

#[test]
fn an_answer_that_comes_after_the_end_of_its_offer_is_hung_up() {
    let mut w = World::new();
    let b = w.ready("bob");
    let a = w.registered("ann");
    let caller = w.call(a, "support");
    let (late, _) = w.incoming(b).expect("rings");
    w.ring(b, late);
    w.phones[b].deaf = true;
    w.advance(20_000);
    let c = w.ready("cid");
    let (second, _) = w.incoming(c).expect("rings at the next");
    w.phones[b].deaf = false;
    w.answer(b, late);
    assert!(w.accepted(a, caller).is_none(), "the late one gets nobody");
    w.answer(c, second);
    assert!(w.accepted(a, caller).is_some());
    w.advance(1_000);
    assert!(w.ended(b, late).is_some());
}

#[test]
fn a_caller_who_hangs_up_while_waiting_or_ringing_frees_the_agent() {
    let mut w = World::new();
    let b = w.ready("bob");
    let a = w.registered("ann");
    let caller = w.call(a, "support");
    let contact = w.contact_of(a, caller);
    let (ring, _) = w.incoming(b).expect("rings");
    w.ring(b, ring);
    w.hang_up(a, caller);
    assert!(w.ended(b, ring).is_some());
    assert_eq!(w.state("bob"), State::Ready, "no wrap-up for a call that never was");
    assert_eq!(
        w.story(&contact),
        ["queued support -", "offered bob -", "ringing bob -", "offer-missed bob abandoned", "abandoned support -"]
    );
    assert_eq!(w.machine.gauges()[4].1, 0);
}

#[test]
fn an_agent_in_a_call_of_their_own_is_not_rung_and_is_after_it() {
    let mut w = World::new();
    let (a, b, c) = (w.registered("ann"), w.ready("bob"), w.registered("cid"));
    let (caller, _) = w.connected(c, b);
    let waiting = w.call(a, "support");
    assert!(w.incoming(b).is_none());
    assert_eq!(w.told(a, waiting), [1]);
    w.hang_up(c, caller);
    assert!(w.incoming(b).is_some(), "no wrap-up after a call that came through no queue");
}

#[test]
fn a_full_queue_overflows_and_then_refuses_politely() {
    let mut w = World::new();
    let callers: Vec<usize> = (0..8).map(|n| w.guest(&format!("~support~{n:032x}"), SOON)).collect();
    let sessions: Vec<_> = callers.iter().map(|phone| w.call(*phone, "support")).collect();
    for (n, (phone, session)) in callers.iter().zip(&sessions).enumerate() {
        let refused = w.rejected(*phone, *session);
        assert_eq!(refused.is_some(), n >= 6, "three in each queue: {n}");
        if let Some(refused) = refused {
            assert_eq!((refused.status(), refused.reason()), (Some(486), &b"Queue full"[..]));
        }
    }
    assert_eq!(w.queues.values().map(|view| view.waiting).collect::<Vec<_>>(), [0, 0, 3, 3], "nobody in the others");
}

#[test]
fn a_guest_calls_the_one_queue_and_nobody_else() {
    let mut w = World::new();
    w.registered("bob");
    let g = w.guest(GUEST, SOON);
    for (target, status) in [("bob", 403), ("sales", 403), ("nobody", 403), ("support", 182)] {
        let session = w.call(g, target);
        match status {
            182 => assert_eq!(w.told(g, session), [1]),
            _ => assert_eq!(w.rejected(g, session).and_then(|m| m.status()), Some(status), "{target}"),
        }
    }
    let late = w.guest(OTHER, UNIX / 1000 - 1);
    let session = w.call(late, "support");
    assert_eq!(w.rejected(late, session).and_then(|m| m.status()), Some(403), "ten minutes are over");
    let nowhere = w.guest("~nowhere~00112233445566778899aabbccddeeff", SOON);
    let session = w.call(nowhere, "support");
    assert_eq!(w.rejected(nowhere, session).and_then(|m| m.status()), Some(403), "a guest of a queue that does not exist");
}

#[test]
fn a_guest_names_themselves_and_nothing_else() {
    let mut w = World::new();
    let b = w.ready("bob");
    let g = w.guest(GUEST, SOON);
    let mut m = w.invite_message(g, "support", Some(OFFER));
    m.set(HeaderName::From, format!("\"Ada <script>\" <sip:{GUEST}@portico.test>;tag=1"));
    m.push(HeaderName::PAssertedIdentity, "<sip:admin@portico.test>");
    w.invite(g, m);
    let (_, invite) = w.incoming(b).expect("rings");
    let from = invite.from().unwrap();
    assert_eq!((from.display_name().as_deref(), from.uri().user_decoded().as_deref()), (Some("Ada <script>"), Some(GUEST)));
    assert!(invite.header_str(HeaderName::PAssertedIdentity).unwrap_or_default().contains(GUEST), "the name is claimed, the identity ours");
    assert_eq!(w.contacts[0].from_display, "Ada <script>");
}

#[test]
fn a_guest_who_calls_again_soon_has_the_same_place_and_the_old_call_ends() {
    let mut w = World::new();
    let g = w.guest(GUEST, SOON);
    let first = w.call(g, "support");
    let before = w.contact_of(g, first);
    w.advance(5_000);
    let o = w.guest(OTHER, SOON);
    let second = w.call(o, "support");
    assert_eq!(w.told(o, second), [2]);
    w.disconnect(g);
    w.advance(12_000);
    assert_eq!(w.story(&before).last().map(String::as_str), Some("abandoned support lost"));
    let back = w.guest(GUEST, SOON + 100);
    let again = w.call(back, "support");
    assert_eq!(w.told(back, again), [1], "the place of before");
    assert!(w.story(&before).ends_with(&["abandoned support lost".into(), "returned support -".into()]), "and it was not given up");
    let contact = w.contact_of(back, again);
    assert_eq!(w.story(&contact), ["queued support -"]);
    let since = w.contacts.iter().rev().find(|e| e.kind.as_str() == "queued").unwrap().queue.clone().unwrap().since;
    assert_eq!(since, UNIX);
}

#[test]
fn who_calls_again_from_elsewhere_or_too_late_takes_nothing_back() {
    let mut w = World::new();
    let g = w.guest(GUEST, SOON);
    let first = w.call(g, "support");
    let before = w.contact_of(g, first);
    w.advance(1_000);
    // The call of before still waits: it gives way, and nobody has given anything up.
    let again = w.call(g, "support");
    let replaced = w.contact_of(g, again);
    assert_eq!(w.story(&before).last().map(String::as_str), Some("failed support replaced"));
    w.hang_up(g, again);
    assert_eq!(w.story(&replaced).last().map(String::as_str), Some("abandoned support -"));
    w.advance(31_000);
    w.call(g, "support");
    assert_eq!(w.story(&replaced).last().map(String::as_str), Some("abandoned support -"), "the place is gone");
}

#[test]
fn after_a_kill_callers_get_their_places_agents_their_states_and_who_stays_away_is_counted() {
    let mut w = World::new();
    let b = w.ready("bob");
    let talker = w.registered("ann");
    let talking = w.call(talker, "support");
    let (callee, _) = w.incoming(b).expect("rings");
    w.answer(b, callee);
    assert!(w.accepted(talker, talking).is_some());
    w.registered("cid");
    w.input(Input::Answers { party: party("cid"), answers: true });
    assert_eq!(w.order("cid", Order::Pause { reason: Some("lunch".into()) }), OrderResult::Done);
    let guests = [GUEST, OTHER].map(|user| w.guest(user, SOON));
    let waiting = guests.map(|phone| w.call(phone, "support"));
    assert_eq!([w.told(guests[0], waiting[0]), w.told(guests[1], waiting[1])], [vec![1], vec![2]]);
    let lost = w.contact_of(guests[0], waiting[0]);
    let resumed = w.contact_of(guests[1], waiting[1]);
    w.advance(3_000);
    w.kill_and_restart();
    w.agents.clear();

    w.reconnect(talker, &[talking]);
    w.reconnect(b, &[callee]);
    w.input(Input::Answers { party: party("bob"), answers: true });
    assert_eq!(w.state("bob"), State::OnCall);
    w.advance(2_000);
    let back = w.guest(OTHER, SOON);
    let again = w.call(back, "support");
    assert_eq!(w.told(back, again), [1], "the first is not back");
    assert_eq!(w.story(&resumed).last().map(String::as_str), Some("failed support resumed"));
    w.hang_up(talker, talking);
    assert!(w.ended(b, callee).is_some());
    assert_eq!(w.state("bob"), State::WrapUp, "a call of before the restart is wrapped up too");
    w.advance(30_000);
    assert_eq!(w.story(&lost).last().map(String::as_str), Some("failed support lost-by-restart"));
    assert!(w.incoming(b).is_some(), "ready as before, and rung for the one who came back");
    let c = w.registered("cid");
    w.input(Input::Answers { party: party("cid"), answers: true });
    assert_eq!(w.state("cid"), State::Paused);
    assert!(w.incoming(c).is_none());
}

#[test]
fn orders_are_for_agents_and_reasons_are_listed_ones() {
    let mut w = World::new();
    assert_eq!(w.order("ann", Order::Ready), OrderResult::Forbidden, "in no queue");
    assert_eq!(w.order("bob", Order::Pause { reason: Some("hangover".into()) }), OrderResult::Invalid);
    assert_eq!(w.order("bob", Order::Pause { reason: None }), OrderResult::Done);
    assert_eq!(w.order("bob", Order::Unknown), OrderResult::Invalid);
}

#[test]
fn a_caller_may_wait_for_longer_than_a_phone_may_ring() {
    let mut w = World::new();
    let a = w.registered("ann");
    let caller = w.call(a, "support");
    w.advance(1_500_000);
    let told = w.told(a, caller);
    assert!(told.len() >= 24, "182 at least once a minute: {}", told.len());
    assert!(w.rejected(a, caller).is_none());
    let b = w.ready("bob");
    let (callee, _) = w.incoming(b).expect("rings");
    w.answer(b, callee);
    assert!(w.accepted(a, caller).is_some());
}

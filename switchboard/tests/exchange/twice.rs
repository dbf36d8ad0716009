//! Killed twice within half a minute: whoever was not back in between still has their place.

use crate::phone::Phone;
use crate::socket::{SDP, server};
use crate::support::{UNIX, World, party};
use sqlx::any::AnyPoolOptions;
use std::time::Duration;
use switchboard::store::{ContactKind, sqlite_url};
use wire::{OrderResult, Steer};

const GUEST: &str = "~support~00112233445566778899aabbccddeeff";

#[test]
fn a_place_is_kept_over_a_second_kill_as_old_and_as_preferred_as_it_was() {
    let mut w = World::new();
    let guest = w.guest(GUEST, UNIX / 1_000 + 3_600);
    let call = w.call(guest, "support");
    let contact = w.contact_of(guest, call);
    assert_eq!(w.told(guest, call), [1]);
    assert_eq!(w.steer(Steer::Prioritise { contact: contact.clone(), priority: 2 }, &["support"]), OrderResult::Done);
    for _ in 0..2 {
        w.kill_and_restart();
        w.advance(20_000);
    }
    w.guest_again(guest, UNIX / 1_000 + 3_600);
    let again = w.call(guest, "support");
    assert_eq!(w.told(guest, again), [1]);
    let place = &w.places[&party(GUEST)];
    assert_eq!((place.since, place.priority), (UNIX, 2));
    assert_eq!(w.story(&contact).last().map(String::as_str), Some("failed support resumed"), "one contact goes on with the other");
    // And is given up half a minute after the last one.
    for _ in 0..2 {
        w.kill_and_restart();
        w.advance(20_000);
    }
    w.advance(10_000);
    assert!(w.places.is_empty(), "{:?}", w.places);
}

/// The kill came between the row of the call and its line in the history, before the caller had heard of anything: they call again.
#[tokio::test(flavor = "multi_thread")]
async fn the_place_of_a_caller_who_may_not_have_heard_of_the_answer_is_kept_over_a_second_kill() {
    let data = tempfile::tempdir().unwrap();
    let first = server(&data).await;
    let services = first.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let caller = Phone::registered(&first.url(), "concierge", 1).await;
    let mut agent = Phone::registered(&first.url(), "agent1", 2).await;
    services.floor.pages(&tenant, "agent1", true, None);
    assert_eq!(services.floor.order(&tenant, "agent1", wire::Order::Ready, None).await, Some(OrderResult::Done));
    let call = caller.call("support", SDP).await;
    let (ring, _) = agent.incoming().await;
    agent.answer(ring, SDP).await;
    let contact = caller.with(move |ep, _, _| ep.session_id(call).map(|(own, _)| own.to_owned())).await.unwrap();
    let mut story = Vec::new();
    while !story.iter().any(|event: &switchboard::store::ContactEvent| event.kind == ContactKind::Answered) {
        tokio::time::sleep(Duration::from_millis(10)).await;
        story = services.store.contact_events(&tenant, &contact, 100).await.unwrap();
    }
    let since = story[0].data.queue.as_ref().unwrap().since;
    first.stop().await;
    let pool = AnyPoolOptions::new().max_connections(1).connect(&sqlite_url(&data.path().join("portico.sqlite"))).await.unwrap();
    let unwritten = sqlx::query("DELETE FROM contact_events WHERE kind = 'answered'").execute(&pool).await.unwrap();
    assert_eq!(unwritten.rows_affected(), 1);
    pool.close().await;

    // The second server adds the line, and is killed too.
    let second = server(&data).await;
    let story = second.services().store.contact_events(&tenant, &contact, 100).await.unwrap();
    assert_eq!(story.iter().filter(|event| event.kind == ContactKind::Answered).count(), 1, "{story:?}");
    second.stop().await;

    let third = server(&data).await;
    let caller = Phone::registered(&third.url(), "concierge", 3).await;
    caller.call("support", SDP).await;
    let listed = async || third.services().floor.callers(&tenant, "support", None, 10).await.unwrap();
    while listed().await.waiting == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let [waiting] = &listed().await.callers[..] else { panic!("one caller") };
    assert_eq!((waiting.display.as_str(), waiting.since), ("Concierge", since), "as old as before");
    third.stop().await;
}

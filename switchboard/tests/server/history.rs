//! History: what the exchange records is what both sides read, and nobody else.

use crate::support::{Desk, cheap};
use switchboard::config::Tenant;
use switchboard::http::hash_password;
use switchboard::ids::TenantId;
use switchboard::store::{ContactData, ContactEvent, ContactKind};
use wire::{Change, Direction, HistoryPage, Outcome, Secret, ServerFrame};

fn event(tenant: &TenantId, contact: &str, at: i64, kind: ContactKind) -> ContactEvent {
    ContactEvent {
        tenant: tenant.clone(),
        contact: contact.into(),
        at,
        kind,
        from_user: "agent1".into(),
        to_user: "agent2".into(),
        data: ContactData { from_display: "Agent One".into(), to_display: "Agent Two".into(), ..ContactData::default() },
    }
}

#[tokio::test]
async fn both_sides_read_their_half_and_hear_of_it_live() {
    let desk = Desk::start().await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let (one, two) = (desk.signed_in("agent1").await, desk.signed_in("agent2").await);
    let mut feed = two.feed().await;
    assert!(matches!(feed.next_state().await, Some(ServerFrame::Snapshot(_))));
    for (at, kind) in [(1_000, ContactKind::Offered), (2_000, ContactKind::Answered), (5_000, ContactKind::Ended)] {
        services.contacts.record(&[event(&tenant, "c1", at, kind)]).await.unwrap();
        let Some(ServerFrame::Delta { changes, .. }) = feed.next_state().await else { panic!("no delta") };
        match (&changes[..], kind) {
            ([Change::CallEnded { row }], ContactKind::Ended) => assert_eq!(row.talk_ms, Some(3_000)),
            ([Change::Call { call }], _) => assert_eq!(call.answered_at.is_some(), kind == ContactKind::Answered),
            other => panic!("{other:?}"),
        }
    }
    let mut rows = Vec::new();
    for client in [&one, &two] {
        let page: HistoryPage = client.json("/api/history").await;
        assert_eq!((page.rows.len(), page.next), (1, None));
        rows.extend(page.rows);
    }
    assert_eq!((rows[0].direction, rows[0].peer.address.as_str()), (Direction::Outgoing, "agent2"));
    assert_eq!((rows[1].direction, rows[1].peer.display_name.as_deref()), (Direction::Incoming, Some("Agent One")));
    for row in &rows {
        let times = (row.started_at, row.answered_at, row.ended_at, row.talk_ms, row.outcome);
        assert_eq!(times, (1_000, Some(2_000), Some(5_000), Some(3_000), Outcome::Answered));
    }
    let other: HistoryPage = desk.signed_in("supervisor").await.json("/api/history").await;
    assert_eq!(other.rows, []);
    assert_eq!(desk.client().get("/api/history").await.status(), 401);
}

#[tokio::test]
async fn what_a_kill_left_open_is_ended_once_and_running_calls_are_not() {
    let desk = Desk::start().await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let now = switchboard::clock::now_ms();
    let steps: [(&str, &[ContactKind]); 5] = [
        ("rang", &[ContactKind::Offered, ContactKind::Ringing]),
        ("talked", &[ContactKind::Offered, ContactKind::Answered, ContactKind::Held]),
        ("goes on", &[ContactKind::Offered, ContactKind::Answered]),
        ("was over", &[ContactKind::Offered, ContactKind::Missed]),
        ("was opened", &[ContactKind::Offered, ContactKind::Opened]),
    ];
    for (contact, kinds) in steps {
        for (i, kind) in (0..).zip(kinds) {
            services.store.append_contact_events(&[event(&tenant, contact, now - 1_000 + i, *kind)]).await.unwrap();
        }
    }
    let except = ["goes on".to_owned()];
    assert_eq!(services.store.close_open_contacts(&except, now).await.unwrap(), 2);
    assert_eq!(services.store.close_open_contacts(&except, now).await.unwrap(), 0);
    let page: HistoryPage = desk.signed_in("agent2").await.json("/api/history").await;
    let mut seen: Vec<_> = page.rows.iter().map(|row| (row.contact.as_str(), row.outcome)).collect();
    seen.sort_by_key(|(contact, _)| *contact);
    let expected = [
        ("goes on", Outcome::Ongoing),
        ("rang", Outcome::Failed),
        ("talked", Outcome::Answered),
        ("was opened", Outcome::Opened),
        ("was over", Outcome::Missed),
    ];
    assert_eq!(seen, expected);
    // Each has one last line.
    for contact in ["was over", "was opened"] {
        let lines = services.store.contact_events(&tenant, contact, i64::MAX).await.unwrap();
        assert_eq!(lines.len(), 2, "{contact}: {lines:?}");
    }
}

#[tokio::test]
async fn pages_meet_without_gap_or_overlap_also_in_the_same_millisecond() {
    let desk = Desk::start().await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let events: Vec<_> = (0..25).map(|i| event(&tenant, &format!("c{i}"), 1_000 + i / 5, ContactKind::Offered)).collect();
    services.contacts.record(&events).await.unwrap();
    let client = desk.signed_in("agent1").await;
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page: HistoryPage = client.json(&format!("/api/history?limit=4{next}")).await;
        assert!(page.rows.len() <= 4);
        seen.extend(page.rows.into_iter().map(|row| (row.started_at, row.contact)));
        match page.next {
            Some(cursor) => next = format!("&before={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0), "newest first");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
    let odd: HistoryPage = client.json("/api/history?before=nonsense&limit=0").await;
    assert_eq!(odd.rows.len(), 1);
    assert_eq!(client.get("/api/history?limit=many").await.status(), 400);
}

#[tokio::test]
async fn tenants_with_the_same_user_names_never_meet() {
    let desk = Desk::start_with(|config| {
        let mut second: Tenant = config.tenants[0].clone();
        second.name = "second".into();
        second.domain = "second.test".into();
        let hash = hash_password(&Secret::new("another"), &cheap()).unwrap();
        for person in &mut second.people {
            person.password = Some(Secret::new(hash.clone()));
        }
        config.tenants.push(second);
    })
    .await;
    let services = desk.server.services();
    let tenant = services.directory.tenant_by_domain("portico.test").unwrap().id.clone();
    services.contacts.record(&[event(&tenant, "c1", 1, ContactKind::Offered)]).await.unwrap();
    let plain = desk.client();
    assert_eq!(plain.sign_in("agent1", "portico").await.status(), 401, "the domain decides");
    assert_eq!(plain.sign_in("agent1@second.test", "portico").await.status(), 401);
    assert_eq!(plain.sign_in("agent1@second.test", "another").await.status(), 200);
    let page: HistoryPage = plain.json("/api/history").await;
    assert_eq!(page.rows, []);
    let mut feed = plain.feed().await;
    let Some(ServerFrame::Snapshot(snapshot)) = feed.next_state().await else { panic!("no snapshot") };
    assert_eq!((snapshot.people.len(), snapshot.calls.len()), (5, 0));
    let first = desk.client();
    assert_eq!(first.sign_in("agent1@portico.test", "portico").await.status(), 200);
    assert_eq!(first.json::<HistoryPage>("/api/history").await.rows.len(), 1);
}

#[tokio::test]
async fn a_contact_has_one_end_until_it_begins_again_and_an_answer_that_is_missing_is_added_once() {
    let desk = Desk::start().await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let now = switchboard::clock::now_ms() - 10_000;
    let write = async |at, kind| services.store.append_contact_events(&[event(&tenant, "c1", now + at, kind)]).await.unwrap().len();
    let missing = async |at| {
        let answer = event(&tenant, "c1", now + at, ContactKind::Answered);
        services.store.append_missing_answers(&[(answer, None)]).await.unwrap().len()
    };
    assert_eq!(write(0, ContactKind::Offered).await, 1);
    assert_eq!((missing(1).await, missing(2).await), (1, 0));
    assert_eq!((write(3, ContactKind::Ended).await, write(4, ContactKind::Ended).await, write(4, ContactKind::Failed).await), (1, 0, 0));
    // In one transaction too.
    let both = [event(&tenant, "c2", now, ContactKind::Offered), event(&tenant, "c2", now, ContactKind::Missed)];
    let again = [both[0].clone(), both[1].clone(), both[1].clone()];
    assert_eq!(services.store.append_contact_events(&again).await.unwrap(), both);
    // The same caller under the same name.
    assert_eq!((write(5, ContactKind::Offered).await, missing(6).await, write(7, ContactKind::Ended).await), (1, 1, 1));
    assert_eq!(write(8, ContactKind::Offered).await, 1);
    assert_eq!(services.store.close_open_contacts(&[], now + 9).await.unwrap(), 1, "what began again is open");
    let kinds: Vec<_> = services.store.contact_events(&tenant, "c1", i64::MAX).await.unwrap().into_iter().map(|event| event.kind).collect();
    let talked = [ContactKind::Offered, ContactKind::Answered, ContactKind::Ended];
    let failed = [ContactKind::Offered, ContactKind::Failed];
    // Whoever ends a contact after a kill knows of an answer in it.
    assert_eq!(kinds[..6], [talked, talked].concat());
    assert_eq!((kinds.len(), kinds[6]), (8, failed[0]));
}

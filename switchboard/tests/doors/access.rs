//! The access log as pages read it: through the whole server, from real releases at a simulated station.

use crate::service::{Desk, House, id};
use serde_json::json;
use switchboard::store::{ContactData, ContactEvent, ContactKind, LogEntry};
use wire::{AccessPage, AccessRow, ReleaseOutcome};

impl Desk {
    async fn text(&self, path: &str) -> (u16, String) {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn access(&self, query: &str) -> AccessPage {
        let (status, text) = self.text(&format!("/api/access{query}")).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

fn doors(page: &AccessPage) -> Vec<(&str, &str)> {
    page.rows.iter().map(|row: &AccessRow| (row.door.as_str(), row.release.by.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_release_is_one_row_with_its_outcomes_and_its_call() {
    let house = House::start().await;
    let services = house.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let rang = ContactEvent {
        tenant: tenant.clone(),
        contact: "c0ffee".into(),
        at: switchboard::clock::now_ms(),
        kind: ContactKind::Offered,
        from_user: "north".into(),
        to_user: "concierge".into(),
        data: ContactData { from_display: "North door".into(), ..ContactData::default() },
    };
    services.contacts.record(&[rang]).await.unwrap();
    let desk = house.desk("concierge").await;
    desk.open("wicket", &json!({ "id": id(), "relays": [1, 2], "call": "c0ffee", "reason": "=parcel, heavy" })).await;
    let agent = house.desk("agent1").await;
    agent.open("gate", &json!({ "id": id(), "relays": [2] })).await;
    house.settled(4).await;
    let page = desk.access("").await;
    assert_eq!(doors(&page), [("GATE", "Agent One"), ("WICKET", "Concierge")]);
    assert_eq!(page.next, None);
    let row = &page.rows[1];
    let outcomes: Vec<_> = row.release.relays.iter().map(|relay| (relay.relay, relay.outcome)).collect();
    assert_eq!(outcomes, [(1, Some(ReleaseOutcome::Opened)), (2, Some(ReleaseOutcome::BadCodeOrNotRemote))]);
    assert_eq!((row.site.as_str(), row.reason.as_str(), row.contact.as_deref()), ("North lobby", "=parcel, heavy", Some("c0ffee")));
    assert_eq!(row.caller.as_ref().and_then(|peer| peer.display_name.as_deref()), Some("North door"));
    assert!(row.release.done_at.unwrap() - row.release.asked_at < 5_000 && row.release.done_at >= Some(row.release.asked_at));
    // Pages, and words anywhere in a row.
    let first = desk.access("?limit=1").await;
    assert_eq!(doors(&first), [("GATE", "Agent One")]);
    let second = desk.access(&format!("?limit=1&before={}", first.next.unwrap())).await;
    assert_eq!((doors(&second), &second.next), (vec![("WICKET", "Concierge")], &None));
    for (find, found) in [("north%20DOOR", 1), ("lobby", 2), ("concierge%20heavy", 1), ("agent%20heavy", 0)] {
        assert_eq!(desk.access(&format!("?find={find}")).await.rows.len(), found, "{find}");
    }
    let (status, csv) = desk.text("/api/access.csv?find=wicket").await;
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!((status, lines.len(), lines[0]), (200, 3, "time,site,door,relay,outcome,cause,opened by,test,note,caller,call"));
    assert!(lines[1].ends_with("North lobby,WICKET,1,opened,,Concierge,,\"'=parcel, heavy\",North door,c0ffee"), "{}", lines[1]);
    assert!(lines[2].contains(",2,bad_code_or_not_remote,") && lines[1][..25].ends_with("+01:00") | lines[1][..25].ends_with("+02:00"));
    // Whoever took it stands in the log.
    let taken = services.store.log_rows(&tenant, "access_export", i64::MAX, 10).await.unwrap();
    assert_eq!((taken.len(), taken[0].personal("find")), (1, "wicket"));
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reads_what_is_theirs_to_read() {
    let house = House::start().await;
    let (agent1, concierge) = (house.desk("agent1").await, house.desk("concierge").await);
    concierge.open("gate", &json!({ "id": id(), "relays": [1] })).await;
    agent1.open("gate", &json!({ "id": id(), "relays": [2] })).await;
    house.settled(4).await;
    assert_eq!(doors(&concierge.access("").await).len(), 2);
    assert_eq!(doors(&agent1.access("").await), [("GATE", "Agent One")], "an agent reads their own");
    // Bound to another site.
    assert_eq!(house.desk("agent2").await.access("").await.rows, []);
    assert_eq!(agent1.text("/api/access.csv").await.1.lines().count(), 2);
    let nobody = Desk { http: reqwest::Client::new(), base: house.server.url() };
    for path in ["/api/access", "/api/access.csv"] {
        assert_eq!(nobody.text(path).await.0, 401);
    }
    for query in ["?limit=x", "?before=x", &format!("?find={}", "x".repeat(201))] {
        assert_eq!(agent1.text(&format!("/api/access{query}")).await.0, 400, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_only_began_is_shown_as_such_and_no_other_id_hides_it() {
    let house = House::start().await;
    let store = &house.server.services().store;
    let tenant = house.server.services().directory.tenants()[0].id.clone();
    let row = |person: &str, outcome: &'static str, relays: &str| {
        let entry = LogEntry::new(Some(tenant.clone()), "door_release", outcome).detail("release", "r1").detail("site", "north");
        entry.detail("door", "gone").detail("relays", relays).personal("person", person).personal("name", person)
    };
    // A kill between command and outcome; then somebody else with the same id; then fifty pages of other things.
    store.log(&row("ann", "begun", "1")).await.unwrap();
    store.log(&row("eve", "refused_by_us", "1=refused_by_us:not_yours")).await.unwrap();
    for _ in 0..3 {
        store.log(&LogEntry::new(Some(tenant.clone()), "sign_in", "done").detail("call", "\"action\":\"door_release\"")).await.unwrap();
    }
    store.log(&row("bob", "begun", "2")).await.unwrap();
    store.log(&row("bob", "no_reply", "2=no_reply:status_503")).await.unwrap();
    let desk = house.desk("concierge").await;
    let page = desk.access("").await;
    assert_eq!(doors(&page), [("gone", "bob"), ("gone", "eve"), ("gone", "ann")]);
    assert_eq!(page.rows[0].release.relays[0].cause.as_deref(), Some("status"));
    assert_eq!((page.rows[2].release.done_at, page.rows[2].release.relays[0].outcome), (None, None));
    // The row before the command is on the next page, its outcome on this one.
    let first = desk.access("?limit=1").await;
    let second = desk.access(&format!("?limit=1&before={}", first.next.unwrap())).await;
    assert_eq!(doors(&second), [("gone", "eve")]);
}

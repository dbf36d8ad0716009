//! `/feed`: who may connect, what a page is told and how fast, what happens to a page that does not answer or does not read.

use crate::support::{Client, Desk, Feed, ringing};
use futures_util::SinkExt as _;
use std::time::{Duration, Instant};
use switchboard::feed::Phones;
use switchboard::server::Server;
use tokio_tungstenite::tungstenite::Message;
use wire::{Change, ClientFrame, FeedEnd, Presence, RelayRelease, Release, ReleaseOutcome, Secret, ServerFrame, Snapshot, WireVersion};

const AVAILABLE: Phones = Phones { registered: true, ringing: 0, busy: 0 };
const OFFLINE: Phones = Phones { registered: false, ringing: 0, busy: 0 };

fn phones(server: &Server, user: &str, phones: Phones) {
    let tenant = server.services().directory.tenants()[0].id.clone();
    server.services().hub.phones(&tenant, user, phones);
}

async fn snapshot(feed: &mut Feed) -> Snapshot {
    match feed.next_state().await {
        Some(ServerFrame::Snapshot(snapshot)) => snapshot,
        other => panic!("no snapshot but {other:?}"),
    }
}

async fn delta(feed: &mut Feed) -> (u64, Vec<Change>) {
    match feed.next_state().await {
        Some(ServerFrame::Delta { seq, changes, .. }) => (seq, changes),
        other => panic!("no delta but {other:?}"),
    }
}

/// Sends a first frame and expects the feed to end for this reason, without having said anything before.
async fn refused(client: &Client, first: Message) -> FeedEnd {
    let mut feed = client.feed_socket(Some(&client.base)).await.unwrap();
    feed.socket.send(first).await.unwrap();
    match feed.next().await {
        Some(ServerFrame::End { reason }) => {
            assert_eq!(feed.next().await, None);
            reason
        }
        other => panic!("not refused but {other:?}"),
    }
}

fn hello(ticket: Secret, wire: WireVersion) -> Message {
    Message::text(serde_json::to_string(&ClientFrame::Hello { ticket, wire, phone: None }).unwrap())
}

#[tokio::test]
async fn a_socket_without_a_listed_origin_is_refused_whatever_its_cookie() {
    let desk = Desk::start().await;
    let client = desk.signed_in("agent1").await;
    let own = desk.server.url();
    let foreign = [
        None,
        Some("null".to_owned()),
        Some("https://elsewhere.example".to_owned()),
        Some(format!("{own}.elsewhere.example")),
        Some(format!("{own}1")),
        Some(own.replace("http", "https")),
    ];
    for origin in foreign {
        assert_eq!(client.feed_socket(origin.as_deref()).await.err(), Some(403), "{origin:?}");
    }
}

#[tokio::test]
async fn a_ticket_opens_one_feed_once() {
    let desk = Desk::start().await;
    assert_eq!(desk.client().post("/api/ticket", &serde_json::json!({ "purpose": "feed" })).await.status(), 401);
    let client = desk.signed_in("agent1").await;
    let ticket = client.ticket().await;
    let mut feed = client.feed_socket(Some(&client.base)).await.unwrap();
    feed.send(&ClientFrame::Hello { ticket: ticket.clone(), wire: wire::VERSION, phone: None }).await;
    assert!(matches!(feed.next().await, Some(ServerFrame::Hello { wire: wire::VERSION, .. })));
    assert_eq!(refused(&client, hello(ticket, wire::VERSION)).await, FeedEnd::BadTicket);
    assert_eq!(refused(&client, hello(Secret::new("guessed"), wire::VERSION)).await, FeedEnd::BadTicket);
    let other = WireVersion { major: wire::VERSION.major + 1, minor: 0 };
    assert_eq!(refused(&client, hello(client.ticket().await, other)).await, FeedEnd::BadVersion);
    assert_eq!(refused(&client, Message::text("{")).await, FeedEnd::BadFrame);
    assert_eq!(refused(&client, Message::text(r#"{"type":"resync"}"#)).await, FeedEnd::BadFrame);
    assert_eq!(refused(&client, Message::binary(vec![0; 10])).await, FeedEnd::BadFrame);
    let purpose = client.post("/api/ticket", &serde_json::json!({ "purpose": "recordings" })).await;
    assert_eq!(purpose.status(), 400);
    let pictures = client.post("/api/ticket", &serde_json::json!({ "purpose": "pictures" })).await;
    let pictures = pictures.json::<wire::Ticket>().await.unwrap().ticket;
    assert_eq!(refused(&client, hello(pictures, wire::VERSION)).await, FeedEnd::BadTicket, "a ticket for something else");
}

#[tokio::test]
async fn a_ticket_ends_after_thirty_seconds_and_with_its_session() {
    let desk = Desk::start().await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let person = services.directory.person(&tenant, "agent1").unwrap();
    let holder = || switchboard::feed::Holder { person: person.clone(), session: "s".into(), session_expires_at: i64::MAX, link: None };
    let purpose = wire::TicketPurpose::Feed;
    let issue = |now| services.tickets.issue(holder(), purpose, now).unwrap().ticket;
    let ticket = issue(0);
    assert!(services.tickets.redeem(&ticket, purpose, 30_000).is_none());
    let ticket = issue(0);
    assert!(services.tickets.redeem(&ticket, wire::TicketPurpose::Unknown, 1).is_none());
    let ticket = issue(0);
    services.tickets.end_session("s");
    assert!(services.tickets.redeem(&ticket, purpose, 1).is_none());
    let ticket = issue(0);
    assert!(services.tickets.redeem(&ticket, purpose, 29_999).is_some());
}

#[tokio::test]
async fn a_page_sees_its_tenant_and_each_change_in_sequence() {
    let desk = Desk::start().await;
    phones(&desk.server, "agent2", AVAILABLE);
    let mut feed = desk.signed_in("agent1").await.feed().await;
    let first = snapshot(&mut feed).await;
    let people: Vec<_> = first.people.iter().map(|p| (p.user.as_str(), p.presence)).collect();
    assert_eq!(people.len(), 5);
    assert!(people.contains(&("agent2", Presence::Available)) && people.contains(&("agent1", Presence::Offline)));
    phones(&desk.server, "agent2", Phones { registered: true, ringing: 1, busy: 0 });
    let (seq, changes) = delta(&mut feed).await;
    assert_eq!(seq, first.seq + 1);
    assert!(matches!(&changes[..], [Change::Person { person }] if person.presence == Presence::Ringing && person.since.is_some()));
    phones(&desk.server, "agent2", Phones { registered: true, ringing: 1, busy: 1 });
    let (seq, changes) = delta(&mut feed).await;
    assert_eq!(seq, first.seq + 2);
    assert!(matches!(&changes[..], [Change::Person { person }] if person.presence == Presence::OnCall));
    // What does not change anything is not sent; a resync starts from a new snapshot.
    phones(&desk.server, "agent2", Phones { registered: true, ringing: 0, busy: 2 });
    feed.send(&ClientFrame::Resync).await;
    let again = snapshot(&mut feed).await;
    assert_eq!(again.seq, first.seq + 3);
    assert_eq!(again.people.iter().find(|p| p.user == "agent2").map(|p| p.presence), Some(Presence::OnCall));
}

#[tokio::test]
async fn presence_is_collected_four_times_a_second_and_own_calls_go_at_once() {
    let desk = Desk::start().await;
    let client = desk.signed_in("agent1").await;
    let mut feed = client.feed().await;
    snapshot(&mut feed).await;
    let start = Instant::now();
    let server = &desk.server;
    let changing = async {
        for i in 0..100 {
            phones(server, "agent2", if i % 2 == 0 { AVAILABLE } else { OFFLINE });
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        phones(server, "agent2", AVAILABLE);
    };
    let reading = async {
        let mut frames = 0;
        let mut last = Presence::Unknown;
        while start.elapsed() < Duration::from_millis(1_800) {
            let Ok(frame) = tokio::time::timeout(Duration::from_millis(400), feed.next_state()).await else { break };
            if let Some(ServerFrame::Delta { changes, .. }) = frame {
                frames += 1;
                if let Some(Change::Person { person }) = changes.last() {
                    last = person.presence;
                }
            }
        }
        (frames, last)
    };
    let ((), (frames, last)) = tokio::join!(changing, reading);
    assert!((2..=9).contains(&frames), "{frames} frames");
    assert_eq!(last, Presence::Available);

    // Just after a frame, when a change of presence would wait.
    phones(&desk.server, "agent2", OFFLINE);
    delta(&mut feed).await;
    let tenant = desk.server.services().directory.tenants()[0].id.clone();
    let start = Instant::now();
    desk.server.services().hub.call_changed(&tenant, "agent1", ringing("c1"));
    let (_, changes) = delta(&mut feed).await;
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
    assert_eq!(changes, [Change::Call { call: ringing("c1") }]);
}

#[tokio::test]
async fn own_calls_are_shown_to_nobody_else() {
    let desk = Desk::start().await;
    let mut own = desk.signed_in("agent1").await.feed().await;
    let mut other = desk.signed_in("agent2").await.feed().await;
    snapshot(&mut own).await;
    snapshot(&mut other).await;
    let tenant = desk.server.services().directory.tenants()[0].id.clone();
    desk.server.services().hub.call_changed(&tenant, "agent1", ringing("c1"));
    phones(&desk.server, "concierge", AVAILABLE);
    let (_, changes) = delta(&mut own).await;
    assert!(changes.iter().any(|c| matches!(c, Change::Call { .. })));
    let (_, changes) = delta(&mut other).await;
    assert!(matches!(&changes[..], [Change::Person { person }] if person.user == "concierge"));
    other.send(&ClientFrame::Resync).await;
    assert_eq!(snapshot(&mut other).await.calls, []);
    own.send(&ClientFrame::Resync).await;
    assert_eq!(snapshot(&mut own).await.calls, [ringing("c1")]);
}

#[tokio::test]
async fn a_slow_page_gets_a_snapshot_instead_of_a_pile() {
    let desk = Desk::start().await;
    let mut feed = desk.signed_in("agent1").await.feed().await;
    snapshot(&mut feed).await;
    let tenant = desk.server.services().directory.tenants()[0].id.clone();
    // Between two turns of the page's task: far more than what may wait.
    for i in 0..1_000 {
        desk.server.services().hub.call_changed(&tenant, "agent1", ringing(&format!("c{}", i % 3)));
    }
    let mut seen = 0;
    loop {
        match feed.next_state().await {
            Some(ServerFrame::Delta { changes, .. }) => seen += changes.len(),
            Some(ServerFrame::Snapshot(snapshot)) => {
                assert_eq!(snapshot.calls.len(), 3);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(seen < 1_000, "{seen} changes were piled up");
}

#[tokio::test]
async fn a_page_that_stops_answering_is_shown_as_silent() {
    let desk = Desk::start_with(|config| config.limits.heartbeat_ms = 100).await;
    let mut watching = desk.signed_in("supervisor").await.feed().await;
    snapshot(&mut watching).await;
    let client = desk.signed_in("agent1").await;
    let mut frozen = client.feed().await;
    snapshot(&mut frozen).await;
    // Its socket lives, but nobody reads heartbeats: that is what a blocked main thread looks like.
    let silent_now = |changes: &[Change]| {
        changes.iter().rev().find_map(|change| match change {
            Change::Person { person } if person.user == "agent1" => Some(person.silent),
            _ => None,
        })
    };
    let wait_for = async |watching: &mut Feed, wanted: bool| loop {
        let (_, changes) = delta(watching).await;
        if silent_now(&changes) == Some(wanted) {
            break;
        }
    };
    wait_for(&mut watching, true).await;
    // It wakes up and answers the newest.
    let answer = async {
        loop {
            if let Some(ServerFrame::Heartbeat { beat, .. }) = frozen.next().await {
                frozen.send(&ClientFrame::Heartbeat { beat }).await;
            }
        }
    };
    tokio::select! {
        () = wait_for(&mut watching, false) => {}
        () = answer => {}
    }
    // An answer to a heartbeat that was never sent is no sign of life.
    let mut liar = client.feed().await;
    snapshot(&mut liar).await;
    liar.send(&ClientFrame::Heartbeat { beat: u64::MAX }).await;
    loop {
        match liar.next().await {
            Some(ServerFrame::Heartbeat { .. }) => {}
            other => break assert_eq!(other, Some(ServerFrame::End { reason: FeedEnd::BadFrame })),
        }
    }
}

#[tokio::test]
async fn sign_out_and_the_stop_of_the_server_end_a_feed_with_a_word() {
    let desk = Desk::start().await;
    let client = desk.signed_in("agent1").await;
    let mut feed = client.feed().await;
    snapshot(&mut feed).await;
    let pending = client.ticket().await;
    client.http.delete(desk.url("/api/session")).send().await.unwrap();
    assert_eq!(feed.next_state().await, Some(ServerFrame::End { reason: FeedEnd::SignedOut }));
    assert_eq!(refused(&client, hello(pending, wire::VERSION)).await, FeedEnd::BadTicket);
    let mut feed = desk.signed_in("agent2").await.feed().await;
    snapshot(&mut feed).await;
    let start = Instant::now();
    desk.server.stop().await;
    assert_eq!(feed.next_state().await, Some(ServerFrame::End { reason: FeedEnd::Stopping }));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_ticket_that_was_made_while_its_session_ended_opens_no_feed() {
    let desk = Desk::start().await;
    let (services, now) = (desk.server.services(), switchboard::clock::now_ms());
    let tenant = services.directory.tenants()[0].id.clone();
    let person = services.directory.person(&tenant, "agent1").unwrap();
    for reason in [FeedEnd::SignedOut, FeedEnd::Revoked] {
        let client = desk.signed_in("agent1").await;
        let row = services.store.sessions_of(&tenant, &person.id, now).await.unwrap().remove(0);
        let holder = switchboard::feed::Holder {
            person: person.clone(),
            session: row.digest.clone(),
            session_expires_at: row.expires_at,
            link: None,
        };
        let ticket = || services.tickets.issue(holder.clone(), wire::TicketPurpose::Feed, now).unwrap().ticket;
        let mut open = client.feed_with(ticket()).await;
        snapshot(&mut open).await;
        match reason {
            FeedEnd::Revoked => {
                let path = desk.url(&format!("/api/sessions/{}", row.id));
                assert_eq!(client.http.delete(path).header("origin", &client.base).send().await.unwrap().status(), 200);
            }
            _ => assert_eq!(client.http.delete(desk.url("/api/session")).send().await.unwrap().status(), 204),
        }
        assert_eq!(open.next_state().await, Some(ServerFrame::End { reason }), "one that was open");
        // Its request had found the session before that.
        assert_eq!(refused(&client, hello(ticket(), wire::VERSION)).await, reason, "one that opens afterwards");
    }
}

#[tokio::test]
async fn a_person_has_a_bounded_number_of_feeds_and_frames_a_bounded_size() {
    let desk = Desk::start_with(|config| config.limits.feeds_per_person = 2).await;
    let client = desk.signed_in("agent1").await;
    let mut first = client.feed().await;
    let _second = client.feed().await;
    assert_eq!(refused(&client, hello(client.ticket().await, wire::VERSION)).await, FeedEnd::TooMany);
    snapshot(&mut first).await;
    // The place comes back.
    let _ = first.socket.send(Message::text("x".repeat(100_000))).await;
    while first.next().await.is_some() {}
    let start = Instant::now();
    while desk.server.services().hub.clients() > 1 && start.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let _third = client.feed().await;
}

fn release(id: &str, site: &str, asked_at: i64, outcome: Option<ReleaseOutcome>) -> Release {
    Release {
        id: id.into(),
        site: site.into(),
        entrance: "gate".into(),
        by: "Agent One".into(),
        test: false,
        asked_at,
        done_at: outcome.map(|_| asked_at + 100),
        relays: vec![RelayRelease { relay: 1, outcome, cause: None, opened_by: None, until: None }],
    }
}

#[tokio::test]
async fn a_release_reaches_every_page_of_its_site_at_once_and_no_other() {
    let desk = Desk::start_with(|config| {
        for person in &mut config.tenants[0].people {
            person.sites = vec![if person.user == "agent2" { "south".into() } else { "north".into() }];
        }
    })
    .await;
    let hub = &desk.server.services().hub;
    let tenant = desk.server.services().directory.tenants()[0].id.clone();
    let mut north = desk.signed_in("agent1").await.feed().await;
    let mut south = desk.signed_in("agent2").await.feed().await;
    assert_eq!((snapshot(&mut north).await.releases, snapshot(&mut south).await.releases), (vec![], vec![]));
    let now = switchboard::clock::now_ms();
    let began = Instant::now();
    for outcome in [None, Some(ReleaseOutcome::Opened)] {
        hub.release(&tenant, release("r1", "north", now, outcome), now);
        let (_, changes) = delta(&mut north).await;
        assert_eq!(changes, [Change::Release { release: release("r1", "north", now, outcome) }]);
    }
    assert!(began.elapsed() < Duration::from_millis(200), "not collected");
    hub.release(&tenant, release("r2", "south", now, None), now);
    assert_eq!(delta(&mut south).await.1, [Change::Release { release: release("r2", "south", now, None) }], "the first that it hears of");
    // A page that opens now sees what was just done, once, and nothing of long ago.
    hub.release(&tenant, release("old", "north", now - 300_000, None), now);
    hub.release(&tenant, release("r3", "north", now, None), now);
    let mut late = desk.signed_in("agent1").await.feed().await;
    let shown: Vec<String> = snapshot(&mut late).await.releases.into_iter().map(|release| release.id).collect();
    assert_eq!(shown, ["r1", "r3"]);
}

//! Alarms of the floor on the running server: one acknowledgement for everybody, until the cause is gone.

use crate::support::{Client, Feed, config, postgres};
use sqlx::AnyPool;
use std::path::Path;
use std::time::Duration;
use switchboard::config::Person;
use switchboard::queue::QueueView;
use switchboard::queue::io::Name;
use switchboard::server::Server;
use wire::{Alarm, Change, ClientFrame, KnownAlarm, Order, OrderResult, Secret, ServerFrame, Snapshot, Steer};

/// A server with two supervisors over these files.
async fn start(data: &Path, postgres: Option<&String>) -> Server {
    let mut config = config(data);
    if let Some(url) = postgres {
        config.store.url = Secret::new(url.as_str());
    }
    let people = &mut config.tenants[0].people;
    let supervisor = people.iter().find(|person| person.user == "supervisor").unwrap().clone();
    people.push(Person { user: "deputy".into(), name: "Deputy".into(), ..supervisor });
    Server::start(config).await.unwrap()
}

async fn open(server: &Server, user: &str) -> (Feed, Vec<KnownAlarm>) {
    let client = Client { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), base: server.url() };
    assert_eq!(client.sign_in(user, "portico").await.status(), 200);
    let mut feed = client.feed().await;
    let Some(ServerFrame::Snapshot(snapshot)) = feed.next_state().await else { panic!("no snapshot") };
    let known = known_of(&snapshot);
    (feed, known)
}

fn known_of(snapshot: &Snapshot) -> Vec<KnownAlarm> {
    let floor = snapshot.floor.as_ref().expect("a supervisor sees the floor");
    floor.queues.iter().find(|of| of.queue.name == "support").unwrap().known.clone()
}

async fn acknowledge(feed: &mut Feed, id: u64, alarm: Alarm) -> OrderResult {
    let steer = Steer::Acknowledge { queue: "support".into(), alarm };
    feed.send(&ClientFrame::Order { id, order: Order::Steer { steer } }).await;
    loop {
        match feed.next_state().await {
            Some(ServerFrame::Ordered { id: of, result }) if of == id => return result,
            Some(_) => {}
            None => panic!("the feed ended"),
        }
    }
}

/// Waits until the row of the queue names so many who have acknowledged something.
async fn known(feed: &mut Feed, count: usize) -> Vec<KnownAlarm> {
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(5), feed.next_state()).await.expect("a row of the queue");
        let Some(ServerFrame::Delta { changes, .. }) = frame else { panic!("the feed ended") };
        for change in changes {
            match change {
                Change::FloorQueue { queue } if queue.queue.name == "support" && queue.known.len() == count => return queue.known,
                _ => {}
            }
        }
    }
}

/// So many agents work for the queue.
fn work(server: &Server, working: usize) {
    let tenant = server.services().directory.tenants()[0].id.clone();
    let queue = Name::new(tenant.as_str(), "support");
    let view =
        QueueView { queue, label: "Support".into(), waiting: 0, first: Vec::new(), longest: None, free: working, working, open: true };
    server.services().hub.queue(&tenant, &view);
}

async fn kept(server: &Server) -> usize {
    server.services().store.known_alarms().await.unwrap().len()
}

#[tokio::test]
async fn the_first_to_acknowledge_is_named_to_everybody_until_the_cause_is_gone() {
    let (data, url) = (tempfile::tempdir().unwrap(), postgres().await);
    let server = start(data.path(), url.as_ref()).await;
    work(&server, 0);
    let ((mut first, none), (mut second, _)) = (open(&server, "supervisor").await, open(&server, "deputy").await);
    assert_eq!(none, []);
    assert_eq!(acknowledge(&mut first, 1, Alarm::LongWait).await, OrderResult::TooLate, "nobody waits");
    assert_eq!(acknowledge(&mut first, 2, Alarm::Unknown).await, OrderResult::Invalid);
    assert_eq!(acknowledge(&mut first, 3, Alarm::Nobody).await, OrderResult::Done);
    let shown = known(&mut second, 1).await;
    assert_eq!((shown[0].alarm, shown[0].by.as_str()), (Alarm::Nobody, "Supervisor"));
    let OrderResult::KnownAlready { by, at } = acknowledge(&mut second, 1, Alarm::Nobody).await else { panic!("was the first") };
    assert_eq!((by.as_str(), at), ("Supervisor", shown[0].at), "and no second name");

    let services = server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let mut rows = services.store.log_rows(&tenant, "floor_order", i64::MAX, 100).await.unwrap();
    rows.reverse();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| format!("{} {} {} {}", row.personal("name"), row.detail("queue"), row.detail("alarm"), row.outcome))
        .collect();
    let of = |name: &str, alarm: &str, outcome: &str| format!("{name} support {alarm} {outcome}");
    let expected = [
        of("Supervisor", "long_wait", "begun"),
        of("Supervisor", "long_wait", "too_late"),
        of("Supervisor", "unknown", "invalid"),
        of("Supervisor", "nobody", "begun"),
        of("Supervisor", "nobody", "done"),
        of("Deputy", "nobody", "begun"),
        of("Deputy", "nobody", "known_already"),
    ];
    assert_eq!(rows, expected);

    assert_eq!(kept(&server).await, 1);
    work(&server, 1);
    known(&mut second, 0).await;
    known(&mut first, 0).await;
    for _ in 0..50 {
        if kept(&server).await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(kept(&server).await, 0, "what is gone is not kept either");
    work(&server, 0);
    assert_eq!(acknowledge(&mut second, 2, Alarm::Nobody).await, OrderResult::Done, "the next one is a new one");
    assert_eq!(known(&mut first, 1).await[0].by, "Deputy");
    server.stop().await;
}

#[tokio::test]
async fn a_restart_forgets_no_acknowledgement_while_the_causes_come_back() {
    let (data, url) = (tempfile::tempdir().unwrap(), postgres().await);
    let server = start(data.path(), url.as_ref()).await;
    let (mut first, _) = open(&server, "supervisor").await;
    assert_eq!(acknowledge(&mut first, 1, Alarm::Nobody).await, OrderResult::Done);
    let before = known(&mut first, 1).await;
    server.stop().await;

    let server = start(data.path(), url.as_ref()).await;
    work(&server, 1);
    let (mut second, after) = open(&server, "deputy").await;
    assert_eq!(after, before, "the same name and instant, though its cause is not back yet");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(kept(&server).await, 1, "it was looked at and kept");
    let result = acknowledge(&mut second, 1, Alarm::Nobody).await;
    assert_eq!(result, OrderResult::KnownAlready { by: "Supervisor".into(), at: before[0].at });
    server.stop().await;
}

#[tokio::test]
async fn an_acknowledgement_is_kept_with_its_answer_or_not_at_all() {
    let (data, url) = (tempfile::tempdir().unwrap(), postgres().await);
    let server = start(data.path(), url.as_ref()).await;
    let (mut first, _) = open(&server, "supervisor").await;
    let database = AnyPool::connect(server.services().config.store.url.expose()).await.unwrap();
    sqlx::raw_sql("ALTER TABLE order_answers RENAME TO answers_away").execute(&database).await.unwrap();
    assert_eq!(acknowledge(&mut first, 1, Alarm::Nobody).await, OrderResult::NotLogged);
    assert_eq!(kept(&server).await, 0, "whoever asks again must not be told that somebody was faster");
    sqlx::raw_sql("ALTER TABLE answers_away RENAME TO order_answers").execute(&database).await.unwrap();
    assert_eq!(acknowledge(&mut first, 2, Alarm::Nobody).await, OrderResult::Done);
    assert_eq!(kept(&server).await, 1);
    server.stop().await;
}

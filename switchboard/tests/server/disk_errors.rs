//! A database that fails while calls go on: what it refuses is lost alone, and what comes while it writes nothing is written later.

use crate::support::{Desk, config};
use crate::turned_away::{call, closed, figures};
use sqlx::any::AnyPoolOptions;
use std::time::Duration;
use switchboard::server::Server;
use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_secs(30);

/// A running server with a queue that is open and one that is closed, and another way to its database.
async fn desk() -> (Desk, sqlx::AnyPool) {
    let data = tempfile::tempdir().unwrap();
    let mut settings = config(data.path());
    let queues = &mut settings.tenants[0].queues;
    let mut night = queues.iter().find(|queue| queue.name == "reception").unwrap().clone();
    (night.name, night.label, night.hours) = ("night".into(), "Night".into(), Some(closed()));
    queues.push(night);
    let url = settings.store.url.expose().to_owned();
    let desk = Desk { server: Server::start(settings).await.unwrap(), data };
    sqlx::any::install_default_drivers();
    (desk, AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap())
}

/// A figure of `/metrics`; 0 as long as nothing was counted.
fn counted(desk: &Desk, name: &str) -> u64 {
    let text = desk.server.services().metrics.text();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let wait = async {
        while !holds().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("not seen: {what}"));
}

#[tokio::test]
async fn what_the_database_refuses_is_given_up_and_everything_else_is_written() {
    let (desk, database) = desk().await;
    let (base, head) = (desk.server.url(), desk.signed_in("supervisor").await);
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON contact_events WHEN NEW.from_user = 'agent1' BEGIN SELECT RAISE(ABORT, 'no'); END";
    sqlx::raw_sql(refuse).execute(&database).await.unwrap();
    // Whoever calls is answered, whatever becomes of the line of history.
    assert_eq!(call(&base, "agent1", "night", &[480]).await.0, 480);
    assert_eq!(call(&base, "agent2", "night", &[480]).await.0, 480);
    until("the call of the other one", async || figures(&head, "night").await.found_closed == 1).await;
    let lost = counted(&desk, "portico_journal_lost_total");
    assert!(lost > 0 && counted(&desk, "portico_journal_failures_total") >= 3 * lost, "it was tried more than once");
    sqlx::raw_sql("DROP TRIGGER refuse").execute(&database).await.unwrap();
    assert_eq!(call(&base, "concierge", "night", &[480]).await.0, 480);
    until("a call of afterwards", async || figures(&head, "night").await.found_closed == 2).await;
    assert_eq!(counted(&desk, "portico_journal_lost_total"), lost, "nothing more");
}

#[tokio::test]
async fn what_happens_while_the_database_writes_nothing_is_written_once_it_does() {
    let (desk, database) = desk().await;
    let (base, head) = (desk.server.url(), desk.signed_in("supervisor").await);
    let mut holder = database.acquire().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *holder).await.unwrap();
    let (status, _waiting) = call(&base, "agent1", "reception", &[182]).await;
    assert_eq!(status, 182, "a caller has a place all the same");
    assert_eq!(call(&base, "agent2", "night", &[480]).await.0, 480);
    until("a try that failed", async || counted(&desk, "portico_journal_failures_total") > 0).await;
    let places = "SELECT COUNT(*) FROM queue_places";
    sqlx::raw_sql("ROLLBACK").execute(&mut *holder).await.unwrap();
    drop(holder);
    until("the call", async || figures(&head, "night").await.found_closed == 1).await;
    let kept: i64 = sqlx::query_scalar(places).fetch_one(&database).await.unwrap();
    assert_eq!((kept, counted(&desk, "portico_journal_lost_total")), (1, 0), "the place is on the disk, and nothing is lost");
}

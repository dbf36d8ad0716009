//! Who belongs to which queue, as a supervisor changes it: seen at once, written down, kept over a restart, and within one's own sites.

use crate::admin::change_queue;
use crate::steering::{agent_of, change, open, ordered, told, two_tenants};
use crate::support::{Desk, Feed, config};
use switchboard::server::Server;
use switchboard::store::LogRow;
use wire::{FloorAgent, FloorQueue, Membership, OrderResult, Queue, QueuesPage, ServerFrame, Snapshot, Steer, ToldWhat};

fn belong(user: &str, queue: &str, on: bool) -> Steer {
    Steer::Belong { user: user.into(), queue: queue.into(), on }
}

fn queues_of(agent: &FloorAgent) -> Vec<(&str, bool)> {
    agent.queues.iter().map(|Membership { queue, on }| (queue.as_str(), *on)).collect()
}

fn own(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.queues.iter().map(|queue: &Queue| queue.name.as_str()).collect()
}

fn agent1(snapshot: Snapshot) -> FloorAgent {
    snapshot.floor.unwrap().agents.into_iter().find(|agent| agent.user == "agent1").unwrap()
}

async fn rows(desk: &Desk, action: &'static str) -> Vec<LogRow> {
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let mut rows = services.store.log_rows(&tenant, action, i64::MAX, 100).await.unwrap();
    rows.reverse();
    rows
}

#[tokio::test]
async fn an_agent_who_is_added_to_a_queue_has_it_at_once_and_after_a_restart_until_it_is_taken_away() {
    let data = tempfile::tempdir().unwrap();
    let mut desk = Desk { server: Server::start(config(data.path())).await.unwrap(), data };
    let (mut supervisor, _) = open(&desk, "supervisor").await;
    let (mut agent, first) = open(&desk, "agent1").await;
    assert_eq!(own(&first), ["support"]);

    assert_eq!(ordered(&mut supervisor, 1, belong("agent1", "reception", true)).await, OrderResult::Done);
    assert_eq!(ordered(&mut supervisor, 2, belong("AGENT1", "reception", true)).await, OrderResult::TooLate, "once is enough");
    // Both pages begin anew with what holds from now on.
    let (_, now) = open(&desk, "agent1").await;
    assert_eq!(own(&now), ["reception", "support"]);
    assert_eq!(change(&mut agent, told).await.what, ToldWhat::Member { queue: "Reception".into(), on: true });
    assert_eq!(queues_of(&agent1(open(&desk, "supervisor").await.1)), [("support", true), ("reception", true)]);
    // It is the record that administrators see and change: nothing else of it is another one.
    let admin = desk.signed_in("admin").await;
    let page: QueuesPage = admin.json("/api/admin/queues").await;
    let record = page.queues.into_iter().find(|kept| kept.record.name == "reception").unwrap().record;
    assert_eq!(record.agents.last().map(String::as_str), Some("agent1"));
    assert!(record.penalties.is_empty() && record.label == "Reception", "{record:?}");

    desk.server.stop().await;
    desk.server = Server::start(config(desk.data.path())).await.unwrap();
    let (mut supervisor, first) = open(&desk, "supervisor").await;
    assert_eq!(queues_of(&agent1(first)), [("support", true), ("reception", true)]);
    // Switched off and then taken away; added again, it is on.
    let off = Steer::Member { user: "agent1".into(), queue: "reception".into(), on: false };
    assert_eq!(ordered(&mut supervisor, 1, off).await, OrderResult::Done);
    assert_eq!(queues_of(&change(&mut supervisor, agent_of("agent1")).await), [("support", true), ("reception", false)]);
    assert_eq!(ordered(&mut supervisor, 2, belong("agent1", "reception", false)).await, OrderResult::Done);
    assert_eq!(queues_of(&agent1(open(&desk, "supervisor").await.1)), [("support", true)]);
    assert_eq!(ordered(&mut supervisor, 3, belong("agent1", "reception", false)).await, OrderResult::TooLate);
    assert_eq!(ordered(&mut supervisor, 4, belong("agent1", "support", false)).await, OrderResult::Invalid, "the last one stays");
    desk.server.stop().await;
    desk.server = Server::start(config(desk.data.path())).await.unwrap();
    let (mut supervisor, first) = open(&desk, "supervisor").await;
    assert_eq!(queues_of(&agent1(first)), [("support", true)]);
    assert_eq!(ordered(&mut supervisor, 1, belong("agent1", "reception", true)).await, OrderResult::Done);
    assert_eq!(queues_of(&agent1(open(&desk, "supervisor").await.1)), [("support", true), ("reception", true)]);

    let orders: Vec<String> = rows(&desk, "floor_order")
        .await
        .iter()
        .filter(|row| row.detail("order") != "leave")
        .map(|row| format!("{} {} {} {}", row.detail("order"), row.personal("user"), row.detail("queue"), row.outcome))
        .collect();
    let both = |order: &str, user: &str, queue: &str, outcome: &str| ["begun", outcome].map(|o| format!("{order} {user} {queue} {o}"));
    let expected = [
        both("add_to_queue", "agent1", "reception", "done"),
        both("add_to_queue", "AGENT1", "reception", "too_late"),
        both("take_from_queue", "agent1", "reception", "done"),
        both("take_from_queue", "agent1", "reception", "too_late"),
        both("take_from_queue", "agent1", "support", "invalid"),
        both("add_to_queue", "agent1", "reception", "done"),
    ];
    assert_eq!(orders, expected.concat());
    let changes = rows(&desk, "administration").await;
    let first = changes.iter().find(|row| row.outcome == "done").unwrap();
    assert_eq!((first.detail("what"), first.detail("record"), first.personal("name")), ("change_queue", "reception", "Supervisor"));
    assert!(first.personal("personal_to").contains("agent1") && first.detail("to").is_empty(), "{first:?}");
    assert!(desk.server.services().store.verify_log(None).await.unwrap().is_ok());
}

#[tokio::test]
async fn whoever_is_taken_out_of_their_last_queue_is_no_row_of_the_floor() {
    let desk = Desk::start().await;
    let admin = desk.signed_in("admin").await;
    let (mut supervisor, first) = open(&desk, "supervisor").await;
    let status = agent1(first).status;
    let (mut agent, own) = open(&desk, "agent1").await;
    assert!(own.agent.is_some());
    let (code, body) = change_queue(&admin, "support", |form| form.agents.retain(|agent| agent != "agent1")).await;
    assert_eq!(code, 200, "{body}");
    gone(&mut supervisor, &mut agent).await;
    // With a call to finish there is one, without queues, until that is done.
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    services.hub.agent(&tenant, "agent1", status, Vec::new());
    let row = change(&mut supervisor, agent_of("agent1")).await;
    assert!(row.queues.is_empty());
    services.hub.agent_gone(&tenant, "agent1");
    gone(&mut supervisor, &mut agent).await;
}

/// Both pages begin anew without agent1, once the exchange has said so.
async fn gone(supervisor: &mut Feed, agent: &mut Feed) {
    let shows = |snapshot: &Snapshot| snapshot.floor.iter().flat_map(|floor| &floor.agents).any(|agent| agent.user == "agent1");
    while snapshot(supervisor).await.is_none_or(|snapshot| shows(&snapshot)) {}
    while snapshot(agent).await.is_none_or(|snapshot| snapshot.agent.is_some()) {}
}

/// The next frame, where it is a snapshot.
async fn snapshot(feed: &mut Feed) -> Option<Snapshot> {
    match feed.next_state().await {
        Some(ServerFrame::Snapshot(snapshot)) => Some(snapshot),
        Some(_) => None,
        None => panic!("the feed ended"),
    }
}

#[tokio::test]
async fn nobody_is_added_or_taken_away_beyond_ones_right_and_ones_sites() {
    let desk = Desk::start_with(two_tenants).await;
    let (mut agent, _) = open(&desk, "agent2@portico.test").await;
    assert_eq!(ordered(&mut agent, 1, belong("agent2", "reception", true)).await, OrderResult::Forbidden);
    // Both queues are at the north, whoever may be at hers.
    let (mut sue, _) = open(&desk, "sue@portico.test").await;
    assert_eq!(ordered(&mut sue, 1, belong("agent1", "reception", true)).await, OrderResult::Forbidden);
    assert_eq!(ordered(&mut sue, 2, belong("sid", "reception", false)).await, OrderResult::Forbidden);
    let (mut boss, _) = open(&desk, "boss@other.test").await;
    for (id, user, queue) in [(1, "agent2", "support"), (2, "agent1", "reception"), (3, "nobody", "support")] {
        assert_eq!(ordered(&mut boss, id, belong(user, queue, true)).await, OrderResult::Forbidden, "{user}, {queue}");
    }
    let (mut supervisor, first) = open(&desk, "supervisor@portico.test").await;
    let before = first.floor.unwrap();
    // Whoever is at no site of hers is not hers to add.
    assert_eq!(ordered(&mut supervisor, 1, belong("nobody", "support", true)).await, OrderResult::Forbidden);
    assert_eq!(ordered(&mut supervisor, 2, belong("agent1", "nowhere", true)).await, OrderResult::Forbidden);
    let (_, again) = open(&desk, "supervisor@portico.test").await;
    let labels = |queues: &[FloorQueue]| queues.iter().map(|of| of.queue.name.clone()).collect::<Vec<_>>();
    let after = again.floor.unwrap();
    assert_eq!((before.agents, labels(&before.queues)), (after.agents, labels(&after.queues)), "nothing has changed");
    let outcomes: Vec<String> = rows(&desk, "floor_order").await.iter().map(|row| row.outcome.clone()).collect();
    assert_eq!(outcomes, ["forbidden"; 5], "each try in this house is written down");
    assert!(rows(&desk, "administration").await.is_empty());
}

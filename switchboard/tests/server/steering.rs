//! The floor on the running server: what whoever is in charge sees and orders, what is written down, and what whom it concerns is told.

use crate::support::{Desk, Feed, config, header, ringing};
use std::time::{Duration, Instant};
use switchboard::config::{Config, Person as Account, Tenant};
use switchboard::keys::token_digest;
use switchboard::server::Server;
use switchboard::store::{ContactData, ContactEvent, ContactKind};
use wire::{
    AgentState, CallItem, CallQueue, CallState, Change, ClientFrame, Floor, FloorAgent, Membership, Order, OrderResult, Role, ServerFrame,
    Snapshot, Steer, Told, ToldWhat,
};

async fn snapshot(feed: &mut Feed) -> Snapshot {
    match feed.next_state().await {
        Some(ServerFrame::Snapshot(snapshot)) => snapshot,
        other => panic!("no snapshot but {other:?}"),
    }
}

pub async fn ordered(feed: &mut Feed, id: u64, steer: Steer) -> OrderResult {
    feed.send(&ClientFrame::Order { id, order: Order::Steer { steer } }).await;
    loop {
        match feed.next_state().await {
            Some(ServerFrame::Ordered { id: of, result }) if of == id => return result,
            Some(_) => {}
            None => panic!("the feed ended"),
        }
    }
}

/// The first change that is one of these.
pub async fn change<T>(feed: &mut Feed, which: impl Fn(Change) -> Option<T>) -> T {
    loop {
        match feed.next_state().await {
            Some(ServerFrame::Delta { changes, .. }) => {
                if let Some(found) = changes.into_iter().find_map(&which) {
                    return found;
                }
            }
            Some(_) => {}
            None => panic!("the feed ended"),
        }
    }
}

pub fn told(change: Change) -> Option<Told> {
    if let Change::Told { told } = change { Some(told) } else { None }
}

pub fn agent_of(user: &'static str) -> impl Fn(Change) -> Option<FloorAgent> {
    move |change| match change {
        Change::FloorAgent { agent } if agent.user == user => Some(agent),
        _ => None,
    }
}

pub async fn open(desk: &Desk, user: &str) -> (Feed, Snapshot) {
    let mut feed = desk.signed_in(user).await.feed().await;
    let first = snapshot(&mut feed).await;
    (feed, first)
}

/// Order and outcome of each row about the floor, the oldest first.
async fn rows(server: &Server) -> Vec<String> {
    let services = server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let mut rows = services.store.log_rows(&tenant, "floor_order", i64::MAX, 100).await.unwrap();
    rows.reverse();
    rows.iter().map(|row| format!("{} {} {} {}", row.personal("name"), row.detail("order"), row.personal("user"), row.outcome)).collect()
}

fn pause(user: &str, reason: Option<&str>) -> Steer {
    Steer::Pause { user: user.into(), reason: reason.map(str::to_owned) }
}

#[tokio::test]
async fn a_change_of_an_agent_is_on_the_floor_within_a_second() {
    let desk = Desk::start().await;
    let (mut supervisor, first) = open(&desk, "supervisor").await;
    let Floor { agents, queues, figures, steers, staff } = first.floor.expect("a supervisor sees the floor");
    assert_eq!(agents.iter().map(|agent| agent.user.as_str()).collect::<Vec<_>>(), ["agent1", "agent2", "concierge", "supervisor"]);
    assert_eq!(agents[0].queues, [Membership { queue: "support".into(), on: true }]);
    assert_eq!(agents[0].status.state, AgentState::Offline);
    assert_eq!(queues.iter().map(|of| (of.queue.name.as_str(), of.target_s)).collect::<Vec<_>>(), [("reception", 20), ("support", 20)]);
    assert!(steers && figures.len() == 2 && staff.is_none(), "who sees the people needs no count");
    let (mut agent, own) = open(&desk, "agent1").await;
    assert!(own.floor.is_none());
    let asked = Instant::now();
    agent.send(&ClientFrame::Order { id: 1, order: Order::Pause { reason: Some("lunch".into()) } }).await;
    let row = change(&mut supervisor, agent_of("agent1")).await;
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!((row.status.pause_reason.as_deref(), row.status.set_by), (Some("lunch"), None));
}

#[tokio::test]
async fn a_call_of_an_agent_is_on_the_floor_as_it_changes_though_no_queue_knows_of_it() {
    let desk = Desk::start().await;
    let (mut supervisor, _) = open(&desk, "supervisor").await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let call = ringing("c1");
    services.hub.call_changed(&tenant, "agent1", call.clone());
    assert_eq!(change(&mut supervisor, agent_of("agent1")).await.call, Some(call.clone()));
    let answered = CallItem { state: CallState::Connected, answered_at: Some(2), ..call };
    services.hub.call_changed(&tenant, "agent1", answered.clone());
    let row = change(&mut supervisor, agent_of("agent1")).await;
    assert_eq!(row.call, Some(answered), "it can be taken over from now on");
}

#[tokio::test]
async fn whoever_is_steered_is_told_by_whom_and_the_log_has_it_before_and_after() {
    let desk = Desk::start().await;
    let (mut supervisor, _) = open(&desk, "supervisor").await;
    let (mut agent, _) = open(&desk, "agent1").await;
    assert_eq!(ordered(&mut supervisor, 1, pause("agent1", Some("training"))).await, OrderResult::Done);
    let first = change(&mut agent, told).await;
    assert_eq!((first.by.as_str(), first.what), ("Supervisor", ToldWhat::Paused { reason: Some("training".into()) }));
    let row = change(&mut supervisor, agent_of("agent1")).await;
    assert_eq!((row.status.pause_reason.as_deref(), row.status.set_by.as_deref()), (Some("training"), Some("Supervisor")));
    assert_eq!(ordered(&mut supervisor, 2, pause("agent1", Some("holiday"))).await, OrderResult::Invalid);
    assert_eq!(ordered(&mut supervisor, 3, Steer::Ready { user: "agent1".into() }).await, OrderResult::Done);
    let member = Steer::Member { user: "agent1".into(), queue: "support".into(), on: false };
    assert_eq!(ordered(&mut supervisor, 4, member).await, OrderResult::Done);
    assert_eq!(change(&mut agent, told).await.what, ToldWhat::Ready);
    assert_eq!(change(&mut agent, told).await.what, ToldWhat::Member { queue: "Support".into(), on: false });
    let gone = Steer::Assign { contact: "none".into(), user: "agent1".into() };
    assert_eq!(ordered(&mut supervisor, 5, gone).await, OrderResult::TooLate);
    assert_eq!(
        rows(&desk.server).await,
        [
            "Supervisor pause agent1 begun",
            "Supervisor pause agent1 done",
            "Supervisor pause agent1 begun",
            "Supervisor pause agent1 invalid",
            "Supervisor ready agent1 begun",
            "Supervisor ready agent1 done",
            "Supervisor leave agent1 begun",
            "Supervisor leave agent1 done",
            "Supervisor assign agent1 begun",
            "Supervisor assign agent1 too_late",
        ]
    );
    assert!(desk.server.services().store.verify_log(None).await.unwrap().is_ok(), "the rows are part of the chain");
}

#[tokio::test]
async fn an_order_sent_again_is_answered_again_and_done_once() {
    let desk = Desk::start().await;
    let client = desk.signed_in("supervisor").await;
    let (mut agent, _) = open(&desk, "agent1").await;
    let tell = |text: &str| Steer::Tell { user: Some("agent1".into()), text: text.into() };
    let mut feed = client.feed().await;
    // The answer is lost with the socket.
    feed.send(&ClientFrame::Order { id: 77, order: Order::Steer { steer: tell("once") } }).await;
    assert_eq!(change(&mut agent, told).await.what, ToldWhat::Message { text: "once".into() });
    drop(feed);
    let mut feed = client.feed().await;
    assert_eq!(ordered(&mut feed, 77, tell("once")).await, OrderResult::Done);
    assert_eq!(ordered(&mut feed, 77, pause("nobody", None)).await, OrderResult::Done, "the id counts, whatever comes with it");
    assert_eq!(ordered(&mut feed, 78, tell("  ")).await, OrderResult::Invalid);
    assert_eq!(ordered(&mut feed, 79, tell(&"x".repeat(wire::MESSAGE_LIMIT + 1))).await, OrderResult::Invalid);
    assert_eq!(ordered(&mut feed, 80, tell("twice")).await, OrderResult::Done);
    assert_eq!(change(&mut agent, told).await.what, ToldWhat::Message { text: "twice".into() });
    // Another session counts for itself.
    let mut other = desk.signed_in("supervisor").await.feed().await;
    assert_eq!(ordered(&mut other, 77, tell("thrice")).await, OrderResult::Done);
    assert_eq!(change(&mut agent, told).await.what, ToldWhat::Message { text: "thrice".into() });
}

#[tokio::test]
async fn who_may_not_steer_is_refused_at_that_moment_and_the_try_is_written_down() {
    let desk = Desk::start().await;
    let (mut agent, _) = open(&desk, "agent1").await;
    let (mut other, _) = open(&desk, "agent2").await;
    assert_eq!(ordered(&mut agent, 1, pause("agent2", None)).await, OrderResult::Forbidden);
    assert_eq!(ordered(&mut agent, 2, Steer::Tell { user: None, text: "hello".into() }).await, OrderResult::Forbidden);
    assert_eq!(ordered(&mut agent, 3, Steer::Unknown).await, OrderResult::Invalid);
    let quiet = tokio::time::timeout(Duration::from_millis(600), change(&mut other, told)).await;
    assert!(quiet.is_err(), "nothing reaches anybody: {quiet:?}");
    assert_eq!(rows(&desk.server).await, ["Agent One pause agent2 forbidden", "Agent One tell  forbidden"]);
    // A session that ended elsewhere a moment ago gives no orders, though its feed still stands.
    let client = desk.client();
    let answer = client.sign_in("supervisor", "portico").await;
    let (_, token) = header(&answer, "set-cookie").split(';').next().unwrap().split_once('=').unwrap();
    let mut feed = client.feed().await;
    desk.server.services().store.end_session(&token_digest(token)).await.unwrap();
    assert_eq!(ordered(&mut feed, 1, pause("agent2", None)).await, OrderResult::Forbidden);
}

pub fn two_tenants(config: &mut Config) {
    let password = config.tenants[0].people[0].password.clone();
    let person = |user: &str, roles: Vec<Role>, sites: &[&str]| Account {
        user: user.into(),
        name: user.into(),
        roles,
        sites: sites.iter().map(|site| (*site).to_owned()).collect(),
        skills: switchboard::queue::Levels::new(),
        password: password.clone(),
        pbx: None,
    };
    let demo = &mut config.tenants[0];
    demo.people.push(person("sue", vec![Role::Supervisor], &["south"]));
    demo.people.push(person("sid", vec![Role::Agent], &["south"]));
    demo.queues[1].agents.push("sid".into());
    let sites = vec![wire::Site { id: "north".into(), name: "North".into(), zone: "Europe/Rome".into() }];
    let people = vec![person("boss", vec![Role::Supervisor], &["north"]), person("agent1", vec![Role::Agent], &["north"])];
    let (mut queues, pause_reasons) = (demo.queues[..1].to_vec(), demo.pause_reasons.clone());
    queues[0].agents = vec!["agent1".into()];
    queues[0].overflow = None;
    config.tenants.push(Tenant {
        name: "other".into(),
        label: "Other".into(),
        domain: "other.test".into(),
        sites,
        people,
        queues,
        pause_reasons,
        silent_supervision: false,
        doors: Vec::new(),
        pbx: None,
    });
}

#[tokio::test]
async fn a_supervisor_of_another_site_or_tenant_sees_and_steers_nobody_here() {
    let desk = Desk::start_with(two_tenants).await;
    let (mut boss, first) = open(&desk, "boss@other.test").await;
    let floor = first.floor.unwrap();
    assert_eq!((floor.agents.len(), floor.queues.len()), (1, 1), "one's own tenant only");
    let (mut agent, _) = open(&desk, "agent1@portico.test").await;
    // Same user name, same queue name, same site name: another tenant.
    assert_eq!(ordered(&mut boss, 1, pause("agent1", None)).await, OrderResult::Done);
    assert_eq!(ordered(&mut boss, 2, pause("agent2", None)).await, OrderResult::Forbidden);
    assert_eq!(ordered(&mut boss, 3, Steer::Tell { user: None, text: "to mine".into() }).await, OrderResult::Done);
    let (mut sue, first) = open(&desk, "sue@portico.test").await;
    let floor = first.floor.unwrap();
    assert!(floor.queues.is_empty(), "both queues are at the other site");
    // The demo's people are bound to both sites, so they are of hers too; their queues are not.
    let seen: Vec<_> = floor.agents.iter().map(|agent| (agent.user.as_str(), agent.queues.len())).collect();
    assert_eq!(seen, [("agent1", 0), ("agent2", 0), ("concierge", 0), ("sid", 0), ("supervisor", 0)]);
    let member = Steer::Member { user: "sid".into(), queue: "reception".into(), on: false };
    assert_eq!(ordered(&mut sue, 1, member).await, OrderResult::Forbidden);
    assert_eq!(ordered(&mut sue, 2, Steer::Move { contact: "c".into(), queue: "support".into() }).await, OrderResult::Forbidden);
    assert_eq!(ordered(&mut sue, 3, Steer::Tell { user: None, text: "to hers".into() }).await, OrderResult::Done);
    assert_eq!(change(&mut agent, told).await.what, ToldWhat::Message { text: "to hers".into() }, "and nothing of the other tenant");
}

/// The agents are at both sites, their queues at the north: of a call of those the south sees that somebody talks, and not with whom.
#[tokio::test]
async fn in_an_agents_row_no_call_of_another_sites_queue_is_to_be_seen() {
    let desk = Desk::start_with(two_tenants).await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let (mut sue, _) = open(&desk, "sue@portico.test").await;
    let (mut supervisor, _) = open(&desk, "supervisor@portico.test").await;
    let of_queue = CallItem {
        started_at: 1,
        queue: Some(CallQueue { name: "support".into(), label: "Support".into(), since: 1 }),
        ..ringing("of-the-north")
    };
    services.hub.call_changed(&tenant, "agent1", of_queue);
    assert_eq!(change(&mut sue, agent_of("agent1")).await.call, None);
    let contact = |row: FloorAgent| row.call.map(|call| call.contact);
    assert_eq!(contact(change(&mut supervisor, agent_of("agent1")).await).as_deref(), Some("of-the-north"), "theirs");
    // Beside it stands one that is nobody's queue's: it is shown to both sites, to the north behind the older one.
    services.hub.call_changed(&tenant, "agent1", CallItem { started_at: 2, ..ringing("of-nobody") });
    for (feed, user, seen) in [(&mut sue, "sue@portico.test", "of-nobody"), (&mut supervisor, "supervisor@portico.test", "of-the-north")] {
        assert_eq!(contact(change(feed, agent_of("agent1")).await).as_deref(), Some(seen), "{user}");
        let (_, first) = open(&desk, user).await;
        let row = first.floor.unwrap().agents.into_iter().find(|row| row.user == "agent1").unwrap();
        assert_eq!(contact(row).as_deref(), Some(seen), "{user}: in a snapshot too");
    }
}

#[tokio::test]
async fn what_was_told_waits_for_whoever_is_away_until_it_is_read() {
    let desk = Desk::start().await;
    let (mut supervisor, _) = open(&desk, "supervisor").await;
    for id in 1..=25 {
        let steer = Steer::Tell { user: Some("agent1".into()), text: format!("message {id}") };
        assert_eq!(ordered(&mut supervisor, id, steer).await, OrderResult::Done);
    }
    let (mut agent, first) = open(&desk, "agent1").await;
    assert_eq!(first.told.len(), 20, "bounded");
    assert_eq!(first.told[19].what, ToldWhat::Message { text: "message 25".into() });
    for told in &first.told[1..] {
        agent.send(&ClientFrame::Order { id: told.id, order: Order::Seen { told: told.id } }).await;
    }
    agent.send(&ClientFrame::Order { id: 900, order: Order::Ready }).await;
    while !matches!(agent.next_state().await, Some(ServerFrame::Ordered { id: 900, .. })) {}
    let (_, again) = open(&desk, "agent1").await;
    assert_eq!(again.told, first.told[..1]);
    let (_, other) = open(&desk, "agent2").await;
    assert!(other.told.is_empty());
}

fn event(tenant: &switchboard::ids::TenantId, contact: &str, at: i64, waited: i64, kind: ContactKind, cause: Option<&str>) -> ContactEvent {
    ContactEvent {
        tenant: tenant.clone(),
        contact: contact.into(),
        at,
        kind,
        from_user: "~support~00112233445566778899aabbccddeeff".into(),
        to_user: "agent1".into(),
        data: ContactData {
            queue: Some(CallQueue { name: "support".into(), label: "Support".into(), since: at - waited }),
            cause: cause.map(str::to_owned),
            ..ContactData::default()
        },
    }
}

#[tokio::test]
async fn figures_of_a_queue_are_counted_as_calls_end_and_a_restart_changes_none() {
    let data = tempfile::tempdir().unwrap();
    let now = switchboard::clock::now_ms();
    let mut seen = Vec::new();
    for turn in 0..2 {
        let server = Server::start(config(data.path())).await.unwrap();
        let services = server.services();
        let tenant = services.directory.tenants()[0].id.clone();
        let client = crate::support::Client { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), base: server.url() };
        assert_eq!(client.sign_in("supervisor", "portico").await.status(), 200);
        let mut feed = client.feed().await;
        let first = snapshot(&mut feed).await;
        if turn == 0 {
            let events = [
                event(&tenant, "a", now, 5_000, ContactKind::Answered, None),
                event(&tenant, "b", now, 20_000, ContactKind::Answered, None),
                event(&tenant, "c", now, 20_001, ContactKind::Answered, None),
                event(&tenant, "d", now, 4_999, ContactKind::Abandoned, None),
                event(&tenant, "e", now, 5_000, ContactKind::Abandoned, None),
                event(&tenant, "f", now, 120_000, ContactKind::Missed, Some("timed-out")),
                event(&tenant, "g", now, 9_000, ContactKind::Failed, Some("lost-by-restart")),
                event(&tenant, "h", now, 9_000, ContactKind::Failed, Some("resumed")),
                event(&tenant, "a", now, 5_000, ContactKind::Answered, Some("transferred")),
                event(&tenant, "a", now, 5_000, ContactKind::Ended, None),
            ];
            let back = [
                event(&tenant, "i", now, 9_000, ContactKind::Abandoned, None),
                event(&tenant, "i", now, 9_500, ContactKind::Returned, None),
            ];
            services.contacts.record(&back[..1]).await.unwrap();
            services.contacts.record(&back[1..]).await.unwrap();
            services.contacts.record(&events).await.unwrap();
            let mut figures = None;
            while figures.as_ref().is_none_or(|f: &wire::QueueFigures| f.intervals.iter().map(|i| i.lost).sum::<u32>() < 3) {
                let next =
                    change(&mut feed, |change| if let Change::FloorFigures { figures } = change { Some(figures) } else { None }).await;
                figures = Some(next);
            }
            seen.push(figures.unwrap());
        } else {
            let floor = first.floor.unwrap();
            seen.push(floor.figures.into_iter().find(|figures| figures.queue == "support").unwrap());
        }
        server.stop().await;
    }
    let [interval] = seen[0].intervals[..] else { panic!("one quarter of an hour, not {:?}", seen[0].intervals) };
    assert_eq!((interval.answered, interval.in_time, interval.lost, interval.waited_ms), (3, 2, 3, 45_001));
    assert_eq!(seen[0], seen[1]);
}

/// As a page does whose answer was lost: the same order under the same id, to the server that runs by now.
#[tokio::test]
async fn an_order_that_is_sent_again_after_a_restart_is_answered_again_and_done_once() {
    let desk = Desk::start().await;
    let supervisor = desk.signed_in("supervisor").await;
    let (agent, other) = (desk.signed_in("agent1").await, desk.signed_in("supervisor").await);
    let mut feed = supervisor.feed().await;
    snapshot(&mut feed).await;
    let message = Steer::Tell { user: Some("agent1".into()), text: "once".into() };
    assert_eq!(ordered(&mut feed, 1, message.clone()).await, OrderResult::Done);
    assert_eq!(ordered(&mut feed, 2, pause("agent1", Some("lunch"))).await, OrderResult::Done);
    assert_eq!(ordered(&mut feed, 3, pause("agent1", Some("hangover"))).await, OrderResult::Invalid);
    let mut config = desk.server.services().config.as_ref().clone();
    config.http.listen = desk.server.services().listen;
    desk.server.stop().await;

    let server = Server::start(config).await.unwrap();
    // The agent has something else in mind meanwhile.
    let mut own = agent.feed().await;
    let unread = |snapshot: Snapshot| {
        let messages = snapshot.told.into_iter().filter(|told| matches!(told.what, ToldWhat::Message { .. }));
        messages.map(|told| told.id).collect::<Vec<_>>()
    };
    let [message_id] = unread(snapshot(&mut own).await)[..] else { panic!("one message that nobody has read") };
    own.send(&ClientFrame::Order { id: 1, order: Order::Pause { reason: Some("training".into()) } }).await;
    while !matches!(own.next_state().await, Some(ServerFrame::Ordered { id: 1, result: OrderResult::Done })) {}
    let mut feed = supervisor.feed().await;
    snapshot(&mut feed).await;
    for (id, steer, answer) in [
        (1, message, OrderResult::Done),
        (2, pause("agent1", Some("lunch")), OrderResult::Done),
        (3, pause("agent1", Some("hangover")), OrderResult::Invalid),
    ] {
        assert_eq!(ordered(&mut feed, id, steer).await, answer, "{id}");
    }
    let mut again = agent.feed().await;
    let now = snapshot(&mut again).await;
    assert_eq!(unread(now.clone()), [message_id], "the message came once");
    assert_eq!(now.agent.unwrap().pause_reason.as_deref(), Some("training"), "nor is anything else done again");
    // The order of the same number in another session is another order.
    let mut feed = other.feed().await;
    snapshot(&mut feed).await;
    assert_eq!(ordered(&mut feed, 2, pause("agent1", Some("lunch"))).await, OrderResult::Done);
    assert_eq!(change(&mut again, |change| if let Change::Agent { status } = change { status.pause_reason } else { None }).await, "lunch");
    server.stop().await;
}

#[tokio::test]
async fn messages_wait_over_a_restart_until_they_are_read_and_are_not_read_twice() {
    let data = tempfile::tempdir().unwrap();
    let mut desk = Desk { server: Server::start(config(data.path())).await.unwrap(), data };
    let (mut supervisor, _) = open(&desk, "supervisor").await;
    for (id, user) in (1..=25).map(|id| (id, Some("agent1".to_owned()))).chain([(26, None)]) {
        let steer = Steer::Tell { user, text: format!("message {id}") };
        assert_eq!(ordered(&mut supervisor, id, steer).await, OrderResult::Done);
    }
    desk.server.stop().await;
    desk.server = Server::start(config(desk.data.path())).await.unwrap();
    let text = |told: &Told| if let ToldWhat::Message { text } = &told.what { text.clone() } else { format!("{:?}", told.what) };
    let texts = |snapshot: &Snapshot| snapshot.told.iter().map(text).collect::<Vec<_>>();
    let (mut agent, first) = open(&desk, "agent1").await;
    assert_eq!(texts(&first), (7..=26).map(|id| format!("message {id}")).collect::<Vec<_>>(), "the last ones, in order");
    assert_eq!(first.told[19].by, "Supervisor");
    for told in &first.told[1..] {
        agent.send(&ClientFrame::Order { id: told.id, order: Order::Seen { told: told.id } }).await;
        while !matches!(agent.next_state().await, Some(ServerFrame::Ordered { id, .. }) if id == told.id) {}
    }
    desk.server.stop().await;
    desk.server = Server::start(config(desk.data.path())).await.unwrap();
    assert_eq!(texts(&open(&desk, "agent1").await.1), ["message 7"]);
    assert_eq!(texts(&open(&desk, "agent2").await.1), ["message 26"], "what is for all is read by each");
    assert!(texts(&open(&desk, "supervisor").await.1).is_empty());
    let (mut supervisor, _) = open(&desk, "supervisor").await;
    let steer = Steer::Tell { user: Some("agent1".into()), text: "another".into() };
    assert_eq!(ordered(&mut supervisor, 1, steer).await, OrderResult::Done);
    let (_, now) = open(&desk, "agent1").await;
    assert_eq!(texts(&now), ["message 7", "another"]);
    assert!(now.told[1].id > first.told[19].id, "no number is given twice");
}

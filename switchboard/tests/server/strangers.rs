//! Ids of another tenant in everything that takes an id: as good as not there, and the try is in the log.

use crate::rights::{call_of, door, pictures_of, snapshot};
use crate::steering::two_tenants;
use crate::support::{Client, Desk, Feed};
use crate::turned_away::call_as;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use switchboard::config::{Config, SiteDoors};
use switchboard::reports::{AgentState, date_of};
use switchboard::rights::Act;
use switchboard::store::{ContactData, ContactEvent, ContactKind, LogEntry, WorkData};
use wire::{CallQueue, ClientFrame, Order, OrderResult, Role, ServerFrame, Snapshot, Steer, SuperviseMode};

/// The other tenant has doors, and an agent, a concierge and an administrator who come for what is not theirs. Nothing answers there.
fn houses(config: &mut Config) {
    two_tenants(config);
    config.tenants[0].doors = vec![door("north")];
    config.tenants[1].doors = vec![SiteDoors { entrances: Vec::new(), ..door("north") }];
    let mut mallory = config.tenants[1].people[0].clone();
    mallory.user = "mallory".into();
    mallory.roles = vec![Role::Agent, Role::Concierge, Role::Supervisor, Role::Administrator];
    mallory.sites = vec!["north".into()];
    config.tenants[1].people.push(mallory);
}

async fn order(feed: &mut Feed, id: u64, steer: Steer) -> OrderResult {
    feed.send(&ClientFrame::Order { id, order: Order::Steer { steer } }).await;
    loop {
        match feed.next_state().await.unwrap() {
            ServerFrame::Ordered { id: of, result } if of == id => return result,
            _ => {}
        }
    }
}

/// Rows of the other tenant that say that something was asked for in vain.
async fn refusals(desk: &Desk) -> usize {
    let services = desk.server.services();
    let tenant = services.directory.tenant_by_domain("other.test").unwrap().id.clone();
    let mut rows = 0;
    for action in [
        "session_end",
        "lock_out",
        "wall_link",
        "administration",
        "door_release",
        "door_played",
        "door_picture_seen",
        "floor_order",
        "call_seen",
        "callers_seen",
    ] {
        let found = services.store.log_rows(&tenant, action, i64::MAX, 1_000).await.unwrap();
        rows += found.iter().filter(|row| ["not_found", "forbidden", "refused_by_us", "refused"].contains(&row.outcome.as_str())).count();
    }
    rows
}

/// Nobody waits for the row of a refused release, so it may come after the answer.
async fn until_refusals(desk: &Desk, wanted: usize, act: &Act) {
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while refusals(desk).await < wanted && tokio::time::Instant::now() < until {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(refusals(desk).await, wanted, "{act:?}: each try is in the log, once");
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_as_good_as_not_there() {
    let desk = Desk::start_with(houses).await;
    let services = desk.server.services();
    let victim = services.directory.tenant_by_domain("portico.test").unwrap().id.clone();

    // Something of each kind, by its real id.
    let supervisor = desk.signed_in("supervisor@portico.test").await;
    let admin = desk.signed_in("admin@portico.test").await;
    let owned = desk.signed_in("agent2@portico.test").await;
    let session = owned.json::<Value>("/api/sessions").await["sessions"][0]["id"].as_str().unwrap().to_owned();
    let person = services.directory.person(&victim, "agent2").unwrap().id.to_string();
    let walls: Value =
        supervisor.post("/api/walls", &json!({ "name": "Lobby", "queues": ["support"], "days": 1 })).await.json().await.unwrap();
    let wall = walls["links"][0]["id"].as_str().unwrap().to_owned();
    for _ in 0..11 {
        desk.client().sign_in("concierge@portico.test", "guess").await;
    }
    let lockout = admin.json::<Value>("/api/lockouts").await["lockouts"][0]["id"].as_str().unwrap().to_owned();
    let picture = services.store.keep_snapshot(&victim, &snapshot("north"), b"\xff\xd8secret").await.unwrap();
    services.hub.call_changed(&victim, "agent2", call_of("contact-of-agent2"));
    let event = |kind| ContactEvent {
        tenant: victim.clone(),
        contact: "contact-of-agent2".into(),
        at: 1,
        kind,
        from_user: "agent1".into(),
        to_user: "agent2".into(),
        data: ContactData::default(),
    };
    services.store.append_contact_events(&[event(ContactKind::Offered)]).await.unwrap();
    assert_eq!(supervisor.get("/api/calls/contact-of-agent2").await.status(), 200);

    // Somebody waits, of whom they may know the contact.
    let waits = "cccccccccccccccccccccccccccccccc";
    let (status, _phone) = call_as(&desk.server.url(), "agent1", "reception", Some(waits), &[182, 480, 486]).await;
    assert_eq!(status, 182);

    // Their own administrator tries each of them.
    let mallory = desk.signed_in("mallory@other.test").await;
    let release = json!({ "id": release_id(), "relays": [1] });
    let played = json!({ "id": release_id(), "relay": 1, "sent": true });
    let queue = admin.json::<Value>("/api/admin/queues").await;
    let queue = queue["queues"].as_array().unwrap().iter().find(|queue| queue["record"]["name"] == "reception").unwrap().clone();
    let person_form =
        json!({ "version": "x", "record": { "user": "agent2", "display_name": "x", "roles": ["agent"], "sites": ["north"] } });
    let queue_form = json!({ "version": queue["version"], "record": queue["record"] });
    let reason = json!({ "version": "x", "record": { "name": "own-only", "label": "x" } });
    let tries: Vec<(Act, String, Value)> = vec![
        (Act::SessionEnd, session.clone(), json!({})),
        (Act::LockoutLift, lockout.clone(), json!({})),
        (Act::WallRevoke, wall.clone(), json!({})),
        (Act::Snapshot, picture.clone(), json!({})),
        (Act::CallTimeline, "contact-of-agent2".into(), json!({})),
        (Act::QueueCallers, "reception".into(), json!({})),
        (Act::DoorRelease, "gate-north".into(), release),
        (Act::DoorPlayed, "gate-north".into(), played),
        (Act::AdminPersonChange, "agent2".into(), person_form),
        (Act::AdminPersonRemove, "agent2".into(), json!({})),
        (Act::AdminPersonPassword, "agent2".into(), json!({})),
        (Act::AdminQueueChange, "reception".into(), queue_form),
        (Act::AdminQueueRemove, "reception".into(), json!({})),
        (Act::AdminReasonChange, "own-only".into(), reason),
        (Act::AdminReasonRemove, "own-only".into(), json!({})),
    ];
    // Each route that names something is among them: a new one has to be written here too.
    let named = Act::ALL.iter().filter(|act| act.route().is_some_and(|(_, path)| path.contains('{') && !path.starts_with("/call/")));
    let left: Vec<_> = named.filter(|act| !tries.iter().any(|(tried, _, _)| tried == *act)).collect();
    assert!(left.is_empty(), "{left:?}");

    for (n, (act, id, body)) in tries.iter().enumerate() {
        let (method, path) = act.route().unwrap();
        let known = send(&mallory, &method, path, id, body).await;
        until_refusals(&desk, 2 * n + 1, act).await;
        let nothing = send(&mallory, &method, path, "nothing", body).await;
        assert_eq!(known.0, 404, "{act:?}: {}", known.1);
        assert_eq!(known, nothing, "{act:?}: nobody learns whether it is there");
        until_refusals(&desk, 2 * n + 2, act).await;
    }
    let of_person = mallory.http.delete(desk.url(&format!("/api/sessions?person={person}"))).header("origin", &mallory.base);
    assert_eq!(of_person.send().await.unwrap().status(), 404);

    // The feed: nothing of theirs is shown, and an order about it is refused and written down.
    let mut feed = mallory.feed().await;
    let Some(ServerFrame::Snapshot(first)) = feed.next_state().await else { panic!("no snapshot") };
    assert!(!serde_json::to_string::<Snapshot>(&first).unwrap().contains("contact-of-agent2"));
    let (user, contact, queue) = ("agent2".to_owned(), "contact-of-agent2".to_owned(), "reception".to_owned());
    let rows = refusals(&desk).await;
    let steers = [
        Steer::Ready { user: user.clone() },
        Steer::Pause { user: user.clone(), reason: None },
        Steer::EndWrapUp { user: user.clone(), contact: contact.clone() },
        Steer::TakeOver { user: user.clone(), contact: contact.clone() },
        Steer::Supervise { user: user.clone(), contact: contact.clone(), mode: SuperviseMode::Listen },
        Steer::Member { user: user.clone(), queue: queue.clone(), on: true },
        Steer::Belong { user: user.clone(), queue: queue.clone(), on: true },
        Steer::Move { contact: contact.clone(), queue: queue.clone() },
        Steer::Assign { contact, user: user.clone() },
        Steer::Acknowledge { queue, alarm: wire::Alarm::Nobody },
        Steer::Tell { user: Some(user), text: "hello".into() },
    ];
    let count = steers.len();
    for (id, steer) in (0..).zip(&steers) {
        assert_eq!(order(&mut feed, id, steer.clone()).await, OrderResult::Forbidden, "{steer:?}");
    }
    assert_eq!(refusals(&desk).await, rows + count);
    // Into a queue of their own, or to an agent of their own: a caller of others is as good as gone, and answered like one that never was.
    let own = |contact: &str| {
        let contact = contact.to_owned();
        [
            Steer::Prioritise { contact: contact.clone(), priority: 3 },
            Steer::Move { contact: contact.clone(), queue: "support".into() },
            Steer::Assign { contact, user: "agent1".into() },
        ]
    };
    for (id, steer) in (100..).zip(own(waits).into_iter().chain(own("nothing"))) {
        assert_eq!(order(&mut feed, id, steer.clone()).await, OrderResult::TooLate, "{steer:?}");
    }
    let other = services.directory.tenant_by_domain("other.test").unwrap().id.clone();
    let tries = services.store.log_rows(&other, "floor_order", i64::MAX, 1_000).await.unwrap();
    assert_eq!(tries.iter().filter(|row| row.outcome == "too_late").count(), 6, "each try is in the log");
    // Each order about others is among them: a new one has to be written here too.
    let tried: Vec<Act> = steers.iter().chain(&own(waits)).filter_map(Act::of_steer).collect();
    let left: Vec<_> = Act::ALL.iter().filter(|act| format!("{act:?}").starts_with("Steer") && !tried.contains(act)).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!pictures_of(&mallory, "gate-north").await, "the picture of their door");
    assert_eq!(refusals(&desk).await, rows + count + 1);

    // Nothing of it was touched.
    let mut seen = supervisor.feed().await;
    let Some(ServerFrame::Snapshot(first)) = seen.next_state().await else { panic!("no snapshot") };
    let queue = first.floor.unwrap().queues.into_iter().map(|of| of.queue).find(|queue| queue.name == "reception").unwrap();
    let callers: Vec<_> = queue.first.iter().map(|caller| (caller.contact.as_str(), caller.priority)).collect();
    assert_eq!(callers, [(waits, 0)], "where and as they were");
    assert_eq!(owned.get("/api/history").await.status(), 200);
    assert_eq!(admin.json::<Value>("/api/lockouts").await["lockouts"][0]["id"], lockout.as_str());
    assert_eq!(supervisor.json::<Value>("/api/walls").await["links"][0]["id"], wall.as_str());
    assert_eq!(desk.client().sign_in("agent2@portico.test", "portico").await.status(), 200);
}

/// A list: what narrows it, who reads it at home, and words that stand in it there. No other tenant's list holds one of them.
type List = (Act, &'static str, &'static str, Vec<String>);

#[tokio::test]
async fn no_list_and_no_report_holds_anything_of_another_tenant() {
    let desk = Desk::start_with(|config| {
        houses(config);
        config.tenants[0].pause_reasons.push(wire::Choice { name: "own-only".into(), label: "Own only".into() });
        // Files are paced by person: one takes those of CSV, the other those of JSON.
        let mallory = config.tenants[1].people.iter().find(|person| person.user == "mallory").unwrap().clone();
        config.tenants[1].people.push(switchboard::config::Person { user: "eve".into(), ..mallory });
    })
    .await;
    let services = desk.server.services();
    let victim = services.directory.tenant_by_domain("portico.test").unwrap().id.clone();
    let now = switchboard::clock::now_ms();

    // Two calls with work, one of somebody whose name exists in both; pauses, one of which lasts; a release.
    let (mut events, mut states) = (Vec::new(), Vec::new());
    for user in ["agent1", "agent2"] {
        let event = |at, kind, work| ContactEvent {
            tenant: victim.clone(),
            contact: format!("contact-of-{user}"),
            at,
            kind,
            from_user: "~guest".into(),
            to_user: user.into(),
            data: ContactData {
                from_display: "Caller of theirs".into(),
                queue: Some(CallQueue { name: "reception".into(), label: "Reception".into(), since: now }),
                work,
                ..ContactData::default()
            },
        };
        let work = WorkData { ms: 1_000, disposition: Some("work-of-theirs".into()), note: String::new() };
        events.extend([event(now, ContactKind::Offered, None), event(now + 1, ContactKind::Answered, None)]);
        events.extend([event(now + 2, ContactKind::Ended, None), event(now + 3, ContactKind::WrappedUp, Some(work))]);
    }
    for (user, at, state, reason) in [
        ("agent1", now - 60_000, "paused", "pause-of-theirs"),
        ("agent1", now - 50_000, "offline", ""),
        ("admin", now - 60_000, "paused", "lasting-of-theirs"),
    ] {
        states.push(AgentState { tenant: victim.clone(), user: user.into(), at, state: state.into(), reason: reason.into() });
    }
    services.store.append_contact_events(&events).await.unwrap();
    services.store.put_floor(&BTreeMap::new(), &BTreeMap::new(), &states).await.unwrap();
    let agent = services.directory.person(&victim, "agent2").unwrap().id.to_string();
    let release = LogEntry::new(Some(victim.clone()), "door_release", "opened")
        .detail("release", "release-of-theirs")
        .detail("site", "north")
        .detail("door", "gate-north")
        .detail("kind", "open")
        .detail("relays", "1=opened")
        .detail("asked", now.to_string())
        .personal("reason", "parcel-of-theirs")
        .personal("person", &agent)
        .personal("name", "Agent Two");
    services.store.log(&release).await.unwrap();
    let picture = services.store.keep_snapshot(&victim, &snapshot("north"), b"\xff\xd8secret").await.unwrap();
    let supervisor = desk.signed_in("supervisor@portico.test").await;
    let link = json!({ "name": "Lobby", "queues": ["support"], "days": 1 });
    let walls: Value = supervisor.post("/api/walls", &link).await.json().await.unwrap();
    for _ in 0..11 {
        desk.client().sign_in("concierge@portico.test", "guess").await;
    }
    let lockouts: Value = desk.signed_in("admin@portico.test").await.json("/api/lockouts").await;
    let sessions: Value = desk.signed_in("agent2@portico.test").await.json("/api/sessions").await;
    let id = |of: &Value| of["id"].as_str().unwrap().to_owned();
    let (wall, lockout, session) = (id(&walls["links"][0]), id(&lockouts["lockouts"][0]), id(&sessions["sessions"][0]));

    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let lists: Vec<List> = vec![
        (Act::SessionList, "find=agent2", "agent2", vec![session]),
        (Act::LockoutList, "", "admin", vec![lockout]),
        (Act::AuditLog, "", "admin", words(&["parcel-of-theirs", "gate-north"])),
        (Act::History, "", "agent1", words(&["contact-of-agent1"])),
        (Act::History, "", "agent2", words(&["contact-of-agent2"])),
        (Act::Figures, "", "agent1", words(&["\"answered\":1"])),
        (Act::AccessLog, "", "supervisor", words(&["parcel-of-theirs", "Agent Two"])),
        (Act::AccessLog, "find=parcel", "supervisor", words(&["parcel-of-theirs"])),
        (Act::AccessFile, "", "supervisor", words(&["parcel-of-theirs", "Agent Two"])),
        (Act::WallList, "", "supervisor", vec![wall]),
        (Act::DoorList, "", "supervisor", words(&["gate-north"])),
        (Act::AdminPeople, "", "admin", words(&["agent2", "Agent Two"])),
        (Act::AdminQueues, "", "admin", words(&["reception"])),
        (Act::AdminReasons, "", "admin", words(&["own-only"])),
        (Act::ReportQueues, "", "supervisor", words(&["reception"])),
        (Act::ReportSites, "", "supervisor", words(&["north"])),
        (Act::ReportAgents, "", "supervisor", words(&["agent1", "agent2", "Agent Two"])),
        (Act::ReportAgents, "", "agent1", words(&["agent1"])),
        (Act::ReportReasons, "", "supervisor", words(&["pause-of-theirs", "lasting-of-theirs"])),
        (Act::ReportReasons, "", "agent1", words(&["pause-of-theirs"])),
        (Act::ReportDispositions, "", "supervisor", words(&["work-of-theirs"])),
        (Act::ReportCalls, "", "supervisor", words(&["contact-of-agent1", "contact-of-agent2", "work-of-theirs"])),
        (Act::ReportCalls, "", "agent1", words(&["contact-of-agent1"])),
    ];
    // Each route that lists is among them: a new one has to be written here too. These show oneself, one chain for all, and a screen.
    let others = [Act::ShowSession, Act::AuditProof, Act::WallLook];
    let lists_something = |act: &&Act| act.route().is_some_and(|(method, path)| method == Method::GET && !path.contains('{'));
    let left: Vec<_> = Act::ALL.iter().filter(lists_something).filter(|act| !lists.iter().any(|(of, ..)| of == *act)).collect();
    assert_eq!(left, others.iter().collect::<Vec<_>>());

    let always = [picture.as_str(), &agent, "agent2", "Agent Two", "contact-of-", "of-theirs", "reception", "gate-north"];
    let days = format!("from={}&to={}", date_of(now / 86_400_000 - 1), date_of(now / 86_400_000 + 1));
    let (mallory, eve) = (desk.signed_in("mallory@other.test").await, desk.signed_in("eve@other.test").await);
    let namesake = desk.signed_in("agent1@other.test").await;
    for (act, find, owner, shown) in &lists {
        let (_, path) = act.route().unwrap();
        let is_report = path.starts_with("/reports/");
        let narrowed = ["", "&queue=reception", "&agent=agent2", "&agent=agent1", "&granularity=quarter", "&format=csv", "&format=json"];
        for more in if is_report { &narrowed[..] } else { &narrowed[..1] } {
            let json = *more == "&format=json";
            let path = format!("/api{path}?{}{find}{more}", if is_report { &*days } else { "" });
            // What is looked for is there: whoever may see it does.
            if more.is_empty() || more.contains("format") {
                let owner = if json && *owner == "supervisor" { "admin" } else { owner };
                let home = desk.signed_in(&format!("{owner}@portico.test")).await.get(&path).await;
                assert_eq!(home.status(), 200, "{path}");
                let text = home.text().await.unwrap();
                for word in shown {
                    assert!(text.contains(word), "{path} does not show {word} at home: {text}");
                }
            }
            let stranger = match *owner {
                "agent1" => &namesake,
                _ if json => &eve,
                _ => &mallory,
            };
            let answer = stranger.get(&path).await;
            // Of an agent, an agent of theirs learns nothing either.
            let refused = *owner == "agent1" && *more == "&agent=agent2";
            assert_eq!(answer.status(), if refused { 403 } else { 200 }, "{path}");
            let text = answer.text().await.unwrap();
            for word in shown.iter().map(String::as_str).chain(always) {
                assert!(!text.contains(word), "{path} shows {word}: {text}");
            }
            let empty = text.lines().count() == 1 && (more.contains("csv") || text.contains("\"rows\":[]"));
            assert!(!is_report || refused || empty, "{path}: nothing happened there: {text}");
        }
    }
}

async fn send(client: &Client, method: &Method, path: &str, id: &str, body: &Value) -> (u16, String) {
    let path = path.replace("{id}", id).replace("{entrance}", id).replace("{user}", id).replace("{name}", id);
    let request = client.http.request(method.clone(), format!("{}/api{path}", client.base)).header("origin", &client.base);
    let request = if matches!(*method, Method::POST | Method::PUT) { request.json(body) } else { request };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn release_id() -> String {
    let mut bytes = [0; 16];
    switchboard::keys::random(&mut bytes).unwrap();
    switchboard::doors::id::ReleaseId::new(switchboard::clock::now_ms(), u128::from_be_bytes(bytes)).to_string()
}

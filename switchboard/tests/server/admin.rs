//! Administration on the running server: what each act changes, for whom at once, what is refused, and what a restart keeps.

use crate::sip_accounts::{profile, register};
use crate::support::{Client, Desk, Feed, config};
use crate::turned_away::{call as call_queue, closed, figures};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use switchboard::admin::ACTION;
use switchboard::config::{Config, Person as Account};
use switchboard::demo;
use switchboard::queue::io::Strategy;
use switchboard::server::Server;
use switchboard::store::{ContactData, ContactEvent, ContactKind};
use wire::{
    AdminCode, AdminRefusal, AgentState, Change, ClientFrame, FeedEnd, FieldFault, Hold, Kept, OneTimePassword, Order, OrderResult, Origin,
    PasswordState, PeoplePage, PersonForm, PersonRow, QueueForm, QueuesPage, ReportFigures, Role, ServerFrame, Snapshot, VisitorQueue,
    VisitorState,
};

/// `admin` is at both sites, `northern` administers the north only; `nora` is at the north, `sid` at the south, `rover` at both.
fn house(config: &mut Config) {
    let tenant = &mut config.tenants[0];
    let password = tenant.people[0].password.clone();
    for (user, role, sites) in [
        ("northern", Role::Administrator, &["north"][..]),
        ("nora", Role::Agent, &["north"]),
        ("sid", Role::Agent, &["south"]),
        ("rover", Role::Agent, &["north", "south"]),
    ] {
        tenant.people.push(Account {
            user: user.into(),
            name: user.into(),
            roles: vec![role],
            sites: sites.iter().map(|site| (*site).to_owned()).collect(),
            skills: switchboard::queue::Levels::new(),
            password: password.clone(),
            pbx: None,
        });
    }
    tenant.queues[1].site = "south".into();
}

async fn desk() -> Desk {
    Desk::start_with(house).await
}

/// One call of the API: its status and its body.
async fn call(client: &Client, method: Method, path: &str, body: &impl serde::Serialize) -> (u16, Value) {
    let request = client.http.request(method, format!("{}/api/admin/{path}", client.base)).header("origin", &client.base);
    let answer = request.json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

fn refusal(body: Value) -> AdminRefusal {
    serde_json::from_value(body).unwrap()
}

async fn people(client: &Client) -> PeoplePage {
    client.json("/api/admin/people").await
}

async fn person(client: &Client, user: &str) -> PersonRow {
    people(client).await.people.into_iter().find(|row| row.kept.record.user == user).unwrap()
}

async fn queue(client: &Client, name: &str) -> Kept<QueueForm> {
    client.json::<QueuesPage>("/api/admin/queues").await.queues.into_iter().find(|kept| kept.record.name == name).unwrap()
}

pub async fn change_person(client: &Client, user: &str, change: impl FnOnce(&mut PersonForm)) -> (u16, Value) {
    let mut kept = person(client, user).await.kept;
    change(&mut kept.record);
    call(client, Method::PUT, &format!("people/{user}"), &json!({ "version": kept.version, "record": kept.record })).await
}

pub async fn change_queue(client: &Client, name: &str, change: impl FnOnce(&mut QueueForm)) -> (u16, Value) {
    let mut kept = queue(client, name).await;
    change(&mut kept.record);
    call(client, Method::PUT, &format!("queues/{name}"), &json!({ "version": kept.version, "record": kept.record })).await
}

fn form(user: &str, sites: &[&str]) -> PersonForm {
    PersonForm {
        user: user.into(),
        display_name: "New One".into(),
        roles: vec![Role::Agent],
        sites: sites.iter().map(|site| (*site).to_owned()).collect(),
        skills: Vec::new(),
        disabled: false,
    }
}

async fn one_time_password(client: &Client, user: &str) -> OneTimePassword {
    let (status, body) = call(client, Method::POST, &format!("people/{user}/password"), &json!({})).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_value(body).unwrap()
}

/// The next snapshot, past whatever comes before it.
async fn snapshot(feed: &mut Feed) -> Snapshot {
    loop {
        match feed.next_state().await {
            Some(ServerFrame::Snapshot(snapshot)) => return snapshot,
            Some(_) => {}
            None => panic!("the feed ended"),
        }
    }
}

async fn change<T>(feed: &mut Feed, which: impl Fn(Change) -> Option<T>) -> T {
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

async fn ended(feed: &mut Feed) -> FeedEnd {
    loop {
        match feed.next_state().await {
            Some(ServerFrame::End { reason }) => return reason,
            Some(_) => {}
            None => panic!("the feed ended without a word"),
        }
    }
}

async fn order(feed: &mut Feed, id: u64, order: Order) -> OrderResult {
    feed.send(&ClientFrame::Order { id, order }).await;
    loop {
        match feed.next_state().await {
            Some(ServerFrame::Ordered { id: of, result }) if of == id => return result,
            Some(_) => {}
            None => panic!("the feed ended"),
        }
    }
}

#[tokio::test]
async fn a_person_who_is_added_sets_a_password_at_the_first_sign_in_and_is_seen_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = config(data.path());
    house(&mut settings);
    let server = Server::start(settings.clone()).await.unwrap();
    let desk = Desk { server, data };
    let admin = desk.signed_in("admin").await;
    let mut feed = desk.signed_in("sid").await.feed().await;
    assert!(!snapshot(&mut feed).await.people.iter().any(|person| person.user == "newone"));

    let (status, body) = call(&admin, Method::POST, "people", &form("newone", &["north"])).await;
    assert_eq!(status, 200, "{body}");
    let row: PersonRow = serde_json::from_value(body).unwrap();
    assert_eq!((row.kept.origin, row.kept.hold, row.password), (Origin::Desk, Hold::All, PasswordState::Missing));
    assert_eq!(change(&mut feed, |change| if let Change::Person { person } = change { Some(person) } else { None }).await.user, "newone");

    // Nobody can sign in as them yet; then once, and only by setting another password.
    assert_eq!(desk.client().sign_in("newone", "").await.status(), 401);
    let first = one_time_password(&admin, "newone").await;
    assert_eq!(person(&admin, "newone").await.password, PasswordState::Once);
    let sign_in = async |password: &str, new: Option<&str>| {
        let client = desk.client();
        let body = json!({ "user": "newone", "password": password, "new_password": new });
        let answer = client.post("/api/session", &body).await;
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap()["code"].as_str().unwrap_or_default().to_owned(), client)
    };
    let (status, code, client) = sign_in(first.password.expose(), None).await;
    assert_eq!((status, code.as_str()), (403, "new_password"));
    assert_eq!(client.json::<Value>("/api/session").await, Value::Null, "no session yet");
    assert_eq!(sign_in(first.password.expose(), Some("short")).await.1, "new_password");
    assert_eq!(sign_in("a guess", Some("long enough")).await.1, "bad_credentials");
    let (status, _, client) = sign_in(first.password.expose(), Some("long enough")).await;
    assert_eq!(status, 200);
    assert_eq!(client.json::<Value>("/api/session").await["display_name"], "New One");
    assert_eq!(sign_in(first.password.expose(), Some("another one")).await.1, "bad_credentials", "it was good once");
    assert_eq!(person(&admin, "newone").await.password, PasswordState::Set);

    // A restart keeps the person, the password and the session; the file still knows nothing of them.
    desk.server.stop().await;
    let desk = Desk { server: Server::start(settings).await.unwrap(), data: desk.data };
    assert_eq!(desk.client().sign_in("newone", "long enough").await.status(), 200);
    assert_eq!(desk.client().sign_in("newone", first.password.expose()).await.status(), 401);
    let admin = desk.signed_in("admin").await;
    assert_eq!(person(&admin, "newone").await.kept.record, form("newone", &["north"]));
}

#[tokio::test]
async fn of_two_who_use_a_one_time_password_at_the_same_moment_one_gets_in() {
    let desk = desk().await;
    let password = one_time_password(&desk.signed_in("admin").await, "nora").await.password;
    let tries = (0..6).map(|n| {
        let client = desk.client();
        let body = json!({ "user": "nora", "password": password, "new_password": format!("password {n}") });
        async move { client.post("/api/session", &body).await.status().as_u16() }
    });
    let mut statuses = futures_util::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401, 401, 401]);
}

#[tokio::test]
async fn whoever_is_disabled_is_out_at_once_and_comes_back_as_they_were() {
    let desk = desk().await;
    let (admin, nora) = (desk.signed_in("admin").await, desk.signed_in("nora").await);
    let (mut feed, mut other) = (nora.feed().await, desk.signed_in("sid").await.feed().await);
    let id = snapshot(&mut feed).await.people.into_iter().find(|person| person.user == "nora").unwrap().id;
    snapshot(&mut other).await;
    let ticket = nora.ticket().await;
    let sip = profile(&nora).await.sip;
    let base = desk.server.url();
    let (status, mut phone) = register(&base, "nora", &sip.auth_user, &sip.auth_password).await;
    assert_eq!(status, 200);

    assert_eq!(change_person(&admin, "nora", |form| form.disabled = true).await.0, 200);
    assert_eq!(ended(&mut feed).await, FeedEnd::Revoked);
    let gone = change(&mut other, |change| if let Change::PersonGone { id } = change { Some(id) } else { None }).await;
    assert_eq!(gone, id);
    let closed = async {
        use futures_util::StreamExt as _;
        while let Some(Ok(frame)) = phone.next().await {
            if frame.is_close() {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), closed).await.expect("the phone's socket ends");
    assert_ne!(register(&base, "nora", &sip.auth_user, &sip.auth_password).await.0, 200);
    assert_eq!(nora.post("/api/desk", &json!({})).await.status(), 401, "the session is over");
    assert_eq!(desk.client().sign_in("nora", demo::PASSWORD).await.status(), 401);
    let mut late = nora.feed_socket(Some(&base)).await.unwrap();
    late.send(&ClientFrame::Hello { ticket, wire: wire::VERSION, phone: None }).await;
    assert_eq!(ended(&mut late).await, FeedEnd::BadTicket);
    assert!(person(&admin, "nora").await.kept.record.disabled, "still on the list");

    assert_eq!(change_person(&admin, "nora", |form| form.disabled = false).await.0, 200);
    assert_eq!(nora.post("/api/desk", &json!({})).await.status(), 401, "a session of before does not come back");
    let nora = desk.signed_in("nora").await;
    let mut feed = nora.feed().await;
    assert!(snapshot(&mut feed).await.people.iter().any(|person| person.id == id), "the same person");
}

#[tokio::test]
async fn whoever_is_removed_is_gone_for_good_and_nobody_is_called_so_again() {
    let desk = desk().await;
    let (admin, nora) = (desk.signed_in("admin").await, desk.signed_in("nora").await);
    let services = desk.server.services();
    switchboard::accounts::new_device(&services.store, &services.config, "nora", "phone").await.unwrap();
    assert_eq!(change_queue(&admin, "support", |form| form.agents.push("nora".into())).await.0, 200);
    let version = person(&admin, "nora").await.kept.version;
    let (status, _) = call(&admin, Method::DELETE, "people/nora?version=other", &json!({})).await;
    assert_eq!(status, 409);
    assert_eq!(call(&admin, Method::DELETE, &format!("people/nora?version={version}"), &json!({})).await.0, 200);
    assert_eq!(nora.post("/api/desk", &json!({})).await.status(), 401);
    assert!(!people(&admin).await.people.iter().any(|row| row.kept.record.user == "nora"));
    assert!(services.store.devices().await.unwrap().is_empty(), "their device is revoked");
    assert!(!queue(&admin, "support").await.record.agents.contains(&"nora".to_owned()));
    let (status, body) = call(&admin, Method::POST, "people", &form("nora", &["north"])).await;
    assert_eq!((status, refusal(body).fields[0].fault.clone()), (422, FieldFault::Retired));
    assert_eq!(call(&admin, Method::PUT, "people/nora", &json!({ "version": version, "record": form("nora", &["north"]) })).await.0, 404);
}

#[tokio::test]
async fn who_loses_a_right_loses_what_it_showed_at_once() {
    let desk = desk().await;
    let admin = desk.signed_in("admin").await;
    let mut feed = desk.signed_in("supervisor").await.feed().await;
    let first = snapshot(&mut feed).await.floor.unwrap();
    let seen: Vec<_> = first.queues.iter().map(|of| of.queue.name.as_str()).collect();
    assert!(first.steers && seen == ["reception", "support"]);
    let pause = |user: &str| Order::Steer { steer: wire::Steer::Pause { user: user.into(), reason: None } };
    assert_eq!(order(&mut feed, 1, pause("agent1")).await, OrderResult::Done);

    assert_eq!(change_person(&admin, "supervisor", |form| form.sites = vec!["south".into()]).await.0, 200);
    let floor = snapshot(&mut feed).await.floor.unwrap();
    assert_eq!(floor.queues.iter().map(|of| of.queue.name.as_str()).collect::<Vec<_>>(), ["reception"]);
    assert_eq!(change_person(&admin, "supervisor", |form| form.roles = vec![Role::Agent]).await.0, 200);
    assert!(snapshot(&mut feed).await.floor.is_none());
    assert_eq!(order(&mut feed, 2, pause("agent1")).await, OrderResult::Forbidden);
    // Nothing of the floor comes any more.
    assert_eq!(change_queue(&admin, "support", |form| form.alarm_seconds = 7).await.0, 200);
    while let Ok(later) = tokio::time::timeout(Duration::from_millis(600), feed.next_state()).await {
        let Some(ServerFrame::Delta { changes, .. }) = later else { panic!("{later:?}") };
        let of_floor =
            |change: &Change| matches!(change, Change::FloorAgent { .. } | Change::FloorQueue { .. } | Change::FloorFigures { .. });
        assert!(!changes.iter().any(of_floor), "{changes:?}");
    }
}

#[tokio::test]
async fn a_changed_queue_is_shown_and_worked_with_at_once_and_kept() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = config(data.path());
    house(&mut settings);
    let desk = Desk { server: Server::start(settings.clone()).await.unwrap(), data };
    let (admin, nora) = (desk.signed_in("admin").await, desk.signed_in("nora").await);
    let mut feed = nora.feed().await;
    let first = snapshot(&mut feed).await;
    assert!(first.agent.is_none() && first.queues.is_empty());
    let sip = profile(&nora).await.sip;
    let (status, _phone) = register(&desk.server.url(), "nora", &sip.auth_user, &sip.auth_password).await;
    assert_eq!(status, 200);

    // From nobody to an agent who can be rung, without a reload.
    let mut sales = queue(&admin, "support").await.record;
    (sales.name, sales.label, sales.agents, sales.overflow) = ("sales".into(), "Sales".into(), vec!["nora".into()], Some("support".into()));
    sales.hours = Some(vec!["mon-sun 00:00-24:00".into()]);
    let (status, body) = call(&admin, Method::POST, "queues", &sales).await;
    assert_eq!(status, 200, "{body}");
    let seen = snapshot(&mut feed).await.queues;
    assert_eq!(seen.iter().map(|queue| queue.label.as_str()).collect::<Vec<_>>(), ["Sales"]);
    assert_eq!(order(&mut feed, 1, Order::Ready).await, OrderResult::Done);
    let ready = change(&mut feed, |change| match change {
        Change::Agent { status } if status.state == AgentState::Ready => Some(status),
        _ => None,
    });
    assert_eq!(ready.await.unready, None, "their page answers, and the exchange knows it");
    let visitor = async |desk: &Desk, name: &str| desk.client().json::<VisitorQueue>(&format!("/api/call/{name}")).await;
    assert_eq!(visitor(&desk, "sales").await, VisitorQueue { label: "Sales".into(), state: VisitorState::Open });

    // Closed on every day, with another name and a disposition: the page and the visitor see it.
    let (status, body) = change_queue(&admin, "sales", |form| {
        form.label = " Orders ".into();
        form.hours = Some(Vec::new());
        form.dispositions = vec![wire::Choice { name: "ordered".into(), label: "Ordered".into() }];
    })
    .await;
    assert_eq!(status, 200, "{body}");
    let seen = snapshot(&mut feed).await.queues.remove(0);
    assert_eq!((seen.label.as_str(), seen.dispositions.len()), ("Orders", 1));
    assert_eq!(visitor(&desk, "sales").await.state, VisitorState::Open, "support takes who calls");
    assert_eq!(change_queue(&admin, "sales", |form| form.overflow = None).await.0, 200);
    assert_eq!(visitor(&desk, "sales").await.state, VisitorState::Closed);

    desk.server.stop().await;
    let desk = Desk { server: Server::start(settings).await.unwrap(), data: desk.data };
    assert_eq!(visitor(&desk, "sales").await, VisitorQueue { label: "Orders".into(), state: VisitorState::Closed });
    let admin = desk.signed_in("admin").await;
    assert_eq!(change_queue(&admin, "sales", |form| form.overflow = Some("support".into())).await.0, 200);
    let kept = queue(&admin, "sales").await;
    assert_eq!((kept.origin, kept.record.agents), (Origin::Desk, vec!["nora".to_owned()]));

    // It is support's no more than support is sales': what something needs stays.
    let version = queue(&admin, "support").await.version;
    let (status, body) = call(&admin, Method::DELETE, &format!("queues/support?version={version}"), &json!({})).await;
    let refused = refusal(body);
    assert_eq!((status, refused.code, refused.names), (409, AdminCode::InUse, vec!["Orders".to_owned()]));
    assert_eq!(call(&admin, Method::DELETE, &format!("queues/sales?version={}", kept.version), &json!({})).await.0, 200);
    assert_eq!(desk.client().get("/api/call/sales").await.status(), 404);
    assert_eq!(call(&admin, Method::DELETE, &format!("queues/support?version={version}"), &json!({})).await.0, 200);
    assert_eq!(desk.client().get("/api/call/support").await.status(), 404, "one of the file too");
}

#[tokio::test]
async fn whoever_waits_in_a_removed_queue_goes_on_to_its_overflow_closed_and_full_as_it_is() {
    let desk = Desk::start_with(|config: &mut Config| {
        let queues = &mut config.tenants[0].queues;
        let queue = queues[1].clone();
        // Nobody takes calls in either.
        let like = |name: &str, max_waiting, hours, overflow: Option<&str>| {
            let mut queue = queue.clone();
            (queue.name, queue.label, queue.max_wait_seconds) = (name.into(), name.into(), None);
            (queue.max_waiting, queue.hours, queue.overflow) = (max_waiting, hours, overflow.map(str::to_owned));
            queue
        };
        queues.extend([like("front", 5, None, Some("night")), like("night", 1, Some(closed()), None)]);
    })
    .await;
    let (base, admin) = (desk.server.url(), desk.signed_in("admin").await);
    let mut phones = Vec::new();
    for user in ["agent1", "agent2"] {
        let (status, phone) = call_queue(&base, user, "front", &[182, 404, 480, 486]).await;
        assert_eq!(status, 182, "{user} waits");
        phones.push(phone);
    }
    let version = queue(&admin, "front").await.version;
    let (status, body) = call(&admin, Method::DELETE, &format!("queues/front?version={version}"), &json!({})).await;
    assert_eq!(status, 200, "{body}");
    let both = tokio::time::timeout(Duration::from_secs(10), async {
        while admin.json::<wire::Callers>("/api/queues/night/callers").await.waiting < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    both.await.expect("both wait on");
    assert_eq!(figures(&admin, "front").await, ReportFigures::default(), "somebody moved them");

    // Somebody whom the removal has overtaken is counted where the queue was.
    let services = desk.server.services();
    let at = switchboard::clock::now_ms();
    let event = ContactEvent {
        tenant: services.directory.tenants()[0].id.clone(),
        contact: "late".into(),
        at,
        kind: ContactKind::Failed,
        from_user: "nora".into(),
        to_user: "front".into(),
        data: ContactData {
            queue: Some(wire::CallQueue { name: "front".into(), label: "front".into(), since: at - 2_000 }),
            cause: Some("no-queue".into()),
            ..ContactData::default()
        },
    };
    services.store.append_contact_events(&[event]).await.unwrap();
    assert_eq!(figures(&admin, "front").await, ReportFigures { lost: 1, ..ReportFigures::default() });
}

#[tokio::test]
async fn a_queue_is_saved_with_as_many_agents_as_it_may_have_and_with_those_that_the_file_gives_it() {
    let user = |n: usize| format!("somebody.of.the.day-{n:04}");
    let desk = Desk::start_with(|config: &mut Config| {
        let tenant = &mut config.tenants[0];
        let one = tenant.people[0].clone();
        tenant.people.extend((0..=1_001).map(|n| Account { user: user(n), name: user(n), sites: vec!["north".into()], ..one.clone() }));
        tenant.queues[0].agents = (0..=1_000).map(user).collect();
    })
    .await;
    let admin = desk.signed_in("admin").await;
    let mut large = queue(&admin, "support").await.record;
    (large.name, large.label, large.agents) = ("large".into(), "Large".into(), (0..1_000).map(user).collect());
    large.penalties = (0..1_000).map(|n| wire::Graded { name: user(n), level: 10 }).collect();
    large.overflow = None;
    assert!(serde_json::to_string(&large).unwrap().len() > 70_000);
    let (status, body) = call(&admin, Method::POST, "queues", &large).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(change_queue(&admin, "large", |form| form.label = "Larger".into()).await.0, 200);
    let kept = queue(&admin, "large").await.record;
    assert_eq!((kept.label.as_str(), kept.agents.len(), kept.penalties.len()), ("Larger", 1_000, 1_000));

    // One more than may be: what the file says may stay, and does not grow.
    let too_long = |(status, body): (u16, Value), field: &str| {
        assert_eq!(status, 422, "{body}");
        let wrong: Vec<_> = refusal(body).fields.into_iter().map(|wrong| (wrong.field, wrong.fault)).collect();
        assert_eq!(wrong, [(field.to_owned(), FieldFault::TooLong { limit: 1_000 })]);
    };
    too_long(change_queue(&admin, "large", |form| form.agents.push(user(1_000))).await, "agents");
    assert_eq!(change_queue(&admin, "support", |form| form.label = "Help".into()).await.0, 200);
    too_long(change_queue(&admin, "support", |form| form.agents.push(user(1_001))).await, "agents");
    assert_eq!(change_queue(&admin, "support", |form| form.agents[0] = user(1_001)).await.0, 200, "another one instead");
    assert_eq!(change_queue(&admin, "support", |form| drop(form.agents.pop())).await.0, 200);
    assert_eq!(queue(&admin, "support").await.record.agents.len(), 1_000);
    too_long(change_queue(&admin, "support", |form| form.hours = Some(vec!["mon".into(); 1_001])).await, "hours");

    // Nothing else grows: neither what a queue may take, nor what others may send.
    let text = |bytes: usize| json!({ "name": "x", "label": "x".repeat(bytes) });
    for (path, bytes) in [("queues", 1_100_000), ("reasons", 20_000), ("people", 20_000)] {
        assert_eq!(call(&admin, Method::POST, path, &text(bytes)).await.0, 413, "{path}");
    }
    let agent = desk.signed_in("agent1").await;
    for (method, path) in [(Method::POST, "queues"), (Method::PUT, "queues/support")] {
        assert_eq!(call(&agent, method, path, &text(20_000)).await.0, 403, "{path}: the right comes first");
    }
}

#[tokio::test]
async fn of_concurrent_changes_one_is_made_and_the_others_are_told() {
    let desk = desk().await;
    let admin = desk.signed_in("admin").await;
    let kept = queue(&admin, "support").await;
    let tries = (0..8).map(|n| {
        let (admin, mut kept) = (admin.clone(), kept.clone());
        kept.record.label = format!("Support {n}");
        async move { call(&admin, Method::PUT, "queues/support", &json!({ "version": kept.version, "record": kept.record })).await }
    });
    let answers = futures_util::future::join_all(tries).await;
    let made: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).map(|(_, body)| body["record"]["label"].clone()).collect();
    assert_eq!(made.len(), 1);
    assert!(answers.iter().all(|(status, body)| *status == 200 || (*status == 409 && body["code"] == "changed")), "{answers:?}");
    assert_eq!(json!(queue(&admin, "support").await.record.label), made[0]);
    // Whoever read it again changes what is there by now.
    assert_eq!(change_queue(&admin, "support", |form| form.ring_seconds = 30).await.0, 200);
    let now = queue(&admin, "support").await.record;
    assert_eq!((json!(now.label), now.ring_seconds), (made[0].clone(), 30));
}

#[tokio::test]
async fn an_administrator_reaches_no_further_than_their_sites() {
    let desk = desk().await;
    let (admin, north) = (desk.signed_in("admin").await, desk.signed_in("northern").await);
    let page = people(&north).await;
    let holds = |user: &str| page.people.iter().find(|row| row.kept.record.user == user).map(|row| row.kept.hold);
    assert_eq!((holds("nora"), holds("rover"), holds("sid")), (Some(Hold::All), Some(Hold::Sites), None));
    assert!(!page.place.everywhere && page.place.own == ["north"]);
    let queues: QueuesPage = north.json("/api/admin/queues").await;
    assert_eq!(queues.queues.iter().map(|kept| kept.record.name.as_str()).collect::<Vec<_>>(), ["support"]);
    assert!(!queues.people.iter().any(|person| person.name == "sid"));

    let wrong = |(status, body): (u16, Value), field: &str| {
        assert_eq!(status, 422, "{body}");
        let fields = refusal(body).fields;
        let found = fields.iter().any(|wrong| wrong.field == field && matches!(wrong.fault, FieldFault::NotYours { .. }));
        assert!(found, "{field}: {fields:?}");
    };
    // No right at another site, for anybody, by any way.
    wrong(call(&north, Method::POST, "people", &form("spy", &["south"])).await, "sites");
    wrong(call(&north, Method::POST, "people", &form("spy", &["north", "south"])).await, "sites");
    wrong(change_person(&north, "northern", |form| form.sites.push("south".into())).await, "sites");
    wrong(change_person(&north, "nora", |form| form.sites.push("south".into())).await, "sites");
    // Somebody of both sites: only whether they belong to one's own.
    wrong(change_person(&north, "rover", |form| form.roles.push(Role::Administrator)).await, "roles");
    wrong(change_person(&north, "rover", |form| form.disabled = true).await, "disabled");
    wrong(change_person(&north, "rover", |form| form.display_name = "Other".into()).await, "display_name");
    wrong(change_person(&north, "rover", |form| form.sites = vec!["north".into()]).await, "sites");
    let version = person(&north, "rover").await.kept.version;
    assert_eq!(call(&north, Method::DELETE, &format!("people/rover?version={version}"), &json!({})).await.0, 403);
    assert_eq!(call(&north, Method::POST, "people/rover/password", &json!({})).await.0, 403, "it would be a way into the south");
    assert_eq!(change_person(&north, "rover", |form| form.sites = vec!["south".into()]).await.0, 200);
    assert!(!people(&north).await.people.iter().any(|row| row.kept.record.user == "rover"));
    assert_eq!(person(&admin, "rover").await.kept.record.roles, [Role::Agent]);
    // Whoever belongs elsewhere does not exist here.
    let sid = person(&admin, "sid").await.kept;
    for (method, path) in [(Method::PUT, "people/sid"), (Method::DELETE, "people/sid?version=x"), (Method::POST, "people/sid/password")] {
        let body = if method == Method::PUT { json!({ "version": sid.version, "record": sid.record }) } else { json!({}) };
        assert_eq!(call(&north, method, path, &body).await.0, 404, "{path}");
    }
    // Queues: neither another site's, nor one's own there, nor with its people, nor on to it.
    let reception = queue(&admin, "reception").await;
    let edit = json!({ "version": reception.version, "record": reception.record });
    assert_eq!(call(&north, Method::PUT, "queues/reception", &edit).await.0, 404);
    assert_eq!(call(&north, Method::DELETE, &format!("queues/reception?version={}", reception.version), &json!({})).await.0, 404);
    wrong(change_queue(&north, "support", |form| form.site = "south".into()).await, "site");
    wrong(change_queue(&north, "support", |form| form.agents.insert(0, "sid".into())).await, "agents.0");
    assert_eq!(change_queue(&north, "support", |form| form.overflow = None).await.0, 200, "what leads there may go");
    wrong(change_queue(&north, "support", |form| form.overflow = Some("reception".into())).await, "overflow");
    // What belongs to all sites.
    let lunch = json!({ "name": "tea", "label": "Tea" });
    assert_eq!(call(&north, Method::POST, "reasons", &lunch).await.0, 403);
    assert_eq!(call(&admin, Method::POST, "reasons", &lunch).await.0, 200);

    // The tries are in the log.
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let rows = services.store.log_rows(&tenant, ACTION, i64::MAX, 200).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.outcome == "forbidden").count(), 14, "{rows:?}");
}

#[tokio::test]
async fn a_site_keeps_somebody_who_administers_it() {
    let desk = desk().await;
    let admin = desk.signed_in("admin").await;
    let last = |(status, body): (u16, Value)| {
        assert_eq!((status, refusal(body).code), (409, AdminCode::LastAdministrator));
    };
    // The south has `admin` alone.
    last(change_person(&admin, "admin", |form| form.disabled = true).await);
    last(change_person(&admin, "admin", |form| form.roles = vec![Role::Viewer]).await);
    last(change_person(&admin, "admin", |form| form.sites = vec!["north".into()]).await);
    let version = person(&admin, "admin").await.kept.version;
    last(call(&admin, Method::DELETE, &format!("people/admin?version={version}"), &json!({})).await);
    // Somebody who cannot sign in is nobody.
    let second = PersonForm { roles: vec![Role::Administrator], ..form("second", &["south"]) };
    assert_eq!(call(&admin, Method::POST, "people", &second).await.0, 200);
    last(change_person(&admin, "admin", |form| form.sites = vec!["north".into()]).await);
    one_time_password(&admin, "second").await;
    assert_eq!(change_person(&admin, "admin", |form| form.sites = vec!["north".into()]).await.0, 200);
    assert!(!people(&admin).await.people.iter().any(|row| row.kept.record.user == "sid"), "one's own right ends at once too");
}

#[tokio::test]
async fn every_wrong_field_is_named_and_nothing_is_changed() {
    let desk = desk().await;
    let admin = desk.signed_in("admin").await;
    let bad = PersonForm { user: "Not A Name".into(), display_name: "  ".into(), roles: Vec::new(), ..form("nobody", &["moon"]) };
    let (status, body) = call(&admin, Method::POST, "people", &bad).await;
    let fields = |body| -> Vec<(String, FieldFault)> { refusal(body).fields.into_iter().map(|wrong| (wrong.field, wrong.fault)).collect() };
    let expected = [
        ("display_name".to_owned(), FieldFault::Missing),
        ("roles".to_owned(), FieldFault::Missing),
        ("sites".to_owned(), FieldFault::NoSuch { name: "moon".into() }),
        ("user".to_owned(), FieldFault::NoName),
    ];
    assert_eq!((status, fields(body)), (422, expected.to_vec()));
    for taken in ["support", "agent1"] {
        let (_, body) = call(&admin, Method::POST, "people", &form(taken, &["north"])).await;
        assert_eq!(fields(body), [("user".to_owned(), FieldFault::Taken)]);
    }
    let before = queue(&admin, "support").await;
    let (status, body) = change_queue(&admin, "support", |form| {
        form.label = "x".repeat(101);
        form.agents = vec!["agent1".into(), "ghost".into(), "agent1".into()];
        form.strategy = "loudest".into();
        (form.ring_seconds, form.max_wait_seconds, form.target_percent) = (2, Some(0), 101);
        form.overflow = Some("support".into());
        form.hours = Some(vec!["mon 08:00-18:00".into(), "mon 18:00-08:00".into()]);
        let choice = |name: &str, label: &str| wire::Choice { name: name.into(), label: label.into() };
        form.dispositions = vec![choice("ok", "OK"), choice("ok", ""), choice("NO", "No")];
    })
    .await;
    let expected = [
        ("label", FieldFault::TooLong { limit: 100 }),
        ("agents.1", FieldFault::NoSuch { name: "ghost".into() }),
        ("agents.2", FieldFault::Twice { name: "agent1".into() }),
        ("strategy", FieldFault::NoSuch { name: "loudest".into() }),
        ("ring_seconds", FieldFault::OutOfRange { low: 3, high: 300 }),
        ("max_wait_seconds", FieldFault::OutOfRange { low: 1, high: 86_400 }),
        ("target_percent", FieldFault::OutOfRange { low: 1, high: 100 }),
        ("overflow", FieldFault::NoSuch { name: "support".into() }),
        ("hours.1", FieldFault::NoHours { line: "mon 18:00-08:00".into() }),
        ("dispositions.1.name", FieldFault::Twice { name: "ok".into() }),
        ("dispositions.1.label", FieldFault::Missing),
        ("dispositions.2.name", FieldFault::NoName),
    ];
    assert_eq!((status, fields(body)), (422, expected.map(|(field, fault)| (field.to_owned(), fault)).to_vec()));
    assert_eq!(queue(&admin, "support").await, before);
}

#[tokio::test]
async fn skills_and_how_they_relax_are_written_and_each_wrong_field_is_named() {
    let desk = desk().await;
    let admin = desk.signed_in("admin").await;
    let graded = |name: &str, level| wire::Graded { name: name.into(), level };
    let step = |after_seconds, less, max_penalty| wire::RelaxStep { after_seconds, less, max_penalty };
    let fields = |body| -> Vec<(String, FieldFault)> { refusal(body).fields.into_iter().map(|wrong| (wrong.field, wrong.fault)).collect() };
    let (status, body) = change_person(&admin, "agent1", |form| {
        form.skills = vec![graded("german", 8), graded("german", 3), graded("The Greek", 11)];
    })
    .await;
    let expected = [
        ("skills.1.name", FieldFault::Twice { name: "german".into() }),
        ("skills.2.name", FieldFault::NoName),
        ("skills.2.level", FieldFault::OutOfRange { low: 1, high: 10 }),
    ];
    assert_eq!((status, fields(body)), (422, expected.map(|(field, fault)| (field.to_owned(), fault)).to_vec()));
    assert_eq!(change_person(&admin, "agent1", |form| form.skills = vec![graded("german", 8)]).await.0, 200);
    assert_eq!(person(&admin, "agent1").await.kept.record.skills, [graded("german", 8)]);

    let (status, body) = change_queue(&admin, "support", |form| {
        form.skills = vec![graded("german", 0)];
        form.penalties = vec![graded("ghost", 1), graded("agent1", 11), graded("", 1)];
        form.max_penalty = Some(3);
        form.relax = vec![step(20, 2, 2), step(20, 1, 10)];
    })
    .await;
    let expected = [
        ("skills.0.level", FieldFault::OutOfRange { low: 1, high: 10 }),
        ("penalties.0.name", FieldFault::NoSuch { name: "ghost".into() }),
        ("penalties.1.level", FieldFault::OutOfRange { low: 0, high: 10 }),
        ("penalties.2.name", FieldFault::Missing),
        ("relax.0.max_penalty", FieldFault::OutOfRange { low: 3, high: 10 }),
        ("relax.1.after_seconds", FieldFault::OutOfRange { low: 21, high: 86_400 }),
        ("relax.1.less", FieldFault::OutOfRange { low: 2, high: 10 }),
    ];
    assert_eq!((status, fields(body)), (422, expected.map(|(field, fault)| (field.to_owned(), fault)).to_vec()));
    let ask = |form: &mut QueueForm, relax| {
        (form.skills, form.relax, form.max_wait_seconds, form.overflow) = (vec![graded("german", 5)], relax, Some(60), None);
    };
    let (status, body) = change_queue(&admin, "support", |form| ask(form, vec![step(20, 4, 10)])).await;
    assert_eq!((status, fields(body)), (422, vec![("relax".to_owned(), FieldFault::Endless)]));
    let (status, body) = change_queue(&admin, "support", |form| {
        ask(form, vec![step(20, 10, 10)]);
        (form.penalties, form.max_penalty) = (vec![graded("agent1", 2)], Some(2));
        (form.wrap_up_extensions, form.wrap_up_extend_seconds) = (2, 45);
        (form.strategy, form.ring_at_once) = ("ring-all".into(), Some(4));
    })
    .await;
    assert_eq!(status, 200, "{body}");
    // The queues are told: what is kept is what they go by.
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].clone();
    assert_eq!(tenant.skills["agent1"].get("german"), Some(&8));
    let queue = tenant.queues.iter().find(|queue| queue.name == "support").unwrap();
    assert_eq!((queue.demand.skills.get("german"), queue.penalties.get("agent1"), queue.demand.max_penalty), (Some(&5), Some(&2), 2));
    assert_eq!((queue.wrap_up_extensions, queue.wrap_up_extend_seconds), (2, 45));
    assert_eq!((queue.strategy, queue.ring_at_once), (Strategy::RingAll, 4));
    let (status, body) = change_queue(&admin, "support", |form| form.ring_at_once = Some(1)).await;
    assert_eq!((status, fields(body)), (422, vec![("ring_at_once".to_owned(), FieldFault::OutOfRange { low: 2, high: 50 })]));
}

#[tokio::test]
async fn every_change_is_in_the_log_before_it_is_made_and_says_from_what_to_what() {
    let desk = desk().await;
    let admin = desk.signed_in("admin").await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    assert_eq!(change_person(&admin, "nora", |form| form.roles.push(Role::Concierge)).await.0, 200);
    assert_eq!(change_queue(&admin, "support", |form| (form.ring_seconds, form.agents) = (33, vec!["nora".into()])).await.0, 200);
    let password = one_time_password(&admin, "nora").await.password;
    let rows = services.store.log_rows(&tenant, ACTION, i64::MAX, 10).await.unwrap();
    let told: Vec<_> = rows.iter().rev().map(|row| format!("{} {}", row.details["what"], row.outcome)).collect();
    let pairs = ["change_person", "change_queue", "password"].map(|what| [format!("{what} begun"), format!("{what} done")]);
    assert_eq!(told, pairs.concat());
    let (of_person, of_queue) = (&rows[5], &rows[3]);
    assert_eq!(
        (of_person.details["from"].as_str(), of_person.details["to"].as_str()),
        (r#"{"roles":["agent"]}"#, r#"{"roles":["agent","concierge"]}"#)
    );
    assert_eq!((of_person.personal["record"].as_str(), of_person.personal["name"].as_str()), ("nora", "Administrator"));
    assert_eq!((of_queue.details["from"].as_str(), of_queue.details["to"].as_str()), (r#"{"ring_seconds":20}"#, r#"{"ring_seconds":33}"#));
    assert_eq!(of_queue.personal["personal_to"], r#"{"agents":["nora"]}"#);
    assert!(!format!("{rows:?}").contains(password.expose()) && !format!("{rows:?}").contains("argon2"));
    assert!(services.store.verify_log(None).await.unwrap().is_ok());

    // What cannot be written down is not done.
    let url = services.config.store.url.expose().to_owned();
    let database = sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    sqlx::raw_sql("ALTER TABLE log RENAME TO log_away").execute(&database).await.unwrap();
    let (status, body) = change_queue(&admin, "support", |form| form.ring_seconds = 44).await;
    assert_eq!((status, refusal(body).code), (503, AdminCode::NotLogged));
    assert_eq!(call(&admin, Method::POST, "people/nora/password", &json!({})).await.0, 503);
    sqlx::raw_sql("ALTER TABLE log_away RENAME TO log").execute(&database).await.unwrap();
    database.close().await;
    assert_eq!(queue(&admin, "support").await.record.ring_seconds, 33);
}

#[tokio::test]
async fn what_was_never_changed_here_follows_the_file_and_what_does_not_fit_it_is_left_out() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = config(data.path());
    house(&mut settings);
    let desk = Desk { server: Server::start(settings.clone()).await.unwrap(), data };
    let admin = desk.signed_in("admin").await;
    assert_eq!(
        change_queue(&admin, "reception", |form| (form.label, form.agents) = ("Front desk".into(), vec!["sid".into()])).await.0,
        200
    );
    assert_eq!(change_person(&admin, "rover", |form| form.display_name = "Rover".into()).await.0, 200);
    desk.server.stop().await;

    let tenant = &mut settings.tenants[0];
    tenant.queues[0].label = "Help".into();
    tenant.queues[1].label = "Reception of the file".into();
    tenant.people.retain(|person| person.user != "sid");
    let desk = Desk { server: Server::start(settings.clone()).await.unwrap(), data: desk.data };
    let admin = desk.signed_in("admin").await;
    let (support, reception) = (queue(&admin, "support").await, queue(&admin, "reception").await);
    assert_eq!((support.record.label.as_str(), support.origin), ("Help", Origin::File));
    assert_eq!((reception.record.label.as_str(), reception.origin), ("Front desk", Origin::Desk));
    assert_eq!(reception.record.agents, Vec::<String>::new(), "whoever is no more");
    desk.server.stop().await;

    // A site that is no more: its queue is left out, its people lose it.
    settings.tenants[0].sites.retain(|site| site.id == "north");
    settings.tenants[0].queues.remove(1);
    settings.tenants[0].queues[0].overflow = None;
    settings.tenants[0].people.iter_mut().for_each(|person| person.sites.retain(|site| site == "north"));
    let desk = Desk { server: Server::start(settings).await.unwrap(), data: desk.data };
    assert_eq!(desk.client().get("/api/call/reception").await.status(), 404);
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let rover = services.directory.person(&tenant, "rover").unwrap();
    assert_eq!((rover.display_name.as_str(), rover.sites.len()), ("Rover", 1));
}

#[tokio::test]
async fn the_form_takes_what_the_file_takes_and_nothing_else() {
    let desk = desk().await;
    let admin = desk.signed_in("admin").await;
    let page: QueuesPage = admin.json("/api/admin/queues").await;
    let file = |key: &str, value: &str| {
        let text = format!(
            "[http]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite:x\"\nkeys = \"k\"\n[[tenants]]\nname = \"t\"\ndomain = \"t.example\"\n\
             [[tenants.sites]]\nname = \"north\"\nzone = \"UTC\"\n[[tenants.queues]]\n{}{key} = {value}\n",
            match key {
                "name" => "",
                // There it stands only beside the strategy that it belongs to.
                "ring_at_once" => "name = \"q\"\nstrategy = \"ring-all\"\n",
                _ => "name = \"q\"\n",
            }
        );
        switchboard::config::parse(&text, std::path::Path::new("t.toml")).is_ok()
    };
    let form = async |key: &str, value: Value| {
        let mut record = json!(page.queues.iter().find(|kept| kept.record.name == "support").unwrap().record);
        (record["overflow"], record["agents"]) = (Value::Null, json!([]));
        record["name"] = json!(format!("q{}", switchboard::ids::new_id()));
        record[key] = value;
        call(&admin, Method::POST, "queues", &record).await.0 == 200
    };
    let (mut taken, mut refused) = (0, 0);
    let mut same = |key: &str, value: &str, by_file: bool, by_form: bool| {
        assert_eq!(by_file, by_form, "{key} = {value}");
        if by_form { taken += 1 } else { refused += 1 }
    };
    for rule in &page.numbers {
        for number in [rule.low.checked_sub(1), Some(rule.low), Some(rule.high), Some(rule.high + 1)].into_iter().flatten() {
            let value = number.to_string();
            same(&rule.field, &value, file(&rule.field, &value), form(&rule.field, json!(number)).await);
        }
    }
    for name in ["a", "a.b-c_d+1", "", "A", "a b", "ä", "~a", "a/b", &"x".repeat(64), &"x".repeat(65)] {
        same("name", name, file("name", &format!("{name:?}")), form("name", json!(name)).await);
    }
    for line in ["mon-fri 08:00-18:00", "sun 00:00-24:00", "mon", "mon 8:00-9:00", "mon 10:00-09:00", "tue 09:00-24:01"] {
        same("hours", line, file("hours", &format!("[{line:?}]")), form("hours", json!([line])).await);
    }
    for strategy in ["longest-idle", "round-robin", "fewest-calls", "loudest", ""] {
        same("strategy", strategy, file("strategy", &format!("{strategy:?}")), form("strategy", json!(strategy)).await);
    }
    assert!(taken > 20 && refused > 20, "{taken} {refused}");
}

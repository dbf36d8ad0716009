//! Links to the wallboard: who makes them, what a screen sees with one, and that it ends at once.

use crate::support::{Client, Desk, Feed, config, header};
use serde_json::json;
use std::time::Duration;
use switchboard::config::Config;
use switchboard::feed::Holder;
use switchboard::keys::token_digest;
use switchboard::rights::Act;
use switchboard::server::Server;
use wire::{
    AgentState, AgentStatus, CallItem, Change, ClientFrame, FeedEnd, Membership, Order, OrderResult, QueueFigures, QueuesPage, Role,
    Secret, ServerFrame, Snapshot, Staff, Steer, Ticket, TicketPurpose, Told, ToldWhat, WallList, WallPass,
};

/// Makes a link to these queues and gives its token and id.
async fn link(client: &Client, queues: &[&str]) -> (String, String) {
    let made = client.post("/api/walls", &json!({ "name": " Lobby ", "queues": queues, "days": 30 })).await;
    assert_eq!(made.status(), 200);
    let list: WallList = made.json().await.unwrap();
    assert!(list.choices.iter().any(|choice| choice.name == "support"), "what can be chosen is said");
    (list.token.unwrap().expose().to_owned(), list.links[0].id.clone())
}

/// A screen that has come with a token.
async fn screen(desk: &Desk, token: &str) -> Client {
    let client = desk.client();
    assert_eq!(client.post("/api/wall", &json!({ "token": token })).await.status(), 200);
    client
}

async fn feed(screen: &Client) -> (Feed, Snapshot) {
    let answer = screen.post("/api/wall/ticket", &json!({})).await;
    assert_eq!(answer.status(), 200);
    let ticket: Ticket = answer.json().await.unwrap();
    let mut feed = screen.feed_with(ticket.ticket).await;
    let Some(ServerFrame::Snapshot(snapshot)) = feed.next_state().await else { panic!("no snapshot") };
    (feed, snapshot)
}

async fn rows(server: &Server) -> Vec<String> {
    let services = server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let mut rows = services.store.log_rows(&tenant, "wall_link", i64::MAX, 100).await.unwrap();
    rows.reverse();
    rows.iter().map(|row| format!("{} {} {}", row.personal("name"), row.detail("what"), row.outcome).trim().to_owned()).collect()
}

#[tokio::test]
async fn a_link_is_made_used_listed_and_revoked_and_the_screen_ends_at_once() {
    let desk = Desk::start().await;
    let supervisor = desk.signed_in("supervisor").await;
    let (token, id) = link(&supervisor, &["support", "support"]).await;
    let client = desk.client();
    let opened = client.post("/api/wall", &json!({ "token": token })).await;
    let cookie = header(&opened, "set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/api/wall;"), "{cookie}");
    assert!(!cookie.contains(&token), "the token stays where it was");
    let pass: WallPass = opened.json().await.unwrap();
    assert_eq!(pass.name, "Lobby");
    assert!((pass.expires_at - pass.now - 30 * 24 * 3_600_000).abs() < 10_000);
    let again: WallPass = client.json("/api/wall").await;
    assert_eq!(again.expires_at, pass.expires_at, "the cookie is enough from now on");
    let (mut seen, snapshot) = feed(&client).await;
    assert_eq!(snapshot.floor.unwrap().queues.iter().map(|of| of.queue.name.as_str()).collect::<Vec<_>>(), ["support"]);

    let list: WallList = supervisor.json("/api/walls").await;
    let known = &list.links[0];
    assert_eq!((known.name.as_str(), known.by.as_str(), known.screens), ("Lobby", "Supervisor", 1));
    assert!(known.queues == ["Support"] && known.used_at.is_some() && list.token.is_none(), "and its token is shown no more");
    let store = &desk.server.services().store;
    assert!(store.wall_link_of(&token, 0).await.unwrap().is_none(), "only its digest is kept");
    assert!(store.wall_link_of(&token_digest(&token), 0).await.unwrap().is_some());

    let origin = supervisor.base.clone();
    let revoked = supervisor.http.delete(desk.url(&format!("/api/walls/{id}"))).header("origin", &origin).send().await.unwrap();
    assert_eq!(revoked.json::<WallList>().await.unwrap().links, []);
    let end = tokio::time::timeout(Duration::from_secs(1), seen.next_state()).await.expect("at once");
    assert_eq!(end, Some(ServerFrame::End { reason: FeedEnd::Revoked }));
    assert_eq!(client.get("/api/wall").await.status(), 401);
    assert_eq!(client.post("/api/wall/ticket", &json!({})).await.status(), 401);
    assert_eq!(client.post("/api/wall", &json!({ "token": token })).await.status(), 401);
    assert_eq!(rows(&desk.server).await, ["Supervisor make made", "open accepted", "Supervisor revoke revoked"]);
}

#[tokio::test]
async fn a_ticket_that_was_made_while_its_link_was_revoked_opens_no_feed() {
    let desk = Desk::start().await;
    let supervisor = desk.signed_in("supervisor").await;
    let (token, id) = link(&supervisor, &["support"]).await;
    let client = screen(&desk, &token).await;
    let (services, now) = (desk.server.services(), switchboard::clock::now_ms());
    let link = services.store.wall_link(&id, now).await.unwrap().unwrap();
    let holder = Holder {
        person: link.viewer(),
        session: link.session(),
        session_expires_at: link.expires_at,
        link: Some(std::sync::Arc::new(link)),
    };
    let ticket = || services.tickets.issue(holder.clone(), TicketPurpose::Feed, now).unwrap().ticket;
    let mut open = client.feed_with(ticket()).await;
    assert!(matches!(open.next_state().await, Some(ServerFrame::Snapshot(_))));
    let path = desk.url(&format!("/api/walls/{id}"));
    assert_eq!(supervisor.http.delete(path).header("origin", &supervisor.base).send().await.unwrap().status(), 200);
    assert_eq!(open.next_state().await, Some(ServerFrame::End { reason: FeedEnd::Revoked }), "one that was open");
    // Its request had found the link before that.
    let mut late = client.feed_socket(Some(&client.base)).await.unwrap();
    late.send(&ClientFrame::Hello { ticket: ticket(), wire: wire::VERSION, phone: None }).await;
    assert_eq!(late.next().await, Some(ServerFrame::End { reason: FeedEnd::Revoked }), "one that opens afterwards");
}

#[tokio::test]
async fn a_link_ends_by_time_with_its_running_feed() {
    let desk = Desk::start_with(|config: &mut Config| config.limits.heartbeat_ms = 200).await;
    let supervisor = desk.signed_in("supervisor").await;
    let (token, id) = link(&supervisor, &["support"]).await;
    let services = desk.server.services();
    let now = switchboard::clock::now_ms();
    let mut short = services.store.wall_link(&id, now).await.unwrap().unwrap();
    services.store.end_wall_link(&id).await.unwrap();
    short.expires_at = now + 1_500;
    services.store.put_wall_link(&token_digest(&token), &short, now).await.unwrap();
    let client = screen(&desk, &token).await;
    let (mut seen, _) = feed(&client).await;
    let end = loop {
        match tokio::time::timeout(Duration::from_secs(4), seen.next()).await.expect("it ends") {
            Some(ServerFrame::Heartbeat { beat, .. }) => seen.send(&ClientFrame::Heartbeat { beat }).await,
            Some(ServerFrame::Mark { .. }) => {}
            Some(ServerFrame::End { reason }) => break reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(end, FeedEnd::SignedOut);
    assert_eq!(client.get("/api/wall").await.status(), 401);
}

#[tokio::test]
async fn a_screen_goes_on_after_a_restart() {
    let (data, url) = (tempfile::tempdir().unwrap(), crate::support::postgres().await);
    let start = async |port: u16| {
        let mut config = config(data.path());
        config.http.listen.set_port(port);
        if let Some(url) = &url {
            config.store.url = Secret::new(url.as_str());
        }
        Server::start(config).await.unwrap()
    };
    let server = start(0).await;
    let client = |server: &Server| Client { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), base: server.url() };
    let supervisor = client(&server);
    assert_eq!(supervisor.sign_in("supervisor", "portico").await.status(), 200);
    let (token, _) = link(&supervisor, &["support"]).await;
    let wall = client(&server);
    assert_eq!(wall.post("/api/wall", &json!({ "token": token })).await.status(), 200);
    let port = server.services().listen.port();
    server.stop().await;
    let server = start(port).await;
    let (_, snapshot) = feed(&wall).await;
    assert_eq!(snapshot.floor.unwrap().queues.len(), 1, "with the cookie alone");
    server.stop().await;
}

fn status() -> AgentStatus {
    AgentStatus { state: AgentState::Ready, since: 1, wants_calls: true, pause_reason: None, set_by: None, unready: None, wrap_up: None }
}

#[tokio::test]
async fn a_screen_sees_rows_of_its_column_for_its_queues_and_orders_nothing() {
    let desk = Desk::start().await;
    let supervisor = desk.signed_in("supervisor").await;
    let (token, _) = link(&supervisor, &["support"]).await;
    let client = screen(&desk, &token).await;
    let (mut seen, first) = feed(&client).await;
    let floor = first.floor.clone().unwrap();
    assert_eq!((floor.agents.len(), floor.queues.len(), floor.figures.len(), floor.steers), (0, 1, 1, false));
    assert_eq!(floor.staff, Some(Staff::default()));
    let nothing = Snapshot { seq: first.seq, now: first.now, floor: first.floor.clone(), ..empty() };
    assert_eq!(first, nothing, "nothing but the floor");

    // Everything that there is happens; the screen learns what its column says.
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let hub = &services.hub;
    hub.phones(&tenant, "agent1", switchboard::feed::Phones { registered: true, ringing: 0, busy: 0 });
    hub.call_changed(&tenant, "agent1", CallItem { contact: "c1".into(), ..crate::support::ringing("c1") });
    hub.tell(&tenant, "agent1", Told { id: 0, at: 0, by: "b".into(), what: ToldWhat::Ready });
    let membership = |queue: &str| vec![Membership { queue: queue.into(), on: true }];
    hub.agent(&tenant, "agent1", status(), membership("support"));
    hub.agent(&tenant, "concierge", status(), membership("reception"));
    for queue in ["support", "reception"] {
        hub.figures(&tenant, QueueFigures { queue: queue.into(), since: 7, intervals: Vec::new() });
        let waiting = switchboard::queue::WaitingView {
            contact: "secret-contact".into(),
            caller: switchboard::queue::io::Name::new(tenant.as_str(), "secret-caller"),
            display: "Secret Caller".into(),
            since: 5,
            priority: 1,
            offered_to: vec![switchboard::queue::io::Name::new(tenant.as_str(), "agent1")],
            lack: Some(switchboard::queue::Lack { skills: [("secret-skill".to_owned(), 5)].into(), until: Some(9) }),
        };
        let queue = switchboard::queue::io::Name::new(tenant.as_str(), queue);
        let view = switchboard::queue::QueueView {
            queue,
            label: "Support".into(),
            waiting: 1,
            first: vec![waiting],
            longest: Some(5),
            free: 1,
            working: 1,
            open: true,
        };
        hub.queue(&tenant, &view);
    }
    let mut changes = Vec::new();
    while let Ok(Some(frame)) = tokio::time::timeout(Duration::from_millis(600), seen.next_state()).await {
        if let ServerFrame::Delta { changes: some, .. } = frame {
            changes.extend(some);
        }
    }
    let kinds: std::collections::BTreeSet<_> = changes.iter().map(|change| format!("{:?}", Act::of_row(change).unwrap())).collect();
    let column: std::collections::BTreeSet<_> =
        Act::ALL.iter().filter(|act| act.of_screens() && act.route().is_none()).map(|act| format!("{act:?}")).collect();
    assert_eq!(kinds, column, "all of its column and nothing else");
    let text = serde_json::to_string(&changes).unwrap();
    for other in ["Secret", "secret", "agent1", "reception", "concierge"] {
        assert!(!text.contains(other), "{other}: {text}");
    }
    let staff = changes.iter().rev().find_map(|change| if let Change::FloorStaff { staff } = change { Some(*staff) } else { None });
    assert_eq!(staff, Some(Staff { ready: 1, ..Staff::default() }), "of its queues only");

    for (id, order) in [
        Order::Ready,
        Order::Pause { reason: None },
        Order::Seen { told: 1 },
        Order::Steer { steer: Steer::Acknowledge { queue: "support".into(), alarm: wire::Alarm::Nobody } },
        Order::Steer { steer: Steer::Pause { user: "agent1".into(), reason: None } },
    ]
    .into_iter()
    .enumerate()
    {
        let id = id as u64;
        seen.send(&ClientFrame::Order { id, order }).await;
        let result = loop {
            if let ServerFrame::Ordered { id: of, result } = seen.next_state().await.unwrap() {
                assert_eq!(of, id);
                break result;
            }
        };
        assert_eq!(result, OrderResult::Forbidden);
    }
}

#[tokio::test]
async fn a_screen_learns_that_an_alarm_is_known_and_not_by_whom() {
    let desk = Desk::start().await;
    let supervisor = desk.signed_in("supervisor").await;
    let (token, _) = link(&supervisor, &["support"]).await;
    let (mut seen, _) = feed(&screen(&desk, &token).await).await;
    let mut boss = supervisor.feed().await;
    // Nobody works for the queue: that is an alarm.
    let steer = Steer::Acknowledge { queue: "support".into(), alarm: wire::Alarm::Nobody };
    boss.send(&ClientFrame::Order { id: 1, order: Order::Steer { steer } }).await;
    let known = loop {
        let frame = tokio::time::timeout(Duration::from_secs(5), seen.next_state()).await.expect("a row of the queue");
        let Some(ServerFrame::Delta { changes, .. }) = frame else { panic!("the feed ended") };
        let known = changes.into_iter().find_map(|change| match change {
            Change::FloorQueue { queue } if !queue.known.is_empty() => Some(queue.known),
            _ => None,
        });
        if let Some(known) = known {
            break known;
        }
    };
    assert_eq!(known.iter().map(|known| (known.alarm, known.by.as_str())).collect::<Vec<_>>(), [(wire::Alarm::Nobody, "")]);
    let (_, again) = feed(&screen(&desk, &token).await).await;
    assert_eq!(again.floor.unwrap().queues[0].known, known, "the snapshot says no more");
}

fn empty() -> Snapshot {
    Snapshot {
        seq: 0,
        now: 0,
        people: Vec::new(),
        calls: Vec::new(),
        agent: None,
        queues: Vec::new(),
        queue_names: Vec::new(),
        pause_reasons: Vec::new(),
        releases: Vec::new(),
        floor: None,
        told: Vec::new(),
    }
}

#[tokio::test]
async fn the_cookie_of_a_screen_opens_no_route_of_a_person() {
    let desk = Desk::start().await;
    let supervisor = desk.signed_in("supervisor").await;
    let (token, _) = link(&supervisor, &["support"]).await;
    let client = desk.client();
    let opened = client.post("/api/wall", &json!({ "token": token })).await;
    let held = header(&opened, "set-cookie").split(';').next().unwrap().to_owned();
    let (name, value) = held.split_once('=').unwrap();
    // It is sent by hand where a browser would not, and under the name of a session too; so is the token.
    let session = name.replace("-wall", "");
    let jar = format!("{held}; {session}={value}");
    let stolen = format!("{name}={token}; {session}={token}");
    let plain = reqwest::Client::new();
    for act in Act::ALL {
        let Some((method, path)) = act.route() else { continue };
        let switchboard::rights::Line::Roles(_) = act.line() else { continue };
        let path = path.replace("{entrance}", "gate").replace("{id}", "none").replace("{name}", "support").replace("{user}", "agent1");
        for cookies in [&jar, &stolen] {
            let request = plain.request(method.clone(), desk.url(&format!("/api{path}"))).header("origin", &client.base);
            let request = request.header("cookie", cookies.as_str()).json(&json!({}));
            assert_eq!(request.send().await.unwrap().status(), 401, "{act:?}");
        }
    }
    let looked = plain.get(desk.url("/api/wall")).header("cookie", &stolen).send().await.unwrap();
    assert_eq!(looked.status(), 401, "a token is no cookie");
    // A ticket of a screen is for the feed: the pictures of doors are not opened by it.
    let ticket: Ticket = client.post("/api/wall/ticket", &json!({ "purpose": "pictures" })).await.json().await.unwrap();
    assert!(desk.server.services().tickets.redeem(&ticket.ticket, TicketPurpose::Pictures, 0).is_none());
}

#[tokio::test]
async fn a_link_shows_no_queue_that_whoever_made_it_is_not_in_charge_of() {
    let desk = Desk::start_with(|config: &mut Config| {
        let tenant = &mut config.tenants[0];
        tenant.queues[0].site = "north".into();
        tenant.queues[1].site = "south".into();
        for person in tenant.people.iter_mut().filter(|person| person.user == "supervisor") {
            person.sites = vec!["north".into()];
        }
    })
    .await;
    let supervisor = desk.signed_in("supervisor").await;
    let queues = desk.server.services().directory.tenants()[0].queues.clone();
    let (own, other) = (queues[0].name.clone(), queues[1].name.clone());
    let wish = |queues: &[&String], name: &str, days: u32| json!({ "name": name, "queues": queues, "days": days });
    let status = async |body: serde_json::Value| supervisor.post("/api/walls", &body).await.status().as_u16();
    assert_eq!(status(wish(&[&own, &other], "both", 1)).await, 403);
    assert_eq!(status(wish(&[&"nowhere".to_owned()], "none", 1)).await, 403);
    for bad in [wish(&[], "no queue", 1), wish(&[&own], " ", 1), wish(&[&own], "never", 0), wish(&[&own], "ever", 91)] {
        assert_eq!(status(bad).await, 400);
    }
    assert_eq!(status(wish(&[&own], &"x".repeat(61), 1)).await, 400);
    assert_eq!(status(wish(&[&own], "own", 90)).await, 200);
    let origin = supervisor.base.clone();
    let revoked = supervisor.http.delete(desk.url("/api/walls/none")).header("origin", &origin).send().await.unwrap();
    assert_eq!(revoked.status(), 404);
    let refused = rows(&desk.server).await;
    assert_eq!(refused.iter().filter(|row| row.ends_with("forbidden")).count(), 3, "{refused:?}");
}

#[tokio::test]
async fn a_link_over_two_sites_is_shown_to_and_revoked_by_whoever_is_in_charge_of_both() {
    let desk = Desk::start_with(|config: &mut Config| {
        let tenant = &mut config.tenants[0];
        for (queue, site) in tenant.queues.iter_mut().zip(["north", "south"]) {
            (queue.site, queue.overflow) = (site.into(), None);
        }
        for person in &mut tenant.people {
            match person.user.as_str() {
                "supervisor" => person.sites = vec!["north".into(), "south".into()],
                "agent1" => (person.roles, person.sites) = (vec![Role::Supervisor], vec!["north".into()]),
                "agent2" => (person.roles, person.sites) = (vec![Role::Administrator], vec!["south".into()]),
                _ => {}
            }
        }
    })
    .await;
    let both = desk.signed_in("supervisor").await;
    let (token, id) = link(&both, &["support", "reception"]).await;
    let (mut seen, _) = feed(&screen(&desk, &token).await).await;
    let revoke = async |client: &Client| {
        let request = client.http.delete(desk.url(&format!("/api/walls/{id}"))).header("origin", &client.base);
        request.send().await.unwrap().status().as_u16()
    };
    for user in ["agent1", "agent2"] {
        let one = desk.signed_in(user).await;
        let list = one.get("/api/walls").await.text().await.unwrap();
        assert_eq!(serde_json::from_str::<WallList>(&list).unwrap().links, [], "{user}");
        assert!(!list.contains("Lobby"), "{user}: {list}");
        assert_eq!(revoke(&one).await, 404, "{user}");
    }
    let quiet = tokio::time::timeout(Duration::from_millis(300), async {
        while !matches!(seen.next_state().await, Some(ServerFrame::End { .. }) | None) {}
    });
    assert!(quiet.await.is_err(), "the screen goes on");
    let refused = rows(&desk.server).await;
    assert_eq!(refused[2..], ["Agent One revoke forbidden", "Agent Two revoke forbidden"], "{refused:?}");
    let list: WallList = both.json("/api/walls").await;
    assert_eq!((list.links.len(), list.links[0].queues.len()), (1, 2));

    // With one of its queues gone it is a link of the other site alone.
    let admin = desk.signed_in("admin").await;
    let queues: QueuesPage = admin.json("/api/admin/queues").await;
    let version = &queues.queues.iter().find(|kept| kept.record.name == "reception").unwrap().version;
    let path = desk.url(&format!("/api/admin/queues/reception?version={version}"));
    assert_eq!(admin.http.delete(path).header("origin", &admin.base).send().await.unwrap().status(), 200);
    assert_eq!(revoke(&desk.signed_in("agent2").await).await, 404);
    let one = desk.signed_in("agent1").await;
    let list: WallList = one.json("/api/walls").await;
    assert_eq!(list.links.iter().map(|link| link.queues.join(" ")).collect::<Vec<_>>(), ["Support"]);
    assert_eq!(revoke(&one).await, 200);
    let end = tokio::time::timeout(Duration::from_secs(1), async {
        loop {
            if let Some(ServerFrame::End { reason }) = seen.next_state().await {
                break reason;
            }
        }
    });
    assert_eq!(end.await.expect("at once"), FeedEnd::Revoked);
}

#[tokio::test]
async fn tokens_cannot_be_tried_for_long() {
    let desk = Desk::start().await;
    let client = desk.client();
    let mut last = 0;
    for _ in 0..30 {
        let answer = client.post("/api/wall", &json!({ "token": "guess" })).await;
        last = answer.status().as_u16();
        if last == 429 {
            assert!(answer.headers().contains_key("retry-after"));
            break;
        }
        assert_eq!(last, 401);
    }
    assert_eq!(last, 429);
    let screen = desk.signed_in("supervisor").await;
    assert_eq!(screen.get("/api/walls").await.status(), 200, "others are not concerned");
}

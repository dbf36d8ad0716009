//! Queues on the running server: what an agent's page orders and sees, the day's figures, and what a visitor's page may have.

use crate::sip_accounts::{profile, register};
use crate::support::{Client, Desk, Feed};
use switchboard::config::parse;
use switchboard::ids::TenantId;
use switchboard::store::{ContactData, ContactEvent, ContactKind, WorkData};
use wire::{
    AgentState, CallQueue, Change, ClientFrame, Figures, HistoryPage, Order, OrderResult, Outcome, ServerFrame, Snapshot, VisitorProfile,
    VisitorQueue, VisitorState,
};

async fn snapshot(feed: &mut Feed) -> Snapshot {
    match feed.next_state().await {
        Some(ServerFrame::Snapshot(snapshot)) => snapshot,
        other => panic!("no snapshot but {other:?}"),
    }
}

/// Frames until one of them answers this order; with the changes seen on the way.
async fn ordered(feed: &mut Feed, id: u64, order: Order) -> (OrderResult, Vec<Change>) {
    feed.send(&ClientFrame::Order { id, order }).await;
    let mut seen = Vec::new();
    loop {
        match feed.next_state().await {
            Some(ServerFrame::Ordered { id: of, result }) => {
                assert_eq!(of, id);
                return (result, seen);
            }
            Some(ServerFrame::Delta { changes, .. }) => seen.extend(changes),
            other => panic!("no answer but {other:?}"),
        }
    }
}

/// The next status of one's own.
async fn status(feed: &mut Feed) -> wire::AgentStatus {
    loop {
        if let Some(ServerFrame::Delta { changes, .. }) = feed.next_state().await
            && let Some(Change::Agent { status }) = changes.into_iter().find(|change| matches!(change, Change::Agent { .. }))
        {
            return status;
        }
    }
}

#[tokio::test]
async fn an_agent_sees_own_queues_and_status_and_orders_what_is_allowed() {
    let desk = Desk::start().await;
    let client = desk.signed_in("agent1").await;
    let mut feed = client.feed().await;
    let first = snapshot(&mut feed).await;
    assert_eq!(first.queues.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), ["support"], "not those of others");
    assert_eq!(first.queues[0].dispositions[0].name, "solved");
    assert_eq!(
        first.queue_names.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(),
        ["reception", "support"],
        "also those of others"
    );
    assert_eq!(first.pause_reasons.iter().map(|reason| reason.name.as_str()).collect::<Vec<_>>(), ["break", "lunch", "training"]);
    let (result, _) = ordered(&mut feed, 1, Order::Ready).await;
    assert_eq!(result, OrderResult::Done);
    let (result, _) = ordered(&mut feed, 2, Order::Pause { reason: Some("lunch".into()) }).await;
    assert_eq!(result, OrderResult::Done);
    let (result, _) = ordered(&mut feed, 3, Order::Pause { reason: Some("holiday".into()) }).await;
    assert_eq!(result, OrderResult::Invalid);
    let finish = Order::FinishWrapUp { contact: "none".into(), disposition: None, note: String::new() };
    assert_eq!(ordered(&mut feed, 4, finish).await.0, OrderResult::TooLate);

    let admin = desk.signed_in("admin").await;
    let mut feed = admin.feed().await;
    let other = snapshot(&mut feed).await;
    assert!(other.queues.is_empty() && other.agent.is_none());
    assert_eq!(ordered(&mut feed, 1, Order::Ready).await.0, OrderResult::Forbidden);
}

#[tokio::test]
async fn what_an_agent_wants_comes_back_with_the_server() {
    let data = tempfile::tempdir().unwrap();
    for (turn, expected) in [(1, AgentState::Offline), (2, AgentState::Offline)] {
        let server = switchboard::server::Server::start(crate::support::config(data.path())).await.unwrap();
        let client = Client { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), base: server.url() };
        assert_eq!(client.sign_in("agent1", "portico").await.status(), 200);
        let mut feed = client.feed().await;
        let first = snapshot(&mut feed).await;
        if turn == 1 {
            assert!(first.agent.is_none_or(|agent| !agent.wants_calls && agent.pause_reason.is_none()), "not ready before being asked");
            assert_eq!(ordered(&mut feed, 1, Order::Pause { reason: Some("training".into()) }).await.0, OrderResult::Done);
            let agent = status(&mut feed).await;
            assert_eq!((agent.state, agent.pause_reason.as_deref()), (expected, Some("training")));
        } else {
            let agent = first.agent.expect("a status");
            assert_eq!((agent.state, agent.pause_reason.as_deref(), agent.wants_calls), (expected, Some("training"), false));
        }
        server.stop().await;
    }
}

/// The first status of one's own with which one is rung.
async fn rung(feed: &mut Feed) -> wire::AgentStatus {
    loop {
        let shown = match feed.next_state().await.expect("the feed goes on") {
            ServerFrame::Snapshot(snapshot) => snapshot.agent,
            ServerFrame::Delta { changes, .. } => {
                changes.into_iter().rev().find_map(|change| if let Change::Agent { status } = change { Some(status) } else { None })
            }
            _ => None,
        };
        if let Some(status) = shown.filter(|status| status.state == AgentState::Ready && status.unready.is_none()) {
            return status;
        }
    }
}

#[tokio::test]
async fn a_readiness_is_as_old_after_a_stop_as_before_it() {
    let data = tempfile::tempdir().unwrap();
    let mut since = Vec::new();
    for turn in 1..=3 {
        let server = switchboard::server::Server::start(crate::support::config(data.path())).await.unwrap();
        let client = Client { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), base: server.url() };
        assert_eq!(client.sign_in("agent1", "portico").await.status(), 200);
        let sip = profile(&client).await.sip;
        let (code, _phone) = register(&server.url(), "agent1", &sip.auth_user, &sip.auth_password).await;
        assert_eq!(code, 200);
        let mut feed = client.feed().await;
        if turn == 1 {
            feed.send(&ClientFrame::Order { id: 1, order: Order::Ready }).await;
        }
        since.push(rung(&mut feed).await.since);
        // The page and the phone are open to the end, and end with the server.
        server.stop().await;
    }
    assert_eq!(since, [since[0]; 3]);
}

fn event(tenant: &TenantId, contact: &str, at: i64, kind: ContactKind, to: &str) -> ContactEvent {
    ContactEvent {
        tenant: tenant.clone(),
        contact: contact.into(),
        at,
        kind,
        from_user: "~support~00112233445566778899aabbccddeeff".into(),
        to_user: to.into(),
        data: ContactData {
            from_display: "Ada".into(),
            queue: Some(CallQueue { name: "support".into(), label: "Support".into(), since: at }),
            ..ContactData::default()
        },
    }
}

#[tokio::test]
async fn figures_and_history_of_a_day_are_derived_from_what_happened() {
    let desk = Desk::start().await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let now = switchboard::clock::now_ms();
    let day = 24 * 3_600_000;
    let work = |contact: &str, at, ms| {
        let mut event = event(&tenant, contact, at, ContactKind::WrappedUp, "agent2");
        event.from_user = String::new();
        event.data.work = Some(WorkData { ms, disposition: Some("solved".into()), note: "words".into() });
        event
    };
    let mut events = vec![
        event(&tenant, "c1", now - 9_000, ContactKind::Queued, "support"),
        event(&tenant, "c1", now - 8_900, ContactKind::Offered, "agent1"),
        event(&tenant, "c1", now - 8_000, ContactKind::OfferMissed, "agent1"),
        event(&tenant, "c1", now - 7_900, ContactKind::Offered, "agent2"),
        event(&tenant, "c1", now - 7_000, ContactKind::Answered, "agent2"),
        event(&tenant, "c1", now - 3_000, ContactKind::Ended, "agent2"),
        work("c1", now - 1_000, 2_000),
        event(&tenant, "c2", now - 2_000, ContactKind::Queued, "support"),
        event(&tenant, "c2", now - 1_900, ContactKind::Offered, "agent1"),
        event(&tenant, "c2", now - 1_800, ContactKind::OfferMissed, "agent1"),
        event(&tenant, "c2", now - 1_800, ContactKind::Abandoned, "support"),
        event(&tenant, "old", now - 2 * day, ContactKind::Answered, "agent2"),
    ];
    let mut own = event(&tenant, "c3", now - 500, ContactKind::Offered, "agent1");
    (own.from_user, own.data.queue) = ("agent2".into(), None);
    events.push(own);
    services.contacts.record(&events).await.unwrap();

    let (one, two) = (desk.signed_in("agent1").await, desk.signed_in("agent2").await);
    let figures: Figures = two.json("/api/figures").await;
    // Midnight may lie between these events for a few seconds of a day.
    if figures.since <= now - 9_000 {
        let expected = Figures { since: figures.since, answered: 1, from_queues: 1, missed: 0, talk_ms: 4_000, wrap_up_ms: 2_000 };
        assert_eq!(figures, expected);
        assert_eq!(one.json::<Figures>("/api/figures").await.missed, 2);
    }
    assert_eq!(desk.client().get("/api/figures").await.status(), 401);

    let page: HistoryPage = one.json("/api/history").await;
    let rows: Vec<_> = page.rows.iter().map(|row| (row.contact.as_str(), row.outcome, row.queue.is_some())).collect();
    assert_eq!(rows, [("c3", Outcome::Ongoing, false), ("c2", Outcome::Missed, true), ("c1", Outcome::Missed, true)]);
    let page: HistoryPage = two.json("/api/history").await;
    let c1 = page.rows.iter().find(|row| row.contact == "c1").unwrap();
    assert_eq!((c1.outcome, c1.talk_ms, c1.peer.display_name.as_deref()), (Outcome::Answered, Some(4_000), Some("Ada")));
    assert_eq!(c1.queue.as_ref().map(|queue| queue.label.as_str()), Some("Support"));
}

#[tokio::test]
async fn a_person_who_calls_a_queue_has_one_row_of_it_however_often_it_was_offered() {
    let desk = Desk::start().await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let steps = [
        (ContactKind::Queued, "support"),
        (ContactKind::Offered, "agent1"),
        (ContactKind::OfferMissed, "agent1"),
        (ContactKind::Offered, "agent1"),
        (ContactKind::OfferDeclined, "agent1"),
        (ContactKind::Overflowed, "reception"),
        (ContactKind::Missed, "reception"),
    ];
    let events = (0..).zip(steps).map(|(i, (kind, to))| {
        let mut event = event(&tenant, "c1", 1_000 + i, kind, to);
        event.from_user = "supervisor".into();
        event
    });
    services.contacts.record(&events.collect::<Vec<_>>()).await.unwrap();
    let page: HistoryPage = desk.signed_in("supervisor").await.json("/api/history").await;
    assert_eq!(page.rows.len(), 1);
    assert_eq!(
        (page.rows[0].peer.address.as_str(), page.rows[0].outcome, page.rows[0].ended_at),
        ("support", Outcome::Missed, Some(1_006))
    );
    let page: HistoryPage = desk.signed_in("agent1").await.json("/api/history").await;
    assert_eq!(page.rows.len(), 1);
    assert_eq!((page.rows[0].outcome, page.rows[0].ended_at), (Outcome::Declined, Some(1_004)));
}

async fn visit(desk: &Desk, path: &str) -> Result<VisitorProfile, u16> {
    let answer = desk.client().post(path, &serde_json::json!({})).await;
    if answer.status() == 200 { Ok(answer.json().await.unwrap()) } else { Err(answer.status().as_u16()) }
}

#[tokio::test]
async fn a_visitor_gets_an_identity_for_one_public_queue() {
    let desk = Desk::start_with(|config| config.tenants[0].queues[1].public = false).await;
    let shown: VisitorQueue = desk.client().json("/api/call/support").await;
    assert_eq!((shown.label.as_str(), shown.state), ("Support", VisitorState::Open));
    assert_eq!(desk.client().json::<VisitorQueue>("/api/call/portico.test/support").await.state, VisitorState::Open);
    for path in ["/api/call/reception", "/api/call/nothing", "/api/call/other.test/support", "/api/call/a/b/c"] {
        assert_eq!(desk.client().get(path).await.status(), 404, "{path}");
        assert_eq!(visit(&desk, path).await.err(), Some(404), "{path}");
    }
    let (one, two) = (visit(&desk, "/api/call/support").await.unwrap(), visit(&desk, "/api/call/support").await.unwrap());
    assert_ne!(one.desk.sip.user, two.desk.sip.user);
    assert!(one.desk.sip.user.starts_with("~support~") && one.desk.sip.auth_user.ends_with(&one.desk.sip.user));
    let left = one.desk.sip.expires_at.unwrap() - one.desk.now;
    assert!((590_000..=600_000).contains(&left), "ten minutes: {left}");

    let again = |place: String| {
        let client = desk.client();
        async move { client.post("/api/call/support", &serde_json::json!({ "place": place })).await }
    };
    let renewed: VisitorProfile = again(one.place.expose().to_owned()).await.json().await.unwrap();
    assert_eq!(renewed.desk.sip.user, one.desk.sip.user, "the token brings back the same guest");
    let stranger = one.place.expose().replacen(&one.desk.sip.user, &two.desk.sip.user, 1);
    for wrong in [stranger, "guessed".to_owned(), String::new(), format!("{}x", one.place.expose())] {
        assert_eq!(again(wrong).await.status(), 403);
    }
}

#[tokio::test]
async fn a_page_that_is_loaded_again_is_the_guest_of_before_by_a_cookie_that_no_page_reads() {
    let desk = Desk::start().await;
    let open = async |wish: serde_json::Value, cookies: &str| {
        let request = reqwest::Client::new().post(desk.url("/api/call/support")).header("origin", desk.server.url()).json(&wish);
        request.header("cookie", cookies).send().await.unwrap()
    };
    let cookie_of = |answer: &reqwest::Response| answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let first = open(serde_json::json!({}), "").await;
    let line = cookie_of(&first);
    for attribute in ["; Path=/api/call", "; HttpOnly", "; SameSite=Strict", "; Max-Age=660"] {
        assert!(line.contains(attribute), "{line}");
    }
    let own = line.split(';').next().unwrap().to_owned();
    let guest = first.json::<VisitorProfile>().await.unwrap().desk.sip.user;
    let second = open(serde_json::json!({}), &own).await;
    let other = cookie_of(&second).split(';').next().unwrap().to_owned();
    let stranger = second.json::<VisitorProfile>().await.unwrap().desk.sip.user;
    assert_ne!(stranger, guest, "a second tab is another guest");
    assert_ne!(own.split('=').next(), other.split('=').next(), "and both cookies are kept");

    let both = format!("{own}; {other}");
    for who in [&guest, &stranger] {
        let again = open(serde_json::json!({ "guest": who }), &both).await;
        assert!(cookie_of(&again).starts_with(own.split('-').next().unwrap()), "good for another while");
        assert_eq!(again.json::<VisitorProfile>().await.unwrap().desk.sip.user, *who);
    }
    let swapped = format!("{}={}", own.split('=').next().unwrap(), other.split_once('=').unwrap().1);
    for (cookies, what) in [("", "none"), (other.as_str(), "another guest's"), (swapped.as_str(), "another guest's under this name")] {
        assert_eq!(open(serde_json::json!({ "guest": guest }), cookies).await.status(), 403, "{what}");
    }
}

#[tokio::test]
async fn a_visitor_reads_what_a_caller_would_hear_of_a_queue_and_of_those_that_it_overflows_to() {
    let closed = switchboard::queue::Hours::parse(jiff::tz::TimeZone::UTC, &[] as &[&str]).unwrap();
    let desk = Desk::start_with(|config| {
        let queues = &mut config.tenants[0].queues;
        let of = queues[0].clone();
        let mut add = |name: &str, open, max_waiting, overflow: Option<&str>| {
            let hours = if open { None } else { Some(closed.clone()) };
            let (name, overflow) = (name.to_owned(), overflow.map(str::to_owned));
            queues.push(switchboard::config::Queue { name, hours, max_waiting, overflow, ..of.clone() });
        };
        add("open", true, 50, None);
        add("shut", false, 50, None);
        add("packed", true, 0, None);
        add("shut-open", false, 50, Some("open"));
        add("shut-shut", false, 50, Some("shut"));
        add("shut-shut-open", false, 50, Some("shut-open"));
        add("shut-packed", false, 50, Some("packed"));
        add("packed-open", true, 0, Some("open"));
        add("packed-packed", true, 0, Some("packed"));
        add("packed-shut", true, 0, Some("shut"));
        add("round", false, 50, Some("round-again"));
        add("round-again", false, 50, Some("round"));
    })
    .await;
    for (name, state) in [
        ("open", VisitorState::Open),
        ("shut", VisitorState::Closed),
        ("packed", VisitorState::Full),
        ("shut-open", VisitorState::Open),
        ("shut-shut", VisitorState::Closed),
        ("shut-shut-open", VisitorState::Open),
        ("shut-packed", VisitorState::Closed),
        ("packed-open", VisitorState::Open),
        ("packed-packed", VisitorState::Full),
        ("packed-shut", VisitorState::Full),
        ("round", VisitorState::Closed),
    ] {
        assert_eq!(desk.client().json::<VisitorQueue>(&format!("/api/call/{name}")).await.state, state, "{name}");
    }
}

#[tokio::test]
async fn a_flood_of_visitors_is_paced() {
    let desk = Desk::start().await;
    let client = desk.client();
    let mut refused = 0;
    for _ in 0..80 {
        refused += usize::from(client.get("/api/call/support").await.status() == 429);
    }
    assert!(refused > 0);
    assert_eq!(desk.signed_in("agent1").await.get("/api/history").await.status(), 200, "people are not concerned");
}

const HEAD: &str = "[http]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite:x\"\nkeys = \"k\"\n[[tenants]]\nname = \"a\"\ndomain = \"a.test\"\n\
    [[tenants.people]]\nuser = \"ann\"\nroles = [\"agent\"]\n";

#[test]
fn mistakes_of_a_queue_are_named_with_their_line_and_what_to_write() {
    for (line, problem, help) in [
        ("name = \"ann\"", "a person is called `ann` too", "write another name"),
        ("name = \"s\"\nagents = [\"anne\"]", "`anne` is not a person of this tenant", "write `ann`"),
        ("name = \"s\"\noverflow = \"s\"", "`s` is not another queue of this tenant", "add a [[tenants.queues]] table"),
        ("name = \"s\"\nsite = \"north\"", "`north` is not a site of this tenant", "add a [[tenants.sites]] table"),
        ("name = \"s\"\nring_at_once = 5", "only a queue that rings all", "leave it out"),
        ("name = \"s\"\nstrategy = \"ring-all\"\nring_at_once = 99", "99 is out of range here", "write a number from 2 to 50"),
        ("name = \"s\"\nstrategy = \"loudest\"", "`loudest` is no strategy", "write one of `longest-idle`"),
        ("name = \"s\"\nring_seconds = 1", "1 is out of range here", "write a number from 3 to 300"),
        ("name = \"s\"\nshort_seconds = 61", "61 is out of range here", "write a number from 0 to 60"),
        ("name = \"s\"\nhours = [\"mon 25:00-26:00\"]", "`mon 25:00-26:00` names no hours", "mon-fri 08:00-18:00"),
        ("name = \"s\"\nringseconds = 20", "there is no key `ringseconds` here", "write `ring_seconds`"),
        ("name = \"s\"\ndispositions = [{ name = \"x\" }, { name = \"x\" }]", "there are two of disposition `x`", "write another name"),
    ] {
        let text = format!("{HEAD}[[tenants.queues]]\n{line}\n");
        let error = parse(&text, std::path::Path::new("portico.toml")).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains(help) && error.contains(", line 1"), "{line}: {error}");
    }
}

#[tokio::test]
async fn a_pause_whose_answer_was_lost_is_answered_again_and_begins_once() {
    let desk = Desk::start().await;
    let client = desk.signed_in("agent1").await;
    let mut feed = client.feed().await;
    let reason = snapshot(&mut feed).await.pause_reasons[0].name.clone();
    let (result, _) = ordered(&mut feed, 1, Order::Ready).await;
    assert_eq!(result, OrderResult::Done);
    // The server has acted: another page of the same person shows it. The answer is lost with the socket.
    let mut other = client.feed().await;
    snapshot(&mut other).await;
    feed.send(&ClientFrame::Order { id: 2, order: Order::Pause { reason: Some(reason.clone()) } }).await;
    let paused = status(&mut other).await;
    assert_eq!(paused.pause_reason.as_ref(), Some(&reason));
    drop(feed);
    // Meanwhile they went on, on the other page: what is sent again does not undo it.
    let (result, _) = ordered(&mut other, 3, Order::Ready).await;
    assert_eq!(result, OrderResult::Done);
    let mut feed = client.feed().await;
    let ready = snapshot(&mut feed).await.agent.unwrap();
    assert_eq!((ready.wants_calls, &ready.pause_reason), (true, &None));
    for _ in 0..2 {
        let (result, _) = ordered(&mut feed, 2, Order::Pause { reason: Some(reason.clone()) }).await;
        assert_eq!(result, OrderResult::Done, "the same id, the same answer");
    }
    feed.send(&ClientFrame::Resync).await;
    assert_eq!(snapshot(&mut feed).await.agent.unwrap(), ready, "and nothing was done");
}

//! Sessions from outside: who sees which, and what is left of one that somebody ended before its time: nothing.

use crate::support::{Client, Desk, header};
use serde_json::json;
use switchboard::config::{Config, Person as Account};
use switchboard::server::Server;
use switchboard::store::SessionRow;
use wire::{ApiError, ClientFrame, ErrorCode, FeedEnd, Me, Role, ServerFrame, SessionItem, SessionList, SessionsEnded};

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// `agent1` at the north site, `agent2` at the south, an administrator at the north.
fn two_sites(config: &mut Config) {
    let people = &mut config.tenants[0].people;
    let password = people[0].password.clone();
    let person = |user: &str, role, site: &str| Account {
        user: user.into(),
        name: format!("Name of {user}"),
        roles: vec![role],
        sites: vec![site.into()],
        skills: switchboard::queue::Levels::new(),
        password: password.clone(),
        pbx: None,
    };
    let rest = ["supervisor", "concierge"].map(|user| person(user, Role::Viewer, "south"));
    *people =
        vec![person("agent1", Role::Agent, "north"), person("agent2", Role::Agent, "south"), person("admin", Role::Administrator, "north")];
    people.extend(rest);
}

impl Desk {
    /// Another browser of somebody.
    async fn browser(&self, user: &str, agent: &str) -> Client {
        let client = self.client();
        let body = json!({ "user": user, "password": "portico" });
        let answer = client.http.post(self.url("/api/session")).header("origin", &client.base).header("user-agent", agent).json(&body);
        assert_eq!(answer.send().await.unwrap().status(), 200);
        client
    }
}

impl Client {
    async fn sessions(&self, find: &str) -> Vec<SessionItem> {
        self.json::<SessionList>(&format!("/api/sessions?find={find}")).await.sessions
    }

    async fn end(&self, what: &str) -> reqwest::Response {
        self.http.delete(format!("{}/api/sessions{what}", self.base)).header("origin", &self.base).send().await.unwrap()
    }
}

fn users(sessions: &[SessionItem]) -> Vec<&str> {
    sessions.iter().map(|session| session.person.user.as_str()).collect()
}

#[tokio::test]
async fn everybody_sees_their_own_and_an_administrator_those_of_the_site() {
    let desk = Desk::start_with(two_sites).await;
    let one = desk.browser("agent1", AGENT).await;
    let _phone = desk.browser("agent1", "curl/8.0").await;
    let _two = desk.browser("agent2", AGENT).await;
    let admin = desk.browser("admin", AGENT).await;
    let own = one.sessions("").await;
    assert_eq!(users(&own), ["agent1", "agent1"]);
    let [this, other] = &own[..] else { panic!("{own:?}") };
    assert_eq!((this.current, this.own, other.current), (true, true, false));
    assert_eq!((this.browser.as_str(), this.system.as_str(), this.address.as_str()), ("Firefox 140", "Linux", "127.0.0.1"));
    assert_eq!((other.browser.as_str(), other.system.as_str()), ("", ""));
    assert!(this.signed_in_at <= this.seen_at && this.seen_at < this.expires_at);
    assert!(!this.open);
    let _feed = one.feed().await;
    assert!(one.sessions("").await[0].open);
    assert_eq!(users(&admin.sessions("").await), ["admin", "agent1", "agent1"], "one's own come first, and nobody of the other site");
    assert_eq!(users(&admin.sessions("NAME%20of%20agent1").await), ["agent1", "agent1"]);
    assert_eq!(users(&admin.sessions("agent2").await), [""; 0]);
    let token = one.get("/api/sessions").await.text().await.unwrap();
    let cookie = desk.server.services().store.sessions(&desk.server.services().directory.tenants()[0].id, 0, None, 10).await.unwrap();
    assert!(cookie.iter().all(|row| !token.contains(&row.digest)), "what stands for the token stays inside");
}

#[tokio::test]
async fn pages_of_many_sessions_meet_while_those_are_used() {
    let desk = Desk::start_with(two_sites).await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let (person, now) = (services.directory.person(&tenant, "agent1").unwrap(), switchboard::clock::now_ms());
    for n in 0..430 {
        let row = SessionRow {
            id: switchboard::ids::new_id(),
            digest: format!("digest-{n}"),
            tenant: tenant.clone(),
            person: person.id.clone(),
            browser: String::new(),
            system: String::new(),
            address: "192.0.2.1".into(),
            created_at: now,
            seen_at: now - n,
            expires_at: now + 600_000,
        };
        services.store.put_session(&row).await.unwrap();
    }
    let admin = desk.browser("admin", AGENT).await;
    let (mut seen, mut after, mut sizes) = (Vec::new(), String::new(), Vec::new());
    loop {
        let page: SessionList = admin.json(&format!("/api/sessions?find=agent1{after}")).await;
        sizes.push((page.sessions.len(), page.next.is_some()));
        // Some of this page and of the next ones are used meanwhile.
        services.store.session_seen("digest-250", "192.0.2.2", now + 1_000).await.unwrap();
        services.store.session_seen("digest-10", "192.0.2.2", now + 1_000).await.unwrap();
        seen.extend(page.sessions.into_iter().map(|session| session.id));
        let Some(next) = page.next else { break };
        after = format!("&after={next}");
    }
    assert_eq!(sizes, [(200, true), (200, true), (30, false)]);
    let all: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((all.len(), seen.len()), (430, 430), "none twice, none left out");
    assert_eq!(admin.json::<SessionList>("/api/sessions").await.sessions[0].person.user, "admin", "one's own come first");
    for wrong in ["x", "1", "x.y"] {
        assert_eq!(admin.get(&format!("/api/sessions?after={wrong}")).await.status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_session_that_somebody_ended() {
    let desk = Desk::start_with(two_sites).await;
    let services = desk.server.services();
    let lost = desk.browser("agent1", AGENT).await;
    let mut feed = lost.feed().await;
    assert!(matches!(feed.next_state().await, Some(ServerFrame::Snapshot(_))));
    let ticket = lost.ticket().await;
    let admin = desk.browser("admin", AGENT).await;
    let other = desk.browser("agent1", AGENT).await;
    let id = admin.sessions("agent1").await.into_iter().find(|session| session.open).unwrap().id;

    let ended: SessionsEnded = admin.end(&format!("/{id}")).await.json().await.unwrap();
    assert_eq!(ended.ended, 1);
    // Its feed, told why.
    assert_eq!(feed.next_state().await, Some(ServerFrame::End { reason: FeedEnd::Revoked }));
    assert_eq!(feed.next().await, None);
    // Its requests.
    for path in ["/api/history", "/api/sessions", "/api/doors"] {
        let answer = lost.get(path).await;
        assert_eq!(answer.status(), 401, "{path}");
        assert_eq!(answer.json::<ApiError>().await.unwrap().code, ErrorCode::SessionRevoked);
    }
    assert_eq!(lost.post("/api/desk", &json!({})).await.status(), 401);
    assert_eq!(lost.post("/api/ticket", &json!({ "purpose": "feed" })).await.status(), 401);
    // A ticket that it had fetched before.
    let mut late = other.feed_socket(Some(&other.base)).await.unwrap();
    late.send(&ClientFrame::Hello { ticket, wire: wire::VERSION, phone: None }).await;
    assert_eq!(late.next().await, Some(ServerFrame::End { reason: FeedEnd::BadTicket }));
    // Whoever asks who it is, is told once, and has no cookie any more.
    let why = lost.get("/api/session").await;
    assert_eq!(why.status(), 401);
    assert!(header(&why, "set-cookie").contains("Max-Age=0"));
    assert_eq!(why.json::<ApiError>().await.unwrap().code, ErrorCode::SessionRevoked);
    assert_eq!(lost.json::<Option<Me>>("/api/session").await, None);
    // Others of the same person go on.
    assert_eq!(other.get("/api/history").await.status(), 200);
    assert_eq!(users(&other.sessions("").await), ["agent1"]);
    // What is not there any more is not ended again.
    assert_eq!(admin.end(&format!("/{id}")).await.status(), 404);
    let log: Vec<(String, String)> = rows(&desk, "session_end").await;
    assert_eq!(log, [("begun".to_owned(), id.clone()), ("not_found".to_owned(), id)]);
    assert!(services.store.verify_log(None).await.unwrap().is_ok());
}

#[tokio::test]
async fn all_but_the_one_that_asks_are_ended_at_once() {
    let desk = Desk::start_with(two_sites).await;
    let [one, two, three] = [desk.browser("agent1", AGENT).await, desk.browser("agent1", AGENT).await, desk.browser("agent1", AGENT).await];
    let ended: SessionsEnded = one.end("").await.json().await.unwrap();
    assert_eq!(ended.ended, 2);
    assert_eq!(one.get("/api/history").await.status(), 200);
    for gone in [&two, &three] {
        assert_eq!(gone.get("/api/history").await.status(), 401);
    }
    let admin = desk.browser("admin", AGENT).await;
    let person = one.sessions("").await.remove(0).person.id;
    let ended: SessionsEnded = admin.end(&format!("?person={person}")).await.json().await.unwrap();
    assert_eq!(ended.ended, 1);
    assert_eq!(one.get("/api/history").await.status(), 401);
}

#[tokio::test]
async fn sessions_of_others_are_as_good_as_not_there() {
    let desk = Desk::start_with(two_sites).await;
    let (one, two, admin) = (desk.browser("agent1", AGENT).await, desk.browser("agent2", AGENT).await, desk.browser("admin", AGENT).await);
    let theirs = two.sessions("").await.remove(0);
    for who in [&one, &admin] {
        for what in [format!("/{}", theirs.id), format!("?person={}", theirs.person.id), "/none".to_owned(), "?person=none".to_owned()] {
            assert_eq!(who.end(&what).await.status(), 404, "{what}");
        }
    }
    assert_eq!(two.get("/api/history").await.status(), 200);
    assert_eq!(rows(&desk, "session_end").await.len(), 8, "each try is in the log");
    // A page of another origin changes nothing.
    let foreign = one.http.delete(desk.url("/api/sessions")).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
}

#[tokio::test]
async fn an_ended_session_stays_ended_over_a_restart() {
    let desk = Desk::start_with(two_sites).await;
    let lost = desk.browser("agent1", AGENT).await;
    let other = desk.browser("agent1", AGENT).await;
    assert_eq!(other.end("").await.status(), 200);
    let mut config = desk.server.services().config.as_ref().clone();
    config.http.listen = desk.server.services().listen;
    desk.server.stop().await;
    let server = Server::start(config).await.unwrap();
    assert_eq!(lost.get("/api/history").await.status(), 401);
    assert_eq!(other.get("/api/history").await.status(), 200);
    server.stop().await;
}

/// Outcome and session of the rows about one act.
async fn rows(desk: &Desk, action: &'static str) -> Vec<(String, String)> {
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let mut rows = services.store.log_rows(&tenant, action, i64::MAX, 100).await.unwrap();
    rows.reverse();
    rows.into_iter().map(|row| (row.outcome, row.details.get("session").cloned().unwrap_or_default())).collect()
}

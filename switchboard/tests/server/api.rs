//! What every API call passes: origin, content type, methods, sizes; the desk's profile; tenants apart.

use crate::support::{Desk, header};
use serde_json::json;
use switchboard::config::Pbx;
use switchboard::rights::Act;
use wire::{ApiError, DeskProfile, ErrorCode, IcePolicy, Secret};

/// Every route that changes something, by method: those of the table of rights.
fn changing() -> Vec<(String, String)> {
    let routes = Act::ALL.iter().filter_map(|act| act.route()).filter(|(method, _)| method != "GET");
    let path =
        |path: &str| path.replace("{*queue}", "support").replace("{entrance}", "gate").replace("{id}", "none").replace(['{', '}'], "");
    routes.map(|(method, route)| (method.to_string(), format!("/api{}", path(route)))).collect()
}

#[tokio::test]
async fn nothing_changes_by_get_or_by_a_method_that_is_not_declared() {
    let desk = Desk::start().await;
    let client = desk.signed_in("agent1").await;
    for path in ["/api/desk", "/api/ticket", "/api/doors/gate/release", "/api/doors/gate/played"] {
        assert_eq!(client.get(path).await.status(), 405, "{path}");
    }
    for (_, path) in &changing() {
        let declared = |method: &str| changing().contains(&(method.to_owned(), path.clone()));
        for method in ["PUT", "PATCH", "TRACE", "PROPFIND"].into_iter().filter(|method| !declared(method)) {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let answer = client.http.request(method.clone(), desk.url(path)).json(&json!({})).send().await.unwrap();
            assert_eq!(answer.status(), 405, "{method} {path}");
        }
        let answer = client.http.get(desk.url(path)).header("x-http-method-override", "DELETE").send().await.unwrap();
        // Shown, not shown to an agent, or nothing that is shown; a screen's page is for a screen.
        let for_screens = path == "/api/wall" && answer.status() == 401;
        assert!(for_screens || [200, 403, 405].contains(&answer.status().as_u16()), "{path}");
    }
    assert_eq!(client.get("/api/history").await.status(), 200, "still signed in");
    let answer = client.get("/api/no-such-thing").await;
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.json::<ApiError>().await.unwrap().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn requests_of_foreign_pages_are_refused_and_change_nothing() {
    let desk = Desk::start().await;
    let client = desk.signed_in("agent1").await;
    let own = desk.server.url();
    let look_alikes = [
        "null".to_owned(),
        "https://elsewhere.example".to_owned(),
        format!("{own}.elsewhere.example"),
        format!("{own}0"),
        own.trim_end_matches(char::is_numeric).to_owned(),
        own.replace("http:", "https:"),
        own.to_uppercase(),
        format!("{own}/"),
        String::new(),
    ];
    for origin in look_alikes {
        for (method, path) in &changing() {
            let method: reqwest::Method = method.parse().unwrap();
            let request = client.http.request(method.clone(), desk.url(path)).header("origin", &origin);
            let answer = request.json(&json!({ "purpose": "feed" })).send().await.unwrap();
            assert_eq!(answer.status(), 403, "{method} {path} from `{origin}`");
        }
    }
    assert_eq!(client.get("/api/history").await.status(), 200, "still signed in");
}

#[tokio::test]
async fn bodies_are_json_of_a_bounded_size() {
    let desk = Desk::start().await;
    let client = desk.client();
    let body = r#"{"user":"agent1","password":"portico"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let answer = client.http.post(desk.url("/api/session")).header("content-type", kind).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{kind}");
        let refused: ApiError = answer.json().await.unwrap();
        assert!(refused.code == ErrorCode::NotJson && refused.message.contains("Content-Type: application/json"), "{refused:?}");
    }
    let post = |body: String| client.http.post(desk.url("/api/session")).header("content-type", "application/json").body(body);
    for broken in ["", "{", "[]", r#"{"user":1,"password":"x"}"#, r#"{"user":"agent1"}"#] {
        let answer = post(broken.to_owned()).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{broken}");
    }
    let secret = post(r#"{"user":"agent1","password":{"hunter2":1}}"#.to_owned()).send().await.unwrap();
    assert!(!secret.text().await.unwrap().contains("hunter2"), "an error quotes no body");
    let huge = format!(r#"{{"user":"agent1","password":"{}"}}"#, "x".repeat(100_000));
    assert_eq!(post(huge).send().await.unwrap().status(), 413);
    // Nesting ends nothing: neither in a known field nor in one that is skipped.
    let nested = format!("{}{}", "[".repeat(6_000), "]".repeat(6_000));
    let deep = post(format!(r#"{{"user":{nested},"password":"x"}}"#)).send().await.unwrap();
    assert_eq!(deep.status(), 400);
    let skipped = post(format!(r#"{{"user":"agent1","password":"x","more":{nested}}}"#)).send().await.unwrap();
    assert_eq!(skipped.status(), 401);
    // Unknown fields are ignored: a newer page may send more.
    let newer = post(r#"{"user":"agent1","password":"portico","remember":true}"#.to_owned()).send().await.unwrap();
    assert_eq!(newer.status(), 200);
}

#[tokio::test]
async fn a_desk_gets_expiring_credentials_for_its_own_origin() {
    let desk = Desk::start_with(|config| {
        config.ice.stun = vec!["stun:stun.test".into()];
        config.ice.turn = vec!["turn:turn.test".into()];
        config.ice.secret = Some(Secret::new("north"));
        config.ice.policy = IcePolicy::Relay;
    })
    .await;
    assert_eq!(desk.client().post("/api/desk", &json!({})).await.status(), 401);
    let client = desk.signed_in("agent1").await;
    let answer = client.post("/api/desk", &json!({})).await;
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let profile: DeskProfile = answer.json().await.unwrap();
    let sip = &profile.sip;
    assert_eq!(sip.websocket_url, format!("{}/sip", desk.server.url().replacen("http", "ws", 1)));
    let ends = sip.expires_at.unwrap();
    let session = client.json::<wire::SessionList>("/api/sessions").await.sessions.remove(0).id;
    assert_eq!(sip.auth_user, format!("{}.{session}:agent1", ends / 1000), "they name the session that they end with");
    assert!((590_000..=600_000).contains(&(ends - profile.now)));
    let expected = desk.server.services().accounts.desk_password("portico.test", &sip.auth_user);
    assert_eq!(sip.auth_password, expected);
    assert_ne!(desk.server.services().accounts.desk_password("other.test", &sip.auth_user), expected);
    assert_eq!((profile.ice.servers.len(), profile.ice.policy), (2, IcePolicy::Relay));
    assert_eq!(profile.ice.servers[1].username, Some(format!("{}:agent1", profile.ice.expires_at.unwrap() / 1000)));
    assert!(profile.ice.servers[1].credential.is_some());
    assert!(!format!("{profile:?}").contains(expected.expose()), "no secret in debug output");
}

#[tokio::test]
async fn a_tenant_with_a_pbx_sends_its_desks_there() {
    let desk = Desk::start_with(|config| {
        config.tenants[0].pbx = Some(Pbx {
            websocket: "wss://pbx.test:8089/ws".into(),
            further_websockets: vec!["wss://spare.test:8089/ws".into()],
            domain: "pbx.test".into(),
            realm: "pbx realm".into(),
            session_id_header: "X-Session".into(),
            trusted: vec!["sip:boss@pbx.test".into()],
        });
        config.tenants[0].people[0].pbx = Some(switchboard::config::PbxAccount { user: "1001".into(), password: Secret::new("s3cret") });
    })
    .await;
    let client = desk.signed_in("agent1").await;
    let profile: DeskProfile = client.post("/api/desk", &json!({})).await.json().await.unwrap();
    assert_eq!((profile.sip.websocket_url.as_str(), profile.sip.user.as_str()), ("wss://pbx.test:8089/ws", "1001"));
    assert_eq!((profile.sip.realm.as_str(), profile.sip.exchange, profile.sip.expires_at), ("pbx realm", false, None));
    assert_eq!(profile.sip.further_urls, ["wss://spare.test:8089/ws"]);
    assert_eq!(profile.sip.trusted, ["sip:boss@pbx.test"]);
    let page = client.get("/healthz").await;
    assert!(header(&page, "content-security-policy").contains(" wss://pbx.test:8089 wss://spare.test:8089;"));
}

#[tokio::test]
async fn a_session_that_runs_wild_is_slowed_down_and_others_are_not() {
    let desk = Desk::start().await;
    let (wild, other) = (desk.signed_in("agent1").await, desk.signed_in("agent2").await);
    let mut limited = 0;
    for _ in 0..150 {
        let answer = wild.post("/api/ticket", &json!({ "purpose": "feed" })).await;
        if answer.status() == 429 {
            assert!(header(&answer, "retry-after").parse::<u32>().is_ok());
            limited += 1;
        }
    }
    assert!(limited > 0);
    other.ticket().await;
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_name_no_person() {
    let desk = Desk::start().await;
    let client = desk.signed_in("agent1").await;
    let text = client.get("/metrics").await.text().await.unwrap();
    assert!(text.contains("portico_sign_ins_total{outcome=\"accepted\"} 1"), "{text}");
    assert!(text.contains("# TYPE portico_connections gauge"));
    assert!(!text.contains("agent1"));
    let proxied = Desk::start_with(|config| config.http.behind_proxy = vec![[127, 0, 0, 1].into()]).await;
    let outside = |address: &str| proxied.client().http.get(proxied.url("/metrics")).header("x-forwarded-for", address.to_owned()).send();
    assert_eq!(outside("192.0.2.1").await.unwrap().status(), 404);
    assert_eq!(outside("127.0.0.1").await.unwrap().status(), 200);
    assert_eq!(client.get("/healthz").await.text().await.unwrap(), "ok\n");
}

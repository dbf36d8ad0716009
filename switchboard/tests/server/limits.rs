//! Whoever asks too often is told to wait, and nobody else is.

use crate::support::{Client, Desk, header};
use serde_json::{Value, json};

/// Sends the same until it is refused. Gives how many passed.
async fn until_refused(what: &str, most: usize, send: impl AsyncFn() -> reqwest::Response) -> usize {
    for passed in 0..=most {
        let answer = send().await;
        if answer.status() == 429 {
            let wait: u32 = header(&answer, "retry-after").parse().unwrap();
            assert!((1..=901).contains(&wait), "{what}: wait {wait} s");
            assert_eq!(answer.json::<wire::ApiError>().await.unwrap().retry_after, Some(wait), "{what}");
            return passed;
        }
    }
    panic!("{what} was never refused in {most} tries");
}

async fn post(client: &Client, path: &str, body: Value) -> reqwest::Response {
    client.post(path, &body).await
}

fn released() -> Value {
    let mut bytes = [0; 16];
    switchboard::keys::random(&mut bytes).unwrap();
    let id = switchboard::doors::id::ReleaseId::new(switchboard::clock::now_ms(), u128::from_be_bytes(bytes)).to_string();
    json!({ "id": id, "relays": [1] })
}

#[tokio::test]
async fn each_thing_that_can_be_asked_for_is_limited_and_others_go_on() {
    let desk = Desk::start().await;
    let day = "from=2026-01-01&to=2026-01-02";
    let report = |kind, format| format!("/api/reports/{kind}?{day}&format={format}");
    // A burst, and then the pace of one person: far more than a page asks for, far less than a script.
    for what in ["ticket", "relay credential", "search of calls", "search of accesses", "door"] {
        let (wild, other) = (desk.signed_in("agent1").await, desk.signed_in("agent2").await);
        let ask = async |client: &Client| match what {
            "ticket" => post(client, "/api/ticket", json!({ "purpose": "feed" })).await,
            "relay credential" => post(client, "/api/desk", json!({})).await,
            "search of calls" => client.get("/api/history?limit=10").await,
            "search of accesses" => client.get("/api/access?find=gate").await,
            _ => post(client, "/api/doors/gate/release", released()).await,
        };
        let passed = until_refused(what, 1_000, async || ask(&wild).await).await;
        assert!(passed >= 100, "{what}: {passed} passed, and a page that comes back after an outage asks for more");
        let status = ask(&other).await.status();
        assert!(status == 200 || what == "door" && status == 404, "{what}: the other got {status}");
    }
    // Files are dear: few, and whatever number of sessions asks for them.
    for (what, path) in [
        ("access log as a file", "/api/access.csv".to_owned()),
        ("report as a file", report("agents", "csv")),
        ("report as a file of JSON", report("agents", "json")),
        ("calls as a file", report("calls", "csv")),
        ("calls as a file of JSON", report("calls", "json")),
    ] {
        let path = path.as_str();
        let desk = Desk::start().await;
        let other = desk.signed_in("agent2").await;
        let passed = until_refused(what, 50, async || desk.signed_in("agent1").await.get(path).await).await;
        assert!((5..=20).contains(&passed), "{what}: {passed} passed");
        assert_eq!(other.get(path).await.status(), 200, "{what}");
        assert_eq!(desk.signed_in("agent1").await.get("/api/history").await.status(), 200, "{what}: the rest of their work goes on");
    }
}

#[tokio::test]
async fn passwords_are_limited_by_account_and_others_sign_in() {
    let desk = Desk::start().await;
    let wild = desk.client();
    let passed = until_refused("sign-in", 50, async || wild.sign_in("agent1", "guess").await).await;
    assert_eq!(passed, 10);
    assert_eq!(wild.sign_in("agent2", "portico").await.status(), 200);
}

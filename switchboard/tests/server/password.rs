//! Somebody who is signed in sets another password of their own.

use crate::support::Desk;
use serde_json::{Value, json};
use switchboard::demo;
use wire::{ErrorCode, SessionsEnded};

/// Status and code of a try.
async fn change(client: &crate::support::Client, present: &str, new: &str) -> (u16, ErrorCode) {
    let answer = client.post("/api/session/password", &json!({ "present": present, "new": new })).await;
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    (status, serde_json::from_value(body["code"].clone()).unwrap_or(ErrorCode::Unknown))
}

/// Outcomes of the rows about passwords, the oldest first.
async fn rows(desk: &Desk) -> Vec<String> {
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let mut rows = services.store.log_rows(&tenant, "password", i64::MAX, 100).await.unwrap();
    rows.reverse();
    rows.iter().map(|row| format!("{} {}", row.personal("user"), row.outcome)).collect()
}

#[tokio::test]
async fn who_knows_the_present_password_sets_another_and_all_other_sessions_end() {
    let desk = Desk::start().await;
    let [here, there, other] = [desk.signed_in("agent1").await, desk.signed_in("agent1").await, desk.signed_in("agent2").await];
    assert_eq!(change(&here, "not mine", "a better one").await, (403, ErrorCode::Forbidden));
    assert_eq!(change(&here, demo::PASSWORD, "short").await, (403, ErrorCode::NewPassword));
    assert_eq!(change(&here, demo::PASSWORD, &"x".repeat(2_000)).await, (403, ErrorCode::NewPassword));
    assert_eq!(there.get("/api/history").await.status(), 200, "nothing has changed yet");

    let done = here.post("/api/session/password", &json!({ "present": demo::PASSWORD, "new": "a better one" })).await;
    assert_eq!(done.status(), 200);
    assert_eq!(done.json::<SessionsEnded>().await.unwrap().ended, 1);
    assert_eq!(there.get("/api/history").await.status(), 401, "the other session of the same person");
    assert_eq!(here.get("/api/history").await.status(), 200, "the one that asked");
    assert_eq!(other.get("/api/history").await.status(), 200, "somebody else's");
    assert_eq!(desk.client().sign_in("agent1", demo::PASSWORD).await.status(), 401);
    assert_eq!(desk.client().sign_in("agent1", "a better one").await.status(), 200);
    assert_eq!(rows(&desk).await, ["agent1 refused", "agent1 begun", "agent1 set"]);

    // Once more, from the one that was set here; the present one is no new one.
    assert_eq!(change(&here, "a better one", "a better one").await, (403, ErrorCode::NewPassword));
    assert_eq!(change(&here, demo::PASSWORD, "yet another").await, (403, ErrorCode::Forbidden));
    assert_eq!(change(&here, "a better one", "yet another").await.0, 200);
    assert_eq!(desk.client().sign_in("agent1", "yet another").await.status(), 200);

    // Without a session, and from another page, nobody asks.
    assert_eq!(change(&desk.client(), "yet another", "stolen it is").await.0, 401);
    let foreign = here.http.post(desk.url("/api/session/password")).header("origin", "https://elsewhere.example");
    let foreign = foreign.json(&json!({ "present": "yet another", "new": "stolen it is" })).send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    assert_eq!(desk.client().sign_in("agent1", "yet another").await.status(), 200);
}

#[tokio::test]
async fn tries_are_limited_for_the_session_and_no_others_take_them_from_it() {
    let desk = Desk::start().await;
    let limit = desk.server.services().config.limits.sign_in_per_account;
    let (owner, thief) = (desk.signed_in("agent1").await, desk.signed_in("agent1").await);
    for _ in 0..limit {
        assert_eq!(change(&thief, "guessed wrong", "a better one").await, (403, ErrorCode::Forbidden));
    }
    assert_eq!(change(&thief, "guessed wrong", "a better one").await, (429, ErrorCode::TooMany));
    assert_eq!(change(&thief, demo::PASSWORD, "a better one").await, (429, ErrorCode::TooMany), "not even the right one is looked at");
    assert_eq!(rows(&desk).await.len(), limit as usize, "what is not looked at fills no log");
    // Neither the other session nor who signs in notices.
    assert_eq!(desk.signed_in("agent1").await.get("/api/history").await.status(), 200);
    assert_eq!(change(&owner, demo::PASSWORD, "a better one").await.0, 200);
    assert_eq!(thief.get("/api/history").await.status(), 401);
}

#[tokio::test]
async fn a_password_that_an_administrator_made_meanwhile_is_for_signing_in() {
    let desk = Desk::start().await;
    let (agent, admin) = (desk.signed_in("agent1").await, desk.signed_in("admin").await);
    assert_eq!(change(&agent, demo::PASSWORD, "a better one").await.0, 200);
    let made = admin.post("/api/admin/people/agent1/password", &json!({})).await;
    assert_eq!(made.status(), 200);
    assert_eq!(change(&agent, "a better one", "yet another").await.0, 401, "the session is over");
    assert_eq!(desk.client().sign_in("agent1", "a better one").await.status(), 401);
}

//! Sign-in: sessions, refusals, limits, and what the log says afterwards.

use crate::support::{Desk, header};
use futures_util::StreamExt as _;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use switchboard::server::Server;
use wire::{ApiError, ErrorCode, LockoutKind, LockoutList, Me};

#[tokio::test]
async fn the_right_password_opens_a_session_that_outlives_a_restart() {
    let desk = Desk::start().await;
    let client = desk.client();
    assert_eq!(client.json::<Option<Me>>("/api/session").await, None);
    let answer = client.sign_in("agent1", "portico").await;
    assert_eq!(answer.status(), 200);
    let cookie = header(&answer, "set-cookie").to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    let me: Me = answer.json().await.unwrap();
    assert_eq!((me.user.as_str(), me.display_name.as_str(), me.tenant.domain.as_str()), ("agent1", "Agent One", "portico.test"));
    assert!(me.expires_at > me.now);

    // The same address, so that the client's cookie still belongs there.
    let mut config = desk.server.services().config.as_ref().clone();
    config.http.listen = desk.server.services().listen;
    desk.server.stop().await;
    let server = Server::start(config).await.unwrap();
    let again: Option<Me> = client.json("/api/session").await;
    assert_eq!(again.map(|m| m.id), Some(me.id));

    let url = format!("{}/api/session", server.url());
    let gone = client.http.delete(&url).header("origin", server.url()).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    assert_eq!(client.json::<Option<Me>>("/api/session").await, None);
    server.stop().await;
}

#[tokio::test]
async fn a_stolen_cookie_is_dead_after_sign_out() {
    let desk = Desk::start().await;
    let client = desk.client();
    let answer = client.sign_in("agent1", "portico").await;
    let cookie = header(&answer, "set-cookie").split(';').next().unwrap().to_owned();
    let thief = reqwest::Client::new();
    let look = || thief.get(desk.url("/api/history")).header("cookie", &cookie).send();
    assert_eq!(look().await.unwrap().status(), 200);
    client.http.delete(desk.url("/api/session")).send().await.unwrap();
    assert_eq!(look().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let desk = Desk::start().await;
    let client = desk.client();
    let mut answers = Vec::new();
    for (user, password) in [("agent1", "wrong"), ("nobody", "portico"), ("agent1@elsewhere.test", "portico"), ("", "")] {
        let answer = client.sign_in(user, password).await;
        assert_eq!(answer.status(), 401);
        assert_eq!(header(&answer, "set-cookie"), "");
        answers.push(answer.text().await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(serde_json::from_str::<ApiError>(&answers[0]).unwrap().code, ErrorCode::BadCredentials);
}

#[tokio::test]
async fn unknown_and_known_users_cost_the_same_time() {
    // A hash that takes long enough to stand out from everything else in the request.
    let desk = Desk::start_with(|config| {
        config.limits.argon2_kib = 8 * 1024;
        config.limits.sign_in_per_account = 1_000;
        config.limits.sign_in_per_address = 1_000;
        let hash = switchboard::http::hash_password(&wire::Secret::new("portico"), &config.limits).unwrap();
        config.tenants[0].people[0].password = Some(wire::Secret::new(hash));
    })
    .await;
    let client = desk.client();
    // A hash that one of them saves is saved each time; what a busy machine does to one round it does not do to all.
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
        for _ in 0..15 {
            for user in ["agent1", "nobody"] {
                let start = Instant::now();
                client.sign_in(user, "wrong").await;
                times.entry(user).or_default().push(start.elapsed());
            }
        }
        let median = |user: &str| {
            let mut times = times[user].clone();
            times.sort();
            times[times.len() / 2].as_secs_f64()
        };
        ratios.push(median("agent1") / median("nobody"));
        if ratios.iter().any(|ratio| (0.5..2.0).contains(ratio)) {
            return;
        }
    }
    panic!("known / unknown = {ratios:?}");
}

#[tokio::test]
async fn a_locked_account_does_not_disturb_whoever_is_signed_in() {
    let desk = Desk::start().await;
    let running = desk.signed_in("agent1").await;
    let attacker = desk.client();
    for _ in 0..10 {
        assert_eq!(attacker.sign_in("agent1", "wrong").await.status(), 401);
    }
    // Written in another way it is the same account.
    for user in ["agent1", "AGENT1", "agent1@portico.test"] {
        let answer = attacker.sign_in(user, "portico").await;
        assert_eq!(answer.status(), 429);
        let seconds: u32 = header(&answer, "retry-after").parse().unwrap();
        assert!((1..=901).contains(&seconds));
        assert_eq!(answer.json::<ApiError>().await.unwrap().retry_after, Some(seconds));
    }
    assert!(running.json::<Option<Me>>("/api/session").await.is_some());
    assert_eq!(running.post("/api/desk", &serde_json::json!({})).await.status(), 200);
    // Another account is not concerned.
    assert_eq!(attacker.sign_in("agent2", "portico").await.status(), 200);
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_has_to_wait_and_others_do_not() {
    let desk = Desk::start_with(|config| config.limits.sign_in_per_address = 5).await;
    let attacker = desk.client();
    for i in 0..5 {
        assert_eq!(attacker.sign_in(&format!("user{i}"), "wrong").await.status(), 401);
    }
    assert_eq!(attacker.sign_in("agent1", "portico").await.status(), 429);
    let elsewhere = reqwest::Client::builder().local_address(Some([127, 0, 0, 2].into())).build().unwrap();
    let body = serde_json::json!({ "user": "agent1", "password": "portico" });
    let answer = elsewhere.post(desk.url("/api/session")).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn ten_thousand_wrong_passwords_are_bounded() {
    let desk = Desk::start().await;
    let running = desk.signed_in("supervisor").await;
    let attacker = desk.client();
    let start = Instant::now();
    let statuses = futures_util::stream::iter(0..10_000)
        .map(|i| {
            let attacker = attacker.clone();
            async move { attacker.sign_in(&format!("agent{}", i % 7), "wrong").await.status().as_u16() }
        })
        .buffer_unordered(32)
        .fold(BTreeMap::<u16, u32>::new(), async |mut all, status| {
            *all.entry(status).or_default() += 1;
            all
        });
    // Somebody works meanwhile.
    let work = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let start = Instant::now();
            assert!(running.json::<Option<Me>>("/api/session").await.is_some());
            slowest = slowest.max(start.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        slowest
    };
    let (statuses, slowest) = tokio::join!(statuses, work);
    let looked_at = statuses.get(&401).copied().unwrap_or_default();
    assert!(looked_at <= 50, "{looked_at} passwords were looked at");
    assert_eq!(looked_at + statuses.get(&429).copied().unwrap_or_default(), 10_000, "{statuses:?}");
    assert!(slowest < Duration::from_secs(2), "a running session waited {slowest:?}");
    assert!(start.elapsed() < Duration::from_secs(60));
    // Each try that was looked at is one row; the flood itself is a number.
    let verified = desk.server.services().store.verify_log(None).await.unwrap().unwrap();
    assert!(verified.head.seq <= 60, "{} rows", verified.head.seq);
    let metrics = running.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("portico_sign_ins_total{outcome=\"limited\"}"), "{metrics}");
}

#[tokio::test]
async fn whoever_fails_in_somebodys_name_locks_them_out_of_no_browser_that_they_use() {
    let desk = Desk::start().await;
    let own = desk.signed_in("agent1").await;
    let cookies = own.http.delete(desk.url("/api/session")).header("origin", &own.base).send().await.unwrap();
    assert_eq!(cookies.status(), 204);
    let attacker = desk.client();
    let mut last = 0;
    for _ in 0..11 {
        last = attacker.sign_in("agent1", "wrong").await.status().as_u16();
    }
    assert_eq!(last, 429);
    assert_eq!(desk.client().sign_in("agent1", "portico").await.status(), 429, "from anywhere else none is looked at");
    assert_eq!(own.sign_in("agent1", "portico").await.status(), 200, "but here");
    // That browser is known for this person only, and what it shows is worth nothing for another.
    for _ in 0..11 {
        last = own.sign_in("agent2", "wrong").await.status().as_u16();
    }
    assert_eq!(last, 429);
    // Nor does it guess more often there.
    for _ in 0..11 {
        last = own.sign_in("agent1", "wrong").await.status().as_u16();
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn an_administrator_sees_lock_outs_and_lifts_them_and_names_that_nobody_has_are_in_none() {
    let desk = Desk::start().await;
    let admin = desk.signed_in("admin").await;
    assert_eq!(admin.json::<LockoutList>("/api/lockouts").await.lockouts, []);
    let attacker = desk.client();
    for _ in 0..10 {
        for user in ["agent1", "nobody"] {
            assert_eq!(attacker.sign_in(user, "wrong").await.status(), 401);
        }
    }
    for user in ["agent1", "nobody"] {
        assert_eq!(attacker.sign_in(user, "portico").await.status(), 429, "a name that nobody has is locked as well");
    }
    let list: LockoutList = admin.json("/api/lockouts").await;
    let [locked] = &list.lockouts[..] else { panic!("{list:?}") };
    assert_eq!((locked.kind, locked.people[0].user.as_str(), locked.address.as_str()), (LockoutKind::Account, "agent1", "127.0.0.1"));
    assert!(locked.until > list.now);
    let lift = || admin.http.delete(desk.url(&format!("/api/lockouts/{}", locked.id))).header("origin", &admin.base).send();
    assert_eq!(lift().await.unwrap().status(), 204);
    assert_eq!(lift().await.unwrap().status(), 404);
    assert_eq!(attacker.sign_in("agent1", "portico").await.status(), 200);
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let rows = services.store.log_rows(&tenant, "lock_out", i64::MAX, 10).await.unwrap();
    let outcomes: Vec<&str> = rows.iter().rev().map(|row| row.outcome.as_str()).collect();
    assert_eq!(outcomes, ["begun", "lifted", "not_found"]);
}

#[tokio::test]
async fn a_restart_ends_no_lock_out_and_brings_none_back() {
    let desk = Desk::start().await;
    let mut settings = desk.server.services().config.as_ref().clone();
    settings.http.listen = desk.server.services().listen;
    let again = async |desk: Desk| {
        desk.server.stop().await;
        Desk { server: Server::start(settings.clone()).await.unwrap(), data: desk.data }
    };
    let attacker = desk.client();
    for user in ["agent1", "agent2", "nobody"] {
        for _ in 0..10 {
            assert_eq!(attacker.sign_in(user, "wrong").await.status(), 401);
        }
    }
    let before: LockoutList = desk.signed_in("admin").await.json("/api/lockouts").await;
    let desk = again(desk).await;
    for user in ["agent1", "agent2", "nobody"] {
        assert_eq!(desk.client().sign_in(user, "portico").await.status(), 429, "{user}");
    }
    let admin = desk.signed_in("admin").await;
    let after: LockoutList = admin.json("/api/lockouts").await;
    assert_eq!((after.lockouts.len(), &after.lockouts), (2, &before.lockouts));
    let of = |user: &str| after.lockouts.iter().find(|locked| locked.people[0].user == user).unwrap().id.clone();
    let lifted = admin.http.delete(desk.url(&format!("/api/lockouts/{}", of("agent1")))).header("origin", &admin.base).send().await;
    assert_eq!(lifted.unwrap().status(), 204);
    let desk = again(desk).await;
    assert_eq!(desk.client().sign_in("agent1", "portico").await.status(), 200, "lifted is lifted");
    assert_eq!(desk.client().sign_in("agent2", "portico").await.status(), 429);
}

/// Nine, a restart, and one more are ten.
#[tokio::test]
async fn a_restart_begins_no_count_of_wrong_passwords_anew() {
    let mut desk = Desk::start().await;
    let mut settings = desk.server.services().config.as_ref().clone();
    settings.http.listen = desk.server.services().listen;
    let attacker = desk.client();
    for user in ["agent1", "agent2", "nobody"] {
        for _ in 0..9 {
            assert_eq!(attacker.sign_in(user, "wrong").await.status(), 401);
        }
    }
    // Whoever knows the password is forgiven.
    assert_eq!(desk.client().sign_in("agent2", "portico").await.status(), 200);
    desk.server.stop().await;
    desk.server = Server::start(settings).await.unwrap();
    let attacker = desk.client();
    for (user, then) in [("agent1", 429), ("nobody", 429), ("agent2", 401)] {
        assert_eq!(attacker.sign_in(user, "wrong").await.status(), 401);
        assert_eq!(attacker.sign_in(user, "wrong").await.status(), then, "{user}");
    }
}

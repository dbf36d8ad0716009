//! What the time of an answer gives away: nothing.

use crate::support::Desk;
use serde_json::json;
use std::time::Instant;
use switchboard::config::Config;
use wire::Role;

/// Requests of each kind.
const N: usize = 2_000;
/// Beyond this the two kinds differ (Welch).
const T: f64 = 4.5;
/// A difference that is there is there each time; one by chance, by a busy machine, is not.
const ROUNDS: usize = 3;

/// How far two kinds of request differ. They take turns, so that what the machine does besides meets both alike.
async fn welch(mut first: impl AsyncFnMut(), mut second: impl AsyncFnMut()) -> f64 {
    let mut times = [Vec::with_capacity(N), Vec::with_capacity(N)];
    let mut take = async |kind: usize| {
        let start = Instant::now();
        match kind {
            0 => first().await,
            _ => second().await,
        }
        times[kind].push(start.elapsed().as_secs_f64() * 1e6);
    };
    for turn in 0..N {
        // As often first as second.
        let (one, other) = if turn % 2 == 0 { (0, 1) } else { (1, 0) };
        take(one).await;
        take(other).await;
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let spread = |of: &[f64]| of.iter().map(|time| (time - mean(of)).powi(2)).sum::<f64>() / (of.len() - 1) as f64;
    let [a, b] = &times;
    (mean(a) - mean(b)) / ((spread(a) + spread(b)) / N as f64).sqrt()
}

/// Fails where the two kinds can be told apart, each time and in the same direction.
async fn alike(what: &str, mut first: impl AsyncFnMut(), mut second: impl AsyncFnMut()) {
    let mut seen = Vec::new();
    for _ in 0..ROUNDS {
        seen.push(welch(&mut first, &mut second).await);
        if seen.iter().any(|t| t.abs() < T) || seen.iter().any(|t| t.signum() != seen[0].signum()) {
            return;
        }
    }
    panic!("{what} can be told by the time: t = {seen:?}");
}

/// Hashes are as cheap as they get: whatever else differs stands out the more.
fn open_house(config: &mut Config) {
    config.limits.sign_in_per_account = 100_000;
    config.limits.sign_in_per_address = 100_000;
    crate::steering::two_tenants(config);
    config.tenants[0].doors = vec![crate::rights::door("north")];
    let mut mallory = config.tenants[1].people[0].clone();
    mallory.user = "mallory".into();
    mallory.roles = vec![Role::Agent, Role::Concierge];
    config.tenants[1].people.push(mallory);
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_a_user_or_a_door_exists_is_not_told_by_the_time() {
    let desk = Desk::start_with(open_house).await;
    let client = desk.client();
    let sign_in = async |user: &str| assert_eq!(client.sign_in(user, "guess").await.status(), 401);
    alike("whether a user exists", async || sign_in("agent1@portico.test").await, async || sign_in("agentx@portico.test").await).await;

    // A session has its pace: each request is one of many sessions of the same person.
    let mut sessions = Vec::new();
    for _ in 0..60 {
        sessions.push(desk.signed_in("mallory@other.test").await);
    }
    let turn = std::sync::atomic::AtomicUsize::new(0);
    let release = async |door: &str| {
        let session = &sessions[turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % sessions.len()];
        let mut bytes = [0; 16];
        switchboard::keys::random(&mut bytes).unwrap();
        let id = switchboard::doors::id::ReleaseId::new(switchboard::clock::now_ms(), u128::from_be_bytes(bytes)).to_string();
        let answer = session.post(&format!("/api/doors/{door}/release"), &json!({ "id": id, "relays": [1] })).await;
        assert_eq!(answer.status(), 404, "{door}");
    };
    alike("whether another tenant has a door", async || release("gate-north").await, async || release("gate-nortx").await).await;
}

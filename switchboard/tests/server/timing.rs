//! What the time of an answer gives away: nothing.

use crate::support::Desk;
use serde_json::json;
use std::time::Instant;
use switchboard::config::Config;
use wire::Role;

/// Requests of each kind in a round; all rounds together are 2,100.
const N: usize = 700;
/// Rounds. What a busy machine does in one of them stands beside what the others say.
const ROUNDS: usize = 3;
/// Beyond this the two kinds differ.
const T: f64 = 4.5;

/// The times of a round, in microseconds. The two kinds take turns, so that what the machine does besides meets both alike.
async fn round(first: &mut impl AsyncFnMut(), second: &mut impl AsyncFnMut()) -> [Vec<f64>; 2] {
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
    times
}

/// How far the two kinds of a round differ (Welch).
fn welch([a, b]: &[Vec<f64>; 2]) -> f64 {
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let spread = |of: &[f64]| of.iter().map(|time| (time - mean(of)).powi(2)).sum::<f64>() / (of.len() - 1) as f64;
    (mean(a) - mean(b)) / (spread(a) / a.len() as f64 + spread(b) / b.len() as f64).sqrt()
}

/// How far they differ in all rounds together (Stouffer): each round is measured by its own noise, and where the kinds are alike the sum
/// spreads like one of them.
fn differ(rounds: &[[Vec<f64>; 2]]) -> f64 {
    rounds.iter().map(welch).sum::<f64>() / (rounds.len() as f64).sqrt()
}

/// Fails where the two kinds can be told apart.
async fn alike(what: &str, mut first: impl AsyncFnMut(), mut second: impl AsyncFnMut()) {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round(&mut first, &mut second).await);
    }
    let t = differ(&rounds);
    assert!(t.abs() < T, "{what} can be told by the time: t = {t}, of {:?}", rounds.iter().map(welch).collect::<Vec<_>>());
}

/// Times that spread evenly over a millisecond, and the second kind that much later in each of the rounds.
fn made(later: [f64; ROUNDS]) -> Vec<[Vec<f64>; 2]> {
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed >> 8) / f64::from(1 << 24) * 1_000.0
    };
    later.into_iter().map(|later| [(0..N).map(|_| noise()).collect(), (0..N).map(|_| noise() + later).collect()]).collect()
}

#[test]
fn a_small_difference_in_each_round_is_one_and_a_great_one_in_a_single_round_is_none() {
    assert!(differ(&made([0.0; ROUNDS])).abs() < 3.0, "noise");
    // A sixteenth of the noise's width, of which no round alone is sure.
    let small = made([60.0; ROUNDS]);
    assert!(differ(&small).abs() > T, "{}", differ(&small));
    assert!(small.iter().any(|round| welch(round).abs() < T), "{:?}", small.iter().map(welch).collect::<Vec<_>>());
    // Something else ran for a while.
    assert!(differ(&made([0.0, 80.0, 0.0])).abs() < T);
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

//! A whole floor at work on `/sip`: a thousand callers wait, five hundred agents answer twenty calls a second, one caller in seven gives up;
//! then the same with two hundred queues and five thousand members, while queues are changed. Prints how soon whoever is free is rung,
//! whether somebody was passed over, and whether an agent was rung twice.
//!
//! `cargo run --example floor_load -- [WAITING] [AGENTS] [SECONDS]`. Server and phones share this process and its cores.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program that stops at the first surprise")]
#![allow(dead_code, reason = "shares its phone with the tests")]

#[path = "sip_load/figures.rs"]
mod figures;
#[path = "../tests/exchange/phone.rs"]
mod phone;

use figures::Latencies;
use phone::Phone;
use sip_ws::endpoint::EndpointEvent;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use switchboard::config::Person;
use switchboard::demo;
use switchboard::server::Server;
use tokio::task::JoinSet;
use wire::{Order, OrderResult, Role};

const SDP: &str = include_str!("offer.sdp");
/// Calls that are answered in a second.
const ANSWERS: u32 = 20;
/// Callers whose calls leave so close together have no order.
const APART: Duration = Duration::from_millis(200);

/// What agents and callers saw.
#[derive(Default)]
struct Seen {
    rung: Mutex<Latencies>,
    /// Queue of each caller who waits, and since when.
    since: Mutex<HashMap<String, (usize, Instant)>>,
    answered: AtomicUsize,
    gave_up: AtomicUsize,
    refused: AtomicUsize,
    passed_over: AtomicUsize,
    rung_twice: AtomicUsize,
    over: AtomicBool,
}

#[tokio::main]
async fn main() {
    let _ = rlimit::increase_nofile_limit(200_000);
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap());
    let (waiting, agents) = (numbers.next().unwrap_or(1_000), numbers.next().unwrap_or(500));
    let seconds = numbers.next().unwrap_or(30) as u64;
    for (queues, members) in [(1, agents), (200, 5_000)] {
        floor(waiting, agents, seconds, queues, members).await;
    }
}

async fn floor(waiting: usize, agents: usize, seconds: u64, queues: usize, members: usize) {
    let data = tempfile::tempdir().unwrap();
    let mut config = demo::config(0, None, data.path().to_owned()).unwrap();
    config.limits.connections_per_address = 100_000;
    config.limits.connections = 100_000;
    let callers = waiting + agents;
    let tenant = &mut config.tenants[0];
    let model = Person { roles: vec![Role::Agent], ..tenant.people[0].clone() };
    let person = |user: String| Person { name: user.clone(), user, ..model.clone() };
    tenant.people.extend((0..callers).map(|n| person(format!("load{n}"))));
    tenant.people.extend((0..members).map(|n| person(format!("member{n}"))));
    let mut queue = tenant.queues[0].clone();
    (queue.max_waiting, queue.wrap_up_seconds, queue.max_wait_seconds, queue.overflow) = (100_000, 0, None, None);
    // Each member takes the calls of ten queues where there are so many.
    let mut of_queue = vec![Vec::new(); queues];
    for n in 0..members {
        for of in 0..queues.min(10) {
            of_queue[(n + of * 19) % queues].push(format!("member{n}"));
        }
    }
    tenant.queues = (0..queues)
        .zip(of_queue)
        .map(|(n, agents)| {
            let (name, label) = (format!("queue{n}"), format!("Queue {n}"));
            switchboard::config::Queue { name, label, agents, ..queue.clone() }
        })
        .collect();
    let server = Server::start(config).await.unwrap();
    let url = server.url();
    let services = server.services();
    let tenant = services.directory.tenants()[0].id.clone();

    let seen = Arc::new(Seen::default());
    let mut tasks = JoinSet::new();
    for n in 0..callers {
        let phone = Phone::registered(&url, &format!("load{n}"), n).await;
        tasks.spawn(call(phone, n, n % queues, seen.clone()));
    }
    let talk = Duration::from_secs(agents as u64) / ANSWERS;
    let mut phones = Vec::new();
    for n in 0..agents {
        phones.push(Phone::registered(&url, &format!("member{n}"), callers + n).await);
    }
    println!("{queues} queue(s), {members} members: {callers} callers and {agents} agents are there");
    let began = Instant::now();
    for (n, phone) in phones.into_iter().enumerate() {
        // One after the other, so that calls end as evenly as they begin.
        tokio::time::sleep_until((began + Duration::from_secs(1) / ANSWERS * n as u32).into()).await;
        services.floor.pages(&tenant, &format!("member{n}"), true, None);
        assert_eq!(services.floor.order(&tenant, &format!("member{n}"), Order::Ready, None).await, Some(OrderResult::Done));
        tasks.spawn(answer(phone, talk, seen.clone()));
    }
    *seen.rung.lock().unwrap() = Latencies::default();
    let (measured, before) = (Instant::now(), seen.answered.load(Ordering::Relaxed));
    let mut changes = if queues > 1 {
        change(&url, Duration::from_secs(seconds)).await
    } else {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Latencies::default()
    };
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let rate = (count(&seen.answered) - before) as f64 / measured.elapsed().as_secs_f64();
    let left: u32 = (0..queues).map(|n| services.hub.waiting(&tenant, &format!("queue{n}"))).sum();
    println!("  {rate:.1} answers/s, {left} wait; free agent to ring {}", seen.rung.lock().unwrap().line());
    println!(
        "  {} answered, {} gave up, {} refused, {} passed over, {} agents rung twice",
        count(&seen.answered),
        count(&seen.gave_up),
        count(&seen.refused),
        count(&seen.passed_over),
        count(&seen.rung_twice)
    );
    if queues > 1 {
        println!("  a queue is changed for everybody after {}", changes.line());
    }
    seen.over.store(true, Ordering::Relaxed);
    tasks.abort_all();
    server.stop().await;
}

/// Calls again and again; each seventh time gives up while waiting, and has the same place with the next call.
async fn call(mut phone: Phone, n: usize, queue: usize, seen: Arc<Seen>) {
    let mut place = None;
    for turn in n.. {
        let began = place.take().unwrap_or_else(Instant::now);
        seen.since.lock().unwrap().insert(phone.user.clone(), (queue, began));
        let call = phone.call(&format!("queue{queue}"), SDP).await;
        let patience = Duration::from_secs(if turn.is_multiple_of(7) { 5 + turn as u64 % 20 } else { 3_600 });
        let until = Instant::now() + patience;
        loop {
            let gives_up = tokio::time::sleep_until(until.into());
            let heard = phone.event(|e| match e {
                EndpointEvent::Accepted { session, .. } if *session == call => Some(true),
                EndpointEvent::Rejected { session, .. } if *session == call => Some(false),
                _ => None,
            });
            let heard = tokio::select! { heard = heard => heard, () = gives_up => {
                seen.since.lock().unwrap().remove(&phone.user);
                phone.hang_up(call).await;
                seen.gave_up.fetch_add(1, Ordering::Relaxed);
                place = Some(began);
                break;
            } };
            match heard {
                Some(true) => {
                    while !phone.ended(call).await {}
                    break;
                }
                Some(false) => {
                    seen.refused.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                // Still waiting.
                None => {}
            }
        }
        phone.forget_events();
    }
}

/// Answers whoever rings, talks, hangs up.
async fn answer(mut phone: Phone, talk: Duration, seen: Arc<Seen>) {
    let mut free = None;
    loop {
        let (call, invite) = phone.incoming().await;
        if let Some(free) = free {
            seen.rung.lock().unwrap().add(Instant::now() - free);
        }
        let from = invite.from().unwrap();
        let caller = from.uri().user_decoded().unwrap_or_default().to_string();
        {
            let mut since = seen.since.lock().unwrap();
            if let Some((queue, began)) = since.remove(&caller) {
                let earlier = since.values().filter(|(of, other)| *of == queue && *other + APART < began).count();
                seen.passed_over.fetch_add(earlier, Ordering::Relaxed);
            }
        }
        phone.answer(call, SDP).await;
        while phone.event(|e| matches!(e, EndpointEvent::Confirmed { .. }).then_some(())).await.is_none() {}
        seen.answered.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(talk).await;
        let second = phone.heard(|e| matches!(e, EndpointEvent::Incoming { .. }).then_some(()));
        seen.rung_twice.fetch_add(usize::from(second.is_some()), Ordering::Relaxed);
        phone.forget_events();
        free = Some(Instant::now());
        phone.hang_up(call).await;
    }
}

/// Changes one queue after the other, twice a second, as an administrator does; how long each takes until it is answered.
async fn change(url: &str, during: Duration) -> Latencies {
    let http = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let body = serde_json::json!({ "user": "admin", "password": demo::PASSWORD });
    let send = |request: reqwest::RequestBuilder| request.header("origin", url).send();
    assert_eq!(send(http.post(format!("{url}/api/session")).json(&body)).await.unwrap().status(), 200);
    let (mut taken, began) = (Latencies::default(), Instant::now());
    for n in 0_u32.. {
        if began.elapsed() >= during {
            break;
        }
        let page: serde_json::Value = send(http.get(format!("{url}/api/admin/queues"))).await.unwrap().json().await.unwrap();
        let mut kept = page["queues"][n as usize % 200].clone();
        kept["record"]["target_seconds"] = serde_json::json!(20 + n % 10);
        let edit = serde_json::json!({ "version": kept["version"], "record": kept["record"] });
        let name = kept["record"]["name"].as_str().unwrap().to_owned();
        let asked = Instant::now();
        let answer = send(http.put(format!("{url}/api/admin/queues/{name}")).json(&edit)).await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        taken.add(asked.elapsed());
        tokio::time::sleep_until((began + Duration::from_millis(500) * (n + 1)).into()).await;
    }
    taken
}

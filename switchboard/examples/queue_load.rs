//! A long queue on `/sip`: callers wait by the hundred while one agent takes them in turn. Prints how soon a free agent is rung, and what a
//! waiting caller costs.
//!
//! `cargo run --example queue_load -- [WAITING] [ANSWERED]`. Server and phones share this process: the memory is that of both ends of a call.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program that stops at the first surprise")]
#![allow(dead_code, reason = "shares its phone with the tests")]

#[path = "../tests/exchange/phone.rs"]
mod phone;

use phone::Phone;
use std::time::{Duration, Instant};
use switchboard::{config::Person, demo, server::Server};
use wire::{Order, OrderResult};

const SDP: &str = include_str!("offer.sdp");

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap());
    let waiting = numbers.next().unwrap_or(1_000);
    let answered = numbers.next().unwrap_or(200);

    let data = tempfile::tempdir().unwrap();
    let mut config = demo::config(0, None, data.path().to_owned()).unwrap();
    config.limits.connections_per_address = 100_000;
    config.limits.connections = 100_000;
    let tenant = &mut config.tenants[0];
    let model = tenant.people[0].clone();
    let people = waiting + answered;
    tenant.people.extend((0..people).map(|n| Person { user: format!("load{n}"), name: format!("Load {n}"), ..model.clone() }));
    let queue = &mut tenant.queues[0];
    (queue.max_waiting, queue.wrap_up_seconds, queue.max_wait_seconds, queue.overflow) = (100_000, 0, None, None);
    let server = Server::start(config).await.unwrap();
    let url = server.url();

    let mut callers = Vec::new();
    for n in 0..people {
        callers.push(Phone::registered(&url, &format!("load{n}"), n).await);
    }
    let mut agent = Phone::registered(&url, "agent1", people).await;
    let before = resident_kb();
    let began = Instant::now();
    for caller in &mut callers {
        caller.call("support", SDP).await;
    }
    let services = server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    while services.hub.waiting(&tenant, "support") < u32::try_from(people).unwrap() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("{people} callers wait after {:?}", began.elapsed());
    println!("{:.1} kB per waiting caller, both ends of the call", (resident_kb() - before) as f64 / people as f64);

    // The page of the agent: its heartbeat is answered, and it wants calls.
    services.floor.pages(&tenant, "agent1", true, None);
    let began = Instant::now();
    assert_eq!(services.floor.order(&tenant, "agent1", Order::Ready, None).await, Some(OrderResult::Done));
    let (mut ringing, _) = agent.incoming().await;
    println!("ready to ring: {:?}", began.elapsed());
    let mut times = Vec::new();
    for _ in 0..answered {
        agent.answer(ringing, SDP).await;
        assert!(agent.event(|e| matches!(e, sip_ws::endpoint::EndpointEvent::Confirmed { .. }).then_some(())).await.is_some());
        let began = Instant::now();
        agent.hang_up(ringing).await;
        ringing = agent.incoming().await.0;
        times.push(began.elapsed());
        agent.forget_events();
    }
    times.sort_unstable();
    let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize];
    let left = services.hub.waiting(&tenant, "support");
    println!(
        "free agent to ring with {left} to {people} waiting: p50 {:?}, p95 {:?}, p99 {:?}, max {:?}",
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
    server.stop().await;
}

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap()
}

//! Load on `/sip`: registers phones, then places calls at a steady rate, answers and ends them, and prints latencies and CPU time.
//!
//! `cargo run --example sip_load -- [PEOPLE] [CALLS] [CALLS_PER_SECOND]`. Server and phones share this process, so the CPU time is that of both.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program that stops at the first surprise")]
#![allow(dead_code, reason = "shares its phone with the tests")]

#[path = "../tests/exchange/phone.rs"]
mod phone;

use phone::Phone;
use sip_ws::endpoint::EndpointEvent;
use std::sync::Arc;
use std::time::{Duration, Instant};
use switchboard::{config::Person, demo, server::Server};
use tokio::sync::Mutex;

const SDP: &str = include_str!("offer.sdp");

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap());
    let people = numbers.next().unwrap_or(100) & !1;
    let calls = numbers.next().unwrap_or(1_000);
    let rate = numbers.next().unwrap_or(100);

    let data = tempfile::tempdir().unwrap();
    let mut config = demo::config(0, None, data.path().to_owned()).unwrap();
    config.limits.connections_per_address = 100_000;
    config.limits.connections = 100_000;
    let model = config.tenants[0].people[0].clone();
    config.tenants[0].people.extend((0..people).map(|n| Person { user: format!("load{n}"), name: format!("Load {n}"), ..model.clone() }));
    let server = Server::start(config).await.unwrap();
    let url = server.url();

    let began = Instant::now();
    let mut phones = Vec::new();
    for n in 0..people {
        phones.push(Phone::registered(&url, &format!("load{n}"), n).await);
    }
    println!("{people} phones registered in {:?}, {} kB resident", began.elapsed(), resident_kb());

    let mut pairs = Vec::new();
    while let (Some(a), Some(b)) = (phones.pop(), phones.pop()) {
        pairs.push(Arc::new(Mutex::new((a, b))));
    }
    let cpu = cpu_ms();
    let began = Instant::now();
    let mut running = Vec::new();
    for n in 0..calls {
        let pair = pairs[n % pairs.len()].clone();
        running.push(tokio::spawn(async move { one_call(&mut *pair.lock().await).await }));
        tokio::time::sleep_until((began + Duration::from_micros((n as u64 + 1) * 1_000_000 / rate as u64)).into()).await;
    }
    let (mut ring, mut answer, mut bye) = (Vec::new(), Vec::new(), Vec::new());
    for call in running {
        let times = call.await.unwrap();
        ring.push(times[0]);
        answer.push(times[1]);
        bye.push(times[2]);
    }
    let wall = began.elapsed();
    println!(
        "{calls} calls in {wall:?} ({:.0}/s), {:.2} ms CPU per call, {} kB resident",
        calls as f64 / wall.as_secs_f64(),
        (cpu_ms() - cpu) / calls as f64,
        resident_kb()
    );
    for (name, list) in
        [("INVITE to 180", &mut ring), ("answer to 200 at the caller", &mut answer), ("BYE to BYE at the other side", &mut bye)]
    {
        list.sort_unstable();
        let at = |q: f64| list[((list.len() - 1) as f64 * q) as usize];
        println!("{name}: p50 {:?}, p95 {:?}, p99 {:?}, max {:?}", at(0.5), at(0.95), at(0.99), at(1.0));
    }
    server.stop().await;
}

async fn one_call((a, b): &mut (Phone, Phone)) -> [Duration; 3] {
    let began = Instant::now();
    let caller = a.call(&b.user, SDP).await;
    let (callee, _) = b.incoming().await;
    b.with(move |ep, now, _| ep.progress(now, callee, 180, "Ringing", &[], None).unwrap()).await;
    assert!(a.event(|e| matches!(e, EndpointEvent::Provisional { .. }).then_some(())).await.is_some());
    let rang = began.elapsed();
    let began = Instant::now();
    b.answer(callee, SDP).await;
    assert!(a.accepted(caller).await.is_some());
    let answered = began.elapsed();
    assert!(b.event(|e| matches!(e, EndpointEvent::Confirmed { .. }).then_some(())).await.is_some());
    let began = Instant::now();
    a.hang_up(caller).await;
    assert!(b.ended(callee).await);
    let ended = began.elapsed();
    assert!(a.ended(caller).await);
    a.forget_events();
    b.forget_events();
    [rang, answered, ended]
}

fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) * 10.0
}

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap()
}

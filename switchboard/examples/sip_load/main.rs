//! Load on `/sip`: registrations, storms, calls and floods, with latencies and what the server, a process of its own, weighs and works.
//!
//! `cargo run --example sip_load -- [register] [kamailio] [storm] [calls] [flood] [--people N] [--rate N] [--seconds N]`; without names all of
//! them run. `kamailio` is `register` on Debian's Kamailio.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program that stops at the first surprise")]
#![allow(dead_code, reason = "shares its phone and its proxy with the tests")]

mod desks;
mod figures;
#[path = "../../tests/interop/kamailio.rs"]
mod kamailio;
mod peer;
#[path = "../../tests/exchange/phone.rs"]
mod phone;

use desks::News;
use figures::{Latencies, cpu_seconds, memory_kb};
use kamailio::Kamailio;
use peer::Peer;
use phone::Phone;
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{EndpointEvent, SessionId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc, watch};

const SDP: &str = include_str!("../offer.sdp");

/// How much of everything.
#[derive(Clone, Copy)]
struct Size {
    people: usize,
    rate: usize,
    seconds: usize,
}

#[tokio::main]
async fn main() {
    let _ = rlimit::increase_nofile_limit(200_000);
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "serve") {
        return peer::serve(arguments[1].parse().unwrap()).await;
    }
    let mut number = |name: &str| -> Option<usize> {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.remove(at);
        Some(arguments.remove(at).parse().unwrap())
    };
    let (people, rate, seconds) = (number("--people"), number("--rate"), number("--seconds"));
    let size = |p, r, s| Size { people: people.unwrap_or(p), rate: rate.unwrap_or(r), seconds: seconds.unwrap_or(s) };
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    if wanted("register") {
        let size = size(5_000, 1_000, 20);
        register("switchboard", &Peer::switchboard(size.people), size).await;
    }
    if wanted("kamailio") {
        let size = size(5_000, 1_000, 20);
        register("Kamailio", &Peer::Kamailio(Kamailio::start_for(size.people)), size).await;
    }
    if wanted("storm") {
        storm(size(5_000, 500, 30)).await;
    }
    if wanted("calls") {
        let size = size(400, 100, 60);
        calls(&Peer::switchboard(size.people), size).await;
    }
    if wanted("flood") {
        flood(size(400, 100, 20)).await;
    }
}

async fn registered(url: &str, size: Size) -> (Vec<Phone>, Latencies) {
    let (mut phones, mut latencies) = (Vec::new(), Latencies::default());
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (url, next) = (url.to_owned(), next.clone());
        workers.spawn(async move {
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= size.people {
                    return done;
                }
                let began = Instant::now();
                let phone = Phone::registered(&url, &format!("load{number}"), number).await;
                done.push((phone, began.elapsed()));
            }
        });
    }
    while let Some(done) = workers.join_next().await {
        for (phone, took) in done.unwrap() {
            phones.push(phone);
            latencies.add(took);
        }
    }
    (phones, latencies)
}

/// Everybody registers, then again and again at a steady rate.
async fn register(name: &str, peer: &Peer, size: Size) {
    let before = memory_kb(peer.process());
    let began = Instant::now();
    let (phones, mut first) = registered(&peer.url(), size).await;
    let took = began.elapsed();
    println!("{name}: {} sockets registered in {took:.1?}: {}", size.people, first.line());
    println!("{name}: {:.1} kB of the server per desk", (memory_kb(peer.process()) - before) / size.people as f64);
    let (cpu, began) = (cpu_seconds(peer.process()), Instant::now());
    let phones: Vec<_> = phones.into_iter().map(|phone| Arc::new(Mutex::new(phone))).collect();
    let total = size.rate * size.seconds;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..total {
        let phone = phones[n % phones.len()].clone();
        running.spawn(async move {
            let mut phone = phone.lock().await;
            let began = Instant::now();
            let status = phone.register().await;
            phone.forget_events();
            (status, began.elapsed())
        });
        pace(began, n, size.rate).await;
    }
    let (mut again, mut lost) = (Latencies::default(), 0);
    while let Some(result) = running.join_next().await {
        let (status, latency) = result.unwrap();
        lost += usize::from(status != 200);
        again.add(latency);
    }
    let took = began.elapsed().as_secs_f64();
    println!(
        "{name}: registered again at {:.0}/s, {lost} lost, {:.0} % of a core of the server: {}",
        total as f64 / took,
        (cpu_seconds(peer.process()) - cpu) / took * 100.0,
        again.line()
    );
}

/// Whole agents connect within ten seconds, then all sockets break at once.
async fn storm(size: Size) {
    let peer = Peer::switchboard(size.people);
    let (cut, cuts) = watch::channel(0);
    let (news, mut told) = mpsc::unbounded_channel();
    let (cpu, began) = (cpu_seconds(peer.process()), Instant::now());
    for number in 0..size.people {
        tokio::spawn(desks::run(peer.url(), format!("load{number}"), number, cuts.clone(), news.clone()));
        pace(began, number, size.rate).await;
    }
    drop((news, cuts));
    let (mut first, refused) = gather(&mut told, size).await;
    println!("storm: {} desks up {:.1?} after the first, {refused:?} refusals: {}", size.people, began.elapsed(), first.line());
    let began = Instant::now();
    cut.send_replace(1);
    let (mut back, refused) = gather(&mut told, size).await;
    println!("storm: all cut at once, all back after {:.1?}, {refused:?} refusals: {}", began.elapsed(), back.line());
    println!("storm: {:.1} s of the server's processor for both", cpu_seconds(peer.process()) - cpu);
    drop(cut);
}

/// Until everybody is registered, or two minutes; refusals by status.
async fn gather(told: &mut mpsc::UnboundedReceiver<News>, size: Size) -> (Latencies, std::collections::BTreeMap<u16, usize>) {
    let (mut latencies, mut refused, mut there) = (Latencies::default(), std::collections::BTreeMap::new(), 0);
    let end = tokio::time::Instant::now() + Duration::from_secs(120);
    while there < size.people {
        match tokio::time::timeout_at(end, told.recv()).await {
            Ok(Some(News::Registered(after))) => {
                there += 1;
                latencies.add(after);
            }
            Ok(Some(News::Refused(status))) => *refused.entry(status).or_default() += 1,
            Ok(None) | Err(_) => {
                println!("storm: {} desks did not come", size.people - there);
                break;
            }
        }
    }
    (latencies, refused)
}

/// Calls from desk to desk at a steady rate.
async fn calls(peer: &Peer, size: Size) {
    let (mut phones, _) = registered(&peer.url(), Size { people: size.people & !1, ..size }).await;
    let mut pairs = Vec::new();
    while let (Some(a), Some(b)) = (phones.pop(), phones.pop()) {
        pairs.push(Arc::new(Mutex::new((a, b))));
    }
    let (cpu, began) = (cpu_seconds(peer.process()), Instant::now());
    let total = size.rate * size.seconds;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..total {
        let pair = pairs[n % pairs.len()].clone();
        running.spawn(async move { one_call(&mut *pair.lock().await).await });
        pace(began, n, size.rate).await;
    }
    let mut kinds = [Latencies::default(), Latencies::default(), Latencies::default()];
    let mut failed = 0;
    while let Some(call) = running.join_next().await {
        match call.unwrap() {
            Some(times) => kinds.iter_mut().zip(times).for_each(|(kind, time)| kind.add(time)),
            None => failed += 1,
        }
    }
    let took = began.elapsed().as_secs_f64();
    let used = cpu_seconds(peer.process()) - cpu;
    println!(
        "calls: {total} at {:.0}/s, {failed} failed, {:.2} ms of the server's processor each, {:.0} kB of the server",
        total as f64 / took,
        used * 1e3 / total as f64,
        memory_kb(peer.process())
    );
    for (name, kind) in ["INVITE to 180", "answer to 200 at the caller", "BYE to BYE at the other side"].into_iter().zip(&mut kinds) {
        println!("calls: {name}: {}", kind.line());
    }
}

async fn one_call((a, b): &mut (Phone, Phone)) -> Option<[Duration; 3]> {
    let began = Instant::now();
    let caller = a.call(&b.user, SDP).await;
    let callee = b
        .event(|e| match e {
            EndpointEvent::Incoming { session, .. } => Some(*session),
            _ => None,
        })
        .await?;
    b.with(move |ep, now, _| ep.progress(now, callee, 180, "Ringing", &[], None).is_ok()).await;
    a.event(|e| matches!(e, EndpointEvent::Provisional { .. }).then_some(())).await?;
    let rang = began.elapsed();
    let began = Instant::now();
    b.answer(callee, SDP).await;
    a.accepted(caller).await?;
    let answered = began.elapsed();
    b.event(|e| matches!(e, EndpointEvent::Confirmed { .. }).then_some(())).await?;
    let began = Instant::now();
    a.hang_up(caller).await;
    let ended = b.ended(callee).await.then(|| began.elapsed())?;
    a.ended(caller).await.then_some(())?;
    a.forget_events();
    b.forget_events();
    Some([rang, answered, ended])
}

/// Calls go on while one person sends INVITEs by the thousand and a stranger by the hundred.
async fn flood(size: Size) {
    let peer = Peer::switchboard(size.people + 2);
    let stop = Arc::new(AtomicBool::new(false));
    let statuses = Arc::new(std::sync::Mutex::new(std::collections::BTreeMap::new()));
    let floods = [(size.people, "portico", 5_000), (size.people + 1, "wrong", 500)]
        .map(|(number, password, rate)| tokio::spawn(one_flood(peer.url(), number, password, rate, stop.clone(), statuses.clone())));
    calls(&peer, size).await;
    stop.store(true, Ordering::Relaxed);
    for flood in floods {
        println!("flood: {}", flood.await.unwrap());
    }
    println!("flood: answers by status {:?}", statuses.lock().unwrap());
}

async fn one_flood(
    url: String,
    number: usize,
    password: &'static str,
    rate: usize,
    stop: Arc<AtomicBool>,
    statuses: Arc<std::sync::Mutex<std::collections::BTreeMap<u16, usize>>>,
) -> String {
    let mut phone = Phone::connected(&url, &format!("load{number}"), password, number).await;
    if password == "portico" {
        phone.register().await;
    }
    let (began, mut sent, mut closed) = (Instant::now(), 0, 0);
    while !stop.load(Ordering::Relaxed) {
        // Itself: nobody who is measured is rung by it.
        let mut invite = Message::request(Method::Invite, &format!("sip:load{number}@portico.test"));
        invite.push(HeaderName::From, format!("<sip:load{number}@portico.test>"));
        invite.push(HeaderName::To, format!("<sip:load{number}@portico.test>"));
        invite.push(HeaderName::Contact, format!("<{}>", phone.contact));
        invite.set_body("application/sdp", SDP);
        let _: SessionId = phone.with(move |ep, now, flow| ep.invite(now, flow, invite)).await;
        sent += 1;
        while let Some(status) = phone.refused_now() {
            *statuses.lock().unwrap().entry(status).or_default() += 1;
            // A socket that was closed for its flood is opened again, as an attacker would.
            if status == 0 {
                closed += 1;
                phone.connect(&url).await;
                break;
            }
        }
        pace(began, sent, rate).await;
    }
    format!(
        "{sent} INVITEs at {:.0}/s {}, socket closed {closed} times",
        sent as f64 / began.elapsed().as_secs_f64(),
        if password == "portico" { "from one person" } else { "of a stranger" }
    )
}

/// Waits until it is time for the one after the `n`th.
async fn pace(began: Instant, n: usize, rate: usize) {
    tokio::time::sleep_until((began + Duration::from_micros((n as u64 + 1) * 1_000_000 / rate as u64)).into()).await;
}

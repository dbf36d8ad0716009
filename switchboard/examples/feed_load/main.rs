//! Load on `/feed`: a floor of agents that changes many times a second, watched by supervisors; and one page that stops reading. The
//! switchboard is a process of its own. Prints latencies, frames, and what the server works and weighs.
//!
//! `cargo run --example feed_load -- [--supervisors N] [--agents N] [--rate N] [--seconds N]`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program that stops at the first surprise")]

#[path = "../sip_load/figures.rs"]
mod figures;
mod serve;

use figures::{Latencies, cpu_seconds, memory_kb};
use futures_util::{SinkExt as _, StreamExt as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use switchboard::clock::now_ms;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wire::{Change, ClientFrame, Secret, ServerFrame};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The server, which ends with this value.
struct Server {
    child: Child,
    url: String,
    tickets: Box<dyn Iterator<Item = String>>,
}

impl Server {
    fn start(supervisors: usize, agents: usize, rate: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let numbers = [supervisors, agents, rate].map(|number| number.to_string());
        let mut child = command.arg("serve").args(numbers).stdout(Stdio::piped()).stdin(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.next().unwrap();
        Self { child, url, tickets: Box::new(lines) }
    }

    /// Lets the floor change in this way from now on.
    fn order(&mut self, what: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{what}").unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// What all pages saw.
#[derive(Default)]
struct Seen {
    latencies: Mutex<Latencies>,
    frames: AtomicUsize,
    changes: AtomicUsize,
    bytes: AtomicUsize,
}

#[tokio::main]
async fn main() {
    let _ = rlimit::increase_nofile_limit(200_000);
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "serve") {
        let numbers: Vec<usize> = arguments[1..].iter().map(|number| number.parse().unwrap()).collect();
        return serve::serve(numbers[0], numbers[1], numbers[2]).await;
    }
    let mut number = |name: &str, usual: usize| -> usize {
        let Some(at) = arguments.iter().position(|argument| argument == name) else { return usual };
        arguments.remove(at);
        arguments.remove(at).parse().unwrap()
    };
    let (supervisors, agents) = (number("--supervisors", 200), number("--agents", 500));
    let (rate, seconds) = (number("--rate", 200), number("--seconds", 20));
    let mut server = Server::start(supervisors, agents, rate);
    let process = server.child.id();
    let before = memory_kb(process);
    let mut pages = Vec::new();
    for ticket in server.tickets.by_ref().take(supervisors).collect::<Vec<_>>() {
        pages.push(page(&server.url, ticket).await);
    }
    println!("{supervisors} pages, {:.0} kB each at the server", (memory_kb(process) - before) / supervisors as f64);

    let stopped = pages.pop().unwrap();
    let reading = Arc::new(AtomicBool::new(true));
    let seen = Arc::new(Seen::default());
    let mut tasks = JoinSet::new();
    for page in pages {
        tasks.spawn(read(page, seen.clone(), reading.clone()));
    }
    for (order, title) in
        [("floor", "collected changes"), ("told", "changes that go at once"), ("release", "changes that go at once to every page")]
    {
        server.order(order);
        tokio::time::sleep(Duration::from_secs(2)).await;
        measure(title, &seen, process, seconds).await;
    }
    // One page has read nothing since it came.
    server.order("floor");
    let heavy = memory_kb(process);
    measure("beside a page that does not read", &seen, process, seconds.max(30)).await;
    println!("the server grew by {:.0} kB meanwhile", memory_kb(process) - heavy);
    let (mut stopped, began) = (stopped, Instant::now());
    loop {
        let Some((frame, _)) = frame(&mut stopped).await else {
            println!("the page that did not read was disconnected");
            break;
        };
        if matches!(frame, ServerFrame::Delta { now, .. } if now_ms() - now < 500) {
            println!("the page that did not read has the present state {:.0} ms after it goes on", began.elapsed().as_secs_f64() * 1e3);
            break;
        }
    }
    server.order("ticket");
    let (ticket, began) = (server.tickets.next().unwrap(), Instant::now());
    let mut again = page(&server.url, ticket).await;
    while !matches!(frame(&mut again).await.unwrap().0, ServerFrame::Snapshot(_)) {}
    println!("a page that comes back has it after {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    reading.store(false, Ordering::Relaxed);
    tasks.abort_all();
}

/// Signs a page in at the feed.
async fn page(url: &str, ticket: String) -> Socket {
    let mut request = format!("{}/feed", url.replace("http", "ws")).into_client_request().unwrap();
    request.headers_mut().insert("origin", url.parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let hello = ClientFrame::Hello { ticket: Secret::new(ticket), wire: wire::VERSION, phone: None };
    socket.send(Message::text(serde_json::to_string(&hello).unwrap())).await.unwrap();
    socket
}

/// The next frame and its size.
async fn frame(socket: &mut Socket) -> Option<(ServerFrame, usize)> {
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => return Some((serde_json::from_str(&text).ok()?, text.len())),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

/// Reads as a page does, and notes how old each change is.
async fn read(mut socket: Socket, seen: Arc<Seen>, reading: Arc<AtomicBool>) {
    while let Some((frame, bytes)) = frame(&mut socket).await {
        if !reading.load(Ordering::Relaxed) {
            return;
        }
        let changes = match frame {
            ServerFrame::Heartbeat { beat, .. } => {
                let answer = serde_json::to_string(&ClientFrame::Heartbeat { beat }).unwrap();
                if socket.send(Message::text(answer)).await.is_err() {
                    return;
                }
                continue;
            }
            ServerFrame::Delta { changes, .. } => changes,
            _ => continue,
        };
        let now = now_ms();
        seen.frames.fetch_add(1, Ordering::Relaxed);
        seen.changes.fetch_add(changes.len(), Ordering::Relaxed);
        seen.bytes.fetch_add(bytes, Ordering::Relaxed);
        let mut latencies = seen.latencies.lock().await;
        for change in changes {
            let at = match change {
                Change::FloorAgent { agent } => agent.status.since,
                Change::Told { told } => told.at,
                Change::Release { release } => release.asked_at,
                _ => continue,
            };
            latencies.add(Duration::from_millis(u64::try_from(now - at).unwrap_or(0)));
        }
    }
}

async fn measure(title: &str, seen: &Seen, process: u32, seconds: usize) {
    let take = |counter: &AtomicUsize| counter.swap(0, Ordering::Relaxed) as f64;
    *seen.latencies.lock().await = Latencies::default();
    let _ = (take(&seen.frames), take(&seen.changes), take(&seen.bytes));
    let (began, worked) = (Instant::now(), cpu_seconds(process));
    tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
    let passed = began.elapsed().as_secs_f64();
    let share = (cpu_seconds(process) - worked) / passed * 100.0;
    let (frames, changes, bytes) = (take(&seen.frames), take(&seen.changes), take(&seen.bytes));
    println!(
        "{title}: {:.0} changes/s in {:.0} frames/s, {:.1} MB/s, {share:.0} % of a core; age when read {}",
        changes / passed,
        frames / passed,
        bytes / passed / 1e6,
        seen.latencies.lock().await.line()
    );
}

//! How long reports over a million calls take, as a browser asks for them: a history is written by the way that the exchange writes it,
//! then a server opens it and each report is fetched over HTTP.
//!
//! Then the long lists: calls, history, accesses, the audit log and sessions, a hundred thousand rows of each, their first pages and their
//! thousandth ones, asked for with the cursor of a reader who has come so far; and files of so many rows, with what the process grew by.
//!
//! `cargo run --example reports -- [CALLS] [DIRECTORY]`. A directory that is named keeps its history for the next run.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program that stops at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use switchboard::config::{Config, Limits};
use switchboard::directory::Directory;
use switchboard::http::hash_password;
use switchboard::ids::{TenantId, new_id};
use switchboard::keys::Keys;
use switchboard::reports::AgentState;
use switchboard::server::Server;
use switchboard::store::{CallsBy, CallsWanted, ContactData, ContactEvent, ContactKind, LogEntry, SessionRow, Store, WorkData};
use switchboard::{clock, demo};
use wire::{CallQueue, Role, Secret};

const QUEUES: usize = 20;
const AGENTS: usize = 200;
/// Calls of a day, all of them in its twelve hours of work.
const PER_DAY: usize = 10_000;
const DAY_MS: i64 = 86_400_000;
/// Calls that are written at a time.
const BATCH: usize = 4_000;
const TIMES: usize = 7;
/// Rows of each of the long lists.
const ROWS: usize = 100_000;

fn config(data: &Path) -> Config {
    let mut config = demo::config(0, None, data.to_owned()).unwrap();
    config.limits = Limits { argon2_kib: 8, argon2_passes: 1, ..Limits::default() };
    let password = Secret::new(hash_password(&Secret::new(demo::PASSWORD), &config.limits).unwrap());
    let tenant = &mut config.tenants[0];
    tenant.doors.clear();
    let sites: Vec<String> = tenant.sites.iter().map(|site| site.id.clone()).collect();
    let person = tenant.people[0].clone();
    tenant.people = (0..AGENTS)
        .map(|n| {
            let mut agent = person.clone();
            (agent.user, agent.name) = (format!("agent{n:03}"), format!("Agent {n:03}"));
            (agent.roles, agent.sites, agent.password) = (vec![Role::Agent], vec![sites[n % sites.len()].clone()], None);
            agent
        })
        .collect();
    let mut head = person;
    (head.user, head.roles, head.sites, head.password) = ("head".into(), vec![Role::Supervisor], sites.clone(), Some(password));
    let mut admin = head.clone();
    (admin.user, admin.roles) = ("admin".into(), vec![Role::Administrator]);
    tenant.people.extend([head, admin]);
    let queue = tenant.queues[0].clone();
    tenant.queues = (0..QUEUES)
        .map(|n| {
            let mut queue = queue.clone();
            (queue.name, queue.label) = (format!("queue{n:02}"), format!("Queue {n:02}"));
            (queue.site, queue.overflow) = (sites[n % sites.len()].clone(), None);
            queue.agents = (0..AGENTS).filter(|agent| agent % QUEUES == n).map(|agent| format!("agent{agent:03}")).collect();
            queue
        })
        .collect();
    config
}

/// The same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }
}

fn events(tenant: &TenantId, n: usize, at: i64, numbers: &mut Numbers) -> Vec<ContactEvent> {
    let queue = numbers.below(QUEUES as i64) as usize;
    let agent = format!("agent{:03}", (numbers.below(AGENTS as i64 / QUEUES as i64) as usize) * QUEUES + queue);
    let name = format!("queue{queue:02}");
    let event = |ms: i64, kind, to: &str| ContactEvent {
        tenant: tenant.clone(),
        // As session identifiers are: in no order.
        contact: format!("{:032x}", (n as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)),
        at: at + ms,
        kind,
        from_user: "~guest".into(),
        to_user: to.into(),
        data: ContactData {
            from_display: "A caller".into(),
            queue: Some(CallQueue { name: name.clone(), label: name.clone(), since: at }),
            ..ContactData::default()
        },
    };
    let wait = numbers.below(40_000);
    if n.is_multiple_of(50) {
        // Turned away, or passed on and taken elsewhere.
        let kind = if n.is_multiple_of(100) { ContactKind::Failed } else { ContactKind::Overflowed };
        let mut away = event(0, kind, &name);
        away.data.cause = Some(if n.is_multiple_of(200) { "closed" } else { "full" }.into());
        return vec![away];
    }
    if numbers.below(10) == 0 {
        return vec![event(0, ContactKind::Queued, &name), event(wait, ContactKind::Abandoned, &name)];
    }
    let (talk, work) = (20_000 + numbers.below(300_000), numbers.below(60_000));
    let mut done = event(wait + talk + work, ContactKind::WrappedUp, &agent);
    let disposition = ["solved", "called-back", "sold", "complaint"][numbers.below(4) as usize];
    done.data.work = Some(WorkData { ms: work, disposition: Some(disposition.into()), note: String::new() });
    vec![
        event(0, ContactKind::Queued, &name),
        event(wait, ContactKind::Answered, &agent),
        event(wait + talk, ContactKind::Ended, &agent),
        done,
    ]
}

async fn fill(store: &Store, tenant: &TenantId, calls: usize, begin: i64) {
    let mut numbers = Numbers(7);
    let begun = Instant::now();
    for first in (0..calls).step_by(BATCH) {
        let batch = (first..calls.min(first + BATCH)).flat_map(|n| {
            let within = (n % PER_DAY) as i64 * (DAY_MS / 2) / PER_DAY as i64;
            events(tenant, n, begin + (n / PER_DAY) as i64 * DAY_MS + DAY_MS / 3 + within, &mut numbers)
        });
        store.append_contact_events(&batch.collect::<Vec<_>>()).await.unwrap();
        if first % 100_000 < BATCH {
            println!("{first} calls written after {:.0?}", begun.elapsed());
        }
    }
    println!("{calls} calls written in {:.0?}", begun.elapsed());
    for day in 0..(calls.div_ceil(PER_DAY)) as i64 {
        let mut states = Vec::new();
        for agent in 0..AGENTS {
            for (hour, state, reason) in
                [(8, "ready", ""), (11, "paused", "lunch"), (12, "ready", ""), (15, "on-call", ""), (20, "offline", "")]
            {
                let at = begin + day * DAY_MS + hour * 3_600_000;
                let (state, reason) = (state.to_owned(), reason.to_owned());
                states.push(AgentState { tenant: tenant.clone(), user: format!("agent{agent:03}"), at, state, reason });
            }
        }
        store.put_floor(&BTreeMap::new(), &BTreeMap::new(), &states).await.unwrap();
    }
    println!("with times of {AGENTS} agents after {:.0?}", begun.elapsed());
}

/// What the lists show besides the calls: a person's own ones, releases of doors, which are in the audit log too, and sessions.
async fn fill_lists(store: &Store, directory: &Directory, now: i64) {
    let begun = Instant::now();
    let tenant = directory.tenants()[0].id.clone();
    let head = directory.person(&tenant, "head").unwrap();
    for first in (0..ROWS).step_by(BATCH) {
        let batch = (first..ROWS.min(first + BATCH)).flat_map(|n| {
            [ContactKind::Offered, ContactKind::Answered, ContactKind::Ended].map(|kind| ContactEvent {
                tenant: tenant.clone(),
                contact: format!("own-{n}"),
                at: now - (ROWS - n) as i64 * 60_000 + if kind == ContactKind::Ended { 50_000 } else { 0 },
                kind,
                from_user: "agent000".into(),
                to_user: "head".into(),
                data: ContactData { from_display: "Agent 000".into(), ..ContactData::default() },
            })
        });
        store.append_contact_events(&batch.collect::<Vec<_>>()).await.unwrap();
    }
    println!("{ROWS} calls of one person after {:.0?}", begun.elapsed());
    for n in 0..ROWS {
        let mut entry = LogEntry::new(Some(tenant.clone()), "door_release", "opened")
            .detail("release", format!("release-{n}"))
            .detail("site", &head.sites[0].id)
            .detail("door", "gate")
            .detail("kind", "open")
            .detail("relays", "1=opened")
            .detail("asked", (now - (ROWS - n) as i64 * 1_000).to_string())
            .personal("person", head.id.to_string())
            .personal("name", "Head");
        entry.at = now - (ROWS - n) as i64 * 1_000;
        store.log(&entry).await.unwrap();
    }
    println!("{ROWS} rows of the log after {:.0?}", begun.elapsed());
    let people = directory.people(&tenant);
    for n in 0..ROWS {
        let row = SessionRow {
            id: new_id(),
            digest: format!("digest-{n}"),
            tenant: tenant.clone(),
            person: people[n % AGENTS].id.clone(),
            browser: "Firefox 150".into(),
            system: "Debian".into(),
            address: "192.0.2.1".into(),
            created_at: now,
            seen_at: now,
            expires_at: now + 365 * DAY_MS,
        };
        store.put_session(&row).await.unwrap();
    }
    println!("{ROWS} sessions after {:.0?}", begun.elapsed());
}

/// Resident memory of this process, in megabytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
}

struct Reader {
    http: reqwest::Client,
    base: String,
}

impl Reader {
    /// The middle one of several times, the slowest, and how much came.
    /// A file as it comes, which is kept nowhere: how long, how much, and by what the process has grown at most.
    async fn file(&self, what: &str, path: &str) {
        let (before, begun) = (resident(), Instant::now());
        let (mut bytes, mut lines, mut most) = (0, 0, before);
        let mut answer = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        while let Some(chunk) = answer.chunk().await.unwrap() {
            bytes += chunk.len();
            lines += chunk.iter().filter(|byte| **byte == b'\n').count();
            most = most.max(resident());
        }
        println!("| {what} | {:.1?} | {lines} lines | {} kB | +{} MB |", begun.elapsed(), bytes / 1000, most - before);
    }

    async fn measure(&self, what: &str, path: &str) {
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..TIMES {
            let begun = Instant::now();
            let answer = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}: {:?}", answer.text().await);
            bytes = answer.bytes().await.unwrap().len();
            times.push(begun.elapsed());
            // A session is paced.
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        times.sort();
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        println!("| {what} | {:.0} ms | {:.0} ms | {} kB |", ms(times[TIMES / 2]), ms(times[TIMES - 1]), bytes / 1000);
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let calls: usize = arguments.next().map_or(1_000_000, |calls| calls.parse().unwrap());
    let kept = arguments.next().map(PathBuf::from);
    let passing = tempfile::tempdir().unwrap();
    let data = kept.unwrap_or_else(|| passing.path().to_owned());
    std::fs::create_dir_all(&data).unwrap();
    let config = config(&data);
    let days = calls.div_ceil(PER_DAY) as i64;
    let file = data.join("begun");
    if !file.exists() {
        let begin = (clock::now_ms() / DAY_MS - days) * DAY_MS;
        let keys = Keys::load_or_create(&config.store.keys).unwrap();
        let store = Store::open(config.store.url.expose(), keys).await.unwrap();
        let directory = store.sync_directory(&config.tenants).await.unwrap();
        store.count_history().await.unwrap();
        fill(&store, &directory.tenants()[0].id, calls, begin).await;
        store.close().await;
        std::fs::write(&file, begin.to_string()).unwrap();
    }
    let begin: i64 = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    let file = data.join("lists");
    if !file.exists() {
        let keys = Keys::load_or_create(&config.store.keys).unwrap();
        let store = Store::open(config.store.url.expose(), keys).await.unwrap();
        let directory = store.sync_directory(&config.tenants).await.unwrap();
        fill_lists(&store, &directory, clock::now_ms()).await;
        store.close().await;
        std::fs::write(&file, "").unwrap();
    }
    let server = Server::start(config).await.unwrap();
    let http = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let reader = Reader { http, base: server.url() };
    let body = serde_json::json!({ "user": "head", "password": demo::PASSWORD });
    let session = reader.http.post(format!("{}/api/session", reader.base)).header("origin", &reader.base).json(&body).send().await.unwrap();
    assert_eq!(session.status(), 200);

    let date = |day: i64| switchboard::reports::date_of(begin / DAY_MS + day);
    let all = format!("from={}&to={}", date(0), date(days));
    let month = format!("from={}&to={}", date((days - 30).max(0)), date(days));
    println!("| | p50 | slowest of {TIMES} | size |\n|---|---|---|---|");
    for kind in ["queues", "sites", "agents", "reasons", "dispositions"] {
        for granularity in ["total", "week", "day"] {
            reader
                .measure(
                    &format!("{kind}, all {days} days, {granularity}"),
                    &format!("/api/reports/{kind}?{all}&granularity={granularity}"),
                )
                .await;
        }
    }
    for kind in ["queues", "sites"] {
        reader.measure(&format!("{kind}, 31 days, quarters"), &format!("/api/reports/{kind}?{month}&granularity=quarter")).await;
    }
    for kind in ["agents", "dispositions"] {
        reader.measure(&format!("{kind}, 31 days, hours"), &format!("/api/reports/{kind}?{month}&granularity=hour")).await;
    }
    let (one, two) = (date(days - 2), date(days - 1));
    reader.measure("agents, 2 days, quarters", &format!("/api/reports/agents?from={one}&to={two}&granularity=quarter")).await;
    // Almost as many rows as a report may have.
    let (hours, quarters) = (date((days - 41).max(0)), date((days - 10).max(0)));
    reader.measure("agents, 41 days, hours", &format!("/api/reports/agents?from={hours}&to={two}&granularity=hour")).await;
    reader.measure("agents, 10 days, quarters", &format!("/api/reports/agents?from={quarters}&to={two}&granularity=quarter")).await;
    reader.measure("one agent, 31 days, quarters", &format!("/api/reports/agents?{month}&granularity=quarter&agent=agent007")).await;
    reader.measure("agents, all days, CSV", &format!("/api/reports/agents?{all}&granularity=day&format=csv")).await;

    let list = format!("/api/reports/calls?{all}&limit=100");
    for (what, filter) in [("all", ""), ("lost", "&counted=lost"), ("of a queue", "&queue=queue03"), ("of an agent", "&agent=agent007")] {
        reader.measure(&format!("calls, {what}: page 1"), &format!("{list}{filter}")).await;
    }
    let (services, thousandth) = (server.services(), 99_900_u32);
    let tenant = services.directory.tenants()[0].id.clone();
    // The cursor that a reader has who turned 999 pages.
    let wanted = CallsWanted {
        by: CallsBy::Queue("queue03".into(), services.directory.tenants()[0].queues[3].site.clone()),
        since: i64::MIN,
        until: i64::MAX,
        days: (i64::MIN, i64::MAX),
        queue: String::new(),
        of_queues: false,
        counted: String::new(),
        disposition: None,
        after: None,
        limit: thousandth.min(u32::try_from(calls / QUEUES / 2).unwrap()),
    };
    let last = services.store.report_calls(&tenant, &wanted).await.unwrap().pop().unwrap();
    reader.measure("calls of a queue: as far as it goes", &format!("{list}&queue=queue03&after={}.{}", last.1.at, last.0)).await;
    let wanted = CallsWanted { by: CallsBy::Site(services.directory.tenants()[0].queues[0].site.clone()), limit: thousandth, ..wanted };
    let last = services.store.report_calls(&tenant, &wanted).await.unwrap().pop().unwrap();
    reader.measure("calls of a site: page 1,000", &format!("{list}&site={}&after={}.{}", last.1.site, last.1.at, last.0)).await;
    reader.measure("history of a person: page 1", "/api/history?limit=100").await;
    let history = services.store.history(&tenant, "head", None, thousandth, clock::now_ms()).await.unwrap();
    reader.measure("history of a person: page 1,000", &format!("/api/history?limit=100&before={}", history.next.as_deref().unwrap())).await;
    drop(history);
    let admin = Reader { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), base: server.url() };
    let body = serde_json::json!({ "user": "admin", "password": demo::PASSWORD });
    let session = admin.http.post(format!("{}/api/session", admin.base)).header("origin", &admin.base).json(&body).send().await.unwrap();
    assert_eq!(session.status(), 200);
    let newest = services.store.log_head().await.unwrap().seq;
    for (what, path) in [("accesses", "/api/access"), ("audit log", "/api/audit")] {
        admin.measure(&format!("{what}: page 1"), &format!("{path}?limit=100")).await;
        let behind = newest - i64::from(thousandth) + 1;
        admin.measure(&format!("{what}: page 1,000"), &format!("{path}?limit=100&before={behind}")).await;
    }
    admin.measure("sessions, 200 to a page: page 1", "/api/sessions").await;
    let sessions = services.store.sessions(&tenant, clock::now_ms(), None, thousandth).await.unwrap();
    let last = sessions.last().unwrap().id.clone();
    admin.measure("sessions: the last page", &format!("/api/sessions?after=2.{last}")).await;
    drop(sessions);
    println!("| file | time | lines | size | memory |\n|---|---|---|---|---|");
    // The first of each is what later ones use again.
    for _ in 0..2 {
        admin.file("accesses", "/api/access.csv").await;
        let site = &services.directory.tenants()[0].queues[3].site;
        reader
            .file(
                "calls of a tenth of the days",
                &format!("/api/reports/calls?from={}&to={}&format=csv&site={site}", date(days - days / 10), date(days)),
            )
            .await;
        reader.file("calls of all days", &format!("/api/reports/calls?{all}&format=csv")).await;
    }
    server.stop().await;
}

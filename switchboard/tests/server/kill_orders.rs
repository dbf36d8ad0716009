//! The program itself, killed without a word while people order: afterwards whatever was answered "done" holds, and nothing that was refused
//! does. An order without an answer is sent again under its number, as pages do, and what it is answered then is true.

use crate::kill::{Dice, Load, SDP, Waiting, come_back};
use crate::phone::Phone;
use crate::process::{PROGRAM, Running};
use crate::support::{Client, Feed, cheap};
use futures_util::SinkExt as _;
use sip_ws::endpoint::SessionId;
use sqlx::any::AnyPoolOptions;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use switchboard::http::hash_password;
use switchboard::store::sqlite_url;
use tokio_tungstenite::tungstenite::Message as Frame;
use wire::{AgentState, AgentStatus, Change, ClientFrame, DeskProfile, Floor, Order, OrderResult, Secret, ServerFrame, Snapshot, Steer};

const ROUNDS: usize = 8;
const REASONS: [&str; 2] = ["break", "lunch"];
const CALLERS: [&str; 3] = ["una", "due", "tre"];
const QUEUES: [&str; 2] = ["support", "sales"];

/// Ann has no phone and is rung for nobody; cat answers the callers of the desk, and dan is rung for whom he is ordered to.
fn write_config(file: &Path, port: u16) {
    let password = hash_password(&Secret::new("portico"), &cheap()).unwrap();
    let people = ["boss", "chief", "ann", "cat", "dan", "ada"].into_iter().chain(CALLERS).map(|user| {
        let role = if ["boss", "chief"].contains(&user) { "supervisor" } else { "agent" };
        format!("[[tenants.people]]\nuser = \"{user}\"\nroles = [\"{role}\"]\nsites = [\"house\"]\npassword = \"{password}\"\n")
    });
    let queues = [("support", "ann"), ("sales", "ann"), ("desk", "cat"), ("idle", "dan"), ("extra", "dan")].map(|(name, agent)| {
        format!(
            "[[tenants.queues]]\nname = \"{name}\"\nagents = [\"{agent}\"]\nring_seconds = 120\nwrap_up_seconds = 600\n\
             wrap_up_extensions = 2\nwrap_up_extend_seconds = 60\ndispositions = [{{ name = \"solved\", label = \"Solved\" }}]\n"
        )
    });
    let reasons = REASONS.map(|name| format!("[[tenants.pause_reasons]]\nname = \"{name}\"\nlabel = \"{name}\"\n"));
    let text = format!(
        "[http]\nlisten = \"127.0.0.1:{port}\"\n[store]\nurl = \"sqlite:portico.sqlite\"\nkeys = \"keys\"\n\
         [limits]\nargon2_kib = 8\nargon2_passes = 1\n[[tenants]]\nname = \"house\"\ndomain = \"portico.test\"\n\
         [[tenants.sites]]\nname = \"house\"\nlabel = \"House\"\nzone = \"UTC\"\n{}{}{}",
        people.collect::<String>(),
        queues.concat(),
        reasons.concat(),
    );
    std::fs::write(file, text).unwrap();
}

fn serve(file: &Path) -> Running {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--config"]).arg(file);
    Running::start(command)
}

/// A signed-in page. Its session outlives the server.
struct Page {
    client: Client,
    feed: Feed,
    number: u64,
    /// An order that may have been sent, and has no answer yet.
    open: Option<(u64, Order)>,
    /// One's own status as it was shown last.
    status: Option<AgentStatus>,
    answers: Load,
}

impl Page {
    async fn open(url: &str, user: &str) -> (Self, Snapshot) {
        let client = Client { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), base: url.to_owned() };
        assert_eq!(client.sign_in(user, "portico").await.status(), 200);
        let feed = client.feed().await;
        let mut page = Page { client, feed, number: 0, open: None, status: None, answers: Load::default() };
        let first = page.snapshot().await;
        (page, first)
    }

    /// The server is another one.
    async fn again(&mut self) -> Snapshot {
        self.feed = self.client.feed().await;
        self.snapshot().await
    }

    async fn snapshot(&mut self) -> Snapshot {
        match self.feed.next_state().await {
            Some(ServerFrame::Snapshot(snapshot)) => {
                self.status.clone_from(&snapshot.agent);
                snapshot
            }
            other => panic!("no snapshot but {other:?}"),
        }
    }

    async fn resync(&mut self) -> Snapshot {
        self.feed.send(&ClientFrame::Resync).await;
        loop {
            match self.feed.next_state().await {
                Some(ServerFrame::Snapshot(snapshot)) => return snapshot,
                Some(_) => {}
                None => panic!("the feed ended"),
            }
        }
    }

    /// What an order is answered; nothing where the server is killed meanwhile.
    async fn order(&mut self, order: Order) -> Option<OrderResult> {
        self.number += 1;
        self.open = Some((self.number, order));
        self.send_open().await
    }

    async fn steer(&mut self, steer: Steer) -> Option<OrderResult> {
        self.order(Order::Steer { steer }).await
    }

    /// Sends what has no answer, again or for the first time.
    async fn send_open(&mut self) -> Option<OrderResult> {
        let (id, order) = self.open.clone()?;
        let frame = ClientFrame::Order { id, order };
        self.feed.socket.send(Frame::text(serde_json::to_string(&frame).unwrap())).await.ok()?;
        loop {
            match self.feed.next_state().await? {
                ServerFrame::Ordered { id: of, result } if of == id => {
                    self.open = None;
                    self.answers.one();
                    return Some(result);
                }
                ServerFrame::Delta { changes, .. } => self.note(changes),
                _ => {}
            }
        }
    }

    fn note(&mut self, changes: Vec<Change>) {
        for change in changes {
            if let Change::Agent { status } = change {
                self.status = Some(status);
            }
        }
    }

    /// Until one's own status is so.
    async fn until(&mut self, which: impl Fn(&AgentStatus) -> bool) -> Option<()> {
        while !self.status.as_ref().is_some_and(&which) {
            if let ServerFrame::Delta { changes, .. } = self.feed.next_state().await? {
                self.note(changes);
            }
        }
        Some(())
    }
}

async fn phone(url: &str, user: &str, n: usize) -> Phone {
    let client = Client { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), base: url.to_owned() };
    assert_eq!(client.sign_in(user, "portico").await.status(), 200);
    let profile: DeskProfile = client.post("/api/desk", &serde_json::json!({})).await.json().await.unwrap();
    let mut phone = Phone::connected(url, &profile.sip.auth_user, profile.sip.auth_password.expose(), n).await;
    phone.user = user.to_owned();
    assert_eq!(phone.register().await, 200);
    phone
}

/// What a supervisor has ordered about one agent and about those who wait.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ordered {
    wants_calls: bool,
    reason: Option<String>,
    queues: BTreeMap<String, bool>,
    /// By caller: queue and priority.
    callers: BTreeMap<String, (String, u8)>,
}

impl Ordered {
    /// As a floor shows it. `contacts` are those of the callers.
    fn shown(floor: &Floor, contacts: &BTreeMap<String, String>) -> Self {
        let ann = floor.agents.iter().find(|agent| agent.user == "ann").expect("ann is on the floor");
        let waiting = floor.queues.iter().flat_map(|of| of.queue.first.iter().map(|caller| (&of.queue.name, caller)));
        let callers = waiting.filter_map(|(queue, caller)| {
            let user = contacts.iter().find(|(_, contact)| **contact == caller.contact)?.0;
            Some((user.clone(), (queue.clone(), caller.priority)))
        });
        Ordered {
            wants_calls: ann.status.wants_calls,
            reason: ann.status.pause_reason.clone(),
            queues: ann.queues.iter().map(|member| (member.queue.clone(), member.on)).collect(),
            callers: callers.collect(),
        }
    }

    /// The same, once this order is done.
    fn after(&self, order: &Order, contacts: &BTreeMap<String, String>) -> Self {
        let mut next = self.clone();
        let Order::Steer { steer } = order else { return next };
        let caller = |contact: &String| contacts.iter().find(|(_, known)| *known == contact).map(|(user, _)| user.clone());
        match steer {
            Steer::Ready { .. } => (next.wants_calls, next.reason) = (true, None),
            Steer::Pause { reason, .. } => (next.wants_calls, next.reason) = (false, reason.clone()),
            Steer::Member { queue, on, .. } => {
                if let Some(member) = next.queues.get_mut(queue) {
                    *member = *on;
                }
            }
            Steer::Belong { queue, on: true, .. } => drop(next.queues.insert(queue.clone(), true)),
            Steer::Belong { queue, on: false, .. } => drop(next.queues.remove(queue)),
            Steer::Move { contact, queue } => {
                if let Some((at, _)) = caller(contact).and_then(|user| next.callers.get_mut(&user)) {
                    queue.clone_into(at);
                }
            }
            Steer::Prioritise { contact, priority } => {
                if let Some((_, has)) = caller(contact).and_then(|user| next.callers.get_mut(&user)) {
                    *has = *priority;
                }
            }
            _ => {}
        }
        next
    }
}

/// A supervisor who orders, and what they were answered.
struct Boss {
    page: Page,
    known: Ordered,
    contacts: BTreeMap<String, String>,
    /// Orders that rang dan for a contact, of those that were done.
    rung: BTreeMap<String, usize>,
    refused: usize,
}

impl Boss {
    /// An order, and whether it is one that is always refused.
    fn invent(&self, dice: &mut Dice) -> (Steer, bool) {
        let user = || "ann".to_owned();
        let one = |of: &[&str], dice: &mut Dice| of[dice.roll(of.len() as u64) as usize].to_owned();
        let contact = |dice: &mut Dice| self.contacts[&one(&CALLERS, dice)].clone();
        let on = dice.roll(2) == 0;
        match dice.roll(15) {
            0 => (Steer::Ready { user: user() }, false),
            1 => (Steer::Pause { user: user(), reason: Some(one(&REASONS, dice)) }, false),
            2 => (Steer::Pause { user: user(), reason: Some("holiday".into()) }, true),
            3 => (Steer::Member { user: user(), queue: one(&QUEUES, dice), on }, false),
            4 => (Steer::Member { user: user(), queue: "desk".into(), on }, true),
            5 | 6 => {
                let on = !self.known.queues.contains_key("extra");
                (Steer::Belong { user: user(), queue: "extra".into(), on }, false)
            }
            7 => {
                let on = self.known.queues.contains_key("extra");
                (Steer::Belong { user: user(), queue: "extra".into(), on }, true)
            }
            8 | 9 => (Steer::Move { contact: contact(dice), queue: one(&QUEUES, dice) }, false),
            10 => (Steer::Move { contact: contact(dice), queue: "nowhere".into() }, true),
            11 => (Steer::Prioritise { contact: contact(dice), priority: dice.roll(4) as u8 }, false),
            12 => (Steer::Prioritise { contact: contact(dice), priority: 4 }, true),
            13 => (Steer::Assign { contact: contact(dice), user: user() }, true),
            _ => (Steer::Assign { contact: contact(dice), user: "dan".into() }, false),
        }
    }

    async fn rule(&mut self, dice: &mut Dice) {
        loop {
            let (steer, refused) = self.invent(dice);
            let order = Order::Steer { steer: steer.clone() };
            let Some(result) = self.page.steer(steer).await else { return };
            self.answered(&order, &result);
            // Dan may be rung for somebody already.
            let may_fail = matches!(&order, Order::Steer { steer: Steer::Assign { .. } });
            assert!(may_fail || (result == OrderResult::Done) != refused, "{order:?} was answered {result:?}, knowing {:?}", self.known);
            assert_ne!((refused, &result), (true, &OrderResult::Done), "{order:?}");
            dice.pause(30).await;
        }
    }

    fn answered(&mut self, order: &Order, result: &OrderResult) {
        if *result != OrderResult::Done {
            self.refused += 1;
            return;
        }
        self.known = self.known.after(order, &self.contacts);
        if let Order::Steer { steer: Steer::Assign { contact, .. } } = order {
            *self.rung.entry(contact.clone()).or_default() += 1;
        }
    }

    /// After a restart, with all callers back under new contacts.
    async fn check(&mut self, contacts: BTreeMap<String, String>, round: usize) {
        let floor = self.page.again().await.floor.expect("a floor");
        let open = self.page.open.clone();
        let done = open.as_ref().map(|(_, order)| self.known.after(order, &self.contacts));
        let found = Ordered::shown(&floor, &contacts);
        let is_done = done.as_ref() == Some(&found);
        assert!(found == self.known || is_done, "round {round}: {found:?}\nafter {:?}\nand perhaps {open:?}", self.known);
        // What it is answered now is true.
        let mut last = String::new();
        if let Some((_, order)) = open {
            let result = self.page.send_open().await.expect("an answer");
            self.answered(&order, &result);
            last = format!("{order:?} was found done: {is_done}, and answered {result:?}");
        }
        self.contacts = contacts;
        let floor = self.page.resync().await.floor.expect("a floor");
        assert_eq!(Ordered::shown(&floor, &self.contacts), self.known, "round {round}: {last}");
    }
}

/// An agent who finishes calls, with a caller of their own and a supervisor who sometimes finishes for them.
struct Working {
    agent: Phone,
    caller: Phone,
    open: [Vec<SessionId>; 2],
    page: Page,
    chief: Page,
    /// The call that the page knows is to be finished, and how often that was made longer.
    wraps_up: Option<(String, u32)>,
    /// Contacts whose work is done, with the words that were said.
    finished: BTreeMap<String, Option<String>>,
    words: usize,
}

impl Working {
    async fn work(&mut self, dice: &mut Dice) -> Option<()> {
        loop {
            // A call that a kill found running is finished first.
            self.page.until(|status| status.wrap_up.is_some() || status.state == AgentState::Ready).await?;
            self.look();
            if self.wraps_up.is_none() {
                let call = self.caller.call("desk", SDP).await;
                self.open[0].push(call);
                let (rings, _) = self.agent.incoming().await;
                self.open[1].push(rings);
                self.agent.answer(rings, SDP).await;
                self.caller.accepted(call).await?;
                dice.pause(20).await;
                self.caller.hang_up(call).await;
                self.page.until(|status| status.wrap_up.is_some()).await?;
                self.look();
            }
            self.finish(dice).await?;
            dice.pause(20).await;
        }
    }

    fn look(&mut self) {
        let wrap_up = self.page.status.as_ref().and_then(|status| status.wrap_up.as_ref());
        // What was answered may not have been shown yet.
        let known = |contact: &str| self.wraps_up.iter().find(|(known, _)| known == contact).map_or(0, |(_, extended)| *extended);
        self.wraps_up = wrap_up.map(|wrap_up| (wrap_up.contact.clone(), wrap_up.extended.max(known(&wrap_up.contact))));
        assert!(self.wraps_up.as_ref().is_none_or(|(contact, _)| !self.finished.contains_key(contact)), "{:?} is finished", self.wraps_up);
    }

    /// Something about the call that is to be finished, in the end that.
    async fn finish(&mut self, dice: &mut Dice) -> Option<()> {
        let (contact, extended) = self.wraps_up.clone()?;
        self.words += 1;
        let note = format!("words {}", self.words);
        let finish = |contact: &str, disposition: &str| Order::FinishWrapUp {
            contact: contact.to_owned(),
            disposition: Some(disposition.to_owned()),
            note: note.clone(),
        };
        match dice.roll(6) {
            0 => {
                let order = Order::ExtendWrapUp { contact: contact.clone() };
                let result = self.page.order(order.clone()).await?;
                assert_eq!(result == OrderResult::Done, extended < 2, "{result:?}");
                self.answered(&order, &result);
                Some(())
            }
            1 => {
                let result = self.page.order(finish(&contact, "unheard of")).await?;
                assert_eq!(result, OrderResult::Invalid);
                Some(())
            }
            2 => {
                let result = self.page.order(finish("another", "solved")).await?;
                assert_eq!(result, OrderResult::TooLate);
                Some(())
            }
            3 => {
                let steer = Steer::EndWrapUp { user: "cat".into(), contact };
                let order = Order::Steer { steer: steer.clone() };
                let result = self.chief.steer(steer).await?;
                assert_eq!(result, OrderResult::Done);
                self.answered(&order, &result);
                self.page.until(|status| status.wrap_up.is_none()).await
            }
            _ => {
                let order = finish(&contact, "solved");
                let result = self.page.order(order.clone()).await?;
                assert_eq!(result, OrderResult::Done);
                self.answered(&order, &result);
                self.page.until(|status| status.wrap_up.is_none()).await
            }
        }
    }

    fn answered(&mut self, order: &Order, result: &OrderResult) {
        if *result != OrderResult::Done {
            return;
        }
        match order {
            Order::ExtendWrapUp { .. } => {
                if let Some((_, extended)) = &mut self.wraps_up {
                    *extended += 1;
                }
            }
            Order::FinishWrapUp { contact, note, .. } => {
                self.finished.insert(contact.clone(), Some(note.clone()));
                self.wraps_up = None;
            }
            Order::Steer { steer: Steer::EndWrapUp { contact, .. } } => {
                self.finished.insert(contact.clone(), None);
                self.wraps_up = None;
            }
            _ => {}
        }
    }

    async fn check(&mut self, url: &str, round: usize) {
        let status = self.page.again().await.agent.expect("a status");
        assert!(status.wants_calls, "round {round}: {status:?}");
        let found = status.wrap_up.map(|wrap_up| (wrap_up.contact, wrap_up.extended));
        assert!(found.as_ref().is_none_or(|(contact, _)| !self.finished.contains_key(contact)), "round {round}: {found:?} is finished");
        self.chief.again().await;
        if let Some(known) = self.wraps_up.clone() {
            let page = self.page.open.clone();
            let page = page.map(|(_, order)| order);
            let chief = self.chief.open.clone().map(|(_, order)| order);
            let longer = matches!(&page, Some(Order::ExtendWrapUp { .. })) && found == Some((known.0.clone(), known.1 + 1));
            let over = matches!(&page, Some(Order::FinishWrapUp { disposition, contact, .. })
                if *contact == known.0 && disposition.as_deref() == Some("solved"))
                || chief.is_some();
            assert!(
                found.as_ref() == Some(&known) || longer || (over && found.is_none()),
                "round {round}: {found:?} after {known:?}, and perhaps {page:?} or {chief:?}"
            );
            for page in [&mut self.page, &mut self.chief] {
                let Some((_, order)) = page.open.clone() else { continue };
                let result = page.send_open().await.expect("an answer");
                let ends = !matches!(order, Order::ExtendWrapUp { .. });
                // Whatever has come of it, the answer says so.
                assert!(
                    !ends || found.is_some() || result == OrderResult::Done,
                    "round {round}: {order:?} is done and answered {result:?}"
                );
                assert!(!longer || result == OrderResult::Done, "round {round}: {order:?} is done and answered {result:?}");
                if ends && result == OrderResult::Done {
                    let (contact, words) = match order {
                        Order::FinishWrapUp { contact, note, .. } => (contact, Some(note)),
                        _ => (known.0.clone(), None),
                    };
                    self.finished.insert(contact, words);
                }
            }
        } else {
            for page in [&mut self.page, &mut self.chief] {
                assert!(page.open.is_none(), "an order without a call");
            }
        }
        for (phone, open) in [&mut self.caller, &mut self.agent].into_iter().zip(&mut self.open) {
            come_back(phone, url, open).await;
        }
        self.page.status = self.page.resync().await.agent;
        self.look();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_holds_after_a_kill_if_and_only_if_it_was_done() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("portico.toml");
    write_config(&file, 0);
    let mut running = serve(&file);
    let url = running.url.clone();
    // Sessions are of one address.
    write_config(&file, url.rsplit(':').next().unwrap().parse().unwrap());
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    let (mut boss, _) = Page::open(&url, "boss").await;
    let (chief, _) = Page::open(&url, "chief").await;
    let (mut page, _) = Page::open(&url, "cat").await;
    let (mut dan, _) = Page::open(&url, "dan").await;
    assert_eq!(page.order(Order::Ready).await, Some(OrderResult::Done));
    assert_eq!(dan.order(Order::Ready).await, Some(OrderResult::Done));
    let mut rings = phone(&url, "dan", 1).await;
    let (agent, caller) = (phone(&url, "cat", 2).await, phone(&url, "ada", 3).await);
    let mut working =
        Working { agent, caller, open: [Vec::new(), Vec::new()], page, chief, wraps_up: None, finished: BTreeMap::new(), words: 0 };
    let mut waiting = Vec::new();
    for (n, user) in CALLERS.into_iter().enumerate() {
        waiting.push(Waiting { phone: phone(&url, user, 10 + n).await, call: None, told: Vec::new() });
    }
    let contacts = call_all(&mut waiting).await;
    let known = Ordered::shown(&boss.resync().await.floor.unwrap(), &contacts);
    assert_eq!((known.callers.len(), known.queues.len()), (3, 2), "{known:?}");
    let mut boss = Boss { page: boss, known, contacts, rung: BTreeMap::new(), refused: 0 };
    for round in 0..ROUNDS {
        let [mut a, mut b] = [1, 2].map(|n| Dice(dice.0.wrapping_mul(2 * n + 1) | 1));
        let (ruled, worked, then) = (boss.page.answers.clone(), working.page.answers.clone(), dice.roll(300));
        tokio::select! {
            _ = async { tokio::join!(boss.rule(&mut a), working.work(&mut b)) } => {}
            () = Load::until([ruled, worked], 6, then) => {}
        }
        running.signal("-KILL");
        drop(running);
        running = serve(&file);
        assert_eq!(running.url, url);
        dan.again().await;
        // Whoever rang is another call by now.
        rings = phone_again(rings, &url).await;
        for caller in &mut waiting {
            caller.phone.connect(&url).await;
            assert_eq!(caller.phone.register().await, 200);
        }
        let contacts = call_all(&mut waiting).await;
        boss.check(contacts, round).await;
        working.check(&url, round).await;
    }
    let seen = format!(
        "{} orders of which {} were refused, {} rings, {} calls were finished",
        boss.page.answers.count(),
        boss.refused,
        boss.rung.values().sum::<usize>(),
        working.finished.len()
    );
    assert!(
        boss.page.answers.count() > 40 && boss.refused > 10 && !boss.rung.is_empty() && working.finished.len() > 5,
        "the load was none: {seen}"
    );
    running.signal("-TERM");
    assert_eq!(running.code(Duration::from_secs(8)), Some(0));

    sqlx::any::install_default_drivers();
    let pool = AnyPoolOptions::new().max_connections(1).connect(&sqlite_url(&data.path().join("portico.sqlite"))).await.unwrap();
    let rows: Vec<(String, String, String, String)> =
        sqlx::query_as("SELECT contact, kind, to_user, data FROM contact_events ORDER BY at, event_id").fetch_all(&pool).await.unwrap();
    let mut rung = BTreeMap::<String, usize>::new();
    let mut worked = BTreeMap::<String, Vec<Option<String>>>::new();
    for (contact, kind, to, data) in rows {
        if kind == "offered" && to == "dan" {
            *rung.entry(contact.clone()).or_default() += 1;
        }
        if kind == "wrapped-up" || kind == "wrapped_up" {
            let data: serde_json::Value = serde_json::from_str(&data).unwrap();
            let words = data["work"]["note"].as_str().filter(|words| !words.is_empty()).map(str::to_owned);
            worked.entry(contact).or_default().push(words);
        }
    }
    assert_eq!(rung, boss.rung, "who was rung, by order and by history");
    for (contact, words) in &working.finished {
        assert_eq!(worked.get(contact), Some(&vec![words.clone()]), "{contact}");
    }
    let said: Vec<&String> = worked.values().flatten().flatten().collect();
    assert!(said.iter().all(|words| working.finished.values().flatten().any(|known| known == *words)), "refused words: {said:?}");
}

/// Everybody calls; gives the contact of each.
async fn call_all(waiting: &mut [Waiting]) -> BTreeMap<String, String> {
    let mut contacts = BTreeMap::new();
    for caller in waiting {
        caller.call().await;
        contacts.insert(caller.phone.user.clone(), caller.told.last().unwrap().clone());
    }
    contacts
}

/// A phone that remembers nothing.
async fn phone_again(before: Phone, url: &str) -> Phone {
    let n = before.contact.trim_start_matches("sip:p").split('@').next().unwrap().parse::<usize>().unwrap() + 100;
    phone(url, &before.user, n).await
}

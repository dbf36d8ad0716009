//! The program itself, killed without a word while people call, wait, talk and pause: what each of them was told before is there afterwards.

use crate::phone::Phone;
use crate::process::{Running, demo};
use crate::support::{Client, Feed};
use futures_util::SinkExt as _;
use sip_ws::endpoint::{EndpointEvent, SessionId};
use sqlx::any::AnyPoolOptions;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use switchboard::store::sqlite_url;
use tokio_tungstenite::tungstenite::Message as Frame;
use wire::{ClientFrame, Order, OrderResult, ServerFrame};

pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";
const ROUNDS: usize = 6;
const REASONS: [&str; 3] = ["break", "lunch", "training"];

/// xorshift64*
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    pub async fn pause(&mut self, below_ms: u64) {
        tokio::time::sleep(Duration::from_millis(self.roll(below_ms))).await;
    }
}

/// Counts what has come of the load: a round goes on until it was one, however busy the machine is.
#[derive(Clone, Default)]
pub struct Load(Arc<AtomicUsize>);

impl Load {
    pub fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Until there were so many more of each, for twenty seconds at most, and some time.
    pub async fn until<const N: usize>(all: [Load; N], more: usize, then_ms: u64) {
        let wanted: Vec<usize> = all.iter().map(|load| load.count() + more).collect();
        let end = Instant::now() + Duration::from_secs(20);
        while all.iter().zip(&wanted).any(|(load, wanted)| load.count() < *wanted) && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(then_ms)).await;
    }
}

/// Somebody who waits in the queue, hangs up and calls again, as often as there is time.
pub struct Waiting {
    pub phone: Phone,
    pub call: Option<SessionId>,
    /// Contacts of which they were told a place.
    pub told: Vec<String>,
}

impl Waiting {
    /// Calls, and says which place they are told first.
    pub async fn call(&mut self) -> u32 {
        let call = self.phone.call("support", SDP).await;
        self.call = Some(call);
        let place = self.phone.event(|e| match e {
            EndpointEvent::Provisional { session, message } if *session == call => {
                message.queue_place().ok().flatten().map(|place| place.position)
            }
            _ => None,
        });
        let place = place.await.expect("a place");
        self.told.push(contact(&self.phone, call).await);
        place
    }

    /// The exchange has taken the end of a call that nobody answered.
    async fn over(&mut self, call: SessionId) {
        let over = self.phone.event(|e| match e {
            EndpointEvent::Rejected { session, .. } | EndpointEvent::Ended { session, .. } | EndpointEvent::Failed { session, .. } => {
                (*session == call).then_some(())
            }
            _ => None,
        });
        over.await.expect("an end");
    }

    async fn come_and_go(&mut self, dice: &mut Dice) {
        loop {
            dice.pause(60).await;
            if let Some(call) = self.call.take() {
                self.phone.hang_up(call).await;
                self.over(call).await;
            }
            dice.pause(20).await;
            self.call().await;
        }
    }
}

/// Two who talk, again and again.
struct Talking {
    caller: Phone,
    callee: Phone,
    open: [Vec<SessionId>; 2],
    /// Contacts of which the caller was told that they are answered.
    told: Vec<String>,
    load: Load,
}

impl Talking {
    async fn talk(&mut self, dice: &mut Dice) {
        loop {
            let call = self.caller.call("agent1", SDP).await;
            self.open[0].push(call);
            let (rings, _) = self.callee.incoming().await;
            self.open[1].push(rings);
            dice.pause(10).await;
            self.callee.answer(rings, SDP).await;
            if self.caller.accepted(call).await.is_none() {
                return;
            }
            self.told.push(contact(&self.caller, call).await);
            self.load.one();
            dice.pause(40).await;
            self.callee.hang_up(rings).await;
            self.caller.ended(call).await;
        }
    }

    /// Both are there again and leave what they had.
    async fn come_back(&mut self, url: &str) {
        for (phone, open) in [&mut self.caller, &mut self.callee].into_iter().zip(&mut self.open) {
            come_back(phone, url, open).await;
        }
    }
}

/// A phone is there again and leaves the calls that it had.
pub async fn come_back(phone: &mut Phone, url: &str, open: &mut Vec<SessionId>) {
    phone.connect(url).await;
    assert_eq!(phone.register().await, 200);
    for session in open.drain(..) {
        let leave = move |ep: &mut sip_ws::endpoint::Endpoint, now, flow| {
            ep.set_flow(now, session, flow);
            ep.hang_up(now, session, &[]);
        };
        phone.with(leave).await;
    }
    // Whatever still rings from before is no call of this round.
    let _ = phone.heard(|_| None::<()>);
    phone.forget_events();
}

pub async fn contact(phone: &Phone, session: SessionId) -> String {
    phone.with(move |ep, _, _| ep.session_id(session).map(|(own, _)| own.to_owned())).await.expect("a session")
}

/// The page of an agent who cannot make up their mind.
struct Pausing {
    client: Client,
    order: u64,
    /// Reasons that were ordered, the first one found at the start, and how many of the others were answered.
    wanted: Vec<Option<String>>,
    answered: usize,
    load: Load,
}

impl Pausing {
    async fn open(&mut self, url: &str) -> Feed {
        url.clone_into(&mut self.client.base);
        // The demo makes its passwords anew at each start, which ends the sessions of before.
        assert_eq!(self.client.sign_in("agent1", "portico").await.status(), 200);
        let mut feed = self.client.feed().await;
        let found = match feed.next_state().await {
            Some(ServerFrame::Snapshot(snapshot)) => snapshot.agent.and_then(|agent| agent.pause_reason),
            other => panic!("no snapshot but {other:?}"),
        };
        assert!(self.wanted[self.answered..].contains(&found), "found {found:?}, {} answered of {:?}", self.answered, self.wanted);
        (self.wanted, self.answered) = (vec![found], 0);
        feed
    }

    async fn order(&mut self, feed: &mut Feed, dice: &mut Dice) {
        loop {
            self.order += 1;
            let reason = Some(REASONS[dice.roll(3) as usize].to_owned());
            self.wanted.push(reason.clone());
            let frame = ClientFrame::Order { id: self.order, order: Order::Pause { reason } };
            if feed.socket.send(Frame::text(serde_json::to_string(&frame).unwrap())).await.is_err() {
                return;
            }
            loop {
                match feed.next_state().await {
                    Some(ServerFrame::Ordered { id, result }) if id == self.order => {
                        assert_eq!(result, OrderResult::Done);
                        self.answered += 1;
                        self.load.one();
                        break;
                    }
                    Some(_) => {}
                    None => return,
                }
            }
            dice.pause(10).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_somebody_was_told_is_there_after_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut running = Running::start(demo(data.path(), "0"));
    let http = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let client = Client { http, base: running.url.clone() };
    let mut pausing = Pausing { client, order: 0, wanted: vec![None], answered: 0, load: Load::default() };
    let mut waiting = Vec::new();
    for (n, user) in ["admin", "concierge", "supervisor"].into_iter().enumerate() {
        waiting.push(Waiting { phone: Phone::registered(&running.url, user, n).await, call: None, told: Vec::new() });
    }
    let (caller, callee) = (Phone::registered(&running.url, "agent2", 8).await, Phone::registered(&running.url, "agent1", 9).await);
    let mut talking = Talking { caller, callee, open: [Vec::new(), Vec::new()], told: Vec::new(), load: Load::default() };
    let mut feed = pausing.open(&running.url).await;
    for (n, caller) in waiting.iter_mut().enumerate() {
        assert_eq!(caller.call().await as usize, n + 1);
    }
    let (mut orders, mut places) = (0, 0);
    for round in 0..ROUNDS {
        let mut of = [1, 2, 3, 4, 5].map(|n| Dice(dice.0.wrapping_mul(2 * n + 1) | 1));
        let [a, b, c, d, e] = &mut of;
        let [first, second, third] = &mut waiting[..] else { unreachable!() };
        let (paused, talked, then) = (pausing.load.clone(), talking.load.clone(), dice.roll(500));
        tokio::select! {
            _ = async { tokio::join!(first.come_and_go(a), second.come_and_go(b), third.come_and_go(c), talking.talk(d), pausing.order(&mut feed, e)) } => {}
            () = Load::until([paused, talked], 4, then) => {}
        }
        running.signal("-KILL");
        drop(running);
        orders += pausing.answered;
        running = Running::start(demo(data.path(), "0"));
        // The agent finds what was acknowledged last, or what was ordered since.
        feed = pausing.open(&running.url).await;
        // Whoever comes back is told the place of before: each the first one, where the last of them comes first.
        for caller in waiting.iter_mut().rev() {
            caller.phone.connect(&running.url).await;
            assert_eq!(caller.phone.register().await, 200);
            assert_eq!(caller.call().await, 1, "round {round}: {}", caller.phone.user);
            places += 1;
        }
        talking.come_back(&running.url).await;
    }
    for caller in &mut waiting {
        let call = caller.call.take().unwrap();
        caller.phone.hang_up(call).await;
        caller.over(call).await;
    }
    sqlx::any::install_default_drivers();
    let url = sqlite_url(&data.path().join("portico.sqlite"));
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    let left = async || sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM calls").fetch_one(&pool).await.unwrap().0;
    // The second phone of a call hears of its end a moment after the first.
    let end = Instant::now() + Duration::from_secs(10);
    while left().await > 0 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.signal("-TERM");
    assert_eq!(running.code(Duration::from_secs(8)), Some(0));
    assert_eq!(left().await, 0, "no row is left");
    let told: BTreeSet<&String> = waiting.iter().flat_map(|caller| &caller.told).collect();
    let seen = format!("{orders} orders, {places} places, {} waits and {} calls were told of", told.len(), talking.told.len());
    assert!(orders > 20 && told.len() > 20 && talking.told.len() > 20, "the load was none: {seen}");

    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT contact, kind FROM contact_events ORDER BY at, event_id").fetch_all(&pool).await.unwrap();
    let mut stories: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (contact, kind) in rows {
        stories.entry(contact).or_default().push(kind);
    }
    let last = ["refused", "missed", "cancelled", "failed", "abandoned", "opened", "ended"];
    for (contact, story) in &stories {
        let ends = story.iter().filter(|kind| last.contains(&kind.as_str())).count();
        assert_eq!(ends, 1, "{contact}: {story:?}");
    }
    for contact in told {
        let story = stories.get(contact).unwrap_or_else(|| panic!("{contact} is not in the history"));
        assert_eq!(story.iter().filter(|kind| *kind == "queued").count(), 1, "{contact}: {story:?}");
    }
    for contact in &talking.told {
        let story = stories.get(contact).unwrap_or_else(|| panic!("{contact} is not in the history"));
        assert_eq!(story.iter().filter(|kind| *kind == "answered").count(), 1, "{contact}: {story:?}");
    }
}

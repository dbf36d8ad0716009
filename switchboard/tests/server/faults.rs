//! The feed through a bad line: the page's own logic before a running server, and between them somebody who loses, repeats and reorders
//! frames, holds a snapshot back, or lets nothing through for two hours. What the page then shows is what a page shows that has just come.

use crate::support::{Client, Desk, Feed};
use app::desk::Desk as Page;
use app::desk::effect::Effect;
use app::desk::event::{Event, Start};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use switchboard::clock::now_ms;
use switchboard::feed::Phones;
use switchboard::queue::io::Name;
use switchboard::queue::{QueueView, WaitingView};
use switchboard::server::Server;
use tokio_tungstenite::tungstenite::Message;
use wire::{AgentState, AgentStatus, ClientFrame, Interval, Me, Membership, QueueFigures, ServerFrame};

const OFFLINE_MS: i64 = 2 * 3_600_000;

/// Longer than changes are collected.
const SILENCE: Duration = Duration::from_millis(350);
/// The last change, by which it is known.
const LAST: usize = 63;

/// What is done to the frames of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Nothing,
    Gap,
    Twice,
    Reordered,
    /// The snapshot that was asked for comes only when further changes have come.
    LateSnapshot,
}

struct Tab {
    page: Page,
    /// What the page's clock is behind.
    behind: i64,
    line: Option<Feed>,
    fault: Fault,
    deltas: usize,
    held: VecDeque<ServerFrame>,
    /// A frame was kept from the page or given to it in the wrong place.
    wrong: bool,
    /// When the page asked for a snapshot that has not come.
    since: Option<Instant>,
    slowest: Duration,
    asked: usize,
    opened: usize,
}

impl Tab {
    async fn of(client: &Client, fault: Fault, behind: i64) -> Self {
        let mut tab = Self {
            page: Page::new(),
            behind,
            line: None,
            fault,
            deltas: 0,
            held: VecDeque::new(),
            wrong: false,
            since: None,
            slowest: Duration::ZERO,
            asked: 0,
            opened: 0,
        };
        tab.handle(Event::Started(Start { online: true, seed: 1, ..Start::default() })).await;
        let me: Option<Me> = client.json("/api/session").await;
        tab.handle(Event::Session(Ok(me.map(Box::new)))).await;
        assert!(tab.opened > 0, "the page wants its feed");
        tab.connect(client).await;
        tab
    }

    async fn connect(&mut self, client: &Client) {
        self.line = Some(client.feed().await);
        self.deltas = 0;
    }

    fn clock(&self) -> i64 {
        now_ms() - self.behind
    }

    async fn handle(&mut self, event: Event) {
        let now = self.clock();
        self.page.handle(u64::try_from(now).unwrap(), now, event);
        while let Some(effect) = self.page.poll() {
            match effect {
                Effect::OpenFeed => self.opened += 1,
                Effect::SendFeed(frame) => {
                    if frame == ClientFrame::Resync {
                        self.asked += 1;
                        self.since = Some(Instant::now());
                    }
                    if let Some(line) = &mut self.line {
                        line.send(&frame).await;
                    }
                }
                // Everything else is not the feed's.
                _ => {}
            }
        }
    }

    /// A frame reaches the page.
    async fn deliver(&mut self, frame: ServerFrame) {
        let whole = matches!(frame, ServerFrame::Snapshot(_));
        self.handle(Event::Feed(Box::new(frame))).await;
        if whole {
            self.wrong = false;
            self.slowest = self.slowest.max(self.since.take().map_or(Duration::ZERO, |since| since.elapsed()));
        }
    }

    /// A frame comes out of the server and goes through the line.
    async fn through(&mut self, frame: ServerFrame) {
        let delta = matches!(frame, ServerFrame::Delta { .. });
        self.deltas += usize::from(delta);
        // Every fourth one meets its fault, so that between two of them the page is whole for a while.
        let bad = delta && self.deltas.is_multiple_of(4) && !self.wrong;
        match self.fault {
            Fault::Gap | Fault::LateSnapshot if bad => return self.wrong = true,
            Fault::Twice if bad => {
                self.deliver(frame.clone()).await;
                self.wrong = true;
                return self.deliver(frame).await;
            }
            Fault::Reordered if bad => {
                self.wrong = true;
                return self.held.push_back(frame);
            }
            Fault::LateSnapshot if matches!(frame, ServerFrame::Snapshot(_)) && self.wrong => {
                return self.held.push_back(frame);
            }
            _ => {}
        }
        match self.fault {
            // Behind the one that came after it.
            Fault::Reordered => {
                self.deliver(frame).await;
                while let Some(held) = self.held.pop_front() {
                    self.deliver(held).await;
                }
            }
            // Once the snapshot is on its way, two more changes overtake it: to the page they are of a state that it does not know.
            Fault::LateSnapshot if delta && !self.held.is_empty() => {
                self.held.push_back(frame);
                if self.held.len() > 2 {
                    self.held.rotate_left(1);
                    for frame in std::mem::take(&mut self.held) {
                        self.deliver(frame).await;
                    }
                }
            }
            _ => self.deliver(frame).await,
        }
    }

    /// Takes what the server sends until it has been silent for so long.
    async fn read(&mut self, silence: Duration) {
        loop {
            let Some(line) = &mut self.line else { return };
            match tokio::time::timeout(silence, line.socket.next()).await {
                Err(_) => return,
                Ok(Some(Ok(Message::Text(text)))) => self.through(serde_json::from_str(&text).unwrap()).await,
                Ok(Some(Ok(_))) => {}
                Ok(other) => panic!("the line is gone: {other:?}"),
            }
        }
    }

    /// What is shown, without what the clock alone makes of it; and the moments in it.
    fn shown(&self) -> (String, Vec<i64>) {
        let views = (self.page.people_view(), self.page.floor_view(), self.page.agent_rows(), self.page.floor_queue_rows());
        let all = format!("{views:?} {:?}", self.page.work_view());
        let (mut text, mut moments) = (String::new(), Vec::new());
        let mut parts = all.split("Moment(");
        text += parts.next().unwrap();
        for part in parts {
            let (moment, rest) = part.split_once(')').unwrap();
            moments.push(moment.trim().parse().unwrap());
            text += rest;
        }
        (text, moments)
    }

    /// The page shows what one shows that has just come.
    async fn is_like_new(&self, client: &Client) {
        let mut fresh = Tab::of(client, Fault::Nothing, self.behind).await;
        fresh.read(2 * SILENCE).await;
        let ((own, moments), (new, of_new)) = (self.shown(), fresh.shown());
        let hash = |text: &str| Sha256::digest(text).to_vec();
        assert_eq!(hash(&own), hash(&new), "\n{own}\n{new}");
        assert!(own.contains("Contact 63") && own.contains("Agent Two"), "there is something to compare: {own}");
        let apart = moments.iter().zip(&of_new).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
        assert!(moments.len() == of_new.len() && apart < 1_000, "moments are {apart} ms apart");
    }
}

/// Something of each kind changes.
fn change(server: &Server, n: usize) {
    let services = server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let user = ["agent1", "agent2", "concierge"][n % 3];
    let hub = &services.hub;
    hub.phones(&tenant, user, Phones { registered: n % 5 != 0, ringing: u32::from(n % 7 == 0), busy: u32::from(n % 2 == 0) });
    let state = if n % 4 < 2 { AgentState::Ready } else { AgentState::Paused };
    let reason = (state == AgentState::Paused).then(|| format!("reason {n}"));
    let status =
        AgentStatus { state, since: now_ms(), wants_calls: true, pause_reason: reason, set_by: None, unready: None, wrap_up: None };
    hub.agent(&tenant, user, status, vec![Membership { queue: "support".into(), on: n % 3 == 0 }]);
    let mut call = crate::support::ringing(&format!("contact-{}", n % 6));
    call.queue = Some(wire::CallQueue { name: "support".into(), label: "Support".into(), since: 1 });
    hub.call_changed(&tenant, user, call);
    let first = (0..n % 4).map(|k| WaitingView {
        contact: format!("c{n}-{k}"),
        display: format!("Contact {n}"),
        since: 1_000 * k as i64,
        priority: 1,
        offered_to: Vec::new(),
    });
    hub.queue(
        &tenant,
        &QueueView {
            queue: Name::new(tenant.as_str(), "support"),
            label: "Support".into(),
            waiting: n % 4,
            first: first.collect(),
            longest: (n % 4 > 0).then_some(0),
            free: n % 2,
            working: 1 + n % 3,
            open: true,
        },
    );
    let figures = Interval { at: now_ms() - now_ms() % 900_000, answered: n as u32, in_time: n as u32 / 2, lost: 1, waited_ms: 7 };
    hub.figures(&tenant, QueueFigures { queue: "support".into(), since: 7, intervals: vec![figures] });
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_line_does_to_the_feed_the_page_is_whole_again_within_a_second() {
    let faults = [Fault::Nothing, Fault::Gap, Fault::Twice, Fault::Reordered, Fault::LateSnapshot];
    futures_util::future::join_all(faults.map(through_all)).await;
}

async fn through_all(fault: Fault) {
    let desk = Desk::start().await;
    let client = desk.signed_in("supervisor").await;
    let mut tab = Tab::of(&client, fault, 0).await;
    tab.read(SILENCE).await;
    for n in 0..30 {
        change(&desk.server, n);
        // One frame of the server, and the answer to what the page asks for.
        tab.read(SILENCE).await;
    }
    // What is held back or lost is followed by something: a line that is whole again says the last word.
    let mut more = 30;
    while tab.wrong {
        assert!(more < 60, "{fault:?}: it is never whole again");
        change(&desk.server, more);
        tab.read(SILENCE).await;
        more += 1;
    }
    tab.fault = Fault::Nothing;
    change(&desk.server, LAST);
    tab.read(2 * SILENCE).await;
    match fault {
        Fault::Nothing => assert_eq!(tab.asked, 0),
        _ => assert!(tab.asked >= 2, "{fault:?}: {} times", tab.asked),
    }
    tab.is_like_new(&client).await;
    // Where the snapshot itself is held back, the line is slower than that.
    assert!(fault == Fault::LateSnapshot || tab.slowest < Duration::from_secs(1), "{fault:?}: {:?}", tab.slowest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_offline_for_two_hours_shows_what_is_true_now() {
    let desk = Desk::start().await;
    let client = desk.signed_in("supervisor").await;
    // Its clock runs from two hours ago to now.
    let mut tab = Tab::of(&client, Fault::Nothing, OFFLINE_MS).await;
    tab.read(SILENCE).await;
    change(&desk.server, 2);
    tab.read(SILENCE).await;
    let before = tab.shown().0;
    tab.line = None;
    tab.opened = 0;
    tab.handle(Event::Offline).await;
    tab.handle(Event::FeedClosed { signed_out: false }).await;
    let mut tries = 0;
    for second in 0..OFFLINE_MS / 1_000 {
        tab.behind = OFFLINE_MS - second * 1_000;
        tab.handle(Event::Tick).await;
        if tab.opened > tries {
            tries = tab.opened;
            tab.handle(Event::FeedClosed { signed_out: false }).await;
        }
        if second % 180 == 0 {
            change(&desk.server, usize::try_from(second / 180).unwrap());
        }
    }
    tab.behind = 0;
    // It has gone on trying, and not as fast as it could.
    assert!((1_000..=3_600).contains(&tries), "{tries} tries in two hours");
    change(&desk.server, LAST);
    assert_ne!(tab.shown().0, before, "it says that it is not connected");
    let back = Instant::now();
    tab.handle(Event::Online).await;
    tab.connect(&client).await;
    while !tab.page.desk_view().feed {
        let frame = tab.line.as_mut().unwrap().next().await.unwrap();
        tab.through(frame).await;
    }
    assert!(back.elapsed() < Duration::from_secs(1), "{:?}", back.elapsed());
    tab.read(2 * SILENCE).await;
    assert_eq!(tab.asked, 0, "a snapshot comes unasked");
    tab.is_like_new(&client).await;
}

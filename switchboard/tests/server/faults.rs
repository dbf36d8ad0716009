//! The feed through a bad line: the page's own logic before a running server, and between them somebody who loses, repeats and reorders
//! frames, holds a snapshot back, loses the last word, or lets nothing through for two hours. What the page then shows is what a page shows
//! that has just come, and within a second of what went wrong.

use crate::support::{Client, Desk, Feed, ringing};
use app::desk::Desk as Page;
use app::desk::effect::Effect;
use app::desk::event::{Event, Start};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use switchboard::clock::now_ms;
use switchboard::feed::Phones;
use switchboard::queue::io::Name;
use switchboard::queue::{QueueView, WaitingView};
use switchboard::server::Server;
use wire::{AgentState, AgentStatus, ClientFrame, Interval, Me, Membership, QueueFigures, ServerFrame, Snapshot};

const OFFLINE_MS: i64 = 2 * 3_600_000;
/// Longer than changes are collected.
const SILENCE: Duration = Duration::from_millis(280);
/// From what goes wrong on the line until the page has everything again. A second is promised, and seen on a quiet machine; three are for a
/// debug build of which five run at once on two cores.
const WHOLE: Duration = Duration::from_secs(3);
/// For comparing at the end, which takes pages that have just come.
const LIMIT: Duration = Duration::from_secs(20);
/// No heartbeat during a test.
const NO_BEAT: u32 = 60_000;
/// The last change, by which it is known.
const LAST: usize = 63;

/// What is done to the frames of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Nothing,
    Gap,
    /// Every delta is lost.
    All,
    /// The first mark as well that tells of them.
    AllAndMark,
    /// All marks.
    AllAndMarks,
    Twice,
    Reordered,
    /// The snapshot that was asked for comes only when further changes have come.
    LateSnapshot,
}

struct Tab {
    page: Page,
    /// The server's clock, as the frames tell it: what is shown then depends on them alone.
    now: i64,
    /// What the page's clock is behind it.
    behind: i64,
    line: Option<Feed>,
    fault: Fault,
    deltas: usize,
    held: VecDeque<ServerFrame>,
    /// A frame was kept from the page or given to it in the wrong place.
    wrong: bool,
    /// Since when the page lacks something: not what the line itself holds back.
    lacks: Option<Instant>,
    /// How long it did, each time.
    took: Vec<Duration>,
    /// Number of the last snapshot or delta that came out of the server.
    last: u64,
    /// Marks that were lost.
    marks: usize,
    /// Snapshots that the page asked for.
    asked: usize,
    /// Deltas that came between asking and the snapshot, and the most of them.
    between: Option<usize>,
    most: usize,
    opened: usize,
}

impl Tab {
    async fn of(client: &Client, fault: Fault, behind: i64) -> Self {
        let mut tab = Self {
            page: Page::new(),
            now: now_ms(),
            behind,
            line: None,
            fault,
            deltas: 0,
            held: VecDeque::new(),
            wrong: false,
            lacks: None,
            took: Vec::new(),
            last: 0,
            marks: 0,
            asked: 0,
            between: None,
            most: 0,
            opened: 0,
        };
        tab.handle(Event::Started(Start { online: true, seed: 1, ..Start::default() })).await;
        let me: Option<Me> = client.json("/api/session").await;
        tab.handle(Event::Session(Ok(me.map(Box::new)))).await;
        assert!(tab.opened > 0, "the page wants its feed");
        tab.connect(client).await;
        tab.hear().await;
        tab
    }

    async fn connect(&mut self, client: &Client) {
        self.line = Some(client.feed().await);
        self.deltas = 0;
    }

    async fn handle(&mut self, event: Event) {
        let now = self.now - self.behind;
        self.page.handle(u64::try_from(now).unwrap(), now, event);
        while let Some(effect) = self.page.poll() {
            match effect {
                Effect::OpenFeed(_) => self.opened += 1,
                Effect::SendFeed(frame) => {
                    if frame == ClientFrame::Resync {
                        self.asked += 1;
                        self.between = Some(0);
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

    fn goes_wrong(&mut self) {
        self.wrong = true;
        self.lacks.get_or_insert_with(Instant::now);
    }

    /// A frame reaches the page.
    async fn deliver(&mut self, frame: ServerFrame) {
        let whole = matches!(frame, ServerFrame::Snapshot(_));
        let latest = matches!(&frame, ServerFrame::Snapshot(snapshot) if snapshot.seq == self.last);
        if let ServerFrame::Snapshot(Snapshot { now, .. }) | ServerFrame::Delta { now, .. } = &frame {
            self.now = self.now.max(*now);
        }
        self.handle(Event::Feed(Box::new(frame))).await;
        if whole {
            self.wrong = false;
        }
        if latest {
            self.took.extend(self.lacks.take().map(|since| since.elapsed()));
        }
    }

    /// A frame comes out of the server and goes through the line.
    async fn through(&mut self, frame: ServerFrame) {
        let delta = matches!(frame, ServerFrame::Delta { .. });
        self.deltas += usize::from(delta);
        match &frame {
            ServerFrame::Delta { seq, .. } => {
                self.last = *seq;
                self.between = self.between.map(|count| count + 1);
            }
            ServerFrame::Snapshot(snapshot) => {
                self.last = snapshot.seq;
                self.most = self.most.max(self.between.take().unwrap_or(0));
            }
            _ => {}
        }
        // Every fourth one meets its fault, so that between two of them the page is whole for a while.
        let bad = delta && self.deltas.is_multiple_of(4) && !self.wrong;
        match self.fault {
            Fault::All | Fault::AllAndMark | Fault::AllAndMarks if delta => return self.goes_wrong(),
            Fault::AllAndMark | Fault::AllAndMarks
                if matches!(frame, ServerFrame::Mark { .. }) && (self.marks == 0 || self.fault == Fault::AllAndMarks) =>
            {
                return self.marks += 1;
            }
            Fault::Gap | Fault::LateSnapshot if bad => return self.goes_wrong(),
            Fault::Twice if bad => {
                self.deliver(frame.clone()).await;
                self.goes_wrong();
                return self.deliver(frame).await;
            }
            Fault::Reordered if bad => {
                self.goes_wrong();
                return self.held.push_back(frame);
            }
            Fault::LateSnapshot if matches!(frame, ServerFrame::Snapshot(_)) && self.wrong => {
                return self.held.push_back(frame);
            }
            _ => {}
        }
        match self.fault {
            // Behind the one that came after it.
            Fault::Reordered if delta => {
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
                    self.lacks = Some(Instant::now());
                    for frame in std::mem::take(&mut self.held) {
                        self.deliver(frame).await;
                    }
                }
            }
            _ => self.deliver(frame).await,
        }
    }

    /// Takes the next frame.
    async fn next(&mut self) {
        let line = self.line.as_mut().expect("a line");
        let frame = line.next().await.expect("a frame");
        self.through(frame).await;
    }

    /// Takes what the server sends until it is silent: at least a frame.
    async fn hear(&mut self) {
        self.next().await;
        while let Some(line) = &mut self.line
            && let Ok(frame) = tokio::time::timeout(SILENCE, line.next()).await
        {
            self.through(frame.expect("the line holds")).await;
        }
    }

    fn shown(&self) -> String {
        let views = (self.page.people_view(), self.page.floor_view(), self.page.agent_rows(), self.page.floor_queue_rows());
        format!("{views:?} {:?}", self.page.work_view())
    }

    /// The page comes to show what one shows that has just come.
    async fn becomes_like_new(&mut self, client: &Client) {
        let hash = |text: &str| Sha256::digest(text).to_vec();
        let until = tokio::time::Instant::now() + LIMIT;
        loop {
            let fresh = Tab::of(client, Fault::Nothing, self.behind).await.shown();
            let own = self.shown();
            if hash(&own) == hash(&fresh) && own.contains("Contact 63") {
                return assert!(own.contains("Agent Two"), "there is something to compare: {own}");
            }
            let more = tokio::time::timeout_at(until, self.next()).await;
            assert!(more.is_ok(), "they stay apart\n{own}\n{fresh}");
        }
    }
}

/// Something of each kind changes.
fn change(server: &Server, n: usize) {
    let services = server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let user = ["agent1", "agent2", "concierge"][n % 3];
    let hub = &services.hub;
    hub.phones(
        &tenant,
        user,
        Phones { registered: !n.is_multiple_of(5), ringing: u32::from(n.is_multiple_of(7)), busy: u32::from(n.is_multiple_of(2)) },
    );
    let state = if n % 4 < 2 { AgentState::Ready } else { AgentState::Paused };
    let reason = (state == AgentState::Paused).then(|| format!("reason {n}"));
    let status =
        AgentStatus { state, since: now_ms(), wants_calls: true, pause_reason: reason, set_by: None, unready: None, wrap_up: None };
    hub.agent(&tenant, user, status, vec![Membership { queue: "support".into(), on: n.is_multiple_of(3) }]);
    let mut call = ringing(&format!("contact-{}", n % 6));
    call.queue = Some(wire::CallQueue { name: "support".into(), label: "Support".into(), since: 1 });
    hub.call_changed(&tenant, user, call);
    let first = (0..n % 4).map(|k| WaitingView {
        contact: format!("c{n}-{k}"),
        caller: Name::new(tenant.as_str(), "~support~0123456789abcdef"),
        display: format!("Contact {n}"),
        since: 1_000 * k as i64,
        priority: 1,
        lack: None,
        offered_to: Vec::new(),
    });
    hub.queue(
        &tenant,
        &QueueView {
            queue: Name::new(tenant.as_str(), "support"),
            label: "Support".into(),
            waiting: n % 4,
            first: first.collect(),
            longest: (!n.is_multiple_of(4)).then_some(0),
            free: n % 2,
            working: 1 + n % 3,
            open: true,
        },
    );
    let figures = Interval {
        at: now_ms() - now_ms() % 900_000,
        answered: n as u32,
        in_time: n as u32 / 2,
        lost: 1,
        waited_ms: 7,
        ..Interval::default()
    };
    hub.figures(&tenant, QueueFigures { queue: "support".into(), since: 7, intervals: vec![figures] });
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_line_does_to_the_feed_the_page_is_whole_again() {
    let faults = [Fault::Nothing, Fault::Gap, Fault::Twice, Fault::Reordered, Fault::LateSnapshot];
    futures_util::future::join_all(faults.map(through_all)).await;
}

async fn through_all(fault: Fault) {
    let desk = Desk::start_with(|config| config.limits.heartbeat_ms = NO_BEAT).await;
    let client = desk.signed_in("supervisor").await;
    let mut tab = Tab::of(&client, fault, 0).await;
    for n in 0..14 {
        change(&desk.server, n);
        // One frame of the server, and the answer to what the page asks for.
        tab.hear().await;
    }
    // What is held back or lost is followed by something: a line that is whole again says the last word.
    let mut more = 14;
    while tab.wrong {
        assert!(more < 60, "{fault:?}: it is never whole again");
        change(&desk.server, more);
        tab.hear().await;
        more += 1;
    }
    tab.fault = Fault::Nothing;
    change(&desk.server, LAST);
    tab.becomes_like_new(&client).await;
    match fault {
        Fault::Nothing => assert_eq!((tab.asked, tab.took.len()), (0, 0)),
        // Each of its snapshots is behind already when it comes, but for the last one.
        Fault::LateSnapshot => assert!(tab.asked >= 2 && !tab.took.is_empty(), "{fault:?}: {} times, never whole", tab.asked),
        _ => assert!(tab.asked >= 2 && tab.took.len() >= 2, "{fault:?}: {} times, whole after {:?}", tab.asked, tab.took),
    }
    assert!(tab.lacks.is_none() && tab.took.iter().all(|took| *took < WHOLE), "{fault:?}: whole after {:?}", tab.took);
    // A snapshot waits for nothing: what comes before it was under way, and one change makes two frames at most.
    assert!(tab.most <= 2, "{fault:?}: {} changes before the snapshot", tab.most);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_change_that_is_lost_is_noticed_though_nothing_follows_it() {
    // By its mark, or by the second one; by a heartbeat where both were lost as well.
    let beat = Duration::from_millis(1_000);
    let all = [(Fault::All, NO_BEAT, WHOLE), (Fault::AllAndMark, NO_BEAT, WHOLE), (Fault::AllAndMarks, 1_000, beat + WHOLE)];
    futures_util::future::join_all(all.map(last_change)).await;
}

async fn last_change((fault, heartbeat_ms, bound): (Fault, u32, Duration)) {
    let desk = Desk::start_with(|config| config.limits.heartbeat_ms = heartbeat_ms).await;
    let client = desk.signed_in("supervisor").await;
    let mut tab = Tab::of(&client, Fault::Nothing, 0).await;
    change(&desk.server, 2);
    tab.hear().await;
    let before = tab.shown();
    tab.fault = fault;
    change(&desk.server, LAST);
    while !tab.wrong {
        tab.next().await;
    }
    assert_eq!((tab.shown(), tab.asked), (before, 0), "the page knows nothing of it");
    for _ in 0..10 {
        if tab.wrong {
            tab.next().await;
        }
    }
    assert!(!tab.wrong && tab.asked >= 1, "{fault:?}: ten frames later it still does not");
    assert!(tab.took.len() == 1 && tab.took[0] < bound, "{fault:?}: whole after {:?}", tab.took);
    tab.fault = Fault::Nothing;
    tab.becomes_like_new(&client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_offline_for_two_hours_shows_what_is_true_now() {
    let desk = Desk::start_with(|config| config.limits.heartbeat_ms = NO_BEAT).await;
    let client = desk.signed_in("supervisor").await;
    // Its clock runs from two hours ago to now.
    let mut tab = Tab::of(&client, Fault::Nothing, OFFLINE_MS).await;
    change(&desk.server, 2);
    tab.hear().await;
    let before = tab.shown();
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
    assert!(!tab.page.desk_view().feed && tab.shown() != before, "it says that it is not connected");
    tab.handle(Event::Online).await;
    let back = Instant::now();
    tab.connect(&client).await;
    tab.next().await;
    assert!(tab.page.desk_view().feed, "the first frame is all it needs");
    assert!(back.elapsed() < WHOLE, "{:?}", back.elapsed());
    tab.becomes_like_new(&client).await;
    assert_eq!(tab.asked, 0, "a snapshot comes unasked");
}

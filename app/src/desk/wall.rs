//! The wallboard of a screen at which nobody signs in: it comes with a link, fetches its figures for as long as that link lasts, and
//! otherwise tries again for ever, since nobody stands there who could press a button.

use std::collections::VecDeque;

use wire::{Change, ClientFrame, FeedEnd, FloorQueue, QueueFigures, Secret, ServerFrame, Snapshot, Staff, WallPass};

use super::Millis;
use super::call::presentable;
use super::event::Failure;
use super::pulse::Pulse;
use super::server_clock::ServerClock;
use super::settings::Settings;
use super::update::put;
use super::view::board::{self, Clocks};
use super::view::floor::{FloorQueueRow, FloorView};

/// First retry within this, each further one at most the limit apart, spread at random: a building full of screens must not come at once.
const RETRY_MS: u64 = 800;
const RETRY_LIMIT_MS: u64 = 15_000;
/// A page that is older than the switchboard, and stays so when it is loaded again, does not do that all the time.
const RELOAD_MS: u64 = 60_000;

/// What happens to the screen.
#[derive(Debug)]
pub enum Event {
    /// The page begins.
    Started(Start),
    /// Another link was put into the address of the running page.
    Came(Secret),
    /// The other layout is wanted.
    Layout {
        /// One card per queue.
        by_queue: bool,
    },
    /// A second or so has passed.
    Tick,
    /// There may be a network again, or somebody looks.
    Shown,
    /// What the switchboard says to the link.
    Passed(Result<WallPass, Failure>),
    /// A frame of the feed.
    Frame(Box<ServerFrame>),
    /// The feed ended or could not be opened.
    Closed {
        /// The link has ended.
        ended: bool,
    },
}

/// How the page begins.
#[derive(Debug, Default)]
pub struct Start {
    /// As saved in this browser.
    pub settings: Settings,
    /// The browser's languages, the preferred one first.
    pub languages: Vec<String>,
    /// What stood behind the `#`; a screen that came before has a cookie instead.
    pub token: Option<Secret>,
    /// The layout that was chosen at this screen.
    pub by_queue: bool,
    /// Spreads retries.
    pub seed: u64,
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Ask whether the link is good: with its token, or with the cookie.
    Ask(Option<Secret>),
    /// The token is known: it leaves the address of the page.
    ForgetToken,
    /// Open the feed; an older one is dropped.
    OpenFeed,
    /// Drop the feed.
    CloseFeed,
    /// Send a frame.
    Send(ClientFrame),
    /// Set language and colours.
    ApplySettings(Settings),
    /// Remember the layout at this screen.
    KeepLayout(bool),
    /// Load the page again.
    Reload,
}

/// What stands on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The switchboard is being asked.
    #[default]
    Starting,
    /// The board.
    Board,
    /// The link has ended.
    Ended,
}

/// The screen as a whole; the board itself is in [`Wall::floor_view`] and [`Wall::queue_rows`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WallView {
    /// What stands on it.
    pub stage: Stage,
    /// What the link is called.
    pub name: String,
    /// The switchboard is not reached: figures are old, where there are any.
    pub unreached: bool,
    /// One card per queue.
    pub by_queue: bool,
}

/// The screen. Give it one event, then carry out every effect; its views can be read at any time.
#[derive(Debug, Default)]
pub struct Wall {
    now: Millis,
    settings: Settings,
    by_queue: bool,
    token: Option<Secret>,
    pass: Option<WallPass>,
    ended: bool,
    /// The board has been there: what it showed last stays.
    there: bool,
    queues: Vec<FloorQueue>,
    figures: Vec<QueueFigures>,
    staff: Staff,
    clock: ServerClock,
    seq: Option<u64>,
    build: Option<String>,
    pulse: Pulse,
    retry_at: Option<Millis>,
    reload_at: Option<Millis>,
    failures: u32,
    jitter: u64,
    effects: VecDeque<Effect>,
}

impl Wall {
    /// One thing happened, `now` on the page's clock.
    pub fn handle(&mut self, now: Millis, event: Event) {
        self.now = now;
        match event {
            Event::Started(start) => {
                self.settings = start.settings;
                self.settings.speak_one_of(&start.languages);
                (self.token, self.by_queue, self.jitter) = (start.token, start.by_queue, start.seed | 1);
                self.effects.push_back(Effect::ApplySettings(self.settings.clone()));
                self.go();
            }
            Event::Came(token) => self.came(token),
            Event::Layout { by_queue } => {
                self.by_queue = by_queue;
                self.effects.push_back(Effect::KeepLayout(by_queue));
            }
            Event::Tick => self.tick(),
            Event::Shown => {
                if self.retry_at.is_some() {
                    self.go();
                }
            }
            Event::Passed(result) => self.passed(result),
            // Whatever is still on its way to a link that has ended.
            _ if self.ended => {}
            Event::Frame(frame) => self.frame(*frame),
            Event::Closed { ended: true } => self.end(),
            Event::Closed { ended: false } => self.retry(None),
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// What the user chose for this browser.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The screen as a whole.
    #[must_use]
    pub fn wall_view(&self) -> WallView {
        let stage = match (self.ended, self.there) {
            (true, _) => Stage::Ended,
            (false, true) => Stage::Board,
            (false, false) => Stage::Starting,
        };
        WallView {
            stage,
            name: self.pass.as_ref().map(|pass| presentable(&pass.name)).unwrap_or_default(),
            unreached: self.failures > 0,
            by_queue: self.by_queue,
        }
    }

    /// What the board shows besides the queues.
    #[must_use]
    pub fn floor_view(&self) -> FloorView {
        FloorView {
            there: self.there,
            staff: self.staff,
            alarms: board::alarms(&self.queues, &self.figures, self.clocks()),
            ..FloorView::default()
        }
    }

    /// The queues of the link.
    #[must_use]
    pub fn queue_rows(&self) -> Vec<FloorQueueRow> {
        let clocks = self.clocks();
        let nobody = |_: &str| String::new();
        self.queues.iter().map(|of| board::queue_row(of, &self.figures, clocks, board::queue_view(&of.queue, clocks, &nobody))).collect()
    }

    fn clocks(&self) -> Clocks {
        Clocks { page: self.now, ahead: self.clock.ahead() }
    }

    /// A fresh link takes the place of whatever was shown.
    fn came(&mut self, token: Secret) {
        self.effects.push_back(Effect::CloseFeed);
        (self.token, self.pass) = (Some(token), None);
        (self.ended, self.there, self.seq, self.failures) = (false, false, None, 0);
        (self.queues, self.figures) = (Vec::new(), Vec::new());
        self.go();
    }

    fn go(&mut self) {
        self.retry_at = None;
        self.pulse.opened(self.now);
        let next = if self.pass.is_some() { Effect::OpenFeed } else { Effect::Ask(self.token.clone()) };
        self.effects.push_back(next);
    }

    fn tick(&mut self) {
        if self.reload_at.is_some_and(|at| at <= self.now) {
            self.reload_at = None;
            self.effects.push_back(Effect::Reload);
        }
        if self.ended {
            return;
        }
        let silent = self.pulse.is_gone(self.now);
        match self.retry_at {
            Some(at) if at <= self.now => self.go(),
            // A request ends by itself; a socket may stay open to a server that is not there any more.
            None if silent && self.pass.is_some() => {
                self.effects.push_back(Effect::CloseFeed);
                self.retry(None);
            }
            Some(_) | None => {}
        }
    }

    fn passed(&mut self, result: Result<WallPass, Failure>) {
        match result {
            Ok(pass) => {
                if self.token.take().is_some() {
                    self.effects.push_back(Effect::ForgetToken);
                }
                (self.pass, self.ended) = (Some(pass), false);
                self.go();
            }
            Err(failure) if failure.signed_out() => self.end(),
            Err(failure) => self.retry(failure.retry_after),
        }
    }

    /// The link is over: that is the one thing after which trying again is of no use.
    fn end(&mut self) {
        if self.token.take().is_some() {
            self.effects.push_back(Effect::ForgetToken);
        }
        self.effects.push_back(Effect::CloseFeed);
        (self.ended, self.there, self.retry_at) = (true, false, None);
        (self.queues, self.figures) = (Vec::new(), Vec::new());
    }

    fn retry(&mut self, after_s: Option<u32>) {
        self.seq = None;
        self.failures = self.failures.saturating_add(1);
        let limit = (RETRY_MS << self.failures.min(5)).min(RETRY_LIMIT_MS);
        let wait = RETRY_MS / 2 + self.spread(limit);
        self.retry_at = Some(self.now + wait.max(after_s.map_or(0, |seconds| u64::from(seconds) * 1000)));
    }

    /// A pseudo-random number below `limit` (xorshift: quality does not matter here).
    fn spread(&mut self, limit: u64) -> u64 {
        self.jitter ^= self.jitter << 13;
        self.jitter ^= self.jitter >> 7;
        self.jitter ^= self.jitter << 17;
        self.jitter % limit.max(1)
    }

    fn frame(&mut self, frame: ServerFrame) {
        self.pulse.heard(self.now, &frame);
        match frame {
            ServerFrame::Hello { build, .. } => {
                // Nobody else would bring the new version to this screen.
                if self.build.replace(build.clone()).is_some_and(|before| before != build) {
                    self.effects.push_back(Effect::Reload);
                }
            }
            ServerFrame::Snapshot(snapshot) => self.snapshot(snapshot),
            ServerFrame::Delta { seq, now, changes } => match self.seq {
                Some(last) if seq == last + 1 => {
                    self.seq = Some(seq);
                    self.clock.heard(self.now, now);
                    for change in changes {
                        self.change(change);
                    }
                }
                Some(_) => self.resync(),
                // The snapshot that was asked for is on its way.
                None => {}
            },
            ServerFrame::Heartbeat { beat, seq } => {
                self.effects.push_back(Effect::Send(ClientFrame::Heartbeat { beat }));
                self.last_frame(seq);
            }
            ServerFrame::Mark { seq } => self.last_frame(Some(seq)),
            ServerFrame::End { reason: FeedEnd::SignedOut | FeedEnd::Revoked } => self.end(),
            ServerFrame::End { reason: FeedEnd::BadVersion } => self.reload_at = self.reload_at.or(Some(self.now + RELOAD_MS)),
            ServerFrame::End { .. } | ServerFrame::Ordered { .. } | ServerFrame::Unknown => {}
        }
    }

    fn last_frame(&mut self, seq: Option<u64>) {
        if Pulse::misses(seq, self.seq) {
            self.resync();
        }
    }

    /// Nothing is applied any more until a new snapshot is here.
    fn resync(&mut self) {
        self.seq = None;
        self.effects.push_back(Effect::Send(ClientFrame::Resync));
    }

    fn snapshot(&mut self, snapshot: Snapshot) {
        let floor = snapshot.floor.unwrap_or_default();
        (self.queues, self.figures, self.staff) = (floor.queues, floor.figures, floor.staff.unwrap_or_default());
        (self.there, self.failures, self.seq) = (true, 0, Some(snapshot.seq));
        self.clock.set(self.now, snapshot.now);
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::FloorQueue { queue } => drop(put(&mut self.queues, queue, |queue| &queue.queue.name)),
            Change::FloorFigures { figures } => drop(put(&mut self.figures, figures, |figures| &figures.queue)),
            Change::FloorStaff { staff } => self.staff = staff,
            // Of people a screen is told nothing.
            Change::Person { .. }
            | Change::PersonGone { .. }
            | Change::Call { .. }
            | Change::Agent { .. }
            | Change::Queue { .. }
            | Change::Release { .. }
            | Change::CallEnded { .. }
            | Change::Told { .. }
            | Change::FloorAgent { .. }
            | Change::Unknown => {}
        }
    }
}

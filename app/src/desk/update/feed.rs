//! The switchboard's feed: a snapshot, then numbered changes; a new snapshot after a gap.

use wire::{Change, ClientFrame, FeedEnd, Person, ServerFrame};

use crate::desk::Desk;
use crate::desk::effect::Effect;
use crate::desk::pulse::Pulse;
use crate::desk::state::Session;
use crate::desk::view::desk::Notice;
use crate::desk::view::session::Shift;

/// First retry within this, each further one at most the limit apart, spread at random.
const RETRY_MS: u64 = 800;
const RETRY_LIMIT_MS: u64 = 5_000;

impl Desk {
    pub(super) fn connect_feed(&mut self) {
        self.state.feed.wanted = true;
        self.state.feed.retry_at = None;
        self.state.feed.pulse.opened(self.state.now);
        let phone = self.phone();
        self.state.feed.said = phone;
        self.effect(Effect::OpenFeed(phone));
    }

    pub(super) fn feed_frame(&mut self, frame: ServerFrame) {
        self.changed.all |= !matches!(frame, ServerFrame::Delta { .. } | ServerFrame::Heartbeat { .. } | ServerFrame::Mark { .. });
        self.state.feed.pulse.heard(self.state.now, &frame);
        match frame {
            ServerFrame::Hello { build, .. } => self.server_build(build),
            ServerFrame::Snapshot(mut snapshot) => {
                let again = self.state.feed.ever;
                let feed = &mut self.state.feed;
                (feed.up, feed.ever, feed.failures) = (true, true, 0);
                feed.seq = Some(snapshot.seq);
                feed.people = std::mem::take(&mut snapshot.people);
                sort(&mut feed.people);
                self.name_returned();
                self.state.clear_notice(|notice| *notice == Notice::FeedLost);
                self.work_snapshot(&mut snapshot);
                self.floor_snapshot(snapshot.floor.take());
                self.state.told = std::mem::take(&mut snapshot.told);
                self.order_again();
                self.say_quality_again();
                for release in std::mem::take(&mut snapshot.releases) {
                    self.release_changed(release);
                }
                self.load_doors();
                if again {
                    // Calls may have ended while nobody told us, and one's own rights may be other ones.
                    self.refresh_history();
                    self.effect(Effect::LoadSession);
                }
            }
            ServerFrame::Delta { seq, now, changes } => match self.state.feed.seq {
                Some(last) if seq == last + 1 => {
                    self.state.feed.seq = Some(seq);
                    self.work_clock(now);
                    for change in changes {
                        self.feed_change(change);
                    }
                }
                Some(_) => self.resync(),
                // The snapshot that was asked for is on its way.
                None => {}
            },
            ServerFrame::Heartbeat { beat, seq } => {
                self.effect(Effect::SendFeed(ClientFrame::Heartbeat { beat }));
                self.last_frame(seq);
            }
            ServerFrame::Mark { seq } => self.last_frame(Some(seq)),
            ServerFrame::Ordered { id, result } => self.ordered(id, result),
            ServerFrame::End { reason } => self.feed_ended(reason),
            ServerFrame::Unknown => {}
        }
    }

    fn last_frame(&mut self, seq: Option<u64>) {
        if Pulse::misses(seq, self.state.feed.seq) {
            self.resync();
        }
    }

    /// Nothing is applied any more until a new snapshot is here.
    fn resync(&mut self) {
        self.state.feed.seq = None;
        self.changed.rest = true;
        self.effect(Effect::SendFeed(ClientFrame::Resync));
    }

    pub(super) fn feed_closed(&mut self, signed_out: bool) {
        if !self.state.feed.wanted {
            return;
        }
        let feed = &mut self.state.feed;
        (feed.up, feed.seq) = (false, None);
        feed.failures += 1;
        let failures = feed.failures;
        if signed_out {
            self.expire();
            return;
        }
        let limit = (RETRY_MS << failures.min(4)).min(RETRY_LIMIT_MS);
        let wait = RETRY_MS / 2 + self.state.spread(limit);
        self.state.feed.retry_at = Some(self.state.now + wait);
        if failures > 1 {
            self.state.notice(Notice::FeedLost);
        }
    }

    pub(super) fn tick_feed(&mut self) {
        let feed = &self.state.feed;
        match feed.retry_at {
            Some(at) if at <= self.state.now => self.connect_feed(),
            // What the desk shows is not true any more, and the switchboard rings nobody whose page it does not hear.
            None if feed.wanted && (!feed.up || feed.pulse.is_known()) && feed.pulse.is_gone(self.state.now) => {
                self.effect(Effect::CloseFeed);
                self.feed_closed(false);
            }
            Some(_) | None => {}
        }
    }

    fn feed_change(&mut self, change: Change) {
        match change {
            Change::Person { person } => return self.person_changed(person),
            Change::FloorAgent { agent } => return self.floor_agent(agent),
            Change::FloorQueue { queue } => return self.floor_queue(queue),
            Change::FloorFigures { figures } => return self.floor_figures(figures),
            Change::PersonGone { id } => self.state.feed.people.retain(|person| person.id != id),
            Change::CallEnded { row } => {
                self.state.work.away.remove(&row.contact);
                self.history_row(row);
                self.load_figures();
            }
            // Our own calls are known from the signalling, sooner and better, but for their queue.
            Change::Call { call } => self.work_call(&call),
            Change::Agent { status } => self.agent_changed(status),
            Change::Queue { queue } => self.queue_changed(queue),
            Change::Release { release } => self.release_changed(release),
            Change::Told { told } => self.told(told),
            Change::FloorStaff { .. } | Change::Unknown => return,
        }
        self.changed.all = true;
    }

    fn person_changed(&mut self, person: Person) {
        let people = &mut self.state.feed.people;
        match people.iter_mut().find(|known| known.id == person.id) {
            Some(known) if (&known.user, &known.display_name) == (&person.user, &person.display_name) => {
                self.changed.people.insert(person.user.clone());
                *known = person;
                return;
            }
            Some(known) => *known = person,
            None => people.push(person),
        }
        sort(people);
        // Names stand in other rows too.
        self.changed.all = true;
    }

    fn feed_ended(&mut self, reason: FeedEnd) {
        self.state.log(format!("feed ended: {reason:?}"));
        match reason {
            FeedEnd::SignedOut => self.expire(),
            FeedEnd::Revoked => self.revoked(),
            FeedEnd::BadVersion => self.new_version(),
            FeedEnd::BadTicket | FeedEnd::BadFrame | FeedEnd::Silent | FeedEnd::Stopping | FeedEnd::TooMany | FeedEnd::Unknown => {}
        }
    }

    fn server_build(&mut self, build: String) {
        let before = self.state.feed.build.replace(build);
        if before.is_some() && before != self.state.feed.build {
            self.new_version();
        }
    }

    /// The page is older than the switchboard: load it again, but never under a call or a shift.
    fn new_version(&mut self) {
        let idle = self.state.calls.is_empty() && !self.works();
        match &self.state.session {
            Session::In(signed_in) if signed_in.shift == Shift::Off && idle => self.effect(Effect::Reload),
            _ => self.state.notice(Notice::NewVersion),
        }
    }
}

fn sort(people: &mut [Person]) {
    people.sort_by_cached_key(|person| (person.display_name.to_lowercase(), person.user.clone()));
}

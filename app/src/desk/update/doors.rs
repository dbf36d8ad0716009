//! Doors: what one may open, what was asked for from here, and what became of every release at one's sites.
//!
//! A release is asked for under an id that is used once. While no answer comes it is asked for again under the same id: the switchboard
//! opens once and tells the second time what became of it.

use wire::{DoorList, ErrorCode, RelayRelease, Release, ReleaseAnswer, ReleaseOutcome, Secret, ToneOrder, TonesPlayed, UnixMs};

use crate::desk::effect::{Effect, ReleaseOrder};
use crate::desk::event::Failure;
use crate::desk::state::{Ask, Session};
use crate::desk::{CallKey, Desk, Millis};

/// Releases that are remembered.
const RELEASES: usize = 200;
/// How long after a failed request it is sent again, and when that ends.
const AGAIN_MS: Millis = 700;
const GIVE_UP_MS: Millis = 60_000;

impl Desk {
    /// What there is to open may have changed while nobody told us.
    pub(super) fn load_doors(&mut self) {
        if matches!(self.state.session, Session::In(_)) {
            self.effect(Effect::LoadDoors);
        }
    }

    pub(super) fn doors_loaded(&mut self, result: Result<DoorList, Failure>) {
        let doors = &mut self.state.doors;
        match result {
            Ok(list) => {
                (doors.sites, doors.loaded, doors.failed) = (list.sites, true, false);
                self.work_clock(list.now);
            }
            Err(failure) => {
                doors.failed = true;
                if failure.signed_out() {
                    self.expire();
                }
            }
        }
    }

    /// Somebody presses a relay of a door. A second press while the first is under way asks for nothing.
    pub(super) fn open_door(&mut self, door: String, relay: u8, code: Option<String>, call: Option<CallKey>) {
        let known = self.state.doors.relay(&door, relay).map(|relay| relay.typed_code);
        let pending = self.state.doors.asks.iter().any(|ask| ask.order.door == door && ask.order.relay == relay);
        let test = !self.may_open();
        if pending || known.is_none_or(|typed_code| typed_code != code.is_some()) || (test && !self.may_test()) {
            return;
        }
        let key = call;
        let call = key.and_then(|key| self.state.calls.iter().find(|call| call.key == key)).map(|call| call.session_id.clone());
        let doors = &mut self.state.doors;
        doors.last_ask += 1;
        let order = ReleaseOrder {
            ask: doors.last_ask,
            id: None,
            door,
            relay,
            code: code.map(Secret::new),
            call: call.filter(|session_id| !session_id.is_empty()),
            test,
            server_now: self.state.work.server_now(self.state.now),
        };
        self.state.doors.asks.push(Ask { order: order.clone(), call: key, began_at: self.state.now, again_at: None, playing: None });
        self.effect(Effect::Release(Box::new(order)));
    }

    /// The id under which a release was asked for.
    pub(super) fn release_sent(&mut self, ask: u64, id: String) {
        if let Some(ask) = self.state.doors.asks.iter_mut().find(|known| known.order.ask == ask) {
            ask.order.id = Some(id.clone());
        }
        self.state.doors.ours.push(id);
        if self.state.doors.ours.len() > RELEASES {
            self.state.doors.ours.remove(0);
        }
    }

    pub(super) fn release_answered(&mut self, ask: u64, result: Result<ReleaseAnswer, Failure>) {
        match result {
            Ok(ReleaseAnswer { release, tones }) => {
                let id = release.id.clone();
                match tones.into_iter().next() {
                    Some(tones) => self.play(ask, id, tones),
                    None => self.state.doors.asks.retain(|known| known.order.ask != ask),
                }
                self.release_changed(release);
            }
            Err(failure) => self.release_failed(ask, &failure),
        }
    }

    /// The code is ours to play, in the call with the station. One relay is asked for at a time.
    fn play(&mut self, number: u64, id: String, tones: ToneOrder) {
        let Some(ask) = self.state.doors.asks.iter_mut().find(|ask| ask.order.ask == number) else { return };
        ask.playing = Some(id);
        let talks = self.state.calls.iter().find(|call| Some(call.key) == ask.call && call.answered());
        match talks.map(|call| call.key) {
            Some(call) => self.effect(Effect::PlayTones { ask: number, call, tones }),
            None => self.tones_played(number, false),
        }
    }

    /// The tones have left, or nothing takes them.
    pub(super) fn tones_played(&mut self, number: u64, sent: bool) {
        let Some(ask) = self.state.doors.asks.iter_mut().find(|ask| ask.order.ask == number) else { return };
        let Some(id) = ask.playing.take() else { return };
        let (door, played) = (ask.order.door.clone(), TonesPlayed { id, relay: ask.order.relay, sent });
        self.effect(Effect::TellPlayed { ask: number, door, played });
    }

    /// A release of anybody, as it is now.
    pub(super) fn release_changed(&mut self, release: Release) {
        let doors = &mut self.state.doors;
        if release.done_at.is_some() {
            doors.asks.retain(|ask| ask.order.id.as_ref() != Some(&release.id));
        }
        match doors.releases.iter_mut().find(|known| known.id == release.id) {
            // An answer on its way is older than what the feed has told meanwhile.
            Some(known) if known.done_at.is_some() && release.done_at.is_none() => {}
            Some(known) => *known = release,
            None => doors.releases.push(release),
        }
        if doors.releases.len() > RELEASES {
            doors.releases.remove(0);
        }
    }

    pub(super) fn tick_doors(&mut self) {
        let now = self.state.now;
        let mut again = Vec::new();
        for ask in self.state.doors.asks.iter_mut().filter(|ask| ask.again_at.is_some_and(|at| at <= now)) {
            ask.again_at = None;
            again.push(ask.order.clone());
        }
        for order in again {
            self.effect(Effect::Release(Box::new(order)));
        }
        self.tick_tones();
    }

    /// A call that ended while a code was played: nobody knows what was heard. Nothing is said; what the switchboard makes of the silence
    /// is asked for.
    fn tick_tones(&mut self) {
        let again_at = self.state.now + AGAIN_MS;
        let calls = &self.state.calls;
        for ask in self.state.doors.asks.iter_mut().filter(|ask| ask.playing.is_some()) {
            if !calls.iter().any(|call| Some(call.key) == ask.call && call.live()) {
                (ask.playing, ask.again_at) = (None, Some(again_at));
            }
        }
    }

    fn release_failed(&mut self, number: u64, failure: &Failure) {
        let now = self.state.now;
        let Some(ask) = self.state.doors.asks.iter_mut().find(|ask| ask.order.ask == number) else { return };
        let lost = failure.status.is_none_or(|status| status >= 500);
        if lost && now.saturating_sub(ask.began_at) < GIVE_UP_MS {
            ask.again_at = Some(now + AGAIN_MS);
            return;
        }
        if failure.signed_out() {
            self.expire();
        }
        let (outcome, cause) = match (lost, failure.code) {
            // Whether it arrived is not known.
            (true, _) => (ReleaseOutcome::NoReply, "not_reached"),
            (false, Some(ErrorCode::Forbidden)) => (ReleaseOutcome::RefusedByUs, "no_right"),
            (false, Some(ErrorCode::NotFound)) => (ReleaseOutcome::RefusedByUs, "no_such_door"),
            (false, Some(ErrorCode::NotSignedIn)) => (ReleaseOutcome::RefusedByUs, "session_ended"),
            (false, Some(ErrorCode::TooMany)) => (ReleaseOutcome::RefusedByUs, "too_many_releases"),
            (false, _) => (ReleaseOutcome::RefusedByUs, "malformed_id"),
        };
        let at = self.state.work.server_now(now);
        let order = self.state.doors.take_ask(number);
        let Some(order) = order else { return };
        self.release_changed(refused(order, at, outcome, cause));
    }
}

/// What this page itself has to say of a release.
fn refused(order: ReleaseOrder, at: UnixMs, outcome: ReleaseOutcome, cause: &str) -> Release {
    let relay = RelayRelease { relay: order.relay, outcome: Some(outcome), cause: Some(cause.to_owned()), opened_by: None, until: None };
    Release {
        id: order.id.unwrap_or_default(),
        site: String::new(),
        entrance: order.door,
        by: String::new(),
        test: order.test,
        asked_at: order.server_now,
        done_at: Some(at),
        relays: vec![relay],
    }
}

//! When a description may leave: at the end of candidates, else 150 ms after the first candidate of every configured
//! kind, at the latest after 500 ms. With relays only, not before the first relay.

use std::cell::Cell;

/// After the last configured kind was seen: its siblings usually follow at once.
pub(super) const QUIET_MS: u64 = 150;
/// A server that never answers must not hold a call back for longer.
pub(super) const LIMIT_MS: u64 = 500;
/// Without a relay there is nothing to send in a relay-only profile.
pub(super) const RELAY_LIMIT_MS: u64 = 10_000;

/// Kinds of candidates that the configuration can give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    /// Own addresses.
    pub(super) host: bool,
    /// Seen by a STUN server.
    pub(super) reflexive: bool,
    /// On a TURN server.
    pub(super) relay: bool,
    /// Nothing else may be used.
    pub(super) relay_only: bool,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    host: Cell<bool>,
    reflexive: Cell<bool>,
    relay: Cell<bool>,
    /// When the last missing kind was seen.
    all_at: Cell<Option<u64>>,
    complete: Cell<bool>,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The description may leave.
    Send,
    /// Look again at the next candidate, or after so many milliseconds.
    Wait(u64),
    /// Nothing usable will come.
    GiveUp,
}

impl Found {
    /// Notes a candidate line (`candidate:... typ host ...`).
    pub(super) fn note(&self, candidate: &str, kinds: Kinds, now: u64) {
        let mut words = candidate.split_ascii_whitespace().skip_while(|word| *word != "typ").skip(1);
        match words.next() {
            Some("host") => self.host.set(true),
            Some("srflx" | "prflx") => self.reflexive.set(true),
            Some("relay") => self.relay.set(true),
            _ => {}
        }
        let missing = (kinds.host && !self.host.get()) || (kinds.reflexive && !self.reflexive.get()) || (kinds.relay && !self.relay.get());
        if !missing && self.all_at.get().is_none() {
            self.all_at.set(Some(now));
        }
    }

    /// Notes the end of candidates.
    pub(super) fn finish(&self) {
        self.complete.set(true);
    }

    /// Decides, `begun` being when gathering began.
    pub(super) fn next(&self, kinds: Kinds, begun: u64, now: u64) -> Next {
        let elapsed = now.saturating_sub(begun);
        if kinds.relay_only && !self.relay.get() {
            return match self.complete.get() || elapsed >= RELAY_LIMIT_MS {
                true => Next::GiveUp,
                false => Next::Wait(RELAY_LIMIT_MS - elapsed),
            };
        }
        if self.complete.get() || elapsed >= LIMIT_MS {
            return Next::Send;
        }
        let quiet = self.all_at.get().map_or(u64::MAX, |at| (at + QUIET_MS).saturating_sub(now));
        match quiet.min(LIMIT_MS - elapsed) {
            0 => Next::Send,
            wait => Next::Wait(wait),
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    const HOST: &str = "candidate:1 1 udp 2122260223 192.0.2.2 50000 typ host generation 0";
    const RELAY: &str = "candidate:2 1 udp 41885439 192.0.2.9 50001 typ relay raddr 0.0.0.0 rport 0";

    #[test]
    fn end_of_candidates_sends_at_once() {
        let found = Found::default();
        let kinds = Kinds { host: true, ..Kinds::default() };
        assert_eq!(found.next(kinds, 0, 0), Next::Wait(LIMIT_MS));
        found.note(HOST, kinds, 10);
        assert_eq!(found.next(kinds, 0, 10), Next::Wait(QUIET_MS));
        found.finish();
        assert_eq!(found.next(kinds, 0, 11), Next::Send);
    }

    #[test]
    fn a_silent_stun_server_costs_half_a_second() {
        let found = Found::default();
        let kinds = Kinds { host: true, reflexive: true, ..Kinds::default() };
        found.note(HOST, kinds, 5);
        assert_eq!(found.next(kinds, 0, 400), Next::Wait(100));
        assert_eq!(found.next(kinds, 0, 500), Next::Send);
    }

    #[test]
    fn all_kinds_seen_wait_a_moment_for_siblings() {
        let found = Found::default();
        let kinds = Kinds { host: true, relay: true, ..Kinds::default() };
        found.note(HOST, kinds, 5);
        found.note(RELAY, kinds, 60);
        found.note(HOST, kinds, 100);
        assert_eq!(found.next(kinds, 0, 100), Next::Wait(110));
        assert_eq!(found.next(kinds, 0, 210), Next::Send);
    }

    #[test]
    fn relay_only_waits_for_its_relay() {
        let found = Found::default();
        let kinds = Kinds { relay: true, relay_only: true, ..Kinds::default() };
        assert_eq!(found.next(kinds, 0, 500), Next::Wait(9_500));
        found.note(RELAY, kinds, 700);
        assert_eq!(found.next(kinds, 0, 700), Next::Send);
        let never = Found::default();
        never.finish();
        assert_eq!(never.next(kinds, 0, 700), Next::GiveUp);
    }
}

//! Every limit of the exchange, by name, and the two counters that hold them: a token bucket and a failure counter. Pure.

use std::collections::BTreeMap;

/// Largest SIP message taken from a socket, in bytes. A browser's INVITE with video is 5 to 8 kB.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// Bytes that may wait for a slow reader before its socket is closed.
pub const MAX_QUEUED_BYTES: usize = 512 * 1024;
/// Messages that may wait for a slow reader before its socket is closed.
pub const MAX_QUEUED_MESSAGES: usize = 256;
/// A socket that has not registered after this many milliseconds is closed.
pub const UNREGISTERED_MS: u64 = 30_000;
/// Sockets from one address that have not registered. One more closes the oldest of them, so a flood cannot lock a desk out.
pub const MAX_UNREGISTERED_PER_ADDRESS: usize = 256;
/// Sockets that have not registered, from all addresses.
pub const MAX_UNREGISTERED: usize = 4_096;
/// Sockets in all.
pub const MAX_FLOWS: usize = 20_000;
/// Sockets on which one person may be registered.
pub const MAX_FLOWS_PER_USER: usize = 16;
/// Contacts of one address of record.
pub const MAX_CONTACTS: usize = 16;
/// Calls that one person may have at a time, in any state.
pub const MAX_CALLS_PER_USER: usize = 64;
/// Legs of all calls at one time.
pub const MAX_SESSIONS: usize = 20_000;
/// SIP transactions at one time, those of clients and of servers each.
pub const MAX_TRANSACTIONS: usize = 50_000;
/// Messages from one socket: sustained rate per second and burst.
pub const FLOW_RATE: (u32, u32) = (100, 400);
/// Messages a socket may send beyond its rate (each answered 503) before it is closed.
pub const FLOW_EXCESS: u32 = 2_000;
/// Requests from a socket that has not registered: rate per second and burst.
pub const STRANGER_RATE: (u32, u32) = (5, 20);
/// New calls of one person: rate per second and burst.
pub const CALL_RATE: (u32, u32) = (20, 60);
/// Seconds named in the Retry-After of a 503.
pub const RETRY_AFTER_S: u32 = 2;
/// Failed digests of one account within [`FAILURE_WINDOW_MS`]; then it is refused without looking at the password.
pub const MAX_FAILURES_ACCOUNT: u32 = 20;
/// Failed digests from one address within [`FAILURE_WINDOW_MS`].
pub const MAX_FAILURES_ADDRESS: u32 = 60;
/// The window of the two limits above.
pub const FAILURE_WINDOW_MS: u64 = 60_000;
/// Distinct accounts or addresses counted at once; the oldest gives way.
pub const MAX_FAILURE_KEYS: usize = 10_000;

/// Registration life time granted, in seconds: least (below it 423), granted when none is asked for, most.
pub const EXPIRES_MIN_S: u32 = 30;
/// See [`EXPIRES_MIN_S`].
pub const EXPIRES_DEFAULT_S: u32 = 300;
/// See [`EXPIRES_MIN_S`].
pub const EXPIRES_MAX_S: u32 = 3_600;
/// A binding outlives its socket by this much, so that a call made during a short reconnection finds the desk.
pub const BINDING_GRACE_MS: u64 = 5_000;

/// How long a call rings before the caller hears that nobody answered.
pub const RING_MS: u64 = 60_000;
/// How long a page that was loaded again has to go on with its answered calls before it is asked about them.
pub const PROBE_MS: u64 = 5_000;
/// How long a person may take a call over after it was granted, in milliseconds.
pub const GRANT_MS: u64 = 10_000;
/// How long the phone of an agent has to let a supervisor in, which it does by itself.
pub const SUPERVISE_RING_MS: u64 = 10_000;
/// Supervisors of one call at a time: each is a connection and a mix more in the agent's browser.
pub const MAX_SUPERVISORS: usize = 3;
/// How long phones ring for a transfer until the call goes on as it was.
pub const TRANSFER_RING_MS: u64 = 45_000;
/// How long a request waits for the other leg's socket to come back.
pub const WAIT_FOR_LEG_MS: u64 = 20_000;
/// Requests that may wait for one leg.
pub const MAX_WAITING: usize = 16;
/// A leg of a confirmed call without a socket for this long is given up and the other side is hung up.
pub const LEG_LOST_MS: u64 = 120_000;
/// The same for a phone that said that it goes away: time enough for a page to load again.
pub const LEG_LEFT_MS: u64 = 30_000;
/// Absences of one leg that the history of a contact notes: who comes and goes all day fills no history.
pub const MAX_AWAY: u32 = 50;
/// A leg of a call in set-up without a socket for this long is given up.
pub const EARLY_LEG_LOST_MS: u64 = 10_000;
/// A phone says at once that an INVITE has arrived. One that has said nothing for this long is rung on another flow of it.
pub const SILENT_FLOW_MS: u64 = 4_000;
/// Life of a nonce; an older one is answered with a new one and `stale=true`.
pub const NONCE_MS: u64 = 300_000;
/// Nonces whose use counts are remembered per socket.
pub const NONCES_PER_FLOW: usize = 4;
/// Hops left below which a request is refused.
pub const MAX_FORWARDS: u32 = 70;

/// A token bucket in milliseconds of credit.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    tokens_milli: u64,
    rate: u32,
    burst: u32,
    at: u64,
}

impl Bucket {
    /// A full bucket of `burst` tokens, refilled at `rate` per second.
    pub fn new((rate, burst): (u32, u32), now: u64) -> Self {
        Bucket { tokens_milli: u64::from(burst) * 1000, rate, burst, at: now }
    }

    /// Takes one token if there is one.
    pub fn take(&mut self, now: u64) -> bool {
        let passed = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        let refill = passed.saturating_mul(u64::from(self.rate));
        self.tokens_milli = self.tokens_milli.saturating_add(refill).min(u64::from(self.burst) * 1000);
        if self.tokens_milli < 1000 {
            return false;
        }
        self.tokens_milli -= 1000;
        true
    }
}

/// Counts failures by key within a sliding pair of windows; bounded in memory.
#[derive(Debug, Default)]
pub struct Failures {
    keys: BTreeMap<String, (u64, u32)>,
}

impl Failures {
    /// Whether `key` has failed `limit` times in the running window.
    pub fn blocked(&self, key: &str, limit: u32, now: u64) -> bool {
        self.keys.get(key).is_some_and(|(since, count)| now < since + FAILURE_WINDOW_MS && *count >= limit)
    }

    /// Milliseconds until `key` may try again.
    pub fn retry_in(&self, key: &str, now: u64) -> u64 {
        self.keys.get(key).map_or(0, |(since, _)| (since + FAILURE_WINDOW_MS).saturating_sub(now))
    }

    /// Counts one failure and says how many there are in the window.
    pub fn count(&mut self, key: &str, now: u64) -> u32 {
        if !self.keys.contains_key(key) && self.keys.len() >= MAX_FAILURE_KEYS {
            self.keys.retain(|_, (since, _)| now < *since + FAILURE_WINDOW_MS);
            if self.keys.len() >= MAX_FAILURE_KEYS
                && let Some(oldest) = self.keys.iter().min_by_key(|(_, (since, _))| *since).map(|(key, _)| key.clone())
            {
                self.keys.remove(&oldest);
            }
        }
        let entry = self.keys.entry(key.to_owned()).or_insert((now, 0));
        if now >= entry.0 + FAILURE_WINDOW_MS {
            *entry = (now, 0);
        }
        entry.1 += 1;
        entry.1
    }

    /// A success forgives the account.
    pub fn forgive(&mut self, key: &str) {
        self.keys.remove(key);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_then_its_rate() {
        let mut bucket = Bucket::new((10, 3), 0);
        assert_eq!((0..5).filter(|_| bucket.take(0)).count(), 3);
        assert!(!bucket.take(99));
        assert!(bucket.take(100));
        assert!(!bucket.take(100));
        assert_eq!((0..9).filter(|_| bucket.take(1_000_000)).count(), 3, "credit is capped by the burst");
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing() {
        let mut bucket = Bucket::new((10, 1), 1_000);
        assert!(bucket.take(1_000));
        assert!(!bucket.take(0));
        assert!(!bucket.take(1_050));
    }

    #[test]
    fn failures_block_within_the_window_only() {
        let mut failures = Failures::default();
        for _ in 0..3 {
            failures.count("a", 10);
        }
        assert!(failures.blocked("a", 3, 20));
        assert!(!failures.blocked("b", 3, 20));
        assert!(!failures.blocked("a", 3, 10 + FAILURE_WINDOW_MS));
        failures.forgive("a");
        assert!(!failures.blocked("a", 3, 20));
    }

    #[test]
    fn failure_memory_is_bounded() {
        let mut failures = Failures::default();
        for n in 0..(MAX_FAILURE_KEYS as u64 + 50) {
            failures.count(&n.to_string(), n);
        }
        assert!(failures.keys.len() <= MAX_FAILURE_KEYS);
    }
}

//! How often one session, or one visitor's address, may call the API. A page that runs wild gets 429; others do not notice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use wire::UnixMs;

/// Keys that are remembered; those that could make a full burst again are forgotten first.
const MAX_KEYS: usize = 50_000;

/// Paces the sessions or the visitors of this server.
#[derive(Debug)]
pub struct Pace {
    spent: Mutex<HashMap<String, UnixMs>>,
    burst: i64,
    each_ms: i64,
}

impl Pace {
    /// For sessions: a burst is some pages that all come back after an outage.
    #[must_use]
    pub fn of_sessions() -> Self {
        Self { spent: Mutex::default(), burst: 120, each_ms: 250 }
    }

    /// For visitors by address: a house behind one router calls, but no flood of guests comes from there.
    #[must_use]
    pub fn of_visitors() -> Self {
        Self { spent: Mutex::default(), burst: 60, each_ms: 1_000 }
    }

    /// For screens that come with a link, by address: a wall of screens is switched on, but nobody tries tokens.
    #[must_use]
    pub fn of_screens() -> Self {
        Self { spent: Mutex::default(), burst: 20, each_ms: 3_000 }
    }

    /// For files, by person: each is a whole log or report, and no office needs them by the dozen.
    #[must_use]
    pub fn of_files() -> Self {
        Self { spent: Mutex::default(), burst: 10, each_ms: 6_000 }
    }

    /// Takes one call of this key, or says how many seconds to wait.
    pub(super) fn take(&self, key: &str, now: UnixMs) -> Result<(), u32> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= MAX_KEYS {
            spent.retain(|_, until| *until > now);
        }
        // The moment at which all of its calls are back. Each call moves it; it may lie one burst ahead.
        let until = spent.entry(key.to_owned()).or_insert(now);
        let next = (*until).max(now) + self.each_ms;
        let over = next - now - self.burst * self.each_ms;
        if over > 0 {
            return Err(u32::try_from(over / 1000 + 1).unwrap_or(u32::MAX));
        }
        *until = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_and_others_are_not_concerned() {
        let pace = Pace::of_sessions();
        let passed = (0..200).filter(|_| pace.take("a", 0).is_ok()).count();
        assert_eq!(passed, 120);
        assert_eq!(pace.take("a", 0), Err(1));
        assert_eq!(pace.take("b", 0), Ok(()));
        assert_eq!(pace.take("a", 250), Ok(()));
        assert_eq!(pace.take("a", 250), Err(1));
        assert_eq!((0..200).filter(|_| pace.take("a", 1_000_000).is_ok()).count(), 120);
    }
}

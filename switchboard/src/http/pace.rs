//! How often one session may call the API. A page that runs wild gets 429; other sessions do not notice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use wire::UnixMs;

/// Calls that a session may make at once: some pages of it that all come back after an outage.
const BURST: i64 = 120;
/// Milliseconds until a spent call comes back.
const EACH_MS: i64 = 250;
/// Sessions that are remembered; those that could make a full burst again are forgotten first.
const MAX_SESSIONS: usize = 50_000;

/// Paces the sessions of this server.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<String, UnixMs>>);

impl Pace {
    /// Takes one call of this session, or says how many seconds to wait.
    pub(super) fn take(&self, session: &str, now: UnixMs) -> Result<(), u32> {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= MAX_SESSIONS {
            spent.retain(|_, until| *until > now);
        }
        // The moment at which all of its calls are back. Each call moves it; it may lie one burst ahead.
        let until = spent.entry(session.to_owned()).or_insert(now);
        let next = (*until).max(now) + EACH_MS;
        let over = next - now - BURST * EACH_MS;
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
        let pace = Pace::default();
        let passed = (0..200).filter(|_| pace.take("a", 0).is_ok()).count();
        assert_eq!(passed, 120);
        assert_eq!(pace.take("a", 0), Err(1));
        assert_eq!(pace.take("b", 0), Ok(()));
        assert_eq!(pace.take("a", 250), Ok(()));
        assert_eq!(pace.take("a", 250), Err(1));
        assert_eq!((0..200).filter(|_| pace.take("a", 1_000_000).is_ok()).count(), 120);
    }
}

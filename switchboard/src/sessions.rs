//! What hangs on a session besides its row: feeds, tickets, the phone that it was given credentials for. Whoever ends a session before its
//! time ends all of that.

use crate::clock::now_ms;
use crate::services::Services;
use crate::store::{EndedSession, StoreError};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use wire::{FeedEnd, UnixMs};

/// A use is written down so often at most.
const SEEN_EVERY_MS: i64 = 60_000;
/// Sessions whose last written use is remembered.
const MAX_SEEN: usize = 50_000;

/// When the use of each session was last written down.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashMap<String, UnixMs>>);

impl Seen {
    /// Whether the use of this session at this moment is to be written down.
    fn due(&self, digest: &str, now: UnixMs) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.get(digest).is_some_and(|last| now - last < SEEN_EVERY_MS) {
            return false;
        }
        if seen.len() >= MAX_SEEN {
            seen.retain(|_, last| now - *last < SEEN_EVERY_MS);
        }
        seen.insert(digest.to_owned(), now);
        true
    }
}

/// Sessions of which nothing is left here, until they would have ended by themselves.
#[derive(Debug, Default)]
pub struct Closed(Mutex<HashMap<String, UnixMs>>);

impl Closed {
    /// Notes sessions that were ended before their time, and says how many of them were not known.
    pub fn note(&self, ended: &[EndedSession]) -> usize {
        let mut closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended.iter().filter(|session| closed.insert(session.id.clone(), session.expires_at).is_none()).count()
    }

    fn knows(&self, session: &EndedSession) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&session.id)
    }

    fn forget(&self, now: UnixMs) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, until| *until > now);
    }
}

impl Services {
    /// Notes that a session was used from an address. Nobody waits for it and nothing depends on it.
    pub fn seen(&self, digest: &str, address: std::net::IpAddr) {
        let now = now_ms();
        if self.seen.due(digest, now) {
            let (store, digest) = (self.store.clone(), digest.to_owned());
            tokio::spawn(async move {
                if let Err(error) = store.session_seen(&digest, &address.to_string(), now).await {
                    tracing::error!(%error, "the use of a session could not be written down");
                }
            });
        }
    }

    /// Takes away what hangs on sessions that were ended before their time. Returns once their sockets are being closed and their phones have
    /// hung up.
    pub async fn close_sessions(&self, ended: &[EndedSession]) {
        for _ in 0..self.closed.note(ended) {
            self.metrics.count("portico_sessions_revoked_total", &[]);
        }
        // Those that are known too: whoever has noted them may not be done yet.
        for session in ended {
            self.tickets.end_session(&session.digest);
            self.hub.end_session(&session.digest, FeedEnd::Revoked);
            self.floor.session_ended(&session.id, session.expires_at).await;
        }
    }

    /// The same for sessions that another process has ended (the command line).
    ///
    /// # Errors
    /// The database failed.
    pub async fn close_sessions_of_others(&self) -> Result<(), StoreError> {
        let now = now_ms();
        let mut ended = self.store.revoked_sessions(now).await?;
        ended.retain(|session| !self.closed.knows(session));
        self.close_sessions(&ended).await;
        self.closed.forget(now);
        Ok(())
    }
}

/// Browser and operating system of a `User-Agent`, as far as it says them. Empty where it does not.
#[must_use]
pub fn device(agent: &str) -> (String, String) {
    let version = |mark: &str| {
        let rest = &agent[agent.find(mark)? + mark.len()..];
        let digits: String = rest.chars().take_while(char::is_ascii_digit).take(4).collect();
        (!digits.is_empty()).then_some(digits)
    };
    // Those that pretend to be others come first.
    let marks = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
    ];
    let marks = marks.iter().find_map(|(mark, name)| Some(format!("{name} {}", version(mark)?)));
    let browser = marks.or_else(|| agent.contains("Safari/").then(|| version("Version/").map(|version| format!("Safari {version}")))?);
    let systems = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let system = systems.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| (*name).to_owned());
    (browser.unwrap_or_default(), system.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_what_they_are_and_not_by_what_they_pretend() {
        for (agent, browser, system) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140", "Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
                "Edge 138",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
                "Chrome 138",
                "Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari 18",
                "macOS",
            ),
            ("curl/8.0", "", ""),
            ("Firefox/<script>", "", ""),
        ] {
            assert_eq!(device(agent), (browser.to_owned(), system.to_owned()), "{agent}");
        }
    }

    #[test]
    fn a_use_is_written_down_once_a_minute() {
        let seen = Seen::default();
        assert!(seen.due("a", 0));
        assert!(!seen.due("a", 59_999));
        assert!(seen.due("b", 59_999));
        assert!(seen.due("a", 60_000));
    }
}

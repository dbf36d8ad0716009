//! One signal that tells every task to finish.

use tokio::sync::watch;

/// A clonable handle: any holder can ask for the stop, all can wait for it.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// A signal that nobody has given yet.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Asks everybody to finish. Further calls change nothing.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether the stop was asked for.
    #[must_use]
    pub fn stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once the stop was asked for. Safe to drop and to call again (`select!`).
    pub async fn wait(&self) {
        let mut seen = self.0.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _ = seen.wait_for(|stopped| *stopped).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

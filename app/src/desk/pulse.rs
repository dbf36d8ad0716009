//! Whether a feed lives: by what is heard of it, whatever its socket says. One that nothing arrives on any more stays open for long.

use wire::ServerFrame;

use super::Millis;

/// A feed of which nothing is heard for so many heartbeats is gone; one that is being opened has the least time.
const SILENT_BEATS: u64 = 3;
const SILENT_LEAST_MS: u64 = 20_000;

/// When a feed was heard last.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    heard_at: Millis,
    /// Between two heartbeats; 0 before the switchboard has said it.
    beat_ms: u64,
}

impl Pulse {
    /// It is being opened.
    pub(super) fn opened(&mut self, now: Millis) {
        self.heard_at = now;
    }

    /// A frame came.
    pub(super) fn heard(&mut self, now: Millis, frame: &ServerFrame) {
        self.heard_at = now;
        if let ServerFrame::Hello { heartbeat_ms, .. } = frame {
            self.beat_ms = u64::from(*heartbeat_ms);
        }
    }

    /// How often one hears of it is known.
    pub(super) const fn is_known(&self) -> bool {
        self.beat_ms > 0
    }

    /// Whether the last frame of state, as the switchboard numbers it, is another one than the last one here: then the last change of a
    /// while was lost, or the snapshot that was asked for.
    pub(super) fn misses(said: Option<u64>, here: Option<u64>) -> bool {
        said.is_some() && said != here
    }

    /// Nothing was heard for too long.
    pub(super) fn is_gone(&self, now: Millis) -> bool {
        now.saturating_sub(self.heard_at) >= (self.beat_ms * SILENT_BEATS).max(SILENT_LEAST_MS)
    }
}

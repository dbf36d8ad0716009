//! The server's clock as a page knows it, from frames that are on their way, and wait for a busy page, for longer or shorter.

use super::Millis;

/// By so much the clock may seem to differ from what is known of it.
const UNCERTAIN_MS: u64 = 250;
/// Frames that come late are late; where all of them do for so long, the clock was set back.
const LATE_MS: Millis = 30_000;

/// By how much the server's clock is ahead of the page's. It moves seldom: every moment on the page moves with it, and each row is made anew.
/// A page that followed its late frames would be the later for it.
#[derive(Debug, Default)]
pub(super) struct ServerClock {
    ahead: i64,
    /// Since when every frame has come late, and what the one said that was least so.
    late: Option<(Millis, i64)>,
}

impl ServerClock {
    /// From a snapshot: what was known before counts no more.
    pub(super) fn set(&mut self, now: Millis, server: i64) {
        *self = ServerClock { ahead: server - signed(now), late: None };
    }

    /// From any frame that carries it; whether it moved.
    pub(super) fn heard(&mut self, now: Millis, server: i64) -> bool {
        let ahead = server - signed(now);
        if ahead.abs_diff(self.ahead) <= UNCERTAIN_MS {
            self.late = None;
            return false;
        }
        let mut moved = ahead;
        if ahead < self.ahead {
            let (since, least) = self.late.map_or((now, ahead), |(since, least)| (since, least.max(ahead)));
            self.late = Some((since, least));
            if now - since < LATE_MS {
                return false;
            }
            moved = least;
        }
        *self = ServerClock { ahead: moved, late: None };
        true
    }

    /// Milliseconds by which it is ahead.
    pub(super) const fn ahead(&self) -> i64 {
        self.ahead
    }
}

fn signed(now: Millis) -> i64 {
    i64::try_from(now).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> ServerClock {
        let mut clock = ServerClock::default();
        clock.set(1_000, 51_000);
        clock
    }

    #[test]
    fn frames_that_come_late_move_nothing_whatever_lies_between_them() {
        let mut clock = clock();
        for second in 2..400_u64 {
            let late = if second % 20 == 0 { 0 } else { 400 };
            assert!(!clock.heard(second * 1_000 + late, signed(second) * 1_000 + 50_000));
        }
        assert_eq!(clock.ahead(), 50_000);
    }

    #[test]
    fn a_snapshot_that_was_read_late_is_mended_once() {
        let mut clock = ServerClock::default();
        clock.set(1_900, 51_000);
        assert!(clock.heard(2_010, 52_000));
        assert!(!clock.heard(3_500, 53_000));
        assert!(!clock.heard(4_000, 54_000));
        assert_eq!(clock.ahead(), 49_990);
    }

    #[test]
    fn a_clock_that_was_set_is_followed_forward_at_once_and_back_when_nothing_else_is_heard() {
        let mut forward = clock();
        assert!(forward.heard(2_000, 112_000));
        assert_eq!(forward.ahead(), 110_000);
        let mut back = clock();
        let moved: Vec<u64> = (2..60_u64).filter(|second| back.heard(second * 1_000 + second % 3 * 10, signed(*second) * 1_000)).collect();
        assert_eq!(moved, [32]);
        assert_eq!(back.ahead(), 0, "of the least late");
    }
}

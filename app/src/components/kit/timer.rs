//! Durations as a clock.

use leptos::prelude::*;

use super::boxed::{memo, say};
use crate::desk::Millis;
use crate::i18n::{I18n, Key};

/// `0:07`, `12:34`, `1:02:03`.
pub fn clock_text(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Whole seconds left, rounded up.
pub fn seconds_until(at: Millis, now: Millis) -> u64 {
    at.saturating_sub(now).div_ceil(1000)
}

/// A running duration.
#[component]
pub fn Timer(
    /// Seconds so far.
    #[prop(into)]
    seconds: Signal<u64>,
) -> impl IntoView {
    let t = I18n::use_context();
    let seconds = memo(move || seconds.get());
    view! {
        <span class="timer num" role="timer" aria-label=t.of(Key::Duration)>
            {say(move || clock_text(seconds.get()))}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::{clock_text, seconds_until};

    #[test]
    fn durations_read_as_a_clock() {
        assert_eq!([0, 7, 75, 754, 3723].map(clock_text), ["0:00", "0:07", "1:15", "12:34", "1:02:03"]);
    }

    #[test]
    fn the_countdown_never_shows_zero_too_early() {
        assert_eq!(seconds_until(2_000, 0), 2);
        assert_eq!(seconds_until(2_000, 1_001), 1);
        assert_eq!(seconds_until(2_000, 2_000), 0);
        assert_eq!(seconds_until(2_000, 9_000), 0);
    }
}

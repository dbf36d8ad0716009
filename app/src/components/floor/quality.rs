//! How the sound of an agent's call is: bars as of a reception, and a word. Bars and word each say all of it.

use leptos::prelude::*;

use crate::components::kit::{Tone, When, memo, say};
use crate::desk::view::floor::{AgentCall, Grade, SoundFault};
use crate::i18n::{I18n, Key};

/// Bars of the best sound.
const BARS: usize = 3;

/// What is drawn of one call.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Drawn {
    bars: usize,
    tone: Tone,
    word: Key,
}

impl Drawn {
    /// `None` where nothing is known.
    pub(super) fn of(call: &AgentCall) -> Option<Drawn> {
        // Whoever has lost the connection sends nothing: that explains what the agent's page measures.
        if call.away {
            return Some(Drawn { bars: 0, tone: Tone::Bad, word: Key::SoundAway });
        }
        let quality = call.quality?;
        let (bars, tone, word) = match (quality.grade, quality.fault) {
            (Grade::Good, _) => (BARS, Tone::Good, Key::SoundGood),
            (Grade::Fair, _) => (2, Tone::Warn, Key::SoundFair),
            (Grade::Poor, _) => (1, Tone::Bad, Key::SoundPoor),
            (Grade::Broken, Some(SoundFault::NothingHeard)) => (0, Tone::Bad, Key::SoundHearsNothing),
            (Grade::Broken, Some(SoundFault::NotHeard)) => (0, Tone::Bad, Key::SoundNotHeard),
            (Grade::Broken, Some(SoundFault::Reconnecting)) => (0, Tone::Bad, Key::SoundReconnecting),
            (Grade::Broken, _) => (0, Tone::Bad, Key::SoundNone),
            (Grade::Unknown, _) => return None,
        };
        Some(Drawn { bars, tone, word })
    }

    /// Bars from the left, those that are lit or those that are not.
    fn path(self, lit: bool) -> String {
        let bars = if lit { 0..self.bars } else { self.bars..BARS };
        bars.map(|bar| format!("M{} 12v-{}h3v{}z", bar * 5 + 1, bar * 4 + 4, bar * 4 + 4)).collect()
    }
}

/// The sign.
#[component]
pub(super) fn Sound(
    /// What is known.
    #[prop(into)]
    drawn: Signal<Option<Drawn>>,
) -> impl IntoView {
    let t = I18n::use_context();
    let there = memo(move || drawn.with(Option::is_some));
    let now = move || drawn.get().unwrap_or(Drawn { bars: 0, tone: Tone::Off, word: Key::SoundNone });
    let word = move || t.get(now().word).to_owned();
    view! {
        <When when=there>
            <span class=say(move || format!("sound {}", now().tone.class())) title=say(move || t.with(Key::SoundIs, &[("how", &word())]))>
                <svg viewBox="0 0 16 12" aria-hidden="true">
                    <path class="sound-on" d=say(move || now().path(true))></path>
                    <path class="sound-off" d=say(move || now().path(false))></path>
                </svg>
                <span class="sr-only">{t.of(Key::Sound)}" "</span>
                <span>{say(word)}</span>
            </span>
        </When>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::view::floor::CallQuality;

    fn of(grade: Grade, fault: Option<SoundFault>, away: bool) -> Option<Drawn> {
        let quality = Some(CallQuality { grade, fault });
        Drawn::of(&AgentCall { contact: String::new(), with: String::new(), queue: None, taken: None, part: None, quality, away })
    }

    #[test]
    fn each_grade_has_bars_and_a_word_of_its_own() {
        let drawn = |grade, fault| of(grade, fault, false).map(|drawn| (drawn.bars, drawn.word));
        assert_eq!(drawn(Grade::Good, None), Some((3, Key::SoundGood)));
        assert_eq!(drawn(Grade::Fair, None), Some((2, Key::SoundFair)));
        assert_eq!(drawn(Grade::Poor, None), Some((1, Key::SoundPoor)));
        assert_eq!(drawn(Grade::Broken, Some(SoundFault::NotHeard)), Some((0, Key::SoundNotHeard)));
        assert_eq!(drawn(Grade::Broken, None), Some((0, Key::SoundNone)));
        assert_eq!(drawn(Grade::Unknown, None), None);
    }

    #[test]
    fn a_caller_who_is_away_explains_the_silence() {
        let drawn = of(Grade::Broken, Some(SoundFault::NothingHeard), true).expect("something is drawn");
        assert_eq!(drawn.word, Key::SoundAway);
    }

    #[test]
    fn every_bar_is_lit_or_not() {
        let drawn = of(Grade::Fair, None, false).expect("something is drawn");
        assert_eq!(drawn.path(true), "M1 12v-4h3v4zM6 12v-8h3v8z");
        assert_eq!(drawn.path(false), "M11 12v-12h3v12z");
    }
}

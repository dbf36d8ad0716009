//! A short state in words, with a dot whose colour repeats the meaning.

use leptos::prelude::*;

use super::boxed::say;

/// Meaning of a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Off,
    /// As it should be.
    Good,
    /// Wait, or look.
    Warn,
    /// Broken or ended.
    Bad,
    /// Worth noticing.
    Accent,
}

impl Tone {
    /// Class of the tone.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Off => "tone-off",
            Tone::Good => "tone-good",
            Tone::Warn => "tone-warn",
            Tone::Bad => "tone-bad",
            Tone::Accent => "tone-accent",
        }
    }
}

/// A state.
#[component]
pub fn Badge(
    /// The words.
    #[prop(into)]
    label: TextProp,
    /// The meaning.
    #[prop(into)]
    tone: Signal<Tone>,
) -> impl IntoView {
    // Drawn as one piece an element would lose its class and get it again with each change.
    view! {
        <span class=say(move || format!("badge {}", tone.get().class()))>
            <span class="dot" aria-hidden="true"></span>
            <span>{say(move || label.get())}</span>
        </span>
    }
}

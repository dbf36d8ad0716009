//! A short state in words, with a dot whose colour repeats the meaning.

use leptos::prelude::*;

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
    move || badge(label.get().to_string(), tone.get())
}

/// A state that its surroundings draw anew.
pub fn badge(label: String, tone: Tone) -> impl IntoView + use<> {
    view! {
        <span class=format!("badge {}", tone.class())>
            <span class="dot" aria-hidden="true"></span>
            <span>{label}</span>
        </span>
    }
}

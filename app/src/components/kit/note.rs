//! A coloured note: something to know, and perhaps a button.

use leptos::prelude::*;

use super::badge::Tone;
use super::boxed::say;
use super::icon::{Glyph, Icon};

/// A note. Its role is the caller's business: an error under a form is an alert, a standing hint is not.
#[component]
pub fn Note(
    /// The meaning.
    #[prop(into)]
    tone: Signal<Tone>,
    /// ARIA role, where it has one.
    #[prop(optional)]
    role: Option<&'static str>,
    /// Words and buttons.
    children: Children,
) -> impl IntoView {
    let glyph = Signal::derive(move || match tone.get() {
        Tone::Bad | Tone::Warn => Glyph::Warning,
        Tone::Good => Glyph::Check,
        Tone::Off | Tone::Accent => Glyph::Info,
    });
    view! {
        <div class=say(move || format!("note {}", tone.get().class())) role=role>
            <Icon glyph/>
            <div class="note-body">{children()}</div>
        </div>
    }
}

//! What rows of the floor share: whether they are in sight, the clock of those that are, and the way to the dialog about one.

use leptos::prelude::*;
use web_sys::Event;

use super::About;
use crate::components::kit::{Glyph, IconButton};
use crate::desk::Millis;
use crate::i18n::{I18n, Key};
use crate::store::{Platform, Stores};

/// Whether an element with `content-visibility: auto` is in or near to the window, and what its `contentvisibilityautostatechange` calls.
/// In a browser that never says so it is.
pub(super) fn seen() -> (RwSignal<bool>, impl Fn(Event) + 'static) {
    let platform = Platform::use_context();
    let seen = RwSignal::new(true);
    let note = move |event: Event| seen.set(!platform.skipped(event));
    (seen, note)
}

/// The clock, which moves only what is in sight.
pub(super) fn now_where(seen: RwSignal<bool>) -> impl Fn() -> Millis + Copy + Send + Sync + 'static {
    let stores = Stores::use_context();
    let now = stores.now.memo(|now| *now);
    move || if seen.get() { now.get() } else { stores.now.get_untracked() }
}

/// Opens the dialog about somebody.
#[component]
pub(super) fn Manage(
    /// Name to say.
    name: String,
    /// User name or session identifier.
    what: String,
    /// The dialog.
    about: About,
) -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <IconButton
            label=move || t.with(Key::FloorManage, &[("name", &name)])
            glyph=Glyph::Settings
            press=move |()| about.show(&what)
        />
    }
}

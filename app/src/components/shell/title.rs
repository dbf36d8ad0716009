//! The title of the tab: a ringing call first, then the page.

use leptos::prelude::*;

use crate::components::kit::react;
use crate::i18n::{I18n, Key, Sentence};
use crate::store::{Platform, Stores};

/// Sets the title where nothing rings: on the sign-in page and in the office.
#[component]
pub fn QuietTitle<K: Sentence>(
    /// Heading of the page.
    page: K,
) -> impl IntoView {
    let t = I18n::use_context();
    let platform = Platform::use_context();
    react(move || set(platform, t, t.get(page)));
}

fn set(platform: Platform, t: I18n, what: &str) {
    platform.set_title(format!("{what} \u{b7} {}", t.get(Key::AppName)));
}

/// Sets the title while a page is shown.
#[component]
pub fn Title(
    /// Heading of the page.
    page: Key,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let platform = Platform::use_context();
    react(move || {
        let ringing = stores.incoming.all().into_iter().next();
        let what = match ringing {
            Some(ring) => format!("\u{25cf} {}: {}", t.get(Key::IncomingCall), ring.who.name),
            None => t.get(page).to_owned(),
        };
        set(platform, t, &what);
    });
}

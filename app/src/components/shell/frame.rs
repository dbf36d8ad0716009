//! Puts the parts of the frame together around a page.

use leptos::prelude::*;

use super::announcer::Announcer;
use super::banner::Banner;
use super::incoming::IncomingCalls;
use super::rail::Rail;
use super::shortcuts::Shortcuts;
use super::strip::CallStrip;
use super::top::Top;
use crate::i18n::{I18n, Key};

/// A signed-in page with everything around it.
#[component]
pub fn Frame(
    /// Heading of the page.
    title: Key,
    /// The running call is on this page itself; elsewhere a strip shows it.
    #[prop(optional)]
    is_desk: bool,
    /// The page.
    children: Children,
) -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <a class="skip" href="#main">{t.of(Key::SkipToContent)}</a>
        <div class="shell">
            <Rail/>
            <div class="frame">
                <Top title/>
                <Banner/>
                {(!is_desk).then(|| view! { <CallStrip/> })}
                <main id="main" class="page" class:page-desk=is_desk tabindex="-1">{children()}</main>
            </div>
        </div>
        <IncomingCalls/>
        <Announcer/>
        <Shortcuts/>
    }
}

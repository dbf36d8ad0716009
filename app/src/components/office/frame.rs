//! What stands around every page of the office: its pages as tabs, the way back to the desk, who is signed in.

use leptos::html;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use super::tab;
use crate::components::kit::{Avatar, AvatarSize, Each, Glyph, Icon, IconButton, Logo, Note, Tone, When, react, say};
use crate::components::shell::{QuietTitle, ThemeButton};
use crate::desk::action::Action;
use crate::desk::office::Tab;
use crate::i18n::{I18n, Key, Sentence, Word};
use crate::store::{Dispatch, OfficeStores};

/// A signed-in page of the office with everything around it.
#[component]
pub fn OfficeFrame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = OfficeStores::use_context();
    let dispatch = Dispatch::use_context();
    let name = stores.front.session.memo(|session| session.signed_in().map_or(String::new(), |me| me.name.clone()));
    let tabs = stores.office.memo(|office| office.tabs.clone());
    let stuck = stores.office.memo(|office| office.sign_out_failed);
    let nav = NodeRef::<html::Nav>::new();
    let path = use_location().pathname;
    react(move || {
        path.get();
        tabs.get();
        // Once the link knows that it is the current one.
        request_animation_frame(move || show_current(nav));
    });
    view! {
        <a class="skip" href="#main">{t.of(Key::SkipToContent)}</a>
        <div class="office">
            <header class="office-top">
                <span class="office-brand"><Logo/><span>{t.of(Word::Office)}</span></span>
                <nav class="office-tabs" node_ref=nav aria-label=t.of(Key::NavMain)>
                    <ul>
                        <Each each=move || tabs.get() key=|tab| *tab let:which>
                            <li>
                                <A href=which.path() exact={which == Tab::Overview} attr:class="office-tab">{t.of(tab(which))}</A>
                            </li>
                        </Each>
                    </ul>
                </nav>
                <div class="office-tools">
                    // Another program: the browser loads it.
                    <a class="btn btn-quiet office-back" href="/desk" rel="external">
                        <Icon glyph=Glyph::Desk/>
                        <span>{t.of(Key::NavDesk)}</span>
                    </a>
                    <ThemeButton/>
                    <div class="top-me">
                        <Avatar name=name size=AvatarSize::Small/>
                        <bdi class="clip top-name">{say(move || name.get())}</bdi>
                    </div>
                    <IconButton label=t.of(Key::SignOut) glyph=Glyph::Door press=move |()| dispatch.send(Action::SignOut)/>
                </div>
            </header>
            <main id="main" class="office-page" tabindex="-1">
                <When when=move || stuck.get()>
                    <Note tone=Tone::Bad role="alert"><p>{t.of(Word::SignOutFailed)}</p></Note>
                </When>
                {children()}
            </main>
        </div>
    }
}

/// Where not all tabs fit beside each other, the current one is in sight.
fn show_current(nav: NodeRef<html::Nav>) {
    let current = nav.get_untracked().and_then(|nav| nav.query_selector(r#"[aria-current="page"]"#).ok().flatten());
    if let Some(current) = current {
        current.scroll_into_view_with_bool(false);
    }
}

/// Heading of a page, and the title of the tab.
#[component]
pub fn OfficeTitle<K: Sentence>(
    /// The words.
    page: K,
) -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <QuietTitle page/>
        <h1>{t.of(page)}</h1>
    }
}

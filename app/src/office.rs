//! Root component of the office: its pages by address, and the sign-in form in their place for whoever is not signed in, so that a
//! link into the office leads to where it says.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::components::kit::Logo;
use crate::components::office::OfficeFrame;
use crate::desk::office::Tab;
use crate::desk::view::session::SessionView;
use crate::i18n::{I18n, Key};
use crate::pages::SignIn;
use crate::pages::office::{Audit, Call, Lockouts, Missing, NotYours, Overview, People, Queues, Reasons, Reports, Screens, Sessions};
use crate::store::OfficeStores;

/// What stands on the screen: nothing yet, the sign-in form, or the pages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Starting,
    SignedOut,
    SignedIn,
}

/// The whole page. `OfficeStores`, `Front`, `Dispatch`, `I18n` and `Platform` are in context when it runs.
#[component]
pub fn Office() -> impl IntoView {
    let t = I18n::use_context();
    let stores = OfficeStores::use_context();
    let access = stores.front.session.memo(|session| match session {
        SessionView::Starting => Access::Starting,
        SessionView::SignedOut(_) => Access::SignedOut,
        SessionView::SignedIn(_) => Access::SignedIn,
    });
    let pages = || {
        view! {
            <OfficeFrame>
                <Routes fallback=|| view! { <Missing/> }>
                    <Route path=path!("/office") view=|| page(Tab::Overview, || view! { <Overview/> }.into_any())/>
                    <Route path=path!("/office/reports") view=|| page(Tab::Reports, || view! { <Reports/> }.into_any())/>
                    <Route path=path!("/office/people") view=|| page(Tab::People, || view! { <People/> }.into_any())/>
                    <Route path=path!("/office/queues") view=|| page(Tab::Queues, || view! { <Queues/> }.into_any())/>
                    <Route path=path!("/office/reasons") view=|| page(Tab::Reasons, || view! { <Reasons/> }.into_any())/>
                    <Route path=path!("/office/sessions") view=|| page(Tab::Sessions, || view! { <Sessions/> }.into_any())/>
                    <Route path=path!("/office/screens") view=|| page(Tab::Screens, || view! { <Screens/> }.into_any())/>
                    <Route path=path!("/office/lockouts") view=|| page(Tab::Lockouts, || view! { <Lockouts/> }.into_any())/>
                    <Route path=path!("/office/calls/:contact") view=|| page(Tab::Reports, || view! { <Call/> }.into_any())/>
                    <Route path=path!("/office/audit") view=|| page(Tab::Audit, || view! { <Audit/> }.into_any())/>
                </Routes>
            </OfficeFrame>
        }
    };
    view! {
        <Router>
            {move || match access.get() {
                Access::Starting => view! {
                    <main class="boot" aria-busy="true">
                        <span class="boot-mark"><Logo/></span>
                        <p class="sr-only">{t.of(Key::Loading)}</p>
                    </main>
                }
                .into_any(),
                Access::SignedOut => view! { <SignIn/> }.into_any(),
                Access::SignedIn => pages().into_any(),
            }}
        </Router>
    }
}

/// A page for those who have it.
fn page(tab: Tab, view: fn() -> AnyView) -> impl IntoView {
    let stores = OfficeStores::use_context();
    let theirs = Memo::new(move |_| stores.office.with(|office| office.tabs.contains(&tab)));
    move || if theirs.get() { view() } else { view! { <NotYours/> }.into_any() }
}

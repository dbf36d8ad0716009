//! Root component: contexts and routes.

use leptos::prelude::*;
use leptos_router::components::{Redirect, Route, Router, Routes};
use leptos_router::path;

use crate::components::doors::DoorGuard;
use crate::components::kit::Logo;
use crate::components::shell::{AudioSinks, DialFocus};
use crate::desk::settings::Language;
use crate::desk::view::session::SessionView;
use crate::i18n::{I18n, Key};
use crate::pages::{Access as AccessLog, Desk, Diagnostics, Doors, Floor, History, NotFound, Settings, SignIn, Visitor, Wallboard};
use crate::store::Stores;

/// What a visitor may see: nothing yet, the sign-in form, or the pages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Starting,
    SignedOut,
    SignedIn,
}

/// The whole page. `Stores`, `Dispatch`, `Media` and `Platform` are in context when it runs.
#[component]
pub fn App() -> impl IntoView {
    let stores = Stores::use_context();
    let language = stores.settings.memo(|settings| settings.language.unwrap_or(Language::En));
    provide_context(I18n::new(language.into()));
    provide_context(DialFocus(RwSignal::new(false)));
    provide_context(DoorGuard(RwSignal::new(None)));
    let access = stores.session.memo(|session| match session {
        SessionView::Starting => Access::Starting,
        SessionView::SignedOut(_) => Access::SignedOut,
        SessionView::SignedIn(_) => Access::SignedIn,
    });
    // A page of the desk for whoever is signed in; everybody else is led to the form.
    let guarded = move |page: fn() -> AnyView| {
        move || match access.get() {
            Access::Starting => view! { <Starting/> }.into_any(),
            Access::SignedOut => view! { <Redirect path="/sign-in"/> }.into_any(),
            Access::SignedIn => page(),
        }
    };
    let sign_in = move || match access.get() {
        Access::Starting => view! { <Starting/> }.into_any(),
        Access::SignedOut => view! { <SignIn/> }.into_any(),
        Access::SignedIn => view! { <Redirect path="/desk"/> }.into_any(),
    };
    view! {
        <AudioSinks/>
        <Router>
            <Routes fallback=|| view! { <NotFound/> }>
                <Route path=path!("/") view=|| view! { <Redirect path="/desk"/> }/>
                <Route path=path!("/sign-in") view=sign_in/>
                <Route path=path!("/call/*queue") view=|| view! { <Visitor/> }/>
                <Route path=path!("/desk") view=guarded(|| view! { <Desk/> }.into_any())/>
                <Route path=path!("/doors") view=guarded(|| view! { <Doors/> }.into_any())/>
                <Route path=path!("/access") view=guarded(|| view! { <AccessLog/> }.into_any())/>
                <Route path=path!("/floor") view=guarded(|| view! { <Floor/> }.into_any())/>
                <Route path=path!("/wallboard") view=guarded(|| view! { <Wallboard/> }.into_any())/>
                <Route path=path!("/history") view=guarded(|| view! { <History/> }.into_any())/>
                <Route path=path!("/settings") view=guarded(|| view! { <Settings/> }.into_any())/>
                <Route path=path!("/diagnostics") view=guarded(|| view! { <Diagnostics/> }.into_any())/>
            </Routes>
        </Router>
    }
}

/// While the switchboard is asked whether somebody is signed in.
#[component]
fn Starting() -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <main class="boot" aria-busy="true">
            <span class="boot-mark"><Logo/></span>
            <p class="sr-only">{t.of(Key::Loading)}</p>
        </main>
    }
}

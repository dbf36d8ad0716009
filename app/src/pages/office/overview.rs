//! Who is signed in, with which roles and where.

use leptos::prelude::*;

use crate::components::kit::say;
use crate::components::office::{OfficeTitle, role};
use crate::i18n::{I18n, Key, Sentence, Word};
use crate::store::{DateStyle, OfficeStores, Platform};

/// The page.
#[component]
pub fn Overview() -> impl IntoView {
    let t = I18n::use_context();
    let stores = OfficeStores::use_context();
    let platform = Platform::use_context();
    let office = stores.office;
    let name = stores.front.session.memo(|session| session.signed_in().map_or(String::new(), |me| me.name.clone()));
    let roles = move || office.with(|office| office.roles.iter().map(|held| t.get(role(*held))).collect::<Vec<_>>().join(", "));
    let sites = move || {
        let sites = office.with(|office| office.sites.join(", "));
        if sites.is_empty() { t.get(Word::NoSites).to_owned() } else { sites }
    };
    let until = move || platform.date_time(office.with(|office| office.expires_at), DateStyle::DateTime, t.language().tag());
    view! {
        <OfficeTitle page=Word::Overview/>
        <section class="group" aria-labelledby="office-you">
            <h2 id="office-you">{t.of(Word::You)}</h2>
            <dl class="facts">
                {fact(t, Word::Name, view! { <bdi>{say(move || name.get())}</bdi> }.into_any())}
                {fact(t, Key::UserName, view! { <bdi>{say(move || office.with(|office| office.user.clone()))}</bdi> }.into_any())}
                {fact(t, Word::Tenant, view! { <bdi>{say(move || office.with(|office| office.tenant.clone()))}</bdi> }.into_any())}
                {fact(t, Word::Roles, say(roles).into_any())}
                {fact(t, Word::Sites, view! { <bdi>{say(sites)}</bdi> }.into_any())}
                {fact(t, Word::SignedInUntil, say(until).into_any())}
            </dl>
        </section>
    }
}

/// A label and its value.
fn fact<K: Sentence>(t: I18n, label: K, value: AnyView) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{t.of(label)}</dt>
            <dd>{value}</dd>
        </div>
    }
}

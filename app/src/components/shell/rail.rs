//! Navigation: a rail on the left, a bar at the bottom of a narrow screen.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::kit::{Glyph, Icon, Logo, When};
use crate::i18n::{I18n, Key};
use crate::store::Stores;

/// Links to the pages. The link of the current page carries `aria-current`.
#[component]
pub(super) fn Rail() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    // By what the session says and not by what arrives after it: no link moves while it is being pressed.
    let doors = stores.session.memo(|session| session.signed_in().is_some_and(|me| me.doors));
    let leads = stores.session.memo(|session| session.signed_in().is_some_and(|me| me.leads));
    let link = move |href: &'static str, glyph: Glyph, label: Key| {
        view! {
            <li>
                <A href=href attr:class="rail-link">
                    <Icon glyph/>
                    <span>{t.of(label)}</span>
                </A>
            </li>
        }
    };
    view! {
        <nav class="rail" aria-label=t.of(Key::NavMain)>
            <span class="rail-logo"><Logo/></span>
            <ul class="rail-links">
                {link("/desk", Glyph::Desk, Key::NavDesk)}
                {move || doors.get().then(|| link("/doors", Glyph::Entrance, Key::NavDoors))}
                {move || leads.get().then(|| link("/floor", Glyph::People, Key::NavFloor))}
                {link("/history", Glyph::History, Key::NavHistory)}
                <When when=move || leads.get()>
                    <li>
                        // Another program, in a tab of its own: calls go on in this one, whose shift the other one does not inherit.
                        <a class="rail-link" href="/office" target="_blank" rel="noopener">
                            <Icon glyph=Glyph::Chart/>
                            <span>{t.of(Key::NavOffice)}</span>
                        </a>
                    </li>
                </When>
                {link("/settings", Glyph::Settings, Key::NavSettings)}
                {link("/diagnostics", Glyph::Pulse, Key::NavDiagnostics)}
            </ul>
        </nav>
    }
}

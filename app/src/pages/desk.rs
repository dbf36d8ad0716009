//! The desk: before a shift the device check, then whom to call beside the calls.

use leptos::prelude::*;

use super::device_check::DeviceCheck;
use crate::components::call::Stage;
use crate::components::dialpad::Dialler;
use crate::components::kit::When;
use crate::components::queue::WorkBar;
use crate::components::shell::{Frame, Title};
use crate::desk::view::session::Shift;
use crate::i18n::Key;
use crate::store::Stores;

/// The main page.
#[component]
pub fn Desk() -> impl IntoView {
    let stores = Stores::use_context();
    let on_shift = stores.session.memo(|session| session.signed_in().is_some_and(|me| me.shift == Shift::On));
    view! {
        <Title page=Key::NavDesk/>
        <Frame title=Key::NavDesk is_desk=true>
            <When when=move || on_shift.get() fallback=|| view! { <DeviceCheck/> }>
                <WorkBar/>
                <div class="desk">
                    <Dialler/>
                    <Stage/>
                </div>
            </When>
        </Frame>
    }
}

//! The running call in one line, on every page but the desk.

use leptos::prelude::*;
use leptos_router::components::A;

use super::shortcuts::current;
use crate::components::call::{Modes, duration};
use crate::components::kit::{Avatar, AvatarSize, Glyph, IconButton, Timer, memo, say};
use crate::desk::action::Action;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// Name, time and "Hang up" of the current call, with the way back to the desk.
#[component]
pub(super) fn CallStrip() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let call = memo(move || {
        let active = stores.desk.with(|desk| desk.active);
        current(&stores.calls.all(), active).filter(|call| call.ended_at.is_none())
    });
    let part = memo(move || call.get().and_then(|call| call.part));
    let part_of = Signal::derive(move || part.get().map(|part| (part.user, part.contact)).unwrap_or_default());
    let key = memo(move || call.get().map(|call| call.call));
    view! {
        <div class="strip-slot">
            {move || {
                key.get().map(|key| {
                    let name = Signal::derive(move || call.get().map_or(String::new(), |call| call.who.name));
                    let seconds = Signal::derive(move || {
                        call.get().map_or(0, |call| duration(&call, stores.now.get()).unwrap_or(0))
                    });
                    view! {
                        <section class="strip" aria-label=say(move || t.with(Key::CallWith, &[("name", &name.get())]))>
                            <Avatar name size=AvatarSize::Small/>
                            <A href="/desk" attr:class="strip-name clip"><bdi>{say(move || name.get())}</bdi></A>
                            {move || part.get().map(|_| view! { <Modes of=part_of part=part.into()/> })}
                            <Timer seconds/>
                            <IconButton
                                label=t.of(Key::HangUp)
                                glyph=Glyph::HangUp
                                class="icon-btn-bad"
                                press=move |()| dispatch.send(Action::HangUp { call: key })
                            />
                        </section>
                    }
                })
            }}
        </div>
    }
}

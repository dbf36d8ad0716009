//! A call that is not in front: name, state, and what can be done from here.

use leptos::prelude::*;

use super::duration;
use crate::components::kit::{Avatar, AvatarSize, Button, Glyph, IconButton, Look, Timer, When, memo, say};
use crate::components::words;
use crate::desk::CallKey;
use crate::desk::action::Action;
use crate::desk::view::call::CallView;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// One call in one line.
#[component]
pub(super) fn CallLine(call: CallKey, view: Signal<CallView>) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let name = Signal::derive(move || view.with(|view| view.who.name.clone()));
    let seconds = memo(move || view.with(|view| duration(view, stores.now.get())));
    view! {
        <li class="line" aria-label=say(move || t.with(Key::CallWith, &[("name", &name.get())]))>
            <Avatar name size=AvatarSize::Small/>
            <div class="grow">
                <p class="line-name clip"><bdi>{say(move || name.get())}</bdi></p>
                <p class="faint clip">{say(move || view.with(|view| words::phase(t, view)))}</p>
            </div>
            <When when=move || seconds.get().is_some()>
                <Timer seconds=Signal::derive(move || seconds.get().unwrap_or(0))/>
            </When>
            <When when=move || view.with(|view| view.hold == Some(true))>
                <Button
                    label=t.of(Key::Resume)
                    glyph=Glyph::Play
                    look=Look::Plain
                    class="btn-sm"
                    press=Callback::new(move |()| dispatch.send(Action::Hold { call, on: false }))
                />
            </When>
            <When when=move || view.with(|view| view.hang_up)>
                <IconButton
                    label=t.of(Key::HangUp)
                    glyph=Glyph::HangUp
                    class="icon-btn-bad"
                    press=move |()| dispatch.send(Action::HangUp { call })
                />
            </When>
            <When when=move || view.with(|view| view.dismiss)>
                <IconButton
                    label=t.of(Key::Close)
                    glyph=Glyph::Close
                    press=move |()| dispatch.send(Action::DismissCall { call })
                />
            </When>
        </li>
    }
}

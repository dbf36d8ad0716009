//! The line above a page: its heading, the state of the link, who is signed in.

use leptos::prelude::*;

use crate::components::kit::{Avatar, AvatarSize, Badge, Button, Glyph, IconButton, Look, When, memo, say};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::settings::Theme;
use crate::desk::view::session::Shift;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Front, Stores};

/// Heading, state and own name.
#[component]
pub(super) fn Top(title: Key) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let link = stores.desk.memo(|desk| words::link(&desk.link));
    let name = stores.session.memo(|session| session.signed_in().map_or(String::new(), |me| me.name.clone()));
    let on_shift = stores.session.memo(|session| session.signed_in().is_some_and(|me| me.shift == Shift::On));
    view! {
        <header class="top">
            <h1 class="top-title clip">{t.of(title)}</h1>
            <div class="top-state" role="status">
                <Badge label=move || t.get(link.get().0) tone=Signal::derive(move || link.get().1)/>
            </div>
            <When when=move || on_shift.get()>
                <Button
                    label=t.of(Key::EndShift)
                    look=Look::Quiet
                    class="top-shift"
                    press=Callback::new(move |()| dispatch.send(Action::EndShift))
                />
            </When>
            <ThemeButton/>
            <div class="top-me">
                <Avatar name=name size=AvatarSize::Small/>
                <bdi class="clip top-name">{say(move || name.get())}</bdi>
            </div>
            <IconButton label=t.of(Key::SignOut) glyph=Glyph::Door press=move |()| dispatch.send(Action::SignOut)/>
        </header>
    }
}

/// Switches between light and dark; its name says what a press does.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Front::use_context();
    let dispatch = Dispatch::use_context();
    let dark = memo(move || match stores.settings.with(|settings| settings.theme) {
        Theme::Dark => true,
        Theme::Light => false,
        Theme::System => stores.system_dark.get(),
    });
    view! {
        <IconButton
            label=move || t.get(if dark.get() { Key::ThemeToLight } else { Key::ThemeToDark })
            glyph=Signal::derive(move || if dark.get() { Glyph::Sun } else { Glyph::Moon })
            press=move |()| {
                dispatch.send(Action::SetTheme(if dark.get_untracked() { Theme::Light } else { Theme::Dark }));
            }
        />
    }
}

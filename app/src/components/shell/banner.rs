//! What everybody at this desk should know at once: a lost link with its countdown, and the desk's notices.

use leptos::prelude::*;

use crate::components::kit::{Button, Each, Glyph, IconButton, Look, Note, Tone, memo, say, seconds_until};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::view::desk::{LinkView, Notice, ToldView};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// What the banner says about the link, without the countdown: a change of the second is no change of the banner.
#[derive(Clone, PartialEq)]
enum LinkFault {
    Lost,
    Offline,
    Refused(u16),
}

/// Notes below the heading. Nothing at all while all is well.
#[component]
pub(super) fn Banner() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let fault = stores.desk.memo(|desk| match desk.link {
        LinkView::Reconnecting { .. } => Some(LinkFault::Lost),
        LinkView::Offline => Some(LinkFault::Offline),
        LinkView::Refused { status, .. } => Some(LinkFault::Refused(status)),
        LinkView::Off | LinkView::Connecting | LinkView::Ready => None,
    });
    let in_call = memo(move || stores.calls.all().iter().any(|call| call.ended_at.is_none()));
    let told = stores.desk.memo(|desk| desk.told.clone());
    let notices = stores.desk.memo(|desk| desk.notices.clone());
    view! {
        <div class="banners" role="region" aria-label=t.of(Key::Notices)>
            {move || {
                fault.get().map(|fault| {
                    let (tone, sentence) = match fault {
                        LinkFault::Lost => {
                            (Tone::Warn, t.get(if in_call.get() { Key::BannerLost } else { Key::BannerLostIdle }).to_owned())
                        },
                        LinkFault::Offline => (Tone::Bad, t.get(Key::BannerOffline).to_owned()),
                        LinkFault::Refused(status) => {
                            (Tone::Bad, t.with(Key::BannerRefused, &[("reason", &status.to_string())]))
                        }
                    };
                    view! {
                        <Note tone=tone>
                            <p role="alert">{sentence}</p>
                            <Countdown/>
                            <Button
                                label=t.of(Key::RetryNow)
                                look=Look::Quiet
                                press=Callback::new(move |()| dispatch.send(Action::ReconnectNow))
                            />
                        </Note>
                    }
                })
            }}
            <Each each=move || told.get() key=|told| told.id let:told>
                <ToldLine told/>
            </Each>
            <Each each=move || notices.get() key=|notice| *notice let:notice>
                <NoticeLine notice/>
            </Each>
        </div>
    }
}

/// Seconds to the next attempt. Not live: a screen reader is told once, not each second.
#[component]
fn Countdown() -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let retry_at = stores.desk.memo(|desk| match desk.link {
        LinkView::Reconnecting { retry_at } => Some(retry_at),
        LinkView::Refused { retry_at, .. } => retry_at.map(Some),
        LinkView::Off | LinkView::Connecting | LinkView::Ready | LinkView::Offline => None,
    });
    let text = move || {
        retry_at.get().map(|at| match at.map(|at| seconds_until(at, stores.now.get())) {
            Some(seconds) if seconds > 0 => t.with(Key::BannerNextTry, &[("seconds", &seconds.to_string())]),
            Some(_) | None => t.get(Key::BannerTryingNow).to_owned(),
        })
    };
    view! { <p class="num soft">{text}</p> }
}

/// One notice of the desk.
#[component]
fn NoticeLine(notice: Notice) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let (key, tone) = words::notice(notice);
    let check = matches!(notice, Notice::Microphone(_) | Notice::Camera(_));
    view! {
        <Note tone=tone>
            <p role="alert">{t.of(key)}</p>
            {check.then(|| view! {
                <Button
                    label=t.of(Key::CheckAgain)
                    look=Look::Quiet
                    press=Callback::new(move |()| dispatch.send(Action::CheckDevices))
                />
            })}
            // The press itself is what the browser waits for.
            {(notice == Notice::SoundLocked).then(|| view! {
                <Button label=t.of(Key::PlaySound) glyph=Glyph::Speaker look=Look::Plain/>
            })}
            <IconButton
                label=t.of(Key::Dismiss)
                glyph=Glyph::Close
                press=move |()| dispatch.send(Action::DismissNotice(notice))
            />
        </Note>
    }
}

/// What somebody in charge did or wrote. It stays until it is read.
#[component]
fn ToldLine(told: ToldView) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let id = told.id;
    view! {
        <Note tone=Tone::Accent>
            <p role="alert"><bdi>{say(move || words::told(t, &told))}</bdi></p>
            <IconButton label=t.of(Key::Dismiss) glyph=Glyph::Close press=move |()| dispatch.send(Action::Seen { told: id })/>
        </Note>
    }
}

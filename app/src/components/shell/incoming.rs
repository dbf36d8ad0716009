//! Ringing calls: on top of every page, answered or rejected from there.

use leptos::html;
use leptos::prelude::*;

use super::shortcuts::{ANSWER, ANSWER_VIDEO, REJECT};
use crate::components::doors::DoorPanel;
use crate::components::kit::{Avatar, AvatarSize, Each, Glyph, RoundButton, RoundLook, When, clock_text, memo, react, say};
use crate::desk::CallKey;
use crate::desk::action::Action;
use crate::desk::view::incoming::IncomingView;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// All ringing calls, the first on top.
#[component]
pub(super) fn IncomingCalls() -> impl IntoView {
    let stores = Stores::use_context();
    view! {
        <div class="ring-stack">
            <Each each=move || stores.incoming.keys() key=|call| *call let:call>
                {stores.incoming.row(&call).map(|view| view! { <Ring call view/> })}
            </Each>
        </div>
    }
}

/// One ringing call. Takes the focus only when nobody types (a space in a half-written number must not answer) and
/// no other ringing call has it.
#[component]
fn Ring(call: CallKey, view: Signal<IncomingView>) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let node = NodeRef::<html::Div>::new();
    react(move || {
        let Some(popup) = node.get() else { return };
        if !typing() && !in_popup() {
            // A popup that just left the page cannot take the focus; nothing is lost then.
            drop(popup.focus());
        }
    });
    let name = Signal::derive(move || view.with(|view| view.who.name.clone()));
    let name_id = format!("ring-{call}");
    let described_by = name_id.clone();
    let stores = Stores::use_context();
    let door = memo(move || view.with(|view| view.door.clone()));
    let site = memo(move || {
        door.get().and_then(|id| stores.doors.known(&id)).map_or_else(String::new, |door| door.with(|door| door.site.clone()))
    });
    let kind = move || {
        view.with(|view| match &view.queue {
            _ if view.door.is_some() => {
                let ring = t.get(Key::DoorRing);
                site.with(|site| if site.is_empty() { ring.to_owned() } else { format!("{ring} \u{b7} {site}") })
            }
            Some((queue, _)) => t.with(Key::RingQueue, &[("queue", queue)]),
            None => t.get(if view.with_video { Key::IncomingVideoCall } else { Key::IncomingCall }).to_owned(),
        })
    };
    let waited = move || {
        let (_, since) = view.with(|view| view.queue.clone())?;
        Some(t.with(Key::RingWaited, &[("time", &clock_text(since.passed(stores.now.get())))]))
    };
    view! {
        <div
            class="ring"
            class:ring-door=move || door.with(Option::is_some)
            role="alertdialog"
            aria-label=t.of(Key::IncomingCall)
            aria-describedby=described_by
            tabindex="-1"
            node_ref=node
        >
            <div class="ring-who">
                <span class="ring-pulse"><Avatar name size=AvatarSize::Large/></span>
                <div class="grow" id=name_id>
                    <p class="ring-kind">{kind}</p>
                    <p class="ring-name"><bdi>{say(move || name.get())}</bdi></p>
                    {move || waited().map(|waited| view! { <p class="soft num">{waited}</p> })}
                    {move || view.with(|view| view.who.number.clone()).filter(|_| door.with(Option::is_none)).map(|number| view! {
                        <p class="soft num clip"><bdi>{number}</bdi></p>
                    })}
                </div>
            </div>
            {move || door.get().map(|id| view! { <DoorPanel id/> })}
            {move || view.with(|view| view.will_hold.clone()).map(|name| view! {
                <p class="ring-note">{t.with(Key::WillHold, &[("name", &name)])}</p>
            })}
            <div class="ring-actions">
                <RoundButton
                    label=t.of(Key::Reject)
                    glyph=Glyph::HangUp
                    look=RoundLook::Bad
                    keys=REJECT.text
                    press=move |()| dispatch.send(Action::Reject { call })
                />
                <When when=move || view.with(|view| view.answer_with_video)>
                    <RoundButton
                        label=t.of(Key::AnswerVideo)
                        glyph=Glyph::Video
                        look=RoundLook::Good
                        keys=ANSWER_VIDEO.text
                        press=move |()| dispatch.send(Action::Answer { call, video: true })
                    />
                </When>
                <When when=move || view.with(|view| view.answer)>
                    <RoundButton
                        label=t.of(Key::Answer)
                        glyph=Glyph::Phone
                        look=RoundLook::Good
                        keys=ANSWER.text
                        press=move |()| dispatch.send(Action::Answer { call, video: false })
                    />
                </When>
            </div>
        </div>
    }
}

/// Whether another ringing call has the focus.
fn in_popup() -> bool {
    document().active_element().is_some_and(|element| matches!(element.closest(".ring"), Ok(Some(_))))
}

/// Whether the focus is in a field that takes text.
fn typing() -> bool {
    document().active_element().is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

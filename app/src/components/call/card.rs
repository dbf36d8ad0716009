//! The call in front: who, how long, the picture or the initials, what can be done.

use leptos::html;
use leptos::prelude::*;

use super::controls::Controls;
use super::duration;
use super::keypad::Keypad;
use super::modes::Modes;
use super::picture::{OwnPicture, RemotePicture};
use super::transfer::TransferPanel;
use crate::components::doors::{DoorNotes, DoorPicture};
use crate::components::kit::{
    Avatar, AvatarSize, Button, Each, Glyph, Look, Note, Timer, Tone, When, catch_focus, memo, react, say, seconds_until,
};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::view::call::{Asked, AskedBy, CallNotice, CallPhase, CallView};
use crate::desk::{CallKey, Millis};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// How the card is coloured and whether the initials pulse.
fn state_class(phase: CallPhase, muted: bool) -> &'static str {
    match phase {
        CallPhase::Dialing | CallPhase::Ringing | CallPhase::Queued(_) | CallPhase::EarlyMedia | CallPhase::Connecting => "is-ringing",
        CallPhase::Active if muted => "is-talking is-muted",
        CallPhase::Active | CallPhase::Ending => "is-talking",
        CallPhase::Transferring | CallPhase::Held | CallPhase::HeldByThem | CallPhase::HeldByBoth => "is-held",
        CallPhase::Ended(_) => "is-over",
    }
}

/// The card of one call.
#[component]
pub(super) fn CallCard(call: CallKey, view: Signal<CallView>) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let name = memo(move || view.with(|view| view.who.name.clone()));
    let number = memo(move || view.with(|view| view.who.number.clone()));
    let queue = memo(move || view.with(|view| view.queue.clone()));
    let phase = memo(move || view.with(|view| words::phase(t, view)));
    let seconds = memo(move || view.with(|view| duration(view, stores.now.get())));
    let remote_video = memo(move || view.with(|view| view.remote_video));
    let held = move |view: &CallView| matches!(view.phase, CallPhase::Held | CallPhase::HeldByThem | CallPhase::HeldByBoth);
    // A held call sends no picture: nothing to see of ourselves either.
    let own_video = memo(move || view.with(|view| view.local_video && !held(view)));
    let over = memo(move || view.with(|view| matches!(view.phase, CallPhase::Ended(_))));
    let asked = memo(move || view.with(|view| view.asked.clone()));
    let notices = memo(move || view.with(|view| view.notices.clone()));
    let supervisors = memo(move || view.with(|view| view.supervisors.clone()));
    let part = memo(move || view.with(|view| view.part.clone().filter(|_| view.ended_at.is_none())));
    let part_of = Signal::derive(move || part.get().map(|part| (part.user, part.contact)).unwrap_or_default());
    // Who is at the door is seen from the first ring to the last moment, whatever the call itself brings.
    let door = memo(move || view.with(|view| view.door.clone()));
    let camera = memo(move || {
        let id = door.get()?;
        let has = stores.doors.known(&id).is_some_and(|row| row.with(|door| door.pictures));
        (has && !remote_video.get() && !over.get()).then_some(id)
    });
    let keypad = RwSignal::new(false);
    let transfer = RwSignal::new(false);
    let keypad_button = NodeRef::<html::Button>::new();
    let close_keypad = move |()| {
        keypad.set(false);
        if let Some(button) = keypad_button.get_untracked() {
            // A button that has left the page cannot take the focus.
            drop(button.focus());
        }
    };
    // After an answer the ringing call's buttons are gone, after the end this call's are.
    let card = NodeRef::<html::Section>::new();
    react(move || {
        let _ = (over.get(), card.get());
        catch_focus(card);
    });
    let class = move || format!("card {}", view.with(|view| state_class(view.phase, view.mute == Some(true))));
    view! {
        <section
            class=class
            class:has-video=move || remote_video.get()
            tabindex="-1"
            node_ref=card
            aria-label=say(move || t.with(Key::CallWith, &[("name", &name.get())]))
        >
            <div class="card-scene">
                <When when=move || remote_video.get()>
                    <RemotePicture call name=name/>
                </When>
                <div class="card-who">
                    {move || camera.get().map(|door| view! {
                        <div class="card-door"><DoorPicture door name camera=true/></div>
                    })}
                    <When when=move || !remote_video.get() && camera.with(Option::is_none)>
                        <span class="card-face"><Avatar name=name size=AvatarSize::Huge/></span>
                    </When>
                    {move || queue.get().map(|queue| view! { <p class="card-queue clip"><bdi>{queue}</bdi></p> })}
                    <h2 class="card-name"><bdi>{say(move || name.get())}</bdi></h2>
                    {move || number.get().map(|number| view! { <p class="card-number num clip"><bdi>{number}</bdi></p> })}
                    <When when=move || over.get()>
                        <p class="card-ended">{t.of(Key::EndedTitle)}</p>
                    </When>
                    <p class="card-phase">{say(move || phase.get())}</p>
                    <When when=move || seconds.get().is_some()>
                        <Timer seconds=Signal::derive(move || seconds.get().unwrap_or(0))/>
                    </When>
                </div>
                <When when=move || own_video.get()>
                    <OwnPicture call/>
                </When>
            </div>
            {move || asked.get().map(|asked| view! { <Question call asked/> })}
            {move || part.get().map(|_| view! {
                <div class="card-modes"><Modes of=part_of part=part.into()/></div>
            })}
            <div class="card-notes" aria-live="polite">
                {move || supervisors.get().into_iter().filter_map(|of| of.name.map(|name| (name, of.mode))).map(|(name, mode)| view! {
                    <Note tone=Tone::Accent><p>{say(move || words::supervisor(t, &name, mode))}</p></Note>
                }).collect_view()}
                <Each each=move || notices.get() key=|notice| *notice let:notice>
                    {
                        let (_, tone) = words::call_notice(t, notice);
                        let kept = match notice {
                            CallNotice::LinkDown { until } => Some(view! { <Left at=Signal::stored(Some(until)) sentence=Key::CallKept/> }),
                            _ => None,
                        };
                        view! { <Note tone=tone><p>{say(move || words::call_notice(t, notice).0)}</p>{kept}</Note> }
                    }
                </Each>
            </div>
            {move || door.get().and_then(|id| stores.doors.known(&id)).map(|view| view! { <DoorNotes view/> })}
            <When when=move || keypad.get() && view.with(|view| view.keypad)>
                <Keypad call view close=close_keypad/>
            </When>
            <When when=move || transfer.get() && view.with(|view| view.transfer)>
                <TransferPanel call view close=Callback::new(move |()| transfer.set(false))/>
            </When>
            <When when=move || over.get() fallback=move || view! { <Controls call view keypad keypad_button transfer/> }>
                <After call view/>
            </When>
        </section>
    }
}

/// Whether somebody is to be called whom others want us to call.
#[component]
fn Question(call: CallKey, asked: Asked) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let key = match asked.why {
        AskedBy::Redirection => Key::AskRedirect,
        AskedBy::Transfer => Key::AskTransfer,
    };
    let answer = move |accept| Callback::new(move |()| dispatch.send(Action::Follow { call, accept }));
    view! {
        <Note tone=Tone::Warn>
            <p role="alert">{say(move || t.with(key, &[("name", &asked.to)]))}</p>
            <Button label=t.of(Key::Call) glyph=Glyph::Phone look=Look::Good press=answer(true)/>
            <Button label=t.of(Key::AskNo) look=Look::Quiet press=answer(false)/>
        </Note>
    }
}

/// A sentence that counts the seconds down to a moment; nothing after it. Not live: a screen reader is told once, not each second.
#[component]
fn Left(#[prop(into)] at: Signal<Option<Millis>>, sentence: Key) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let seconds = memo(move || at.get().map_or(0, |at| seconds_until(at, stores.now.get())));
    view! {
        <When when=move || seconds.get() != 0>
            <p class="num soft" aria-live="off">{say(move || t.with(sentence, &[("seconds", &seconds.get().to_string())]))}</p>
        </When>
    }
}

/// What can be done after a call.
#[component]
fn After(call: CallKey, view: Signal<CallView>) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let target = memo(move || view.with(|view| view.who.number.clone().unwrap_or_else(|| view.who.name.clone())));
    let may_dial = stores.desk.memo(|desk| desk.may_dial);
    view! {
        <div class="card-after">
            <Left at=memo(move || view.with(|view| view.retry_at)) sentence=Key::CallAgainIn/>
            <When when=move || may_dial.get()>
                <Button
                    label=t.of(Key::CallAgain)
                    glyph=Glyph::Phone
                    look=Look::Plain
                    press=Callback::new(move |()| {
                        dispatch.send(Action::Dial { target: target.get_untracked(), video: false });
                    })
                />
            </When>
            <When when=move || view.with(|view| view.dismiss)>
                <Button
                    label=t.of(Key::Close)
                    look=Look::Quiet
                    press=Callback::new(move |()| dispatch.send(Action::DismissCall { call }))
                />
            </When>
        </div>
    }
}

//! What can be done about an agent: ready, pause, wrap-up, queues, a message.

use leptos::prelude::*;

use super::About;
use super::chosen::Chosen;
use super::message::Message;
use crate::components::call::Modes;
use crate::components::kit::{Badge, Button, Choice, Dialog, Glyph, IconButton, Look, Select, When, memo, say};
use crate::components::words;
use crate::desk::action::Action;
use crate::desk::view::floor::{AgentRow, SteerWish};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The dialog.
#[component]
pub fn ManageDialog(
    /// Which agent.
    about: About,
) -> impl IntoView {
    let stores = Stores::use_context();
    let agent = memo(move || {
        let user = about.what.get();
        stores.agents.known(&user).map(|row| row.get())
    });
    let name = move || agent.with(|agent| agent.as_ref().map_or_else(String::new, |agent| agent.name.clone()));
    let there = memo(move || agent.with(Option::is_some));
    view! {
        <Dialog title=say(name) open=about.open>
            <When when=move || there.get()>
                <State agent/>
                <Queues agent/>
                <Message to=about.what/>
            </When>
        </Dialog>
    }
}

type Agent = Memo<Option<AgentRow>>;

/// What they do, and the ways to change it.
#[component]
fn State(agent: Agent) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    fn part<R: PartialEq + Send + Sync + 'static>(agent: Agent, read: fn(&AgentRow) -> R, none: fn() -> R) -> Memo<R> {
        memo(move || agent.with(|agent| agent.as_ref().map_or_else(none, read)))
    }
    let badge = memo(move || agent.with(|agent| agent.as_ref().map(|agent| words::doing_of(t, &agent.doing)).unwrap_or_default()));
    let wants = part(agent, |agent| agent.wants_calls, || false);
    let wraps_up = part(agent, |agent| agent.wrap_up.is_some(), || false);
    let taken = part(agent, |agent| agent.call.as_ref().and_then(|call| call.taken.clone()), || None);
    let part_in = part(agent, |agent| agent.call.as_ref().and_then(|call| call.part.clone()), || None);
    let call_of = Signal::derive(move || {
        (agent.with(|agent| agent.as_ref().map(|agent| agent.user.clone()).unwrap_or_default()), taken.get().unwrap_or_default())
    });
    let busy = stores.floor.memo(|floor| floor.busy);
    let user = move || agent.with_untracked(|agent| agent.as_ref().map(|agent| agent.user.clone()).unwrap_or_default());
    let send = move |wish: SteerWish| dispatch.send(Action::Steer(wish));
    let reasons = memo(move || {
        let plain = Choice { value: String::new(), label: t.get(Key::PauseNoReason).to_owned() };
        let named = stores.floor.with(|floor| floor.reasons.clone()).into_iter();
        std::iter::once(plain).chain(named.map(|reason| Choice { value: reason.name, label: reason.label })).collect::<Vec<_>>()
    });
    let chosen = RwSignal::new(String::new());
    let asked = RwSignal::new(None::<String>);
    view! {
        <div class="row">
            <Badge label=say(move || badge.get().0) tone=Signal::derive(move || badge.get().1)/>
        </div>
        <div class="manage-verbs">
            <When when=move || !wants.get()>
                <Button
                    label=t.of(Key::FloorMakeReady)
                    glyph=Glyph::Check
                    look=Look::Good
                    busy=busy
                    press=Callback::new(move |()| send(SteerWish::Ready(user())))
                />
            </When>
            <When when=move || taken.with(Option::is_some)>
                <Button
                    label=t.of(Key::FloorTakeOver)
                    glyph=Glyph::Phone
                    busy=busy
                    press=Callback::new(move |()| asked.update(|asked| *asked = if asked.is_some() { None } else { taken.get_untracked() }))
                />
            </When>
            // The agent is out of the call at once: that takes a second button, for this call and no other.
            <When when=move || asked.with(|asked| asked.is_some() && taken.with(|taken| taken == asked))>
                <p class="row">
                    <Button
                        label=t.of(Key::FloorTakeOverNow)
                        look=Look::Bad
                        busy=busy
                        press=Callback::new(move |()| {
                            if let Some(contact) = asked.get_untracked() {
                                asked.set(None);
                                send(SteerWish::TakeOver(user(), contact));
                            }
                        })
                    />
                    <span class="soft">{t.of(Key::FloorTakeOverWhat)}</span>
                </p>
            </When>
            <When when=move || taken.with(Option::is_some)>
                <Modes of=call_of part=part_in.into()/>
            </When>
            <When when=move || wraps_up.get()>
                <Button
                    label=t.of(Key::FloorEndWrap)
                    busy=busy
                    press=Callback::new(move |()| {
                        if let Some(contact) = agent.with_untracked(|agent| agent.as_ref().and_then(|agent| agent.wrap_up.clone())) {
                            send(SteerWish::EndWrapUp(user(), contact));
                        }
                    })
                />
            </When>
            <When when=move || wants.get()>
                <div class="chosen">
                    <Select
                        label=t.of(Key::PauseReason)
                        id="manage-reason"
                        choices=reasons
                        value=chosen
                        choose=move |reason: String| chosen.set(reason)
                    />
                    <Button
                        label=t.of(Key::BePaused)
                        glyph=Glyph::Pause
                        busy=busy
                        press=Callback::new(move |()| {
                            let reason = chosen.get_untracked();
                            send(SteerWish::Pause(user(), (!reason.is_empty()).then_some(reason)));
                        })
                    />
                </div>
            </When>
        </div>
    }
}

/// Whose calls they take, and which queues they belong to.
#[component]
fn Queues(agent: Agent) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let queues = memo(move || agent.with(|agent| agent.as_ref().map(|agent| agent.queues.clone()).unwrap_or_default()));
    let sheds = memo(move || agent.with(|agent| agent.as_ref().is_some_and(|agent| agent.sheds)));
    let user = move || agent.with_untracked(|agent| agent.as_ref().map(|agent| agent.user.clone()).unwrap_or_default());
    let send = move |wish: SteerWish| dispatch.send(Action::Steer(wish));
    let boxes = move || {
        let queues = queues.get().into_iter();
        queues
            .map(|of| {
                let (queue, taken) = (of.queue.clone(), of.queue);
                let label = of.label.clone();
                let change = move |event| send(SteerWish::Member(user(), queue.clone(), event_target_checked(&event)));
                let take = Callback::new(move |()| send(SteerWish::Belong(user(), taken.clone(), false)));
                view! {
                    <div class="membership">
                        <label class="tick">
                            <input type="checkbox" prop:checked=of.on on:change=change/>
                            <span><bdi>{of.label}</bdi></span>
                        </label>
                        {sheds.get().then(|| {
                            let words = move || t.with(Key::FloorTakeQueue, &[("queue", &label)]);
                            view! { <IconButton label=words glyph=Glyph::Close press=take/> }
                        })}
                    </div>
                }
            })
            .collect_view()
    };
    let others = memo(move || {
        let all = stores.floor_queues.each(|row| Some(Choice { value: row.queue.name.clone(), label: row.queue.label.clone() }));
        queues.with(|own| all.into_iter().filter(|choice| !own.iter().any(|of| of.queue == choice.value)).collect::<Vec<_>>())
    });
    view! {
        <fieldset class="field">
            <legend>{t.of(Key::FloorMember)}</legend>
            <div class="ticks">{boxes}</div>
        </fieldset>
        <Chosen
            label=Key::FloorAddQueue
            id="manage-queue"
            verb=Key::FloorAddQueueDo
            choices=others
            busy=stores.floor.memo(|floor| floor.busy)
            press=Callback::new(move |queue: String| send(SteerWish::Belong(user(), queue, true)))
        />
    }
}

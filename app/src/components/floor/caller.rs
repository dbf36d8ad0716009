//! What can be done with a waiting caller: prefer, move, give to an agent.

use leptos::prelude::*;

use super::About;
use crate::components::kit::{Button, Choice, Dialog, Select, When, memo, say};
use crate::desk::action::Action;
use crate::desk::view::floor::{MAX_PRIORITY, SteerWish};
use crate::desk::view::work::WaitingView;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The dialog.
#[component]
pub fn CallerDialog(
    /// Which caller.
    about: About,
) -> impl IntoView {
    let stores = Stores::use_context();
    // The caller and the queue that they wait in; nothing once they wait no longer.
    let found = memo(move || {
        let contact = about.what.get();
        stores.floor_queues.all().into_iter().find_map(|row| {
            let caller = row.queue.first.into_iter().find(|caller| caller.contact == contact)?;
            Some((caller, row.queue.name))
        })
    });
    let name = move || found.with(|found| found.as_ref().map_or_else(String::new, |(caller, _)| caller.name.clone()));
    view! {
        <Dialog title=say(name) open=about.open>
            <Tools found about/>
        </Dialog>
    }
}

#[component]
fn Tools(found: Memo<Option<(WaitingView, String)>>, about: About) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let busy = stores.floor.memo(|floor| floor.busy);
    let there = memo(move || found.with(Option::is_some));
    let priority = memo(move || found.with(|found| found.as_ref().map_or(0, |(caller, _)| caller.priority)));
    let queues = memo(move || {
        let own = found.with(|found| found.as_ref().map(|(_, queue)| queue.clone()));
        let others = stores.floor_queues.all().into_iter().map(|row| row.queue).filter(|queue| Some(&queue.name) != own.as_ref());
        others.map(|queue| Choice { value: queue.name, label: queue.label }).collect::<Vec<_>>()
    });
    let free = memo(move || {
        let free = stores.agents.all().into_iter().filter(|agent| agent.free);
        free.map(|agent| Choice { value: agent.user, label: agent.name }).collect::<Vec<_>>()
    });
    let send = move |wish: SteerWish| dispatch.send(Action::Steer(wish));
    view! {
        <When when=move || there.get() fallback=move || view! { <p>{t.of(Key::FloorGone)}</p> }>
            <Priority priority about/>
            <Chosen
                label=Key::FloorMove
                id="caller-queue"
                verb=Key::FloorMoveDo
                choices=queues
                busy=busy
                press=Callback::new(move |queue: String| {
                    send(SteerWish::Move(about.what.get_untracked(), queue));
                    about.open.set(false);
                })
            />
            <Chosen
                label=Key::FloorAssign
                id="caller-agent"
                verb=Key::FloorAssignDo
                choices=free
                busy=busy
                none=Key::FloorNoFree
                press=Callback::new(move |user: String| {
                    send(SteerWish::Assign(about.what.get_untracked(), user));
                    about.open.set(false);
                })
            />
        </When>
    }
}

#[component]
fn Priority(priority: Memo<u8>, about: About) -> impl IntoView {
    let t = I18n::use_context();
    let dispatch = Dispatch::use_context();
    let levels = (0..=MAX_PRIORITY)
        .map(|level| {
            let words = move || if level == 0 { t.get(Key::FloorUsual).to_owned() } else { level.to_string() };
            view! {
                <label class="segment">
                    <input
                        type="radio"
                        name="priority"
                        class="sr-only"
                        prop:checked=move || priority.get() == level
                        on:change=move |_| dispatch.send(Action::Steer(SteerWish::Prioritise(about.what.get_untracked(), level)))
                    />
                    <span>{say(words)}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field">
            <legend>{t.of(Key::FloorPriority)}</legend>
            <div class="segments">{levels}</div>
        </fieldset>
    }
}

/// A chooser with the button that does it.
#[component]
fn Chosen(
    label: Key,
    id: &'static str,
    verb: Key,
    choices: Memo<Vec<Choice>>,
    #[prop(into)] busy: Signal<bool>,
    /// Said where there is nothing to choose; without it nothing is shown then.
    #[prop(optional)]
    none: Option<Key>,
    press: Callback<String>,
) -> impl IntoView {
    let t = I18n::use_context();
    let chosen = RwSignal::new(String::new());
    // What was chosen may be gone: then it is the first one, as the browser shows it.
    let value = memo(move || {
        let chosen = chosen.get();
        choices.with(|choices| {
            let there = choices.iter().any(|choice| choice.value == chosen);
            if there { chosen } else { choices.first().map(|choice| choice.value.clone()).unwrap_or_default() }
        })
    });
    let some = memo(move || !choices.with(Vec::is_empty));
    view! {
        <When
            when=move || some.get()
            fallback=move || none.map(|none| view! { <p class="faint">{t.of(none)}</p> }).into_any()
        >
            <div class="chosen">
                <Select label=t.of(label) id=id choices=choices value=value choose=move |value: String| chosen.set(value)/>
                <Button label=t.of(verb) busy=busy press=Callback::new(move |()| press.run(value.get_untracked()))/>
            </div>
        </When>
    }
}

//! What can be done with a waiting caller: prefer, move, give to an agent.

use leptos::prelude::*;

use super::About;
use super::chosen::Chosen;
use crate::components::kit::{Choice, Dialog, When, memo, say};
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
        let waits = |callers: &[WaitingView]| callers.iter().find(|caller| caller.contact == contact).cloned();
        let first = stores.floor_queues.each(|row| Some((waits(&row.queue.first)?, row.queue.name.clone())));
        // Whoever stands behind the first is in the list that is open.
        let listed = || stores.floor.with(|floor| Some((waits(&floor.callers.rows)?, floor.callers.queue.clone())));
        first.into_iter().next().or_else(listed)
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

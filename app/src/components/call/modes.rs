//! Who hears somebody in charge in the call of an agent: nobody, the agent, both. Pressing one begins, or changes what runs.

use leptos::prelude::*;

use crate::components::kit::{memo, say};
use crate::desk::action::Action;
use crate::desk::view::call::{PartView, SuperviseMode};
use crate::desk::view::floor::SteerWish;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

const MODES: [(SuperviseMode, Key); 3] =
    [(SuperviseMode::Listen, Key::SupListen), (SuperviseMode::Whisper, Key::SupWhisper), (SuperviseMode::Barge, Key::SupBarge)];

/// The three buttons.
#[component]
pub fn Modes(
    /// User name of the agent and id of their call.
    of: Signal<(String, String)>,
    /// Our part in it, if we take one.
    part: Signal<Option<PartView>>,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let usable = stores.floor.memo(|floor| floor.steers && !floor.busy);
    let present = memo(move || part.with(|part| part.as_ref().map(|part| part.mode)));
    let buttons = MODES
        .map(|(mode, key)| {
            let press = move |_| {
                if usable.get_untracked() && present.get_untracked() != Some(mode) {
                    let (user, contact) = of.get_untracked();
                    dispatch.send(Action::Steer(SteerWish::Supervise(user, contact, mode)));
                }
            };
            view! {
                <button
                    type="button"
                    class="segment"
                    aria-pressed=move || if present.get() == Some(mode) { "true" } else { "false" }
                    aria-disabled=move || (!usable.get()).then_some("true")
                    on:click=press
                >
                    <span>{say(move || t.get(key))}</span>
                </button>
            }
        })
        .collect_view();
    view! { <div class="segments modes" role="group" aria-label=t.of(Key::SupTitle)>{buttons}</div> }
}

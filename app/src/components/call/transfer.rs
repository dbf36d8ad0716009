//! Whom to connect the other side with: somebody found by name or number, at once or after a word with them, a queue, or the other side
//! of a second call.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use crate::components::dialpad::target;
use crate::components::kit::{Button, Each, Glyph, Look, TextField, When, memo, react, say};
use crate::desk::CallKey;
use crate::desk::action::Action;
use crate::desk::view::call::CallView;
use crate::desk::view::work::QueueName;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// Queues that are offered at once; the others are found by typing.
const QUEUES: usize = 6;

/// The choice for one call. Escape closes it.
#[component]
pub(super) fn TransferPanel(call: CallKey, view: Signal<CallView>, close: Callback<()>) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let typed = RwSignal::new(String::new());
    let field = NodeRef::<html::Input>::new();
    react(move || {
        if let Some(field) = field.get() {
            drop(field.focus());
        }
    });
    let connect = memo(move || view.with(|view| view.connect.clone()));
    // Whom the buttons mean, with the name to show.
    let meant = memo(move || {
        let people = stores.people.all();
        let typed = typed.get();
        let is =
            |queue: &QueueName| queue.name.eq_ignore_ascii_case(typed.trim()) || queue.label.to_lowercase() == typed.trim().to_lowercase();
        if let Some(queue) = stores.work.with(|work| work.all.iter().find(|queue| is(queue)).cloned()) {
            return Some((queue.name, queue.label));
        }
        let user = target(&typed, &people)?;
        let name = people.into_iter().find(|person| person.user.eq_ignore_ascii_case(&user)).map(|person| person.name);
        Some((user.clone(), name.unwrap_or(user)))
    });
    let queues = memo(move || {
        let typed = typed.get().trim().to_lowercase();
        let fits = |queue: &&QueueName| queue.label.to_lowercase().contains(&typed) || queue.name.to_lowercase().contains(&typed);
        stores.work.with(|work| work.all.iter().filter(fits).take(QUEUES).cloned().collect::<Vec<_>>())
    });
    let blocked = Signal::derive(move || meant.with(Option::is_none));
    let act = move |ask: bool| {
        let Some((target, _)) = meant.get_untracked() else { return };
        dispatch.send(match ask {
            true => Action::Dial { target, video: false },
            false => Action::Transfer { call, target },
        });
        close.run(());
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close.run(());
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        act(false);
    };
    view! {
        <form class="transfer" on:keydown=on_key on:submit=submit aria-label=t.of(Key::Transfer)>
            <Each each=move || connect.get() key=|(key, _)| *key let:other>
                {
                    let (with, name) = other;
                    view! {
                        <Button
                            label=move || t.with(Key::ConnectWith, &[("name", &name)])
                            glyph=Glyph::Transfer
                            look=Look::Primary
                            press=Callback::new(move |()| {
                                dispatch.send(Action::Connect { call, with });
                                close.run(());
                            })
                        />
                    }
                }
            </Each>
            <TextField
                label=t.of(Key::TransferWhom)
                id="transfer-target"
                value=typed
                autocomplete="off"
                placeholder=t.of(Key::DialExample)
                node_ref=field
            />
            <p class="hint" aria-live="polite">{say(move || meant.get().map(|(_, name)| name).unwrap_or_default())}</p>
            <div class="dial-buttons">
                <Button label=t.of(Key::TransferNow) look=Look::Good submit=true disabled=blocked/>
                <Button label=t.of(Key::TransferAsk) disabled=blocked press=Callback::new(move |()| act(true))/>
            </div>
            <When when=move || !queues.with(Vec::is_empty)>
                <div class="transfer-queues" role="group" aria-label=t.of(Key::QueuesTitle)>
                    <p class="hint" aria-hidden="true">{t.of(Key::QueuesTitle)}</p>
                    <Each each=move || queues.get() key=|queue| queue.clone() let:queue>
                        {
                            let QueueName { name, label, now } = queue;
                            let words = match now {
                                Some((false, _)) => format!("{label} \u{b7} {}", t.get(Key::QueueClosed)),
                                Some((true, n)) => format!("{label} \u{b7} {}", t.with(Key::QueueWaiting, &[("n", &n.to_string())])),
                                None => label,
                            };
                            view! {
                                <Button
                                    label=words
                                    glyph=Glyph::Transfer
                                    press=Callback::new(move |()| {
                                        dispatch.send(Action::Transfer { call, target: name.clone() });
                                        close.run(());
                                    })
                                />
                            }
                        }
                    </Each>
                </div>
            </When>
        </form>
    }
}

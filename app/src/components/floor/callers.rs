//! Everybody who waits in a queue, part by part, with what can be done about each.

use leptos::html;
use leptos::prelude::*;

use super::About;
use super::queues::{Caller, Place, places};
use super::row::now_where;
use crate::components::kit::{Button, Dialog, Each, When, catch_focus, react, say};
use crate::desk::action::Action;
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Rows, Stores};

/// The dialog.
#[component]
pub fn CallersDialog(
    /// Which queue.
    about: About,
    /// The dialog about one of them.
    caller: About,
) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let title = move || {
        let queue = about.what.get();
        let label = stores.floor_queues.known(&queue).map_or(queue, |row| row.with(|row| row.queue.label.clone()));
        t.with(Key::FloorCallersOf, &[("queue", &label)])
    };
    react(move || dispatch.send(Action::ListCallers(about.open.get().then(|| about.what.get()))));
    on_cleanup(move || dispatch.send(Action::ListCallers(None)));
    view! {
        <Dialog title=say(title) open=about.open>
            <List caller/>
        </Dialog>
    }
}

#[component]
fn List(caller: About) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let callers: Rows<String, Place> = Rows::new();
    let section = NodeRef::<html::Section>::new();
    react(move || {
        callers.put(stores.floor.with(|floor| places(floor.callers.rows.clone(), floor.callers.before)));
        // The one who had the focus may be gone.
        catch_focus(section);
    });
    let now = now_where(RwSignal::new(true));
    let steers = stores.floor.memo(|floor| floor.steers);
    let (first, last) = (stores.floor.memo(|floor| !floor.callers.back), stores.floor.memo(|floor| !floor.callers.on));
    let count = move || {
        stores.floor.with(|floor| match floor.callers.waiting {
            _ if floor.callers.failed => t.get(Key::FloorCallersError).to_owned(),
            None => t.get(Key::Loading).to_owned(),
            Some(0) => t.get(Key::FloorNobodyWaits).to_owned(),
            Some(n) => t.with(Key::QueueWaiting, &[("n", &n.to_string())]),
        })
    };
    let range = move || {
        stores.floor.with(|floor| {
            let list = &floor.callers;
            format!("{}\u{2013}{}", list.before + 1, list.before + list.rows.len())
        })
    };
    let turn = move |on: bool| Callback::new(move |()| dispatch.send(Action::TurnCallers(on)));
    view! {
        <div class="callers-head">
            <p role="status">{say(count)}</p>
            <When when=move || !first.get() || !last.get()>
                <span class="num faint">{say(range)}</span>
                <Button label=t.of(Key::FloorBefore) class="btn-sm" disabled=first press=turn(false)/>
                <Button label=t.of(Key::FloorBehind) class="btn-sm" disabled=last press=turn(true)/>
            </When>
        </div>
        <section class="callers" tabindex="-1" node_ref=section aria-label=t.of(Key::QueueCallers)>
            <ol class="queue-list">
                <Each each=move || callers.keys() key=Clone::clone let:contact>
                    {callers.row(&contact).map(|row| view! { <Caller contact row now steers about=caller/> })}
                </Each>
            </ol>
        </section>
    }
}

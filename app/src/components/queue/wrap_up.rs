//! Finishing a call of a queue: what it was about, a note, and the time that is left for it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::components::kit::{Button, Glyph, Look, TextArea, When, clock_text, memo, say, scale_x};
use crate::desk::action::Action;
use crate::desk::view::work::{Moment, WrapUpView};
use crate::i18n::{I18n, Key};
use crate::store::{Dispatch, Stores};

/// The form while there is a call to be finished.
#[component]
pub fn WrapUp() -> impl IntoView {
    let work = Stores::use_context().work;
    // One form per call: what is typed for one never goes with the next, and stays when there is more time for it.
    let contact = work.memo(|work| work.wrap_up.as_ref().map(|view| view.contact.clone()));
    view! {
        {move || {
            contact.get()?;
            work.get_untracked().wrap_up.map(|view| view! { <Form view/> })
        }}
    }
}

#[component]
fn Form(view: WrapUpView) -> impl IntoView {
    let t = I18n::use_context();
    let stores = Stores::use_context();
    let dispatch = Dispatch::use_context();
    let busy = stores.work.memo(|work| work.me.as_ref().is_some_and(|me| me.busy));
    let disposition = RwSignal::new(None::<String>);
    let note = RwSignal::new(String::new());
    let WrapUpView { contact, queue, dispositions, since, note_limit, .. } = view;
    // What can change while the form is there.
    let until = stores.work.memo(|work| work.wrap_up.as_ref().map_or(0, |view| view.until.0));
    let more = stores.work.memo(|work| work.wrap_up.as_ref().is_some_and(|view| view.more));
    let left = memo(move || Moment(until.get()).left(stores.now.get()).div_ceil(1000));
    let share = move || {
        let until = Moment(until.get());
        let whole = u64::try_from(until.0 - since.0).unwrap_or(0).max(1);
        scale_x(until.left(stores.now.get()).saturating_mul(1000) / whole)
    };
    let some = !dispositions.is_empty();
    let options = dispositions
        .into_iter()
        .map(|choice| {
            let name = StoredValue::new(choice.name);
            view! {
                <label class="segment">
                    <input
                        type="radio"
                        name="disposition"
                        class="sr-only"
                        prop:checked=move || disposition.with(|chosen| chosen.as_deref() == Some(&*name.read_value()))
                        on:change=move |_| disposition.set(Some(name.get_value()))
                    />
                    <span>{choice.label}</span>
                </label>
            }
        })
        .collect_view();
    let extended = contact.clone();
    let extend = Callback::new(move |()| dispatch.send(Action::ExtendWrapUp { contact: extended.clone() }));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            let (disposition, note) = (disposition.get_untracked(), note.get_untracked());
            dispatch.send(Action::FinishWrapUp { contact: contact.clone(), disposition, note });
        }
    };
    view! {
        <form class="wrap-up" aria-label=t.of(Key::WrapTitle) on:submit=submit>
            <header class="wrap-head">
                <h2>{t.of(Key::WrapTitle)}</h2>
                <bdi class="soft clip">{queue}</bdi>
                <span class="num soft wrap-left">{say(move || t.with(Key::WrapLeft, &[("time", &clock_text(left.get()))]))}</span>
            </header>
            <div class="meter wrap-meter" aria-hidden="true"><div class="meter-fill" style:transform=share></div></div>
            {some.then_some(view! {
                <fieldset class="field">
                    <legend>{t.of(Key::WrapDisposition)}</legend>
                    <div class="segments">{options}</div>
                </fieldset>
            })}
            <TextArea label=t.of(Key::WrapNote) id="wrap-note" value=note limit=note_limit/>
            <div class="wrap-foot">
                <When when=move || more.get()>
                    <Button label=t.of(Key::WrapMore) look=Look::Quiet busy=busy press=extend/>
                </When>
                <Button label=t.of(Key::WrapFinish) glyph=Glyph::Check look=Look::Primary submit=true busy=busy/>
            </div>
        </form>
    }
}

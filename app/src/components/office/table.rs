//! A list of rows in a form: skills, penalties, and how a queue relaxes.

use leptos::prelude::*;

use super::entry::{Entry, Wrong};
use super::open::Open;
use crate::components::kit::{Button, Each, Glyph, IconButton, memo, say};
use crate::desk::office::admin::rows;
use crate::i18n::{I18n, Word};

/// The parts of a row of names with numbers. What they are called is for the caller to say.
#[must_use]
pub fn graded(name: Word, level: Word) -> Vec<(&'static str, Word, bool)> {
    vec![("name", name, false), ("level", level, true)]
}

/// Rows that can be added and taken away.
#[component]
pub fn Table(
    /// The form.
    open: Open,
    /// Name of the list.
    list: &'static str,
    /// What it is.
    title: Word,
    /// Parts of a row with the words above them, and whether each is a number.
    parts: Vec<(&'static str, Word, bool)>,
) -> impl IntoView {
    let t = I18n::use_context();
    let count = memo(move || open.read(|form| rows::count(&form.draft, list)));
    let locked = memo(move || open.locked());
    let steps = parts.len() > 2;
    let parts = StoredValue::new(parts);
    let row = move |at: usize| {
        let entry = |(part, label, number): (&'static str, Word, bool)| {
            let field = format!("{list}.{at}.{part}");
            view! { <Entry open label field number read=rows::cell write=rows::set_cell/> }
        };
        view! {
            <div class="choice" class:choice-steps=steps>
                {parts.get_value().into_iter().map(entry).collect_view()}
                <IconButton
                    label=say(move || t.with(Word::RemoveNamed, &[("name", &format!("{} {}", t.get(title), at + 1))]))
                    glyph=Glyph::Close
                    press=move |()| open.edit(move |draft| rows::remove(draft, list, at))
                />
            </div>
        }
    };
    view! {
        <fieldset class="field rows">
            <legend>{t.of(title)}</legend>
            <div class="choices">
                <Each each=move || (0..count.get()).collect() key=|at| *at let:at>{row(at)}</Each>
            </div>
            <Wrong open field=list/>
            <div class="office-buttons">
                <Button
                    label=t.of(Word::AddChoice)
                    disabled=locked
                    press=Callback::new(move |()| open.edit(move |draft| rows::add(draft, list)))
                />
            </div>
        </fieldset>
    }
}

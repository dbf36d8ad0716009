//! Reasons for a pause.

use leptos::prelude::*;

use crate::components::kit::memo;
use crate::components::office::{Entry, FormSheet, Line, OfficeTitle, Open, Reading, RecordList};
use crate::desk::office::admin::{Choice, Draft, Topic};
use crate::i18n::{I18n, Word};
use crate::store::OfficeStores;

/// The page.
#[component]
pub fn Reasons() -> impl IntoView {
    let t = I18n::use_context();
    let admin = OfficeStores::use_context().admin;
    let open = Open::of(Topic::Reasons);
    let lines = memo(move || {
        let line = |choice: &Choice| Line { name: choice.name.clone(), label: choice.label.clone(), about: String::new(), state: None };
        let page = admin.with(|admin| admin.reasons.known().cloned());
        page.map(|page| page.reasons.iter().map(|kept| line(&kept.record)).collect::<Vec<_>>()).unwrap_or_default()
    });
    let everywhere = memo(move || admin.with(|admin| admin.reasons.known().is_some_and(|page| page.place.everywhere)));
    let note = memo(move || {
        let elsewhere = admin.with(|admin| admin.reasons.known().is_some_and(|page| !page.place.everywhere));
        elsewhere.then_some(Word::Everybodys)
    });
    let title =
        move || open.read(|form| form.version.as_ref().map(|_| form.name.clone())).unwrap_or_else(|| t.get(Word::NewReason).to_owned());
    view! {
        <OfficeTitle page=Word::Reasons/>
        <RecordList
            open
            reading=|stores| stores.admin.with(|admin| Reading::of(&admin.reasons))
            lines
            adds=everywhere
            add=Word::AddReason
            none=Word::NoReasons
            note
        >
            <FormSheet open title>
                <div class="office-fields">
                    <Entry
                        open
                        label=Word::Choice
                        field="name"
                        fixed=true
                        help=Word::ReasonHelp
                        read=|draft, _| read(draft).name
                        write=|draft, _, text| edit(draft, |choice| choice.name = text)
                    />
                    <Entry
                        open
                        label=Word::ShownAs
                        field="label"
                        read=|draft, _| read(draft).label
                        write=|draft, _, text| edit(draft, |choice| choice.label = text)
                    />
                </div>
            </FormSheet>
        </RecordList>
    }
}

fn read(draft: &Draft) -> Choice {
    if let Draft::Reason(choice) = draft { choice.clone() } else { Choice { name: String::new(), label: String::new() } }
}

fn edit(draft: &mut Draft, change: impl FnOnce(&mut Choice)) {
    if let Draft::Reason(choice) = draft {
        change(choice);
    }
}

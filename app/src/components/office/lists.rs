//! Lists inside of a queue's form: its agents, and what its calls are about.

use leptos::prelude::*;

use super::entry::{Entry, Tick, Wrong};
use super::open::{Open, edit_queue, queue};
use crate::components::kit::{Button, Each, Glyph, IconButton, TextField, memo, say};
use crate::desk::office::admin::{Choice, Draft};
use crate::i18n::{I18n, Word};
use crate::store::OfficeStores;

/// Who gets the calls of a queue.
#[component]
pub fn Agents(
    /// The form.
    open: Open,
) -> impl IntoView {
    let t = I18n::use_context();
    let admin = OfficeStores::use_context().admin;
    let find = RwSignal::new(String::new());
    let chosen = memo(move || open.read(|form| queue(&form.draft).form.agents));
    let people = memo(move || {
        let mut people = admin.with(|admin| admin.queues.known().map(|page| page.people.clone())).unwrap_or_default();
        // Whoever belongs to sites of others and is in it already can be taken out.
        let strange = chosen.get().into_iter().filter(|agent| !people.iter().any(|known| known.name == *agent)).collect::<Vec<_>>();
        people.extend(strange.into_iter().map(|agent| Choice { label: agent.clone(), name: agent }));
        people
    });
    let shown = memo(move || {
        let wanted = find.get().trim().to_lowercase();
        let found = |person: &Choice| person.label.to_lowercase().contains(&wanted) || person.name.contains(&wanted);
        people.get().into_iter().filter(found).collect::<Vec<_>>()
    });
    let locked = memo(move || open.locked());
    view! {
        <div class="office-tools-line">
            <TextField label=t.of(Word::Search) id="office-agents" value=find kind=Signal::stored("search")/>
            <p class="field-about" role="status">
                {say(move || t.with(Word::AgentsChosen, &[("n", &chosen.with(Vec::len).to_string())]))}
            </p>
        </div>
        <div class="ticks ticks-box">
            <Each each=move || shown.get() key=|person| person.name.clone() let:person>
                {
                    let (of_on, of_set) = (person.name.clone(), person.name.clone());
                    let on = memo(move || chosen.with(|chosen| chosen.contains(&of_on)));
                    let set = move |on: bool| {
                        let name = of_set.clone();
                        edit_queue(open, move |queue| {
                            queue.form.agents.retain(|known| *known != name);
                            if on {
                                queue.form.agents.push(name);
                            }
                        });
                    };
                    let label = format!("{} ({})", person.label, person.name);
                    view! { <Tick label=say(move || label.clone()) on disabled=locked set/> }
                }
            </Each>
        </div>
        <Wrong open field="agents."/>
    }
}

/// What a call of a queue can have been about.
#[component]
pub fn Choices(
    /// The form.
    open: Open,
) -> impl IntoView {
    let t = I18n::use_context();
    let count = memo(move || open.read(|form| queue(&form.draft).form.dispositions.len()));
    let named = move |word: Word, at: usize| {
        say(move || {
            let name = open.read(|form| queue(&form.draft).form.dispositions.get(at).map(|choice| choice.label.clone()));
            t.with(word, &[("name", &name.unwrap_or_default())])
        })
    };
    view! {
        <div class="choices">
            <Each each=move || (0..count.get()).collect() key=|at| *at let:at>
                <div class="choice">
                    <Entry open label=Word::Choice field=format!("dispositions.{at}.name") read=read write=write/>
                    <Entry open label=Word::ShownAs field=format!("dispositions.{at}.label") read=read write=write/>
                    <div class="choice-tools">
                        {(at > 0).then(|| view! {
                            <IconButton
                                label=named(Word::MoveUp, at)
                                glyph=Glyph::Up
                                press=move |()| edit_queue(open, move |queue| queue.form.dispositions.swap(at, at - 1))
                            />
                        })}
                        <IconButton
                            label=named(Word::RemoveNamed, at)
                            glyph=Glyph::Close
                            press=move |()| edit_queue(open, move |queue| drop(queue.form.dispositions.remove(at)))
                        />
                    </div>
                </div>
            </Each>
        </div>
        <div class="office-buttons">
            <Button
                label=t.of(Word::AddChoice)
                press=Callback::new(move |()| {
                    edit_queue(open, move |queue| queue.form.dispositions.push(Choice { name: String::new(), label: String::new() }));
                })
            />
        </div>
    }
}

/// Place and part of `dispositions.2.name`.
fn part(field: &str) -> Option<(usize, &str)> {
    let (at, part) = field.strip_prefix("dispositions.")?.split_once('.')?;
    Some((at.parse().ok()?, part))
}

fn read(draft: &Draft, field: &str) -> String {
    let Some((at, part)) = part(field) else { return String::new() };
    let choice = queue(draft).form.dispositions.get(at).cloned();
    choice.map_or_else(String::new, |choice| if part == "name" { choice.name } else { choice.label })
}

fn write(draft: &mut Draft, field: &str, text: String) {
    let (Draft::Queue(queue), Some((at, part))) = (draft, part(field)) else { return };
    if let Some(choice) = queue.form.dispositions.get_mut(at) {
        *(if part == "name" { &mut choice.name } else { &mut choice.label }) = text;
    }
}

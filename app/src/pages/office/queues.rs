//! Queues: whom they ring, how long, when they are open, and what their calls are about.

use leptos::prelude::*;

use crate::components::kit::{self, Select, When, memo};
use crate::components::office::{
    Agents, Choices, Entry, FormSheet, Hours, Line, OfficeTitle, Open, Reading, RecordList, Table, Tick, Wrong, edit_queue, graded, queue,
};
use crate::desk::office::admin::{Draft, QueueForm, QueuesPage, Topic};
use crate::i18n::{I18n, Word};
use crate::store::OfficeStores;

/// The page.
#[component]
pub fn Queues() -> impl IntoView {
    let t = I18n::use_context();
    let admin = OfficeStores::use_context().admin;
    let open = Open::of(Topic::Queues);
    let lines = memo(move || {
        let page = admin.with(|admin| admin.queues.known().cloned());
        page.map(|page| page.queues.iter().map(|kept| line(t, &page, &kept.record)).collect::<Vec<Line>>()).unwrap_or_default()
    });
    let adds = memo(move || admin.with(|admin| admin.queues.known().is_some()));
    view! {
        <OfficeTitle page=Word::Queues/>
        <RecordList
            open
            reading=|stores| stores.admin.with(|admin| Reading::of(&admin.queues))
            lines
            adds
            add=Word::AddQueue
            none=Word::NoQueues
            note=Signal::stored(None)
        >
            <QueueSheet open/>
        </RecordList>
    }
}

fn line(t: I18n, page: &QueuesPage, form: &QueueForm) -> Line {
    let site = page.place.sites.iter().find(|site| site.id == form.site).map(|site| site.name.clone());
    let agents = t.with(Word::AgentCount, &[("n", &form.agents.len().to_string())]);
    let hours = t.get(if form.hours.is_some() { Word::WithHours } else { Word::AlwaysOpen }).to_owned();
    let about: Vec<String> = site.into_iter().chain([agents, hours]).collect();
    Line { name: form.name.clone(), label: form.label.clone(), about: about.join(" · "), state: None }
}

/// A strategy in words; one of a later version by its name.
fn strategy(t: I18n, name: &str) -> String {
    let word = match name {
        "longest-idle" => Word::LongestIdle,
        "round-robin" => Word::RoundRobin,
        "fewest-calls" => Word::FewestCalls,
        "ring-all" => Word::RingAll,
        other => return other.to_owned(),
    };
    t.get(word).to_owned()
}

fn number(draft: &Draft, field: &str) -> String {
    queue(draft).numbers.get(field).cloned().unwrap_or_default()
}

fn set_number(draft: &mut Draft, field: &str, text: String) {
    if let Draft::Queue(queue) = draft
        && let Some(place) = queue.numbers.get_mut(field)
    {
        *place = text;
    }
}

#[component]
fn QueueSheet(open: Open) -> impl IntoView {
    let t = I18n::use_context();
    let admin = OfficeStores::use_context().admin;
    let title =
        move || open.read(|form| form.version.as_ref().map(|_| form.name.clone())).unwrap_or_else(|| t.get(Word::NewQueue).to_owned());
    let locked = memo(move || open.locked());
    let form = memo(move || open.read(|form| queue(&form.draft).form));
    let known = move || admin.with(|admin| admin.queues.known().cloned());
    let choice = |value: &str, label: String| kit::Choice { value: value.to_owned(), label };
    let sites = memo(move || {
        let place = known().map(|page| page.place.clone());
        let own = place.iter().flat_map(|place| place.sites.iter().filter(|site| place.own.contains(&site.id)));
        own.map(|site| choice(&site.id, site.name.clone())).collect::<Vec<_>>()
    });
    let strategies =
        memo(move || known().map_or_else(Vec::new, |page| page.strategies.iter().map(|name| choice(name, strategy(t, name))).collect()));
    let overflows = memo(move || {
        let (own, present) = form.with(|form| (form.name.clone(), form.overflow.clone()));
        let queues = known().map(|page| page.queues.iter().map(|kept| kept.record.clone()).collect::<Vec<_>>()).unwrap_or_default();
        let mut choices = vec![choice("", t.get(Word::NoOverflow).to_owned())];
        choices.extend(queues.iter().filter(|other| other.name != own).map(|other| choice(&other.name, other.label.clone())));
        // One at a site of others stays what it is until another is chosen.
        if let Some(present) = present.filter(|present| !choices.iter().any(|known| known.value == *present)) {
            choices.push(choice(&present, present.clone()));
        }
        choices
    });
    let entry = move |label: Word, field: &'static str| view! { <Entry open label field number=true read=number write=set_number/> };
    view! {
        <FormSheet open title>
            <div class="office-fields">
                <Entry
                    open
                    label=Word::Choice
                    field="name"
                    fixed=true
                    help=Word::NameHelp
                    read=|draft, _| queue(draft).form.name
                    write=|draft, _, text| if let Draft::Queue(queue) = draft { queue.form.name = text }
                />
                <Entry
                    open
                    label=Word::ShownAs
                    field="label"
                    read=|draft, _| queue(draft).form.label
                    write=|draft, _, text| if let Draft::Queue(queue) = draft { queue.form.label = text }
                />
                <Select
                    label=t.of(Word::Site)
                    id="f-site"
                    choices=sites
                    value=memo(move || form.with(|form| form.site.clone()))
                    disabled=memo(move || locked.get() || sites.with(|sites| sites.len() < 2))
                    choose=move |site: String| edit_queue(open, move |queue| queue.form.site = site)
                />
                <Wrong open field="site"/>
            </div>
            <Tick
                label=t.of(Word::Public)
                on=memo(move || form.with(|form| form.public))
                disabled=locked
                set=move |on: bool| edit_queue(open, move |queue| queue.form.public = on)
            />
            <section class="office-part">
                <h3>{t.of(Word::Agents)}</h3>
                <Agents open/>
            </section>
            <section class="office-part">
                <h3>{t.of(Word::GroupRinging)}</h3>
                <div class="office-fields">
                    <Select
                        label=t.of(Word::Strategy)
                        id="f-strategy"
                        choices=strategies
                        value=memo(move || form.with(|form| form.strategy.clone()))
                        disabled=locked
                        choose=move |name: String| edit_queue(open, move |queue| queue.form.strategy = name)
                    />
                    <When when=move || form.with(|form| form.strategy == "ring-all")>{entry(Word::RingAtOnce, "ring_at_once")}</When>
                    {entry(Word::RingSeconds, "ring_seconds")}
                    {entry(Word::PauseAfterMissed, "pause_after_missed")}
                    {entry(Word::WrapUpSeconds, "wrap_up_seconds")}
                    {entry(Word::WrapUpExtensions, "wrap_up_extensions")}
                    {entry(Word::WrapUpExtendSeconds, "wrap_up_extend_seconds")}
                </div>
            </section>
            <section class="office-part">
                <h3>{t.of(Word::GroupSkills)}</h3>
                <p class="field-about">{t.of(Word::SkillsText)}</p>
                <Table open list="skills" title=Word::SkillsAsked parts=graded(Word::Skill, Word::Level)/>
                <Table open list="penalties" title=Word::Penalties parts=graded(Word::AgentName, Word::Penalty)/>
                <div class="office-fields">{entry(Word::MaxPenalty, "max_penalty")}</div>
                <Table
                    open
                    list="relax"
                    title=Word::Relaxes
                    parts=vec![("after_seconds", Word::RelaxAfter, true), ("less", Word::RelaxLess, true), ("max_penalty", Word::RelaxPenalty, true)]
                />
            </section>
            <section class="office-part">
                <h3>{t.of(Word::GroupWaiting)}</h3>
                <div class="office-fields">
                    {entry(Word::MaxWaiting, "max_waiting")}
                    {entry(Word::MaxWaitSeconds, "max_wait_seconds")}
                    <Select
                        label=t.of(Word::Overflow)
                        id="f-overflow"
                        choices=overflows
                        value=memo(move || form.with(|form| form.overflow.clone().unwrap_or_default()))
                        disabled=locked
                        choose=move |name: String| edit_queue(open, move |queue| queue.form.overflow = Some(name).filter(|name| !name.is_empty()))
                    />
                    <Wrong open field="overflow"/>
                </div>
            </section>
            <section class="office-part">
                <h3>{t.of(Word::GroupTarget)}</h3>
                <div class="office-fields">
                    {entry(Word::TargetSeconds, "target_seconds")}
                    {entry(Word::TargetPercent, "target_percent")}
                    {entry(Word::AlarmSeconds, "alarm_seconds")}
                    {entry(Word::ShortSeconds, "short_seconds")}
                </div>
            </section>
            <section class="office-part">
                <h3>{t.of(Word::GroupHours)}</h3>
                <Hours open/>
            </section>
            <section class="office-part">
                <h3>{t.of(Word::GroupAbout)}</h3>
                <Choices open/>
            </section>
        </FormSheet>
    }
}

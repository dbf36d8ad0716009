//! People: who exists, what they may do where, and a first password.

use leptos::prelude::*;

use crate::components::kit::{Button, Each, Note, Tone, When, memo, say};
use crate::components::office::{Entry, FormSheet, Line, OfficeTitle, Open, Reading, RecordList, Table, Tick, Wrong, graded, role};
use crate::desk::office::admin::{Ask, Draft, Hold, PasswordState, PeoplePage, PersonForm, PersonRow, Role, Topic};
use crate::i18n::{I18n, Key, Word};
use crate::store::{DateStyle, OfficeStores, Platform};

/// What can be given to somebody.
const ROLES: [Role; 5] = [Role::Agent, Role::Concierge, Role::Supervisor, Role::Viewer, Role::Administrator];

/// The page.
#[component]
pub fn People() -> impl IntoView {
    let t = I18n::use_context();
    let admin = OfficeStores::use_context().admin;
    let open = Open::of(Topic::People);
    let lines = memo(move || {
        let page = admin.with(|admin| admin.people.known().cloned());
        page.map(|page| page.people.iter().map(|row| line(t, &page, row)).collect::<Vec<Line>>()).unwrap_or_default()
    });
    let adds = memo(move || admin.with(|admin| admin.people.known().is_some_and(|page| page.adds)));
    let note = memo(move || {
        let on_pbx = admin.with(|admin| admin.people.known().is_some_and(|page| !page.adds));
        on_pbx.then_some(Word::OnPbx)
    });
    view! {
        <OfficeTitle page=Word::People/>
        <RecordList
            open
            reading=|stores| stores.admin.with(|admin| Reading::of(&admin.people))
            lines
            adds
            add=Word::AddPerson
            none=Word::NoPeople
            note
        >
            <PersonSheet open/>
        </RecordList>
    }
}

fn line(t: I18n, page: &PeoplePage, row: &PersonRow) -> Line {
    let form = &row.kept.record;
    let roles = form.roles.iter().map(|held| t.get(role(*held))).collect::<Vec<_>>().join(", ");
    let site = |id: &String| page.place.sites.iter().find(|site| site.id == *id).map_or(id.clone(), |site| site.name.clone());
    let sites = form.sites.iter().map(site).collect::<Vec<_>>().join(", ");
    let about = if sites.is_empty() { roles } else { format!("{roles} · {sites}") };
    let state = match row.password {
        _ if form.disabled => Some(Word::IsDisabled),
        PasswordState::Missing => Some(Word::NoPassword),
        PasswordState::Once => Some(Word::OncePassword),
        PasswordState::Set | PasswordState::Unknown => None,
    };
    Line { name: form.user.clone(), label: form.display_name.clone(), about, state: state.map(|word| t.get(word).to_owned()) }
}

/// Changes the person of a form.
fn edit(draft: &mut Draft, change: impl FnOnce(&mut PersonForm)) {
    if let Draft::Person(form) = draft {
        change(form);
    }
}

fn read<T: Default>(draft: &Draft, read: impl FnOnce(&PersonForm) -> T) -> T {
    if let Draft::Person(form) = draft { read(form) } else { T::default() }
}

/// Takes something into a list, or out of it.
fn put<T: PartialEq>(list: &mut Vec<T>, one: T, on: bool) {
    list.retain(|known| *known != one);
    if on {
        list.push(one);
    }
}

#[component]
fn PersonSheet(open: Open) -> impl IntoView {
    let t = I18n::use_context();
    let admin = OfficeStores::use_context().admin;
    let title =
        move || open.read(|form| form.version.as_ref().map(|_| form.name.clone())).unwrap_or_else(|| t.get(Word::NewPerson).to_owned());
    let locked = memo(move || open.locked());
    let partly = memo(move || open.read(|form| form.hold == Hold::Sites));
    let disabled = memo(move || open.read(|form| read(&form.draft, |form| form.disabled)));
    let kept = memo(move || !open.fresh());
    let sites = memo(move || {
        let place = admin.with(|admin| admin.people.known().map(|page| page.place.clone()));
        place.map(|place| place.sites.into_iter().map(|site| (place.own.contains(&site.id), site)).collect::<Vec<_>>()).unwrap_or_default()
    });
    let roles = ROLES.map(|one| {
        let on = memo(move || open.read(|form| read(&form.draft, |form| form.roles.contains(&one))));
        let set = move |on: bool| open.edit(move |draft| edit(draft, |form| put(&mut form.roles, one, on)));
        view! { <Tick label=t.of(role(one)) on disabled=locked set/> }
    });
    view! {
        <FormSheet open title>
            <When when=move || partly.get()><Note tone=Tone::Off><p>{t.of(Word::OnlySites)}</p></Note></When>
            <div class="office-fields">
                <Entry
                    open
                    label=Key::UserName
                    field="user"
                    fixed=true
                    help=Word::UserHelp
                    read=|draft, _| read(draft, |form| form.user.clone())
                    write=|draft, _, text| edit(draft, |form| form.user = text)
                />
                <Entry
                    open
                    label=Word::Name
                    field="display_name"
                    read=|draft, _| read(draft, |form| form.display_name.clone())
                    write=|draft, _, text| edit(draft, |form| form.display_name = text)
                />
            </div>
            <fieldset class="field ticks">
                <legend>{t.of(Word::Roles)}</legend>
                {roles.into_iter().collect_view()}
                <Wrong open field="roles"/>
            </fieldset>
            <When when=move || !sites.with(Vec::is_empty)>
                <fieldset class="field ticks">
                    <legend>{t.of(Word::Sites)}</legend>
                    <Each each=move || sites.get() key=|(own, site)| (*own, site.id.clone()) let((own, site))>
                        <SiteTick open own id=site.id label=site.name/>
                    </Each>
                    <Wrong open field="sites"/>
                </fieldset>
            </When>
            <Table open list="skills" title=Word::Skills parts=graded(Word::Skill, Word::Level)/>
            <div class="ticks">
                <Tick
                    label=t.of(Word::Disabled)
                    on=disabled
                    disabled=locked
                    set=move |on: bool| open.edit(move |draft| edit(draft, |form| form.disabled = on))
                />
                <Wrong open field="disabled"/>
            </div>
            <When when=move || kept.get() && !partly.get() && !disabled.get()><PasswordPart open/></When>
        </FormSheet>
    }
}

#[component]
fn SiteTick(open: Open, own: bool, id: String, label: String) -> impl IntoView {
    let of_on = id.clone();
    let on = memo(move || open.read(|form| read(&form.draft, |form| form.sites.contains(&of_on))));
    let disabled = memo(move || !own || open.read(|form| form.busy));
    let set = move |on: bool| {
        let id = id.clone();
        open.edit(move |draft| edit(draft, |form| put(&mut form.sites, id, on)));
    };
    view! { <Tick label=say(move || label.clone()) on disabled set/> }
}

#[component]
fn PasswordPart(open: Open) -> impl IntoView {
    let t = I18n::use_context();
    let platform = Platform::use_context();
    let made = memo(move || open.read(|form| form.password.clone()));
    let busy = memo(move || open.read(|form| form.busy));
    let until =
        move || made.get().map_or(String::new(), |made| platform.date_time(made.expires_at, DateStyle::DateTime, t.language().tag()));
    let word = move || made.get().map_or(String::new(), |made| made.password.expose().to_owned());
    view! {
        <section class="office-part">
            <h3>{t.of(Word::Password)}</h3>
            <When
                when=move || made.with(Option::is_some)
                fallback=move || view! {
                    <p class="field-about">{t.of(Word::PasswordText)}</p>
                    <div class="office-buttons">
                        <Button label=t.of(Word::MakePassword) busy=busy press=Callback::new(move |()| open.ask(Ask::Password))/>
                    </div>
                }
            >
                <Note tone=Tone::Accent role="status">
                    <p>{say(move || t.with(Word::PasswordOnce, &[("time", &until())]))}</p>
                    <p><code class="secret">{say(word)}</code></p>
                </Note>
            </When>
        </section>
    }
}

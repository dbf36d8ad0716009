//! People: who exists, what they may do where, and a first password for whoever has none.

use super::write::Change;
use super::{Desk, Entry, LABEL_LIMIT, Refusal, kept, same};
use crate::accounts;
use crate::clock::now_ms;
use crate::config::rules;
use crate::directory::Person;
use crate::ids::PersonId;
use crate::rights::Act;
use crate::services::Services;
use crate::store::{Before, RecordKind, RecordRow, Standing};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wire::{Edit, FieldError, FieldFault, Hold, Origin, PasswordState, PeoplePage, PersonForm, PersonRow, Role, UnixMs};

/// Who can sign in how.
struct Passwords {
    ids: HashMap<String, PersonId>,
    set: BTreeMap<PersonId, Option<UnixMs>>,
}

impl Passwords {
    async fn of(desk: &Desk<'_>) -> Result<Self, Refusal> {
        let store = &desk.services.store;
        Ok(Self { ids: store.person_ids(desk.tenant()).await?, set: store.passwords(desk.tenant()).await? })
    }

    fn state(&self, desk: &Desk<'_>, user: &str) -> PasswordState {
        match self.ids.get(user).and_then(|id| self.set.get(id)) {
            Some(Some(until)) if *until <= now_ms() => PasswordState::Missing,
            Some(Some(_)) => PasswordState::Once,
            Some(None) => PasswordState::Set,
            None if desk.book.file().people.iter().any(|person| person.user == user && person.password.is_some()) => PasswordState::Set,
            None => PasswordState::Missing,
        }
    }

    fn row(&self, desk: &Desk<'_>, entry: &Entry<PersonForm>) -> PersonRow {
        let hold = desk.place().hold(&entry.record.sites);
        PersonRow { kept: kept(entry, hold), password: self.state(desk, &entry.record.user) }
    }
}

/// Whoever belongs to a site of this administrator.
///
/// # Errors
/// They may not look, or the database failed.
pub async fn people(services: &Services, by: &Person) -> Result<PeoplePage, Refusal> {
    let desk = Desk::look(services, by, Act::AdminPeople).await?;
    let passwords = Passwords::of(&desk).await?;
    let mut people: Vec<PersonRow> = desk.book.people.iter().map(|entry| passwords.row(&desk, entry)).collect();
    people.retain(|row| row.kept.hold != Hold::Nothing);
    people.sort_by(|a, b| {
        let (a, b) = (&a.kept.record, &b.kept.record);
        (a.display_name.to_lowercase(), &a.user).cmp(&(b.display_name.to_lowercase(), &b.user))
    });
    Ok(PeoplePage { place: desk.shown_place(), adds: desk.book.file().pbx.is_none(), people })
}

/// Adds a person.
///
/// # Errors
/// They may not, something is wrong with it, or the database failed.
pub async fn add_person(services: &Services, by: &Person, form: PersonForm) -> Result<PersonRow, Refusal> {
    let desk = Desk::change(services, by, Act::AdminPersonAdd).await?;
    if desk.book.file().pbx.is_some() {
        return Err(Refusal::forbidden());
    }
    let change = Change::new("add_person", &form.user, None, Some(&form));
    let mut wrong = desk.wrong(&form);
    wrong.extend(desk.place().sites(&[], &form.sites));
    if !rules::is_name(&form.user) {
        wrong.push(FieldError { field: "user".into(), fault: FieldFault::NoName });
    } else if desk.book.named(&form.user) {
        wrong.push(FieldError { field: "user".into(), fault: FieldFault::Taken });
    } else if desk.services.store.was_a_person(desk.tenant(), &form.user).await? {
        wrong.push(FieldError { field: "user".into(), fault: FieldFault::Retired });
    }
    if let Err(refusal) = Refusal::of(wrong) {
        return Err(desk.refused(&change, refusal).await);
    }
    desk.store_person(&change, form).await
}

/// Changes a person.
///
/// # Errors
/// They may not, somebody else did meanwhile, something is wrong with it, or the database failed.
pub async fn change_person(services: &Services, by: &Person, user: &str, edit: Edit<PersonForm>) -> Result<PersonRow, Refusal> {
    let desk = Desk::change(services, by, Act::AdminPersonChange).await?;
    let (before, hold) = desk.held_person(user)?;
    let form = edit.record;
    if form.user != before.record.user {
        return Err(Refusal::not_found());
    }
    let change = Change::new("change_person", user, Some(&before.record), Some(&form));
    same(&before, &edit.version)?;
    let mut wrong = desk.wrong(&form);
    wrong.extend(desk.place().sites(&before.record.sites, &form.sites));
    if hold != Hold::All {
        let was = &before.record;
        let beyond = [
            ("display_name", was.display_name != form.display_name),
            ("roles", was.roles != form.roles),
            ("skills", was.skills != form.skills),
            ("disabled", was.disabled != form.disabled),
        ];
        let beyond = beyond.into_iter().filter(|(_, changed)| *changed);
        wrong.extend(beyond.map(|(field, _)| FieldError { field: field.into(), fault: FieldFault::NotYours { name: String::new() } }));
    }
    if let Err(refusal) = Refusal::of(wrong) {
        return Err(desk.refused(&change, refusal).await);
    }
    if form.disabled {
        desk.nobody_needs(user)?;
    }
    let passwords = Passwords::of(&desk).await?;
    desk.somebody_is_left(&passwords, user, Some(&form))?;
    desk.store_person(&change, form).await
}

/// Removes a person for good. Their history stays, and nobody is called so again.
///
/// # Errors
/// They may not, somebody else did meanwhile, a door rings nobody else, or the database failed.
pub async fn remove_person(services: &Services, by: &Person, user: &str, version: &str) -> Result<(), Refusal> {
    let desk = Desk::change(services, by, Act::AdminPersonRemove).await?;
    let (before, hold) = desk.held_person(user)?;
    let change = Change::new("remove_person", user, Some(&before.record), None);
    same(&before, version)?;
    if hold != Hold::All {
        return Err(desk.refused(&change, Refusal::forbidden()).await);
    }
    desk.nobody_needs(user)?;
    desk.somebody_is_left(&Passwords::of(&desk).await?, user, None)?;
    let row = RecordRow { kind: RecordKind::Person, name: before.record.user, record: None };
    desk.write(&change, &row, Some(Standing::Gone)).await
}

/// Makes a password that is good for one sign-in, which sets another. Whatever was good before is not any more, and no session lasts.
///
/// # Errors
/// They may not, or the database failed.
pub async fn one_time_password(services: &Services, by: &Person, user: &str) -> Result<wire::OneTimePassword, Refusal> {
    let desk = Desk::change(services, by, Act::AdminPersonPassword).await?;
    let (entry, hold) = desk.held_person(user)?;
    let change = Change::new::<PersonForm>("password", user, None, None);
    if hold != Hold::All {
        return Err(desk.refused(&change, Refusal::forbidden()).await);
    }
    let person = services.directory.person(desk.tenant(), &entry.record.user).ok_or_else(Refusal::not_found)?;
    let (password, stored) = accounts::one_time_password(&services.config.limits).await.map_err(|e| Refusal::internal(&e))?;
    if !desk.log(&change, "begun").await {
        return Err(Refusal::not_logged());
    }
    let ended = services.store.set_password((desk.tenant(), &person.id), &stored, Before::Whatever, None, now_ms()).await?;
    services.close_sessions(&ended.unwrap_or_default()).await;
    desk.log(&change, "done").await;
    Ok(wire::OneTimePassword { password, expires_at: stored.once_until.unwrap_or_default() })
}

impl Desk<'_> {
    fn held_person(&self, user: &str) -> Result<(Entry<PersonForm>, Hold), Refusal> {
        let entry = self.book.people.iter().find(|entry| entry.record.user == user).ok_or_else(Refusal::not_found)?;
        match self.place().hold(&entry.record.sites) {
            Hold::Nothing | Hold::Unknown => Err(Refusal::not_found()),
            hold => Ok((entry.clone(), hold)),
        }
    }

    /// What is wrong with a form whoever writes it.
    fn wrong(&self, form: &PersonForm) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        super::skills::wrong_levels(&mut |field, fault| wrong.push(FieldError { field, fault }), "skills", &form.skills);
        let mut fault = |field: &str, fault| wrong.push(FieldError { field: field.into(), fault });
        if form.display_name.trim().is_empty() {
            fault("display_name", FieldFault::Missing);
        } else if form.display_name.chars().count() > LABEL_LIMIT {
            fault("display_name", FieldFault::TooLong { limit: LABEL_LIMIT as u32 });
        }
        if form.roles.is_empty() {
            fault("roles", FieldFault::Missing);
        } else if form.roles.contains(&Role::Unknown) {
            fault("roles", FieldFault::NoSuch { name: String::new() });
        } else if form.roles.iter().enumerate().any(|(at, role)| form.roles[..at].contains(role)) {
            fault("roles", FieldFault::Twice { name: String::new() });
        }
        wrong
    }

    async fn store_person(&self, change: &Change, mut form: PersonForm) -> Result<PersonRow, Refusal> {
        form.display_name = form.display_name.trim().to_owned();
        let record = serde_json::to_string(&form).map_err(|e| Refusal::internal(&e))?;
        let row = RecordRow { kind: RecordKind::Person, name: form.user.clone(), record: Some(record) };
        let standing = if form.disabled { Standing::Away } else { Standing::Present(&form.display_name) };
        self.write(change, &row, Some(standing)).await?;
        Ok(Passwords::of(self).await?.row(self, &Entry { record: form, origin: Origin::Desk }))
    }

    /// Refuses to take away the only person whom a door rings.
    fn nobody_needs(&self, user: &str) -> Result<(), Refusal> {
        let present =
            |other: &String| *other != user && self.book.people.iter().any(|entry| entry.record.user == *other && !entry.record.disabled);
        let rings = self.book.entrances().filter(|entrance| match entrance.station.line.as_ref().map(|line| &line.rings) {
            Some(crate::doors::model::Rings::People(users)) => users.iter().any(|known| known == user) && !users.iter().any(present),
            Some(crate::doors::model::Rings::Queue { .. }) | None => false,
        });
        let doors: Vec<String> = rings.map(|entrance| entrance.name.clone()).collect();
        if doors.is_empty() { Ok(()) } else { Err(Refusal::in_use(doors, 0)) }
    }

    /// Refuses a change after which a site that has an administrator who can sign in would have none.
    fn somebody_is_left(&self, passwords: &Passwords, user: &str, after: Option<&PersonForm>) -> Result<(), Refusal> {
        let administers = |form: &&PersonForm| {
            !form.disabled && form.roles.contains(&Role::Administrator) && passwords.state(self, &form.user) != PasswordState::Missing
        };
        let places = |forms: Vec<&PersonForm>| -> BTreeSet<String> {
            let own = forms.into_iter().filter(administers);
            own.flat_map(|form| if form.sites.is_empty() { vec![String::new()] } else { form.sites.clone() }).collect()
        };
        let all = || self.book.people.iter().map(|entry| &entry.record);
        let before = places(all().collect());
        let after = places(all().filter(|form| form.user != user).chain(after).collect());
        if before.is_subset(&after) { Ok(()) } else { Err(Refusal::last_administrator()) }
    }
}

//! Reasons for a pause. They are the whole tenant's: whoever changes them administers all of its sites.

use super::queues::label;
use super::write::Change;
use super::{Desk, Entry, Refusal, kept, same};
use crate::config::rules;
use crate::directory::Person;
use crate::rights::Act;
use crate::services::Services;
use crate::store::{RecordKind, RecordRow};
use wire::{Choice, Edit, FieldError, FieldFault, Hold, Kept, Origin, ReasonsPage};

/// All reasons.
///
/// # Errors
/// They may not look, or the database failed.
pub async fn reasons(services: &Services, by: &Person) -> Result<ReasonsPage, Refusal> {
    let desk = Desk::look(services, by, Act::AdminReasons).await?;
    let hold = if desk.place().everywhere() { Hold::All } else { Hold::Nothing };
    let reasons = desk.book.reasons.iter().map(|entry| kept(entry, hold)).collect();
    Ok(ReasonsPage { place: desk.shown_place(), reasons })
}

/// Adds a reason.
///
/// # Errors
/// They may not, something is wrong with it, or the database failed.
pub async fn add_reason(services: &Services, by: &Person, form: Choice) -> Result<Kept<Choice>, Refusal> {
    let desk = Desk::change(services, by, Act::AdminReasonAdd).await?;
    let change = Change::new("add_reason", &form.name, None, Some(&form));
    let mut wrong = wrong_label(&form);
    if !rules::is_name(&form.name) {
        wrong.push(FieldError { field: "name".into(), fault: FieldFault::NoName });
    } else if desk.book.reasons.iter().any(|entry| entry.record.name == form.name) {
        wrong.push(FieldError { field: "name".into(), fault: FieldFault::Taken });
    }
    desk.store_reason(&change, wrong, form).await
}

/// Changes the words of a reason.
///
/// # Errors
/// They may not, somebody else did meanwhile, something is wrong with it, or the database failed.
pub async fn change_reason(services: &Services, by: &Person, name: &str, edit: Edit<Choice>) -> Result<Kept<Choice>, Refusal> {
    let desk = Desk::change(services, by, Act::AdminReasonChange).await?;
    let before = desk.reason(name)?;
    let form = edit.record;
    if form.name != name {
        return Err(Refusal::not_found());
    }
    let change = Change::new("change_reason", name, Some(&before.record), Some(&form));
    same(&before, &edit.version)?;
    desk.store_reason(&change, wrong_label(&form), form).await
}

/// Removes a reason. Whoever is paused for it stays so.
///
/// # Errors
/// They may not, somebody else did meanwhile, or the database failed.
pub async fn remove_reason(services: &Services, by: &Person, name: &str, version: &str) -> Result<(), Refusal> {
    let desk = Desk::change(services, by, Act::AdminReasonRemove).await?;
    let before = desk.reason(name)?;
    let change = Change::new("remove_reason", name, Some(&before.record), None);
    same(&before, version)?;
    if !desk.place().everywhere() {
        return Err(desk.refused(&change, Refusal::forbidden()).await);
    }
    desk.write(&change, &RecordRow { kind: RecordKind::Reason, name: name.to_owned(), record: None }, None).await
}

fn wrong_label(form: &Choice) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    label(&mut |field, fault| wrong.push(FieldError { field, fault }), "label", &form.label);
    wrong
}

impl Desk<'_> {
    fn reason(&self, name: &str) -> Result<Entry<Choice>, Refusal> {
        self.book.reasons.iter().find(|entry| entry.record.name == name).cloned().ok_or_else(Refusal::not_found)
    }

    async fn store_reason(&self, change: &Change, wrong: Vec<FieldError>, mut form: Choice) -> Result<Kept<Choice>, Refusal> {
        Refusal::of(wrong)?;
        if !self.place().everywhere() {
            return Err(self.refused(change, Refusal::forbidden()).await);
        }
        form.label = form.label.trim().to_owned();
        let record = serde_json::to_string(&form).map_err(|e| Refusal::internal(&e))?;
        self.write(change, &RecordRow { kind: RecordKind::Reason, name: form.name.clone(), record: Some(record) }, None).await?;
        Ok(kept(&Entry { record: form, origin: Origin::Desk }, Hold::All))
    }
}

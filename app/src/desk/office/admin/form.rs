//! One open form.

use wire::{AdminCode, FieldError, FieldFault, Hold, OneTimePassword};

use super::{Draft, Record, Refused};

/// What is asked before something is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Whether what was typed may be lost.
    GiveUp,
    /// Whether the record is to be removed.
    Remove,
}

/// Why it was not done, as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// Some fields cannot be so.
    Fields,
    /// Somebody else changed it meanwhile.
    Changed,
    /// These need it, or so many callers wait in it.
    InUse(Vec<String>, u32),
    /// Nobody would be left who administers a site.
    LastAdministrator,
    /// It belongs to others.
    Forbidden,
    /// It is gone.
    Gone,
    /// The switchboard cannot do it now.
    Unavailable,
    /// The switchboard was not reached.
    Unreachable,
}

/// What a form waits for the next list with: its record as it stands there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It was saved or removed. The list behind the form would still say what was before, and would open it again like that.
    Close,
    /// It shows what somebody else has written.
    Renew,
}

/// One open form.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Version of what is edited; `None` for something new.
    pub version: Option<String>,
    /// Name of what is edited.
    pub name: String,
    /// How much of it may be changed.
    pub hold: Hold,
    /// What stands in the fields.
    pub draft: Draft,
    /// What is wrong with which field.
    pub faults: Vec<FieldError>,
    /// It is on its way.
    pub busy: bool,
    /// What is wrong with it as a whole.
    pub trouble: Option<Trouble>,
    /// What is asked.
    pub asking: Option<Asking>,
    /// A password that was made.
    pub password: Option<OneTimePassword>,
    before: Draft,
    /// What is done as soon as the list is read again.
    pub(super) then: Option<Then>,
}

impl Form {
    pub(super) fn of(version: Option<String>, record: &Record, hold: Hold) -> Form {
        let mut form = Form::fresh(Draft::of(record));
        (form.version, form.hold) = (version, hold);
        record.name().clone_into(&mut form.name);
        form
    }

    pub(super) fn fresh(draft: Draft) -> Form {
        Form {
            version: None,
            name: String::new(),
            hold: Hold::All,
            before: draft.clone(),
            draft,
            faults: Vec::new(),
            busy: false,
            trouble: None,
            asking: None,
            password: None,
            then: None,
        }
    }

    /// Something would be lost with it.
    #[must_use]
    pub fn dirty(&self) -> bool {
        self.draft != self.before
    }

    /// What is wrong with a field, or with one of its parts where `field` ends in a dot.
    #[must_use]
    pub fn fault(&self, field: &str) -> Option<&FieldFault> {
        let matches = |wrong: &&FieldError| wrong.field == field || (field.ends_with('.') && wrong.field.starts_with(field));
        self.faults.iter().find(matches).map(|wrong| &wrong.fault)
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut Draft)) {
        if !self.busy {
            change(&mut self.draft);
            self.asking = None;
        }
    }

    /// It is saved or removed: nothing of it would be lost any more.
    pub(super) fn done(&mut self) {
        self.before.clone_from(&self.draft);
        (self.busy, self.then) = (true, Some(Then::Close));
    }

    pub(super) fn refused(&mut self, refused: &Refused) {
        (self.busy, self.then) = (false, None);
        self.trouble = Some(match refused {
            Refused::Because(refusal) => {
                self.faults.clone_from(&refusal.fields);
                match refusal.code {
                    AdminCode::Invalid => Trouble::Fields,
                    AdminCode::Changed => Trouble::Changed,
                    AdminCode::InUse => Trouble::InUse(refusal.names.clone(), refusal.waiting),
                    AdminCode::LastAdministrator => Trouble::LastAdministrator,
                    AdminCode::Forbidden | AdminCode::NotSignedIn => Trouble::Forbidden,
                    AdminCode::NotFound => Trouble::Gone,
                    AdminCode::NotLogged | AdminCode::TooMany | AdminCode::Unknown => Trouble::Unavailable,
                }
            }
            Refused::Failed(failure) if failure.status.is_none() => Trouble::Unreachable,
            Refused::Failed(_) => Trouble::Unavailable,
        });
    }
}

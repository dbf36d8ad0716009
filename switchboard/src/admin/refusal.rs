//! Why a change is refused.

use crate::store::StoreError;
use wire::{AdminCode, AdminRefusal, FieldError};

/// A refused change, with what a form needs to say so.
#[derive(Debug)]
pub struct Refusal(pub AdminRefusal);

impl Refusal {
    fn new(code: AdminCode, message: &str) -> Self {
        Self(AdminRefusal { code, message: message.to_owned(), fields: Vec::new(), names: Vec::new(), waiting: 0 })
    }

    /// It concerns sites of others.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(AdminCode::Forbidden, "this person may not do that")
    }

    /// There is none, or it is not theirs to see.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(AdminCode::NotFound, "there is no such record")
    }

    /// It is not any more what it was.
    #[must_use]
    pub fn changed() -> Self {
        Self::new(AdminCode::Changed, "somebody changed or removed it meanwhile: read it again")
    }

    /// These need it, or so many callers wait in it.
    #[must_use]
    pub fn in_use(names: Vec<String>, waiting: u32) -> Self {
        let mut refusal = Self::new(AdminCode::InUse, "something needs it: change that first");
        (refusal.0.names, refusal.0.waiting) = (names, waiting);
        refusal
    }

    /// Nobody would be left.
    #[must_use]
    pub fn last_administrator() -> Self {
        Self::new(AdminCode::LastAdministrator, "nobody would be left who may administer a site")
    }

    /// What is not written is not done.
    #[must_use]
    pub fn not_logged() -> Self {
        Self::new(AdminCode::NotLogged, "it could not be written into the log and was not done")
    }

    /// A fault of ours: it is logged here.
    #[must_use]
    pub fn internal(fault: &dyn std::fmt::Display) -> Self {
        tracing::error!(%fault, "an administrator's request failed");
        Self::new(AdminCode::Unknown, "the server has a fault; it is in its log")
    }

    /// These fields are wrong, if any is.
    ///
    /// # Errors
    /// Some are.
    pub fn of(fields: Vec<FieldError>) -> Result<(), Self> {
        if fields.is_empty() {
            return Ok(());
        }
        let mut refusal = Self::new(AdminCode::Invalid, "some fields cannot be so");
        refusal.0.fields = fields;
        Err(refusal)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

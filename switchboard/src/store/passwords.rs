//! Sign-in passwords that were set here. Only their hashes are stored.

use super::administered::end_sessions;
use super::{EndedSession, Store, StoreError};
use crate::ids::{PersonId, TenantId};
use sqlx::Row as _;
use std::collections::BTreeMap;
use wire::{Secret, UnixMs};

/// A password as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    /// Argon2 hash in PHC form.
    pub hash: Secret,
    /// Until when it is good for the one sign-in that it is good for; `None` for one that lasts.
    pub once_until: Option<UnixMs>,
}

/// What a new password may take the place of.
#[derive(Debug, Clone, Copy)]
pub enum Before<'a> {
    /// Whatever there is.
    Whatever,
    /// This, if it still is the present one: nothing where none was set here.
    Only(Option<&'a Password>),
}

impl Store {
    /// The password that was set for a person here.
    ///
    /// # Errors
    /// The database failed.
    pub async fn password(&self, person: &PersonId) -> Result<Option<Password>, StoreError> {
        let row = sqlx::query("SELECT hash, once_until FROM passwords WHERE person_id = $1").bind(person.as_str());
        let Some(row) = row.fetch_optional(self.read()).await? else { return Ok(None) };
        Ok(Some(Password { hash: Secret::new(row.try_get::<String, _>(0)?), once_until: row.try_get(1)? }))
    }

    /// Who of a tenant has a password that was set here, and until when it is good for one sign-in.
    ///
    /// # Errors
    /// The database failed.
    pub async fn passwords(&self, tenant: &TenantId) -> Result<BTreeMap<PersonId, Option<UnixMs>>, StoreError> {
        let rows = sqlx::query("SELECT person_id, once_until FROM passwords WHERE tenant_id = $1").bind(tenant.as_str());
        let mut known = BTreeMap::new();
        for row in rows.fetch_all(self.read()).await? {
            known.insert(PersonId::new(row.try_get::<String, _>(0)?), row.try_get(1)?);
        }
        Ok(known)
    }

    /// Sets a password and ends all sessions of its person but the one with the digest `but`; they are returned. `None` where the present
    /// one is not what it was to take the place of.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn set_password(
        &self,
        (tenant, person): (&TenantId, &PersonId),
        password: &Password,
        before: Before<'_>,
        but: Option<&str>,
        now: UnixMs,
    ) -> Result<Option<Vec<EndedSession>>, StoreError> {
        let mut transaction = self.write().await?;
        let same = match before {
            Before::Whatever => true,
            Before::Only(None) => {
                let known = sqlx::query("SELECT 1 FROM passwords WHERE person_id = $1").bind(person.as_str());
                known.fetch_optional(&mut *transaction).await?.is_none()
            }
            Before::Only(Some(before)) => {
                let gone = sqlx::query("DELETE FROM passwords WHERE person_id = $1 AND hash = $2");
                gone.bind(person.as_str()).bind(before.hash.expose()).execute(&mut *transaction).await?.rows_affected() == 1
            }
        };
        if !same {
            return Ok(None);
        }
        sqlx::query(
            "INSERT INTO passwords (person_id, tenant_id, hash, once_until, set_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (person_id) DO UPDATE SET hash = excluded.hash, once_until = excluded.once_until, set_at = excluded.set_at",
        )
        .bind(person.as_str())
        .bind(tenant.as_str())
        .bind(password.hash.expose())
        .bind(password.once_until)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        let ended = end_sessions(&mut transaction, person, but, now).await?;
        transaction.commit().await?;
        Ok(Some(ended))
    }
}

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

    /// Sets a password and ends all sessions of its person, which are returned. With `instead_of` only where that one is the
    /// present one: `None` where it is not.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn set_password(
        &self,
        (tenant, person): (&TenantId, &PersonId),
        password: &Password,
        instead_of: Option<&Password>,
        now: UnixMs,
    ) -> Result<Option<Vec<EndedSession>>, StoreError> {
        let mut transaction = self.write().await?;
        if let Some(before) = instead_of {
            let done = sqlx::query("DELETE FROM passwords WHERE person_id = $1 AND hash = $2")
                .bind(person.as_str())
                .bind(before.hash.expose())
                .execute(&mut *transaction)
                .await?;
            if done.rows_affected() != 1 {
                return Ok(None);
            }
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
        let ended = end_sessions(&mut transaction, person, now).await?;
        transaction.commit().await?;
        Ok(Some(ended))
    }
}

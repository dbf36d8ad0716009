//! What administrators wrote over the configuration file: one row per record, and what goes with a person who is gone.

use super::sessions::ended;
use super::{EndedSession, OrderAnswer, Store, StoreError, orders};
use crate::ids::{PersonId, TenantId, new_id};
use sqlx::{Any, Row as _, Transaction};
use wire::UnixMs;

/// What kinds of records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// Somebody.
    Person,
    /// A queue.
    Queue,
    /// A reason for a pause.
    Reason,
}

impl RecordKind {
    const ALL: [(&'static str, Self); 3] = [("person", Self::Person), ("queue", Self::Queue), ("reason", Self::Reason)];

    /// The word that is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Queue => "queue",
            Self::Reason => "reason",
        }
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Of which kind.
    pub kind: RecordKind,
    /// Its name, unique in tenant and kind.
    pub name: String,
    /// Its JSON; `None` where it was removed.
    pub record: Option<String>,
}

/// Somebody as a change leaves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Present, under this name to show.
    Present(&'a str),
    /// Away: no session lasts. Passwords stay.
    Away,
    /// Gone for good: no session, no password, no device lasts.
    Gone,
}

impl Store {
    /// All records of a tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn administered(&self, tenant: &TenantId) -> Result<Vec<RecordRow>, StoreError> {
        let rows = sqlx::query("SELECT kind, name, record FROM administered WHERE tenant_id = $1 ORDER BY changed_at, name")
            .bind(tenant.as_str())
            .fetch_all(self.read())
            .await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let (kind, name, record): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            // A kind of a later version says nothing here.
            let Some((_, kind)) = RecordKind::ALL.into_iter().find(|(word, _)| *word == kind) else { continue };
            records.push(RecordRow { kind, name, record: Some(record).filter(|record| !record.is_empty()) });
        }
        Ok(records)
    }

    /// Writes a record, where it is about a person what follows for them, and the answer to the order for it, in one transaction. Returns the
    /// digests of the sessions that ended.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn administer(
        &self,
        tenant: &TenantId,
        row: &RecordRow,
        standing: Option<Standing<'_>>,
        (by, now): (&PersonId, UnixMs),
        answer: Option<&OrderAnswer>,
    ) -> Result<Vec<EndedSession>, StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query(
            "INSERT INTO administered (tenant_id, kind, name, record, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant_id, kind, name)
             DO UPDATE SET record = excluded.record, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        )
        .bind(tenant.as_str())
        .bind(row.kind.word())
        .bind(&row.name)
        .bind(row.record.as_deref().unwrap_or_default())
        .bind(now)
        .bind(by.as_str())
        .execute(&mut *transaction)
        .await?;
        let ended = match standing {
            None => Vec::new(),
            Some(standing) => stand(&mut transaction, tenant, &row.name, standing, now).await?,
        };
        orders::put(&mut transaction, answer.map_or(&[], std::slice::from_ref)).await?;
        transaction.commit().await?;
        Ok(ended)
    }

    /// Whether anybody was ever called so in a tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn was_a_person(&self, tenant: &TenantId, user: &str) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM people WHERE tenant_id = $1 AND user_name = $2").bind(tenant.as_str()).bind(user);
        Ok(row.fetch_optional(self.read()).await?.is_some())
    }
}

/// The row of a person, and what ends with them.
async fn stand(
    transaction: &mut Transaction<'_, Any>,
    tenant: &TenantId,
    user: &str,
    standing: Standing<'_>,
    now: UnixMs,
) -> Result<Vec<EndedSession>, StoreError> {
    if let Standing::Present(display_name) = standing {
        sqlx::query(
            "INSERT INTO people (person_id, tenant_id, user_name, display_name, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, user_name) DO UPDATE SET display_name = excluded.display_name, removed_at = NULL",
        )
        .bind(new_id())
        .bind(tenant.as_str())
        .bind(user)
        .bind(display_name)
        .bind(now)
        .execute(&mut **transaction)
        .await?;
        return Ok(Vec::new());
    }
    let row = sqlx::query("UPDATE people SET removed_at = $1 WHERE tenant_id = $2 AND user_name = $3 RETURNING person_id")
        .bind(now)
        .bind(tenant.as_str())
        .bind(user)
        .fetch_optional(&mut **transaction)
        .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let person = PersonId::new(row.try_get::<String, _>(0)?);
    let ended = end_sessions(transaction, &person, None, now).await?;
    if standing == Standing::Gone {
        sqlx::query("DELETE FROM unread WHERE tenant_id = $1 AND user_name = $2")
            .bind(tenant.as_str())
            .bind(user)
            .execute(&mut **transaction)
            .await?;
        sqlx::query("DELETE FROM passwords WHERE person_id = $1").bind(person.as_str()).execute(&mut **transaction).await?;
        sqlx::query("UPDATE device_passwords SET revoked_at = $1 WHERE person_id = $2 AND revoked_at IS NULL")
            .bind(now)
            .bind(person.as_str())
            .execute(&mut **transaction)
            .await?;
    }
    Ok(ended)
}

/// Ends every session of a person, but the one with this digest, and says which they were.
pub(super) async fn end_sessions(
    transaction: &mut Transaction<'_, Any>,
    person: &PersonId,
    but: Option<&str>,
    now: UnixMs,
) -> Result<Vec<EndedSession>, StoreError> {
    let rows = sqlx::query(
        "UPDATE sessions SET revoked_at = $1 WHERE person_id = $2 AND revoked_at IS NULL AND token_digest <> $3
         RETURNING session_id, token_digest, expires_at",
    );
    let rows = rows.bind(now).bind(person.as_str()).bind(but.unwrap_or_default()).fetch_all(&mut **transaction).await?;
    rows.iter().map(ended).collect()
}

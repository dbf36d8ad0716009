//! Sign-in sessions. Only the digest of a token is stored.

use super::{Store, StoreError};
use crate::ids::{PersonId, TenantId};
use sqlx::Row as _;
use wire::UnixMs;

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Who signed in.
    pub person: PersonId,
    /// When it ends.
    pub expires_at: UnixMs,
}

impl Store {
    /// Stores a new session under the digest of its token, and forgets those that ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_session(&self, token_digest: &str, session: &SessionRow, now: UnixMs) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO sessions (token_digest, tenant_id, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(token_digest)
            .bind(session.tenant.as_str())
            .bind(session.person.as_str())
            .bind(now)
            .bind(session.expires_at)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The running session of this token.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session(&self, token_digest: &str, now: UnixMs) -> Result<Option<SessionRow>, StoreError> {
        let row = sqlx::query("SELECT tenant_id, person_id, expires_at FROM sessions WHERE token_digest = $1 AND expires_at > $2")
            .bind(token_digest)
            .bind(now)
            .fetch_optional(self.read())
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SessionRow {
            tenant: TenantId::new(row.try_get::<String, _>(0)?),
            person: PersonId::new(row.try_get::<String, _>(1)?),
            expires_at: row.try_get(2)?,
        }))
    }

    /// Ends a session. Ending twice is no error.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_session(&self, token_digest: &str) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM sessions WHERE token_digest = $1").bind(token_digest).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }
}

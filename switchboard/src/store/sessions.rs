//! Sign-in sessions. Only the digest of a token is stored.

use super::{Store, StoreError};
use crate::ids::{PersonId, TenantId};
use sqlx::Row as _;
use sqlx::any::AnyRow;
use wire::UnixMs;

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// What it is known by outside. It opens nothing.
    pub id: String,
    /// Digest of its token.
    pub digest: String,
    /// Whose tenant.
    pub tenant: TenantId,
    /// Who signed in.
    pub person: PersonId,
    /// Browser and its version, where it could be told.
    pub browser: String,
    /// Operating system, where it could be told.
    pub system: String,
    /// Where it was used last.
    pub address: String,
    /// When it began.
    pub created_at: UnixMs,
    /// When it was used last, to a minute.
    pub seen_at: UnixMs,
    /// When it ends.
    pub expires_at: UnixMs,
}

/// A session that was ended before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedSession {
    /// What it was known by outside.
    pub id: String,
    /// Digest of its token.
    pub digest: String,
    /// When it would have ended by itself.
    pub expires_at: UnixMs,
}

const COLUMNS: &str = "session_id, token_digest, tenant_id, person_id, browser, system, address, created_at, seen_at, expires_at";

impl Store {
    /// Stores a new session, and forgets those that ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_session(&self, session: &SessionRow) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(session.created_at).execute(&mut *transaction).await?;
        sqlx::query(
            "INSERT INTO sessions (session_id, token_digest, tenant_id, person_id, browser, system, address, created_at, seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&session.id)
        .bind(&session.digest)
        .bind(session.tenant.as_str())
        .bind(session.person.as_str())
        .bind(&session.browser)
        .bind(&session.system)
        .bind(&session.address)
        .bind(session.created_at)
        .bind(session.seen_at)
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
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE token_digest = $1 AND expires_at > $2 AND revoked_at IS NULL");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(token_digest).bind(now).fetch_optional(self.read()).await?;
        row.as_ref().map(read).transpose()
    }

    /// Whether the session of this token was ended by somebody before its time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session_revoked(&self, token_digest: &str) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM sessions WHERE token_digest = $1 AND revoked_at IS NOT NULL").bind(token_digest);
        Ok(row.fetch_optional(self.read()).await?.is_some())
    }

    /// Running sessions of a tenant behind the one with this id, those first that began last.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sessions(&self, tenant: &TenantId, now: UnixMs, after: Option<&str>, limit: u32) -> Result<Vec<SessionRow>, StoreError> {
        // An id begins with the time at which it was made: in the order of ids a page reads as many rows as it shows.
        let sql = format!(
            "SELECT {COLUMNS} FROM sessions WHERE tenant_id = $1 AND expires_at > $2 AND revoked_at IS NULL AND session_id < $3
             ORDER BY session_id DESC LIMIT $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(now).bind(after.unwrap_or("~")).bind(i64::from(limit));
        rows.fetch_all(self.read()).await?.iter().map(read).collect()
    }

    /// The running session with this id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session_of_id(&self, tenant: &TenantId, id: &str, now: UnixMs) -> Result<Option<SessionRow>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM sessions WHERE session_id = $1 AND tenant_id = $2 AND expires_at > $3 AND revoked_at IS NULL");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(tenant.as_str()).bind(now).fetch_optional(self.read()).await?;
        row.as_ref().map(read).transpose()
    }

    /// The running sessions of one person, those first that were used last.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sessions_of(&self, tenant: &TenantId, person: &PersonId, now: UnixMs) -> Result<Vec<SessionRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM sessions WHERE tenant_id = $1 AND person_id = $2 AND expires_at > $3 AND revoked_at IS NULL
             ORDER BY seen_at DESC, session_id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(person.as_str()).bind(now);
        rows.fetch_all(self.read()).await?.iter().map(read).collect()
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session_seen(&self, token_digest: &str, address: &str, now: UnixMs) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("UPDATE sessions SET seen_at = $1, address = $2 WHERE token_digest = $3")
            .bind(now)
            .bind(address)
            .bind(token_digest)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Ends a session before its time. Says whether it ran.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoke_session(&self, id: &str, now: UnixMs) -> Result<bool, StoreError> {
        let mut transaction = self.write().await?;
        let done = sqlx::query("UPDATE sessions SET revoked_at = $1 WHERE session_id = $2 AND revoked_at IS NULL")
            .bind(now)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Sessions that were ended before their time, until they would have ended by themselves.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoked_sessions(&self, now: UnixMs) -> Result<Vec<EndedSession>, StoreError> {
        let rows =
            sqlx::query("SELECT session_id, token_digest, expires_at FROM sessions WHERE revoked_at IS NOT NULL AND expires_at > $1");
        rows.bind(now).fetch_all(self.read()).await?.iter().map(ended).collect()
    }

    /// Forgets a session. Doing it twice is no error.
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

/// Id, digest and end of a row.
pub(super) fn ended(row: &AnyRow) -> Result<EndedSession, StoreError> {
    Ok(EndedSession { id: row.try_get(0)?, digest: row.try_get(1)?, expires_at: row.try_get(2)? })
}

fn read(row: &AnyRow) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        id: row.try_get(0)?,
        digest: row.try_get(1)?,
        tenant: TenantId::new(row.try_get::<String, _>(2)?),
        person: PersonId::new(row.try_get::<String, _>(3)?),
        browser: row.try_get(4)?,
        system: row.try_get(5)?,
        address: row.try_get(6)?,
        created_at: row.try_get(7)?,
        seen_at: row.try_get(8)?,
        expires_at: row.try_get(9)?,
    })
}

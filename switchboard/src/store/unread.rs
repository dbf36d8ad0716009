//! Messages that have not been read, between restarts.

use super::{OrderAnswer, Store, StoreError, orders};
use crate::ids::TenantId;
use sqlx::Row as _;
use wire::Told;

/// Unread messages that are kept for one person; the oldest go first.
pub const MAX_UNREAD: usize = 20;

impl Store {
    /// Keeps a message for these people, and the answer to the order that sends it, in one transaction.
    ///
    /// # Errors
    /// The database failed; nothing was kept.
    pub async fn keep_unread(&self, tenant: &TenantId, users: &[String], told: &Told, answer: &OrderAnswer) -> Result<(), StoreError> {
        let text = serde_json::to_string(told).map_err(|source| StoreError::Content { what: "message", source })?;
        let mut transaction = self.write().await?;
        for user in users {
            sqlx::query("INSERT INTO unread (tenant_id, user_name, told_id, told) VALUES ($1, $2, $3, $4)")
                .bind(tenant.as_str())
                .bind(user)
                .bind(number(told.id))
                .bind(&text)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(
                "DELETE FROM unread WHERE tenant_id = $1 AND user_name = $2 AND told_id NOT IN
                   (SELECT told_id FROM unread WHERE tenant_id = $1 AND user_name = $2 ORDER BY told_id DESC LIMIT $3)",
            )
            .bind(tenant.as_str())
            .bind(user)
            .bind(i64::try_from(MAX_UNREAD).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
        }
        orders::put(&mut transaction, std::slice::from_ref(answer)).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets a message that was read.
    ///
    /// # Errors
    /// The database failed; it is still kept.
    pub async fn forget_unread(&self, tenant: &TenantId, user: &str, id: u64) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM unread WHERE tenant_id = $1 AND user_name = $2 AND told_id = $3")
            .bind(tenant.as_str())
            .bind(user)
            .bind(number(id))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What nobody has read, the oldest first; read once at start. One that cannot be read here is left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unread(&self) -> Result<Vec<(TenantId, String, Told)>, StoreError> {
        let rows = sqlx::query("SELECT tenant_id, user_name, told FROM unread ORDER BY told_id").fetch_all(self.read()).await?;
        let mut unread = Vec::with_capacity(rows.len());
        for row in rows {
            let text: String = row.try_get(2)?;
            match serde_json::from_str(&text) {
                Ok(told) => unread.push((TenantId::new(row.try_get::<String, _>(0)?), row.try_get(1)?, told)),
                Err(error) => tracing::error!(%error, "a stored message cannot be read"),
            }
        }
        Ok(unread)
    }
}

/// Numbers begin with the time of day in milliseconds, and databases count with a sign.
fn number(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

//! Confirmed calls: what the exchange needs to go on after a kill and restart.

use super::{Store, StoreError};
use crate::clock::now_ms;
use crate::ids::TenantId;
use sqlx::{Any, Row as _, Transaction};

/// A confirmed call. `state` is the exchange's own JSON: both dialogs, who they belong to and which flows they use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// Id chosen by the exchange, unique on this server.
    pub id: String,
    /// Whose call it is.
    pub tenant: TenantId,
    /// JSON.
    pub state: String,
}

/// Writes calls, replacing their former state.
pub(super) async fn put(transaction: &mut Transaction<'_, Any>, calls: &[CallRow]) -> Result<(), StoreError> {
    for call in calls {
        sqlx::query(
            "INSERT INTO calls (call_id, tenant_id, state, updated_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (call_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
        )
        .bind(&call.id)
        .bind(call.tenant.as_str())
        .bind(&call.state)
        .bind(now_ms())
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

/// Forgets calls that are over. Forgetting twice is no error.
pub(super) async fn forget(transaction: &mut Transaction<'_, Any>, ids: &[String]) -> Result<(), StoreError> {
    for id in ids {
        sqlx::query("DELETE FROM calls WHERE call_id = $1").bind(id).execute(&mut **transaction).await?;
    }
    Ok(())
}

impl Store {
    /// All confirmed calls of all tenants, oldest change first; read once at start.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load_calls(&self) -> Result<Vec<CallRow>, StoreError> {
        sqlx::query("SELECT call_id, tenant_id, state FROM calls ORDER BY updated_at, call_id")
            .fetch_all(self.read())
            .await?
            .iter()
            .map(|row| Ok(CallRow { id: row.try_get(0)?, tenant: TenantId::new(row.try_get::<String, _>(1)?), state: row.try_get(2)? }))
            .collect()
    }
}

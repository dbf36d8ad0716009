//! The floor between restarts: what agents want, and the places of callers who wait.

use super::{Batch, Store, StoreError};
use crate::clock::now_ms;
use crate::queue::{Place, SavedAgent};
use crate::reports::AgentState;
use sqlx::{Any, Row as _, Transaction};
use std::collections::BTreeMap;

/// Tenant and user name.
pub type Who = (String, String);

/// Writes what agents want and the places of callers; a place that is `None` goes.
pub(super) async fn put(
    transaction: &mut Transaction<'_, Any>,
    agents: &BTreeMap<Who, SavedAgent>,
    places: &BTreeMap<Who, Option<Place>>,
) -> Result<(), StoreError> {
    for ((tenant, user), saved) in agents {
        let state = serde_json::to_string(saved).map_err(|source| StoreError::Content { what: "agent", source })?;
        sqlx::query(
            "INSERT INTO agents (tenant_id, user_name, state, updated_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id, user_name) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
        )
        .bind(tenant)
        .bind(user)
        .bind(state)
        .bind(now_ms())
        .execute(&mut **transaction)
        .await?;
    }
    for ((tenant, caller), place) in places {
        let Some(place) = place else {
            sqlx::query("DELETE FROM queue_places WHERE tenant_id = $1 AND caller = $2")
                .bind(tenant)
                .bind(caller)
                .execute(&mut **transaction)
                .await?;
            continue;
        };
        let state = serde_json::to_string(place).map_err(|source| StoreError::Content { what: "place", source })?;
        sqlx::query(
            "INSERT INTO queue_places (tenant_id, caller, state, updated_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id, caller) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
        )
        .bind(tenant)
        .bind(caller)
        .bind(state)
        .bind(now_ms())
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

impl Store {
    /// Writes what agents want, the places of callers and what agents did in one transaction; a place that is `None` goes.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn put_floor(
        &self,
        agents: &BTreeMap<Who, SavedAgent>,
        places: &BTreeMap<Who, Option<Place>>,
        states: &[AgentState],
    ) -> Result<(), StoreError> {
        let batch = Batch { agents: agents.clone(), places: places.clone(), states: states.to_vec(), ..Batch::default() };
        self.write_batch(&batch).await.map(drop)
    }

    /// What agents wanted and who waited when the server stopped; read once at start. A row that cannot be read is left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load_floor(&self) -> Result<(Vec<(Who, SavedAgent)>, Vec<Place>), StoreError> {
        let mut agents = Vec::new();
        for row in
            sqlx::query("SELECT tenant_id, user_name, state FROM agents ORDER BY tenant_id, user_name").fetch_all(self.read()).await?
        {
            let state: String = row.try_get(2)?;
            match serde_json::from_str(&state) {
                Ok(saved) => agents.push(((row.try_get(0)?, row.try_get(1)?), saved)),
                Err(error) => tracing::error!(%error, "the stored state of an agent cannot be read: they begin paused"),
            }
        }
        let mut places = Vec::new();
        for row in sqlx::query("SELECT state FROM queue_places ORDER BY tenant_id, caller").fetch_all(self.read()).await? {
            let state: String = row.try_get(0)?;
            match serde_json::from_str(&state) {
                Ok(place) => places.push(place),
                Err(error) => tracing::error!(%error, "a stored place in a queue cannot be read: its caller waits anew"),
            }
        }
        Ok((agents, places))
    }
}

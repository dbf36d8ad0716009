//! What agents do from when on, appended; and what they did, counted when it ends.

use super::super::{Store, StoreError};
use super::count::Counting;
use crate::ids::{TenantId, new_id};
use crate::reports::{AgentState, Lasting, last};
use sqlx::any::AnyRow;
use sqlx::{Any, Row as _, Transaction};
use wire::UnixMs;

/// A server that is back within this time was not away: what agents did goes on until its start.
const SHORT_STOP_MS: i64 = 120_000;

impl Store {
    /// Notes that the server runs. After a longer stop, states end at the last of these moments.
    ///
    /// # Errors
    /// The database failed.
    pub async fn alive(&self, now: UnixMs) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        alive(&mut transaction, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Ends the states that a stop of the server left open: nobody is there before their phone is. A short stop is as none; after a
    /// longer one states end when the server was last known to run.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn close_open_states(&self, now: UnixMs) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let known: i64 = sqlx::query("SELECT alive_at FROM report_state WHERE one = 1").fetch_one(&mut *transaction).await?.try_get(0)?;
        let until = if now - known <= SHORT_STOP_MS { now } else { known };
        let open =
            sqlx::query("SELECT tenant_id, user_name, at, state, reason, site, zone FROM agent_states_open WHERE state <> 'offline'")
                .fetch_all(&mut *transaction)
                .await?;
        let mut counting = Counting::default();
        for row in &open {
            let state = lasting(row)?.state;
            self.append_state(&mut transaction, &mut counting, &AgentState::offline(state.tenant, state.user, until)).await?;
        }
        counting.finish(&mut transaction).await?;
        alive(&mut transaction, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The states that last, of one agent or of all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_states(&self, tenant: &TenantId, agent: &str) -> Result<Vec<Lasting>, StoreError> {
        let open = sqlx::query(
            "SELECT tenant_id, user_name, at, state, reason, site, zone FROM agent_states_open
             WHERE tenant_id = $1 AND ($2 = '' OR user_name = $2) AND state <> 'offline'",
        )
        .bind(tenant.as_str())
        .bind(agent)
        .fetch_all(self.read())
        .await?;
        open.iter().map(lasting).collect()
    }

    /// Appends a state and counts the one that ends with it; one that lasts already is none.
    pub(in crate::store) async fn append_state(
        &self,
        transaction: &mut Transaction<'_, Any>,
        counting: &mut Counting,
        state: &AgentState,
    ) -> Result<(), StoreError> {
        let before = sqlx::query(
            "SELECT tenant_id, user_name, at, state, reason, site, zone FROM agent_states_open WHERE tenant_id = $1 AND user_name = $2",
        )
        .bind(state.tenant.as_str())
        .bind(&state.user)
        .fetch_optional(&mut **transaction)
        .await?;
        let mut state = state.clone();
        if let Some(before) = before.as_ref().map(lasting).transpose()? {
            if (&before.state.state, &before.state.reason) == (&state.state, &state.reason) {
                return Ok(());
            }
            // A clock that was set back makes no state that ends before it began.
            state.at = state.at.max(before.state.at);
            last(&before, state.at, &mut counting.sums);
        }
        let mark = self.marks().person(&state.tenant, &state.user);
        let begun = Lasting { state, site: mark.site, zone: mark.zone };
        begun.begin(&mut counting.sums);
        let Lasting { state, site, zone } = &begun;
        sqlx::query(
            "INSERT INTO agent_states (state_id, tenant_id, user_name, at, state, reason, site, zone)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(new_id())
        .bind(state.tenant.as_str())
        .bind(&state.user)
        .bind(state.at)
        .bind(&state.state)
        .bind(&state.reason)
        .bind(site)
        .bind(zone)
        .execute(&mut **transaction)
        .await?;
        sqlx::query(
            "INSERT INTO agent_states_open (tenant_id, user_name, at, state, reason, site, zone) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (tenant_id, user_name) DO UPDATE SET at = excluded.at, state = excluded.state, reason = excluded.reason,
               site = excluded.site, zone = excluded.zone",
        )
        .bind(state.tenant.as_str())
        .bind(&state.user)
        .bind(state.at)
        .bind(&state.state)
        .bind(&state.reason)
        .bind(site)
        .bind(zone)
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

async fn alive(transaction: &mut Transaction<'_, Any>, now: UnixMs) -> Result<(), StoreError> {
    sqlx::query("UPDATE report_state SET alive_at = $1 WHERE one = 1").bind(now).execute(&mut **transaction).await?;
    Ok(())
}

/// A state from its columns, tenant and user first.
pub(super) fn lasting(row: &AnyRow) -> Result<Lasting, StoreError> {
    Ok(Lasting {
        state: AgentState {
            tenant: TenantId::new(row.try_get::<String, _>(0)?),
            user: row.try_get(1)?,
            at: row.try_get(2)?,
            state: row.try_get(3)?,
            reason: row.try_get(4)?,
        },
        site: row.try_get(5)?,
        zone: row.try_get(6)?,
    })
}

//! Counts everything from the events again: once for a history that is older than the reports, and to prove that nothing else comes out.

use super::super::{ContactData, ContactEvent, ContactKind, Store, StoreError};
use super::count::Counting;
use super::states::lasting;
use crate::ids::TenantId;
use crate::reports::{Lasting, last};
use sqlx::{Any, Row as _, Transaction};

/// Events read at a time.
const CHUNK: i64 = 10_000;
/// Sums collected before they are written.
const SUMS: usize = 200_000;

impl Store {
    /// Counts the history of before the reports, once.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read; nothing was written.
    pub async fn count_history(&self) -> Result<(), StoreError> {
        let counted: i64 = sqlx::query("SELECT counted FROM report_state WHERE one = 1").fetch_one(self.read()).await?.try_get(0)?;
        if counted == 0 { self.recount().await } else { Ok(()) }
    }

    /// Counts everything anew, in one transaction.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read; nothing was written.
    pub async fn recount(&self) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        for table in ["DELETE FROM report_sums", "DELETE FROM report_calls"] {
            sqlx::query(table).execute(&mut *transaction).await?;
        }
        let tenants = sqlx::query("SELECT tenant_id FROM tenants").fetch_all(&mut *transaction).await?;
        for tenant in tenants {
            let tenant = TenantId::new(tenant.try_get::<String, _>(0)?);
            self.recount_calls(&mut transaction, &tenant).await?;
            recount_states(&mut transaction, &tenant).await?;
        }
        sqlx::query("UPDATE report_state SET counted = 1 WHERE one = 1").execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn recount_calls(&self, transaction: &mut Transaction<'_, Any>, tenant: &TenantId) -> Result<(), StoreError> {
        let mut after = (String::new(), i64::MIN, String::new());
        let mut counting = Counting::default();
        loop {
            let rows = sqlx::query(
                "SELECT contact, at, event_id, kind, from_user, to_user, data FROM contact_events
                 WHERE tenant_id = $1 AND contact >= $2 AND (contact, at, event_id) > ($2, $3, $4)
                 ORDER BY contact, at, event_id LIMIT $5",
            )
            .bind(tenant.as_str())
            .bind(&after.0)
            .bind(after.1)
            .bind(&after.2)
            .bind(CHUNK)
            .fetch_all(&mut **transaction)
            .await?;
            let Some(final_row) = rows.last() else { return counting.finish(transaction).await };
            after = (final_row.try_get(0)?, final_row.try_get(1)?, final_row.try_get(2)?);
            for row in &rows {
                let (id, kind, data): (String, String, String) = (row.try_get(2)?, row.try_get(3)?, row.try_get(6)?);
                let data: ContactData = serde_json::from_str(&data).map_err(|source| StoreError::Content { what: "event", source })?;
                let Some(kind) = ContactKind::from_word(&kind) else { continue };
                let (contact, at) = (row.try_get(0)?, row.try_get(1)?);
                let (from_user, to_user) = (row.try_get(4)?, row.try_get(5)?);
                let event = ContactEvent { tenant: tenant.clone(), contact, at, kind, from_user, to_user, data };
                let mark = self.mark(&event).unwrap_or_default();
                counting.next(&id, &event, &mark);
            }
            counting.write_calls(transaction, (tenant, &after.0)).await?;
            if counting.sums.len() > SUMS {
                counting.write_sums(transaction).await?;
            }
        }
    }
}

async fn recount_states(transaction: &mut Transaction<'_, Any>, tenant: &TenantId) -> Result<(), StoreError> {
    let mut after = (String::new(), i64::MIN, String::new());
    let mut before: Option<Lasting> = None;
    loop {
        let rows = sqlx::query(
            "SELECT tenant_id, user_name, at, state, reason, site, zone, state_id FROM agent_states
             WHERE tenant_id = $1 AND user_name >= $2 AND (user_name, at, state_id) > ($2, $3, $4)
             ORDER BY user_name, at, state_id LIMIT $5",
        )
        .bind(tenant.as_str())
        .bind(&after.0)
        .bind(after.1)
        .bind(&after.2)
        .bind(CHUNK)
        .fetch_all(&mut **transaction)
        .await?;
        let Some(final_row) = rows.last() else { return Ok(()) };
        after = (final_row.try_get(1)?, final_row.try_get(2)?, final_row.try_get(7)?);
        let mut counting = Counting::default();
        for row in &rows {
            let begun = lasting(row)?;
            if let Some(before) = before.filter(|before| before.state.user == begun.state.user) {
                last(&before, begun.state.at, &mut counting.sums);
            }
            begun.begin(&mut counting.sums);
            before = Some(begun);
        }
        counting.finish(transaction).await?;
    }
}

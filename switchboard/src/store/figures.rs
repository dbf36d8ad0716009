//! Events of the history that figures are made of: those of one person, and those of a queue.

use super::{ContactEvent, ContactKind, Store, StoreError};
use crate::ids::TenantId;
use sqlx::Row as _;
use wire::{Figures, UnixMs};

impl Store {
    /// The events since an instant that say what became of a queue's callers, in order.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read.
    pub async fn queue_events(&self, tenant: &TenantId, queue: &str, since: UnixMs) -> Result<Vec<ContactEvent>, StoreError> {
        let rows = sqlx::query(
            "SELECT contact, kind, at, from_user, to_user, data FROM contact_events
             WHERE tenant_id = $1 AND queue = $2 AND at >= $3
               AND kind IN ('answered', 'abandoned', 'missed', 'failed', 'overflowed', 'opened', 'returned')
             ORDER BY at, event_id",
        )
        .bind(tenant.as_str())
        .bind(queue)
        .bind(since)
        .fetch_all(self.read())
        .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let (kind, data): (String, String) = (row.try_get(1)?, row.try_get(5)?);
            let Some(kind) = ContactKind::from_word(&kind) else { continue };
            let data = serde_json::from_str(&data).map_err(|source| StoreError::Content { what: "event", source })?;
            let (contact, at) = (row.try_get(0)?, row.try_get(2)?);
            let (from_user, to_user) = (row.try_get(3)?, row.try_get(4)?);
            events.push(ContactEvent { tenant: tenant.clone(), contact, at, kind, from_user, to_user, data });
        }
        Ok(events)
    }

    /// What one person did since an instant: their calls as they are counted in the reports.
    ///
    /// # Errors
    /// The database failed.
    pub async fn figures(&self, tenant: &TenantId, user: &str, since: UnixMs) -> Result<Figures, StoreError> {
        let rows = sqlx::query(
            "SELECT counted, queue, COUNT(*), CAST(COALESCE(SUM(talk_ms), 0) AS BIGINT), CAST(COALESCE(SUM(work_ms), 0) AS BIGINT)
             FROM report_calls WHERE tenant_id = $1 AND agent = $2 AND at >= $3 GROUP BY counted, queue",
        )
        .bind(tenant.as_str())
        .bind(user)
        .bind(since)
        .fetch_all(self.read())
        .await?;
        let mut figures = Figures { since, ..Figures::default() };
        for row in &rows {
            let (counted, queue, calls): (String, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let calls = u32::try_from(calls).unwrap_or(u32::MAX);
            match counted.as_str() {
                "missed" => {
                    figures.missed += calls;
                    continue;
                }
                // A door that one opened is no call that one had.
                "opened" => continue,
                _ => {}
            }
            figures.answered += calls;
            figures.from_queues += if queue.is_empty() { 0 } else { calls };
            figures.talk_ms += row.try_get::<i64, _>(3)?;
            figures.wrap_up_ms += row.try_get::<i64, _>(4)?;
        }
        Ok(figures)
    }
}

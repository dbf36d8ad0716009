//! Events of the history that figures are made of: those of one person, and those of a queue.

use super::{ContactData, ContactEvent, ContactKind, Store, StoreError};
use crate::ids::TenantId;
use sqlx::Row as _;
use std::collections::BTreeMap;
use wire::{Figures, UnixMs};

impl Store {
    /// The events since an instant that say what became of a queue's callers, in order.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read.
    pub async fn queue_events(&self, tenant: &TenantId, queue: &str, since: UnixMs) -> Result<Vec<ContactEvent>, StoreError> {
        let rows = sqlx::query(
            "SELECT contact, kind, at, from_user, to_user, data FROM contact_events
             WHERE tenant_id = $1 AND queue = $2 AND at >= $3 AND kind IN ('answered', 'abandoned', 'missed', 'failed')
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

    /// What one person did since an instant.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read.
    pub async fn figures(&self, tenant: &TenantId, user: &str, since: UnixMs) -> Result<Figures, StoreError> {
        // By the index on the called side; calls that one made oneself are none of these figures.
        let rows = sqlx::query(
            "SELECT contact, kind, at, queue, data FROM contact_events
             WHERE tenant_id = $1 AND to_user = $2 AND at >= $3
               AND kind IN ('answered', 'ended', 'offer-missed', 'offer-declined', 'missed', 'refused', 'cancelled', 'wrapped-up')
             ORDER BY at, event_id",
        )
        .bind(tenant.as_str())
        .bind(user)
        .bind(since)
        .fetch_all(self.read())
        .await?;
        let mut figures = Figures { since, ..Figures::default() };
        let mut answered: BTreeMap<String, UnixMs> = BTreeMap::new();
        for row in &rows {
            let (contact, kind, at): (String, String, UnixMs) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            match kind.as_str() {
                "answered" => {
                    figures.answered += 1;
                    figures.from_queues += u32::from(!row.try_get::<String, _>(3)?.is_empty());
                    answered.insert(contact, at);
                }
                "ended" => figures.talk_ms += answered.remove(&contact).map_or(0, |since| (at - since).max(0)),
                "wrapped-up" => {
                    let data: String = row.try_get(4)?;
                    let data: ContactData = serde_json::from_str(&data).map_err(|source| StoreError::Content { what: "event", source })?;
                    figures.wrap_up_ms += data.work.map_or(0, |work| work.ms);
                }
                _ => figures.missed += 1,
            }
        }
        Ok(figures)
    }
}

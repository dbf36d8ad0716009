//! Writes of the exchange, in order and in groups: rows of calls, history, audit.
//!
//! A failing disk ends no call: the write is counted and logged, and the call goes on (it only does not survive a restart).

use super::actor::Event;
use super::io::{Audit, CallKey, ContactEvent, StoredCall};
use crate::contacts::Contacts;
use crate::ids::TenantId;
use crate::metrics::Metrics;
use crate::store::{self, CallRow, ContactData, LogEntry, Store};
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// Jobs taken in one transaction.
const BATCH: usize = 256;

/// A change of a call's row.
#[derive(Debug)]
pub(super) enum RowJob {
    Save { row: Box<StoredCall>, confirm: bool },
    Delete(CallKey),
}

/// Something to be remembered.
#[derive(Debug)]
pub(super) enum Note {
    Contact(ContactEvent),
    Audit(Audit),
}

/// Writes rows until the channel ends; tells the exchange when a row it waits for is on disk.
pub(super) async fn rows(store: Store, metrics: Metrics, mut jobs: mpsc::UnboundedReceiver<RowJob>, events: mpsc::Sender<Event>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        let mut confirm = Vec::new();
        // Only the last state of a row counts.
        let mut last: BTreeMap<CallKey, Option<Box<StoredCall>>> = BTreeMap::new();
        for job in batch.drain(..) {
            match job {
                RowJob::Save { row, confirm: wanted } => {
                    if wanted {
                        confirm.push(row.key.clone());
                    }
                    last.insert(row.key.clone(), Some(row));
                }
                RowJob::Delete(key) => {
                    last.insert(key, None);
                }
            }
        }
        let mut puts = Vec::new();
        let mut deletes = Vec::new();
        for (id, row) in last {
            match row {
                Some(row) => match serde_json::to_string(&row) {
                    Ok(state) => puts.push(CallRow { id, tenant: TenantId::new(row.legs[0].party.tenant.clone()), state }),
                    Err(error) => tracing::error!(%error, "a call cannot be stored"),
                },
                None => deletes.push(id),
            }
        }
        if !puts.is_empty()
            && let Err(error) = store.put_calls(&puts).await
        {
            metrics.count("portico_sip_row_failures_total", &[]);
            tracing::error!(%error, "calls cannot be stored: they go on, but would not survive a restart");
        }
        for call in confirm {
            // The exchange is gone only at the very end.
            let _ = events.send(Event::Saved { call }).await;
        }
        if !deletes.is_empty()
            && let Err(error) = store.delete_calls(&deletes).await
        {
            metrics.count("portico_sip_row_failures_total", &[]);
            tracing::error!(%error, "ended calls cannot be removed from the store");
        }
    }
}

/// Writes history and audit until the channel ends.
pub(super) async fn notes(store: Store, contacts: Contacts, metrics: Metrics, mut jobs: mpsc::UnboundedReceiver<Note>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        let mut events = Vec::new();
        let mut audits = Vec::new();
        for note in batch.drain(..) {
            match note {
                Note::Contact(event) => events.push(contact(event)),
                Note::Audit(audit) => audits.push(audit),
            }
        }
        if !events.is_empty()
            && let Err(error) = contacts.record(&events).await
        {
            metrics.count("portico_history_failures_total", &[]);
            tracing::error!(%error, lost = events.len(), "history cannot be written");
        }
        for audit in audits {
            let tenant = (!audit.tenant.is_empty()).then(|| TenantId::new(audit.tenant.clone()));
            let mut entry =
                LogEntry::new(tenant, audit.kind, "refused").personal("account", audit.subject).personal("address", audit.address);
            entry.at = audit.at;
            if let Err(error) = store.log(&entry).await {
                metrics.count("portico_log_failures_total", &[]);
                tracing::error!(%error, "the log cannot be written");
            }
        }
    }
}

fn contact(event: ContactEvent) -> store::ContactEvent {
    store::ContactEvent {
        tenant: TenantId::new(event.from.tenant),
        contact: event.contact,
        at: event.at,
        kind: event.kind,
        from_user: event.from.user,
        to_user: event.to.user,
        data: ContactData {
            from_display: event.from_display,
            to_display: event.to_display,
            by: event.by.map(|party| party.user),
            status: event.status,
            cause: event.cause.map(str::to_owned),
        },
    }
}

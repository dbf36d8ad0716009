//! Writes of the exchange, in order and in groups: rows of calls, history, audit.
//!
//! A failing disk ends no call: the write is counted and logged, and the call goes on (it only does not survive a restart).

use super::actor::Event;
use super::io::{Audit, CallKey, ContactEvent, Party, StoredCall};
use crate::contacts::Contacts;
use crate::ids::TenantId;
use crate::metrics::Metrics;
use crate::queue::{Place, SavedAgent};
use crate::reports::AgentState;
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
    Contact(Box<ContactEvent>),
    Audit(Audit),
    Agent {
        party: Party,
        saved: SavedAgent,
    },
    /// What an agent does from now on.
    State(AgentState),
    Place(Place),
    NoPlace(Party),
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
        let mut states = Vec::new();
        // Only the last state of an agent and of a place counts.
        let mut agents = BTreeMap::new();
        let mut places = BTreeMap::new();
        for note in batch.drain(..) {
            match note {
                Note::Contact(event) => events.push(contact(*event)),
                Note::Audit(audit) => audits.push(audit),
                Note::Agent { party, saved } => drop(agents.insert((party.tenant, party.user), saved)),
                Note::State(state) => states.push(state),
                Note::Place(place) => drop(places.insert((place.tenant.clone(), place.caller.clone()), Some(place))),
                Note::NoPlace(party) => drop(places.insert((party.tenant, party.user), None)),
            }
        }
        if !events.is_empty()
            && let Err(error) = contacts.record(&events).await
        {
            metrics.count("portico_history_failures_total", &[]);
            tracing::error!(%error, lost = events.len(), "history cannot be written");
        }
        if !(agents.is_empty() && places.is_empty() && states.is_empty())
            && let Err(error) = store.put_floor(&agents, &places, &states).await
        {
            metrics.count("portico_floor_failures_total", &[]);
            tracing::error!(%error, "what agents want and do and who waits cannot be stored: it would not survive a restart");
        }
        for audit in audits {
            let tenant = (!audit.tenant.is_empty()).then(|| TenantId::new(audit.tenant.clone()));
            let mut entry =
                LogEntry::new(tenant, audit.kind, audit.outcome).personal("account", audit.subject).personal("address", audit.address);
            entry.at = audit.at;
            if let Some(part) = audit.part {
                let mode = if part.silent { "listen_silently" } else { part.mode.word() };
                entry = entry.personal("user", part.agent).detail("call", part.contact).detail("mode", mode).detail("why", part.why.word());
            }
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
            queue: event.queue.map(|of| wire::CallQueue { name: of.name, label: of.label, since: of.since }),
            work: event.work.map(|work| store::WorkData { ms: work.ms, disposition: work.disposition, note: work.note }),
            detail: event.detail,
            mark: None,
        },
    }
}

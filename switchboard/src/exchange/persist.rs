//! The journal: groups of writes of the exchange, in the order of their numbers and as many at once as have come while the disk was busy.
//!
//! A group that cannot be written is tried again: what is written is late then, and not lost. Whoever waits for it has a bound of their own
//! (`promises`). Audit and what pages are shown have tasks of their own, since nobody waits for them.

use super::io::{Audit, CallKey, ContactEvent, StoredCall};
use super::promises::{Group, Write};
use crate::clock::now_ms;
use crate::contacts::Contacts;
use crate::ids::TenantId;
use crate::metrics::Metrics;
use crate::reports::AgentState;
use crate::store::{self, Batch, CallRow, ContactData, LogEntry, OrderAnswer, Store, StoreError};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use wire::UnixMs;

/// Groups in one transaction.
const BATCH: usize = 256;
/// Pause before a group that could not be written is tried again.
const AGAIN: Duration = Duration::from_millis(100);
/// Tries after which a group is given up that the database refuses while it takes others.
const REFUSED: u32 = 3;
/// Tries after which everything is given up once the server stops.
const STOPPING: u32 = 20;
/// Groups that may wait for a database that does not write: more than an hour of calls. Beyond it the oldest are lost.
const MAX_PENDING: usize = 200_000;

/// A group, and when it came about.
#[derive(Debug)]
pub(super) struct Stamped {
    pub at: UnixMs,
    pub group: Group,
    /// Of the answers to orders in the group, those that are asked for again.
    pub answers: Vec<OrderAnswer>,
}

/// Writes groups until the channel ends. Tells the number up to which all is on the disk, and passes on the events that were written.
pub(super) async fn journal(
    store: Store,
    metrics: Metrics,
    mut groups: mpsc::UnboundedReceiver<Stamped>,
    durable: watch::Sender<u64>,
    written: mpsc::UnboundedSender<Vec<store::ContactEvent>>,
) {
    let mut pending: VecDeque<Stamped> = VecDeque::new();
    let mut came = Vec::with_capacity(BATCH);
    let (mut at_once, mut refused, mut failed) = (BATCH, 0, 0);
    loop {
        if pending.is_empty() && groups.recv_many(&mut came, BATCH).await == 0 {
            return;
        }
        pending.extend(came.drain(..));
        while let Ok(group) = groups.try_recv() {
            pending.push_back(group);
        }
        while pending.len() > MAX_PENDING {
            pending.pop_front();
            metrics.count("portico_journal_lost_total", &[]);
        }
        let count = at_once.min(pending.len());
        let error = match store.write_batch(&batch(pending.iter().take(count))).await {
            Ok(events) => {
                if let Some(last) = pending.drain(..count).next_back() {
                    durable.send_replace(last.group.number);
                }
                // The channel ends with the server.
                let _ = written.send(events);
                (at_once, refused, failed) = ((at_once * 2).min(BATCH), 0, 0);
                continue;
            }
            Err(error) => error,
        };
        metrics.count("portico_journal_failures_total", &[]);
        if count > 1 {
            // It may be one of them that the database refuses.
            at_once = 1;
            continue;
        }
        if failed == 0 {
            tracing::error!(%error, "the database does not write: calls go on, and what happens is written once it does");
        }
        (refused, failed) = (refused + u32::from(store.alive(now_ms()).await.is_ok()), failed + 1);
        if refused == REFUSED {
            give_up(&metrics, &mut pending, 1, &error);
            (refused, failed) = (0, 0);
        } else if groups.is_closed() && failed >= STOPPING {
            let all = pending.len();
            return give_up(&metrics, &mut pending, all, &error);
        } else {
            tokio::time::sleep(AGAIN).await;
        }
    }
}

fn give_up(metrics: &Metrics, pending: &mut VecDeque<Stamped>, count: usize, error: &StoreError) {
    tracing::error!(%error, count, "what happened in the exchange cannot be written and is lost");
    for _ in pending.drain(..count) {
        metrics.count("portico_journal_lost_total", &[]);
    }
}

/// What these groups leave to be written: of rows, agents and places only the last state counts.
fn batch<'a>(groups: impl Iterator<Item = &'a Stamped>) -> Batch {
    let mut batch = Batch::default();
    let mut rows: BTreeMap<&CallKey, Option<&StoredCall>> = BTreeMap::new();
    for Stamped { at, group, answers } in groups {
        batch.answers.extend_from_slice(answers);
        for write in &group.writes {
            match write {
                Write::Call(row) => drop(rows.insert(&row.key, Some(row))),
                Write::Over(key) => drop(rows.insert(key, None)),
                Write::Contact(event) => batch.events.push(contact(event)),
                Write::Agent(party, saved) => drop(batch.agents.insert((party.tenant.clone(), party.user.clone()), saved.clone())),
                Write::State(party, status) => batch.states.push(AgentState::of(&party.tenant, &party.user, *at, status)),
                Write::NoAgent(party) => {
                    batch.states.push(AgentState::offline(TenantId::new(party.tenant.clone()), party.user.clone(), *at));
                }
                Write::Place(place) => drop(batch.places.insert((place.tenant.clone(), place.caller.clone()), Some(place.clone()))),
                Write::NoPlace(party) => drop(batch.places.insert((party.tenant.clone(), party.user.clone()), None)),
                // Whose answer it is, is known outside of the exchange.
                Write::Answer(..) => {}
            }
        }
    }
    for (id, row) in rows {
        match row.map(|row| (serde_json::to_string(row), &row.legs[0].party.tenant)) {
            Some((Ok(state), tenant)) => batch.calls.push(CallRow { id: id.clone(), tenant: TenantId::new(tenant.clone()), state }),
            Some((Err(error), _)) => tracing::error!(%error, "a call cannot be stored"),
            None => batch.over.push(id.clone()),
        }
    }
    batch
}

/// Shows pages what was written, until the channel ends.
pub(super) async fn publisher(contacts: Contacts, metrics: Metrics, mut written: mpsc::UnboundedReceiver<Vec<store::ContactEvent>>) {
    while let Some(events) = written.recv().await {
        if let Err(error) = contacts.publish(&events).await {
            metrics.count("portico_history_failures_total", &[]);
            tracing::error!(%error, "the history cannot be read: pages do not see what was written");
        }
    }
}

/// Writes the audit until the channel ends.
pub(super) async fn audits(store: Store, metrics: Metrics, mut audits: mpsc::UnboundedReceiver<Audit>) {
    while let Some(audit) = audits.recv().await {
        let tenant = (!audit.tenant.is_empty()).then(|| TenantId::new(audit.tenant.clone()));
        let mut entry =
            LogEntry::new(tenant, audit.kind, audit.outcome).personal("account", audit.subject).personal("address", audit.address);
        entry.at = audit.at;
        if let Some(part) = audit.part {
            let mode = if part.silent { "listen_silently" } else { part.mode.word() };
            entry = entry.personal("user", part.agent).detail("call", part.contact).detail("mode", mode).detail("why", part.why.word());
        }
        if let Some(taking) = audit.taking {
            entry = entry.personal("user", taking.agent).detail("call", taking.contact);
            if let Some(why) = taking.why {
                entry = entry.detail("why", why.word());
            }
        }
        if let Err(error) = store.log(&entry).await {
            metrics.count("portico_log_failures_total", &[]);
            tracing::error!(%error, "the log cannot be written");
        }
    }
}

/// A line of history as the store takes it.
pub(super) fn contact(event: &ContactEvent) -> store::ContactEvent {
    let event = event.clone();
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

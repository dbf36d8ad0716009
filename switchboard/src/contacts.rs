//! One call for the exchange: record what happened to a contact, and everybody who may see it sees it.

use crate::clock::now_ms;
use crate::feed::Hub;
use crate::ids::TenantId;
use crate::intervals::Intervals;
use crate::store::{ContactEvent, ContactKind, Store, StoreError};
use std::collections::BTreeSet;
use tokio::sync::broadcast;
use wire::{CallItem, CallState, HistoryRow};

/// News that a listener may be behind with. Whoever is further behind looks again.
const NEWS: usize = 256;

/// History and feed in one: what is recorded here is on the disk and then on its participants' screens.
#[derive(Debug, Clone)]
pub struct Contacts {
    store: Store,
    hub: Hub,
    intervals: Intervals,
    news: broadcast::Sender<(TenantId, String)>,
}

impl Contacts {
    /// Records into this store, shows on this hub, counts in these intervals.
    #[must_use]
    pub fn new(store: Store, hub: Hub, intervals: Intervals) -> Self {
        Self { store, hub, intervals, news: broadcast::Sender::new(NEWS) }
    }

    /// Tells of each contact of which something was written.
    #[must_use]
    pub fn news(&self) -> broadcast::Receiver<(TenantId, String)> {
        self.news.subscribe()
    }

    /// Appends the events in one transaction, then publishes those that were written.
    ///
    /// # Errors
    /// The events could not be written; nothing was published.
    pub async fn record(&self, events: &[ContactEvent]) -> Result<(), StoreError> {
        let written = self.store.append_contact_events(events).await?;
        self.publish(&written).await
    }

    /// Publishes each participant's call as it stands after events that are on the disk: ringing, connected, held, or the finished row.
    ///
    /// # Errors
    /// The history could not be read.
    pub async fn publish(&self, events: &[ContactEvent]) -> Result<(), StoreError> {
        for event in events {
            // Mostly nobody listens.
            let _ = self.news.send((event.tenant.clone(), event.contact.clone()));
            if event.kind.is_remark() {
                continue;
            }
            self.intervals.record(event);
            self.show(&event.tenant, &event.contact, &[&event.from_user, &event.to_user], event.kind).await?;
        }
        Ok(())
    }

    /// Publishes a call as it stands to these of its participants, without recording anything: after a restart the feed knows
    /// nothing of the calls that go on.
    ///
    /// # Errors
    /// The history could not be read.
    pub async fn show(&self, tenant: &TenantId, contact: &str, users: &[&str], last: ContactKind) -> Result<(), StoreError> {
        // A guest has no screen but the page of the call itself.
        let people = users.iter().copied().filter(|user| !user.is_empty() && !user.starts_with(crate::exchange::GUEST));
        let distinct: BTreeSet<&str> = people.collect();
        for user in distinct {
            let Some(row) = self.store.history_row(tenant, user, contact, now_ms()).await? else { continue };
            if row.ended_at.is_some() {
                self.hub.call_ended(tenant, user, row);
            } else {
                self.hub.call_changed(tenant, user, item(row, last));
            }
        }
        Ok(())
    }
}

fn item(row: HistoryRow, kind: ContactKind) -> CallItem {
    CallItem {
        contact: row.contact,
        direction: row.direction,
        peer: row.peer,
        state: match (row.answered_at, kind) {
            (None, _) => CallState::Ringing,
            (Some(_), ContactKind::Held) => CallState::Held,
            (Some(_), _) => CallState::Connected,
        },
        started_at: row.started_at,
        answered_at: row.answered_at,
        queue: row.queue,
        // The hub knows.
        away: false,
    }
}

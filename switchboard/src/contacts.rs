//! One call for the exchange: record what happened to a contact, and everybody who may see it sees it.

use crate::clock::now_ms;
use crate::exchange::GUEST;
use crate::feed::Hub;
use crate::ids::TenantId;
use crate::intervals::Intervals;
use crate::store::{ContactEvent, ContactKind, Store, StoreError, derive_row};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
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

    /// Publishes each participant's call as it stands after events that are on the disk: ringing, connected, held, or the finished row. It is
    /// read and sent once, however many of the events are about it, and in the order of the last ones.
    ///
    /// # Errors
    /// The history of a contact could not be read. Those of the others are published.
    pub async fn publish(&self, events: &[ContactEvent]) -> Result<(), StoreError> {
        let mut told = BTreeSet::new();
        for event in events {
            if told.insert((&event.tenant, &event.contact)) {
                // Mostly nobody listens.
                let _ = self.news.send((event.tenant.clone(), event.contact.clone()));
            }
            if !event.kind.is_remark() {
                self.intervals.record(event);
            }
        }
        let mut failed = Ok(());
        for event in events.iter().filter(|event| event.kind == ContactKind::Returned) {
            match self.store.contact_events(&event.tenant, &event.contact, i64::MAX).await {
                Ok(story) => self.intervals.returned(&story, event),
                Err(error) => failed = Err(error),
            }
        }
        let mut stories: BTreeMap<(&TenantId, &str), Vec<ContactEvent>> = BTreeMap::new();
        for Screen { tenant, contact, user, last } in screens(events) {
            let story = match stories.entry((tenant, contact)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unread) => match self.store.contact_events(tenant, contact, i64::MAX).await {
                    Ok(story) => unread.insert(story),
                    Err(error) => {
                        failed = Err(error);
                        continue;
                    }
                },
            };
            self.put(tenant, user, derive_row(user, story, now_ms()), last);
        }
        failed
    }

    /// Publishes a call as it stands to these of its participants, without recording anything: after a restart the feed knows
    /// nothing of the calls that go on.
    ///
    /// # Errors
    /// The history could not be read.
    pub async fn show(&self, tenant: &TenantId, contact: &str, users: &[&str], last: ContactKind) -> Result<(), StoreError> {
        let distinct: BTreeSet<&str> = users.iter().copied().filter(|user| has_screen(user)).collect();
        for user in distinct {
            self.put(tenant, user, self.store.history_row(tenant, user, contact, now_ms()).await?, last);
        }
        Ok(())
    }

    fn put(&self, tenant: &TenantId, user: &str, row: Option<HistoryRow>, last: ContactKind) {
        match row {
            Some(row) if row.ended_at.is_some() => self.hub.call_ended(tenant, user, row),
            Some(row) => self.hub.call_changed(tenant, user, item(row, last)),
            None => {}
        }
    }
}

/// A call that somebody is shown.
#[derive(Debug, PartialEq, Eq)]
struct Screen<'a> {
    tenant: &'a TenantId,
    contact: &'a str,
    user: &'a str,
    /// The last of the events that are about it.
    last: ContactKind,
}

/// What is to be shown anew after these events, each once, in the order of the last ones.
fn screens(events: &[ContactEvent]) -> Vec<Screen<'_>> {
    let mut seen = BTreeSet::new();
    let mut screens = Vec::new();
    for event in events.iter().rev().filter(|event| !event.kind.is_remark()) {
        for user in [event.to_user.as_str(), event.from_user.as_str()].into_iter().filter(|user| has_screen(user)) {
            let (tenant, contact) = (&event.tenant, event.contact.as_str());
            if seen.insert((tenant, contact, user)) {
                screens.push(Screen { tenant, contact, user, last: event.kind });
            }
        }
    }
    screens.reverse();
    screens
}

/// A guest has no screen but the page of the call itself.
fn has_screen(user: &str) -> bool {
    !user.is_empty() && !user.starts_with(GUEST)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ContactData;

    fn event(contact: &str, kind: ContactKind, from: &str, to: &str) -> ContactEvent {
        ContactEvent {
            tenant: TenantId::new("t"),
            contact: contact.into(),
            at: 1,
            kind,
            from_user: from.into(),
            to_user: to.into(),
            data: ContactData::default(),
        }
    }

    #[test]
    fn whoever_is_shown_a_call_is_shown_it_once_as_the_last_event_has_it() {
        let guest = "~support~00112233445566778899aabbccddeeff";
        let events = [
            event("a", ContactKind::Offered, guest, "bob"),
            event("a", ContactKind::OfferMissed, guest, "bob"),
            event("a", ContactKind::Offered, guest, "cid"),
            event("b", ContactKind::Offered, "ann", "eve"),
            event("a", ContactKind::Answered, guest, "cid"),
            event("b", ContactKind::Quality, "ann", "eve"),
            event("a", ContactKind::Held, guest, "cid"),
        ];
        let shown: Vec<_> = screens(&events).into_iter().map(|screen| (screen.contact, screen.user, screen.last)).collect();
        let expected = [
            ("a", "bob", ContactKind::OfferMissed),
            ("b", "ann", ContactKind::Offered),
            ("b", "eve", ContactKind::Offered),
            ("a", "cid", ContactKind::Held),
        ];
        assert_eq!(shown, expected);
    }
}

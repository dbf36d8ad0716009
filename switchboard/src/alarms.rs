//! Which alarms of the floor are known: the first to acknowledge one is named to everybody until its cause is gone. The next one is a new
//! alarm. What an alarm is says the rule that pages use as well, [`wire::alarms`].

use crate::feed::{Hub, Standing};
use crate::ids::TenantId;
use crate::store::{OrderAnswer, OrderKey, Store, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Mutex;
use wire::{Alarm, KnownAlarm, OrderResult, UnixMs};

/// After a start the causes come back one by one: callers dial again, agents open their pages. Nothing that was known before is forgotten
/// for so long.
pub const SETTLES_MS: i64 = 60_000;

/// One alarm: whose, at which queue, and what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Name of the queue.
    pub queue: String,
    /// What is wrong.
    pub alarm: Alarm,
}

/// A clonable handle to what the table holds. The hub shows the same; whoever changes both has the lock.
#[derive(Debug, Clone)]
pub struct Alarms {
    stored: Arc<Mutex<BTreeSet<Place>>>,
    store: Store,
    hub: Hub,
}

impl Alarms {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(store: Store, hub: Hub) -> Self {
        Self { stored: Arc::default(), store, hub }
    }

    /// Shows what was known when the server stopped.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(&self, now: UnixMs) -> Result<(), StoreError> {
        let mut stored = self.stored.lock().await;
        for (place, known) in self.store.known_alarms().await? {
            self.hub.know_alarm(&place, known, now + SETTLES_MS);
            stored.insert(place);
        }
        Ok(())
    }

    /// Somebody has seen an alarm. The first one is kept, with the answer to the order that said so, and shown to everybody of the floor.
    pub async fn acknowledge(&self, place: Place, by: &str, key: &OrderKey, now: UnixMs) -> OrderResult {
        let mut stored = self.stored.lock().await;
        match self.hub.alarm(&place, now) {
            Standing::Gone => return OrderResult::TooLate,
            Standing::Known(KnownAlarm { by, at, .. }) => return OrderResult::KnownAlready { by, at },
            Standing::New => {}
        }
        let known = KnownAlarm { alarm: place.alarm, by: by.to_owned(), at: now };
        let answer = OrderAnswer { key: key.clone(), result: OrderResult::Done, at: now };
        if let Err(error) = self.store.put_known_alarm(&place, &known, &answer).await {
            tracing::error!(%error, "an acknowledged alarm could not be kept");
            return OrderResult::NotLogged;
        }
        self.hub.know_alarm(&place, known, now);
        stored.insert(place);
        OrderResult::Done
    }

    /// Forgets the alarms whose cause is gone.
    pub async fn sweep(&self, now: UnixMs) {
        let mut stored = self.stored.lock().await;
        if stored.is_empty() {
            return;
        }
        let lasting = self.hub.known_alarms(now);
        let gone: Vec<Place> = stored.difference(&lasting).cloned().collect();
        for place in gone {
            match self.store.forget_known_alarm(&place).await {
                Ok(()) => drop(stored.remove(&place)),
                Err(error) => tracing::error!(%error, "an alarm that is gone could not be taken out; tried again"),
            }
        }
    }
}

/// The name of an alarm in tables and in the log.
#[must_use]
pub fn word(alarm: Alarm) -> &'static str {
    match alarm {
        Alarm::LongWait => "long_wait",
        Alarm::ServiceLevel => "service_level",
        Alarm::Nobody => "nobody",
        Alarm::Unknown => "unknown",
    }
}

/// The alarm of a name.
#[must_use]
pub fn from_word(name: &str) -> Option<Alarm> {
    [Alarm::LongWait, Alarm::ServiceLevel, Alarm::Nobody].into_iter().find(|alarm| word(*alarm) == name)
}

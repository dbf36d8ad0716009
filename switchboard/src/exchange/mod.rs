//! The SIP exchange: `/sip` WebSocket, digest, registrar and back-to-back user agent.
//!
//! `machine` and its parts (`gate`, `register`, `setup`, `queues`, `steer`, `parked`, `takeover`, `supervise`, `group`, `talk`, `tones`,
//! `lift`, `opened`, `recover`, `rows`, `flows`, `report`, `noted`, `trickle`) are pure: inputs and outputs in `io`, every limit in
//! `limits`. Pure as well is `promises`, which holds what waits for the disk. Around them, `socket` carries WebSocket frames, `actor` is the
//! one task that owns the machine, `lifting` has the media of stations that are answered only to be opened, `persist` writes. Nothing here
//! assumes that a leg is a WebSocket except `socket`.

mod actor;
mod branch;
mod call;
mod digest;
mod fitness;
mod flows;
mod gate;
mod group;
mod headers;
pub mod io;
mod lift;
mod lifting;
pub mod limits;
pub mod machine;
mod mend;
mod noted;
mod opened;
mod parked;
mod persist;
pub mod promises;
mod queues;
mod recover;
mod register;
mod registrar;
mod report;
mod rows;
mod setup;
mod socket;
mod steer;
mod supervise;
mod takeover;
mod talk;
mod tones;
mod transfer;
mod transferred;
mod trickle;

pub use queues::{GUEST, guest_queue};

use crate::clock::now_ms;
use crate::floor::FloorEvent;
use crate::ids::TenantId;
use crate::metrics::Metrics;
use crate::services::Services;
use crate::store::{ContactKind, StoreError};
use actor::{Actor, Event, Figures, QUEUE, Shared, Stored};
use limits::MAX_FLOWS;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// Pause before people and queues are loaded again from a database that failed.
const LOAD_AGAIN: Duration = Duration::from_secs(1);

/// Handle to the running exchange. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Exchange {
    shared: Arc<Shared>,
    tasks: Arc<tokio::sync::Mutex<Vec<JoinHandle<()>>>>,
}

/// Why the exchange cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Keys(#[from] crate::keys::KeysError),
}

impl Exchange {
    /// Loads people, device passwords and the calls of before a restart, and starts the tasks. They end with the stop signal.
    ///
    /// # Errors
    /// The store cannot be read or the system gives no random numbers.
    pub async fn start(services: &Services) -> Result<Self, StartError> {
        let directory = actor::directory(services).await?;
        let stored = services.store.load_calls().await?;
        let calls = stored.iter().filter_map(|row| match serde_json::from_str(&row.state) {
            Ok(call) => Some::<io::StoredCall>(call),
            Err(error) => {
                tracing::error!(%error, id = row.id, "a stored call cannot be read: it is left alone");
                None
            }
        });
        let (events, inbox) = mpsc::channel(QUEUE);
        let (journal, groups) = mpsc::unbounded_channel();
        let (audits, audited) = mpsc::unbounded_channel();
        let (written, shown) = mpsc::unbounded_channel();
        let (durable, on_disk) = watch::channel(0);
        let shared = Arc::new(Shared {
            services: services.clone(),
            events,
            next_flow: AtomicU64::new(1),
            sockets: AtomicUsize::new(0),
            figures: Mutex::new(Figures::default()),
        });
        let calls: Vec<io::StoredCall> = calls.collect();
        let (agents, mut places) = services.store.load_floor().await?;
        let ended = services.store.revoked_sessions(now_ms()).await?;
        services.closed.note(&ended);
        let ended = ended.into_iter().map(|session| (session.id, session.expires_at)).collect();
        let agents = agents.into_iter().map(|((tenant, user), saved)| (io::Party { tenant, user }, saved)).collect();
        // Calls that were not answered ended with the exchange of before; who waited in a queue may come back to their place.
        let talking = calls.iter().filter(|call| call.over.is_none()).map(|call| call.contact.clone());
        let going_on: Vec<String> = talking.chain(places.iter().filter(|place| !place.left).map(|place| place.contact.clone())).collect();
        services.store.close_open_contacts(&going_on, now_ms()).await?;
        // The caller of an answer that is missing may not have heard of it, and has their place unless they have another one since.
        let kept = |call: &io::StoredCall| call.place().filter(|place| places.iter().all(|known| known.caller() != place.caller()));
        let answers = calls.iter().filter_map(|call| Some((persist::contact(&call.answer()?), kept(call))));
        let answers: Vec<_> = answers.collect();
        for (missing, place) in services.store.append_missing_answers(&answers).await? {
            places.extend(place);
            services.intervals.record(&missing);
        }
        services.store.close_open_states(now_ms()).await?;
        // The feed knows nothing yet of the calls that go on.
        for call in calls.iter().filter(|call| call.over.is_none()) {
            let [from, to] = &call.legs;
            let last = if call.waiting {
                ContactKind::Queued
            } else if call.holds == [false; 2] {
                ContactKind::Answered
            } else {
                ContactKind::Held
            };
            let users = [from.party.user.as_str(), to.party.user.as_str()];
            services.contacts.show(&TenantId::new(from.party.tenant.clone()), &call.contact, &users, last).await?;
        }
        let actor = Actor::new(shared.clone(), directory, Stored { calls, agents, places, ended }, journal, audits)?;
        let tasks = vec![
            tokio::spawn(floor_events(shared.clone())),
            tokio::spawn(actor.run(inbox, on_disk)),
            tokio::spawn(persist::journal(services.store.clone(), services.metrics.clone(), groups, durable, written)),
            tokio::spawn(persist::publisher(services.contacts.clone(), services.metrics.clone(), shown)),
            tokio::spawn(persist::audits(services.store.clone(), services.metrics.clone(), audited)),
        ];
        Ok(Exchange { shared, tasks: Arc::new(tokio::sync::Mutex::new(tasks)) })
    }

    /// The route `/sip`.
    pub fn router(&self) -> axum::Router {
        socket::router(self.shared.clone())
    }

    /// Whether it would take another socket.
    #[must_use]
    pub fn has_place(&self) -> bool {
        self.shared.sockets.load(Ordering::Relaxed) < MAX_FLOWS
    }

    /// People or device passwords changed: loads them again.
    ///
    /// # Errors
    /// The store cannot be read; the people of before stay.
    pub async fn reload(&self) -> Result<(), StoreError> {
        let directory = actor::directory(&self.shared.services).await?;
        let _ = self.shared.events.send(Event::Directory { directory, done: None }).await;
        Ok(())
    }

    /// Puts the figures of this moment into the table of metrics.
    pub fn report(&self, metrics: &Metrics) {
        let figures = self.shared.figures.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (name, value) in figures.gauges {
            if !name.is_empty() {
                metrics.set("portico_sip", &[("what", name)], i64::try_from(value).unwrap_or(i64::MAX));
            }
        }
        metrics.set("portico_journal_behind", &[], i64::try_from(figures.behind).unwrap_or(i64::MAX));
        let c = figures.counters;
        for (name, value) in [
            ("portico_sip_received_total", c.received),
            ("portico_sip_broken_total", c.broken),
            ("portico_sip_limited_total", c.limited),
            ("portico_sip_challenged_total", c.challenged),
            ("portico_sip_login_ok_total", c.login_ok),
            ("portico_sip_login_failed_total", c.login_failed),
            ("portico_sip_calls_total", c.calls),
            ("portico_sip_answered_total", c.answered),
            ("portico_sip_restored_total", c.restored),
            ("portico_sip_reaped_total", c.reaped),
            ("portico_sip_forged_total", c.forged),
            ("portico_promises_late_total", figures.late),
        ] {
            metrics.set_counter(name, &[], value);
        }
    }

    /// Returns when everything is written, after the stop signal. Calls stay stored.
    pub async fn stopped(&self) {
        for task in self.tasks.lock().await.drain(..) {
            let _ = task.await;
        }
    }
}

/// Passes on what pages say about the work in the queues, and who exists from now on.
async fn floor_events(shared: Arc<Shared>) {
    let Some(mut inbox) = shared.services.floor.take() else { return };
    let stop = shared.services.stop.clone();
    let pass_on = async {
        while let Some(event) = inbox.recv().await {
            match event {
                FloorEvent::Directory { done } => loaded(&shared, done).await,
                event => drop(shared.events.send(Event::Floor(event)).await),
            }
        }
    };
    tokio::select! {
        () = pass_on => {}
        () = stop.wait() => {}
    }
}

/// Whoever lost a right must lose it here too: a database that fails for a moment is asked again.
async fn loaded(shared: &Shared, done: oneshot::Sender<()>) {
    let directory = loop {
        match actor::directory(&shared.services).await {
            Ok(directory) => break directory,
            Err(error) => tracing::error!(%error, "the exchange cannot load people and queues"),
        }
        tokio::time::sleep(LOAD_AGAIN).await;
    };
    let _ = shared.events.send(Event::Directory { directory, done: Some(done) }).await;
}

//! What all parts of the running server share.

use crate::accounts::Accounts;
use crate::admin::Admin;
use crate::alarms::Alarms;
use crate::config::Config;
use crate::contacts::Contacts;
use crate::directory::Directory;
use crate::doors::Doors;
use crate::doors::model::Premises;
use crate::feed::{Hub, Tickets};
use crate::floor::Floor;
use crate::http::{Pace, Parked, SignInGate};
use crate::intervals::Intervals;
use crate::metrics::Metrics;
use crate::net::{CapGuard, Caps, client_address};
use crate::orders::Orders;
use crate::sessions::{Closed, Seen};
use crate::stop::Stop;
use crate::store::{Store, StoreError};
use axum::http::{Extensions, HeaderMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use wire::UnixMs;

/// Handles to everything, cheap to clone.
#[derive(Debug, Clone)]
pub struct Services {
    /// The configuration.
    pub config: Arc<Config>,
    /// Tenants and people.
    pub directory: Directory,
    /// The database.
    pub store: Store,
    /// Live state for the feeds.
    pub hub: Hub,
    /// What pages say about the work in the queues.
    pub floor: Floor,
    /// Changes of administrators, one after the other.
    pub admin: Admin,
    /// Orders of pages, each carried out once.
    pub orders: Orders,
    /// Alarms of the floor that are known.
    pub alarms: Alarms,
    /// History and feed in one, for the exchange.
    pub contacts: Contacts,
    /// Figures of the queues.
    pub intervals: Intervals,
    /// Doors and their stations.
    pub doors: Doors,
    /// SIP accounts.
    pub accounts: Accounts,
    /// Tickets for sockets.
    pub tickets: Arc<Tickets>,
    /// When sessions were last used.
    pub seen: Arc<Seen>,
    /// Sessions that were ended before their time, as far as this process knows.
    pub closed: Arc<Closed>,
    /// Guards sign-ins.
    pub gate: Arc<SignInGate>,
    /// What became of lock-outs and counts is written in its order.
    keeping: Arc<tokio::sync::Mutex<()>>,
    /// Paces the sessions.
    pub pace: Arc<Pace>,
    /// Paces the visitors.
    pub visitor_pace: Arc<Pace>,
    /// Paces the screens that come with a link.
    pub wall_pace: Arc<Pace>,
    /// How often a person may take a log or a report as a file.
    pub file_pace: Arc<Pace>,
    /// Answers that wait for news of a call.
    pub parked: Arc<Parked>,
    /// Open connections.
    pub caps: Caps,
    /// Counters.
    pub metrics: Metrics,
    /// The stop signal.
    pub stop: Stop,
    /// Version of this program and digest of the app that it serves: a page of another build reloads itself when it can.
    pub build: Arc<str>,
    /// Address and port that the server listens on.
    pub listen: SocketAddr,
}

impl Services {
    /// Puts the parts together for an open store.
    #[must_use]
    pub fn new(config: Config, directory: Directory, store: Store, listen: SocketAddr, build: &str) -> Self {
        let floor = Floor::new();
        let hub = Hub::new(&directory, floor.clone()).with_doors(&Premises::of(&config.tenants, &directory));
        let intervals = Intervals::new(&directory, hub.clone());
        let keys = store.keys().clone();
        let metrics = Metrics::default();
        Self {
            doors: Doors::new(&config.tenants, directory.clone(), store.clone(), metrics.clone(), floor.clone()),
            alarms: Alarms::new(store.clone(), hub.clone()),
            contacts: Contacts::new(store.clone(), hub.clone(), intervals.clone()),
            intervals,
            accounts: Accounts::new(directory.clone(), keys, store.clone(), config.demo_device_password.clone()),
            admin: Admin::default(),
            orders: Orders::default(),
            tickets: Arc::default(),
            seen: Arc::default(),
            closed: Arc::default(),
            pace: Arc::new(Pace::of_sessions()),
            visitor_pace: Arc::new(Pace::of_visitors()),
            wall_pace: Arc::new(Pace::of_screens()),
            file_pace: Arc::new(Pace::of_files()),
            parked: Arc::default(),
            gate: Arc::new(SignInGate::new(&config.limits)),
            keeping: Arc::default(),
            caps: Caps::new(config.limits.connections_per_address, config.limits.connections),
            metrics,
            stop: Stop::new(),
            config: Arc::new(config),
            directory,
            store,
            hub,
            floor,
            build: build.into(),
            listen,
        }
    }

    /// Writes down which lock-outs began or are over, and how many wrong passwords there were. What happened later is written later.
    ///
    /// # Errors
    /// The database failed: a restart would end the lock-outs that could not be written, and begin those counts anew.
    pub async fn keep_lockouts(&self, now: UnixMs) -> Result<(), StoreError> {
        let _turn = self.keeping.lock().await;
        match &self.gate.news()[..] {
            [] => Ok(()),
            news => self.store.keep_lockouts(news, now).await,
        }
    }

    /// Whether a page of this origin may use the API and the sockets.
    #[must_use]
    pub fn origin_listed(&self, origin: &str) -> bool {
        self.config.http.origins.iter().any(|listed| listed == origin)
    }

    /// The client of a request, behind a listed proxy too.
    #[must_use]
    pub fn client_address(&self, headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
        client_address(headers, peer.ip(), &self.config.http.behind_proxy)
    }

    /// The place that a socket keeps as long as it is open; `None` where its client has too many.
    #[must_use]
    pub fn socket_place(&self, extensions: &Extensions, headers: &HeaderMap, peer: SocketAddr) -> Option<SocketPlace> {
        let connection = extensions.get::<Arc<CapGuard>>().cloned();
        let client = self.client_address(headers, peer);
        // The connection of a proxy is counted for no address: its client is counted here.
        let client = if client == crate::net::canonical(peer.ip()) { None } else { Some(self.caps.take(client)?) };
        Some(SocketPlace { _connection: connection, _client: client })
    }
}

/// A place among the connections. Dropping it gives it back.
#[derive(Debug)]
pub struct SocketPlace {
    _connection: Option<Arc<CapGuard>>,
    _client: Option<CapGuard>,
}

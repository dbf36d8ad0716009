//! Starts and stops the whole server. The command line and the tests come in here.

use crate::clock::now_ms;
use crate::config::{Config, Tls};
use crate::doors::News;
use crate::http::Assets;
use crate::keys::Keys;
use crate::services::Services;
use crate::store::{LogEntry, Store};
use crate::{exchange, http, net};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

/// How soon it counts what the command line has done: a new or revoked device password, a session that was ended.
const OTHERS_EVERY: Duration = Duration::from_secs(2);

/// How soon after midnight the figures of the new day begin, and how often it is noted that the server runs.
const DAYS_EVERY: Duration = Duration::from_secs(20);

/// How soon an acknowledged alarm is forgotten whose cause time alone has ended.
const ALARMS_EVERY: Duration = Duration::from_secs(1);

/// How often the head of the log is published.
const HEAD_EVERY: Duration = Duration::from_secs(3_600);

/// A running server.
#[derive(Debug)]
pub struct Server {
    services: Services,
    exchange: exchange::Exchange,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Opens everything and begins to serve. Returns once a page can be used.
    ///
    /// # Errors
    /// One clear sentence about what cannot be opened.
    pub async fn start(mut config: Config) -> Result<Self, String> {
        let files = net::raise_file_limit();
        let assets = config.http.app.as_deref().map_or_else(|| Ok(Assets::default()), Assets::load);
        let assets = assets.map_err(|e| e.to_string())?;
        let tls = config.tls.as_ref().map(net::server_config).transpose().map_err(|e| e.to_string())?;
        let listener = net::listen(config.http.listen).await?;
        let listen = listener.local_addr().map_err(|e| e.to_string())?;
        if config.http.origins.is_empty() {
            config.http.origins = own_origins(&config, listen);
        }
        let keys = Keys::load_or_create(&config.store.keys).map_err(|e| e.to_string())?;
        let store = Store::open(config.store.url.expose(), keys).await.map_err(|e| e.to_string())?;
        let directory = store.sync_directory(&config.tenants).await.map_err(|e| e.to_string())?;
        store.count_history().await.map_err(|e| e.to_string())?;
        let services = Services::new(config, directory, store, listen, &assets.build());
        check_log(&services).await?;
        services.intervals.load(&services.store, now_ms()).await.map_err(|e| e.to_string())?;
        services.alarms.load(now_ms()).await.map_err(|e| e.to_string())?;
        services.gate.restore(services.store.lockouts(now_ms()).await.map_err(|e| e.to_string())?);
        services.hub.restore_unread(services.store.unread().await.map_err(|e| e.to_string())?);
        let exchange = exchange::Exchange::start(&services).await.map_err(|e| e.to_string())?;
        let router = http::router(services.clone(), assets, &exchange);
        let proxies = services.config.http.behind_proxy.clone();
        let (caps, metrics, stop) = (services.caps.clone(), services.metrics.clone(), services.stop.clone());
        let accepting = tokio::spawn(net::serve(listener, router, tls, caps, proxies, metrics, stop));
        tokio::spawn(watch_others(services.clone(), exchange.clone()));
        tokio::spawn(publish_head(services.clone()));
        tokio::spawn(begin_days(services.clone()));
        tokio::spawn(forget_alarms(services.clone()));
        tokio::spawn(services.doors.clone().run(services.stop.clone()));
        tokio::spawn(services.doors.clone().erase_on_time(services.stop.clone()));
        tokio::spawn(show_releases(services.clone(), services.doors.news()));
        tracing::info!(%listen, files, "serving");
        Ok(Self { services, exchange, accepting })
    }

    /// The address that a browser on this machine opens.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.services.config.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.services.listen)
    }

    /// Handles to the running parts.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Stops: no new connection, running requests finish, calls stay stored, files are closed.
    pub async fn stop(self) {
        self.services.stop.stop();
        if let Err(e) = self.accepting.await {
            tracing::error!(error = %e, "accepting ended by a fault");
        }
        self.exchange.stopped().await;
        note_alive(&self.services).await;
        self.services.store.close().await;
    }
}

/// Device passwords are made, and sessions ended, by another process (the command line): this one learns of it without a restart.
async fn watch_others(services: Services, exchange: exchange::Exchange) {
    let mut known = services.store.devices_version().await.ok();
    loop {
        tokio::select! {
            () = services.stop.wait() => return,
            () = tokio::time::sleep(OTHERS_EVERY) => {}
        }
        if let Err(error) = services.close_sessions_of_others().await {
            tracing::error!(%error, "sessions that were ended cannot be read");
        }
        let now = services.store.devices_version().await.ok();
        if now.is_some() && now != known {
            match exchange.reload().await {
                Ok(()) => known = now,
                Err(e) => tracing::error!(error = %e, "device passwords cannot be loaded"),
            }
        }
    }
}

/// Shows every release on the pages of its site.
async fn show_releases(services: Services, mut news: broadcast::Receiver<News>) {
    loop {
        tokio::select! {
            () = services.stop.wait() => return,
            heard = news.recv() => match heard {
                Ok(News::Release(report)) => {
                    let tenant = report.tenant.clone();
                    services.hub.release(&tenant, report.into(), now_ms());
                }
                Ok(News::LockedOut { .. } | News::Logged { .. }) => {}
                // Each report is complete: the next one of a release makes good what was missed.
                Err(broadcast::error::RecvError::Lagged(missed)) => tracing::error!(missed, "releases could not be shown in time"),
                Err(broadcast::error::RecvError::Closed) => return,
            },
        }
    }
}

/// Names the head of the log in the program's own log, which usually goes to a place that this program cannot rewrite. With it
/// `audit verify --head` finds a cut-off tail even where head file and database were put back together.
async fn publish_head(services: Services) {
    loop {
        match services.store.log_head().await {
            Ok(head) => tracing::info!(target: "portico::log_head", "head {}:{}", head.seq, head.mac),
            Err(e) => tracing::error!(error = %e, "the head of the log cannot be read"),
        }
        tokio::select! {
            () = services.stop.wait() => return,
            () = tokio::time::sleep(HEAD_EVERY) => {}
        }
    }
}

/// Begins the day of each queue at its midnight, and notes that the server runs.
async fn begin_days(services: Services) {
    loop {
        tokio::select! {
            () = services.stop.wait() => return,
            () = tokio::time::sleep(DAYS_EVERY) => {
                services.intervals.roll(now_ms());
                note_alive(&services).await;
            }
        }
    }
}

/// Forgets acknowledged alarms whose cause is gone.
async fn forget_alarms(services: Services) {
    loop {
        tokio::select! {
            () = services.stop.wait() => return,
            () = tokio::time::sleep(ALARMS_EVERY) => services.alarms.sweep(now_ms()).await,
        }
    }
}

/// What agents do lasts as long as the server is known to run.
async fn note_alive(services: &Services) {
    if let Err(error) = services.store.alive(now_ms()).await {
        tracing::error!(%error, "it cannot be noted that the server runs");
    }
}

/// Without a list, pages that this server itself serves may use it.
fn own_origins(config: &Config, listen: SocketAddr) -> Vec<String> {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let mut hosts = Vec::new();
    if listen.ip().is_loopback() {
        hosts.extend(["127.0.0.1".to_owned(), "localhost".to_owned(), "[::1]".to_owned()]);
    } else if !listen.ip().is_unspecified() {
        hosts.push(SocketAddr::new(listen.ip(), 0).to_string().trim_end_matches(":0").to_owned());
    }
    if let Some(Tls::PrivateCa { names, .. }) = &config.tls {
        hosts.extend(names.iter().cloned());
    }
    let port = match (scheme, listen.port()) {
        ("https", 443) | ("http", 80) => String::new(),
        (_, port) => format!(":{port}"),
    };
    hosts.into_iter().map(|host| format!("{scheme}://{host}{port}")).collect()
}

/// A log that does not end where it ended last time is named loudly and in the log itself. It does not stop the phones.
async fn check_log(services: &Services) -> Result<(), String> {
    let fault = services.store.check_head().await.map_err(|e| e.to_string())?;
    if let Some(fault) = &fault {
        tracing::error!(%fault, "the log is not as it was written; run `switchboard audit verify`");
        services.metrics.count("portico_log_faults_total", &[]);
    }
    let outcome = if fault.is_some() { "log_fault" } else { "done" };
    let mut entry = LogEntry::new(None, "server_start", outcome).detail("build", services.build.as_ref());
    if let Some(fault) = fault {
        entry = entry.detail("fault", fault.to_string());
    }
    services.store.log(&entry).await.map_err(|e| e.to_string())?;
    Ok(())
}

//! A simulated door station: `switchboard station`, a process of its own. It speaks the HTTP API of IPAC stations, serves an MJPEG
//! stream and single pictures behind a token, rings by SIP with sound and picture of its own, and has a small page that shows what its
//! relays really do.
//!
//! It shares no code with `doors`, which it is there to test: its relays, its logins and its reading of requests are written from the
//! makers' documents alone.

mod api;
mod camera;
mod clip;
mod fields;
mod keypad;
mod login;
mod media;
mod page;
mod phone;
mod relay;
mod sound;

pub use login::Mode;
pub use phone::Line;
pub use relay::PULSE_MS;
pub use sound::TONE_HZ;

use crate::config::Tls;
use crate::metrics::Metrics;
use crate::net::{self, Caps};
use crate::stop::Stop;
use camera::Camera;
use keypad::Keypad;
use login::Logins;
use media::Listening;
use phone::{Status, Wish};
use relay::Relay;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Open connections of one simulator.
const MAX_CONNECTIONS: u32 = 256;

/// How a station is set up. The defaults are a station as it leaves the factory.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name on its page.
    pub name: String,
    /// Where the station itself listens: API and pictures.
    pub listen: SocketAddr,
    /// Where its page listens, which is no part of a real station and stays when the power is off.
    pub page: SocketAddr,
    /// Login of the API.
    pub mode: Mode,
    /// User of the API.
    pub user: String,
    /// Password of the API.
    pub password: String,
    /// Code of relay 1 and of relay 2.
    pub codes: [String; 2],
    /// Token of the pictures.
    pub token: String,
    /// The station itself speaks HTTPS with this certificate.
    pub tls: Option<Tls>,
    /// Its telephone; without it the station does not ring.
    pub line: Option<Line>,
}

/// What the handlers share.
#[derive(Debug, Clone)]
struct Shared {
    state: Arc<Mutex<State>>,
    /// Whether the station has power.
    power: watch::Sender<bool>,
    /// What it hears in its call.
    heard: Listening,
    /// To its telephone.
    wishes: mpsc::Sender<Wish>,
}

#[derive(Debug)]
struct State {
    name: String,
    relays: [Relay; 2],
    logins: Logins,
    camera: Camera,
    keypad: Keypad,
    phone: Status,
    /// Status of each answer of the API since the start, newest last; at most [`MAX_ANSWERS`].
    answers: Vec<u16>,
}

/// Answers that the page lists.
const MAX_ANSWERS: usize = 20;

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running station.
#[derive(Debug)]
pub struct Station {
    device: SocketAddr,
    page: SocketAddr,
    stop: Stop,
    tasks: Vec<JoinHandle<()>>,
}

impl Station {
    /// Starts a station.
    ///
    /// # Errors
    /// One clear sentence: an address cannot be opened, or the certificate cannot be used.
    pub async fn start(settings: Settings) -> Result<Self, String> {
        let tls = settings.tls.as_ref().map(net::server_config).transpose().map_err(|e| e.to_string())?;
        let (device_socket, page_socket) = (net::listen(settings.listen).await?, net::listen(settings.page).await?);
        let device = device_socket.local_addr().map_err(|e| e.to_string())?;
        let page = page_socket.local_addr().map_err(|e| e.to_string())?;
        let state = State {
            name: settings.name,
            relays: settings.codes.map(|code| Relay::new(&code)),
            logins: Logins::new(settings.mode, &settings.user, &settings.password),
            camera: Camera::new(settings.token),
            keypad: Keypad::default(),
            phone: Status::default(),
            answers: Vec::new(),
        };
        let (wishes, wished) = mpsc::channel(4);
        let shared = Shared { state: Arc::new(Mutex::new(state)), power: watch::Sender::new(true), heard: Listening::default(), wishes };
        let stop = Stop::new();
        let caps = || Caps::new(MAX_CONNECTIONS, MAX_CONNECTIONS);
        let powered = tokio::spawn(power(device_socket, device, tls, shared.clone(), stop.clone()));
        let telephone = settings.line.map(|line| {
            let heard = shared.heard.clone();
            tokio::spawn(phone::run(line, shared.clone(), heard, wished, stop.clone()))
        });
        let router = page::router(shared);
        let paged = tokio::spawn(net::serve(page_socket, router, None, caps(), Vec::new(), Metrics::default(), stop.clone()));
        Ok(Self { device, page, stop, tasks: [powered, paged].into_iter().chain(telephone).collect() })
    }

    /// Where the station itself listens.
    #[must_use]
    pub fn device(&self) -> SocketAddr {
        self.device
    }

    /// Where its page listens.
    #[must_use]
    pub fn page(&self) -> SocketAddr {
        self.page
    }

    /// Ends it.
    pub async fn stop(self) {
        self.stop.stop();
        for task in self.tasks {
            // A task that panicked has said so.
            let _ = task.await;
        }
    }
}

/// Serves while there is power. Without, nothing listens, as with a real station.
async fn power(socket: TcpListener, address: SocketAddr, tls: Option<Arc<rustls::ServerConfig>>, shared: Shared, stop: Stop) {
    let mut power = shared.power.subscribe();
    let mut socket = Some(socket);
    loop {
        if power.wait_for(|on| *on).await.is_err() {
            return;
        }
        let listener = match socket.take() {
            Some(listener) => listener,
            None => match net::listen(address).await {
                Ok(listener) => listener,
                Err(sentence) => return tracing::error!(%sentence, "the station cannot be switched on"),
            },
        };
        let off = Stop::new();
        let router = api::router(shared.clone()).merge(camera::router(shared.clone()));
        let caps = Caps::new(MAX_CONNECTIONS, MAX_CONNECTIONS);
        let serving = tokio::spawn(net::serve(listener, router, tls.clone(), caps, Vec::new(), Metrics::default(), off.clone()));
        tokio::select! {
            _ = power.wait_for(|on| !*on) => {}
            () = stop.wait() => {}
        }
        off.stop();
        let _ = serving.await;
        if stop.stopped() {
            return;
        }
    }
}

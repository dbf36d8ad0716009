//! A server of its own for each test, and a browser-like client for it.

use futures_util::{SinkExt as _, StreamExt as _};
use sqlx::any::AnyPoolOptions;
use std::path::Path;
use std::time::Duration;
use switchboard::config::{Config, Limits};
use switchboard::demo;
use switchboard::http::hash_password;
use switchboard::server::Server;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wire::{ClientFrame, Secret, ServerFrame, Ticket};

/// Hashes as cheap as argon2 allows: the tests are about what stands around them.
pub fn cheap() -> Limits {
    Limits { argon2_kib: 8, argon2_passes: 1, ..Limits::default() }
}

/// An empty schema of its own in the database that `PORTICO_TEST_POSTGRES` names; without that variable the tests run on SQLite.
pub async fn postgres() -> Option<String> {
    let base = std::env::var("PORTICO_TEST_POSTGRES").ok()?;
    sqlx::any::install_default_drivers();
    let schema = format!("portico_{}", switchboard::ids::new_id().replace('-', ""));
    let admin = AnyPoolOptions::new().max_connections(1).connect(&base).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&admin).await.unwrap();
    admin.close().await;
    let separator = if base.contains('?') { '&' } else { '?' };
    Some(format!("{base}{separator}options=-csearch_path%3D{schema}"))
}

/// The demo's people on a free port, with cheap hashes.
pub fn config(data: &Path) -> Config {
    let mut config = demo::config(0, None, data.to_owned()).unwrap();
    config.limits = cheap();
    let password = hash_password(&Secret::new(demo::PASSWORD), &config.limits).unwrap();
    for person in &mut config.tenants[0].people {
        person.password = Some(Secret::new(password.clone()));
    }
    config
}

/// A running server and the directory of its files.
pub struct Desk {
    pub server: Server,
    pub data: TempDir,
}

impl Desk {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut config = config(data.path());
        if let Some(url) = postgres().await {
            config.store.url = Secret::new(url);
        }
        change(&mut config);
        let server = Server::start(config).await.unwrap();
        Self { server, data }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    pub fn client(&self) -> Client {
        let http = reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Client { http, base: self.server.url() }
    }

    /// A client that is signed in.
    pub async fn signed_in(&self, user: &str) -> Client {
        let client = self.client();
        let answer = client.sign_in(user, demo::PASSWORD).await;
        assert_eq!(answer.status(), 200);
        client
    }
}

/// Behaves like a page of the server: cookies, own origin, JSON.
#[derive(Clone)]
pub struct Client {
    pub http: reqwest::Client,
    pub base: String,
}

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Client {
    pub async fn sign_in(&self, user: &str, password: &str) -> reqwest::Response {
        self.post("/api/session", &serde_json::json!({ "user": user, "password": password })).await
    }

    pub async fn post(&self, path: &str, body: &serde_json::Value) -> reqwest::Response {
        let url = format!("{}{path}", self.base);
        self.http.post(url).header("origin", &self.base).json(body).send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    pub async fn json<T: serde::de::DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    pub async fn ticket(&self) -> Secret {
        let answer = self.post("/api/ticket", &serde_json::json!({ "purpose": "feed" })).await;
        assert_eq!(answer.status(), 200);
        answer.json::<Ticket>().await.unwrap().ticket
    }

    /// Opens `/feed` with this origin; `Err` is the refused handshake's status.
    pub async fn feed_socket(&self, origin: Option<&str>) -> Result<Feed, u16> {
        self.socket("/feed", origin).await.map(|socket| Feed { socket })
    }

    /// Opens a WebSocket with this origin; `Err` is the refused handshake's status.
    pub async fn socket(&self, path: &str, origin: Option<&str>) -> Result<Socket, u16> {
        let mut request = format!("{}{path}", self.base.replacen("http", "ws", 1)).into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(socket),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(e) => panic!("{e}"),
        }
    }

    /// A feed after its hello; the snapshot comes next.
    pub async fn feed(&self) -> Feed {
        self.feed_with(self.ticket().await).await
    }

    pub async fn feed_with(&self, ticket: Secret) -> Feed {
        let mut feed = self.feed_socket(Some(&self.base)).await.unwrap();
        feed.send(&ClientFrame::Hello { ticket, wire: wire::VERSION, phone: None }).await;
        assert!(matches!(feed.next().await, Some(ServerFrame::Hello { .. })));
        feed
    }
}

pub struct Feed {
    pub socket: Socket,
}

impl Feed {
    pub async fn send(&mut self, frame: &ClientFrame) {
        self.socket.send(Message::text(serde_json::to_string(frame).unwrap())).await.unwrap();
    }

    /// The next frame, or `None` when the server closed.
    pub async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(10), self.socket.next()).await.expect("a frame in 10 s");
            match message {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next frame that is neither heartbeat nor mark; heartbeats are answered.
    pub async fn next_state(&mut self) -> Option<ServerFrame> {
        loop {
            match self.next().await {
                Some(ServerFrame::Heartbeat { beat, .. }) => self.send(&ClientFrame::Heartbeat { beat }).await,
                Some(ServerFrame::Mark { .. }) => {}
                other => return other,
            }
        }
    }
}

/// A response's header as text; empty where it is missing.
pub fn header<'a>(answer: &'a reqwest::Response, name: &str) -> &'a str {
    answer.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// A call that rings.
pub fn ringing(contact: &str) -> wire::CallItem {
    wire::CallItem {
        contact: contact.into(),
        direction: wire::Direction::Incoming,
        peer: wire::Peer { address: "agent2".into(), display_name: None },
        state: wire::CallState::Ringing,
        started_at: 1,
        answered_at: None,
        queue: None,
        away: false,
    }
}

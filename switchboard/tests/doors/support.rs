//! A station of its own for each test, its state as its page tells it, and sockets that behave as they are told.

use std::future::Future;
use std::net::SocketAddr;
use switchboard::doors::address::{Reach, StationUrl};
use switchboard::doors::model::{Endpoint, Login, Trust};
use switchboard::doors::outcome::Verdict;
use switchboard::doors::recipe::{Command, Ipac, http};
use switchboard::sim::{Mode, Settings, Station};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wire::Secret;

pub const HERE: Reach = Reach { loopback: true };

pub fn settings() -> Settings {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    Settings {
        name: "north".into(),
        listen: any,
        page: any,
        mode: Mode::Digest,
        user: "toto".into(),
        password: "titi".into(),
        codes: ["1111".into(), "2222".into()],
        token: "APITOKEN".into(),
        tls: None,
        line: None,
    }
}

pub struct Sim {
    pub station: Station,
    http: reqwest::Client,
}

impl Sim {
    pub async fn start(settings: Settings) -> Self {
        Self { station: Station::start(settings).await.unwrap(), http: reqwest::Client::new() }
    }

    pub fn device(&self) -> SocketAddr {
        self.station.device()
    }

    pub async fn state(&self) -> serde_json::Value {
        self.http.get(format!("http://{}/demo/state", self.station.page())).send().await.unwrap().json().await.unwrap()
    }

    pub async fn set(&self, change: serde_json::Value) {
        let answer = self.http.post(format!("http://{}/demo/set", self.station.page())).json(&change).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{change}");
    }

    /// How often each relay closed.
    pub async fn pulses(&self) -> (u64, u64) {
        let state = self.state().await;
        let pulses = |index: usize| state["relays"][index]["pulses"].as_u64().unwrap();
        (pulses(0), pulses(1))
    }
}

pub fn digest(user: &str, password: &str) -> Login {
    Login::Digest { user: user.into(), password: Secret::new(password) }
}

pub fn ipac(device: SocketAddr, login: Login) -> Ipac {
    let url = StationUrl::parse(&format!("http://{device}")).unwrap();
    Ipac { endpoint: Endpoint { url, trust: Trust::Plain }, reach: HERE, login }
}

pub async fn open(station: &Ipac, relay: u8, code: &str) -> Verdict {
    http::command(station, &Command { relay, code: Some(Secret::new(code)) }).await
}

/// Listens and does this with every connection, after its request was read.
pub async fn listen<F: Future<Output = ()> + Send>(each: impl Fn(TcpStream, String) -> F + Send + Sync + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let each = each.clone();
            tokio::spawn(async move {
                let request = read_request(&mut stream).await;
                each(stream, request).await;
            });
        }
    });
    address
}

/// A station that gives every request this answer and closes.
pub async fn answering(answer: impl Into<Vec<u8>>) -> SocketAddr {
    let answer = answer.into();
    listen(move |mut stream, _| {
        let answer = answer.clone();
        async move {
            let _ = stream.write_all(&answer).await;
        }
    })
    .await
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let wanted = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= wanted.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return text,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
}

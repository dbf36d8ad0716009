//! The simulated door stations of the demo: two processes of their own, which end when this one does, however it ends.

use super::{DOMAIN, PASSWORD};
use crate::config::SiteDoors;
use crate::doors::address::{Reach, StationUrl};
use crate::doors::model::{Code, Endpoint, Entrance, Line, Login, Relay, Rings, Station, Trust};
use crate::doors::pictures::{PictureKind, PictureSource, Token};
use crate::doors::recipe::{Ipac, Recipe};
use crate::net::media_addresses;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use wire::Secret;

/// A station is up by then.
const STARTS_WITHIN: Duration = Duration::from_secs(15);
/// Codes of the two relays of every station.
const CODES: [&str; 2] = ["1111", "2222"];

/// What a station of the demo is.
struct Sample {
    name: &'static str,
    entrance: &'static str,
    instructions: &'static str,
    relays: [&'static str; 2],
    /// Whoever opens the second relay types its code.
    typed: bool,
    rings: Rung,
}

/// Whom it rings.
enum Rung {
    People(&'static [&'static str]),
    Queue(&'static str),
}

const SAMPLES: [Sample; 2] = [
    Sample {
        name: "north",
        entrance: "North lobby, street door",
        instructions: "Parcels go to the lockers behind the stairs. After 22:00 ask for the name of the flat before you open.",
        relays: ["Street door", "Lift"],
        typed: false,
        rings: Rung::People(&["agent1", "agent2", "concierge"]),
    },
    Sample {
        name: "south",
        entrance: "South gate",
        instructions: "Deliveries by lorry only through this gate. The garage opens with the code of the day.",
        relays: ["Gate", "Garage"],
        typed: true,
        rings: Rung::Queue("reception"),
    },
];

/// The running stations.
#[derive(Debug)]
pub struct Stations {
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    entrance: Entrance,
    page: String,
}

impl Stations {
    /// Starts them for a switchboard on this port. Until it serves they try to register again and again.
    ///
    /// # Errors
    /// One clear sentence: this program cannot be started again, or a station does not come up.
    pub async fn start(port: u16) -> Result<Self, String> {
        let mut running = Vec::new();
        for sample in &SAMPLES {
            running.push(sample.start(port).await?);
        }
        Ok(Self { running })
    }

    /// The entrances of these stations, by site.
    #[must_use]
    pub fn doors(&self) -> Vec<SiteDoors> {
        let each = SAMPLES.iter().zip(&self.running);
        each.map(|(sample, running)| SiteDoors {
            site: sample.name.into(),
            instructions: sample.instructions.into(),
            entrances: vec![running.entrance.clone()],
            ..SiteDoors::default()
        })
        .collect()
    }

    /// A line for each station that names its page.
    #[must_use]
    pub fn pages(&self) -> Vec<String> {
        SAMPLES.iter().zip(&self.running).map(|(sample, running)| format!("station {} {}", sample.name, running.page)).collect()
    }

    /// Ends them.
    pub async fn stop(self) {
        for mut running in self.running {
            // The end of its standard input is its signal.
            drop(running.child.stdin.take());
            if timeout(Duration::from_secs(2), running.child.wait()).await.is_err() {
                let _ = running.child.kill().await;
            }
        }
    }
}

impl Sample {
    async fn start(&self, port: u16) -> Result<Running, String> {
        let failed = |cause: String| format!("the simulated station `{}` does not start: {cause}", self.name);
        let program = std::env::current_exe().map_err(|e| failed(e.to_string()))?;
        let mut command = Command::new(program);
        command.args(["station", "--while-fed", "--name", self.entrance, "--listen", "127.0.0.1:0", "--page", "127.0.0.1:0"]);
        command.args(["--code-1", CODES[0], "--code-2", CODES[1], "--password", PASSWORD, "--token", PASSWORD]);
        command.args(["--sip", &format!("ws://127.0.0.1:{port}/sip"), "--sip-domain", DOMAIN, "--sip-user", self.name]);
        command.args(["--sip-password", PASSWORD, "--rings", self.name]);
        for address in media_addresses() {
            command.args(["--media", &address.to_string()]);
        }
        if std::env::var_os("PORTICO_LOG").is_none() {
            command.env("PORTICO_LOG", "warn");
        }
        // A key that ends the demo in a terminal goes to every process of it; the station waits for us all the same.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
        let output = child.stdout.take().ok_or_else(|| failed("it has no output".into()))?;
        let mut line = String::new();
        let read = timeout(STARTS_WITHIN, BufReader::new(output).read_line(&mut line)).await;
        let ready = || {
            let (device, page) = line.trim().strip_prefix("ready ")?.split_once(" page ")?;
            Some((self.entrance(device.parse().ok()?)?, page.to_owned()))
        };
        match (read, ready()) {
            (Ok(Ok(_)), Some((entrance, page))) => Ok(Running { child, entrance, page }),
            (Ok(Err(e)), _) => Err(failed(e.to_string())),
            (_, _) => Err(failed(format!("it says `{}`", line.trim()))),
        }
    }

    fn entrance(&self, device: SocketAddr) -> Option<Entrance> {
        let url = |path: &str| StationUrl::parse(&format!("http://{device}{path}"));
        let endpoint = |url: StationUrl| Endpoint { url, trust: Trust::Plain };
        let (api, video) = (url("").ok()?, url("/video.mjpeg").ok()?);
        // The switchboard and its stations are on one machine.
        let reach = Reach { loopback: true };
        let relay = |index: usize, name: &str| Relay {
            number: if index == 0 { 1 } else { 2 },
            name: name.into(),
            code: if index == 1 && self.typed { Code::Typed } else { Code::Stored(Secret::new(CODES[index])) },
            pulse_ms: u32::try_from(crate::sim::PULSE_MS).unwrap_or(3_000),
        };
        Some(Entrance {
            id: self.name.into(),
            name: self.entrance.into(),
            station: Station {
                sip_user: Some(self.name.into()),
                line: Some(Line {
                    password: Secret::new(PASSWORD),
                    rings: match self.rings {
                        Rung::People(users) => Rings::People(users.iter().map(|user| (*user).to_owned()).collect()),
                        Rung::Queue(name) => Rings::Queue { name: name.to_owned(), priority: 0 },
                    },
                }),
                recipe: Recipe::Ipac(Ipac {
                    endpoint: endpoint(api),
                    reach,
                    login: Login::Digest { user: "admin".into(), password: Secret::new(PASSWORD) },
                }),
                pictures: Some(PictureSource {
                    kind: PictureKind::Mjpeg,
                    endpoint: endpoint(video),
                    reach,
                    token: Some(Token { parameter: "api_token".into(), value: Secret::new(PASSWORD) }),
                    login: None,
                }),
                relays: self.relays.iter().enumerate().map(|(index, name)| relay(index, name)).collect(),
            },
        })
    }
}

/// A port that nobody uses, where none is named: the stations have to know it before the switchboard serves.
///
/// # Errors
/// One clear sentence: the system has no free port.
pub async fn free_port(port: u16) -> Result<u16, String> {
    if port != 0 {
        return Ok(port);
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|e| format!("the system gives no free port: {e}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|e| e.to_string())
}

//! The configuration, checked. `file` reads the TOML, `check` turns it into these types and names each mistake with its line.

mod check;
mod doors;
mod error;
mod file;
mod queues;
pub mod rules;
mod skills;

pub use check::parse;
pub use doors::SiteDoors;
pub use error::ConfigError;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use wire::{IcePolicy, Role, Secret};

/// Everything that the server is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[http]`
    pub http: Http,
    /// `[tls]`; plain HTTP without it.
    pub tls: Option<Tls>,
    /// `[ice]`
    pub ice: Ice,
    /// `[media]`
    pub media: Media,
    /// `[store]`
    pub store: StoreSettings,
    /// `[limits]`
    pub limits: Limits,
    /// `[[tenants]]`
    pub tenants: Vec<Tenant>,
    /// Sample people of `switchboard demo` have device passwords equal to their sign-in password. Never from a file.
    pub demo_device_password: Option<Secret>,
}

/// Where the pages and the API are served.
#[derive(Debug, Clone)]
pub struct Http {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Origins (`scheme://host[:port]`) whose pages may use the API and the sockets.
    pub origins: Vec<String>,
    /// Directory of the built app.
    pub app: Option<PathBuf>,
    /// Proxies whose forwarded headers are believed, canonical.
    pub behind_proxy: Vec<IpAddr>,
    /// Addresses besides loopback that may read `/metrics`, canonical.
    pub metrics_from: Vec<IpAddr>,
}

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum Tls {
    /// PEM files.
    Files {
        /// Chain, server certificate first.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
    },
    /// A private CA that is made on first start and signs a certificate for these names.
    PrivateCa {
        /// Where CA and certificate are kept.
        directory: PathBuf,
        /// Host names and addresses of the server.
        names: Vec<String>,
    },
}

/// `[ice]`: what the desks gather candidates with.
#[derive(Debug, Clone)]
pub struct Ice {
    /// `stun:` addresses.
    pub stun: Vec<String>,
    /// `turn:` and `turns:` addresses.
    pub turn: Vec<String>,
    /// Secret shared with the TURN server (REST convention).
    pub secret: Option<Secret>,
    /// All candidates or relayed ones only.
    pub policy: IcePolicy,
}

/// `[media]`: the switchboard's own media legs.
#[derive(Debug, Clone)]
pub struct Media {
    /// Addresses put into candidates.
    pub addresses: Vec<IpAddr>,
    /// First and last UDP port.
    pub udp_ports: (u16, u16),
}

/// `[store]`
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// `sqlite:<file>` or `postgres://…`
    pub url: Secret,
    /// Directory of the key files.
    pub keys: PathBuf,
}

/// `[limits]`: each with its default in [`Limits::default`].
#[derive(Debug, Clone)]
pub struct Limits {
    /// Hours until a session ends.
    pub session_hours: u32,
    /// Minutes until the SIP and TURN credentials of a desk end.
    pub credential_minutes: u32,
    /// Failed sign-ins from one address in 15 minutes before it is told to wait.
    pub sign_in_per_address: u32,
    /// Failed sign-ins to one account in 15 minutes before it is told to wait.
    pub sign_in_per_account: u32,
    /// Sign-ins that may wait for the one hash that is computed at a time.
    pub sign_in_queue: u32,
    /// Open connections from one address.
    pub connections_per_address: u32,
    /// Open connections in all.
    pub connections: u32,
    /// Open SIP sockets of one person.
    pub sip_sockets_per_person: u32,
    /// Open feeds of one person.
    pub feeds_per_person: u32,
    /// Seconds that a SIP socket may stay without a registration or an authenticated request.
    pub sip_unregistered_seconds: u32,
    /// Milliseconds between feed heartbeats.
    pub heartbeat_ms: u32,
    /// Argon2 memory in KiB for new hashes and for unknown users.
    pub argon2_kib: u32,
    /// Argon2 passes for new hashes and for unknown users.
    pub argon2_passes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            session_hours: 12,
            credential_minutes: 10,
            sign_in_per_address: 50,
            sign_in_per_account: 10,
            sign_in_queue: 8,
            connections_per_address: 4_096,
            connections: 20_000,
            sip_sockets_per_person: 16,
            feeds_per_person: 16,
            sip_unregistered_seconds: 30,
            heartbeat_ms: 5_000,
            argon2_kib: 19_456,
            argon2_passes: 2,
        }
    }
}

/// One customer.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Short name; identifies the tenant in the database.
    pub name: String,
    /// Name to show.
    pub label: String,
    /// SIP domain and digest realm, lower case.
    pub domain: String,
    /// Sites.
    pub sites: Vec<wire::Site>,
    /// Their doors.
    pub doors: Vec<SiteDoors>,
    /// People.
    pub people: Vec<Person>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Reasons that an agent may give for a pause.
    pub pause_reasons: Vec<wire::Choice>,
    /// Agents are not shown that a supervisor listens.
    pub silent_supervision: bool,
    /// A foreign PBX that the desks of this tenant register with.
    pub pbx: Option<Pbx>,
}

/// One person of a tenant.
#[derive(Debug, Clone)]
pub struct Person {
    /// User name, lower case.
    pub user: String,
    /// Name to show.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Ids of the sites they may do it at.
    pub sites: Vec<String>,
    /// What they know, for the queues that ask for it.
    pub skills: crate::queue::Levels,
    /// Argon2 hash in PHC form.
    pub password: Option<Secret>,
    /// Account on the foreign PBX.
    pub pbx: Option<PbxAccount>,
}

/// One queue of a tenant.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    /// Name, which is what one dials; no person has it.
    pub name: String,
    /// Name to show.
    pub label: String,
    /// Id of its site: its hours, days and figures are those of there. Empty where the tenant has no sites.
    pub site: String,
    /// IANA time zone of the site; UTC where the tenant has no sites.
    pub zone: String,
    /// User names of the agents who get its calls.
    pub agents: Vec<String>,
    /// Penalties of agents that are not 0, by user name.
    pub penalties: std::collections::BTreeMap<String, u8>,
    /// What it asks of them, less and less as a caller waits.
    pub demand: crate::queue::Demand,
    /// Which of several free agents is rung first.
    pub strategy: crate::queue::io::Strategy,
    /// Agents rung for one caller at the same time where the strategy rings all.
    pub ring_at_once: u32,
    /// Visitors may call it from its page `/call/<name>`.
    pub public: bool,
    /// How long an agent is rung, in seconds.
    pub ring_seconds: u32,
    /// Longest wrap-up, in seconds; 0 for none.
    pub wrap_up_seconds: u32,
    /// What an agent may add to it at a time, in seconds.
    pub wrap_up_extend_seconds: u32,
    /// How often they may.
    pub wrap_up_extensions: u32,
    /// Longest wait, in seconds.
    pub max_wait_seconds: Option<u32>,
    /// Callers who may wait.
    pub max_waiting: u32,
    /// Queue for those who cannot stay.
    pub overflow: Option<String>,
    /// Rings in a row that pause an agent who misses them; 0 for never.
    pub pause_after_missed: u32,
    /// Seconds within which a call should be answered.
    pub target_seconds: u32,
    /// Share of the calls for which that should hold, in per cent.
    pub target_percent: u32,
    /// Seconds of waiting from which there is an alarm.
    pub alarm_seconds: u32,
    /// Whoever gives up within so many seconds is not counted as lost.
    pub short_seconds: u32,
    /// When it is open, in the time zone of its site.
    pub hours: Option<crate::queue::Hours>,
    /// What a call can have been about.
    pub dispositions: Vec<wire::Choice>,
}

/// A foreign PBX with SIP over WebSocket.
#[derive(Debug, Clone)]
pub struct Pbx {
    /// `ws:` or `wss:` address.
    pub websocket: String,
    /// Addresses of further edges of the same domain, best first; a desk keeps a socket to each.
    pub further_websockets: Vec<String>,
    /// Domain of the addresses of record.
    pub domain: String,
    /// Digest realm.
    pub realm: String,
    /// Header that carries the session identifier.
    pub session_id_header: String,
    /// Whose identity, asserted by the PBX, lets a desk act by itself: hosts or addresses.
    pub trusted: Vec<String>,
}

/// An account on the foreign PBX.
#[derive(Debug, Clone)]
pub struct PbxAccount {
    /// User part and digest user name.
    pub user: String,
    /// Digest password.
    pub password: Secret,
}

impl Config {
    /// Reads and checks a file. Relative paths in it are relative to its directory.
    ///
    /// # Errors
    /// The file cannot be read, or holds a mistake, which is named with its line and what to write instead.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|e| ConfigError::unreadable(path, &format!("the configuration cannot be read: {e}")))?;
        parse(&text, path)
    }

    /// Whether browsers see this server under `https:`: by its own certificate, or by a proxy with listed `https:` origins.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.tls.is_some() || (!self.http.origins.is_empty() && self.http.origins.iter().all(|o| o.starts_with("https:")))
    }
}

//! The shape of the TOML file. Names and references carry their place in the text, for messages.

use serde::Deserialize;
use toml::Spanned;
use wire::{IcePolicy, Role, Secret};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub http: Http,
    pub tls: Option<Spanned<Tls>>,
    #[serde(default)]
    pub ice: Ice,
    #[serde(default)]
    pub media: Media,
    pub store: Store,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub tenants: Vec<Spanned<Tenant>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Http {
    pub listen: Spanned<String>,
    #[serde(default)]
    pub origins: Vec<Spanned<String>>,
    pub app: Option<String>,
    #[serde(default)]
    pub behind_proxy: Vec<Spanned<String>>,
    #[serde(default)]
    pub metrics_from: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    pub certificate: Option<String>,
    pub key: Option<String>,
    pub private_ca: Option<String>,
    #[serde(default)]
    pub names: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Ice {
    #[serde(default)]
    pub stun: Vec<Spanned<String>>,
    #[serde(default)]
    pub turn: Vec<Spanned<String>>,
    pub secret_file: Option<Spanned<String>>,
    pub policy: Option<Spanned<Policy>>,
}

/// Without the catch-all variant of the wire type: a misspelt policy is a mistake here.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Policy {
    All,
    Relay,
}

impl From<Policy> for IcePolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::All => Self::All,
            Policy::Relay => Self::Relay,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Media {
    #[serde(default)]
    pub addresses: Vec<Spanned<String>>,
    pub udp_ports: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Store {
    pub url: Spanned<String>,
    pub keys: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tenant {
    pub name: Spanned<String>,
    pub label: Option<String>,
    pub domain: Spanned<String>,
    #[serde(default)]
    pub sites: Vec<Site>,
    #[serde(default)]
    pub people: Vec<Person>,
    #[serde(default)]
    pub queues: Vec<super::queues::Queue>,
    #[serde(default)]
    pub pause_reasons: Vec<super::queues::Choice>,
    #[serde(default)]
    pub silent_supervision: bool,
    pub pbx: Option<Spanned<Pbx>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Site {
    pub name: Spanned<String>,
    pub label: Option<String>,
    pub zone: Spanned<String>,
    pub instructions: Option<String>,
    #[serde(default)]
    pub codes_on_desks: bool,
    pub snapshots: Option<Spanned<super::doors::FileSnapshots>>,
    #[serde(default)]
    pub entrances: Vec<super::doors::FileEntrance>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub user: Spanned<String>,
    pub name: Option<String>,
    pub roles: Vec<FileRole>,
    #[serde(default)]
    pub sites: Vec<Spanned<String>>,
    #[serde(default)]
    pub skills: super::skills::FileLevels,
    pub password: Option<Spanned<Secret>>,
    pub pbx: Option<Spanned<PbxAccount>>,
}

/// Without the catch-all variant of the wire type: a misspelt role is a mistake here.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum FileRole {
    Agent,
    Concierge,
    Supervisor,
    Viewer,
    Administrator,
}

impl From<FileRole> for Role {
    fn from(role: FileRole) -> Self {
        match role {
            FileRole::Agent => Self::Agent,
            FileRole::Concierge => Self::Concierge,
            FileRole::Supervisor => Self::Supervisor,
            FileRole::Viewer => Self::Viewer,
            FileRole::Administrator => Self::Administrator,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pbx {
    pub websocket: Spanned<String>,
    #[serde(default)]
    pub further_websockets: Vec<Spanned<String>>,
    pub domain: String,
    pub realm: Option<String>,
    pub session_id_header: Option<String>,
    #[serde(default)]
    pub trusted: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PbxAccount {
    pub user: String,
    pub password: Option<Secret>,
    pub password_file: Option<String>,
}

macro_rules! limits {
    ($($name:ident: $low:literal..=$high:literal),* $(,)?) => {
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Limits {
            $(pub $name: Option<Spanned<u32>>,)*
        }

        impl Limits {
            /// Puts the given values over the defaults; the first one outside its range is returned with what is allowed.
            pub fn apply(&self, limits: &mut super::Limits) -> Result<(), (std::ops::Range<usize>, &'static str, u32, u32)> {
                $(if let Some(value) = &self.$name {
                    if !($low..=$high).contains(value.get_ref()) {
                        return Err((value.span(), stringify!($name), $low, $high));
                    }
                    limits.$name = *value.get_ref();
                })*
                Ok(())
            }
        }
    };
}

limits! {
    session_hours: 1..=168,
    credential_minutes: 1..=1_440,
    sign_in_per_address: 1..=100_000,
    sign_in_per_account: 1..=100_000,
    sign_in_queue: 1..=1_000,
    connections_per_address: 8..=100_000,
    connections: 8..=1_000_000,
    sip_sockets_per_person: 1..=1_000,
    feeds_per_person: 1..=1_000,
    sip_unregistered_seconds: 5..=3_600,
    heartbeat_ms: 100..=60_000,
    argon2_kib: 8..=1_048_576,
    argon2_passes: 1..=100,
}

//! The sample tenant of `switchboard demo`: people, places and simulated stations, never calls, figures or log rows.

mod stations;

pub use stations::{Stations, free_port};

use crate::config::{Config, Http, Ice, Limits, Media, Person, Queue, StoreSettings, Tenant};
use crate::http::hash_password;
use crate::store::sqlite_url;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use wire::{IcePolicy, Role, Secret, Site};

/// SIP domain of the sample tenant.
pub const DOMAIN: &str = "portico.test";
/// Password of all sample people, for sign-in and, here only, for foreign SIP clients.
pub const PASSWORD: &str = "portico";

const PEOPLE: [(&str, &str, &[Role]); 5] = [
    ("agent1", "Agent One", &[Role::Agent]),
    ("agent2", "Agent Two", &[Role::Agent]),
    ("supervisor", "Supervisor", &[Role::Supervisor, Role::Agent]),
    ("concierge", "Concierge", &[Role::Concierge, Role::Agent]),
    ("admin", "Administrator", &[Role::Administrator]),
];

/// The configuration of the demo, without stations. It listens on loopback only: its password is known to everybody.
///
/// # Errors
/// The password cannot be hashed.
pub fn config(port: u16, app: Option<PathBuf>, data: PathBuf) -> Result<Config, String> {
    let limits = Limits::default();
    let password = Secret::new(hash_password(&Secret::new(PASSWORD), &limits)?);
    let sites = vec![
        Site { id: "north".into(), name: "North lobby".into(), zone: "Europe/Rome".into() },
        Site { id: "south".into(), name: "South gate".into(), zone: "Europe/London".into() },
    ];
    let people = PEOPLE.map(|(user, name, roles)| Person {
        user: user.into(),
        name: name.into(),
        roles: roles.to_vec(),
        sites: sites.iter().map(|site| site.id.clone()).collect(),
        skills: crate::queue::Levels::new(),
        password: Some(password.clone()),
        pbx: None,
    });
    let tenant = Tenant {
        name: "demo".into(),
        label: "Portico demo".into(),
        domain: DOMAIN.into(),
        sites,
        people: people.to_vec(),
        queues: vec![
            queue("support", "Support", &["agent1", "agent2"], Some("reception")),
            queue("reception", "Reception", &["concierge", "supervisor"], None),
        ],
        silent_supervision: false,
        pause_reasons: choices(&[("break", "Break"), ("lunch", "Lunch"), ("training", "Training")]),
        doors: Vec::new(),
        pbx: None,
    };
    Ok(Config {
        http: Http {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            origins: Vec::new(),
            app,
            behind_proxy: Vec::new(),
            metrics_from: Vec::new(),
        },
        tls: None,
        ice: Ice { stun: Vec::new(), turn: Vec::new(), secret: None, policy: IcePolicy::All },
        media: Media { addresses: Vec::new(), udp_ports: (20_000, 20_999) },
        store: StoreSettings { url: Secret::new(sqlite_url(&data.join("portico.sqlite"))), keys: data.join("keys") },
        limits,
        tenants: vec![tenant],
        demo_device_password: Some(Secret::new(PASSWORD)),
    })
}

fn queue(name: &str, label: &str, agents: &[&str], overflow: Option<&str>) -> Queue {
    Queue {
        name: name.into(),
        label: label.into(),
        site: "north".into(),
        zone: "Europe/Rome".into(),
        agents: agents.iter().map(|agent| (*agent).to_owned()).collect(),
        penalties: std::collections::BTreeMap::new(),
        demand: crate::queue::Demand::default(),
        strategy: crate::queue::io::Strategy::default(),
        ring_at_once: 10,
        public: true,
        ring_seconds: 20,
        wrap_up_seconds: 60,
        wrap_up_extend_seconds: 60,
        wrap_up_extensions: 2,
        max_wait_seconds: overflow.map(|_| 120),
        max_waiting: 50,
        overflow: overflow.map(str::to_owned),
        pause_after_missed: 3,
        target_seconds: 20,
        target_percent: 80,
        alarm_seconds: 120,
        short_seconds: 5,
        hours: None,
        dispositions: choices(&[("solved", "Solved"), ("callback", "Call back"), ("forwarded", "Passed on"), ("other", "Other")]),
    }
}

fn choices(all: &[(&str, &str)]) -> Vec<wire::Choice> {
    all.iter().map(|(name, label)| wire::Choice { name: (*name).into(), label: (*label).into() }).collect()
}

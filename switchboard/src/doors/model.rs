//! What there is to open: tenant → site → entrance → station → relays. Plain values, made from the checked configuration.

use super::address::StationUrl;
use super::pictures::PictureSource;
use super::recipe::Recipe;
use super::snapshots::Keeping;
use crate::directory::Person;
use crate::ids::TenantId;
use wire::Secret;

/// All doors of this server.
#[derive(Debug, Clone, Default)]
pub struct Premises {
    /// Sites of all tenants.
    pub sites: Vec<Site>,
}

/// One address of a customer.
#[derive(Debug, Clone)]
pub struct Site {
    /// Whose it is.
    pub tenant: TenantId,
    /// Short name, unique in the tenant.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// IANA time zone; schedules of the site are read in it.
    pub zone: String,
    /// What whoever answers has to know, shown with the ring.
    pub instructions: String,
    /// Desks may get stored codes, to play them as tones in their own call.
    pub codes_on_desks: bool,
    /// Which pictures are kept; none where it says nothing.
    pub keeps: Option<Keeping>,
    /// Its doors.
    pub entrances: Vec<Entrance>,
}

/// One door, gate or barrier.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// Short name, unique in the tenant.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// The device at the door.
    pub station: Station,
}

/// The device at a door: it rings, shows a picture and holds the relays.
#[derive(Debug, Clone)]
pub struct Station {
    /// User part of its SIP address, where it rings by SIP.
    pub sip_user: Option<String>,
    /// Its SIP account here; without one it rings through a foreign PBX or not at all.
    pub line: Option<Line>,
    /// How its relays are commanded.
    pub recipe: Recipe,
    /// Where its picture comes from.
    pub pictures: Option<PictureSource>,
    /// What it can switch.
    pub relays: Vec<Relay>,
}

/// The SIP account of a station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Digest password; the user is the station's own.
    pub password: Secret,
    /// Whom it rings, whatever it dials.
    pub rings: Rings,
}

/// Whom a station rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rings {
    /// These people at once.
    People(Vec<String>),
    /// A queue of the tenant.
    Queue {
        /// Its name.
        name: String,
        /// Priority with which it waits there, 0 to 3.
        priority: u8,
    },
}

/// One contact of a station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// Number on the station, from 1.
    pub number: u8,
    /// Name to show.
    pub name: String,
    /// The code that goes with the command.
    pub code: Code,
    /// How long the relay stays closed; a second release within this time finds it busy.
    pub pulse_ms: u32,
}

/// Where the code of a relay comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// The station wants none.
    None,
    /// Kept by the server. It never goes to a page.
    Stored(Secret),
    /// Whoever opens types it. Wrong ones are counted and limited.
    Typed,
}

/// How the server proves itself to a station's HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// User and password stand in the body (the factory setting of some stations).
    Body {
        /// User name.
        user: String,
        /// Password.
        password: Secret,
    },
    /// HTTP Basic (RFC 7617).
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: Secret,
    },
    /// HTTP Digest (RFC 7616).
    Digest {
        /// User name.
        user: String,
        /// Password.
        password: Secret,
    },
}

/// An HTTP address of a station and what its certificate must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it is.
    pub url: StationUrl,
    /// How its TLS certificate is judged; not used with `http:`.
    pub trust: Trust,
}

/// Which certificate a station may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// None: the address is plain HTTP.
    Plain,
    /// One that these authorities signed for the station's name (DER).
    Authorities(Vec<Vec<u8>>),
    /// Exactly the one with this SHA-256 fingerprint, as enrolled. Its name does not matter.
    Fingerprint([u8; 32]),
}

impl Premises {
    /// The entrance of this name in a tenant. Names of other tenants are as good as unknown.
    #[must_use]
    pub fn entrance(&self, tenant: &TenantId, id: &str) -> Option<(&Site, &Entrance)> {
        let sites = self.sites.iter().filter(|site| site.tenant == *tenant);
        sites.flat_map(|site| site.entrances.iter().map(move |entrance| (site, entrance))).find(|(_, entrance)| entrance.id == id)
    }

    /// The sites of a person that have doors.
    pub fn with_doors_of(&self, person: &Person) -> impl Iterator<Item = &Site> {
        let bound = |site: &Site| person.sites.iter().any(|bound| bound.id == site.id);
        self.sites.iter().filter(move |site| site.tenant == person.tenant && !site.entrances.is_empty() && bound(site))
    }

    /// The entrance whose station rings with this user name.
    #[must_use]
    pub fn by_sip_user(&self, tenant: &TenantId, user: &str) -> Option<(&Site, &Entrance)> {
        let sites = self.sites.iter().filter(|site| site.tenant == *tenant);
        let mut doors = sites.flat_map(|site| site.entrances.iter().map(move |entrance| (site, entrance)));
        doors.find(|(_, entrance)| entrance.station.sip_user.as_deref() == Some(user))
    }
}

impl Station {
    /// The relay with this number.
    #[must_use]
    pub fn relay(&self, number: u8) -> Option<&Relay> {
        self.relays.iter().find(|relay| relay.number == number)
    }
}

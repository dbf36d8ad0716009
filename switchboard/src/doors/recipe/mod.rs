//! How relays are commanded: one file per way. What a command looks like and what an answer means is pure; `http` does the talking.

pub mod digest;
pub mod dtmf;
pub mod http;
pub mod ipac;

use super::address::Reach;
use super::model::{Endpoint, Login};
use dtmf::Tones;
use wire::Secret;

/// The way of one station.
#[derive(Debug, Clone)]
pub enum Recipe {
    /// `POST /api/remote/` of IPAC stations.
    Ipac(Ipac),
    /// SIP INFO in the station's own dialog; the exchange sends it.
    DtmfInfo(Tones),
    /// RFC 4733 tones from whoever ends the station's media.
    DtmfRtp(Tones),
}

/// An IPAC station's API.
#[derive(Debug, Clone)]
pub struct Ipac {
    /// Address of the station; the API's path is added.
    pub endpoint: Endpoint,
    /// What may be reached.
    pub reach: Reach,
    /// How we prove ourselves.
    pub login: Login,
}

/// One command to one relay.
#[derive(Debug, Clone)]
pub struct Command {
    /// Which relay, from 1.
    pub relay: u8,
    /// The code; stations of this kind always want one.
    pub code: Option<Secret>,
}

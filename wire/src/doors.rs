//! Doors: what a desk may open, a release, and what became of it.

use crate::{Secret, UnixMs};
use serde::{Deserialize, Serialize};

/// The answer of `GET /api/doors`: the sites of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorList {
    /// Sites with at least one door.
    pub sites: Vec<DoorSite>,
    /// The server's clock at the moment of the answer: ids of releases are made with it.
    pub now: UnixMs,
}

/// A site and its doors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorSite {
    /// Id of the site.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// What whoever answers has to know; plain text, may be empty.
    pub instructions: String,
    /// Its doors.
    pub doors: Vec<Door>,
}

/// A door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// Id of the entrance.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// User part of the SIP address that its station rings with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip_user: Option<String>,
    /// Whether there is a picture.
    pub pictures: bool,
    /// What can be switched.
    pub relays: Vec<DoorRelay>,
}

/// A relay of a door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorRelay {
    /// Its number, for [`ReleaseRequest::relays`].
    pub relay: u8,
    /// Name to show.
    pub name: String,
    /// Whether whoever opens has to type a code.
    pub typed_code: bool,
}

/// The body of `POST /api/doors/{entrance}/release`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRequest {
    /// A UUID of version 7, made by the desk with the server's time. It is valid for five seconds and opens at most once; sent again it
    /// is answered with what became of it.
    pub id: String,
    /// Which relays.
    pub relays: Vec<u8>,
    /// The code that was typed, where a relay wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Secret>,
    /// The call that it belongs to: the caller's half of its session identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// What the person writes down.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// An administrator tries one relay.
    #[serde(default)]
    pub test: bool,
}

/// What is known about a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its id.
    pub id: String,
    /// Site of the door; empty where the door is unknown.
    pub site: String,
    /// The door.
    pub entrance: String,
    /// Who asked: name to show.
    pub by: String,
    /// Whether it is a test.
    pub test: bool,
    /// When it was asked for.
    pub asked_at: UnixMs,
    /// When the last relay had its outcome; absent while one is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<UnixMs>,
    /// Each relay on its own.
    pub relays: Vec<RelayRelease>,
}

/// The answer to whoever asked for a release: how it stands, and what that desk itself has to play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseAnswer {
    /// How it stands.
    #[serde(flatten)]
    pub release: Release,
    /// Codes that the desk plays as tones in its call with the station. Each is handed out once and to nobody else; what became of it is
    /// told by [`TonesPlayed`], while `release` is still open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tones: Vec<ToneOrder>,
}

impl From<Release> for ReleaseAnswer {
    fn from(release: Release) -> Self {
        Self { release, tones: Vec::new() }
    }
}

/// A door code as RFC 4733 tones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToneOrder {
    /// For which relay.
    pub relay: u8,
    /// The keys, of `0-9 * # A-D`.
    pub digits: Secret,
    /// Milliseconds of a tone.
    pub tone_ms: u32,
    /// Milliseconds of silence between two tones.
    pub gap_ms: u32,
    /// Milliseconds of silence before the first one.
    pub lead_ms: u32,
}

impl ToneOrder {
    /// How long the whole takes, in milliseconds, with the silence behind the last tone.
    #[must_use]
    pub fn takes_ms(&self) -> u64 {
        let count = u64::try_from(self.digits.expose().len()).unwrap_or(u64::MAX);
        u64::from(self.lead_ms).saturating_add(count.saturating_mul(u64::from(self.tone_ms) + u64::from(self.gap_ms)))
    }
}

/// The body of `POST /api/doors/{entrance}/played`: a desk has carried out a [`ToneOrder`], or could not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TonesPlayed {
    /// Id of the release.
    pub id: String,
    /// For which relay.
    pub relay: u8,
    /// All tones have left. Otherwise none has: a desk that does not know says nothing.
    pub sent: bool,
}

/// What became of one relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayRelease {
    /// Its number.
    pub relay: u8,
    /// Its outcome; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ReleaseOutcome>,
    /// Why, as a fixed word such as `too_many_wrong_codes` or `tls_untrusted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Who opens it already, with [`ReleaseOutcome::Busy`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<String>,
    /// When the next try is allowed, after too many wrong codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMs>,
}

/// The outcomes of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseOutcome {
    /// The station said that it opened.
    Opened,
    /// The station does not understand the command.
    NotUnderstood,
    /// The station's schedule does not allow it at this hour.
    OutsideSchedule,
    /// The code is wrong, or not one that works from afar.
    BadCodeOrNotRemote,
    /// The relay is locked at the station.
    Locked,
    /// The relay is active already, or somebody else is opening it.
    Busy,
    /// The station does not accept the server's login.
    StationRefusedLogin,
    /// The server did not send the command.
    RefusedByUs,
    /// The command went out by a way that carries no answer.
    SentNotConfirmed,
    /// No answer came in time. It may have opened all the same.
    NoReply,
    /// An outcome of a later version: not opened as far as this page knows.
    #[serde(other)]
    Unknown,
}

//! The access log, who opened what: `GET /api/access?before=<cursor>&limit=<n>&find=<text>`, and the same as `/api/access.csv`.

use crate::{Peer, Release, UnixMs};
use serde::{Deserialize, Serialize};

/// A page of the access log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPage {
    /// The rows.
    pub rows: Vec<AccessRow>,
    /// Pass as `before` to get the page after this one; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One release and the call that it belongs to. A release of which only the beginning is known has relays without outcome; one without
/// relays is none: somebody rang, and a picture of that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRow {
    /// What was opened, by whom, and what became of each relay.
    pub release: Release,
    /// Name of the site, or its id where the configuration has it no more.
    pub site: String,
    /// Name of the door, or its id where the configuration has it no more.
    pub door: String,
    /// What the person wrote down.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Session identifier of the call that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Who rang in that call, where the call is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Peer>,
    /// Pictures that are kept of it, for those who may see them; oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<KeptPicture>,
}

/// A picture of a door, at `GET /api/snapshots/{id}` until its time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPicture {
    /// Its id.
    pub id: String,
    /// When it was taken.
    pub taken_at: UnixMs,
    /// It shows the ring; otherwise the opening.
    #[serde(default)]
    pub ring: bool,
}

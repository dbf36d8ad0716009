//! Who is signed in where, and who is locked out: `/api/sessions` and `/api/lockouts`.

use crate::UnixMs;
use serde::{Deserialize, Serialize};

/// Answer of `GET /api/sessions`: one's own, and for administrators those of everybody at their sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionList {
    /// The session that asks first, then one's own, then others; of each those first that began last.
    pub sessions: Vec<SessionItem>,
    /// `after` of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The server's clock.
    pub now: UnixMs,
}

/// A running session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionItem {
    /// What it is ended by. It opens nothing.
    pub id: String,
    /// Whose it is.
    pub person: WhoseSession,
    /// One's own.
    pub own: bool,
    /// The one that asks.
    pub current: bool,
    /// Browser and its version; empty where that cannot be told.
    pub browser: String,
    /// Operating system; empty where that cannot be told.
    pub system: String,
    /// The address that it was used from last.
    pub address: String,
    /// When it began.
    pub signed_in_at: UnixMs,
    /// When it was used last, to a minute.
    pub seen_at: UnixMs,
    /// When it ends by itself.
    pub expires_at: UnixMs,
    /// A desk of it is open at this moment.
    pub open: bool,
}

/// Whose session or account it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoseSession {
    /// Id of the person.
    pub id: String,
    /// User name.
    pub user: String,
    /// Name to show.
    pub display_name: String,
}

/// Answer of `DELETE /api/sessions` and `DELETE /api/sessions/<id>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsEnded {
    /// How many sessions that were.
    pub ended: u32,
}

/// Answer of `GET /api/lockouts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockoutList {
    /// The longest to last first.
    pub lockouts: Vec<Lockout>,
    /// The server's clock.
    pub now: UnixMs,
}

/// Too many wrong passwords: until a moment none is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lockout {
    /// What it is lifted by.
    pub id: String,
    /// What is locked out.
    pub kind: LockoutKind,
    /// The people whose accounts were tried, as far as they are one's own.
    pub people: Vec<WhoseSession>,
    /// Where the last try came from.
    pub address: String,
    /// When it began.
    pub since: UnixMs,
    /// When it ends by itself.
    pub until: UnixMs,
}

/// What is locked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockoutKind {
    /// An account, except in browsers in which its person has signed in before.
    Account,
    /// An account in one such browser.
    Browser,
    /// An address, for every account.
    Address,
    /// A kind of a later version.
    #[serde(other)]
    Unknown,
}

//! What a desk needs to register and to gather candidates: the answer of `POST /api/desk`.

use crate::{Secret, UnixMs};
use serde::{Deserialize, Serialize};

/// The profile of one desk. It expires: the page asks for a new one before [`SipAccount::expires_at`] and
/// [`IceSettings::expires_at`], and keeps it in memory only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskProfile {
    /// Where and as whom to register.
    pub sip: SipAccount,
    /// How to reach the other side's media.
    pub ice: IceSettings,
    /// Build of the server.
    pub build: String,
    /// The server's clock at the moment of the answer.
    pub now: UnixMs,
}

/// A SIP identity on the built-in exchange or on a foreign PBX.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipAccount {
    /// `ws:` or `wss:` address to connect to, with subprotocol `sip`.
    pub websocket_url: String,
    /// Further addresses of the same domain, best first: a socket is kept to each (RFC 5626), and calls go on over another one where
    /// one is lost. Empty in most houses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_urls: Vec<String>,
    /// Domain of the address of record `sip:user@domain`.
    pub domain: String,
    /// User part of the address of record.
    pub user: String,
    /// Name for the From header.
    pub display_name: String,
    /// User name for digest. On the built-in exchange it is `<unix seconds of expiry>:<user>`.
    pub auth_user: String,
    /// Password for digest.
    pub auth_password: Secret,
    /// The only realm whose challenges may be answered with this password.
    pub realm: String,
    /// When the password stops working; `None` for a fixed account on a foreign PBX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMs>,
    /// Name of the header that carries the session identifier of a call.
    pub session_id_header: String,
    /// Whose asserted identity lets this desk act by itself, as far as its user wants that: hosts (`pbx.example`) or addresses
    /// (`sip:reception@pbx.example`). Empty in most houses, and always on the built-in exchange.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted: Vec<String>,
    /// Whether the peer is the built-in exchange (takes candidates by INFO, keeps dialogs over a restart).
    pub exchange: bool,
}

/// Servers and policy for `RTCPeerConnection`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceSettings {
    /// STUN and TURN servers; may be empty.
    pub servers: Vec<IceServer>,
    /// Which candidates may be used.
    pub policy: IcePolicy,
    /// When the TURN credentials end, and a refreshed profile must be set by `setConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMs>,
}

/// One entry of `RTCConfiguration.iceServers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceServer {
    /// `stun:`, `turn:` or `turns:` addresses.
    pub urls: Vec<String>,
    /// User name, on TURN entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Password, on TURN entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Secret>,
}

/// Value of `RTCConfiguration.iceTransportPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IcePolicy {
    /// Every candidate.
    All,
    /// Relayed candidates only.
    Relay,
    /// A policy of a later version: read it as [`IcePolicy::All`].
    #[serde(other)]
    Unknown,
}

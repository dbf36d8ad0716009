//! Sign-in and the signed-in person: `/api/session`.

use crate::{Secret, UnixMs, WireVersion};
use serde::{Deserialize, Serialize};

/// Letters that a password has at least.
pub const PASSWORD_LEAST: usize = 8;

/// Body of `POST /api/session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The user name, or `user@sip-domain` where the server has several tenants.
    pub user: String,
    /// The sign-in password.
    pub password: Secret,
    /// The password from now on, where the present one is good for one sign-in only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_password: Option<Secret>,
}

/// Body of `POST /api/session/password`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The password of now.
    pub present: Secret,
    /// The one from now on.
    pub new: Secret,
}

/// Answer of `POST /api/session`, and of `GET /api/session`, which answers `null` to whoever is not signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Id of the person.
    pub id: String,
    /// User name: what one signs in with, and the user part of the SIP address.
    pub user: String,
    /// Name to show.
    pub display_name: String,
    /// The tenant that the person belongs to.
    pub tenant: Tenant,
    /// What the person may do.
    pub roles: Vec<Role>,
    /// The sites that the roles are bound to.
    pub sites: Vec<Site>,
    /// There are doors at these sites: a page leads to them before it has asked which.
    #[serde(default)]
    pub doors: bool,
    /// When the session ends; then every call answers 401 and the page asks for the password again.
    pub expires_at: UnixMs,
    /// The server's clock at the moment of the answer.
    pub now: UnixMs,
    /// Version of the JSON that the server speaks.
    pub wire: WireVersion,
    /// Build of the server. A page of another build reloads itself once it has no call and no ring.
    pub build: String,
}

/// One customer of the switchboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Id of the tenant.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// SIP domain, which is the digest realm too.
    pub domain: String,
}

/// A building or a location of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Short name, unique in the tenant.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// IANA time zone, in which schedules and hours of this site are read.
    pub zone: String,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes and makes calls.
    Agent,
    /// Takes door rings and opens doors.
    Concierge,
    /// Sees and steers queues and agents.
    Supervisor,
    /// Sees, and changes nothing.
    Viewer,
    /// Changes the configuration.
    Administrator,
    /// A role of a later version: grants nothing.
    #[serde(other)]
    Unknown,
}

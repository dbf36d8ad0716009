//! Links to the wallboard, for screens at which nobody signs in.

use crate::{AgentState, AgentStatus, Choice, Secret, UnixMs, WireVersion};
use serde::{Deserialize, Serialize};

/// Letters of a link's name.
pub const WALL_NAME_LIMIT: usize = 60;

/// Days after which a link ends at the latest.
pub const WALL_DAYS_LIMIT: u32 = 90;

/// Body of `POST /api/walls`: make a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallWish {
    /// What it is called in the list: 1 to [`WALL_NAME_LIMIT`] letters.
    pub name: String,
    /// Names of the queues that it shows; at least one.
    pub queues: Vec<String>,
    /// Days until it ends: 1 to [`WALL_DAYS_LIMIT`].
    pub days: u32,
}

/// The links to the queues of one's sites: answer of `GET`, `POST` and `DELETE` on `/api/walls`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WallList {
    /// The newest first.
    pub links: Vec<WallLink>,
    /// Queues that one may show by a link.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The token of the link that was just made, shown this once: the page's address is `/wall#<token>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
}

/// A link that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallLink {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Names to show of its queues.
    pub queues: Vec<String>,
    /// Who made it: name to show.
    pub by: String,
    /// When it ends.
    pub expires_at: UnixMs,
    /// When a screen came with it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<UnixMs>,
    /// Screens that show it at this moment.
    pub screens: u32,
}

/// Body of `POST /api/wall`: a screen comes with a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallOpen {
    /// What stood behind the `#` of its address.
    pub token: Secret,
}

/// A screen's right to the wallboard: answer of `GET` and `POST` on `/api/wall`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallPass {
    /// What the link is called.
    pub name: String,
    /// When it ends.
    pub expires_at: UnixMs,
    /// The server's clock.
    pub now: UnixMs,
    /// What the switchboard speaks.
    pub wire: WireVersion,
}

/// How many agents do what: all that a wallboard says of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Staff {
    /// Can be given a caller.
    pub ready: u32,
    /// Ring or are in a call.
    pub busy: u32,
    /// Finish a call.
    pub wrap_up: u32,
    /// Take no calls although their phone is there.
    pub paused: u32,
}

impl Staff {
    /// Counts agents.
    #[must_use]
    pub fn of<'a>(agents: impl Iterator<Item = &'a AgentStatus>) -> Self {
        let mut staff = Self::default();
        for status in agents {
            match status.state {
                AgentState::Ready if status.unready.is_none() => staff.ready += 1,
                AgentState::Ringing | AgentState::OnCall => staff.busy += 1,
                AgentState::WrapUp => staff.wrap_up += 1,
                AgentState::Paused => staff.paused += 1,
                AgentState::Ready | AgentState::Offline | AgentState::Unknown => {}
            }
        }
        staff
    }
}

//! What survives a reload of the page, besides what the SIP agent keeps of its calls.

use serde::{Deserialize, Serialize};
use wire::SuperviseMode;

use super::call::{Stage, Unasked};
use super::{CallKey, Desk};

/// What only the desk knows of an answered call. No name, number or secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallNotes {
    /// When it was dialled or began to ring, UTC ms of the browser.
    pub began: i64,
    /// When it was answered, UTC ms of the browser.
    pub answered: i64,
    /// Our microphone is silenced.
    pub muted: bool,
    /// Our camera is sent.
    pub camera: bool,
    /// It was answered without the user, who may still have to hear of it.
    #[serde(default)]
    pub unasked: bool,
    /// Somebody takes part in a call of somebody else by it.
    #[serde(default)]
    pub part: Option<KeptPart>,
}

/// Whose part in whose call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeptPart {
    /// Somebody in charge in a call of ours.
    Theirs {
        /// Handle of ours.
        of: u64,
        /// Who hears them.
        mode: SuperviseMode,
        /// The user is to see it.
        shown: bool,
    },
    /// Ours in a call of an agent.
    Ours {
        /// Id of theirs.
        contact: String,
        /// Who hears us.
        mode: SuperviseMode,
    },
}

/// A visit that goes on after a reload, called or answered. What proves whose place it is is in a cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptVisit {
    /// The queue as the page's address names it.
    pub path: String,
    /// The name that the visitor gave.
    pub name: String,
}

/// A shift or visit that a page before this one had to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Id of the person, or name of the guest: nobody else goes on with it.
    pub person: String,
    /// It is a guest's.
    pub visit: Option<KeptVisit>,
    /// Notes of the calls that the SIP agent will bring back.
    pub calls: Vec<(CallKey, CallNotes)>,
}

impl Desk {
    /// What a later page has to know of this call; `None` unless it is answered and goes on.
    #[must_use]
    pub fn call_notes(&self, key: CallKey) -> Option<CallNotes> {
        if let Some(supervisor) = self.state.supervisors.iter().find(|supervisor| supervisor.key == key) {
            return Some(CallNotes { began: 0, answered: 0, muted: false, camera: false, unasked: false, part: Some(supervisor.kept()) });
        }
        let call = self.state.calls.iter().find(|call| call.key == key && call.stage == Stage::Active)?;
        let answered = call.answered_unix?;
        let part = call.part.as_ref().map(|part| KeptPart::Ours { contact: part.contact.clone(), mode: part.mode });
        let unasked = call.unasked == Unasked::Answered;
        Some(CallNotes { began: call.began_unix, answered, muted: call.muted, camera: call.camera, unasked, part })
    }
}

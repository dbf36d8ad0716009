//! What survives a reload of the page, besides what the SIP agent keeps of its calls.

use serde::{Deserialize, Serialize};

use super::call::Stage;
use super::{CallKey, Desk};

/// What only the desk knows of an answered call. No name, number or secret is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallNotes {
    /// When it was dialled or began to ring, UTC ms of the browser.
    pub began: i64,
    /// When it was answered, UTC ms of the browser.
    pub answered: i64,
    /// Our microphone is silenced.
    pub muted: bool,
    /// Our camera is sent.
    pub camera: bool,
}

/// A shift that a page before this one had to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Id of the person: nobody else goes on with it.
    pub person: String,
    /// Notes of the calls that the SIP agent will bring back.
    pub calls: Vec<(CallKey, CallNotes)>,
}

impl Desk {
    /// What a later page has to know of this call; `None` unless it is answered and goes on.
    #[must_use]
    pub fn call_notes(&self, key: CallKey) -> Option<CallNotes> {
        let call = self.state.calls.iter().find(|call| call.key == key && call.stage == Stage::Active)?;
        let answered = call.answered_unix?;
        Some(CallNotes { began: call.began_unix, answered, muted: call.muted, camera: call.camera })
    }
}

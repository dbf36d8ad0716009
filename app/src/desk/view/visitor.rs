//! The page of a visitor: before, in and after the one call.

use super::call::{EndCause, Waiting};
use super::device_check::{DeviceFault, DeviceState};
use crate::desk::state::{Session, Visit};
use crate::desk::{CallKey, Desk, Millis};

/// Why a visitor cannot call, or nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unable {
    /// Outside of the hours.
    Closed,
    /// Too many wait.
    Full,
    /// The longest wait is over.
    NobodyFree,
    /// There is no such queue.
    NoSuchQueue,
    /// The switchboard cannot be reached.
    Unreachable,
}

/// The page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VisitorView {
    /// Name of the queue; empty before it is known.
    pub label: String,
    /// What is shown.
    pub scene: Scene,
    /// The microphone is missing for this reason: one hears, and is not heard.
    pub microphone: Option<DeviceFault>,
    /// The link is down; it is being repaired.
    pub reconnecting: bool,
    /// The browser plays nothing before the visitor has touched the page.
    pub silent: bool,
}

/// What a visitor's page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scene {
    /// Asking the switchboard.
    #[default]
    Loading,
    /// "Call".
    Welcome,
    /// No call is possible.
    Unable(Unable),
    /// The browser asks for the microphone, the link is made.
    Preparing {
        /// The browser is asking.
        asking: bool,
    },
    /// In the queue.
    Waiting {
        /// Which call.
        call: CallKey,
        /// Since when.
        since: Millis,
        /// Where one stands, once it is known.
        place: Option<Waiting>,
    },
    /// In conversation.
    Talking {
        /// Which call.
        call: CallKey,
        /// Since when.
        since: Millis,
        /// Name of the other side.
        name: String,
        /// One is silent.
        muted: bool,
        /// The other side holds.
        held: bool,
    },
    /// The call is over.
    Over {
        /// Why.
        cause: EndCause,
    },
}

impl Desk {
    /// The visitor's page; the default for whoever is none.
    #[must_use]
    pub fn visitor_view(&self) -> VisitorView {
        let Session::Visitor(visitor) = &self.state.session else { return VisitorView::default() };
        let microphone = match self.state.devices.microphone {
            DeviceState::Failed(fault) => Some(fault),
            DeviceState::Unknown | DeviceState::Opening | DeviceState::Ready => None,
        };
        let scene = match visitor.visit {
            Visit::Asking => Scene::Loading,
            Visit::Open => Scene::Welcome,
            Visit::Unable(why) => Scene::Unable(why),
            Visit::Preparing => Scene::Preparing { asking: self.state.devices.microphone == DeviceState::Opening },
            Visit::Calling(key) => self.visitor_scene(key),
            Visit::Over(cause) => Scene::Over { cause },
        };
        let calling = matches!(visitor.visit, Visit::Calling(_));
        let (reconnecting, silent) = (calling && !self.state.ready(), calling && self.state.sound.silent());
        VisitorView { label: visitor.label.clone(), scene, microphone, reconnecting, silent }
    }

    fn visitor_scene(&self, key: CallKey) -> Scene {
        let Some(call) = self.state.calls.iter().find(|call| call.key == key) else { return Scene::Preparing { asking: false } };
        match call.answered_at.filter(|_| !call.waits()) {
            Some(since) => Scene::Talking { call: key, since, name: call.who.name.clone(), muted: call.muted, held: call.held_by_them },
            None => Scene::Waiting { call: key, since: call.queued_at.unwrap_or(call.began_at), place: call.place },
        }
    }
}

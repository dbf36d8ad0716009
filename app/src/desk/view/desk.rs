//! The desk: link, people, notices, what can be dialled.

use std::collections::BTreeSet;

use sip_ws::io::{LinkState, RegistrationFailure, RegistrationState};
use wire::{Person, Told, ToldWhat};

use super::device_check::DeviceFault;
use super::session::Shift;
use crate::desk::call::{presentable, presentable_up_to};
use crate::desk::state::Session;
use crate::desk::{CallKey, Desk, Millis};

/// The frame of the desk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeskView {
    /// Whether calls reach this desk.
    pub link: LinkView,
    /// Dialling is possible.
    pub may_dial: bool,
    /// The call that has our microphone; tones of the main dialpad go to it.
    pub active: Option<CallKey>,
    /// Things the user should know, the most urgent first.
    pub notices: Vec<Notice>,
    /// What somebody in charge did or wrote, the oldest first.
    pub told: Vec<ToldView>,
    /// The feed of the switchboard (people, presence) is up.
    pub feed: bool,
    /// The house trusts callers who may be answered without the user, where the user lets them.
    pub trusts: bool,
}

/// Whether calls reach this desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LinkView {
    /// No shift.
    #[default]
    Off,
    /// First connection and registration.
    Connecting,
    /// Registered.
    Ready,
    /// The connection was lost. Running calls keep their sound.
    Reconnecting {
        /// When the next attempt starts; `None` while one runs.
        retry_at: Option<Millis>,
    },
    /// The browser says that there is no network.
    Offline,
    /// The exchange refused to register us.
    Refused {
        /// Its status code.
        status: u16,
        /// When we ask again, if we do.
        retry_at: Option<Millis>,
    },
}

/// Something the user should know. The same notice is never shown twice at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Calls go on with a silent track.
    Microphone(DeviceFault),
    /// Video is only received.
    Camera(DeviceFault),
    /// The browser plays no sound before the next click or key.
    SoundLocked,
    /// The page must be loaded again to talk to a newer switchboard.
    NewVersion,
    /// The directory cannot be refreshed.
    FeedLost,
    /// A fault of our own; the call may go on, the page should be loaded again.
    Internal,
    /// The number or address could not be understood.
    BadTarget,
    /// The call could not be placed: no link to the exchange.
    NotConnected,
    /// The switchboard did not do what was asked for the queues.
    OrderRefused,
    /// What was asked for about others came too late: the caller or the agent does something else by now.
    OrderTooLate,
}

/// What somebody in charge did about one, or wrote to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldView {
    /// For [`Action::Seen`](crate::desk::action::Action::Seen).
    pub id: u64,
    /// Who.
    pub by: String,
    /// What.
    pub what: ToldKind,
}

/// What was done or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToldKind {
    /// Made ready.
    Ready,
    /// Paused, for this reason.
    Paused(Option<String>),
    /// The wrap-up was ended.
    WrapUpEnded,
    /// Calls of this queue come from now on.
    Joined(String),
    /// Calls of this queue come no more.
    Left(String),
    /// A caller is sent here.
    Assigned,
    /// They take our call over.
    TakenOver,
    /// A message.
    Message(String),
}

/// One person of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// User name, also what to dial.
    pub user: String,
    /// Name to show.
    pub name: String,
    /// Reachable or not.
    pub presence: Presence,
    /// It is me.
    pub me: bool,
    /// "Call" is possible.
    pub call: bool,
    /// "Video call" is possible.
    pub video_call: bool,
}

/// Reachability of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// Registered and free.
    Available,
    /// Being rung.
    Ringing,
    /// In a call.
    Busy,
    /// Registered, takes no calls.
    Away,
    /// Not registered.
    #[default]
    Offline,
}

impl Desk {
    /// The frame of the desk.
    #[must_use]
    pub fn desk_view(&self) -> DeskView {
        let active = self.state.calls.iter().find(|call| call.answered() && !call.hold_wanted);
        let dialling = || self.state.calls.iter().find(|call| call.takes_microphone());
        DeskView {
            link: self.link_view(),
            may_dial: self.state.ready(),
            active: active.or_else(dialling).map(|call| call.key),
            notices: self.state.notices.clone(),
            told: self.state.told.iter().filter_map(|told| self.told_view(told)).collect(),
            feed: self.state.feed.up,
            trusts: self.state.link.profile.as_ref().is_some_and(|profile| !profile.sip.trusted.is_empty()),
        }
    }

    /// The directory.
    #[must_use]
    pub fn people_view(&self) -> Vec<PersonView> {
        self.people(None)
    }

    /// These people, in no order.
    #[must_use]
    pub fn people_view_of(&self, users: &BTreeSet<String>) -> Vec<PersonView> {
        self.people(Some(users))
    }

    fn people(&self, only: Option<&BTreeSet<String>>) -> Vec<PersonView> {
        let me = match &self.state.session {
            Session::In(signed_in) => signed_in.me.id.as_str(),
            Session::Starting | Session::Out { .. } | Session::Visitor(_) => "",
        };
        // Of a foreign PBX the switchboard knows no registrations: nobody is known to be away.
        let blind = self.state.link.profile.as_ref().is_some_and(|profile| !profile.sip.exchange);
        let people = self.state.feed.people.iter();
        people
            .filter(|person| only.is_none_or(|users| users.contains(&person.user)))
            .map(|person| {
                let presence = presence(person);
                let me = person.id == me;
                let call = self.state.ready() && !me && (blind || presence != Presence::Offline);
                PersonView { user: person.user.clone(), name: presentable(&person.display_name), presence, me, call, video_call: call }
            })
            .collect()
    }

    /// `None` for what a later switchboard tells.
    fn told_view(&self, told: &Told) -> Option<ToldView> {
        let what = match &told.what {
            ToldWhat::Ready => ToldKind::Ready,
            ToldWhat::Paused { reason } => ToldKind::Paused(reason.as_deref().map(|reason| self.reason(reason))),
            ToldWhat::WrapUpEnded => ToldKind::WrapUpEnded,
            ToldWhat::Member { queue, on: true } => ToldKind::Joined(presentable(queue)),
            ToldWhat::Member { queue, on: false } => ToldKind::Left(presentable(queue)),
            ToldWhat::Assigned => ToldKind::Assigned,
            ToldWhat::TakenOver => ToldKind::TakenOver,
            ToldWhat::Message { text } => ToldKind::Message(presentable_up_to(text, wire::MESSAGE_LIMIT)),
            ToldWhat::Unknown => return None,
        };
        Some(ToldView { id: told.id, by: presentable(&told.by), what })
    }

    pub(super) fn link_view(&self) -> LinkView {
        let link = &self.state.link;
        if !link.running {
            return match self.state.shift() {
                Some(Shift::Starting) => LinkView::Connecting,
                Some(Shift::Off | Shift::On) | None => LinkView::Off,
            };
        }
        if !self.state.online {
            return LinkView::Offline;
        }
        match (&link.socket, &link.registration) {
            (LinkState::Up, _) if link.registered => LinkView::Ready,
            (LinkState::Up, RegistrationState::Failed { cause, retry_at }) => {
                let retry_at = retry_at.map(|at| at.0);
                match cause {
                    RegistrationFailure::Credentials { status } | RegistrationFailure::Refused { status, .. } => {
                        LinkView::Refused { status: *status, retry_at }
                    }
                    RegistrationFailure::NoReply | RegistrationFailure::LinkLost => LinkView::Reconnecting { retry_at },
                }
            }
            (LinkState::Down { retry_at, .. }, _) => LinkView::Reconnecting { retry_at: Some(retry_at.0) },
            (LinkState::Connecting { attempt }, _) if *attempt > 1 || link.was_ready => LinkView::Reconnecting { retry_at: None },
            (LinkState::Up, _) if link.was_ready => LinkView::Reconnecting { retry_at: None },
            (LinkState::Off | LinkState::Connecting { .. } | LinkState::Up, _) => LinkView::Connecting,
        }
    }
}

fn presence(person: &Person) -> Presence {
    match person.presence {
        wire::Presence::Offline | wire::Presence::Unknown => Presence::Offline,
        _ if person.silent => Presence::Away,
        wire::Presence::Available => Presence::Available,
        wire::Presence::Ringing => Presence::Ringing,
        wire::Presence::OnCall => Presence::Busy,
    }
}

//! One call: who, where it stands, what can be done.

use super::device_check::{DeviceFault, DeviceState};
use super::work::Moment;
use crate::desk::call::{Call, Stage, Transfer};
use crate::desk::state::{Supervisor, receives};
use crate::desk::{CallKey, Desk, Millis};

/// The other side of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Name to show; never empty (falls back to the number, then to the host).
    pub name: String,
    /// Number or address, if it says more than the name.
    pub number: Option<String>,
}

/// One call on the desk. Ringing calls for us are in `IncomingView`, not here.
#[derive(Clone, Debug, PartialEq)]
pub struct CallView {
    /// Which call.
    pub call: CallKey,
    /// The other side.
    pub who: Who,
    /// Where it stands.
    pub phase: CallPhase,
    /// The queue that it came through.
    pub queue: Option<String>,
    /// The door whose station it is.
    pub door: Option<String>,
    /// When it was answered, on the page's clock; the timer counts from here.
    pub answered_at: Option<Moment>,
    /// When it ended; the timer stops here.
    pub ended_at: Option<Millis>,
    /// "Mute" / "Unmute" with its state; absent when not possible.
    pub mute: Option<bool>,
    /// "Hold" / "Resume" with its state.
    pub hold: Option<bool>,
    /// "Turn camera on" / "off" with its state.
    pub camera: Option<bool>,
    /// "Keypad" is possible.
    pub keypad: bool,
    /// Digits sent in this call, newest last.
    pub digits: String,
    /// "Transfer" is possible.
    pub transfer: bool,
    /// Others of our calls whose other side this one can be connected with, and their names.
    pub connect: Vec<(CallKey, String)>,
    /// Who refused it asks not to be called before.
    pub retry_at: Option<Millis>,
    /// "Hang up" is possible.
    pub hang_up: bool,
    /// An ended call can be removed from the screen.
    pub dismiss: bool,
    /// Show the other side's picture.
    pub remote_video: bool,
    /// Show our own picture.
    pub local_video: bool,
    /// The user is asked whether somebody is to be called.
    pub asked: Option<Asked>,
    /// Things to say about this call.
    pub notices: Vec<CallNotice>,
    /// It is our part in a call of an agent: theirs, and who hears us.
    pub part: Option<PartView>,
    /// Who in charge takes part in it.
    pub supervisors: Vec<SupervisorView>,
}

/// Our part in a call of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartView {
    /// User name of the agent.
    pub user: String,
    /// Id of their call.
    pub contact: String,
    /// Who hears us.
    pub mode: SuperviseMode,
}

/// Somebody in charge who takes part in a call of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupervisorView {
    /// Their call, whose sound is played here.
    pub call: CallKey,
    /// Name to show; `None` where the user is not to see it.
    pub name: Option<String>,
    /// Who hears them.
    pub mode: SuperviseMode,
}

pub use wire::SuperviseMode;

/// A call that others want of us; `Action::Follow` is the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whom we are to call.
    pub to: String,
    /// What for.
    pub why: AskedBy,
}

/// Who wants us to call somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedBy {
    /// Whom we dialled sends us on to an address outside of our domain.
    Redirection,
    /// The other side transfers us.
    Transfer,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallPhase {
    /// The call leaves; nothing heard of the other side.
    Dialing,
    /// The other side rings.
    Ringing,
    /// In a queue.
    Queued(Waiting),
    /// The other side already sends sound before answering.
    EarlyMedia,
    /// We answered, media is being set up.
    Connecting,
    /// In conversation.
    Active,
    /// Held by us.
    Held,
    /// Held by the other side.
    HeldByThem,
    /// Held by both.
    HeldByBoth,
    /// Hang-up is on its way.
    Ending,
    /// We asked the exchange to connect the other side with somebody else.
    Transferring,
    /// Over.
    Ended(EndCause),
}

/// Where a caller stands in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// 1 for the next one.
    pub position: u32,
    /// Estimated wait in seconds, where one can be given.
    pub estimate_s: Option<u32>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndCause {
    /// We hung up.
    HungUp,
    /// The other side hung up.
    HungUpByThem,
    /// The exchange knows nothing of it any more.
    Gone,
    /// We gave up before an answer.
    Cancelled,
    /// They gave up before we answered: a missed call.
    Missed,
    /// Somebody else answered it.
    AnsweredElsewhere,
    /// We refused.
    Refused,
    /// The other side is busy.
    Busy,
    /// The other side refused.
    Declined,
    /// Nobody answered.
    NoAnswer,
    /// Nobody there at the moment.
    Unavailable,
    /// No such number.
    NotFound,
    /// The other side was connected with somebody else by us.
    Transferred,
    /// The queue is closed at this time.
    QueueClosed,
    /// As many wait in the queue as may.
    QueueFull,
    /// We may not call there.
    Forbidden,
    /// No common way to send sound.
    Incompatible,
    /// No media could be set up in this browser.
    MediaFailed,
    /// The exchange did not answer or the link was lost for too long.
    LinkLost,
    /// The exchange failed; its status code.
    ServerFailure(u16),
    /// Anything else; status code.
    Failed(u16),
}

/// Something to say about one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallNotice {
    /// They hear silence: our microphone is missing for this reason.
    SilentMicrophone(DeviceFault),
    /// They see nothing: our camera is missing for this reason.
    NoCamera(DeviceFault),
    /// Nothing has been received from the other side for some seconds.
    NothingReceived,
    /// The link to the exchange is down; the sound goes on.
    LinkDown {
        /// How long the exchange keeps the call.
        until: Millis,
    },
    /// The other side's page is being loaded again, or has lost its connection: the call waits for it.
    PeerAway,
    /// It was answered without the user, for a trusted caller.
    AnsweredUnasked,
    /// This page was loaded again and brings the sound back.
    Returning,
    /// The transfer did not happen, for this reason; the other side is on hold here.
    NotTransferred(EndCause),
}

impl Desk {
    /// All calls but the ones that ring here.
    #[must_use]
    pub fn call_views(&self) -> Vec<CallView> {
        let calls = self.state.calls.iter().filter(|call| call.stage != Stage::Incoming);
        calls.map(|call| self.call_view(call)).collect()
    }

    /// Answered calls other than this one, while neither is being transferred.
    fn connectable(&self, call: &Call) -> Vec<(CallKey, String)> {
        let free = |call: &Call| call.answered() && !call.waits() && call.part.is_none() && call.transfer != Transfer::Asked;
        if !free(call) {
            return Vec::new();
        }
        let others = self.state.calls.iter().filter(|other| other.key != call.key && free(other));
        others.map(|other| (other.key, other.who.name.clone())).collect()
    }

    fn call_view(&self, call: &Call) -> CallView {
        let devices = &self.state.devices;
        let fault = |state| match state {
            DeviceState::Failed(fault) => Some(fault),
            DeviceState::Unknown | DeviceState::Opening | DeviceState::Ready => None,
        };
        let (live, answered) = (call.live(), call.answered() && !call.waits());
        let ending = call.stage == Stage::Ending;
        let own = call.part.is_none();
        let talking = answered || call.stage == Stage::EarlyMedia;
        CallView {
            call: call.key,
            who: self.who(call),
            phase: phase(call),
            queue: self.queue_of(&call.session_id).map(|(label, _)| label),
            door: self.door_of(&call.address),
            answered_at: call.talking_since(),
            ended_at: match call.stage {
                Stage::Ended { at, .. } => Some(at),
                _ => None,
            },
            // Who listens is silent: another mode makes them heard.
            mute: (live && !ending && call.part.as_ref().is_none_or(|part| part.mode != SuperviseMode::Listen)).then_some(call.muted),
            hold: answered.then_some(call.hold_wanted),
            camera: (own && answered && (call.camera || self.camera_usable())).then_some(call.camera),
            keypad: own && talking,
            digits: call.digits.clone(),
            transfer: own && answered && call.transfer != Transfer::Asked,
            connect: self.connectable(call),
            retry_at: call.retry_at,
            hang_up: live && !ending,
            dismiss: !live,
            remote_video: talking && receives(call.video),
            local_video: live && call.camera && devices.camera == DeviceState::Ready,
            asked: call.asked.clone(),
            notices: call.notices(
                self.state.now,
                self.state.work.away.contains(&call.session_id),
                fault(devices.microphone).map(CallNotice::SilentMicrophone),
                fault(devices.camera).map(CallNotice::NoCamera),
            ),
            part: call.part_view(),
            supervisors: self.supervisors_of(call.key),
        }
    }

    fn supervisors_of(&self, of: CallKey) -> Vec<SupervisorView> {
        let theirs = self.state.supervisors.iter().filter(|supervisor| supervisor.of == of);
        let view = |supervisor: &Supervisor| SupervisorView {
            call: supervisor.key,
            name: supervisor.shown.then(|| supervisor.name.clone()),
            mode: supervisor.mode,
        };
        theirs.map(view).collect()
    }
}

impl Call {
    pub(super) fn part_view(&self) -> Option<PartView> {
        self.part.as_ref().map(|part| PartView { user: self.address.clone(), contact: part.contact.clone(), mode: part.mode })
    }
}

fn phase(call: &Call) -> CallPhase {
    match call.stage {
        Stage::Dialing => CallPhase::Dialing,
        Stage::Ringing => call.place.map_or(CallPhase::Ringing, CallPhase::Queued),
        Stage::EarlyMedia => CallPhase::EarlyMedia,
        Stage::Incoming | Stage::Answering => CallPhase::Connecting,
        Stage::Active if call.waits() => call.place.map_or(CallPhase::Active, CallPhase::Queued),
        Stage::Active if call.transfer == Transfer::Asked => CallPhase::Transferring,
        Stage::Active => match (call.hold_wanted || call.held_by_us, call.held_by_them) {
            (false, false) => CallPhase::Active,
            (true, false) => CallPhase::Held,
            (false, true) => CallPhase::HeldByThem,
            (true, true) => CallPhase::HeldByBoth,
        },
        Stage::Ending => CallPhase::Ending,
        Stage::Ended { cause, .. } => CallPhase::Ended(cause),
    }
}

//! The enums of the view models in words: one match per enum, every variant listed.

use super::kit::{Tone, clock_text};
use crate::desk::Millis;
use crate::desk::view::call::{CallNotice, CallPhase, CallView, EndCause, SuperviseMode, Waiting};
use crate::desk::view::desk::{LinkView, Notice, Presence, ToldKind, ToldView};
use crate::desk::view::device_check::DeviceFault;
use crate::desk::view::doors::{DoneView, DoorOutcome, PictureTrouble, PictureView, RelayState};
use crate::desk::view::history::Outcome;
use crate::desk::view::visitor::Unable;
use crate::desk::view::work::{Doing, PhoneFault};
use crate::i18n::{I18n, Key};

/// What the addresses of pages of one call begin with. They are another program's than the desk, and open beside it: there a shift goes on.
pub const CALLS: &str = "/office/calls/";

/// State of the registration.
pub fn link(link: &LinkView) -> (Key, Tone) {
    match link {
        LinkView::Off => (Key::OffShift, Tone::Off),
        LinkView::Connecting => (Key::Connecting, Tone::Warn),
        LinkView::Ready => (Key::Ready, Tone::Good),
        LinkView::Reconnecting { .. } => (Key::Reconnecting, Tone::Warn),
        LinkView::Offline => (Key::NetworkOffline, Tone::Bad),
        LinkView::Refused { .. } => (Key::NotRegistered, Tone::Bad),
    }
}

/// Reachability of a person.
pub fn presence(presence: Presence) -> (Key, Tone) {
    match presence {
        Presence::Available => (Key::PresReady, Tone::Good),
        Presence::Ringing => (Key::PresRinging, Tone::Accent),
        Presence::Busy => (Key::PresBusy, Tone::Bad),
        Presence::Away => (Key::PresAway, Tone::Warn),
        Presence::Offline => (Key::PresOffline, Tone::Off),
    }
}

/// Where a call stands; tracks the language.
pub fn phase(t: I18n, call: &CallView) -> String {
    match call.phase {
        CallPhase::Dialing => t.get(Key::Calling).to_owned(),
        CallPhase::Ringing => t.get(Key::Ringing).to_owned(),
        CallPhase::Queued(place) => queued(t, place),
        CallPhase::EarlyMedia => t.get(Key::EarlyMedia).to_owned(),
        CallPhase::Connecting => t.get(Key::Answering).to_owned(),
        CallPhase::Active if call.part.is_some() => part(t, call),
        CallPhase::Active if call.mute == Some(true) => t.get(Key::Muted).to_owned(),
        CallPhase::Active => String::new(),
        CallPhase::Held | CallPhase::HeldByBoth => t.get(Key::OnHold).to_owned(),
        CallPhase::HeldByThem => t.with(Key::HeldByOther, &[("name", &call.who.name)]),
        CallPhase::Transferring => t.get(Key::Transferring).to_owned(),
        CallPhase::Ending => t.get(Key::Ending).to_owned(),
        CallPhase::Ended(cause) => end(t, cause),
    }
}

/// Who hears us in the call of an agent; tracks the language.
fn part(t: I18n, call: &CallView) -> String {
    let key = match call.part.as_ref().map(|part| part.mode) {
        Some(SuperviseMode::Whisper | SuperviseMode::Barge) if call.mute == Some(true) => Key::Muted,
        Some(SuperviseMode::Whisper) => Key::SupHeardByAgent,
        Some(SuperviseMode::Barge) => Key::SupHeardByBoth,
        Some(SuperviseMode::Listen | SuperviseMode::Unknown) | None => Key::SupHeardByNone,
    };
    t.with(key, &[("name", &call.who.name)])
}

/// Somebody in charge takes part in a call of ours; tracks the language.
pub fn supervisor(t: I18n, name: &str, mode: SuperviseMode) -> String {
    let key = match mode {
        SuperviseMode::Whisper => Key::SupWhispers,
        SuperviseMode::Barge => Key::SupBarges,
        SuperviseMode::Listen | SuperviseMode::Unknown => Key::SupListens,
    };
    t.with(key, &[("name", name)])
}

/// Where one stands in a queue; tracks the language.
pub fn queued(t: I18n, place: Waiting) -> String {
    let position = t.with(Key::QueuePosition, &[("n", &place.position.to_string())]);
    match place.estimate_s.map(|seconds| seconds.div_ceil(60)) {
        Some(minutes) => format!("{position}, {}", t.with(Key::QueueEstimate, &[("minutes", &minutes.max(1).to_string())])),
        None => position,
    }
}

/// Why a call ended; tracks the language.
pub fn end(t: I18n, cause: EndCause) -> String {
    let plain = |key| t.get(key).to_owned();
    match cause {
        EndCause::HungUp => plain(Key::EndHungUp),
        EndCause::HungUpByThem => plain(Key::EndHungUpByThem),
        EndCause::Gone => plain(Key::EndGone),
        EndCause::Cancelled => plain(Key::EndCancelled),
        EndCause::Missed => plain(Key::EndMissed),
        EndCause::AnsweredElsewhere => plain(Key::EndElsewhere),
        EndCause::Refused => plain(Key::EndRefused),
        EndCause::Busy => plain(Key::EndBusy),
        EndCause::Declined => plain(Key::EndDeclined),
        EndCause::NoAnswer => plain(Key::EndNoAnswer),
        EndCause::Unavailable => plain(Key::EndUnavailable),
        EndCause::NotFound => plain(Key::EndNotFound),
        EndCause::Transferred => plain(Key::EndTransferred),
        EndCause::QueueClosed => plain(Key::EndQueueClosed),
        EndCause::QueueFull => plain(Key::EndQueueFull),
        EndCause::Forbidden => plain(Key::EndForbidden),
        EndCause::Incompatible => plain(Key::EndIncompatible),
        EndCause::MediaFailed => plain(Key::EndMedia),
        EndCause::LinkLost => plain(Key::EndLinkLost),
        EndCause::ServerFailure(code) => t.with(Key::EndServer, &[("code", &code.to_string())]),
        EndCause::Failed(code) => t.with(Key::EndFailed, &[("code", &code.to_string())]),
    }
}

/// Something to know about a call.
pub fn call_notice(t: I18n, notice: CallNotice) -> (String, Tone) {
    let (key, tone) = match notice {
        CallNotice::SilentMicrophone(_) => (Key::CallSilentMic, Tone::Warn),
        CallNotice::NoCamera(_) => (Key::CallNoCamera, Tone::Warn),
        CallNotice::NothingReceived => (Key::CallNothingReceived, Tone::Bad),
        CallNotice::LinkDown { .. } => (Key::CallLinkDown, Tone::Warn),
        CallNotice::PeerAway => (Key::CallPeerAway, Tone::Warn),
        CallNotice::AnsweredUnasked => (Key::CallUnasked, Tone::Accent),
        CallNotice::Returning => (Key::CallReturning, Tone::Warn),
        CallNotice::NotTransferred(cause) => return (t.with(Key::NotTransferred, &[("reason", &end(t, cause))]), Tone::Warn),
    };
    (t.get(key).to_owned(), tone)
}

/// Something to know about the desk.
pub fn notice(notice: Notice) -> (Key, Tone) {
    match notice {
        Notice::Microphone(fault) => (microphone(fault).0, Tone::Warn),
        Notice::Camera(fault) => (camera(fault), Tone::Warn),
        Notice::SoundLocked => (Key::BannerSound, Tone::Warn),
        Notice::NewVersion => (Key::NoticeNewVersion, Tone::Accent),
        Notice::FeedLost => (Key::NoticeFeedLost, Tone::Warn),
        Notice::Internal => (Key::NoticeInternal, Tone::Bad),
        Notice::BadTarget => (Key::NoticeBadTarget, Tone::Bad),
        Notice::NotConnected => (Key::NoticeNotConnected, Tone::Bad),
        Notice::OrderRefused => (Key::NoticeOrderRefused, Tone::Bad),
        Notice::OrderTooLate => (Key::NoticeTooLate, Tone::Warn),
    }
}

/// What somebody in charge did or wrote; tracks the language.
pub fn told(t: I18n, told: &ToldView) -> String {
    let with = |key, mark: &str, value: &str| t.with(key, &[("name", &told.by), (mark, value)]);
    match &told.what {
        ToldKind::Ready => with(Key::ToldReady, "", ""),
        ToldKind::Paused(None) => with(Key::ToldPaused, "", ""),
        ToldKind::Paused(Some(reason)) => with(Key::ToldPausedFor, "reason", reason),
        ToldKind::WrapUpEnded => with(Key::ToldWrapUp, "", ""),
        ToldKind::Joined(queue) => with(Key::ToldJoined, "queue", queue),
        ToldKind::Left(queue) => with(Key::ToldLeft, "queue", queue),
        ToldKind::Assigned => with(Key::ToldAssigned, "", ""),
        ToldKind::TakenOver => with(Key::ToldTakenOver, "", ""),
        ToldKind::Message(text) => with(Key::ToldMessage, "text", text),
    }
}

/// What somebody else does for the queues; tracks the language.
pub fn doing_of(t: I18n, doing: &Doing) -> (String, Tone) {
    match doing {
        Doing::Silent => (t.get(Key::FloorSilent).to_owned(), Tone::Bad),
        Doing::Resting => (t.get(Key::FloorResting).to_owned(), Tone::Warn),
        _ => self::doing(t, doing),
    }
}

/// What one does for the queues; tracks the language.
pub fn doing(t: I18n, doing: &Doing) -> (String, Tone) {
    let plain = |key, tone| (t.get(key).to_owned(), tone);
    match doing {
        Doing::Offline => plain(Key::StOffline, Tone::Off),
        Doing::Ready => plain(Key::StReady, Tone::Good),
        Doing::Silent => plain(Key::StSilent, Tone::Bad),
        Doing::Resting => plain(Key::StResting, Tone::Warn),
        Doing::Unfit(fault) => plain(phone(*fault), Tone::Bad),
        Doing::Ringing => plain(Key::PresRinging, Tone::Accent),
        Doing::OnCall => plain(Key::PresBusy, Tone::Accent),
        Doing::WrapUp => plain(Key::StWrapUp, Tone::Warn),
        Doing::NotReady => plain(Key::StNotReady, Tone::Off),
        Doing::PausedByMisses => plain(Key::StPausedMisses, Tone::Warn),
        Doing::Paused(reason) => (t.with(Key::StPaused, &[("reason", reason)]), Tone::Warn),
    }
}

/// Why an agent's phone takes no calls of queues.
fn phone(fault: PhoneFault) -> Key {
    match fault {
        PhoneFault::Starting => Key::PhStarting,
        PhoneFault::MicrophoneNotAllowed => Key::PhNotAllowed,
        PhoneFault::NoMicrophone => Key::PhNoMic,
        PhoneFault::MicrophoneGone => Key::PhMicGone,
        PhoneFault::MicrophoneFailed => Key::PhMicFailed,
        PhoneFault::SoundLocked => Key::PhLocked,
        PhoneFault::Unknown => Key::FloorUnready,
    }
}

/// What one can do about it; `microphone` is what is wrong with that of this page.
pub fn phone_help(fault: PhoneFault, microphone: Option<DeviceFault>) -> Option<Key> {
    let likely = match fault {
        PhoneFault::Starting | PhoneFault::Unknown => return None,
        PhoneFault::SoundLocked => return Some(Key::BannerSound),
        PhoneFault::MicrophoneNotAllowed => DeviceFault::Denied,
        PhoneFault::NoMicrophone => DeviceFault::Missing,
        PhoneFault::MicrophoneGone => return Some(Key::MicGoneHelp),
        PhoneFault::MicrophoneFailed => DeviceFault::Other,
    };
    Some(self::microphone(microphone.unwrap_or(likely)).1)
}

/// What is wrong with the microphone, and what to do.
pub fn microphone(fault: DeviceFault) -> (Key, Key) {
    match fault {
        DeviceFault::Denied => (Key::MicDeniedTitle, Key::MicDeniedHelp),
        DeviceFault::Dismissed => (Key::MicDismissedTitle, Key::MicDismissedHelp),
        DeviceFault::Missing => (Key::MicMissingTitle, Key::MicMissingHelp),
        DeviceFault::InUse => (Key::MicInUseTitle, Key::MicInUseHelp),
        DeviceFault::ChosenGone => (Key::MicGoneTitle, Key::MicGoneHelp),
        DeviceFault::Policy => (Key::MicPolicyTitle, Key::MicPolicyHelp),
        DeviceFault::Insecure => (Key::MicInsecureTitle, Key::MicInsecureHelp),
        DeviceFault::Lost => (Key::MicLostTitle, Key::MicLostHelp),
        DeviceFault::Other => (Key::MicOtherTitle, Key::MicOtherHelp),
    }
}

/// What is wrong with the camera.
pub fn camera(fault: DeviceFault) -> Key {
    match fault {
        DeviceFault::Denied | DeviceFault::Dismissed => Key::CamDenied,
        DeviceFault::Missing => Key::CamMissing,
        DeviceFault::InUse => Key::CamInUse,
        DeviceFault::ChosenGone | DeviceFault::Lost => Key::CamGone,
        DeviceFault::Policy | DeviceFault::Insecure => Key::CamPolicy,
        DeviceFault::Other => Key::CamOther,
    }
}

/// Why a visitor cannot call, in a title and a sentence.
pub fn unable(why: Unable) -> (Key, Key) {
    match why {
        Unable::Closed => (Key::VisClosed, Key::VisClosedText),
        Unable::Full => (Key::VisFull, Key::VisFullText),
        Unable::NobodyFree => (Key::VisNobody, Key::VisNobodyText),
        Unable::NoSuchQueue => (Key::VisUnknown, Key::VisUnknownText),
        Unable::Unreachable => (Key::VisUnreachable, Key::VisUnreachableText),
    }
}

/// How a past call went.
pub fn outcome(outcome: Outcome) -> (Key, Tone) {
    match outcome {
        Outcome::Running => (Key::OutInProgress, Tone::Accent),
        Outcome::Answered => (Key::OutAnswered, Tone::Good),
        Outcome::Missed => (Key::OutMissed, Tone::Bad),
        Outcome::NoAnswer => (Key::OutNoAnswer, Tone::Off),
        Outcome::Refused => (Key::OutRefused, Tone::Off),
        Outcome::Cancelled => (Key::OutCancelled, Tone::Off),
        Outcome::AnsweredElsewhere => (Key::EndElsewhere, Tone::Off),
        Outcome::Opened => (Key::EndOpened, Tone::Off),
        Outcome::Failed => (Key::OutFailed, Tone::Warn),
    }
}

/// State of a door's picture; tracks the language.
pub fn picture(t: I18n, picture: PictureView) -> (String, Tone) {
    let old = |seconds: u64| t.with(Key::PicOld, &[("n", &seconds.to_string())]);
    match picture {
        PictureView::Waiting => (t.get(Key::PicWaiting).to_owned(), Tone::Off),
        PictureView::Live => (t.get(Key::PicLive).to_owned(), Tone::Good),
        PictureView::Old(seconds) => (old(seconds), Tone::Warn),
        PictureView::Wrong(trouble, None) => (t.get(picture_trouble(trouble)).to_owned(), Tone::Bad),
        PictureView::Wrong(trouble, Some(seconds)) => (format!("{}, {}", t.get(picture_trouble(trouble)), old(seconds)), Tone::Bad),
    }
}

fn picture_trouble(trouble: PictureTrouble) -> Key {
    match trouble {
        PictureTrouble::NoSuchPicture => Key::PicNoSuch,
        PictureTrouble::TooMany => Key::PicTooMany,
        PictureTrouble::NotReached => Key::PicNotReached,
        PictureTrouble::AddressRefused => Key::PicRefused,
        PictureTrouble::TlsUntrusted => Key::PicTls,
        PictureTrouble::WrongToken => Key::PicToken,
        PictureTrouble::Status => Key::PicStatus,
        PictureTrouble::NoBoundary | PictureTrouble::HugePart | PictureTrouble::EmptyPart | PictureTrouble::NotJpeg => Key::PicBroken,
        PictureTrouble::Delayed => Key::PicDelayed,
        PictureTrouble::Ended => Key::PicEnded,
        PictureTrouble::Unknown => Key::PicStatus,
    }
}

/// What becomes of a relay, nothing where there is nothing to say; tracks the language.
pub fn relay(t: I18n, state: &RelayState, now: Millis) -> Option<(String, Tone)> {
    match state {
        RelayState::Idle => None,
        RelayState::Pending(None) => Some((t.get(Key::DoorOpening).to_owned(), Tone::Accent)),
        RelayState::Pending(Some(name)) => Some((t.with(Key::DoorOpeningBy, &[("name", name)]), Tone::Accent)),
        RelayState::Done(done) => Some(door_done(t, done, now)),
    }
}

fn door_done(t: I18n, done: &DoneView, now: Millis) -> (String, Tone) {
    let (outcome, tone) = door_outcome(Some(done.outcome));
    let mut words = t.get(outcome).to_owned();
    match &done.opened_by {
        Some(name) => words = format!("{words}: {}", t.with(Key::DoorOpeningBy, &[("name", name)])),
        None if !done.by.is_empty() => words = format!("{words} {}", t.with(Key::DoorBy, &[("name", &done.by)])),
        None => {}
    }
    if let Some(why) = door_why(&done.why) {
        words = format!("{words}. {}", t.get(why));
    }
    if let Some(left) = done.until.map(|until| until.left(now)).filter(|left| *left > 0) {
        words = format!("{words}, {}", t.with(Key::WhyAgainIn, &[("time", &clock_text(left.div_ceil(1000)))]));
    }
    (words, tone)
}

/// The outcome of a release for one relay.
pub fn door_outcome(outcome: Option<DoorOutcome>) -> (Key, Tone) {
    match outcome {
        Some(DoorOutcome::Opened) => (Key::DoOpened, Tone::Good),
        Some(DoorOutcome::NotUnderstood) => (Key::DoNotUnderstood, Tone::Bad),
        Some(DoorOutcome::OutsideSchedule) => (Key::DoSchedule, Tone::Warn),
        Some(DoorOutcome::BadCodeOrNotRemote) => (Key::DoBadCode, Tone::Bad),
        Some(DoorOutcome::Locked) => (Key::DoLocked, Tone::Warn),
        Some(DoorOutcome::Busy) => (Key::DoBusy, Tone::Warn),
        Some(DoorOutcome::StationRefusedLogin) => (Key::DoLogin, Tone::Bad),
        Some(DoorOutcome::RefusedByUs) => (Key::DoRefused, Tone::Bad),
        Some(DoorOutcome::SentNotConfirmed) => (Key::DoSent, Tone::Warn),
        Some(DoorOutcome::NoReply) => (Key::DoNoReply, Tone::Bad),
        Some(DoorOutcome::Unknown) | None => (Key::DoUnknown, Tone::Off),
    }
}

/// The fixed words for why a release went as it did, where they say more than the outcome.
pub fn door_why(why: &str) -> Option<Key> {
    match why {
        "expired" | "not_yet_valid" => Some(Key::WhyExpired),
        "no_right" | "not_yours" | "no_such_door" => Some(Key::WhyNoRight),
        "session_ended" => Some(Key::WhySession),
        "too_many_wrong_codes" => Some(Key::WhyCodes),
        "tls_untrusted" => Some(Key::WhyTls),
        "address_refused" => Some(Key::WhyAddress),
        "not_reached" => Some(Key::WhyNotReached),
        "timed_out" => Some(Key::WhyTimedOut),
        "closed_without_answer" => Some(Key::WhyClosed),
        "no_call" => Some(Key::WhyNoCall),
        "code_kept" => Some(Key::WhyCodeKept),
        "not_logged" => Some(Key::WhyNotLogged),
        "too_many_releases" => Some(Key::WhyTooMany),
        _ => None,
    }
}

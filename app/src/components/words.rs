//! The enums of the view models in words: one match per enum, every variant listed.

use super::kit::Tone;
use crate::desk::view::call::{CallNotice, CallPhase, CallView, EndCause, Waiting};
use crate::desk::view::desk::{LinkView, Notice, Presence};
use crate::desk::view::device_check::DeviceFault;
use crate::desk::view::history::Outcome;
use crate::desk::view::visitor::Unable;
use crate::desk::view::work::Doing;
use crate::i18n::{I18n, Key};

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
        CallPhase::Active if call.mute == Some(true) => t.get(Key::Muted).to_owned(),
        CallPhase::Active => String::new(),
        CallPhase::Held | CallPhase::HeldByBoth => t.get(Key::OnHold).to_owned(),
        CallPhase::HeldByThem => t.with(Key::HeldByOther, &[("name", &call.who.name)]),
        CallPhase::Ending => t.get(Key::Ending).to_owned(),
        CallPhase::Ended(cause) => end(t, cause),
    }
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
        EndCause::Cancelled => plain(Key::EndCancelled),
        EndCause::Missed => plain(Key::EndMissed),
        EndCause::AnsweredElsewhere => plain(Key::EndElsewhere),
        EndCause::Refused => plain(Key::EndRefused),
        EndCause::Busy => plain(Key::EndBusy),
        EndCause::Declined => plain(Key::EndDeclined),
        EndCause::NoAnswer => plain(Key::EndNoAnswer),
        EndCause::Unavailable => plain(Key::EndUnavailable),
        EndCause::NotFound => plain(Key::EndNotFound),
        EndCause::Forbidden => plain(Key::EndForbidden),
        EndCause::Incompatible => plain(Key::EndIncompatible),
        EndCause::MediaFailed => plain(Key::EndMedia),
        EndCause::LinkLost => plain(Key::EndLinkLost),
        EndCause::ServerFailure(code) => t.with(Key::EndServer, &[("code", &code.to_string())]),
        EndCause::Failed(code) => t.with(Key::EndFailed, &[("code", &code.to_string())]),
    }
}

/// Something to know about a call.
pub fn call_notice(notice: CallNotice) -> (Key, Tone) {
    match notice {
        CallNotice::SilentMicrophone(_) => (Key::CallSilentMic, Tone::Warn),
        CallNotice::NoCamera(_) => (Key::CallNoCamera, Tone::Warn),
        CallNotice::NothingReceived => (Key::CallNothingReceived, Tone::Bad),
        CallNotice::LinkDown => (Key::CallLinkDown, Tone::Warn),
    }
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
        Doing::Ringing => plain(Key::PresRinging, Tone::Accent),
        Doing::OnCall => plain(Key::PresBusy, Tone::Accent),
        Doing::WrapUp => plain(Key::StWrapUp, Tone::Warn),
        Doing::NotReady => plain(Key::StNotReady, Tone::Off),
        Doing::PausedByMisses => plain(Key::StPausedMisses, Tone::Warn),
        Doing::Paused(reason) => (t.with(Key::StPaused, &[("reason", reason)]), Tone::Warn),
    }
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
        Outcome::Failed => (Key::OutFailed, Tone::Warn),
    }
}

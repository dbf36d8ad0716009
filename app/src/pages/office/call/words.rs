//! What happened in a call, in words.

use crate::components::kit::clock_text;
use crate::desk::office::timeline::{
    CallQuality, EventView, Grade, Kind, LaneView, Part, ReleaseOutcome, SoundFault, State, SuperviseMode, TimelineSound, Told,
};
use crate::i18n::{I18n, Word};

/// What somebody does.
pub(super) fn state(state: State) -> Word {
    match state {
        State::Waits => Word::TlWaits,
        State::Rings => Word::TlRinging,
        State::Talks => Word::TlTalks,
        State::Holds => Word::TlHolds,
        State::Away => Word::TlIsAway,
        State::TakesPart => Word::TlTakesPart,
        State::WrapsUp => Word::TlWrapsUp,
        State::Unknown => Word::WithoutName,
    }
}

/// As what somebody takes part.
pub(super) fn part(part: Part) -> Word {
    match part {
        Part::Caller => Word::Caller,
        Part::Queue => Word::Queue,
        Part::Agent => Word::Agent,
        Part::Supervisor => Word::Supervisor,
        Part::Unknown => Word::WithoutName,
    }
}

/// What a line of the drawing shows: what somebody did, how long each.
pub(super) fn lane(t: I18n, lane: &LaneView) -> String {
    let bar = |what, ms: i64| format!("{} {}", t.get(state(what)), clock_text(ms.max(0).unsigned_abs() / 1000));
    let bars: Vec<String> = lane.bars.iter().map(|of| bar(of.what, of.ms)).collect();
    format!("{}: {}", lane.name, bars.join(", "))
}

/// A class of sound.
fn sound(quality: CallQuality) -> Word {
    match (quality.grade, quality.fault) {
        (Grade::Good, _) => Word::SoundGood,
        (Grade::Fair, _) => Word::SoundFair,
        (Grade::Poor, _) => Word::SoundPoor,
        (_, Some(SoundFault::NothingHeard)) => Word::SoundHearsNothing,
        (_, Some(SoundFault::NotHeard)) => Word::SoundNotHeard,
        (_, Some(SoundFault::Reconnecting)) => Word::SoundReconnecting,
        (_, _) => Word::SoundNone,
    }
}

/// How the call sounded for somebody.
pub(super) fn sounded(t: I18n, of: &TimelineSound) -> String {
    let (worst, last) = (t.get(sound(of.worst)), t.get(sound(of.last)));
    if worst == last {
        return t.with(Word::TlQuality, &[("who", &of.who), ("what", last)]);
    }
    t.with(Word::TlSounded, &[("who", &of.who), ("worst", worst), ("last", last)])
}

/// What happened.
pub(super) fn what(t: I18n, event: &EventView) -> String {
    let word = match event.what {
        Kind::Called => Word::TlCalled,
        Kind::Queued => Word::TlQueued,
        Kind::Moved => Word::TlMoved,
        Kind::Prioritised => Word::TlPrioritised,
        Kind::Offered => Word::TlOffered,
        Kind::Rings => Word::TlPhone,
        Kind::Missed => Word::TlMissed,
        Kind::Declined => Word::TlDeclined,
        Kind::NotReached => Word::TlNotReached,
        Kind::Answered => Word::TlAnswered,
        Kind::Held => Word::TlHeld,
        Kind::Resumed => Word::TlResumed,
        Kind::Transferred => Word::TlTransferred,
        Kind::TakenOver => Word::TlTakenOver,
        Kind::Supervised => match event.detail {
            Some(Told::Mode(SuperviseMode::Whisper)) => Word::TlWhispers,
            Some(Told::Mode(SuperviseMode::Barge)) => Word::TlBarges,
            _ => Word::TlListens,
        },
        Kind::SupervisionEnded => Word::TlLeft,
        Kind::Quality => Word::TlQuality,
        Kind::Away => Word::TlAway,
        Kind::Back => Word::TlBack,
        Kind::Door => Word::TlDoor,
        Kind::GivenUp => Word::TlGivenUp,
        Kind::NotAnswered => Word::TlNotAnswered,
        Kind::Ended if event.who.is_empty() => Word::TlEnded,
        Kind::Ended => Word::TlEndedBy,
        Kind::WrappedUp => Word::TlWrappedUp,
        Kind::Unknown => Word::WithoutName,
    };
    let what = match &event.detail {
        Some(Told::Priority(priority)) => priority.to_string(),
        Some(Told::Sound(quality, _)) => t.get(sound(*quality)).to_owned(),
        Some(Told::Door(ReleaseOutcome::Opened)) => t.get(Word::TlOpened).to_owned(),
        Some(Told::Door(ReleaseOutcome::SentNotConfirmed | ReleaseOutcome::NoReply)) => t.get(Word::TlUnconfirmed).to_owned(),
        Some(Told::Door(_)) => t.get(Word::TlNotOpened).to_owned(),
        _ => String::new(),
    };
    // Neither the name of a door of another site is told, nor who opened it.
    let named = |name: &str, without| if name.is_empty() { t.get(without).to_owned() } else { name.to_owned() };
    let (who, by) = (named(&event.who, Word::Caller), named(&event.by, Word::WithoutName));
    t.with(word, &[("who", &who), ("by", &by), ("what", &what)])
}

/// Why, and what else is known.
pub(super) fn facts(t: I18n, event: &EventView) -> String {
    let cause = match event.cause.as_str() {
        "silent" => Some(Word::CauseSilent),
        "unfit" => Some(Word::CauseUnfit),
        "answered-elsewhere" => Some(Word::CauseElsewhere),
        "withdrawn" => Some(Word::CauseWithdrawn),
        "busy" => Some(Word::CauseBusy),
        "unreachable" => Some(Word::CauseUnreachable),
        "closed" => Some(Word::CauseClosed),
        "full" => Some(Word::CauseFull),
        "timed-out" => Some(Word::CauseTimedOut),
        "lost" | "gone" => Some(Word::CauseLost),
        "restart" | "lost-by-restart" => Some(Word::CauseRestart),
        _ => None,
    };
    let cause = cause.map(|word| t.get(word).to_owned());
    let seconds = |ms: i64| clock_text(ms.max(0).unsigned_abs() / 1000);
    let detail = match &event.detail {
        // Without sound there is nothing to be measured.
        Some(Told::Sound(CallQuality { fault: None, .. }, [lost, jitter, trip])) => {
            let text = |value: Option<u16>| value.map_or_else(|| "\u{2013}".to_owned(), |value| value.to_string());
            let lost = lost.map(|lost| format!("{}.{}", lost / 10, lost % 10)).unwrap_or_default();
            Some(t.with(Word::TlFigures, &[("lost", &lost), ("jitter", &text(*jitter)), ("trip", &text(*trip))]))
        }
        Some(Told::Work(ms, about, note)) => {
            let all = [seconds(*ms), about.clone(), note.clone()];
            Some(all.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" \u{b7} "))
        }
        _ => None,
    };
    cause.into_iter().chain(detail).collect::<Vec<_>>().join(" \u{b7} ")
}

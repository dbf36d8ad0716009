//! What became of a release, per relay: one of ten outcomes, and why.

use std::fmt;
use wire::UnixMs;

/// What became of one relay. There is never one word for two relays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The station said that it opened.
    Opened,
    /// The station does not understand the command.
    NotUnderstood,
    /// The station's schedule does not allow it at this hour.
    OutsideSchedule,
    /// The code is wrong, or not one that works from afar.
    BadCodeOrNotRemote,
    /// The relay is locked at the station.
    Locked,
    /// The relay is active already, or the station is busy with another code.
    Busy,
    /// The station does not accept our login.
    StationRefusedLogin,
    /// We did not send the command.
    RefusedByUs,
    /// The command went out by a way that carries no answer.
    SentNotConfirmed,
    /// No answer came in time. It may have opened all the same.
    NoReply,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 10] = [
        Self::Opened,
        Self::NotUnderstood,
        Self::OutsideSchedule,
        Self::BadCodeOrNotRemote,
        Self::Locked,
        Self::Busy,
        Self::StationRefusedLogin,
        Self::RefusedByUs,
        Self::SentNotConfirmed,
        Self::NoReply,
    ];

    /// The fixed word in rows and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::NotUnderstood => "not_understood",
            Self::OutsideSchedule => "outside_schedule",
            Self::BadCodeOrNotRemote => "bad_code_or_not_remote",
            Self::Locked => "locked",
            Self::Busy => "busy",
            Self::StationRefusedLogin => "station_refused_login",
            Self::RefusedByUs => "refused_by_us",
            Self::SentNotConfirmed => "sent_not_confirmed",
            Self::NoReply => "no_reply",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opened => "opened",
            Self::NotUnderstood => "not understood",
            Self::OutsideSchedule => "outside schedule",
            Self::BadCodeOrNotRemote => "bad code or not remote",
            Self::Locked => "locked",
            Self::Busy => "busy",
            Self::StationRefusedLogin => "station refused our login",
            Self::RefusedByUs => "refused by us",
            Self::SentNotConfirmed => "sent, not confirmed",
            Self::NoReply => "no reply (it may have opened)",
        })
    }
}

/// Why an outcome is what it is, where that says more than the outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Nothing to add.
    None,
    /// The id is no UUID of version 7.
    MalformedId,
    /// The id was made more than five seconds ago.
    Expired,
    /// The id claims to be made in the future.
    NotYetValid,
    /// Somebody else used this id.
    NotYours,
    /// There is no such door, for this person.
    NoSuchDoor,
    /// The door has no such relay, or none was named.
    NoSuchRelay,
    /// The person may not open this door.
    NoRight,
    /// The person's session ended.
    SessionEnded,
    /// The relay wants a code that nobody typed.
    NoCode,
    /// Too many wrong codes; tries are refused until then.
    TooManyWrongCodes {
        /// When the next try is allowed.
        until: UnixMs,
    },
    /// The row could not be written, and nothing opens unlogged.
    NotLogged,
    /// More releases at once than the server keeps.
    TooManyReleases,
    /// Somebody else is opening it, or just has.
    BeingOpened {
        /// Who.
        by: String,
    },
    /// The station's address is not one that may be reached.
    AddressRefused,
    /// The station's certificate is not the expected one.
    TlsUntrusted,
    /// Nothing listens at the station's address: it is switched off or not on the network.
    NotReached,
    /// The station closed the connection without an answer.
    ClosedWithoutAnswer,
    /// The station took too long.
    TimedOut,
    /// The station's answer is larger than any honest one.
    AnswerTooLarge,
    /// The station sent us elsewhere; we do not follow.
    Redirected,
    /// The station asked for no login although one is configured: its API is open to everybody.
    NoChallenge,
    /// The station asks for a kind of login that is not configured.
    OtherLogin,
    /// The station answered with this status.
    Status(u16),
    /// There is no call to send tones in.
    NoCall,
    /// Only a desk could play the code, and the site keeps its codes from desks.
    CodeKept,
}

impl Cause {
    /// The fixed word in rows; an empty text for none.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::None => "",
            Self::MalformedId => "malformed_id",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::NotYours => "not_yours",
            Self::NoSuchDoor => "no_such_door",
            Self::NoSuchRelay => "no_such_relay",
            Self::NoRight => "no_right",
            Self::SessionEnded => "session_ended",
            Self::NoCode => "no_code",
            Self::TooManyWrongCodes { .. } => "too_many_wrong_codes",
            Self::NotLogged => "not_logged",
            Self::TooManyReleases => "too_many_releases",
            Self::BeingOpened { .. } => "being_opened",
            Self::AddressRefused => "address_refused",
            Self::TlsUntrusted => "tls_untrusted",
            Self::NotReached => "not_reached",
            Self::ClosedWithoutAnswer => "closed_without_answer",
            Self::TimedOut => "timed_out",
            Self::AnswerTooLarge => "answer_too_large",
            Self::Redirected => "redirected",
            Self::NoChallenge => "no_challenge",
            Self::OtherLogin => "other_login",
            Self::Status(_) => "status",
            Self::NoCall => "no_call",
            Self::CodeKept => "code_kept",
        }
    }
}

/// An outcome with its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What became of the relay.
    pub outcome: Outcome,
    /// Why.
    pub cause: Cause,
}

impl Verdict {
    /// An outcome that needs no explanation.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Self {
        Self { outcome, cause: Cause::None }
    }

    /// An outcome and its reason.
    #[must_use]
    pub const fn because(outcome: Outcome, cause: Cause) -> Self {
        Self { outcome, cause }
    }

    /// The command was not sent, for this reason.
    #[must_use]
    pub const fn refused(cause: Cause) -> Self {
        Self { outcome: Outcome::RefusedByUs, cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_outcome_has_its_own_word_and_no_reply_never_says_just_opened() {
        let codes: BTreeSet<_> = Outcome::ALL.iter().map(|o| o.code()).collect();
        let words: BTreeSet<_> = Outcome::ALL.iter().map(ToString::to_string).collect();
        assert_eq!((codes.len(), words.len()), (10, 10));
        assert_eq!(Outcome::NoReply.to_string(), "no reply (it may have opened)");
    }
}

//! One call as the desk knows it, and the words for how it ended.

use sip_ws::io::{self, Direction, Peer};
use wire::{Person, SuperviseMode};

use super::heard::{Heard, Path};
use super::view::call::{Asked, CallNotice, EndCause, Waiting, Who};
use super::view::work::Moment;
use super::{CallKey, Millis};

/// Texts of strangers are shown up to this length.
const NAME_LIMIT: usize = 80;

/// Nothing that arrives for so long is no pause.
const SILENCE_MS: Millis = 3_500;

/// So long the switchboard keeps a call whose page it cannot reach (`LEG_LOST_MS` of its exchange).
pub(super) const GRACE_MS: Millis = 120_000;

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) key: CallKey,
    pub(super) outgoing: bool,
    pub(super) who: Who,
    /// What to dial to reach them again.
    pub(super) address: String,
    pub(super) session_id: String,
    pub(super) stage: Stage,
    pub(super) began_at: Millis,
    pub(super) began_unix: i64,
    pub(super) answered_at: Option<Millis>,
    /// How long it had been answered when this page was loaded.
    pub(super) talked_before: Millis,
    pub(super) answered_unix: Option<i64>,
    /// They offered video.
    pub(super) offered_video: bool,
    /// Video is part of what we asked the agent for.
    pub(super) video_wanted: bool,
    /// What may happen with video now.
    pub(super) video: Direction,
    pub(super) camera: bool,
    pub(super) muted: bool,
    /// What the user asked for; `held_by_us` is what was agreed.
    pub(super) hold_wanted: bool,
    pub(super) held_by_us: bool,
    pub(super) held_by_them: bool,
    pub(super) digits: String,
    /// Since when nothing can be sent to the other side or heard of it.
    pub(super) lost_at: Option<Millis>,
    /// Who refused it asks not to be called before.
    pub(super) retry_at: Option<Millis>,
    /// We ended it, having been without the switchboard and without sound for too long.
    pub(super) given_up: bool,
    /// A page before this one had it: media comes anew.
    pub(super) returning: bool,
    /// Who is there, of a call of a page before: the names of people come later.
    pub(super) peer: Option<Peer>,
    /// Where we stand in a queue.
    pub(super) place: Option<Waiting>,
    /// Since when, where we were transferred there.
    pub(super) queued_at: Option<Millis>,
    pub(super) media: Media,
    pub(super) heard: Heard,
    pub(super) transfer: Transfer,
    /// It goes to a queue.
    pub(super) to_queue: bool,
    /// The user is asked whether somebody is to be called.
    pub(super) asked: Option<Asked>,
    /// It is our part in a call of an agent.
    pub(super) part: Option<Part>,
    /// Whether it is answered or resumed without the user.
    pub(super) unasked: Unasked,
}

/// What happens with a call without the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unasked {
    #[default]
    Nothing,
    /// It is to be answered or resumed then.
    At(Millis),
    /// The user is being told so by a sound.
    Beep,
    /// It was answered.
    Answered,
}

/// Our part in a call of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Id of their call.
    pub(super) contact: String,
    /// Who hears us.
    pub(super) mode: SuperviseMode,
}

/// A transfer that we asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Transfer {
    #[default]
    None,
    /// Under way.
    Asked,
    /// It did not happen. Said until the call is taken off hold.
    Failed(EndCause),
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Dialing,
    Ringing,
    EarlyMedia,
    /// Rings here.
    Incoming,
    /// We answered, the agent has not agreed yet.
    Answering,
    Active,
    Ending,
    Ended {
        cause: EndCause,
        at: Millis,
    },
}

/// What is known of its packets.
#[derive(Debug, Default)]
pub(super) struct Media {
    pub(super) ice: String,
    /// The ICE state says trouble since then.
    pub(super) troubled_since: Option<Millis>,
    /// When a new connection was last asked for, and how often in this trouble.
    pub(super) rebuilt_at: Option<Millis>,
    pub(super) rebuilds: u32,
    pub(super) late_candidate: bool,
    /// There is another network since then, and nothing has arrived by it yet.
    pub(super) moved_at: Option<Millis>,
    /// What was counted first after that, and when it was last seen that no more had come.
    pub(super) still: Option<(u64, Millis)>,
    pub(super) received: u64,
    pub(super) last_received_at: Option<Millis>,
}

impl Media {
    /// Nothing is expected of the path any more.
    pub(super) fn calm(&mut self) {
        self.troubled_since = None;
        self.rebuilds = 0;
        self.late_candidate = false;
        self.moved_at = None;
    }
}

impl Call {
    pub(super) fn new(key: CallKey, outgoing: bool, who: Who, address: String, now: Millis, unix: i64) -> Call {
        Call {
            key,
            outgoing,
            who,
            address,
            session_id: String::new(),
            stage: if outgoing { Stage::Dialing } else { Stage::Incoming },
            began_at: now,
            began_unix: unix,
            answered_at: None,
            talked_before: 0,
            answered_unix: None,
            offered_video: false,
            video_wanted: false,
            video: Direction::Inactive,
            camera: false,
            muted: false,
            hold_wanted: false,
            held_by_us: false,
            held_by_them: false,
            digits: String::new(),
            lost_at: None,
            retry_at: None,
            given_up: false,
            returning: false,
            peer: None,
            place: None,
            queued_at: None,
            media: Media::default(),
            heard: Heard::default(),
            transfer: Transfer::None,
            to_queue: false,
            asked: None,
            part: None,
            unasked: Unasked::Nothing,
        }
    }

    /// Not over yet.
    pub(super) fn live(&self) -> bool {
        !matches!(self.stage, Stage::Ended { .. })
    }

    /// In conversation, held or not.
    pub(super) fn answered(&self) -> bool {
        self.stage == Stage::Active
    }

    /// Answered, and in a queue: nobody is at the other end.
    pub(super) fn waits(&self) -> bool {
        self.answered() && self.place.is_some()
    }

    /// Has our microphone, or is about to.
    pub(super) fn takes_microphone(&self) -> bool {
        match self.stage {
            Stage::Dialing | Stage::Ringing | Stage::EarlyMedia | Stage::Answering | Stage::Active => !self.hold_wanted,
            Stage::Incoming | Stage::Ending | Stage::Ended { .. } => false,
        }
    }

    /// Packets should arrive.
    pub(super) fn expects_media(&self) -> bool {
        self.answered() && !self.waits() && !self.hold_wanted && !self.held_by_us && !self.held_by_them
    }

    /// Sound of ours goes nowhere.
    pub(super) fn silent(&self) -> bool {
        self.muted || self.hold_wanted
    }

    /// When it was answered, on this page's clock.
    pub(super) fn talking_since(&self) -> Option<Moment> {
        let at = |ms: Millis| i64::try_from(ms).unwrap_or(i64::MAX);
        self.answered_at.map(|answered| Moment(at(answered).saturating_sub(at(self.talked_before))))
    }

    /// The way of its signalling is there.
    pub(super) fn reachable(&self) -> bool {
        self.lost_at.is_none()
    }

    /// Neither the switchboard nor sound has been there for as long as the switchboard keeps a call. While they hear each other nobody is
    /// cut off: sound does not need the switchboard.
    pub(super) fn beyond_help(&self, now: Millis) -> bool {
        let lost = self.lost_at.is_some_and(|at| now >= at + GRACE_MS);
        lost && self.expects_media() && self.path(now).silent
    }

    /// What is known of the path of the sound.
    pub(super) fn path(&self, now: Millis) -> Path {
        let since = self.media.last_received_at.or(self.answered_at).unwrap_or(now);
        Path { reconnecting: self.returning || self.media.troubled_since.is_some(), silent: now.saturating_sub(since) > SILENCE_MS }
    }

    /// `away`: the switchboard has lost the other side's page and waits for it.
    pub(super) fn notices(&self, now: Millis, away: bool, microphone: Option<CallNotice>, camera: Option<CallNotice>) -> Vec<CallNotice> {
        const SHORT_SILENCE_MS: Millis = 1_500;
        if !self.answered() {
            return Vec::new();
        }
        let mut notices = Vec::new();
        if let Some(at) = self.lost_at {
            notices.push(CallNotice::LinkDown { until: at + GRACE_MS });
        }
        if self.waits() {
            return notices;
        }
        let since = self.media.last_received_at.or(self.answered_at).unwrap_or(now);
        let silent_for = if self.expects_media() { now.saturating_sub(since) } else { 0 };
        if away && (silent_for > SHORT_SILENCE_MS || self.held_by_us || self.held_by_them) {
            notices.push(CallNotice::PeerAway);
        } else if self.returning && self.expects_media() && silent_for <= SILENCE_MS {
            notices.push(CallNotice::Returning);
        } else if silent_for > SILENCE_MS {
            notices.push(CallNotice::NothingReceived);
        }
        if let Transfer::Failed(cause) = self.transfer {
            notices.push(CallNotice::NotTransferred(cause));
        }
        if self.unasked == Unasked::Answered {
            notices.push(CallNotice::AnsweredUnasked);
        }
        notices.extend(microphone);
        if self.video_wanted && !self.camera {
            notices.extend(camera);
        }
        notices
    }
}

/// First letter of the user name of a guest: a visitor who called from a page and cannot be called back.
const GUEST: char = '~';

/// The name of a guest who gave none: short, the same everywhere, in no language.
pub(super) fn guest_name(address: &str) -> Option<String> {
    let number = address.strip_prefix(GUEST)?.rsplit(GUEST).next()?;
    Some(format!("#{}", number.get(..4).unwrap_or(number).to_uppercase()))
}

/// The name to show for a peer and what to dial to reach it again.
pub(super) fn identify(peer: &Peer, domain: &str, people: &[Person]) -> (Who, String) {
    let host = peer.uri.rsplit('@').next().unwrap_or_default();
    let host = host.split([':', ';', '?', '>']).next().unwrap_or_default();
    let ours = !peer.user.is_empty() && host.eq_ignore_ascii_case(domain);
    if let Some(short) = guest_name(&peer.user).filter(|_| ours) {
        let name = peer.display.as_deref().map(presentable).filter(|name| !name.is_empty()).unwrap_or(short);
        return (Who { name, number: None }, String::new());
    }
    let address = if ours { peer.user.clone() } else { peer.uri.clone() };
    let known = people.iter().find(|person| ours && person.user == peer.user);
    let number = if ours || !peer.user.is_empty() { peer.user.clone() } else { address.clone() };
    let name = known
        .map(|person| person.display_name.clone())
        .or_else(|| peer.display.clone())
        .map(|name| presentable(&name))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| presentable(if number.is_empty() { host } else { &number }));
    let number = Some(presentable(&number)).filter(|number| !number.is_empty() && *number != name);
    (Who { name, number }, address)
}

/// Text of a stranger, fit for one line: no control characters, no direction overrides, not too long.
pub(super) fn presentable(text: &str) -> String {
    presentable_up_to(text, NAME_LIMIT)
}

/// The same for longer texts: lines become one.
pub(super) fn presentable_up_to(text: &str, limit: usize) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let line = |c: char| if c == '\n' { ' ' } else { c };
    text.chars().map(line).filter(|c| !hidden(*c)).take(limit).collect::<String>().trim().to_owned()
}

/// The agent's reason in the desk's words.
pub(super) fn end_cause(cause: &io::EndCause, answered: bool) -> EndCause {
    match cause {
        io::EndCause::Transferred => EndCause::Transferred,
        // Its peer goes on under another call.
        io::EndCause::Replaced { .. } => EndCause::HungUp,
        io::EndCause::LocalHangUp if answered => EndCause::HungUp,
        io::EndCause::LocalHangUp => EndCause::Cancelled,
        io::EndCause::RemoteHangUp { .. } => EndCause::HungUpByThem,
        io::EndCause::Cancelled => EndCause::Missed,
        io::EndCause::AnsweredElsewhere => EndCause::AnsweredElsewhere,
        io::EndCause::RejectedByUs { .. } => EndCause::Refused,
        io::EndCause::Rejected { status, .. } => rejected(*status),
        // A session that ran out without an answer ends with a 408 of our own (RFC 4028 section 10).
        io::EndCause::NoReply | io::EndCause::NoLink | io::EndCause::Gone { status: 408 } => EndCause::LinkLost,
        io::EndCause::Media(io::MediaFailure::Incompatible(_)) => EndCause::Incompatible,
        io::EndCause::Media(io::MediaFailure::Local(_)) => EndCause::MediaFailed,
        io::EndCause::Gone { .. } => EndCause::Gone,
        io::EndCause::Protocol(_) => EndCause::Failed(0),
    }
}

/// Why somebody could not be reached.
pub(super) fn rejected(status: u16) -> EndCause {
    match status {
        486 | 600 => EndCause::Busy,
        603 | 607 | 608 => EndCause::Declined,
        408 | 487 => EndCause::NoAnswer,
        480 => EndCause::Unavailable,
        404 | 410 | 484 | 604 => EndCause::NotFound,
        401 | 403 | 407 => EndCause::Forbidden,
        415 | 488 | 606 => EndCause::Incompatible,
        500..=599 => EndCause::ServerFailure(status),
        _ => EndCause::Failed(status),
    }
}

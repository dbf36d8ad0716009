//! What the desk knows. Nothing here is shown as it is: see `view`.

use std::collections::{BTreeSet, VecDeque};

use sip_ws::io::{Direction, LinkState, Peer, RegistrationState};
use wire::{
    AccessRow, AgentStatus, CallQueue, Callers, Choice, DeskProfile, DoorRelay, DoorSite, ErrorCode, Figures, FloorAgent, FloorQueue,
    HistoryRow, Me, Order, Person, Phone, PhoneFault, Queue, QueueFigures, Release, Secret, SuperviseMode, Told,
};

use super::call::Call;
use super::effect::ReleaseOrder;
use super::event::{Device, Failure, Sample};
use super::kept::{CallNotes, Resume};
use super::pulse::Pulse;
use super::server_clock::ServerClock;
use super::settings::Settings;
use super::view::call::EndCause;
use super::view::desk::Notice;
use super::view::device_check::DeviceState;
use super::view::diagnostics::LogLine;
use super::view::session::{Shift, SignInError};
use super::view::visitor::Unable;
use super::{CallKey, Millis};

/// Everything.
#[derive(Debug)]
pub(super) struct State {
    pub(super) now: Millis,
    /// The browser's wall clock, for rows of our own only.
    pub(super) unix: i64,
    pub(super) settings: Settings,
    pub(super) online: bool,
    pub(super) session: Session,
    pub(super) devices: Devices,
    pub(super) sound: Sound,
    pub(super) link: Link,
    pub(super) feed: Feed,
    pub(super) work: Work,
    /// A shift of before a reload that has not begun again.
    pub(super) resume: Option<Resume>,
    /// Notes of calls that the agent will bring back.
    pub(super) returning: Vec<(CallKey, CallNotes)>,
    pub(super) floor: Floor,
    /// The list of those who wait in a queue, while somebody looks at it.
    pub(super) callers: Option<CallerList>,
    pub(super) orders: Orders,
    /// What one was told and has not read.
    pub(super) told: Vec<Told>,
    pub(super) doors: Doors,
    pub(super) access: AccessLog,
    pub(super) calls: Vec<Call>,
    /// Who in charge takes part in them.
    pub(super) supervisors: Vec<Supervisor>,
    pub(super) next_call: u64,
    pub(super) history: History,
    pub(super) notices: Vec<Notice>,
    pub(super) samples: Vec<Sample>,
    pub(super) diagnostics: bool,
    pub(super) log: VecDeque<LogLine>,
    pub(super) jitter: u64,
}

/// Who is signed in.
#[derive(Debug)]
pub(super) enum Session {
    Starting,
    /// Nobody: a visitor at the page of a queue.
    Visitor(Box<Visitor>),
    Out {
        busy: bool,
        error: Option<SignInError>,
    },
    In(Box<SignedIn>),
}

/// A visitor and the one call.
#[derive(Debug, Default)]
pub(super) struct Visitor {
    /// The queue as the page's address names it.
    pub(super) path: String,
    pub(super) label: String,
    /// What to dial.
    pub(super) queue: String,
    /// Name that the visitor gave; may be empty.
    pub(super) name: String,
    pub(super) place: Option<Secret>,
    /// The guest of a page before this one, whose place and call are to come back.
    pub(super) guest: Option<String>,
    /// When that is given up.
    pub(super) give_up_at: Millis,
    /// The page goes: a call that ends by that comes back on the next one.
    pub(super) leaving: bool,
    pub(super) visit: Visit,
    /// A request for the profile is under way.
    pub(super) loading: bool,
    /// The link was lost since the last dialling.
    pub(super) lost: bool,
    pub(super) ask_at: Option<Millis>,
    pub(super) renew_at: Option<Millis>,
}

/// How far a visit is.
#[derive(Debug, Default)]
pub(super) enum Visit {
    #[default]
    Asking,
    Open,
    Unable(Unable),
    Preparing,
    Calling(CallKey),
    Over(EndCause),
}

#[derive(Debug)]
pub(super) struct SignedIn {
    pub(super) me: Me,
    pub(super) shift: Shift,
    /// The session ended while calls were running: the form comes after the last one.
    pub(super) expired: bool,
    /// The shift goes on by itself after a reload: no device check is shown.
    pub(super) resuming: bool,
}

/// Somebody in charge who takes part in a call of ours.
#[derive(Debug)]
pub(super) struct Supervisor {
    /// Their call with us.
    pub(super) key: CallKey,
    /// The call that it is about.
    pub(super) of: CallKey,
    pub(super) name: String,
    /// Who it is, where a page before let them in: the names of people come later.
    pub(super) peer: Option<Peer>,
    pub(super) mode: SuperviseMode,
    /// The user is to see it.
    pub(super) shown: bool,
}

/// Microphone, camera, speaker.
#[derive(Debug, Default)]
pub(super) struct Devices {
    pub(super) list: Vec<Device>,
    pub(super) microphone: DeviceState,
    pub(super) camera: DeviceState,
    /// A default one is open in place of the chosen microphone.
    pub(super) stand_in: bool,
    /// The microphone is to be opened anew.
    pub(super) check_due: bool,
    /// What is wrong with the microphone, as far as that is known.
    pub(super) fault: Option<PhoneFault>,
    /// A page other than the device check shows choosers, meter or preview.
    pub(super) watched: bool,
}

/// Sound that is not a call's.
#[derive(Debug, Default)]
pub(super) struct Sound {
    pub(super) locked: bool,
    /// A call was not played: only the user ends that.
    pub(super) refused: bool,
    /// The browser has said whether it is.
    pub(super) known: bool,
    /// The test ring plays until then.
    pub(super) test_until: Option<Millis>,
}

impl Sound {
    /// Something would not be heard.
    pub(super) const fn silent(&self) -> bool {
        self.locked || self.refused
    }
}

/// The SIP agent as we know it.
#[derive(Debug)]
pub(super) struct Link {
    /// An agent exists.
    pub(super) running: bool,
    pub(super) profile: Option<Box<DeskProfile>>,
    pub(super) socket: LinkState,
    pub(super) registration: RegistrationState,
    /// Registered on the present socket; stays true while a refresh is under way.
    pub(super) registered: bool,
    /// Was registered at least once in this shift.
    pub(super) was_ready: bool,
    /// When the last socket that had opened was lost.
    pub(super) lost_at: Option<Millis>,
    /// There is another network than when we registered.
    pub(super) moved: bool,
    /// The profile is asked for again at that moment.
    pub(super) refresh_at: Option<Millis>,
    /// A request for the profile is under way.
    pub(super) loading: bool,
}

/// The switchboard's feed.
#[derive(Debug, Default)]
pub(super) struct Feed {
    pub(super) wanted: bool,
    pub(super) up: bool,
    pub(super) ever: bool,
    /// Number of the last frame; `None` until a snapshot comes.
    pub(super) seq: Option<u64>,
    /// What this feed was told of our phone.
    pub(super) said: Option<Phone>,
    pub(super) people: Vec<Person>,
    pub(super) build: Option<String>,
    pub(super) retry_at: Option<Millis>,
    pub(super) failures: u32,
    pub(super) pulse: Pulse,
}

/// Work for the queues, as the switchboard says it is.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) agent: Option<AgentStatus>,
    pub(super) queues: Vec<Queue>,
    pub(super) reasons: Vec<Choice>,
    /// All queues of the house.
    pub(super) names: Vec<Choice>,
    /// Queues of our own calls, by contact.
    pub(super) calls: Vec<(String, CallQueue)>,
    /// Own calls whose other side the switchboard waits for, by contact.
    pub(super) away: BTreeSet<String>,
    pub(super) figures: Option<Figures>,
    pub(super) clock: ServerClock,
}

/// The floor, for whoever may see it.
#[derive(Debug, Default)]
pub(super) struct Floor {
    pub(super) there: bool,
    pub(super) steers: bool,
    pub(super) agents: Vec<FloorAgent>,
    pub(super) queues: Vec<FloorQueue>,
    pub(super) figures: Vec<QueueFigures>,
}

/// Everybody who waits in a queue, part by part.
#[derive(Debug, Default)]
pub(super) struct CallerList {
    pub(super) queue: String,
    /// Where the parts begin that lead to the one that is shown, after the first.
    pub(super) starts: Vec<String>,
    pub(super) part: Option<Callers>,
    /// The part is asked for.
    pub(super) loading: bool,
    pub(super) failed: bool,
    /// When it is asked for again.
    pub(super) ask_at: Millis,
}

/// Orders to the switchboard. Each has an id of its own, also across connections: sent again, it is answered again and not done again.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// Those without an answer, the oldest first.
    pub(super) waiting: Vec<WaitingOrder>,
    pub(super) last: u64,
}

/// An order whose answer is awaited.
#[derive(Debug)]
pub(super) struct WaitingOrder {
    pub(super) id: u64,
    pub(super) order: Order,
    pub(super) at: Millis,
}

/// Doors of one's sites.
#[derive(Debug, Default)]
pub(super) struct Doors {
    pub(super) sites: Vec<DoorSite>,
    pub(super) loaded: bool,
    pub(super) failed: bool,
    /// Releases of everybody, as far as they are known.
    pub(super) releases: Vec<Release>,
    /// Ids of the releases that were asked for from here.
    pub(super) ours: Vec<String>,
    /// What was asked for from here and has no answer yet.
    pub(super) asks: Vec<Ask>,
    pub(super) last_ask: u64,
}

/// A release whose answer is awaited.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) order: ReleaseOrder,
    /// The call that it belongs to.
    pub(super) call: Option<CallKey>,
    pub(super) began_at: Millis,
    /// No answer came: it is asked for again at that moment.
    pub(super) again_at: Option<Millis>,
    /// The code is being played from here, under this id.
    pub(super) playing: Option<String>,
}

/// Who opened what before.
#[derive(Debug, Default)]
pub(super) struct AccessLog {
    pub(super) find: String,
    pub(super) loading: bool,
    pub(super) failed: bool,
    pub(super) next: Option<String>,
    pub(super) rows: Vec<AccessRow>,
}

impl Doors {
    pub(super) fn relay(&self, door: &str, relay: u8) -> Option<&DoorRelay> {
        let mut doors = self.sites.iter().flat_map(|site| &site.doors);
        doors.find(|known| known.id == door)?.relays.iter().find(|known| known.relay == relay)
    }

    pub(super) fn take_ask(&mut self, number: u64) -> Option<ReleaseOrder> {
        let at = self.asks.iter().position(|ask| ask.order.ask == number)?;
        Some(self.asks.remove(at).order)
    }
}

impl Work {
    /// The server's clock at a moment of the page's.
    pub(super) fn server_now(&self, now: Millis) -> i64 {
        i64::try_from(now).unwrap_or(i64::MAX).saturating_add(self.clock.ahead())
    }
}

/// Past calls.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) open: bool,
    pub(super) loaded: bool,
    pub(super) loading: bool,
    pub(super) failed: bool,
    pub(super) next: Option<String>,
    /// From the switchboard, newest first, one per contact.
    pub(super) rows: Vec<HistoryRow>,
    /// Seen by this page. Shown only where the switchboard knows nothing: it does not see calls of a foreign PBX.
    pub(super) own: Vec<HistoryRow>,
}

impl State {
    pub(super) fn new() -> State {
        State {
            now: 0,
            unix: 0,
            settings: Settings::default(),
            online: true,
            session: Session::Starting,
            devices: Devices::default(),
            sound: Sound::default(),
            link: Link::default(),
            feed: Feed::default(),
            work: Work::default(),
            resume: None,
            returning: Vec::new(),
            floor: Floor::default(),
            callers: None,
            orders: Orders::default(),
            told: Vec::new(),
            doors: Doors::default(),
            access: AccessLog::default(),
            calls: Vec::new(),
            supervisors: Vec::new(),
            next_call: 1,
            history: History::default(),
            notices: Vec::new(),
            samples: Vec::new(),
            diagnostics: false,
            log: VecDeque::new(),
            jitter: 1,
        }
    }

    pub(super) fn shift(&self) -> Option<Shift> {
        match &self.session {
            Session::In(signed_in) => Some(signed_in.shift),
            Session::Starting | Session::Out { .. } | Session::Visitor(_) => None,
        }
    }

    /// Calls reach us, and ours leave.
    pub(super) fn ready(&self) -> bool {
        self.link.registered && matches!(self.link.socket, LinkState::Up) && self.online
    }

    /// A pseudo-random number below `limit`, for spreading retries.
    pub(super) fn spread(&mut self, limit: u64) -> u64 {
        // xorshift: quality does not matter here.
        self.jitter ^= self.jitter << 13;
        self.jitter ^= self.jitter >> 7;
        self.jitter ^= self.jitter << 17;
        self.jitter % limit.max(1)
    }

    /// Keeps the newest lines only.
    pub(super) fn log(&mut self, text: impl Into<String>) {
        const LINES: usize = 200;
        if self.log.len() == LINES {
            self.log.pop_front();
        }
        self.log.push_back(LogLine { at: self.now, text: text.into() });
    }

    pub(super) fn notice(&mut self, notice: Notice) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    pub(super) fn clear_notice(&mut self, which: impl Fn(&Notice) -> bool) {
        self.notices.retain(|notice| !which(notice));
    }
}

impl Default for Link {
    fn default() -> Self {
        Link {
            running: false,
            profile: None,
            socket: LinkState::Off,
            registration: RegistrationState::Off,
            registered: false,
            was_ready: false,
            lost_at: None,
            moved: false,
            refresh_at: None,
            loading: false,
        }
    }
}

impl Failure {
    /// The session is not valid.
    pub(super) fn signed_out(&self) -> bool {
        self.status == Some(401)
    }

    /// What the form says where somebody has ended the session.
    pub(super) fn revoked(&self) -> Option<SignInError> {
        (self.code == Some(ErrorCode::SessionRevoked)).then_some(SignInError::Revoked)
    }
}

/// Whether a direction lets us receive.
pub(super) fn receives(direction: Direction) -> bool {
    matches!(direction, Direction::SendRecv | Direction::RecvOnly)
}

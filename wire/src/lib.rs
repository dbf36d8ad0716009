//! Types shared by the app and the switchboard: REST bodies and the frames of the live feed. Plain data, no I/O, and no behaviour but the
//! rules that both sides have to agree about ([`alarms`]).
//!
//! Compatibility: fields that a reader does not know are ignored, variants that it does not know decode to `Unknown`, fields that
//! came after the first version carry a default. The JSON of every type is pinned by `tests/json.rs`; a changed snapshot is a
//! changed [`VERSION`].
//!
//! Instants are UTC milliseconds since 1970 ([`UnixMs`]) of the *server's* clock. Each answer that carries a deadline also carries
//! `now`, so that a browser with a wrong clock can compute what is left.

mod access;
mod admin;
mod alarms;
mod audit;
mod desk;
mod doors;
mod error;
mod feed;
mod floor;
mod history;
mod phone;
mod pictures;
mod quality;
mod queue;
mod report;
mod secret;
mod session;
mod sessions;
mod timeline;
mod wall;

pub use access::{AccessPage, AccessRow, KeptPicture};
pub use admin::{
    AdminCode, AdminPlace, AdminRefusal, Edit, FieldError, FieldFault, Graded, Hold, Kept, NumberRule, OneTimePassword, Origin,
    PasswordState, PeoplePage, PersonForm, PersonRow, QueueForm, QueuesPage, ReasonsPage, RelaxStep,
};
pub use alarms::{Alarm, KnownAlarm, alarms};
pub use audit::{AuditFact, AuditFault, AuditFaultKind, AuditPage, AuditProof, AuditRow};
pub use desk::{DeskProfile, IcePolicy, IceServer, IceSettings, SipAccount};
pub use doors::{
    Door, DoorList, DoorRelay, DoorSite, RelayRelease, Release, ReleaseAnswer, ReleaseOutcome, ReleaseRequest, ToneOrder, TonesPlayed,
};
pub use error::{ApiError, ErrorCode};
pub use feed::{
    CallItem, CallState, Change, ClientFrame, Direction, FeedEnd, Peer, Person, Presence, ServerFrame, Snapshot, Ticket, TicketPurpose,
    TicketRequest,
};
pub use floor::{
    Callers, Floor, FloorAgent, FloorQueue, Interval, MAX_PRIORITY, MESSAGE_LIMIT, Membership, QueueFigures, Steer, SuperviseMode, Told,
    ToldWhat,
};
pub use history::{HistoryPage, HistoryRow, Outcome};
pub use phone::{Phone, PhoneFault};
pub use pictures::{PictureFrame, PictureNotice, PictureRequest, PictureTrouble};
pub use quality::{CallQuality, Grade, MEASURED_LIMIT_MS, Measured, SoundFault};
pub use queue::{
    AgentState, AgentStatus, CallQueue, Choice, Figures, NOTE_LIMIT, Order, OrderResult, Queue, Unready, VisitorProfile, VisitorQueue,
    VisitorState, VisitorWish, WaitingCaller, WaitingDoor, WrapUp,
};
pub use report::{Counted, Granularity, Report, ReportCall, ReportCalls, ReportFigures, ReportKind, ReportRow, ZoneOffset};
pub use secret::Secret;
pub use session::{Me, PASSWORD_LEAST, PasswordChange, Role, SignIn, Site, Tenant};
pub use sessions::{Lockout, LockoutKind, LockoutList, SessionItem, SessionList, SessionsEnded, WhoseSession};
pub use timeline::{
    CallTimeline, TimelineDetail, TimelineEvent, TimelineKind, TimelineLane, TimelinePart, TimelineSound, TimelineSpan, TimelineState,
};
pub use wall::{Staff, WALL_DAYS_LIMIT, WALL_NAME_LIMIT, WallLink, WallList, WallOpen, WallPass, WallWish};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1 January 1970 UTC, by the server's clock.
pub type UnixMs = i64;

/// The version that this build speaks. The minor number grows with each addition, the major one with each break.
pub const VERSION: WireVersion = WireVersion { major: 1, minor: 10 };

/// A version of the JSON in this crate. The switchboard serves the current and the previous minor of one major.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireVersion {
    /// Grows when an old reader would misunderstand.
    pub major: u16,
    /// Grows when something was added.
    pub minor: u16,
}

impl WireVersion {
    /// Whether a page that speaks `client` can be served by this version: same major, this or the previous minor.
    #[must_use]
    pub fn serves(self, client: Self) -> bool {
        self.major == client.major && (client.minor == self.minor || client.minor + 1 == self.minor)
    }
}

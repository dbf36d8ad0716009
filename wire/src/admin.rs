//! Administration of people, queues and pause reasons: `/api/admin`.

use crate::{Choice, Role, Secret, Site};
use serde::{Deserialize, Serialize};

/// A number beside a name: how well a skill is known or has to be, or the penalty of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Graded {
    /// Name of the skill, or user name.
    pub name: String,
    /// The number.
    pub level: u32,
}

/// What a queue asks of agents for callers who have waited so long in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RelaxStep {
    /// From when on.
    pub after_seconds: u32,
    /// Levels less than at first, of each skill.
    pub less: u32,
    /// The highest penalty.
    pub max_penalty: u32,
}

/// A person as an administrator writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonForm {
    /// User name; it never changes.
    pub user: String,
    /// Name to show.
    pub display_name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Ids of the sites where they may do it.
    pub sites: Vec<String>,
    /// What they know: levels from 1 to 10.
    #[serde(default)]
    pub skills: Vec<Graded>,
    /// They can neither sign in nor be called, and keep everything else.
    #[serde(default)]
    pub disabled: bool,
}

/// A queue as an administrator writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueForm {
    /// Name, which is what one dials; it never changes.
    pub name: String,
    /// Name to show.
    pub label: String,
    /// Id of its site; empty where the tenant has none.
    pub site: String,
    /// User names of the agents who get its calls.
    pub agents: Vec<String>,
    /// What they must know at least, at first.
    #[serde(default)]
    pub skills: Vec<Graded>,
    /// Penalties of those who have one: whoever has less is rung first.
    #[serde(default)]
    pub penalties: Vec<Graded>,
    /// The highest penalty at first; any without it.
    #[serde(default)]
    pub max_penalty: Option<u32>,
    /// How that relaxes, the earliest first.
    #[serde(default)]
    pub relax: Vec<RelaxStep>,
    /// Name of the rule by which one of several free agents is rung first.
    pub strategy: String,
    /// Agents rung for one caller at the same time where that rule rings all; as before without it.
    #[serde(default)]
    pub ring_at_once: Option<u32>,
    /// Visitors may call it.
    pub public: bool,
    /// How long an agent is rung.
    pub ring_seconds: u32,
    /// Longest wrap-up; 0 for none.
    pub wrap_up_seconds: u32,
    /// What an agent may add to it at a time; 0 for nothing.
    #[serde(default)]
    pub wrap_up_extend_seconds: u32,
    /// How often they may.
    #[serde(default)]
    pub wrap_up_extensions: u32,
    /// Longest wait.
    pub max_wait_seconds: Option<u32>,
    /// Callers who may wait.
    pub max_waiting: u32,
    /// Queue for those who cannot stay.
    pub overflow: Option<String>,
    /// Rings in a row that pause an agent who misses them; 0 for never.
    pub pause_after_missed: u32,
    /// Seconds within which a call should be answered.
    pub target_seconds: u32,
    /// Share of the calls for which that should hold, in per cent.
    pub target_percent: u32,
    /// Seconds of waiting from which there is an alarm.
    pub alarm_seconds: u32,
    /// Whoever gives up within so many seconds is not counted as lost; 0 for nobody.
    #[serde(default = "short_seconds")]
    pub short_seconds: u32,
    /// Lines such as `mon-fri 08:00-18:00`; always open without.
    pub hours: Option<Vec<String>>,
    /// What a call can have been about.
    pub dispositions: Vec<Choice>,
}

/// What counted before a queue could say it.
fn short_seconds() -> u32 {
    5
}

/// Where a record comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The configuration file says so, and nobody has changed it here.
    File,
    /// It was written here; the file's record of the same name, if any, does not count.
    Desk,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// How much of a record this administrator may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Everything.
    All,
    /// A person who belongs to sites of others too: only whether they belong to one's own.
    Sites,
    /// Nothing: it concerns sites of others.
    Nothing,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// A record as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept<T> {
    /// Sent back with a change: whoever changed the record meanwhile is not overwritten.
    pub version: String,
    /// Where it comes from.
    pub origin: Origin,
    /// How much of it may be changed.
    pub hold: Hold,
    /// What it says.
    pub record: T,
}

/// Body of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit<T> {
    /// [`Kept::version`] of what was edited.
    pub version: String,
    /// What it should say.
    pub record: T,
}

/// Whether somebody can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordState {
    /// There is none.
    Missing,
    /// One that only they know.
    Set,
    /// One that an administrator made, good for one sign-in that sets another.
    Once,
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// The sites of whoever administers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminPlace {
    /// All sites of the tenant.
    pub sites: Vec<Site>,
    /// Ids of one's own.
    pub own: Vec<String>,
    /// What belongs to no site may be changed: all sites are one's own.
    pub everywhere: bool,
}

/// A line of the list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// The person.
    pub kept: Kept<PersonForm>,
    /// Whether they can sign in.
    pub password: PasswordState,
}

/// Answer of `GET /api/admin/people`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    /// Where.
    pub place: AdminPlace,
    /// People can be added: not where they have accounts on a foreign PBX.
    pub adds: bool,
    /// Whoever belongs to one's own sites, by name.
    pub people: Vec<PersonRow>,
}

/// What a number may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRule {
    /// Field of [`QueueForm`].
    pub field: String,
    /// For a new queue.
    pub default: u32,
    /// Least.
    pub low: u32,
    /// Most.
    pub high: u32,
}

/// Answer of `GET /api/admin/queues`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuesPage {
    /// Where.
    pub place: AdminPlace,
    /// Queues of one's own sites.
    pub queues: Vec<Kept<QueueForm>>,
    /// Who can be made an agent: name is the user name, label the name to show.
    pub people: Vec<Choice>,
    /// Names of the rules of [`QueueForm::strategy`].
    pub strategies: Vec<String>,
    /// What the numbers may be.
    pub numbers: Vec<NumberRule>,
}

/// Answer of `GET /api/admin/reasons`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonsPage {
    /// Where.
    pub place: AdminPlace,
    /// Reasons for a pause, in the order in which they are shown.
    pub reasons: Vec<Kept<Choice>>,
}

/// Answer of `POST /api/admin/people/<user>/password`; it is never shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimePassword {
    /// Good for one sign-in, which sets another.
    pub password: Secret,
    /// Until when.
    pub expires_at: crate::UnixMs,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum FieldFault {
    /// Nothing stands there.
    Missing,
    /// More letters, or more of them, than may be.
    TooLong {
        /// How many may be.
        limit: u32,
    },
    /// A name is 1 to 64 of the characters a-z 0-9 - _ . +
    NoName,
    /// A person, a queue or a station is called so.
    Taken,
    /// Somebody was called so who is gone: their calls stand under the name.
    Retired,
    /// There is nothing of this name.
    NoSuch {
        /// Which name.
        name: String,
    },
    /// It stands there twice.
    Twice {
        /// Which name.
        name: String,
    },
    /// The number is not in its range.
    OutOfRange {
        /// Least.
        low: u32,
        /// Most.
        high: u32,
    },
    /// A line that names no hours.
    NoHours {
        /// Which line.
        line: String,
    },
    /// Callers could wait for ever for somebody who is not there.
    Endless,
    /// It concerns sites of others.
    NotYours {
        /// Which name; empty where it is the field as a whole.
        name: String,
    },
    /// One of a later version.
    #[serde(other)]
    Unknown,
}

/// A field with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Field of the form; what is in a list has its place there: `dispositions.2`.
    pub field: String,
    /// What is wrong.
    #[serde(flatten)]
    pub fault: FieldFault,
}

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminCode {
    /// 422: see the fields.
    Invalid,
    /// 409: somebody else changed or removed it meanwhile.
    Changed,
    /// 409: something needs it, see `names`.
    InUse,
    /// 409: nobody would be left who may administer a site.
    LastAdministrator,
    /// 503: it could not be written into the log, so it was not done.
    NotLogged,
    /// 401: there is no session.
    NotSignedIn,
    /// 403: it concerns sites of others.
    Forbidden,
    /// 404: there is no such thing, or not for you.
    NotFound,
    /// 429: too many tries.
    TooMany,
    /// Another one, of [`ErrorCode`](crate::ErrorCode) or of a later version.
    #[serde(other)]
    Unknown,
}

/// The body of a refused call under `/api/admin`: an [`ApiError`](crate::ApiError) with more to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminRefusal {
    /// Why.
    pub code: AdminCode,
    /// Why, in an English sentence for a developer.
    pub message: String,
    /// What is wrong with which field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// What needs the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Callers who wait in the queue.
    #[serde(default)]
    pub waiting: u32,
}

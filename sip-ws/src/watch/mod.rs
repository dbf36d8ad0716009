//! Subscriptions (RFC 6665) of an [`Agent`](crate::Agent): calls of others, waiting messages, presence, conferences.
//!
//! They have a vocabulary of their own beside [`io`](crate::io): [`Agent::subscribe`](crate::Agent::subscribe) and
//! [`Agent::unsubscribe`](crate::Agent::unsubscribe) say what is wanted (drain [`poll`](crate::Agent::poll) afterwards, as after an
//! input), [`Agent::next_notice`](crate::Agent::next_notice) says what is known, after each drain. Only `subscribe` names the machine
//! and the readers of bodies: a page that never subscribes does not download them.

mod conference;
mod dialog_info;
mod machine;
mod message_summary;
mod package;
mod pidf;
mod xml;

pub use conference::{Conference, ConferenceUser, MAX_ENDPOINTS, MAX_USERS};
pub use dialog_info::{DialogInfo, DialogParty, DialogStage, MAX_DIALOGS, WatchedDialog};
pub use message_summary::{MAX_CLASSES, MessageCount, MessageSummary};
pub use package::{Document, Package};
pub use pidf::{Presence, PresenceTuple};
pub use xml::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_DOCUMENT, MAX_ELEMENTS};

pub(crate) use machine::Subscriptions;

use crate::codec::{Message, Uri};
use crate::dialog::Detour;
use crate::endpoint::{Endpoint, RequestId, ServerTxnId};
use crate::ids::Ids;
use crate::io::{FlowId, Millis};

/// Subscriptions at one time; further ones end at once with [`WatchEnd::Limit`].
pub const MAX_WATCHES: usize = 200;
/// Notices that wait to be taken; the oldest state of a subscription is dropped for a newer one beyond it.
pub const MAX_NOTICES: usize = 1_000;

/// Handle of one subscription, chosen by the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchId(pub u64);

/// What is wanted of a subscription. It is kept up, whatever happens to flows, until [`WatchEnd`] is told or it is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Whom or what to watch: a SIP or tel URI, or a bare name or number of our domain.
    pub target: String,
    /// What about it.
    pub package: Package,
    /// Seconds asked for; the server may grant less.
    pub expires: u32,
}

/// What a subscription tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The server waits for permission, or for the watched person to exist.
    Pending {
        /// Which subscription.
        watch: WatchId,
    },
    /// All that is known, after each change. The first one follows the subscription at once (RFC 6665 4.2.1.2).
    State {
        /// Which subscription.
        watch: WatchId,
        /// The whole state; changes are merged in already.
        document: Document,
    },
    /// Nothing is known for the present; what was told before may be out of date.
    Stale {
        /// Which subscription.
        watch: WatchId,
        /// When it is tried again; `None`: with the next flow.
        retry_at: Option<Millis>,
    },
    /// The subscription is over and will not be tried again. Last notice of it.
    Over {
        /// Which subscription.
        watch: WatchId,
        /// Why.
        end: WatchEnd,
    },
}

/// Why a subscription is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchEnd {
    /// We took it back, or the agent stops.
    Local,
    /// The server or the watched person refuses (`rejected`, 403, 603).
    Rejected,
    /// There is nobody and nothing of that address (`noresource`, 404).
    NoResource,
    /// The state will never change again (`invariant`): the last one told stays true.
    Invariant,
    /// The server does not know the package (489).
    UnknownPackage,
    /// The credentials were refused, or we have none for that realm.
    Credentials,
    /// Refused for another reason that trying again would not change.
    Refused(u16),
    /// The target is no address.
    Target,
    /// [`MAX_WATCHES`] is reached, or the handle is in use.
    Limit,
}

/// Notifications that nobody may act on (RFC 6665 4.1.3), counted since the agent was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OddNotifies {
    /// Of no subscription of ours: answered with 481.
    pub unsolicited: u64,
    /// Of a subscription of ours, with a body that could not be read: answered with 200 and ignored.
    pub unreadable: u64,
}

/// What became of a document of a package that tells changes.
#[derive(Debug, PartialEq, Eq)]
enum Merged<T> {
    /// The whole state.
    New(T),
    /// Not newer than what is known.
    Old,
    /// Something is missing in between: the whole state must be asked for.
    Gap,
}

/// The agent's side, without naming the machine.
pub(crate) struct Ctx<'a> {
    pub(crate) now: Millis,
    pub(crate) ep: &'a mut Endpoint,
    pub(crate) ids: &'a mut Ids,
    pub(crate) aor: Option<&'a Uri>,
    pub(crate) contact: &'a str,
    pub(crate) service_route: &'a [String],
    /// What becomes of the routes of a dialog that began elsewhere.
    pub(crate) detour: &'a Detour,
    /// The flow, once it is registered.
    pub(crate) flow: Option<FlowId>,
}

/// All subscriptions of an agent, as the agent sees them.
pub(crate) trait Watcher: std::fmt::Debug + Send + Sync {
    fn subscribe(&mut self, ctx: &mut Ctx<'_>, id: WatchId, watch: Watch);
    fn unsubscribe(&mut self, ctx: &mut Ctx<'_>, id: WatchId);
    /// A final response (`None`: there will be none). `false`: not to a request of a subscription.
    fn on_response(&mut self, ctx: &mut Ctx<'_>, request: RequestId, response: Option<&Message>) -> bool;
    /// `false`: not of a subscription of ours.
    fn on_notify(&mut self, ctx: &mut Ctx<'_>, txn: ServerTxnId, notify: &Message) -> bool;
    /// There is a flow that is registered.
    fn on_reachable(&mut self, ctx: &mut Ctx<'_>);
    fn on_lost(&mut self);
    fn on_timeout(&mut self, ctx: &mut Ctx<'_>);
    fn deadline(&self) -> Option<Millis>;
    /// The agent stops: what can be said is said; without a flow, or silently, nothing is.
    fn stop(&mut self, ctx: &mut Ctx<'_>, silently: bool);
    fn next_notice(&mut self) -> Option<Notice>;
    fn unreadable(&self) -> u64;
}

/// Whether a notification carries a body of this type.
fn body_is(notify: &Message, media_type: &str) -> Result<(), &'static str> {
    if notify.has_content_type(media_type) { Ok(()) } else { Err("another content type") }
}

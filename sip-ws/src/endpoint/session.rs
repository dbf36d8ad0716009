//! What an endpoint knows of one INVITE session.

use std::collections::{BTreeMap, BTreeSet};

use super::api::{Body, EndedBy, MAX_EARLY_DIALOGS};
use super::index::Key;
use super::reliable::{Reliable, Sent};
use super::timer::Timer;
use crate::codec::{HeaderName, Message, SessionId as SessionIdHeader};
use crate::dialog::Dialog;
use crate::io::{FlowId, Millis};
use crate::timers;
use crate::transaction::Backoff;

/// Header names and values that are kept until they can be sent.
pub(super) type OwnedHeaders = Vec<(String, String)>;

/// ```text
///   invite()                             INVITE received
///      │                                        │
/// ┌────▼────┐ 300-699, B, C: Rejected,    ┌─────▼─┐ CANCEL, BYE: Ended
/// │ Calling ├──── Failed ──────────► end  │Ringing├─ reject() ─────────► end
/// └────┬────┘ hang_up(): CANCEL, then     └─────┬─┘ nobody answers: Ended
///   2xx│      487: Ended, 2xx: ACK and Ending   │accept(): 2xx until ACK
///      │            ┌───────────┐               │
///      └───────────►│Established│◄──────────────┘◄──── restore()
///                   └─────┬──┬──┘
///    hang_up(), no ACK:   │  │ BYE received, 481: Ended
///    BYE            ┌─────▼┐ └────────────► end
///                   │Ending├─ response, F, no flow for long: Ended ─► end
///                   └──────┘
/// ```
#[derive(Debug)]
pub(super) enum State {
    /// Our INVITE has no final response.
    Calling {
        /// Its client transaction.
        txn: u64,
        /// Whether it is to be cancelled.
        cancel: Cancel,
        /// The offer is to come in the 2xx, so we do not acknowledge by ourselves.
        late_offer: bool,
    },
    /// The INVITE that we received has no final response.
    Ringing {
        /// Its server transaction.
        txn: u64,
        /// When it is refused if nobody answers.
        give_up: Millis,
        /// When the last provisional response is repeated.
        again: Option<Millis>,
    },
    /// Both sides have a dialog.
    Established,
    /// We said or will say BYE.
    Ending {
        /// Its client transaction; `None`: there is no flow for it.
        txn: Option<u64>,
        /// Headers of the BYE.
        headers: OwnedHeaders,
        /// When to stop waiting for a flow.
        give_up: Millis,
        /// What to report.
        cause: EndedBy,
    },
}

/// Cancelling of an INVITE (9.1).
#[derive(Debug)]
pub(super) enum Cancel {
    /// Not wanted.
    No,
    /// Wanted; to be sent with these headers when a provisional response has come and there is a flow.
    Wanted(OwnedHeaders),
    /// Sent with these headers.
    Sent(OwnedHeaders),
}

/// Offer/answer round by re-INVITE (14), or an UPDATE with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// None under way.
    None,
    /// Our re-INVITE waits for its final response.
    Ours { txn: u64, late: bool },
    /// Our UPDATE waits for its final response.
    OurUpdate { txn: u64 },
    /// The peer's re-INVITE waits for our final response.
    Theirs { txn: u64, give_up: Millis },
    /// The peer's UPDATE waits for our final response.
    TheirUpdate { txn: u64 },
}

/// A 2xx of ours that is repeated until its ACK comes (13.3.1.4).
#[derive(Debug)]
pub(super) struct Unacked {
    pub(super) cseq: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) resend: Backoff,
    pub(super) give_up: Millis,
}

impl Unacked {
    pub(super) fn new(now: Millis, cseq: u32, bytes: Vec<u8>) -> Self {
        let resend = Backoff::new(now, timers::ACCEPT_RESEND, timers::T2);
        Self { cseq, bytes, resend, give_up: now.plus(timers::ACCEPT_LIMIT) }
    }

    /// There is a flow again: it is sent at once, and its time starts anew.
    pub(super) fn restart(&mut self, now: Millis) {
        self.resend = Backoff::new(now, 0, timers::T2);
        self.give_up = now.plus(timers::ACCEPT_LIMIT);
    }
}

/// Both halves of the Session-ID (RFC 7989), in place: every message of a session reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Halves {
    local: [u8; 32],
    remote: [u8; 32],
}

impl Halves {
    /// The half of somebody who has not said it yet.
    pub(super) const NIL: &'static str = "00000000000000000000000000000000";

    pub(super) fn new(local: &str) -> Self {
        Self { local: half(local), remote: half(Self::NIL) }
    }

    /// As they were stored.
    pub(super) fn stored(local: &str, remote: &str) -> Self {
        Self { local: half(local), remote: half(remote) }
    }

    pub(super) fn local(&self) -> &str {
        std::str::from_utf8(&self.local).unwrap_or(Self::NIL)
    }

    pub(super) fn remote(&self) -> &str {
        std::str::from_utf8(&self.remote).unwrap_or(Self::NIL)
    }

    /// RFC 7989 5: the sender's half of a received message is our remote half.
    pub(super) fn learn(&mut self, message: &Message) {
        if let Ok(id) = message.session_id()
            && id.local.as_ref() != Self::NIL
        {
            self.remote = half(&id.local);
        }
    }

    /// Takes our half from a header that the owner gave.
    pub(super) fn adopt(&mut self, value: &str) {
        if let Ok(id) = SessionIdHeader::parse(value.as_bytes()) {
            self.local = half(&id.local);
        }
    }

    pub(super) fn write(&self, message: &mut Message) {
        message.set(HeaderName::SessionId, [self.local(), ";remote=", self.remote()].concat());
    }
}

/// 32 digits, or the half of somebody who has not said it: nothing else is a half.
fn half(text: &str) -> [u8; 32] {
    text.as_bytes().try_into().unwrap_or([b'0'; 32])
}

/// A tag that is compared for each message: in place where it is no longer than those of most peers.
#[derive(Clone, Copy, Debug, Default)]
struct Tag {
    length: u8,
    octets: [u8; 23],
}

impl Tag {
    fn new(tag: &str) -> Self {
        let mut octets = [0; 23];
        octets.iter_mut().zip(tag.bytes()).for_each(|(to, from)| *to = from);
        Self { length: u8::try_from(tag.len()).unwrap_or(u8::MAX), octets }
    }

    /// `None`: it is too long to say.
    fn is(&self, tag: &str) -> Option<bool> {
        let own = self.octets.get(..usize::from(self.length))?;
        Some(own == tag.as_bytes())
    }
}

/// One session.
///
/// What every message of the dialog reads stands together at its beginning, in this order: with thousands of dialogs none of it is in a
/// cache any more, and each line costs as much as a tenth of the message.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Session {
    pub(super) flow: Option<FlowId>,
    /// The dialog; of a caller only when established.
    pub(super) dialog: Option<Dialog>,
    /// The peer's tag of [`dialog`](Self::dialog) once more, in place.
    remote_tag: Tag,
    pub(super) halves: Halves,
    pub(super) state: State,
    pub(super) offer: Offer,
    /// Session timer (RFC 4028).
    pub(super) timer: Timer,
    pub(super) unacked: Option<Box<Unacked>>,
    /// Reliable provisional responses (RFC 3262).
    pub(super) reliable: Option<Box<Reliable>>,
    pub(super) is_caller: bool,
    /// Number of the INVITE whose 2xx waits for [`ack`](super::Endpoint::ack).
    pub(super) ack_due: Option<u32>,
    /// Number and bytes of our last ACK of a 2xx, repeated when the 2xx is.
    pub(super) acked: Option<(u32, Vec<u8>)>,
    /// BYE is wanted as soon as our 2xx is acknowledged (15).
    pub(super) bye_wanted: Option<OwnedHeaders>,
    /// Early dialogs of a caller by remote tag, and which one spoke last.
    pub(super) early: BTreeMap<String, Dialog>,
    pub(super) last_early: String,
    /// Forks that said BYE before their 2xx reached us.
    dead_forks: BTreeSet<String>,
    /// Under which it is found.
    pub(super) index: Key,
}

impl Session {
    pub(super) fn new(flow: Option<FlowId>, is_caller: bool, state: State, local_half: &str, index: Key) -> Self {
        Self {
            flow,
            is_caller,
            state,
            dialog: None,
            early: BTreeMap::new(),
            last_early: String::new(),
            dead_forks: BTreeSet::new(),
            remote_tag: Tag::default(),
            halves: Halves::new(local_half),
            offer: Offer::None,
            unacked: None,
            acked: None,
            ack_due: None,
            bye_wanted: None,
            timer: Timer::default(),
            reliable: None,
            index,
        }
    }

    /// The dialog that the session is from now on.
    pub(super) fn begin(&mut self, dialog: Dialog) {
        self.remote_tag = Tag::new(&dialog.remote_tag);
        self.dialog = Some(dialog);
    }

    /// Reads something of every line that a message of the peer needs, one right after the other, so that the memory is waited for once
    /// and not line by line on the way.
    pub(super) fn fetch(&self) {
        let number = self.dialog.as_ref().map(|dialog| dialog.remote_cseq);
        let (tag, local, remote) = (self.remote_tag.length, self.halves.local[0], self.halves.remote[31]);
        std::hint::black_box((number, tag, local, remote, self.is_established(), self.offer, self.ack_due));
    }

    /// Made when it is first needed.
    pub(super) fn reliable(&mut self) -> &mut Reliable {
        self.reliable.get_or_insert_default()
    }

    /// The reliable response of ours that waits for its PRACK.
    pub(super) fn unconfirmed(&self) -> Option<&Sent> {
        self.reliable.as_ref()?.sent.as_ref()
    }

    pub(super) const fn is_established(&self) -> bool {
        matches!(self.state, State::Established)
    }

    /// A fork is over before it won.
    pub(super) fn end_fork(&mut self, tag: String) {
        self.early.remove(&tag);
        if self.dead_forks.len() < MAX_EARLY_DIALOGS {
            self.dead_forks.insert(tag);
        }
    }

    pub(super) fn is_dead_fork(&self, tag: &str) -> bool {
        self.dead_forks.contains(tag)
    }

    /// The dialog that in-dialog requests of ours belong to.
    pub(super) fn current(&mut self) -> Option<&mut Dialog> {
        match self.state {
            State::Calling { .. } => self.early.get_mut(&self.last_early),
            State::Ringing { .. } | State::Established | State::Ending { .. } => self.dialog.as_mut(),
        }
    }

    /// The dialog that a request with this From tag belongs to.
    pub(super) fn dialog_of(&mut self, remote_tag: &str) -> Option<&mut Dialog> {
        match self.state {
            State::Calling { .. } => self.early.get_mut(remote_tag),
            State::Ringing { .. } | State::Established | State::Ending { .. } => {
                let is_it = self.remote_tag.is(remote_tag);
                self.dialog.as_mut().filter(|dialog| is_it.unwrap_or_else(|| dialog.remote_tag == remote_tag))
            }
        }
    }

    /// When the session itself has something to do.
    pub(super) fn deadline(&self) -> Option<Millis> {
        let state = match &self.state {
            State::Ringing { give_up, again, .. } => Some(again.map_or(*give_up, |again| again.min(*give_up))),
            State::Ending { txn: None, give_up, .. } => Some(*give_up),
            State::Calling { .. } | State::Established | State::Ending { txn: Some(_), .. } => None,
        };
        let offer = match self.offer {
            Offer::Theirs { give_up, .. } => Some(give_up),
            Offer::None | Offer::Ours { .. } | Offer::OurUpdate { .. } | Offer::TheirUpdate { .. } => None,
        };
        // Without a flow no ACK can come, and its absence says nothing about the peer.
        let unacked = self.unacked.as_ref().filter(|_| self.flow.is_some()).map(|u| u.resend.at.min(u.give_up));
        let rings = matches!(self.state, State::Ringing { .. });
        let reliable = self.unconfirmed().filter(|_| rings && self.flow.is_some()).map(|s| s.resend.at.min(s.give_up));
        let timer = self.timer.deadline(self.flow.is_some()).filter(|_| self.is_established());
        [state, offer, unacked, reliable, timer].into_iter().flatten().min()
    }
}

/// What a client transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A request of the owner outside of sessions.
    Free(super::RequestId),
    /// The INVITE of a session.
    Invite(super::SessionId),
    /// A re-INVITE.
    Reinvite(super::SessionId),
    /// The BYE of a session.
    Bye(super::SessionId),
    /// Another request in a session.
    InDialog(super::SessionId, super::RequestId),
    /// UPDATE that refreshes a session (RFC 4028).
    Refresh(super::SessionId),
    /// PRACK of a session's INVITE (RFC 3262).
    Prack(super::SessionId),
    /// CANCEL of a session's INVITE.
    Cancel(super::SessionId),
    /// BYE of a fork that lost: nobody waits for the response.
    Stray,
}

impl Purpose {
    pub(super) const fn session(self) -> Option<super::SessionId> {
        match self {
            Self::Invite(s)
            | Self::Reinvite(s)
            | Self::Bye(s)
            | Self::InDialog(s, _)
            | Self::Refresh(s)
            | Self::Prack(s)
            | Self::Cancel(s) => Some(s),
            Self::Free(_) | Self::Stray => None,
        }
    }
}

/// Adds headers and a body of the owner.
pub(super) fn fill<'a>(message: &mut Message, headers: impl IntoIterator<Item = (&'a str, &'a str)>, body: Option<&Body>) {
    for (name, value) in headers {
        // These are written by the endpoint itself.
        if matches!(HeaderName::from_bytes(name.as_bytes()), HeaderName::SessionId | HeaderName::ContentLength | HeaderName::ContentType) {
            continue;
        }
        message.push_named(name, value);
    }
    if let Some(body) = body {
        message.set_body(&body.content_type, body.bytes.clone());
    }
}

/// Keeps headers for later.
pub(super) fn own(headers: super::Headers<'_>) -> OwnedHeaders {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_apart_whatever_their_length() {
        for length in [0, 1, 22, 23] {
            let tag = "x".repeat(length);
            assert_eq!(Tag::new(&tag).is(&tag), Some(true), "{length}");
            assert_eq!(Tag::new(&tag).is(&format!("{tag}x")), Some(false), "{length}");
            assert_eq!(Tag::new(&tag).is(&"y".repeat(length + 1)), Some(false), "{length}");
        }
        for length in [24, 255, 256, 300] {
            assert_eq!(Tag::new(&"x".repeat(length)).is(&"x".repeat(length)), None, "{length}");
        }
    }
}

//! What of a call survives a reload of the page. Pure data; no secret is in it.

use super::{CallId, Peer};
use crate::endpoint::StoredDialog;

/// [`StoredCall::version`] that this crate writes and reads.
pub const STORED_CALL_VERSION: u32 = 1;

/// An answered call as [`Output::Keep`](super::Output::Keep) gives it and [`Agent::restore`](crate::Agent::restore) takes it. It holds
/// addresses and tags: whoever reads it could take part in the call, so it belongs into the storage of one tab and is erased at
/// sign-out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StoredCall {
    /// Layout of this value; others are not restored.
    pub version: u32,
    /// Handle of the call.
    pub call: CallId,
    /// The dialog with its route set and sequence numbers.
    pub dialog: StoredDialog,
    /// The user hung up; the BYE may not have been said yet. Nothing else of the call goes on.
    pub ending: bool,
    /// We made the call.
    pub outgoing: bool,
    /// Who is there.
    pub peer: Peer,
    /// We hold the peer.
    pub hold: bool,
    /// The peer holds us.
    pub held_by_peer: bool,
    /// Video is wanted.
    pub video: bool,
    /// Video of the peer is shown, or was when a hold began.
    #[cfg_attr(feature = "serde", serde(default))]
    pub sees: bool,
    /// Session id of our descriptions (`o=`): the same for the whole dialog.
    pub origin_id: String,
    /// Version of our last description (`o=`): the next one has the next.
    pub origin_version: u64,
    /// The m-lines of the dialog in order: their number never shrinks (RFC 3264 section 8).
    pub lines: Vec<StoredLine>,
    /// What the numbers of RTP header extensions mean in the dialog, such as `4 urn:ietf:params:rtp-hdrext:sdes:mid`: they keep it
    /// (RFC 8285 section 8).
    #[cfg_attr(feature = "serde", serde(default))]
    pub extensions: Vec<String>,
}

/// One m-line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StoredLine {
    /// `audio`, `video`, ...
    pub kind: String,
    /// Such as `UDP/TLS/RTP/SAVPF`.
    pub proto: String,
}

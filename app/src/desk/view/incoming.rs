//! A call that rings here.

use super::call::Who;
use crate::desk::{CallKey, Millis};

/// One ringing call. The first of the list is the one to show on top.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingView {
    /// Which call.
    pub call: CallKey,
    /// Who calls.
    pub who: Who,
    /// They offer video.
    pub with_video: bool,
    /// Ringing since.
    pub since: Millis,
    /// "Answer" is possible.
    pub answer: bool,
    /// "Answer with video" is possible.
    pub answer_with_video: bool,
    /// Answering puts this running call on hold: the name of its other side.
    pub will_hold: Option<String>,
}

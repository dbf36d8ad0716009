//! A call that rings here.

use super::call::Who;
use super::work::Moment;
use crate::desk::call::Stage;
use crate::desk::{CallKey, Desk, Millis};

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
    /// The queue that it comes through, and since when the caller waits.
    pub queue: Option<(String, Moment)>,
    /// The door whose station rings.
    pub door: Option<String>,
    /// "Answer" is possible.
    pub answer: bool,
    /// "Answer with video" is possible.
    pub answer_with_video: bool,
    /// Answering puts this running call on hold: the name of its other side.
    pub will_hold: Option<String>,
}

impl Desk {
    /// The calls that ring here, oldest first.
    #[must_use]
    pub fn incoming_views(&self) -> Vec<IncomingView> {
        let talking = self.state.calls.iter().find(|call| call.answered() && !call.hold_wanted);
        let ringing = self.state.calls.iter().filter(|call| call.stage == Stage::Incoming);
        ringing
            .map(|call| IncomingView {
                call: call.key,
                who: self.who(call),
                with_video: call.offered_video,
                since: call.began_at,
                queue: self.queue_of(&call.session_id),
                door: self.door_of(&call.address),
                answer: call.reachable(),
                answer_with_video: call.reachable() && call.offered_video && self.camera_usable(),
                will_hold: talking.map(|call| self.who(call).name),
            })
            .collect()
    }
}

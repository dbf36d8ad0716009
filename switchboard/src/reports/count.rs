//! What one event counts as. The only place that decides it.

use crate::store::{ContactEvent, ContactKind};

/// What an event counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Somebody took a call: of a queue, with its wait, or one to themselves.
    Answered {
        /// How long the caller of a queue waited.
        waited_ms: i64,
        /// At most as long as the target says.
        in_time: bool,
    },
    /// Somebody opened the door of a queue's caller without answering.
    Opened {
        /// How long the caller waited.
        waited_ms: i64,
        /// At most as long as the target says.
        in_time: bool,
    },
    /// Somebody took a call that another one had.
    HandedOn,
    /// A queue lost a caller.
    Lost {
        /// How long they waited.
        waited_ms: i64,
    },
    /// A caller gave a queue up at once.
    Short {
        /// How long they waited.
        waited_ms: i64,
    },
    /// A queue took nobody at that hour.
    FoundClosed,
    /// As many waited as may.
    FoundFull,
    /// A queue passed a caller on to another one: it was closed or full, or the longest wait was over.
    Overflowed {
        /// How long they had waited.
        waited_ms: i64,
    },
    /// A person was rung and did not answer.
    Missed,
    /// A caller whom a queue lost, or who gave it up at once, goes on waiting in another call: that counts as nothing.
    TakenBack,
}

/// What an event counts as, in a queue with this target, where callers who give up within this time were too quick for anybody; `None` for
/// nothing.
#[must_use]
pub fn count(event: &ContactEvent, target_ms: i64, short_ms: i64) -> Option<Counting> {
    let cause = event.data.cause.as_deref();
    let waited_ms = event.data.queue.as_ref().map_or(0, |of| (event.at - of.since).max(0));
    let of_queue = event.data.queue.is_some();
    match event.kind {
        ContactKind::Answered if matches!(cause, Some("transferred" | "taken-over")) => Some(Counting::HandedOn),
        ContactKind::Answered => Some(Counting::Answered { waited_ms, in_time: of_queue && waited_ms <= target_ms }),
        ContactKind::Opened if of_queue => Some(Counting::Opened { waited_ms, in_time: waited_ms <= target_ms }),
        ContactKind::Abandoned if !of_queue => None,
        ContactKind::Abandoned if waited_ms < short_ms => Some(Counting::Short { waited_ms }),
        ContactKind::Abandoned => Some(Counting::Lost { waited_ms }),
        ContactKind::Missed if of_queue => Some(Counting::Lost { waited_ms }),
        // The place was lost by a restart, the queue was removed without another one, or an agent had answered and it came to no call.
        ContactKind::Failed
            if of_queue
                && matches!(cause, Some("lost-by-restart" | "no-queue" | "hung-up" | "unavailable" | "not-acceptable" | "lost")) =>
        {
            Some(Counting::Lost { waited_ms })
        }
        ContactKind::Failed if of_queue && cause == Some("closed") => Some(Counting::FoundClosed),
        ContactKind::Failed if of_queue && cause == Some("full") => Some(Counting::FoundFull),
        // Whom somebody moved did not overflow; older rows say nothing of the queue that was left.
        ContactKind::Overflowed if of_queue && cause.is_some() => Some(Counting::Overflowed { waited_ms }),
        ContactKind::Returned if of_queue => Some(Counting::TakenBack),
        // Another one of those who were rung was quicker, or nobody had to answer any more.
        ContactKind::OfferMissed if matches!(cause, Some("answered-elsewhere" | "opened")) => None,
        ContactKind::OfferMissed | ContactKind::OfferDeclined => Some(Counting::Missed),
        ContactKind::Missed | ContactKind::Refused | ContactKind::Cancelled if !of_queue => Some(Counting::Missed),
        ContactKind::Queued
        | ContactKind::Overflowed
        | ContactKind::Offered
        | ContactKind::OfferFailed
        | ContactKind::Ringing
        | ContactKind::Held
        | ContactKind::Resumed
        | ContactKind::Missed
        | ContactKind::Refused
        | ContactKind::Cancelled
        | ContactKind::Failed
        | ContactKind::Opened
        | ContactKind::Ended
        | ContactKind::Transferred
        | ContactKind::WrappedUp
        | ContactKind::Quality
        | ContactKind::Prioritised
        | ContactKind::Supervised
        | ContactKind::SupervisionEnded
        | ContactKind::Away
        | ContactKind::Back
        | ContactKind::Returned => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TenantId;
    use crate::store::ContactData;

    #[test]
    fn whoever_waited_and_came_to_no_call_is_lost_except_where_they_go_on_in_another() {
        let failed = |queue: Option<wire::CallQueue>, cause: &str| ContactEvent {
            tenant: TenantId::new("t"),
            contact: "c".into(),
            at: 9_000,
            kind: ContactKind::Failed,
            from_user: "a".into(),
            to_user: "b".into(),
            data: ContactData { queue, cause: Some(cause.to_owned()), ..ContactData::default() },
        };
        let of = || Some(wire::CallQueue { name: "q".into(), label: "Q".into(), since: 2_000 });
        let counted = |cause| count(&failed(of(), cause), 20_000, 5_000);
        for cause in ["lost-by-restart", "no-queue", "hung-up", "unavailable", "not-acceptable", "lost"] {
            assert_eq!(counted(cause), Some(Counting::Lost { waited_ms: 7_000 }), "{cause}");
            assert_eq!(count(&failed(None, cause), 20_000, 5_000), None, "{cause}, in no queue");
        }
        assert_eq!([counted("resumed"), counted("replaced")], [None; 2]);
    }
}

//! Pins the JSON of a call's timeline.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use insta::assert_json_snapshot;
use wire::*;

#[test]
fn timeline() {
    let measured = Measured { lost: 12, lost_there: Some(7), jitter_ms: 4, round_trip_ms: Some(38), fault: None };
    let event = |what, detail| TimelineEvent { at: 1, what, who: "Agent Two".into(), by: "Sue".into(), cause: "no-answer".into(), detail };
    let plain = |what| TimelineEvent { at: 1, what, who: String::new(), by: String::new(), cause: String::new(), detail: None };
    let span = |what, until| TimelineSpan { what, from: 2, until };
    assert_json_snapshot!(CallTimeline {
        contact: "c".into(),
        now: 9,
        clock_ms: 3_600_000,
        over: false,
        lanes: vec![TimelineLane {
            name: "Ada".into(),
            part: TimelinePart::Caller,
            spans: vec![span(TimelineState::Waits, Some(5)), span(TimelineState::Talks, None)],
        }],
        events: vec![
            plain(TimelineKind::Queued),
            event(TimelineKind::Prioritised, Some(TimelineDetail::Priority { priority: 2 })),
            event(TimelineKind::Supervised, Some(TimelineDetail::Mode { mode: SuperviseMode::Whisper })),
            event(TimelineKind::Quality, Some(TimelineDetail::Sound { measured, quality: measured.quality() })),
            event(TimelineKind::Door, Some(TimelineDetail::Door { outcome: ReleaseOutcome::Opened })),
            event(TimelineKind::WrappedUp, Some(TimelineDetail::Work { ms: 5, about: "Sold".into(), note: "a note".into() })),
        ],
        cut: true,
        sounds: vec![TimelineSound { who: "Agent Two".into(), worst: measured.quality(), last: measured.quality() }],
    });
}

#[test]
fn words_of_a_timeline() {
    {
        use TimelineKind::*;
        assert_json_snapshot!([
            Called,
            Queued,
            Moved,
            Prioritised,
            Offered,
            Rings,
            Missed,
            Declined,
            NotReached,
            Answered,
            Held,
            Resumed,
            Transferred,
            TakenOver,
            Supervised,
            SupervisionEnded,
            Quality,
            Away,
            Back,
            Door,
            GivenUp,
            NotAnswered,
            Ended,
            WrappedUp,
            Unknown
        ]);
    }
    {
        use TimelineState::*;
        assert_json_snapshot!([Waits, Rings, Talks, Holds, Away, TakesPart, WrapsUp, Unknown]);
    }
    use TimelinePart::*;
    assert_json_snapshot!([Caller, Queue, Agent, Supervisor, Unknown]);
    let later: TimelineEvent = serde_json::from_str(r#"{"at":1,"what":"beamed","detail":{"kind":"smell","of":"sulphur"}}"#).unwrap();
    assert_eq!((later.what, later.detail), (TimelineKind::Unknown, Some(TimelineDetail::Unknown)));
}

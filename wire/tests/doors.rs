//! Pins the JSON of everything about doors.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use insta::assert_json_snapshot;
use wire::*;

#[test]
fn list() {
    let relay = |relay, typed_code| DoorRelay { relay, name: format!("Relay {relay}"), typed_code };
    let gate = Door {
        id: "gate".into(),
        name: "Main gate".into(),
        sip_user: Some("gate".into()),
        pictures: true,
        relays: vec![relay(1, false), relay(2, true)],
    };
    let barrier = Door { id: "barrier".into(), name: "Barrier".into(), sip_user: None, pictures: false, relays: vec![] };
    let site = DoorSite { id: "north".into(), name: "North lobby".into(), instructions: "Ring twice.".into(), doors: vec![gate, barrier] };
    assert_json_snapshot!(DoorList { sites: vec![site], now: 1_000 });
}

#[test]
fn release() {
    let id = "018bcfe5-6800-7000-8000-000000000001";
    assert_json_snapshot!([
        ReleaseRequest { id: id.into(), relays: vec![1], code: None, call: None, reason: String::new(), test: false },
        ReleaseRequest {
            id: id.into(),
            relays: vec![1, 2],
            code: Some(Secret::new("1234")),
            call: Some("0123456789abcdef0123456789abcdef".into()),
            reason: "parcel".into(),
            test: true,
        },
    ]);
    let relay = |relay, outcome| RelayRelease { relay, outcome, cause: None, opened_by: None, until: None };
    assert_json_snapshot!(Release {
        id: id.into(),
        site: "north".into(),
        entrance: "gate".into(),
        by: "Concierge".into(),
        test: false,
        asked_at: 1_000,
        done_at: Some(1_080),
        relays: vec![
            relay(1, Some(ReleaseOutcome::Opened)),
            RelayRelease {
                opened_by: Some("Agent One".into()),
                cause: Some("being_opened".into()),
                ..relay(2, Some(ReleaseOutcome::Busy))
            },
            RelayRelease {
                until: Some(901_000),
                cause: Some("too_many_wrong_codes".into()),
                ..relay(3, Some(ReleaseOutcome::RefusedByUs))
            },
            relay(4, None),
        ],
    });
}

#[test]
fn tones() {
    let order = ToneOrder { relay: 1, digits: Secret::new("12#"), tone_ms: 160, gap_ms: 100, lead_ms: 200 };
    assert_eq!(order.takes_ms(), 980);
    assert!(!format!("{order:?}").contains("12#"));
    let release = Release {
        id: "018bcfe5-6800-7000-8000-000000000001".into(),
        site: "north".into(),
        entrance: "gate".into(),
        by: "Concierge".into(),
        test: false,
        asked_at: 1_000,
        done_at: None,
        relays: vec![RelayRelease { relay: 1, outcome: None, cause: None, opened_by: None, until: None }],
    };
    // Without tones the answer is the release itself.
    let plain = serde_json::to_value(&release).unwrap();
    assert_eq!(serde_json::to_value(ReleaseAnswer::from(release.clone())).unwrap(), plain);
    assert_eq!(serde_json::from_value::<ReleaseAnswer>(plain).unwrap(), ReleaseAnswer::from(release.clone()));
    assert_json_snapshot!(ReleaseAnswer { release, tones: vec![order] });
    assert_json_snapshot!(TonesPlayed { id: "018bcfe5-6800-7000-8000-000000000001".into(), relay: 1, sent: true });
}

#[test]
fn outcomes() {
    use ReleaseOutcome::*;
    assert_json_snapshot!([
        Opened,
        NotUnderstood,
        OutsideSchedule,
        BadCodeOrNotRemote,
        Locked,
        Busy,
        StationRefusedLogin,
        RefusedByUs,
        SentNotConfirmed,
        NoReply
    ]);
}

#[test]
fn a_later_outcome_is_unknown_and_what_is_missing_has_its_default() {
    assert_eq!(serde_json::from_str::<ReleaseOutcome>(r#""half_open""#).unwrap(), ReleaseOutcome::Unknown);
    assert_eq!(serde_json::from_str::<PictureTrouble>(r#""fog""#).unwrap(), PictureTrouble::Unknown);
    assert_eq!(serde_json::from_str::<PictureNotice>(r#"{"type":"sound"}"#).unwrap(), PictureNotice::Unknown);
    assert_eq!(serde_json::from_str::<PictureRequest>(r#"{"type":"zoom"}"#).unwrap(), PictureRequest::Unknown);
    let request: ReleaseRequest = serde_json::from_str(r#"{"id":"x","relays":[1],"floor":3}"#).unwrap();
    assert_eq!((request.code, request.call, request.reason.as_str(), request.test), (None, None, "", false));
}

#[test]
fn pictures() {
    use PictureTrouble::*;
    assert_json_snapshot!([
        PictureRequest::Hello { ticket: Secret::new("t"), wire: WireVersion { major: 1, minor: 0 } },
        PictureRequest::Watch { doors: vec!["gate".into()] },
    ]);
    assert_json_snapshot!([
        PictureNotice::Hello { wire: WireVersion { major: 1, minor: 0 } },
        PictureNotice::Trouble { door: "gate".into(), trouble: Delayed },
        PictureNotice::End { reason: FeedEnd::SignedOut },
    ]);
    assert_json_snapshot!([
        NoSuchPicture,
        TooMany,
        NotReached,
        AddressRefused,
        TlsUntrusted,
        WrongToken,
        Status,
        NoBoundary,
        HugePart,
        EmptyPart,
        NotJpeg,
        Delayed,
        Ended
    ]);
    assert_json_snapshot!(TicketRequest { purpose: TicketPurpose::Pictures });
}

#[test]
fn picture_frames_survive_a_round_trip_and_others_are_none() {
    let frame = PictureFrame { door: "gate", number: 7, age_ms: 258, jpeg: &[0xff, 0xd8] };
    let bytes = frame.to_bytes().unwrap();
    assert_eq!(bytes, b"\x04gate\0\0\0\0\0\0\0\x07\0\0\x01\x02\xff\xd8");
    assert_eq!(PictureFrame::from_bytes(&bytes), Some(frame));
    for cut in 0..17 {
        assert_eq!(PictureFrame::from_bytes(&bytes[..cut]), None, "{cut}");
    }
    assert_eq!(PictureFrame::from_bytes(&bytes[..17]).map(|frame| frame.jpeg.len()), Some(0));
    assert_eq!(PictureFrame::from_bytes(b"\x01\xff\0\0\0\0\0\0\0\0\0\0\0\0"), None, "no text");
    assert_eq!(PictureFrame { door: &"x".repeat(256), number: 0, age_ms: 0, jpeg: &[] }.to_bytes(), None);
}

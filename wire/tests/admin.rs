//! Pins the JSON of administration.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use insta::assert_json_snapshot;
use wire::*;

fn place() -> AdminPlace {
    let site = Site { id: "north".into(), name: "North lobby".into(), zone: "Europe/Rome".into() };
    AdminPlace { sites: vec![site], own: vec!["north".into()], everywhere: true }
}

fn person() -> Kept<PersonForm> {
    let record = PersonForm {
        user: "agent1".into(),
        display_name: "Agent One".into(),
        roles: vec![Role::Agent],
        sites: vec!["north".into()],
        skills: vec![Graded { name: "german".into(), level: 8 }],
        disabled: false,
    };
    Kept { version: "0123456789abcdef".into(), origin: Origin::File, hold: Hold::Sites, record }
}

fn choice() -> Choice {
    Choice { name: "lunch".into(), label: "Lunch".into() }
}

#[test]
fn people() {
    let people = vec![PersonRow { kept: person(), password: PasswordState::Once }];
    assert_json_snapshot!(PeoplePage { place: place(), adds: true, people });
    assert_json_snapshot!(OneTimePassword { password: Secret::new("p"), expires_at: 5_000 });
    assert_json_snapshot!(Edit { version: "v".into(), record: person().record });
}

#[test]
fn queues() {
    let record = QueueForm {
        name: "support".into(),
        label: "Support".into(),
        site: "north".into(),
        agents: vec!["agent1".into()],
        skills: vec![Graded { name: "german".into(), level: 5 }],
        penalties: vec![Graded { name: "agent1".into(), level: 2 }],
        max_penalty: Some(1),
        relax: vec![RelaxStep { after_seconds: 20, less: 10, max_penalty: 10 }],
        strategy: "ring-all".into(),
        ring_at_once: Some(5),
        public: true,
        ring_seconds: 20,
        wrap_up_seconds: 60,
        wrap_up_extend_seconds: 30,
        wrap_up_extensions: 2,
        max_wait_seconds: Some(120),
        max_waiting: 50,
        overflow: None,
        pause_after_missed: 3,
        target_seconds: 20,
        target_percent: 80,
        alarm_seconds: 120,
        short_seconds: 5,
        hours: Some(vec!["mon-fri 08:00-18:00".into()]),
        dispositions: vec![choice()],
    };
    // A record that was stored before a queue could say it.
    let mut stored = serde_json::to_value(QueueForm { short_seconds: 9, ..record.clone() }).unwrap();
    stored.as_object_mut().unwrap().remove("short_seconds");
    assert_eq!(serde_json::from_value::<QueueForm>(stored).unwrap().short_seconds, 5);
    let kept = Kept { version: "v".into(), origin: Origin::Desk, hold: Hold::All, record };
    let numbers = vec![NumberRule { field: "ring_seconds".into(), default: 20, low: 3, high: 300 }];
    let strategies = vec!["longest-idle".into()];
    assert_json_snapshot!(QueuesPage { place: place(), queues: vec![kept], people: vec![choice()], strategies, numbers });
}

#[test]
fn reasons_and_refusals() {
    let kept = Kept { version: "v".into(), origin: Origin::File, hold: Hold::Nothing, record: choice() };
    assert_json_snapshot!(ReasonsPage { place: place(), reasons: vec![kept] });
    let faults = [
        FieldFault::Missing,
        FieldFault::TooLong { limit: 100 },
        FieldFault::NoName,
        FieldFault::Taken,
        FieldFault::Retired,
        FieldFault::NoSuch { name: "x".into() },
        FieldFault::Twice { name: "x".into() },
        FieldFault::OutOfRange { low: 1, high: 2 },
        FieldFault::NoHours { line: "mon".into() },
        FieldFault::Endless,
        FieldFault::NotYours { name: "x".into() },
    ];
    let fields = faults.map(|fault| FieldError { field: "f".into(), fault }).to_vec();
    let refusal = AdminRefusal { code: AdminCode::Invalid, message: "m".into(), fields, names: vec!["Support".into()], waiting: 2 };
    assert_json_snapshot!(refusal);
    let json = serde_json::to_string(&refusal).unwrap();
    assert_eq!(serde_json::from_str::<AdminRefusal>(&json).unwrap(), refusal);
}

#[test]
fn what_a_later_version_says_is_read_as_unknown() {
    let wrong: FieldError = serde_json::from_str(r#"{"field":"f","fault":"ugly","why":1}"#).unwrap();
    assert_eq!(wrong.fault, FieldFault::Unknown);
    // A refusal of the doors before administration is read too.
    let refusal: AdminRefusal = serde_json::from_str(r#"{"code":"origin_refused","message":"m"}"#).unwrap();
    assert_eq!((refusal.code, refusal.fields.len()), (AdminCode::Unknown, 0));
}

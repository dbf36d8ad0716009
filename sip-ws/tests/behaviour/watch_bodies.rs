//! What notifications say (RFC 4235, 3842, 3863, 4575), merged to whole states; hostile ones are ignored and counted.

use sip_ws::watch::{DialogStage, Document, MAX_DIALOGS, Package};

use crate::support::watched::Watched;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const DIALOG: &str = "application/dialog-info+xml";
const PIDF: &str = "application/pidf+xml";
const CONFERENCE: &str = "application/conference-info+xml";
const MWI: &str = "application/simple-message-summary";

fn dialogs(version: u32, state: &str, inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" state=\"{state}\" \
         entity=\"sip:bob@portico.test\">{inner}</dialog-info>"
    )
}

fn one(id: &str, state: &str) -> String {
    format!(
        "<dialog id=\"{id}\" call-id=\"c-{id}\" local-tag=\"l\" remote-tag=\"r\" direction=\"recipient\"><state>{state}</state>\
         <remote><identity display=\"A &lt;b&gt;\">sip:ann@portico.test</identity><target uri=\"sip:ann@h.invalid\"/></remote></dialog>"
    )
}

fn stages(document: Document) -> Vec<(String, DialogStage)> {
    let Document::Dialogs(info) = document else { panic!("dialogs are expected") };
    info.dialogs.into_iter().map(|dialog| (dialog.id, dialog.stage)).collect()
}

#[test]
fn calls_of_others_are_told_as_a_whole_and_can_be_picked_up() {
    let mut watched = Watched::active(Package::Dialog, DIALOG, &dialogs(0, "full", &one("a", "early")));
    let Document::Dialogs(info) = watched.state() else { panic!("dialogs are expected") };
    let dialog = &info.dialogs[0];
    assert_eq!((info.entity.as_str(), dialog.outgoing, dialog.stage), ("sip:bob@portico.test", Some(false), DialogStage::Early));
    assert_eq!((dialog.remote.display.as_deref(), dialog.remote.target.as_deref()), (Some("A <b>"), Some("sip:ann@h.invalid")));
    let reference = dialog.reference().expect("there");
    assert_eq!((&*reference.call_id, &*reference.to_tag, &*reference.from_tag, reference.early_only), ("c-a", "l", "r", true));

    watched.notify("active", DIALOG, &dialogs(1, "partial", &(one("a", "confirmed") + &one("b", "trying"))));
    assert_eq!(stages(watched.state()), [("a".to_owned(), DialogStage::Confirmed), ("b".to_owned(), DialogStage::Trying)]);
    watched.notify("active", DIALOG, &dialogs(2, "partial", &one("a", "terminated")));
    assert_eq!(stages(watched.state()), [("a".to_owned(), DialogStage::Terminated), ("b".to_owned(), DialogStage::Trying)]);
    watched.notify("active", DIALOG, &dialogs(3, "partial", &one("b", "early")));
    assert_eq!(stages(watched.state()), [("b".to_owned(), DialogStage::Early)], "what is over is told once");
}

#[test]
fn a_gap_asks_for_the_whole_state_and_old_versions_count_for_nothing() {
    let mut watched = Watched::active(Package::Dialog, DIALOG, &dialogs(5, "full", &one("a", "early")));
    watched.state();
    watched.notify("active", DIALOG, &dialogs(5, "partial", &one("b", "early")));
    watched.notify("active", DIALOG, &dialogs(4, "full", ""));
    assert_eq!((watched.notices(), watched.asked()), (vec![], 1));
    watched.notify("active", DIALOG, &dialogs(7, "partial", &one("c", "early")));
    assert_eq!((watched.notices(), watched.asked()), (vec![], 2), "version 6 is missing");
    watched.answer(200, &["Expires: 600", "Contact: <sip:bob@h.invalid>"]);
    watched.notify("active", DIALOG, &dialogs(8, "full", &one("c", "early")));
    assert_eq!(stages(watched.state()), [("c".to_owned(), DialogStage::Early)]);
}

#[test]
fn calls_of_one_person_are_limited() {
    let many: String = (0..MAX_DIALOGS + 20).map(|n| one(&format!("{n:04}"), "early")).collect();
    let mut watched = Watched::active(Package::Dialog, DIALOG, &dialogs(0, "full", &many));
    assert_eq!(stages(watched.state()).len(), MAX_DIALOGS);
}

#[test]
fn presence_says_open_or_closed() {
    let text = "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:r=\"urn:r\" entity=\"pres:bob@portico.test\"><r:person/>\
                <tuple id=\"t1\"><status><basic>open</basic><r:x>y</r:x></status><contact priority=\"0.8\">sip:bob@h.invalid</contact>\
                <note xml:lang=\"en\">at lunch</note><timestamp>2026-01-01T00:00:00Z</timestamp></tuple>\
                <tuple id=\"t2\"><status/></tuple><note>away</note></presence>";
    // A prefix that is defined by XML itself is never needed by us, and never refused in an attribute.
    let mut watched = Watched::active(Package::Presence, PIDF, text);
    let Document::Presence(presence) = watched.state() else { panic!("presence is expected") };
    assert!(presence.is_open());
    assert_eq!((presence.entity.as_str(), presence.notes.as_slice()), ("pres:bob@portico.test", &["away".to_owned()][..]));
    assert_eq!((presence.tuples[0].open, presence.tuples[1].open), (Some(true), None));
    assert_eq!((presence.tuples[0].contact.as_deref(), presence.tuples[0].notes[0].as_str()), (Some("sip:bob@h.invalid"), "at lunch"));
}

#[test]
fn messages_wait_or_do_not() {
    let text = "Messages-Waiting: yes\r\nMessage-Account: sip:mail@portico.test\r\nVoice-Message: 2/8 (0/2)\r\nFax-Message: 1/0\r\n\
                Odd-Message: many\r\n\r\nTo: <x>\r\nnonsense\r\n";
    let mut watched = Watched::active(Package::MessageSummary, MWI, text);
    let Document::Messages(summary) = watched.state() else { panic!("messages are expected") };
    assert_eq!((summary.waiting, summary.account.as_deref(), summary.counts.len()), (true, Some("sip:mail@portico.test"), 2));
    assert_eq!((summary.counts[1].class.as_str(), summary.counts[1].new, summary.counts[1].urgent), ("fax-message", 1, None));
    watched.notify("active", MWI, "Messages-Waiting: no\r\n");
    let Document::Messages(summary) = watched.state() else { panic!("messages are expected") };
    assert!(!summary.waiting && summary.counts.is_empty());
}

fn conference(version: u32, state: &str, inner: &str) -> String {
    format!(
        "<conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" entity=\"sip:room@portico.test\" state=\"{state}\" \
         version=\"{version}\">{inner}</conference-info>"
    )
}

#[test]
fn people_of_a_conference_come_and_go() {
    let full = "<conference-description><subject>Stand-up</subject></conference-description>\
                <conference-state><user-count>2</user-count><locked>false</locked></conference-state>\
                <users><user entity=\"sip:a@x\"><display-text>Ann</display-text><endpoint entity=\"sip:a@h\"><status>connected</status></endpoint></user>\
                <user entity=\"sip:b@x\"/></users>";
    let mut watched = Watched::active(Package::Conference, CONFERENCE, &conference(1, "full", full));
    let Document::Conference(room) = watched.state() else { panic!("a conference is expected") };
    assert_eq!((room.subject.as_deref(), room.user_count, room.locked, room.users.len()), (Some("Stand-up"), Some(2), Some(false), 2));
    assert_eq!(room.users[0].endpoints, [("sip:a@h".to_owned(), Some("connected".to_owned()))]);
    let partial = "<users state=\"partial\"><user entity=\"sip:b@x\" state=\"deleted\"/><user entity=\"sip:a@x\" state=\"partial\">\
                   <endpoint entity=\"sip:a@h\" state=\"partial\"><status>on-hold</status></endpoint></user></users>";
    watched.notify("active", CONFERENCE, &conference(2, "partial", partial));
    let Document::Conference(room) = watched.state() else { panic!("a conference is expected") };
    assert_eq!((room.subject.as_deref(), room.users.len(), room.users[0].display.as_deref()), (Some("Stand-up"), 1, Some("Ann")));
    assert_eq!(room.users[0].endpoints, [("sip:a@h".to_owned(), Some("on-hold".to_owned()))]);
    watched.notify("active", CONFERENCE, &conference(9, "partial", ""));
    assert_eq!((watched.notices(), watched.asked()), (vec![], 2), "a gap");
}

#[test]
fn another_package_is_handed_over_as_it_came() {
    let package = Package::Other { event: "ua-profile".to_owned(), accept: "text/plain".to_owned() };
    let mut watched = Watched::active(package, "text/plain", "hello");
    let Document::Other(body) = watched.state() else { panic!("octets are expected") };
    assert_eq!(body.bytes, b"hello");
}

/// Entity bombs, too large, too deep, wrong namespace, garbage. Answered with 200, shown to nobody, counted; what was known stays.
#[test]
fn hostile_bodies_are_ignored_and_counted() {
    let bomb = "<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;\">]><presence entity=\"&b;\"/>";
    let deep = "<a>".repeat(20_000);
    let large = format!("{}<!-- {} -->", dialogs(1, "full", ""), "x".repeat(60_000));
    let many = dialogs(1, "full", &"<x/>".repeat(3_000));
    let wrong = "<presence xmlns=\"urn:wrong\" entity=\"pres:b@x\"><tuple id=\"t\"><status><basic>open</basic></status></tuple></presence>";
    let bare = "<presence entity=\"pres:b@x\"><tuple id=\"t\"><status><basic>open</basic></status></tuple></presence>";
    let state = dialogs(1, "neither", "");
    let unknown = dialogs(1, "full", &one("a", "dreaming"));
    let no_number = dialogs(1, "full", "").replace("version=\"1\" ", "");
    for (package, content_type, body) in [
        (Package::Presence, PIDF, bomb),
        (Package::Presence, PIDF, deep.as_str()),
        (Package::Presence, PIDF, wrong),
        (Package::Presence, PIDF, bare),
        (Package::Presence, PIDF, "SIP/2.0 200 OK"),
        (Package::Presence, "message/sipfrag", "SIP/2.0 200 OK"),
        (Package::Dialog, DIALOG, many.as_str()),
        (Package::Dialog, DIALOG, state.as_str()),
        (Package::Dialog, DIALOG, unknown.as_str()),
        (Package::Dialog, DIALOG, no_number.as_str()),
        (Package::Dialog, DIALOG, wrong),
        (Package::Conference, CONFERENCE, wrong),
        (Package::Conference, CONFERENCE, "<conference-info"),
        (Package::MessageSummary, MWI, "Voice-Message: 1/0\r\n"),
        (Package::MessageSummary, MWI, "Messages-Waiting: perhaps\r\n"),
        (Package::MessageSummary, MWI, "Messages-Waiting: yes\r\nnonsense\r\n"),
    ] {
        let mut watched = Watched::active(package, content_type, body);
        assert_eq!((watched.notices(), watched.ignored()), (vec![], (0, 1)), "{body:.80}");
        assert_eq!(watched.notify_as(watched.event().as_str(), 50, "active", content_type, b"\xff\xfe"), 200);
        assert_eq!(watched.ignored(), (0, 2));
    }
    // Large is fine as long as it is one message; comments are not kept.
    let mut watched = Watched::active(Package::Dialog, DIALOG, &large);
    assert_eq!(stages(watched.state()), []);
    // Larger than a message may be is refused as a whole (RFC 3261 21.5.7), long before a body is looked at.
    let huge = "x".repeat(1_000_000);
    assert_eq!(watched.notify("active", DIALOG, &huge), 513);
}

/// Notifications that nobody asked for.
#[test]
fn unsolicited_notifications_are_refused_and_counted() {
    let mut world = crate::support::desk::World::ready();
    for (number, to) in ["<sip:ada@portico.test>", "<sip:ada@portico.test>;tag=x"].into_iter().enumerate() {
        let notify = format!(
            "NOTIFY sip:ada@portico.test SIP/2.0\r\nVia: SIP/2.0/WSS h.invalid;branch=z9hG4bKu{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:m@portico.test>;tag=e\r\nTo: {to}\r\nCall-ID: u{number}\r\nCSeq: 1 NOTIFY\r\nContact: <sip:m@h.invalid>\r\n\
             Event: message-summary\r\nSubscription-State: active\r\nContent-Type: {MWI}\r\nContent-Length: 23\r\n\r\nMessages-Waiting: yes\r\n"
        );
        world.inject(0, notify.as_bytes());
        assert_eq!(world.last_frame(0).and_then(|answer| answer.status()), Some(481));
        assert_eq!(world.desks[0].agent.odd_notifies().unsolicited, number as u64 + 1);
    }
    assert_eq!(world.desks[0].agent.next_notice(), None);
}

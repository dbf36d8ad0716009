//! Candidates that are found late (RFC 8838, 8840): told by INFO, taken from INFO, lost, doubled, out of order, of another time.

use crate::support::desk::{CALL, IN, World};
use crate::support::edges::Edges;
use sip_ws::codec::{HeaderName, Message};
use sip_ws::fragment::{CONTENT_TYPE, PACKAGE, read};
use sip_ws::io::{CallId, Candidate, Command, Input, MediaFailure, MediaInput, MediaRequest};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Ada's first connection in all worlds of these tests.
const ADA: &str = "uf0001";

/// The first `count` of the candidates that a desk finds.
fn found(call: CallId, ufrag: &str, count: usize, complete: bool) -> Input {
    Input::Media(MediaInput::Gathered { call, sdp: description(ufrag, count), complete })
}

/// A description with them.
fn description(ufrag: &str, count: usize) -> String {
    let mut sdp = format!(
        "v=0\r\no=- 1 9 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:{ufrag}\r\n\
         a=ice-pwd:0123456789012345678901\r\n"
    );
    for n in 0..count {
        sdp.push_str(&format!("a=candidate:{n} 1 udp 1 192.0.2.1 {} typ relay\r\n", 50_000 + n));
    }
    sdp
}

/// The driver of the first desk makes the offer that was asked of it last.
fn offer(world: &mut World, ufrag: &str, count: usize) {
    let asked = world.desks[0].media.iter().rev().find_map(|request| match request {
        MediaRequest::Offer { request, .. } => Some(*request),
        _ => None,
    });
    let request = asked.expect("asked");
    world.input(0, Input::Media(MediaInput::LocalDescription { call: CALL, request, sdp: description(ufrag, count) }));
}

/// Ports of the candidates that the driver of a desk was given, in order; 0: there are no more.
fn given(world: &World, desk: usize) -> Vec<u16> {
    let port = |candidate: &Candidate| candidate.text.split(' ').nth(5).map_or(0, |port| port.parse().expect("a port"));
    let lists = world.desks[desk].media.iter().filter_map(|request| match request {
        MediaRequest::AddCandidates { candidates, .. } => Some(candidates),
        _ => None,
    });
    lists.flatten().map(port).collect()
}

#[test]
fn what_is_found_late_goes_by_info_one_at_a_time_with_all_that_went_before() {
    let mut world = World::in_call();
    for count in 1..=3 {
        world.input(0, found(CALL, ADA, count, count == 3));
    }
    assert_eq!(world.infos(0).len(), 1, "the others wait for its answer");
    world.run(100);
    let infos = world.infos(0);
    let said: Vec<usize> = infos.iter().map(|info| read(info.body()).expect("a fragment").len()).collect();
    assert_eq!(said, [1, 4], "cumulative, and the end of them");
    for info in &infos {
        assert!(info.has_token(HeaderName::InfoPackage, PACKAGE) && info.has_content_type(CONTENT_TYPE));
        assert_eq!(info.header_str(HeaderName::ContentDisposition), Some("Info-Package"));
    }
    assert_eq!(given(&world, 1), [50_000, 0, 50_001, 50_002], "each once");
    assert_eq!((world.desks[0].calls(), world.desks[1].calls()), (vec![], vec![]), "nothing for the user to do");
    // The same again says nothing new.
    world.input(0, found(CALL, ADA, 3, true));
    world.run(100);
    assert_eq!(world.infos(0).len(), 2);
}

#[test]
fn both_say_that_they_take_them_and_the_callee_tells_too() {
    let mut world = World::in_call();
    let invite = world.invites(0).remove(0);
    let answer = world.last_description(1);
    for message in [&invite, &answer] {
        assert!(message.has_token(HeaderName::RecvInfo, PACKAGE) && message.has_token(HeaderName::Supported, PACKAGE));
    }
    world.input(1, found(IN, ADA, 1, false));
    world.run(100);
    assert_eq!(given(&world, 0), [50_000]);
}

#[test]
fn nothing_is_told_before_both_have_the_dialog() {
    let mut world = World::ready();
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    world.input(0, found(CALL, ADA, 2, false));
    world.run(1_000);
    assert_eq!(world.infos(0).len(), 0, "it rings");
    // The answer arrives, its ACK does not, and the callee has found something too.
    world.lose = Box::new(|desk, line| desk == 0 && line.starts_with("ACK"));
    world.command(1, Command::Answer { call: IN, video: false });
    world.input(1, found(IN, ADA, 1, false));
    world.run(100);
    assert_eq!((world.infos(0).len(), world.infos(1).len()), (1, 0));
    assert_eq!(given(&world, 1), [50_000, 50_001], "the driver has the description that they belong to");
    world.lose = Box::new(|_, _| false);
    world.run(2_000);
    assert_eq!(given(&world, 0), [50_000], "once its 200 is acknowledged");
}

#[test]
fn who_takes_none_gets_a_new_offer_instead() {
    for (packages, status, tells) in [(None, 200, 0), (Some("nothing"), 200, 0), (Some(PACKAGE), 469, 1), (Some(PACKAGE), 415, 1)] {
        let mut world = Edges::ready(&["a"]);
        (world.packages, world.info_status) = (packages, status);
        world.command(Command::Call { call: CALL, target: "bob".to_owned(), video: false });
        world.run(200);
        world.desk.calls();
        world.input(found(CALL, ADA, 1, false));
        world.run(200);
        assert_eq!(world.desk.calls(), ["LateCandidates"], "{packages:?} {status}");
        world.input(found(CALL, ADA, 2, false));
        world.run(200);
        assert_eq!(world.desk.calls(), ["LateCandidates"], "who refused is not asked again");
        assert_eq!(world.times("a INFO").len(), tells);
        // That these are all is worth no offer.
        world.input(found(CALL, ADA, 2, true));
        assert_eq!(world.desk.calls(), [""; 0]);
    }
}

#[test]
fn who_cannot_take_them_now_is_told_by_an_offer_and_asked_again() {
    let mut world = Edges::ready(&["a"]);
    (world.packages, world.info_status) = (Some(PACKAGE), 500);
    world.command(Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    world.desk.calls();
    world.input(found(CALL, ADA, 1, false));
    world.run(200);
    assert_eq!(world.desk.calls(), ["LateCandidates"]);
    world.info_status = 200;
    world.input(found(CALL, ADA, 2, false));
    world.run(200);
    assert_eq!((world.desk.calls(), world.times("a INFO").len()), (vec![], 2));
}

#[test]
fn a_lost_flow_repeats_them() {
    let mut world = World::in_call();
    world.lose = Box::new(|desk, line| desk == 0 && line.starts_with("INFO"));
    world.input(0, found(CALL, ADA, 1, false));
    world.run(50);
    world.lose = Box::new(|_, _| false);
    world.close(0);
    // Found while there is no link.
    world.input(0, found(CALL, ADA, 2, true));
    world.run(3_000);
    assert_eq!(given(&world, 1), [0, 50_000, 50_001]);
    assert!(!world.desks[0].calls().contains(&"LateCandidates".to_owned()));
}

#[test]
fn those_of_another_time_are_dropped() {
    let mut world = World::in_call();
    // Our own, of a connection that was given up.
    world.input(0, found(CALL, "uf0007", 1, false));
    world.run(100);
    assert_eq!(world.infos(0).len(), 0);
    world.input(0, found(CALL, ADA, 1, false));
    world.run(100);
    let old = world.infos(0).remove(0);
    // A new connection, and the INFO of before once more.
    world.command(0, Command::Renegotiate { call: CALL, fresh: true });
    world.run(200);
    world.clear();
    world.input(0, found(CALL, "uf0002", 1, false));
    world.run(100);
    assert_eq!(given(&world, 1), [50_000], "those of the new one are taken");
    world.clear();
    let mut again = old.clone();
    again.set(HeaderName::CSeq, "900 INFO");
    again.set(HeaderName::Via, "SIP/2.0/WSS ada.invalid;branch=z9hG4bKagain");
    world.inject(1, &again.to_bytes());
    assert_eq!(world.last_frame(1).and_then(|answer| answer.status()), Some(200), "it is late, and no mistake");
    assert_eq!(given(&world, 1), [0_u16; 0]);
}

#[test]
fn what_no_fragment_can_name_is_told_by_an_offer() {
    for complete in [false, true] {
        let mut world = World::in_call();
        let sdp = description(ADA, 1).replace("a=mid:0\r\n", "");
        world.input(0, Input::Media(MediaInput::Gathered { call: CALL, sdp: sdp.clone(), complete }));
        assert_eq!((world.desks[0].calls(), world.infos(0).len()), (vec!["LateCandidates".to_owned()], 0), "{complete}");
        // Once, and that these are all is worth no offer.
        world.input(0, Input::Media(MediaInput::Gathered { call: CALL, sdp, complete: true }));
        assert_eq!((world.desks[0].calls(), world.infos(0).len()), (vec![], 0), "{complete}");
    }
}

#[test]
fn what_a_refused_offer_said_is_told_by_info() {
    let mut world = World::in_call();
    world.desks[0].auto_media = false;
    world.desks[1].broken_media = Some(MediaFailure::Incompatible("no".to_owned()));
    world.command(0, Command::Hold { call: CALL });
    offer(&mut world, ADA, 2);
    world.run(200);
    assert_eq!(world.desks[0].calls(), ["ChangeFailed 488"]);
    assert_eq!(given(&world, 1), [50_000, 50_001]);
}

#[test]
fn after_a_refused_offer_those_of_the_connection_of_before_count() {
    let mut world = World::in_call();
    world.desks[1].auto_media = false;
    world.command(0, Command::Renegotiate { call: CALL, fresh: true });
    world.run(100);
    // Found while the offer is open.
    world.input(0, found(CALL, ADA, 1, false));
    world.input(0, found(CALL, "uf0002", 2, false));
    let Some(MediaRequest::Answer { request, .. }) = world.desks[1].media.last().cloned() else { panic!("not asked") };
    world.input(1, Input::Media(MediaInput::Failed { call: IN, request, failure: MediaFailure::Incompatible("no".to_owned()) }));
    world.run(200);
    assert_eq!(world.desks[0].calls(), ["ChangeFailed 488"]);
    assert_eq!(given(&world, 1), [50_000]);
    // And afterwards, from both sides.
    world.input(0, found(CALL, "uf0002", 3, false));
    world.input(0, found(CALL, ADA, 2, false));
    world.input(1, found(IN, ADA, 1, false));
    world.run(200);
    assert_eq!((given(&world, 0), given(&world, 1)), (vec![50_000], vec![50_000, 50_001]));
}

#[test]
fn an_info_that_is_lost_together_with_an_offer_comes_again() {
    let mut world = World::in_call();
    world.desks[0].auto_media = false;
    world.lose = Box::new(|desk, _| desk == 0);
    world.input(0, found(CALL, ADA, 1, false));
    world.command(0, Command::Hold { call: CALL });
    offer(&mut world, ADA, 1);
    world.run(50);
    assert_eq!((world.infos(0).len(), world.invites(0).len()), (1, 2), "both are under way");
    world.lose = Box::new(|_, _| false);
    world.desks[1].broken_media = Some(MediaFailure::Incompatible("no".to_owned()));
    world.close(0);
    world.run(3_000);
    offer(&mut world, ADA, 1);
    world.run(200);
    assert!(world.desks[0].calls().contains(&"ChangeFailed 488".to_owned()));
    assert_eq!(given(&world, 1), [50_000]);
}

#[test]
fn those_that_overtake_their_description_wait_for_it() {
    let mut world = World::in_call();
    // The answer from a new connection is lost at first; what was found for it is not.
    world.lose = Box::new(|desk, line| desk == 1 && line.starts_with("200 INVITE"));
    world.command(0, Command::Renegotiate { call: CALL, fresh: true });
    world.run(100);
    world.lose = Box::new(|_, _| false);
    world.input(1, found(IN, "uf0002", 2, false));
    // Ours wait for the end of the round: an INFO that overtakes a re-INVITE would make it an old one.
    world.input(0, found(CALL, "uf0002", 1, false));
    world.run(50);
    assert_eq!((world.infos(0).len(), world.infos(1).len()), (0, 1));
    assert_eq!(given(&world, 0), [0_u16; 0], "of no description that is known");
    world.run(2_000);
    let requests = &world.desks[0].media;
    let at = |wanted: fn(&MediaRequest) -> bool| requests.iter().rposition(wanted).expect("asked");
    let (applied, told) = (
        at(|request| matches!(request, MediaRequest::ApplyAnswer { .. })),
        at(|request| matches!(request, MediaRequest::AddCandidates { .. })),
    );
    assert!(applied < told, "{requests:?}");
    assert_eq!((given(&world, 0), given(&world, 1)), (vec![50_000, 50_001], vec![50_000]));
}

#[test]
fn a_reload_goes_on_with_those_of_the_new_connection() {
    let mut world = World::in_call();
    world.keep = true;
    world.input(0, found(CALL, ADA, 1, false));
    world.run(100);
    world.reload(0);
    world.run(3_000);
    world.clear();
    world.input(0, found(CALL, ADA, 2, false));
    world.run(100);
    assert_eq!(given(&world, 1), [0_u16; 0], "that connection is gone");
    let description = world.last_description(0);
    let text = String::from_utf8_lossy(description.body()).into_owned();
    let ufrag = text.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).expect("has one");
    world.input(0, found(CALL, ufrag, 2, false));
    world.run(100);
    assert_eq!(given(&world, 1), [50_000, 50_001]);
}

#[test]
fn what_is_no_package_of_ours_is_refused_by_its_status() {
    let mut world = World::in_call();
    world.input(0, found(CALL, ADA, 1, false));
    world.run(100);
    let good = world.infos(0).remove(0);
    world.clear();
    let mut number = 500;
    let mut answer = |change: &dyn Fn(&mut Message)| {
        let mut info = good.clone();
        number += 1;
        info.set(HeaderName::CSeq, format!("{number} INFO"));
        info.set(HeaderName::Via, format!("SIP/2.0/WSS ada.invalid;branch=z9hG4bK{number}"));
        change(&mut info);
        world.inject(1, &info.to_bytes());
        world.last_frame(1).expect("answered")
    };
    assert_eq!(answer(&|_| {}).status(), Some(200));
    assert_eq!(answer(&|info| info.set_body(CONTENT_TYPE, "nothing of it")).status(), Some(400));
    assert_eq!(answer(&|info| info.set_body(CONTENT_TYPE, vec![0xff; 70])).status(), Some(400));
    let other = answer(&|info| info.set_body("application/sdp", "v=0\r\n"));
    assert_eq!(other.status(), Some(415));
    assert!(other.has_token(HeaderName::Accept, CONTENT_TYPE));
    let unknown = answer(&|info| info.set(HeaderName::InfoPackage, "weather"));
    assert_eq!((unknown.status(), unknown.header_str(HeaderName::RecvInfo)), (Some(469), Some(PACKAGE)));
    let weather = |info: &mut Message| {
        info.set(HeaderName::InfoPackage, "weather");
        info.set_body("application/dtmf-relay", "Signal=1\r\nDuration=100");
    };
    assert_eq!(answer(&weather).status(), Some(469), "and is no digit either");
    // As before there were packages (RFC 6086 s9): digits, and what nobody knows.
    assert_eq!(answer(&|info| info.set_body("application/dtmf-relay", "Signal=1\r\nDuration=100")).status(), Some(415));
    let plain = |info: &mut Message| {
        info.remove(HeaderName::InfoPackage);
        info.set_body("application/dtmf-relay", "Signal=1\r\nDuration=100");
    };
    assert_eq!(answer(&plain).status(), Some(200));
    assert_eq!(world.desks[1].calls(), ["Dtmf 1 100"]);
    assert_eq!(given(&world, 1), [0_u16; 0], "it had them");
}

#[cfg(not(target_arch = "wasm32"))]
mod walks {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Loss, repetition and reordering of INFO: each candidate comes once and none is made up; and where the last INFO arrived,
        /// or the user's page made a new offer of it, nothing is missing.
        #[test]
        fn nothing_is_missing_in_the_end(
            seed in any::<u64>(),
            steps in prop::collection::vec((0..4_usize, 0..200_u64), 1..20),
            loss in 0..6_u64,
        ) {
            let mut world = World::in_call();
            world.jitter(seed, true);
            let mut ids = sip_ws::Ids::new([seed as u8; 32]);
            world.lose = Box::new(move |_, line| line.contains("INFO") && ids.up_to(9) < loss);
            let mut count = 0;
            for (more, pause) in &steps {
                count += more;
                world.input(0, found(CALL, ADA, count, false));
                world.run(*pause);
            }
            world.run(40_000);
            let offered = world.desks[0].calls().contains(&"LateCandidates".to_owned());
            let told = given(&world, 1);
            prop_assert!(told.iter().enumerate().all(|(at, port)| usize::from(*port) == 50_000 + at), "in order, each once: {told:?}");
            prop_assert!(offered || told.len() == count, "{told:?} of {count}");
            world.lose = Box::new(|_, _| false);
            world.input(0, found(CALL, ADA, count + 1, true));
            world.run(40_000);
            let told: Vec<u16> = given(&world, 1).into_iter().filter(|port| *port > 0).collect();
            prop_assert_eq!(told.len(), count + 1, "the next one says all");
            world.command(0, Command::HangUp { call: CALL });
            world.run(100_000);
            for desk in &world.desks {
                prop_assert_eq!((desk.agent.load().1, desk.agent.load().3), (0, 0), "sessions, calls");
            }
        }
    }
}

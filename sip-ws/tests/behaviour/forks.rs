//! One INVITE, several answers: early dialogs, early media, late and second 2xx (quality F23, F24).

use crate::support::desk::{CALL, World};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{Command, EndCause, Event, Input, MediaFailure, MediaRequest};
use sip_ws::sdp::SdpView;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Ada's desk with an INVITE on the wire; the test plays everybody else.
struct Dial {
    world: World,
    invite: Message,
}

fn sdp(fingerprint: &str) -> String {
    format!("v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=fingerprint:sha-256 {fingerprint}\r\n")
}

impl Dial {
    fn new() -> Self {
        let mut world = World::ready();
        // Bob's desk is not there: its frames would answer too.
        world.close(1);
        world.up = false;
        world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
        let invite = world.last_frame(0).expect("the INVITE");
        world.clear();
        Self { world, invite }
    }

    fn answer(&mut self, status: u16, tag: &str, sdp: Option<&str>) {
        let mut response = self.invite.reply(status, "Because");
        if !tag.is_empty() {
            let to = response.to().expect("has one").with_param("tag", Some(tag));
            response.set(HeaderName::To, to.as_str());
        }
        response.push(HeaderName::Contact, format!("<sip:{tag}@forks.invalid>"));
        if let Some(sdp) = sdp {
            response.set_body("application/sdp", sdp.as_bytes());
        }
        self.world.inject(0, &response.to_bytes());
    }

    fn sent(&mut self) -> Vec<String> {
        self.world.transcript().into_iter().filter(|l| l.starts_with("ada")).collect()
    }

    fn events(&mut self) -> Vec<String> {
        self.world.desks[0].calls()
    }
}

#[test]
fn early_media_of_the_first_fork_is_heard_and_its_answer_is_not_applied_twice() {
    let mut dial = Dial::new();
    dial.answer(183, "x", Some(&sdp("XX")));
    dial.answer(183, "y", Some(&sdp("YY")));
    dial.answer(180, "x", None);
    dial.answer(200, "x", Some(&sdp("XX")));
    assert_eq!(dial.events(), ["Progress 183 media", "Progress 183 media", "Progress 180 media", "Answered"]);
    let applied = dial.world.desks[0].media.iter().filter(|m| matches!(m, MediaRequest::ApplyAnswer { early: true, .. })).count();
    assert_eq!((applied, dial.world.desks[0].media.len()), (1, 1));
    assert_eq!(dial.sent(), ["ada ACK"]);
}

#[test]
fn another_fork_that_wins_gets_a_new_connection() {
    let mut dial = Dial::new();
    dial.answer(183, "x", Some(&sdp("XX")));
    dial.answer(200, "y", Some(&sdp("YY")));
    assert_eq!(dial.sent(), ["ada ACK", "ada INVITE"]);
    assert!(matches!(dial.world.desks[0].media.last(), Some(MediaRequest::Offer { fresh: true, .. })));
    let reinvite = dial.world.last_frame(0).expect("the re-INVITE");
    assert_eq!(reinvite.uri(), Some("sip:y@forks.invalid"));
    assert_eq!(reinvite.to().expect("valid").tag(), Some("y"));
}

#[test]
fn a_second_2xx_is_acknowledged_and_ended_and_the_first_one_lives() {
    let mut dial = Dial::new();
    dial.answer(200, "x", Some(&sdp("XX")));
    dial.answer(200, "y", Some(&sdp("YY")));
    assert_eq!(dial.sent(), ["ada ACK", "ada ACK", "ada BYE"]);
    let bye = dial.world.last_frame(0).expect("the BYE");
    assert_eq!((bye.uri(), bye.to().expect("valid").tag().map(str::to_owned)), (Some("sip:y@forks.invalid"), Some("y".to_owned())));
    assert_eq!(dial.events(), ["Answered"]);
    dial.answer(200, "x", Some(&sdp("XX")));
    assert_eq!(dial.sent(), ["ada ACK"], "the first one again only wants its ACK again");
}

#[test]
fn ringing_after_the_answer_is_ignored() {
    let mut dial = Dial::new();
    dial.answer(200, "x", Some(&sdp("XX")));
    dial.answer(180, "x", None);
    dial.answer(183, "y", Some(&sdp("YY")));
    assert_eq!(dial.events(), ["Answered"]);
    assert_eq!(dial.sent(), ["ada ACK"]);
}

#[test]
fn early_media_and_then_busy() {
    let mut dial = Dial::new();
    dial.answer(183, "x", Some(&sdp("XX")));
    dial.answer(486, "x", None);
    let events = dial.events();
    assert_eq!(events[0], "Progress 183 media");
    assert!(events[1].contains("status: 486"), "{events:?}");
    assert_eq!(dial.sent(), ["ada ACK"]);
    assert!(dial.world.desks[0].media.contains(&MediaRequest::Close { call: CALL }));
}

#[test]
fn a_2xx_long_after_the_cancel_is_acknowledged_and_ended() {
    let mut dial = Dial::new();
    dial.answer(180, "x", None);
    dial.world.command(0, Command::HangUp { call: CALL });
    assert_eq!(dial.sent(), ["ada CANCEL"]);
    dial.world.run(10_000);
    dial.answer(200, "x", Some(&sdp("XX")));
    assert_eq!(dial.sent().into_iter().filter(|l| !l.ends_with("ping")).collect::<Vec<_>>(), ["ada ACK", "ada BYE"]);
    assert_eq!(dial.events()[1..], ["Ended LocalHangUp"]);
}

#[test]
fn a_200_that_comes_again_after_our_bye_is_acknowledged_and_is_no_news() {
    let mut dial = Dial::new();
    dial.answer(200, "x", Some(&sdp("XX")));
    dial.world.command(0, Command::HangUp { call: CALL });
    assert_eq!(dial.sent(), ["ada ACK", "ada BYE"]);
    let bye = dial.world.last_frame(0).expect("the BYE");
    dial.world.inject(0, &bye.reply(200, "OK").to_bytes());
    assert_eq!(dial.events(), ["Answered", "Ended LocalHangUp"]);
    dial.answer(200, "x", Some(&sdp("XX")));
    // Nothing is remembered of the call, so it is ended as if it were of another fork.
    assert_eq!(dial.sent(), ["ada ACK", "ada BYE"]);
    assert_eq!(dial.events(), [""; 0]);
    dial.world.run(70_000);
    assert_eq!(dial.world.desks[0].agent.load().3, 0);
}

/// A dialled call whose offer `fork` has answered with 183, which is confirmed if `reliable`.
fn early(fork: &str, reliable: bool) -> Dial {
    let mut dial = Dial::new();
    let mut response = dial.invite.reply(183, "Session Progress");
    let to = response.to().expect("has one").with_param("tag", Some(fork));
    response.set(HeaderName::To, to.as_str());
    response.push(HeaderName::Contact, format!("<sip:{fork}@forks.invalid>"));
    if reliable {
        response.push(HeaderName::Require, "100rel");
        response.push(HeaderName::RSeq, "1");
    }
    response.set_body("application/sdp", sdp("XX"));
    dial.world.inject(0, &response.to_bytes());
    dial.events();
    dial.sent();
    dial.world.desks[0].media.clear();
    dial
}

impl Dial {
    /// An offer of a fork before the call is answered; the answer to it, if there is one at once.
    fn update(&mut self, fork: &str, fingerprint: &str) -> Option<Message> {
        let mut update = Message::request(Method::Update, "sip:ada@a.invalid");
        let header = |name| self.invite.header_str(name).expect("has one").to_owned();
        for (name, value) in [
            (HeaderName::Via, "SIP/2.0/WSS f.invalid;branch=z9hG4bKupdate".to_owned()),
            (HeaderName::MaxForwards, "70".to_owned()),
            (HeaderName::From, format!("{};tag={fork}", header(HeaderName::To))),
            (HeaderName::To, header(HeaderName::From)),
            (HeaderName::CallId, header(HeaderName::CallId)),
            (HeaderName::CSeq, "1 UPDATE".to_owned()),
            (HeaderName::Contact, format!("<sip:{fork}@forks.invalid>")),
        ] {
            update.push(name, value);
        }
        update.set_body("application/sdp", sdp(fingerprint));
        self.world.inject(0, &update.to_bytes());
        self.world.last_frame(0).filter(|last| last.cseq().is_ok_and(|cseq| cseq.method == Method::Update))
    }
}

#[test]
fn who_has_answered_for_good_may_offer_before_the_call_is_answered() {
    for (fingerprint, is_fresh) in [("XX", false), ("ZZ", true)] {
        let mut dial = early("x", true);
        let answer = dial.update("x", fingerprint).expect("answered");
        assert_eq!((answer.status(), answer.has_content_type("application/sdp")), (Some(200), true));
        let media = &dial.world.desks[0].media;
        assert!(matches!(media[..], [MediaRequest::Answer { fresh, .. }] if fresh == is_fresh), "{media:?}");
        // Each description of ours has a number of its own.
        let version = |message: &Message| SdpView::parse(message.body()).expect("ours").origin.version.parse::<u64>().expect("a number");
        assert!(version(&answer) > version(&dial.invite));
        dial.answer(200, "x", None);
        assert_eq!(dial.events(), ["Answered"]);
        assert_eq!(dial.sent(), ["ada 200 UPDATE", "ada ACK"]);
        dial.world.command(0, Command::Hold { call: CALL });
        assert_eq!(dial.sent(), ["ada INVITE"], "and nothing is open");
    }
}

#[test]
fn the_call_may_be_answered_before_the_early_offer_is() {
    let mut dial = early("x", true);
    dial.world.desks[0].auto_media = false;
    assert!(dial.update("x", "XX").is_none(), "the driver is asked");
    let question = dial.world.desks[0].media.last().cloned().expect("asked");
    dial.answer(200, "x", None);
    assert_eq!(dial.events(), ["Answered"]);
    let made = dial.world.desks[0].media_answer(&question).expect("an answer");
    dial.world.input(0, Input::Media(made));
    assert_eq!(dial.sent(), ["ada ACK", "ada 200 UPDATE"]);
}

#[test]
fn an_early_offer_that_nobody_may_make_or_take_is_refused_and_the_call_goes_on() {
    // Not confirmed; of a fork that is not heard.
    for (reliable, fork) in [(false, "x"), (true, "y")] {
        let mut dial = early("x", reliable);
        dial.answer(180, "y", None);
        let answer = dial.update(fork, "XX").expect("refused");
        assert_eq!(answer.status(), Some(491), "{reliable} {fork}");
        assert_eq!(dial.world.desks[0].media.len(), 0);
    }
    let mut dial = early("x", true);
    dial.world.desks[0].broken_media = Some(MediaFailure::Incompatible("no".to_owned()));
    assert_eq!(dial.update("x", "XX").and_then(|answer| answer.status()), Some(488));
    dial.answer(200, "x", None);
    assert_eq!(dial.events(), ["Answered"]);
}

#[test]
fn refusals_keep_their_status_phrase_and_reason() {
    for (status, header, value) in [
        (486, "Reason", "Q.850;cause=17"),
        (503, "Retry-After", "30"),
        (603, "Reason", "SIP;cause=603"),
        (607, "Reason", "SIP;cause=607"),
        (302, "Subject", "nowhere else to go"),
    ] {
        let mut dial = Dial::new();
        let mut response = dial.invite.reply(status, "No");
        response.push_named(header, value);
        dial.world.inject(0, &response.to_bytes());
        let Some(Event::Ended { cause: EndCause::Rejected { status: told, phrase, reason, retry_after }, .. }) =
            dial.world.desks[0].events.back().cloned()
        else {
            panic!("{status}: not told")
        };
        assert_eq!((told, phrase.as_str()), (status, "No"));
        assert_eq!(reason.is_some(), header == "Reason", "{status}");
        assert_eq!(retry_after, (header == "Retry-After").then_some(30));
    }
}

#[test]
fn an_answer_without_a_description_ends_the_call() {
    let mut dial = Dial::new();
    dial.answer(200, "x", None);
    assert_eq!(dial.sent(), ["ada ACK", "ada BYE"]);
    assert!(dial.events().last().is_some_and(|e| e.starts_with("Ended Media")));
}

#[test]
fn forks_without_number_are_bounded() {
    let mut dial = Dial::new();
    for fork in 0..10_000 {
        dial.answer(180, &format!("f{fork}"), None);
    }
    dial.answer(200, "late", Some(&sdp("XX")));
    assert_eq!(dial.events().last().map(String::as_str), Some("Answered"), "a fork beyond the limit can still win");
}

#[test]
fn each_fork_that_wants_to_be_confirmed_is_and_the_winner_lives() {
    let mut dial = Dial::new();
    for (fork, number) in [("x", 7), ("y", 100), ("x", 8), ("x", 8), ("y", 99)] {
        let mut response = dial.invite.reply(183, "Session Progress");
        let to = response.to().expect("has one").with_param("tag", Some(fork));
        response.set(HeaderName::To, to.as_str());
        response.push(HeaderName::Contact, format!("<sip:{fork}@f.invalid>"));
        response.push(HeaderName::Require, "100rel");
        response.push(HeaderName::RSeq, number.to_string());
        dial.world.inject(0, &response.to_bytes());
    }
    let pracks = dial.sent().into_iter().filter(|l| l == "ada PRACK").count();
    assert_eq!(pracks, 3, "repeated and out of order ones are not confirmed");
    dial.answer(200, "y", Some(&sdp("YY")));
    assert_eq!(dial.events().last().map(String::as_str), Some("Answered"));
}

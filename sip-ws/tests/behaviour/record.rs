//! Recordings: nobody is named in them, and they come out the same.

use crate::support::driver::registered;
use crate::support::edges::{Edges, invite};
use sip_ws::auth::{DigestServer, Verdict, ha1};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{CallId, Command, Input, MediaInput, Millis, Network};
use sip_ws::record::{ReplayError, replay};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CALL: CallId = CallId(1);

/// Our description when a relay has been found too.
const FOUND: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n\
    a=ice-ufrag:uf0001\r\na=ice-pwd:0123456789012345678901\r\na=candidate:1 1 udp 41885439 192.0.2.9 50001 typ relay raddr 192.0.2.8 rport 9\r\n";

/// What the callee found, in the dialog of this ACK.
fn candidates(ack: &Message) -> Message {
    let header = |name| ack.header_str(name).expect("has one");
    let body = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n\
        a=candidate:7 1 udp 41885439 192.0.2.77 50002 typ relay\r\na=end-of-candidates\r\n";
    let text = format!(
        "INFO sip:ada@x.invalid SIP/2.0\r\nVia: SIP/2.0/WSS a.edge.test;branch=z9hG4bKinfo\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\n\
         CSeq: 1 INFO\r\nMax-Forwards: 70\r\nInfo-Package: trickle-ice\r\nContent-Type: application/trickle-ice-sdpfrag\r\n\
         Content-Length: {}\r\n\r\n{body}",
        header(HeaderName::To),
        header(HeaderName::From),
        header(HeaderName::CallId),
        body.len()
    );
    Message::parse(text.as_bytes()).expect("valid")
}

/// A shift with two edges: challenged, a call with late candidates, hold, digits and a lost edge, a call that comes in, refreshes, the end.
fn shift(seed: u8) -> Edges {
    let mut world = Edges::recorded(&["a", "b"], seed);
    world.packages = Some("trickle-ice");
    for edge in &mut world.edges {
        let mut server = DigestServer::new("portico.test", [4; 32]);
        let mut now = 0;
        edge.registrar = Box::new(move |request| {
            now += 1;
            let verdict = server.verify(Millis(now), request, |user, algorithm| Some(ha1(algorithm, user, "portico.test", "secret")));
            let Verdict::Challenge { stale } = verdict else { return Some(registered(request)) };
            let mut response = request.reply(401, "Unauthorized");
            for value in server.challenge(Millis(now), stale) {
                response.push(HeaderName::WwwAuthenticate, value);
            }
            Some(response)
        });
    }
    world.command(Command::Start);
    world.run(30_000);
    world.command(Command::Call { call: CALL, target: "+39 0471 99-88-77".to_owned(), video: false });
    world.run(2_000);
    world.command(Command::Dtmf { call: CALL, digit: '7', duration_ms: 120 });
    world.input(Input::Media(MediaInput::Gathered { call: CALL, sdp: FOUND.to_owned(), complete: true }));
    world.run(1_000);
    world.inject(0, &candidates(&world.last(&Method::Ack).1));
    world.command(Command::Hold { call: CALL });
    world.run(3_000);
    world.kill(0);
    world.run(20_000);
    world.command(Command::Resume { call: CALL });
    world.run(1_000);
    world.edges[0].up = true;
    world.input(Input::Network(Network::Online));
    world.run(200_000);
    world.command(Command::HangUp { call: CALL });
    world.run(1_000);
    world.inject(1, &invite("b", "1"));
    world.command(Command::Answer { call: CallId::FIRST_INCOMING, video: false });
    world.run(500);
    let (_, ok) = world.sent.iter().rfind(|(_, message)| message.status() == Some(200)).cloned().expect("answered");
    for (number, method) in [(1, "ACK"), (2, "BYE")] {
        let text = format!(
            "{method} sip:ada@x.invalid SIP/2.0\r\nVia: SIP/2.0/WSS b.edge.test;branch=z9hG4bK{method}\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: from-bob\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\nReason: Q.850;cause=16;text=\"bye ada\"\r\n\
             User-Agent: bobs-phone\r\nContent-Length: 0\r\n\r\n",
            ok.header_str(HeaderName::From).expect("has one"),
            ok.header_str(HeaderName::To).expect("has one"),
        );
        world.inject(1, &Message::parse(text.as_bytes()).expect("valid"));
        world.run(300);
    }
    world.run(1_200_000);
    world.command(Command::Stop);
    world.run(5_000);
    world
}

#[test]
fn a_shift_comes_out_the_same() {
    let world = shift(1);
    assert_eq!(world.last(&Method::Bye).0, 1);
    let replayed = replay(&world.recording).expect("the same");
    assert!(replayed.inputs > 100 && replayed.outputs > 100, "{replayed:?}");
    for seed in 2..60 {
        // Whatever the values look like by chance, and however long the pauses are.
        assert!(replay(&shift(seed).recording).is_ok(), "{seed}: {:?}", replay(&shift(seed).recording));
    }
    assert!(
        world.recording.contains("> event ended")
            && world.recording.contains("INFO ")
            && world.recording.contains("> candidates")
            && world.recording.contains("Authorization: ")
    );
}

#[test]
fn a_recording_names_nobody() {
    let text = shift(1).recording.to_ascii_lowercase();
    for personal in [
        "ada",
        "bob",
        "portico",
        "edge.test",
        "core.test",
        "192.0.2",
        "127.0.0.1",
        "0471",
        "998877",
        "secret",
        "00000000-0000",
        "uf0001",
        "signal=7",
        "sha-256 ada",
        "bye ada",
        "phone",
    ] {
        assert!(!text.contains(personal), "{personal}: {:?}", text.lines().find(|line| line.contains(personal)));
    }
}

#[test]
fn what_is_said_otherwise_is_found() {
    let recording = shift(1).recording;
    let lines: Vec<&str> = recording.lines().collect();
    let at = lines.iter().position(|line| line.contains("> send") && line.contains("BYE ")).expect("one");
    let mut other = lines.clone();
    let changed = lines[at].replace("BYE", "INFO");
    other[at] = &changed;
    assert!(matches!(replay(&other.join("\n")), Err(ReplayError::Other { expected: Some(_), said: Some(_), .. })));
    other.remove(at);
    assert!(matches!(replay(&other.join("\n")), Err(ReplayError::Other { .. })), "something is missing");
    let end = lines.iter().rposition(|line| line.contains("\t< ")).expect("one");
    let more = [&lines[..], &["9999999\t< timer", "9999999\t> event ended"]].concat();
    assert!(matches!(replay(&more.join("\n")), Err(ReplayError::Other { said: None, .. })), "something is too much");
    assert_eq!(replay(&lines[1..].join("\n")), Err(ReplayError::NoBeginning));
    assert_eq!(replay("portico 1.0\n12\taction Sign in"), Err(ReplayError::NoBeginning));
    other = lines.clone();
    other[end] = "1\t< something";
    assert_eq!(replay(&other.join("\n")), Err(ReplayError::Line(end + 1)));
    // Lines of others in between are passed over.
    let mixed: Vec<String> = lines.iter().flat_map(|line| [(*line).to_owned(), "5\taction Hold".to_owned()]).collect();
    assert!(replay(&mixed.join("\n")).is_ok());
}

/// A recording as it is sent in. Where what the agent says is changed on purpose, `RECORD=1` writes it anew.
#[test]
fn the_sample_comes_out_the_same() {
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("RECORD").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/shift.txt"), shift(1).recording).expect("written");
        return;
    }
    let replayed = replay(include_str!("../recordings/shift.txt")).expect("the same");
    assert!(replayed.inputs > 100 && replayed.outputs > 100, "{replayed:?}");
}

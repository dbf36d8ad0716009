//! What is done with random octets, one function per target. The fuzzers call it, and so does a plain test for every file of the
//! committed corpus (`tests/fuzz_corpus.rs`).

#[path = "../../tests/torture/exercise.rs"]
mod exercise;
mod life;
mod watched;

use sip_ws::Ids;
use sip_ws::auth::{Answer, DigestClient, DigestServer, ha1};
use sip_ws::codec::limits::MAX_SDP_CANDIDATES;
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::fragment;
use sip_ws::io::{Credentials, Millis};
use sip_ws::sdp::SdpView;
use sip_ws::watch::{Document, Package};

/// One frame: parsed, read, written, read again.
pub fn codec(data: &[u8]) {
    match Message::parse(data) {
        Ok(message) => {
            exercise::read_everything(&message);
            exercise::survives(&message);
        }
        Err(error) => {
            let refused = error.request().map(|request| request.reply(error.status().unwrap_or(400), "x").to_bytes());
            assert!(refused.is_none_or(|bytes| Message::parse(&bytes).is_ok()), "an answer can always be read");
        }
    }
}

/// The value of any known header, in a message that is right otherwise. The first octet chooses the header.
pub fn headers(data: &[u8]) {
    let Some((choice, value)) = data.split_first() else { return };
    let name = HeaderName::KNOWN[usize::from(*choice) % HeaderName::KNOWN.len()];
    for mut message in [Message::request(Method::Invite, "sip:bob@portico.test"), Message::response(200, "OK")] {
        for (name, value) in [
            (HeaderName::Via, "SIP/2.0/WSS a.invalid;branch=z9hG4bKa"),
            (HeaderName::From, "<sip:ada@portico.test>;tag=a"),
            (HeaderName::To, "<sip:bob@portico.test>"),
            (HeaderName::CallId, "a"),
            (HeaderName::CSeq, "1 INVITE"),
        ] {
            message.push(name, value);
        }
        message.set(name, value);
        exercise::read_everything(&message);
        exercise::survives(&message);
    }
}

/// A session description, a fragment of one, and a body of each event package.
pub fn bodies(data: &[u8]) {
    let found = fragment::read(data).unwrap_or_default();
    assert!(found.len() <= MAX_SDP_CANDIDATES && found.iter().all(|candidate| !candidate.ufrag.is_empty()), "a named limit, and whose");
    if let Some(ours) = std::str::from_utf8(data).ok().and_then(|sdp| fragment::write(sdp, true)) {
        let lines = ours.lines().filter(|line| line.starts_with("a=candidate:")).count();
        // A candidate that is none in the description is none in the fragment.
        assert!(fragment::read(ours.as_bytes()).map_or(true, |all| all.len() == lines + 1), "what is written is read");
    }
    for package in [Package::Dialog, Package::MessageSummary, Package::Presence, Package::Conference] {
        let mut notify = Message::request(Method::Notify, "sip:ada@portico.test");
        notify.set_body(package.accept(), data);
        // Whatever it is: it is read in bounded memory, or refused.
        let _ = Document::read(&package, &notify);
    }
    let Ok(view) = SdpView::parse(data) else { return };
    let _ = (view.direction(), view.fingerprint(), view.ice_ufrag(), view.candidates());
    let rewritten = view.with_origin("123456789012345678901234567890", 7);
    let again = SdpView::parse(&rewritten).expect("only its o= line changed");
    assert_eq!((again.origin.version, &again.media, &again.groups), ("7", &view.media, &view.groups));
}

/// Challenges of a stranger for the client, credentials of a stranger for the server: never answered for another realm, never
/// accepted.
pub fn challenges(data: &[u8]) {
    let mut ids = Ids::new([7; 32]);
    let ours = |realm: &str| Credentials { user: "ada".to_owned(), password: "secret".to_owned(), realm: realm.to_owned() };
    let mut client = DigestClient::new([ours("portico.test"), ours("gateway.test")]);
    let mut refusal = Message::response(401, "Unauthorized");
    for (n, line) in data.split(|b| *b == b'\n').take(8).enumerate() {
        refusal.push(if n % 2 == 0 { HeaderName::WwwAuthenticate } else { HeaderName::ProxyAuthenticate }, line);
    }
    refusal.push(HeaderName::AuthenticationInfo, data);
    let mut request = Message::request(Method::Register, "sip:portico.test");
    for _ in 0..2 {
        let answer = client.answer(&mut request, &refusal, &mut ids);
        let sets = [request.authorization(), request.proxy_authorization()].into_iter().flatten().flatten();
        let mut count = 0;
        for set in sets {
            count += 1;
            assert!(matches!(set.param("realm"), Some("portico.test" | "gateway.test")), "{set}");
        }
        assert!(answer != Answer::Retry || count > 0);
        client.learn(&refusal);
        client.prepare(&mut request, &mut ids);
    }
    let mut server = DigestServer::new("portico.test", [3; 32]);
    let mut request = Message::request(Method::Register, "sip:portico.test");
    request.push(HeaderName::Authorization, data);
    let verdict = server.verify(Millis(1), &request, |user, algorithm| Some(ha1(algorithm, user, "portico.test", "secret")));
    assert!(!matches!(verdict, sip_ws::auth::Verdict::Accepted { .. }), "nobody guesses a nonce and its proof");
}

/// A whole agent: the octets are a little program of frames, replies, requests, commands, media answers, lost sockets, reloads and
/// time. Nothing panics, nothing grows, and after the end nothing is left.
pub fn agent(data: &[u8]) {
    life::live(data, &["wss://sip.portico.test/sip"]);
}

/// The same agent with three edges (RFC 5626), of which two share a host: what the octets do to a socket they do to one of several.
pub fn edges(data: &[u8]) {
    life::live(data, &["wss://one.portico.test/sip", "wss://two.portico.test/sip", "wss://two.portico.test:444/sip"]);
}

//! Every named limit: one less passes, one more is refused, and the refusal says which.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use sip_ws::codec::limits::*;
use sip_ws::codec::{HeaderName, Message, NameAddr, ParseErrorKind, UriRef, validate};
use sip_ws::fragment;
use sip_ws::sdp::SdpView;

const HEAD: &str = "Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@example.com>;tag=1\r\n\
    To: <sip:b@example.com>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n";

fn frame(uri: &str, lines: &str, body: usize) -> Vec<u8> {
    let mut bytes = format!("OPTIONS {uri} SIP/2.0\r\n{HEAD}{lines}\r\n").into_bytes();
    bytes.resize(bytes.len() + body, b'x');
    bytes
}

/// The kind and the status of the refusal; the frame one smaller is accepted.
fn refused(make: impl Fn(usize) -> Vec<u8>, limit: usize) -> (ParseErrorKind, Option<u16>) {
    assert!(Message::parse(&make(limit)).is_ok(), "the limit itself is legal: {:?}", Message::parse(&make(limit)));
    let error = Message::parse(&make(limit + 1)).unwrap_err();
    let answer = error.request().map(|r| r.reply(error.status().unwrap(), "Refused"));
    assert!(answer.is_none_or(|a| a.top_via().is_ok()));
    (error.kind(), error.status())
}

#[test]
fn message_size() {
    let empty = frame("sip:b", "", 0).len();
    assert_eq!(refused(|n| frame("sip:b", "", n - empty), MAX_MESSAGE), (ParseErrorKind::TooLarge, Some(513)));
    let megabytes = frame("sip:b", "", 64_000_000);
    assert_eq!(Message::parse(&megabytes).unwrap_err().status(), Some(513));
}

#[test]
fn start_line_size() {
    let make = |n: usize| frame(&format!("sip:{}", "b".repeat(n - "OPTIONS sip: SIP/2.0".len())), "", 0);
    assert_eq!(refused(make, MAX_START_LINE), (ParseErrorKind::StartLineTooLong, Some(414)));
}

#[test]
fn header_size() {
    let make = |n: usize| frame("sip:b", &format!("X: {}\r\n", "x".repeat(n - 3)), 0);
    assert_eq!(refused(make, MAX_HEADER), (ParseErrorKind::HeaderTooLong, Some(513)));
    let megabyte = frame("sip:b", &format!("X: {}\r\n", "x".repeat(1_000_000)), 0);
    assert_eq!(Message::parse(&megabyte).unwrap_err().kind(), ParseErrorKind::TooLarge);
}

#[test]
fn folded_header_size() {
    let folded = frame("sip:b", &format!("X: x\r\n{}", " y\r\n".repeat(MAX_HEADER / 4 + 1)), 0);
    assert_eq!(Message::parse(&folded).unwrap_err().kind(), ParseErrorKind::HeaderTooLong);
}

#[test]
fn header_count() {
    let make = |n: usize| frame("sip:b", &"X: x\r\n".repeat(n - 5), 0);
    assert_eq!(refused(make, MAX_HEADERS), (ParseErrorKind::TooManyHeaders, Some(513)));
    let many = frame("sip:b", &"X: x\r\n".repeat(10_000), 0);
    assert_eq!(Message::parse(&many).unwrap_err().kind(), ParseErrorKind::TooManyHeaders);
}

#[test]
fn list_length() {
    for (name, value) in [("Via", "SIP/2.0/WS a"), ("Record-Route", "<sip:a;lr>"), ("Route", "<sip:a;lr>"), ("Contact", "<sip:a>")] {
        let already = usize::from(name == "Via");
        let make = |n: usize| Message::parse(&frame("sip:b", &format!("{name}: {}\r\n", vec![value; n - already].join(", ")), 0)).unwrap();
        assert_eq!(validate(&make(MAX_LIST)), Ok(()), "{name}");
        let reject = validate(&make(MAX_LIST + 1)).unwrap_err();
        assert_eq!((reject.status, reject.reason), (Some(400), "too many values"));
        assert_eq!(reject.header, Some(HeaderName::from_bytes(name.as_bytes())));
    }
    let tokens = format!("Require: {}\r\n", vec!["a"; MAX_LIST + 1].join(","));
    assert!(Message::parse(&frame("sip:b", &tokens, 0)).unwrap().require().is_err());
    let challenges = format!("Authorization: {}\r\n", vec!["Digest a=b"; MAX_LIST + 1].join(","));
    assert!(Message::parse(&frame("sip:b", &challenges, 0)).unwrap().authorization().is_err());
}

#[test]
fn parameter_count() {
    let address = |n: usize| format!("<sip:a>{}", ";p=1".repeat(n));
    assert!(NameAddr::parse(address(MAX_PARAMS).as_bytes()).is_ok());
    assert_eq!(NameAddr::parse(address(MAX_PARAMS + 1).as_bytes()), Err("too many parameters"));
    let uri = |n: usize| format!("sip:a{}", ";p=1".repeat(n));
    assert!(UriRef::parse(&uri(MAX_PARAMS)).is_ok());
    assert_eq!(UriRef::parse(&uri(MAX_PARAMS + 1)), Err("too many parameters in the URI"));
    let line = |n: usize| format!("Authorization: Digest {}\r\n", vec!["p=1"; n].join(","));
    assert!(Message::parse(&frame("sip:b", &line(MAX_PARAMS), 0)).unwrap().authorization().is_ok());
    assert!(Message::parse(&frame("sip:b", &line(MAX_PARAMS + 1), 0)).unwrap().authorization().is_err());
}

#[test]
fn numbers() {
    let read = |lines: &str| Message::parse(format!("SIP/2.0 200 OK\r\n{lines}\r\n").as_bytes()).unwrap();
    assert_eq!(read(&format!("CSeq: {MAX_CSEQ} X\r\n")).cseq().unwrap().number, MAX_CSEQ);
    assert!(read(&format!("CSeq: {} X\r\n", u64::from(MAX_CSEQ) + 1)).cseq().is_err());
    assert_eq!(read(&format!("Max-Forwards: {MAX_MAX_FORWARDS}\r\n")).max_forwards(), Ok(Some(255)));
    assert!(read(&format!("Max-Forwards: {}\r\n", MAX_MAX_FORWARDS + 1)).max_forwards().is_err());
    assert_eq!(read("Expires: 4294967295\r\n").expires(), Some(u32::MAX));
    assert_eq!(read("Expires: 4294967296\r\n").expires(), Some(MALFORMED_EXPIRES));
}

fn sdp(rest: &str) -> String {
    format!("v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\n{rest}")
}

#[test]
fn fragments_with_candidates() {
    const KEYS: &str = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";
    let count = |text: String| fragment::read(text.as_bytes()).map(|all| all.len());
    let candidate = |n: usize| format!("a=candidate:{}\r\n", format!("1 1 udp 1 192.0.2.1 9 {}", "x".repeat(n)).split_at(n).0);
    let section = |rest: &str| format!("{KEYS}m=audio 9 RTP/AVP 0\r\na=mid:0\r\n{rest}");
    assert_eq!(count(section(&candidate(MAX_CANDIDATE))), Ok(1));
    assert!(count(section(&candidate(MAX_CANDIDATE + 1))).is_err());
    assert_eq!(count(section(&candidate(30).repeat(MAX_SDP_CANDIDATES))), Ok(MAX_SDP_CANDIDATES));
    assert!(count(section(&candidate(30).repeat(MAX_SDP_CANDIDATES + 1))).is_err());
    let media = |n: usize| format!("{KEYS}{}", format!("m=audio 9 RTP/AVP 0\r\na=mid:0\r\n{}", candidate(30)).repeat(n));
    assert_eq!(count(media(MAX_SDP_MEDIA)), Ok(MAX_SDP_MEDIA));
    assert!(count(media(MAX_SDP_MEDIA + 1)).is_err());
    let named = |n: usize| count(section(&candidate(30)).replace("a=mid:0", &format!("a=mid:{}", "x".repeat(n))));
    assert_eq!(named(MAX_MID), Ok(1));
    assert!(named(MAX_MID + 1).is_err());
    let lines = |n: usize| count(section(&"a=x\r\n".repeat(n - 4)));
    assert_eq!(lines(MAX_FRAGMENT_LINES), Ok(0));
    assert!(lines(MAX_FRAGMENT_LINES + 1).is_err());
    let size = |n: usize| count(section("").clone() + "a=" + &"x".repeat(n - section("a=").len()));
    assert_eq!(size(MAX_FRAGMENT), Ok(0));
    assert!(size(MAX_FRAGMENT + 1).is_err());
}

#[test]
fn session_descriptions() {
    let lines = |n: usize| sdp(&"b=AS:1\r\n".repeat(n - 2));
    assert!(SdpView::parse(lines(MAX_SDP_LINES).as_bytes()).is_ok());
    assert!(SdpView::parse(lines(MAX_SDP_LINES + 1).as_bytes()).is_err());
    let media = |n: usize| sdp(&"m=audio 9 RTP/AVP 0\r\n".repeat(n));
    assert_eq!(SdpView::parse(media(MAX_SDP_MEDIA).as_bytes()).unwrap().media.len(), MAX_SDP_MEDIA);
    assert!(SdpView::parse(media(MAX_SDP_MEDIA + 1).as_bytes()).is_err());
    let formats = |n: usize| sdp(&format!("m=audio 9 RTP/AVP{}\r\n", " 0".repeat(n)));
    assert_eq!(SdpView::parse(formats(MAX_SDP_FORMATS).as_bytes()).unwrap().media[0].formats.len(), MAX_SDP_FORMATS);
    assert!(SdpView::parse(formats(MAX_SDP_FORMATS + 1).as_bytes()).is_err());
    assert!(SdpView::parse(formats(5_000).as_bytes()).is_err());
    let candidates = |n: usize| sdp(&format!("m=audio 9 RTP/AVP 0\r\n{}", "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n".repeat(n)));
    assert_eq!(SdpView::parse(candidates(MAX_SDP_CANDIDATES).as_bytes()).unwrap().candidates(), MAX_SDP_CANDIDATES);
    assert!(SdpView::parse(candidates(MAX_SDP_CANDIDATES + 1).as_bytes()).is_err());
    assert!(SdpView::parse(sdp(&format!("s={}\r\n", "x".repeat(MAX_SDP))).as_bytes()).is_err());
    for (name, range) in [("ice-ufrag", SDP_ICE_UFRAG), ("ice-pwd", SDP_ICE_PWD)] {
        let line = |n: usize| sdp(&format!("m=audio 9 RTP/AVP 0\r\na={name}:{}\r\n", "x".repeat(n)));
        for n in [*range.start(), *range.end()] {
            assert!(SdpView::parse(line(n).as_bytes()).is_ok(), "{name} {n}");
        }
        for n in [0, 1, range.start() - 1, range.end() + 1, 64_000] {
            assert!(SdpView::parse(line(n).as_bytes()).is_err(), "{name} {n}");
        }
    }
}

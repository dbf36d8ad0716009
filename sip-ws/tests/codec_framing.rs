//! One frame, one message: where it ends, what Content-Length may say, and what is no message (RFC 7118 s5, RFC 3261 s18.3).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use sip_ws::codec::{HeaderName, Message, Method, ParseError, ParseErrorKind, is_keep_alive};

const HEAD: &str = "MESSAGE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@example.com>;tag=1\r\n\
    To: <sip:b@example.com>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n";

fn parse(lines: &str, body: &[u8]) -> Result<Message, ParseError> {
    Message::parse(&[HEAD.as_bytes(), lines.as_bytes(), b"\r\n", body].concat())
}

fn fault(lines: &str, body: &[u8]) -> (ParseErrorKind, Option<u16>) {
    let error = parse(lines, body).unwrap_err();
    (error.kind(), error.status())
}

#[test]
fn the_body_ends_where_content_length_says() {
    for (lines, body, expected) in [
        ("", &b"hello"[..], &b"hello"[..]),
        ("", b"", b""),
        ("Content-Length: 5\r\n", b"hello", b"hello"),
        ("l: 5\r\n", b"hello and octets that are ignored", b"hello"),
        ("Content-Length: 0\r\n", b"ignored", b""),
        ("CONTENT-LENGTH :\r\n 005\r\n", b"hello", b"hello"),
        ("l: 5\r\nContent-Length: 5\r\n", b"hello", b"hello"),
        ("l: 5\r\n", b"\r\n\r\n\0", b"\r\n\r\n\0"),
    ] {
        let message = parse(lines, body).unwrap_or_else(|e| panic!("{lines:?}: {e}"));
        assert_eq!(message.body(), expected, "{lines:?}");
        let again = Message::parse(&message.to_bytes()).unwrap();
        assert_eq!(again.header_values(HeaderName::ContentLength).count(), 1);
        assert_eq!(again, message);
    }
}

#[test]
fn a_content_length_that_cannot_be_true_is_answered_400() {
    for (lines, why) in [
        ("Content-Length: 6\r\n", "more than the frame holds"),
        ("Content-Length: -1\r\n", "not a number in range"),
        ("Content-Length: +5\r\n", "not a number in range"),
        ("Content-Length: 0x5\r\n", "not a number in range"),
        ("Content-Length: 5, 5\r\n", "not a number in range"),
        ("Content-Length:\r\n", "not a number in range"),
        ("Content-Length: 18446744073709551616\r\n", "not a number in range"),
        ("Content-Length: 4294967301\r\n", "not a number in range"),
        ("l: 5\r\nContent-Length: 4\r\n", "two different values"),
        ("l: 4\r\nl: 4\r\nl: 5\r\n", "two different values"),
        ("l: 5\r\nl: x\r\n", "two different values"),
    ] {
        assert_eq!(fault(lines, b"hello"), (ParseErrorKind::ContentLength(why), Some(400)), "{lines:?}");
    }
}

#[test]
fn to_bytes_says_the_true_length_once_whatever_was_read() {
    let mut message = parse("l: 5\r\nContent-Length: 5\r\nSubject: x\r\n", b"hello").unwrap();
    message.set_body("text/plain", "longer than before");
    let text = String::from_utf8(message.to_bytes()).unwrap();
    assert_eq!(text.matches("Content-Length: 18\r\n").count(), 1);
    assert!(!text.contains("l: 5") && !text.contains("Length: 5"));
    assert!(text.ends_with("\r\n\r\nlonger than before"));
}

#[test]
fn line_ends_are_crlf_and_nothing_else() {
    for (frame, kind) in [
        (HEAD.replace("\r\n", "\n") + "\n", ParseErrorKind::BareLineBreak),
        (HEAD.replace("\r\n", "\r") + "\r", ParseErrorKind::BareLineBreak),
        (HEAD.replace("Call-ID: 1\r\n", "Call-ID: 1\n") + "\r\n", ParseErrorKind::BareLineBreak),
        (HEAD.replace("Call-ID: 1\r\n", "Call-ID: 1\rx\r\n") + "\r\n", ParseErrorKind::BareLineBreak),
        (HEAD.to_owned(), ParseErrorKind::NoEmptyLine),
        (HEAD.trim_end().to_owned(), ParseErrorKind::NoEmptyLine),
        (HEAD.to_owned() + "\r", ParseErrorKind::NoEmptyLine),
        (HEAD.to_owned() + "no colon\r\n\r\n", ParseErrorKind::HeaderName),
        (HEAD.to_owned() + ": no name\r\n\r\n", ParseErrorKind::HeaderName),
        (HEAD.to_owned() + "bad name: x\r\n\r\n", ParseErrorKind::HeaderName),
        (HEAD.to_owned() + "n\u{e4}me: x\r\n\r\n", ParseErrorKind::HeaderName),
        (HEAD.to_owned() + "a\0b: x\r\n\r\n", ParseErrorKind::HeaderName),
    ] {
        assert_eq!(Message::parse(frame.as_bytes()).unwrap_err().kind(), kind, "{frame:?}");
    }
}

#[test]
fn a_fold_before_the_first_header_is_no_header() {
    let frame = HEAD.replace("Via", " Via") + "\r\n";
    assert_eq!(Message::parse(frame.as_bytes()).unwrap_err().kind(), ParseErrorKind::HeaderName);
}

#[test]
fn values_may_hold_any_octet_but_line_ends() {
    let odd: &[u8] = b"X-Odd: \xef\xbb\xbf\xff\xfe\0 \xe2\x80\xae<img onerror>\x7f\r\n";
    let frame = [HEAD.as_bytes(), odd, b"\r\n"].concat();
    let message = Message::parse(&frame).unwrap();
    assert_eq!(message.named("x-odd"), Some(&odd[7..odd.len() - 2]));
    assert!(message.to_bytes().windows(odd.len()).any(|w| w == odd), "passed on octet for octet");
}

#[test]
fn a_byte_order_mark_is_no_method() {
    let frame = format!("\u{feff}{HEAD}\r\n");
    let error = Message::parse(frame.as_bytes()).unwrap_err();
    assert_eq!((error.kind(), error.status()), (ParseErrorKind::StartLine("the method is no token"), None));
}

#[test]
fn keep_alives_are_not_messages() {
    for frame in [&b"\r\n"[..], b"\r\n\r\n", b"\r\n\r\n\r\n\r\n"] {
        assert!(is_keep_alive(frame));
        assert_eq!(Message::parse(frame).unwrap_err().kind(), ParseErrorKind::Empty);
    }
    for frame in [&b""[..], b"\n", b"\r", b"\r\n\r", b" \r\n"] {
        assert!(!is_keep_alive(frame));
        assert!(Message::parse(frame).is_err());
    }
    let frame = format!("\r\n\r\n{HEAD}\r\n");
    assert_eq!(Message::parse(frame.as_bytes()).unwrap().method(), Some(&Method::Message));
}

#[test]
fn start_lines_are_strict() {
    let head = HEAD.split_once("\r\n").unwrap().1;
    for line in [
        "MESSAGE sip:b@example.com",
        "MESSAGE  SIP/2.0",
        "MESSAGE sip:b@example.com SIP/2.0 ",
        " MESSAGE sip:b@example.com SIP/2.0",
        "MESSAGE\tsip:b@example.com SIP/2.0",
        "MESSAGE sip:b@example.com HTTP/1.1",
        "MESSAGE sip:b@example.com SIP/2",
        "MESSAGE sip:b@example.com SIP/2.x",
        "MESSAGE sip:b@example.com SIP/99999.0",
        "MESSAGE sip:b\u{e4}@example.com SIP/2.0",
        "MESSAGE sip:b\0@example.com SIP/2.0",
        "MES{}SAGE sip:b@example.com SIP/2.0",
    ] {
        let frame = format!("{line}\r\n{head}\r\n");
        let error = Message::parse(frame.as_bytes()).unwrap_err();
        assert!(matches!(error.kind(), ParseErrorKind::StartLine(_)), "{line}: {error}");
    }
    for line in
        ["SIP/2.0 200", "SIP/2.0 99 x", "SIP/2.0 700 x", "SIP/2.0 1000 x", "SIP/2.0  200 x", "SIP/3.0 200 OK", "SIP/2.0 2x0 OK", "SIP/"]
    {
        let frame = format!("{line}\r\n{head}\r\n");
        let error = Message::parse(frame.as_bytes()).unwrap_err();
        assert!(matches!(error.kind(), ParseErrorKind::StartLine(_)), "{line}: {error}");
        assert_eq!((error.status(), error.request()), (None, None), "nobody answers a response");
    }
    let lower = format!("MESSAGE sip:b@example.com sip/2.0\r\n{head}\r\n");
    assert!(Message::parse(lower.as_bytes()).is_ok(), "SIP-Version is compared without case (RFC 3261 s7.1)");
}

#[test]
fn an_ack_and_a_request_without_via_are_never_answered() {
    let ack = HEAD.replace("MESSAGE sip:b", "ACK  sip:b") + "\r\n";
    let error = Message::parse(ack.as_bytes()).unwrap_err();
    assert_eq!((error.status(), error.request()), (None, None));
    let lost = HEAD.replace("Via:", "Fia:").replace(" SIP/2.0\r\n", " SIP/x\r\n") + "\r\n";
    assert_eq!(Message::parse(lost.as_bytes()).unwrap_err().status(), None);
}

#[test]
fn compact_and_long_names_are_the_same_header() {
    for (short, long) in [
        ("a", HeaderName::AcceptContact),
        ("b", HeaderName::ReferredBy),
        ("c", HeaderName::ContentType),
        ("d", HeaderName::RequestDisposition),
        ("e", HeaderName::ContentEncoding),
        ("f", HeaderName::From),
        ("i", HeaderName::CallId),
        ("j", HeaderName::RejectContact),
        ("k", HeaderName::Supported),
        ("l", HeaderName::ContentLength),
        ("m", HeaderName::Contact),
        ("o", HeaderName::Event),
        ("r", HeaderName::ReferTo),
        ("s", HeaderName::Subject),
        ("t", HeaderName::To),
        ("u", HeaderName::AllowEvents),
        ("v", HeaderName::Via),
        ("x", HeaderName::SessionExpires),
        ("y", HeaderName::Identity),
    ] {
        assert_eq!(HeaderName::from_bytes(short.as_bytes()), long);
        assert_eq!(HeaderName::from_bytes(short.to_uppercase().as_bytes()), long);
    }
    for name in HeaderName::KNOWN {
        assert_eq!(HeaderName::from_bytes(name.as_str().as_bytes()), *name);
        assert_eq!(HeaderName::from_bytes(name.as_str().to_uppercase().as_bytes()), *name);
    }
    assert_eq!(HeaderName::from_bytes(b"z"), HeaderName::Other);
    assert_eq!(HeaderName::from_bytes(b""), HeaderName::Other);
}

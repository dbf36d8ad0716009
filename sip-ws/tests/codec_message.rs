//! Messages: header access in order, changes, replies, and what a log line shows.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use sip_ws::codec::{Contacts, HeaderName, Message, Method, validate};

fn text(message: &Message) -> String {
    String::from_utf8(message.to_bytes()).unwrap()
}

fn request() -> Message {
    let mut m = Message::request(Method::Register, "sip:example.com");
    m.push(HeaderName::Via, "SIP/2.0/WSS b.invalid;branch=z9hG4bK2");
    m.push_front(HeaderName::Via, "SIP/2.0/WSS a.invalid;branch=z9hG4bK1");
    m.push(HeaderName::From, "<sip:a@example.com>;tag=1");
    m.push(HeaderName::To, "<sip:a@example.com>");
    m.push(HeaderName::CallId, "x@y");
    m.push(HeaderName::CSeq, "1 REGISTER");
    m
}

#[test]
fn a_request_is_written_in_order_with_its_length() {
    assert_eq!(
        text(&request()),
        "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n\
         Via: SIP/2.0/WSS b.invalid;branch=z9hG4bK2\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\n\
         Call-ID: x@y\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"
    );
    assert_eq!(validate(&request()), Ok(()));
}

#[test]
fn headers_are_set_and_removed_where_they_stand() {
    let mut m = request();
    m.set(HeaderName::Via, "SIP/2.0/WSS c.invalid;branch=z9hG4bK3");
    assert_eq!(m.header_values(HeaderName::Via).count(), 1);
    assert_eq!(m.headers().next().map(|(name, ..)| name), Some(HeaderName::Via), "at the place of the first");
    m.set(HeaderName::UserAgent, "Portico");
    assert_eq!(m.headers().last().map(|(_, text, value)| (text, value)), Some((&b"User-Agent"[..], &b"Portico"[..])));
    m.push_named("x-queue", "sales");
    m.push_named("X-Queue", "late");
    assert_eq!(m.named("X-QUEUE"), Some(&b"sales"[..]));
    m.remove_named("x-Queue");
    assert_eq!(m.named("X-Queue"), None);
    m.push_named("v", "SIP/2.0/WSS d.invalid");
    assert_eq!(m.header_values(HeaderName::Via).count(), 2, "a compact name is the header it stands for");
    assert!(m.remove_first(HeaderName::Via) && m.remove_first(HeaderName::Via) && !m.remove_first(HeaderName::Via));
    m.push(HeaderName::Other, "nothing");
    m.remove(HeaderName::Other);
    m.push_named("no name", "nothing");
    m.push_named("", "nothing");
    assert_eq!(m.headers().count(), 5);
}

#[test]
fn bodies_come_and_go_with_their_type() {
    let mut m = request();
    m.set_body("application/sdp", "v=0\r\n");
    assert!(text(&m).ends_with("Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"));
    assert!(m.has_content_type("application/SDP") && !m.has_content_type("application/sd"));
    m.set_body("application/trickle-ice-sdpfrag;charset=x", vec![0xff, 0]);
    assert_eq!(m.header_values(HeaderName::ContentType).count(), 1);
    assert!(m.has_content_type("application/trickle-ice-sdpfrag"));
    m.clear_body();
    assert_eq!((m.body(), m.content_type()), (&b""[..], None));
    assert!(text(&m).ends_with("Content-Length: 0\r\n\r\n"));
}

#[test]
fn a_reply_repeats_what_identifies_the_request() {
    let raw = "INVITE sip:b@example.com SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/UDP b\r\nVIA: SIP/2.0/UDP c\r\n\
        f: \"\u{e9}\\\"\" <sip:a@example.com>;tag=1\r\nt: sip:b@example.com\r\ni: 1\r\nCSEQ: 7 INVITE\r\nTimestamp: 54\r\n\
        Record-Route: <sip:p;lr>\r\nSubject: not repeated\r\n\r\nbody";
    let request = Message::parse(raw.as_bytes()).unwrap();
    let ringing = request.reply(180, "Ringing");
    assert_eq!(
        text(&ringing),
        "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/UDP b\r\nVia: SIP/2.0/UDP c\r\n\
         From: \"\u{e9}\\\"\" <sip:a@example.com>;tag=1\r\nTo: sip:b@example.com\r\nCall-ID: 1\r\nCSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n"
    );
    assert_eq!(request.reply(100, "Trying").header(HeaderName::Timestamp), Some(&b"54"[..]));
    assert_eq!(ringing.header(HeaderName::Timestamp), None);
}

#[test]
fn a_status_out_of_range_is_clamped_and_a_reason_has_one_line() {
    assert_eq!(Message::response(0, "x").status(), Some(100));
    assert_eq!(Message::response(999, "x").status(), Some(699));
    assert_eq!(Message::response(200, "OK\r\nX: y\0").reason(), b"OK  X: y");
}

#[test]
fn a_log_line_holds_no_secret_and_no_body() {
    let mut m = request();
    m.push(HeaderName::Authorization, "Digest username=\"a\", response=\"deadbeef\"");
    m.push(HeaderName::ProxyAuthorization, "Digest response=\"cafe\"");
    m.push(HeaderName::WwwAuthenticate, "Digest nonce=\"n0nce\"");
    m.push(HeaderName::ProxyAuthenticate, "Digest nonce=\"n1nce\"");
    m.push_named("Authentication-Info", "rspauth=\"feed\"");
    m.push(HeaderName::Subject, "x\u{1b}[31m");
    m.set_body("application/sdp", "a=ice-pwd:verysecret");
    let shown = format!("{m:?}");
    for secret in ["deadbeef", "cafe", "n0nce", "n1nce", "feed", "verysecret", "\u{1b}", "\n"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(shown.starts_with("REGISTER sip:example.com SIP/2.0 | Via: ") && shown.contains("Authorization: ***"), "{shown}");
    assert!(shown.ends_with(" | 20 octets of body"), "{shown}");
}

#[test]
fn equality_looks_at_names_values_and_body_not_at_spelling() {
    let read = |text: &str| Message::parse(text.as_bytes()).unwrap();
    let a = read("OPTIONS sip:a SIP/2.0\r\nv: x\r\nX-y: 1\r\nl: 1\r\n\r\nb");
    assert_eq!(a, read("OPTIONS sip:a SIP/2.0\r\nVia:x\r\nx-Y :  1 \r\n\r\nb"));
    assert_ne!(a, read("OPTIONS sip:a SIP/2.0\r\nX-y: 1\r\nVia: x\r\n\r\nb"), "order counts");
    assert_ne!(a, read("OPTIONS sip:a SIP/2.0\r\nVia: x\r\nX-z: 1\r\n\r\nb"));
    assert_ne!(a, read("OPTIONS sip:a SIP/2.0\r\nVia: x\r\nX-y: 1\r\n\r\nc"));
    assert_ne!(a, read("OPTIONS sip:b SIP/2.0\r\nVia: x\r\nX-y: 1\r\n\r\nb"));
    assert_ne!(a, read("OPTIONS sip:a SIP/2.0\r\nVia: x\r\nX-y: 1\r\nX-y: 1\r\n\r\nb"));
}

#[test]
fn contacts_are_addresses_or_a_lonely_star() {
    let read = |lines: &str| Message::parse(format!("SIP/2.0 200 OK\r\n{lines}\r\n").as_bytes()).unwrap();
    assert_eq!(read("").contacts(), Ok(Contacts::List(Vec::new())));
    assert_eq!(read("m: *\r\n").contacts(), Ok(Contacts::Star));
    assert_eq!(read("m: *\r\n").contact(), Ok(None));
    assert!(read("m: *\r\nm: <sip:a>\r\n").contacts().is_err());
    assert!(read("m: <sip:a>\r\nm: *\r\n").contacts().is_err());
    assert!(read("m: *, <sip:a>\r\n").contacts().is_err());
    let message = read("m: <sip:a,b@c>;q=0.5;expires=60, \"x, y\" <sip:d>;q=1.0\r\nContact: sip:e;expires=x;q=2\r\n");
    let list = message.contacts().unwrap();
    let seen: Vec<_> = list.list().iter().map(|c| (c.uri().as_str(), c.q(), c.expires())).collect();
    assert_eq!(seen, [("sip:a,b@c", 500, Some(60)), ("sip:d", 1000, None), ("sip:e", 1000, Some(3600))]);
}

#[test]
fn numbers_and_lists_are_read_or_named() {
    let read = |lines: &str| Message::parse(format!("SIP/2.0 200 OK\r\n{lines}\r\n").as_bytes()).unwrap();
    let m = read("Retry-After: 120 (in a meeting) ;duration=3600\r\nMin-Expires: 60\r\nFlow-Timer: 30\r\nMin-SE: 90;x\r\nRSeq: 1\r\n");
    assert_eq!((m.retry_after(), m.min_expires(), m.flow_timer()), (Ok(Some(120)), Ok(Some(60)), Ok(Some(30))));
    assert_eq!((m.min_se(), m.rseq(), m.max_forwards(), m.expires()), (Ok(Some(90)), Ok(Some(1)), Ok(None), None));
    let bad = read("Retry-After: soon\r\nMin-Expires: -1\r\nRSeq: 0\r\nMax-Forwards: 1x\r\nSupported: a b\r\n");
    assert_eq!(bad.retry_after().unwrap_err().to_string(), "Retry-After: not a number of seconds");
    assert_eq!(bad.min_expires().unwrap_err().header, HeaderName::MinExpires);
    assert_eq!(bad.rseq().unwrap_err().header, HeaderName::RSeq);
    assert_eq!(bad.max_forwards().unwrap_err().header, HeaderName::MaxForwards);
    assert_eq!(bad.supported().unwrap_err().header, HeaderName::Supported);
    let lists = read("k: 100rel, timer\r\nSupported:\r\nSupported: ,Outbound\r\nAllow: INVITE,ack\r\nAllow: BYE\r\n");
    assert_eq!(lists.supported().unwrap(), ["100rel", "timer", "Outbound"]);
    assert!(lists.has_token(HeaderName::Supported, "outbound") && !lists.has_token(HeaderName::Supported, "out"));
    assert_eq!(lists.allow().unwrap(), Some(vec![Method::Invite, Method::Other("ack".into()), Method::Bye]));
    assert_eq!(read("").allow(), Ok(None));
    assert_eq!(read("Allow:\r\n").allow(), Ok(Some(Vec::new())));
}

#[test]
fn a_call_id_is_a_word() {
    let read = |value: &str| Message::parse(format!("SIP/2.0 200 OK\r\ni: {value}\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(read("a@b").call_id(), Ok("a@b"));
    for bad in ["", "a b", "a;b", "a,b", "\u{e9}"] {
        assert_eq!(read(bad).call_id().unwrap_err().header, HeaderName::CallId, "{bad}");
    }
}

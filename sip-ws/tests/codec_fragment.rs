//! Candidates in a fragment (RFC 8840): what is read, what is refused, what we write.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use sip_ws::fragment::{read, write};

const HOST: &str = "candidate:1 1 UDP 2130706431 192.0.2.1 9 typ host";
const RELAY: &str = "candidate:2 1 udp 41885439 2001:db8::9 50001 typ relay raddr 0.0.0.0 rport 0";

/// Name, whose and text of each candidate.
fn all(text: &str) -> Vec<(String, String, String)> {
    read(text.as_bytes()).unwrap().into_iter().map(|c| (c.mid, c.ufrag, c.text)).collect()
}

fn one(mid: &str, ufrag: &str, text: &str) -> (String, String, String) {
    (mid.to_owned(), ufrag.to_owned(), text.to_owned())
}

#[test]
fn candidates_of_each_line_with_the_credentials_of_session_or_line() {
    let text = format!(
        "a=group:BUNDLE 0 one\r\na=ice-pwd:0123456789012345678901\r\na=ice-ufrag:abcd\r\na=ice-options:trickle\r\n\
         m=audio 9 RTP/AVP 0\r\na=mid:0\r\na={HOST}\r\na={RELAY}\r\na=end-of-candidates\r\n\
         m=video 9 RTP/AVP 0\r\na={HOST}\r\na=ice-ufrag:wxyz\r\na=ice-pwd:9876543210987654321098\r\na=mid:one\r\na=x-unknown:1\r\n\
         m=audio 9 RTP/AVP 0\r\na=mid:2\r\na={RELAY}\r\n"
    );
    let expected =
        [one("0", "abcd", HOST), one("0", "abcd", RELAY), one("0", "abcd", ""), one("one", "wxyz", HOST), one("2", "abcd", RELAY)];
    assert_eq!(all(&text), expected);
    assert_eq!(all(&text.replace("\r\n", "\n")), expected, "LF alone ends a line too");
}

#[test]
fn the_end_of_all_lines_stands_before_them() {
    assert_eq!(all("a=ice-ufrag:abcd\r\na=end-of-candidates\r\na=end-of-candidates\r\n"), [one("", "abcd", "")]);
    assert_eq!(all("a=ice-ufrag:abcd\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"), []);
    assert_eq!(all(""), []);
}

#[test]
fn what_is_no_fragment_is_refused() {
    for text in [
        "no line",
        "\r\n",
        "candidate=1 1 udp 1 192.0.2.1 9 typ host",
        // Nobody's, of no line, without a name.
        "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host",
        "a=ice-ufrag:abcd\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host",
        "a=ice-ufrag:abcd\r\nm=audio 9 RTP/AVP 0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host",
        "a=end-of-candidates",
        // Values of no shape.
        "a=ice-ufrag:abc",
        "a=ice-ufrag:ab cd",
        "a=ice-ufrag:abcd\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 65536 typ host",
        "a=ice-ufrag:abcd\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate",
    ] {
        assert!(read(text.as_bytes()).is_err(), "{text:?}");
    }
    assert!(read(b"a=ice-ufrag:abcd\r\na=\xff\r\n").is_err());
}

#[test]
fn what_we_write_says_what_our_description_says() {
    let head = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    let keys = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";
    let audio = "m=audio 50000 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.0.2.1\r\n";
    let sdp = format!("{head}{audio}a={HOST}\r\na={RELAY}\r\n{keys}a=mid:0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n{keys}a=mid:1\r\n");
    let fragment = write(&sdp, false).unwrap();
    assert!(fragment.starts_with("a=ice-pwd:") && fragment.contains("\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 "), "{fragment}");
    assert_eq!(fragment.matches("a=ice-").count(), 2, "once for all lines: {fragment}");
    assert_eq!(all(&fragment), [one("0", "abcd", HOST), one("0", "abcd", RELAY)]);
    assert_eq!(all(&write(&sdp, true).unwrap())[0], one("", "abcd", ""), "and that there are no more");
    // A line with credentials of its own.
    let own = "a=ice-ufrag:wxyz\r\na=ice-pwd:9876543210987654321098\r\n";
    let sdp = format!("{head}{keys}{audio}a=mid:0\r\na={HOST}\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n{own}a=mid:1\r\na={RELAY}\r\n");
    assert_eq!(all(&write(&sdp, false).unwrap()), [one("0", "abcd", HOST), one("1", "wxyz", RELAY)]);
    // Nothing to say: no candidate, no name, no credentials.
    assert_eq!(write(&format!("{head}{audio}{keys}a=mid:0\r\n"), false), None);
    assert_eq!(write(&format!("{head}{audio}{keys}a={HOST}\r\n"), false), None);
    assert_eq!(write(&format!("{head}{audio}a=mid:0\r\na={HOST}\r\n"), true), None);
    // All or nothing: a candidate whose line has no name.
    assert_eq!(write(&format!("{head}{audio}{keys}a={HOST}\r\n"), true), None);
    assert_eq!(write(&format!("{head}{audio}{keys}a=mid:0\r\na={HOST}\r\n{audio}{keys}a={RELAY}\r\n"), false), None);
}

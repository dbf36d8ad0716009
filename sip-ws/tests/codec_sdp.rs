//! The view of a session description: what a call needs to know, and that only `o=` can change.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use sip_ws::sdp::{Direction, SdpView};

/// What a browser offers for audio and video, shortened.
const OFFER: &str = "v=0\r\n\
o=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n\
s=-\r\n\
t=0 0\r\n\
a=group:BUNDLE 0 1\r\n\
a=fingerprint:sha-256 4A:AD:B9\r\n\
m=audio 54321 UDP/TLS/RTP/SAVPF 111 0 8 126\r\n\
c=IN IP4 192.0.2.1\r\n\
a=candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host\r\n\
a=candidate:2 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n\
a=ice-ufrag:F7gI\r\n\
a=ice-pwd:x9cml/YzichV2+XlhiMu8g\r\n\
a=setup:actpass\r\n\
a=mid:0\r\n\
a=sendonly\r\n\
a=rtpmap:111 opus/48000/2\r\n\
m=video 0 UDP/TLS/RTP/SAVPF 96\r\n\
a=bundle-only\r\n\
a=mid:1\r\n\
a=fingerprint:sha-1 00:11\r\n\
a=recvonly\r\n\
m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n";

#[test]
fn a_browsers_offer_is_read() {
    let sdp = SdpView::parse(OFFER.as_bytes()).unwrap();
    assert_eq!((sdp.origin.username, sdp.origin.id, sdp.origin.version), ("-", "4611731400430051336", "2"));
    assert_eq!(sdp.origin.address, "IN IP4 127.0.0.1");
    assert_eq!(sdp.groups, ["BUNDLE 0 1"]);
    let seen: Vec<_> = sdp.media.iter().map(|m| (m.kind, m.port, m.mid, m.direction, m.is_active())).collect();
    assert_eq!(
        seen,
        [
            ("audio", 54321, Some("0"), Direction::SendOnly, true),
            ("video", 0, Some("1"), Direction::RecvOnly, true),
            ("application", 0, None, Direction::SendRecv, false),
        ]
    );
    let audio = &sdp.media[0];
    assert_eq!((audio.proto, audio.formats.as_slice()), ("UDP/TLS/RTP/SAVPF", &["111", "0", "8", "126"][..]));
    assert_eq!((audio.setup, audio.ice_ufrag, audio.candidates), (Some("actpass"), Some("F7gI"), 2));
    assert_eq!((audio.connection, audio.rtpmaps.as_slice()), (Some("IN IP4 192.0.2.1"), &["111 opus/48000/2"][..]));
    assert_eq!(audio.fingerprint, Some("sha-256 4A:AD:B9"), "the session's, as the section has none");
    assert_eq!(sdp.media[1].fingerprint, Some("sha-1 00:11"));
    assert_eq!((sdp.fingerprint(), sdp.ice_ufrag(), sdp.candidates()), (Some("sha-256 4A:AD:B9"), Some("F7gI"), 2));
    assert_eq!(sdp.direction(), Direction::SendRecv, "one sends, the other receives");
    assert_eq!((sdp.active("video").count(), sdp.active("application").count()), (1, 0));
}

#[test]
fn a_direction_of_the_session_holds_for_sections_without_one() {
    let sdp = "v=0\no=- 1 1 IN IP4 h\na=inactive\nm=audio 9 RTP/AVP 0\nm=video 9 RTP/AVP 96\na=recvonly\n";
    let view = SdpView::parse(sdp.as_bytes()).unwrap();
    assert_eq!((view.media[0].direction, view.media[1].direction), (Direction::Inactive, Direction::RecvOnly));
    assert_eq!(view.direction(), Direction::RecvOnly);
    assert_eq!(view.direction().reversed(), Direction::SendOnly);
    for direction in [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive] {
        assert_eq!(direction.reversed().reversed(), direction);
        assert_eq!(direction.sends(), direction.reversed().receives());
    }
}

#[test]
fn only_the_origin_is_rewritten() {
    let sdp = SdpView::parse(OFFER.as_bytes()).unwrap();
    let rewritten = String::from_utf8(sdp.rewrite_origin(7, 8)).unwrap();
    assert_eq!(rewritten, OFFER.replace("o=- 4611731400430051336 2 ", "o=- 7 8 "));
    let again = SdpView::parse(rewritten.as_bytes()).unwrap();
    assert_eq!((again.origin.id, again.origin.version, &again.media), ("7", "8", &sdp.media));
    let tricky = "v=0\r\no=o= 1 2 IN IP4 h\r\ns=o=x\r\n";
    let view = SdpView::parse(tricky.as_bytes()).unwrap();
    assert_eq!(view.rewrite_origin(3, 4), b"v=0\r\no=o= 3 4 IN IP4 h\r\ns=o=x\r\n");
}

#[test]
fn what_is_no_description_is_refused() {
    for text in [
        "",
        "v=1\r\no=- 1 2 IN IP4 h\r\n",
        "o=- 1 2 IN IP4 h\r\nv=0\r\n",
        "v=0\r\n",
        "v=0\r\ns=-\r\no=- 1 2 IN IP4 h\r\n",
        "v=0\r\no=- 1 2\r\n",
        "v=0\r\no=- x 2 IN IP4 h\r\n",
        "v=0\r\no=- 1 -2 IN IP4 h\r\n",
        "v=0\r\no=- 1 2 IN IP4 h\r\nm=audio\r\n",
        "v=0\r\no=- 1 2 IN IP4 h\r\nm=audio 9\r\n",
        "v=0\r\no=- 1 2 IN IP4 h\r\nm=audio x RTP/AVP 0\r\n",
        "v=0\r\no=- 1 2 IN IP4 h\r\nm=audio 65536 RTP/AVP 0\r\n",
        "v=0\r\no=- 1 2 IN IP4 h\r\nm=audio +9 RTP/AVP 0\r\n",
        "v=0\r\no=- 1 2 IN IP4 h\r\na=ice-ufrag:a\u{7}cd\r\n",
        "v=0\r\no=- 1 2 IN IP4 h\r\nm=audio 9 RTP/AVP 0\r\na=candidate:1 1 udp 1 192.0.2.1 65536 typ host\r\n",
        "v=0\r\no=- 1 2 IN IP4 h\r\nm=audio 9 RTP/AVP 0\r\na=candidate:1 1 udp 1 192.0.2.1\r\n",
    ] {
        assert!(SdpView::parse(text.as_bytes()).is_err(), "{text:?}");
    }
    assert!(SdpView::parse(b"v=0\r\no=\xff 1 2 IN IP4 h\r\n").is_err());
    let error = SdpView::parse(b"").unwrap_err();
    assert_eq!(error.to_string(), "session description: does not start with v=0");
}

#[test]
fn odd_but_harmless_lines_are_passed_over() {
    let sdp = "v=0\r\no=- 18446744073709551616 99999999999999999999 IN IP4 h\r\nnonsense\r\nz=\r\n=x\r\na=\r\na=:\r\na=ptime:0\r\n\
        b=AS:9223372036854775807\r\nm=audio 9/2 RTP/AVP 0 0 0\r\na=fmtp:99 x\r\na=mid:\r\na=sendrecvx\r\n";
    let view = SdpView::parse(sdp.as_bytes()).unwrap();
    assert_eq!((view.origin.id, view.media[0].port, view.media[0].formats.len()), ("18446744073709551616", 9, 3));
    assert_eq!((view.media[0].mid, view.media[0].direction), (Some(""), Direction::SendRecv));
}

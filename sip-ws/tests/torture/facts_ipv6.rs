//! RFC 5118: where an IPv6 address ends and the port begins.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::data::rfc5118;
use sip_ws::codec::{Message, UriRef, validate};
use sip_ws::sdp::SdpView;

fn message(name: &str) -> Message {
    Message::parse(&rfc5118(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn host_port(message: &Message) -> (String, Option<u16>) {
    let uri = UriRef::parse(message.uri().unwrap()).unwrap();
    (uri.host().to_owned(), uri.port())
}

#[test]
fn a_reference_stands_in_uri_via_and_contact() {
    let m = message("ipv6-good");
    assert_eq!(host_port(&m), ("[2001:db8::10]".into(), None));
    assert_eq!(m.top_via().unwrap().host(), "[2001:db8::9:1]");
    assert_eq!(m.contact().unwrap().unwrap().uri().host(), "[2001:db8::1]");
}

#[test]
fn an_address_without_brackets_is_no_host() {
    let m = message("ipv6-bad");
    assert!(UriRef::parse(m.uri().unwrap()).is_err());
    let reject = validate(&m).unwrap_err();
    assert_eq!((reject.status, reject.header), (Some(400), None));
}

#[test]
fn a_port_stands_behind_the_bracket() {
    assert_eq!(host_port(&message("port-ambiguous")), ("[2001:db8::10:5070]".into(), None));
    assert_eq!(host_port(&message("port-unambiguous")), ("[2001:db8::10]".into(), Some(5070)));
}

#[test]
fn received_comes_with_and_without_brackets() {
    let with = message("via-received-param-with-delim").top_via().unwrap();
    assert_eq!((with.received(), with.branch()), (Some("[2001:db8::9:255]"), Some("z9hG4bKas3-111")));
    let without = message("via-received-param-no-delim").top_via().unwrap();
    assert_eq!((without.received(), without.branch()), (Some("2001:db8::9:255"), Some("z9hG4bKas3")));
}

#[test]
fn descriptions_hold_ipv6() {
    let m = message("ipv6-in-sdp");
    assert_eq!(m.body().len(), 251);
    let sdp = SdpView::parse(m.body()).unwrap();
    assert_eq!((sdp.origin.address, sdp.connection), ("IN IP6 2001:db8::20", Some("IN IP6 2001:db8::20")));
    assert_eq!(sdp.media.iter().map(|m| (m.kind, m.port)).collect::<Vec<_>>(), [("audio", 6000), ("video", 6024)]);

    let m = message("mult-ip-in-sdp");
    assert_eq!(m.body().len(), 189);
    let sdp = SdpView::parse(m.body()).unwrap();
    let addresses: Vec<_> = sdp.media.iter().map(|m| m.connection).collect();
    assert_eq!(addresses, [Some("IN IP4 192.0.2.1"), Some("IN IP6 2001:db8::1")]);
}

#[test]
fn vias_mix_both_families() {
    let vias = message("mult-ip-in-header").vias().unwrap();
    let seen: Vec<_> = vias.iter().map(|v| (v.host(), v.port(), v.received())).collect();
    assert_eq!(seen, [("[2001:db8::9:1]", Some(6050), None), ("192.0.2.1", None, None), ("[2001:db8::9:255]", None, Some("192.0.2.200")),]);
}

#[test]
fn mapped_addresses_are_hosts() {
    let m = message("ipv4-mapped-ipv6");
    let vias = m.vias().unwrap();
    assert_eq!((vias[0].host(), vias[0].port()), ("[::ffff:192.0.2.10]", Some(19823)));
    assert_eq!((vias[1].host(), vias[1].port()), ("[::ffff:192.0.2.2]", None));
    assert_eq!(m.contact().unwrap().unwrap().uri().host(), "[::ffff:192.0.2.2]");
    assert_eq!(m.contact().unwrap().unwrap().display_name().as_deref(), Some("T. desk phone"));
    assert_eq!(SdpView::parse(m.body()).unwrap().connection, Some("IN IP6 ::ffff:192.0.2.2"));
}

#[test]
fn three_colons_are_accepted_as_two() {
    let m = message("ipv6-bug-abnf-3-colons");
    assert_eq!(host_port(&m).0, "[2001:db8:::192.0.2.1]");
    assert_eq!(m.to().unwrap().uri().host(), "[2001:db8:::192.0.2.1]");
    assert_eq!(host_port(&message("ipv6-correct-abnf-2-colons")).0, "[2001:db8::192.0.2.1]");
    assert!(UriRef::parse("sip:user@[2001:db8::::1]").is_err(), "four are one too many");
}

//! RFC 4475 sections 3.2 to 3.4: what the codec hands to the layers that decide.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::data::rfc4475;
use sip_ws::codec::{HeaderName, Message, Method, UriRef, validate};

fn message(name: &str) -> Message {
    Message::parse(&rfc4475(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn badbranch_is_not_unique() {
    let via = message("badbranch").top_via().unwrap();
    assert_eq!(via.branch(), Some("z9hG4bK"));
    assert!(!via.has_unique_branch());
}

#[test]
fn insuf_lacks_three_headers_and_is_answered_all_the_same() {
    let m = message("insuf");
    assert!(m.from().unwrap_err().is_missing());
    assert!(m.to().unwrap_err().is_missing());
    assert!(m.call_id().unwrap_err().is_missing());
    let reject = validate(&m).unwrap_err();
    assert_eq!((reject.status, reject.reason), (Some(400), "missing"));
    let answer = m.reply(400, "Missing From");
    assert_eq!(answer.cseq().unwrap().number, 193_942);
    assert_eq!(answer.top_via().unwrap().branch(), Some("z9hG4bKkdj.insuf"));
}

#[test]
fn unknown_schemes_are_read_as_such() {
    for (name, scheme) in [("unkscm", "nobodyKnowsThisScheme"), ("novelsc", "soap.beep")] {
        let m = message(name);
        let uri = UriRef::parse(m.uri().unwrap()).unwrap();
        assert_eq!(uri.scheme(), scheme);
        assert!(!uri.is_sip());
        assert_eq!((uri.user(), uri.host(), uri.port()), (None, "", None));
    }
}

#[test]
fn unksm2_has_three_foreign_schemes() {
    let m = message("unksm2");
    assert_eq!(m.to().unwrap().uri().as_str(), "isbn:2983792873");
    assert_eq!(m.from().unwrap().uri().as_str(), "http://www.example.com");
    assert_eq!(m.from().unwrap().tag(), Some("3234233"));
    assert_eq!(m.contact().unwrap().unwrap().uri().as_str(), "name:John_Smith");
}

#[test]
fn bext01_lists_what_nobody_supports() {
    let m = message("bext01");
    assert_eq!(m.require().unwrap(), ["nothingSupportsThis", "nothingSupportsThisEither"]);
    assert_eq!(m.proxy_require().unwrap(), ["noProxiesSupportThis", "norDoAnyProxiesSupportThis"]);
    assert!(m.has_token(HeaderName::Require, "NOTHINGSUPPORTSTHIS"));
    assert_eq!(m.top_via().unwrap().transport(), "TLS");
}

#[test]
fn invut_has_an_unknown_body() {
    let m = message("invut");
    assert_eq!(m.content_type(), Some("application/unknownformat"));
    assert!(!m.has_content_type("application/sdp"));
    assert_eq!(m.body(), b"<audio>\r\n <pcmu port=\"443\"/>\r\n</audio>\r\n");
}

#[test]
fn regaut01_has_credentials_of_an_unknown_scheme() {
    let credentials = message("regaut01").authorization().unwrap();
    assert_eq!(credentials.len(), 1);
    assert_eq!(credentials[0].scheme(), "NoOneKnowsThisScheme");
    assert!(!credentials[0].is_digest());
    assert_eq!(credentials[0].param("opaque-data"), Some("here"));
}

#[test]
fn multi01_is_refused_whichever_header_is_named() {
    let m = message("multi01");
    for name in [HeaderName::CSeq, HeaderName::CallId, HeaderName::MaxForwards, HeaderName::To, HeaderName::From] {
        assert_eq!(m.header_values(name).count(), 2, "{name}");
    }
    let reject = validate(&m).unwrap_err();
    assert_eq!((reject.status, reject.reason), (Some(400), "occurs more than once"));
    assert_eq!(reject.header, Some(HeaderName::CSeq), "the first that occurs again");
}

#[test]
fn bcast_shows_both_vias() {
    let m = message("bcast");
    assert_eq!(m.status(), Some(200));
    let vias = m.vias().unwrap();
    assert_eq!(vias.iter().map(|v| v.host()).collect::<Vec<_>>(), ["192.0.2.198", "255.255.255.255"]);
}

#[test]
fn zeromf_is_zero_not_absent() {
    assert_eq!(message("zeromf").max_forwards().unwrap(), Some(0));
}

#[test]
fn a_contact_parameter_belongs_to_header_or_uri() {
    let bare = message("cparam01").contact().unwrap().unwrap();
    assert_eq!(bare.uri().as_str(), "sip:+19725552222@gw1.example.net");
    assert_eq!(bare.param("unknownparam"), Some(""));
    assert_eq!(bare.uri().param("unknownparam"), None);
    let inside = message("cparam02").contact().unwrap().unwrap();
    assert_eq!(inside.uri().as_str(), "sip:+19725552222@gw1.example.net;unknownparam");
    assert_eq!(inside.param("unknownparam"), None);
    assert_eq!(inside.uri().param("unknownparam"), Some(""));
}

#[test]
fn regescrt_keeps_the_route_in_the_contact() {
    let m = message("regescrt");
    assert_eq!(m.routes().unwrap(), []);
    let contact = m.contact().unwrap().unwrap();
    assert_eq!(contact.uri().as_str(), "sip:user@example.com?Route=%3Csip:sip.example.com%3E");
    assert_eq!(contact.uri().headers(), "Route=%3Csip:sip.example.com%3E");
    assert_eq!(contact.uri().header("route").as_deref(), Some("<sip:sip.example.com>"));
}

#[test]
fn sdp01_accepts_only_an_unknown_answer() {
    let m = message("sdp01");
    assert_eq!(m.header_str(HeaderName::Accept), Some("text/nobodyKnowsThis"));
    assert!(m.has_content_type("application/sdp"));
}

#[test]
fn inv2543_is_read_without_what_its_rfc_lacks() {
    let m = message("inv2543");
    assert_eq!(m.method(), Some(&Method::Invite));
    let via = m.top_via().unwrap();
    assert_eq!((via.host(), via.branch()), ("iftgw.example.com", None));
    assert_eq!(m.from().unwrap().tag(), None);
    assert_eq!(m.from().unwrap().uri().param("user"), Some("phone"));
    let to = m.to().unwrap();
    assert_eq!((to.uri().as_str(), to.param("user")), ("sip:+16505552222@ss1.example.net", Some("phone")));
    assert_eq!(m.max_forwards().unwrap(), None);
    assert_eq!(m.record_routes().unwrap()[0].uri().param("maddr"), Some("ss1.example.com"));
    assert_eq!(m.body().len(), 105, "without Content-Length the body is the rest");
}

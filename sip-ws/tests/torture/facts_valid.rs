//! RFC 4475 section 3.1.1, valid messages: the values a person reads in them.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::data::rfc4475;
use sip_ws::codec::{Contacts, Date, HeaderName, Message, Method, UriRef};
use sip_ws::sdp::SdpView;

fn message(name: &str) -> Message {
    Message::parse(&rfc4475(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn wsinv_has_its_branches_tags_folds_and_odd_headers() {
    let m = message("wsinv");
    assert_eq!(m.method(), Some(&Method::Invite));
    assert_eq!(m.uri(), Some("sip:vivekg@chair-dnrc.example.com;unknownparam"));
    let to = m.to().unwrap();
    assert_eq!(to.tag(), Some("1918181833n"));
    assert_eq!(to.uri().as_str(), "sip:vivekg@chair-dnrc.example.com");
    assert_eq!(to.display_name(), None);
    let from = m.from().unwrap();
    assert_eq!(from.display_name().as_deref(), Some("J Rosenberg \\\""));
    assert_eq!(from.uri().as_str(), "sip:jdrosen@example.com");
    assert_eq!(from.tag(), Some("98asjd8"));
    assert_eq!(m.max_forwards().unwrap(), Some(68));
    assert_eq!(m.call_id().unwrap(), "wsinv.ndaksdj@192.0.2.1");
    let cseq = m.cseq().unwrap();
    assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
    let vias = m.vias().unwrap();
    let seen: Vec<_> = vias.iter().map(|v| (v.transport(), v.host(), v.branch())).collect();
    assert_eq!(
        seen,
        [
            ("UDP", "192.0.2.2", Some("390skdjuw")),
            ("TCP", "spindle.example.com", Some("z9hG4bK9ikj8")),
            ("UDP", "192.168.255.111", Some("z9hG4bK30239")),
        ]
    );
    assert_eq!(m.top_via().unwrap().branch(), Some("390skdjuw"));
    assert!(!vias[0].has_unique_branch() && vias[1].has_unique_branch());
    assert_eq!(m.header(HeaderName::Subject), Some(&b""[..]));
    // The fold is CRLF and one space: three octets, each a space now.
    assert_eq!(m.named("newfangledheader"), Some(&b"newfangled value   continued newfangled value"[..]));
    assert_eq!(m.named("UnknownHeaderWithUnusualValue"), Some(&b";;,,;;,;"[..]));
    assert_eq!(m.content_type(), Some("application/sdp"));
    let routes = m.routes().unwrap();
    assert_eq!(routes.len(), 1);
    assert_eq!(routes[0].uri().as_str(), "sip:services.example.com;lr;unknownwith=value;unknown-no-value");
    assert_eq!(routes[0].uri().param("lr"), Some(""));
    assert_eq!(routes[0].uri().param("unknownwith"), Some("value"));
    let contact = m.contact().unwrap().unwrap();
    assert_eq!(contact.display_name().as_deref(), Some("Quoted string \"\""));
    assert_eq!(contact.param("newparam"), Some("newvalue"));
    assert_eq!(contact.param("secondparam"), Some(""));
    assert_eq!(contact.q(), 330);
    assert_eq!(m.body().len(), 150);
    assert_eq!(m.headers().count(), 14);
}

#[test]
fn intmeth_keeps_the_widest_characters() {
    let m = message("intmeth");
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    assert_eq!(m.method(), Some(&Method::Other(method.into())));
    assert_eq!(m.cseq().unwrap().number, 139_122_385);
    assert_eq!(m.cseq().unwrap().method.as_str(), method);
    let uri = UriRef::parse(m.uri().unwrap()).unwrap();
    assert_eq!(uri.user(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(uri.password(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
    assert_eq!((uri.host(), uri.port(), uri.headers()), ("example.com", None, ""));
    assert!(!format!("{uri:?}").contains("weird"), "a password is not for logs");
    assert_eq!(m.top_via().unwrap().branch(), Some("z9hG4bK-.!%66*_+`'~"));
    let to = m.to().unwrap();
    assert_eq!(to.display_name().as_deref(), Some("BEL:\u{7} NUL:\0 DEL:\u{7f}"));
    assert_eq!(to.uri().user(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    let from = m.from().unwrap();
    assert_eq!(from.display_name().as_deref(), Some("token1~` token2'+_ token3*%!.-"));
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(from.param("fromParam''~+*_!.-%"), Some("работающий"));
    assert_eq!(m.call_id().unwrap(), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
    assert_eq!(m.max_forwards().unwrap(), Some(255));
    assert_eq!(m.named("extensionHeader-!.%*+_`'~"), Some("\u{feff}大停電".as_bytes()));
    assert_eq!(m.body(), b"");
}

#[test]
fn esc01_is_unescaped_for_display_only() {
    let m = message("esc01");
    let uri = UriRef::parse(m.uri().unwrap()).unwrap();
    assert_eq!((uri.scheme(), uri.host()), ("sip", "example.net"));
    assert_eq!(uri.user(), Some("sips%3Auser%40example.com"));
    assert_eq!(uri.user_decoded().as_deref(), Some("sips:user@example.com"));
    let to = m.to().unwrap();
    assert_eq!(to.uri().as_str(), "sip:%75se%72@example.com");
    assert!(to.uri().equivalent(UriRef::parse("sip:user@example.com").unwrap()));
    assert_eq!(m.from().unwrap().uri().user_decoded().as_deref(), Some("I have spaces"));
    let contact = m.contact().unwrap().unwrap();
    assert_eq!(contact.uri().as_str(), "sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31");
    let plain = UriRef::parse("sip:caller@host5.example.net;lr;name=value%2541").unwrap();
    assert!(contact.uri().equivalent(plain));
    assert_eq!(contact.uri().params().collect::<Vec<_>>(), [("%6C%72", None), ("n%61me", Some("v%61lue%25%34%31"))]);
}

#[test]
fn escnull_has_two_bindings_that_differ() {
    let m = message("escnull");
    let contacts = m.contacts().unwrap();
    let users: Vec<_> = contacts.list().iter().map(|c| c.uri().user_decoded().unwrap().into_owned()).collect();
    assert_eq!(users, ["\0", "\0\0"]);
    assert!(!contacts.list()[0].uri().equivalent(contacts.list()[1].uri()));
    assert_eq!(m.to().unwrap().uri().user_decoded().as_deref(), Some("null-\0-null"));
}

#[test]
fn esc02_is_no_register_and_has_two_contacts() {
    let m = message("esc02");
    assert_eq!(m.method(), Some(&Method::Other("RE%47IST%45R".into())));
    assert_eq!(m.to().unwrap().display_name().as_deref(), Some("%Z%45"));
    assert_eq!(m.from().unwrap().tag(), Some("f232jadfj23"));
    assert_eq!(m.top_via().unwrap().branch(), Some("z9hG4bK209%fzsnel234"));
    let contacts = m.contacts().unwrap();
    let hosts: Vec<_> = contacts.list().iter().map(|c| c.uri().host()).collect();
    assert_eq!(hosts, ["host1.example.com", "host3.example.com"]);
    assert_eq!(m.named("C%6Fntact"), Some(&b"<sip:alias2@host2.example.com>"[..]));
}

#[test]
fn lwsdisp_needs_no_space_before_the_bracket() {
    let from = message("lwsdisp").from().unwrap();
    assert_eq!(from.display_name().as_deref(), Some("caller"));
    assert_eq!(from.uri().as_str(), "sip:caller@example.com");
    assert_eq!(from.tag(), Some("323"));
}

#[test]
fn longreq_is_read_to_the_last_octet() {
    let m = message("longreq");
    let to = m.to().unwrap();
    assert!(to.display_name().unwrap().ends_with("extreme proportion"));
    assert_eq!(to.uri().port(), Some(6000));
    let names: Vec<_> = to.uri().params().map(|(name, _)| name.len()).collect();
    assert_eq!(names, ["unknownparam1".len(), 109, 128]);
    let from = m.from().unwrap();
    assert_eq!(from.uri().user().unwrap(), "amazinglylongcallername".repeat(5));
    assert_eq!(from.tag().unwrap().len(), 155);
    assert!(from.params().any(|(name, value)| name.starts_with("unknownValueless") && value.is_none()));
    assert_eq!(m.call_id().unwrap(), format!("longreq.one{}longcallid", "really".repeat(20)));
    let vias = m.vias().unwrap();
    assert_eq!(vias.len(), 34);
    assert_eq!(vias[0].host(), "sip33.example.com");
    assert_eq!(vias[32].host(), "sip1.example.com");
    assert_eq!(vias[33].received(), Some("192.0.2.5"));
    assert!(vias[33].branch().unwrap().starts_with("verylong") && vias[33].branch().unwrap().ends_with("branchvalue"));
    assert_eq!(m.contact().unwrap().unwrap().uri().user(), from.uri().user());
    assert_eq!(m.body().len(), 150);
}

#[test]
fn dblreq_is_the_register_alone() {
    let m = message("dblreq");
    assert_eq!(m.method(), Some(&Method::Register));
    assert_eq!(m.uri(), Some("sip:example.com"));
    assert_eq!(m.body(), b"");
    assert_eq!(m.headers().count(), 8);
    let written = m.to_bytes();
    assert!(!written.windows(6).any(|w| w == b"INVITE"));
}

#[test]
fn semiuri_keeps_the_semicolon_in_the_user() {
    let m = message("semiuri");
    let uri = UriRef::parse(m.uri().unwrap()).unwrap();
    assert_eq!(uri.user(), Some("user;par=u%40example.net"));
    assert_eq!(uri.user_decoded().as_deref(), Some("user;par=u@example.net"));
    assert_eq!(uri.host(), "example.com");
    assert_eq!(uri.params().count(), 0);
    let accept = m.header_str(HeaderName::Accept).unwrap();
    let types: Vec<_> = accept.split(',').map(str::trim).collect();
    assert_eq!(types.len(), 6);
    assert_eq!(types[5], "message/sipfrag");
}

#[test]
fn transports_lists_all_five() {
    let vias = message("transports").vias().unwrap();
    let seen: Vec<_> = vias.iter().map(|v| (v.transport(), v.branch().unwrap())).collect();
    assert_eq!(
        seen,
        [
            ("UDP", "z9hG4bKkdjuw"),
            ("SCTP", "z9hG4bKklasjdhf"),
            ("TLS", "z9hG4bK2980unddj"),
            ("UNKNOWN", "z9hG4bKasd0f3en"),
            ("TCP", "z9hG4bK0a9idfnee"),
        ]
    );
}

#[test]
fn mpart01_has_a_binary_body() {
    let m = message("mpart01");
    assert_eq!(m.method(), Some(&Method::Message));
    assert_eq!(m.body().len(), 553);
    assert!(std::str::from_utf8(m.body()).is_err());
    assert!(m.body().contains(&0xff) && m.body().ends_with(b"--7a9cbec02ceef655--\r\n"));
    assert_eq!(m.content_type(), Some("multipart/mixed;boundary=7a9cbec02ceef655"));
    assert!(m.has_content_type("Multipart/Mixed"));
    assert_eq!(m.date(), Ok(Date { year: 2005, month: 10, day: 15, hour: 4, minute: 44, second: 56 }));
    let via = m.top_via().unwrap();
    assert_eq!((via.host(), via.port(), via.param("rport")), ("127.0.0.1", Some(5070), Some("")));
    assert_eq!(&m.to_bytes()[..], &rfc4475("mpart01")[..]);
}

#[test]
fn unreason_has_a_phrase_of_any_text() {
    let m = message("unreason");
    assert_eq!(m.status(), Some(200));
    assert_eq!(m.reason(), "= 2**3 * 5**2 но сто девяносто девять - простое".as_bytes());
    assert_eq!(m.cseq().unwrap().number, 35);
    assert_eq!(m.body().len(), 154);
}

#[test]
fn noreason_has_an_empty_phrase() {
    let m = message("noreason");
    assert_eq!((m.status(), m.reason()), (Some(100), &b""[..]));
    assert_eq!(m.to().unwrap().tag(), Some("902jndnke3"));
    assert!(matches!(m.contacts(), Ok(Contacts::List(list)) if list.len() == 1));
}

#[test]
fn the_description_in_wsinv_can_be_viewed() {
    let m = message("wsinv");
    let sdp = SdpView::parse(m.body()).unwrap();
    assert_eq!((sdp.origin.username, sdp.origin.id, sdp.origin.version), ("mhandley", "29739", "7272939"));
    let media: Vec<_> = sdp.media.iter().map(|m| (m.kind, m.port, m.proto, m.formats.len())).collect();
    assert_eq!(media, [("audio", 49217, "RTP/AVP", 2), ("video", 3227, "RTP/AVP", 1)]);
    assert_eq!(sdp.media[1].rtpmaps, ["31 LPC"]);
}

//! RFC 4475 section 3.1.2, invalid messages: which fault exactly, and what the refusal looks like.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::data::rfc4475;
use sip_ws::codec::{HeaderError, HeaderName, Message, ParseErrorKind, Reject, validate};

fn message(name: &str) -> Message {
    Message::parse(&rfc4475(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn reject(name: &str) -> Reject {
    validate(&message(name)).expect_err(name)
}

/// The refusal of a frame that does not parse, as it goes on the wire.
fn refusal(name: &str) -> Message {
    let error = Message::parse(&rfc4475(name)).expect_err(name);
    error.request().expect(name).reply(error.status().expect(name), "Bad Request")
}

#[test]
fn badinv01_names_via_and_contact() {
    let m = message("badinv01");
    assert_eq!(m.vias().unwrap_err().header, HeaderName::Via);
    assert_eq!(m.contacts().unwrap_err().header, HeaderName::Contact);
    assert_eq!(m.header(HeaderName::Via), Some(&b"SIP/2.0/UDP 192.0.2.15;;,;,,"[..]), "kept verbatim");
    assert_eq!(m.header(HeaderName::Contact), Some(&b"\"Joe\" <sip:joe@example.org>;;;;"[..]));
    // What else is in the message stays readable.
    assert_eq!(m.call_id().unwrap(), "badinv01.0ha0isndaksdjasdf3234nas");
    assert_eq!(reject("badinv01").status, Some(400));
}

#[test]
fn a_wrong_content_length_is_refused_with_the_headers_of_the_request() {
    for (name, kind, call_id) in [
        ("clerr", "more than the frame holds", "clerr.0ha0isndaksdjweiafasdk3"),
        ("ncl", "not a number in range", "ncl.0ha0isndaksdj2193423r542w35"),
        ("mcl01", "two different values", "mcl01.fhn2323orihawfdoa3o4r52o3irsdf"),
    ] {
        let error = Message::parse(&rfc4475(name)).expect_err(name);
        assert_eq!(error.kind(), ParseErrorKind::ContentLength(kind), "{name}");
        let answer = refusal(name);
        assert_eq!(answer.status(), Some(400), "{name}");
        assert_eq!(answer.call_id().unwrap(), call_id);
        assert!(answer.top_via().is_ok() && answer.from().is_ok() && answer.to().is_ok() && answer.cseq().is_ok(), "{name}");
        assert_eq!(answer.body(), b"");
    }
}

#[test]
fn scalars_out_of_range_are_named() {
    let m = message("scalar02");
    assert_eq!(m.cseq(), Err(HeaderError { header: HeaderName::CSeq, problem: "number out of range" }));
    assert_eq!(m.max_forwards().unwrap_err().header, HeaderName::MaxForwards);
    assert_eq!(m.expires(), Some(3600));
    assert_eq!(m.contact().unwrap().unwrap().expires(), Some(3600));
    let r = reject("scalar02");
    assert_eq!((r.status, r.header), (Some(400), Some(HeaderName::CSeq)));

    let m = message("scalarlg");
    assert_eq!(m.status(), Some(503));
    assert!(m.cseq().is_err() && m.retry_after().is_err());
    assert_eq!(reject("scalarlg").status, None);
}

#[test]
fn quotbal_and_baddn_and_badaspec_name_the_address() {
    assert_eq!(message("quotbal").to(), Err(HeaderError { header: HeaderName::To, problem: "quoted string without an end" }));
    assert_eq!(message("baddn").from(), Err(HeaderError { header: HeaderName::From, problem: "illegal character in the display name" }));
    assert_eq!(message("badaspec").to().unwrap_err().header, HeaderName::To);
    assert_eq!(message("badaspec").from().unwrap().display_name().as_deref(), Some("Bell, Alexander"));
    for (name, header) in [("quotbal", HeaderName::To), ("baddn", HeaderName::From), ("badaspec", HeaderName::To)] {
        assert_eq!((reject(name).status, reject(name).header), (Some(400), Some(header)), "{name}");
    }
}

#[test]
fn baddn_as_archived_has_no_end_of_headers() {
    let archived = super::data::RFC4475.iter().find(|(name, _)| *name == "baddn").unwrap().1;
    assert_eq!(Message::parse(archived).unwrap_err().kind(), ParseErrorKind::NoEmptyLine);
}

#[test]
fn broken_request_lines_are_refused_with_the_headers_of_the_request() {
    for (name, why, call_id, cseq) in [
        ("ltgtruri", "illegal character in the URI", "ltgtruri.1@192.0.2.5", "1 INVITE"),
        ("lwsruri", "not one space between method, URI and version", "lwsruri.asdfasdoeoi2323-asdfwrn23-asd834rk423", "2130706432 INVITE"),
        ("lwsstart", "not one space between method, URI and version", "lwsstart.dfknq234oi243099adsdfnawe3@example.com", "1893884 INVITE"),
        ("trws", "not one space between method, URI and version", "trws.oicu34958239neffasdhr2345r", "238923 OPTIONS"),
    ] {
        let error = Message::parse(&rfc4475(name)).expect_err(name);
        assert_eq!(error.kind(), ParseErrorKind::StartLine(why), "{name}");
        let answer = refusal(name);
        assert_eq!(answer.status(), Some(400), "{name}");
        assert_eq!(answer.call_id().unwrap(), call_id);
        assert_eq!(answer.cseq().unwrap().to_string(), cseq);
    }
}

#[test]
fn bigcode_is_discarded() {
    let error = Message::parse(&rfc4475("bigcode")).unwrap_err();
    assert_eq!(error.kind(), ParseErrorKind::StartLine("not a status of three digits"));
    assert_eq!((error.status(), error.request()), (None, None));
}

#[test]
fn escruri_is_read_but_not_honoured() {
    let m = message("escruri");
    assert_eq!(m.routes().unwrap(), [], "the header in the URI is not a header of the message");
    let r = reject("escruri");
    assert_eq!((r.status, r.reason), (Some(400), "headers in the Request-URI"));
}

#[test]
fn baddate_says_which_zone_is_missing() {
    assert_eq!(message("baddate").date(), Err(HeaderError { header: HeaderName::Date, problem: "the zone is not GMT" }));
}

#[test]
fn regbadct_does_not_guess_whose_the_headers_are() {
    assert_eq!(message("regbadct").contacts().unwrap_err().header, HeaderName::Contact);
    let r = reject("regbadct");
    assert_eq!((r.status, r.header), (Some(400), Some(HeaderName::Contact)));
}

#[test]
fn badvers_is_505_and_keeps_its_version() {
    let m = message("badvers");
    assert_eq!(m.version(), (7, 0));
    let r = reject("badvers");
    assert_eq!((r.status, r.header), (Some(505), None));
    let answer = m.reply(505, "Version Not Supported").to_bytes();
    assert!(answer.starts_with(b"SIP/2.0 505 Version Not Supported\r\nVia: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw\r\n"));
}

#[test]
fn a_cseq_of_another_method_is_named() {
    for (name, method) in [("mismatch01", "OPTIONS"), ("mismatch02", "NEWMETHOD")] {
        let m = message(name);
        assert_eq!(m.method().unwrap().as_str(), method);
        assert_eq!(m.cseq().unwrap().method.as_str(), "INVITE");
        let r = reject(name);
        assert_eq!((r.status, r.header, r.reason), (Some(400), Some(HeaderName::CSeq), "not the method of the request"));
    }
}

//! URIs: parts, what is refused, escapes, and which two are the same (RFC 3261 s19.1, RFC 5118).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use sip_ws::codec::{NameAddr, Uri, UriRef};

fn uri(text: &str) -> UriRef<'_> {
    UriRef::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn parts_are_where_the_grammar_puts_them() {
    for (text, user, password, host, port, params, headers) in [
        ("sip:alice@atlanta.com", Some("alice"), None, "atlanta.com", None, "", ""),
        ("sip:alice:secret@atlanta.com;transport=tcp", Some("alice"), Some("secret"), "atlanta.com", None, "transport=tcp", ""),
        ("sips:alice@atlanta.com?subject=x&priority=y", Some("alice"), None, "atlanta.com", None, "", "subject=x&priority=y"),
        ("sip:+1-212:1234@gw.com;user=phone", Some("+1-212"), Some("1234"), "gw.com", None, "user=phone", ""),
        ("sip:atlanta.com;method=REGISTER?to=alice%40a", None, None, "atlanta.com", None, "method=REGISTER", "to=alice%40a"),
        ("sip:alice;day=tuesday@atlanta.com:5060", Some("alice;day=tuesday"), None, "atlanta.com", Some(5060), "", ""),
        ("SIP:[::1]:5061;lr", None, None, "[::1]", Some(5061), "lr", ""),
        ("sip:192.0.2.1", None, None, "192.0.2.1", None, "", ""),
        ("sip:a@my_box:5060", Some("a"), None, "my_box", Some(5060), "", ""),
        ("sip:u:@h", Some("u"), Some(""), "h", None, "", ""),
        ("sip:?@h?a=b", Some("?"), None, "h", None, "", "a=b"),
    ] {
        let uri = uri(text);
        assert!(uri.is_sip());
        assert_eq!((uri.user(), uri.password()), (user, password), "{text}");
        assert_eq!((uri.host(), uri.port(), uri.headers()), (host, port, headers), "{text}");
        let shown: Vec<_> = uri.params().map(|(n, v)| v.map_or(n.to_owned(), |v| format!("{n}={v}"))).collect();
        assert_eq!(shown.join(";"), params, "{text}");
        assert_eq!(uri.to_uri().as_str(), text);
    }
}

#[test]
fn other_schemes_are_opaque() {
    for text in ["tel:+358-555-1234567;ext=1", "mailto:a@b.c", "urn:service:sos", "http://x/?y=z#f", "isbn:2983792873"] {
        let uri = uri(text);
        assert!(!uri.is_sip() && !uri.is_sips());
        assert_eq!((uri.user(), uri.host(), uri.port(), uri.headers()), (None, "", None, ""), "{text}");
        assert_eq!(uri.params().count(), 0);
        assert_eq!(uri.to_uri().with_param("lr", None).without_headers().as_str(), text);
    }
}

#[test]
fn what_is_no_uri_is_refused() {
    for text in [
        "",
        "sip",
        "sip:",
        ":x",
        "1sip:x",
        "si p:x",
        "sip:@host",
        "sip:user@",
        "sip:user@:5060",
        "sip:user@host:",
        "sip:user@host:x",
        "sip:user@host:65536",
        "sip:user@host:5060x",
        "sip:user@host;",
        "sip:user@host;;lr",
        "sip:user@host;=x",
        "sip:user@host;a=",
        "sip:user@host?",
        "sip:us er@host",
        "sip:user%4@host",
        "sip:user%zz@host",
        "sip:us\"er@host",
        "sip:<user@host>",
        "sip:a@b@c",
        "sip:user@ho*st",
        "sip:user@host\r\nX: y",
        "sip:us\u{e9}r@host",
        "sip:user@b\u{fc}cher.example",
        "sip:user@[::1",
        "sip:user@[]",
        "sip:user@[::g]",
        "sip:user@[fe80::1%25eth0]",
        "sip:user@[192.0.2.1]",
        "sip:2001:db8::10",
        "tel:",
        "tel:1 2",
        "x:\u{7f}",
    ] {
        assert!(UriRef::parse(text).is_err(), "{text:?}");
    }
}

/// The examples of RFC 3261 s19.1.4, and the rules behind them.
#[test]
fn equivalent_uris() {
    for (a, b) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        ("sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x"),
        ("SIPS:a@b", "sips:a@B"),
        ("sip:a%2Db@c", "sip:a-b@c"),
        ("sip:a%3bb@c", "sip:a%3Bb@c"),
        ("tel:+1", "tel:+1"),
    ] {
        assert!(uri(a).equivalent(uri(b)), "{a} {b}");
        assert!(uri(b).equivalent(uri(a)), "{b} {a}");
    }
}

#[test]
fn different_uris() {
    for (a, b) in [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:a@b", "sips:a@b"),
        ("sip:a@b", "sip:b"),
        ("sip:a@b", "sip:a:x@b"),
        ("sip:a@b", "sip:a@b;user=phone"),
        ("sip:a@b", "sip:a@b;ttl=1"),
        ("sip:a@b", "sip:a@b;method=INVITE"),
        ("sip:a@b", "sip:a@b;maddr=192.0.2.1"),
        ("sip:a%3Bb@c", "sip:a;b@c"),
        ("sip:a%40b@c", "sip:ab@c"),
        ("sip:a@b?x=1&y=2", "sip:a@b?x=1"),
        ("sip:a@b", "tel:a@b"),
    ] {
        assert!(!uri(a).equivalent(uri(b)), "{a} {b}");
        assert!(!uri(b).equivalent(uri(a)), "{b} {a}");
    }
}

#[test]
fn escapes_are_shown_decoded_and_never_parsed_again() {
    let hostile = uri("sip:%0d%0aX:%00@host");
    assert_eq!(hostile.user(), Some("%0d%0aX"));
    assert_eq!(hostile.user_decoded().as_deref(), Some("\r\nX"));
    assert_eq!(uri("sip:%ff%fe@h").user_decoded().as_deref(), Some("\u{fffd}\u{fffd}"));
    let again = Uri::sip(Some("\r\nX:\0 @/"), "host").unwrap();
    assert_eq!(again.as_str(), "sip:%0D%0AX%3A%00%20%40/@host");
    assert_eq!(again.user_decoded().as_deref(), Some("\r\nX:\0 @/"));
    assert!(Uri::sip(None, "host\r\nX: y").is_err());
    assert!(Uri::sip(None, "").is_err());
    assert_eq!(Uri::sip(Some(""), "h").unwrap().as_str(), "sip:h");
}

#[test]
fn parameters_are_set_and_headers_removed() {
    let uri = Uri::parse("sip:a@h;lr;x=1?Route=%3Csip:x%3E").unwrap();
    assert_eq!(uri.clone().with_param("X", Some("2")).as_str(), "sip:a@h;lr;X=2?Route=%3Csip:x%3E");
    assert_eq!(uri.clone().with_param("transport", Some("ws")).without_headers().as_str(), "sip:a@h;lr;x=1;transport=ws");
    assert_eq!(uri.clone().with_param("ob", None).param("ob"), Some(""));
    assert_eq!(uri.clone().with_param("a b", Some("c")), uri, "no name, no change");
    assert_eq!(uri.clone().with_param("a", Some("\r\n")), uri);
    assert_eq!(uri.view().header("ROUTE").as_deref(), Some("<sip:x>"));
}

#[test]
fn a_password_is_not_shown_in_logs() {
    let uri = Uri::parse("sip:alice:secret@atlanta.com;lr").unwrap();
    assert_eq!(format!("{uri:?}"), "sip:alice:***@atlanta.com;lr");
    assert_eq!(format!("{:?}", NameAddr::new(None, &uri)), "\"\" <sip:alice:***@atlanta.com;lr>");
}

fn address(text: &str) -> NameAddr {
    NameAddr::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn addresses_have_a_name_a_uri_and_parameters() {
    for (text, name, uri, tag) in [
        ("\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s", Some("A. G. Bell"), "sip:agb@bell-telephone.com", Some("a48s")),
        ("sip:+12125551212@server.example.com;tag=887s", None, "sip:+12125551212@server.example.com", Some("887s")),
        ("Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", Some("Anonymous"), "sip:c8oqz84zk7z@privacy.org", Some("hyh8")),
        ("<sip:a@b;tag=inside>;tag=outside", None, "sip:a@b;tag=inside", Some("outside")),
        ("\"\" <sip:a@b>", None, "sip:a@b", None),
        ("\"<sip:evil@x>;tag=1\" <sip:a@b>", Some("<sip:evil@x>;tag=1"), "sip:a@b", None),
        ("<sip:a@b>;x=\"<;tag=evil,>\";tag=t", None, "sip:a@b", Some("t")),
        ("sip:a@b;x=\"<sip:c@d>\";tag=t", None, "sip:a@b", Some("t")),
        ("  <sip:a@b>  ", None, "sip:a@b", None),
        ("<tel:+1;phone-context=x>", None, "tel:+1;phone-context=x", None),
        ("<sip:a@b>;tag", None, "sip:a@b", None),
    ] {
        let address = address(text);
        assert_eq!(address.display_name().as_deref(), name, "{text}");
        assert_eq!((address.uri().as_str(), address.tag()), (uri, tag), "{text}");
        assert_eq!(address.as_str(), text.trim());
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for text in [
        "",
        "\"A",
        "\"A\"",
        "\"A\" sip:a@b",
        "\"A\\\" <sip:a@b>",
        "<sip:a@b",
        "sip:a@b>",
        "<>",
        "< sip:a@b>",
        "<sip:a@b >",
        "<sip:a@b> x",
        "<sip:a@b>;",
        "<sip:a@b>;;a",
        "<sip:a@b>;tag=",
        "<sip:a@b>;a=\"b",
        "<sip:a@b>,<sip:c@d>",
        "a, b <sip:a@b>",
        "a@b <sip:a@b>",
        "sip:a@b?x=y",
        "sip:a@b,c",
        "sip:a b@c",
        "\u{e9} <sip:a@b>",
        "*",
    ] {
        assert!(NameAddr::parse(text.as_bytes()).is_err(), "{text:?}");
    }
    assert!(NameAddr::parse(b"\"\0\" <sip:a@b>").is_err(), "a bare NUL is no quoted text");
    assert!(NameAddr::parse(b"\"a\x07\" <sip:a@b>").is_err());
}

#[test]
fn a_display_name_of_any_octets_is_read() {
    let odd = NameAddr::parse(b"\"\xff<img onerror=1>\xe2\x80\xae\" <sip:a@b>;tag=1").unwrap();
    assert_eq!(odd.display_name().as_deref(), Some("\u{fffd}<img onerror=1>\u{202e}"));
    assert_eq!((odd.uri().as_str(), odd.tag()), ("sip:a@b", Some("1")));
}

#[test]
fn a_tag_is_added_to_both_forms() {
    assert_eq!(address("sip:a@b;x=y").with_param("tag", Some("1")).as_str(), "<sip:a@b>;x=y;tag=1");
    assert_eq!(address("\"A\" <sip:a@b>;tag=0;x").with_param("tag", Some("1")).as_str(), "\"A\" <sip:a@b>;x;tag=1");
    let quoted = address("<sip:a@b>").with_param("+sip.instance", Some("<urn:uuid:0>"));
    assert_eq!(quoted.as_str(), "<sip:a@b>;+sip.instance=\"<urn:uuid:0>\"");
    assert_eq!(quoted.param("+SIP.instance"), Some("<urn:uuid:0>"));
    assert_eq!(address("<sip:a@b>").with_param("x\r\ny", Some("z")).as_str(), "<sip:a@b>");
    assert_eq!(address("<sip:a@b>").with_param("x", Some("a\r\nb")).as_str(), "<sip:a@b>;x=\"a  b\"");
}

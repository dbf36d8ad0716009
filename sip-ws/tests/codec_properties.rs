//! Whatever arrives or is asked for: nothing panics, nothing is injected, and what is written is read back the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "torture/data.rs"]
mod data;
#[path = "torture/exercise.rs"]
mod exercise;

use exercise::{read_everything, survives};
use proptest::prelude::*;
use sip_ws::codec::{AuthParams, HeaderName, Message, Method, NameAddr, Reason, Uri, Via, validate};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

/// One change to a valid message.
#[derive(Clone, Debug)]
enum Edit {
    Replace(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize),
}

impl Edit {
    fn apply(self, bytes: &mut Vec<u8>) {
        let len = bytes.len().max(1);
        match self {
            Edit::Replace(at, byte) => {
                if let Some(b) = bytes.get_mut(at % len) {
                    *b = byte;
                }
            }
            Edit::Insert(at, piece) => {
                let at = at % len;
                bytes.splice(at..at, piece);
            }
            Edit::Remove(at, n) => {
                let at = at % len;
                bytes.drain(at..(at + n).min(bytes.len()));
            }
            Edit::Repeat(at, n) => {
                let at = at % len;
                let piece = bytes[at..(at + n).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\r\n ".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"<".to_vec()),
        Just(b">;,".to_vec()),
        Just(b"\\".to_vec()),
        Just(b"%00%zz".to_vec()),
        Just(b"[::]".to_vec()),
        Just(b"\xff\xc3".to_vec()),
        Just(b"=;==".to_vec()),
        Just(b"4294967296".to_vec()),
        proptest::collection::vec(any::<u8>(), 1..4),
    ];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, b)| Edit::Replace(at, b)),
        (any::<usize>(), piece).prop_map(|(at, p)| Edit::Insert(at, p)),
        (any::<usize>(), 1usize..20).prop_map(|(at, n)| Edit::Remove(at, n)),
        (any::<usize>(), 1usize..80).prop_map(|(at, n)| Edit::Repeat(at, n)),
    ]
}

fn known_name() -> impl Strategy<Value = HeaderName> {
    // Content-Length is written by the message itself.
    proptest::sample::select(HeaderName::KNOWN).prop_filter("not Content-Length", |n| *n != HeaderName::ContentLength)
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn arbitrary_octets_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(message) = Message::parse(&bytes) {
            read_everything(&message);
            survives(&message);
        }
    }

    #[test]
    fn arbitrary_octets_in_a_message_never_panic(
        values in proptest::collection::vec((known_name(), proptest::collection::vec(any::<u8>(), 0..40)), 0..12),
        body in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut bytes = b"INVITE sip:b@example.com SIP/2.0\r\n".to_vec();
        for (name, value) in &values {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend(value.iter().filter(|b| !matches!(b, b'\r' | b'\n')));
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend(&body);
        let message = Message::parse(&bytes).unwrap();
        prop_assert_eq!(message.headers().count(), values.len());
        prop_assert_eq!(message.body(), body.as_slice());
        read_everything(&message);
        survives(&message);
    }

    #[test]
    fn changed_torture_messages_never_panic(
        which in any::<prop::sample::Index>(),
        edits in proptest::collection::vec(edit(), 1..6),
    ) {
        let all = data::all();
        let mut bytes = all[which.index(all.len())].1.clone();
        edits.into_iter().for_each(|e| e.apply(&mut bytes));
        match Message::parse(&bytes) {
            Ok(message) => {
                read_everything(&message);
                survives(&message);
            }
            Err(error) => {
                prop_assert_eq!(error.status().is_some(), error.request().is_some());
                if let Some(request) = error.request() {
                    let answer = request.reply(error.status().unwrap(), "Bad Request").to_bytes();
                    prop_assert!(Message::parse(&answer).is_ok());
                }
            }
        }
    }

    /// A text of the characters that grammars care about, in every place where a value can stand.
    #[test]
    fn values_of_grammar_characters_never_panic(value in "[a-c0-2 \t;,=<>\"\\\\:@?%\\[\\]*.{}/-]{0,40}", name in known_name()) {
        let mut message = Message::request(Method::Options, "sip:b@example.com");
        message.push(name, &value);
        read_everything(&message);
        survives(&message);
    }

    #[test]
    fn built_messages_are_read_back(
        values in proptest::collection::vec((known_name(), proptest::collection::vec(any::<u8>(), 0..40)), 0..12),
        named in proptest::collection::vec(("[a-zA-Z!%'*+.^_`~-]{1,20}", "\\PC{0,30}"), 0..4),
        uri in "\\PC{1,30}", reason in "\\PC{0,20}", request: bool, code in 0u16..1000,
        body in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut message = match request {
            true => Message::request(Method::Other("X!".into()), &uri),
            false => Message::response(code, &reason),
        };
        for (i, (name, value)) in values.iter().enumerate() {
            if i % 3 == 0 { message.push_front(*name, value) } else { message.push(*name, value) }
        }
        for (name, value) in &named {
            message.push_named(name, value);
        }
        message.set_body("text/plain", body);
        let in_uri = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"');
        let legal_uri = message.uri().is_none_or(|u| !u.is_empty() && u.bytes().all(in_uri));
        let read = Message::parse(&message.to_bytes());
        if legal_uri {
            prop_assert_eq!(read, Ok(message));
        } else {
            prop_assert!(read.is_err());
        }
    }

    /// However wild a value is, it stays one value of one header, and the body stays the body.
    #[test]
    fn no_value_adds_a_header_or_a_body(
        value in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(0), Just(b':'), any::<u8>()], 0..60),
        name in known_name(), text in "[\\PC\r\n\0:]{0,30}",
    ) {
        let mut message = Message::request(Method::Other(text.clone().into()), "sip:b@example.com");
        message.push(name, &value);
        message.push_named("X-Mine", &value);
        message.push_named(&text, "ignored");
        message.set_uri(&format!("sip:b{text}"));
        let bytes = message.to_bytes();
        let head = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        prop_assert_eq!(head + 4, bytes.len(), "no octet behind the first empty line");
        let token = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b));
        // `l` would be a Content-Length, which the message writes itself.
        let token = token && HeaderName::from_bytes(text.as_bytes()) != HeaderName::ContentLength;
        let lines = bytes[..head].split(|b| *b == b'\n').count();
        prop_assert_eq!(lines, 1 + 2 + usize::from(token) + 1, "{}", String::from_utf8_lossy(&bytes));
        prop_assert!(bytes[..head].iter().filter(|b| **b == b'\r').count() == lines - 1);
    }

    #[test]
    fn any_display_name_and_user_survive(display in "\\PC{0,30}", user in "\\PC{1,20}", tag in "[a-z0-9]{1,10}") {
        let uri = Uri::sip(Some(&user), "example.com:5060").unwrap();
        prop_assert_eq!(uri.view().user_decoded().unwrap(), user.as_str());
        prop_assert_eq!((uri.host(), uri.port()), ("example.com", Some(5060)));
        let address = NameAddr::new(Some(&display), &uri).with_param("tag", Some(&tag));
        let read = NameAddr::parse(address.as_str().as_bytes()).unwrap();
        prop_assert_eq!(&read, &address);
        prop_assert_eq!(read.display_name().unwrap_or_default(), display.as_str());
        prop_assert_eq!(read.tag(), Some(tag.as_str()));
        prop_assert_eq!(read.uri().to_uri(), uri);
    }

    #[test]
    fn any_credentials_survive(
        plain in proptest::collection::vec(("[a-z]{1,8}", "[a-zA-Z0-9.-]{1,12}"), 0..4),
        quoted in proptest::collection::vec(("[a-z]{1,8}", "\\PC{0,20}"), 1..5),
    ) {
        let mut set = AuthParams::new("Digest");
        for (name, value) in &plain {
            set = set.plain(name, value);
        }
        for (name, value) in &quoted {
            set = set.quoted(name, value);
        }
        let read = AuthParams::parse_all(set.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&read, &[set.clone()]);
        let two = format!("{set}, {set}");
        prop_assert_eq!(AuthParams::parse_all(two.as_bytes()).unwrap(), vec![set.clone(), set.clone()]);
        for (_, value) in quoted.iter().filter(|(_, v)| v.len() > 6) {
            prop_assert!(!format!("{set:?}").contains(value.as_str()), "values are not for logs");
        }
    }

    #[test]
    fn any_reason_text_survives(text in "\\PC{0,40}", cause in 100u16..700) {
        let reason = Reason::sip(cause, &text);
        prop_assert_eq!(Reason::parse(reason.to_string().as_bytes()), Ok(reason));
    }

    #[test]
    fn any_via_that_is_made_can_be_read(transport in "\\PC{0,6}", sent_by in "\\PC{0,20}", branch in "\\PC{0,20}") {
        let via = Via::new(&transport, &sent_by, &branch);
        prop_assert_eq!(Via::parse(via.as_str().as_bytes()), Ok(via));
    }

    /// What the product itself builds passes its own validation.
    #[test]
    fn a_request_with_the_mandatory_headers_is_valid(user in "\\PC{1,12}", number in 0u32..0x8000_0000) {
        let uri = Uri::sip(Some(&user), "example.com").unwrap();
        let mut message = Message::request(Method::Options, uri.as_str());
        message.push(HeaderName::Via, Via::new("WSS", "x.invalid", "z9hG4bKa"));
        message.push(HeaderName::From, NameAddr::new(Some(&user), &uri).with_param("tag", Some("a")));
        message.push(HeaderName::To, NameAddr::new(None, &uri));
        message.push(HeaderName::CallId, "a@b");
        message.push(HeaderName::CSeq, format!("{number} OPTIONS"));
        message.push(HeaderName::MaxForwards, "70");
        prop_assert_eq!(validate(&message), Ok(()));
        prop_assert_eq!(validate(&message.reply(200, "OK")), Ok(()));
    }
}

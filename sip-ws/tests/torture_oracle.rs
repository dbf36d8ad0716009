//! A second opinion: `sipx-sip` reads the same messages. Where both accept, they read the same values; where they
//! differ, the difference is in a list here, with its reason. The oracle proves nothing alone: `torture.rs` has the facts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "torture/data.rs"]
mod data;

use proptest::prelude::*;
use sip_ws::codec::{Contacts, Message, validate};
use sipx_sip::headers::{self as theirs, ContactValue};
use sipx_sip::{Host, Limits};

/// What both sides say about a message; `Err` names the header that cannot be read.
#[derive(Debug, PartialEq)]
struct Facts {
    start: String,
    vias: Result<Vec<Hop>, &'static str>,
    from: Result<Address, &'static str>,
    to: Result<Address, &'static str>,
    call_id: Result<String, &'static str>,
    cseq: Result<(u32, String), &'static str>,
    contacts: Result<Vec<Address>, &'static str>,
    body: Vec<u8>,
}

/// Transport, host, port, `branch`.
type Hop = (String, String, Option<u16>, Option<String>);
/// Display name, user, host, port, `tag`.
type Address = (Option<String>, Option<String>, String, Option<u16>, Option<String>);

/// Hosts are compared as addresses where they are some: the oracle normalises IPv6.
fn host(text: &str) -> String {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    // The three colons of RFC 5118 s4.10 are read as two by both.
    bare.replace(":::", "::").parse::<std::net::IpAddr>().map_or(text.to_ascii_lowercase(), |ip| ip.to_string())
}

fn ours(bytes: &[u8]) -> Option<Facts> {
    let m = Message::parse(bytes).ok()?;
    let address = |a: &sip_ws::codec::NameAddr| {
        let uri = a.uri();
        let display = a.display_name().map(|d| d.into_owned());
        (display, uri.user().map(str::to_owned), host(uri.host()), uri.port(), a.tag().map(str::to_owned))
    };
    Some(Facts {
        start: match m.status() {
            Some(status) => format!("{status} {}", String::from_utf8_lossy(m.reason())),
            None => format!("{} {}", m.method()?, m.uri()?),
        },
        vias: m
            .vias()
            .map(|list| list.iter().map(|v| (v.transport().to_owned(), host(v.host()), v.port(), v.branch().map(str::to_owned))).collect())
            .map_err(|_| "Via"),
        from: m.from().map(|a| address(&a)).map_err(|_| "From"),
        to: m.to().map(|a| address(&a)).map_err(|_| "To"),
        call_id: m.call_id().map(str::to_owned).map_err(|_| "Call-ID"),
        cseq: m.cseq().map(|c| (c.number, c.method.as_str().to_owned())).map_err(|_| "CSeq"),
        contacts: m
            .contacts()
            .map(|c| match c {
                Contacts::Star => Vec::new(),
                Contacts::List(list) => list.iter().map(address).collect(),
            })
            .map_err(|_| "Contact"),
        body: m.body().to_vec(),
    })
}

fn oracle(bytes: &[u8]) -> Option<Facts> {
    let m = sipx_sip::parse_datagram(bytes.to_vec().into(), &Limits::datagram()).ok()?;
    let headers = m.headers();
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let their_host = |h: &Host| match h {
        Host::Ip(ip) => ip.to_string(),
        name => text(&name.to_bytes()).to_ascii_lowercase(),
    };
    let address = |a: &theirs::Address| {
        let uri = &a.uri;
        let display = a.display_name.as_deref().map(text).filter(|d| !d.is_empty());
        let tag = a.tag().map(text).filter(|t| !t.is_empty());
        (display, uri.user().map(text), uri.host().map(their_host).unwrap_or_default(), uri.port(), tag)
    };
    let vias = headers
        .typed_all::<theirs::Via>()
        .map(|v| v.map(|v| (text(&v.transport), their_host(&v.host), v.port, v.branch().map(text))))
        .collect::<Result<Vec<_>, _>>();
    let mut contacts = Ok(Vec::new());
    for contact in headers.typed_all::<theirs::Contact>() {
        match (contact, &mut contacts) {
            (Ok(c), Ok(list)) => list.push(address(&c)),
            (Err(_), all) => *all = Err("Contact"),
            _ => {}
        }
    }
    if let Some(Ok(ContactValue::Wildcard)) = headers.typed::<ContactValue>() {
        contacts = Ok(Vec::new());
    }
    Some(Facts {
        start: match (m.as_request(), m.as_response()) {
            (Some(r), _) => format!("{} {}", text(r.method.as_bytes()), text(&r.uri.to_bytes())),
            (_, Some(r)) => format!("{} {}", r.status.code(), text(&r.reason)),
            _ => return None,
        },
        vias: match vias {
            Ok(list) if list.is_empty() => Err("Via"),
            vias => vias.map_err(|_| "Via"),
        },
        from: headers.typed::<theirs::From>().and_then(Result::ok).map(|a| address(&a)).ok_or("From"),
        to: headers.typed::<theirs::To>().and_then(Result::ok).map(|a| address(&a)).ok_or("To"),
        call_id: headers.typed::<theirs::CallId>().and_then(Result::ok).map(|c| text(&c.0)).ok_or("Call-ID"),
        cseq: headers.typed::<theirs::CSeq>().and_then(Result::ok).map(|c| (c.sequence, text(c.method.as_bytes()))).ok_or("CSeq"),
        contacts,
        body: m.body().to_vec(),
    })
}

/// Messages of which both sides read different things, and why ours stands.
const DIFFERENCES: &[(&str, &str)] = &[
    ("badvers", "the oracle reads a Via of SIP/7.0; nothing is known about the grammar of another version"),
    ("ipv6-bad", "the oracle refuses the start line; ours reads the message, so that validate can refuse it with its headers at hand"),
];

#[test]
fn both_read_the_torture_messages_alike() {
    let differ = data::all().into_iter().filter(|(_, bytes)| ours(bytes) != oracle(bytes)).map(|(name, _)| name);
    let listed = DIFFERENCES.iter().map(|(name, _)| *name);
    assert_eq!(differ.collect::<Vec<_>>(), listed.collect::<Vec<_>>());
}

/// Messages that one side refuses before acting and the other does not, and why ours stands.
const VERDICTS: &[(&str, &str)] = &[
    ("regbadct", "the oracle does not look at Contact; the index asks for 400"),
    ("inv2543", "the oracle asks for Max-Forwards, which RFC 2543 has not; the index asks to accept"),
];

#[test]
fn both_refuse_the_same_messages_before_acting() {
    let differs = |bytes: &[u8]| {
        let ours = Message::parse(bytes).is_ok_and(|m| validate(&m).is_ok());
        let theirs = sipx_sip::parse_datagram(bytes.to_vec().into(), &Limits::datagram());
        ours != theirs.is_ok_and(|m| sipx_sip::validate(&m).is_empty())
    };
    let differ = data::all().into_iter().filter(|(_, bytes)| differs(bytes)).map(|(name, _)| name);
    let listed = VERDICTS.iter().map(|(name, _)| *name);
    assert_eq!(differ.collect::<Vec<_>>(), listed.collect::<Vec<_>>());
}

prop_compose! {
    fn token()(text in "[a-zA-Z0-9.!%*_+`'~-]{1,12}") -> String { text }
}
prop_compose! {
    fn address()(
        display in proptest::option::of("[a-zA-Z äöß\"\\\\]{0,12}"),
        // No parentheses: the oracle takes them for a comment even inside <> and refuses the list.
        user in proptest::option::of("[a-zA-Z0-9_.!~*'&=+$,;?/-]{1,12}"),
        host in prop_oneof!["[a-z]{1,8}\\.example", Just("192.0.2.7".to_owned()), Just("[2001:db8::7]".to_owned())],
        port in proptest::option::of(1u16..),
        tag in proptest::option::of("[a-z0-9.-]{1,8}"),
    ) -> String {
        let quoted = display.map(|d| format!("\"{}\" ", d.replace('\\', "\\\\").replace('"', "\\\""))).unwrap_or_default();
        let user = user.map(|u| format!("{u}@")).unwrap_or_default();
        let port = port.map(|p| format!(":{p}")).unwrap_or_default();
        let tag = tag.map(|t| format!(";tag={t}")).unwrap_or_default();
        format!("{quoted}<sip:{user}{host}{port}>{tag}")
    }
}
prop_compose! {
    fn frame()(
        method in prop_oneof![Just("INVITE".to_owned()), Just("BYE".to_owned()), token()],
        status in proptest::option::of(100u16..700),
        from in address(), to in address(), contacts in proptest::collection::vec(address(), 0..4),
        branches in proptest::collection::vec(token(), 1..4),
        call_id in "[a-zA-Z0-9.!%*_+`'~()<>:/?{}@-]{1,20}",
        number in 0u32..0x8000_0000,
        compact: bool, fold: bool, length: bool,
        body in proptest::collection::vec(any::<u8>(), 0..40),
    ) -> Vec<u8> {
        let start = match status {
            Some(status) => format!("SIP/2.0 {status} Reason"),
            None => format!("{method} sip:a@example.com;lr SIP/2.0"),
        };
        let name = |long: &'static str, short: &'static str| if compact { short } else { long };
        let lws = if fold { "\r\n " } else { " " };
        let mut text = format!("{start}\r\n{}:{lws}{from}\r\n{}:{lws}{to}\r\n", name("From", "f"), name("To", "t"));
        for branch in branches {
            text += &format!("{}: SIP/2.0/WSS{lws}host.invalid ;branch{lws}={branch}\r\n", name("Via", "v"));
        }
        if !contacts.is_empty() {
            text += &format!("{}: {}\r\n", name("Contact", "M"), contacts.join(&format!(" ,{lws}")));
        }
        text += &format!("{}: {call_id}\r\nCSeq: {number}{lws}{method}\r\nMax-Forwards: 70\r\n", name("Call-ID", "i"));
        if length {
            text += &format!("{} : {}\r\n", name("Content-Length", "l"), body.len());
        }
        let mut bytes = (text + "\r\n").into_bytes();
        bytes.extend(body);
        bytes
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Generated messages are valid, so both accept them and read the same.
    #[test]
    fn both_read_generated_messages_alike(bytes in frame()) {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let ours = ours(&bytes);
        prop_assert!(ours.is_some(), "{}", shown);
        prop_assert_eq!(ours, oracle(&bytes), "{}", shown);
        prop_assert_eq!(Message::parse(&bytes).map(|m| validate(&m)), Ok(Ok(())));
    }
}

//! RFC 4475 and RFC 5118: every message has the verdict, the layer and the status its index asks for, and the values
//! that were read from it are those a person reads in the RFC.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "torture/core_statuses.rs"]
mod core_statuses;
#[path = "torture/data.rs"]
mod data;
#[path = "torture/facts_invalid.rs"]
mod facts_invalid;
#[path = "torture/facts_ipv6.rs"]
mod facts_ipv6;
#[path = "torture/facts_semantic.rs"]
mod facts_semantic;
#[path = "torture/facts_valid.rs"]
mod facts_valid;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use data::Row;
use sip_ws::codec::{HeaderName, Message, ParseErrorKind, validate};

/// The status the index asks for: its first number; `None` where the message is to be discarded.
fn status(row: &Row) -> Option<u16> {
    let digits = row.status.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 3);
    digits.map(|d| d.parse().unwrap())
}

/// Whether reading this header as its type fails, and naming which header.
fn header_fault(message: &Message, header: &str) -> Option<HeaderName> {
    match header {
        "Via" => message.vias().err(),
        "To" => message.to().err(),
        "From" => message.from().err(),
        "Contact" => message.contacts().err(),
        "CSeq" => message.cseq().err(),
        "Date" => message.date().err(),
        other => panic!("the index names a header the test does not know: {other}"),
    }
    .map(|e| e.header)
}

fn check_4475(row: &Row) {
    let name = row.name;
    let bytes = data::rfc4475(name);
    let parsed = Message::parse(&bytes);
    match (row.expect, row.layer) {
        ("reject" | "discard", "framing" | "start-line") => {
            let error = parsed.expect_err(name);
            let layer = match error.kind() {
                ParseErrorKind::StartLine(_) => "start-line",
                _ => "framing",
            };
            assert_eq!(layer, row.layer, "{name}: {error}");
            assert_eq!(error.status(), status(row), "{name}");
            assert_eq!(error.request().is_some(), status(row).is_some(), "{name}");
        }
        ("reject" | "discard", "semantic") => {
            let reject = validate(&parsed.expect(name)).expect_err(name);
            // mismatch02 may be 501 or 400; the codec knows no methods that "exist", so 400 it is.
            let wanted = if name == "mismatch02" { Some(400) } else { status(row) };
            assert_eq!(reject.status, wanted, "{name}: {reject}");
        }
        ("reject" | "discard" | "reject-or-ignore", layer) => {
            let message = parsed.expect(name);
            let headers = layer.strip_prefix("header:").expect(name);
            for header in headers.split(',') {
                let named = header_fault(&message, header).unwrap_or_else(|| panic!("{name}: {header} is read without an error"));
                assert_eq!(named.as_str(), header, "{name}");
            }
            if row.expect == "reject-or-ignore" {
                assert_eq!(validate(&message), Ok(()), "{name}: nothing acts on Date, so it is ignored");
            } else {
                let reject = validate(&message).expect_err(name);
                assert_eq!(reject.status, status(row), "{name}: {reject}");
                let at_fault = reject.header.expect(name);
                assert!(headers.split(',').any(|h| h == at_fault.as_str()), "{name}: {reject}");
            }
        }
        ("accept" | "accept-first" | "accept-then-discard", _) => {
            let message = parsed.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(validate(&message), Ok(()), "{name}");
        }
        (expect, layer) => panic!("{name}: the index asks for {expect} at {layer}, which the test does not know"),
    }
}

#[test]
fn every_message_of_rfc_4475_has_the_verdict_of_its_index() {
    let index = data::index_4475();
    assert_eq!(index.len(), 49);
    assert_eq!(data::RFC4475.len(), 50);
    index.iter().for_each(check_4475);
}

#[test]
fn every_message_of_rfc_5118_has_the_verdict_of_its_index() {
    let index = data::index_5118();
    assert_eq!(index.len(), 12);
    for row in index {
        let message = Message::parse(&data::rfc5118(row.name)).unwrap_or_else(|e| panic!("{}: {e}", row.name));
        match row.class {
            "valid" => assert_eq!(validate(&message), Ok(()), "{}", row.name),
            "invalid" => assert_eq!(validate(&message).expect_err(row.name).status, status(&row), "{}", row.name),
            other => panic!("{}: class {other}", row.name),
        }
    }
}

#[test]
fn the_unconverted_files_of_rfc_5118_are_refused_for_their_line_ends() {
    let bare_lf = String::from_utf8(data::rfc5118("ipv6-good")).unwrap().replace("\r\n", "\n");
    assert_eq!(Message::parse(bare_lf.as_bytes()).unwrap_err().kind(), ParseErrorKind::BareLineBreak);
}

/// What can be parsed is written octet for octet, folding, Content-Length and ignored octets aside.
#[test]
fn every_message_that_parses_survives_a_round_trip() {
    for (name, bytes) in data::all() {
        let Ok(message) = Message::parse(&bytes) else { continue };
        let written = message.to_bytes();
        assert_eq!(Message::parse(&written).as_ref(), Ok(&message), "{name}");
        let head_end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        let declared = message.header(HeaderName::ContentLength).is_some();
        let folded = bytes[..head_end].windows(3).any(|w| w.starts_with(b"\r\n") && matches!(w[2], b' ' | b'\t'));
        if declared && !folded {
            assert_eq!(&written[..head_end], &bytes[..head_end], "{name}");
        }
    }
}

/// The table for the upper layers names messages that exist, are accepted here, and covers every row of those layers.
#[test]
fn what_the_codec_accepts_for_others_to_refuse_is_in_their_table() {
    let named: Vec<_> = core_statuses::CORE.iter().map(|(name, ..)| *name).collect();
    for row in data::index_4475() {
        if matches!(row.layer, "core" | "transaction") || row.status.contains("UAS core") {
            assert!(named.contains(&row.name), "{} is missing", row.name);
        }
    }
    for name in named {
        assert_eq!(Message::parse(&data::rfc4475(name)).map(|m| validate(&m)), Ok(Ok(())), "{name}");
    }
}

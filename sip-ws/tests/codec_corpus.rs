//! Small hostile frames, kept: each file's name begins with its verdict (`ok`, the status of the refusal, or `drop`).
//! A frame that once went wrong in a fuzzer or in the field joins them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "torture/exercise.rs"]
mod exercise;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use sip_ws::codec::{Message, validate};

macro_rules! corpus {
    ($($name:literal)+) => {
        &[$(($name, include_bytes!(concat!("corpus/", $name, ".dat")))),+]
    };
}

const CORPUS: &[(&str, &[u8])] = corpus! {
    "400-backslashes-to-the-end"
    "400-call-id-twice"
    "400-call-id-with-comma"
    "400-contact-with-open-header-part"
    "400-cr-in-value"
    "400-cseq-of-another-method"
    "400-cseq-too-large"
    "400-from-missing"
    "400-from-quote-open"
    "400-hundreds-of-semicolons"
    "400-length-negative"
    "400-length-of-64-bits"
    "400-length-too-long"
    "400-length-twice"
    "400-lf-after-via"
    "400-max-forwards-256"
    "400-no-colon"
    "400-no-empty-line"
    "400-nul-in-name"
    "400-route-is-no-address"
    "400-to-with-comma"
    "400-uri-crlf-escaped-in-host"
    "400-uri-ipv6-open"
    "400-uri-of-eight-bits"
    "400-uri-with-headers"
    "400-via-empty-element"
    "400-via-of-another-protocol"
    "505-version"
    "505-version-of-via-too"
    "drop-ack-of-another-cseq"
    "drop-ack-of-broken-length"
    "drop-byte-order-mark"
    "drop-http"
    "drop-json"
    "drop-keep-alive"
    "drop-lf-only"
    "drop-octets"
    "drop-one-octet"
    "drop-request-without-via"
    "drop-response-of-broken-cseq"
    "drop-response-of-broken-length"
    "drop-response-of-long-code"
    "drop-response-without-via"
    "drop-start-line-only"
    "ok-bidi-and-combining"
    "ok-broken-headers-nobody-acts-on"
    "ok-contact-star"
    "ok-crlf-in-front"
    "ok-display-not-utf8"
    "ok-empty-supported"
    "ok-folded-everything"
    "ok-method-of-odd-token"
    "ok-no-content-length"
    "ok-nul-in-quoted-pair"
    "ok-response-of-any-reason"
    "ok-response-without-reason"
    "ok-sixty-branches-of-quotes"
    "ok-two-requests-in-a-frame"
    "ok-unknown-header-of-any-octets"
};

fn verdict(frame: &[u8]) -> String {
    let status = match Message::parse(frame) {
        Ok(message) => match validate(&message) {
            Ok(()) => return "ok".to_owned(),
            Err(reject) => reject.status,
        },
        Err(error) => error.status(),
    };
    status.map_or("drop".to_owned(), |status| status.to_string())
}

#[test]
fn every_frame_has_the_verdict_in_its_name() {
    for (name, frame) in CORPUS {
        assert_eq!(verdict(frame), name.split('-').next().unwrap(), "{name}");
    }
}

#[test]
fn every_frame_that_parses_is_read_and_written() {
    for (_, frame) in CORPUS {
        if let Ok(message) = Message::parse(frame) {
            exercise::read_everything(&message);
            exercise::survives(&message);
        }
    }
}

/// A frame that is cut off before the empty line is never acted on.
#[test]
fn no_beginning_of_a_head_is_a_message() {
    for (name, frame) in CORPUS {
        let start = frame.iter().position(|b| !b"\r\n".contains(b)).unwrap_or(frame.len());
        let head = frame[start..].windows(4).position(|w| w == b"\r\n\r\n").map_or(frame.len(), |n| start + n + 4);
        for end in 0..head {
            assert_ne!(verdict(&frame[..end]), "ok", "{name} cut at {end}");
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_file_of_the_folder_is_in_the_list() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus")).unwrap();
    let mut files: Vec<String> = folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut listed: Vec<String> = CORPUS.iter().map(|(name, _)| format!("{name}.dat")).collect();
    listed.sort();
    assert_eq!(files, listed);
}

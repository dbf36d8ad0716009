//! Every file of the fuzzers' corpus once through its target: what a fuzzer found stays found, without a fuzzer.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::path::Path;

/// Runs all files of one target; how many there were.
fn replay(name: &str, target: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let result = std::panic::catch_unwind(|| target(&bytes));
        assert!(result.is_ok(), "{}", file.display());
    }
    files.len()
}

#[test]
fn codec() {
    assert!(replay("codec", targets::codec) > 0);
}

#[test]
fn headers() {
    assert!(replay("headers", targets::headers) > 0);
}

#[test]
fn bodies() {
    assert!(replay("bodies", targets::bodies) > 0);
}

#[test]
fn challenges() {
    assert!(replay("challenges", targets::challenges) > 0);
}

#[test]
fn agent() {
    assert!(replay("agent", targets::agent) > 0);
}

#[test]
fn edges() {
    assert!(replay("edges", targets::edges) > 0);
}

/// Small walks without a fuzzer: octets of fixed seeds as programs, behind a beginning as most lives have.
fn walk(beginning: &[u8], target: fn(&[u8])) {
    for seed in 0..200_u64 {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut ids = sip_ws::Ids::new(bytes);
        let mut program = beginning.to_vec();
        program.extend((0..400).map(|_| ids.up_to(255) as u8));
        let result = std::panic::catch_unwind(|| target(&program));
        assert!(result.is_ok(), "seed {seed}");
    }
}

#[test]
fn random_lives_of_an_agent_end_with_nothing_left() {
    // Started, its socket open, registered.
    walk(&[4, 0, 0, 2, 7, 0, 3, 0, 0], targets::agent);
}

#[test]
fn random_lives_of_an_agent_with_three_edges_end_with_nothing_left() {
    walk(&hex("040000 0e02 02 0700030000 0e01 02 0700030000 0e00 02 0700030000 040301 0605 0700036400 0605"), targets::edges);
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|octet| *octet != b' ').collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

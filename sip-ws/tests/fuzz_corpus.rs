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

/// A small walk without a fuzzer: octets of a fixed seed as programs.
#[test]
fn random_lives_of_an_agent_end_with_nothing_left() {
    for seed in 0..200_u64 {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut ids = sip_ws::Ids::new(bytes);
        // In front a life that begins as most do: start, socket, registered.
        let mut program = vec![4, 0, 0, 2, 7, 0, 3, 0, 0];
        program.extend((0..400).map(|_| ids.up_to(255) as u8));
        let result = std::panic::catch_unwind(|| targets::agent(&program));
        assert!(result.is_ok(), "seed {seed}");
    }
}

//! See the function of the same name in `src/lib.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sip_ws_fuzz::edges(data));

//! The codec of sip-ws as WASM. Each call takes one frame as a JavaScript string, the way a socket hands it over.

use sip_ws::codec::Message;
use std::hint::black_box;
use wasm_bindgen::prelude::wasm_bindgen;

/// Parses and writes again; the length of what was written, 0 if it does not parse.
#[wasm_bindgen]
pub fn rewrite(frame: &str) -> usize {
    Message::parse(frame.as_bytes()).map_or(0, |message| message.to_bytes().len())
}

/// Parses and reads Via, From, To, Call-ID, CSeq and Contact as types; how many of them could be read.
#[wasm_bindgen]
pub fn typed(frame: &str) -> usize {
    let Ok(message) = Message::parse(frame.as_bytes()) else { return 0 };
    usize::from(black_box(message.top_via()).is_ok())
        + usize::from(black_box(message.from()).is_ok())
        + usize::from(black_box(message.to()).is_ok())
        + usize::from(black_box(message.call_id()).is_ok())
        + usize::from(black_box(message.cseq()).is_ok())
        + usize::from(black_box(message.contact()).is_ok())
}

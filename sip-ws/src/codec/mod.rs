//! SIP messages as octets and as values (RFC 3261 s7, s19, s20, s25). Pure: no clock, no I/O, no panic.
//!
//! Three steps, each on its own: [`Message::parse`] is strict about framing and the first line and keeps every header
//! as it is; the reading methods ([`Message::from`], [`Message::cseq`], ...) type one header when somebody asks and
//! name it when it is broken; [`validate`] says, before anything acts on a message, whether and with which status to
//! refuse it. [`Message::to_bytes`] writes what was read, octet for octet but for folding and Content-Length.

mod error;
pub mod fragment;
mod header;
pub mod limits;
mod message;
mod method;
mod name;
mod name_addr;
mod params;
mod parse;
mod scan;
pub mod sdp;
mod uri;
mod validate;

pub use error::{HeaderError, ParseError, ParseErrorKind, Reject};
pub use header::{
    AuthParams, CSeq, Challenge, Contacts, Credentials, Date, DialogRef, Event, MAGIC_COOKIE, QueuePlace, RAck, Reason, Refresher,
    SessionExpires, SessionId, Supervision, SupervisionMode, Via,
};
pub use message::Message;
pub use method::Method;
pub use name::HeaderName;
pub use name_addr::NameAddr;
pub use params::Params;
pub use uri::{Uri, UriRef};
pub use validate::validate;

/// CR, LF and NUL become spaces, blanks at the ends go. A NUL behind a backslash is a legal `quoted-pair`.
fn sanitised(value: &[u8]) -> Vec<u8> {
    let mut clean = value.to_vec();
    for (at, byte) in value.iter().enumerate() {
        if matches!(byte, b'\r' | b'\n') || (*byte == 0 && (at == 0 || value[at - 1] != b'\\')) {
            clean[at] = b' ';
        }
    }
    scan::trim(&clean).to_vec()
}

/// A frame of line ends only: a keep-alive (RFC 5626 s4.4.1), not a message.
pub fn is_keep_alive(frame: &[u8]) -> bool {
    !frame.is_empty() && frame.chunks(2).all(|pair| pair == b"\r\n")
}

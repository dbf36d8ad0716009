//! The same two jobs for every crate: parse and write again; parse and read six headers as types.

use std::hint::black_box;

/// An INVITE as a browser sends it, with SDP.
pub const INVITE: &[u8] = include_bytes!("../../messages/invite.dat");
/// Its 200 OK, with SDP.
pub const OK: &[u8] = include_bytes!("../../messages/ok.dat");

/// One crate under comparison.
pub struct Peer {
    /// Name and version.
    pub name: &'static str,
    /// Parses and serialises; the length of what was written.
    pub rewrite: fn(&[u8]) -> usize,
    /// Parses and reads Via, From, To, Call-ID, CSeq and Contact as types. `None`: the crate cannot with this message.
    pub typed: fn(&[u8]) -> Option<usize>,
}

/// All of them, ours first.
pub const PEERS: [Peer; 5] = [
    Peer { name: "sip-ws", rewrite: ours::rewrite, typed: ours::typed },
    Peer { name: "sipx-sip 1.0.1", rewrite: sipx::rewrite, typed: sipx::typed },
    Peer { name: "sip-core 0.3.0", rewrite: core_strings::rewrite, typed: core_strings::typed },
    Peer { name: "rsipstack 0.7.14", rewrite: stack::rewrite, typed: stack::typed },
    Peer { name: "rsip 0.4.0", rewrite: rsip_peer::rewrite, typed: rsip_peer::typed },
];

mod ours {
    use super::black_box;
    use sip_ws::codec::Message;

    pub fn rewrite(bytes: &[u8]) -> usize {
        Message::parse(bytes).expect("parses").to_bytes().len()
    }

    pub fn typed(bytes: &[u8]) -> Option<usize> {
        let message = Message::parse(bytes).expect("parses");
        black_box(message.top_via().ok()?);
        black_box(message.from().ok()?);
        black_box(message.to().ok()?);
        black_box(message.call_id().ok()?);
        black_box(message.cseq().ok()?);
        black_box(message.contact().ok()?);
        Some(message.body().len())
    }
}

mod sipx {
    use super::black_box;
    use bytes::Bytes;
    use sipx_sip::headers::{CSeq, CallId, Contact, From, To, Via};
    use sipx_sip::{Limits, parse_frame};

    pub fn rewrite(bytes: &[u8]) -> usize {
        let message = parse_frame(Bytes::copy_from_slice(bytes), &Limits::default()).expect("parses");
        message.to_bytes().len()
    }

    pub fn typed(bytes: &[u8]) -> Option<usize> {
        let message = parse_frame(Bytes::copy_from_slice(bytes), &Limits::default()).expect("parses");
        let headers = message.headers();
        black_box(headers.typed::<Via>()?.ok()?);
        black_box(headers.typed::<From>()?.ok()?);
        black_box(headers.typed::<To>()?.ok()?);
        black_box(headers.typed::<CallId>()?.ok()?);
        black_box(headers.typed::<CSeq>()?.ok()?);
        black_box(headers.typed::<Contact>()?.ok()?);
        Some(message.body().len())
    }
}

/// Keeps every value as a string; its "typed" is what it offers: tag and URI by search, CSeq as numbers.
mod core_strings {
    use super::black_box;
    use sip_core::SipMessage;
    use sip_core::header::{HeaderName, extract_tag, extract_uri};

    fn parse(bytes: &[u8]) -> SipMessage {
        SipMessage::parse(std::str::from_utf8(bytes).expect("is UTF-8")).expect("parses")
    }

    pub fn rewrite(bytes: &[u8]) -> usize {
        parse(bytes).to_bytes().len()
    }

    pub fn typed(bytes: &[u8]) -> Option<usize> {
        let message = parse(bytes);
        let headers = message.headers();
        black_box(headers.get(&HeaderName::Via)?);
        black_box(extract_tag(headers.get(&HeaderName::From)?.as_str())?);
        black_box(extract_uri(headers.get(&HeaderName::To)?.as_str())?);
        black_box(message.call_id()?);
        black_box(message.cseq()?);
        black_box(extract_uri(headers.get(&HeaderName::Contact)?.as_str())?);
        message.body().map(str::len)
    }
}

mod stack {
    use super::black_box;
    use rsipstack::sip::prelude::*;
    use rsipstack::sip::{SipMessage, parser::parse_message};

    pub fn rewrite(bytes: &[u8]) -> usize {
        parse_message(bytes).expect("parses").to_bytes().len()
    }

    pub fn typed(bytes: &[u8]) -> Option<usize> {
        let message: SipMessage = parse_message(bytes).expect("parses");
        black_box(message.via_header().ok()?.typed().ok()?);
        black_box(message.from_header().ok()?.typed().ok()?);
        black_box(message.to_header().ok()?.typed().ok()?);
        black_box(message.call_id_header().ok()?.value());
        black_box(message.cseq_header().ok()?.typed().ok()?);
        black_box(message.contact_header().ok()?.typed().ok()?);
        Some(bytes.len())
    }
}

mod rsip_peer {
    use super::black_box;
    use rsip::SipMessage;
    use rsip::prelude::*;

    pub fn rewrite(bytes: &[u8]) -> usize {
        let bytes: Vec<u8> = SipMessage::try_from(bytes).expect("parses").into();
        bytes.len()
    }

    pub fn typed(bytes: &[u8]) -> Option<usize> {
        let message = SipMessage::try_from(bytes).expect("parses");
        black_box(message.via_header().ok()?.typed().ok()?);
        black_box(message.from_header().ok()?.typed().ok()?);
        black_box(message.to_header().ok()?.typed().ok()?);
        black_box(message.call_id_header().ok()?.value());
        black_box(message.cseq_header().ok()?.typed().ok()?);
        black_box(message.contact_header().ok()?.typed().ok()?);
        Some(bytes.len())
    }
}

//! Every size limit of the codec, each a constant with a name.

/// Octets of one message, start line to end of body (RFC 3261 s18.1.1 asks for 65,535 at least).
pub const MAX_MESSAGE: usize = 65_536;
/// Octets of the start line without its CRLF.
pub const MAX_START_LINE: usize = 4_096;
/// Octets of one header, name to the end of its last folded line.
pub const MAX_HEADER: usize = 8_192;
/// Header lines of one message; folded lines count once.
pub const MAX_HEADERS: usize = 200;
/// Values of one list header (Via, Route, Contact, ...) over all its lines.
pub const MAX_LIST: usize = 100;
/// Parameters of one URI, address, Via or credentials value.
pub const MAX_PARAMS: usize = 64;
/// Largest sequence number (RFC 3261 s8.1.1.5: less than 2^31).
pub const MAX_CSEQ: u32 = 0x7fff_ffff;
/// Largest hop count (RFC 3261 s20.22).
pub const MAX_MAX_FORWARDS: u32 = 255;
/// Seconds that stand for an `Expires` that cannot be read (RFC 3261 s10.2.1.1, s20.10).
pub const MALFORMED_EXPIRES: u32 = 3_600;
/// Octets of a session description that the read-only view looks at.
pub const MAX_SDP: usize = MAX_MESSAGE;
/// Lines of a session description.
pub const MAX_SDP_LINES: usize = 2_000;
/// Media sections of a session description.
pub const MAX_SDP_MEDIA: usize = 32;
/// Payload formats of one `m=` line.
pub const MAX_SDP_FORMATS: usize = 128;
/// ICE candidates over all media sections.
pub const MAX_SDP_CANDIDATES: usize = 500;
/// Octets of a fragment with candidates (RFC 8840).
pub const MAX_FRAGMENT: usize = MAX_MESSAGE / 2;
/// Lines of a fragment with candidates.
pub const MAX_FRAGMENT_LINES: usize = 1_000;
/// Octets of the name of a media section (`a=mid`) in a fragment.
pub const MAX_MID: usize = 64;
/// Octets of one candidate in a fragment.
pub const MAX_CANDIDATE: usize = 512;
/// Characters of an ICE user fragment (RFC 8839 s5.4).
pub const SDP_ICE_UFRAG: std::ops::RangeInclusive<usize> = 4..=256;
/// Characters of an ICE password (RFC 8839 s5.4).
pub const SDP_ICE_PWD: std::ops::RangeInclusive<usize> = 22..=256;

//! What can be wrong with a message: framing, one header, or the whole for acting on it.

use super::{HeaderName, Message};
use std::fmt;

/// Why a frame is not a SIP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Nothing but line ends, or nothing at all.
    Empty,
    /// More than [`limits::MAX_MESSAGE`](super::limits::MAX_MESSAGE) octets.
    TooLarge,
    /// The start line is longer than [`limits::MAX_START_LINE`](super::limits::MAX_START_LINE).
    StartLineTooLong,
    /// A header is longer than [`limits::MAX_HEADER`](super::limits::MAX_HEADER).
    HeaderTooLong,
    /// More than [`limits::MAX_HEADERS`](super::limits::MAX_HEADERS) headers.
    TooManyHeaders,
    /// The request line or status line breaks the grammar.
    StartLine(&'static str),
    /// A CR or LF that is not part of CRLF.
    BareLineBreak,
    /// A header line without a name, or without a colon.
    HeaderName,
    /// The empty line that ends the headers is missing.
    NoEmptyLine,
    /// Content-Length: not a number, two different ones, or more than the frame holds.
    ContentLength(&'static str),
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "no message in the frame",
            Self::TooLarge => "message too large",
            Self::StartLineTooLong => "start line too long",
            Self::HeaderTooLong => "header too long",
            Self::TooManyHeaders => "too many headers",
            Self::StartLine(why) => return write!(f, "start line: {why}"),
            Self::BareLineBreak => "CR or LF outside of CRLF",
            Self::HeaderName => "header line without a name",
            Self::NoEmptyLine => "no empty line after the headers",
            Self::ContentLength(why) => return write!(f, "Content-Length: {why}"),
        })
    }
}

/// A frame that is not a message, with what is needed to refuse it politely.
#[derive(Clone, Debug, PartialEq)]
pub struct ParseError {
    pub(super) kind: ParseErrorKind,
    pub(super) request: Option<Box<Message>>,
}

impl ParseError {
    /// What is wrong.
    pub fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// The status to answer with; `None`: discard (a response, an ACK, or nothing to answer to).
    pub fn status(&self) -> Option<u16> {
        self.request.as_ref()?;
        Some(match self.kind {
            ParseErrorKind::TooLarge | ParseErrorKind::HeaderTooLong | ParseErrorKind::TooManyHeaders => 513,
            ParseErrorKind::StartLineTooLong => 414,
            _ => 400,
        })
    }

    /// The headers of the broken request that could be read, good for [`Message::reply`] only.
    /// Present exactly when [`status`](Self::status) is.
    pub fn request(&self) -> Option<&Message> {
        self.request.as_deref()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for ParseError {}

/// A header whose value cannot be read as its type; the message keeps it verbatim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderError {
    /// The header at fault.
    pub header: HeaderName,
    /// What is wrong with it, a constant text without any part of the value.
    pub problem: &'static str,
}

impl HeaderError {
    const MISSING: &'static str = "missing";

    pub(super) fn new(header: HeaderName, problem: &'static str) -> Self {
        Self { header, problem }
    }

    pub(super) fn missing(header: HeaderName) -> Self {
        Self::new(header, Self::MISSING)
    }

    /// The header is absent, not broken.
    pub fn is_missing(&self) -> bool {
        self.problem == Self::MISSING
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.header.as_str(), self.problem)
    }
}

impl std::error::Error for HeaderError {}

/// A message that must not be acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The status to answer with; `None`: discard silently (responses and ACK).
    pub status: Option<u16>,
    /// What is wrong, fit for a reason phrase or a log: no part of the message is in it.
    pub reason: &'static str,
    /// The header at fault, where one is.
    pub header: Option<HeaderName>,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.header {
            Some(header) => write!(f, "{}: {}", header.as_str(), self.reason),
            None => f.write_str(self.reason),
        }
    }
}

impl std::error::Error for Reject {}

//! A SIP message that owns its octets: headers are spans in order, bodies are octets.

use super::name::HeaderName;
use super::scan;
use super::{Method, sanitised};
use std::fmt;

/// The first line.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Start {
    Request { method: Method, uri: String, version: (u16, u16) },
    Response { status: u16, reason: Vec<u8> },
}

/// Where one header is in `head`: `at..name_end`, `value..value_end`, and the end of its line with CRLF.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) name: HeaderName,
    pub(super) at: u32,
    pub(super) name_end: u32,
    pub(super) value: u32,
    pub(super) value_end: u32,
    pub(super) end: u32,
}

/// Octets and lines of the headers of most messages.
const HEAD_ROOM: usize = 768;
const LINES_ROOM: usize = 16;

/// One SIP message.
///
/// Headers keep their order, spelling and values, known or not, broken or not; only the line ends inside a folded
/// header become spaces. Names are compared without case and compact forms are known. Equality looks at the first
/// line, all headers but Content-Length, and the body.
#[derive(Clone)]
pub struct Message {
    pub(super) start: Start,
    pub(super) head: Vec<u8>,
    pub(super) lines: Vec<Line>,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// A request without headers. Characters of `uri` that would end the request line are escaped.
    pub fn request(method: Method, uri: &str) -> Message {
        let mut clean = String::with_capacity(uri.len());
        for c in uri.chars() {
            if c.is_ascii_graphic() {
                clean.push(c);
            } else {
                let mut utf8 = [0; 4];
                c.encode_utf8(&mut utf8).bytes().for_each(|b| clean.push_str(&format!("%{b:02X}")));
            }
        }
        Self::of(Start::Request { method, uri: clean, version: (2, 0) })
    }

    /// A response without headers. `code` is clamped to 100..=699; line ends in `reason` become spaces.
    pub fn response(code: u16, reason: &str) -> Message {
        Self::of(Start::Response { status: code.clamp(100, 699), reason: sanitised(reason.as_bytes()) })
    }

    fn of(start: Start) -> Message {
        // Room for what most messages have: growing moves them about, into memory that nobody has touched for long.
        Message { start, head: Vec::with_capacity(HEAD_ROOM), lines: Vec::with_capacity(LINES_ROOM), body: Vec::new() }
    }

    /// A response to this request with the headers RFC 3261 s8.2.6.2 asks for, verbatim: Via, From, To, Call-ID and
    /// CSeq, and Timestamp in a 100. The caller adds a To tag where it wants one.
    pub fn reply(&self, code: u16, reason: &str) -> Message {
        let mut response = Self::response(code, reason);
        for line in &self.lines {
            let wanted = match line.name {
                HeaderName::Via | HeaderName::From | HeaderName::To | HeaderName::CallId | HeaderName::CSeq => true,
                HeaderName::Timestamp => code == 100,
                _ => false,
            };
            if wanted {
                response.push(line.name, self.value(line));
            }
        }
        response
    }

    /// The method of a request.
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The Request-URI as written.
    pub fn uri(&self) -> Option<&str> {
        match &self.start {
            Start::Request { uri, .. } => Some(uri),
            Start::Response { .. } => None,
        }
    }

    /// Replaces the Request-URI; escapes as [`Message::request`]. Nothing happens to a response.
    pub fn set_uri(&mut self, uri: &str) {
        if let Start::Request { method, .. } = &self.start {
            self.start = Self::request(method.clone(), uri).start;
        }
    }

    /// The status of a response.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            Start::Request { .. } => None,
            Start::Response { status, .. } => Some(status),
        }
    }

    /// The reason phrase of a response, empty in a request.
    pub fn reason(&self) -> &[u8] {
        match &self.start {
            Start::Request { .. } => b"",
            Start::Response { reason, .. } => reason,
        }
    }

    /// Whether this is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, Start::Request { .. })
    }

    /// The SIP version of the request line; responses of another version are not parsed.
    pub fn version(&self) -> (u16, u16) {
        match self.start {
            Start::Request { version, .. } => version,
            Start::Response { .. } => (2, 0),
        }
    }

    fn name(&self, line: &Line) -> &[u8] {
        &self.head[line.at as usize..line.name_end as usize]
    }

    fn value(&self, line: &Line) -> &[u8] {
        &self.head[line.value as usize..line.value_end as usize]
    }

    /// The value of the first header of this name.
    pub fn header(&self, name: HeaderName) -> Option<&[u8]> {
        self.header_values(name).next()
    }

    /// As [`header`](Self::header), where it is UTF-8.
    pub fn header_str(&self, name: HeaderName) -> Option<&str> {
        std::str::from_utf8(self.header(name)?).ok()
    }

    /// The values of all headers of this name, one per line, not split at commas.
    pub fn header_values(&self, name: HeaderName) -> impl Iterator<Item = &[u8]> {
        let lines = if name == HeaderName::Other { &[] } else { self.lines.as_slice() };
        lines.iter().filter(move |line| line.name == name).map(|line| self.value(line))
    }

    /// The value of the first header of this name, known or not, long or compact.
    pub fn named(&self, name: &str) -> Option<&[u8]> {
        match HeaderName::from_bytes(name.as_bytes()) {
            HeaderName::Other => self
                .lines
                .iter()
                .find(|line| line.name == HeaderName::Other && self.name(line).eq_ignore_ascii_case(name.as_bytes()))
                .map(|line| self.value(line)),
            known => self.header(known),
        }
    }

    /// All headers in order: name as known, name as written, value.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, &[u8], &[u8])> {
        self.lines.iter().map(|line| (line.name, self.name(line), self.value(line)))
    }

    fn line(&mut self, name: HeaderName, text: &[u8], value: &[u8]) -> Line {
        let at = self.head.len() as u32;
        self.head.extend_from_slice(text);
        let name_end = self.head.len() as u32;
        self.head.extend_from_slice(b": ");
        let start = self.head.len() as u32;
        self.head.extend(sanitised(value));
        let value_end = self.head.len() as u32;
        self.head.extend_from_slice(b"\r\n");
        Line { name, at, name_end, value: start, value_end, end: self.head.len() as u32 }
    }

    /// Appends a header. CR, LF and NUL in the value become spaces, so that no value can add a header.
    /// [`HeaderName::Other`] names nothing and is ignored: see [`push_named`](Self::push_named).
    pub fn push(&mut self, name: HeaderName, value: impl AsRef<[u8]>) {
        self.insert(self.lines.len(), name, value.as_ref());
    }

    /// As [`push`](Self::push), in front of all headers.
    pub fn push_front(&mut self, name: HeaderName, value: impl AsRef<[u8]>) {
        self.insert(0, name, value.as_ref());
    }

    fn insert(&mut self, index: usize, name: HeaderName, value: &[u8]) {
        if name != HeaderName::Other {
            let line = self.line(name, name.as_str().as_bytes(), value);
            self.lines.insert(index, line);
        }
    }

    /// Appends a header by its text. A name that is no token is refused: nothing is added.
    pub fn push_named(&mut self, name: &str, value: impl AsRef<[u8]>) {
        if scan::token(name.as_bytes()).is_some() {
            let line = self.line(HeaderName::from_bytes(name.as_bytes()), name.as_bytes(), value.as_ref());
            self.lines.push(line);
        }
    }

    /// Makes this the only header of its name, at the place of the first one, else at the end.
    pub fn set(&mut self, name: HeaderName, value: impl AsRef<[u8]>) {
        let index = self.lines.iter().position(|line| line.name == name).unwrap_or(self.lines.len());
        self.remove(name);
        self.insert(index, name, value.as_ref());
    }

    /// Removes all headers of this name.
    pub fn remove(&mut self, name: HeaderName) {
        if name != HeaderName::Other {
            self.lines.retain(|line| line.name != name);
        }
    }

    /// Removes the first header line of this name, such as the top Via of a response. `false`: there is none.
    pub fn remove_first(&mut self, name: HeaderName) -> bool {
        let index = self.lines.iter().position(|line| line.name == name && name != HeaderName::Other);
        index.map(|index| self.lines.remove(index)).is_some()
    }

    /// Removes all headers of this name, known or not.
    pub fn remove_named(&mut self, name: &str) {
        match HeaderName::from_bytes(name.as_bytes()) {
            HeaderName::Other => {
                let head = &self.head;
                self.lines.retain(|line| {
                    line.name != HeaderName::Other || !head[line.at as usize..line.name_end as usize].eq_ignore_ascii_case(name.as_bytes())
                });
            }
            known => self.remove(known),
        }
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The media type of the body as written, parameters included.
    pub fn content_type(&self) -> Option<&str> {
        self.header_str(HeaderName::ContentType)
    }

    /// Whether the body is of this media type; case and parameters do not count.
    pub fn has_content_type(&self, media_type: &str) -> bool {
        let is = |text: &str| text.split(';').next().is_some_and(|t| t.trim().eq_ignore_ascii_case(media_type));
        !self.body.is_empty() && self.content_type().is_some_and(is)
    }

    /// Replaces the body and its type.
    pub fn set_body(&mut self, content_type: &str, body: impl Into<Vec<u8>>) {
        self.set(HeaderName::ContentType, content_type);
        self.body = body.into();
    }

    /// Removes the body and the headers that describe it.
    pub fn clear_body(&mut self) {
        for name in [HeaderName::ContentType, HeaderName::ContentDisposition, HeaderName::ContentEncoding, HeaderName::ContentLanguage] {
            self.remove(name);
        }
        self.body = Vec::new();
    }

    /// The message as it goes on the wire. Content-Length is always present, once, and right.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.head.len() + self.body.len() + 160);
        self.write_start(&mut out);
        let mut has_length = false;
        // Lines that follow each other in the buffer are copied as one run.
        let mut run = 0..0;
        for line in &self.lines {
            let (from, to) = (line.at as usize, line.end as usize);
            if line.name == HeaderName::ContentLength {
                if has_length || scan::number(self.value(line)).map(|n| n as usize) != Some(self.body.len()) {
                    continue;
                }
                has_length = true;
            }
            if run.end == from {
                run.end = to;
            } else {
                out.extend_from_slice(&self.head[run]);
                run = from..to;
            }
        }
        out.extend_from_slice(&self.head[run]);
        if !has_length {
            out.extend_from_slice(b"Content-Length: ");
            push_number(&mut out, self.body.len());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        out
    }

    fn write_start(&self, out: &mut Vec<u8>) {
        match &self.start {
            Start::Request { method, uri, version } => {
                out.extend(method.as_str().bytes().filter(|&b| scan::is(b, scan::TOKEN)));
                out.push(b' ');
                out.extend_from_slice(uri.as_bytes());
                out.extend_from_slice(b" SIP/");
                push_number(out, version.0.into());
                out.push(b'.');
                push_number(out, version.1.into());
            }
            Start::Response { status, reason } => {
                out.extend_from_slice(b"SIP/2.0 ");
                push_number(out, (*status).into());
                out.push(b' ');
                out.extend_from_slice(reason);
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn push_number(out: &mut Vec<u8>, number: usize) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        fn seen(message: &Message) -> impl Iterator<Item = (HeaderName, &[u8], &[u8])> {
            message.headers().filter(|(name, ..)| *name != HeaderName::ContentLength)
        }
        let same_headers = || {
            seen(self).zip(seen(other)).all(|((name, text, value), (other_name, other_text, other_value))| {
                let same_name = name == other_name && (name != HeaderName::Other || text.eq_ignore_ascii_case(other_text));
                same_name && value == other_value
            })
        };
        self.start == other.start && self.body == other.body && seen(self).count() == seen(other).count() && same_headers()
    }
}

/// For logs: secrets and bodies (keys of the media among them) are left out.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut start = Vec::new();
        self.write_start(&mut start);
        write!(f, "{}", String::from_utf8_lossy(&start).trim_end().escape_debug())?;
        for (name, text, value) in self.headers() {
            let value = if name.is_secret() { "***".into() } else { String::from_utf8_lossy(value) };
            write!(f, " | {}: {}", String::from_utf8_lossy(text), value.escape_debug())?;
        }
        write!(f, " | {} octets of body", self.body.len())
    }
}

//! One frame to one message: strict framing and start line, everything else left for those who ask.

use super::error::{ParseError, ParseErrorKind as Kind};
use super::limits::{MAX_HEADER, MAX_HEADERS, MAX_MESSAGE, MAX_START_LINE};
use super::message::{Line, Message, Start};
use super::name::HeaderName;
use super::{Method, scan};

impl Message {
    /// Reads the one message of a frame (RFC 7118 s5: one message per frame, as in a datagram).
    ///
    /// CRLFs in front are skipped. A body longer than Content-Length is cut, octets behind it are ignored; without
    /// Content-Length the body is the rest of the frame.
    ///
    /// # Errors
    /// [`ParseError`] says what broke, which status to answer, and carries the headers needed for that answer.
    pub fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
        let too_large = bytes.len() > MAX_MESSAGE;
        let mut bytes = &bytes[..bytes.len().min(MAX_MESSAGE)];
        while let Some(rest) = bytes.strip_prefix(b"\r\n") {
            bytes = rest;
        }
        if bytes.is_empty() {
            return Err(ParseError { kind: Kind::Empty, request: None });
        }
        let mut frame = Frame { bytes, lines: Vec::with_capacity(24), folds: Vec::new(), lengths: (0, None) };
        let (start, head) = match frame.next_line(0, MAX_MESSAGE, Kind::StartLineTooLong) {
            // The headers are read all the same: they are needed to answer 414.
            Ok((end, next)) if end > MAX_START_LINE => (Err(Kind::StartLineTooLong), frame.headers(next)),
            Ok((end, next)) => (start_line(&bytes[..end]), frame.headers(next)),
            Err(kind) => (Err(kind), Err(kind)),
        };
        let verdict = match (too_large, &start, &head) {
            (true, ..) => Err(Kind::TooLarge),
            (_, Err(kind), _) | (_, _, Err(kind)) => Err(*kind),
            (_, Ok(_), Ok(end)) => frame.body(*end),
        };
        match (verdict, start) {
            (Ok(body), Ok(start)) => {
                let (head_end, body) = (head.unwrap_or_default(), body.to_vec());
                Ok(frame.message(start, head_end, body))
            }
            (Ok(_), Err(kind)) | (Err(kind), _) => Err(frame.refuse(kind)),
        }
    }
}

/// The frame while it is read.
struct Frame<'a> {
    bytes: &'a [u8],
    lines: Vec<Line>,
    /// Where CRLF of a folded header stands.
    folds: Vec<u32>,
    /// How many Content-Length headers there are, and the first one's value.
    lengths: (usize, Option<Result<usize, Kind>>),
}

impl<'a> Frame<'a> {
    /// End of the line at `at` without CRLF, and the start of the next.
    fn next_line(&self, at: usize, limit: usize, too_long: Kind) -> Result<(usize, usize), Kind> {
        let window = &self.bytes[at..];
        match memchr::memchr2(b'\r', b'\n', window) {
            Some(n) if n > limit => Err(too_long),
            Some(n) if window.get(n..n + 2) == Some(b"\r\n") => Ok((at + n, at + n + 2)),
            Some(n) if window[n] == b'\r' && n + 1 == window.len() => Err(Kind::NoEmptyLine),
            Some(_) => Err(Kind::BareLineBreak),
            None if window.len() > limit => Err(too_long),
            None => Err(Kind::NoEmptyLine),
        }
    }

    /// Reads headers up to the empty line; returns where the body starts.
    fn headers(&mut self, mut at: usize) -> Result<usize, Kind> {
        loop {
            let (mut end, mut next) = self.next_line(at, MAX_HEADER, Kind::HeaderTooLong)?;
            if end == at {
                return Ok(next);
            }
            while self.bytes.get(next).is_some_and(|&b| scan::is_blank(b)) {
                self.folds.push(end as u32);
                (end, next) = self.next_line(next, MAX_HEADER, Kind::HeaderTooLong)?;
                if end - at > MAX_HEADER {
                    return Err(Kind::HeaderTooLong);
                }
            }
            if self.lines.len() == MAX_HEADERS {
                return Err(Kind::TooManyHeaders);
            }
            let line = self.header(at, end, next)?;
            if line.name == HeaderName::ContentLength {
                self.content_length(line);
            }
            self.lines.push(line);
            at = next;
        }
    }

    fn header(&self, at: usize, end: usize, next: usize) -> Result<Line, Kind> {
        let text = &self.bytes[at..end];
        let name_end = scan::run(text, scan::TOKEN);
        let colon = scan::skip_blank(text, name_end);
        if name_end == 0 || text.get(colon) != Some(&b':') {
            return Err(Kind::HeaderName);
        }
        let value = skip_lws(text, colon + 1);
        let mut value_end = text.len();
        while value_end > value && is_lws(text[value_end - 1]) {
            value_end -= 1;
        }
        Ok(Line {
            name: HeaderName::from_bytes(&text[..name_end]),
            at: at as u32,
            name_end: (at + name_end) as u32,
            value: (at + value) as u32,
            value_end: (at + value_end) as u32,
            end: next as u32,
        })
    }

    fn content_length(&mut self, line: Line) {
        let value = &self.bytes[line.value as usize..line.value_end as usize];
        let length = scan::number(value).map(|n| n as usize).ok_or(Kind::ContentLength("not a number in range"));
        self.lengths.0 += 1;
        self.lengths.1 = Some(match self.lengths.1.take() {
            None => length,
            Some(first) if first == length => first,
            Some(Err(kind)) => Err(kind),
            Some(Ok(_)) => Err(Kind::ContentLength("two different values")),
        });
    }

    fn body(&self, at: usize) -> Result<&'a [u8], Kind> {
        let rest = &self.bytes[at..];
        match &self.lengths.1 {
            None => Ok(rest),
            Some(length) => rest.get(..(*length)?).ok_or(Kind::ContentLength("more than the frame holds")),
        }
    }

    fn message(self, start: Start, head_end: usize, body: Vec<u8>) -> Message {
        let mut head = self.bytes[..head_end].to_vec();
        for at in self.folds {
            let at = at as usize;
            head[at..at + 2].copy_from_slice(b"  ");
        }
        Message { start, head, lines: self.lines, body }
    }

    /// An error with what could be read, so that a request can be answered.
    fn refuse(self, kind: Kind) -> ParseError {
        let first = self.bytes.split(|&b| b == b' ' || b == b'\r' || b == b'\n').next().unwrap_or_default();
        let head_end = self.lines.last().map_or(0, |line| line.end as usize);
        let request = match Method::parse(first) {
            None | Some(Method::Ack) => None,
            Some(method) => {
                let start = Start::Request { method, uri: String::new(), version: (2, 0) };
                let mut frame = self;
                frame.folds.retain(|&at| (at as usize) < head_end);
                Some(frame.message(start, head_end, Vec::new())).filter(Message::can_be_answered)
            }
        };
        ParseError { kind, request: request.map(Box::new) }
    }
}

impl Message {
    /// A response goes back on the flow the request came by; a client finds its transaction by Via, broken or not.
    pub(super) fn can_be_answered(&self) -> bool {
        self.header(HeaderName::Via).is_some()
    }
}

fn is_lws(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// As [`scan::skip_blank`], over line ends inside a folded header too.
fn skip_lws(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && is_lws(text[at]) {
        at += 1;
    }
    at
}

fn start_line(line: &[u8]) -> Result<Start, Kind> {
    if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
        return status_line(line).map_err(Kind::StartLine);
    }
    request_line(line).map_err(Kind::StartLine)
}

fn status_line(line: &[u8]) -> Result<Start, &'static str> {
    if version(line.get(..7).unwrap_or_default()) != Some((2, 0)) || line.get(7) != Some(&b' ') {
        return Err("not SIP/2.0");
    }
    let status = match line.get(8..12) {
        Some([digits @ .., b' ']) => scan::number(digits).filter(|n| (100..700).contains(n)),
        _ => None,
    };
    let status = status.ok_or("not a status of three digits")?;
    Ok(Start::Response { status: status as u16, reason: line[12..].to_vec() })
}

fn request_line(line: &[u8]) -> Result<Start, &'static str> {
    let (method, rest) = split_space(line).ok_or("not method, URI and version")?;
    let (uri, rest) = split_space(rest).ok_or("not method, URI and version")?;
    let method = Method::parse(method).ok_or("the method is no token")?;
    if uri.is_empty() || rest.contains(&b' ') {
        return Err("not one space between method, URI and version");
    }
    let legal = |b: &u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"');
    let uri = std::str::from_utf8(uri).ok().filter(|u| u.bytes().all(|b| legal(&b))).ok_or("illegal character in the URI")?;
    let version = version(rest).ok_or("no SIP version")?;
    Ok(Start::Request { method, uri: uri.to_owned(), version })
}

fn split_space(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b' ', text)?;
    Some((&text[..at], &text[at + 1..]))
}

/// `SIP/<digits>.<digits>`
fn version(text: &[u8]) -> Option<(u16, u16)> {
    let (name, numbers) = text.split_at_checked(4)?;
    let dot = numbers.iter().position(|&b| b == b'.')?;
    let number = |digits: &[u8]| scan::number(digits).and_then(|n| u16::try_from(n).ok());
    let version = (number(&numbers[..dot])?, number(&numbers[dot + 1..])?);
    name.eq_ignore_ascii_case(b"SIP/").then_some(version)
}

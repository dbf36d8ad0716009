//! Reads `multipart/x-mixed-replace` (RFC 2046 5.1) as cameras send it. Pure: bytes in, parts out, memory bounded.

/// Largest picture.
pub const MAX_PART: usize = 2 * 1_024 * 1_024;
/// Largest head of a part, and most bytes between two parts.
const MAX_HEAD: usize = 4 * 1_024;
/// Longest boundary: RFC 2046 allows 70.
const MAX_BOUNDARY: usize = 200;

/// What came out of the stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// One picture.
    Part(Vec<u8>),
    /// A part without a byte; the stream goes on.
    Empty,
    /// The stream said that it is over.
    End,
    /// A part is too large, or its head never ends. The stream cannot be read on.
    Huge,
}

/// The boundary of a Content-Type; `None` where it is no multipart or names none.
#[must_use]
pub fn boundary(content_type: &str) -> Option<String> {
    let mut parts = content_type.split(';');
    if !parts.next()?.trim().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let value = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    // Many cameras put the two hyphens into the parameter that belong before it.
    let bare = value.strip_prefix("--").unwrap_or(&value);
    (!bare.is_empty() && bare.len() <= MAX_BOUNDARY).then(|| bare.to_owned())
}

#[derive(Debug)]
enum State {
    /// Before a boundary.
    Between,
    /// In the head of a part.
    Head,
    /// In a part whose length was named.
    Counted(usize),
    /// In a part that ends at the next boundary; bytes up to here were searched.
    Searched(usize),
    /// Over.
    Over,
}

/// A stream being read.
#[derive(Debug)]
pub struct Parts {
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    state: State,
}

impl Parts {
    /// A stream with this boundary.
    #[must_use]
    pub fn new(boundary: &str) -> Self {
        Self { delimiter: format!("--{boundary}").into_bytes(), buffer: Vec::new(), state: State::Between }
    }

    /// Takes bytes and says what they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.buffer.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(event) = self.step() {
            let last = matches!(event, Event::End | Event::Huge);
            events.push(event);
            if last {
                self.state = State::Over;
                self.buffer = Vec::new();
                break;
            }
        }
        events
    }

    /// The next event, or `None` when more bytes are needed.
    fn step(&mut self) -> Option<Event> {
        loop {
            match self.state {
                State::Over => {
                    self.buffer.clear();
                    return None;
                }
                State::Between => {
                    let Some(at) = find(&self.buffer, &self.delimiter, 0) else {
                        return (self.buffer.len() > MAX_HEAD).then_some(Event::Huge);
                    };
                    let behind = at + self.delimiter.len();
                    let after = self.buffer.get(behind..behind + 2)?;
                    if after == b"--" {
                        return Some(Event::End);
                    }
                    self.buffer.drain(..behind);
                    self.state = State::Head;
                }
                State::Head => {
                    let (head, length) = match head_end(&self.buffer) {
                        Some(found) => found,
                        None => return (self.buffer.len() > MAX_HEAD).then_some(Event::Huge),
                    };
                    let counted = content_length(&self.buffer[..head]);
                    self.buffer.drain(..length);
                    self.state = match counted {
                        Some(count) if count > MAX_PART => return Some(Event::Huge),
                        Some(0) => {
                            self.state = State::Between;
                            return Some(Event::Empty);
                        }
                        Some(count) => State::Counted(count),
                        None => State::Searched(0),
                    };
                }
                State::Counted(count) => {
                    if self.buffer.len() < count {
                        return None;
                    }
                    let part = self.buffer.drain(..count).collect();
                    self.state = State::Between;
                    return Some(Event::Part(part));
                }
                State::Searched(from) => {
                    let Some(at) = find(&self.buffer, &self.delimiter, from) else {
                        self.state = State::Searched(self.buffer.len().saturating_sub(self.delimiter.len()));
                        return (self.buffer.len() > MAX_PART).then_some(Event::Huge);
                    };
                    let mut part: Vec<u8> = self.buffer.drain(..at).collect();
                    if part.ends_with(b"\r\n") {
                        part.truncate(part.len() - 2);
                    }
                    self.state = State::Between;
                    return Some(if part.is_empty() { Event::Empty } else { Event::Part(part) });
                }
            }
        }
    }
}

/// Where the head's text ends, and with its empty line.
fn head_end(buffer: &[u8]) -> Option<(usize, usize)> {
    let limit = buffer.len().min(MAX_HEAD);
    let window = buffer.get(..limit)?;
    let crlf = find(window, b"\r\n\r\n", 0).map(|at| (at, at + 4));
    let lf = find(window, b"\n\n", 0).map(|at| (at, at + 2));
    match (crlf, lf) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(head);
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if !name.trim().eq_ignore_ascii_case("content-length") {
            return None;
        }
        // A length that is no number of this machine is larger than any part may be.
        Some(value.trim().parse().unwrap_or(usize::MAX))
    })
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    haystack.get(from..)?.windows(needle.len()).position(|window| window == needle).map(|at| at + from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &[u8] = b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nab--b\r\n--b\r\nContent-Type: image/jpeg\r\n\r\nsecond\r\n--b\r\nContent-Length: 0\r\n\r\n\r\n--b--\r\n";

    fn expected() -> Vec<Event> {
        vec![Event::Part(b"ab--b".to_vec()), Event::Part(b"second".to_vec()), Event::Empty, Event::End]
    }

    #[test]
    fn boundaries_are_found_as_cameras_write_them() {
        let of = |text| boundary(text);
        assert_eq!(of("multipart/x-mixed-replace;boundary=frame").as_deref(), Some("frame"));
        assert_eq!(of("Multipart/X-Mixed-Replace; Boundary=\"--frame\"").as_deref(), Some("frame"));
        for text in ["multipart/x-mixed-replace", "image/jpeg; boundary=a", "multipart/x-mixed-replace; boundary=", "text/html"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn huge_parts_and_endless_heads_end_the_stream() {
        let mut named = Parts::new("b");
        assert_eq!(named.feed(b"--b\r\nContent-Length: 99999999999999999999\r\n\r\n"), [Event::Huge]);
        assert_eq!(named.feed(&[0; 100]), []);
        let mut unnamed = Parts::new("b");
        assert_eq!(unnamed.feed(b"--b\r\n\r\n"), []);
        let mut seen = Vec::new();
        for _ in 0..1_000 {
            seen.extend(unnamed.feed(&[7; 10_000]));
        }
        assert_eq!(seen, [Event::Huge]);
        assert!(unnamed.buffer.is_empty());
        let mut head = Parts::new("b");
        assert_eq!(head.feed(b"--b\r\n"), []);
        assert_eq!(head.feed(&[b'a'; MAX_HEAD + 1]), [Event::Huge]);
        let mut none = Parts::new("b");
        assert_eq!(none.feed(&[b'a'; MAX_HEAD + 1]), [Event::Huge]);
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_give_the_same_parts(cuts in proptest::collection::vec(1_usize..20, 1..200)) {
            let (mut parts, mut seen, mut at) = (Parts::new("b"), Vec::new(), 0);
            for cut in cuts.into_iter().chain(std::iter::repeat(7)) {
                let end = (at + cut).min(STREAM.len());
                seen.extend(parts.feed(&STREAM[at..end]));
                at = end;
                if at == STREAM.len() { break; }
            }
            prop_assert_eq!(seen, expected());
        }

        #[test]
        fn nothing_panics_or_grows(bytes in proptest::collection::vec(any::<u8>(), 0..4_000), boundary in "[a-z-]{1,4}") {
            let mut parts = Parts::new(&boundary);
            for piece in bytes.chunks(97) {
                parts.feed(piece);
                prop_assert!(parts.buffer.len() <= MAX_PART + 97);
            }
        }
    }
}

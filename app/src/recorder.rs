//! The last things that happened to this page, without names, numbers, addresses or secrets: a support person can
//! follow the order of events, and nobody can learn who called whom.

use std::collections::VecDeque;

/// Entries kept. Older ones leave first.
const LIMIT: usize = 4_000;
/// Letters of one entry.
const LINE_LIMIT: usize = 200;

/// A bounded record.
#[derive(Debug, Default)]
pub struct Recorder {
    entries: VecDeque<(u64, String)>,
}

impl Recorder {
    /// Adds an entry. `text` must be redacted already: see [`frame`].
    pub fn note(&mut self, now: u64, text: impl Into<String>) {
        if self.entries.len() == LIMIT {
            self.entries.pop_front();
        }
        let mut text = text.into();
        if text.len() > LINE_LIMIT {
            text = text.chars().take(LINE_LIMIT).collect();
        }
        self.entries.push_back((now, text));
    }

    /// The record as a text file: milliseconds, a tab, what happened.
    #[must_use]
    pub fn export(&self) -> String {
        let mut text = format!("portico {}\n", env!("CARGO_PKG_VERSION"));
        for (at, entry) in &self.entries {
            text.push_str(&format!("{at}\t{entry}\n"));
        }
        text
    }
}

/// One SIP frame in redacted form: method or status, CSeq, size. Everything else may be personal.
#[must_use]
pub fn frame(bytes: &[u8]) -> String {
    let size = bytes.len();
    if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        return format!("keep-alive, {size} bytes");
    }
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let start = lines.next().unwrap_or_default();
    let word = |line: &[u8], at: usize| {
        let mut words = line.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
        let word = words.nth(at).unwrap_or_default();
        let plain = word.len() <= 16 && word.iter().all(u8::is_ascii_alphanumeric);
        if plain { String::from_utf8_lossy(word).into_owned() } else { "?".to_owned() }
    };
    let what = if start.starts_with(b"SIP/2.0 ") { word(start, 1) } else { word(start, 0) };
    let is_cseq = |line: &&[u8]| line.len() > 5 && line[..5].eq_ignore_ascii_case(b"cseq:");
    match lines.find(is_cseq) {
        Some(line) => format!("{what} ({} {}), {size} bytes", word(&line[5..], 0), word(&line[5..], 1)),
        None => format!("{what}, {size} bytes"),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn frames_lose_everything_personal() {
        let invite = b"INVITE sip:+41791234567@example.org SIP/2.0\r\nFrom: <sip:one@example.org>\r\nCSeq: 7 INVITE\r\n\r\n";
        assert_eq!(frame(invite), format!("INVITE (7 INVITE), {} bytes", invite.len()));
        let ringing = b"SIP/2.0 180 Ringing for One\r\ncseq:7 INVITE\r\n\r\n";
        assert_eq!(frame(ringing), format!("180 (7 INVITE), {} bytes", ringing.len()));
        assert_eq!(frame(b"\r\n\r\n"), "keep-alive, 4 bytes");
        assert_eq!(frame(b"sip:one@example.org hello"), "?, 25 bytes");
        assert_eq!(frame(b"\xff\xfe"), "?, 2 bytes");
    }

    #[test]
    fn the_record_is_bounded() {
        let mut recorder = Recorder::default();
        for at in 0..LIMIT as u64 + 10 {
            recorder.note(at, "x".repeat(10_000));
        }
        let text = recorder.export();
        assert_eq!(text.lines().count(), LIMIT + 1);
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("10\t")));
        assert!(text.lines().all(|line| line.len() < LINE_LIMIT + 20));
    }
}

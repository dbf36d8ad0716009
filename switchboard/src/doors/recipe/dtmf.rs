//! Door codes as tones: which digits, how long, and what goes out when. Pure; whoever holds the dialog or the media carries it out.
//!
//! Both ways end as "sent, not confirmed": a tone has no answer. Tones that arrive are never acted on here, whoever sends them.

use crate::doors::outcome::{Cause, Outcome, Verdict};

/// Digits of one code at most.
pub const MAX_DIGITS: usize = 16;
/// Loudness of a tone in −dBm0 (RFC 4733 2.3.4).
pub const VOLUME: u8 = 10;

/// How a station wants its tones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tones {
    /// Length of a tone.
    pub tone_ms: u32,
    /// Silence between two tones.
    pub gap_ms: u32,
    /// Silence before the first tone: stations listen a moment after the call is answered.
    pub lead_ms: u32,
}

impl Default for Tones {
    fn default() -> Self {
        Self { tone_ms: 160, gap_ms: 100, lead_ms: 200 }
    }
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digit(char);

/// A code that no station could be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has 1 to 16 of the keys 0-9 * # A-D")]
pub struct BadCode;

impl Digit {
    /// The key as it is written.
    #[must_use]
    pub fn key(self) -> char {
        self.0
    }

    /// Its event number (RFC 4733 3.2).
    #[must_use]
    pub fn event(self) -> u8 {
        match self.0 {
            '*' => 10,
            '#' => 11,
            letter @ 'A'..='D' => 12 + (letter as u8 - b'A'),
            digit => digit as u8 - b'0',
        }
    }
}

/// Reads a code.
///
/// # Errors
/// It is empty, too long, or has other characters than keys.
pub fn digits(code: &str) -> Result<Vec<Digit>, BadCode> {
    let digits: Vec<Digit> = code
        .chars()
        .take(MAX_DIGITS + 1)
        .map(|c| c.to_ascii_uppercase())
        .map(|c| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D').then_some(Digit(c)).ok_or(BadCode))
        .collect::<Result<_, _>>()?;
    if digits.is_empty() || digits.len() > MAX_DIGITS { Err(BadCode) } else { Ok(digits) }
}

/// One INFO request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// When it leaves, in milliseconds from the start.
    pub at_ms: u32,
    /// Its Content-Type.
    pub content_type: &'static str,
    /// Its body.
    pub body: String,
}

/// The INFO requests of a code. Each waits for the answer to the one before, and for its time.
#[must_use]
pub fn infos(code: &[Digit], tones: Tones) -> Vec<Info> {
    let each = tones.tone_ms + tones.gap_ms;
    let at = |n: usize| tones.lead_ms + each * u32::try_from(n).unwrap_or(u32::MAX);
    code.iter()
        .enumerate()
        .map(|(n, digit)| Info {
            at_ms: at(n),
            content_type: "application/dtmf-relay",
            body: format!("Signal={}\r\nDuration={}\r\n", digit.key(), tones.tone_ms),
        })
        .collect()
}

/// What the answers to the INFO requests of one code say; `None` stands for no answer.
#[must_use]
pub fn info_verdict(answers: &[Option<u16>]) -> Verdict {
    if answers.is_empty() {
        return Verdict::refused(Cause::NoCall);
    }
    for answer in answers {
        match answer {
            Some(200..=299) => {}
            // A digit without an answer may have been heard, and so may those behind it.
            None | Some(408) => return Verdict::because(Outcome::NoReply, Cause::TimedOut),
            Some(401 | 407) => return Verdict::of(Outcome::StationRefusedLogin),
            Some(status) => return Verdict::because(Outcome::NotUnderstood, Cause::Status(*status)),
        }
    }
    Verdict::of(Outcome::SentNotConfirmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_keys() {
        let events = |code: &str| digits(code).map(|keys| keys.into_iter().map(Digit::event).collect::<Vec<_>>());
        assert_eq!(events("09*#ad"), Ok(vec![0, 9, 10, 11, 12, 15]));
        for code in ["", "12 4", "12,4", "１２", "e", "12345678901234567"] {
            assert_eq!(events(code), Err(BadCode), "{code}");
        }
    }

    #[test]
    fn infos_keep_their_times() {
        let code = digits("1#").expect("a code");
        let infos = infos(&code, Tones { tone_ms: 160, gap_ms: 100, lead_ms: 200 });
        let seen: Vec<_> = infos.iter().map(|info| (info.at_ms, info.body.as_str())).collect();
        assert_eq!(seen, [(200, "Signal=1\r\nDuration=160\r\n"), (460, "Signal=#\r\nDuration=160\r\n")]);
    }

    #[test]
    fn an_info_is_never_a_confirmation() {
        let say = |answers: &[Option<u16>]| info_verdict(answers).outcome;
        assert_eq!(say(&[Some(200), Some(200)]), Outcome::SentNotConfirmed);
        assert_eq!(say(&[Some(200), None]), Outcome::NoReply);
        assert_eq!(say(&[Some(200), Some(415)]), Outcome::NotUnderstood);
        assert_eq!(say(&[Some(407)]), Outcome::StationRefusedLogin);
        assert_eq!(say(&[]), Outcome::RefusedByUs);
    }
}

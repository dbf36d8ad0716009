//! Door codes as tones: which digits, how long, and what goes out when. Pure; whoever holds the dialog or the media carries it out.
//!
//! Both ways end as "sent, not confirmed": a tone has no answer. Tones that arrive are never acted on here, whoever sends them.

use crate::doors::outcome::{Cause, Outcome, Verdict};

/// Digits of one code at most.
pub const MAX_DIGITS: usize = 16;
/// Milliseconds between two packets of one tone (RFC 4733 2.5.1.2 recommends 50 or the packet time of the audio).
const PACKET_MS: u32 = 20;
/// The last packet of a tone is sent this many times (RFC 4733 2.5.1.4).
const END_PACKETS: u32 = 3;
/// Loudness of a tone in −dBm0 (RFC 4733 2.3.4).
const VOLUME: u8 = 10;

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

/// One telephone-event packet (RFC 4733 2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// When it leaves, in milliseconds from the start.
    pub at_ms: u32,
    /// RTP time of its tone, from the start: the same in all packets of a tone.
    pub rtp_time: u32,
    /// Marker: the first packet of a tone.
    pub marker: bool,
    /// Event, end bit and volume, duration.
    pub payload: [u8; 4],
}

/// The packets of a code at this RTP clock rate. A tone has the same RTP time throughout, a growing duration, and its end thrice.
#[must_use]
pub fn packets(code: &[Digit], tones: Tones, clock_rate: u32) -> Vec<Packet> {
    let ticks = |ms: u32| u32::try_from(u64::from(ms) * u64::from(clock_rate) / 1_000).unwrap_or(u32::MAX);
    let mut packets = Vec::new();
    let mut start = tones.lead_ms;
    for digit in code {
        let mut packet = |after: u32, marker: bool, end: bool, nth: u32| {
            let duration = u16::try_from(ticks(after)).unwrap_or(u16::MAX).to_be_bytes();
            let flags = if end { 0x80 | VOLUME } else { VOLUME };
            packets.push(Packet {
                at_ms: start + after + nth * PACKET_MS,
                rtp_time: ticks(start),
                marker,
                payload: [digit.event(), flags, duration[0], duration[1]],
            });
        };
        let mut after = PACKET_MS;
        while after < tones.tone_ms {
            packet(after, after == PACKET_MS, false, 0);
            after += PACKET_MS;
        }
        for nth in 0..END_PACKETS {
            packet(tones.tone_ms, nth == 0 && tones.tone_ms <= PACKET_MS, true, nth);
        }
        // The repeated ends must not run into the next tone.
        start += tones.tone_ms + tones.gap_ms.max(END_PACKETS * PACKET_MS);
    }
    packets
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

    #[test]
    fn a_tone_grows_keeps_its_time_and_ends_thrice() {
        let code = digits("5*").expect("a code");
        let packets = packets(&code, Tones { tone_ms: 100, gap_ms: 60, lead_ms: 0 }, 8_000);
        assert_eq!(packets.len(), 14);
        let first = &packets[..7];
        assert!(first.iter().all(|p| p.rtp_time == 0 && p.payload[0] == 5));
        let durations: Vec<u16> = first.iter().map(|p| u16::from_be_bytes([p.payload[2], p.payload[3]])).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        let ends: Vec<bool> = first.iter().map(|p| p.payload[1] & 0x80 != 0).collect();
        assert_eq!(ends, [false, false, false, false, true, true, true]);
        assert_eq!(first.iter().filter(|p| p.marker).count(), 1);
        assert_eq!((packets[7].rtp_time, packets[7].payload[0]), (1_280, 10));
        assert!(packets.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
    }
}

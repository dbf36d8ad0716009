//! The sound of a simulated station: a tone to be heard, and how loud and how high what it hears is. Pure. G.711 µ-law at 8 kHz.

use std::f64::consts::TAU;

/// Samples a second.
pub const RATE: u32 = 8_000;
/// Samples of one packet: 20 ms.
pub const PACKET: usize = 160;
/// The station's tone.
pub const TONE_HZ: f64 = 440.0;
/// Its height, of 1.
const TONE_LOUDNESS: f64 = 0.15;

/// µ-law of 20 ms of the tone, from sample number `at` on.
pub fn tone(at: u64) -> Vec<u8> {
    (at..).take(PACKET).map(|n| encode(sample(n))).collect()
}

fn sample(n: u64) -> i16 {
    // The tone repeats every second, which keeps the number small and exact.
    let n = u32::try_from(n % u64::from(RATE)).unwrap_or_default();
    let value = (TAU * TONE_HZ * f64::from(n) / f64::from(RATE)).sin() * TONE_LOUDNESS * f64::from(i16::MAX);
    #[allow(clippy::cast_possible_truncation, reason = "within the range by its factor")]
    let value = value as i16;
    value
}

/// G.711 µ-law (ITU-T G.711 table 2a).
fn encode(sample: i16) -> u8 {
    const BIAS: i32 = 132;
    let sign = if sample < 0 { 0x80_u8 } else { 0 };
    let magnitude = (i32::from(sample).abs().min(32_635)) + BIAS;
    // The segment is the place of the highest bit, which the bias puts at 7 at least.
    let exponent = 24_u32.saturating_sub(magnitude.leading_zeros()).min(7);
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !(sign | u8::try_from(exponent << 4).unwrap_or_default() | u8::try_from(mantissa).unwrap_or_default())
}

/// The sample that a µ-law byte stands for.
fn decode(byte: u8) -> i16 {
    let byte = !byte;
    let (exponent, mantissa) = (u32::from(byte >> 4 & 7), i32::from(byte & 0x0f));
    let magnitude = (((mantissa << 3) + 132) << exponent) - 132;
    let magnitude = i16::try_from(magnitude).unwrap_or(i16::MAX);
    if byte & 0x80 == 0 { magnitude } else { -magnitude }
}

/// Listens to the other side: the last quarter of a second counts.
#[derive(Debug, Default)]
pub struct Ear {
    samples: Vec<i16>,
    /// Packets heard since the call began.
    pub packets: u64,
}

impl Ear {
    /// Hears one packet.
    pub fn hear(&mut self, packet: &[u8]) {
        self.packets += 1;
        self.samples.extend(packet.iter().map(|byte| decode(*byte)));
        let keep = usize::try_from(RATE / 4).unwrap_or(2_000);
        let over = self.samples.len().saturating_sub(keep);
        self.samples.drain(..over);
    }

    /// Loudness in dB below the loudest possible; `None` for silence.
    pub fn level_db(&self) -> Option<f64> {
        let power: f64 = self.samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / self.samples.len().max(1) as f64;
        let level = 20.0 * (power.sqrt() / f64::from(i16::MAX)).log10();
        (level > -60.0).then_some(level)
    }

    /// Height of a tone by its rising crossings of zero; `None` for silence.
    pub fn frequency_hz(&self) -> Option<f64> {
        self.level_db()?;
        let crossings: Vec<usize> = self.samples.windows(2).enumerate().filter(|(_, w)| w[0] < 0 && w[1] >= 0).map(|(n, _)| n).collect();
        let (first, last) = (crossings.first()?, crossings.last()?);
        let span = (last - first) as f64 / f64::from(RATE);
        (span > 0.0).then(|| (crossings.len() - 1) as f64 / span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mu_law_is_the_one_of_the_table() {
        // ITU-T G.711 table 2a: the ends and the middle.
        for (sample, byte) in [(0, 0xff), (32_635, 0x80), (-32_635, 0x00), (8, 0xfe), (-8, 0x7e)] {
            assert_eq!(encode(sample), byte, "{sample}");
        }
        for byte in 0..=255_u8 {
            // 0x7f and 0xff are both zero.
            assert!(encode(decode(byte)) == byte || byte == 0x7f, "{byte:#x}");
        }
    }

    #[test]
    fn the_ear_hears_the_tone() {
        let mut ear = Ear::default();
        assert_eq!((ear.level_db(), ear.frequency_hz()), (None, None));
        for n in 0..50 {
            ear.hear(&tone(n * PACKET as u64));
        }
        let (level, frequency) = (ear.level_db().expect("sound"), ear.frequency_hz().expect("a tone"));
        assert!((level + 19.5).abs() < 0.5, "{level}");
        assert!((frequency - TONE_HZ).abs() < 5.0, "{frequency}");
        for _ in 0..50 {
            ear.hear(&[0xff; PACKET]);
        }
        assert_eq!((ear.level_db(), ear.frequency_hz(), ear.packets), (None, None, 100));
    }
}

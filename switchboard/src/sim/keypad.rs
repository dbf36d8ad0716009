//! Codes by tones: digits that arrive in the station's own call, by INFO or RFC 4733. Pure.

/// Digits that come later than this begin a new code.
const PAUSE_MS: i64 = 3_000;
/// Digits that are remembered.
const MAX_DIGITS: usize = 16;

/// The digits of the present call.
#[derive(Debug, Default)]
pub struct Keypad {
    digits: String,
    last: i64,
    /// Digits heard since the start.
    pub heard: u64,
}

impl Keypad {
    /// A digit was heard. Gives the code as far as it came.
    pub fn press(&mut self, now: i64, digit: char) -> &str {
        if now - self.last > PAUSE_MS || self.digits.len() == MAX_DIGITS {
            self.digits.clear();
        }
        self.last = now;
        self.heard += 1;
        self.digits.push(digit);
        &self.digits
    }

    /// The code was used, or the call is over.
    pub fn clear(&mut self) {
        self.digits.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_begins_a_new_code() {
        let mut keypad = Keypad::default();
        assert_eq!(keypad.press(0, '1'), "1");
        assert_eq!(keypad.press(PAUSE_MS, '2'), "12");
        assert_eq!(keypad.press(2 * PAUSE_MS + 1, '3'), "3");
        keypad.clear();
        assert_eq!(keypad.press(2 * PAUSE_MS + 2, '4'), "4");
        assert_eq!(keypad.heard, 4);
    }
}

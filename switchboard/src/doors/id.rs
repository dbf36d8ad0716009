//! The id of a release: a UUID of version 7 (RFC 9562) that the desk makes, with the server's time in it.
//!
//! The desk knows the server's clock from its profile and its feed. The id alone therefore says when the release was wanted: an old
//! one, sent again by whoever recorded it, opens nothing.

use super::outcome::Cause;
use std::fmt;
use wire::UnixMs;

/// How long an id may be used, by the server's clock.
pub const VALID_MS: i64 = 5_000;
/// How far a desk's idea of the server's clock may be ahead: its estimate includes half of one round trip.
pub const AHEAD_MS: i64 = 1_000;

/// The id of one release.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReleaseId(u128);

impl ReleaseId {
    /// Reads the hyphenated form; upper and lower case are the same id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let groups = text.split('-').map(str::len);
        if !text.is_ascii() || !groups.eq([8, 4, 4, 4, 12]) {
            return None;
        }
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let id = Self(u128::from_str_radix(&digits, 16).ok()?);
        let (version, variant) = ((id.0 >> 76) & 0xf, (id.0 >> 62) & 0b11);
        (version == 7 && variant == 0b10).then_some(id)
    }

    /// Makes an id for this moment; `random` fills its other bits.
    #[must_use]
    pub fn new(at: UnixMs, random: u128) -> Self {
        let time = u128::from(u64::try_from(at).unwrap_or_default() & 0xffff_ffff_ffff) << 80;
        let low = random & 0x0000_0000_0000_0fff_3fff_ffff_ffff_ffff;
        Self(time | low | 7 << 76 | 0b10 << 62)
    }

    /// When it was made, by the server's clock as the desk knew it.
    #[must_use]
    pub fn made_at(self) -> UnixMs {
        i64::try_from(self.0 >> 80).unwrap_or(i64::MAX)
    }

    /// Whether it may be used at this moment.
    ///
    /// # Errors
    /// It is too old, or not of this time.
    pub fn check(self, now: UnixMs) -> Result<(), Cause> {
        let age = now.saturating_sub(self.made_at());
        match age {
            _ if age > VALID_MS => Err(Cause::Expired),
            _ if age < -AHEAD_MS => Err(Cause::NotYetValid),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = format!("{:032x}", self.0);
        write!(f, "{}-{}-{}-{}-{}", &d[..8], &d[8..12], &d[12..16], &d[16..20], &d[20..])
    }
}

impl fmt::Debug for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_is_read() {
        // RFC 9562 A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00.
        let id = ReleaseId::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F").expect("an id");
        assert_eq!(id.made_at(), 1_645_557_742_000);
        assert_eq!(id.to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    }

    #[test]
    fn only_version_7_in_its_one_form_is_an_id() {
        for text in [
            "",
            "017f22e279b07cc398c4dc0c0c07398f",
            "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
            "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
            "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
            "+17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
            "017f22e2-79b0-7cc3-98c4-dc0c0c0739é",
        ] {
            assert_eq!(ReleaseId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_id_lives_five_seconds() {
        let id = ReleaseId::new(1_000_000, u128::MAX);
        assert_eq!(ReleaseId::parse(&id.to_string()), Some(id));
        assert_eq!(id.made_at(), 1_000_000);
        assert_eq!(id.check(1_005_000), Ok(()));
        assert_eq!(id.check(1_005_001), Err(Cause::Expired));
        assert_eq!(id.check(999_000), Ok(()));
        assert_eq!(id.check(998_999), Err(Cause::NotYetValid));
    }
}

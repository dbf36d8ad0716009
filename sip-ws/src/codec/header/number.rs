//! Headers that are one number: Max-Forwards, Expires and other delays.

use crate::codec::limits::{MALFORMED_EXPIRES, MAX_MAX_FORWARDS};
use crate::codec::{HeaderError, HeaderName, Message, NameAddr, scan};

/// `delta-seconds` in front of a comment or parameters.
fn leading_seconds(value: &[u8]) -> Result<u32, &'static str> {
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    match value.get(digits) {
        None | Some(b' ' | b'\t' | b';' | b'(') => scan::number(&value[..digits]).ok_or("not a number of seconds"),
        Some(_) => Err("not a number of seconds"),
    }
}

impl Message {
    fn optional<T>(&self, name: HeaderName, read: impl FnOnce(&[u8]) -> Result<T, &'static str>) -> Result<Option<T>, HeaderError> {
        self.header(name).map(|_| self.one(name, read)).transpose()
    }

    /// Hops left; `None` in messages of RFC 2543.
    ///
    /// # Errors
    /// Names Max-Forwards when it is no number up to 255.
    pub fn max_forwards(&self) -> Result<Option<u8>, HeaderError> {
        self.optional(HeaderName::MaxForwards, |value| {
            let hops = scan::number(value).filter(|n| *n <= MAX_MAX_FORWARDS).ok_or("not a number up to 255")?;
            u8::try_from(hops).map_err(|_| "not a number up to 255")
        })
    }

    /// Seconds; a value that cannot be read counts as an hour (RFC 3261 s10.2.1.1), so this never fails.
    pub fn expires(&self) -> Option<u32> {
        self.header(HeaderName::Expires).map(|value| scan::number(value).unwrap_or(MALFORMED_EXPIRES))
    }

    /// Seconds.
    ///
    /// # Errors
    /// Names Min-Expires when it is no number.
    pub fn min_expires(&self) -> Result<Option<u32>, HeaderError> {
        self.optional(HeaderName::MinExpires, |value| scan::number(value).ok_or("not a number of seconds"))
    }

    /// Seconds to wait; comment and parameters are left out.
    ///
    /// # Errors
    /// Names Retry-After when it does not start with a number.
    pub fn retry_after(&self) -> Result<Option<u32>, HeaderError> {
        self.optional(HeaderName::RetryAfter, leading_seconds)
    }

    /// Seconds (RFC 5626 s4.5).
    ///
    /// # Errors
    /// Names Flow-Timer when it is no number.
    pub fn flow_timer(&self) -> Result<Option<u32>, HeaderError> {
        self.optional(HeaderName::FlowTimer, |value| scan::number(value).ok_or("not a number of seconds"))
    }

    /// Seconds (RFC 4028 s5).
    ///
    /// # Errors
    /// Names Min-SE when it does not start with a number.
    pub fn min_se(&self) -> Result<Option<u32>, HeaderError> {
        self.optional(HeaderName::MinSe, leading_seconds)
    }

    /// The number of a reliable provisional response (RFC 3262 s7.1).
    ///
    /// # Errors
    /// Names RSeq when it is no number above 0.
    pub fn rseq(&self) -> Result<Option<u32>, HeaderError> {
        self.optional(HeaderName::RSeq, |value| scan::number(value).filter(|n| *n > 0).ok_or("not a number above 0"))
    }
}

impl NameAddr {
    /// The `expires` parameter of a Contact in seconds; one that cannot be read counts as an hour.
    pub fn expires(&self) -> Option<u32> {
        self.param("expires").map(|value| scan::number(value.as_bytes()).unwrap_or(MALFORMED_EXPIRES))
    }

    /// The `q` parameter of a Contact in thousandths; 1000 where it is absent or broken.
    pub fn q(&self) -> u16 {
        let Some(value) = self.param("q") else { return 1000 };
        let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
        let digits = format!("{fraction:0<3}");
        match (whole, digits.len(), scan::number(digits.as_bytes())) {
            ("0", 3, Some(n)) => n as u16,
            _ => 1000,
        }
    }
}

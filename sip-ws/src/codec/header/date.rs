//! `Date`: the one format RFC 3261 s20.17 allows, in GMT only.

use crate::codec::{HeaderError, HeaderName, Message, scan};

/// A point in time to the second, in GMT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Four digits.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Date {
    /// Reads `Sat, 13 Nov 2010 23:29:00 GMT`.
    ///
    /// # Errors
    /// A constant text; any zone but GMT is an error.
    pub fn parse(value: &[u8]) -> Result<Date, &'static str> {
        const BROKEN: &str = "not an RFC 1123 date";
        let text = std::str::from_utf8(scan::trim(value)).map_err(|_| BROKEN)?;
        let (weekday, rest) = text.split_once(", ").ok_or(BROKEN)?;
        let mut fields = rest.split(' ');
        let mut field = || fields.next().ok_or(BROKEN);
        let (day, month, year, time, zone) = (field()?, field()?, field()?, field()?, field()?);
        if zone != "GMT" {
            return Err("the zone is not GMT");
        }
        if fields.next().is_some() || !DAYS.contains(&weekday) {
            return Err(BROKEN);
        }
        let number = |text: &str, digits: usize, range: std::ops::RangeInclusive<u32>| {
            let n = scan::number(text.as_bytes()).filter(|n| text.len() == digits && range.contains(n));
            n.and_then(|n| u16::try_from(n).ok()).ok_or(BROKEN)
        };
        let mut time = time.split(':');
        let mut part = |max| number(time.next().unwrap_or_default(), 2, 0..=max).map(|n| n as u8);
        let (hour, minute, second) = (part(23)?, part(59)?, part(60)?);
        let month = MONTHS.iter().position(|m| *m == month).ok_or(BROKEN)? as u8 + 1;
        if time.next().is_some() {
            return Err(BROKEN);
        }
        Ok(Date { year: number(year, 4, 0..=9999)?, month, day: number(day, 2, 1..=31)? as u8, hour, minute, second })
    }
}

impl Message {
    /// When the sender made the message, by its own clock.
    ///
    /// # Errors
    /// Names Date when it is missing or broken; such a Date is to be ignored, not to be answered.
    pub fn date(&self) -> Result<Date, HeaderError> {
        self.one(HeaderName::Date, Date::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_gmt_only() {
        let date = Date::parse(b" Sat, 13 Nov 2010 23:29:00 GMT ").unwrap();
        assert_eq!(date, Date { year: 2010, month: 11, day: 13, hour: 23, minute: 29, second: 0 });
        for text in [
            "",
            "Sat, 13 Nov 2010 23:29:00 EST",
            "Sat, 13 Nov 2010 23:29:00",
            "Sat, 32 Nov 2010 23:29:00 GMT",
            "Sat, 13 Now 2010 23:29:00 GMT",
            "Day, 13 Nov 2010 23:29:00 GMT",
            "Sat, 13 Nov 2010 24:29:00 GMT",
            "Sat, 13 Nov 2010 23:29 GMT",
            "Sat, 13 Nov 2010 23:29:00:00 GMT",
            "Sat, 1 Nov 2010 23:29:00 GMT",
            "Saturday, 13-Nov-10 23:29:00 GMT",
        ] {
            assert!(Date::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

//! `Session-Expires`: how long a session lives without a refresh, and who refreshes (RFC 4028 s4).

use crate::codec::params::{self, Params};
use crate::codec::{HeaderError, HeaderName, Message, scan};
use std::fmt;

/// Who sends the refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// The one who sent the request.
    Uac,
    /// The one who answers it.
    Uas,
}

/// An interval and, once agreed, who refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// Seconds.
    pub seconds: u32,
    /// Absent while it is open.
    pub refresher: Option<Refresher>,
}

impl SessionExpires {
    /// Reads a Session-Expires value.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<SessionExpires, &'static str> {
        let text = std::str::from_utf8(scan::trim(value)).map_err(|_| "not UTF-8")?;
        let end = text.bytes().take_while(u8::is_ascii_digit).count();
        let seconds = scan::number(&text.as_bytes()[..end]).ok_or("not a number of seconds")?;
        params::check(text.as_bytes(), end)?;
        let refresher = match Params::checked(&text[end..]).get("refresher") {
            Some(who) if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(who) if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            Some(_) => return Err("refresher is neither uac nor uas"),
            None => None,
        };
        Ok(SessionExpires { seconds, refresher })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seconds)?;
        match self.refresher {
            Some(Refresher::Uac) => f.write_str(";refresher=uac"),
            Some(Refresher::Uas) => f.write_str(";refresher=uas"),
            None => Ok(()),
        }
    }
}

impl Message {
    /// The session timer; `None` without one.
    ///
    /// # Errors
    /// Names Session-Expires when it is broken.
    pub fn session_expires(&self) -> Result<Option<SessionExpires>, HeaderError> {
        self.header(HeaderName::SessionExpires).map(|_| self.one(HeaderName::SessionExpires, SessionExpires::parse)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_and_prints() {
        for (text, seconds, refresher) in
            [("1800", 1800, None), ("90;refresher=uac", 90, Some(Refresher::Uac)), ("90 ; Refresher = UAS;x=y", 90, Some(Refresher::Uas))]
        {
            let timer = SessionExpires::parse(text.as_bytes()).unwrap();
            assert_eq!(timer, SessionExpires { seconds, refresher });
            assert_eq!(SessionExpires::parse(timer.to_string().as_bytes()), Ok(timer));
        }
        for text in ["", "x", "-1", "90;refresher=me", "4294967296", "90x"] {
            assert!(SessionExpires::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

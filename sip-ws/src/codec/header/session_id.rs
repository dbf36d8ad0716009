//! `Session-ID`: one name for a call end to end (RFC 7989).

use crate::codec::params::{self, Params};
use crate::codec::{HeaderError, HeaderName, Message, scan};
use std::fmt;

/// The two halves of a session identifier, each 32 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionId {
    /// The sender's half.
    pub local: Box<str>,
    /// The receiver's half where the sender knows of RFC 7989 (RFC 7329 has none).
    pub remote: Option<Box<str>>,
}

impl SessionId {
    /// The half of one who is not known yet.
    pub const NIL: &'static str = "00000000000000000000000000000000";

    /// Reads a Session-ID value.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<SessionId, &'static str> {
        const BROKEN: &str = "not 32 hexadecimal digits";
        let text = std::str::from_utf8(scan::trim(value)).map_err(|_| BROKEN)?;
        let half = |text: &str| {
            let valid = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
            valid.then(|| text.to_ascii_lowercase().into_boxed_str()).ok_or(BROKEN)
        };
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let local = half(&text[..end])?;
        params::check(text.as_bytes(), end)?;
        let remote = Params::checked(&text[end..]).get("remote").map(half).transpose()?;
        Ok(SessionId { local, remote })
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.remote {
            Some(remote) => write!(f, "{};remote={remote}", self.local),
            None => f.write_str(&self.local),
        }
    }
}

impl Message {
    /// The session identifier.
    ///
    /// # Errors
    /// Names Session-ID when it is missing or broken.
    pub fn session_id(&self) -> Result<SessionId, HeaderError> {
        self.one(HeaderName::SessionId, SessionId::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const LOCAL: &str = "ab30317f1a784dc48ff824d0d3715d86";
    const REMOTE: &str = "47755a9de7794ba387653f2099600ef2";

    #[test]
    fn reads_and_prints() {
        let both = SessionId::parse(format!("{LOCAL};remote={REMOTE}").as_bytes()).unwrap();
        assert_eq!((&*both.local, both.remote.as_deref()), (LOCAL, Some(REMOTE)));
        assert_eq!(SessionId::parse(both.to_string().as_bytes()), Ok(both));
        let old = SessionId::parse(LOCAL.as_bytes()).unwrap();
        assert_eq!((old.to_string().as_str(), &old.remote), (LOCAL, &None));
        let upper = SessionId::parse(format!("{} ; REMOTE = {} ; x", LOCAL.to_uppercase(), SessionId::NIL).as_bytes()).unwrap();
        assert_eq!((&*upper.local, upper.remote.as_deref()), (LOCAL, Some(SessionId::NIL)));
    }

    #[test]
    fn refuses_other_lengths_and_digits() {
        let long = format!("{LOCAL}0");
        let foreign = LOCAL.replace('a', "g");
        let bad_remote = format!("{LOCAL};remote=1");
        for text in ["", "x", &LOCAL[1..], &long, &foreign, &bad_remote] {
            assert!(SessionId::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

//! `Reason`: why a call ended or a request was cancelled (RFC 3326).

use crate::codec::params::{self, Params};
use crate::codec::{HeaderError, HeaderName, Message, scan};
use std::fmt;

/// One reason in terms of one protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// `SIP`, `Q.850` or another protocol.
    pub protocol: String,
    /// The status or cause code.
    pub cause: Option<u16>,
    /// Text for people, from the peer: never markup.
    pub text: Option<String>,
}

impl Reason {
    /// A reason in terms of a SIP status.
    pub fn sip(cause: u16, text: &str) -> Reason {
        Reason { protocol: "SIP".into(), cause: Some(cause), text: Some(text.into()) }
    }

    /// Reads one Reason value.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<Reason, &'static str> {
        let text = String::from_utf8_lossy(scan::trim(value));
        let end = scan::run(text.as_bytes(), scan::TOKEN);
        if end == 0 {
            return Err("no protocol");
        }
        params::check(text.as_bytes(), end)?;
        let params = Params::checked(&text[end..]);
        Ok(Reason {
            protocol: text[..end].into(),
            cause: params.get("cause").and_then(|c| scan::number(c.as_bytes())).and_then(|c| c.try_into().ok()),
            text: params.get("text").map(|t| params::unescape(t).into_owned()),
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = self.protocol.chars().filter(|c| c.is_ascii() && scan::is(*c as u8, scan::TOKEN)).collect::<String>();
        if let Some(cause) = self.cause {
            out.push_str(&format!(";cause={cause}"));
        }
        if let Some(text) = &self.text {
            out.push_str(";text=");
            params::push_quoted(&mut out, text);
        }
        f.write_str(&out)
    }
}

impl Message {
    /// The reasons that can be read, in order; broken ones are left out, for they decide nothing.
    pub fn reasons(&self) -> Vec<Reason> {
        self.header_values(HeaderName::Reason).flat_map(scan::split_commas).filter_map(|value| Reason::parse(value).ok()).collect()
    }

    /// The first reason.
    ///
    /// # Errors
    /// Names Reason when it is missing or broken.
    pub fn reason_header(&self) -> Result<Reason, HeaderError> {
        self.one(HeaderName::Reason, |line| Reason::parse(scan::split_commas(line).next().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_and_prints() {
        let reason = Reason::parse(b"Q.850 ;cause=16 ;text=\"Terminated \\\"now\\\"\"").unwrap();
        assert_eq!((reason.protocol.as_str(), reason.cause, reason.text.as_deref()), ("Q.850", Some(16), Some("Terminated \"now\"")));
        assert_eq!(Reason::parse(reason.to_string().as_bytes()), Ok(reason));
        let elsewhere = Reason::sip(200, "Call completed elsewhere");
        assert_eq!(elsewhere.to_string(), "SIP;cause=200;text=\"Call completed elsewhere\"");
        assert_eq!(Reason::parse(b"SIP").map(|r| (r.cause, r.text)), Ok((None, None)));
        assert!(Reason::parse(b";cause=1").is_err());
    }

    #[test]
    fn a_broken_one_does_not_hide_the_next() {
        let mut message = Message::response(200, "OK");
        message.push(HeaderName::Reason, ";, SIP;cause=200;text=\"a, b\", Q.850;cause=16");
        let seen: Vec<_> = message.reasons().into_iter().map(|r| (r.protocol, r.cause)).collect();
        assert_eq!(seen, [("SIP".to_owned(), Some(200)), ("Q.850".to_owned(), Some(16))]);
    }
}

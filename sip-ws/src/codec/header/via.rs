//! `Via`: where a request came through and where its responses go (RFC 3261 s20.42, RFC 3581, RFC 7118 s5).

use crate::codec::params::{self, Params};
use crate::codec::uri::host_len;
use crate::codec::{HeaderName, Message, scan};
use std::fmt;

/// The start of every branch that follows RFC 3261.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// One hop of a Via stack, kept in one text as written.
#[derive(Clone, PartialEq, Eq)]
pub struct Via {
    text: Box<str>,
    transport: (u32, u32),
    host: (u32, u32),
    port: Option<u16>,
    params: u32,
}

impl Via {
    /// Reads one Via value, without any comma outside of quotes.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<Via, &'static str> {
        let bytes = scan::trim(value);
        let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8")?;
        if text.is_empty() {
            return Err("empty value in the list");
        }
        let mut at = 0;
        let mut protocol = |last: bool| {
            let start = at;
            let end = start + scan::run(&bytes[start..], scan::TOKEN);
            at = scan::skip_blank(bytes, end);
            if start == end || (!last && bytes.get(at) != Some(&b'/')) {
                return Err("broken protocol");
            }
            if !last {
                at = scan::skip_blank(bytes, at + 1);
            }
            Ok((start, end))
        };
        let (name, version, transport) = (protocol(false)?, protocol(false)?, protocol(true)?);
        if !text[name.0..name.1].eq_ignore_ascii_case("SIP") || &text[version.0..version.1] != "2.0" {
            return Err("not SIP/2.0");
        }
        if at == transport.1 {
            return Err("no space before the host");
        }
        let host = at;
        let host_end = host + host_len(&bytes[host..])?;
        at = scan::skip_blank(bytes, host_end);
        let mut port = None;
        if bytes.get(at) == Some(&b':') {
            at = scan::skip_blank(bytes, at + 1);
            let digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
            port = Some(scan::number(&bytes[at..at + digits]).and_then(|n| u16::try_from(n).ok()).ok_or("bad port")?);
            at += digits;
        }
        params::check(bytes, at)?;
        Ok(Via {
            transport: (transport.0 as u32, transport.1 as u32),
            host: (host as u32, host_end as u32),
            port,
            params: at as u32,
            text: text.into(),
        })
    }

    /// `SIP/2.0/<transport> <sent_by>;branch=<branch>`. Characters that are not legal there are left out; what is no
    /// transport or host even then becomes `WS` and `invalid.invalid`.
    pub fn new(transport: &str, sent_by: &str, branch: &str) -> Via {
        let clean = |text: &str| text.chars().filter(|c| c.is_ascii() && scan::is(*c as u8, scan::VALUE)).collect::<String>();
        let branch = Some(clean(branch)).filter(|b| !b.is_empty()).map(|b| format!(";branch={b}")).unwrap_or_default();
        let made = format!("SIP/2.0/{} {}{branch}", clean(transport), clean(sent_by));
        Via::parse(made.as_bytes()).unwrap_or_else(|_| {
            let text = format!("SIP/2.0/WS invalid.invalid{branch}");
            Via { text: text.into(), transport: (8, 10), host: (11, 26), port: None, params: 26 }
        })
    }

    fn part(&self, (from, to): (u32, u32)) -> &str {
        &self.text[from as usize..to as usize]
    }

    /// The transport as written, such as `WSS`.
    pub fn transport(&self) -> &str {
        self.part(self.transport)
    }

    /// The host of the hop, an IPv6 address with its brackets.
    pub fn host(&self) -> &str {
        self.part(self.host)
    }

    /// The port where one is written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Host and port as one text, such as `example.com:5060`.
    pub fn sent_by(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// All parameters in order.
    pub fn params(&self) -> Params<'_> {
        Params::checked(&self.text[self.params as usize..])
    }

    /// The value of a parameter, empty where it has none.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params().get(name)
    }

    /// The branch where one is written.
    pub fn branch(&self) -> Option<&str> {
        self.param("branch").filter(|b| !b.is_empty())
    }

    /// The branch names a transaction on its own: cookie and something behind it (RFC 3261 s8.1.1.7, RFC 4475 s3.2.1).
    pub fn has_unique_branch(&self) -> bool {
        self.branch().is_some_and(|b| {
            b.len() > MAGIC_COOKIE.len() && b.get(..MAGIC_COOKIE.len()).is_some_and(|start| start.eq_ignore_ascii_case(MAGIC_COOKIE))
        })
    }

    /// The address the message was seen to come from, with or without brackets as written (RFC 5118 s4.5).
    pub fn received(&self) -> Option<&str> {
        self.param("received").filter(|r| !r.is_empty())
    }

    /// The whole value as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl AsRef<[u8]> for Via {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

impl Message {
    /// The hop that sent this message to us.
    ///
    /// # Errors
    /// Names Via when it is missing or broken.
    pub fn top_via(&self) -> Result<Via, super::HeaderError> {
        self.one(HeaderName::Via, |line| Via::parse(scan::split_commas(line).next().unwrap_or_default()))
    }

    /// The whole stack, top first.
    ///
    /// # Errors
    /// Names Via when any of them is broken or there are too many.
    pub fn vias(&self) -> Result<Vec<Via>, super::HeaderError> {
        self.list(HeaderName::Via, Via::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_what_it_makes() {
        let via = Via::new("WSS", "h7d.invalid", "z9hG4bKx");
        assert_eq!(via.to_string(), "SIP/2.0/WSS h7d.invalid;branch=z9hG4bKx");
        assert_eq!((via.transport(), via.sent_by().as_str(), via.branch()), ("WSS", "h7d.invalid", Some("z9hG4bKx")));
        assert!(via.has_unique_branch());
        assert_eq!(Via::parse(via.as_str().as_bytes()), Ok(via));
        let port = Via::parse(b"SIP/2.0/TLS [2001:db8::1] : 5061 ; rport ; received=192.0.2.1").unwrap();
        assert_eq!(
            (port.host(), port.port(), port.param("rport"), port.received()),
            ("[2001:db8::1]", Some(5061), Some(""), Some("192.0.2.1"))
        );
        assert_eq!(port.sent_by(), "[2001:db8::1]:5061");
    }

    #[test]
    fn a_value_that_would_break_the_header_is_cleaned() {
        let via = Via::new("WS S", "a.invalid\r\n ", "z9hG4bK;evil=1, SIP/2.0/UDP b");
        assert_eq!(via.to_string(), "SIP/2.0/WSS a.invalid;branch=z9hG4bKevil1SIP2.0UDPb");
        assert_eq!(Via::new("WSS", "[x", "z9hG4bKx").to_string(), "SIP/2.0/WS invalid.invalid;branch=z9hG4bKx");
        assert_eq!(Via::new("WSS", "a", "\r\n").to_string(), "SIP/2.0/WSS a");
    }

    #[test]
    fn refuses_what_is_no_hop() {
        for text in [
            "",
            "SIP/2.0/WS",
            "SIP/2.0 a",
            "SIP/3.0/WS a",
            "SUP/2.0/WS a",
            "SIP/2.0/WSa",
            "SIP/2.0/WS a:",
            "SIP/2.0/WS a:65536",
            "SIP/2.0/WS a:1:2",
            "SIP/2.0/WS a b",
            "SIP/2.0/WS a;",
            "SIP/2.0/WS a;=",
            "SIP/2.0/WS a;b=",
            "SIP/2.0/WS 2001:db8::1",
            "SIP/2.0/WS [2001:db8::1",
            "SIP/2.0/WS [x]",
        ] {
            assert!(Via::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

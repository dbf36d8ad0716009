//! SIP, SIPS and other URIs: structure, percent-escapes and comparison (RFC 3261 s19.1, RFC 5118).

use super::limits::MAX_PARAMS;
use super::params::{self, Params};
use super::scan;
use std::borrow::Cow;
use std::fmt;
use std::net::Ipv6Addr;

/// Where the parts of a URI are in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Parts {
    sip: bool,
    scheme: u32,
    /// Ends of user and of password; both equal the start where there is no user part.
    user: u32,
    user_info: u32,
    host: (u32, u32),
    port: Option<u16>,
    params: u32,
    headers: u32,
}

impl Parts {
    pub(super) fn of(text: &str) -> Result<Parts, &'static str> {
        let bytes = text.as_bytes();
        let colon = bytes.iter().position(|&b| b == b':').ok_or("URI without a scheme")?;
        let scheme = &bytes[..colon];
        if !scheme.first().is_some_and(u8::is_ascii_alphabetic)
            || !scheme.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        {
            return Err("broken URI scheme");
        }
        if !scheme.eq_ignore_ascii_case(b"sip") && !scheme.eq_ignore_ascii_case(b"sips") {
            return Self::other(bytes, colon);
        }
        Self::sip(bytes, colon)
    }

    fn other(bytes: &[u8], colon: usize) -> Result<Parts, &'static str> {
        if bytes.len() == colon + 1 || !scan::all_escaped(&bytes[colon + 1..], scan::URI) {
            return Err("illegal character in the URI");
        }
        let (start, end) = (colon as u32 + 1, bytes.len() as u32);
        Ok(Parts {
            sip: false,
            scheme: colon as u32,
            user: start,
            user_info: start,
            host: (end, end),
            port: None,
            params: end,
            headers: end,
        })
    }

    fn sip(bytes: &[u8], colon: usize) -> Result<Parts, &'static str> {
        let start = colon + 1;
        let (mut user, mut user_info, mut host) = (start, start, start);
        if let Some(at) = bytes[start..].iter().position(|&b| b == b'@') {
            user_info = start + at;
            host = user_info + 1;
            user = bytes[start..user_info].iter().position(|&b| b == b':').map_or(user_info, |n| start + n);
            if user == start {
                return Err("empty user in the URI");
            }
            // A password may hold less than a user; the difference harms nobody.
            if !scan::all_escaped(&bytes[start..user], scan::USER)
                || !scan::all_escaped(&bytes[(user + 1).min(user_info)..user_info], scan::USER)
            {
                return Err("illegal character in the user part of the URI");
            }
        }
        let host_end = host + host_len(&bytes[host..])?;
        let mut at = host_end;
        let mut port = None;
        if bytes.get(at) == Some(&b':') {
            let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
            let value = scan::number(&bytes[at + 1..at + 1 + digits]).and_then(|n| u16::try_from(n).ok());
            port = Some(value.ok_or("bad port in the URI")?);
            at += 1 + digits;
        }
        let params = at;
        at = check_params(bytes, at)?;
        let headers = at;
        if at < bytes.len() && (bytes[at] != b'?' || at + 1 == bytes.len() || !scan::all_escaped(&bytes[at + 1..], scan::HNV)) {
            return Err("illegal character in the URI");
        }
        Ok(Parts {
            sip: true,
            scheme: colon as u32,
            user: user as u32,
            user_info: user_info as u32,
            host: (host as u32, host_end as u32),
            port,
            params: params as u32,
            headers: headers as u32,
        })
    }
}

/// Length of the host at the start of `text`: name, IPv4 address, or IPv6 address in brackets.
pub(super) fn host_len(text: &[u8]) -> Result<usize, &'static str> {
    if text.first() == Some(&b'[') {
        let end = text.iter().position(|&b| b == b']').ok_or("IPv6 address without an end")?;
        let inside = std::str::from_utf8(&text[1..end]).map_err(|_| "bad IPv6 address")?;
        // Three colons are what a fault of the RFC 3261 grammar allows; RFC 5118 s4.10 asks to accept them.
        let valid =
            inside.parse::<Ipv6Addr>().is_ok() || inside.contains(":::") && inside.replacen(":::", "::", 1).parse::<Ipv6Addr>().is_ok();
        return if valid { Ok(end + 1) } else { Err("bad IPv6 address") };
    }
    match scan::run(text, scan::HOST) {
        0 => Err("empty host"),
        n => Ok(n),
    }
}

/// Checks `;name[=value]` of a URI and returns where they end: at `?` or the end of the text.
fn check_params(bytes: &[u8], mut at: usize) -> Result<usize, &'static str> {
    let mut count = 0;
    while bytes.get(at) == Some(&b';') {
        count += 1;
        if count > MAX_PARAMS {
            return Err("too many parameters in the URI");
        }
        let end = bytes[at + 1..].iter().position(|&b| b == b';' || b == b'?').map_or(bytes.len(), |n| at + 1 + n);
        let param = &bytes[at + 1..end];
        let (name, value) = match param.iter().position(|&b| b == b'=') {
            Some(equals) => (&param[..equals], Some(&param[equals + 1..])),
            None => (param, None),
        };
        if name.is_empty() || value.is_some_and(<[u8]>::is_empty) {
            return Err("empty parameter in the URI");
        }
        if !scan::all_escaped(name, scan::PARAM) || !scan::all_escaped(value.unwrap_or_default(), scan::PARAM) {
            return Err("illegal character in a URI parameter");
        }
        at = end;
    }
    Ok(at)
}

/// A URI inside a longer text; [`Uri`] owns its text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UriRef<'a> {
    text: &'a str,
    parts: Parts,
}

impl<'a> UriRef<'a> {
    pub(super) fn new(text: &'a str, parts: Parts) -> Self {
        Self { text, parts }
    }

    /// Reads a URI without copying it.
    ///
    /// # Errors
    /// A constant text that says what breaks RFC 3261 s19.1.1.
    pub fn parse(text: &'a str) -> Result<Self, &'static str> {
        Ok(Self { text, parts: Parts::of(text)? })
    }

    fn part(&self, from: u32, to: u32) -> &'a str {
        &self.text[from as usize..to as usize]
    }

    /// The whole URI as written.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The scheme as written, such as `sip`.
    pub fn scheme(&self) -> &'a str {
        self.part(0, self.parts.scheme)
    }

    /// `sip:` or `sips:`; other URIs have no user, host, port, parameters or headers.
    pub fn is_sip(&self) -> bool {
        self.parts.sip
    }

    /// `sips:`
    pub fn is_sips(&self) -> bool {
        self.parts.sip && self.parts.scheme == 4
    }

    /// The user as written, escapes included, without the password.
    pub fn user(&self) -> Option<&'a str> {
        let start = self.parts.scheme + 1;
        (self.parts.user > start).then(|| self.part(start, self.parts.user))
    }

    /// The user without percent-escapes; bytes that are not UTF-8 are replaced. For display and look-up only:
    /// the result must not be parsed as a URI again.
    pub fn user_decoded(&self) -> Option<Cow<'a, str>> {
        let user = self.user()?;
        if !user.contains('%') {
            return Some(user.into());
        }
        let bytes: Vec<u8> = decode(user).map(|(byte, _)| byte).collect();
        Some(String::from_utf8_lossy(&bytes).into_owned().into())
    }

    /// The password as written.
    pub fn password(&self) -> Option<&'a str> {
        (self.parts.user_info > self.parts.user).then(|| self.part(self.parts.user + 1, self.parts.user_info))
    }

    /// The host as written, an IPv6 address with its brackets; empty for other schemes.
    pub fn host(&self) -> &'a str {
        self.part(self.parts.host.0, self.parts.host.1)
    }

    /// The port where one is written.
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// Host and port as written, such as `example.com:5060`.
    pub fn host_port(&self) -> &'a str {
        self.part(self.parts.host.0, self.parts.params)
    }

    /// The URI parameters in order.
    pub fn params(&self) -> Params<'a> {
        Params::checked(self.part(self.parts.params, self.parts.headers))
    }

    /// The value of a URI parameter, empty where it has none.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params().get(name)
    }

    /// The part behind `?` as written, empty without one.
    pub fn headers(&self) -> &'a str {
        let text = self.part(self.parts.headers, self.text.len() as u32);
        if self.parts.sip { text.strip_prefix('?').unwrap_or("") } else { "" }
    }

    /// One of the headers behind `?`, without percent-escapes.
    pub fn header(&self, name: &str) -> Option<String> {
        let (_, value) = uri_headers(self.headers()).find(|(n, _)| decoded(n).eq_ignore_ascii_case(name))?;
        Some(decoded(value))
    }

    /// A copy that owns its text.
    pub fn to_uri(&self) -> Uri {
        Uri { text: self.text.into(), parts: self.parts }
    }

    /// Whether both name the same resource (RFC 3261 s19.1.4). Other schemes are compared as text.
    pub fn equivalent(&self, other: UriRef<'_>) -> bool {
        if self.text == other.text || !self.is_sip() || !other.is_sip() {
            return self.text == other.text;
        }
        self.scheme().eq_ignore_ascii_case(other.scheme())
            && same(self.user(), other.user(), false)
            && same(self.password(), other.password(), false)
            && self.host().eq_ignore_ascii_case(other.host())
            && self.port() == other.port()
            && params_match(*self, other)
            && params_match(other, *self)
            && headers_match(self.headers(), other.headers())
            && headers_match(other.headers(), self.headers())
    }
}

/// Each octet of an escaped text, and whether it stands for a reserved character (which differs from the bare one).
fn decode(text: &str) -> impl Iterator<Item = (u8, bool)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let byte = *bytes.get(at)?;
        let hex = |b: &u8| (*b as char).to_digit(16);
        if byte == b'%'
            && let (Some(high), Some(low)) = (bytes.get(at + 1).and_then(hex), bytes.get(at + 2).and_then(hex))
        {
            at += 3;
            let value = (high * 16 + low) as u8;
            return Some((value, b";/?:@&=+$,".contains(&value)));
        }
        at += 1;
        Some((byte, false))
    })
}

fn decoded(text: &str) -> String {
    let bytes: Vec<u8> = decode(text).map(|(byte, _)| byte).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn same(a: Option<&str>, b: Option<&str>, ignore_case: bool) -> bool {
    match (a, b) {
        (Some(a), Some(b)) if ignore_case => {
            decode(a).map(|(x, r)| (x.to_ascii_lowercase(), r)).eq(decode(b).map(|(x, r)| (x.to_ascii_lowercase(), r)))
        }
        (Some(a), Some(b)) => decode(a).eq(decode(b)),
        (a, b) => a == b,
    }
}

fn params_match(a: UriRef<'_>, b: UriRef<'_>) -> bool {
    a.params().all(|(name, value)| match b.params().find(|(n, _)| same(Some(n), Some(name), true)) {
        Some((_, other)) => same(value, other, true),
        None => !["user", "ttl", "method", "maddr"].iter().any(|n| name.eq_ignore_ascii_case(n)),
    })
}

fn uri_headers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('&').filter(|h| !h.is_empty()).map(|h| h.split_once('=').unwrap_or((h, "")))
}

fn headers_match(a: &str, b: &str) -> bool {
    uri_headers(a).all(|(name, value)| uri_headers(b).any(|(n, v)| same(Some(n), Some(name), true) && same(Some(v), Some(value), false)))
}

impl fmt::Display for UriRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for UriRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.password() {
            Some(_) => write!(f, "{}:{}:***@{}", self.scheme(), self.user().unwrap_or(""), &self.text[self.parts.host.0 as usize..]),
            None => f.write_str(self.text),
        }
    }
}

/// A URI that owns its text, kept as it was written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Uri {
    text: Box<str>,
    parts: Parts,
}

impl Uri {
    /// Reads a URI.
    ///
    /// # Errors
    /// A constant text that says what breaks RFC 3261 s19.1.1.
    pub fn parse(text: &str) -> Result<Uri, &'static str> {
        Ok(Uri { parts: Parts::of(text)?, text: text.into() })
    }

    /// `sip:user@host`; the user is escaped as needed, `host` may carry a port.
    ///
    /// # Errors
    /// As [`Uri::parse`], for a host that is none.
    pub fn sip(user: Option<&str>, host: &str) -> Result<Uri, &'static str> {
        let mut text = String::from("sip:");
        if let Some(user) = user.filter(|u| !u.is_empty()) {
            for &byte in user.as_bytes() {
                if scan::is(byte, scan::USER) {
                    text.push(byte as char);
                } else {
                    text.push_str(&format!("%{byte:02X}"));
                }
            }
            text.push('@');
        }
        if !scan::all(host.as_bytes(), scan::VALUE) {
            return Err("empty host");
        }
        text.push_str(host);
        Uri::parse(&text)
    }

    /// The same URI with a parameter set (a former one of the name is replaced) where both are legal in a URI.
    #[must_use]
    pub fn with_param(self, name: &str, value: Option<&str>) -> Uri {
        if !self.is_sip()
            || !scan::all(name.as_bytes(), scan::PARAM)
            || value.is_some_and(|v| v.is_empty() || !scan::all_escaped(v.as_bytes(), scan::PARAM))
        {
            return self;
        }
        let view = self.view();
        let mut text = self.text[..self.parts.params as usize].to_owned();
        text.push_str(&params::without(view.part(self.parts.params, self.parts.headers), name));
        text.push(';');
        text.push_str(name);
        if let Some(value) = value {
            text.push('=');
            text.push_str(value);
        }
        text.push_str(&self.text[self.parts.headers as usize..]);
        Uri::parse(&text).unwrap_or(self)
    }

    /// The same URI without the part behind `?`.
    #[must_use]
    pub fn without_headers(self) -> Uri {
        if !self.is_sip() {
            return self;
        }
        let parts = self.parts;
        Uri { text: self.text[..parts.headers as usize].into(), parts }
    }

    pub(super) fn parts(&self) -> Parts {
        self.parts
    }

    /// The URI as a borrowed value; every reading method is there.
    pub fn view(&self) -> UriRef<'_> {
        UriRef { text: &self.text, parts: self.parts }
    }

    /// The whole URI as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// See [`UriRef::scheme`].
    pub fn scheme(&self) -> &str {
        self.view().scheme()
    }

    /// See [`UriRef::is_sip`].
    pub fn is_sip(&self) -> bool {
        self.parts.sip
    }

    /// See [`UriRef::user`].
    pub fn user(&self) -> Option<&str> {
        self.view().user()
    }

    /// See [`UriRef::user_decoded`].
    pub fn user_decoded(&self) -> Option<Cow<'_, str>> {
        self.view().user_decoded()
    }

    /// See [`UriRef::host`].
    pub fn host(&self) -> &str {
        self.view().host()
    }

    /// See [`UriRef::port`].
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// See [`UriRef::params`].
    pub fn params(&self) -> Params<'_> {
        self.view().params()
    }

    /// See [`UriRef::param`].
    pub fn param(&self, name: &str) -> Option<&str> {
        self.view().param(name)
    }

    /// See [`UriRef::equivalent`].
    pub fn equivalent(&self, other: &Uri) -> bool {
        self.view().equivalent(other.view())
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl std::str::FromStr for Uri {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uri::parse(text)
    }
}

//! SIP, SIPS and other URIs, kept as they were written (RFC 3261 s19.1).

mod compare;
mod parts;

pub(super) use parts::{Parts, host_len};

use super::params::{self, Params};
use super::scan;
use compare::{decode, decoded, uri_headers};
use std::borrow::Cow;
use std::fmt;

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

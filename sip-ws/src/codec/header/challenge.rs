//! Challenges and credentials: WWW-Authenticate, Authorization and the proxy forms (RFC 3261 s20.7, RFC 7616, RFC 8760).

use crate::codec::limits::{MAX_LIST, MAX_PARAMS};
use crate::codec::params;
use crate::codec::{HeaderError, HeaderName, Message, scan};
use std::fmt;

#[derive(Clone, PartialEq, Eq)]
struct Param {
    name: String,
    value: String,
    quoted: bool,
}

/// A scheme and its parameters in order; `Debug` shows names only.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthParams {
    scheme: String,
    params: Vec<Param>,
}

/// What a server asks for; see [`AuthParams`].
pub type Challenge = AuthParams;
/// What a client proves; see [`AuthParams`].
pub type Credentials = AuthParams;

impl AuthParams {
    /// An empty set of the scheme, to be filled with [`quoted`](Self::quoted) and [`plain`](Self::plain).
    pub fn new(scheme: &str) -> Self {
        Self { scheme: scheme.to_owned(), params: Vec::new() }
    }

    /// Adds `name="value"`.
    #[must_use]
    pub fn quoted(self, name: &str, value: &str) -> Self {
        self.with(name, value, true)
    }

    /// Adds `name=value`; a value that is no token is quoted all the same.
    #[must_use]
    pub fn plain(self, name: &str, value: &str) -> Self {
        let quoted = scan::token(value.as_bytes()).is_none();
        self.with(name, value, quoted)
    }

    fn with(mut self, name: &str, value: &str, quoted: bool) -> Self {
        self.params.push(Param { name: name.to_owned(), value: value.to_owned(), quoted });
        self
    }

    /// The scheme as written, such as `Digest`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The scheme is Digest.
    pub fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("Digest")
    }

    /// The first value of this name, without quotes and escapes.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|p| p.name.eq_ignore_ascii_case(name)).map(|p| p.value.as_str())
    }

    /// A name occurs more than once: no verdict may rest on it.
    pub fn has_duplicates(&self) -> bool {
        self.params.iter().enumerate().any(|(i, p)| self.params[..i].iter().any(|q| q.name.eq_ignore_ascii_case(&p.name)))
    }

    /// Reads one header line, which may hold several sets (RFC 9110 allows it, RFC 3261 does not; some peers do it).
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse_all(value: &[u8]) -> Result<Vec<Self>, &'static str> {
        let text = String::from_utf8_lossy(scan::trim(value));
        let mut sets: Vec<Self> = Vec::new();
        for element in scan::split_commas(text.as_bytes()) {
            let name_end = scan::run(element, scan::TOKEN);
            let next = scan::skip_blank(element, name_end);
            if name_end == 0 {
                return Err("no scheme or parameter name");
            }
            let mut rest = element;
            if element.get(next) != Some(&b'=') {
                // Not `name=`: a scheme, with its first parameter behind a blank.
                if sets.len() == MAX_LIST {
                    return Err("too many challenges");
                }
                sets.push(Self::new(&String::from_utf8_lossy(&element[..name_end])));
                rest = &element[next..];
                if rest.is_empty() {
                    continue;
                }
                if next == name_end {
                    return Err("no space behind the scheme");
                }
            }
            let set = sets.last_mut().ok_or("no scheme")?;
            if set.params.len() == MAX_PARAMS {
                return Err("too many parameters");
            }
            set.params.push(Param::parse(rest)?);
        }
        Ok(sets)
    }
}

impl Param {
    fn parse(text: &[u8]) -> Result<Param, &'static str> {
        let name_end = scan::run(text, scan::TOKEN);
        let equals = scan::skip_blank(text, name_end);
        if name_end == 0 || text.get(equals) != Some(&b'=') {
            return Err("not name=value");
        }
        let value = scan::trim(&text[equals + 1..]);
        let quoted = value.first() == Some(&b'"');
        if quoted && scan::skip_quoted(value, 0) != Some(value.len()) {
            return Err("broken quoted string");
        }
        // RFC 8760 and old peers put URIs and base64 here without quotes.
        if !quoted && (value.is_empty() || !value.iter().all(|&b| scan::is(b, scan::VALUE | scan::URI) || b == b'=')) {
            return Err("broken value");
        }
        let inner = if quoted { &value[1..value.len() - 1] } else { value };
        Ok(Param {
            name: String::from_utf8_lossy(&text[..name_end]).into_owned(),
            value: params::unescape(&String::from_utf8_lossy(inner)).into_owned(),
            quoted,
        })
    }
}

impl fmt::Display for AuthParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = self.scheme.clone();
        for (i, param) in self.params.iter().enumerate() {
            out.push_str(if i == 0 { " " } else { ", " });
            out.push_str(&param.name);
            out.push('=');
            if param.quoted {
                params::push_quoted(&mut out, &param.value);
            } else {
                out.push_str(&param.value);
            }
        }
        f.write_str(&out)
    }
}

impl fmt::Debug for AuthParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.params.iter().map(|p| p.name.as_str()).collect();
        write!(f, "{} {names:?}", self.scheme)
    }
}

impl Message {
    fn auth(&self, name: HeaderName) -> Result<Vec<AuthParams>, HeaderError> {
        let mut all = Vec::new();
        for value in self.header_values(name) {
            all.extend(AuthParams::parse_all(value).map_err(|problem| HeaderError::new(name, problem))?);
        }
        Ok(all)
    }

    /// Challenges of a 401, topmost first: the order of preference (RFC 8760 s2.3).
    ///
    /// # Errors
    /// Names WWW-Authenticate when one is broken.
    pub fn www_authenticate(&self) -> Result<Vec<Challenge>, HeaderError> {
        self.auth(HeaderName::WwwAuthenticate)
    }

    /// Challenges of a 407, topmost first.
    ///
    /// # Errors
    /// Names Proxy-Authenticate when one is broken.
    pub fn proxy_authenticate(&self) -> Result<Vec<Challenge>, HeaderError> {
        self.auth(HeaderName::ProxyAuthenticate)
    }

    /// Credentials towards servers.
    ///
    /// # Errors
    /// Names Authorization when one is broken.
    pub fn authorization(&self) -> Result<Vec<Credentials>, HeaderError> {
        self.auth(HeaderName::Authorization)
    }

    /// Credentials towards proxies.
    ///
    /// # Errors
    /// Names Proxy-Authorization when one is broken.
    pub fn proxy_authorization(&self) -> Result<Vec<Credentials>, HeaderError> {
        self.auth(HeaderName::ProxyAuthorization)
    }
}

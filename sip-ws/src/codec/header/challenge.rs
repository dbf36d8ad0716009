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

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_a_challenge_of_rfc_7616() {
        let text = b"Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
            nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", stale=TRUE";
        let sets = Challenge::parse_all(text).unwrap();
        assert_eq!(sets.len(), 1);
        let c = &sets[0];
        assert!(c.is_digest() && !c.has_duplicates());
        assert_eq!((c.param("realm"), c.param("QOP")), (Some("http-auth@example.org"), Some("auth, auth-int")));
        assert_eq!((c.param("algorithm"), c.param("stale"), c.param("domain")), (Some("SHA-256"), Some("TRUE"), None));
        assert_eq!(c.to_string().as_bytes(), &text[..]);
    }

    #[test]
    fn two_in_one_line_are_two() {
        let sets = Challenge::parse_all(b"Digest realm=\"a\", nonce=x== ,Bearer, Digest realm=\"b\",algorithm=MD5").unwrap();
        let seen: Vec<_> = sets.iter().map(|s| (s.scheme(), s.param("realm"), s.param("nonce"))).collect();
        assert_eq!(seen, [("Digest", Some("a"), Some("x==")), ("Bearer", None, None), ("Digest", Some("b"), None)]);
    }

    #[test]
    fn several_lines_keep_their_order() {
        let mut message = Message::response(401, "Unauthorized");
        message.push(HeaderName::WwwAuthenticate, "Digest realm=\"a\", nonce=\"1\", algorithm=SHA-256");
        message.push(HeaderName::WwwAuthenticate, "Digest realm=\"a\", nonce=\"2\", algorithm=MD5");
        let algorithms: Vec<_> = message.www_authenticate().unwrap().iter().map(|c| c.param("algorithm").unwrap().to_owned()).collect();
        assert_eq!(algorithms, ["SHA-256", "MD5"]);
        assert_eq!(message.proxy_authenticate(), Ok(Vec::new()));
    }

    #[test]
    fn refuses_what_is_no_list_of_parameters() {
        for text in
            ["", ",", "a=b", "Digest a", "Digest a=", "Digest a=\"", "Digest a=\"b\"c", "Digest a=b,,c=d", "Digest a=b;c=d e", "Digest =b"]
        {
            assert!(AuthParams::parse_all(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_escaped_and_never_logged() {
        let set =
            AuthParams::new("Digest").quoted("username", "a\"b\\c\r\nX: y").plain("response", "0123456789abcdef").plain("nc", "two words");
        assert_eq!(set.to_string(), "Digest username=\"a\\\"b\\\\c  X: y\", response=0123456789abcdef, nc=\"two words\"");
        assert_eq!(format!("{set:?}"), "Digest [\"username\", \"response\", \"nc\"]");
        let double = AuthParams::new("Digest").plain("realm", "a").plain("Realm", "b");
        assert!(double.has_duplicates());
    }
}

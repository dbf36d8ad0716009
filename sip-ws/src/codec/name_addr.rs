//! `"Name" <uri>;params` and `uri;params`: the value of From, To, Contact, Route and their kin (RFC 3261 s20).

use super::params::{self, Params};
use super::scan;
use super::uri::{Parts, Uri, UriRef};
use std::borrow::Cow;
use std::fmt;

/// A display name, a URI and header parameters, kept in one text as written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NameAddr {
    text: Box<str>,
    /// Inside of the quotes, or the tokens.
    display: (u32, u32),
    uri: (u32, u32),
    parts: Parts,
    params: u32,
}

impl NameAddr {
    /// Reads one address, the whole of `value`.
    ///
    /// # Errors
    /// A constant text that says what breaks `name-addr` or `addr-spec`.
    pub fn parse(value: &[u8]) -> Result<NameAddr, &'static str> {
        // Only a display name may hold octets that are not UTF-8 without being refused below.
        let text: Cow<'_, str> = String::from_utf8_lossy(scan::trim(value));
        let bytes = text.as_bytes();
        let (display, angle) = match bytes.first() {
            None => return Err("empty address"),
            Some(b'"') => {
                let end = scan::skip_quoted(bytes, 0).ok_or("quoted string without an end")?;
                let angle = scan::skip_blank(bytes, end);
                if bytes.get(angle) != Some(&b'<') {
                    return Err("display name without an address in <>");
                }
                ((1, end - 1), Some(angle))
            }
            Some(_) => match bytes.iter().position(|&b| b == b'<') {
                // An angle bracket behind a parameter's quote does not start an address.
                Some(angle) if bytes[..angle].iter().all(|&b| scan::is(b, scan::TOKEN) || scan::is_blank(b)) => {
                    ((0, scan::trim(&bytes[..angle]).len()), Some(angle))
                }
                Some(angle) if !bytes[..angle].contains(&b';') => return Err("illegal character in the display name"),
                _ => ((0, 0), None),
            },
        };
        let (uri, params) = match angle {
            Some(angle) => {
                let end = bytes[angle..].iter().position(|&b| b == b'>').ok_or("address without the closing >")? + angle;
                ((angle + 1, end), end + 1)
            }
            None => {
                let end = bytes.iter().position(|&b| matches!(b, b';' | b' ' | b'\t')).unwrap_or(bytes.len());
                if bytes[..end].iter().any(|&b| matches!(b, b'?' | b',')) {
                    return Err("a URI with ? or , must stand in <>");
                }
                ((0, end), end)
            }
        };
        let parts = Parts::of(&text[uri.0..uri.1])?;
        params::check(bytes, params)?;
        Ok(NameAddr {
            display: (display.0 as u32, display.1 as u32),
            uri: (uri.0 as u32, uri.1 as u32),
            parts,
            params: params as u32,
            text: text.into(),
        })
    }

    /// An address with its URI in angle brackets; the display name is quoted and escaped.
    pub fn new(display: Option<&str>, uri: &Uri) -> NameAddr {
        let mut text = String::new();
        if let Some(display) = display.filter(|d| !d.is_empty()) {
            params::push_quoted(&mut text, display);
            text.push(' ');
        }
        let display = (1.min(text.len()) as u32, text.len().saturating_sub(2) as u32);
        let start = text.len() as u32 + 1;
        text.push('<');
        text.push_str(uri.as_str());
        let end = text.len() as u32;
        text.push('>');
        NameAddr { display, uri: (start, end), parts: uri.parts(), params: text.len() as u32, text: text.into() }
    }

    /// The display name without quotes and escapes.
    pub fn display_name(&self) -> Option<Cow<'_, str>> {
        let text = &self.text[self.display.0 as usize..self.display.1 as usize];
        (!text.is_empty()).then(|| if self.display.0 > 0 { params::unescape(text) } else { text.into() })
    }

    /// The URI.
    pub fn uri(&self) -> UriRef<'_> {
        UriRef::new(&self.text[self.uri.0 as usize..self.uri.1 as usize], self.parts)
    }

    /// The header parameters, in order.
    pub fn params(&self) -> Params<'_> {
        Params::checked(&self.text[self.params as usize..])
    }

    /// The value of a header parameter, empty where it has none, without quotes.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params().get(name)
    }

    /// The `tag` parameter of From and To.
    pub fn tag(&self) -> Option<&str> {
        self.param("tag").filter(|t| !t.is_empty())
    }

    /// The same address with a header parameter set; a former one of the name is replaced.
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> NameAddr {
        let mut text = String::with_capacity(self.text.len() + name.len() + 24);
        let (head, old) = self.text.split_at(self.params as usize);
        let in_angle = self.uri.0 > 0;
        if !in_angle {
            text.push('<');
        }
        text.push_str(head);
        if !in_angle {
            text.push('>');
        }
        let shift = u32::from(!in_angle);
        let params = text.len() as u32;
        text.push_str(&params::without(old, name));
        params::push_param(&mut text, name, value);
        NameAddr { display: self.display, uri: (self.uri.0 + shift, self.uri.1 + shift), parts: self.parts, params, text: text.into() }
    }

    /// The whole value as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} <{:?}>{}", self.display_name().unwrap_or_default(), self.uri(), &self.text[self.params as usize..])
    }
}

impl AsRef<[u8]> for NameAddr {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

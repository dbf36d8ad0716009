//! Percent-escapes, and when two URIs name the same resource (RFC 3261 s19.1.2, s19.1.4).

use super::UriRef;

impl UriRef<'_> {
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
pub(super) fn decode(text: &str) -> impl Iterator<Item = (u8, bool)> {
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

pub(super) fn decoded(text: &str) -> String {
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

pub(super) fn uri_headers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('&').filter(|h| !h.is_empty()).map(|h| h.split_once('=').unwrap_or((h, "")))
}

fn headers_match(a: &str, b: &str) -> bool {
    uri_headers(a).all(|(name, value)| uri_headers(b).any(|(n, v)| same(Some(n), Some(name), true) && same(Some(v), Some(value), false)))
}

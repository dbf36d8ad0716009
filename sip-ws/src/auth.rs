//! Digest access authentication (RFC 7616, RFC 8760), both sides: vocabulary and entry points.
//!
//! Local policy, declared: MD5 is not answered when the same realm also offers SHA-2.

mod client;
mod server;

pub use client::{Answer, DigestClient};
pub use server::{DigestServer, MAX_NONCES, NONCE_LIFETIME, Verdict};

use sha2::Digest as _;

/// Hash of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// `MD5`: only for peers that know nothing else.
    Md5,
    /// `SHA-256`.
    Sha256,
    /// `SHA-512-256`.
    Sha512_256,
}

impl Algorithm {
    /// The token of the `algorithm` parameter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512_256 => "SHA-512-256",
        }
    }

    /// Reads the `algorithm` parameter with its `-sess` variants: the hash, and whether it is one of those.
    #[must_use]
    pub fn parse_session(token: Option<&str>) -> Option<(Self, bool)> {
        let base = token.and_then(|token| {
            let cut = token.len().checked_sub("-sess".len())?;
            token.get(cut..)?.eq_ignore_ascii_case("-sess").then(|| &token[..cut])
        });
        let session = base.is_some();
        Some((Self::parse(base.or(token))?, session))
    }

    /// Reads the `algorithm` parameter without `-sess` variants; its absence means MD5.
    #[must_use]
    pub fn parse(token: Option<&str>) -> Option<Self> {
        let token = token.unwrap_or("MD5");
        [Self::Md5, Self::Sha256, Self::Sha512_256].into_iter().find(|a| a.as_str().eq_ignore_ascii_case(token))
    }

    /// Lower-case hex of the hash of `parts`, joined by colons.
    #[must_use]
    pub fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Md5 => hex(&joined(md5::Md5::new(), parts).finalize()),
            Self::Sha256 => hex(&joined(sha2::Sha256::new(), parts).finalize()),
            Self::Sha512_256 => hex(&joined(sha2::Sha512_256::new(), parts).finalize()),
        }
    }
}

/// HA1 of RFC 7616 3.4.2: what a server stores instead of a password.
#[must_use]
pub fn ha1(algorithm: Algorithm, user: &str, realm: &str, password: &str) -> String {
    algorithm.hash(&[user.as_bytes(), realm.as_bytes(), password.as_bytes()])
}

/// HA1 of a session (`-sess`): bound to the first nonce and client nonce (RFC 7616 3.4.2).
#[must_use]
pub fn session_ha1(algorithm: Algorithm, ha1: &str, nonce: &str, cnonce: &str) -> String {
    algorithm.hash(&[ha1.as_bytes(), nonce.as_bytes(), cnonce.as_bytes()])
}

/// Quality of protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    /// `auth`: method and URI are covered.
    Auth,
    /// `auth-int`: the body too.
    AuthInt,
}

impl Qop {
    /// The token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }

    /// Reads one token.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        [Self::Auth, Self::AuthInt].into_iter().find(|qop| qop.as_str().eq_ignore_ascii_case(token.trim()))
    }

    /// The one we use of a list: `auth` where it is offered, since proxies may change bodies.
    fn choose(offered: &str) -> Option<Self> {
        let known: Vec<Self> = offered.split(',').filter_map(Self::parse).collect();
        [Self::Auth, Self::AuthInt].into_iter().find(|qop| known.contains(qop))
    }
}

/// Everything that the `response` parameter is made of (RFC 7616 3.4.1; RFC 2069 without a qop).
pub(crate) struct Proof<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) ha1: &'a str,
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) nonce: &'a str,
    /// With nonce count and client nonce.
    pub(crate) qop: Option<(Qop, &'a str, &'a str)>,
    pub(crate) body: &'a [u8],
}

impl Proof<'_> {
    /// The value.
    pub(crate) fn response(&self) -> String {
        let hash = |parts: &[&[u8]]| self.algorithm.hash(parts);
        let (method, uri, ha1, nonce) = (self.method.as_bytes(), self.uri.as_bytes(), self.ha1.as_bytes(), self.nonce.as_bytes());
        let ha2 = match self.qop {
            Some((Qop::AuthInt, ..)) => hash(&[method, uri, hash(&[self.body]).as_bytes()]),
            Some((Qop::Auth, ..)) | None => hash(&[method, uri]),
        };
        match self.qop {
            Some((qop, count, cnonce)) => hash(&[ha1, nonce, count.as_bytes(), cnonce.as_bytes(), qop.as_str().as_bytes(), ha2.as_bytes()]),
            None => hash(&[ha1, nonce, ha2.as_bytes()]),
        }
    }
}

fn joined<D: sha2::Digest>(mut digest: D, parts: &[&[u8]]) -> D {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            digest.update(b":");
        }
        digest.update(part);
    }
    digest
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

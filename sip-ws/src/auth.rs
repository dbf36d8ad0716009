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

    /// Reads the `algorithm` parameter; its absence means MD5. `…-sess` variants are not supported.
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

/// The `response` parameter for qop `auth` (RFC 7616 3.4.1), or of RFC 2069 when `qop` is `None`.
pub(crate) fn response(algorithm: Algorithm, ha1: &str, method: &str, uri: &str, nonce: &str, qop: Option<(&str, &str)>) -> String {
    let ha2 = algorithm.hash(&[method.as_bytes(), uri.as_bytes()]);
    match qop {
        Some((nc, cnonce)) => {
            algorithm.hash(&[ha1.as_bytes(), nonce.as_bytes(), nc.as_bytes(), cnonce.as_bytes(), b"auth", ha2.as_bytes()])
        }
        None => algorithm.hash(&[ha1.as_bytes(), nonce.as_bytes(), ha2.as_bytes()]),
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

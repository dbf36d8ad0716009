//! Browsers in which somebody has signed in before. Their wrong passwords are counted on their own: whoever fails in somebody's name from
//! elsewhere locks that person out of nothing that they use.
//!
//! The cookie holds a random number and, for the last few people who signed in there, a keyed digest of number and person. It opens
//! nothing; with it one guesses no more often than without it.

use crate::config::Config;
use crate::ids::PersonId;
use crate::keys::{Keys, KeysError, hex, random};
use crate::services::Services;
use axum::http::{HeaderMap, HeaderValue};

/// How long a browser is remembered after a sign-in, in seconds.
const AGE_S: i64 = 180 * 24 * 3_600;
/// People who are remembered in one browser.
const MAX_PEOPLE: usize = 5;

/// What a browser shows of earlier sign-ins. Not yet believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    number: String,
    proofs: Vec<String>,
}

impl Known {
    /// What the cookie of a request says.
    pub fn read(services: &Services, headers: &HeaderMap) -> Self {
        super::guard::cookie(headers, &name(&services.config, services.listen.port())).map(Self::parse).unwrap_or_default()
    }

    fn parse(text: &str) -> Self {
        let mut parts = text.split('.').map(str::to_owned);
        let number = parts.next().filter(|number| number.len() == 32 && is_hex(number)).unwrap_or_default();
        Self { number, proofs: parts.filter(|proof| proof.len() == 32 && is_hex(proof)).take(MAX_PEOPLE).collect() }
    }

    /// The number of this browser, where this person has signed in with it.
    pub fn number_of(&self, keys: &Keys, person: &PersonId) -> Option<&str> {
        let proof = proof(keys, &self.number, person);
        // Compared by their digests: where they differ says nothing.
        let same = |known: &String| crate::keys::token_digest(known) == crate::keys::token_digest(&proof);
        (!self.number.is_empty() && self.proofs.iter().any(same)).then_some(self.number.as_str())
    }

    /// The cookie of this browser from now on: this person has signed in with it. Proofs of others are carried on unread; they are worth
    /// what they were.
    pub fn line(self, services: &Services, person: &PersonId) -> Result<HeaderValue, KeysError> {
        let keys = services.store.keys();
        let mut known = if self.number.is_empty() { Self::new()? } else { self };
        let proof = proof(keys, &known.number, person);
        known.proofs.retain(|other| *other != proof);
        known.proofs.insert(0, proof);
        known.proofs.truncate(MAX_PEOPLE);
        let secure = if services.config.secure() { "; Secure" } else { "" };
        let name = name(&services.config, services.listen.port());
        let line = format!(
            "{name}={}.{}; Path=/api/session; Max-Age={AGE_S}; HttpOnly; SameSite=Strict{secure}",
            known.number,
            known.proofs.join(".")
        );
        Ok(HeaderValue::try_from(line).unwrap_or(HeaderValue::from_static("")))
    }

    fn new() -> Result<Self, KeysError> {
        let mut number = [0_u8; 16];
        random(&mut number)?;
        Ok(Self { number: hex(&number), proofs: Vec::new() })
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn name(config: &Config, port: u16) -> String {
    // Not `__Host-`: it is sent to one address only.
    if config.secure() { "__Secure-portico-known".to_owned() } else { format!("portico-known-{port}") }
}

fn proof(keys: &Keys, number: &str, person: &PersonId) -> String {
    hex(&keys.derive("known-browser", &[number.as_bytes(), person.as_str().as_bytes()])[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str) -> PersonId {
        PersonId::new(id)
    }

    #[test]
    fn a_browser_is_known_for_whoever_signed_in_with_it_and_for_nobody_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Keys::load_or_create(folder.path()).expect("keys");
        let number = "0123456789abcdef0123456789abcdef";
        let known = Known::parse(&format!("{number}.{}", proof(&keys, number, &person("a"))));
        assert_eq!(known.number_of(&keys, &person("a")), Some(number));
        assert_eq!(known.number_of(&keys, &person("b")), None);
        // The proof belongs to its number.
        let other = Known { number: number.replace('0', "1"), ..known.clone() };
        assert_eq!(other.number_of(&keys, &person("a")), None);
        for broken in ["", ".", "short.abc", "0123456789abcdef0123456789abcdef", "\u{e4}\u{e4}", "..........."] {
            assert_eq!(Known::parse(broken).number_of(&keys, &person("a")), None, "{broken}");
        }
    }
}

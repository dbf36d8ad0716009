//! Asking for digest credentials and checking them (RFC 7616 3.3 to 3.5, RFC 8760), for one realm.
//!
//! Nonces carry their own time and a keyed check, so that none has to be stored before it is used. Of used nonces the
//! highest nonce count is kept, bounded by [`MAX_NONCES`]; the oldest are forgotten first and then count as stale.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::{Algorithm, Proof, Qop, hex, session_ha1};
use crate::codec::{Challenge, Credentials, HeaderName, Message};
use crate::io::Millis;

/// How many used nonces are remembered.
pub const MAX_NONCES: usize = 50_000;
/// How long a nonce may be used.
pub const NONCE_LIFETIME: u64 = 300_000;
/// How far a nonce count may jump ahead of the last one.
const MAX_COUNT_GAP: u32 = 1_000;

/// Asks for and checks credentials of one realm.
#[derive(Clone, Debug)]
pub struct DigestServer {
    realm: String,
    key: Key,
    algorithms: Vec<Algorithm>,
    qops: Vec<Qop>,
    /// Challenges ask for the `-sess` variants.
    sessions: bool,
    issued: u64,
    /// Highest count by (time of issue, serial).
    used: BTreeMap<(u64, u64), u32>,
    /// Everything up to here has been forgotten.
    forgotten: (u64, u64),
}

#[derive(Clone)]
struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What the credentials of a request are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They prove knowledge of this user's secret.
    Accepted {
        /// Digest user name.
        user: String,
    },
    /// There are none for our realm, or their nonce is too old (`stale`: the client retries without asking its user).
    Challenge {
        /// The secret was right, only the nonce was not.
        stale: bool,
    },
    /// They are wrong: unknown user, wrong secret, or a replay.
    Refused {
        /// Digest user name as claimed.
        user: String,
    },
}

impl DigestServer {
    /// `key` makes our nonces recognisable: random, at least per process.
    #[must_use]
    pub fn new(realm: &str, key: [u8; 32]) -> Self {
        let algorithms = vec![Algorithm::Sha512_256, Algorithm::Sha256, Algorithm::Md5];
        Self {
            realm: realm.to_owned(),
            key: Key(key),
            algorithms,
            qops: vec![Qop::Auth],
            sessions: false,
            issued: 0,
            used: BTreeMap::new(),
            forgotten: (0, 0),
        }
    }

    /// Offers these algorithms only, in this order.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: &[Algorithm]) -> Self {
        self.algorithms = algorithms.to_vec();
        self
    }

    /// Offers these qualities of protection only. An empty list changes nothing.
    #[must_use]
    pub fn with_qops(mut self, qops: &[Qop]) -> Self {
        if !qops.is_empty() {
            self.qops = qops.to_vec();
        }
        self
    }

    /// Asks for the `-sess` variants of the algorithms.
    #[must_use]
    pub const fn with_sessions(mut self) -> Self {
        self.sessions = true;
        self
    }

    /// Values of WWW-Authenticate or Proxy-Authenticate, one header each, in order of preference (RFC 8760 2.3).
    pub fn challenge(&mut self, now: Millis, stale: bool) -> Vec<String> {
        self.issued += 1;
        let nonce = self.nonce(now.0, self.issued);
        let qops = self.qops.iter().map(|qop| qop.as_str()).collect::<Vec<_>>().join(", ");
        let variant = if self.sessions { "-sess" } else { "" };
        self.algorithms
            .iter()
            .map(|algorithm| {
                let mut challenge = Challenge::new("Digest").quoted("realm", &self.realm).quoted("nonce", &nonce).quoted("qop", &qops);
                challenge = challenge.plain("algorithm", &format!("{}{variant}", algorithm.as_str()));
                if stale {
                    challenge = challenge.plain("stale", "true");
                }
                challenge.to_string()
            })
            .collect()
    }

    /// Checks the credentials of a request. `lookup` gives HA1 (see [`ha1`](super::ha1)) of a user.
    pub fn verify(&mut self, now: Millis, request: &Message, mut lookup: impl FnMut(&str, Algorithm) -> Option<String>) -> Verdict {
        let Some(method) = request.method() else { return Verdict::Challenge { stale: false } };
        let sets = [HeaderName::Authorization, HeaderName::ProxyAuthorization].into_iter().flat_map(|name| {
            if name == HeaderName::Authorization { request.authorization() } else { request.proxy_authorization() }.unwrap_or_default()
        });
        let ours = sets.into_iter().find(|set| set.is_digest() && set.param("realm") == Some(&self.realm));
        let Some(ours) = ours else { return Verdict::Challenge { stale: false } };
        let Some(user) = ours.param("username").map(str::to_owned) else { return Verdict::Challenge { stale: false } };
        if ours.has_duplicates() {
            return Verdict::Refused { user };
        }
        let named = Algorithm::parse_session(ours.param("algorithm"));
        let Some((algorithm, _)) = named.filter(|(a, session)| self.algorithms.contains(a) && *session == self.sessions) else {
            return Verdict::Challenge { stale: false };
        };
        // The user is looked up first, and an unknown one costs the same as a known one.
        let ha1 = lookup(&user, algorithm);
        let proof = self.proof(&ours, algorithm, ha1.as_deref().unwrap_or("0"), method.as_str(), request.body());
        let (Some(_), Some((proof, count))) = (ha1, proof) else { return Verdict::Refused { user } };
        if !same(proof.as_bytes(), ours.param("response").unwrap_or_default().to_ascii_lowercase().as_bytes()) {
            return Verdict::Refused { user };
        }
        self.spend(now, ours.param("nonce").unwrap_or_default(), count, user)
    }

    fn proof(&self, ours: &Credentials, algorithm: Algorithm, ha1: &str, method: &str, body: &[u8]) -> Option<(String, u32)> {
        let (nonce, uri) = (ours.param("nonce")?, ours.param("uri")?);
        // We always ask for qop, so its absence is a downgrade.
        let qop = Qop::parse(ours.param("qop")?).filter(|qop| self.qops.contains(qop))?;
        let (nc, cnonce) = (ours.param("nc")?, ours.param("cnonce")?);
        if nc.len() != 8 {
            return None;
        }
        let count = u32::from_str_radix(nc, 16).ok()?;
        let session = self.sessions.then(|| session_ha1(algorithm, ha1, nonce, cnonce));
        let ha1 = session.as_deref().unwrap_or(ha1);
        let proof = Proof { algorithm, ha1, method, uri, nonce, qop: Some((qop, nc, cnonce)), body };
        Some((proof.response(), count))
    }

    /// The secret was right: is the nonce ours, young enough and this count of it new?
    fn spend(&mut self, now: Millis, nonce: &str, count: u32, user: String) -> Verdict {
        let mut parts = nonce.split('-');
        let (Some(time), Some(serial)) =
            (parts.next().and_then(|p| u64::from_str_radix(p, 16).ok()), parts.next().and_then(|p| u64::from_str_radix(p, 16).ok()))
        else {
            return Verdict::Challenge { stale: true };
        };
        let id = (time, serial);
        let ours = same(self.nonce(time, serial).as_bytes(), nonce.as_bytes());
        if !ours || now.since(Millis(time)) > NONCE_LIFETIME || time > now.0 || (!self.used.contains_key(&id) && id <= self.forgotten) {
            return Verdict::Challenge { stale: true };
        }
        let last = self.used.get(&id).copied().unwrap_or(0);
        if count <= last || count - last > MAX_COUNT_GAP {
            // A repeated count is a replay. The client gets a fresh nonce; a thief without the secret cannot use it.
            return Verdict::Challenge { stale: true };
        }
        self.used.insert(id, count);
        self.forget(now);
        Verdict::Accepted { user }
    }

    fn forget(&mut self, now: Millis) {
        while let Some((&id, _)) = self.used.first_key_value() {
            if self.used.len() <= MAX_NONCES && now.since(Millis(id.0)) <= NONCE_LIFETIME {
                break;
            }
            self.used.remove(&id);
            self.forgotten = self.forgotten.max(id);
        }
    }

    fn nonce(&self, time: u64, serial: u64) -> String {
        let text = format!("{time:x}-{serial:x}");
        format!("{text}-{}", hex(&hmac(&self.key.0, &[self.realm.as_bytes(), b"\0", text.as_bytes()])[..16]))
    }
}

/// HMAC-SHA-256 (RFC 2104).
fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        for (slot, key) in block.iter_mut().zip(key) {
            *slot ^= key;
        }
        block
    };
    let mut inner = Sha256::new_with_prefix(pad(0x36));
    for part in parts {
        inner.update(part);
    }
    let inner = inner.finalize();
    Sha256::new_with_prefix(pad(0x5c)).chain_update(inner).finalize().into()
}

/// Compares without stopping at the first difference.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
}

//! Answering digest challenges (RFC 7616 3.4, RFC 8760 2.4) for one realm.

use std::collections::BTreeMap;

use super::{Algorithm, ha1, response};
use crate::codec::{Challenge, HeaderName, Message};
use crate::ids::Ids;
use crate::io::Credentials;

/// Credentials of one flow and what is known of its realm's nonces.
#[derive(Clone, Debug)]
pub struct DigestClient {
    credentials: Credentials,
    /// By the header that answers it: a registrar and a proxy may both challenge.
    known: BTreeMap<HeaderName, Nonce>,
}

#[derive(Clone, Debug)]
struct Nonce {
    challenge: Challenge,
    algorithm: Algorithm,
    value: String,
    count: u32,
}

/// What came of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The request carries fresh credentials: send it again with the next sequence number.
    Retry,
    /// The same nonce that we just answered was refused: the credentials are wrong.
    WrongCredentials,
    /// Nothing in the response can be answered (another realm, no supported algorithm or qop).
    Unanswerable,
}

impl DigestClient {
    /// Answers challenges of the realm in `credentials`, and of no other.
    #[must_use]
    pub const fn new(credentials: Credentials) -> Self {
        Self { credentials, known: BTreeMap::new() }
    }

    /// Adds credentials for nonces that are known already, so that no challenge is needed.
    pub fn prepare(&mut self, request: &mut Message, ids: &mut Ids) -> bool {
        let names: Vec<HeaderName> = self.known.keys().copied().collect();
        for name in &names {
            self.write(*name, request, ids);
        }
        !names.is_empty()
    }

    /// Answers the challenges of a 401 or 407 in `request`, which is then to be sent again.
    pub fn answer(&mut self, request: &mut Message, refusal: &Message, ids: &mut Ids) -> Answer {
        let www = refusal.www_authenticate().unwrap_or_default();
        let proxy = refusal.proxy_authenticate().unwrap_or_default();
        let mut outcome = Answer::Unanswerable;
        for (name, challenges) in [(HeaderName::Authorization, www), (HeaderName::ProxyAuthorization, proxy)] {
            let Some((challenge, algorithm)) = choose(&challenges, &self.credentials.realm) else { continue };
            let nonce = challenge.param("nonce").unwrap_or_default();
            let stale = challenge.param("stale").is_some_and(|s| s.eq_ignore_ascii_case("true"));
            if !stale && answered_nonce(request, name, &self.credentials.realm).as_deref() == Some(nonce) {
                self.known.remove(&name);
                return Answer::WrongCredentials;
            }
            self.known.insert(name, Nonce { algorithm, value: nonce.to_owned(), count: 0, challenge: challenge.clone() });
            self.write(name, request, ids);
            outcome = Answer::Retry;
        }
        outcome
    }

    /// Notes a `nextnonce` of Authentication-Info (RFC 7616 3.5).
    pub fn learn(&mut self, response: &Message) {
        let Some(info) = response.header_str(HeaderName::AuthenticationInfo) else { return };
        let Some(next) = Challenge::parse_all(format!("Digest {info}").as_bytes())
            .ok()
            .and_then(|sets| Some(sets.first()?.param("nextnonce")?.to_owned()))
        else {
            return;
        };
        if let Some(nonce) = self.known.get_mut(&HeaderName::Authorization)
            && nonce.value != next
        {
            nonce.value = next;
            nonce.count = 0;
        }
    }

    fn write(&mut self, name: HeaderName, request: &mut Message, ids: &mut Ids) {
        let Some(nonce) = self.known.get_mut(&name) else { return };
        nonce.count = nonce.count.saturating_add(1);
        let (Some(method), Some(uri)) = (request.method(), request.uri()) else { return };
        let Credentials { user, password, realm } = &self.credentials;
        let ha1 = ha1(nonce.algorithm, user, realm, password);
        let mut answer =
            Challenge::new("Digest").quoted("username", user).quoted("realm", realm).quoted("nonce", &nonce.value).quoted("uri", uri);
        if nonce.challenge.param("qop").is_some() {
            let (nc, cnonce) = (format!("{:08x}", nonce.count), ids.token(8));
            let proof = response(nonce.algorithm, &ha1, method.as_str(), uri, &nonce.value, Some((&nc, &cnonce)));
            answer = answer.quoted("response", &proof).plain("qop", "auth").plain("nc", &nc).quoted("cnonce", &cnonce);
        } else {
            answer = answer.quoted("response", &response(nonce.algorithm, &ha1, method.as_str(), uri, &nonce.value, None));
        }
        if nonce.challenge.param("algorithm").is_some() {
            answer = answer.plain("algorithm", nonce.algorithm.as_str());
        }
        if let Some(opaque) = nonce.challenge.param("opaque") {
            answer = answer.quoted("opaque", opaque);
        }
        request.set(name, answer.to_string());
    }
}

/// RFC 8760 2.4: the topmost challenge that we can answer; by local policy MD5 is skipped where the realm also offers SHA-2.
fn choose<'a>(challenges: &'a [Challenge], realm: &str) -> Option<(&'a Challenge, Algorithm)> {
    let usable: Vec<(&Challenge, Algorithm)> = challenges
        .iter()
        .filter(|c| c.is_digest() && !c.has_duplicates() && c.param("realm") == Some(realm) && c.param("nonce").is_some())
        .filter(|c| c.param("qop").is_none_or(|qop| qop.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth"))))
        .filter_map(|c| Some((c, Algorithm::parse(c.param("algorithm"))?)))
        .collect();
    let strong = usable.iter().any(|(_, a)| *a != Algorithm::Md5);
    usable.into_iter().find(|(_, a)| !strong || *a != Algorithm::Md5)
}

/// The nonce that this request already answered.
fn answered_nonce(request: &Message, name: HeaderName, realm: &str) -> Option<String> {
    let sets = if name == HeaderName::Authorization { request.authorization() } else { request.proxy_authorization() };
    sets.ok()?.iter().find(|set| set.param("realm") == Some(realm)).and_then(|set| Some(set.param("nonce")?.to_owned()))
}

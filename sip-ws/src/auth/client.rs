//! Answering digest challenges (RFC 7616 3.4, RFC 8760 2.4) for the configured realms.

use super::{Algorithm, Proof, Qop, ha1, session_ha1};
use crate::codec::{Challenge, HeaderName, Message};
use crate::ids::Ids;
use crate::io::Credentials;

/// Credentials of one flow and what is known of their realms' nonces.
#[derive(Clone, Debug)]
pub struct DigestClient {
    credentials: Vec<Credentials>,
    /// At most one for each header that answers and each realm: a registrar and proxies may all challenge.
    known: Vec<Nonce>,
}

#[derive(Clone, Debug)]
struct Nonce {
    name: HeaderName,
    /// Which of our credentials.
    realm: usize,
    challenge: Challenge,
    chosen: Chosen,
    value: String,
    count: u32,
    /// Hash of the session (`-sess`), made of the first nonce and this client nonce.
    session: Option<String>,
    cnonce: String,
}

/// What of a challenge we use.
#[derive(Clone, Copy, Debug)]
struct Chosen {
    algorithm: Algorithm,
    /// A `-sess` variant.
    session: bool,
    qop: Option<Qop>,
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
    /// Answers challenges of the realms in `credentials`, and of no other.
    #[must_use]
    pub fn new(credentials: impl IntoIterator<Item = Credentials>) -> Self {
        Self { credentials: credentials.into_iter().collect(), known: Vec::new() }
    }

    /// There are no credentials at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.credentials.is_empty()
    }

    /// Adds credentials for nonces that are known already, so that no challenge is needed.
    pub fn prepare(&mut self, request: &mut Message, ids: &mut Ids) -> bool {
        self.write(request, ids);
        !self.known.is_empty()
    }

    /// Answers the challenges of a 401 or 407 in `request`, which is then to be sent again.
    pub fn answer(&mut self, request: &mut Message, refusal: &Message, ids: &mut Ids) -> Answer {
        let www = refusal.www_authenticate().unwrap_or_default();
        let proxy = refusal.proxy_authenticate().unwrap_or_default();
        let mut outcome = Answer::Unanswerable;
        for (name, challenges) in [(HeaderName::Authorization, www), (HeaderName::ProxyAuthorization, proxy)] {
            for (at, Credentials { user, password, realm }) in self.credentials.iter().enumerate() {
                let Some((challenge, chosen)) = choose(&challenges, realm) else { continue };
                let value = challenge.param("nonce").unwrap_or_default().to_owned();
                let stale = challenge.param("stale").is_some_and(|s| s.eq_ignore_ascii_case("true"));
                self.known.retain(|known| (known.name, known.realm) != (name, at));
                if !stale && answered_nonce(request, name, realm).as_deref() == Some(value.as_str()) {
                    return Answer::WrongCredentials;
                }
                let cnonce = ids.token(8);
                let session =
                    chosen.session.then(|| session_ha1(chosen.algorithm, &ha1(chosen.algorithm, user, realm, password), &value, &cnonce));
                let nonce = Nonce { name, realm: at, challenge: challenge.clone(), chosen, value, count: 0, session, cnonce };
                self.known.push(nonce);
                outcome = Answer::Retry;
            }
        }
        if outcome == Answer::Retry {
            self.write(request, ids);
        }
        outcome
    }

    /// Notes a `nextnonce` of Authentication-Info (RFC 7616 3.5). It names no realm, so it is taken where only one is known.
    pub fn learn(&mut self, response: &Message) {
        let Some(info) = response.header_str(HeaderName::AuthenticationInfo) else { return };
        let Some(next) = Challenge::parse_all(format!("Digest {info}").as_bytes())
            .ok()
            .and_then(|sets| Some(sets.first()?.param("nextnonce")?.to_owned()))
        else {
            return;
        };
        let mut ours = self.known.iter_mut().filter(|known| known.name == HeaderName::Authorization);
        if let (Some(nonce), None) = (ours.next(), ours.next())
            && nonce.value != next
        {
            nonce.value = next;
            nonce.count = 0;
        }
    }

    /// Credentials for every known realm, one header each.
    fn write(&mut self, request: &mut Message, ids: &mut Ids) {
        let (Some(method), Some(uri)) = (request.method().cloned(), request.uri().map(str::to_owned)) else { return };
        for name in [HeaderName::Authorization, HeaderName::ProxyAuthorization] {
            if self.known.iter().any(|known| known.name == name) {
                request.remove(name);
            }
        }
        for nonce in &mut self.known {
            let Some(Credentials { user, password, realm }) = self.credentials.get(nonce.realm) else { continue };
            nonce.count = nonce.count.saturating_add(1);
            let Chosen { algorithm, session, qop } = nonce.chosen;
            // A session is bound to its first client nonce; else each request has its own.
            if !session {
                nonce.cnonce = ids.token(8);
            }
            let ha1 = nonce.session.clone().unwrap_or_else(|| ha1(algorithm, user, realm, password));
            let count = format!("{:08x}", nonce.count);
            let proof = Proof {
                algorithm,
                ha1: &ha1,
                method: method.as_str(),
                uri: &uri,
                nonce: &nonce.value,
                qop: qop.map(|qop| (qop, count.as_str(), nonce.cnonce.as_str())),
                body: request.body(),
            };
            let mut answer =
                Challenge::new("Digest").quoted("username", user).quoted("realm", realm).quoted("nonce", &nonce.value).quoted("uri", &uri);
            answer = answer.quoted("response", &proof.response());
            if let Some(qop) = qop {
                answer = answer.plain("qop", qop.as_str()).plain("nc", &count).quoted("cnonce", &nonce.cnonce);
            }
            if let Some(name) = nonce.challenge.param("algorithm") {
                answer = answer.plain("algorithm", name);
            }
            if let Some(opaque) = nonce.challenge.param("opaque") {
                answer = answer.quoted("opaque", opaque);
            }
            request.push(nonce.name, answer.to_string());
        }
    }
}

/// RFC 8760 2.4: the topmost challenge that we can answer; by local policy MD5 is skipped where the realm also offers SHA-2.
fn choose<'a>(challenges: &'a [Challenge], realm: &str) -> Option<(&'a Challenge, Chosen)> {
    let usable: Vec<(&Challenge, Chosen)> = challenges
        .iter()
        .filter(|c| c.is_digest() && !c.has_duplicates() && c.param("realm") == Some(realm) && c.param("nonce").is_some())
        .filter_map(|challenge| {
            let (algorithm, session) = Algorithm::parse_session(challenge.param("algorithm"))?;
            let qop = match challenge.param("qop") {
                Some(offered) => Some(Qop::choose(offered)?),
                // RFC 7616 3.4.3: a session needs a client nonce, which needs a qop.
                None if session => return None,
                None => None,
            };
            Some((challenge, Chosen { algorithm, session, qop }))
        })
        .collect();
    let strong = usable.iter().any(|(_, chosen)| chosen.algorithm != Algorithm::Md5);
    usable.into_iter().find(|(_, chosen)| !strong || chosen.algorithm != Algorithm::Md5)
}

/// The nonce that this request already answered.
fn answered_nonce(request: &Message, name: HeaderName, realm: &str) -> Option<String> {
    let sets = if name == HeaderName::Authorization { request.authorization() } else { request.proxy_authorization() };
    sets.ok()?.iter().find(|set| set.param("realm") == Some(realm)).and_then(|set| Some(set.param("nonce")?.to_owned()))
}

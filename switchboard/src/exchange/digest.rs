//! Digest authentication of phones (RFC 7616, RFC 8760): challenges, nonces, and whose answer is right. Pure.
//!
//! A nonce is stateless: time and an HMAC that binds it to the realm and to the socket it was given to, so that an answer seen
//! elsewhere is worth nothing. Per socket the highest use count of a few nonces is remembered (replay).
//!
//! Accounts: `<expiry>:<user>` with a password derived from the server's secret (desks), else a stored H(user:realm:password)
//! (device passwords). An unknown account takes the same path as a wrong password.

use super::io::{Clock, Tenant};
use super::limits::{NONCE_MS, NONCES_PER_FLOW};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sip_ws::auth::Algorithm;
use sip_ws::io::FlowId;

/// The algorithms offered, in the order of the challenges (RFC 8760: the preferred one first).
pub const OFFERED: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Md5];

/// An `Authorization` value, as far as it is used. Anything missing is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Digest user name.
    pub username: String,
    /// Realm answered for.
    pub realm: String,
    /// The nonce.
    pub nonce: String,
    /// `uri` parameter.
    pub uri: String,
    /// `response` parameter.
    pub response: String,
    /// `algorithm` parameter; absent means MD5.
    pub algorithm: Option<String>,
    /// `qop` parameter.
    pub qop: Option<String>,
    /// `nc` parameter.
    pub nc: String,
    /// `cnonce` parameter.
    pub cnonce: String,
}

/// A request that claims to come from somebody.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The tenant whose realm was asked for.
    pub tenant: &'a Tenant,
    /// Method of the request.
    pub method: &'a str,
    /// Request-URI, which the answer must cover.
    pub uri: &'a str,
    /// The proof.
    pub answer: &'a Answer,
}

/// Use counts of the nonces given to one socket.
#[derive(Debug, Clone, Default)]
pub struct Nonces {
    /// Serial of a nonce and its highest count, the one used last at the end.
    seen: Vec<(u32, u32)>,
    /// Nonces up to this serial are forgotten and therefore used up.
    floor: u32,
}

impl Nonces {
    /// Whether this use is newer than all before it; remembers it.
    fn fresh(&mut self, serial: u32, nc: u32) -> bool {
        if let Some(entry) = self.seen.iter_mut().find(|(known, _)| *known == serial) {
            let fresh = nc > entry.1;
            entry.1 = entry.1.max(nc);
            return fresh;
        }
        if serial <= self.floor {
            return false;
        }
        if self.seen.len() >= NONCES_PER_FLOW {
            self.floor = self.floor.max(self.seen.remove(0).0);
        }
        self.seen.push((serial, nc));
        nc > 0
    }
}

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This person, by this account.
    Right {
        /// User part of the address of record.
        user: String,
        /// Seconds since 1970 at which the account ends, for derived ones.
        expires: Option<i64>,
    },
    /// Try again with a new nonce; `stale` says that the password was right.
    Again {
        /// For the challenge.
        stale: bool,
    },
    /// The desk's credentials have ended: fetch new ones.
    Expired,
    /// Wrong user or password.
    Wrong,
}

/// Gives the password of a derived account from realm and account name.
pub type DeskPassword = Box<dyn Fn(&str, &str) -> String + Send>;

/// Keys of the digest. Never printed.
pub struct Digest {
    nonce_key: [u8; 32],
    desk_password: DeskPassword,
    /// Number of the last nonce: no two are alike, for a client may count its uses per request.
    serial: u32,
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest(…)")
    }
}

impl Digest {
    /// `nonce_key` is random at start, `desk_password` the function that made the derived passwords.
    pub fn new(nonce_key: [u8; 32], desk_password: DeskPassword) -> Self {
        Digest { nonce_key, desk_password, serial: 0 }
    }

    /// The values of the challenge headers, one per algorithm.
    pub fn challenges(&mut self, realm: &str, flow: FlowId, clock: Clock, stale: bool) -> Vec<String> {
        self.serial = self.serial.wrapping_add(1);
        let nonce = format!("{:016x}{:08x}{}", clock.unix_ms, self.serial, self.seal(realm, flow, clock.unix_ms, self.serial));
        let stale = if stale { ", stale=true" } else { "" };
        OFFERED
            .iter()
            .map(|a| format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={}, qop=\"auth\"{stale}", a.as_str()))
            .collect()
    }

    /// Judges an answer to one of our challenges.
    pub fn check(&self, clock: Clock, flow: FlowId, nonces: &mut Nonces, claim: Claim<'_>) -> Verdict {
        let Claim { tenant, method, uri, answer } = claim;
        let (user, expires) = split(&answer.username);
        let Some(algorithm) = Algorithm::parse(answer.algorithm.as_deref()).filter(|a| OFFERED.contains(a)) else {
            return Verdict::Again { stale: false };
        };
        // RFC 2069 answers (no qop) can be replayed; auth-int is not offered.
        let nc = u32::from_str_radix(&answer.nc, 16).unwrap_or(0);
        if !answer.qop.as_deref().is_some_and(|q| q.eq_ignore_ascii_case("auth")) || answer.nc.len() != 8 || answer.cnonce.is_empty() {
            return Verdict::Again { stale: false };
        }
        let given = answer.response.to_ascii_lowercase();
        let accounts = self.accounts(tenant, user, expires, &answer.username, algorithm);
        let who = accounts.iter().find(|(_, ha1)| same(&expected(algorithm, ha1, method, answer), &given)).map(|(user, _)| user.clone());
        if accounts.is_empty() {
            // The same work for an unknown account.
            let _ = same(&expected(algorithm, "", method, answer), &given);
        }
        match (who, self.serial_of(&answer.nonce, &tenant.sip_domain, flow, clock.unix_ms)) {
            (Some(_), Some(serial)) if !same_uri(&answer.uri, uri) || !nonces.fresh(serial, nc) => Verdict::Again { stale: true },
            (Some(user), Some(_)) => match expires {
                Some(at) if at.saturating_mul(1000) <= clock.unix_ms => Verdict::Expired,
                _ => Verdict::Right { user, expires },
            },
            (Some(_), None) => Verdict::Again { stale: true },
            (None, Some(_)) => Verdict::Wrong,
            // An answer to somebody else's nonce, or to ours from before a restart: nothing is known about the password.
            (None, None) => Verdict::Again { stale: false },
        }
    }

    /// The people this account name may stand for, each with the H(user:realm:password) that proves it.
    fn accounts(&self, tenant: &Tenant, user: &str, expires: Option<i64>, username: &str, algorithm: Algorithm) -> Vec<(String, String)> {
        if expires.is_some() {
            let known = tenant.person(user).map(|(person, _)| person.to_owned());
            let Some(person) = known.or_else(|| tenant.guest(user).map(str::to_owned)) else { return Vec::new() };
            let password = (self.desk_password)(&tenant.sip_domain, username);
            return vec![(person, sip_ws::auth::ha1(algorithm, username, &tenant.sip_domain, &password))];
        }
        let devices = tenant.devices.get(username).into_iter().flatten();
        devices
            .filter_map(|device| {
                let station = tenant.stations.get_key_value(&device.user).map(|(station, _)| station.as_str());
                let user = station.or_else(|| tenant.person(&device.user).map(|(person, _)| person))?;
                let (_, ha1) = device.ha1.iter().find(|(a, _)| *a == algorithm)?;
                Some((user.to_owned(), ha1.to_ascii_lowercase()))
            })
            .collect()
    }

    /// The serial of a nonce that this machine gave to this socket a short while ago.
    fn serial_of(&self, nonce: &str, realm: &str, flow: FlowId, unix_ms: i64) -> Option<u32> {
        let (time, rest) = nonce.split_at_checked(16)?;
        let (serial, seal) = rest.split_at_checked(8)?;
        let made = i64::from_str_radix(time, 16).ok()?;
        let serial = u32::from_str_radix(serial, 16).ok()?;
        let ours = same(&self.seal(realm, flow, made, serial), seal) && unix_ms.saturating_sub(made) <= NONCE_MS as i64;
        ours.then_some(serial)
    }

    fn seal(&self, realm: &str, flow: FlowId, unix_ms: i64, serial: u32) -> String {
        // HMAC takes keys of any length; were it to fail, no nonce would be ours.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.nonce_key) else { return String::new() };
        mac.update(&unix_ms.to_be_bytes());
        mac.update(&serial.to_be_bytes());
        mac.update(&flow.0.to_be_bytes());
        mac.update(realm.as_bytes());
        crate::keys::hex(&mac.finalize().into_bytes()[..16])
    }
}

/// The user of the account name, and its expiry when it is a derived one.
pub fn split(username: &str) -> (&str, Option<i64>) {
    derived(username).map_or((username, None), |(at, _, user)| (user, Some(at)))
}

/// The session of a derived account name, where it was given to one.
pub fn session_of(username: &str) -> Option<&str> {
    derived(username)?.1
}

/// Expiry, session and user of `<expiry>:<user>` or `<expiry>.<session>:<user>`.
fn derived(username: &str) -> Option<(i64, Option<&str>, &str)> {
    let (mark, user) = username.split_once(':')?;
    let (expiry, session) = mark.split_once('.').map_or((mark, None), |(expiry, session)| (expiry, Some(session)));
    Some((expiry.parse().ok()?, session, user))
}

fn expected(algorithm: Algorithm, ha1: &str, method: &str, a: &Answer) -> String {
    let ha2 = algorithm.hash(&[method.as_bytes(), a.uri.as_bytes()]);
    algorithm.hash(&[ha1.as_bytes(), a.nonce.as_bytes(), a.nc.as_bytes(), a.cnonce.as_bytes(), b"auth", ha2.as_bytes()])
}

/// Comparison whose time does not depend on where the texts differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

/// The digest covers the `uri` parameter; it must be the one that is acted on.
fn same_uri(claimed: &str, actual: &str) -> bool {
    claimed.eq_ignore_ascii_case(actual)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::super::io::Device;
    use super::*;
    use sip_ws::io::Millis;

    const DOMAIN: &str = "portico.test";

    fn clock(unix_ms: i64) -> Clock {
        Clock { now: Millis(0), unix_ms }
    }

    fn tenant() -> Tenant {
        let ha1 = OFFERED.map(|a| (a, sip_ws::auth::ha1(a, "ann", DOMAIN, "portico"))).to_vec();
        Tenant {
            id: "t".into(),
            sip_domain: DOMAIN.into(),
            people: [("ann", "Ann"), ("bob", "Bob")].map(|(user, name)| (user.to_owned(), name.to_owned())).into(),
            devices: [("ann".to_owned(), vec![Device { user: "ann".into(), ha1 }])].into(),
            ..Tenant::default()
        }
    }

    fn digest() -> Digest {
        Digest::new([7; 32], Box::new(derived))
    }

    fn derived(realm: &str, account: &str) -> String {
        format!("secret-{realm}-{account}")
    }

    fn nonce_of(challenge: &str) -> String {
        challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    fn answer(nonce: &str, algorithm: Algorithm, user: &str, password: &str, nc: u32) -> Answer {
        let mut a = Answer {
            username: user.into(),
            realm: DOMAIN.into(),
            nonce: nonce.into(),
            uri: "sip:portico.test".into(),
            algorithm: Some(algorithm.as_str().into()),
            qop: Some("auth".into()),
            nc: format!("{nc:08x}"),
            cnonce: "abc".into(),
            response: String::new(),
        };
        a.response = expected(algorithm, &sip_ws::auth::ha1(algorithm, user, DOMAIN, password), "REGISTER", &a);
        a
    }

    fn judge(digest: &Digest, nonces: &mut Nonces, now: i64, flow: u64, a: &Answer) -> Verdict {
        digest.check(clock(now), FlowId(flow), nonces, Claim { tenant: &tenant(), method: "REGISTER", uri: "sip:portico.test", answer: a })
    }

    #[test]
    fn the_stronger_challenge_comes_first_and_both_are_accepted() {
        let mut digest = digest();
        let challenges = digest.challenges(DOMAIN, FlowId(1), clock(1_000), false);
        assert!(challenges[0].contains("algorithm=SHA-256") && challenges[1].contains("algorithm=MD5"), "{challenges:?}");
        assert!(!challenges[0].contains("stale"));
        let nonce = nonce_of(&challenges[0]);
        for (n, algorithm) in OFFERED.into_iter().enumerate() {
            let verdict = judge(&digest, &mut Nonces::default(), 1_001, 1, &answer(&nonce, algorithm, "ann", "portico", n as u32 + 1));
            assert_eq!(verdict, Verdict::Right { user: "ann".into(), expires: None });
        }
    }

    #[test]
    fn a_wrong_password_and_an_unknown_account_look_alike() {
        let mut digest = digest();
        let nonce = nonce_of(&digest.challenges(DOMAIN, FlowId(1), clock(0), false)[0]);
        for user in ["ann", "bob", "nobody"] {
            assert_eq!(
                judge(&digest, &mut Nonces::default(), 1, 1, &answer(&nonce, Algorithm::Sha256, user, "guess", 1)),
                Verdict::Wrong,
                "{user}"
            );
        }
    }

    #[test]
    fn an_answer_is_good_once_on_one_socket_for_a_while() {
        let mut digest = digest();
        let nonce = nonce_of(&digest.challenges(DOMAIN, FlowId(1), clock(0), false)[0]);
        let mut nonces = Nonces::default();
        let first = answer(&nonce, Algorithm::Sha256, "ann", "portico", 1);
        assert!(matches!(judge(&digest, &mut nonces, 1, 1, &first), Verdict::Right { .. }));
        assert_eq!(judge(&digest, &mut nonces, 1, 1, &first), Verdict::Again { stale: true }, "replayed");
        assert_eq!(judge(&digest, &mut Nonces::default(), 1, 2, &first), Verdict::Again { stale: true }, "from another socket");
        let late = answer(&nonce, Algorithm::Sha256, "ann", "portico", 2);
        assert_eq!(judge(&digest, &mut nonces, NONCE_MS as i64 + 1, 1, &late), Verdict::Again { stale: true });
        assert_eq!(judge(&digest, &mut nonces, 1, 1, &Answer { qop: None, ..late.clone() }), Verdict::Again { stale: false });
        assert!(matches!(judge(&digest, &mut nonces, 1, 1, &late), Verdict::Right { .. }));
    }

    #[test]
    fn derived_accounts_end_and_do_not_open_another_account_or_domain() {
        let mut digest = digest();
        let nonce = nonce_of(&digest.challenges(DOMAIN, FlowId(1), clock(0), false)[0]);
        let password = derived(DOMAIN, "100:bob");
        let right = answer(&nonce, Algorithm::Sha256, "100:bob", &password, 1);
        assert_eq!(judge(&digest, &mut Nonces::default(), 99_999, 1, &right), Verdict::Right { user: "bob".into(), expires: Some(100) });
        assert_eq!(judge(&digest, &mut Nonces::default(), 100_000, 1, &right), Verdict::Expired);
        let later = answer(&nonce, Algorithm::Sha256, "999:bob", &password, 1);
        assert_eq!(judge(&digest, &mut Nonces::default(), 1, 1, &later), Verdict::Wrong);
        let foreign = derived("other.test", "100:bob");
        assert_eq!(
            judge(&digest, &mut Nonces::default(), 1, 1, &answer(&nonce, Algorithm::Sha256, "100:bob", &foreign, 1)),
            Verdict::Wrong
        );
    }

    #[test]
    fn the_covered_uri_must_be_the_one_acted_on() {
        let mut digest = digest();
        let nonce = nonce_of(&digest.challenges(DOMAIN, FlowId(1), clock(0), false)[0]);
        let a = answer(&nonce, Algorithm::Sha256, "ann", "portico", 1);
        let verdict = digest.check(
            clock(1),
            FlowId(1),
            &mut Nonces::default(),
            Claim { tenant: &tenant(), method: "REGISTER", uri: "sip:other.test", answer: &a },
        );
        assert_eq!(verdict, Verdict::Again { stale: true });
    }
}

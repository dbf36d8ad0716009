//! The logins of a simulated station: none (user and password among the parameters), Basic, and Digest with MD5 as devices of that age
//! have it. Written on its own, from RFC 2617 and RFC 7616, so that it can find mistakes of the other side.

use md5::{Digest as _, Md5};
use std::collections::{BTreeMap, BTreeSet};

/// Realm in challenges.
pub const REALM: &str = "IPAC 500";
/// Nonces that are remembered.
const MAX_NONCES: usize = 256;

/// Which login the station asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `login` and `password` among the parameters.
    None,
    /// HTTP Basic.
    Basic,
    /// HTTP Digest.
    Digest,
}

impl Mode {
    /// Reads the word of the command line and of the page.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            "basic" => Some(Self::Basic),
            "digest" => Some(Self::Digest),
            _ => None,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Digest => "digest",
        }
    }
}

/// Who may use the API, and the nonces that are out.
#[derive(Debug)]
pub struct Logins {
    /// What is asked for.
    pub mode: Mode,
    /// User name.
    pub user: String,
    /// Password.
    pub password: String,
    issued: Vec<String>,
    /// Nonces with the counts that were used with them.
    used: BTreeSet<(String, String)>,
}

/// What a request proved.
#[derive(Debug, PartialEq, Eq)]
pub enum Proof {
    /// It may go on.
    Good,
    /// It carries nothing, or something wrong: this goes into WWW-Authenticate.
    Challenge(String),
    /// The login among the parameters is wrong.
    Wrong,
}

impl Logins {
    /// A station with this login.
    #[must_use]
    pub fn new(mode: Mode, user: &str, password: &str) -> Self {
        Self { mode, user: user.to_owned(), password: password.to_owned(), issued: Vec::new(), used: BTreeSet::new() }
    }

    /// Judges a request. `fresh` is a random text for a new nonce.
    pub fn check(&mut self, method: &str, uri: &str, authorization: Option<&str>, fields: &BTreeMap<String, String>, fresh: &str) -> Proof {
        match self.mode {
            Mode::None => {
                let is = |name: &str, wanted: &str| fields.get(name).is_some_and(|value| value == wanted);
                if is("login", &self.user) && is("password", &self.password) { Proof::Good } else { Proof::Wrong }
            }
            Mode::Basic => {
                let wanted = format!("{}:{}", self.user, self.password);
                let given = authorization.and_then(|header| header.strip_prefix("Basic ")).and_then(base64);
                if given.as_deref() == Some(wanted.as_bytes()) { Proof::Good } else { Proof::Challenge(format!("Basic realm=\"{REALM}\"")) }
            }
            Mode::Digest => match authorization.and_then(|header| header.strip_prefix("Digest ")) {
                None => Proof::Challenge(self.challenge(fresh, false)),
                Some(header) => self.digest(method, uri, header, fresh),
            },
        }
    }

    /// The nonces that are out stop working, as after a restart of the station.
    pub fn forget_nonces(&mut self) {
        self.issued.clear();
    }

    fn challenge(&mut self, fresh: &str, stale: bool) -> String {
        if self.issued.len() >= MAX_NONCES {
            self.issued.remove(0);
        }
        self.issued.push(fresh.to_owned());
        let stale = if stale { ", stale=true" } else { "" };
        format!("Digest realm=\"{REALM}\", qop=\"auth\", nonce=\"{fresh}\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"{stale}")
    }

    fn digest(&mut self, method: &str, uri: &str, header: &str, fresh: &str) -> Proof {
        let params = parameters(header);
        let get = |name: &str| params.get(name).map_or("", String::as_str);
        let nonce = get("nonce").to_owned();
        let ha1 = md5_hex(&format!("{}:{REALM}:{}", self.user, self.password));
        let ha2 = md5_hex(&format!("{method}:{}", get("uri")));
        let expected = match get("qop") {
            "auth" => md5_hex(&format!("{ha1}:{nonce}:{}:{}:auth:{ha2}", get("nc"), get("cnonce"))),
            _ => md5_hex(&format!("{ha1}:{nonce}:{ha2}")),
        };
        let right = get("username") == self.user && get("realm") == REALM && get("uri") == uri && get("response") == expected;
        if !right {
            return Proof::Challenge(self.challenge(fresh, false));
        }
        // The password is right. A nonce that is not ours, or a count that was seen, is only too old.
        let replay = !self.used.insert((nonce.clone(), get("nc").to_owned()));
        if replay || !self.issued.contains(&nonce) {
            return Proof::Challenge(self.challenge(fresh, true));
        }
        if self.used.len() > MAX_NONCES * 4 {
            self.used.retain(|(nonce, _)| self.issued.contains(nonce));
        }
        Proof::Good
    }
}

/// `name=value` and `name="value"`, separated by commas outside quotes.
fn parameters(header: &str) -> BTreeMap<String, String> {
    let (mut out, mut rest) = (BTreeMap::new(), header);
    while let Some((name, behind)) = rest.split_once('=') {
        let behind = behind.trim_start();
        let (value, next) = match behind.strip_prefix('"') {
            Some(quoted) => match quoted.split_once('"') {
                Some((value, next)) => (value, next),
                None => return out,
            },
            None => behind.split_at(behind.find(',').unwrap_or(behind.len())),
        };
        out.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        rest = next.trim_start().trim_start_matches(',').trim_start();
    }
    out
}

fn md5_hex(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(logins: &mut Logins, authorization: Option<&str>) -> Proof {
        logins.check("GET", "/dir/index.html", authorization, &BTreeMap::new(), "fresh")
    }

    #[test]
    fn basic_is_user_and_password() {
        let mut logins = Logins::new(Mode::Basic, "toto", "titi");
        // printf toto:titi | base64
        assert_eq!(check(&mut logins, Some("Basic dG90bzp0aXRp")), Proof::Good);
        for wrong in [None, Some("Basic dG90bzp0aXR"), Some("Basic"), Some("Digest a=b"), Some("Basic !")] {
            assert_eq!(check(&mut logins, wrong), Proof::Challenge("Basic realm=\"IPAC 500\"".into()), "{wrong:?}");
        }
    }

    #[test]
    fn digest_takes_each_count_of_a_nonce_once_and_calls_old_ones_stale() {
        let mut logins = Logins::new(Mode::Digest, "toto", "titi");
        let Proof::Challenge(challenge) = check(&mut logins, None) else { panic!("no challenge") };
        assert!(challenge.contains("nonce=\"fresh\"") && !challenge.contains("stale"), "{challenge}");
        // printf 'toto:IPAC 500:titi' | md5sum and so on, by hand with md5sum.
        let ha1 = md5_hex("toto:IPAC 500:titi");
        let ha2 = md5_hex("GET:/dir/index.html");
        let with = |nonce: &str, nc: &str| {
            let response = md5_hex(&format!("{ha1}:{nonce}:{nc}:c:auth:{ha2}"));
            format!(
                "Digest username=\"toto\", realm=\"IPAC 500\", nonce=\"{nonce}\", uri=\"/dir/index.html\", qop=auth, nc={nc}, \
                 cnonce=\"c\", response=\"{response}\""
            )
        };
        assert_eq!(check(&mut logins, Some(&with("fresh", "00000001"))), Proof::Good);
        let stale = |proof: Proof| matches!(proof, Proof::Challenge(text) if text.ends_with("stale=true"));
        assert!(stale(check(&mut logins, Some(&with("fresh", "00000001")))));
        assert!(stale(check(&mut logins, Some(&with("never issued", "00000001")))));
        assert_eq!(check(&mut logins, Some(&with("fresh", "00000002"))), Proof::Good);
        let wrong = with("fresh", "00000003").replace("username=\"toto\"", "username=\"tata\"");
        assert!(matches!(check(&mut logins, Some(&wrong)), Proof::Challenge(text) if !text.contains("stale")));
    }

    #[test]
    fn md5_is_the_one_of_rfc_1321() {
        assert_eq!(md5_hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    }
}

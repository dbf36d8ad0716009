//! Digest for HTTP requests to stations (RFC 7616), on the hashes and the reader of `sip_ws`. Pure: the client nonce is an argument.

use sip_ws::auth::{Algorithm, ha1};
use sip_ws::codec::Challenge;
use wire::Secret;

/// A challenge that can be answered.
#[derive(Debug, Clone)]
pub struct Offer {
    challenge: Challenge,
    algorithm: Algorithm,
}

impl Offer {
    /// The topmost usable challenge of these WWW-Authenticate values; MD5 only where nothing stronger is offered.
    #[must_use]
    pub fn choose<'a>(values: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let sets = values.filter_map(|value| Challenge::parse_all(value).ok()).flatten();
        let usable: Vec<Self> = sets
            .filter(|c| c.is_digest() && !c.has_duplicates() && c.param("realm").is_some() && c.param("nonce").is_some())
            .filter(|c| c.param("qop").is_none_or(|qop| qop.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth"))))
            .filter_map(|c| Some(Self { algorithm: Algorithm::parse(c.param("algorithm"))?, challenge: c }))
            .collect();
        let strong = usable.iter().any(|offer| offer.algorithm != Algorithm::Md5);
        usable.into_iter().find(|offer| !strong || offer.algorithm != Algorithm::Md5)
    }

    /// The station wants the same answer again with this nonce: the one before was too old, the password was right.
    #[must_use]
    pub fn stale(&self) -> bool {
        self.challenge.param("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
    }

    /// The Authorization header for one request. Each nonce is used once, so the count is always 1.
    #[must_use]
    pub fn authorization(&self, user: &str, password: &Secret, method: &str, uri: &str, cnonce: &str) -> String {
        let param = |name: &str| self.challenge.param(name).unwrap_or_default();
        let (realm, nonce) = (param("realm"), param("nonce"));
        let ha1 = ha1(self.algorithm, user, realm, password.expose());
        let ha2 = self.algorithm.hash(&[method.as_bytes(), uri.as_bytes()]);
        let mut answer = Challenge::new("Digest").quoted("username", user).quoted("realm", realm).quoted("nonce", nonce).quoted("uri", uri);
        if self.challenge.param("qop").is_some() {
            const COUNT: &str = "00000001";
            let proof = [ha1.as_bytes(), nonce.as_bytes(), COUNT.as_bytes(), cnonce.as_bytes(), b"auth", ha2.as_bytes()];
            let response = self.algorithm.hash(&proof);
            answer = answer.quoted("response", &response).plain("qop", "auth").plain("nc", COUNT).quoted("cnonce", cnonce);
        } else {
            answer = answer.quoted("response", &self.algorithm.hash(&[ha1.as_bytes(), nonce.as_bytes(), ha2.as_bytes()]));
        }
        if self.challenge.param("algorithm").is_some() {
            answer = answer.plain("algorithm", self.algorithm.as_str());
        }
        if let Some(opaque) = self.challenge.param("opaque") {
            answer = answer.quoted("opaque", opaque);
        }
        answer.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(values: &[&str]) -> Option<Offer> {
        Offer::choose(values.iter().map(|value| value.as_bytes()))
    }

    #[test]
    fn the_examples_of_rfc_7616_come_out() {
        // RFC 7616 3.9.1.
        let common = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                      opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        for (algorithm, response) in
            [("MD5", "8ca523f5e9506fed4657c9700eebdbec"), ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
        {
            let offer = offer(&[&format!("Digest {common}, algorithm={algorithm}")]).expect("usable");
            let header = offer.authorization(
                "Mufasa",
                &Secret::new("Circle of Life"),
                "GET",
                "/dir/index.html",
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            );
            assert!(header.contains(&format!("response=\"{response}\"")), "{header}");
            assert!(header.contains("qop=auth, nc=00000001") && header.contains("opaque=\"FQhe/"), "{header}");
        }
    }

    #[test]
    fn md5_gives_way_and_others_are_not_answered() {
        let both = offer(&["Digest realm=\"a\", nonce=\"1\", algorithm=MD5", "Digest realm=\"a\", nonce=\"2\", algorithm=SHA-256"]);
        assert_eq!(both.map(|offer| offer.algorithm), Some(Algorithm::Sha256));
        for value in [
            "Basic realm=\"a\"",
            "Digest realm=\"a\"",
            "Digest realm=\"a\", nonce=\"1\", qop=\"auth-int\"",
            "Digest realm=\"a\", nonce=\"1\", algorithm=MD5-sess",
            "Digest a",
        ] {
            assert!(offer(&[value]).is_none(), "{value}");
        }
    }
}

//! Digest: the published vectors, the choice among challenges, and server against client.

use sip_ws::Ids;
use sip_ws::auth::{Algorithm, Answer, DigestClient, DigestServer, NONCE_LIFETIME, Verdict, ha1};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::io::{Credentials, Millis};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// RFC 7616 3.9.1, both algorithms; RFC 2617 3.5 is the first of them with another password spelling.
#[test]
fn published_vectors() {
    let response = |algorithm: Algorithm, realm: &str, password: &str, nonce: &str, cnonce: &str| {
        let ha1 = ha1(algorithm, "Mufasa", realm, password);
        let ha2 = algorithm.hash(&[b"GET", b"/dir/index.html"]);
        algorithm.hash(&[ha1.as_bytes(), nonce.as_bytes(), b"00000001", cnonce.as_bytes(), b"auth", ha2.as_bytes()])
    };
    let (nonce, cnonce) = ("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
    assert_eq!(response(Algorithm::Md5, "http-auth@example.org", "Circle of Life", nonce, cnonce), "8ca523f5e9506fed4657c9700eebdbec");
    assert_eq!(
        response(Algorithm::Sha256, "http-auth@example.org", "Circle of Life", nonce, cnonce),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
    assert_eq!(
        response(Algorithm::Md5, "testrealm@host.com", "Circle Of Life", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b"),
        "6629fae49393a05397450978507c4ef1"
    );
}

/// FIPS 180-4 example values: SHA-512/256 is not SHA-512 cut off.
#[test]
fn sha_512_256_has_its_own_start_values() {
    assert_eq!(Algorithm::Sha512_256.hash(&[b"abc"]), "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
}

fn request() -> Message {
    let mut message = Message::request(Method::Register, "sip:portico.test");
    message.push(HeaderName::CSeq, "1 REGISTER");
    message
}

fn credentials(password: &str) -> Credentials {
    Credentials { user: "agent1".to_owned(), password: password.to_owned(), realm: "portico.test".to_owned() }
}

fn refusal(challenges: &[&str]) -> Message {
    let mut message = Message::response(401, "Unauthorized");
    for challenge in challenges {
        message.push(HeaderName::WwwAuthenticate, challenge);
    }
    message
}

fn chosen(challenges: &[&str]) -> Option<String> {
    let mut client = DigestClient::new(credentials("secret"));
    let mut request = request();
    match client.answer(&mut request, &refusal(challenges), &mut Ids::new([7; 32])) {
        Answer::Retry => {
            let sets = request.authorization().expect("we wrote it");
            assert_eq!(sets.len(), 1);
            Some(sets[0].param("nonce").expect("has one").to_owned())
        }
        Answer::Unanswerable | Answer::WrongCredentials => {
            assert!(request.header(HeaderName::Authorization).is_none(), "nothing may leave");
            None
        }
    }
}

#[test]
fn the_topmost_supported_challenge_is_answered_but_md5_only_where_nothing_better_is_offered() {
    let md5 = r#"Digest realm="portico.test", nonce="m", algorithm=MD5, qop="auth""#;
    let plain = r#"Digest realm="portico.test", nonce="p""#;
    let sha256 = r#"Digest realm="portico.test", nonce="s", algorithm=SHA-256, qop="auth,auth-int""#;
    let sha512 = r#"Digest realm="portico.test", nonce="t", algorithm=SHA-512-256, qop="auth""#;
    let unknown = r#"Digest realm="portico.test", nonce="u", algorithm=SHA3, qop="auth""#;
    let int_only = r#"Digest realm="portico.test", nonce="i", algorithm=SHA-256, qop="auth-int""#;
    let foreign = r#"Digest realm="elsewhere.test", nonce="f", algorithm=SHA-256, qop="auth""#;
    let basic = r#"Basic realm="portico.test""#;
    let twice = r#"Digest realm="portico.test", nonce="d", nonce="e", qop="auth""#;
    assert_eq!(chosen(&[md5]).as_deref(), Some("m"));
    assert_eq!(chosen(&[plain]).as_deref(), Some("p"));
    assert_eq!(chosen(&[md5, sha256]).as_deref(), Some("s"));
    assert_eq!(chosen(&[sha256, sha512, md5]).as_deref(), Some("s"));
    assert_eq!(chosen(&[sha512, sha256]).as_deref(), Some("t"));
    assert_eq!(chosen(&[unknown, md5]).as_deref(), Some("m"));
    assert_eq!(chosen(&[int_only, md5]).as_deref(), Some("m"));
    for nothing in [&[foreign][..], &[basic], &[twice], &[]] {
        assert_eq!(chosen(nothing), None, "{nothing:?}");
    }
}

/// Client and server in one conversation; `None` when the client gives up.
struct Desk {
    server: DigestServer,
    client: DigestClient,
    ids: Ids,
}

impl Desk {
    fn new(password: &str) -> Self {
        Self {
            server: DigestServer::new("portico.test", [3; 32]),
            client: DigestClient::new(credentials(password)),
            ids: Ids::new([9; 32]),
        }
    }

    fn verify(&mut self, now: u64, request: &Message) -> Verdict {
        self.server
            .verify(Millis(now), request, |user, algorithm| (user == "agent1").then(|| ha1(algorithm, user, "portico.test", "secret")))
    }

    /// Challenges and lets the client answer.
    fn challenge(&mut self, now: u64, stale: bool, request: &mut Message) -> Answer {
        let values = self.server.challenge(Millis(now), stale);
        let refs: Vec<&str> = values.iter().map(String::as_str).collect();
        self.client.answer(request, &refusal(&refs), &mut self.ids)
    }
}

fn accepted() -> Verdict {
    Verdict::Accepted { user: "agent1".to_owned() }
}

#[test]
fn server_accepts_the_right_secret_once_per_count() {
    let mut desk = Desk::new("secret");
    let mut first = request();
    assert_eq!(desk.verify(0, &first), Verdict::Challenge { stale: false });
    assert_eq!(desk.challenge(0, false, &mut first), Answer::Retry);
    assert_eq!(desk.verify(10, &first), accepted());
    assert_eq!(desk.verify(20, &first), Verdict::Challenge { stale: true }, "a replay");
    let mut second = request();
    assert!(desk.client.prepare(&mut second, &mut desk.ids), "the nonce is known: no challenge needed");
    assert_eq!(second.authorization().expect("ours")[0].param("nc"), Some("00000002"));
    assert_eq!(desk.verify(30, &second), accepted());
}

#[test]
fn stale_nonce_is_answered_again_with_a_fresh_one() {
    let mut desk = Desk::new("secret");
    let mut message = request();
    desk.challenge(0, false, &mut message);
    assert_eq!(desk.verify(NONCE_LIFETIME + 1, &message), Verdict::Challenge { stale: true });
    assert_eq!(desk.challenge(NONCE_LIFETIME + 1, true, &mut message), Answer::Retry);
    assert_eq!(desk.verify(NONCE_LIFETIME + 2, &message), accepted());
}

#[test]
fn wrong_secret_unknown_user_and_foreign_nonce_are_refused() {
    let mut desk = Desk::new("wrong");
    let mut message = request();
    desk.challenge(0, false, &mut message);
    assert_eq!(desk.verify(1, &message), Verdict::Refused { user: "agent1".to_owned() });

    let mut desk = Desk::new("secret");
    let mut message = request();
    desk.challenge(0, false, &mut message);
    let verdict = desk.server.verify(Millis(1), &message, |_, _| None);
    assert_eq!(verdict, Verdict::Refused { user: "agent1".to_owned() });

    let mut other = DigestServer::new("portico.test", [4; 32]);
    let mut message = request();
    let values = other.challenge(Millis(0), false);
    desk.client.answer(&mut message, &refusal(&[&values[0]]), &mut desk.ids);
    assert_eq!(desk.verify(1, &message), Verdict::Challenge { stale: true }, "right secret, but the nonce is not ours");
}

#[test]
fn a_changed_method_or_a_missing_qop_does_not_pass() {
    let mut desk = Desk::new("secret");
    let mut message = request();
    desk.challenge(0, false, &mut message);
    let answer = message.header_str(HeaderName::Authorization).expect("ours").to_owned();
    let mut invite = Message::request(Method::Invite, "sip:portico.test");
    invite.push(HeaderName::Authorization, &answer);
    assert_eq!(desk.verify(1, &invite), Verdict::Refused { user: "agent1".to_owned() });
    let mut old = request();
    old.push(HeaderName::Authorization, answer.replace(", qop=auth", ""));
    assert_eq!(desk.verify(1, &old), Verdict::Refused { user: "agent1".to_owned() });
}

#[test]
fn client_stops_when_the_nonce_it_answered_is_refused() {
    let mut desk = Desk::new("wrong");
    let mut message = request();
    let challenge = r#"Digest realm="portico.test", nonce="same", qop="auth""#;
    assert_eq!(desk.client.answer(&mut message, &refusal(&[challenge]), &mut desk.ids), Answer::Retry);
    assert_eq!(desk.client.answer(&mut message, &refusal(&[challenge]), &mut desk.ids), Answer::WrongCredentials);
    let stale = r#"Digest realm="portico.test", nonce="same", qop="auth", stale=TRUE"#;
    assert_eq!(desk.client.answer(&mut message, &refusal(&[stale]), &mut desk.ids), Answer::Retry);
}

#[test]
fn nothing_secret_is_printed() {
    let desk = Desk::new("hunter2");
    let text = format!("{:?} {:?} {:?}", desk.client, desk.server, credentials("hunter2"));
    assert!(!text.contains("hunter2") && !text.contains("03, 03") && !text.contains("3, 3, 3"), "{text}");
}

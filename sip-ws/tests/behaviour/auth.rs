//! Digest: the published vectors, the choice among challenges, and server against client.

use sip_ws::Ids;
use sip_ws::auth::{Algorithm, Answer, DigestClient, DigestServer, NONCE_LIFETIME, Qop, Verdict, ha1};
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
    let mut client = DigestClient::new([credentials("secret")]);
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
    assert_eq!(chosen(&[int_only, md5]).as_deref(), Some("i"));
    let session = r#"Digest realm="portico.test", nonce="x", algorithm=SHA-256-sess, qop="auth""#;
    let bare_session = r#"Digest realm="portico.test", nonce="b", algorithm=SHA-256-sess"#;
    assert_eq!(chosen(&[session, md5]).as_deref(), Some("x"));
    assert_eq!(chosen(&[bare_session, md5]).as_deref(), Some("m"), "a session needs a client nonce");
    for nothing in [&[foreign][..], &[basic], &[twice], &[]] {
        assert_eq!(chosen(nothing), None, "{nothing:?}");
    }
}

/// RFC 7616 3.5. What the next request carries.
#[test]
fn the_next_nonce_is_taken_with_a_count_of_its_own_where_it_is_clear_whose_it_is() {
    let mut ids = Ids::new([7; 32]);
    let of = |realm: &str, nonce: &str| format!(r#"Digest realm="{realm}", nonce="{nonce}", algorithm=SHA-256, qop="auth""#);
    let told = |next: &str| {
        let mut response = Message::response(200, "OK");
        response.push(HeaderName::AuthenticationInfo, format!(r#"qop=auth, nextnonce="{next}""#));
        response
    };
    let mut next = |client: &mut DigestClient| {
        let mut request = request();
        client.prepare(&mut request, &mut ids);
        let sets = request.authorization().expect("we wrote it");
        let all =
            sets.iter().map(|set| (set.param("nonce").unwrap_or_default().to_owned(), set.param("nc").unwrap_or_default().to_owned()));
        all.collect::<Vec<_>>()
    };
    let pair = |nonce: &str, count: &str| (nonce.to_owned(), count.to_owned());
    let mut client = DigestClient::new([credentials("secret")]);
    client.answer(&mut request(), &refusal(&[&of("portico.test", "a")]), &mut Ids::new([8; 32]));
    assert_eq!(next(&mut client), [pair("a", "00000002")]);
    client.learn(&told("b"));
    assert_eq!(next(&mut client), [pair("b", "00000001")]);
    client.learn(&told("b"));
    assert_eq!(next(&mut client), [pair("b", "00000002")], "the same one goes on");
    client.learn(&Message::response(200, "OK"));
    assert_eq!(next(&mut client), [pair("b", "00000003")]);
    // With two realms nobody knows whose it is.
    let second = Credentials { realm: "other.test".to_owned(), ..credentials("secret") };
    let mut client = DigestClient::new([credentials("secret"), second]);
    client.answer(&mut request(), &refusal(&[&of("portico.test", "a"), &of("other.test", "o")]), &mut Ids::new([8; 32]));
    client.learn(&told("b"));
    assert!(next(&mut client).iter().all(|(nonce, _)| nonce != "b"));
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
            client: DigestClient::new([credentials(password)]),
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

/// RFC 2617 3.2.2.3, RFC 7616 3.4.3: written out by hand, independent of the code that answers.
#[test]
fn auth_int_covers_the_body_and_a_session_the_first_nonces() {
    for (algorithm, name) in [(Algorithm::Md5, "MD5"), (Algorithm::Sha256, "SHA-256"), (Algorithm::Sha512_256, "SHA-512-256")] {
        for (session, suffix) in [(false, ""), (true, "-sess")] {
            let mut client = DigestClient::new([credentials("secret")]);
            let mut message = request();
            message.set_body("text/plain", "hello");
            let challenge = format!(r#"Digest realm="portico.test", nonce="n", algorithm={name}{suffix}, qop="auth-int""#);
            assert_eq!(client.answer(&mut message, &refusal(&[&challenge]), &mut Ids::new([7; 32])), Answer::Retry);
            let sets = message.authorization().expect("ours");
            let param = |name: &str| sets[0].param(name).expect("written");
            let mut a1 = algorithm.hash(&[b"agent1", b"portico.test", b"secret"]);
            if session {
                a1 = algorithm.hash(&[a1.as_bytes(), b"n", param("cnonce").as_bytes()]);
            }
            let a2 = algorithm.hash(&[b"REGISTER", b"sip:portico.test", algorithm.hash(&[b"hello"]).as_bytes()]);
            let expected = algorithm.hash(&[a1.as_bytes(), b"n", b"00000001", param("cnonce").as_bytes(), b"auth-int", a2.as_bytes()]);
            assert_eq!(param("response"), expected, "{name}{suffix}");
            assert_eq!((param("qop"), param("algorithm")), ("auth-int", format!("{name}{suffix}").as_str()));
        }
    }
}

#[test]
fn a_session_keeps_its_client_nonce_and_its_counts_rise() {
    let mut client = DigestClient::new([credentials("secret")]);
    let mut ids = Ids::new([7; 32]);
    let mut first = request();
    let challenge = r#"Digest realm="portico.test", nonce="n", algorithm=SHA-256-sess, qop="auth""#;
    client.answer(&mut first, &refusal(&[challenge]), &mut ids);
    let mut second = request();
    assert!(client.prepare(&mut second, &mut ids));
    let (first, second) = (first.authorization().expect("ours"), second.authorization().expect("ours"));
    assert_eq!(first[0].param("cnonce"), second[0].param("cnonce"));
    assert_eq!((first[0].param("nc"), second[0].param("nc")), (Some("00000001"), Some("00000002")));
}

#[test]
fn server_and_client_agree_about_every_variant_and_a_changed_body_does_not_pass() {
    for sessions in [false, true] {
        for qop in [Qop::Auth, Qop::AuthInt] {
            let mut desk = Desk::new("secret");
            desk.server = DigestServer::new("portico.test", [3; 32]).with_algorithms(&[Algorithm::Sha512_256]).with_qops(&[qop]);
            if sessions {
                desk.server = desk.server.with_sessions();
            }
            let mut message = request();
            message.set_body("text/plain", "hello");
            assert_eq!(desk.challenge(0, false, &mut message), Answer::Retry);
            let mut changed = message.clone();
            changed.set_body("text/plain", "hullo");
            let verdict = desk.verify(1, &changed);
            if qop == Qop::AuthInt {
                assert_eq!(verdict, Verdict::Refused { user: "agent1".to_owned() });
                assert_eq!(desk.verify(2, &message), accepted(), "sessions: {sessions}");
            } else {
                assert_eq!(verdict, accepted(), "auth does not cover the body");
            }
        }
    }
}

#[test]
fn two_realms_at_once_are_answered_but_only_the_configured_ones() {
    let other = Credentials { user: "desk".to_owned(), password: "other".to_owned(), realm: "gateway.test".to_owned() };
    let mut client = DigestClient::new([credentials("secret"), other]);
    let mut ids = Ids::new([7; 32]);
    let mut message = request();
    let mut refused = refusal(&[r#"Digest realm="portico.test", nonce="p", qop="auth""#]);
    refused.push(HeaderName::WwwAuthenticate, r#"Digest realm="stranger.test", nonce="s", qop="auth""#);
    refused.push(HeaderName::ProxyAuthenticate, r#"Digest realm="gateway.test", nonce="g", algorithm=SHA-256, qop="auth""#);
    refused.push(HeaderName::ProxyAuthenticate, r#"Digest realm="portico.test", nonce="q", qop="auth""#);
    assert_eq!(client.answer(&mut message, &refused, &mut ids), Answer::Retry);
    let of = |sets: Vec<sip_ws::codec::Credentials>| {
        let pair = |set: &sip_ws::codec::Credentials| {
            let text = |name: &str| set.param(name).unwrap_or_default().to_owned();
            (text("realm"), text("username"), text("nonce"))
        };
        sets.iter().map(pair).collect::<Vec<_>>()
    };
    let set = |realm: &str, user: &str, nonce: &str| (realm.to_owned(), user.to_owned(), nonce.to_owned());
    assert_eq!(of(message.authorization().expect("ours")), [set("portico.test", "agent1", "p")]);
    assert_eq!(
        of(message.proxy_authorization().expect("ours")),
        [set("portico.test", "agent1", "q"), set("gateway.test", "desk", "g")],
        "both realms, nothing for the stranger"
    );
    // Wrong for one of them: no third try.
    assert_eq!(client.answer(&mut message, &refused, &mut ids), Answer::WrongCredentials);
}

#[test]
fn nothing_secret_is_printed() {
    let desk = Desk::new("hunter2");
    let text = format!("{:?} {:?} {:?}", desk.client, desk.server, credentials("hunter2"));
    assert!(!text.contains("hunter2") && !text.contains("03, 03") && !text.contains("3, 3, 3"), "{text}");
}

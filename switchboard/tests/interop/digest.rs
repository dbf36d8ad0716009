//! Kamailio as the one that asks who is there, by a hash of the SHA-2 family (RFC 8760): of registrations and of calls.

use sip_ws::io::Command;

use crate::edges::{pass, register, run, see};
use crate::kamailio::{Kamailio, PASSWORD, Setup};
use crate::phone::{CALL, Phone};

/// Whoever has a name that begins like this is asked at each call too.
const ASKED: &str = "asked";

fn proxy() -> Kamailio {
    Kamailio::with(&Setup { algorithm: "SHA-256", ..Setup::default() })
}

/// Values of a header in all messages that begin like this.
fn values<'a>(messages: &'a [String], begin: &str, name: &str) -> Vec<&'a str> {
    let of_one = |text: &'a String| text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect::<Vec<_>>();
    messages.iter().filter(|text| text.starts_with(begin)).flat_map(of_one).collect()
}

/// Each names the algorithm, and a response is as long as one of it.
fn assert_sha_256(challenges: &[&str], credentials: &[&str]) {
    assert!(!challenges.is_empty() && !credentials.is_empty(), "{challenges:?} {credentials:?}");
    assert!(challenges.iter().all(|one| one.starts_with("Digest ") && one.contains("algorithm=SHA-256")), "{challenges:?}");
    for one in credentials {
        let response = one.split_once("response=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
        assert!(one.starts_with("Digest ") && one.contains("algorithm=SHA-256"), "{one}");
        assert!(response.len() == 64 && response.bytes().all(|octet| octet.is_ascii_hexdigit()), "{one}");
    }
}

#[test]
fn kamailio_asks_by_sha_256() {
    let proxy = proxy();
    let result = run(async {
        let (mut ada, mut bob) = (Phone::new(ASKED, PASSWORD, proxy.socket, 1), Phone::new("bob", PASSWORD, proxy.socket, 2));
        register(&mut ada, &mut bob).await?;
        assert_sha_256(&values(&ada.heard, "SIP/2.0 401", "WWW-Authenticate"), &values(&ada.said, "REGISTER ", "Authorization"));
        ada.command(Command::Call { call: CALL, target: "bob".to_owned(), video: false }).await;
        see(&mut ada, "Progress 180", &mut bob, "Incoming asked").await?;
        assert_sha_256(&values(&ada.heard, "SIP/2.0 407", "Proxy-Authenticate"), &values(&ada.said, "INVITE ", "Proxy-Authorization"));
        let ringing = bob.call();
        bob.command(Command::Answer { call: ringing, video: false }).await;
        see(&mut ada, "Answered", &mut bob, "Answered").await?;
        pass(&mut ada, &mut bob, 200).await;
        ada.command(Command::HangUp { call: CALL }).await;
        see(&mut ada, "Ended LocalHangUp", &mut bob, "Ended RemoteHangUp").await
    });
    assert_eq!(result, Ok(()), "{}", proxy.errors());
}

#[test]
fn a_wrong_secret_is_refused_by_sha_256_too() {
    let proxy = proxy();
    let result = run(async {
        let mut ada = Phone::new("ada", "wrong", proxy.socket, 1);
        ada.command(Command::Start).await;
        ada.see("Unregistered Credentials { status: 401 }").await?;
        assert_sha_256(&values(&ada.heard, "SIP/2.0 401", "WWW-Authenticate"), &values(&ada.said, "REGISTER ", "Authorization"));
        Ok(())
    });
    assert_eq!(result, Ok(()), "{}", proxy.errors());
}

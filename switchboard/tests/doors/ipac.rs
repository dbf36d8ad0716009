//! Our commands against the simulated station: every login, every outcome, and what the relay really did.

use crate::support::{HERE, Sim, digest, ipac, open, settings};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use switchboard::config::Tls;
use switchboard::doors::address::{Reach, StationUrl};
use switchboard::doors::model::{Endpoint, Login, Trust};
use switchboard::doors::outcome::{Cause, Outcome, Verdict};
use switchboard::doors::recipe::Ipac;
use switchboard::sim::{Mode, Settings};
use wire::Secret;

#[tokio::test]
async fn every_login_opens_and_a_wrong_one_is_named() {
    let (user, right, wrong) = ("toto".to_owned(), Secret::new("titi"), Secret::new("tata"));
    let logins = |password: &Secret| {
        [
            (Mode::None, Login::Body { user: user.clone(), password: password.clone() }),
            (Mode::Basic, Login::Basic { user: user.clone(), password: password.clone() }),
            (Mode::Digest, Login::Digest { user: user.clone(), password: password.clone() }),
        ]
    };
    for (mode, login) in logins(&right) {
        let sim = Sim::start(Settings { mode, ..settings() }).await;
        assert_eq!(open(&ipac(sim.device(), login), 1, "1111").await, Verdict::of(Outcome::Opened), "{mode:?}");
        assert_eq!(sim.pulses().await, (1, 0));
    }
    for (mode, login) in logins(&wrong) {
        let sim = Sim::start(Settings { mode, ..settings() }).await;
        let verdict = open(&ipac(sim.device(), login), 1, "1111").await;
        // With the login among the parameters the station's answer is the one to a wrong code.
        let wanted = if mode == Mode::None { Outcome::BadCodeOrNotRemote } else { Outcome::StationRefusedLogin };
        assert_eq!(verdict.outcome, wanted, "{mode:?}");
        assert_eq!(sim.pulses().await, (0, 0));
    }
}

#[tokio::test]
async fn every_refusal_of_the_station_has_its_name() {
    let sim = Sim::start(settings()).await;
    let station = ipac(sim.device(), digest("toto", "titi"));
    assert_eq!(open(&station, 1, "9999").await.outcome, Outcome::BadCodeOrNotRemote);
    assert_eq!(open(&station, 7, "1111").await.outcome, Outcome::NotUnderstood);
    for (change, outcome) in [
        (json!({"number": 1, "in_schedule": false}), Outcome::OutsideSchedule),
        (json!({"number": 1, "remote": false}), Outcome::BadCodeOrNotRemote),
        (json!({"number": 1, "locked": true}), Outcome::Locked),
    ] {
        sim.set(json!({ "relay": change })).await;
        assert_eq!(open(&station, 1, "1111").await.outcome, outcome, "{change}");
    }
    assert_eq!(sim.pulses().await, (0, 0));
    assert_eq!(open(&station, 2, "2222").await.outcome, Outcome::Opened);
    // Somebody opened it at the door just now.
    assert_eq!(open(&station, 2, "2222").await.outcome, Outcome::Busy);
    assert_eq!(sim.pulses().await, (0, 1));
}

#[tokio::test]
async fn a_station_that_asks_for_another_login_never_gets_the_code() {
    let digest = digest("toto", "titi");
    for (mode, cause) in [(Mode::Basic, Cause::OtherLogin), (Mode::None, Cause::NoChallenge)] {
        let sim = Sim::start(Settings { mode, ..settings() }).await;
        assert_eq!(open(&ipac(sim.device(), digest.clone()), 1, "1111").await, Verdict::refused(cause), "{mode:?}");
        assert_eq!(sim.pulses().await, (0, 0));
    }
}

#[tokio::test]
async fn a_station_without_power_gives_no_reply_and_comes_back() {
    let sim = Sim::start(settings()).await;
    let station = ipac(sim.device(), digest("toto", "titi"));
    sim.set(json!({"power": false})).await;
    // The listener goes away a moment after the switch.
    let gone = async { while tokio::net::TcpStream::connect(sim.device()).await.is_ok() {} };
    tokio::time::timeout(std::time::Duration::from_secs(5), gone).await.unwrap();
    assert_eq!(open(&station, 1, "1111").await, Verdict::because(Outcome::NoReply, Cause::NotReached));
    sim.set(json!({"power": true})).await;
    let back = async { while tokio::net::TcpStream::connect(sim.device()).await.is_err() {} };
    tokio::time::timeout(std::time::Duration::from_secs(5), back).await.unwrap();
    assert_eq!(open(&station, 1, "1111").await.outcome, Outcome::Opened);
    assert_eq!(sim.pulses().await, (1, 0));
}

#[tokio::test]
async fn addresses_of_this_machine_are_reached_only_where_it_is_said() {
    let sim = Sim::start(settings()).await;
    let port = sim.device().port();
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0"] {
        let url = StationUrl::parse(&format!("http://{host}:{port}")).unwrap();
        let endpoint = Endpoint { url, trust: Trust::Plain };
        let station = Ipac { endpoint, reach: Reach::default(), login: digest("toto", "titi") };
        assert_eq!(open(&station, 1, "1111").await, Verdict::refused(Cause::AddressRefused), "{host}");
    }
    assert_eq!(sim.state().await["answers"], json!([]), "the station heard nothing");
}

fn https(sim: &Sim, host: &str, trust: Trust) -> Ipac {
    let url = StationUrl::parse(&format!("https://{host}:{}", sim.device().port())).unwrap();
    Ipac { endpoint: Endpoint { url, trust }, reach: HERE, login: digest("toto", "titi") }
}

#[tokio::test]
async fn only_the_enrolled_certificate_gets_the_command() {
    let directory = tempfile::tempdir().unwrap();
    let tls = |names: &[&str], directory| Tls::PrivateCa { directory, names: names.iter().map(|&name| name.to_owned()).collect() };
    let path = directory.path().to_owned();
    let sim = Sim::start(Settings { tls: Some(tls(&["localhost"], path.clone())), ..settings() }).await;
    let der = |name: &str| {
        use rustls::pki_types::pem::PemObject as _;
        rustls::pki_types::CertificateDer::from_pem_file(path.join(name)).unwrap().to_vec()
    };
    let (ca, own) = (der("ca.pem"), der("server.pem"));
    let fingerprint: [u8; 32] = Sha256::digest(&own).into();
    assert_eq!(open(&https(&sim, "localhost", Trust::Authorities(vec![ca.clone()])), 1, "1111").await.outcome, Outcome::Opened);
    assert_eq!(open(&https(&sim, "127.0.0.1", Trust::Fingerprint(fingerprint)), 2, "2222").await.outcome, Outcome::Opened);
    assert_eq!(sim.pulses().await, (1, 1));
    let untrusted = Verdict::refused(Cause::TlsUntrusted);
    // The right authority for another name, another authority, another certificate, and no TLS where the address says TLS.
    let other = tempfile::tempdir().unwrap();
    let stranger = Sim::start(Settings { tls: Some(tls(&["localhost"], other.path().to_owned())), ..settings() }).await;
    for station in [
        https(&sim, "127.0.0.1", Trust::Authorities(vec![ca.clone()])),
        https(&stranger, "localhost", Trust::Authorities(vec![ca])),
        https(&stranger, "localhost", Trust::Fingerprint(fingerprint)),
        https(&sim, "localhost", Trust::Plain),
    ] {
        assert_eq!(open(&station, 1, "1111").await, untrusted);
    }
    assert_eq!(sim.state().await["answers"].as_array().unwrap().len(), 4, "two commands, each with its challenge");
    assert_eq!(stranger.state().await["answers"], json!([]));
}

//! Two proxies in a row, a registrar and the edges before it, on WebSockets in the clear and on TLS: agents call each other, flows are
//! lost, an edge is killed.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use sip_ws::io::{CallId, Command};

use crate::kamailio::{self, Kamailio, PASSWORD, Setup};
use crate::phone::{CALL, Phone};
use crate::sipp::{self, Ended, Script, answer, offer, sdp};

pub fn run(test: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

fn edge(host: &'static str, registrar: &Kamailio) -> Kamailio {
    Kamailio::with(&Setup { host, registrar: Some(registrar.udp), ..Setup::default() })
}

/// Both see this. What is under way between them needs both of them, until the last one has seen it.
pub async fn see(ada: &mut Phone, ada_sees: &str, bob: &mut Phone, bob_sees: &str) -> Result<(), String> {
    let waiting = Cell::new(2);
    let one = async |phone: &mut Phone, event| {
        let seen = phone.see(event).await;
        waiting.set(if seen.is_ok() { i32::max(waiting.get() - 1, 0) } else { 0 });
        while waiting.get() > 0 {
            phone.pass(Duration::from_millis(20)).await;
        }
        seen
    };
    let (first, second) = tokio::join!(one(ada, ada_sees), one(bob, bob_sees));
    first.map_err(|error| format!("ada: {error}"))?;
    second.map_err(|error| format!("bob: {error}"))
}

pub async fn pass(ada: &mut Phone, bob: &mut Phone, ms: u64) {
    tokio::join!(ada.pass(Duration::from_millis(ms)), bob.pass(Duration::from_millis(ms)));
}

/// Who lost the flow has it again, and the re-INVITE is through.
pub async fn back(lost: &mut Phone, other: &mut Phone) -> Result<(), String> {
    tokio::join!(lost.see("Reach true"), other.pass(Duration::from_secs(3))).0?;
    pass(lost, other, 500).await;
    Ok(())
}

pub async fn register(ada: &mut Phone, bob: &mut Phone) -> Result<(), String> {
    ada.command(Command::Start).await;
    bob.command(Command::Start).await;
    see(ada, "Registered", bob, "Registered").await
}

/// Ada behind the first proxy and Bob behind the second one, in a call.
async fn in_a_call(first: &Kamailio, second: &Kamailio) -> Result<(Phone, Phone), String> {
    let (mut ada, mut bob) = (Phone::at("ada", PASSWORD, &[first.url()], 1), Phone::at("bob", PASSWORD, &[second.url()], 2));
    register(&mut ada, &mut bob).await?;
    call(&mut ada, CALL, &mut bob).await?;
    Ok((ada, bob))
}

/// Ada calls Bob, who answers.
pub async fn call(ada: &mut Phone, call: CallId, bob: &mut Phone) -> Result<(), String> {
    ada.command(Command::Call { call, target: "bob".to_owned(), video: false }).await;
    see(ada, "Progress 180", bob, "Incoming ada").await?;
    let ringing = bob.call();
    bob.command(Command::Answer { call: ringing, video: false }).await;
    see(ada, "Answered", bob, "Answered").await?;
    pass(ada, bob, 200).await;
    Ok(())
}

#[test]
fn a_call_through_two_proxies_in_a_row() {
    let registrar = Kamailio::start();
    let (first, second) = (edge("127.0.0.2", &registrar), edge("127.0.0.3", &registrar));
    let result = run(async {
        let (mut ada, mut bob) = in_a_call(&first, &second).await?;
        ada.command(Command::Hold { call: CALL }).await;
        see(&mut ada, "Hold true false", &mut bob, "Hold false true").await?;
        let ringing = bob.call();
        bob.command(Command::Hold { call: ringing }).await;
        see(&mut ada, "Hold true true", &mut bob, "Hold true true").await?;
        ada.command(Command::Resume { call: CALL }).await;
        see(&mut ada, "Hold false true", &mut bob, "Hold true false").await?;
        // Each loses its flow in turn; the way to the other one is repaired by a re-INVITE, and then works in both directions.
        ada.cut().await;
        back(&mut ada, &mut bob).await?;
        bob.command(Command::Resume { call: ringing }).await;
        see(&mut ada, "Hold false false", &mut bob, "Hold false false").await?;
        bob.cut().await;
        back(&mut bob, &mut ada).await?;
        ada.command(Command::Hold { call: CALL }).await;
        see(&mut ada, "Hold true false", &mut bob, "Hold false true").await?;
        bob.command(Command::HangUp { call: ringing }).await;
        see(&mut ada, "Ended RemoteHangUp", &mut bob, "Ended LocalHangUp").await?;
        // And the other side hangs up.
        let again = CallId(2);
        call(&mut ada, again, &mut bob).await?;
        ada.command(Command::HangUp { call: again }).await;
        see(&mut ada, "Ended LocalHangUp", &mut bob, "Ended RemoteHangUp").await
    });
    assert_eq!(result, Ok(()), "{}\n{}\n{}", registrar.errors(), first.errors(), second.errors());
}

#[test]
fn both_sides_lose_their_flow_at_once() {
    let registrar = Kamailio::start();
    let (first, second) = (edge("127.0.0.2", &registrar), edge("127.0.0.3", &registrar));
    let result = run(async {
        let (mut ada, mut bob) = in_a_call(&first, &second).await?;
        let ringing = bob.call();
        // Each knows an address of the other that is gone: the call goes on in a new dialog, and nobody rings.
        ada.cut().await;
        bob.cut().await;
        see(&mut ada, "Reach true", &mut bob, "Reach true").await?;
        ada.command(Command::Hold { call: CALL }).await;
        see(&mut ada, "Hold true false", &mut bob, "Hold false true").await?;
        bob.command(Command::Hold { call: ringing }).await;
        see(&mut ada, "Hold true true", &mut bob, "Hold true true").await?;
        bob.command(Command::HangUp { call: ringing }).await;
        see(&mut ada, "Ended RemoteHangUp", &mut bob, "Ended LocalHangUp").await
    });
    assert_eq!(result, Ok(()), "{}\n{}\n{}", registrar.errors(), first.errors(), second.errors());
}

#[test]
fn a_call_outlives_the_edge_that_it_began_on() {
    let registrar = Kamailio::start();
    let (mut first, second) = (edge("127.0.0.2", &registrar), edge("127.0.0.3", &registrar));
    let folder = tempfile::tempdir().expect("a folder");
    let (port, caller) = (kamailio::free_udp_port(), kamailio::free_udp_port());
    let callee = Script::callee()
        .recv_with("INVITE", "Record-Route: .sip:127.0.0.2")
        .reply("180 Ringing", &[], "")
        .pause(200)
        .reply("200 OK", &[], &answer())
        .recv("ACK")
        // The re-INVITE that repairs the way, and then hold.
        .recv_with("INVITE", "Via: .*127.0.0.3")
        .reply("200 OK", &[], &answer())
        .recv("ACK")
        .recv_with("INVITE", "m=audio[^$]*a=sendonly")
        .reply("200 OK", &[], &sdp("active", "recvonly"))
        .recv("ACK")
        .recv("BYE")
        .reply("200 OK", &[], "");
    let incoming = Script::caller()
        .invite(&[], &offer())
        .maybe_status(100)
        .status(180)
        .status(200)
        .request("ACK", &[], "")
        .pause(300)
        .request("BYE", &[], "")
        .status(200);
    let result = run(async {
        let mut ada = Phone::at("ada", PASSWORD, &[first.url(), second.url()], 1);
        ada.command(Command::Start).await;
        ada.see("Registered").await?;
        ada.pass(Duration::from_millis(500)).await;
        let ended = Ended::default();
        let called = ended.after(sipp::run(folder.path(), "callee", &callee, port, registrar.udp, "ada"));
        let calling = async {
            ada.command(Command::Call { call: CALL, target: format!("sipp{port}"), video: false }).await;
            ada.see("Answered").await?;
            ada.pass(Duration::from_millis(300)).await;
            first.kill();
            ada.pass(Duration::from_millis(800)).await;
            ada.command(Command::Hold { call: CALL }).await;
            ada.see("Hold true false").await?;
            ada.command(Command::HangUp { call: CALL }).await;
            ada.see("Ended LocalHangUp").await?;
            ada.stay(&ended).await;
            Ok::<(), String>(())
        };
        let (calling, called) = tokio::join!(calling, called);
        calling?;
        called?;
        // Who is called is found on the edge that lives.
        let ended = Ended::default();
        let caller = ended.after(sipp::run(folder.path(), "caller", &incoming, caller, registrar.udp, "ada"));
        let answering = async {
            ada.see("Incoming sipp").await?;
            // Nobody answers before it has rung: several processes carry UDP here, and what is sent at one moment may change its order.
            ada.pass(Duration::from_millis(300)).await;
            let call = ada.call();
            ada.command(Command::Answer { call, video: false }).await;
            ada.see("Ended RemoteHangUp").await?;
            ada.stay(&ended).await;
            Ok::<(), String>(())
        };
        let (answering, caller) = tokio::join!(answering, caller);
        answering.map_err(|error| format!("{error}; {caller:?}"))?;
        caller
    });
    assert_eq!(result, Ok(()), "{}\n{}\n{}", registrar.errors(), first.errors(), second.errors());
}

/// A private CA that signs one certificate for this host: the files of the server, and what its clients trust.
fn private(folder: &Path, host: &str) -> ((PathBuf, PathBuf), Arc<rustls::ClientConfig>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let ca_key = KeyPair::generate().expect("a key");
    let ca = params.self_signed(&ca_key).expect("signed");
    let key = KeyPair::generate().expect("a key");
    let issuer = Issuer::new(params, ca_key);
    let certificate = CertificateParams::new(vec![host.to_owned()]).and_then(|params| params.signed_by(&key, &issuer)).expect("signed");
    let files = (folder.join("server.pem"), folder.join("server.key"));
    std::fs::write(&files.0, certificate.pem()).expect("written");
    std::fs::write(&files.1, key.serialize_pem()).expect("written");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca.der().clone()).expect("a certificate");
    (files, trusting(roots))
}

fn trusting(roots: rustls::RootCertStore) -> Arc<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

#[test]
fn calls_on_tls_with_a_private_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let (files, trust) = private(folder.path(), "127.0.0.1");
    let proxy = Kamailio::with(&Setup { tls: Some(files), ..Setup::default() });
    let result = run(async {
        let url = [proxy.url()];
        assert!(url[0].starts_with("wss://"));
        let mut ada = Phone::at("ada", PASSWORD, &url, 1).trusting(trust.clone());
        let mut bob = Phone::at("bob", PASSWORD, &url, 2).trusting(trust);
        register(&mut ada, &mut bob).await?;
        call(&mut ada, CALL, &mut bob).await?;
        ada.command(Command::Hold { call: CALL }).await;
        see(&mut ada, "Hold true false", &mut bob, "Hold false true").await?;
        ada.cut().await;
        back(&mut ada, &mut bob).await?;
        let ringing = bob.call();
        bob.command(Command::HangUp { call: ringing }).await;
        see(&mut ada, "Ended RemoteHangUp", &mut bob, "Ended LocalHangUp").await?;
        // Who does not know the certificate's maker does not come in.
        let mut stranger = Phone::at("carol", PASSWORD, &url, 3).trusting(trusting(rustls::RootCertStore::empty()));
        stranger.command(Command::Start).await;
        stranger.see("Link(Down { cause: Refused").await
    });
    assert_eq!(result, Ok(()), "{}", proxy.errors());
}

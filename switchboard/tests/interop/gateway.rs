//! Two flows of RFC 3665 with more than proxies on the way: an application gateway, which puts itself into every description (3.5), and a
//! redirect server before two proxies, whose caller has no offer in its INVITE and answers in the ACK (3.6).

use std::time::Duration;

use sip_ws::io::Command;

use crate::edges::run;
use crate::kamailio::{self, GATEWAY, Kamailio, PASSWORD, Setup};
use crate::phone::{CALL, Phone};
use crate::sipp::{self, Ended, Script, answer, offer, sdp};

/// Ada, registered by this edge.
async fn registered(edge: &Kamailio) -> Result<Phone, String> {
    let mut ada = Phone::at("ada", PASSWORD, &[edge.url()], 1);
    ada.command(Command::Start).await;
    ada.see("Registered").await?;
    Ok(ada)
}

/// Descriptions that reached a phone in messages that begin like this.
fn descriptions<'a>(phone: &'a Phone, begin: &str) -> Vec<&'a str> {
    let heard = phone.heard.iter().filter(|text| text.starts_with(begin));
    heard.filter_map(|text| text.split_once("\r\n\r\n").map(|(_, body)| body)).filter(|body| body.contains("m=audio")).collect()
}

/// What a gateway has put into a description, as one that is read line by line.
fn written() -> [String; 2] {
    let (address, port) = GATEWAY;
    [format!("m=audio {port} "), format!("c=IN IP4 {address}")]
}

/// Descriptions came, and each names the gateway.
fn assert_through_gateway(descriptions: &[&str]) {
    let through = |description: &&str| written().iter().all(|line| description.contains(line.as_str()));
    assert!(!descriptions.is_empty() && descriptions.iter().all(through), "{descriptions:?}");
}

/// A description in a message for sipp that names the gateway, with a direction.
fn seen(direction: &str) -> String {
    let [media, connection] = written();
    format!("{media}[^$]*{connection}[^$]*a={direction}")
}

#[test]
fn calls_through_an_application_gateway() {
    let registrar = Kamailio::start();
    let edge = Kamailio::with(&Setup { host: "127.0.0.2", registrar: Some(registrar.udp), gateway: true, ..Setup::default() });
    let folder = tempfile::tempdir().expect("a folder");
    let (port, caller) = (kamailio::free_udp_port(), kamailio::free_udp_port());
    let callee = Script::callee()
        .recv_with("INVITE", &seen("sendrecv"))
        .reply("180 Ringing", &[], "")
        .pause(200)
        .reply("200 OK", &[], &answer())
        .recv("ACK")
        .recv_with("INVITE", &seen("sendonly"))
        .reply("200 OK", &[], &sdp("active", "recvonly"))
        .recv("ACK")
        .recv("BYE")
        .reply("200 OK", &[], "");
    let incoming = Script::caller()
        .invite(&[], &offer())
        .maybe_status(100)
        .status(180)
        .status_with(200, &seen("sendrecv"))
        .request("ACK", &[], "")
        .recv("BYE")
        .reply("200 OK", &[], "");
    let result = run(async {
        let mut ada = registered(&edge).await?;
        let ended = Ended::default();
        let called = ended.after(sipp::run(folder.path(), "callee", &callee, port, registrar.udp, "ada"));
        let calling = async {
            // Until sipp listens.
            ada.pass(Duration::from_millis(500)).await;
            ada.command(Command::Call { call: CALL, target: format!("sipp{port}"), video: false }).await;
            ada.see("Answered").await?;
            ada.command(Command::Hold { call: CALL }).await;
            ada.see("Hold true false").await?;
            ada.command(Command::HangUp { call: CALL }).await;
            ada.see("Ended LocalHangUp").await?;
            ada.stay(&ended).await;
            Ok::<(), String>(())
        };
        let (calling, called) = tokio::join!(calling, called);
        calling.map_err(|error| format!("{error}; {called:?}"))?;
        called?;
        assert_through_gateway(&descriptions(&ada, "SIP/2.0 200"));
        let ended = Ended::default();
        let caller = ended.after(sipp::run(folder.path(), "caller", &incoming, caller, registrar.udp, "ada"));
        let (answering, caller) = tokio::join!(answer_and_hang_up(&mut ada, &ended), caller);
        answering.map_err(|error| format!("{error}; {caller:?}"))?;
        caller?;
        assert_through_gateway(&descriptions(&ada, "INVITE "));
        Ok(())
    });
    assert_eq!(result, Ok(()), "{}\n{}", registrar.errors(), edge.errors());
}

#[test]
fn a_redirected_caller_without_an_offer_answers_in_the_ack_through_two_proxies() {
    let registrar = Kamailio::start();
    let edge = Kamailio::with(&Setup { host: "127.0.0.2", registrar: Some(registrar.udp), ..Setup::default() });
    let folder = tempfile::tempdir().expect("a folder");
    let caller = Script::caller()
        .invite(&[], "")
        .status_with(302, "Contact: .sip:ada@portico.test")
        .ack_refusal()
        .invite_there(&[], "")
        .maybe_status(100)
        .status(180)
        .status_with(200, "m=audio[^$]*a=setup:actpass[^$]*a=sendrecv")
        .request("ACK", &[], &answer())
        .recv("BYE")
        .reply("200 OK", &[], "");
    let result = run(async {
        let mut ada = registered(&edge).await?;
        let port = kamailio::free_udp_port();
        let ended = Ended::default();
        let caller = ended.after(sipp::run(folder.path(), "caller", &caller, port, registrar.udp, "moved-ada"));
        let (answering, caller) = tokio::join!(answer_and_hang_up(&mut ada, &ended), caller);
        answering.map_err(|error| format!("{error}; {caller:?}"))?;
        caller?;
        // One INVITE, which has come by both proxies and has no body; the answer was in the ACK.
        let invites: Vec<&String> = ada.heard.iter().filter(|text| text.starts_with("INVITE ")).collect();
        assert!(invites.len() == 1 && invites[0].matches("\r\nVia: ").count() == 3, "{invites:?}");
        assert!(descriptions(&ada, "INVITE ").is_empty() && descriptions(&ada, "ACK ").len() == 1, "{:?}", ada.heard);
        Ok(())
    });
    assert_eq!(result, Ok(()), "{}\n{}", registrar.errors(), edge.errors());
}

/// It rings, is answered, and a moment later the one who was called hangs up.
async fn answer_and_hang_up(phone: &mut Phone, ended: &Ended) -> Result<(), String> {
    phone.see("Incoming sipp").await?;
    // What is sent at one moment may change its order on UDP.
    phone.pass(Duration::from_millis(300)).await;
    let call = phone.call();
    phone.command(Command::Answer { call, video: false }).await;
    phone.see("Answered").await?;
    phone.pass(Duration::from_millis(500)).await;
    phone.command(Command::HangUp { call }).await;
    phone.see("Ended LocalHangUp").await?;
    phone.stay(ended).await;
    Ok(())
}

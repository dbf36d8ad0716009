//! An agent with two flows at our own exchange (RFC 5626): one phone there, which goes on over either.

use sip_ws::io::{CallId, Command};
use switchboard::config::Limits;
use switchboard::demo;
use switchboard::server::Server;

use crate::edges::{pass, register, see};
use crate::phone::{CALL, Phone};

/// The spare flow is tried again within two seconds.
async fn both_up(ada: &mut Phone, bob: &mut Phone) {
    for _ in 0..100 {
        if bob.flows() == 2 {
            break;
        }
        pass(ada, bob, 100).await;
    }
    assert_eq!(bob.flows(), 2);
    // And its REGISTER is answered.
    pass(ada, bob, 300).await;
}

#[tokio::test]
async fn a_phone_with_two_flows_rings_once_and_its_calls_outlive_each() {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = demo::config(0, None, data.path().to_owned()).expect("a configuration");
    config.limits = Limits { argon2_kib: 64, argon2_passes: 1, ..Limits::default() };
    let server = Server::start(config).await.expect("a server");
    let url = format!("{}/sip", server.url().replacen("http", "ws", 1));
    let both = [url.clone(), format!("{url}?second")];
    let result = async {
        let (mut ada, mut bob) = (Phone::at("agent1", demo::PASSWORD, &[url], 1), Phone::at("agent2", demo::PASSWORD, &both, 2));
        register(&mut ada, &mut bob).await?;
        // The second flow registers by itself, and nobody is told.
        both_up(&mut ada, &mut bob).await;
        for round in 1..=2 {
            let call = CallId(CALL.0 + round);
            ada.command(Command::Call { call, target: "agent2".to_owned(), video: false }).await;
            see(&mut ada, "Progress 180", &mut bob, "Incoming agent1").await?;
            pass(&mut ada, &mut bob, 500).await;
            assert!(!bob.saw("Incoming"), "once");
            let ringing = bob.call();
            bob.command(Command::Answer { call: ringing, video: false }).await;
            see(&mut ada, "Answered", &mut bob, "Answered").await?;
            // Each of its flows dies in turn; the other side does not notice.
            for _ in 0..2 {
                bob.cut_oldest().await;
                ada.command(Command::Hold { call }).await;
                see(&mut ada, "Hold true false", &mut bob, "Hold false true").await?;
                ada.command(Command::Resume { call }).await;
                see(&mut ada, "Hold false false", &mut bob, "Hold false false").await?;
                both_up(&mut ada, &mut bob).await;
            }
            ada.command(Command::HangUp { call }).await;
            see(&mut ada, "Ended LocalHangUp", &mut bob, "Ended RemoteHangUp").await?;
        }
        Ok::<(), String>(())
    }
    .await;
    assert_eq!(result, Ok(()));
    server.stop().await;
}

//! Flows of RFC 5626 with Kamailio's own `outbound`: the edge names each flow in its Path and Record-Route, the registrar keeps one
//! binding for each flow of a device, tries them one after the other, and forgets those that the edge says are gone.

use sip_ws::io::{CallId, Command, Profile};

use crate::edges::{back, call, pass, register, run, see};
use crate::kamailio::{FLOW_TIMER, Kamailio, PASSWORD, Setup};
use crate::phone::{CALL, Phone, profile};

/// Numbers of devices; one that is loaded again has the number of the one before, and nothing else of it.
const ADA: u8 = 1;
const BOB: u8 = 2;
const BOBS_OTHER: u8 = 3;

fn registrar() -> Kamailio {
    Kamailio::with(&Setup { outbound: true, ..Setup::default() })
}

fn edge(host: &'static str, registrar: &Kamailio) -> Kamailio {
    Kamailio::with(&Setup { host, registrar: Some(registrar.udp), outbound: true, ..Setup::default() })
}

/// Without a GRUU: a binding and its flow are all that is known of a phone.
fn phone(user: &str, edges: &[&Kamailio], device: u8, seed: u8) -> Phone {
    let urls: Vec<String> = edges.iter().map(|edge| edge.url()).collect();
    Phone::of(Profile { gruu: false, ..profile(user, PASSWORD, &urls, device) }, seed)
}

/// Lines of a header of a message, as they came.
fn lines<'a>(message: &'a str, name: &str) -> Vec<&'a str> {
    message.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
}

fn is_registered(message: &str) -> bool {
    message.starts_with("SIP/2.0 200") && lines(message, "CSeq").iter().any(|cseq| cseq.ends_with(" REGISTER"))
}

/// The last answer to a REGISTER.
fn registered(phone: &Phone) -> &str {
    phone.heard.iter().rfind(|text| is_registered(text)).map_or("", String::as_str)
}

/// Each binding of the user of this phone, as the registrar tells it.
fn bindings(phone: &Phone) -> Vec<&str> {
    lines(registered(phone), "Contact").into_iter().flat_map(|line| line.split(", <")).collect()
}

fn instance(device: u8) -> String {
    format!("+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-0000000000{device:02x}>\"")
}

/// INVITEs that reached it and belong to no dialog.
fn rings(phone: &Phone) -> Vec<&String> {
    phone.heard.iter().filter(|text| text.starts_with("INVITE ") && !text.contains("\r\nTo: <sip:bob@portico.test>;tag=")).collect()
}

/// The address in a Contact that was split off others.
fn address(contact: &str) -> &str {
    contact.trim_start_matches('<').split('>').next().unwrap_or_default()
}

/// The token of a flow in the address of an edge.
fn token(header: &str) -> Option<&str> {
    Some(header.strip_prefix("<sip:")?.split_once('@')?.0)
}

/// The flow by which it registered last.
fn flow(phone: &Phone) -> String {
    let path = lines(registered(phone), "Path");
    assert!(path.len() == 1 && path[0].contains(";ob"), "{path:?}");
    token(path[0]).expect("a token").to_owned()
}

fn said(proxies: &[&Kamailio]) -> String {
    proxies.iter().map(|proxy| proxy.errors()).collect::<Vec<_>>().join("\n")
}

/// A call from the first to the second and back on hook.
async fn talk(ada: &mut Phone, number: u64, bob: &mut Phone) -> Result<(), String> {
    let ours = CallId(number);
    call(ada, ours, bob).await?;
    ada.command(Command::Hold { call: ours }).await;
    see(ada, "Hold true false", bob, "Hold false true").await?;
    let ringing = bob.call();
    bob.command(Command::Hold { call: ringing }).await;
    see(ada, "Hold true true", bob, "Hold true true").await?;
    bob.command(Command::HangUp { call: ringing }).await;
    see(ada, "Ended RemoteHangUp", bob, "Ended LocalHangUp").await
}

#[test]
fn a_flow_has_a_token_and_a_device_one_binding_for_it() {
    let registrar = registrar();
    let edge = edge("127.0.0.2", &registrar);
    let result = run(async {
        let (mut ada, mut bob) = (phone("ada", &[&edge], ADA, 1), phone("bob", &[&edge], BOB, 2));
        register(&mut ada, &mut bob).await?;
        let asked = bob.said.iter().rfind(|text| text.starts_with("REGISTER ")).expect("a REGISTER");
        let contact = format!("{};reg-id=1;", instance(BOB));
        assert!(lines(asked, "Contact")[0].contains(&contact) && lines(asked, "Supported")[0].contains("outbound"), "{asked}");
        let answer = registered(&bob);
        assert_eq!(lines(answer, "Require"), ["outbound"], "{answer}");
        assert_eq!(lines(answer, "Flow-Timer"), [FLOW_TIMER.to_string()], "{answer}");
        let first = flow(&bob);
        assert!(bindings(&bob).len() == 1 && bindings(&bob)[0].contains(&instance(BOB)), "{:?}", bindings(&bob));

        talk(&mut ada, 1, &mut bob).await?;
        assert_eq!(rings(&bob).len(), 1);
        // The edge, which is passed twice, goes by the flow of each, not by an address.
        let routes = lines(rings(&bob)[0], "Record-Route");
        assert!(routes.iter().any(|route| token(route) == Some(&first)), "{routes:?}");

        // Sooner than a phone uses a flow by itself.
        pass(&mut ada, &mut bob, 1_000 * u64::from(FLOW_TIMER)).await;
        assert!(bob.said.iter().any(|text| text == "\r\n\r\n"), "{:?}", bob.said);

        // The socket closes. The next one is another flow, and the binding is that of this flow.
        bob.cut().await;
        bob.see("Registered").await?;
        assert_ne!(flow(&bob), first);
        assert_eq!(bindings(&bob).len(), 1, "{:?}", bindings(&bob));
        talk(&mut ada, 2, &mut bob).await?;
        assert_eq!(rings(&bob).len(), 2);

        // A page that is loaded again is the same device with another address; it takes the place of the page before.
        let before = address(bindings(&bob)[0]).to_owned();
        drop(bob);
        let mut bob = phone("bob", &[&edge], BOB, 7);
        bob.command(Command::Start).await;
        bob.see("Registered").await?;
        assert_eq!(bindings(&bob).len(), 1, "{:?}", bindings(&bob));
        assert_ne!(address(bindings(&bob)[0]), before);
        talk(&mut ada, 3, &mut bob).await?;
        assert_eq!(rings(&bob).len(), 1);

        // Another device has a binding of its own.
        let mut other = phone("bob", &[&edge], BOBS_OTHER, 3);
        other.command(Command::Start).await;
        other.see("Registered").await?;
        let both = bindings(&other);
        assert!(
            both.len() == 2 && [BOB, BOBS_OTHER].iter().all(|device| both.iter().any(|one| one.contains(&instance(*device)))),
            "{both:?}"
        );
        Ok(())
    });
    assert_eq!(result, Ok(()), "{}", said(&[&registrar, &edge]));
}

#[test]
fn a_flow_that_is_gone_is_told_and_forgotten() {
    let registrar = registrar();
    let edge = edge("127.0.0.2", &registrar);
    let result = run(async {
        let (mut ada, mut bob) = (phone("ada", &[&edge], ADA, 1), phone("bob", &[&edge], BOB, 2));
        register(&mut ada, &mut bob).await?;
        // Nobody tells the registrar; the edge finds out when it is to use the flow.
        bob.bar(&edge.url()).await;
        for (number, status) in [(1, 480), (2, 404)] {
            ada.command(Command::Call { call: CallId(number), target: "bob".to_owned(), video: false }).await;
            ada.see(&format!("Ended Rejected {{ status: {status}")).await?;
        }
        bob.barred.clear();
        bob.see("Registered").await?;
        talk(&mut ada, 3, &mut bob).await
    });
    assert_eq!(result, Ok(()), "{}", said(&[&registrar, &edge]));
}

/// Of two flows of a device one is lost, which the registrar is not told, and that one is asked first. The ring comes by the other one.
fn one_of_two_is_lost(dead: usize) {
    let registrar = registrar();
    let edges = [edge("127.0.0.2", &registrar), edge("127.0.0.3", &registrar)];
    let result = run(async {
        let (mut ada, mut bob) = (phone("ada", &[&edges[0]], ADA, 1), phone("bob", &[&edges[0], &edges[1]], BOB, 2));
        register(&mut ada, &mut bob).await?;
        for edge in &edges {
            on(&mut ada, &mut bob, edge, 0).await;
        }
        // It registers once more, which makes it the first to be asked.
        let before = bob.heard.len();
        bob.cut_off(&edges[dead].url()).await;
        on(&mut ada, &mut bob, &edges[dead], before).await;
        let reg_ids = |all: &[&str]| all.iter().filter_map(|one| one.split(";reg-id=").nth(1)?.parse().ok()).collect::<Vec<usize>>();
        assert_eq!(reg_ids(&bindings(&bob)), [dead + 1, 2 - dead], "{:?}", bindings(&bob));
        bob.bar(&edges[dead].url()).await;
        talk(&mut ada, 1, &mut bob).await?;
        let ring = rings(&bob);
        assert!(ring.len() == 1 && lines(ring[0], "Via")[0].contains(edges[1 - dead].host), "{ring:?}");
        // The edge said that it is gone (430), and the registrar forgot it.
        let mut other = phone("bob", &[&edges[0]], BOBS_OTHER, 3);
        other.command(Command::Start).await;
        other.see("Registered").await?;
        let left: Vec<&str> = bindings(&other).into_iter().filter(|one| one.contains(&instance(BOB))).collect();
        assert_eq!(reg_ids(&left), [2 - dead], "{left:?}");
        Ok(())
    });
    assert_eq!(result, Ok(()), "{}", said(&[&registrar, &edges[0], &edges[1]]));
}

#[test]
fn of_two_flows_the_first_is_lost_and_the_other_rings() {
    one_of_two_is_lost(0);
}

#[test]
fn of_two_flows_the_second_is_lost_and_the_other_rings() {
    one_of_two_is_lost(1);
}

/// Registered by this edge, after so many messages.
async fn on(ada: &mut Phone, bob: &mut Phone, edge: &Kamailio, before: usize) {
    let is_one = |text: &String| is_registered(text) && lines(text, "Path").iter().any(|path| path.contains(&format!("@{}:", edge.host)));
    for _ in 0..100 {
        if bob.heard.iter().skip(before).any(is_one) {
            return;
        }
        pass(ada, bob, 100).await;
    }
    panic!("no flow by {}: {:?}", edge.host, bob.heard);
}

#[test]
fn a_call_outlives_the_flow_that_its_routes_name() {
    let registrar = registrar();
    let edge = edge("127.0.0.2", &registrar);
    let result = run(async {
        let (mut ada, mut bob) = (phone("ada", &[&edge], ADA, 1), phone("bob", &[&edge], BOB, 2));
        register(&mut ada, &mut bob).await?;
        call(&mut ada, CALL, &mut bob).await?;
        let ringing = bob.call();
        // The routes of a dialog stay (s12.2), and with them the token of a flow that is gone: the call goes on in a new dialog.
        bob.cut().await;
        back(&mut bob, &mut ada).await?;
        ada.command(Command::Hold { call: CALL }).await;
        see(&mut ada, "Hold true false", &mut bob, "Hold false true").await?;
        bob.command(Command::Hold { call: ringing }).await;
        see(&mut ada, "Hold true true", &mut bob, "Hold true true").await?;
        ada.command(Command::HangUp { call: CALL }).await;
        see(&mut ada, "Ended LocalHangUp", &mut bob, "Ended RemoteHangUp").await
    });
    assert_eq!(result, Ok(()), "{}", said(&[&registrar, &edge]));
}

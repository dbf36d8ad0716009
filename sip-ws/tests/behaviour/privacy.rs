//! Calls whose caller asks not to be named (RFC 3323, 3325).

use crate::support::desk::{CALL, Desk, IN, World, profile};
use sip_ws::codec::{HeaderName, Message};
use sip_ws::io::{Command, Event, Profile};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FROM: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=";

/// Ada says who she is to her server only.
fn world(gruu: bool) -> World {
    let mut world = World::new();
    let profile = Profile { anonymous: true, gruu, display_name: Some("Ada Lovelace".to_owned()), ..profile("ada") };
    world.desks[0] = Desk::with(profile, "ada", 1);
    world.register();
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    world
}

fn lines(message: &Message, but: HeaderName) -> String {
    let shown = message.headers().filter(|(name, ..)| *name != but);
    shown.map(|(_, name, value)| format!("{}: {}\n", String::from_utf8_lossy(name), String::from_utf8_lossy(value))).collect()
}

#[test]
fn the_invite_names_the_caller_to_the_server_only() {
    for gruu in [false, true] {
        let world = world(gruu);
        let [invite] = &world.invites(0)[..] else { panic!("one INVITE") };
        assert!(invite.header_str(HeaderName::From).is_some_and(|from| from.starts_with(FROM)));
        assert_eq!(invite.header_str(HeaderName::PPreferredIdentity), Some("\"Ada Lovelace\" <sip:ada@portico.test>"));
        assert_eq!(invite.header_str(HeaderName::Privacy), Some("id"));
        let rest = lines(invite, HeaderName::PPreferredIdentity).to_ascii_lowercase();
        assert!(!rest.contains("ada") && !rest.contains("lovelace"), "{rest}");
    }
}

#[test]
fn the_dialog_goes_on_without_a_name_and_bindings_keep_theirs() {
    let mut world = world(false);
    let told = world.desks[1].events.iter().find_map(|event| match event {
        Event::Incoming { from, .. } => Some(from.clone()),
        _ => None,
    });
    assert_eq!(told.map(|peer| (peer.user, peer.asserted)), Some(("anonymous".to_owned(), false)));
    world.command(1, Command::Answer { call: IN, video: false });
    world.run(200);
    world.command(0, Command::Transfer { call: CALL, target: "eve".to_owned() });
    let refer = world.last_frame(0).expect("the REFER");
    assert!(refer.header(HeaderName::ReferTo).is_some() && refer.header(HeaderName::ReferredBy).is_none());
    world.command(0, Command::HangUp { call: CALL });
    let bye = world.last_frame(0).expect("the BYE");
    assert!(bye.header_str(HeaderName::From).is_some_and(|from| from.starts_with(FROM)));
    assert!(bye.header(HeaderName::PPreferredIdentity).is_none());
    world.run(200);
    world.command(0, Command::Stop);
    let register = world.last_frame(0).expect("the REGISTER");
    assert!(register.header_str(HeaderName::From).is_some_and(|from| from.starts_with("<sip:ada@portico.test>;tag=")));
}

#[test]
fn whoever_does_not_ask_is_named() {
    let mut world = World::ready();
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    let [invite] = &world.invites(0)[..] else { panic!("one INVITE") };
    assert!(invite.header_str(HeaderName::From).is_some_and(|from| from.contains("sip:ada@portico.test")));
    assert!(invite.header(HeaderName::Privacy).is_none() && invite.header(HeaderName::PPreferredIdentity).is_none());
}

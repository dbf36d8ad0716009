//! An address of one device that its registrar gives (RFC 5627): used in calls, never in bindings, and only from our own domain.

use crate::support::desk::{CALL, Desk, IN, World, profile, registered};
use sip_ws::codec::HeaderName;
use sip_ws::io::{Command, Profile};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const GRUU: &str = "sip:ada@portico.test;gr=urn:uuid:00000000-0000-1000-8000-000000000001";

/// Ada's registrar gives her this; Bob's gives nothing.
fn world(gruu: &'static str) -> World {
    let mut world = World::new();
    world.desks[0] = Desk::with(Profile { gruu: true, ..profile("ada") }, "ada", 1);
    world.registrar = Box::new(move |request| {
        let mut response = registered(request);
        if request.from().is_ok_and(|from| from.uri().as_str().contains("ada")) {
            assert!(request.has_token(HeaderName::Supported, "gruu"));
            let contact = request.header_str(HeaderName::Contact).expect("has one").to_owned();
            assert!(contact.contains(".invalid;transport=ws;ob>"), "a binding never has a GRUU: {contact}");
            response.set(HeaderName::Contact, format!("{contact};pub-gruu=\"{gruu}\";temp-gruu=\"sip:tgruu@portico.test;gr\""));
        }
        Some(response)
    });
    world.register();
    world
}

#[test]
fn the_address_of_the_device_stands_in_calls_and_reaches_it() {
    let mut world = world(GRUU);
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    assert_eq!(world.last_contact(0), format!("<{GRUU}>"));
    world.command(1, Command::Answer { call: IN, video: false });
    world.run(200);
    assert_eq!(world.desks[0].calls(), ["Dialling", "Progress 180", "Answered"]);
    // Requests of the peer are addressed to it.
    world.command(1, Command::HangUp { call: IN });
    assert_eq!(world.last_frame(1).expect("the BYE").uri(), Some(GRUU));
    // A refresh of the binding still names the connection, as the registrar checks above.
    world.run(600_000);
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    assert_eq!(world.last_contact(0), format!("<{GRUU}>"));
}

#[test]
fn addresses_of_others_and_no_addresses_are_not_used() {
    for gruu in ["sip:ada@foreign.test;gr=x", "sip:ada@portico.test", "tel:+33;gr=x", "garbage", ""] {
        let mut world = world(gruu);
        world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
        world.run(200);
        assert!(world.last_contact(0).contains(".invalid;transport=ws;ob>"), "{gruu}");
    }
}

#[test]
fn who_does_not_ask_for_one_gets_none() {
    let mut world = World::new();
    world.registrar = Box::new(|request| {
        assert!(!request.has_token(HeaderName::Supported, "gruu"));
        let contact = request.header_str(HeaderName::Contact).expect("has one").to_owned();
        let mut response = registered(request);
        response.set(HeaderName::Contact, format!("{contact};pub-gruu=\"{GRUU}\""));
        Some(response)
    });
    world.register();
    world.command(0, Command::Call { call: CALL, target: "bob".to_owned(), video: false });
    world.run(200);
    assert!(world.last_contact(0).contains(".invalid;transport=ws;ob>"), "an address that may not be resolved in a call is not used");
}

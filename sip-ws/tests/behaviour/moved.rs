//! Both sides lose their flow at once, and what stands between them knows no other way: the call goes on in a new dialog.

use sip_ws::codec::HeaderName;
use sip_ws::io::{Command, Input, Network};

use crate::support::desk::{CALL, IN, World};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// In a call through a proxy that knows each by the connection of their last message.
fn routed() -> World {
    let mut world = World::new();
    world.proxy = true;
    world.register();
    world.calling()
}

fn lose_both(world: &mut World) {
    world.up = false;
    world.close(0);
    world.close(1);
}

/// INVITEs of a desk that ask for another dialog.
fn moves(world: &World, desk: usize) -> usize {
    world.invites(desk).iter().filter(|invite| invite.header(HeaderName::Replaces).is_some()).count()
}

/// Hold and goodbye arrive, both ways.
fn assert_works(world: &mut World) {
    world.clear();
    world.command(0, Command::Hold { call: CALL });
    world.run(1_000);
    assert_eq!(world.desks[1].calls(), ["Hold local=false remote=true"]);
    world.command(1, Command::Hold { call: IN });
    world.run(1_000);
    assert_eq!(world.desks[0].calls(), ["Hold local=true remote=false", "Hold local=true remote=true"]);
    world.command(1, Command::HangUp { call: IN });
    world.run(1_000);
    assert!(world.desks[0].calls().last().is_some_and(|event| event.starts_with("Ended RemoteHangUp")));
    world.run(40_000);
    world.assert_at_rest();
    assert!(world.desks.iter().all(|desk| desk.kept.is_empty()), "nothing is kept of a call that is over");
}

#[test]
fn one_side_lost_is_repaired_in_the_dialog() {
    for desk in [0, 1] {
        let mut world = routed();
        world.close(desk);
        world.run(5_000);
        assert_eq!((moves(&world, 0), moves(&world, 1)), (0, 0));
        assert_works(&mut world);
    }
}

#[test]
fn both_lost_at_once_go_on_in_a_new_dialog() {
    let mut world = routed();
    lose_both(&mut world);
    world.run(4_000);
    world.up = true;
    world.run(10_000);
    assert!(moves(&world, 0) + moves(&world, 1) > 0);
    for desk in &mut world.desks {
        assert_eq!(desk.calls(), ["Reach false", "Reach true"], "nobody sees anything of it");
    }
    assert_works(&mut world);
}

#[test]
fn both_ask_at_the_same_moment_and_the_first_caller_counts() {
    let mut world = routed();
    lose_both(&mut world);
    world.run(4_000);
    world.up = true;
    world.input(0, Input::Network(Network::Online));
    world.input(1, Input::Network(Network::Online));
    world.run(10_000);
    assert!(moves(&world, 0) > 0 && moves(&world, 1) > 0, "{:?}", world.trace);
    assert!(world.trace.iter().any(|line| line.ends_with("ada 491 INVITE")), "{:?}", world.trace);
    assert_works(&mut world);
}

#[test]
fn again_and_again() {
    let mut world = routed();
    for _ in 0..3 {
        lose_both(&mut world);
        world.run(2_000);
        world.up = true;
        world.run(10_000);
    }
    assert_works(&mut world);
}

#[test]
fn a_page_that_is_loaded_again_goes_on_in_the_new_dialog() {
    let mut world = routed();
    lose_both(&mut world);
    world.run(2_000);
    world.up = true;
    world.run(10_000);
    for desk in [0, 1] {
        world.reload(desk);
        world.run(5_000);
    }
    assert!(!world.desks.iter_mut().any(|desk| desk.calls().iter().any(|event| event.starts_with("Ended"))));
    assert_works(&mut world);
}

#[test]
fn a_transfer_that_is_open_in_the_old_dialog_has_failed() {
    let mut world = routed();
    lose_both(&mut world);
    world.run(4_000);
    world.up = true;
    for _ in 0..1_000 {
        if moves(&world, 0) == 0 {
            world.run(10);
        }
    }
    world.lose = Box::new(|_, line| line == "REFER");
    world.command(0, Command::Transfer { call: CALL, target: "carol".to_owned() });
    world.run(10_000);
    assert_eq!(world.desks[0].calls(), ["Reach false", "Reach true", "Transfer Failed { status: 0 }"]);
    assert_works(&mut world);
}

#[test]
fn whoever_hung_up_meanwhile_is_found_out() {
    let mut world = routed();
    lose_both(&mut world);
    world.command(0, Command::HangUp { call: CALL });
    world.run(4_000);
    world.up = true;
    world.run(40_000);
    assert!(world.desks[1].calls().last().is_some_and(|event| event.starts_with("Ended RemoteHangUp")));
    world.run(40_000);
    world.assert_at_rest();
}

#[test]
fn digits_go_on_in_the_new_dialog() {
    let mut world = routed();
    lose_both(&mut world);
    for digit in ['1', '2'] {
        world.command(0, Command::Dtmf { call: CALL, digit, duration_ms: 100 });
        world.command(1, Command::Dtmf { call: IN, digit, duration_ms: 100 });
    }
    world.run(4_000);
    // The first one is under way in the old dialog when the call leaves it.
    let mut lost = [false; 2];
    world.lose = Box::new(move |desk, line| line == "INFO" && !std::mem::replace(&mut lost[desk], true));
    world.up = true;
    world.run(10_000);
    assert!(moves(&world, 0) + moves(&world, 1) > 0);
    for desk in [0, 1] {
        let digits: Vec<String> = world.desks[desk].calls().into_iter().filter(|event| event.starts_with("Dtmf")).collect();
        assert_eq!(
            digits,
            ["DtmfFailed 1 0", "Dtmf 2 100"],
            "each hears the second one of the other, and what became of its own first one"
        );
    }
    assert_works(&mut world);
}

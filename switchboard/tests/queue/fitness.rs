//! Agents whose phone has no microphone or no ring sound: they are rung for nobody, it is said why, and what they want stays.

use crate::support::{Floor, name, queue};
use switchboard::queue::io::{Input, Output, Withdrawn};
use switchboard::queue::{Mode, State, Unready};
use wire::PhoneFault;

const MUTE: Option<PhoneFault> = Some(PhoneFault::NoMicrophone);

fn unready(f: &Floor, agent: &str) -> Option<Unready> {
    f.engine.status(&name(agent)).unwrap().unready
}

#[test]
fn whoever_is_unfit_is_rung_for_nobody_and_is_as_before_once_they_are_fit() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    f.fitness("ann", MUTE);
    let item = f.arrive("support", "v1");
    f.advance(60_000);
    assert!(f.offers().is_empty());
    let status = f.engine.status(&name("ann")).unwrap();
    assert_eq!((status.state, &status.mode), (State::Ready, &Mode::Ready), "what she wants stays");
    assert_eq!(status.unready, Some(Unready::Unfit(PhoneFault::NoMicrophone)));
    assert_eq!(f.engine.view(&name("support")).unwrap().working, 0, "she shares no callers");
    f.fitness("ann", Some(PhoneFault::SoundLocked));
    assert_eq!(unready(&f, "ann"), Some(Unready::Unfit(PhoneFault::SoundLocked)), "another reason");
    f.fitness("ann", None);
    assert_eq!(f.offered_to(item).as_deref(), Some("ann"));
    assert_eq!(unready(&f, "ann"), None);
}

#[test]
fn a_fault_is_as_old_as_it_is_and_not_as_the_readiness() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    let since = |f: &Floor| f.engine.status(&name("ann")).unwrap().since;
    let ready = since(&f);
    f.advance(3_600_000);
    f.fitness("ann", MUTE);
    let mute = f.unix();
    assert_eq!(since(&f), mute);
    f.advance(60_000);
    f.fitness("ann", MUTE);
    f.phones("ann", true, 0);
    assert_eq!(since(&f), mute, "said again");
    f.fitness("ann", Some(PhoneFault::SoundLocked));
    assert_eq!(since(&f), f.unix(), "another fault");
    f.advance(1_000);
    f.fitness("ann", None);
    assert!(since(&f) == f.unix() && ready < mute, "rung from now on");
    // In a call it is the call that counts, and in a pause the pause.
    f.advance(1_000);
    f.phones("ann", true, 1);
    let call = f.unix();
    f.advance(1_000);
    f.fitness("ann", MUTE);
    assert_eq!((f.state("ann"), since(&f)), (State::OnCall, call));
    f.phones("ann", true, 0);
    f.pause("ann", "lunch");
    let pause = f.unix();
    f.advance(1_000);
    f.fitness("ann", None);
    assert_eq!(since(&f), pause);
}

#[test]
fn a_fault_of_before_a_restart_is_as_old_after_it() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    f.advance(5_000);
    f.fitness("ann", MUTE);
    let mute = f.unix();
    f.advance(5_000);
    f.restart();
    f.phones("ann", true, 0);
    f.fitness("ann", MUTE);
    f.input(Input::Answers { agent: name("ann"), answers: true });
    let status = f.engine.status(&name("ann")).unwrap();
    assert_eq!((status.unready, status.since), (Some(Unready::Unfit(PhoneFault::NoMicrophone)), mute));
}

#[test]
fn a_phone_that_falls_dumb_while_it_rings_loses_the_caller_to_the_next_one_and_has_missed_nothing() {
    let mut support = queue("support", &["ann", "bob"]);
    support.pause_after_missed = 1;
    let mut f = Floor::new(vec![support]);
    f.ready("ann");
    f.advance(1_000);
    f.ready("bob");
    let item = f.arrive("support", "v1");
    assert_eq!(f.offered_to(item).as_deref(), Some("ann"));
    f.fitness("ann", MUTE);
    assert!(f.out.contains(&Output::Withdraw { item, agent: name("ann"), why: Withdrawn::Unfit }));
    assert_eq!(f.offered_to(item).as_deref(), Some("bob"));
    f.fitness("ann", None);
    assert_eq!((f.state("ann"), unready(&f, "ann")), (State::Ready, None), "neither paused nor at rest");
}

#[test]
fn nobody_gives_a_caller_to_whoever_is_unfit() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    f.fitness("ann", MUTE);
    let item = f.arrive("support", "v1");
    f.input(Input::Assign { item, agent: name("ann") });
    assert!(f.offers().is_empty() && !f.engine.free(&name("ann")));
}

#[test]
fn a_call_goes_on_without_a_microphone() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    let item = f.arrive("support", "v1");
    f.answer(item);
    f.fitness("ann", MUTE);
    assert_eq!(f.state("ann"), State::OnCall);
    f.end("ann", item);
    assert_eq!(unready(&f, "ann"), Some(Unready::Unfit(PhoneFault::NoMicrophone)));
}

#[test]
fn after_a_restart_the_page_is_asked_again_before_anybody_is_rung() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    f.fitness("ann", MUTE);
    f.restart();
    f.phones("ann", true, 0);
    let item = f.arrive("support", "v1");
    assert!(f.offers().is_empty(), "no page answers yet");
    // The first frame of the page says it, before it counts as one that answers.
    f.fitness("ann", MUTE);
    f.input(Input::Answers { agent: name("ann"), answers: true });
    assert!(f.offers().is_empty());
    f.fitness("ann", None);
    assert_eq!(f.offered_to(item).as_deref(), Some("ann"));
}

#[test]
fn who_is_paused_is_asked_for_no_microphone() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    f.pause("ann", "lunch");
    f.fitness("ann", MUTE);
    assert_eq!((f.state("ann"), unready(&f, "ann")), (State::Paused, None));
}

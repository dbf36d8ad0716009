//! What somebody in charge does: moving, preferring and giving away callers, and who takes the calls of which queue.

use crate::support::{Floor, name, queue};
use switchboard::queue::io::{Input, ItemId, Output, PRIORITY_MS, Withdrawn};
use switchboard::queue::{Mode, State};

/// The callers of a queue in order.
fn order(f: &Floor, of: &str) -> Vec<String> {
    f.engine.view(&name(of)).unwrap().first.iter().map(|caller| caller.display.clone()).collect()
}

fn item(f: &Floor, contact: &str) -> Option<(ItemId, String)> {
    f.engine.waiting("t1", contact).map(|(item, queue)| (item, queue.name.to_string()))
}

#[test]
fn a_moved_caller_is_as_old_as_before_and_leaves_no_trace_behind() {
    let mut f = Floor::new(vec![queue("support", &["ann"]), queue("sales", &["bob"])]);
    let first = f.arrive("support", "v1");
    f.advance(10_000);
    f.arrive("sales", "v2");
    f.input(Input::Move { item: first, to: name("sales") });
    assert_eq!((order(&f, "support").len(), order(&f, "sales")), (0, vec!["V1".to_owned(), "V2".to_owned()]));
    assert_eq!(item(&f, "contact-1"), Some((first, "sales".to_owned())));
    assert!(f.engine.waiting("t2", "contact-1").is_none(), "not with another tenant's name");
    f.ready("bob");
    assert_eq!(f.offers(), [("bob".to_owned(), 1)], "who waits longest is first there too");
}

#[test]
fn a_caller_who_is_offered_is_moved_without_a_fault_of_the_agents() {
    let mut settings = queue("support", &["ann"]);
    settings.pause_after_missed = 1;
    let mut f = Floor::new(vec![settings, queue("sales", &["bob"])]);
    f.ready("ann");
    let (first, second) = (f.arrive("support", "v1"), f.arrive("support", "v2"));
    f.input(Input::Move { item: first, to: name("sales") });
    assert!(f.out.contains(&Output::Withdraw { item: first, agent: name("ann"), why: Withdrawn::Steered }));
    assert_eq!(f.offers(), [("ann".to_owned(), 1), ("ann".to_owned(), 2)], "no rest, no pause: the next caller at once");
    assert_eq!(f.offered_to(second).as_deref(), Some("ann"));
    assert_eq!(f.offered_to(first), None);
    f.input(Input::Move { item: first, to: name("nowhere") });
    assert_eq!(order(&f, "sales"), ["V1"]);
}

#[test]
fn priority_counts_as_waiting_and_no_more() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.arrive("support", "old");
    f.advance(u64::try_from(PRIORITY_MS).unwrap() - 60_000);
    f.arrive("support", "usual");
    f.advance(120_000);
    let urgent = f.arrive("support", "urgent");
    assert_eq!(order(&f, "support"), ["OLD", "USUAL", "URGENT"]);
    f.input(Input::Prioritise { item: urgent, priority: 1 });
    assert_eq!(order(&f, "support"), ["OLD", "URGENT", "USUAL"], "whoever has waited a step longer still comes first");
    f.input(Input::Prioritise { item: urgent, priority: 2 });
    assert_eq!(order(&f, "support"), ["URGENT", "OLD", "USUAL"]);
    f.advance(6_000);
    assert_eq!(f.told(urgent).last(), Some(&1));
    f.ready("ann");
    assert_eq!(f.answer(urgent), "ann");
    assert_eq!(order(&f, "support"), ["OLD", "USUAL"]);
}

#[test]
fn a_caller_who_comes_back_keeps_the_priority() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.arrive("support", "v1");
    f.advance(1_000);
    let second = f.arrive("support", "v2");
    f.input(Input::Prioritise { item: second, priority: 3 });
    f.input(Input::Left { item: second });
    f.advance(1_000);
    f.arrive("support", "v2");
    assert_eq!(order(&f, "support"), ["V2", "V1"]);
}

#[test]
fn a_caller_is_given_to_a_free_agent_of_any_queue_and_to_nobody_else() {
    let mut f = Floor::new(vec![queue("support", &["ann"]), queue("sales", &["bob", "cid"])]);
    let (first, second) = (f.arrive("support", "v1"), f.arrive("support", "v2"));
    f.input(Input::Assign { item: second, agent: name("bob") });
    assert!(f.offers().is_empty(), "who is not there is not rung");
    f.ready("bob");
    f.input(Input::Assign { item: second, agent: name("bob") });
    assert_eq!(f.offers(), [("bob".to_owned(), 2)]);
    f.input(Input::Assign { item: first, agent: name("bob") });
    assert_eq!(f.offers().len(), 1, "one caller at a time");
    f.ready("cid");
    f.input(Input::Assign { item: second, agent: name("cid") });
    assert_eq!(f.offered_to(second).as_deref(), Some("cid"), "from one agent to the other");
    assert_eq!(f.state("bob"), State::Ready);
    assert_eq!(f.answer(second), "cid");
    assert_eq!(order(&f, "support"), ["V1"]);
}

#[test]
fn an_unanswered_assignment_goes_back_to_the_same_place() {
    let mut f = Floor::new(vec![queue("support", &["ann"]), queue("sales", &["bob"])]);
    f.arrive("support", "v1");
    let second = f.arrive("support", "v2");
    f.ready("bob");
    f.input(Input::Assign { item: second, agent: name("bob") });
    f.advance(20_000);
    assert_eq!(order(&f, "support"), ["V1", "V2"]);
    f.ready("ann");
    assert_eq!(f.offers().last(), Some(&("ann".to_owned(), 1)));
}

#[test]
fn an_agent_who_is_taken_out_of_a_queue_gets_its_calls_no_more_and_is_told_by_nobody_else() {
    let mut f = Floor::new(vec![queue("support", &["ann", "bob"]), queue("sales", &["ann"])]);
    f.ready("ann");
    f.input(Input::SetMember { agent: name("ann"), queue: name("support"), on: false });
    assert_eq!((f.engine.view(&name("support")).unwrap().free, f.engine.view(&name("sales")).unwrap().free), (0, 1));
    assert_eq!(f.engine.view(&name("support")).unwrap().working, 0);
    let waits = f.arrive("support", "v1");
    assert!(f.offers().is_empty());
    f.arrive("sales", "v2");
    assert_eq!(f.offers(), [("ann".to_owned(), 2)]);
    f.answer(ItemId(2));
    f.end("ann", ItemId(2));
    assert_eq!(f.offered_to(waits), None, "not after a call either");
    let saved = f.engine.saved(&name("ann")).unwrap();
    assert_eq!(saved.away, ["support"]);
    f.input(Input::SetMember { agent: name("ann"), queue: name("support"), on: true });
    assert_eq!(f.offered_to(waits).as_deref(), Some("ann"), "and with it, at once");

    let mut after = Floor::new(vec![queue("support", &["ann", "bob"]), queue("sales", &["ann"])]);
    after.engine.restore(after.clock(), vec![(name("ann"), saved)], Vec::new());
    let on = after.engine.memberships(&name("ann"));
    assert_eq!(on, [(name("support"), false), (name("sales"), true)], "a restart changes nothing");
}

#[test]
fn whoever_is_taken_into_a_queue_again_takes_its_calls_whatever_was_before() {
    let (with, without) = ([queue("support", &["ann"]), queue("sales", &["ann"])], [queue("support", &[]), queue("sales", &["ann"])]);
    let mut f = Floor::new(with.to_vec());
    f.input(Input::SetMember { agent: name("ann"), queue: name("support"), on: false });
    f.configure(without.to_vec());
    f.configure(with.to_vec());
    assert_eq!(f.engine.memberships(&name("ann")), [(name("support"), true), (name("sales"), true)]);
    // So it is after a restart too, also one in between.
    f.restart();
    assert_eq!(f.engine.memberships(&name("ann")), [(name("support"), true), (name("sales"), true)]);
    f.input(Input::SetMember { agent: name("ann"), queue: name("support"), on: false });
    f.configure(without.to_vec());
    f.restart();
    f.configure(with.to_vec());
    f.restart();
    assert_eq!(f.engine.memberships(&name("ann")), [(name("support"), true), (name("sales"), true)]);
}

#[test]
fn who_set_a_state_is_remembered_until_the_agent_changes_it() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    let by = || Some("Sue".to_owned());
    f.input(Input::SetMode { agent: name("ann"), mode: Mode::Paused { reason: Some("lunch".into()) }, by: by() });
    assert_eq!(f.engine.status(&name("ann")).unwrap().set_by, by());
    assert_eq!(f.engine.saved(&name("ann")).unwrap().set_by, by());
    f.ready("ann");
    assert_eq!(f.engine.status(&name("ann")).unwrap().set_by, None);
}

//! Who is rung: the longest idle one who is free, present and wants calls, and nobody twice at once.

use crate::support::{Floor, UNIX, name, queue};
use switchboard::queue::io::{Input, Output, Withdrawn};
use switchboard::queue::{Mode, State, Unready};

#[test]
fn the_longest_idle_agent_is_rung_first_and_goes_to_the_end_after_a_call() {
    let mut f = Floor::new(vec![queue("support", &["ann", "bob", "cid"])]);
    for agent in ["bob", "cid", "ann"] {
        f.ready(agent);
        f.advance(1_000);
    }
    let first = f.arrive("support", "v1");
    assert_eq!(f.offered_to(first).as_deref(), Some("bob"));
    let second = f.arrive("support", "v2");
    assert_eq!(f.offered_to(second).as_deref(), Some("cid"), "who is being rung is rung for nobody else");
    assert_eq!((f.answer(first).as_str(), f.answer(second).as_str()), ("bob", "cid"));
    f.advance(60_000);
    f.end("cid", second);
    f.advance(1);
    f.end("bob", first);
    let order: Vec<_> = ["v3", "v4", "v5"].map(|caller| f.arrive("support", caller)).map(|item| f.offered_to(item).unwrap()).into();
    assert_eq!(order, ["ann", "cid", "bob"]);
}

#[test]
fn a_waiting_caller_goes_to_the_agent_who_becomes_free() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    let items: Vec<_> = ["v1", "v2", "v3"].map(|caller| f.arrive("support", caller)).into();
    assert!(f.offers().is_empty());
    f.ready("ann");
    for item in items {
        assert_eq!(f.offered_to(item).as_deref(), Some("ann"), "in the order of arrival");
        f.answer(item);
        f.advance(30_000);
        f.end("ann", item);
    }
    assert_eq!(f.offers().len(), 3);
}

#[test]
fn an_agent_of_two_queues_gets_the_caller_who_has_waited_longest() {
    let mut f = Floor::new(vec![queue("sales", &["ann"]), queue("support", &["ann"])]);
    let old = f.arrive("support", "v1");
    f.advance(10);
    f.arrive("sales", "v2");
    f.ready("ann");
    assert_eq!(f.offered_to(old).as_deref(), Some("ann"));
    assert_eq!(f.offers().len(), 1);
}

#[test]
fn who_does_not_want_is_not_there_or_is_busy_is_not_rung() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    let item = f.arrive("support", "v1");
    f.phones("ann", true, 0);
    f.input(Input::Answers { agent: name("ann"), answers: true });
    assert_eq!(f.state("ann"), State::Paused);
    assert!(f.offers().is_empty(), "not ready yet");
    f.phones("ann", true, 1);
    f.input(Input::SetMode { agent: name("ann"), mode: Mode::Ready, by: None });
    assert!(f.offers().is_empty() && f.state("ann") == State::OnCall, "in a call of her own");
    f.phones("ann", false, 0);
    assert!(f.offers().is_empty() && f.state("ann") == State::Offline, "no phone");
    f.input(Input::Answers { agent: name("ann"), answers: false });
    f.phones("ann", true, 0);
    assert!(f.offers().is_empty());
    assert_eq!(f.engine.status(&name("ann")).unwrap().unready, Some(Unready::Silent), "and it is said why");
    f.input(Input::Answers { agent: name("ann"), answers: true });
    assert_eq!(f.offered_to(item).as_deref(), Some("ann"));
}

#[test]
fn an_unanswered_ring_goes_on_to_the_next_agent_and_keeps_the_place() {
    let mut f = Floor::new(vec![queue("support", &["ann", "bob"])]);
    f.ready("ann");
    f.advance(1_000);
    let first = f.arrive("support", "v1");
    let second = f.arrive("support", "v2");
    f.advance(19_999);
    assert_eq!(f.offers().len(), 1);
    f.advance(1);
    assert!(f.out.contains(&Output::Withdraw { item: first, agent: name("ann"), why: Withdrawn::NoAnswer }));
    assert_eq!(f.offers().len(), 1, "the only agent has a moment of rest");
    assert_eq!(f.engine.status(&name("ann")).unwrap().unready, Some(Unready::Resting));
    f.ready("bob");
    assert_eq!(f.offered_to(first).as_deref(), Some("bob"), "the first caller is still the first");
    f.advance(5_000);
    assert_eq!(f.offered_to(second).as_deref(), Some("ann"));
    f.declined(second);
    assert_eq!(f.offered_to(first).as_deref(), Some("bob"));
}

#[test]
fn an_agent_who_misses_too_many_rings_is_paused_with_that_reason() {
    let mut f = Floor::new(vec![{
        let mut support = queue("support", &["ann"]);
        support.pause_after_missed = 2;
        support
    }]);
    f.ready("ann");
    let item = f.arrive("support", "v1");
    f.advance(20_000 + 5_000 + 20_000);
    assert_eq!(f.offers().len(), 2);
    let status = f.engine.status(&name("ann")).unwrap();
    assert_eq!((status.state, &status.mode), (State::Paused, &Mode::Paused { reason: Some("missed".into()) }));
    f.advance(60_000);
    assert_eq!(f.offers().len(), 2);
    f.ready("ann");
    assert_eq!(f.offered_to(item).as_deref(), Some("ann"), "being ready again forgives");
}

#[test]
fn a_desk_that_falls_silent_while_it_rings_loses_the_caller_to_the_next_one() {
    let mut f = Floor::new(vec![queue("support", &["ann", "bob"])]);
    f.ready("ann");
    f.advance(1_000);
    f.ready("bob");
    let item = f.arrive("support", "v1");
    f.input(Input::Answers { agent: name("ann"), answers: false });
    assert!(f.out.contains(&Output::Withdraw { item, agent: name("ann"), why: Withdrawn::Silent }));
    assert_eq!(f.offered_to(item).as_deref(), Some("bob"));
}

#[test]
fn a_wrap_up_is_made_longer_as_often_as_its_queue_allows() {
    let settings = switchboard::queue::io::QueueSettings { wrap_up_ms: 30_000, ..queue("support", &["ann"]) };
    let mut f = Floor::new(vec![settings]);
    f.ready("ann");
    let first = f.arrive("support", "v1");
    f.answer(first);
    f.end("ann", first);
    let extend = |f: &mut Floor, contact: &str| f.input(Input::ExtendWrapUp { agent: name("ann"), contact: contact.into() });
    let lasts =
        |f: &Floor| f.engine.status(&name("ann")).unwrap().wrap_up.as_ref().map(|w| (w.until - w.since, w.extended, w.extensions_left));
    assert_eq!(lasts(&f), Some((30_000, 0, 2)));
    extend(&mut f, "contact-7");
    assert_eq!(lasts(&f), Some((30_000, 0, 2)), "not for another call");
    f.advance(29_000);
    extend(&mut f, "contact-1");
    assert_eq!(lasts(&f), Some((50_000, 1, 1)));
    f.advance(20_999);
    assert_eq!(f.state("ann"), State::WrapUp, "the limit of before ends nothing");
    // It outlives a restart, with what is left.
    f.restart();
    f.phones("ann", true, 0);
    f.input(Input::Answers { agent: name("ann"), answers: true });
    assert_eq!(lasts(&f), Some((50_000, 1, 1)));
    extend(&mut f, "contact-1");
    extend(&mut f, "contact-1");
    assert_eq!(lasts(&f), Some((70_000, 2, 0)), "and no further");
    let second = f.arrive("support", "v2");
    f.advance(20_000);
    assert_eq!((f.state("ann"), f.offered_to(second)), (State::WrapUp, None));
    f.advance(1);
    assert_eq!(f.offered_to(second).as_deref(), Some("ann"));
    let ms = f.out.iter().find_map(|output| if let Output::WrappedUp { ms, .. } = output { Some(*ms) } else { None });
    assert_eq!(ms, Some(70_000), "all of it is wrap-up");
}

#[test]
fn wrap_up_ends_by_the_agent_or_by_itself_and_a_pause_follows_it() {
    let mut f = Floor::new(vec![{
        let mut support = queue("support", &["ann"]);
        support.wrap_up_ms = 30_000;
        support
    }]);
    f.ready("ann");
    let first = f.arrive("support", "v1");
    f.answer(first);
    f.advance(10_000);
    let second = f.arrive("support", "v2");
    f.end("ann", first);
    assert_eq!(f.state("ann"), State::WrapUp);
    let wrap_up = f.engine.status(&name("ann")).unwrap().wrap_up.clone().unwrap();
    assert_eq!((wrap_up.contact.as_str(), wrap_up.queue.as_str(), wrap_up.until - wrap_up.since), ("contact-1", "support", 30_000));
    f.input(Input::EndWrapUp { agent: name("ann"), contact: "contact-7".into() });
    assert_eq!(f.state("ann"), State::WrapUp, "another call's wrap-up does not end this one");
    f.input(Input::EndWrapUp { agent: name("ann"), contact: "contact-1".into() });
    assert_eq!(f.offered_to(second).as_deref(), Some("ann"));

    f.answer(second);
    let third = f.arrive("support", "v3");
    f.pause("ann", "lunch");
    assert_eq!(f.state("ann"), State::OnCall, "a pause waits for the end of the call");
    f.end("ann", second);
    assert_eq!(f.state("ann"), State::WrapUp);
    f.advance(29_999);
    assert_eq!(f.state("ann"), State::WrapUp);
    f.advance(1);
    assert_eq!(f.state("ann"), State::Paused);
    assert_eq!(f.offered_to(third), None);
}

#[test]
fn a_state_is_as_old_as_it_is_and_said_once() {
    let mut f = Floor::new(vec![queue("support", &["ann"])]);
    f.ready("ann");
    let said = |f: &Floor| f.out.iter().filter(|o| matches!(o, Output::Agent(_))).count();
    let before = said(&f);
    f.advance(5_000);
    f.ready("ann");
    f.phones("ann", true, 0);
    assert_eq!(said(&f), before);
    assert_eq!(f.engine.status(&name("ann")).unwrap().since, UNIX);
    f.pause("ann", "lunch");
    f.advance(100);
    f.pause("ann", "training");
    assert_eq!(f.engine.status(&name("ann")).unwrap().since, UNIX + 5_100, "another reason is another pause");
}

fn since(f: &Floor, agent: &str) -> i64 {
    f.engine.status(&name(agent)).unwrap().since
}

#[test]
fn what_an_agent_does_is_as_old_after_a_restart_as_it_was_before() {
    let agents = ["ann", "bob", "cid", "dot", "eve"];
    let mut f = Floor::new(vec![queue("support", &agents)]);
    for agent in agents {
        f.ready(agent);
    }
    f.advance(1_000);
    f.pause("bob", "lunch");
    f.phones("cid", true, 1);
    f.phones("eve", false, 0);
    // Back at once, phone or page first; and killed again before everybody is.
    f.advance(600_000);
    f.restart();
    f.advance(5_000);
    f.restart();
    f.advance(5_000);
    f.input(Input::Answers { agent: name("ann"), answers: true });
    f.phones("ann", true, 0);
    f.phones("bob", true, 0);
    f.phones("cid", true, 1);
    f.phones("dot", true, 0);
    assert_eq!(f.engine.status(&name("dot")).unwrap().unready, Some(Unready::Silent));
    f.advance(3_000);
    f.input(Input::Answers { agent: name("dot"), answers: true });
    let all = |f: &Floor| agents.map(|agent| (f.state(agent), since(f, agent) - UNIX));
    let as_before = [(State::Ready, 0), (State::Paused, 1_000), (State::OnCall, 1_000), (State::Ready, 0), (State::Offline, 1_000)];
    assert_eq!(all(&f), as_before);
    // From then on a state is as old as any: nothing of before comes back twice.
    f.phones("ann", false, 0);
    f.advance(1_000);
    f.phones("ann", true, 0);
    assert_eq!(since(&f, "ann"), f.unix());
    // Whoever does something else does that since now, and whoever is back late was away.
    f.restart();
    f.phones("bob", true, 1);
    assert_eq!((f.state("bob"), since(&f, "bob")), (State::OnCall, f.unix()));
    f.phones("bob", true, 0);
    assert_eq!((f.state("bob"), since(&f, "bob")), (State::Paused, f.unix()));
    f.advance(60_000);
    f.phones("dot", true, 0);
    assert_eq!(since(&f, "dot"), f.unix());
    assert_eq!(since(&f, "eve"), UNIX + 1_000, "who was not there is not there for as long as ever");
}

#[test]
fn rings_missed_before_a_restart_count_after_it() {
    let mut f = Floor::new(vec![switchboard::queue::io::QueueSettings { pause_after_missed: 2, ..queue("support", &["ann"]) }]);
    f.ready("ann");
    f.arrive("support", "v1");
    f.advance(20_000);
    f.restart();
    f.phones("ann", true, 0);
    f.input(Input::Answers { agent: name("ann"), answers: true });
    let again = f.arrive("support", "v1");
    assert_eq!(f.offered_to(again).as_deref(), Some("ann"));
    f.advance(20_000);
    assert_eq!(f.engine.status(&name("ann")).unwrap().mode, Mode::Paused { reason: Some("missed".into()) });
}

#[test]
fn what_an_agent_wants_comes_back_after_a_restart() {
    let settings = || {
        let mut support = queue("support", &["ann", "bob"]);
        support.wrap_up_ms = 60_000;
        vec![support]
    };
    let mut f = Floor::new(settings());
    f.ready("ann");
    f.ready("bob");
    let item = f.arrive("support", "v1");
    let talker = f.answer(item);
    f.end(&talker, item);
    f.advance(1_000);
    f.pause("bob", "lunch");
    let saved = ["ann", "bob"].map(|agent| (name(agent), f.engine.saved(&name(agent)).unwrap()));
    assert!(f.out.contains(&Output::SaveAgent(name("ann"))) && f.out.contains(&Output::SaveAgent(name("bob"))));

    let mut g = Floor::new(settings());
    g.now = f.now + 7_000;
    let clock = g.clock();
    g.engine.restore(clock, saved.into(), Vec::new());
    for agent in ["ann", "bob"] {
        g.phones(agent, true, 0);
        g.input(Input::Answers { agent: name(agent), answers: true });
    }
    assert_eq!((g.state("ann"), g.state("bob")), (State::WrapUp, State::Paused));
    assert_eq!((since(&g, "ann"), since(&g, "bob")), (UNIX, UNIX + 1_000), "and it is as old as it is");
    g.advance(51_999);
    assert_eq!(g.state("ann"), State::WrapUp);
    g.advance(1);
    assert_eq!(g.state("ann"), State::Ready, "the wrap-up ends when it would have ended");
    let after = g.arrive("support", "v2");
    assert_eq!(g.offered_to(after).as_deref(), Some("ann"));
}

#[test]
fn whoever_is_taken_out_of_their_last_queue_finishes_what_they_began_and_is_an_agent_no_longer() {
    let settings = |agents: &[&str], wrap_up_ms| vec![switchboard::queue::io::QueueSettings { wrap_up_ms, ..queue("support", agents) }];
    let is_agent = |f: &Floor| f.engine.status(&name("ann")).is_some();
    // In a call, with work after it and without, and in that work.
    for (wrap_up_ms, in_call) in [(60_000, true), (0, true), (60_000, false)] {
        let mut f = Floor::new(settings(&["ann", "bob"], wrap_up_ms));
        f.ready("ann");
        let item = f.arrive("support", "v1");
        f.answer(item);
        if in_call {
            f.configure(settings(&["bob"], wrap_up_ms));
            assert_eq!((f.state("ann"), f.engine.memberships(&name("ann"))), (State::OnCall, vec![]));
            f.end("ann", item);
        } else {
            f.end("ann", item);
            f.configure(settings(&["bob"], wrap_up_ms));
        }
        if wrap_up_ms > 0 {
            assert_eq!(f.state("ann"), State::WrapUp);
            f.arrive("support", "v2");
            f.input(Input::EndWrapUp { agent: name("ann"), contact: "contact-1".into() });
            assert!(f.out.iter().any(|output| matches!(output, Output::WrappedUp { .. })));
        }
        assert!(!is_agent(&f) && f.out.contains(&Output::Agent(name("ann"))));
        assert_eq!(f.offers().len(), 1, "nothing else is offered to them");
        // As somebody new where they are taken into a queue again.
        f.configure(settings(&["ann", "bob"], wrap_up_ms));
        assert_eq!(f.state("ann"), State::Offline);
    }
    // Rung, and with nothing to do.
    let mut f = Floor::new(settings(&["ann", "bob"], 0));
    f.ready("ann");
    let item = f.arrive("support", "v1");
    f.configure(settings(&["bob"], 0));
    assert!(is_agent(&f));
    f.declined(item);
    assert!(!is_agent(&f));
    f.out.clear();
    f.configure(settings(&["ann"], 0));
    f.configure(settings(&[], 0));
    assert!(!is_agent(&f) && f.out.iter().filter(|output| **output == Output::Agent(name("ann"))).count() == 2, "come and gone");
}

#[test]
fn a_call_of_before_a_restart_is_followed_by_its_wrap_up() {
    let mut f = Floor::new(vec![{
        let mut support = queue("support", &["ann"]);
        support.wrap_up_ms = 60_000;
        support
    }]);
    f.input(Input::Talking { agent: name("ann"), contact: "contact-9".into(), queue: name("support"), since: UNIX - 5_000 });
    f.ready("ann");
    f.phones("ann", true, 1);
    f.input(Input::Ended { agent: name("ann"), contact: "contact-9".into() });
    f.phones("ann", true, 0);
    assert_eq!(f.state("ann"), State::WrapUp);
}

#[test]
fn settings_that_change_nothing_for_an_agent_announce_them_to_nobody() {
    let settings = vec![queue("support", &["ann", "bob"]), queue("sales", &["bob"])];
    let mut f = Floor::new(settings.clone());
    f.ready("ann");
    f.out.clear();
    let announced = |f: &Floor| {
        let agents = f.out.iter().filter_map(|output| match output {
            Output::Agent(agent) => Some(agent.name.to_string()),
            _ => None,
        });
        agents.collect::<Vec<_>>()
    };
    f.input(Input::Configure(settings));
    assert_eq!(announced(&f), Vec::<String>::new());
    f.input(Input::Configure(vec![queue("support", &["ann", "bob", "cid"]), queue("sales", &["ann", "bob"])]));
    assert_eq!(announced(&f), ["ann", "cid"], "who has another queue, and who is new");
    let item = f.arrive("sales", "v1");
    assert_eq!(f.offered_to(item).as_deref(), Some("ann"));
}

//! Two agents under random commands, delay, reordering, duplication, lost sockets and reloads: at rest they agree, and nothing leaks.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sip_ws::io::{CallId, Command, Event, RejectAs};

use crate::support::desk::World;

/// One step of a random life.
#[derive(Clone, Debug)]
enum Step {
    Dial { desk: usize, video: bool },
    Answer { desk: usize, video: bool },
    Reject { desk: usize },
    HangUp { desk: usize },
    Hold { desk: usize, on: bool },
    Video { desk: usize, on: bool },
    Renegotiate { desk: usize, fresh: bool },
    Dtmf { desk: usize },
    Close { desk: usize },
    Reload { desk: usize },
    Run { ms: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let desk = 0..2_usize;
    prop_oneof![
        2 => (desk.clone(), any::<bool>()).prop_map(|(desk, video)| Step::Dial { desk, video }),
        4 => (desk.clone(), any::<bool>()).prop_map(|(desk, video)| Step::Answer { desk, video }),
        1 => desk.clone().prop_map(|desk| Step::Reject { desk }),
        1 => desk.clone().prop_map(|desk| Step::HangUp { desk }),
        4 => (desk.clone(), any::<bool>()).prop_map(|(desk, on)| Step::Hold { desk, on }),
        2 => (desk.clone(), any::<bool>()).prop_map(|(desk, on)| Step::Video { desk, on }),
        1 => (desk.clone(), any::<bool>()).prop_map(|(desk, fresh)| Step::Renegotiate { desk, fresh }),
        1 => desk.clone().prop_map(|desk| Step::Dtmf { desk }),
        3 => desk.clone().prop_map(|desk| Step::Close { desk }),
        1 => desk.prop_map(|desk| Step::Reload { desk }),
        8 => prop_oneof![0..50_u64, 50..1_000_u64, 1_000..5_000_u64].prop_map(|ms| Step::Run { ms }),
    ]
}

/// What a user would believe, from the events alone.
#[derive(Clone, Debug, Default, PartialEq)]
struct Belief {
    answered: bool,
    held_by_us: bool,
    held_by_peer: bool,
    ended: bool,
    session_id: String,
}

#[derive(Default)]
struct Desk {
    calls: BTreeMap<CallId, Belief>,
    dialled: u64,
}

impl Desk {
    fn note(&mut self, event: &Event) {
        match event {
            Event::Incoming { call, session_id, .. } | Event::Dialling { call, session_id } => {
                let belief = self.calls.entry(*call).or_default();
                assert!(!belief.ended, "a call came back from the dead");
                belief.session_id.clone_from(session_id);
            }
            Event::Answered { call, .. } => {
                let belief = self.calls.entry(*call).or_default();
                assert!(!belief.answered && !belief.ended, "answered twice or after the end");
                belief.answered = true;
            }
            Event::Hold { call, local, remote } => {
                let belief = self.calls.entry(*call).or_default();
                assert!(!belief.ended, "hold after the end");
                belief.held_by_us = *local;
                belief.held_by_peer = *remote;
            }
            Event::Restored { call, .. } => {
                let belief = self.calls.entry(*call).or_default();
                assert!(belief.answered && !belief.ended, "only a live call is restored");
                // What holds is said next.
                (belief.held_by_us, belief.held_by_peer) = (false, false);
            }
            Event::Ended { call, .. } => {
                let belief = self.calls.entry(*call).or_default();
                assert!(!belief.ended, "ended twice");
                belief.ended = true;
            }
            Event::Progress { call, .. } | Event::DtmfReceived { call, .. } | Event::Video { call, .. } => {
                assert!(!self.calls.entry(*call).or_default().ended, "news after the end");
            }
            Event::Link(_)
            | Event::Registration(_)
            | Event::Redirected { .. }
            | Event::RedirectAsked { .. }
            | Event::Transfer { .. }
            | Event::TransferAsked { .. }
            | Event::Following { .. }
            | Event::Remote { .. }
            | Event::Supervision { .. }
            | Event::Queued { .. }
            | Event::DtmfFailed { .. }
            | Event::LateCandidates { .. }
            | Event::ChangeFailed { .. }
            | Event::Reach { .. }
            | Event::Peer { .. }
            | Event::Ignored { .. }
            | Event::Warning(_) => {}
        }
    }

    fn pick(&self) -> Option<CallId> {
        self.calls.iter().rev().find(|(_, b)| !b.ended).map(|(call, _)| *call)
    }

    /// Live answered calls by Session-ID.
    fn live(&self) -> BTreeMap<&str, &Belief> {
        self.calls.values().filter(|b| b.answered && !b.ended).map(|b| (b.session_id.as_str(), b)).collect()
    }
}

struct Life {
    world: World,
    desks: [Desk; 2],
}

impl Life {
    fn step(&mut self, step: &Step) {
        let call = |desks: &[Desk; 2], desk: usize| desks[desk].pick();
        let command = match step {
            Step::Dial { desk, video } => {
                self.desks[*desk].dialled += 1;
                let call = CallId(self.desks[*desk].dialled);
                self.desks[*desk].calls.entry(call).or_default();
                let target = if *desk == 0 { "bob" } else { "ada" };
                Some((*desk, Command::Call { call, target: target.to_owned(), video: *video }))
            }
            Step::Answer { desk, video } => call(&self.desks, *desk).map(|call| (*desk, Command::Answer { call, video: *video })),
            Step::Reject { desk } => call(&self.desks, *desk).map(|call| (*desk, Command::Reject { call, how: RejectAs::Busy })),
            Step::HangUp { desk } => call(&self.desks, *desk).map(|call| (*desk, Command::HangUp { call })),
            Step::Hold { desk, on: true } => call(&self.desks, *desk).map(|call| (*desk, Command::Hold { call })),
            Step::Hold { desk, on: false } => call(&self.desks, *desk).map(|call| (*desk, Command::Resume { call })),
            Step::Video { desk, on } => call(&self.desks, *desk).map(|call| (*desk, Command::SetVideo { call, on: *on })),
            Step::Renegotiate { desk, fresh } => call(&self.desks, *desk).map(|call| (*desk, Command::Renegotiate { call, fresh: *fresh })),
            Step::Dtmf { desk } => call(&self.desks, *desk).map(|call| (*desk, Command::Dtmf { call, digit: '1', duration_ms: 100 })),
            Step::Close { desk } => {
                self.world.close(*desk);
                None
            }
            Step::Reload { desk } => {
                self.note();
                self.world.reload(*desk);
                // Of calls that were not answered nobody tells any more.
                let kept = &self.world.desks[*desk].kept;
                self.desks[*desk].calls.retain(|call, _| kept.get(call).is_some_and(|stored| !stored.ending));
                None
            }
            Step::Run { ms } => {
                self.world.run(*ms);
                None
            }
        };
        if let Some((desk, command)) = command {
            self.world.command(desk, command);
        }
        self.note();
    }

    fn note(&mut self) {
        for (desk, belief) in self.world.desks.iter_mut().zip(&mut self.desks) {
            for event in desk.events.drain(..) {
                belief.note(&event);
            }
        }
    }

    fn end(&mut self) {
        for desk in 0..2 {
            for call in self.desks[desk].calls.keys().copied().collect::<Vec<_>>() {
                self.world.command(desk, Command::HangUp { call });
            }
            self.note();
        }
        self.world.trace.push("all hang up".to_owned());
        self.world.run(700_000);
        self.note();
    }
}

fn live(seed: u64, duplicates: bool) -> Life {
    let mut world = World::ready();
    world.jitter(seed, duplicates);
    Life { world, desks: [Desk::default(), Desk::default()] }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn both_agree_at_rest(seed in any::<u64>(), duplicates in any::<bool>(), steps in prop::collection::vec(step(), 1..60)) {
        let mut life = live(seed, duplicates);
        life.world.keep = true;
        for step in &steps {
            life.step(step);
        }
        life.world.run(100_000);
        life.note();
        let trace = life.world.trace.join("\n");
        let (ada, bob) = (life.desks[0].live(), life.desks[1].live());
        prop_assert_eq!(ada.keys().collect::<Vec<_>>(), bob.keys().collect::<Vec<_>>(), "answered calls that live\n{}", trace);
        for (id, ours) in &ada {
            let theirs = bob[id];
            prop_assert_eq!((ours.held_by_us, ours.held_by_peer), (theirs.held_by_peer, theirs.held_by_us), "hold of {}\n{}", id, trace);
        }
        life.end();
        for desk in &life.world.desks {
            prop_assert_eq!(desk.agent.load(), (0, 0, 0, 0), "transactions, sessions, timers, calls\n{}", life.world.trace.join("\n"));
        }
    }

    #[test]
    fn nothing_leaks_whatever_is_lost(seed in any::<u64>(), steps in prop::collection::vec(step(), 1..60), loss in 1..5_u64) {
        let mut life = live(seed, true);
        let mut ids = sip_ws::Ids::new([seed as u8; 32]);
        life.world.lose = Box::new(move |_, line| !matches!(line, "ping" | "REGISTER") && ids.up_to(9) < loss);
        for step in &steps {
            life.step(step);
        }
        life.end();
        for desk in &life.world.desks {
            prop_assert_eq!(desk.agent.load(), (0, 0, 0, 0), "transactions, sessions, timers, calls\n{}", life.world.trace.join("\n"));
        }
    }
}

#[test]
fn a_call_that_ends_across_a_reload_lends_its_number_to_no_other() {
    // Nothing is left to chance: each step waits for what it is about.
    let mut life = Life { world: World::ready(), desks: [Desk::default(), Desk::default()] };
    let video = false;
    life.world.lose = Box::new(|_, line| line.contains("BYE"));
    for step in [
        Step::Dial { desk: 0, video },
        Step::Run { ms: 200 },
        Step::Answer { desk: 1, video },
        Step::Run { ms: 200 },
        // Its last word is lost, and it is loaded again before it can say it once more.
        Step::HangUp { desk: 1 },
        Step::Reload { desk: 1 },
        Step::Run { ms: 1_000 },
    ] {
        life.step(&step);
    }
    let ending: Vec<CallId> = life.world.desks[1].kept.iter().filter(|(_, stored)| stored.ending).map(|(call, _)| *call).collect();
    assert_eq!(ending.len(), 1, "the old call has only to end");
    // A new call comes in, and then the old one ends.
    for step in [Step::Dial { desk: 0, video }, Step::Run { ms: 200 }] {
        life.step(&step);
    }
    let new = life.desks[1].pick().expect("the new call rings");
    assert!(!ending.contains(&new), "it has a number of its own");
    life.world.lose = Box::new(|_, _| false);
    for step in [Step::Answer { desk: 1, video }, Step::Run { ms: 40_000 }] {
        life.step(&step);
    }
    let (ours, theirs) = (life.desks[0].live(), life.desks[1].live());
    assert_eq!(theirs.len(), 1, "the new call lives");
    assert!(ours.keys().any(|id| theirs.contains_key(id)), "on both sides");
    assert!(life.world.desks[1].kept.keys().eq([&new]), "and the old one is over");
}

//! Three agents under random calls and transfers, with reports and answers lost: nothing ends twice, and at rest nothing is left.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sip_ws::io::{CallId, Command, Event, RejectAs};

use crate::support::hub::Hub;

const NAMES: [&str; 3] = ["ada", "bob", "eve"];

/// One step of a random life; calls are chosen by number among those that live.
#[derive(Clone, Debug)]
enum Step {
    Dial { from: usize, to: usize },
    Answer { desk: usize, call: usize },
    Reject { desk: usize, call: usize },
    HangUp { desk: usize, call: usize },
    Hold { desk: usize, call: usize, on: bool },
    Transfer { desk: usize, call: usize, to: usize },
    Attended { desk: usize, call: usize, other: usize },
    Follow { desk: usize, call: usize, accept: bool },
    Run { ms: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let desk = || 0..3_usize;
    let call = || 0..4_usize;
    prop_oneof![
        4 => (desk(), 1..3_usize).prop_map(|(from, by)| Step::Dial { from, to: (from + by) % 3 }),
        6 => (desk(), call()).prop_map(|(desk, call)| Step::Answer { desk, call }),
        1 => (desk(), call()).prop_map(|(desk, call)| Step::Reject { desk, call }),
        1 => (desk(), call()).prop_map(|(desk, call)| Step::HangUp { desk, call }),
        1 => (desk(), call(), any::<bool>()).prop_map(|(desk, call, on)| Step::Hold { desk, call, on }),
        3 => (desk(), call(), desk()).prop_map(|(desk, call, to)| Step::Transfer { desk, call, to }),
        4 => (desk(), call(), call()).prop_map(|(desk, call, other)| Step::Attended { desk, call, other }),
        5 => (desk(), call(), any::<bool>()).prop_map(|(desk, call, accept)| Step::Follow { desk, call, accept }),
        8 => prop_oneof![0..50_u64, 50..1_000_u64, 1_000..70_000_u64].prop_map(|ms| Step::Run { ms }),
    ]
}

/// Three desks, and which of their calls live.
struct Life {
    hub: Hub,
    live: [BTreeMap<CallId, bool>; 3],
    dialled: u64,
}

impl Life {
    fn note(&mut self) {
        for (desk, live) in self.hub.desks.iter_mut().zip(&mut self.live) {
            for event in desk.events.drain(..) {
                match event {
                    Event::Incoming { call, .. } | Event::Following { new: call, .. } => {
                        assert!(live.insert(call, true).is_none(), "a handle is given once");
                    }
                    Event::Ended { call, .. } => {
                        assert_eq!(live.insert(call, false), Some(true), "it ends once");
                    }
                    Event::Answered { call, .. } | Event::Transfer { call, .. } | Event::TransferAsked { call, .. } => {
                        assert_eq!(live.get(&call), Some(&true), "news of a call that lives");
                    }
                    _ => {}
                }
            }
        }
    }

    fn pick(&self, desk: usize, call: usize) -> CallId {
        let live: Vec<CallId> = self.live[desk].iter().filter(|(_, lives)| **lives).map(|(call, _)| *call).collect();
        live.get(call % live.len().max(1)).copied().unwrap_or(CallId(999))
    }

    fn step(&mut self, step: &Step) {
        let (desk, command) = match *step {
            Step::Dial { from, to } => {
                self.dialled += 1;
                let call = CallId(self.dialled);
                self.live[from].insert(call, true);
                (from, Command::Call { call, target: NAMES[to].to_owned(), video: false })
            }
            Step::Answer { desk, call } => (desk, Command::Answer { call: self.pick(desk, call), video: false }),
            Step::Reject { desk, call } => (desk, Command::Reject { call: self.pick(desk, call), how: RejectAs::Busy }),
            Step::HangUp { desk, call } => (desk, Command::HangUp { call: self.pick(desk, call) }),
            Step::Hold { desk, call, on: true } => (desk, Command::Hold { call: self.pick(desk, call) }),
            Step::Hold { desk, call, on: false } => (desk, Command::Resume { call: self.pick(desk, call) }),
            Step::Transfer { desk, call, to } => (desk, Command::Transfer { call: self.pick(desk, call), target: NAMES[to].to_owned() }),
            Step::Attended { desk, call, other } => (desk, Command::TransferTo { call: self.pick(desk, call), to: self.pick(desk, other) }),
            Step::Follow { desk, call, accept } => (desk, Command::FollowTransfer { call: self.pick(desk, call), accept }),
            Step::Run { ms } => {
                self.hub.run(ms);
                return self.note();
            }
        };
        self.hub.command(desk, command);
        self.note();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_left(steps in prop::collection::vec(step(), 1..80), seed in any::<u64>(), loss in 0..3_u64) {
        let mut hub = Hub::of(&NAMES);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut ids = sip_ws::Ids::new(bytes);
        hub.lose = Box::new(move |_, line| (line.ends_with("NOTIFY") || line.ends_with("REFER")) && ids.up_to(9) < loss);
        let mut life = Life { hub, live: Default::default(), dialled: 0 };
        for step in &steps {
            life.step(step);
        }
        for desk in 0..3 {
            for (call, lives) in life.live[desk].clone() {
                if lives {
                    life.hub.command(desk, Command::HangUp { call });
                }
            }
            life.note();
        }
        life.hub.run(700_000);
        life.note();
        for (desk, live) in life.hub.desks.iter().zip(&life.live) {
            let trace = life.hub.trace.join("\n");
            prop_assert_eq!(desk.agent.load(), (0, 0, 0, 0), "{} leaks\n{}", desk.name, trace);
            prop_assert!(live.values().all(|lives| !lives), "{} has a call that never ended\n{}", desk.name, trace);
            prop_assert!(desk.kept.is_empty());
        }
    }
}

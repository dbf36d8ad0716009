//! What the exchange promises waits until what it rests on is on the disk.
//!
//! The writes that one input leads to are a group with a number, and groups reach the disk in the order of their numbers. A promise is held
//! until the disk has the number that it rests on; whatever else goes the same way (one dialog on one socket, one person's status, one call,
//! the answers to orders) waits behind it, so that nothing overtakes. A disk that fails or hangs ends no call: a promise is held for [`HOLD_MS`] at most.
//!
//! | Promise | rests on |
//! |---|---|
//! | the place of a caller: 182, or INFO to one who was answered | everything so far, since places depend on one another |
//! | the answer to an order, which is written with what was ordered | everything so far |
//! | the status of an agent, where what they want changed | the group |
//! | what phones are told in the step that changes the row of a call | the group |
//! | that a caller is connected ([`Act::Saved`]) | the group |

use super::io::{CallKey, ContactEvent, Output, Party, StoredCall};
use crate::queue::{Place, SavedAgent, Status};
use sip_ws::io::{FlowId, Millis};
use std::collections::{BTreeMap, VecDeque};
use wire::OrderResult;

/// How long a promise waits for the disk, in milliseconds.
pub const HOLD_MS: u64 = 2_000;

/// Something to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// The row of a call, in place of the one before.
    Call(Box<StoredCall>),
    /// The row of a call goes.
    Over(CallKey),
    /// A line of history.
    Contact(Box<ContactEvent>),
    /// What an agent wants.
    Agent(Party, SavedAgent),
    /// What an agent does from now on.
    State(Party, Status),
    /// Somebody is an agent no longer.
    NoAgent(Party),
    /// The place of a caller.
    Place(Place),
    /// The place of a caller goes.
    NoPlace(Party),
    /// The answer to an order, by its ticket: it is on the disk with what was ordered, so that nobody is answered twice, and otherwise.
    Answer(u64, OrderResult),
}

/// The writes of one input.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// One more than that of the group before.
    pub number: u64,
    /// What, in order.
    pub writes: Vec<Write>,
}

/// Something to be done at once.
#[derive(Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "almost every act is an output, and is done at once")]
pub enum Act {
    /// This.
    Do(Output),
    /// The row of a call is on the disk, or the disk had its time.
    Saved(CallKey),
}

/// What goes the same way, in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// A socket, and the Call-ID there: calls do not wait for one another.
    Dialog(FlowId, Vec<u8>),
    /// The end of a socket comes after what was said there.
    Close(FlowId),
    Status(Party),
    Call(CallKey),
    Orders,
}

#[derive(Debug)]
struct Held {
    rests_on: u64,
    until: Millis,
    act: Act,
}

/// The promises that wait.
#[derive(Debug, Default)]
pub struct Promises {
    issued: u64,
    durable: u64,
    held: BTreeMap<Way, VecDeque<Held>>,
    late: u64,
}

impl Promises {
    /// Takes all outputs of one input: gives what is to be written, and what may be done at once. Where that input was [`Act::Saved`], what
    /// phones are told has waited already.
    pub fn take(&mut self, now: Millis, outputs: Vec<Output>, saved: bool) -> (Option<Group>, Vec<Act>) {
        let writes: Vec<Write> = outputs.iter().filter_map(write).collect();
        let group = (!writes.is_empty()).then(|| {
            self.issued += 1;
            Group { number: self.issued, writes }
        });
        let rows = !saved && outputs.iter().any(|output| matches!(output, Output::Save { confirm: false, .. }));
        let wants: Vec<Party> = outputs.iter().filter_map(wanting).collect();
        let mut acts = Vec::new();
        for output in outputs {
            let everything = self.issued;
            let (way, rests_on) = match &output {
                Output::Send { flow, bytes } => {
                    let promised = rows || tells_place(bytes);
                    // Mostly nothing waits.
                    if self.held.is_empty() && (!promised || everything <= self.durable) {
                        acts.push(Act::Do(output));
                        continue;
                    }
                    (Way::Dialog(*flow, call_id(bytes).to_vec()), if promised { everything } else { 0 })
                }
                Output::Close { flow, .. } => (Way::Close(*flow), self.said_on(*flow)),
                Output::Agent { party, .. } => (Way::Status(party.clone()), if wants.contains(party) { everything } else { 0 }),
                Output::AgentGone(party) => (Way::Status(party.clone()), 0),
                Output::Ordered { .. } => (Way::Orders, everything),
                Output::Save { row, confirm } => {
                    if *confirm {
                        self.pass(now, Way::Call(row.key.clone()), everything, Act::Saved(row.key.clone()), &mut acts);
                    }
                    continue;
                }
                Output::Delete(_) | Output::SaveAgent { .. } | Output::KeepPlace(_) | Output::ForgetPlace(_) => continue,
                Output::Contact(_)
                | Output::Person(_)
                | Output::Away { .. }
                | Output::Queue(_)
                | Output::Toned { .. }
                | Output::Lifted { .. }
                | Output::Audit(_)
                | Output::Wait(_) => {
                    acts.push(Act::Do(output));
                    continue;
                }
            };
            self.pass(now, way, rests_on, Act::Do(output), &mut acts);
        }
        (group, acts)
    }

    /// Does something at once, or behind what waits on the same way.
    fn pass(&mut self, now: Millis, way: Way, rests_on: u64, act: Act, acts: &mut Vec<Act>) {
        if rests_on <= self.durable && !self.held.contains_key(&way) {
            acts.push(act);
        } else {
            self.held.entry(way).or_default().push_back(Held { rests_on, until: now.plus(HOLD_MS), act });
        }
    }

    /// Every group up to this one is on the disk.
    pub fn durable(&mut self, number: u64) -> Vec<Act> {
        self.durable = self.durable.max(number);
        let durable = self.durable;
        self.release(|held| held.rests_on <= durable)
    }

    /// What has waited for long enough goes on without the disk.
    pub fn expire(&mut self, now: Millis) -> Vec<Act> {
        let (durable, mut late) = (self.durable, 0);
        let acts = self.release(|held| {
            let kept = held.rests_on <= durable;
            late += u64::from(!kept && held.until <= now);
            kept || held.until <= now
        });
        self.late += late;
        acts
    }

    /// When [`Promises::expire`] has something to do.
    pub fn deadline(&self) -> Option<Millis> {
        self.held.values().filter_map(|way| way.front()).map(|held| held.until).min()
    }

    /// A socket is gone, and nobody hears what waits for it.
    pub fn forget(&mut self, flow: FlowId) {
        self.held.retain(|way, _| !matches!(way, Way::Dialog(of, _) | Way::Close(of) if *of == flow));
    }

    /// What the last word rests on that waits for a socket.
    fn said_on(&self, flow: FlowId) -> u64 {
        let waiting = self.held.iter().filter(|(way, _)| matches!(way, Way::Dialog(of, _) if *of == flow));
        waiting.flat_map(|(_, held)| held).map(|held| held.rests_on).max().unwrap_or(0)
    }

    /// Promises that went out before the disk had what they rest on.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Groups that are not on the disk.
    pub fn behind(&self) -> u64 {
        self.issued - self.durable
    }

    fn release(&mut self, mut may: impl FnMut(&Held) -> bool) -> Vec<Act> {
        let mut acts = Vec::new();
        self.held.retain(|_, way| {
            while way.front().is_some_and(&mut may) {
                acts.extend(way.pop_front().map(|held| held.act));
            }
            !way.is_empty()
        });
        acts
    }
}

/// What is written of an output.
fn write(output: &Output) -> Option<Write> {
    match output {
        Output::Save { row, .. } => Some(Write::Call(row.clone())),
        Output::Delete(key) => Some(Write::Over(key.clone())),
        Output::Contact(event) => Some(Write::Contact(event.clone())),
        Output::Agent { party, status, .. } => Some(Write::State(party.clone(), status.clone())),
        Output::AgentGone(party) => Some(Write::NoAgent(party.clone())),
        Output::SaveAgent { party, saved, .. } => Some(Write::Agent(party.clone(), saved.clone())),
        Output::KeepPlace(place) => Some(Write::Place(place.clone())),
        Output::ForgetPlace(party) => Some(Write::NoPlace(party.clone())),
        // A leave to come into a call ends with the exchange: whoever asks again is given another one.
        Output::Ordered { result: OrderResult::Admitted { .. }, .. } => None,
        Output::Ordered { ticket, result } => Some(Write::Answer(*ticket, result.clone())),
        Output::Send { .. }
        | Output::Close { .. }
        | Output::Person(_)
        | Output::Away { .. }
        | Output::Queue(_)
        | Output::Toned { .. }
        | Output::Lifted { .. }
        | Output::Audit(_)
        | Output::Wait(_) => None,
    }
}

/// The agent whose wishes change.
fn wanting(output: &Output) -> Option<Party> {
    match output {
        Output::SaveAgent { party, promised: true, .. } => Some(party.clone()),
        _ => None,
    }
}

/// The Call-ID of a message of ours.
fn call_id(bytes: &[u8]) -> &[u8] {
    const HEADER: &[u8] = b"\r\nCall-ID:";
    let Some(at) = bytes.windows(HEADER.len()).position(|part| part.eq_ignore_ascii_case(HEADER)) else { return &[] };
    let value = &bytes[at + HEADER.len()..];
    value.split(|byte| *byte == b'\r').next().unwrap_or_default().trim_ascii()
}

/// A message that tells a caller where they stand: 182 before the answer (RFC 3261 21.1.4), INFO after it.
fn tells_place(bytes: &[u8]) -> bool {
    const HEADER: &[u8] = b"\r\nQueue-Place:";
    bytes.starts_with(b"SIP/2.0 182 ")
        || (bytes.starts_with(b"INFO ") && bytes.windows(HEADER.len()).any(|part| part.eq_ignore_ascii_case(HEADER)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party() -> Party {
        Party { tenant: "t".into(), user: "bob".into() }
    }

    fn sent(flow: u64, text: &str) -> Output {
        Output::Send { flow: FlowId(flow), bytes: text.as_bytes().to_vec() }
    }

    fn told(flow: u64) -> Output {
        sent(flow, "SIP/2.0 182 Position 1\r\nCall-ID: c\r\n\r\n")
    }

    fn ordered(ticket: u64) -> Output {
        Output::Ordered { ticket, result: OrderResult::Done }
    }

    /// Something is written.
    fn gone() -> Output {
        Output::ForgetPlace(party())
    }

    fn rings(flow: u64, call: &str) -> Output {
        sent(flow, &format!("SIP/2.0 180 Ringing\r\nCall-ID: {call}\r\n\r\n"))
    }

    #[test]
    fn a_promise_waits_for_its_number_and_nothing_overtakes_it() {
        let mut promises = Promises::default();
        let (group, acts) = promises.take(Millis(0), vec![told(1), gone()], false);
        assert_eq!(group, Some(Group { number: 1, writes: vec![Write::NoPlace(party())] }), "the order within an input does not matter");
        assert_eq!(acts, []);
        // Behind it in the same dialog; in another one, on another socket, and without a promise nothing waits.
        let (group, acts) = promises.take(Millis(5), vec![rings(1, "c"), rings(1, "d"), rings(2, "c")], false);
        assert_eq!((group, acts), (None, vec![Act::Do(rings(1, "d")), Act::Do(rings(2, "c"))]));
        let close = || Output::Close { flow: FlowId(1), reason: "over" };
        let (_, acts) = promises.take(Millis(6), vec![told(2), gone(), close()], false);
        assert_eq!((acts, promises.behind()), (vec![], 2));
        assert_eq!(promises.durable(1), [told(1), rings(1, "c"), close()].map(Act::Do));
        assert_eq!(promises.durable(2), [Act::Do(told(2))]);
        assert_eq!((promises.deadline(), promises.behind(), promises.late()), (None, 0, 0));
        // What is on the disk already is said at once.
        assert_eq!(promises.take(Millis(9), vec![told(1), told(4)], false).1, [Act::Do(told(1)), Act::Do(told(4))]);
        // The answer to an order is on it with what was ordered, or with nothing else.
        let (group, acts) = promises.take(Millis(10), vec![ordered(1)], false);
        assert_eq!((group, acts), (Some(Group { number: 3, writes: vec![Write::Answer(1, OrderResult::Done)] }), vec![]));
        assert_eq!(promises.durable(3), [Act::Do(ordered(1))]);
    }

    #[test]
    fn a_disk_that_never_answers_has_two_seconds() {
        let mut promises = Promises::default();
        let _ = promises.take(Millis(100), vec![gone(), ordered(1)], false);
        let _ = promises.take(Millis(600), vec![gone(), ordered(2), told(3)], false);
        assert_eq!(promises.deadline(), Some(Millis(2_100)));
        assert_eq!(promises.expire(Millis(2_099)), []);
        assert_eq!(promises.expire(Millis(2_100)), [Act::Do(ordered(1))]);
        assert_eq!(promises.deadline(), Some(Millis(2_600)));
        promises.forget(FlowId(3));
        assert_eq!(promises.expire(Millis(2_600)), [Act::Do(ordered(2))]);
        assert_eq!((promises.late(), promises.behind()), (2, 2));
        // It comes late, and releases nothing a second time.
        assert_eq!(promises.durable(2), []);
    }

    #[test]
    fn a_place_is_known_by_its_message() {
        assert!(tells_place(b"SIP/2.0 182 Position 1\r\nVia: x\r\n\r\n"));
        assert!(tells_place(b"INFO sip:a@b SIP/2.0\r\nqueue-place: 1\r\n\r\n"));
        for other in ["SIP/2.0 180 Ringing\r\nQueue-Place: 1\r\n\r\n", "INFO sip:a@b SIP/2.0\r\nVia: x\r\n\r\n", "SIP/2.0 1820\r\n\r\n"] {
            assert!(!tells_place(other.as_bytes()), "{other}");
        }
    }
}

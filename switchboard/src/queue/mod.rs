//! The queues (ACD): who waits, who is free, who is offered to whom. Pure: inputs with a clock go in, outputs come out; no SIP, SQL,
//! socket or clock of its own.
//!
//! ```text
//!            Arrived                Offer                    Answered
//!  (caller) ─────────► waiting ──────────────► offered ───────────────► (talking: the agent's state)
//!                      ▲  │ Left, Served, Refuse  │ OfferOver, Withdraw: back to the same place
//!                      └──┼───────────────────────┘
//!                         └──► overflow: waiting in another queue, as old as before
//! ```
//! Invariants, held by `tests/queue/random.rs`: a caller is in exactly one place until answered, refused or gone; an agent is offered at
//! most one caller, and none while not free; no caller waits in a queue while an agent is free of whom it asks no more than they know; and
//! nobody is offered a caller before the rules have relaxed so far. A caller is offered to one agent, or to several at once where the
//! queue rings all.

mod agent;
mod demand;
mod engine;
mod hours;
pub mod io;
mod line;
mod listed;
mod offers;
mod people;
mod places;
mod relaxing;
mod stepped;
mod waiting;

pub use agent::{Learned, Mode, SavedAgent, Seen, State, Status, Turn, Unready, WrapUp};
pub use demand::{Demand, HIGHEST, Levels, Relax};
pub use engine::Engine;
pub use hours::{Hours, HoursError};
pub use line::{Lack, QueueView, WaitingView};
pub use listed::{Cursor, Listed, NoCursor};
pub use places::Place;

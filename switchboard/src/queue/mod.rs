//! The queues (ACD): who waits, who is free, who is offered to whom. Pure: inputs with a clock go in, outputs come out; no SIP, SQL,
//! socket or clock of its own.
//!
//! ```text
//!            Arrived                Offer                    Answered
//!  (caller) ─────────► waiting ──────────────► offered ───────────────► (talking: the agent's state)
//!                      ▲  │ Left, Refuse          │ OfferOver, Withdraw: back to the same place
//!                      └──┼───────────────────────┘
//!                         └──► overflow: waiting in another queue, as old as before
//! ```
//! Invariants, held by `tests/queue/random.rs`: a caller is in exactly one place until answered, refused or gone; an agent is offered at
//! most one caller, and none while not free; no caller waits in a queue while an agent of it is free. A caller is offered to one agent, or
//! to several at once where the queue rings all.

mod agent;
mod engine;
mod hours;
pub mod io;
mod line;
mod offers;
mod people;
mod places;
mod waiting;

pub use agent::{Learned, Mode, SavedAgent, State, Status, Turn, Unready, WrapUp};
pub use engine::Engine;
pub use hours::{Hours, HoursError};
pub use line::{QueueView, WaitingView};
pub use places::Place;

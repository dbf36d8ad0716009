//! What the desks see live: presence of their tenant and their own calls. Snapshot, then sequenced deltas.
//!
//! The hub never waits for a client. What changed is marked per client in bounded form: a set of people whose state is read when
//! the client is next written to (at most four times a second), and a short list of urgent changes (own calls), which go at once.
//! When that list is full the client gets a new snapshot instead.

mod alarms;
mod doors;
mod floor;
mod hub;
mod phone;
mod quality;
mod replace;
mod shown;
mod socket;
mod state;
mod subscription;
mod tickets;

pub use alarms::Standing;
pub use hub::{Hub, Phones};
pub use socket::routes;
pub use tickets::{Holder, Tickets};

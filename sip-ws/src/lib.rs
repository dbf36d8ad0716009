//! SIP user agent over WebSocket (RFC 7118) as pure state machines.

mod agent;
pub mod auth;
mod call;
pub mod codec;
pub mod dialog;
pub mod endpoint;
mod ids;
pub mod io;
mod link;
mod register;
mod schedule;
pub mod timers;
pub mod transaction;

pub use agent::{Agent, MAX_CALLS};
pub use codec::sdp;
pub use ids::Ids;

//! SIP user agent over WebSocket (RFC 7118) as pure state machines.
//!
//! Octets, time and commands go in; octets, a deadline and events come out. There is no socket, clock, random source,
//! browser or async runtime in here: `now` is an argument of every call and a seed one of `new`.
//!
//! # The run loop and its one invariant
//!
//! **After every input, drain [`Agent::poll`] until [`io::Output::Wait`] comes.** Outputs are in order, and nothing happens
//! between an input and its outputs. The same holds for [`endpoint::Endpoint`].
//!
//! ```
//! use sip_ws::Agent;
//! use sip_ws::io::{Command, Input, Millis, Output, Profile};
//!
//! let profile = Profile {
//!     websocket_url: "wss://sip.portico.test/sip".to_owned(),
//!     aor: "sip:agent1@portico.test".to_owned(),
//!     instance: "urn:uuid:00000000-0000-1000-8000-000000000001".to_owned(),
//!     register_expires: 600,
//!     user_agent: "doc".to_owned(),
//!     ..Profile::default()
//! };
//! let mut agent = Agent::new(profile, [7; 32]);
//! let mut asked_for = None;
//! agent.input(Millis(0), Input::Command(Command::Start));
//! let deadline = loop {
//!     match agent.poll() {
//!         Output::Connect { flow, url } => asked_for = Some((flow, url)), // open a socket, report it as Input::Socket(flow, …)
//!         Output::Send { .. } | Output::Disconnect { .. } => {}           // hand to the socket of that flow
//!         Output::Media(_) => {}                                          // hand to the media driver, report as Input::Media(…)
//!         Output::Event(_) => {}                                          // show
//!         Output::Keep { .. } => {}                                       // keep across a reload, give back to Agent::restore
//!         Output::Wait(at) => break at,                                   // sleep until then (Input::Timer) or until an input
//!     }
//! };
//! assert_eq!(asked_for.map(|(_, url)| url).as_deref(), Some("wss://sip.portico.test/sip"));
//! assert!(deadline.is_some());
//! ```
//!
//! # Layers
//!
//! [`codec`] (messages) ← [`transaction`], [`dialog`], [`auth`] (values) ← [`endpoint`] (transactions and INVITE sessions over
//! many flows, role-neutral) ← [`Agent`] (link, registration and calls of one identity). An exchange builds on `endpoint`.
//! Every time-out is a named constant of [`timers`].

mod agent;
pub mod auth;
mod call;
pub mod codec;
pub mod dialog;
pub mod endpoint;
mod ids;
pub mod io;
mod link;
pub mod record;
mod register;
mod schedule;
pub mod timers;
pub mod transaction;
pub mod watch;

pub use agent::{Agent, MAX_CALLS, MAX_EDGES};
pub use codec::{fragment, sdp};
pub use ids::Ids;

//! Doors over real sockets: the simulated station against the maker's own examples, our way of talking to stations against the
//! simulator and against stations that misbehave, and the reading of cameras. What a relay did is read from the simulator.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod access;
mod config;
mod faults;
mod ipac;
mod phone;
mod pictures;
mod process;
mod seed;
mod service;
mod snapshots;
mod socket;
mod support;
mod tones;

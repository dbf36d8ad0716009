//! The queue engine on simulated time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agents;
mod callers;
mod fitness;
mod hours;
mod listed;
mod oracle;
mod random;
mod ring_all;
mod skills;
mod steering;
mod strategies;
mod support;

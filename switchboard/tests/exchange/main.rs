//! The exchange: its pure machine on simulated time, and the real `/sip` socket. One program, so that it links once.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod access;
mod calls;
mod door_queue;
mod doors;
mod durable;
mod fitness;
mod flows;
mod identity;
mod noted;
mod outage;
mod parked;
mod phone;
mod priority;
mod queues;
mod random;
mod ring_all;
mod skills;
mod socket;
mod steering;
mod supervise;
mod support;
mod timers;
mod transfer;
mod trickle;
mod twice;

//! Behaviour of the core on simulated time, one file per behaviour.

mod supervision;
mod support;

#[path = "../torture/data.rs"]
mod data;

mod auth;
mod auto_answer;
mod bad_bodies;
mod call;
mod challenged;
mod change;
mod edges;
mod endpoint_calls;
mod forks;
mod gruu;
mod history;
mod hostile;
mod lost_link;
#[cfg(not(target_arch = "wasm32"))]
mod model;
mod moved;
mod privacy;
mod record;
mod redirect;
mod register;
mod registrar_trouble;
mod reliable;
mod reload;
mod repeated;
mod restore;
mod session_timer;
mod torture;
mod transactions;
mod transfer;
#[cfg(not(target_arch = "wasm32"))]
mod transfer_walk;
mod trickle;
mod watch;
mod watch_bodies;

//! Behaviour of the core on simulated time, one file per behaviour.

mod support;

mod auth;
mod endpoint_calls;
mod transactions;

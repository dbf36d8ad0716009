//! The switchboard: serves the desk, its SIP exchange, sign-in, history and live feed. The binary is `cli::run` and nothing more.

pub mod accounts;
pub mod alarms;
pub mod cli;
pub mod clock;
pub mod config;
pub mod contacts;
pub mod demo;
pub mod directory;
pub mod doors;
pub mod exchange;
pub mod feed;
pub mod floor;
pub mod http;
pub mod ids;
pub mod intervals;
pub mod keys;
pub mod metrics;
pub mod net;
pub mod orders;
pub mod queue;
pub mod rights;
pub mod server;
pub mod services;
pub mod sim;
pub mod stop;
pub mod store;

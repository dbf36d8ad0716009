//! The running server from outside: real sockets on a free port, a real SQLite file, one binary so that it links once.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod api;
mod chain;
mod config;
mod feed;
mod history;
mod network;
mod process;
mod sign_in;
mod static_app;
mod support;

//! The running server from outside: real sockets on a free port, a real SQLite file, one binary so that it links once. With
//! `PORTICO_TEST_POSTGRES=postgres://…` the same tests run on PostgreSQL, each in a schema of its own.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod admin;
mod alarms;
mod api;
mod attacks;
mod audit;
mod belonging;
mod callers;
mod chain;
mod config;
mod disk_errors;
mod door_queue;
mod entering;
mod faults;
mod feed;
mod files;
mod fitness;
mod history;
mod kill;
mod kill_orders;
mod limits;
mod lists;
mod network;
mod password;
#[allow(dead_code, reason = "shared with the tests of the exchange")]
#[path = "../exchange/phone.rs"]
mod phone;
mod process;
mod quality;
mod queues;
mod reports;
mod reports_counted;
mod rights;
mod sessions;
mod sign_in;
mod sip_accounts;
mod snapshots;
mod static_app;
mod steering;
mod strangers;
mod support;
mod timeline;
mod timing;
mod turned_away;
mod upgrade;
mod walls;

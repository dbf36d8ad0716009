//! The desk's logic, natively: what happens goes in, what the user sees and what is asked of the drivers come out.
#![cfg(not(target_arch = "wasm32"))]

mod admin;
mod audit;
mod auto_answer;
mod callers;
mod calls;
mod devices;
mod doors;
mod fitness;
mod floor;
mod gate;
mod link;
mod office;
mod reload;
mod reports;
mod session;
mod shown;
mod supervise;
mod support;
mod timeline;
mod transfer;
mod visitor;
mod wall;
mod wall_links;
mod wall_pages;
mod work;

//! Doors: what there is to open, who may open it, how a station is told, what became of it, and what its camera sees.
//!
//! | Part | Knows | Never |
//! |---|---|---|
//! | `model`, `outcome`, `id` | values | |
//! | `engine` | every rule of a release | a clock, socket or SQL |
//! | `recipe` | how stations are told, what their answers mean | who may do it |
//! | `address`, `link` | which addresses may be reached, and reaches them | what is said there |
//! | `pictures` | one reader per station | who watches |
//! | `media` | how a code gets into the media of a station that nobody has answered | why |
//! | `service`, `orders`, `rows`, `shown` | log, sessions, stations, desks, listeners: the engine at work | a rule of its own |
//! | `access` | the log as pages read it | a copy of it |
//! | `snapshots` | which pictures are kept, and for how long | |
//! | `veil` | whose doors somebody may not know of | |

mod access;
pub mod address;
pub mod engine;
pub mod id;
pub mod link;
pub mod media;
pub mod model;
mod orders;
pub mod outcome;
pub mod pictures;
pub mod recipe;
mod rows;
mod service;
mod shown;
pub mod snapshots;
mod veil;

pub use access::Wanted as AccessWanted;
pub use service::{Doors, News};
pub use veil::VEILED;

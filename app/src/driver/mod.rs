//! The browser: the only code that touches web-sys, js-sys and wasm-bindgen. A driver reports what happens through its
//! sink and obeys; it decides nothing and does not know who listens.

pub mod admin;
pub mod audio;
mod bindings;
pub mod clock;
pub mod devices;
pub mod feed;
pub mod http;
pub mod lease;
mod listen;
mod live;
pub mod loader;
pub mod notify;
pub mod page;
pub mod pictures;
pub mod random;
pub mod rtc;
pub mod socket;
pub mod storage;
pub mod wall;

use std::rc::Rc;

/// Where a driver reports to.
pub type Sink<T> = Rc<dyn Fn(T)>;

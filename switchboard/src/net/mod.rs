//! Sockets: addresses, how many connections somebody may have, accepting them, TLS.

mod address;
mod caps;
mod serve;
mod tls;

pub use address::{canonical, client_address, limit_key, media_addresses};
pub use caps::{CapGuard, Caps};
pub use serve::{listen, raise_file_limit, serve};
pub use tls::{TlsError, server_config};

//! Which port the demo uses.

use std::net::{Ipv4Addr, TcpListener};

use crate::run::{Failure, Result};

/// Where the demo listens when nothing else is asked for.
pub const DEFAULT: u16 = 8080;

/// A port as typed.
pub fn parse(text: &str) -> Result<u16> {
    text.parse().map_err(|_| Failure(format!("`{}` is no port; a port is a number from 0 to 65535", text)))
}

/// The wanted port if nobody listens there; 0 picks one that is free.
pub fn usable(wanted: Option<u16>) -> Result<u16> {
    let port = wanted.unwrap_or(DEFAULT);
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(listener) => listener
            .local_addr()
            .map(|address| address.port())
            .map_err(|error| Failure(format!("port {} on 127.0.0.1 cannot be examined: {}", port, error))),
        Err(error) => Err(Failure(match free() {
            Some(other) => format!("port {} on 127.0.0.1 is not free ({}); try `cargo xtask demo --port {}`", port, error, other),
            None => format!("port {} on 127.0.0.1 is not free ({})", port, error),
        })),
    }
}

fn free() -> Option<u16> {
    let likely = (8081..8100).find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    likely.or_else(|| Some(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?.local_addr().ok()?.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_another_one() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let Failure(sentence) = usable(Some(port)).unwrap_err();
        assert!(sentence.contains("not free") && sentence.contains("--port"), "{}", sentence);
    }

    #[test]
    fn zero_picks_one() {
        assert_ne!(usable(Some(0)).unwrap(), 0);
    }
}

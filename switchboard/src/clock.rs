//! The wall clock. Pure parts take `now` as an argument; this is where their callers get it.

use sip_ws::io::Millis;
use wire::UnixMs;

/// The time of one input of a pure part: a monotonic clock for deadlines and the wall clock for what people and credentials see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Monotonic, since any origin.
    pub now: Millis,
    /// UTC milliseconds since 1970.
    pub unix_ms: i64,
}

/// UTC milliseconds since 1970. A clock before 1970 reads as 0.
#[must_use]
pub fn now_ms() -> UnixMs {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

//! The wall clock. Pure parts take `now` as an argument; this is where their callers get it.

use wire::UnixMs;

/// UTC milliseconds since 1970. A clock before 1970 reads as 0.
#[must_use]
pub fn now_ms() -> UnixMs {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

//! `Queue-Place`: where a caller stands in a queue, in a 182. Ours: no RFC has a header for it, and the phrase of a 182 is for people.

use crate::codec::params::{self, Params};
use crate::codec::{HeaderError, HeaderName, Message, scan};
use std::fmt;

/// A caller's place, for example `3;estimate=120`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuePlace {
    /// 1 for the next one.
    pub position: u32,
    /// Estimated wait in seconds, where one can be given.
    pub estimate_s: Option<u32>,
}

impl QueuePlace {
    /// Reads a Queue-Place value.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<QueuePlace, &'static str> {
        let text = std::str::from_utf8(scan::trim(value)).map_err(|_| "not UTF-8")?;
        let end = text.bytes().take_while(u8::is_ascii_digit).count();
        let position = scan::number(&text.as_bytes()[..end]).ok_or("not a position")?;
        params::check(text.as_bytes(), end)?;
        let estimate = Params::checked(&text[end..]).get("estimate").map(|seconds| scan::number(seconds.as_bytes()));
        match estimate {
            Some(None) => Err("estimate is no number of seconds"),
            Some(estimate_s) => Ok(QueuePlace { position, estimate_s }),
            None => Ok(QueuePlace { position, estimate_s: None }),
        }
    }

    /// The reason phrase of a 182 for phones that show it.
    #[must_use]
    pub fn phrase(&self) -> String {
        match self.estimate_s {
            Some(seconds) => format!("Queued, position {}, about {seconds} s", self.position),
            None => format!("Queued, position {}", self.position),
        }
    }
}

impl fmt::Display for QueuePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.position)?;
        self.estimate_s.map_or(Ok(()), |seconds| write!(f, ";estimate={seconds}"))
    }
}

impl Message {
    /// The caller's place in a queue; `None` where none is said.
    ///
    /// # Errors
    /// Names Queue-Place when it is broken.
    pub fn queue_place(&self) -> Result<Option<QueuePlace>, HeaderError> {
        self.header(HeaderName::QueuePlace).map(|_| self.one(HeaderName::QueuePlace, QueuePlace::parse)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_and_prints() {
        for (text, position, estimate_s) in [("3", 3, None), ("1;estimate=90", 1, Some(90)), (" 12 ; Estimate = 0 ;x=y", 12, Some(0))] {
            let place = QueuePlace::parse(text.as_bytes()).unwrap();
            assert_eq!(place, QueuePlace { position, estimate_s });
            assert_eq!(QueuePlace::parse(place.to_string().as_bytes()), Ok(place));
        }
        for text in ["", "x", "-1", "3;estimate=soon", "4294967296", "3x"] {
            assert!(QueuePlace::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(QueuePlace { position: 2, estimate_s: Some(60) }.phrase(), "Queued, position 2, about 60 s");
    }
}

//! `Supervision`: how somebody in charge takes part in a call, in the INVITE with Join (RFC 3911) that an exchange sends to the phone of an
//! agent, and in an INFO when that changes. Ours: no RFC has a header for it.

use crate::codec::params::{self, Params};
use crate::codec::{HeaderError, HeaderName, Message, scan};
use std::fmt;

/// Who hears whom, besides the supervisor who always hears both. In the order of how many hear them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SupervisionMode {
    /// Nobody hears the supervisor.
    Listen,
    /// The agent does.
    Whisper,
    /// Agent and caller do.
    Barge,
}

impl SupervisionMode {
    /// As the header names it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Whisper => "whisper",
            Self::Barge => "barge",
        }
    }
}

/// A Supervision value, for example `whisper;shown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supervision {
    /// Who hears whom.
    pub mode: SupervisionMode,
    /// The agent is to see it.
    pub shown: bool,
}

impl Supervision {
    /// Reads a Supervision value.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<Supervision, &'static str> {
        let text = std::str::from_utf8(scan::trim(value)).map_err(|_| "not UTF-8")?;
        let end = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let mode = match text[..end].to_ascii_lowercase().as_str() {
            "listen" => SupervisionMode::Listen,
            "whisper" => SupervisionMode::Whisper,
            "barge" => SupervisionMode::Barge,
            _ => return Err("not a mode"),
        };
        params::check(text.as_bytes(), end)?;
        Ok(Supervision { mode, shown: Params::checked(&text[end..]).get("shown").is_some() })
    }
}

impl fmt::Display for Supervision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mode.word())?;
        if self.shown { f.write_str(";shown") } else { Ok(()) }
    }
}

impl Message {
    /// How somebody in charge takes part; `None` where nothing is said.
    ///
    /// # Errors
    /// Names Supervision when it is broken.
    pub fn supervision(&self) -> Result<Option<Supervision>, HeaderError> {
        self.header(HeaderName::Supervision).map(|_| self.one(HeaderName::Supervision, Supervision::parse)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_and_prints() {
        use SupervisionMode::{Barge, Listen, Whisper};
        for (text, mode, shown) in
            [("listen", Listen, false), ("whisper;shown", Whisper, true), (" Barge ; SHOWN ;x=y", Barge, true), ("barge;x", Barge, false)]
        {
            let read = Supervision::parse(text.as_bytes()).unwrap();
            assert_eq!(read, Supervision { mode, shown });
            assert_eq!(Supervision::parse(read.to_string().as_bytes()), Ok(read));
        }
        for text in ["", "spy", "listening", "listen shown", ";shown", "listen;;"] {
            assert!(Supervision::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

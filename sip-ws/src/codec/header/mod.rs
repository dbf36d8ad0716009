//! Typed reading of headers, one kind per file; nothing is typed before somebody asks.

mod address;
mod challenge;
mod cseq;
mod date;
mod event;
mod number;
mod queue_place;
mod rack;
mod reason;
mod replaces;
mod session_id;
mod session_timer;
mod supervision;
mod tokens;
mod via;

pub use super::HeaderError;
pub use address::Contacts;
pub use challenge::{AuthParams, Challenge, Credentials};
pub use cseq::CSeq;
pub use date::Date;
pub use event::Event;
pub use queue_place::QueuePlace;
pub use rack::RAck;
pub use reason::Reason;
pub use replaces::DialogRef;
pub use session_id::SessionId;
pub use session_timer::{Refresher, SessionExpires};
pub use supervision::{Supervision, SupervisionMode};
pub use via::{MAGIC_COOKIE, Via};

use super::limits::MAX_LIST;
use super::{HeaderName, Message, scan};

impl Message {
    /// Reads the first line of a header.
    pub(super) fn one<T>(&self, name: HeaderName, read: impl FnOnce(&[u8]) -> Result<T, &'static str>) -> Result<T, HeaderError> {
        let value = self.header(name).ok_or(HeaderError::missing(name))?;
        read(value).map_err(|problem| HeaderError::new(name, problem))
    }

    /// Reads every element of every line of a list header.
    pub(super) fn list<T>(&self, name: HeaderName, read: impl Fn(&[u8]) -> Result<T, &'static str>) -> Result<Vec<T>, HeaderError> {
        let mut list = Vec::new();
        for value in self.header_values(name).flat_map(scan::split_commas) {
            if list.len() == MAX_LIST {
                return Err(HeaderError::new(name, "too many values"));
            }
            list.push(read(value).map_err(|problem| HeaderError::new(name, problem))?);
        }
        Ok(list)
    }

    /// The Call-ID as written.
    ///
    /// # Errors
    /// Names Call-ID when it is missing or no `callid`.
    pub fn call_id(&self) -> Result<&str, HeaderError> {
        let value = self.header(HeaderName::CallId).ok_or(HeaderError::missing(HeaderName::CallId))?;
        if !scan::all(value, scan::WORD) {
            return Err(HeaderError::new(HeaderName::CallId, "illegal character"));
        }
        std::str::from_utf8(value).map_err(|_| HeaderError::new(HeaderName::CallId, "illegal character"))
    }
}

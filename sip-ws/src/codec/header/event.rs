//! `Event` and `Subscription-State` (RFC 6665 s8.2).

use crate::codec::params::{self, Params};
use crate::codec::{HeaderError, HeaderName, Message, scan};

/// A token with parameters: an event package, a subscription state, a media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    text: Box<str>,
    end: usize,
}

impl Event {
    /// Reads `token *(;param)`.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<Event, &'static str> {
        let text = std::str::from_utf8(scan::trim(value)).map_err(|_| "not UTF-8")?;
        let end = scan::run(text.as_bytes(), scan::TOKEN);
        if end == 0 {
            return Err("not a token");
        }
        params::check(text.as_bytes(), end)?;
        Ok(Event { text: text.into(), end })
    }

    /// The event package or the subscription state.
    pub fn token(&self) -> &str {
        &self.text[..self.end]
    }

    /// The value of a parameter such as `id`, `reason` or `expires`.
    pub fn param(&self, name: &str) -> Option<&str> {
        Params::checked(&self.text[self.end..]).get(name)
    }
}

impl Message {
    /// The event package of SUBSCRIBE, NOTIFY or PUBLISH.
    ///
    /// # Errors
    /// Names Event when it is missing or broken.
    pub fn event(&self) -> Result<Event, HeaderError> {
        self.one(HeaderName::Event, Event::parse)
    }

    /// The state of a subscription in a NOTIFY.
    ///
    /// # Errors
    /// Names Subscription-State when it is missing or broken.
    pub fn subscription_state(&self) -> Result<Event, HeaderError> {
        self.one(HeaderName::SubscriptionState, Event::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_token_and_parameters() {
        let event = Event::parse(b"dialog;id=7;call-id=\"a b\"").unwrap();
        assert_eq!((event.token(), event.param("ID"), event.param("call-id"), event.param("x")), ("dialog", Some("7"), Some("a b"), None));
        let state = Event::parse(b"terminated ; reason=noresource").unwrap();
        assert_eq!((state.token(), state.param("reason")), ("terminated", Some("noresource")));
        for text in [&b""[..], b";id=1", b"a b", b"a;;", b"a;=1", b"\xff"] {
            assert!(Event::parse(text).is_err());
        }
    }
}

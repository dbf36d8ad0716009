//! Headers that list tokens: Allow, Supported, Require and their kin.

use crate::codec::limits::MAX_LIST;
use crate::codec::{HeaderError, HeaderName, Message, Method, scan};

impl Message {
    /// All tokens of a list header; empty elements are skipped, as an empty Supported or Allow is legal.
    ///
    /// # Errors
    /// Names the header when an element is no token or there are too many.
    pub fn tokens(&self, name: HeaderName) -> Result<Vec<&str>, HeaderError> {
        let mut tokens = Vec::new();
        for value in self.header_values(name).flat_map(scan::split_commas).filter(|v| !v.is_empty()) {
            if tokens.len() == MAX_LIST {
                return Err(HeaderError::new(name, "too many values"));
            }
            tokens.push(scan::token(value).ok_or(HeaderError::new(name, "not a token"))?);
        }
        Ok(tokens)
    }

    /// A list header holds a token, compared without case; elements that are no tokens do not count.
    pub fn has_token(&self, name: HeaderName, token: &str) -> bool {
        self.header_values(name).flat_map(scan::split_commas).any(|value| value.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// Extensions the sender understands.
    ///
    /// # Errors
    /// As [`Message::tokens`].
    pub fn supported(&self) -> Result<Vec<&str>, HeaderError> {
        self.tokens(HeaderName::Supported)
    }

    /// Extensions the receiver must understand; answer 420 with Unsupported for others.
    ///
    /// # Errors
    /// As [`Message::tokens`].
    pub fn require(&self) -> Result<Vec<&str>, HeaderError> {
        self.tokens(HeaderName::Require)
    }

    /// Extensions a proxy must understand.
    ///
    /// # Errors
    /// As [`Message::tokens`].
    pub fn proxy_require(&self) -> Result<Vec<&str>, HeaderError> {
        self.tokens(HeaderName::ProxyRequire)
    }

    /// Extensions the sender of a 420 does not understand.
    ///
    /// # Errors
    /// As [`Message::tokens`].
    pub fn unsupported(&self) -> Result<Vec<&str>, HeaderError> {
        self.tokens(HeaderName::Unsupported)
    }

    /// Methods the sender understands; `None` where it does not say.
    ///
    /// # Errors
    /// As [`Message::tokens`].
    pub fn allow(&self) -> Result<Option<Vec<Method>>, HeaderError> {
        if self.header(HeaderName::Allow).is_none() {
            return Ok(None);
        }
        let tokens = self.tokens(HeaderName::Allow)?;
        Ok(Some(tokens.into_iter().filter_map(|t| Method::parse(t.as_bytes())).collect()))
    }
}

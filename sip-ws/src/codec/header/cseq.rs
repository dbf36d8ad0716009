//! `CSeq`: number and method of a request within its dialog (RFC 3261 s20.16).

use crate::codec::limits::MAX_CSEQ;
use crate::codec::{HeaderError, HeaderName, Message, Method, scan};
use std::fmt;

/// A sequence number and the method it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// At most [`MAX_CSEQ`].
    pub number: u32,
    /// The method, the same as the request's.
    pub method: Method,
}

impl CSeq {
    /// Reads a CSeq value.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar or the range.
    pub fn parse(value: &[u8]) -> Result<CSeq, &'static str> {
        let value = scan::trim(value);
        let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
        let method = scan::skip_blank(value, digits);
        if digits == 0 || method == digits {
            return Err("not a number and a method");
        }
        let number = scan::number(&value[..digits]).filter(|n| *n <= MAX_CSEQ).ok_or("number out of range")?;
        let method = Method::parse(&value[method..]).ok_or("not a number and a method")?;
        Ok(CSeq { number, method })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

impl Message {
    /// Sequence number and method.
    ///
    /// # Errors
    /// Names CSeq when it is missing, broken or out of range.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        self.one(HeaderName::CSeq, CSeq::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_and_prints() {
        for (text, number, method) in [("1 INVITE", 1, "INVITE"), ("0009 \t INVITE", 9, "INVITE"), ("2147483647 x%y", 2_147_483_647, "x%y")]
        {
            let cseq = CSeq::parse(text.as_bytes()).unwrap();
            assert_eq!((cseq.number, cseq.method.as_str()), (number, method));
            assert_eq!(CSeq::parse(cseq.to_string().as_bytes()), Ok(cseq));
        }
    }

    #[test]
    fn refuses_what_is_no_number_and_method() {
        for text in ["", "1", "INVITE", "1INVITE", "-1 INVITE", "1 INVITE x", "1 IN/VITE", "2147483648 INVITE", "1.0 INVITE"] {
            assert!(CSeq::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

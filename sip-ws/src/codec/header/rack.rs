//! `RAck`: which reliable provisional response a PRACK confirms (RFC 3262 s7.2).

use super::CSeq;
use crate::codec::{HeaderError, HeaderName, Message, scan};
use std::fmt;

/// The RSeq and CSeq of the response that is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RAck {
    /// The number of the response.
    pub rseq: u32,
    /// The CSeq of the response.
    pub cseq: CSeq,
}

impl RAck {
    /// Reads a RAck value.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<RAck, &'static str> {
        let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
        let rseq = scan::number(&value[..digits]).ok_or("not two numbers and a method")?;
        if !value.get(digits).is_some_and(|&b| scan::is_blank(b)) {
            return Err("not two numbers and a method");
        }
        Ok(RAck { rseq, cseq: CSeq::parse(&value[digits..])? })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rseq, self.cseq)
    }
}

impl Message {
    /// What a PRACK confirms.
    ///
    /// # Errors
    /// Names RAck when it is missing or broken.
    pub fn rack(&self) -> Result<RAck, HeaderError> {
        self.one(HeaderName::RAck, RAck::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_and_prints() {
        let rack = RAck::parse(b"776656 1 INVITE").unwrap();
        assert_eq!((rack.rseq, rack.cseq.number, rack.cseq.method.as_str()), (776_656, 1, "INVITE"));
        assert_eq!(RAck::parse(rack.to_string().as_bytes()), Ok(rack));
        for text in ["", "1", "1 INVITE", "1 2", "x 1 INVITE", "1 INVITE 2", "4294967296 1 INVITE"] {
            assert!(RAck::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

//! `Replaces`, `Join` and `Target-Dialog`: headers that name another dialog (RFC 3891, RFC 3911, RFC 4538).

use crate::codec::params::{self, Params};
use crate::codec::{HeaderError, HeaderName, Message, scan};
use std::fmt;

/// A dialog as the one who receives the header would know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogRef {
    /// The Call-ID.
    pub call_id: Box<str>,
    /// The receiver's tag (`local-tag` of Target-Dialog).
    pub to_tag: Box<str>,
    /// The other side's tag (`remote-tag` of Target-Dialog).
    pub from_tag: Box<str>,
    /// Only while the dialog is early (RFC 3891 s3).
    pub early_only: bool,
}

impl DialogRef {
    /// Reads `callid;to-tag=..;from-tag=..`, or the parameter names of Target-Dialog.
    ///
    /// # Errors
    /// A constant text that says what breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<DialogRef, &'static str> {
        let text = std::str::from_utf8(scan::trim(value)).map_err(|_| "not UTF-8")?;
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        if !scan::all(&text.as_bytes()[..end], scan::WORD) {
            return Err("broken Call-ID");
        }
        params::check(text.as_bytes(), end)?;
        let params = Params::checked(&text[end..]);
        let tag = |a: &str, b: &str| {
            let mut found = params.filter(|(name, _)| name.eq_ignore_ascii_case(a) || name.eq_ignore_ascii_case(b));
            match (found.next(), found.next()) {
                (Some((_, Some(tag))), None) if !tag.is_empty() => Ok(tag.into()),
                _ => Err("not exactly one tag of each side"),
            }
        };
        Ok(DialogRef {
            call_id: text[..end].into(),
            to_tag: tag("to-tag", "local-tag")?,
            from_tag: tag("from-tag", "remote-tag")?,
            early_only: params.get("early-only").is_some(),
        })
    }
}

impl fmt::Display for DialogRef {
    /// In the form of Replaces and Join.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};to-tag={};from-tag={}", self.call_id, self.to_tag, self.from_tag)?;
        if self.early_only { f.write_str(";early-only") } else { Ok(()) }
    }
}

impl Message {
    /// The dialog an INVITE takes the place of.
    ///
    /// # Errors
    /// Names Replaces when it is missing or broken.
    pub fn replaces(&self) -> Result<DialogRef, HeaderError> {
        self.one(HeaderName::Replaces, DialogRef::parse)
    }

    /// The dialog an INVITE wants to join.
    ///
    /// # Errors
    /// Names Join when it is missing or broken.
    pub fn join(&self) -> Result<DialogRef, HeaderError> {
        self.one(HeaderName::Join, DialogRef::parse)
    }

    /// The dialog that authorises a request outside of it.
    ///
    /// # Errors
    /// Names Target-Dialog when it is missing or broken.
    pub fn target_dialog(&self) -> Result<DialogRef, HeaderError> {
        self.one(HeaderName::TargetDialog, DialogRef::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reads_and_prints() {
        let dialog = DialogRef::parse(b"98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff;early-only").unwrap();
        assert_eq!((&*dialog.call_id, &*dialog.to_tag, &*dialog.from_tag), ("98732@sip.example.com", "ff87ff", "r33th4x0r"));
        assert!(dialog.early_only);
        assert_eq!(DialogRef::parse(dialog.to_string().as_bytes()), Ok(dialog));
        let target = DialogRef::parse(b"a@b;local-tag=l;remote-tag=r").unwrap();
        assert_eq!((&*target.to_tag, &*target.from_tag, target.early_only), ("l", "r", false));
    }

    #[test]
    fn refuses_missing_and_double_tags() {
        for text in [
            "",
            "a",
            "a;to-tag=1",
            "a;from-tag=1",
            "a;to-tag=1;from-tag",
            "a;to-tag=1;to-tag=2;from-tag=3",
            ";to-tag=1;from-tag=2",
            "a b;to-tag=1;from-tag=2",
        ] {
            assert!(DialogRef::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

//! `;name=value` lists behind an address, a Via and many other headers, read where they stand.

use super::limits::MAX_PARAMS;
use super::scan;

/// A checked list of parameters; iterates over names and values in order.
///
/// A value in quotes is given without the quotes, its inner escapes untouched. A parameter without a value has `None`.
#[derive(Clone, Copy, Debug)]
pub struct Params<'a> {
    rest: &'a str,
}

impl<'a> Params<'a> {
    /// `text` has passed [`check`] (or the URI's own check) and is empty or starts with `;`.
    pub(super) fn checked(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// The value of the first parameter of this name (compared without case), empty where it has none.
    pub fn get(self, name: &str) -> Option<&'a str> {
        let mut params = self;
        params.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.unwrap_or(""))
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.rest.as_bytes();
        let start = scan::skip_blank(bytes, bytes.iter().position(|&b| b == b';')? + 1);
        let name_end = bytes[start..].iter().position(|&b| matches!(b, b'=' | b';' | b' ' | b'\t')).map_or(bytes.len(), |n| start + n);
        let name = &self.rest[start..name_end];
        let after = scan::skip_blank(bytes, name_end);
        if bytes.get(after) != Some(&b'=') {
            self.rest = &self.rest[after..];
            return Some((name, None));
        }
        let value = scan::skip_blank(bytes, after + 1);
        if bytes.get(value) == Some(&b'"') {
            let end = scan::skip_quoted(bytes, value).unwrap_or(bytes.len());
            let text = &self.rest[value + 1..(end - 1).max(value + 1)];
            self.rest = &self.rest[end..];
            return Some((name, Some(text)));
        }
        let end = bytes[value..].iter().position(|&b| matches!(b, b';' | b' ' | b'\t')).map_or(bytes.len(), |n| value + n);
        let text = &self.rest[value..end];
        self.rest = &self.rest[end..];
        Some((name, Some(text)))
    }
}

/// Checks `generic-param`s from `at` (a `;`, a blank or the end) and returns where they end: the end of the text.
pub(super) fn check(text: &[u8], at: usize) -> Result<(), &'static str> {
    let mut at = scan::skip_blank(text, at);
    let mut count = 0;
    while at < text.len() {
        if text[at] != b';' {
            return Err("unexpected text before a parameter");
        }
        count += 1;
        if count > MAX_PARAMS {
            return Err("too many parameters");
        }
        at = scan::skip_blank(text, at + 1);
        let name = scan::run(&text[at..], scan::TOKEN);
        if name == 0 {
            return Err("empty or broken parameter name");
        }
        at = scan::skip_blank(text, at + name);
        if text.get(at) == Some(&b'=') {
            at = scan::skip_blank(text, at + 1);
            at = match text.get(at) {
                Some(b'"') => scan::skip_quoted(text, at).ok_or("quoted string without an end")?,
                _ => match scan::run(&text[at..], scan::VALUE) {
                    0 => return Err("empty or broken parameter value"),
                    n => at + n,
                },
            };
            at = scan::skip_blank(text, at);
        }
    }
    Ok(())
}

/// Whether `value` can stand behind `=` without quotes.
pub(super) fn is_plain_value(value: &str) -> bool {
    scan::all(value.as_bytes(), scan::VALUE)
}

/// Appends `value` as a quoted string; line ends and other controls become spaces.
pub(super) fn push_quoted(out: &mut String, value: &str) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_ascii_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends `;name=value`, in quotes where the value needs them. A name that is no token is dropped.
pub(super) fn push_param(out: &mut String, name: &str, value: Option<&str>) {
    if scan::token(name.as_bytes()).is_none() {
        return;
    }
    out.push(';');
    out.push_str(name);
    if let Some(value) = value {
        out.push('=');
        if is_plain_value(value) {
            out.push_str(value);
        } else {
            push_quoted(out, value);
        }
    }
}

/// The text of a quoted string's inside without its escapes.
pub(super) fn unescape(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out.into()
}

/// The parameters of `text` without those named `name`.
pub(super) fn without(text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut params = Params::checked(text);
    loop {
        let before = params.rest;
        let Some((n, _)) = params.next() else { return out };
        if !n.eq_ignore_ascii_case(name) {
            out.push_str(before[..before.len() - params.rest.len()].trim());
        }
    }
}

//! Character classes of RFC 3261 s25.1 and the few scanners that all parsers share.

/// `token`
pub(super) const TOKEN: u8 = 1;
/// `unreserved` and `user-unreserved`: what a user part holds besides escapes
pub(super) const USER: u8 = 2;
/// `param-unreserved` and `unreserved`: names and values of URI parameters
pub(super) const PARAM: u8 = 4;
/// `hnv-unreserved` and `unreserved`, with `&` and `=`: the headers of a URI
pub(super) const HNV: u8 = 8;
/// `word` and `@`: a Call-ID
pub(super) const WORD: u8 = 16;
/// What any URI may hold (RFC 3986), `%` included
pub(super) const URI: u8 = 32;
/// letters, digits, `-` and `.`: a host name or IPv4 address; `_` too, as container names have it
pub(super) const HOST: u8 = 64;
/// What a header parameter value may hold without quotes: `token` and what a host adds
pub(super) const VALUE: u8 = 128;

static CLASS: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 26 {
        table[b'a' as usize + i] = 0xff;
        table[b'A' as usize + i] = 0xff;
        i += 1;
    }
    let mut i = 0;
    while i < 10 {
        table[b'0' as usize + i] = 0xff;
        i += 1;
    }
    let sets: [(u8, &[u8]); 8] = [
        (TOKEN, b"-.!%*_+`'~"),
        (USER, b"-_.!~*'()&=+$,;?/"),
        (PARAM, b"-_.!~*'()[]/:&+$"),
        (HNV, b"-_.!~*'()[]/?:+$&="),
        (WORD, b"-.!%*_+`'~()<>:\\\"/[]?{}@"),
        (URI, b"-_.!~*'()[]/?:+$&=@;,#%"),
        (HOST, b"-._"),
        (VALUE, b"-.!%*_+`'~[]:"),
    ];
    let mut s = 0;
    while s < sets.len() {
        let (class, chars) = sets[s];
        let mut i = 0;
        while i < chars.len() {
            table[chars[i] as usize] |= class;
            i += 1;
        }
        s += 1;
    }
    table
}

pub(super) fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

/// Length of the run of `class` at the start of `text`.
pub(super) fn run(text: &[u8], class: u8) -> usize {
    text.iter().position(|&b| !is(b, class)).unwrap_or(text.len())
}

/// All of `text` is of `class`, and there is some.
pub(super) fn all(text: &[u8], class: u8) -> bool {
    !text.is_empty() && text.iter().all(|&b| is(b, class))
}

/// As [`all`], where `%` and two hexadecimal digits count as a character; may be empty.
pub(super) fn all_escaped(text: &[u8], class: u8) -> bool {
    let mut at = 0;
    while at < text.len() {
        if is(text[at], class) {
            at += 1;
        } else if text[at] == b'%' && matches!(text.get(at + 1..at + 3), Some(hex) if hex.iter().all(u8::is_ascii_hexdigit)) {
            at += 3;
        } else {
            return false;
        }
    }
    true
}

/// The text if it is a token.
pub(super) fn token(text: &[u8]) -> Option<&str> {
    if !all(text, TOKEN) {
        return None;
    }
    std::str::from_utf8(text).ok()
}

pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The position of the first octet at or after `at` that is no blank.
pub(super) fn skip_blank(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && is_blank(text[at]) {
        at += 1;
    }
    at
}

/// Without blanks at both ends.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let start = skip_blank(text, 0);
    let mut end = text.len();
    while end > start && is_blank(text[end - 1]) {
        end -= 1;
    }
    &text[start..end]
}

/// The position after the quoted string that starts at `at` (which holds the opening quote).
/// Control characters are legal only behind a backslash, as `quoted-pair` has them.
pub(super) fn skip_quoted(text: &[u8], at: usize) -> Option<usize> {
    let mut i = at + 1;
    while let Some(&byte) = text.get(i) {
        match byte {
            b'"' => return Some(i + 1),
            b'\\' => i += 2,
            b'\t' | b' '..=b'~' | 0x80.. => i += 1,
            _ => return None,
        }
    }
    None
}

/// Decimal digits only, at least one; `None` as well when it exceeds `u32`.
pub(super) fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u32, |sum, &b| {
        let digit = b.is_ascii_digit().then_some(u32::from(b.wrapping_sub(b'0')))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// The elements of a comma-separated list; commas inside quotes and angle brackets do not separate.
/// Empty elements are delivered, the caller decides what they mean.
pub(super) fn split_commas(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut at = 0;
        let mut angle = false;
        while at < text.len() {
            match text[at] {
                b'"' => {
                    // An open quote swallows the rest: the element's own parser names the fault.
                    at = skip_quoted(text, at).unwrap_or(text.len());
                    continue;
                }
                b'<' => angle = true,
                b'>' => angle = false,
                b',' if !angle => {
                    rest = Some(&text[at + 1..]);
                    return Some(trim(&text[..at]));
                }
                _ => {}
            }
            at += 1;
        }
        rest = None;
        Some(trim(text))
    })
}

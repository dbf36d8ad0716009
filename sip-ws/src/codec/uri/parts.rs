//! Where the parts of a URI stand in its text: the grammar of RFC 3261 s19.1.1 and RFC 5118.

use crate::codec::limits::MAX_PARAMS;
use crate::codec::scan;
use std::net::Ipv6Addr;

/// Where the parts of a URI are in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::codec) struct Parts {
    pub(super) sip: bool,
    pub(super) scheme: u32,
    /// Ends of user and of password; both equal the start where there is no user part.
    pub(super) user: u32,
    pub(super) user_info: u32,
    pub(super) host: (u32, u32),
    pub(super) port: Option<u16>,
    pub(super) params: u32,
    pub(super) headers: u32,
}

impl Parts {
    pub(in crate::codec) fn of(text: &str) -> Result<Parts, &'static str> {
        let bytes = text.as_bytes();
        let colon = bytes.iter().position(|&b| b == b':').ok_or("URI without a scheme")?;
        let scheme = &bytes[..colon];
        if !scheme.first().is_some_and(u8::is_ascii_alphabetic)
            || !scheme.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        {
            return Err("broken URI scheme");
        }
        if !scheme.eq_ignore_ascii_case(b"sip") && !scheme.eq_ignore_ascii_case(b"sips") {
            return Self::other(bytes, colon);
        }
        Self::sip(bytes, colon)
    }

    fn other(bytes: &[u8], colon: usize) -> Result<Parts, &'static str> {
        if bytes.len() == colon + 1 || !scan::all_escaped(&bytes[colon + 1..], scan::URI) {
            return Err("illegal character in the URI");
        }
        let (start, end) = (colon as u32 + 1, bytes.len() as u32);
        Ok(Parts {
            sip: false,
            scheme: colon as u32,
            user: start,
            user_info: start,
            host: (end, end),
            port: None,
            params: end,
            headers: end,
        })
    }

    fn sip(bytes: &[u8], colon: usize) -> Result<Parts, &'static str> {
        let start = colon + 1;
        let (mut user, mut user_info, mut host) = (start, start, start);
        if let Some(at) = bytes[start..].iter().position(|&b| b == b'@') {
            user_info = start + at;
            host = user_info + 1;
            user = bytes[start..user_info].iter().position(|&b| b == b':').map_or(user_info, |n| start + n);
            if user == start {
                return Err("empty user in the URI");
            }
            // A password may hold less than a user; the difference harms nobody.
            if !scan::all_escaped(&bytes[start..user], scan::USER)
                || !scan::all_escaped(&bytes[(user + 1).min(user_info)..user_info], scan::USER)
            {
                return Err("illegal character in the user part of the URI");
            }
        }
        let host_end = host + host_len(&bytes[host..])?;
        let mut at = host_end;
        let mut port = None;
        if bytes.get(at) == Some(&b':') {
            let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
            let value = scan::number(&bytes[at + 1..at + 1 + digits]).and_then(|n| u16::try_from(n).ok());
            port = Some(value.ok_or("bad port in the URI")?);
            at += 1 + digits;
        }
        let params = at;
        at = check_params(bytes, at)?;
        let headers = at;
        if at < bytes.len() && (bytes[at] != b'?' || at + 1 == bytes.len() || !scan::all_escaped(&bytes[at + 1..], scan::HNV)) {
            return Err("illegal character in the URI");
        }
        Ok(Parts {
            sip: true,
            scheme: colon as u32,
            user: user as u32,
            user_info: user_info as u32,
            host: (host as u32, host_end as u32),
            port,
            params: params as u32,
            headers: headers as u32,
        })
    }
}

/// Length of the host at the start of `text`: name, IPv4 address, or IPv6 address in brackets.
pub(in crate::codec) fn host_len(text: &[u8]) -> Result<usize, &'static str> {
    if text.first() == Some(&b'[') {
        let end = text.iter().position(|&b| b == b']').ok_or("IPv6 address without an end")?;
        let inside = std::str::from_utf8(&text[1..end]).map_err(|_| "bad IPv6 address")?;
        // Three colons are what a fault of the RFC 3261 grammar allows; RFC 5118 s4.10 asks to accept them.
        let valid =
            inside.parse::<Ipv6Addr>().is_ok() || inside.contains(":::") && inside.replacen(":::", "::", 1).parse::<Ipv6Addr>().is_ok();
        return if valid { Ok(end + 1) } else { Err("bad IPv6 address") };
    }
    match scan::run(text, scan::HOST) {
        0 => Err("empty host"),
        n => Ok(n),
    }
}

/// Checks `;name[=value]` of a URI and returns where they end: at `?` or the end of the text.
fn check_params(bytes: &[u8], mut at: usize) -> Result<usize, &'static str> {
    let mut count = 0;
    while bytes.get(at) == Some(&b';') {
        count += 1;
        if count > MAX_PARAMS {
            return Err("too many parameters in the URI");
        }
        let end = bytes[at + 1..].iter().position(|&b| b == b';' || b == b'?').map_or(bytes.len(), |n| at + 1 + n);
        let param = &bytes[at + 1..end];
        let (name, value) = match param.iter().position(|&b| b == b'=') {
            Some(equals) => (&param[..equals], Some(&param[equals + 1..])),
            None => (param, None),
        };
        if name.is_empty() || value.is_some_and(<[u8]>::is_empty) {
            return Err("empty parameter in the URI");
        }
        if !scan::all_escaped(name, scan::PARAM) || !scan::all_escaped(value.unwrap_or_default(), scan::PARAM) {
            return Err("illegal character in a URI parameter");
        }
        at = end;
    }
    Ok(at)
}

//! Addresses of stations: one spelling, and which of them this server may reach.
//!
//! A server that fetches what it is told to fetch is a way into its own network. So only configured stations are reached, an address
//! is read in one spelling, each address that a name resolves to is judged before it is used, and the connection goes to the very
//! address that was judged.

use crate::net::canonical;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest path, in bytes.
const MAX_PATH: usize = 1_024;

/// Where a station is.
#[derive(Clone, PartialEq, Eq)]
pub struct StationUrl {
    /// Whether TLS is used.
    pub https: bool,
    /// Its host.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub path: String,
}

/// A host in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An address.
    Address(IpAddr),
    /// A name, in lower case.
    Name(String),
}

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither `http:` nor `https:`.
    #[error("it begins with neither `http://` nor `https://`")]
    Scheme,
    /// It holds a user, a password or a fragment.
    #[error("it holds a user name, a password or a fragment, which have keys of their own")]
    Extra,
    /// The host is no name and no address in its usual spelling.
    #[error("its host is neither a name nor an address in its usual spelling")]
    Host,
    /// The port is another service's.
    #[error("its port is neither 80 nor 443 nor 1024 or above")]
    Port,
    /// The path has characters that must be escaped, or is too long.
    #[error("its path is too long or has characters that do not stand in one")]
    Path,
    /// This machine.
    #[error("it is an address of this machine")]
    Loopback,
    /// Valid on one link only; cloud machines answer their metadata there.
    #[error("it is a link-local or metadata address")]
    LinkLocal,
    /// Not the address of one device.
    #[error("it is not the address of one device")]
    NotUnicast,
}

/// What may be reached beyond the usual: set per station by the configuration, as the demo and the tests do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// The station runs on this machine.
    pub loopback: bool,
}

impl StationUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(AddressError::Scheme),
        };
        if rest.contains(['@', '#', '\\']) {
            return Err(AddressError::Extra);
        }
        let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = split_port(authority)?;
        let host = parse_host(host)?;
        let port = match port {
            None if https => 443,
            None => 80,
            Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => port.parse().map_err(|_| AddressError::Port)?,
            Some(_) => return Err(AddressError::Port),
        };
        if !matches!(port, 80 | 443 | 1_024..) {
            return Err(AddressError::Port);
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        if path.len() > MAX_PATH || !path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>')) {
            return Err(AddressError::Path);
        }
        Ok(Self { https, host, port, path })
    }

    /// The value of the Host header.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = match &self.host {
            Host::Address(IpAddr::V6(v6)) => format!("[{v6}]"),
            Host::Address(IpAddr::V4(v4)) => v4.to_string(),
            Host::Name(name) => name.clone(),
        };
        if self.port == if self.https { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }
}

/// Judges an address that a connection is about to be made to, and gives its one spelling.
///
/// # Errors
/// It must not be reached.
pub fn admit(address: IpAddr, reach: Reach) -> Result<IpAddr, AddressError> {
    let address = canonical(address);
    match address {
        IpAddr::V4(v4) => admit_v4(v4, reach)?,
        IpAddr::V6(v6) => {
            if v6.is_loopback() {
                return if reach.loopback { Ok(address) } else { Err(AddressError::Loopback) };
            }
            let s = v6.segments();
            if v6.is_unicast_link_local() || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254) {
                return Err(AddressError::LinkLocal);
            }
            // `::` and the IPv4-compatible block, which some systems route to themselves.
            if v6.is_multicast() || s[..6] == [0; 6] {
                return Err(AddressError::NotUnicast);
            }
            if let Some(inner) = embedded(s) {
                admit_v4(inner, Reach::default())?;
            }
        }
    }
    Ok(address)
}

fn admit_v4(v4: Ipv4Addr, reach: Reach) -> Result<(), AddressError> {
    let o = v4.octets();
    match o {
        [127, ..] if reach.loopback => Ok(()),
        // `0.0.0.0` and its block reach this machine on some systems.
        [127, ..] | [0, ..] => Err(AddressError::Loopback),
        // The second and third are where other clouds answer their metadata.
        [169, 254, ..] | [100, 100, 100, 200] | [192, 0, 0, 192] => Err(AddressError::LinkLocal),
        [224..=255, ..] => Err(AddressError::NotUnicast),
        _ => Ok(()),
    }
}

/// The IPv4 address inside a NAT64 (RFC 6052) or 6to4 (RFC 3056) address.
fn embedded(s: [u16; 8]) -> Option<Ipv4Addr> {
    let (high, low) = match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => (high, low),
        _ => return None,
    };
    Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (inside, behind) = rest.split_once(']').ok_or(AddressError::Host)?;
        let end = inside.len() + 2;
        return match behind.strip_prefix(':') {
            Some(port) => Ok((&authority[..end], Some(port))),
            None if behind.is_empty() => Ok((authority, None)),
            None => Err(AddressError::Host),
        };
    }
    Ok(authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))))
}

/// A name or an address. What only looks like a name (`2130706433`, `0x7f.1`, `127.1`) is an address to some resolvers: refused.
fn parse_host(host: &str) -> Result<Host, AddressError> {
    if let Some(inside) = host.strip_prefix('[') {
        let v6: Ipv6Addr = inside.strip_suffix(']').unwrap_or(inside).parse().map_err(|_| AddressError::Host)?;
        return Ok(Host::Address(canonical(IpAddr::V6(v6))));
    }
    if let Ok(v4) = host.parse::<Ipv4Addr>() {
        return Ok(Host::Address(IpAddr::V4(v4)));
    }
    let plain = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|b| b.is_ascii_digit()) || last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    if host.len() > 253 || number || !host.split('.').all(plain) {
        return Err(AddressError::Host);
    }
    Ok(Host::Name(host.to_ascii_lowercase()))
}

impl fmt::Display for StationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        write!(f, "{}://{}{path}", if self.https { "https" } else { "http" }, self.authority())
    }
}

/// Without the query, which may hold a secret of the station's maker.
impl fmt::Debug for StationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Result<String, AddressError> {
        StationUrl::parse(text).map(|url| url.authority())
    }

    #[test]
    fn addresses_have_one_spelling() {
        assert_eq!(host("http://192.168.0.30/api/remote/").as_deref(), Ok("192.168.0.30"));
        assert_eq!(host("http://192.168.0.30:12000/video.mjpeg").as_deref(), Ok("192.168.0.30:12000"));
        assert_eq!(host("https://Door.North.Example:443/").as_deref(), Ok("door.north.example"));
        assert_eq!(host("http://[::ffff:10.0.0.1]/").as_deref(), Ok("10.0.0.1"));
        assert_eq!(host("http://[2001:db8::1]:8080").as_deref(), Ok("[2001:db8::1]:8080"));
        assert_eq!(StationUrl::parse("http://a").map(|url| url.path).as_deref(), Ok("/"));
        let query = StationUrl::parse("http://a/v?api_token=planted").expect("an address");
        assert!(!format!("{query:?}{query}").contains("planted"));
    }

    #[test]
    fn other_spellings_and_other_services_are_refused() {
        for text in [
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://1.2.3.4.5/",
            "http://[::1/",
            "http://[::1]x/",
            "http://[fe80::1%25eth0]/",
            "http://１２７.0.0.1/",
            "http:///",
            "http://a..b/",
        ] {
            assert_eq!(host(text), Err(AddressError::Host), "{text}");
        }
        for text in ["gopher://a/", "file:///etc/passwd", "HTTP://a/", "//a/", "ftp://a/"] {
            assert_eq!(host(text), Err(AddressError::Scheme), "{text}");
        }
        for text in ["http://a:22/", "http://a:25/", "http://a:0/", "http://a:70000/", "http://a:/", "http://a:+80/x"] {
            assert!(matches!(host(text), Err(AddressError::Port)), "{text}");
        }
        for text in ["http://user:secret@a/", "http://a/#x", "http://127.0.0.1\\@a/"] {
            assert_eq!(host(text), Err(AddressError::Extra), "{text}");
        }
        for text in ["http://a/b c", "http://a/\r\nHost: b", "http://a/é"] {
            assert_eq!(host(text), Err(AddressError::Path), "{text}");
        }
    }

    #[test]
    fn this_machine_and_metadata_are_never_reached_unless_said() {
        let judge = |text: &str, reach| admit(text.parse().expect("an address"), reach);
        let here = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::ffff:0.0.0.0"];
        for text in here {
            assert_eq!(judge(text, Reach::default()), Err(AddressError::Loopback), "{text}");
        }
        for text in ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200", "64:ff9b::a9fe:a9fe"] {
            assert_eq!(judge(text, Reach { loopback: true }), Err(AddressError::LinkLocal), "{text}");
        }
        for text in ["64:ff9b::7f00:1", "2002:7f00:1::1"] {
            assert_eq!(judge(text, Reach { loopback: true }), Err(AddressError::Loopback), "{text}");
        }
        for text in ["::", "224.0.0.1", "255.255.255.255", "ff02::1", "::7f00:1"] {
            assert_eq!(judge(text, Reach { loopback: true }), Err(AddressError::NotUnicast), "{text}");
        }
        for text in ["127.0.0.1", "::1"] {
            assert!(judge(text, Reach { loopback: true }).is_ok(), "{text}");
        }
        for text in ["192.168.0.30", "10.1.2.3", "203.0.113.9", "fd12:3456::1", "2001:db8::1"] {
            assert!(judge(text, Reach::default()).is_ok(), "{text}");
        }
        assert_eq!(judge("::ffff:10.0.0.1", Reach::default()), Ok("10.0.0.1".parse().expect("an address")));
    }
}

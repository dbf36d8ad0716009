//! A read-only view of a session description (RFC 8866, RFC 8829); only its `o=` line can be rewritten.

use super::limits::{MAX_SDP, MAX_SDP_CANDIDATES, MAX_SDP_FORMATS, MAX_SDP_LINES, MAX_SDP_MEDIA, SDP_ICE_PWD, SDP_ICE_UFRAG};
use std::fmt;

/// Who sends media, from the sender of the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Direction {
    /// Both ways; what stands where nothing is said.
    #[default]
    SendRecv,
    /// The sender sends only.
    SendOnly,
    /// The sender receives only.
    RecvOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    fn of(attribute: &str) -> Option<Direction> {
        Some(match attribute {
            "sendrecv" => Self::SendRecv,
            "sendonly" => Self::SendOnly,
            "recvonly" => Self::RecvOnly,
            "inactive" => Self::Inactive,
            _ => return None,
        })
    }

    /// The attribute's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// The sender of the description sends.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// The sender of the description receives.
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same from the other side.
    #[must_use]
    pub fn reversed(self) -> Direction {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            same => same,
        }
    }
}

/// Why a description cannot be viewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdpError(pub(super) &'static str);

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "session description: {}", self.0)
    }
}

impl std::error::Error for SdpError {}

/// The `o=` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// User name, `-` for none.
    pub username: &'a str,
    /// Session id, digits as written (some peers exceed 64 bits).
    pub id: &'a str,
    /// Version, digits as written.
    pub version: &'a str,
    /// The rest: network type, address type, address.
    pub address: &'a str,
}

/// One `m=` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media<'a> {
    /// `audio`, `video`, ...
    pub kind: &'a str,
    /// 0: refused, unless bundled.
    pub port: u16,
    /// Such as `UDP/TLS/RTP/SAVPF`.
    pub proto: &'a str,
    /// Payload formats in order of preference.
    pub formats: Vec<&'a str>,
    /// Who sends.
    pub direction: Direction,
    /// `a=mid`
    pub mid: Option<&'a str>,
    /// The section's own `c=` address.
    pub connection: Option<&'a str>,
    /// `a=fingerprint`, algorithm and digest as written; the session's where the section has none.
    pub fingerprint: Option<&'a str>,
    /// `a=setup`
    pub setup: Option<&'a str>,
    /// `a=ice-ufrag`; the session's where the section has none.
    pub ice_ufrag: Option<&'a str>,
    /// Number of `a=candidate` lines.
    pub candidates: usize,
    /// `a=bundle-only`
    pub bundle_only: bool,
    /// `a=rtpmap` values, such as `111 opus/48000/2`.
    pub rtpmaps: Vec<&'a str>,
}

impl Media<'_> {
    /// The section carries media: its port is not 0, or it rides on another one's.
    pub fn is_active(&self) -> bool {
        self.port != 0 || self.bundle_only
    }
}

/// What of a session description this product reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdpView<'a> {
    text: &'a str,
    /// Who made the description, and which version of it this is.
    pub origin: Origin<'a>,
    /// The session's `c=` address.
    pub connection: Option<&'a str>,
    /// The sections in order.
    pub media: Vec<Media<'a>>,
    /// `a=group` values, such as `BUNDLE 0 1`.
    pub groups: Vec<&'a str>,
    /// `a=ice-lite`
    pub ice_lite: bool,
}

impl<'a> SdpView<'a> {
    /// Views a description. Lines of unknown type and attributes are passed over, LF alone ends a line too.
    ///
    /// # Errors
    /// [`SdpError`] where `v=`, `o=`, an `m=` line, ICE credentials or a candidate's port lack their shape, or a named
    /// limit is exceeded.
    pub fn parse(body: &'a [u8]) -> Result<SdpView<'a>, SdpError> {
        if body.len() > MAX_SDP {
            return Err(SdpError("too large"));
        }
        let text = std::str::from_utf8(body).map_err(|_| SdpError("not UTF-8"))?;
        let mut lines = text.lines();
        if lines.next() != Some("v=0") {
            return Err(SdpError("does not start with v=0"));
        }
        let origin = lines.next().and_then(|line| line.strip_prefix("o=")).and_then(Origin::parse).ok_or(SdpError("no usable o= line"))?;
        let mut reader = Reader::new(text, origin);
        for (count, line) in lines.enumerate() {
            if count + 2 >= MAX_SDP_LINES {
                return Err(SdpError("too many lines"));
            }
            reader.line(line)?;
        }
        Ok(reader.finish())
    }

    /// Sections of a kind that carry media.
    pub fn active(&self, kind: &str) -> impl Iterator<Item = &Media<'a>> {
        self.media.iter().filter(move |m| m.kind == kind && m.is_active())
    }

    /// All directions of active sections as one: sends if one sends, receives if one receives.
    pub fn direction(&self) -> Direction {
        let active = || self.media.iter().filter(|m| m.is_active());
        match (active().any(|m| m.direction.sends()), active().any(|m| m.direction.receives())) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// The first fingerprint: the identity of the peer connection behind this description.
    pub fn fingerprint(&self) -> Option<&'a str> {
        self.media.iter().find_map(|m| m.fingerprint)
    }

    /// The first ICE user fragment; it changes with every ICE restart.
    pub fn ice_ufrag(&self) -> Option<&'a str> {
        self.media.iter().find_map(|m| m.ice_ufrag)
    }

    /// Candidates of all sections.
    pub fn candidates(&self) -> usize {
        self.media.iter().map(|m| m.candidates).sum()
    }

    /// The same description with another session id and version in `o=`, everything else octet for octet.
    pub fn rewrite_origin(&self, id: u64, version: u64) -> Vec<u8> {
        self.with_origin(&id.to_string(), version)
    }

    /// As [`rewrite_origin`](Self::rewrite_origin), with the session id as written: some exceed 64 bits.
    pub fn with_origin(&self, id: &str, version: u64) -> Vec<u8> {
        let id: String = id.chars().filter(char::is_ascii_digit).collect();
        let start = self.text.find("o=").unwrap_or(0);
        let end = self.text[start..].find(['\r', '\n']).map_or(self.text.len(), |n| start + n);
        let line = format!("o={} {id} {version} {}", self.origin.username, self.origin.address);
        [&self.text[..start], &line, &self.text[end..]].concat().into_bytes()
    }
}

impl<'a> Origin<'a> {
    fn parse(value: &'a str) -> Option<Origin<'a>> {
        let mut fields = value.splitn(4, ' ');
        let mut field = || fields.next().filter(|f| !f.is_empty());
        let origin = Origin { username: field()?, id: field()?, version: field()?, address: field()? };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        (digits(origin.id) && digits(origin.version)).then_some(origin)
    }
}

/// Session level first, then one section after the other.
struct Reader<'a> {
    view: SdpView<'a>,
    direction: Direction,
    fingerprint: Option<&'a str>,
    setup: Option<&'a str>,
    ice_ufrag: Option<&'a str>,
    candidates: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, origin: Origin<'a>) -> Self {
        let view = SdpView { text, origin, connection: None, media: Vec::new(), groups: Vec::new(), ice_lite: false };
        Self { view, direction: Direction::default(), fingerprint: None, setup: None, ice_ufrag: None, candidates: 0 }
    }

    fn line(&mut self, line: &'a str) -> Result<(), SdpError> {
        let Some((kind, value)) = line.split_once('=') else { return Ok(()) };
        match kind {
            "m" => {
                if self.view.media.len() == MAX_SDP_MEDIA {
                    return Err(SdpError("too many media sections"));
                }
                let media = self.media(value)?;
                self.view.media.push(media);
            }
            "c" => match self.view.media.last_mut() {
                Some(media) => media.connection = Some(value),
                None => self.view.connection = Some(value),
            },
            "a" => self.attribute(value)?,
            _ => {}
        }
        Ok(())
    }

    fn media(&self, value: &'a str) -> Result<Media<'a>, SdpError> {
        let mut fields = value.split(' ').filter(|f| !f.is_empty());
        let mut field = || fields.next().ok_or(SdpError("incomplete m= line"));
        let (kind, port, proto) = (field()?, field()?, field()?);
        let port = port.split('/').next().unwrap_or_default();
        let port =
            port.bytes().all(|b| b.is_ascii_digit()).then(|| port.parse().ok()).flatten().ok_or(SdpError("bad port in an m= line"))?;
        let formats: Vec<&str> = fields.take(MAX_SDP_FORMATS + 1).collect();
        if formats.len() > MAX_SDP_FORMATS {
            return Err(SdpError("too many formats in an m= line"));
        }
        Ok(Media {
            kind,
            port,
            proto,
            formats,
            direction: self.direction,
            mid: None,
            connection: None,
            fingerprint: self.fingerprint,
            setup: self.setup,
            ice_ufrag: self.ice_ufrag,
            candidates: 0,
            bundle_only: false,
            rtpmaps: Vec::new(),
        })
    }

    fn attribute(&mut self, attribute: &'a str) -> Result<(), SdpError> {
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        match name {
            "ice-ufrag" if !is_ice(value, &SDP_ICE_UFRAG) => return Err(SdpError("bad ICE user fragment")),
            "ice-pwd" if !is_ice(value, &SDP_ICE_PWD) => return Err(SdpError("bad ICE password")),
            "candidate" => {
                self.candidates += 1;
                if self.candidates > MAX_SDP_CANDIDATES {
                    return Err(SdpError("too many candidates"));
                }
                if !is_port(value) {
                    return Err(SdpError("bad port in a candidate"));
                }
            }
            _ => {}
        }
        let Some(media) = self.view.media.last_mut() else {
            match name {
                "fingerprint" => self.fingerprint = Some(value),
                "setup" => self.setup = Some(value),
                "ice-ufrag" => self.ice_ufrag = Some(value),
                "ice-lite" => self.view.ice_lite = true,
                "group" => self.view.groups.push(value),
                _ => self.direction = Direction::of(attribute).unwrap_or(self.direction),
            }
            return Ok(());
        };
        match name {
            "mid" => media.mid = Some(value),
            "fingerprint" => media.fingerprint = Some(value),
            "setup" => media.setup = Some(value),
            "ice-ufrag" => media.ice_ufrag = Some(value),
            "candidate" => media.candidates += 1,
            "bundle-only" => media.bundle_only = true,
            "rtpmap" => media.rtpmaps.push(value),
            _ => media.direction = Direction::of(attribute).unwrap_or(media.direction),
        }
        Ok(())
    }

    fn finish(self) -> SdpView<'a> {
        self.view
    }
}

/// A candidate has a port where one belongs.
pub(super) fn is_port(candidate: &str) -> bool {
    candidate.split(' ').nth(5).is_some_and(|port| port.parse::<u16>().is_ok())
}

/// `ice-char`s of a legal number (RFC 8839 s5.4).
pub(super) fn is_ice(text: &str, length: &std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}

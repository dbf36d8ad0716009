//! `application/trickle-ice-sdpfrag` (RFC 8840 s9.2): candidates that were found after their description had left. Each fragment
//! holds all that were found so far, so that a lost or late one does no harm.

use super::limits::{MAX_CANDIDATE, MAX_FRAGMENT, MAX_FRAGMENT_LINES, MAX_MID, MAX_SDP_CANDIDATES, MAX_SDP_MEDIA, SDP_ICE_UFRAG};
use super::sdp::{SdpError, is_ice, is_port};

/// The content type.
pub const CONTENT_TYPE: &str = "application/trickle-ice-sdpfrag";
/// Name of the INFO package that carries it, and of the option tag.
pub const PACKAGE: &str = "trickle-ice";

/// A way to reach somebody, or that there are no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Of which description it is: the ICE user fragment, another one with each ICE restart and connection.
    pub ufrag: String,
    /// Name of its m-line (`a=mid`); empty: of all.
    pub mid: String,
    /// `candidate:…` as written; empty: there are no more.
    pub text: String,
}

/// What a fragment says, in order.
///
/// # Errors
/// [`SdpError`] for what is no fragment, for a candidate without m-line, `mid`, user fragment or port, and beyond the named limits.
pub fn read(body: &[u8]) -> Result<Vec<Candidate>, SdpError> {
    if body.len() > MAX_FRAGMENT {
        return Err(SdpError("too large"));
    }
    let text = std::str::from_utf8(body).map_err(|_| SdpError("not UTF-8"))?;
    let (mut all, mut sections, mut session) = (Vec::new(), 0, "");
    // Of the section, or of the session before the first one. Its name may follow what it names.
    let (mut mid, mut ufrag, mut begun) = ("", "", 0);
    for (count, line) in text.lines().enumerate() {
        if count == MAX_FRAGMENT_LINES {
            return Err(SdpError("too many lines"));
        }
        let (kind, value) = line.split_once('=').filter(|(kind, _)| kind.len() == 1).ok_or(SdpError("no line of a description"))?;
        if kind == "m" {
            if sections == MAX_SDP_MEDIA {
                return Err(SdpError("too many media sections"));
            }
            name(&mut all[begun..], sections > 0, mid, ufrag)?;
            if sections == 0 {
                session = ufrag;
            }
            sections += 1;
            (mid, ufrag, begun) = ("", session, all.len());
            continue;
        }
        let (attribute, value) = if kind == "a" { value.split_once(':').unwrap_or((value, "")) } else { ("", "") };
        match attribute {
            "ice-ufrag" if is_ice(value, &SDP_ICE_UFRAG) => ufrag = value,
            "ice-ufrag" => return Err(SdpError("bad ICE user fragment")),
            // Each candidate holds a copy of it.
            "mid" if value.len() > MAX_MID => return Err(SdpError("a name of an m-line that is too long")),
            "mid" => mid = value,
            "candidate" if sections == 0 => return Err(SdpError("a candidate without m-line")),
            "candidate" if all.len() >= MAX_SDP_CANDIDATES => return Err(SdpError("too many candidates")),
            "candidate" if value.len() > MAX_CANDIDATE => return Err(SdpError("a candidate that is too long")),
            "candidate" if !is_port(value) => return Err(SdpError("bad port in a candidate")),
            "candidate" => all.push(Candidate { ufrag: String::new(), mid: String::new(), text: format!("candidate:{value}") }),
            // One for each m-line at most.
            "end-of-candidates" if all[begun..].last().is_none_or(|last| !last.text.is_empty()) => {
                all.push(Candidate { ufrag: String::new(), mid: String::new(), text: String::new() });
            }
            _ => {}
        }
    }
    name(&mut all[begun..], sections > 0, mid, ufrag)?;
    Ok(all)
}

/// Whose the candidates of a section are.
fn name(all: &mut [Candidate], in_section: bool, mid: &str, ufrag: &str) -> Result<(), SdpError> {
    if all.is_empty() {
        return Ok(());
    }
    if ufrag.is_empty() || (in_section && mid.is_empty()) {
        return Err(SdpError("a candidate of nobody"));
    }
    for candidate in all {
        (candidate.ufrag, candidate.mid) = (ufrag.to_owned(), mid.to_owned());
    }
    Ok(())
}

/// The fragment for a description of ours as it is now; `complete`: nothing more will be found. `None`: it has nothing to say, or cannot say
/// all: a candidate whose m-line has no name.
pub fn write(sdp: &str, complete: bool) -> Option<String> {
    let mut keys: Vec<[&str; 2]> = vec![["", ""]];
    let mut sections: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for line in sdp.lines() {
        let key = keys.last_mut()?;
        let section = sections.last_mut();
        if let Some(media) = line.strip_prefix("m=") {
            sections.push((media.split(' ').next()?, "", Vec::new()));
            keys.push(keys[0]);
        } else if let Some(ufrag) = line.strip_prefix("a=ice-ufrag:") {
            key[0] = ufrag;
        } else if let Some(pwd) = line.strip_prefix("a=ice-pwd:") {
            key[1] = pwd;
        } else if let (Some(mid), Some(section)) = (line.strip_prefix("a=mid:"), section) {
            section.1 = mid;
        } else if let (true, Some(section)) = (line.starts_with("a=candidate:"), sections.last_mut()) {
            section.2.push(line);
        }
    }
    let credentials = |[ufrag, pwd]: [&str; 2]| format!("a=ice-pwd:{pwd}\r\na=ice-ufrag:{ufrag}\r\n");
    let shared = *keys.iter().find(|key| key.iter().all(|part| !part.is_empty()))?;
    let mut out = credentials(shared);
    if complete {
        out.push_str("a=end-of-candidates\r\n");
    }
    let mut any = complete;
    for ((kind, mid, candidates), key) in sections.iter().zip(keys.iter().skip(1)) {
        if candidates.is_empty() {
            continue;
        }
        if mid.is_empty() {
            return None;
        }
        any = true;
        out.push_str(&format!("m={kind} 9 RTP/AVP 0\r\na=mid:{mid}\r\n"));
        if *key != shared {
            out.push_str(&credentials(*key));
        }
        for candidate in candidates {
            out.push_str(candidate);
            out.push_str("\r\n");
        }
    }
    any.then_some(out)
}

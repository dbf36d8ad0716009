//! Keeping the m-lines of a dialog in their places (RFC 3264 section 8) when a new peer connection knows nothing of them.

use crate::io::StoredLine;
use crate::sdp::SdpView;

/// For each m-line as sent: which one of the media driver it is; `None`: a dead one of ours.
pub(super) type Places = Vec<Option<usize>>;

/// The m-lines of a description.
pub(super) fn lines_of(sdp: &str) -> Option<Vec<StoredLine>> {
    let view = SdpView::parse(sdp.as_bytes()).ok()?;
    Some(view.media.iter().map(|media| StoredLine { kind: media.kind.to_owned(), proto: media.proto.to_owned() }).collect())
}

/// The offer with an m-line for each of `known`, in that order; missing ones with port 0. `None`: it has them already.
pub(super) fn arrange(sdp: &str, known: &[StoredLine]) -> Option<(String, Places)> {
    let made = lines_of(sdp)?;
    let fits = made.len() >= known.len() && known.iter().zip(&made).all(|(known, made)| known.kind == made.kind);
    if fits {
        return None;
    }
    let (session, sections) = split(sdp);
    let mut places: Places = Vec::new();
    for line in known {
        places.push((0..made.len()).find(|at| made[*at].kind == line.kind && !places.contains(&Some(*at))));
    }
    let rest: Vec<Option<usize>> = (0..made.len()).map(Some).filter(|at| !places.contains(at)).collect();
    places.extend(rest);
    let mut out = session.to_owned();
    for (at, place) in places.iter().enumerate() {
        match place {
            Some(made) => out.push_str(sections.get(*made)?),
            None => {
                let StoredLine { kind, proto } = known.get(at)?;
                out.push_str(&format!("m={kind} 0 {proto} 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n"));
                // RFC 8829 5.2.1: where lines have names, all have.
                if sdp.contains("\na=mid:") {
                    out.push_str(&format!("a=mid:dead{at}\r\n"));
                }
            }
        }
    }
    Some((out, places))
}

/// The peer's answer to an arranged offer as the media driver expects it: its own m-lines only, in its order.
pub(super) fn give_back(answer: &str, places: &Places) -> Option<String> {
    let (session, sections) = split(answer);
    let mut out = session.to_owned();
    for at in 0..places.iter().flatten().count() {
        let place = places.iter().position(|place| *place == Some(at))?;
        out.push_str(sections.get(place)?);
    }
    Some(out)
}

/// The session part and the sections of a description.
fn split(sdp: &str) -> (&str, Vec<&str>) {
    let starts: Vec<usize> = sdp.match_indices("\nm=").map(|(at, _)| at + 1).collect();
    let ends = starts.iter().skip(1).copied().chain([sdp.len()]);
    let sections = starts.iter().zip(ends).map(|(start, end)| &sdp[*start..end]).collect();
    (&sdp[..starts.first().copied().unwrap_or(sdp.len())], sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_line_has_a_name_where_the_others_have_one() {
        let line = |kind: &str| StoredLine { kind: kind.to_owned(), proto: "UDP/TLS/RTP/SAVPF".to_owned() };
        let known = [line("video"), line("audio")];
        let plain = "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";
        let (sdp, places) = arrange(plain, &known).expect("a line is missing");
        assert_eq!(places, [None, Some(0)]);
        assert!(sdp.contains("m=video 0 UDP/TLS/RTP/SAVPF 0\r\n") && !sdp.contains("a=mid:"), "{sdp}");
        let (sdp, _) = arrange(&format!("{plain}a=mid:0\r\n"), &known).expect("a line is missing");
        assert!(sdp.contains("a=inactive\r\na=mid:dead0\r\nm=audio"), "{sdp}");
        assert_eq!(arrange(&sdp, &known), None, "nothing is missing any more");
    }
}

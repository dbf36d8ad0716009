//! RTP header extensions: what a number means in a dialog stays what it means (RFC 8285 section 8), also where a new peer connection would
//! begin to count anew. A browser that keeps its connection refuses anything else, and from then on everything.

use crate::io::StoredExtension;

/// Octets of the longest name that is remembered.
const MAX_NAME: usize = 255;

/// What the numbers of a dialog mean.
#[derive(Debug, Default)]
pub(super) struct Extensions(pub(super) Vec<StoredExtension>);

impl Extensions {
    /// One side has described what its numbers mean.
    pub(super) fn note(&mut self, sdp: &str) {
        for (number, name) in sdp.lines().filter_map(extension) {
            match self.0.iter_mut().find(|known| known.number == number) {
                Some(known) if known.name != name => name.clone_into(&mut known.name),
                Some(_) => {}
                None => self.0.push(StoredExtension { number, name: name.to_owned() }),
            }
        }
    }

    /// The offer without extensions whose number means something else already.
    pub(super) fn consistent(&self, sdp: &str) -> String {
        let other = |line: &str| {
            extension(line).is_some_and(|(number, name)| self.0.iter().any(|known| known.number == number && known.name != name))
        };
        sdp.split_inclusive('\n').filter(|line| !other(line)).collect()
    }
}

/// Number and name of an `a=extmap` line. Numbers above 255 do not fit into a packet, and propose only (section 5).
fn extension(line: &str) -> Option<(u8, &str)> {
    let mut words = line.strip_prefix("a=extmap:")?.split_ascii_whitespace();
    let number = words.next()?.split('/').next()?.parse().ok()?;
    words.next().filter(|name| name.len() <= MAX_NAME).map(|name| (number, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_meaning_and_all_else_stays() {
        let mut known = Extensions::default();
        known.note("v=0\r\na=extmap:1 urn:level\r\na=extmap:3/recvonly urn:mid with=more\r\nm=video 9 X 1\r\na=extmap:1 urn:level\r\na=extmap:14 urn:offset\r\n");
        let offer = "v=0\r\na=extmap-allow-mixed\r\na=extmap:1/sendonly urn:level\r\na=extmap:2 urn:time\r\na=extmap:3 urn:rid\r\na=extmap:4 urn:mid\r\na=sendrecv\r\n";
        assert_eq!(known.consistent(offer), offer.replace("a=extmap:3 urn:rid\r\n", ""));
        known.note("a=extmap:3 urn:rid\r\n");
        assert_eq!(known.consistent(offer), offer, "whoever counts anew has the last word");
    }

    #[test]
    fn what_a_peer_makes_up_is_passed_over_and_does_not_grow() {
        let mut known = Extensions::default();
        for line in [
            "a=extmap:",
            "a=extmap:x urn:a",
            "a=extmap:256 urn:a",
            "a=extmap:4096 urn:a",
            "a=extmap:7",
            "a=extmap:-1 urn:a",
            "a=extmap:/ urn:a",
        ] {
            known.note(line);
            assert_eq!(known.consistent(line), line);
        }
        known.note(&format!("a=extmap:5 {}", "n".repeat(MAX_NAME + 1)));
        assert_eq!(known.0, []);
        for round in 0..1_000 {
            known.note(&format!("a=extmap:{} urn:{round}", round % 300));
        }
        assert_eq!(known.0.len(), 256);
    }
}

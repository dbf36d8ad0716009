//! RTP header extensions: what a number means in a dialog stays what it means (RFC 8285 section 8), also where a new peer connection would
//! begin to count anew. A browser that keeps its connection refuses anything else, and from then on everything.

/// Octets of the longest name that is remembered.
const MAX_NAME: usize = 255;

/// What the numbers of a dialog mean: each with the name that it has, as in its `a=extmap` line.
#[derive(Debug, Default)]
pub(super) struct Extensions(pub(super) Vec<String>);

impl Extensions {
    /// One side has described what its numbers mean.
    pub(super) fn note(&mut self, sdp: &str) {
        for (number, name) in sdp.lines().filter_map(extension) {
            let said = format!("{number} {name}");
            match self.0.iter_mut().find(|known| meaning(known).0 == number) {
                Some(known) => *known = said,
                None => self.0.push(said),
            }
        }
    }

    /// The offer without extensions whose number means something else already.
    pub(super) fn consistent(&self, sdp: &str) -> String {
        let mut offer = String::with_capacity(sdp.len());
        for line in sdp.split_inclusive('\n') {
            let other = extension(line)
                .is_some_and(|(number, name)| self.0.iter().map(|known| meaning(known)).any(|(of, known)| of == number && known != name));
            if !other {
                offer.push_str(line);
            }
        }
        offer
    }
}

/// Number and name of an `a=extmap` line. Numbers above 255 do not fit into a packet, and propose only (section 5).
fn extension(line: &str) -> Option<(&str, &str)> {
    let (number, name) = meaning(line.strip_prefix("a=extmap:")?);
    let number = number.split('/').next()?;
    let numbered = number.parse::<u8>().is_ok() && !number.starts_with(['0', '+']);
    (numbered && !name.is_empty() && name.len() <= MAX_NAME).then_some((number, name))
}

/// The first two words.
fn meaning(said: &str) -> (&str, &str) {
    let mut words = said.split_ascii_whitespace();
    (words.next().unwrap_or_default(), words.next().unwrap_or_default())
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
            "a=extmap:007 urn:a",
            "a=extmap:+7 urn:a",
            "a=extmap:4096 urn:a",
            "a=extmap:7",
            "a=extmap:-1 urn:a",
            "a=extmap:/ urn:a",
        ] {
            known.note(line);
            assert_eq!(known.consistent(line), line);
        }
        known.note(&format!("a=extmap:5 {}", "n".repeat(MAX_NAME + 1)));
        assert!(known.0.is_empty());
        for round in 0..1_000 {
            known.note(&format!("a=extmap:{} urn:{round}", round % 300));
        }
        assert_eq!(known.0.len(), 255);
    }
}

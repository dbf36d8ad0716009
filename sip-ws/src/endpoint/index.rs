//! Which session a message belongs to, and where it is: look-ups whose cost does not grow with their number.
//!
//! A message touches memory that nobody has touched since the last one of its dialog, so what counts is how many places that are: here one
//! for the hash of Call-ID and local tag, and one for the number of the session.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use super::api::SessionId;
use super::session::Session;

/// Call-ID and local tag of a session as 128 bits of a hash that peers cannot foresee, although they choose the Call-IDs. The names
/// themselves are not compared: that two pairs share these bits is as likely as that somebody guesses a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key([u64; 2]);

/// Half of it is spread enough.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[0]);
    }
}

/// Sessions by [`Key`]. Nothing depends on the order of the table: it is only ever asked for one key.
#[derive(Debug)]
pub(super) struct Index {
    sessions: HashMap<Key, SessionId, BuildHasherDefault<Spread>>,
    /// Two hashes that have taken in their half of the seed.
    begun: [DefaultHasher; 2],
}

/// Sessions by number. Boxed, so that the table is small.
pub(super) type Sessions = HashMap<SessionId, Box<Session>, BuildHasherDefault<Spread>>;

/// For keys that are spread already, or count upwards.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    /// Numbers in a row get places in a row, and upper bits that differ.
    fn write_u64(&mut self, number: u64) {
        self.0 = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Index {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        let begun = [&seed[..16], &seed[16..]].map(|half| {
            let mut hasher = DefaultHasher::new();
            hasher.write(half);
            hasher
        });
        Self { sessions: HashMap::default(), begun }
    }

    /// No header value holds a line feed, so two pairs never read alike.
    pub(super) fn key(&self, call_id: &str, local_tag: &str) -> Key {
        Key(self.begun.clone().map(|mut hasher| {
            hasher.write(call_id.as_bytes());
            hasher.write(b"\n");
            hasher.write(local_tag.as_bytes());
            hasher.finish()
        }))
    }

    pub(super) fn get(&self, call_id: &str, local_tag: &str) -> Option<SessionId> {
        self.sessions.get(&self.key(call_id, local_tag)).copied()
    }

    pub(super) fn insert(&mut self, key: Key, session: SessionId) {
        self.sessions.insert(key, session);
    }

    pub(super) fn remove(&mut self, key: Key) {
        self.sessions.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_read_alike_are_apart() {
        let mut index = Index::new([7; 32]);
        index.insert(index.key("ab", "c"), SessionId(1));
        index.insert(index.key("a", "bc"), SessionId(2));
        assert_eq!((index.get("ab", "c"), index.get("a", "bc"), index.get("abc", "")), (Some(SessionId(1)), Some(SessionId(2)), None));
        index.remove(index.key("ab", "c"));
        assert_eq!((index.get("ab", "c"), index.get("a", "bc")), (None, Some(SessionId(2))));
    }

    #[test]
    fn another_seed_gives_other_places_and_both_halves_of_it_count() {
        let keys = [[7; 32], [8; 32], std::array::from_fn(|at| if at < 16 { 7 } else { 8 })].map(|seed| Index::new(seed).key("a", "b").0);
        let [one, other, mixed] = keys;
        assert!(one[0] != other[0] && one[1] != other[1]);
        assert_eq!(mixed, [one[0], other[1]]);
    }
}

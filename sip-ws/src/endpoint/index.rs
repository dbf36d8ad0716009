//! Which session a message belongs to: by Call-ID and local tag, in one look-up whose cost does not grow with their number.

use std::collections::HashMap;
use std::hash::{BuildHasher, DefaultHasher, Hasher as _};
use std::sync::Arc;

use super::api::SessionId;

/// Call-ID and local tag of a session, shared by the session and the index.
pub(super) type Key = Arc<str>;

/// Sessions by [`Key`]. Nothing depends on the order of the table: it is only ever asked for one key.
#[derive(Debug)]
pub(super) struct Index {
    sessions: HashMap<Key, SessionId, Seeded>,
}

/// A hash that peers cannot foresee, although they choose the Call-IDs.
#[derive(Clone, Debug)]
struct Seeded([u8; 32]);

impl BuildHasher for Seeded {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.0);
        hasher
    }
}

/// No header value holds a line feed, so two pairs never make one key.
pub(super) fn key(call_id: &str, local_tag: &str) -> Key {
    text(call_id, local_tag).into()
}

fn text(call_id: &str, local_tag: &str) -> String {
    [call_id, "\n", local_tag].concat()
}

impl Index {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Self { sessions: HashMap::with_hasher(Seeded(seed)) }
    }

    pub(super) fn get(&self, call_id: &str, local_tag: &str) -> Option<SessionId> {
        self.sessions.get(text(call_id, local_tag).as_str()).copied()
    }

    pub(super) fn insert(&mut self, key: Key, session: SessionId) {
        self.sessions.insert(key, session);
    }

    pub(super) fn remove(&mut self, key: &Key) {
        self.sessions.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_read_alike_are_apart() {
        let mut index = Index::new([7; 32]);
        index.insert(key("ab", "c"), SessionId(1));
        index.insert(key("a", "bc"), SessionId(2));
        assert_eq!((index.get("ab", "c"), index.get("a", "bc"), index.get("abc", "")), (Some(SessionId(1)), Some(SessionId(2)), None));
        index.remove(&key("ab", "c"));
        assert_eq!((index.get("ab", "c"), index.get("a", "bc")), (None, Some(SessionId(2))));
    }
}

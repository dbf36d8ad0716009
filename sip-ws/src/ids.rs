//! Identifiers (branch, tag, Call-ID, cnonce, Session-ID) and jitter from the caller's seed: SHA-256 in counter mode.

use sha2::{Digest as _, Sha256};

use crate::auth::hex;

/// Source of everything that must be hard to guess. The seed must come from a good source and be used once.
#[derive(Clone)]
pub struct Ids {
    seed: [u8; 32],
    counter: u64,
    /// Of jitter, which nobody has to guess, where it has a seed of its own; how many of it are used.
    pace: Option<([u8; 32], u64)>,
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ids").field("counter", &self.counter).finish_non_exhaustive()
    }
}

impl Ids {
    /// Starts a sequence.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0, pace: None }
    }

    /// The same with the numbers of [`up_to`](Self::up_to) from a seed of their own, which may become known.
    #[must_use]
    pub const fn with_pace(seed: [u8; 32], pace: [u8; 32]) -> Self {
        Self { seed, counter: 0, pace: Some((pace, 0)) }
    }

    fn block(&mut self) -> [u8; 32] {
        self.counter += 1;
        block(&self.seed, self.counter)
    }

    fn pace(&mut self) -> Option<[u8; 32]> {
        let (pace, paced) = self.pace.as_mut()?;
        *paced += 1;
        Some(block(pace, *paced))
    }

    /// A sequence of its own, independent of this one.
    pub fn fork(&mut self) -> Self {
        let seed = self.block();
        self.fork_as(seed)
    }

    /// The same from this seed.
    pub(crate) fn fork_as(&mut self, seed: [u8; 32]) -> Self {
        Self { seed, counter: 0, pace: self.pace().map(|pace| (pace, 0)) }
    }

    /// `bytes` random bytes (at most 32) in hex.
    pub fn token(&mut self, bytes: usize) -> String {
        hex(&self.block()[..bytes.min(32)])
    }

    /// Branch of a Via: the magic cookie of RFC 3261 8.1.1.7 and 128 bits.
    pub fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.token(16))
    }

    /// Tag of From or To: 64 bits (RFC 3261 19.3 asks for 32).
    pub fn tag(&mut self) -> String {
        self.token(8)
    }

    /// Call-ID without a host: 128 bits.
    pub fn call_id(&mut self) -> String {
        self.token(16)
    }

    /// Half of a Session-ID (RFC 7989): 32 hex digits, a version 4 UUID.
    pub fn session_id(&mut self) -> String {
        let mut bytes = self.block();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        hex(&bytes[..16])
    }

    /// A number from `0..=max`.
    pub fn up_to(&mut self, max: u64) -> u64 {
        let block = self.pace().unwrap_or_else(|| self.block());
        let mut word = [0; 8];
        word.copy_from_slice(&block[..8]);
        let word = u64::from_be_bytes(word);
        max.checked_add(1).map_or(word, |n| word % n)
    }
}

fn block(seed: &[u8; 32], counter: u64) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed);
    hash.update(counter.to_be_bytes());
    hash.finalize().into()
}

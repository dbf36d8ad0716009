//! What stands before a password hash: limits by address and by account, and one hash at a time.
//!
//! An attempt is counted before its hash and given back when the password was right, so that parallel attempts cannot pass the
//! limit together. Only sign-ins come here: whoever is signed in already never notices a lock-out.

use crate::config::Limits;
use crate::net::limit_key;
use argon2::password_hash::{Output, PasswordHash, PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use wire::{Secret, UnixMs};

/// Attempts are counted over this time, from the first one on.
const WINDOW_MS: i64 = 15 * 60 * 1000;
/// Addresses and accounts that are remembered. A flood from more of them pushes out the oldest.
const MAX_KEYS: usize = 20_000;
/// Told to clients when the queue for the hash is full.
const QUEUE_RETRY_S: u32 = 2;
/// Longer passwords are refused without hashing.
pub(super) const MAX_PASSWORD: usize = 1_024;

/// How a sign-in went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Right,
    /// User and password do not belong together.
    Wrong,
    /// Not looked at: come back after so many seconds.
    Wait(u32),
}

/// Guards the sign-ins of this server.
#[derive(Debug)]
pub struct SignInGate {
    per_address: u32,
    per_account: u32,
    queue: u32,
    waiting: AtomicU32,
    one_hash: Arc<Semaphore>,
    counts: Mutex<Counts>,
    /// The memory of the hash, kept: taking and giving back so much for each sign-in, on another thread each time, makes the process
    /// grow for good.
    memory: Arc<Mutex<Vec<Block>>>,
    /// Hash of a password that nobody knows: an unknown user costs the same time.
    nobody: Arc<str>,
}

#[derive(Debug, Default)]
struct Counts {
    addresses: Window<IpAddr>,
    accounts: Window<String>,
}

#[derive(Debug)]
struct Window<K>(HashMap<K, (UnixMs, u32)>);

impl SignInGate {
    /// A gate with these limits.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let unknown = crate::keys::new_token().unwrap_or_default();
        Self {
            per_address: limits.sign_in_per_address,
            per_account: limits.sign_in_per_account,
            queue: limits.sign_in_queue,
            waiting: AtomicU32::new(0),
            one_hash: Arc::new(Semaphore::new(1)),
            counts: Mutex::default(),
            memory: Arc::default(),
            nobody: hash_password(&Secret::new(unknown), limits).unwrap_or_default().into(),
        }
    }

    /// Judges a password. `hash` is `None` for an unknown user or one who may not sign in: the answer takes as long.
    pub async fn check(&self, address: IpAddr, account: &str, hash: Option<&Secret>, password: &Secret, now: UnixMs) -> Verdict {
        let account: String = account.chars().take(128).flat_map(char::to_lowercase).collect();
        let address = limit_key(address);
        if let Some(seconds) = self.take(address, &account, now) {
            return Verdict::Wait(seconds);
        }
        if password.expose().len() > MAX_PASSWORD {
            return Verdict::Wrong;
        }
        if self.waiting.fetch_add(1, Ordering::SeqCst) > self.queue {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            self.give_back(address, &account, false);
            return Verdict::Wait(QUEUE_RETRY_S);
        }
        let right = self.hash(hash, password).await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        if right {
            self.give_back(address, &account, true);
            Verdict::Right
        } else {
            Verdict::Wrong
        }
    }

    async fn hash(&self, hash: Option<&Secret>, password: &Secret) -> bool {
        let Ok(turn) = self.one_hash.clone().acquire_owned().await else { return false };
        let known = hash.is_some();
        let hash: Arc<str> = hash.map_or_else(|| self.nobody.clone(), |hash| hash.expose().into());
        let password = password.clone();
        let memory = self.memory.clone();
        // The turn travels into the thread: a client that hangs up frees its place in the queue, not the hash that still runs.
        let matches = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            verify(&hash, &password, &mut memory).unwrap_or(false)
        });
        matches.await.unwrap_or(false) && known
    }

    /// Counts an attempt, or says how long to wait.
    fn take(&self, address: IpAddr, account: &str, now: UnixMs) -> Option<u32> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let wait =
            counts.addresses.wait(&address, self.per_address, now).max(counts.accounts.wait(&account.to_owned(), self.per_account, now));
        if wait.is_none() {
            counts.addresses.count(address, now);
            counts.accounts.count(account.to_owned(), now);
        }
        wait
    }

    /// Takes an attempt back; a right password also forgives the account what others tried.
    fn give_back(&self, address: IpAddr, account: &str, forgive: bool) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.addresses.take_back(&address);
        if forgive {
            counts.accounts.0.remove(account);
        } else {
            counts.accounts.take_back(&account.to_owned());
        }
    }
}

impl<K> Default for Window<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq + Clone> Window<K> {
    fn wait(&self, key: &K, limit: u32, now: UnixMs) -> Option<u32> {
        let (since, count) = self.0.get(key)?;
        let left = since + WINDOW_MS - now;
        (left > 0 && *count >= limit).then(|| u32::try_from(left / 1000 + 1).unwrap_or(u32::MAX))
    }

    fn count(&mut self, key: K, now: UnixMs) {
        if self.0.len() >= MAX_KEYS && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let entry = self.0.entry(key).or_insert((now, 0));
        if entry.0 + WINDOW_MS <= now {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }

    fn take_back(&mut self, key: &K) {
        if let Some((_, count)) = self.0.get_mut(key) {
            *count = count.saturating_sub(1);
        }
    }

    fn make_room(&mut self, now: UnixMs) {
        self.0.retain(|_, (since, _)| *since + WINDOW_MS > now);
        if self.0.len() >= MAX_KEYS {
            // A quarter at once, so that a flood does not pay for each entry.
            let mut ages: Vec<UnixMs> = self.0.values().map(|(since, _)| *since).collect();
            ages.sort_unstable();
            let limit = ages[MAX_KEYS / 4];
            self.0.retain(|_, (since, _)| *since > limit);
        }
    }
}

/// Whether a password belongs to a PHC line. `memory` grows to what the line asks for and is used again.
fn verify(hash: &str, password: &Secret, memory: &mut Vec<Block>) -> Result<bool, argon2::password_hash::Error> {
    let parsed = PasswordHash::new(hash)?;
    let (Some(salt), Some(expected)) = (parsed.salt, parsed.hash) else { return Ok(false) };
    let params = Params::try_from(&parsed)?;
    let version = parsed.version.map_or(Ok(Version::V0x13), Version::try_from)?;
    let argon2 = Argon2::new(Algorithm::try_from(parsed.algorithm)?, version, params);
    let mut salt_bytes = [0_u8; 64];
    let salt = salt.decode_b64(&mut salt_bytes)?;
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let mut output = vec![0_u8; expected.len()];
    argon2.hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut output, &mut memory[..])?;
    // Compared in constant time.
    Ok(Output::new(&output)? == expected)
}

/// The PHC line of a password, for the configuration.
///
/// # Errors
/// The limits name parameters that argon2 does not take, or the system gives no random numbers.
pub fn hash_password(password: &Secret, limits: &Limits) -> Result<String, String> {
    let mut salt = [0_u8; 16];
    crate::keys::random(&mut salt).map_err(|e| e.to_string())?;
    let salt = SaltString::encode_b64(&salt).map_err(|e| e.to_string())?;
    let params = Params::new(limits.argon2_kib, limits.argon2_passes, 1, None).map_err(|e| e.to_string())?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(password.expose().as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(per_address: u32, per_account: u32) -> SignInGate {
        SignInGate::new(&Limits {
            argon2_kib: 8,
            argon2_passes: 1,
            sign_in_per_address: per_address,
            sign_in_per_account: per_account,
            ..Limits::default()
        })
    }

    #[tokio::test]
    async fn limits_come_before_the_hash_and_a_right_password_forgives() {
        let gate = gate(100, 3);
        let address: IpAddr = [192, 0, 2, 1].into();
        let limits = Limits { argon2_kib: 8, argon2_passes: 1, ..Limits::default() };
        let hash = Secret::new(hash_password(&Secret::new("right"), &limits).expect("hash"));
        let try_it = async |password: &str, now| gate.check(address, "Agent1", Some(&hash), &Secret::new(password), now).await;
        assert_eq!(try_it("wrong", 0).await, Verdict::Wrong);
        assert_eq!(try_it("wrong", 0).await, Verdict::Wrong);
        assert_eq!(try_it("right", 0).await, Verdict::Right);
        for _ in 0..3 {
            assert_eq!(try_it("wrong", 1_000).await, Verdict::Wrong);
        }
        assert_eq!(try_it("right", 1_000).await, Verdict::Wait(901));
        assert_eq!(try_it("right", 1_000 + WINDOW_MS).await, Verdict::Right);
    }

    #[tokio::test]
    async fn an_unknown_user_is_counted_like_a_known_one() {
        let gate = gate(100, 2);
        let address: IpAddr = [192, 0, 2, 1].into();
        for expected in [Verdict::Wrong, Verdict::Wrong, Verdict::Wait(901)] {
            assert_eq!(gate.check(address, "nobody", None, &Secret::new("x"), 0).await, expected);
        }
    }

    #[test]
    fn lines_of_other_costs_and_kinds_are_verified_in_the_same_memory() {
        use argon2::password_hash::PasswordVerifier as _;
        let mut memory = Vec::new();
        for (kib, passes, lanes, algorithm) in
            [(64, 1, 1, Algorithm::Argon2id), (8, 3, 1, Algorithm::Argon2i), (128, 2, 4, Algorithm::Argon2d)]
        {
            let params = Params::new(kib, passes, lanes, Some(24)).expect("params");
            let salt = SaltString::encode_b64(b"some salt of ours").expect("salt");
            let argon2 = Argon2::new(algorithm, Version::V0x13, params);
            let line = argon2.hash_password(b"right", &salt).expect("hash").to_string();
            let check = |password: &str, memory: &mut Vec<Block>| verify(&line, &Secret::new(password), memory).expect("verify");
            assert!(check("right", &mut memory), "{line}");
            assert!(!check("wrong", &mut memory), "{line}");
            assert!(Argon2::default().verify_password(b"right", &PasswordHash::new(&line).expect("line")).is_ok());
        }
        assert!(verify("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ", &Secret::new("x"), &mut memory).is_ok_and(|right| !right));
    }

    #[test]
    fn a_flood_of_keys_stays_bounded() {
        let mut window = Window::default();
        for key in 0..100_000_u32 {
            window.count(key, i64::from(key));
        }
        assert!(window.0.len() <= MAX_KEYS);
    }
}

//! What stands before a password hash: limits by address and by account, and one hash at a time.
//!
//! An attempt is counted before its hash and given back when the password was right, so that parallel attempts cannot pass the
//! limit together. Only sign-ins come here: whoever is signed in already never notices a lock-out. A browser in which the person has
//! signed in before is counted by itself, apart from account and address.

use super::window::Window;
use crate::config::Limits;
use crate::ids::PersonId;
use crate::net::limit_key;
use argon2::password_hash::{Output, PasswordHash, PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;
use wire::{LockoutKind, Secret, UnixMs};

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
    /// The same, and from here on none is looked at for a while.
    Locked,
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

/// One attempt to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Where it comes from.
    pub address: IpAddr,
    /// The account that is named, whether there is one or not.
    pub account: &'a str,
    /// Whose it is, if anybody's.
    pub person: Option<&'a PersonId>,
    /// The number of a browser in which this person has signed in before.
    pub known: Option<&'a str>,
}

/// A lock-out that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// What it is lifted by.
    pub id: String,
    /// What is locked out.
    pub kind: LockoutKind,
    /// Whose accounts were tried.
    pub people: Vec<PersonId>,
    /// Where the last attempt came from.
    pub address: IpAddr,
    /// When it began.
    pub since: UnixMs,
    /// When it ends.
    pub until: UnixMs,
}

/// A lock-out, or a count below the limit, as it is kept over a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it is known by, and how long it lasts.
    pub locked: Locked,
    /// What is counted, in JSON.
    pub key: String,
    /// How many attempts there were; the highest number for a lock-out, which is one whatever the limit is later.
    pub tries: u32,
}

/// What became of a lock-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It began.
    Begun(Kept),
    /// There is none: so many attempts were counted, which are fewer.
    Counted(Kept),
    /// It was lifted, or it is all forgiven: by its id.
    Over(String),
}

#[derive(Debug, Default)]
struct Counts {
    addresses: Window<IpAddr>,
    accounts: Window<String>,
    /// Account and number of the browser.
    browsers: Window<(String, String)>,
    /// Lock-outs and counts that changed, as long as nobody has written it down.
    news: Vec<News>,
}

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
    pub async fn check(&self, attempt: Attempt<'_>, hash: Option<&Secret>, password: &Secret, now: UnixMs) -> Verdict {
        let account: String = attempt.account.chars().take(128).flat_map(char::to_lowercase).collect();
        let attempt = Attempt { address: limit_key(attempt.address), account: &account, ..attempt };
        let locked = match self.take(attempt, now) {
            Ok(locked) => locked,
            Err(seconds) => return Verdict::Wait(seconds),
        };
        let wrong = if locked { Verdict::Locked } else { Verdict::Wrong };
        if password.expose().len() > MAX_PASSWORD {
            return wrong;
        }
        if self.waiting.fetch_add(1, Ordering::SeqCst) > self.queue {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            self.give_back(attempt, false);
            return Verdict::Wait(QUEUE_RETRY_S);
        }
        let right = self.hash(hash, password).await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        if right {
            self.give_back(attempt, true);
            Verdict::Right
        } else {
            wrong
        }
    }

    /// The lock-outs that last, the longest to last first.
    #[must_use]
    pub fn locked(&self, now: UnixMs) -> Vec<Locked> {
        let counts = self.counts();
        let mut locked = counts.addresses.locked(LockoutKind::Address, self.per_address, now);
        locked.extend(counts.accounts.locked(LockoutKind::Account, self.per_account, now));
        locked.extend(counts.browsers.locked(LockoutKind::Browser, self.per_account, now));
        locked.sort_by(|a, b| (b.until, &a.id).cmp(&(a.until, &b.id)));
        locked
    }

    /// Lifts a lock-out. Says whether it lasted.
    pub fn lift(&self, id: &str) -> bool {
        let mut counts = self.counts();
        let lasted = counts.addresses.lift(LockoutKind::Address, id)
            || counts.accounts.lift(LockoutKind::Account, id)
            || counts.browsers.lift(LockoutKind::Browser, id);
        counts.news.extend(lasted.then(|| News::Over(id.to_owned())));
        lasted
    }

    /// What became of lock-outs and counts since this was last asked.
    pub fn news(&self) -> Vec<News> {
        std::mem::take(&mut self.counts().news)
    }

    /// Goes on with the lock-outs and counts of before a restart.
    pub fn restore(&self, kept: Vec<Kept>) {
        let mut counts = self.counts();
        for Kept { locked, key, tries } in kept {
            // One that cannot be read is over.
            let read = match locked.kind {
                LockoutKind::Address => serde_json::from_str(&key).map(|key| counts.addresses.restore(key, locked, tries)),
                LockoutKind::Account => serde_json::from_str(&key).map(|key| counts.accounts.restore(key, locked, tries)),
                LockoutKind::Browser => serde_json::from_str(&key).map(|key| counts.browsers.restore(key, locked, tries)),
                LockoutKind::Unknown => Ok(()),
            };
            if let Err(error) = read {
                tracing::error!(%error, "a lock-out cannot be read");
            }
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

    /// Counts an attempt and says whether it is the last for a while, or how long to wait.
    fn take(&self, attempt: Attempt<'_>, now: UnixMs) -> Result<bool, u32> {
        let mut counts = self.counts();
        let Counts { addresses, accounts, browsers, news } = &mut *counts;
        let account = attempt.account.to_owned();
        let before = news.len();
        if let Some(number) = attempt.known {
            let key = (account, number.to_owned());
            if let Some(seconds) = browsers.wait(&key, self.per_account, now) {
                return Err(seconds);
            }
            news.extend(browsers.count(LockoutKind::Browser, key, attempt, self.per_account, now));
        } else {
            let wait = addresses.wait(&attempt.address, self.per_address, now).max(accounts.wait(&account, self.per_account, now));
            if let Some(seconds) = wait {
                return Err(seconds);
            }
            news.extend(addresses.count(LockoutKind::Address, attempt.address, attempt, self.per_address, now));
            news.extend(accounts.count(LockoutKind::Account, account, attempt, self.per_account, now));
        }
        Ok(news[before..].iter().any(|news| matches!(news, News::Begun(_))))
    }

    /// Takes an attempt back; a right password also forgives the account what others tried.
    fn give_back(&self, attempt: Attempt<'_>, forgive: bool) {
        let mut counts = self.counts();
        let Counts { addresses, accounts, browsers, news } = &mut *counts;
        let account = attempt.account.to_owned();
        if let Some(number) = attempt.known {
            let key = (account, number.to_owned());
            news.extend(browsers.give_back(LockoutKind::Browser, &key, forgive));
        } else {
            news.extend(addresses.give_back(LockoutKind::Address, &attempt.address, false));
            news.extend(accounts.give_back(LockoutKind::Account, &account, forgive));
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
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
    use super::super::window::WINDOW_MS;
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

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn attempt(account: &str) -> Attempt<'_> {
        Attempt { address: ADDRESS, account, person: None, known: None }
    }

    fn right() -> Secret {
        let limits = Limits { argon2_kib: 8, argon2_passes: 1, ..Limits::default() };
        Secret::new(hash_password(&Secret::new("right"), &limits).expect("hash"))
    }

    #[tokio::test]
    async fn limits_come_before_the_hash_and_a_right_password_forgives() {
        let (gate, hash) = (gate(100, 3), right());
        let try_it = async |password: &str, now| gate.check(attempt("Agent1"), Some(&hash), &Secret::new(password), now).await;
        assert_eq!(try_it("wrong", 0).await, Verdict::Wrong);
        assert_eq!(try_it("wrong", 0).await, Verdict::Wrong);
        assert_eq!(try_it("right", 0).await, Verdict::Right);
        for expected in [Verdict::Wrong, Verdict::Wrong, Verdict::Locked] {
            assert_eq!(try_it("wrong", 1_000).await, expected);
        }
        assert_eq!(try_it("right", 1_000).await, Verdict::Wait(901));
        assert_eq!(try_it("right", 1_000 + WINDOW_MS).await, Verdict::Right);
    }

    #[tokio::test]
    async fn an_unknown_user_is_counted_like_a_known_one() {
        let gate = gate(100, 2);
        for expected in [Verdict::Wrong, Verdict::Locked, Verdict::Wait(901)] {
            assert_eq!(gate.check(attempt("nobody"), None, &Secret::new("x"), 0).await, expected);
        }
    }

    #[tokio::test]
    async fn the_last_wrong_one_locks_for_the_whole_time() {
        let (gate, hash) = (gate(100, 2), right());
        let try_it = async |password: &str, now| gate.check(attempt("agent1"), Some(&hash), &Secret::new(password), now).await;
        assert_eq!(try_it("wrong", 0).await, Verdict::Wrong);
        assert_eq!(try_it("wrong", WINDOW_MS - 1).await, Verdict::Locked);
        assert_eq!(try_it("right", WINDOW_MS).await, Verdict::Wait(900));
    }

    #[tokio::test]
    async fn a_browser_of_before_is_not_locked_out_by_others_and_guesses_no_more_often() {
        let (gate, hash) = (gate(4, 2), right());
        let elsewhere = attempt("agent1");
        let own = Attempt { known: Some("browser"), ..elsewhere };
        let try_it = async |at, password: &str| gate.check(at, Some(&hash), &Secret::new(password), 0).await;
        assert_eq!(try_it(elsewhere, "wrong").await, Verdict::Wrong);
        assert_eq!(try_it(elsewhere, "wrong").await, Verdict::Locked);
        assert!(matches!(try_it(elsewhere, "right").await, Verdict::Wait(_)));
        assert_eq!(try_it(own, "right").await, Verdict::Right, "whoever tries from elsewhere locks nobody out here");
        assert!(matches!(try_it(elsewhere, "right").await, Verdict::Wait(_)), "and is forgiven nothing by it");
        assert_eq!(try_it(own, "wrong").await, Verdict::Wrong);
        assert_eq!(try_it(own, "wrong").await, Verdict::Locked);
        assert!(matches!(try_it(own, "right").await, Verdict::Wait(_)));
        // The whole address, by other accounts.
        for (account, expected) in [("a", Verdict::Wrong), ("b", Verdict::Locked)] {
            assert_eq!(try_it(attempt(account), "wrong").await, expected);
        }
        assert!(matches!(try_it(attempt("c"), "right").await, Verdict::Wait(_)));
    }

    #[tokio::test]
    async fn lock_outs_are_listed_with_whom_they_concern_and_can_be_lifted() {
        let (gate, hash, person) = (gate(100, 2), right(), PersonId::new("p1"));
        let one = Attempt { person: Some(&person), ..attempt("agent1") };
        let try_it = async |password: &str, now| gate.check(one, Some(&hash), &Secret::new(password), now).await;
        assert_eq!(gate.locked(0), []);
        try_it("wrong", 0).await;
        assert_eq!(gate.locked(0), [], "one wrong password is none");
        try_it("wrong", 5).await;
        let [locked] = &gate.locked(5)[..] else { panic!("one lock-out") };
        assert_eq!((locked.kind, &locked.people[..], locked.address), (LockoutKind::Account, &[person.clone()][..], ADDRESS));
        assert_eq!((locked.since, locked.until), (5, 5 + WINDOW_MS));
        assert_eq!(gate.locked(5 + WINDOW_MS), []);
        assert!(!gate.lift("none"));
        assert!(gate.lift(&locked.id));
        assert!(!gate.lift(&locked.id));
        assert_eq!(try_it("right", 5).await, Verdict::Right);
        let of_the_account = |news: &News| match news {
            News::Begun(kept) | News::Counted(kept) => kept.locked.id == locked.id,
            News::Over(id) => *id == locked.id,
        };
        let news: Vec<News> = gate.news().into_iter().filter(of_the_account).collect();
        let [News::Counted(one), News::Begun(_), News::Over(_), News::Counted(again), News::Over(_)] = &news[..] else {
            panic!("it was counted, began, was lifted, and the right password was forgiven: {news:?}")
        };
        assert_eq!((one.tries, again.tries), (1, 1));
        assert_eq!(gate.news(), []);
    }

    #[tokio::test]
    async fn lock_outs_of_every_kind_go_on_in_another_gate() {
        let (before, after, hash) = (gate(3, 2), gate(3, 2), right());
        let one = attempt("agent1");
        let known = Attempt { known: Some("browser"), ..one };
        let check = async |gate: &SignInGate, attempt, now| gate.check(attempt, Some(&hash), &Secret::new("wrong"), now).await;
        for attempt in [one, one, known, known, attempt("agent2")] {
            check(&before, attempt, 7).await;
        }
        let begun = before.news().into_iter().filter_map(|news| match news {
            News::Begun(kept) => Some(kept),
            News::Counted(_) => None,
            News::Over(_) => panic!("none is over"),
        });
        after.restore(begun.collect());
        assert_eq!((after.locked(7).len(), after.locked(7)), (3, before.locked(7)));
        for attempt in [one, known, attempt("agent3")] {
            assert!(matches!(check(&after, attempt, 6 + WINDOW_MS).await, Verdict::Wait(_)));
        }
        assert_eq!(check(&after, one, 7 + WINDOW_MS).await, Verdict::Wrong, "and end as they would have");
    }

    #[tokio::test]
    async fn counts_below_the_limit_go_on_in_another_gate_and_what_is_forgiven_does_not() {
        let (hash, one, two) = (right(), attempt("agent1"), attempt("agent2"));
        let check =
            async |gate: &SignInGate, attempt, password: &str, now| gate.check(attempt, Some(&hash), &Secret::new(password), now).await;
        let (before, after) = (gate(100, 3), gate(100, 3));
        for (attempt, password) in [(one, "wrong"), (one, "wrong"), (two, "wrong"), (two, "right"), (two, "wrong")] {
            check(&before, attempt, password, 7).await;
        }
        // As a store keeps it: the last word on each.
        let mut kept = std::collections::BTreeMap::new();
        for news in before.news() {
            match news {
                News::Begun(news) | News::Counted(news) => drop(kept.insert(news.locked.id.clone(), news)),
                News::Over(id) => drop(kept.remove(&id)),
            }
        }
        after.restore(kept.into_values().collect());
        assert_eq!(check(&after, one, "wrong", 8).await, Verdict::Locked, "the third one");
        assert_eq!(check(&after, two, "wrong", 8).await, Verdict::Wrong, "the second one since a right one");
        assert_eq!(check(&after, two, "wrong", 7 + WINDOW_MS).await, Verdict::Wrong, "and the time of the count goes on as well");
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
}

//! The access and audit log: one HMAC chain over all rows.
//!
//! The MAC of a row covers its canonical form and the MAC of the row before, under a key outside the database. Personal values stand
//! in a side table with a random salt; the canonical form holds their keyed digest. Erasing value and salt leaves the chain valid, and
//! nobody, not even the holder of the key, can test a guess against the digest afterwards. The newest row is also named in a file
//! beside the key, so that a cut-off tail or a restored old database shows. A log that was cut off grows on; what the file said before is
//! kept in another one, so that it shows from then on.

use super::{Store, StoreError};
use crate::clock::now_ms;
use crate::ids::TenantId;
use crate::keys::{Keys, KeysError, hex, random};
use serde::{Deserialize, Serialize};
use sqlx::{Any, Row as _, Transaction};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wire::UnixMs;

/// What is written into the log.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// When it happened.
    pub at: UnixMs,
    /// Whose log; `None` for the server's own events.
    pub tenant: Option<TenantId>,
    /// What was done: a fixed word such as `sign_in`.
    pub action: &'static str,
    /// How it went: a fixed word such as `refused`.
    pub outcome: &'static str,
    /// Facts that name nobody.
    pub details: BTreeMap<&'static str, String>,
    /// Facts about somebody: user name, address, number. They can be erased.
    pub personal: BTreeMap<&'static str, String>,
}

impl LogEntry {
    /// An entry of this moment without facts.
    #[must_use]
    pub fn new(tenant: Option<TenantId>, action: &'static str, outcome: &'static str) -> Self {
        Self { at: now_ms(), tenant, action, outcome, details: BTreeMap::new(), personal: BTreeMap::new() }
    }

    /// Adds a fact that names nobody.
    #[must_use]
    pub fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.insert(name, value.into());
        self
    }

    /// Adds a fact about somebody.
    #[must_use]
    pub fn personal(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.personal.insert(name, value.into());
        self
    }
}

/// Number and MAC of a row: enough to prove later that the log up to it is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHead {
    /// Number of the row; 0 for an empty log.
    pub seq: i64,
    /// Its MAC in hexadecimal digits.
    pub mac: String,
}

impl LogHead {
    /// As it stands in a file.
    fn line(&self) -> String {
        format!("{} {}\n", self.seq, self.mac)
    }

    fn of_line(line: &str) -> Option<Self> {
        let (seq, mac) = line.trim().split_once(' ')?;
        Some(Self { seq: seq.parse().ok()?, mac: mac.to_owned() })
    }
}

/// What the chain covers, in this order of fields.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Canonical {
    pub seq: i64,
    pub tenant: String,
    pub at: UnixMs,
    pub action: String,
    pub outcome: String,
    pub details: BTreeMap<String, String>,
    /// Field → keyed digest of salt and value.
    pub personal: BTreeMap<String, String>,
}

pub(super) fn row_mac(keys: &Keys, before: &str, canonical: &str) -> String {
    hex(&keys.log_mac("log-row", &[before.as_bytes(), canonical.as_bytes()]))
}

pub(super) fn personal_digest(keys: &Keys, seq: i64, field: &str, salt: &str, value: &str) -> String {
    hex(&keys.log_mac("log-personal", &[&seq.to_be_bytes(), field.as_bytes(), salt.as_bytes(), value.as_bytes()]))
}

/// Heads of lost rows that are kept. None pushes out another one: each by itself says that rows are missing.
const MAX_LOST: usize = 16;

/// The newest row that this process named in each head file; orders the writers of that file.
static HEADS: Mutex<BTreeMap<PathBuf, LogHead>> = Mutex::new(BTreeMap::new());

fn heads() -> MutexGuard<'static, BTreeMap<PathBuf, LogHead>> {
    HEADS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// Appends a row and returns its number and MAC. Returns once it is on the disk: what must not happen unlogged waits for this.
    ///
    /// # Errors
    /// The row could not be written.
    pub async fn log(&self, entry: &LogEntry) -> Result<LogHead, StoreError> {
        let keys = self.keys();
        let tenant = entry.tenant.as_ref().map_or("", TenantId::as_str);
        let at = entry.at;
        let mut transaction = self.write().await?;
        // Takes the write lock in SQLite and the row lock in PostgreSQL: rows are numbered one after the other.
        let head = sqlx::query("UPDATE log_head SET seq = seq + 1 WHERE one = 1 RETURNING seq, mac").fetch_one(&mut *transaction).await?;
        let (seq, before): (i64, String) = (head.try_get(0)?, head.try_get(1)?);
        let end = LogHead { seq: seq - 1, mac: before };
        self.keep_lost(&mut transaction, &end).await?;
        let mut personal = BTreeMap::new();
        for (field, value) in &entry.personal {
            let salt = salt()?;
            personal.insert((*field).to_owned(), personal_digest(keys, seq, field, &salt, value));
            sqlx::query("INSERT INTO log_personal (seq, tenant_id, field, value, salt) VALUES ($1, $2, $3, $4, $5)")
                .bind(seq)
                .bind(tenant)
                .bind(*field)
                .bind(value)
                .bind(salt)
                .execute(&mut *transaction)
                .await?;
        }
        let canonical = serde_json::to_string(&Canonical {
            seq,
            tenant: tenant.to_owned(),
            at,
            action: entry.action.to_owned(),
            outcome: entry.outcome.to_owned(),
            details: entry.details.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
            personal,
        })
        .map_err(|source| StoreError::Content { what: "log row", source })?;
        let mac = row_mac(keys, &end.mac, &canonical);
        sqlx::query("INSERT INTO log (seq, tenant_id, at, canonical, mac) VALUES ($1, $2, $3, $4, $5)")
            .bind(seq)
            .bind(tenant)
            .bind(at)
            .bind(canonical)
            .bind(&mac)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE log_head SET mac = $1 WHERE one = 1").bind(&mac).execute(&mut *transaction).await?;
        transaction.commit().await?;
        let head = LogHead { seq, mac };
        self.write_head_file(&head)?;
        Ok(head)
    }

    /// The newest row.
    ///
    /// # Errors
    /// The database failed.
    pub async fn log_head(&self) -> Result<LogHead, StoreError> {
        let row = sqlx::query("SELECT seq, mac FROM log_head WHERE one = 1").fetch_one(self.read()).await?;
        Ok(LogHead { seq: row.try_get(0)?, mac: row.try_get(1)? })
    }

    /// Erases the personal values of all rows where this field has this value, and says how many rows that were. The chain stays
    /// valid.
    ///
    /// # Errors
    /// The database failed.
    pub async fn erase_personal(&self, tenant: &TenantId, field: &str, value: &str) -> Result<u64, StoreError> {
        let mut transaction = self.write().await?;
        let done = sqlx::query(
            "DELETE FROM log_personal WHERE tenant_id = $1 AND seq IN
               (SELECT seq FROM log_personal WHERE tenant_id = $1 AND field = $2 AND value = $3)",
        )
        .bind(tenant.as_str())
        .bind(field)
        .bind(value)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }

    /// Keeps each head that is known and whose row is gone, before anything is written behind `end`: what grows there goes over the file
    /// that names it.
    async fn keep_lost(&self, transaction: &mut Transaction<'_, Any>, end: &LogHead) -> Result<(), StoreError> {
        let path = self.head_path();
        let written = heads().get(&path).cloned();
        // Another process writes that file too.
        for head in written.into_iter().chain(self.read_head_file()) {
            // The next row is chained to this one: it cannot be missing without a gap.
            if head == *end {
                continue;
            }
            let row = sqlx::query("SELECT 1 FROM log WHERE seq = $1 AND mac = $2").bind(head.seq).bind(&head.mac);
            if head.seq < end.seq && row.fetch_optional(&mut **transaction).await?.is_some() {
                continue;
            }
            self.add_lost(&head)?;
            // From here on the head file names what grows.
            heads().insert(path.clone(), end.clone());
        }
        Ok(())
    }

    fn add_lost(&self, head: &LogHead) -> Result<(), StoreError> {
        let lost = self.read_lost()?;
        if lost.contains(head) {
            return Ok(());
        }
        tracing::error!(row = head.seq, "rows of the log were cut off or replaced; run `switchboard audit verify`");
        if lost.len() >= MAX_LOST {
            return Ok(());
        }
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.lost_path()).map_err(StoreError::Head)?;
        file.write_all(head.line().as_bytes()).and_then(|()| file.sync_all()).map_err(StoreError::Head)
    }

    /// Heads that were known when their rows were gone.
    pub(super) fn read_lost(&self) -> Result<Vec<LogHead>, StoreError> {
        match std::fs::read_to_string(self.lost_path()) {
            Ok(text) => Ok(text.lines().filter_map(LogHead::of_line).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(StoreError::Head(error)),
        }
    }

    /// The head that the file beside the key names, if there is one.
    pub(super) fn read_head_file(&self) -> Option<LogHead> {
        LogHead::of_line(&std::fs::read_to_string(self.head_path()).ok()?)
    }

    fn write_head_file(&self, head: &LogHead) -> Result<(), StoreError> {
        let path = self.head_path();
        let mut heads = heads();
        // Two appends may come here in the other order; the file only ever moves forward.
        if heads.get(&path).is_some_and(|newest| newest.seq >= head.seq) {
            return Ok(());
        }
        let temporary = path.with_extension("head.new");
        std::fs::write(&temporary, head.line()).map_err(StoreError::Head)?;
        std::fs::rename(&temporary, &path).map_err(StoreError::Head)?;
        heads.insert(path, head.clone());
        Ok(())
    }

    fn head_path(&self) -> PathBuf {
        self.keys().directory().join("log.head")
    }

    fn lost_path(&self) -> PathBuf {
        self.keys().directory().join("log.lost")
    }
}

fn salt() -> Result<String, KeysError> {
    let mut bytes = [0_u8; 16];
    random(&mut bytes)?;
    Ok(hex(&bytes))
}

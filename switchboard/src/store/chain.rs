//! The access and audit log: one HMAC chain over all rows.
//!
//! The MAC of a row covers its canonical form and the MAC of the row before, under a key outside the database. Personal values stand
//! in a side table with a random salt; the canonical form holds their keyed digest. Erasing value and salt leaves the chain valid, and
//! nobody, not even the holder of the key, can test a guess against the digest afterwards. The newest row is also named in a file
//! beside the key, so that a cut-off tail or a restored old database shows.

use super::{Store, StoreError};
use crate::clock::now_ms;
use crate::ids::TenantId;
use crate::keys::{Keys, KeysError, hex, random};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
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

/// The newest row that the head file names; orders the writers of that file.
static HEAD_FILE: Mutex<BTreeMap<PathBuf, i64>> = Mutex::new(BTreeMap::new());

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
        let mac = row_mac(keys, &before, &canonical);
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

    /// The head that the file beside the key names, if there is one.
    pub(super) fn read_head_file(&self) -> Option<LogHead> {
        let text = std::fs::read_to_string(self.head_path()).ok()?;
        let (seq, mac) = text.trim().split_once(' ')?;
        Some(LogHead { seq: seq.parse().ok()?, mac: mac.to_owned() })
    }

    fn write_head_file(&self, head: &LogHead) -> Result<(), StoreError> {
        let path = self.head_path();
        let mut written = HEAD_FILE.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = written.entry(path.clone()).or_default();
        // Two appends may come here in the other order; the file only ever moves forward.
        if *newest >= head.seq {
            return Ok(());
        }
        let temporary = path.with_extension("head.new");
        std::fs::write(&temporary, format!("{} {}\n", head.seq, head.mac)).map_err(StoreError::Head)?;
        std::fs::rename(&temporary, &path).map_err(StoreError::Head)?;
        *newest = head.seq;
        Ok(())
    }

    fn head_path(&self) -> PathBuf {
        self.keys().directory().join("log.head")
    }
}

fn salt() -> Result<String, KeysError> {
    let mut bytes = [0_u8; 16];
    random(&mut bytes)?;
    Ok(hex(&bytes))
}

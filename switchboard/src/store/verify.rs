//! Proves the log: walks the chain and names the first row that is not as it was written.

use super::chain::{Canonical, LogHead, personal_digest, row_mac};
use super::{Store, StoreError};
use sqlx::Row as _;
use std::collections::BTreeMap;

/// Rows read at a time.
const PAGE: i64 = 1_000;

/// A log that is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The last row.
    pub head: LogHead,
    /// Personal values that were erased; the rows themselves are complete.
    pub erased: u64,
}

/// The first thing that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A number is missing or out of order.
    #[error("row {expected} is missing: the row after {before} has number {found}", before = expected - 1)]
    Gap {
        /// The number that should come.
        expected: i64,
        /// The number that comes.
        found: i64,
    },
    /// The content or the MAC of a row is not what was written, or the row before was exchanged.
    #[error("row {seq} is not as it was written")]
    Changed {
        /// The row.
        seq: i64,
    },
    /// A personal value is not the one that was logged.
    #[error("row {seq}: the value of `{field}` is not as it was written")]
    Personal {
        /// The row.
        seq: i64,
        /// The field.
        field: String,
    },
    /// Rows were cut off at the end, or an older database was put back.
    #[error("the log ends at row {found}, but row {head} was written: the rows after {found} were cut off")]
    Truncated {
        /// Last row in the database.
        found: i64,
        /// Last row by the head.
        head: i64,
    },
    /// Nothing says where the log should end: a cut-off tail would not show.
    #[error(
        "the file that names the last row is missing beside the key: whether rows were cut off after row {found} is not proven; give a published head"
    )]
    NoHead {
        /// Last row in the database.
        found: i64,
    },
    /// The log is a valid chain, but not the one whose head is known.
    #[error("row {seq} is not the row whose MAC is in the head: another log was put in its place")]
    Replaced {
        /// The row that the head names.
        seq: i64,
    },
}

impl Store {
    /// Verifies the whole log against its key, the heads in the files beside the key, and a published head where one is given.
    ///
    /// # Errors
    /// The database failed, or a file cannot be read. A fault of the log is no error, it is the answer.
    pub async fn verify_log(&self, published: Option<&LogHead>) -> Result<Result<Verified, Fault>, StoreError> {
        let mut walk = Walk { last: LogHead { seq: 0, mac: String::new() }, erased: 0, macs: Vec::new() };
        let outside: Vec<LogHead> = self.read_lost()?.into_iter().chain(self.read_head_file()).chain(published.cloned()).collect();
        let anchored = !outside.is_empty();
        // The database names its own end too. Whoever forgets that when cutting rows off is found without any head.
        let heads: Vec<LogHead> = outside.into_iter().chain([self.log_head().await?]).collect();
        loop {
            let rows = sqlx::query("SELECT seq, tenant_id, at, canonical, mac FROM log WHERE seq > $1 ORDER BY seq LIMIT $2")
                .bind(walk.last.seq)
                .bind(PAGE)
                .fetch_all(self.read())
                .await?;
            let personal = self.personal_until(walk.last.seq, rows.last().map(|row| row.try_get(0)).transpose()?).await?;
            for row in &rows {
                let stored = Stored {
                    seq: row.try_get(0)?,
                    tenant: row.try_get(1)?,
                    at: row.try_get(2)?,
                    canonical: row.try_get(3)?,
                    mac: row.try_get(4)?,
                };
                let personal = personal.get(&stored.seq).map_or(&[][..], Vec::as_slice);
                if let Err(fault) = walk.step(self, stored, personal, &heads) {
                    return Ok(Err(fault));
                }
            }
            if (rows.len() as i64) < PAGE {
                return Ok(walk.finish(&heads, anchored));
            }
        }
    }
}

impl Store {
    /// Personal values of the rows after one and up to another, by row and in the order of fields: as many as a page has rows.
    async fn personal_until(&self, after: i64, until: Option<i64>) -> Result<BTreeMap<i64, Vec<Personal>>, StoreError> {
        let mut found: BTreeMap<i64, Vec<Personal>> = BTreeMap::new();
        let Some(until) = until else { return Ok(found) };
        let rows = sqlx::query("SELECT seq, field, value, salt FROM log_personal WHERE seq > $1 AND seq <= $2 ORDER BY seq, field")
            .bind(after)
            .bind(until)
            .fetch_all(self.read())
            .await?;
        for row in rows {
            found.entry(row.try_get(0)?).or_default().push((row.try_get(1)?, row.try_get(2)?, row.try_get(3)?));
        }
        Ok(found)
    }

    /// Checks only the rows that the files beside the key name: cheap, at each start.
    ///
    /// # Errors
    /// The database failed, or a file cannot be read.
    pub async fn check_head(&self) -> Result<Option<Fault>, StoreError> {
        let found: i64 = sqlx::query("SELECT COALESCE(MAX(seq), 0) FROM log").fetch_one(self.read()).await?.try_get(0)?;
        let named = self.read_head_file();
        let anchored = named.is_some() || found == 0;
        for head in self.read_lost()?.into_iter().chain(named) {
            if head.seq > found {
                return Ok(Some(Fault::Truncated { found, head: head.seq }));
            }
            let row = sqlx::query("SELECT 1 FROM log WHERE seq = $1 AND mac = $2").bind(head.seq).bind(&head.mac);
            if row.fetch_optional(self.read()).await?.is_none() {
                return Ok(Some(Fault::Replaced { seq: head.seq }));
            }
        }
        Ok((!anchored).then_some(Fault::NoHead { found }))
    }
}

/// Field, value and salt.
type Personal = (String, String, String);

struct Stored {
    seq: i64,
    tenant: String,
    at: i64,
    canonical: String,
    mac: String,
}

struct Walk {
    last: LogHead,
    erased: u64,
    /// MACs of the rows that some head names.
    macs: Vec<LogHead>,
}

impl Walk {
    fn step(&mut self, store: &Store, row: Stored, personal: &[Personal], heads: &[LogHead]) -> Result<(), Fault> {
        let expected = self.last.seq + 1;
        if row.seq != expected {
            return Err(Fault::Gap { expected, found: row.seq });
        }
        let seq = row.seq;
        let changed = Fault::Changed { seq };
        if row.mac != row_mac(store.keys(), &self.last.mac, &row.canonical) {
            return Err(changed);
        }
        let Ok(canonical) = serde_json::from_str::<Canonical>(&row.canonical) else { return Err(changed) };
        if (canonical.seq, canonical.at, &canonical.tenant) != (seq, row.at, &row.tenant) {
            return Err(changed);
        }
        for (field, value, salt) in personal {
            let digest = personal_digest(store.keys(), seq, field, salt, value);
            if canonical.personal.get(field) != Some(&digest) {
                return Err(Fault::Personal { seq, field: field.clone() });
            }
        }
        self.erased += (canonical.personal.len() - personal.len()) as u64;
        self.last = LogHead { seq, mac: row.mac };
        if heads.iter().any(|head| head.seq == seq) {
            self.macs.push(self.last.clone());
        }
        Ok(())
    }

    fn finish(self, heads: &[LogHead], anchored: bool) -> Result<Verified, Fault> {
        for head in heads.iter().filter(|head| head.seq > 0) {
            if head.seq > self.last.seq {
                return Err(Fault::Truncated { found: self.last.seq, head: head.seq });
            }
            if !self.macs.contains(head) {
                return Err(Fault::Replaced { seq: head.seq });
            }
        }
        if !anchored && self.last.seq > 0 {
            return Err(Fault::NoHead { found: self.last.seq });
        }
        Ok(Verified { head: self.last, erased: self.erased })
    }
}

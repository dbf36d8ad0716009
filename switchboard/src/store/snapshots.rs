//! Pictures of doors, sealed, until their time is over.

use super::{Engine, Store, StoreError};
use crate::ids::{TenantId, new_id};
use sqlx::Row as _;
use sqlx::any::AnyRow;
use wire::UnixMs;

/// What is known of a kept picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its id.
    pub id: String,
    /// Id of the site.
    pub site: String,
    /// Id of the entrance.
    pub door: String,
    /// The contact that it belongs to; may be empty.
    pub contact: String,
    /// The release that it belongs to; empty for a ring.
    pub release: String,
    /// When it was taken.
    pub taken_at: UnixMs,
    /// When it goes.
    pub erase_at: UnixMs,
}

const COLUMNS: &str = "snapshot_id, site, door, contact, release_id, taken_at, erase_at";

impl Store {
    /// Keeps a picture; [`Snapshot::id`] is made here. Gives the id.
    ///
    /// # Errors
    /// The database failed, or the system gives no random numbers.
    pub async fn keep_snapshot(&self, tenant: &TenantId, snapshot: &Snapshot, jpeg: &[u8]) -> Result<String, StoreError> {
        let id = new_id();
        let picture = self.keys().seal_bytes(&context(&id), jpeg)?;
        let mut transaction = self.write().await?;
        sqlx::query(
            "INSERT INTO snapshots (snapshot_id, tenant_id, site, door, contact, release_id, taken_at, erase_at, picture)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&id)
        .bind(tenant.as_str())
        .bind(&snapshot.site)
        .bind(&snapshot.door)
        .bind(&snapshot.contact)
        .bind(&snapshot.release)
        .bind(snapshot.taken_at)
        .bind(snapshot.erase_at)
        .bind(picture)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Pictures of a release and of the ring that it belongs to, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn snapshots_of(
        &self,
        tenant: &TenantId,
        release: &str,
        contact: Option<&str>,
        now: UnixMs,
    ) -> Result<Vec<Snapshot>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM snapshots WHERE tenant_id = $1 AND erase_at > $2
             AND ((release_id <> '' AND release_id = $3) OR (release_id = '' AND contact <> '' AND contact = $4)) ORDER BY taken_at, snapshot_id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(tenant.as_str())
            .bind(now)
            .bind(release)
            .bind(contact.unwrap_or_default())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read).collect()
    }

    /// One picture, unless its time is over.
    ///
    /// # Errors
    /// The database failed, or the picture was sealed with another key.
    pub async fn snapshot(&self, tenant: &TenantId, id: &str, now: UnixMs) -> Result<Option<(Snapshot, Vec<u8>)>, StoreError> {
        let sql = format!("SELECT {COLUMNS}, picture FROM snapshots WHERE tenant_id = $1 AND snapshot_id = $2 AND erase_at > $3");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(id).bind(now).fetch_optional(self.read()).await?;
        let Some(row) = row else { return Ok(None) };
        let sealed: String = row.try_get(7)?;
        Ok(Some((read(&row)?, self.keys().open_bytes(&context(id), &sealed)?)))
    }

    /// Erases the pictures whose time is over, from the file too. Gives their number.
    ///
    /// # Errors
    /// The database failed; they stay hidden all the same.
    pub async fn erase_snapshots(&self, now: UnixMs) -> Result<u64, StoreError> {
        let mut transaction = self.write().await?;
        let gone = sqlx::query("DELETE FROM snapshots WHERE erase_at <= $1").bind(now).execute(&mut *transaction).await?.rows_affected();
        transaction.commit().await?;
        if gone > 0 && self.0.engine == Engine::Sqlite {
            // What was deleted is overwritten (`secure_delete`), but older pages of it may still stand in the write-ahead log.
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.0.write).await?;
        }
        Ok(gone)
    }
}

/// A sealed picture cannot be moved to another row.
fn context(id: &str) -> String {
    format!("snapshot:{id}")
}

fn read(row: &AnyRow) -> Result<Snapshot, StoreError> {
    Ok(Snapshot {
        id: row.try_get(0)?,
        site: row.try_get(1)?,
        door: row.try_get(2)?,
        contact: row.try_get(3)?,
        release: row.try_get(4)?,
        taken_at: row.try_get(5)?,
        erase_at: row.try_get(6)?,
    })
}

//! Migrations: forward only, each in one transaction with its version number.

use super::{Store, StoreError};
use crate::clock::now_ms;
use sqlx::{Executor as _, Row as _};

/// All migrations in order; the version of one is its place, counted from 1.
const MIGRATIONS: [&str; 18] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_queues.sql"),
    include_str!("migrations/0003_snapshots.sql"),
    include_str!("migrations/0004_known_alarms.sql"),
    include_str!("migrations/0005_administered.sql"),
    include_str!("migrations/0006_reports.sql"),
    include_str!("migrations/0007_sessions.sql"),
    include_str!("migrations/0008_walls.sql"),
    include_str!("migrations/0009_report_hours.sql"),
    include_str!("migrations/0010_lockouts.sql"),
    include_str!("migrations/0011_turned_away.sql"),
    include_str!("migrations/0012_log_of_doors.sql"),
    include_str!("migrations/0013_report_calls.sql"),
    include_str!("migrations/0014_order_answers.sql"),
    include_str!("migrations/0015_opened.sql"),
    include_str!("migrations/0016_log_by_time.sql"),
    include_str!("migrations/0017_unread.sql"),
    include_str!("migrations/0018_tries.sql"),
];

impl Store {
    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        let known = MIGRATIONS.len() as i64;
        let mut transaction = self.write().await?;
        transaction.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)").await?;
        let found: i64 =
            sqlx::query("SELECT COALESCE(MAX(version), 0) FROM schema_version").fetch_one(&mut *transaction).await?.try_get(0)?;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        for (version, sql) in (1..).zip(MIGRATIONS).skip(usize::try_from(found).unwrap_or_default()) {
            transaction.execute(sqlx::raw_sql(sql)).await?;
            sqlx::query("INSERT INTO schema_version (version, at) VALUES ($1, $2)")
                .bind(version)
                .bind(now_ms())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

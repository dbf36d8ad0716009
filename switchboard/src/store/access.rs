//! Rows of the log as pages read them: of one action, newest first. The chain itself is the only source; there is no copy to fall behind.

use super::chain::Canonical;
use super::contacts::ContactData;
use super::{Store, StoreError};
use crate::ids::TenantId;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use wire::{Peer, UnixMs};

/// Rows whose personal values are asked for at a time.
const PERSONAL: usize = 200;

/// A row of the log with what is left of its personal values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// Its number.
    pub seq: i64,
    /// When it happened.
    pub at: UnixMs,
    /// What happened.
    pub action: String,
    /// How it went.
    pub outcome: String,
    /// Facts that name nobody.
    pub details: BTreeMap<String, String>,
    /// Facts about somebody, where they are not erased.
    pub personal: BTreeMap<String, String>,
}

impl LogRow {
    /// A fact that names nobody; empty where it is missing.
    #[must_use]
    pub fn detail(&self, name: &str) -> &str {
        self.details.get(name).map_or("", String::as_str)
    }

    /// A fact about somebody; empty where it is missing or erased.
    #[must_use]
    pub fn personal(&self, name: &str) -> &str {
        self.personal.get(name).map_or("", String::as_str)
    }
}

/// Which rows of the log, newest first.
#[derive(Debug, Clone, Copy)]
pub struct LogWanted {
    /// With smaller numbers than this.
    pub before: i64,
    /// Written then or later.
    pub since: UnixMs,
    /// Written before.
    pub until: UnixMs,
    /// Rows at most.
    pub limit: u32,
}

impl Store {
    /// Rows of every action of a tenant, newest first.
    ///
    /// # Errors
    /// The database failed or holds a row that cannot be read.
    pub async fn log_page(&self, tenant: &TenantId, wanted: &LogWanted) -> Result<Vec<LogRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, at, canonical FROM log WHERE tenant_id = $1 AND seq < $2 AND at >= $3 AND at < $4 ORDER BY seq DESC LIMIT $5",
        )
        .bind(tenant.as_str())
        .bind(wanted.before)
        .bind(wanted.since)
        .bind(wanted.until)
        .bind(i64::from(wanted.limit))
        .fetch_all(self.read())
        .await?;
        self.with_personal(tenant, None, rows).await
    }

    /// Rows of one action with smaller numbers than `before`, newest first.
    ///
    /// # Errors
    /// The database failed or holds a row that cannot be read.
    pub async fn log_rows(&self, tenant: &TenantId, action: &'static str, before: i64, limit: u32) -> Result<Vec<LogRow>, StoreError> {
        let sql = format!(
            "SELECT seq, at, canonical FROM log WHERE tenant_id = $1 AND seq < $2 AND {} ORDER BY seq DESC LIMIT $3",
            condition(action)
        );
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(before).bind(i64::from(limit)).fetch_all(self.read()).await?;
        self.with_personal(tenant, Some(action), rows).await
    }

    /// Rows of one action with larger numbers than `after` and not later than `until`, oldest first.
    ///
    /// # Errors
    /// The database failed or holds a row that cannot be read.
    pub async fn later_log_rows(
        &self,
        tenant: &TenantId,
        action: &'static str,
        after: i64,
        until: UnixMs,
    ) -> Result<Vec<LogRow>, StoreError> {
        let sql = format!(
            "SELECT seq, at, canonical FROM log WHERE tenant_id = $1 AND seq > $2 AND at <= $3 AND {} ORDER BY seq",
            condition(action)
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(after).bind(until).fetch_all(self.read()).await?;
        self.with_personal(tenant, Some(action), rows).await
    }

    /// Rows of one action and one call of a while, oldest first, so many at most.
    ///
    /// # Errors
    /// The database failed or holds a row that cannot be read.
    pub async fn log_rows_of(
        &self,
        tenant: &TenantId,
        action: &'static str,
        call: &str,
        (since, until): (UnixMs, UnixMs),
        limit: u32,
    ) -> Result<Vec<LogRow>, StoreError> {
        let sql = format!(
            "SELECT seq, at, canonical FROM log WHERE tenant_id = $1 AND at >= $2 AND at <= $3 AND {} AND canonical LIKE $4 ESCAPE '!'
             ORDER BY seq LIMIT $5",
            condition(action)
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(since).bind(until);
        let rows = query.bind(names("call", call)?).bind(i64::from(limit)).fetch_all(self.read()).await?;
        let mut rows = self.with_personal(tenant, Some(action), rows).await?;
        // The database may take large and small letters for the same.
        rows.retain(|row| row.detail("call") == call);
        Ok(rows)
    }

    /// Who called in a contact, where it is known.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read.
    pub async fn caller_of(&self, tenant: &TenantId, contact: &str) -> Result<Option<Peer>, StoreError> {
        let first = sqlx::query(
            "SELECT from_user, data FROM contact_events WHERE tenant_id = $1 AND contact = $2 AND from_user <> ''
             ORDER BY at, event_id LIMIT 1",
        )
        .bind(tenant.as_str())
        .bind(contact)
        .fetch_optional(self.read())
        .await?;
        let Some(first) = first else { return Ok(None) };
        let data: ContactData = read(&first.try_get::<String, _>(1)?, "event")?;
        let display_name = Some(data.from_display).filter(|name| !name.is_empty());
        Ok(Some(Peer { address: first.try_get(0)?, display_name }))
    }

    async fn with_personal(&self, tenant: &TenantId, action: Option<&str>, rows: Vec<AnyRow>) -> Result<Vec<LogRow>, StoreError> {
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let canonical: Canonical = read(&row.try_get::<String, _>(2)?, "log row")?;
            if action.is_none_or(|action| canonical.action == action) {
                let (seq, at) = (row.try_get(0)?, row.try_get(1)?);
                let Canonical { action, outcome, details, .. } = canonical;
                found.push(LogRow { seq, at, action, outcome, details, personal: BTreeMap::new() });
            }
        }
        // Between the rows of one action may lie any amount of others.
        for some in found.chunks_mut(PERSONAL) {
            let numbers: Vec<String> = some.iter().map(|row| row.seq.to_string()).collect();
            let sql = format!("SELECT seq, field, value FROM log_personal WHERE tenant_id = $1 AND seq IN ({})", numbers.join(", "));
            let values = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).fetch_all(self.read()).await?;
            for value in values {
                let seq: i64 = value.try_get(0)?;
                if let Some(row) = some.iter_mut().find(|row| row.seq == seq) {
                    row.personal.insert(value.try_get(1)?, value.try_get(2)?);
                }
            }
        }
        Ok(found)
    }
}

/// That the canonical form of a row is one of this action. Values in it are escaped: none can look like this. It stands in the query as it
/// stands in the indexes of those actions that are looked for page by page, or these were not used.
fn condition(action: &'static str) -> String {
    format!("canonical LIKE '%\"action\":\"{action}\"%'")
}

/// A pattern for rows with this detail, with `!` before what is meant as it stands.
fn names(detail: &str, value: &str) -> Result<String, StoreError> {
    let value = serde_json::to_string(value).map_err(|source| StoreError::Content { what: "log row", source })?;
    let plain = value.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    Ok(format!("%\"{detail}\":{plain}%"))
}

fn read<T: serde::de::DeserializeOwned>(json: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|source| StoreError::Content { what, source })
}

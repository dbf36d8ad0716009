//! Links to the wallboard. Only the digest of a token is stored.

use super::{Store, StoreError};
use crate::ids::{PersonId, TenantId};
use crate::walls::Link;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use wire::UnixMs;

const COLUMNS: &str = "link_id, tenant_id, name, queues, made_by, expires_at, used_at";

impl Store {
    /// Keeps a new link under the digest of its token, and forgets those that ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_wall_link(&self, token_digest: &str, link: &Link, now: UnixMs) -> Result<(), StoreError> {
        let queues = serde_json::to_string(&link.queues).map_err(|source| StoreError::Content { what: "link", source })?;
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM wall_links WHERE expires_at <= $1").bind(now).execute(&mut *transaction).await?;
        sqlx::query(
            "INSERT INTO wall_links (link_id, tenant_id, token_digest, name, queues, made_by, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&link.id)
        .bind(link.tenant.as_str())
        .bind(token_digest)
        .bind(&link.name)
        .bind(queues)
        .bind(link.maker.as_str())
        .bind(now)
        .bind(link.expires_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The links of a tenant that have not ended, the newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn wall_links(&self, tenant: &TenantId, now: UnixMs) -> Result<Vec<Link>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM wall_links WHERE tenant_id = $1 AND expires_at > $2 ORDER BY link_id DESC");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(now).fetch_all(self.read()).await?;
        rows.iter().map(link).collect()
    }

    /// The link with this id, if it has not ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn wall_link(&self, id: &str, now: UnixMs) -> Result<Option<Link>, StoreError> {
        self.one_link("link_id", id, now).await
    }

    /// The link with this token, if it has not ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn wall_link_of(&self, token_digest: &str, now: UnixMs) -> Result<Option<Link>, StoreError> {
        self.one_link("token_digest", token_digest, now).await
    }

    async fn one_link(&self, column: &'static str, value: &str, now: UnixMs) -> Result<Option<Link>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM wall_links WHERE {column} = $1 AND expires_at > $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(value).bind(now).fetch_optional(self.read()).await?;
        row.as_ref().map(link).transpose()
    }

    /// A screen came with a link.
    ///
    /// # Errors
    /// The database failed.
    pub async fn use_wall_link(&self, id: &str, now: UnixMs) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("UPDATE wall_links SET used_at = $2 WHERE link_id = $1").bind(id).bind(now).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Ends a link. Ending twice is no error.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_wall_link(&self, id: &str) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM wall_links WHERE link_id = $1").bind(id).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }
}

fn link(row: &AnyRow) -> Result<Link, StoreError> {
    let queues: String = row.try_get(3)?;
    Ok(Link {
        id: row.try_get(0)?,
        tenant: TenantId::new(row.try_get::<String, _>(1)?),
        name: row.try_get(2)?,
        queues: serde_json::from_str(&queues).map_err(|source| StoreError::Content { what: "link", source })?,
        maker: PersonId::new(row.try_get::<String, _>(4)?),
        expires_at: row.try_get(5)?,
        used_at: row.try_get(6)?,
    })
}

//! What orders of pages were answered, between restarts.

use super::{Store, StoreError};
use sqlx::Row as _;
use wire::{OrderResult, UnixMs};

impl Store {
    /// What the order of a session with this id was answered since an instant.
    ///
    /// # Errors
    /// The database failed or holds an answer that cannot be read.
    pub async fn order_answer(&self, session: &str, id: u64, since: UnixMs) -> Result<Option<OrderResult>, StoreError> {
        let row = sqlx::query("SELECT answer FROM order_answers WHERE session = $1 AND order_id = $2 AND at >= $3")
            .bind(session)
            .bind(id.to_string())
            .bind(since)
            .fetch_optional(self.read())
            .await?;
        let read = |text: String| serde_json::from_str(&text).map_err(|source| StoreError::Content { what: "answer", source });
        row.map(|row| read(row.try_get(0)?)).transpose()
    }

    /// Keeps the answer to an order, and forgets those from before an instant.
    ///
    /// # Errors
    /// The database failed; nothing was kept.
    pub async fn keep_order_answer(
        &self,
        session: &str,
        id: u64,
        answer: &OrderResult,
        at: UnixMs,
        forget: UnixMs,
    ) -> Result<(), StoreError> {
        let answer = serde_json::to_string(answer).map_err(|source| StoreError::Content { what: "answer", source })?;
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM order_answers WHERE at < $1").bind(forget).execute(&mut *transaction).await?;
        sqlx::query(
            "INSERT INTO order_answers (session, order_id, answer, at) VALUES ($1, $2, $3, $4) ON CONFLICT (session, order_id) DO NOTHING",
        )
        .bind(session)
        .bind(id.to_string())
        .bind(answer)
        .bind(at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

//! What orders of pages were answered, between restarts.

use super::{Store, StoreError};
use sqlx::{Any, Row as _, Transaction};
use wire::{OrderResult, UnixMs};

/// How long answers are remembered, in milliseconds.
pub const REMEMBERED_MS: i64 = 30 * 60_000;

/// Which order of which session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderKey {
    /// Digest of the session's token.
    pub session: String,
    /// The page's number of the order.
    pub id: u64,
}

/// What an order was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderAnswer {
    /// Which order.
    pub key: OrderKey,
    /// The answer.
    pub result: OrderResult,
    /// When.
    pub at: UnixMs,
}

/// Keeps answers, and forgets those that nobody asks for any more. The first answer to an order holds.
pub(super) async fn put(transaction: &mut Transaction<'_, Any>, answers: &[OrderAnswer]) -> Result<(), StoreError> {
    let Some(last) = answers.last() else { return Ok(()) };
    sqlx::query("DELETE FROM order_answers WHERE at < $1").bind(last.at - REMEMBERED_MS).execute(&mut **transaction).await?;
    for OrderAnswer { key, result, at } in answers {
        let answer = serde_json::to_string(result).map_err(|source| StoreError::Content { what: "answer", source })?;
        sqlx::query(
            "INSERT INTO order_answers (session, order_id, answer, at) VALUES ($1, $2, $3, $4) ON CONFLICT (session, order_id) DO NOTHING",
        )
        .bind(&key.session)
        .bind(key.id.to_string())
        .bind(answer)
        .bind(at)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

impl Store {
    /// What an order was answered, unless that is too long ago.
    ///
    /// # Errors
    /// The database failed or holds an answer that cannot be read.
    pub async fn order_answer(&self, key: &OrderKey, now: UnixMs) -> Result<Option<OrderResult>, StoreError> {
        let row = sqlx::query("SELECT answer FROM order_answers WHERE session = $1 AND order_id = $2 AND at >= $3")
            .bind(&key.session)
            .bind(key.id.to_string())
            .bind(now - REMEMBERED_MS)
            .fetch_optional(self.read())
            .await?;
        let read = |text: String| serde_json::from_str(&text).map_err(|source| StoreError::Content { what: "answer", source });
        row.map(|row| read(row.try_get(0)?)).transpose()
    }

    /// Keeps the answer to an order that is written by itself.
    ///
    /// # Errors
    /// The database failed; nothing was kept.
    pub async fn keep_order_answer(&self, answer: &OrderAnswer) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        put(&mut transaction, std::slice::from_ref(answer)).await?;
        transaction.commit().await?;
        Ok(())
    }
}

//! Lock-outs after wrong passwords, and the counts below: a restart ends none.

use super::{Store, StoreError};
use crate::http::{Kept, Locked, News};
use crate::ids::PersonId;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use wire::UnixMs;

impl Store {
    /// Writes down what became of lock-outs and counts, and forgets those that ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keep_lockouts(&self, news: &[News], now: UnixMs) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM lockouts WHERE ends_at <= $1").bind(now).execute(&mut *transaction).await?;
        for news in news {
            let id = match news {
                News::Begun(kept) | News::Counted(kept) => &kept.locked.id,
                News::Over(id) => id,
            };
            sqlx::query("DELETE FROM lockouts WHERE lockout_id = $1").bind(id).execute(&mut *transaction).await?;
            let (News::Begun(kept) | News::Counted(kept)) = news else { continue };
            let Kept { locked, key, tries } = kept;
            let people: Vec<&str> = locked.people.iter().map(PersonId::as_str).collect();
            sqlx::query(
                "INSERT INTO lockouts (lockout_id, kind, counted, people, address, began_at, ends_at, tries)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(id)
            .bind(json(&locked.kind)?)
            .bind(key)
            .bind(json(&people)?)
            .bind(locked.address.to_string())
            .bind(locked.since)
            .bind(locked.until)
            .bind(i64::from(*tries))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The lock-outs that have not ended, and the counts below the limit.
    ///
    /// # Errors
    /// The database failed, or what it holds cannot be read.
    pub async fn lockouts(&self, now: UnixMs) -> Result<Vec<Kept>, StoreError> {
        let sql = "SELECT lockout_id, kind, counted, people, address, began_at, ends_at, tries FROM lockouts WHERE ends_at > $1";
        sqlx::query(sql).bind(now).fetch_all(self.read()).await?.iter().map(kept).collect()
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(content)
}

fn content(source: serde_json::Error) -> StoreError {
    StoreError::Content { what: "lock-out", source }
}

fn kept(row: &AnyRow) -> Result<Kept, StoreError> {
    let text = |column| row.try_get::<String, _>(column);
    let people: Vec<String> = serde_json::from_str(&text("people")?).map_err(content)?;
    let address = text("address")?;
    let locked = Locked {
        id: text("lockout_id")?,
        kind: serde_json::from_str(&text("kind")?).map_err(content)?,
        people: people.into_iter().map(PersonId::new).collect(),
        address: serde_json::from_value(address.into()).map_err(content)?,
        since: row.try_get("began_at")?,
        until: row.try_get("ends_at")?,
    };
    let tries: i64 = row.try_get("tries")?;
    Ok(Kept { locked, key: text("counted")?, tries: u32::try_from(tries).unwrap_or(u32::MAX) })
}

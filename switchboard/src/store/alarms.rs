//! The alarms of the floor that were acknowledged, between restarts.

use super::{OrderAnswer, Store, StoreError, orders};
use crate::alarms::{Place, from_word, word};
use crate::ids::TenantId;
use sqlx::Row as _;
use wire::KnownAlarm;

impl Store {
    /// Keeps who acknowledged an alarm, and the answer to the order that did it, in one transaction.
    ///
    /// # Errors
    /// The database failed; nothing was kept.
    pub async fn put_known_alarm(&self, at: &Place, known: &KnownAlarm, answer: &OrderAnswer) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query(
            "INSERT INTO known_alarms (tenant_id, queue, alarm, by_name, at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, queue, alarm) DO UPDATE SET by_name = excluded.by_name, at = excluded.at",
        )
        .bind(at.tenant.as_str())
        .bind(&at.queue)
        .bind(word(at.alarm))
        .bind(&known.by)
        .bind(known.at)
        .execute(&mut *transaction)
        .await?;
        orders::put(&mut transaction, std::slice::from_ref(answer)).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets an alarm whose cause is gone.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_known_alarm(&self, at: &Place) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM known_alarms WHERE tenant_id = $1 AND queue = $2 AND alarm = $3")
            .bind(at.tenant.as_str())
            .bind(&at.queue)
            .bind(word(at.alarm))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The alarms that were known when the server stopped; read once at start.
    ///
    /// # Errors
    /// The database failed.
    pub async fn known_alarms(&self) -> Result<Vec<(Place, KnownAlarm)>, StoreError> {
        let mut alarms = Vec::new();
        for row in sqlx::query("SELECT tenant_id, queue, alarm, by_name, at FROM known_alarms").fetch_all(self.read()).await? {
            let Some(alarm) = from_word(&row.try_get::<String, _>(2)?) else { continue };
            let tenant = TenantId::new(row.try_get::<String, _>(0)?);
            let place = Place { tenant, queue: row.try_get(1)?, alarm };
            alarms.push((place, KnownAlarm { alarm, by: row.try_get(3)?, at: row.try_get(4)? }));
        }
        Ok(alarms)
    }
}

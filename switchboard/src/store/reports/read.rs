//! Sums as reports want them.

use super::super::{Store, StoreError};
use crate::ids::TenantId;
use crate::reports::{Grain, Subject};
use sqlx::Row as _;
use sqlx::any::AnyRow;
use wire::ReportFigures;

/// Which sums, and how they are added up.
#[derive(Debug, Clone)]
pub struct SumsWanted {
    /// What they are about.
    pub subject: Subject,
    /// Which of them.
    pub grain: Grain,
    /// First start.
    pub from: i64,
    /// Start after the last one.
    pub until: i64,
    /// Sums with the same `(start + shift) / size` become one.
    pub shift: i64,
    /// See `shift`.
    pub size: i64,
    /// Of one site; empty for all.
    pub site: String,
    /// Of one queue; empty for all.
    pub queue: String,
    /// Of one agent; empty for all.
    pub agent: String,
    /// Of one reason or disposition.
    pub word: Option<String>,
    /// Rows at most.
    pub limit: i64,
}

/// Sums of one subject in one span.
#[derive(Debug, Clone)]
pub struct SumRow {
    /// `(start + shift) / size`
    pub bucket: i64,
    /// Where.
    pub site: String,
    /// The queue, where the subject is one or a disposition.
    pub queue: String,
    /// The agent, where the subject is one.
    pub agent: String,
    /// The reason or the disposition.
    pub word: String,
    /// The sums.
    pub figures: ReportFigures,
}

impl Store {
    /// Sums of a tenant, in the order of time and then of what they are about: the database groups them in that order anyway.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sums(&self, tenant: &TenantId, wanted: &SumsWanted) -> Result<Vec<SumRow>, StoreError> {
        // What does not distinguish the rows of a report is added up here already: only what is shown leaves the database.
        let by = |yes: bool| i64::from(yes);
        let rows = sqlx::query(
            "SELECT CAST((start + $1) / $2 AS BIGINT) AS bucket, site, CASE WHEN $3 = 1 THEN queue ELSE '' END AS by_queue,
                    CASE WHEN $4 = 1 THEN agent ELSE '' END AS by_agent, word,
                    CAST(SUM(answered) AS BIGINT), CAST(SUM(in_time) AS BIGINT), CAST(SUM(lost) AS BIGINT), CAST(SUM(short) AS BIGINT),
                    CAST(SUM(handed_on) AS BIGINT), CAST(SUM(missed) AS BIGINT), CAST(SUM(waited_ms) AS BIGINT),
                    CAST(SUM(talk_ms) AS BIGINT), CAST(SUM(work_ms) AS BIGINT), CAST(SUM(pauses) AS BIGINT),
                    CAST(SUM(paused_ms) AS BIGINT), CAST(SUM(ready_ms) AS BIGINT), CAST(SUM(unready_ms) AS BIGINT),
                    CAST(SUM(ringing_ms) AS BIGINT), CAST(SUM(on_call_ms) AS BIGINT), CAST(SUM(wrap_up_ms) AS BIGINT)
             FROM report_sums WHERE tenant_id = $5 AND subject = $6 AND grain = $7 AND start >= $8 AND start < $9
               AND ($10 = '' OR site = $10) AND ($11 = '' OR queue = $11) AND ($12 = '' OR agent = $12) AND ($13 = 0 OR word = $14)
             GROUP BY 1, 5, 4, 3, 2 ORDER BY 1, 5, 4, 3, 2 LIMIT $15",
        )
        .bind(wanted.shift)
        .bind(wanted.size)
        .bind(by(matches!(wanted.subject, Subject::Queue | Subject::Disposition)))
        .bind(by(wanted.subject == Subject::Agent))
        .bind(tenant.as_str())
        .bind(wanted.subject.as_str())
        .bind(wanted.grain.as_str())
        .bind(wanted.from)
        .bind(wanted.until)
        .bind(&wanted.site)
        .bind(&wanted.queue)
        .bind(&wanted.agent)
        .bind(by(wanted.word.is_some()))
        .bind(wanted.word.as_deref().unwrap_or_default())
        .bind(wanted.limit)
        .fetch_all(self.read())
        .await?;
        rows.iter().map(sum).collect()
    }
}

fn sum(row: &AnyRow) -> Result<SumRow, StoreError> {
    Ok(SumRow {
        bucket: row.try_get(0)?,
        site: row.try_get(1)?,
        queue: row.try_get(2)?,
        agent: row.try_get(3)?,
        word: row.try_get(4)?,
        figures: ReportFigures {
            answered: row.try_get(5)?,
            in_time: row.try_get(6)?,
            lost: row.try_get(7)?,
            short: row.try_get(8)?,
            handed_on: row.try_get(9)?,
            missed: row.try_get(10)?,
            waited_ms: row.try_get(11)?,
            talk_ms: row.try_get(12)?,
            work_ms: row.try_get(13)?,
            pauses: row.try_get(14)?,
            paused_ms: row.try_get(15)?,
            ready_ms: row.try_get(16)?,
            unready_ms: row.try_get(17)?,
            ringing_ms: row.try_get(18)?,
            on_call_ms: row.try_get(19)?,
            wrap_up_ms: row.try_get(20)?,
        },
    })
}

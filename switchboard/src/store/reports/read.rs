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
        let (sql, read) = statement(wanted.subject);
        let rows = sqlx::query(sql)
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
        rows.iter().map(|row| sum(row, read)).collect()
    }
}

/// Reads the figures of a row.
type Read = fn(&AnyRow) -> Result<ReportFigures, StoreError>;

/// The statement that adds up these figures, and how they are read. They follow five columns that say what they are about.
macro_rules! adding {
    ($($figure:ident)*) => {
        (
            concat!(
                "SELECT CAST((start + $1) / $2 AS BIGINT) AS bucket, site, CASE WHEN $3 = 1 THEN queue ELSE '' END AS by_queue,
                        CASE WHEN $4 = 1 THEN agent ELSE '' END AS by_agent, word",
                $(", CAST(SUM(", stringify!($figure), ") AS BIGINT)",)*
                " FROM report_sums WHERE tenant_id = $5 AND subject = $6 AND grain = $7 AND start >= $8 AND start < $9
                    AND ($10 = '' OR site = $10) AND ($11 = '' OR queue = $11) AND ($12 = '' OR agent = $12) AND ($13 = 0 OR word = $14)
                  GROUP BY 1, 5, 4, 3, 2 ORDER BY 1, 5, 4, 3, 2 LIMIT $15"
            ),
            |row: &AnyRow| {
                let mut column = 4_usize;
                let mut next = || {
                    column += 1;
                    row.try_get::<i64, usize>(column)
                };
                Ok(ReportFigures { $($figure: next()?,)* ..ReportFigures::default() })
            },
        )
    };
}

/// Only the figures that the sums of a subject have: the others are nothing in every row.
fn statement(subject: Subject) -> (&'static str, Read) {
    match subject {
        Subject::Queue => adding!(answered in_time lost short found_closed found_full overflowed waited_ms talk_ms work_ms),
        Subject::Agent => adding!(
            answered in_time handed_on missed waited_ms talk_ms work_ms pauses paused_ms ready_ms unready_ms ringing_ms on_call_ms wrap_up_ms
        ),
        Subject::Reason => adding!(pauses paused_ms),
        Subject::Disposition => adding!(answered talk_ms work_ms),
    }
}

fn sum(row: &AnyRow, read: Read) -> Result<SumRow, StoreError> {
    Ok(SumRow {
        bucket: row.try_get(0)?,
        site: row.try_get(1)?,
        queue: row.try_get(2)?,
        agent: row.try_get(3)?,
        word: row.try_get(4)?,
        figures: read(row)?,
    })
}

//! Sums as reports want them.

use super::super::{Store, StoreError};
use crate::ids::TenantId;
use crate::reports::{Grain, HOUR_MS, QUARTER_MS, Subject};
use sqlx::Row as _;
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
    /// Of these sites; `None` for all.
    pub sites: Option<Vec<String>>,
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
    /// Sums of a tenant, in the order of time, and mostly in that of what they are about.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sums(&self, tenant: &TenantId, wanted: &SumsWanted) -> Result<Vec<SumRow>, StoreError> {
        // What does not distinguish the rows of a report is added up here already: only what is shown leaves the database.
        let by = |yes: bool| i64::from(yes);
        let statement = statement(wanted.subject);
        let sql = if wanted.is_stored() { statement.stored } else { statement.added };
        // Rows of other sites are not even counted: the limit would tell how much happens there.
        let names = wanted.sites.as_deref().unwrap_or_default();
        let places: Vec<String> = (0..names.len()).map(|n| format!("${}", FIRST_SITE + n)).collect();
        let at = if wanted.sites.is_some() { format!(" AND site IN ({})", places.join(", ")) } else { String::new() };
        let query = sqlx::query(sqlx::AssertSqlSafe(sql.replace(SITES, &at)))
            .bind(wanted.shift)
            .bind(wanted.size)
            .bind(by(matches!(wanted.subject, Subject::Queue | Subject::Disposition)))
            .bind(by(wanted.subject == Subject::Agent))
            .bind(tenant.as_str())
            .bind(wanted.subject.as_str())
            .bind(wanted.grain.as_str())
            .bind(wanted.from)
            .bind(wanted.until)
            .bind(&wanted.queue)
            .bind(&wanted.agent)
            .bind(by(wanted.word.is_some()))
            .bind(wanted.word.as_deref().unwrap_or_default())
            .bind(wanted.limit);
        let rows = names.iter().fold(query, |query, site| query.bind(site)).fetch_all(self.read()).await?;
        let mut sums = Vec::new();
        for row in &rows {
            let lines: &str = row.try_get(0)?;
            for line in lines.split(LINE) {
                let sum = sum(line, statement.read);
                sums.push(sum.ok_or_else(|| StoreError::Content { what: "sum", source: serde::de::Error::custom(line) })?);
            }
        }
        Ok(sums)
    }
}

impl SumsWanted {
    /// Each row of the answer is one that is stored: nothing is to be added up.
    fn is_stored(&self) -> bool {
        let size = match self.grain {
            Grain::Quarter => QUARTER_MS,
            Grain::Hour => HOUR_MS,
            Grain::Day => 1,
        };
        let alone = match self.subject {
            Subject::Queue | Subject::Disposition => true,
            Subject::Agent => self.grain == Grain::Hour,
            Subject::Reason => false,
        };
        alone && (self.shift, self.size) == (0, size)
    }
}

/// The statements that give the figures of a subject, and how they are read from their text.
struct Statement {
    /// Adds up.
    added: &'static str,
    /// Gives rows as they are stored, and in that order.
    stored: &'static str,
    read: fn(&str) -> Option<ReportFigures>,
}

/// Where a statement names the sites, and the number of the first one.
const SITES: &str = "{sites}";
const FIRST_SITE: usize = 15;

/// What stands between two sums, and between the parts of one: no name holds these.
const LINE: char = '\u{1e}';
const PART: char = '\u{1f}';

/// The sums of a span come as one row with one text. A report can have a hundred thousand of them: each row that the database hands over costs
/// far more than its letters, and so does each column.
macro_rules! lines {
    ($($sums:tt)*) => {
        concat!(
            "SELECT string_agg(CAST(bucket AS TEXT) || '\u{1f}' || site || '\u{1f}' || by_queue || '\u{1f}' || by_agent || '\u{1f}' || word || '\u{1f}' || figures,
                               '\u{1e}')
             FROM (SELECT CAST((start + $1) / $2 AS BIGINT) AS bucket, site, CASE WHEN $3 = 1 THEN queue ELSE '' END AS by_queue,
                          CASE WHEN $4 = 1 THEN agent ELSE '' END AS by_agent, word, ",
            $($sums)*
            " LIMIT $14) AS sums GROUP BY bucket ORDER BY bucket"
        )
    };
}

/// Which sums.
macro_rules! wanted {
    () => {
        " AS figures FROM report_sums WHERE tenant_id = $5 AND subject = $6 AND grain = $7 AND start >= $8 AND start < $9
            AND ($10 = '' OR queue = $10) AND ($11 = '' OR agent = $11) AND ($12 = 0 OR word = $13){sites}"
    };
}

macro_rules! adding {
    ($first:ident $($figure:ident)*) => {
        Statement {
            added: lines!(
                "CAST(SUM(", stringify!($first), ") AS TEXT)", $(" || ' ' || CAST(SUM(", stringify!($figure), ") AS TEXT)",)*
                wanted!(), " GROUP BY 1, 5, 4, 3, 2 ORDER BY 1, 5, 4, 3, 2",
            ),
            stored: lines!(
                "CAST(", stringify!($first), " AS TEXT)", $(" || ' ' || CAST(", stringify!($figure), " AS TEXT)",)*
                wanted!(), " ORDER BY tenant_id, subject, grain, start, site, queue, agent, word",
            ),
            read: |text| {
                let mut numbers = text.split(' ').map(str::parse);
                let mut next = || numbers.next()?.ok();
                Some(ReportFigures { $first: next()?, $($figure: next()?,)* ..ReportFigures::default() })
            },
        }
    };
}

/// Only the figures that the sums of a subject have: the others are nothing in every row.
fn statement(subject: Subject) -> Statement {
    match subject {
        Subject::Queue => adding!(answered in_time opened lost short found_closed found_full overflowed waited_ms talk_ms work_ms),
        Subject::Agent => adding!(
            answered in_time opened handed_on missed waited_ms talk_ms work_ms pauses paused_ms ready_ms unready_ms ringing_ms on_call_ms wrap_up_ms
        ),
        Subject::Reason => adding!(pauses paused_ms),
        Subject::Disposition => adding!(answered talk_ms work_ms),
    }
}

fn sum(line: &str, read: fn(&str) -> Option<ReportFigures>) -> Option<SumRow> {
    let mut parts = line.split(PART);
    let mut next = || parts.next();
    Some(SumRow {
        bucket: next()?.parse().ok()?,
        site: next()?.to_owned(),
        queue: next()?.to_owned(),
        agent: next()?.to_owned(),
        word: next()?.to_owned(),
        figures: read(next()?)?,
    })
}

//! The calls behind a figure, page by page.

use super::super::{ContactData, Store, StoreError};
use super::count::call;
use crate::ids::TenantId;
use crate::reports::Call;
use sqlx::Row as _;
use wire::{Peer, ReportCall, UnixMs};

/// Whose calls: each has its index, so that a page reads about as many rows as it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallsBy {
    /// Those of a site.
    Site(String),
    /// Those of a queue, at a site.
    Queue(String, String),
    /// Those of an agent, at a site or at all.
    Agent(String, Option<String>),
}

/// Which calls.
#[derive(Debug, Clone)]
pub struct CallsWanted {
    /// Whose.
    pub by: CallsBy,
    /// First instant.
    pub since: UnixMs,
    /// Instant after the last one.
    pub until: UnixMs,
    /// First and last day at the site, since 1970.
    pub days: (i64, i64),
    /// Of one queue; empty for all.
    pub queue: String,
    /// Only calls of queues.
    pub of_queues: bool,
    /// Counted as; empty for all. `answered` has those handed on with it, `in-time` is answered or opened in time.
    pub counted: String,
    /// Work done with this disposition.
    pub disposition: Option<String>,
    /// Instant and id of the call that the page follows.
    pub after: Option<(UnixMs, String)>,
    /// Rows at most.
    pub limit: u32,
}

/// What all of the lists have in common; the first condition is the index.
macro_rules! list {
    ($by:literal) => {
        concat!(
            "SELECT c.call_id, c.at, c.day, c.queue, c.agent, c.site, c.counted, c.in_time, c.waited_ms, c.talk_ms, c.work_ms,
                    c.disposition, c.contact, e.from_user, e.data
             FROM (SELECT * FROM report_calls WHERE tenant_id = $1 AND ",
            $by,
            " AND at >= $4 AND at < $5 AND (at, call_id) < ($6, $7) AND day >= $8 AND day <= $9
                 AND ($10 = '' OR queue = $10) AND ($11 = 0 OR queue <> '')
                 AND ($12 = '' OR counted = $12 OR ($12 = 'answered' AND counted = 'handed-on') OR ($12 = 'in-time' AND in_time = 1))
                 AND ($13 = 0 OR (work_ms IS NOT NULL AND disposition = $14))
               ORDER BY at DESC, call_id DESC LIMIT $15) AS c
             JOIN contact_events AS e ON e.event_id = c.call_id ORDER BY c.at DESC, c.call_id DESC"
        )
    };
}

impl Store {
    /// A page of calls, newest first, with their ids.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read.
    pub async fn report_calls(&self, tenant: &TenantId, wanted: &CallsWanted) -> Result<Vec<(String, ReportCall)>, StoreError> {
        let (sql, first, second) = match &wanted.by {
            CallsBy::Site(site) => (list!("site = $2 AND ($3 = '' OR TRUE)"), site.as_str(), Some("")),
            CallsBy::Queue(queue, site) => (list!("queue = $2 AND site = $3"), queue.as_str(), Some(site.as_str())),
            CallsBy::Agent(agent, None) => (list!("agent = $2 AND ($3 = '' OR TRUE)"), agent.as_str(), Some("")),
            CallsBy::Agent(agent, Some(site)) => (list!("agent = $2 AND (site || '') = $3"), agent.as_str(), Some(site.as_str())),
        };
        let (at, id) = wanted.after.clone().unwrap_or((UnixMs::MAX, String::new()));
        let rows = sqlx::query(sql)
            .bind(tenant.as_str())
            .bind(first)
            .bind(second)
            .bind(wanted.since)
            .bind(wanted.until)
            .bind(at)
            .bind(id)
            .bind(wanted.days.0)
            .bind(wanted.days.1)
            .bind(&wanted.queue)
            .bind(i64::from(wanted.of_queues))
            .bind(&wanted.counted)
            .bind(i64::from(wanted.disposition.is_some()))
            .bind(wanted.disposition.as_deref().unwrap_or_default())
            .bind(i64::from(wanted.limit))
            .fetch_all(self.read())
            .await?;
        let mut calls = Vec::with_capacity(rows.len());
        for row in &rows {
            let data: String = row.try_get(14)?;
            let data: ContactData = serde_json::from_str(&data).map_err(|source| StoreError::Content { what: "event", source })?;
            let display_name = Some(data.from_display).filter(|name| !name.is_empty());
            let Call { id, at, queue, agent, site, counted, in_time, waited_ms, talk_ms, work_ms, disposition, .. } = call(row)?;
            let (contact, address) = (row.try_get(12)?, row.try_get(13)?);
            let caller = Peer { address, display_name };
            let row = ReportCall { contact, at, counted, in_time, queue, agent, site, caller, waited_ms, talk_ms, work_ms, disposition };
            calls.push((id, row));
        }
        Ok(calls)
    }
}

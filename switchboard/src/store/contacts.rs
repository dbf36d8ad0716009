//! The history: an append-only list of events per contact, and the rows of a person's history derived from it. One file, since each kind of
//! event is written, closed and derived by the same list.

use super::reports::Counting;
use super::{Batch, Store, StoreError};
use crate::ids::{TenantId, new_id};
use crate::reports::{self, Mark};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, Row as _, Transaction};
use std::collections::BTreeSet;
use wire::{CallQueue, Direction, HistoryPage, HistoryRow, Measured, Outcome, Peer, SuperviseMode, UnixMs};

/// How far back open contacts are looked for.
const LOOK_BACK_MS: i64 = 7 * 24 * 3_600_000;

/// A step in the life of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactEvent {
    /// Whose contact it is.
    pub tenant: TenantId,
    /// The caller's half of the session identifier (RFC 7989).
    pub contact: String,
    /// When, by the server's clock.
    pub at: UnixMs,
    /// What happened.
    pub kind: ContactKind,
    /// Who called: user name in the tenant, or empty.
    pub from_user: String,
    /// Who was called: user name in the tenant, or empty.
    pub to_user: String,
    /// What else is known.
    pub data: ContactData,
}

/// What is known of an event besides its indexed columns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContactData {
    /// Name or number of the caller to show.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from_display: String,
    /// Name or number of the called side to show.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub to_display: String,
    /// User who did it, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// SIP status that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// A word for the cause: `busy`, `declined`, `no-answer`, `lost`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The queue that the contact came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<CallQueue>,
    /// With [`ContactKind::WrappedUp`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<WorkData>,
    /// What an event says that only tells of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// Where it is counted; written with what counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// What an event says besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// With [`ContactKind::Quality`].
    Measured(Measured),
    /// With [`ContactKind::Prioritised`].
    Priority(u8),
    /// With [`ContactKind::Supervised`].
    Mode(SuperviseMode),
}

/// The work after a call of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WorkData {
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// What the call was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// Words of the agent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Kinds of [`ContactEvent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContactKind {
    /// Taken into a queue; the first event of a contact of a queue.
    Queued,
    /// Moved on to another queue.
    Overflowed,
    /// Accepted by the exchange and sent to phones; the first event of every other contact. In a queue or group, once per person rung.
    Offered,
    /// In a queue or group: somebody was rung and did not answer, or somebody else did; the caller waits again, or others are rung on.
    OfferMissed,
    /// In a queue or group: somebody declined.
    OfferDeclined,
    /// In a queue or group: somebody's phones could not be rung.
    OfferFailed,
    /// A phone rings.
    Ringing,
    /// Somebody answered.
    Answered,
    /// One side put the other on hold.
    Held,
    /// Hold ended.
    Resumed,
    /// Busy or declined.
    Refused,
    /// Rang, nobody answered.
    Missed,
    /// The caller gave up.
    Cancelled,
    /// Could not be delivered.
    Failed,
    /// In a queue: the caller gave up waiting.
    Abandoned,
    /// The door at which the caller rang was opened, and nobody had answered. `by`, who is the called side too, opened it.
    Opened,
    /// An answered call ended.
    Ended,
    /// One side of an answered call left it to somebody else, whose offer and answer the events around it tell. `by` names who left.
    Transferred,
    /// The work after a call of a queue is done.
    WrappedUp,
    /// The sound is of another class for the person that `by` names.
    Quality,
    /// A waiting caller has another priority, given by whom `by` names.
    Prioritised,
    /// Whom `by` names takes part in the call, in this way from now on.
    Supervised,
    /// They do no longer.
    SupervisionEnded,
    /// The phone of whom `by` names is gone; the call waits for it.
    Away,
    /// It is there again.
    Back,
    /// In a queue: the caller who gave up has called again while the place was kept. Their wait goes on in that call, and what was counted
    /// of this one is taken back.
    Returned,
}

impl ContactKind {
    const ALL: [Self; 26] = [
        Self::Queued,
        Self::Overflowed,
        Self::Offered,
        Self::OfferMissed,
        Self::OfferDeclined,
        Self::OfferFailed,
        Self::Ringing,
        Self::Answered,
        Self::Held,
        Self::Resumed,
        Self::Refused,
        Self::Missed,
        Self::Cancelled,
        Self::Failed,
        Self::Abandoned,
        Self::Opened,
        Self::Ended,
        Self::Transferred,
        Self::WrappedUp,
        Self::Quality,
        Self::Prioritised,
        Self::Supervised,
        Self::SupervisionEnded,
        Self::Away,
        Self::Back,
        Self::Returned,
    ];

    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Overflowed => "overflowed",
            Self::Offered => "offered",
            Self::OfferMissed => "offer-missed",
            Self::OfferDeclined => "offer-declined",
            Self::OfferFailed => "offer-failed",
            Self::Abandoned => "abandoned",
            Self::Opened => "opened",
            Self::WrappedUp => "wrapped-up",
            Self::Quality => "quality",
            Self::Prioritised => "prioritised",
            Self::Supervised => "supervised",
            Self::SupervisionEnded => "supervision-ended",
            Self::Away => "away",
            Self::Back => "back",
            Self::Returned => "returned",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Held => "held",
            Self::Resumed => "resumed",
            Self::Refused => "refused",
            Self::Missed => "missed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Ended => "ended",
            Self::Transferred => "transferred",
        }
    }

    /// The kind of a stored word.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether the call is over with it.
    #[must_use]
    pub fn is_last(self) -> bool {
        matches!(self, Self::Refused | Self::Missed | Self::Cancelled | Self::Failed | Self::Abandoned | Self::Opened | Self::Ended)
    }

    /// The kinds with which a call is over, as a list of SQL.
    fn last_words() -> String {
        let words: Vec<String> = Self::ALL.into_iter().filter(|kind| kind.is_last()).map(|kind| format!("'{}'", kind.as_str())).collect();
        words.join(", ")
    }

    /// Whether it only tells something of a call, which stands as before.
    #[must_use]
    pub fn is_remark(self) -> bool {
        matches!(
            self,
            Self::Quality | Self::Prioritised | Self::Supervised | Self::SupervisionEnded | Self::Away | Self::Back | Self::Returned
        )
    }

    /// Whether it ends the ring of one person, while the caller goes on waiting or others are rung on.
    #[must_use]
    pub fn ends_offer(self) -> bool {
        matches!(self, Self::OfferMissed | Self::OfferDeclined | Self::OfferFailed)
    }
}

impl Store {
    /// Appends events in one transaction, in this order. Returns once they are on the disk, with those that were written.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn append_contact_events(&self, events: &[ContactEvent]) -> Result<Vec<ContactEvent>, StoreError> {
        self.write_batch(&Batch { events: events.to_vec(), ..Batch::default() }).await
    }

    /// Ends the contacts that a kill left open, except those whose calls go on: `Ended` where somebody had answered, else `Failed`,
    /// with the cause `restart`. Looks back a week. Returns how many there were.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn close_open_contacts(&self, except: &[String], at: UnixMs) -> Result<usize, StoreError> {
        let mut transaction = self.write().await?;
        let sql = format!(
            "SELECT tenant_id, contact, from_user, to_user, data,
                    EXISTS (SELECT 1 FROM contact_events AS a WHERE a.tenant_id = o.tenant_id AND a.contact = o.contact
                              AND a.kind = 'answered'
                              AND NOT EXISTS (SELECT 1 FROM contact_events AS e WHERE e.tenant_id = o.tenant_id AND e.contact = o.contact
                                                AND e.kind IN ({last}) AND (e.at > a.at OR (e.at = a.at AND e.event_id > a.event_id)))
                           ) AS answered
             FROM contact_events AS o WHERE o.kind IN ('offered', 'queued') AND o.at >= $1
               AND NOT EXISTS (SELECT 1 FROM contact_events AS l WHERE l.tenant_id = o.tenant_id AND l.contact = o.contact
                                 AND l.kind IN ({last}) AND (l.at > o.at OR (l.at = o.at AND l.event_id > o.event_id)))",
            last = ContactKind::last_words()
        );
        let open = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(at - LOOK_BACK_MS).fetch_all(&mut *transaction).await?;
        let mut closed = 0;
        let mut counting = Counting::default();
        let mut seen = BTreeSet::new();
        for row in &open {
            let contact: String = row.try_get(1)?;
            // A contact of a queue was offered more than once.
            if except.contains(&contact) || !seen.insert(contact.clone()) {
                continue;
            }
            let data: String = row.try_get(4)?;
            let data: ContactData = serde_json::from_str(&data).map_err(|source| StoreError::Content { what: "event", source })?;
            // SQLite answers EXISTS with a number, PostgreSQL with a truth value.
            let answered = row.try_get::<bool, _>(5).or_else(|_| row.try_get::<i64, _>(5).map(|n| n != 0))?;
            let event = ContactEvent {
                tenant: TenantId::new(row.try_get::<String, _>(0)?),
                contact,
                at,
                kind: if answered { ContactKind::Ended } else { ContactKind::Failed },
                from_user: row.try_get(2)?,
                to_user: row.try_get(3)?,
                data: ContactData { by: None, status: None, cause: Some("restart".to_owned()), mark: None, ..data },
            };
            closed += usize::from(self.append(&mut transaction, &mut counting, &event).await?);
        }
        counting.finish(&mut transaction).await?;
        transaction.commit().await?;
        Ok(closed)
    }

    /// A page of a person's history, newest first. `before` is a cursor of an earlier page; one that is none of ours gives the
    /// first page.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read.
    pub async fn history(
        &self,
        tenant: &TenantId,
        user: &str,
        before: Option<&str>,
        limit: u32,
        now: UnixMs,
    ) -> Result<HistoryPage, StoreError> {
        let (at, id) = before.and_then(parse_cursor).unwrap_or((i64::MAX, String::new()));
        // Two index scans, each stopped after a page: an OR over both columns would sort the whole history.
        let started = sqlx::query(
            "SELECT contact, at, event_id FROM (
               SELECT * FROM (SELECT contact, at, event_id FROM contact_events
                 WHERE tenant_id = $1 AND (kind = 'queued' OR (kind = 'offered' AND queue = '')) AND from_user = $2
                   AND (at < $3 OR (at = $3 AND event_id < $4))
                 ORDER BY at DESC, event_id DESC LIMIT $5) AS outgoing
               UNION
               SELECT * FROM (SELECT contact, at, event_id FROM contact_events
                 WHERE tenant_id = $1 AND kind = 'offered' AND to_user = $2 AND (at < $3 OR (at = $3 AND event_id < $4))
                 ORDER BY at DESC, event_id DESC LIMIT $5) AS incoming
             ) AS both_ways ORDER BY at DESC, event_id DESC LIMIT $5",
        )
        .bind(tenant.as_str())
        .bind(user)
        .bind(at)
        .bind(id)
        .bind(i64::from(limit) + 1)
        .fetch_all(self.read())
        .await?;
        let more = started.len() > limit as usize;
        let mut page = HistoryPage { rows: Vec::new(), next: None };
        for row in started.iter().take(limit as usize) {
            let contact: String = row.try_get(0)?;
            // Who was rung twice for one caller has one row of it.
            if page.rows.iter().all(|known: &HistoryRow| known.contact != contact) {
                page.rows.extend(self.history_row(tenant, user, &contact, now).await?);
            }
            if more {
                page.next = Some(format!("{}.{}", row.try_get::<i64, _>(1)?, row.try_get::<String, _>(2)?));
            }
        }
        Ok(page)
    }

    /// One contact as this person sees it, or `None` where they took no part.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read.
    pub async fn history_row(&self, tenant: &TenantId, user: &str, contact: &str, now: UnixMs) -> Result<Option<HistoryRow>, StoreError> {
        let events = self.contact_events(tenant, contact, i64::MAX).await?;
        Ok(derive_row(user, &events, now))
    }

    /// The events of a contact, oldest first, so many at most; none where there is no such contact.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read.
    pub async fn contact_events(&self, tenant: &TenantId, contact: &str, limit: i64) -> Result<Vec<ContactEvent>, StoreError> {
        let rows = sqlx::query(
            "SELECT kind, at, from_user, to_user, data FROM contact_events WHERE tenant_id = $1 AND contact = $2
             ORDER BY at, event_id LIMIT $3",
        )
        .bind(tenant.as_str())
        .bind(contact)
        .bind(limit)
        .fetch_all(self.read())
        .await?;
        rows.iter().filter_map(|row| event_of(tenant, contact, row).transpose()).collect()
    }

    /// The event with which a contact was over; `None` while it goes on.
    ///
    /// # Errors
    /// The database failed or holds an event that cannot be read.
    pub async fn last_contact_event(&self, tenant: &TenantId, contact: &str) -> Result<Option<ContactEvent>, StoreError> {
        let sql = format!(
            "SELECT kind, at, from_user, to_user, data FROM contact_events WHERE tenant_id = $1 AND contact = $2 AND kind IN ({})
             ORDER BY at, event_id LIMIT 1",
            ContactKind::last_words()
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(contact).fetch_optional(self.read()).await?;
        row.map_or(Ok(None), |row| event_of(tenant, contact, &row))
    }

    /// Where an event is counted; `None` where it counts as nothing.
    pub(super) fn mark(&self, event: &ContactEvent) -> Option<Mark> {
        let counting = reports::count(event, 0, 0)?;
        let marks = self.marks();
        let of = event.data.queue.as_ref().filter(|_| counting != reports::Counting::HandedOn);
        let present = || of.map_or_else(|| marks.person(&event.tenant, &event.to_user), |of| marks.queue(&event.tenant, &of.name));
        Some(event.data.mark.clone().unwrap_or_else(present))
    }

    /// Appends an event, except the end of a contact that is over: `false`, and nothing is counted.
    pub(super) async fn append(
        &self,
        transaction: &mut Transaction<'_, Any>,
        counting: &mut Counting,
        event: &ContactEvent,
    ) -> Result<bool, StoreError> {
        if event.kind.is_last() && is_over(transaction, event).await? {
            return Ok(false);
        }
        let (id, mark) = (new_id(), self.mark(event));
        let data = ContactData { mark: mark.clone(), ..event.data.clone() };
        let data = serde_json::to_string(&data).map_err(|source| StoreError::Content { what: "event", source })?;
        sqlx::query(
            "INSERT INTO contact_events (event_id, tenant_id, contact, kind, at, from_user, to_user, queue, data)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&id)
        .bind(event.tenant.as_str())
        .bind(&event.contact)
        .bind(event.kind.as_str())
        .bind(event.at)
        .bind(&event.from_user)
        .bind(&event.to_user)
        .bind(event.data.queue.as_ref().map_or("", |queue| queue.name.as_str()))
        .bind(data)
        .execute(&mut **transaction)
        .await?;
        counting.event(transaction, &id, event, &mark.unwrap_or_default()).await?;
        Ok(true)
    }
}

/// Whether a contact has an end, and has not begun again since.
async fn is_over(transaction: &mut Transaction<'_, Any>, of: &ContactEvent) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT 1 FROM contact_events AS l WHERE l.tenant_id = $1 AND l.contact = $2 AND l.kind IN ({})
           AND NOT EXISTS (SELECT 1 FROM contact_events AS o WHERE o.tenant_id = $1 AND o.contact = $2 AND o.kind IN ('offered', 'queued')
                             AND (o.at > l.at OR (o.at = l.at AND o.event_id > l.event_id)))
         LIMIT 1",
        ContactKind::last_words()
    );
    let end = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(of.tenant.as_str()).bind(&of.contact).fetch_optional(&mut **transaction).await?;
    Ok(end.is_some())
}

/// Whether somebody has answered a contact, and it has not ended since.
pub(super) async fn is_answered(transaction: &mut Transaction<'_, Any>, of: &ContactEvent) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT 1 FROM contact_events AS a WHERE a.tenant_id = $1 AND a.contact = $2 AND a.kind = 'answered'
           AND NOT EXISTS (SELECT 1 FROM contact_events AS l WHERE l.tenant_id = $1 AND l.contact = $2 AND l.kind IN ({})
                             AND (l.at > a.at OR (l.at = a.at AND l.event_id > a.event_id)))
         LIMIT 1",
        ContactKind::last_words()
    );
    let answer =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(of.tenant.as_str()).bind(&of.contact).fetch_optional(&mut **transaction).await?;
    Ok(answer.is_some())
}

/// An event from its columns; `None` for one of a later version.
fn event_of(tenant: &TenantId, contact: &str, row: &AnyRow) -> Result<Option<ContactEvent>, StoreError> {
    let (kind, data): (String, String) = (row.try_get(0)?, row.try_get(4)?);
    let data = serde_json::from_str(&data).map_err(|source| StoreError::Content { what: "event", source })?;
    Ok(ContactKind::from_word(&kind).map(|kind| ContactEvent {
        tenant: tenant.clone(),
        contact: contact.to_owned(),
        at: row.try_get(1).unwrap_or_default(),
        kind,
        from_user: row.try_get(2).unwrap_or_default(),
        to_user: row.try_get(3).unwrap_or_default(),
        data,
    }))
}

/// Derives what one person saw of a contact from its events in order of time. Whoever calls themselves sees an outgoing call. Of a
/// contact of a queue, the caller sees the whole, and an agent what happened from their own ring on.
#[must_use]
pub fn derive_row(user: &str, events: &[ContactEvent], now: UnixMs) -> Option<HistoryRow> {
    let mut row: Option<HistoryRow> = None;
    for event in events {
        let outgoing = event.from_user == user;
        let rung = event.to_user == user;
        let mine = outgoing || rung;
        match (&mut row, event.kind) {
            (None, ContactKind::Queued) if outgoing => row = Some(first(event, true)),
            (None, ContactKind::Offered) if mine => row = Some(first(event, outgoing)),
            (Some(row), ContactKind::Offered) if rung && row.direction == Direction::Incoming => {
                // Rung again for the same caller.
                (row.started_at, row.ended_at, row.outcome) = (event.at, None, Outcome::Ongoing);
            }
            (Some(row), ContactKind::Answered) if mine => row.answered_at = row.answered_at.or(Some(event.at)),
            (Some(row), ContactKind::Transferred) if event.data.by.as_deref() == Some(user) => close(row, event),
            (Some(row), kind) if rung && row.direction == Direction::Incoming && kind.ends_offer() => close(row, event),
            (Some(row), kind) if mine && kind.is_last() => close(row, event),
            // The caller is gone while this person was rung: a restart leaves no other trace.
            (Some(row), kind) if kind.is_last() && row.answered_at.is_none() => close(row, event),
            (_, _) => {}
        }
    }
    let mut row = row?;
    row.talk_ms = row.answered_at.map(|answered| (row.ended_at.unwrap_or(now) - answered).max(0));
    Some(row)
}

fn close(row: &mut HistoryRow, event: &ContactEvent) {
    if row.ended_at.is_none() {
        row.ended_at = Some(event.at);
        // Who was transferred to a queue and gave up there has been answered before.
        row.outcome = match row.answered_at.filter(|_| event.kind.is_last()) {
            Some(_) => Outcome::Answered,
            None => outcome(event.kind, event.data.cause.as_deref(), event.data.status),
        };
    }
}

fn first(event: &ContactEvent, outgoing: bool) -> HistoryRow {
    let (address, display) = if outgoing { (&event.to_user, &event.data.to_display) } else { (&event.from_user, &event.data.from_display) };
    HistoryRow {
        contact: event.contact.clone(),
        direction: if outgoing { Direction::Outgoing } else { Direction::Incoming },
        peer: Peer { address: address.clone(), display_name: Some(display.clone()).filter(|name| !name.is_empty()) },
        started_at: event.at,
        answered_at: None,
        ended_at: None,
        talk_ms: None,
        outcome: Outcome::Ongoing,
        queue: event.data.queue.clone(),
    }
}

fn outcome(kind: ContactKind, cause: Option<&str>, status: Option<u16>) -> Outcome {
    match (kind, cause, status) {
        (ContactKind::Ended | ContactKind::Transferred, _, _) => Outcome::Answered,
        (ContactKind::Opened, _, _) | (ContactKind::OfferMissed, Some("opened"), _) => Outcome::Opened,
        (ContactKind::OfferMissed, Some("answered-elsewhere"), _) => Outcome::AnsweredElsewhere,
        (ContactKind::Refused, Some("busy"), _) | (ContactKind::Refused, _, Some(486 | 600)) => Outcome::Busy,
        (ContactKind::Refused | ContactKind::OfferDeclined, _, _) => Outcome::Declined,
        (ContactKind::Failed, _, Some(404 | 410 | 480 | 604)) => Outcome::Unreachable,
        (ContactKind::Failed, _, _) => Outcome::Failed,
        (_, _, _) => Outcome::Missed,
    }
}

fn parse_cursor(text: &str) -> Option<(i64, String)> {
    let (at, id) = text.split_once('.')?;
    Some((at.parse().ok()?, id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: UnixMs, kind: ContactKind, cause: Option<&str>) -> ContactEvent {
        ContactEvent {
            tenant: TenantId::new("t"),
            contact: "c".into(),
            at,
            kind,
            from_user: "a".into(),
            to_user: "b".into(),
            data: ContactData { to_display: "Bee".into(), cause: cause.map(str::to_owned), ..ContactData::default() },
        }
    }

    #[test]
    fn a_row_is_derived_from_its_events() {
        let mut events = vec![event(10, ContactKind::Offered, None), event(11, ContactKind::Ringing, None)];
        let row = derive_row("a", &events, 50).expect("a row");
        assert_eq!((row.outcome, row.talk_ms, row.direction), (Outcome::Ongoing, None, Direction::Outgoing));
        assert_eq!(row.peer, Peer { address: "b".into(), display_name: Some("Bee".into()) });

        events.extend([event(20, ContactKind::Answered, None), event(25, ContactKind::Held, None)]);
        let row = derive_row("b", &events, 50).expect("a row");
        assert_eq!((row.outcome, row.talk_ms, row.direction), (Outcome::Ongoing, Some(30), Direction::Incoming));
        assert_eq!(row.peer, Peer { address: "a".into(), display_name: None });

        // Both legs were lost at once: the second end changes nothing.
        events.extend([event(40, ContactKind::Ended, None), event(45, ContactKind::Failed, None)]);
        let row = derive_row("a", &events, 99).expect("a row");
        assert_eq!((row.outcome, row.talk_ms, row.ended_at), (Outcome::Answered, Some(20), Some(40)));
        assert_eq!(derive_row("somebody else", &events, 99), None);
    }

    #[test]
    fn outcomes_name_who_said_no() {
        let of = |kind, cause| {
            let events = [event(1, ContactKind::Offered, None), event(2, kind, cause)];
            derive_row("a", &events, 9).map(|row| row.outcome)
        };
        assert_eq!(of(ContactKind::Refused, Some("busy")), Some(Outcome::Busy));
        assert_eq!(of(ContactKind::Refused, Some("declined")), Some(Outcome::Declined));
        assert_eq!(of(ContactKind::Cancelled, None), Some(Outcome::Missed));
        assert_eq!(of(ContactKind::Missed, None), Some(Outcome::Missed));
        assert_eq!(of(ContactKind::Failed, None), Some(Outcome::Failed));
    }
}

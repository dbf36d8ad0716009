//! Counting as part of a write: what the events of a transaction add is collected and written before it ends. A transaction that fails
//! has counted nothing, and an event that is on the disk is in the sums.

use super::super::{ContactEvent, StoreError};
use crate::ids::TenantId;
use crate::reports::{Call, Key, Mark, Sums, apply, needs_calls};
use sqlx::any::AnyRow;
use sqlx::{Any, Row as _, Transaction};
use std::collections::BTreeMap;
use wire::{Counted, ReportFigures};

/// What a transaction has counted so far.
#[derive(Debug, Default)]
pub(in crate::store) struct Counting {
    pub(super) sums: Sums,
    calls: BTreeMap<(TenantId, String), Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    /// Those of the store are among them.
    complete: bool,
    calls: Vec<Call>,
}

impl Counting {
    /// Counts an event that is written under this id.
    pub async fn event(
        &mut self,
        transaction: &mut Transaction<'_, Any>,
        id: &str,
        event: &ContactEvent,
        mark: &Mark,
    ) -> Result<(), StoreError> {
        let of = self.calls.entry((event.tenant.clone(), event.contact.clone())).or_default();
        if !of.complete && needs_calls(event) {
            let mut stored = stored_calls(transaction, &event.tenant, &event.contact).await?;
            stored.append(&mut of.calls);
            (of.calls, of.complete) = (stored, true);
        }
        apply(&mut of.calls, id, event, mark, &mut self.sums);
        Ok(())
    }

    /// Counts an event whose earlier ones this counting has all seen.
    pub(super) fn next(&mut self, id: &str, event: &ContactEvent, mark: &Mark) {
        let of = self.calls.entry((event.tenant.clone(), event.contact.clone())).or_default();
        of.complete = true;
        apply(&mut of.calls, id, event, mark, &mut self.sums);
    }

    /// Writes what was counted.
    pub async fn finish(mut self, transaction: &mut Transaction<'_, Any>) -> Result<(), StoreError> {
        for ((tenant, contact), of) in &self.calls {
            put_calls(transaction, tenant, contact, &of.calls).await?;
        }
        self.write_sums(transaction).await
    }

    /// Writes and forgets the calls of all contacts but one, of which there may be more.
    pub(super) async fn write_calls(
        &mut self,
        transaction: &mut Transaction<'_, Any>,
        (tenant, open): (&TenantId, &str),
    ) -> Result<(), StoreError> {
        let kept = self.calls.remove_entry(&(tenant.clone(), open.to_owned()));
        for ((tenant, contact), of) in std::mem::take(&mut self.calls) {
            put_calls(transaction, &tenant, &contact, &of.calls).await?;
        }
        self.calls.extend(kept);
        Ok(())
    }

    /// Writes and forgets the sums.
    pub(super) async fn write_sums(&mut self, transaction: &mut Transaction<'_, Any>) -> Result<(), StoreError> {
        for (key, figures) in std::mem::take(&mut self.sums) {
            add_sum(transaction, &key, &figures).await?;
        }
        Ok(())
    }
}

/// The stored word.
pub(super) fn word(counted: Counted) -> &'static str {
    match counted {
        Counted::Answered => "answered",
        Counted::Opened => "opened",
        Counted::HandedOn => "handed-on",
        Counted::Lost => "lost",
        Counted::Short => "short",
        Counted::FoundClosed => "found-closed",
        Counted::FoundFull => "found-full",
        Counted::Overflowed => "overflowed",
        Counted::Missed => "missed",
        Counted::Unknown => "",
    }
}

/// A call from its columns, in the order of [`stored_calls`].
pub(super) fn call(row: &AnyRow) -> Result<Call, StoreError> {
    let stored: String = row.try_get(6)?;
    let all = [
        Counted::Answered,
        Counted::Opened,
        Counted::HandedOn,
        Counted::Lost,
        Counted::Short,
        Counted::FoundClosed,
        Counted::FoundFull,
        Counted::Overflowed,
        Counted::Missed,
    ];
    Ok(Call {
        id: row.try_get(0)?,
        at: row.try_get(1)?,
        day: row.try_get(2)?,
        queue: row.try_get(3)?,
        agent: row.try_get(4)?,
        site: row.try_get(5)?,
        counted: all.into_iter().find(|counted| word(*counted) == stored).unwrap_or(Counted::Unknown),
        in_time: row.try_get::<i64, _>(7)? != 0,
        waited_ms: row.try_get(8)?,
        talk_ms: row.try_get(9)?,
        work_ms: row.try_get(10)?,
        disposition: row.try_get(11)?,
        changed: false,
        taken_back: false,
    })
}

async fn stored_calls(transaction: &mut Transaction<'_, Any>, tenant: &TenantId, contact: &str) -> Result<Vec<Call>, StoreError> {
    let rows = sqlx::query(
        "SELECT call_id, at, day, queue, agent, site, counted, in_time, waited_ms, talk_ms, work_ms, disposition
         FROM report_calls WHERE tenant_id = $1 AND contact = $2 ORDER BY at, call_id",
    )
    .bind(tenant.as_str())
    .bind(contact)
    .fetch_all(&mut **transaction)
    .await?;
    rows.iter().map(call).collect()
}

async fn put_calls(transaction: &mut Transaction<'_, Any>, tenant: &TenantId, contact: &str, calls: &[Call]) -> Result<(), StoreError> {
    for call in calls.iter().filter(|call| call.changed) {
        put_call(transaction, tenant, contact, call).await?;
    }
    Ok(())
}

async fn put_call(transaction: &mut Transaction<'_, Any>, tenant: &TenantId, contact: &str, call: &Call) -> Result<(), StoreError> {
    if call.taken_back {
        sqlx::query("DELETE FROM report_calls WHERE call_id = $1").bind(&call.id).execute(&mut **transaction).await?;
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO report_calls (call_id, tenant_id, at, day, contact, queue, agent, site, counted, in_time, waited_ms, talk_ms,
                                   work_ms, disposition)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (call_id) DO UPDATE SET talk_ms = excluded.talk_ms, work_ms = excluded.work_ms, disposition = excluded.disposition",
    )
    .bind(&call.id)
    .bind(tenant.as_str())
    .bind(call.at)
    .bind(call.day)
    .bind(contact)
    .bind(&call.queue)
    .bind(&call.agent)
    .bind(&call.site)
    .bind(word(call.counted))
    .bind(i64::from(call.in_time))
    .bind(call.waited_ms)
    .bind(call.talk_ms)
    .bind(call.work_ms)
    .bind(&call.disposition)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn add_sum(transaction: &mut Transaction<'_, Any>, key: &Key, figures: &ReportFigures) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO report_sums AS s (tenant_id, subject, grain, start, site, queue, agent, word, answered, in_time, lost, short,
                                       handed_on, missed, waited_ms, talk_ms, work_ms, pauses, paused_ms, ready_ms, unready_ms,
                                       ringing_ms, on_call_ms, wrap_up_ms, found_closed, found_full, overflowed, opened)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
                 $27, $28)
         ON CONFLICT (tenant_id, subject, grain, start, site, queue, agent, word) DO UPDATE SET
           answered = s.answered + excluded.answered, in_time = s.in_time + excluded.in_time, lost = s.lost + excluded.lost,
           short = s.short + excluded.short, handed_on = s.handed_on + excluded.handed_on, missed = s.missed + excluded.missed,
           waited_ms = s.waited_ms + excluded.waited_ms, talk_ms = s.talk_ms + excluded.talk_ms,
           work_ms = s.work_ms + excluded.work_ms, pauses = s.pauses + excluded.pauses, paused_ms = s.paused_ms + excluded.paused_ms,
           ready_ms = s.ready_ms + excluded.ready_ms, unready_ms = s.unready_ms + excluded.unready_ms,
           ringing_ms = s.ringing_ms + excluded.ringing_ms, on_call_ms = s.on_call_ms + excluded.on_call_ms,
           wrap_up_ms = s.wrap_up_ms + excluded.wrap_up_ms, found_closed = s.found_closed + excluded.found_closed,
           found_full = s.found_full + excluded.found_full, overflowed = s.overflowed + excluded.overflowed,
           opened = s.opened + excluded.opened",
    )
    .bind(key.tenant.as_str())
    .bind(key.subject.as_str())
    .bind(key.grain.as_str())
    .bind(key.start)
    .bind(&key.site)
    .bind(&key.queue)
    .bind(&key.agent)
    .bind(&key.word)
    .bind(figures.answered)
    .bind(figures.in_time)
    .bind(figures.lost)
    .bind(figures.short)
    .bind(figures.handed_on)
    .bind(figures.missed)
    .bind(figures.waited_ms)
    .bind(figures.talk_ms)
    .bind(figures.work_ms)
    .bind(figures.pauses)
    .bind(figures.paused_ms)
    .bind(figures.ready_ms)
    .bind(figures.unready_ms)
    .bind(figures.ringing_ms)
    .bind(figures.on_call_ms)
    .bind(figures.wrap_up_ms)
    .bind(figures.found_closed)
    .bind(figures.found_full)
    .bind(figures.overflowed)
    .bind(figures.opened)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

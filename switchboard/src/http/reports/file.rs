//! Reports and calls as files that a spreadsheet opens.

use super::{Failure, Format, Wanted};
use crate::clock::now_ms;
use crate::directory::Person;
use crate::http::access::time;
use crate::http::csv;
use crate::services::Services;
use crate::store::LogEntry;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use wire::{Report, ReportCall, ReportFigures, ReportKind};

/// That a file was taken is in the log before it is given.
pub(super) async fn log(services: &Services, person: &Person, report: &str, wanted: &Wanted) -> Result<(), Failure> {
    services.file_pace.take(person.id.as_str(), now_ms()).map_err(Failure::too_many)?;
    let entry = LogEntry::new(Some(person.tenant.clone()), "report_export", "done")
        .detail("report", report)
        .detail("from", wanted.from.to_string())
        .detail("to", wanted.to.to_string());
    services.store.log(&entry.personal("person", person.id.to_string())).await?;
    Ok(())
}

/// How a file begins whose first line this is.
pub(super) fn begin(head: &str) -> String {
    csv::MARK.to_owned() + head
}

/// A file to save.
pub(super) fn answer(name: &str, format: Format, content: impl IntoResponse) -> Response {
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{ending}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, content).into_response()
}

/// The first line of a file of calls.
pub(super) const CALL_HEAD: &str = "time,counted,in time,queue,agent,site,caller,address,waited s,talk s,work s,disposition,call\r\n";

/// Seconds with what is left of them.
fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// The line of a call.
pub(super) fn call(call: &ReportCall, zone: &TimeZone) -> String {
    let counted = serde_json::to_value(call.counted).ok();
    let counted = counted.as_ref().and_then(|word| word.as_str()).unwrap_or_default();
    let known = |ms: Option<i64>| ms.map(seconds).unwrap_or_default();
    let cells = [
        time(call.at, zone.clone()),
        counted.to_owned(),
        if call.in_time { "yes".to_owned() } else { String::new() },
        call.queue.clone(),
        call.agent.clone(),
        call.site.clone(),
        call.caller.display_name.clone().unwrap_or_default(),
        call.caller.address.clone(),
        seconds(call.waited_ms),
        known(call.talk_ms),
        known(call.work_ms),
        call.disposition.clone(),
        call.contact.clone(),
    ];
    csv::line(cells.iter().map(String::as_str))
}

/// A column of a file: its name and how it is read.
type Column = (&'static str, fn(&ReportFigures) -> String);

/// Columns of a report: which of the figures belong to its kind.
fn columns(kind: ReportKind) -> Vec<Column> {
    let calls: [Column; 14] = [
        ("answered", |f| f.answered.to_string()),
        ("in time", |f| f.in_time.to_string()),
        ("opened", |f| f.opened.to_string()),
        ("lost", |f| f.lost.to_string()),
        ("short", |f| f.short.to_string()),
        ("found closed", |f| f.found_closed.to_string()),
        ("found full", |f| f.found_full.to_string()),
        ("overflowed", |f| f.overflowed.to_string()),
        ("service level %", |f| part(f.in_time * 100, f.ended())),
        ("waited s", |f| seconds(f.waited_ms)),
        ("average wait s", |f| part(f.waited_ms, f.answered * 1000)),
        ("talk s", |f| seconds(f.talk_ms)),
        ("work s", |f| seconds(f.work_ms)),
        ("average handling s", |f| part(f.talk_ms + f.work_ms, f.answered * 1000)),
    ];
    let agent: [Column; 9] = [
        ("handed on", |f| f.handed_on.to_string()),
        ("missed", |f| f.missed.to_string()),
        ("ready s", |f| seconds(f.ready_ms)),
        ("not reachable s", |f| seconds(f.unready_ms)),
        ("ringing s", |f| seconds(f.ringing_ms)),
        ("on call s", |f| seconds(f.on_call_ms)),
        ("wrap-up s", |f| seconds(f.wrap_up_ms)),
        ("pauses", |f| f.pauses.to_string()),
        ("paused s", |f| seconds(f.paused_ms)),
    ];
    match kind {
        ReportKind::Queues | ReportKind::Sites | ReportKind::Unknown => calls.to_vec(),
        ReportKind::Agents => [&calls[..1], &agent[..2], &calls[10..], &agent[2..]].concat(),
        ReportKind::Reasons => agent[7..].to_vec(),
        ReportKind::Dispositions => [&calls[..1], &calls[10..]].concat(),
    }
}

/// One number of another to a tenth; nothing of nothing.
fn part(of: i64, whole: i64) -> String {
    if whole > 0 { format!("{:.1}", of as f64 / whole as f64) } else { String::new() }
}

/// The lines of a report.
pub(super) fn report(report: &Report, zone: &TimeZone) -> String {
    let columns = columns(report.kind);
    let heads = ["from", "name", "label", "queue"].into_iter().chain(columns.iter().map(|(head, _)| *head));
    let mut lines = begin(&csv::line(heads));
    for row in &report.rows {
        let begin = row.at.map(|at| time(at, zone.clone())).or(row.day.clone()).unwrap_or_else(|| report.from.clone());
        let figures: Vec<String> = columns.iter().map(|(_, figure)| figure(&row.figures)).collect();
        let names = [begin.as_str(), &row.name, &row.label, &row.queue];
        lines += &csv::line(names.into_iter().chain(figures.iter().map(String::as_str)));
    }
    lines
}

//! The calls behind the figures, a page at a time or as a file.

use super::{Asked, Failure, Format, Scope, Session, Wanted, file, read};
use crate::reports::date_of;
use crate::rights::Act;
use crate::services::Services;
use crate::store::{CallsBy, CallsWanted};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use wire::{ErrorCode, ReportCalls, ReportKind, UnixMs};

/// Calls of a page when the page does not say, and at most.
const CALLS: u32 = 50;
const MAX_CALLS: u32 = 200;
/// Calls of a file at most.
const MAX_FILE: usize = 100_000;
const DAY_MS: i64 = 86_400_000;

/// `GET /api/reports/calls`
pub(in crate::http) async fn calls(State(services): State<Services>, session: Session, wanted: Asked) -> Result<Response, Failure> {
    let mut wanted = read(wanted)?;
    let scope = Scope::of(&services, &session.person, &mut wanted, Act::ReportCalls)?;
    const COUNTED: [&str; 10] =
        ["", "answered", "in-time", "handed-on", "lost", "short", "found-closed", "found-full", "overflowed", "missed"];
    if !COUNTED.contains(&wanted.counted.as_str()) {
        let words = "`counted` is answered, in-time, handed-on, lost, short, found-closed, found-full, overflowed or missed";
        return Err(Failure::new(ErrorCode::BadRequest, words));
    }
    let after = match &wanted.after {
        None => None,
        Some(text) => {
            let cursor = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
            Some(cursor.ok_or_else(|| Failure::new(ErrorCode::BadRequest, "`after` is the `next` of a page"))?)
        }
    };
    let limit = wanted.limit.unwrap_or(CALLS).clamp(1, MAX_CALLS);
    if wanted.format != Some(Format::Csv) {
        return Ok(Json(page(&services, &scope, &wanted, after, limit).await?).into_response());
    }
    file::log(&services, &session.person, "calls", &wanted).await?;
    let (mut lines, mut after, mut count) = (vec![file::CALL_HEAD.to_owned()], after, 0);
    loop {
        let page = page(&services, &scope, &wanted, after.clone(), MAX_CALLS * 10).await?;
        count += page.rows.len();
        lines.extend(page.rows.iter().map(|call| file::call(call, &scope.zone)));
        match page.next {
            Some(_) if count >= MAX_FILE => {
                return Err(Failure::new(ErrorCode::BadRequest, "these are more than 100000 calls: ask for fewer days"));
            }
            Some(next) => after = next.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned()))),
            None => return Ok(file::answer(&format!("calls-{}-{}", wanted.from, wanted.to), &lines.concat())),
        }
    }
}

/// A page of the calls of all sites: each has its index, and their first rows make the first rows of all.
async fn page(
    services: &Services,
    scope: &Scope,
    wanted: &Wanted,
    after: Option<(UnixMs, String)>,
    limit: u32,
) -> Result<ReportCalls, Failure> {
    let day = |date: Date| i64::from((date - date_of(0)).get_days());
    let days = (day(wanted.from), day(wanted.to));
    let chosen = |sites: &Vec<String>| sites.iter().filter(|site| wanted.site.is_empty() || **site == wanted.site).cloned().collect();
    let places: Vec<CallsBy> = match scope.sites.as_ref().map(chosen) {
        None => vec![CallsBy::Agent(wanted.agent.clone(), None)],
        Some(sites) => {
            let sites: Vec<String> = sites;
            let by = |site: String| match (wanted.agent.as_str(), wanted.queue.as_str()) {
                ("", "") => CallsBy::Site(site),
                ("", queue) => CallsBy::Queue(queue.to_owned(), site),
                (agent, _) => CallsBy::Agent(agent.to_owned(), Some(site)),
            };
            sites.into_iter().map(by).collect()
        }
    };
    let mut found = Vec::new();
    for by in places {
        let asked = CallsWanted {
            by,
            // No clock is further from UTC than a day.
            since: wanted.since.unwrap_or(i64::MIN).max((days.0 - 1) * DAY_MS),
            until: wanted.until.unwrap_or(i64::MAX).min((days.1 + 2) * DAY_MS),
            days,
            queue: wanted.queue.clone(),
            of_queues: matches!(wanted.report, Some(ReportKind::Queues | ReportKind::Sites | ReportKind::Dispositions)),
            counted: wanted.counted.clone(),
            disposition: wanted.disposition.clone(),
            after: after.clone(),
            limit: limit + 1,
        };
        found.extend(services.store.report_calls(&scope.tenant.id, &asked).await?);
    }
    found.sort_by(|(one, a), (other, b)| (b.at, other).cmp(&(a.at, one)));
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|(id, call)| format!("{}.{id}", call.at));
    Ok(ReportCalls { rows: found.into_iter().map(|(_, call)| call).collect(), next })
}

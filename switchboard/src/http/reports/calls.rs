//! The calls behind the figures, a page at a time or as a file.

use super::{Asked, Failure, Format, Scope, Session, Wanted, file, read};
use crate::directory::Person;
use crate::reports::date_of;
use crate::rights::Act;
use crate::services::Services;
use crate::store::{CallsBy, CallsWanted};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use jiff::civil::Date;
use wire::{ErrorCode, Peer, ReportCall, ReportCalls, ReportKind, UnixMs};

/// Calls of a page when the page does not say, and at most.
const CALLS: u32 = 50;
const MAX_CALLS: u32 = 200;
/// Calls of a file that are read at a time.
const FILE_CALLS: u32 = 1_000;
const DAY_MS: i64 = 86_400_000;

/// `GET /api/reports/calls`
pub(in crate::http) async fn calls(State(services): State<Services>, session: Session, wanted: Asked) -> Result<Response, Failure> {
    let mut wanted = read(wanted)?;
    let scope = Scope::of(&services, &session.person, &mut wanted, Act::ReportCalls)?;
    const COUNTED: [&str; 11] =
        ["", "answered", "in-time", "opened", "handed-on", "lost", "short", "found-closed", "found-full", "overflowed", "missed"];
    if !COUNTED.contains(&wanted.counted.as_str()) {
        let words = "`counted` is answered, in-time, opened, handed-on, lost, short, found-closed, found-full, overflowed or missed";
        return Err(Failure::new(ErrorCode::BadRequest, words));
    }
    let after = match &wanted.after {
        None => None,
        Some(text) => Some(cursor(text).ok_or_else(|| Failure::new(ErrorCode::BadRequest, "`after` is the `next` of a page"))?),
    };
    let limit = wanted.limit.unwrap_or(CALLS).clamp(1, MAX_CALLS);
    let Some(format) = wanted.format else {
        return Ok(Json(page(&services, &session.person, &scope, &wanted, after, limit).await?).into_response());
    };
    file::log(&services, &session.person, "calls", &wanted).await?;
    let name = format!("calls-{}-{}", wanted.from, wanted.to);
    if format == Format::Json {
        return Ok(file::answer(&name, format, Json(page(&services, &session.person, &scope, &wanted, after, limit).await?)));
    }
    // Page by page, as it is taken: a file of a million calls needs no more memory than one of a hundred.
    let begin = (services, session, scope, wanted, Some(after), file::begin(file::CALL_HEAD));
    let lines = try_unfold(begin, |(services, session, scope, wanted, at, head)| async move {
        let Some(after) = at else { return Ok::<_, Failure>(None) };
        let person = session.still(&services, Act::ReportCalls).await?;
        let page = page(&services, &person, &scope, &wanted, after, FILE_CALLS).await?;
        let text = page.rows.iter().fold(head, |text, call| text + &file::call(call, &scope.zone));
        let next = page.next.as_deref().and_then(cursor).map(Some);
        Ok(Some((text, (services, session, scope, wanted, next, String::new()))))
    });
    Ok(file::answer(&name, format, Body::from_stream(lines)))
}

/// Where a page begins: behind this instant and id.
fn cursor(text: &str) -> Option<(UnixMs, String)> {
    text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())))
}

/// A page of the calls of all sites: each has its index, and their first rows make the first rows of all.
async fn page(
    services: &Services,
    person: &Person,
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
    let mut rows: Vec<ReportCall> = found.into_iter().map(|(_, call)| call).collect();
    // Whoever had a call knows who it was: their history says so too.
    let premises = services.doors.premises();
    for call in rows.iter_mut().filter(|call| call.agent != person.user && premises.veils(person, &call.caller.address)) {
        call.caller = Peer { address: String::new(), display_name: None };
    }
    Ok(ReportCalls { rows, next })
}

//! `GET /api/access`: who opened what. `GET /api/access.csv`: the same as a file.

use super::{Failure, Session, csv};
use crate::clock::now_ms;
use crate::directory::Person;
use crate::doors::AccessWanted;
use crate::rights::Act;
use crate::services::Services;
use crate::store::LogEntry;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use futures_util::stream::try_unfold;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::fmt::Write as _;
use std::sync::Arc;
use wire::{AccessPage, AccessRow, ErrorCode, RelayRelease, UnixMs};

/// Rows of a page when the page does not say.
const ROWS: usize = 50;
/// Rows of a page at most.
const MAX_ROWS: usize = 200;
/// Letters of a search at most.
const MAX_FIND: usize = 200;
/// First line of the file, after the mark by which spreadsheets know UTF-8.
const HEADER: &str = "\u{feff}time,site,door,relay,outcome,cause,opened by,test,note,caller,call\r\n";

#[derive(Deserialize)]
pub(super) struct Wanted {
    before: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    find: String,
}

impl Wanted {
    fn read(wanted: Result<Query<Self>, QueryRejection>) -> Result<AccessWanted, Failure> {
        let bad = |words| Failure::new(ErrorCode::BadRequest, words);
        let Query(wanted) = wanted.map_err(|_| bad("`limit` is a number"))?;
        let before = wanted.before.map_or(Ok(i64::MAX), |text| text.parse()).map_err(|_| bad("`before` is the `next` of a page"))?;
        if wanted.find.chars().count() > MAX_FIND {
            return Err(bad("`find` has 200 letters at most"));
        }
        Ok(AccessWanted { before, limit: wanted.limit.unwrap_or(ROWS).clamp(1, MAX_ROWS), find: wanted.find })
    }
}

/// `GET /api/access?before=<cursor>&limit=<n>&find=<words>`
pub(super) async fn list(
    State(services): State<Services>,
    session: Session,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<AccessPage>, Failure> {
    Ok(Json(services.doors.access(&session.person, &Wanted::read(wanted)?).await?))
}

/// `GET /api/access.csv?find=<words>` (RFC 4180), one line per relay, times in the zone of the site. That it was taken is in the log.
pub(super) async fn file(
    State(services): State<Services>,
    session: Session,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<impl IntoResponse, Failure> {
    let wanted = AccessWanted { limit: MAX_ROWS, ..Wanted::read(wanted)? };
    services.file_pace.take(session.person.id.as_str(), now_ms()).map_err(Failure::too_many)?;
    let entry = LogEntry::new(Some(session.person.tenant.clone()), "access_export", "done");
    services.store.log(&entry.personal("person", session.person.id.to_string()).personal("find", &wanted.find)).await?;
    let begin = (services, session, Some(wanted), HEADER.to_owned());
    let lines = try_unfold(begin, |(services, session, wanted, head)| async move {
        let Some(wanted) = wanted else { return Ok::<_, Failure>(None) };
        let person = session.still(&services, Act::AccessFile).await?;
        let page = services.doors.access(&person, &wanted).await?;
        let text = page.rows.iter().fold(head, |text, row| text + &lines(&person, row));
        let before = page.next.and_then(|next| next.parse().ok());
        let next = before.map(|before| AccessWanted { before, ..wanted });
        Ok(Some((text, (services, session, next, String::new()))))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"access-log.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(lines)))
}

fn lines(person: &Arc<Person>, row: &AccessRow) -> String {
    let release = &row.release;
    let zone = person.sites.iter().find(|site| site.id == release.site).and_then(|site| TimeZone::get(&site.zone).ok());
    let time = time(release.asked_at, zone.unwrap_or(TimeZone::UTC));
    let caller = row.caller.as_ref().map(|peer| peer.display_name.as_ref().unwrap_or(&peer.address).as_str()).unwrap_or_default();
    let test = if release.test { "test" } else { "" };
    let call = row.contact.as_deref().unwrap_or_default();
    let line = |relay: &RelayRelease| {
        let number = relay.relay.to_string();
        let outcome = relay.outcome.and_then(|outcome| serde_json::to_value(outcome).ok());
        let outcome = outcome.as_ref().and_then(|word| word.as_str()).unwrap_or("unknown");
        let cause = relay.cause.as_deref().unwrap_or_default();
        csv::line([&*time, &row.site, &row.door, &number, outcome, cause, &release.by, test, &row.reason, caller, call])
    };
    release.relays.iter().map(line).collect()
}

/// A moment with the offset of its zone, as ISO 8601.
pub(super) fn time(at: UnixMs, zone: TimeZone) -> String {
    let Ok(moment) = Timestamp::from_millisecond(at) else { return String::new() };
    let mut text = String::new();
    // Writing into a text does not fail.
    let _ = write!(text, "{}", moment.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_site() {
        let rome = TimeZone::get("Europe/Rome").expect("a zone");
        assert_eq!(time(1_800_000_000_000, rome), "2027-01-15T09:00:00+01:00");
        assert_eq!(time(1_800_000_000_000, TimeZone::UTC), "2027-01-15T08:00:00+00:00");
    }
}

//! `GET /api/queues/<queue>/callers`: those who wait in a queue, part by part, also the ones behind the first, who alone come by the feed.
//! A cursor names a place in the order and no caller: whoever leaves or comes meanwhile makes no part skip or repeat anybody else.

use super::{Failure, Session};
use crate::queue::Cursor;
use crate::rights::{Act, may_at};
use crate::services::Services;
use crate::store::LogEntry;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use wire::{Callers, ErrorCode};

/// Callers of a part when the page does not say.
const ROWS: usize = 50;
/// Callers of a part at most.
const MAX_ROWS: usize = 200;
/// Letters of a queue's name in the log, where there is no such queue.
const MAX_NAME: usize = 200;

#[derive(Deserialize)]
pub(super) struct Wanted {
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /api/queues/<queue>/callers?after=<cursor>&limit=<n>`
pub(super) async fn list(
    State(services): State<Services>,
    session: Session,
    Path(queue): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Callers>, Failure> {
    let bad = |words| Failure::new(ErrorCode::BadRequest, words);
    let Query(wanted) = wanted.map_err(|_| bad("`limit` is a number"))?;
    let after = wanted.after.as_deref().map(str::parse::<Cursor>).transpose();
    let after = after.map_err(|_| bad("`after` is the `next` of a part of this list"))?;
    let limit = wanted.limit.unwrap_or(ROWS).clamp(1, MAX_ROWS);
    let person = &session.person;
    // One of other sites is as good as not there.
    let gone = || Failure::new(ErrorCode::NotFound, "there is no such queue");
    let tenant = services.directory.tenant(&person.tenant).ok_or_else(gone)?;
    let known = tenant.queues.iter().find(|known| known.name == queue);
    let seen = known.filter(|known| may_at(person, Act::QueueCallers, std::iter::once(known.site.as_str())));
    let Some(seen) = seen else {
        let name: String = queue.chars().take(MAX_NAME).collect();
        let entry = LogEntry::new(Some(tenant.id.clone()), "callers_seen", "not_found").detail("queue", name);
        let entry = entry.personal("person", person.id.to_string()).personal("name", &person.display_name);
        services.store.log(&entry).await?;
        return Err(gone());
    };
    let listed = services.floor.callers(&tenant.id, &seen.name, after, limit).await.ok_or_else(gone)?;
    Ok(Json(services.hub.callers(person, &listed)))
}

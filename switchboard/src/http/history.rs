//! `GET /api/history`: one's own calls, newest first.

use super::{Failure, Session};
use crate::clock::now_ms;
use crate::services::Services;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use wire::{ErrorCode, HistoryPage};

/// Rows of a page when the page does not say.
const ROWS: u32 = 50;
/// Rows of a page at most.
const MAX_ROWS: u32 = 200;

#[derive(Deserialize)]
pub(super) struct Wanted {
    before: Option<String>,
    limit: Option<u32>,
}

/// `GET /api/history?before=<cursor>&limit=<n>`
pub(super) async fn list(
    State(services): State<Services>,
    session: Session,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<HistoryPage>, Failure> {
    let Query(wanted) = wanted.map_err(|_| Failure::new(ErrorCode::BadRequest, "`limit` is a number"))?;
    let limit = wanted.limit.unwrap_or(ROWS).clamp(1, MAX_ROWS);
    let person = &session.person;
    let page = services.store.history(&person.tenant, &person.user, wanted.before.as_deref(), limit, now_ms()).await?;
    Ok(Json(page))
}

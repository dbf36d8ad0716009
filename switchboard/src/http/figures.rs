//! `GET /api/figures`: one's own day so far.

use super::{Failure, Session};
use crate::clock::now_ms;
use crate::intervals::midnight;
use crate::services::Services;
use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use wire::Figures;

/// `GET /api/figures`
pub(super) async fn own(State(services): State<Services>, session: Session) -> Result<Json<Figures>, Failure> {
    let person = &session.person;
    let zone = person.sites.first().and_then(|site| TimeZone::get(&site.zone).ok()).unwrap_or(TimeZone::UTC);
    let figures = services.store.figures(&person.tenant, &person.user, midnight(&zone, now_ms())).await?;
    Ok(Json(figures))
}

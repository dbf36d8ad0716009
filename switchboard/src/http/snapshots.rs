//! `GET /api/snapshots/{id}`: a kept picture of a door.

use super::Failure;
use super::guard::Session;
use crate::services::Services;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use wire::ErrorCode;

/// `GET /api/snapshots/{id}`. Pictures of other sites and tenants are as good as unknown.
pub(super) async fn picture(
    State(services): State<Services>,
    session: Session,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Failure> {
    let picture = services.doors.kept_picture(&session.person, &id).await?;
    let picture = picture.ok_or_else(|| Failure::new(ErrorCode::NotFound, "there is no such picture"))?;
    // Kept by no browser: it goes when its time is over.
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "no-store")], picture))
}

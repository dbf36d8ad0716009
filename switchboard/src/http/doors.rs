//! `GET /api/doors`: what whoever asks may open. `POST /api/doors/{entrance}/release`: open it. `POST /api/doors/{entrance}/played`: a
//! desk has played a code.

use super::Failure;
use super::guard::{Body, Session};
use crate::clock::now_ms;
use crate::doors::engine::{Kind, Request};
use crate::doors::outcome::Cause;
use crate::services::Services;
use crate::store::LogEntry;
use axum::Json;
use axum::extract::{Path, State};
use wire::{DoorList, DoorSite, ErrorCode, ReleaseAnswer, ReleaseRequest, TonesPlayed};

/// `GET /api/doors`
pub(super) async fn list(State(services): State<Services>, session: Session) -> Json<DoorList> {
    let sites = services.doors.premises().with_doors_of(&session.person).map(|site| DoorSite {
        id: site.id.clone(),
        name: site.name.clone(),
        instructions: site.instructions.clone(),
        doors: site.entrances.iter().map(Into::into).collect(),
    });
    Json(DoorList { sites: sites.collect(), now: now_ms() })
}

/// `POST /api/doors/{entrance}/release`
pub(super) async fn release(
    State(services): State<Services>,
    session: Session,
    Path(entrance): Path<String>,
    Body(wanted): Body<ReleaseRequest>,
) -> Result<Json<ReleaseAnswer>, Failure> {
    let request = Request {
        id: wanted.id,
        entrance,
        relays: wanted.relays,
        code: wanted.code,
        call: wanted.call,
        reason: wanted.reason,
        kind: if wanted.test { Kind::Test } else { Kind::Open },
    };
    let (report, tones) = services.doors.release(&session.person, &session.digest, session.expires_at, request).await;
    // What is wrong with the request as a whole is an error; everything else is the outcome that the desk shows.
    match report.relays.first().and_then(|relay| relay.verdict.as_ref()).map(|verdict| &verdict.cause) {
        Some(Cause::NoSuchDoor) => Err(Failure::new(ErrorCode::NotFound, "there is no such door")),
        Some(Cause::NoRight) => Err(Failure::new(ErrorCode::Forbidden, "this person may not open this door")),
        Some(Cause::MalformedId) => Err(Failure::new(ErrorCode::BadRequest, "the id is no UUID of version 7")),
        Some(Cause::NoSuchRelay) => Err(Failure::new(ErrorCode::BadRequest, "the door has no such relays")),
        Some(_) | None => Ok(Json(ReleaseAnswer { release: report.into(), tones })),
    }
}

/// `POST /api/doors/{entrance}/played`
pub(super) async fn played(
    State(services): State<Services>,
    session: Session,
    Path(entrance): Path<String>,
    Body(played): Body<TonesPlayed>,
) -> Result<Json<ReleaseAnswer>, Failure> {
    let report = services.doors.played(&session.person, &entrance, &played);
    let Some(report) = report else {
        let entry = LogEntry::new(Some(session.person.tenant.clone()), "door_played", "not_found")
            .detail("release", played.id.chars().take(64).collect::<String>())
            .personal("person", session.person.id.to_string());
        services.store.log(&entry).await?;
        return Err(Failure::new(ErrorCode::NotFound, "there is no such release of this person"));
    };
    Ok(Json(wire::Release::from(report).into()))
}

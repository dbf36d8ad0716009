//! `/api/lockouts`: who is locked out after too many wrong passwords. Administrators see and lift what concerns the people at their sites;
//! a lock-out of a name that nobody has concerns nobody.

use super::gate::Locked;
use super::guard::Client;
use super::sessions::{refused, whose};
use super::{Failure, Session};
use crate::clock::now_ms;
use crate::directory::Person;
use crate::rights::{Act, may_to};
use crate::services::Services;
use crate::store::LogEntry;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;
use wire::{ErrorCode, Lockout, LockoutList};

/// `GET /api/lockouts`
pub(super) async fn list(State(services): State<Services>, session: Session) -> Json<LockoutList> {
    let now = now_ms();
    let concerned = |locked: Locked| {
        let people = people(&services, &session.person, Act::LockoutList, &locked);
        (!people.is_empty()).then(|| Lockout {
            id: locked.id,
            kind: locked.kind,
            people: people.iter().map(|person| whose(person)).collect(),
            address: locked.address.to_string(),
            since: locked.since,
            until: locked.until,
        })
    };
    Json(LockoutList { lockouts: services.gate.locked(now).into_iter().filter_map(concerned).collect(), now })
}

/// `DELETE /api/lockouts/<id>`: that it is lifted is in the log before it is.
pub(super) async fn lift(
    State(services): State<Services>,
    Client(address): Client,
    session: Session,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    let me = &session.person;
    let locked = services.gate.locked(now_ms()).into_iter().find(|locked| locked.id == id);
    let people = locked.as_ref().map(|locked| people(&services, me, Act::LockoutLift, locked)).unwrap_or_default();
    let (Some(locked), [first, ..]) = (locked, &people[..]) else {
        refused(&services, me, address, LogEntry::new(Some(me.tenant.clone()), "lock_out", "not_found")).await?;
        return Err(Failure::new(ErrorCode::NotFound, "there is no such lock-out"));
    };
    let entry = LogEntry::new(Some(me.tenant.clone()), "lock_out", "lifted")
        .detail("kind", format!("{:?}", locked.kind).to_lowercase())
        .personal("user", &first.user)
        .personal("tried_from", locked.address.to_string())
        .personal("person", me.id.to_string())
        .personal("name", &me.display_name)
        .personal("address", address.to_string());
    services.store.log(&entry).await?;
    services.gate.lift(&id);
    services.keep_lockouts(now_ms()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whom of those that it concerns somebody may look after.
fn people(services: &Services, me: &Person, act: Act, locked: &Locked) -> Vec<Arc<Person>> {
    let people = locked.people.iter().filter_map(|id| services.directory.person_by_id(id));
    people.filter(|person| may_to(me, act, person)).collect()
}

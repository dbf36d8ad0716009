//! `/api/sessions`: who is signed in where. Everybody sees and ends their own, administrators those of the people at their sites.

use super::guard::Client;
use super::{Failure, Session};
use crate::clock::now_ms;
use crate::directory::Person;
use crate::rights::{Act, Reach, may_to, reach};
use crate::services::Services;
use crate::store::{EndedSession, LogEntry, SessionRow};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use std::cmp::Reverse;
use std::net::IpAddr;
use std::sync::Arc;
use wire::{ErrorCode, SessionItem, SessionList, SessionsEnded, WhoseSession};

/// Sessions of a page at most.
const ROWS: usize = 200;
/// Sessions that are read at a time.
const CHUNK: u32 = 1_000;
/// Letters of a search at most.
const MAX_FIND: usize = 200;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    find: String,
    after: Option<String>,
}

/// Where a session stands in the list. It does not move while it is used: pages meet without gap or overlap.
type Place = (u8, Reverse<String>);

/// Behind this session and one's other ones.
const OTHERS: u8 = 2;

fn place(item: &SessionItem) -> Place {
    let kind = match item {
        _ if item.current => 0,
        _ if item.own => 1,
        _ => OTHERS,
    };
    (kind, Reverse(item.id.clone()))
}

/// `GET /api/sessions?find=<name>&after=<next of a page>`
pub(super) async fn list(
    State(services): State<Services>,
    session: Session,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<SessionList>, Failure> {
    let bad = |words| Failure::new(ErrorCode::BadRequest, words);
    let (find, after) = wanted.map(|Query(wanted)| (wanted.find.trim().to_lowercase(), wanted.after)).unwrap_or_default();
    if find.chars().count() > MAX_FIND {
        return Err(bad("`find` has 200 letters at most"));
    }
    let after: Option<Place> = match after.as_deref().map(|text| text.split_once('.')) {
        None => None,
        Some(parts) => {
            let place = parts.and_then(|(kind, id)| Some((kind.parse().ok()?, Reverse(id.to_owned()))));
            Some(place.ok_or_else(|| bad("`after` is the `next` of a page"))?)
        }
    };
    let (now, me) = (now_ms(), &session.person);
    let all = match reach(&me.roles, Act::SessionList) {
        Reach::Sites | Reach::Tenant => true,
        Reach::Own | Reach::Nothing => false,
    };
    let open = services.hub.open_sessions();
    let shown = |row: SessionRow| {
        let person = services.directory.person_by_id(&row.person)?;
        let own = person.id == me.id;
        let fits = [&person.display_name, &person.user, &row.address].iter().any(|text| text.to_lowercase().contains(&find));
        let seen = fits && (own || may_to(me, Act::SessionList, &person));
        seen.then(|| item(&session, &person, open.contains(&row.digest), row))
            .filter(|item| after.as_ref().is_none_or(|after| place(item) > *after))
    };
    // One's own are few, and stand before those of others, which are read only as far as the page goes.
    let mut sessions: Vec<SessionItem> = services.store.sessions_of(&me.tenant, &me.id, now).await?.into_iter().filter_map(shown).collect();
    sessions.sort_by_cached_key(place);
    let mut behind = after.as_ref().filter(|(kind, _)| *kind == OTHERS).map(|(_, Reverse(id))| id.clone());
    while all && sessions.len() <= ROWS {
        let rows = services.store.sessions(&me.tenant, now, behind.as_deref(), CHUNK).await?;
        let ended = rows.len() < CHUNK as usize;
        behind = rows.last().map(|row| row.id.clone());
        sessions.extend(rows.into_iter().filter(|row| row.person != me.id).filter_map(shown));
        if ended {
            break;
        }
    }
    let more = sessions.len() > ROWS;
    sessions.truncate(ROWS);
    let last = sessions.last().filter(|_| more).map(place);
    let next = last.map(|(kind, Reverse(id))| format!("{kind}.{id}"));
    Ok(Json(SessionList { sessions, next, now }))
}

/// `DELETE /api/sessions/<id>`: ends one.
pub(super) async fn end(
    State(services): State<Services>,
    Client(address): Client,
    session: Session,
    Path(id): Path<String>,
) -> Result<Json<SessionsEnded>, Failure> {
    let me = &session.person;
    let rows: Vec<SessionRow> = services.store.session_of_id(&me.tenant, &id, now_ms()).await?.into_iter().collect();
    let found =
        rows.first().and_then(|row| services.directory.person_by_id(&row.person)).filter(|person| may_end(me, Act::SessionEnd, person));
    let Some(person) = found else {
        refused(&services, me, address, LogEntry::new(Some(me.tenant.clone()), "session_end", "not_found").detail("session", id)).await?;
        return Err(Failure::new(ErrorCode::NotFound, "there is no such session"));
    };
    ended(&services, me, address, &person, rows).await
}

#[derive(Deserialize)]
pub(super) struct Whose {
    person: Option<String>,
}

/// `DELETE /api/sessions?person=<id>`: ends all of a person but the one that asks; without a person one's own.
pub(super) async fn end_all(
    State(services): State<Services>,
    Client(address): Client,
    session: Session,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Result<Json<SessionsEnded>, Failure> {
    let me = &session.person;
    let id = whose.ok().and_then(|Query(whose)| whose.person).unwrap_or_else(|| me.id.to_string());
    let person =
        services.directory.person_by_id(&crate::ids::PersonId::new(id.clone())).filter(|person| may_end(me, Act::SessionsEnd, person));
    let Some(person) = person else {
        refused(&services, me, address, LogEntry::new(Some(me.tenant.clone()), "session_end", "not_found").personal("person", id)).await?;
        return Err(Failure::new(ErrorCode::NotFound, "there is no such person"));
    };
    let mut rows = services.store.sessions_of(&me.tenant, &person.id, now_ms()).await?;
    rows.retain(|row| row.digest != session.digest);
    ended(&services, me, address, &person, rows).await
}

fn may_end(me: &Person, act: Act, person: &Person) -> bool {
    me.tenant == person.tenant && (me.id == person.id || may_to(me, act, person))
}

/// Each end is in the log before it comes: what cannot be written there does not happen.
async fn ended(
    services: &Services,
    me: &Person,
    address: IpAddr,
    person: &Person,
    rows: Vec<SessionRow>,
) -> Result<Json<SessionsEnded>, Failure> {
    let mut ended = Vec::new();
    for row in rows {
        let entry = LogEntry::new(Some(me.tenant.clone()), "session_end", "begun")
            .detail("session", &row.id)
            .personal("user", &person.user)
            .personal("person", me.id.to_string())
            .personal("name", &me.display_name)
            .personal("address", address.to_string());
        services.store.log(&entry).await?;
        if services.store.revoke_session(&row.id, now_ms()).await? {
            ended.push(EndedSession { id: row.id, digest: row.digest, expires_at: row.expires_at });
        }
    }
    services.close_sessions(&ended).await;
    Ok(Json(SessionsEnded { ended: u32::try_from(ended.len()).unwrap_or(u32::MAX) }))
}

/// Somebody asked for what is not theirs, or is not there: which of the two it is, they are not told.
pub(super) async fn refused(services: &Services, me: &Person, address: IpAddr, entry: LogEntry) -> Result<(), Failure> {
    let entry = entry.personal("name", &me.display_name).personal("address", address.to_string());
    services.store.log(&entry).await?;
    Ok(())
}

pub(super) fn whose(person: &Person) -> WhoseSession {
    WhoseSession { id: person.id.to_string(), user: person.user.clone(), display_name: person.display_name.clone() }
}

fn item(session: &Session, person: &Arc<Person>, open: bool, row: SessionRow) -> SessionItem {
    SessionItem {
        person: whose(person),
        own: person.id == session.person.id,
        current: row.digest == session.digest,
        open,
        id: row.id,
        browser: row.browser,
        system: row.system,
        address: row.address,
        signed_in_at: row.created_at,
        seen_at: row.seen_at,
        expires_at: row.expires_at,
    }
}

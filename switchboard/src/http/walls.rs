//! `/api/walls`: links to the wallboard are made, listed and revoked. `/api/wall`: a screen comes with one.
//!
//! The token stands behind the `#` of the page's address, so that no request, log or proxy ever holds it; the page sends it once and gets a
//! cookie of its own, which is sent to `/api/wall` only and opens nothing but the feed of that link.

use super::Failure;
use super::guard::{Body, Client, Session, cookie};
use crate::clock::now_ms;
use crate::feed::Holder;
use crate::ids::new_id;
use crate::keys::{new_token, token_digest};
use crate::net::limit_key;
use crate::rights::{Act, may_at};
use crate::services::Services;
use crate::store::LogEntry;
use crate::walls::{Link, MAX_LINKS};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use wire::{
    Choice, ErrorCode, FeedEnd, Secret, Ticket, TicketPurpose, UnixMs, WALL_DAYS_LIMIT, WALL_NAME_LIMIT, WallLink, WallList, WallOpen,
    WallPass, WallWish,
};

const DAY_MS: i64 = 24 * 3_600_000;
/// Action of the rows about links.
const ACTION: &str = "wall_link";

/// `GET /api/walls`
pub(super) async fn list(State(services): State<Services>, session: Session) -> Result<Json<WallList>, Failure> {
    links(&services, &session, None).await
}

/// `POST /api/walls`
pub(super) async fn make(
    State(services): State<Services>,
    session: Session,
    Body(wish): Body<WallWish>,
) -> Result<Json<WallList>, Failure> {
    let (name, person, now) = (wish.name.trim(), &session.person, now_ms());
    let valid = (1..=WALL_NAME_LIMIT).contains(&name.chars().count()) && (1..=WALL_DAYS_LIMIT).contains(&wish.days);
    let mut queues = wish.queues;
    queues.sort();
    queues.dedup();
    if !valid || queues.is_empty() {
        return Err(Failure::new(ErrorCode::BadRequest, "a link has a name, queues, and days until it ends"));
    }
    let entry = |outcome: &'static str, id: &str| {
        LogEntry::new(Some(person.tenant.clone()), ACTION, outcome)
            .detail("link", id)
            .detail("what", "make")
            .detail("queues", queues.join(" "))
            .detail("days", wish.days.to_string())
            .personal("person", person.id.to_string())
            .personal("name", &person.display_name)
    };
    if !queues.iter().all(|queue| in_charge(&services, &session, Act::WallMake, queue)) {
        services.store.log(&entry("forbidden", "")).await?;
        return Err(Failure::new(ErrorCode::Forbidden, "this person may not show these queues"));
    }
    if services.store.wall_links(&person.tenant, now).await?.len() >= MAX_LINKS {
        return Err(Failure::new(ErrorCode::Unavailable, "there are too many links: revoke one"));
    }
    let (token, id) = (new_token()?, new_id());
    services.store.log(&entry("made", &id)).await?;
    let link = Link {
        id,
        tenant: person.tenant.clone(),
        name: name.to_owned(),
        queues,
        maker: person.id.clone(),
        expires_at: now + i64::from(wish.days) * DAY_MS,
        used_at: None,
    };
    services.store.put_wall_link(&token_digest(&token), &link, now).await?;
    links(&services, &session, Some(Secret::new(token))).await
}

/// `DELETE /api/walls/<id>`: the link ends, and every screen that shows it, at once.
pub(super) async fn revoke(State(services): State<Services>, session: Session, Path(id): Path<String>) -> Result<Json<WallList>, Failure> {
    let person = &session.person;
    let entry = |outcome: &'static str| {
        LogEntry::new(Some(person.tenant.clone()), ACTION, outcome)
            .detail("link", id.chars().take(64).collect::<String>())
            .detail("what", "revoke")
            .personal("person", person.id.to_string())
            .personal("name", &person.display_name)
    };
    let link = services.store.wall_link(&id, now_ms()).await?.filter(|link| link.tenant == person.tenant);
    let Some(link) = link.filter(|link| in_charge_of(&services, &session, Act::WallRevoke, link)) else {
        services.store.log(&entry("forbidden")).await?;
        return Err(Failure::new(ErrorCode::NotFound, "there is no such link"));
    };
    services.store.log(&entry("revoked")).await?;
    services.store.end_wall_link(&link.id).await?;
    services.tickets.end_session(&link.session());
    services.hub.end_session(&link.session(), FeedEnd::Revoked);
    links(&services, &session, None).await
}

/// `GET /api/wall`: a screen that came with a link before.
pub(super) async fn look(State(services): State<Services>, headers: HeaderMap) -> Result<Json<WallPass>, Failure> {
    Ok(Json(pass(&of_screen(&services, &headers).await?)))
}

/// `POST /api/wall`: a screen comes with a link.
pub(super) async fn open(
    State(services): State<Services>,
    Client(address): Client,
    Body(wanted): Body<WallOpen>,
) -> Result<Response, Failure> {
    let now = now_ms();
    services.wall_pace.take(&limit_key(address).to_string(), now).map_err(Failure::too_many)?;
    let link = services.store.wall_link_of(&token_digest(wanted.token.expose()), now).await?;
    let link = link.filter(|link| link.alive(&services.directory));
    let entry = LogEntry::new(link.as_ref().map(|link| link.tenant.clone()), ACTION, if link.is_some() { "accepted" } else { "refused" });
    let entry = entry.detail("what", "open").personal("address", address.to_string());
    services.store.log(&entry.detail("link", link.as_ref().map(|link| link.id.clone()).unwrap_or_default())).await?;
    let link = link.ok_or_else(ended)?;
    services.store.use_wall_link(&link.id, now).await?;
    Ok(([(header::SET_COOKIE, cookie_line(&services, &link, now)?)], Json(pass(&link))).into_response())
}

/// `POST /api/wall/ticket`: for the feed, and for nothing else.
pub(super) async fn ticket(State(services): State<Services>, headers: HeaderMap) -> Result<Json<Ticket>, Failure> {
    let (link, now) = (of_screen(&services, &headers).await?, now_ms());
    services.pace.take(&link.session(), now).map_err(Failure::too_many)?;
    services.store.use_wall_link(&link.id, now).await?;
    let (person, session, session_expires_at) = (link.viewer(), link.session(), link.expires_at);
    let holder = Holder { person, session, session_expires_at, link: Some(Arc::new(link)) };
    Ok(Json(services.tickets.issue(holder, TicketPurpose::Feed, now)?))
}

/// The link of a screen's cookie.
async fn of_screen(services: &Services, headers: &HeaderMap) -> Result<Link, Failure> {
    let held = cookie(headers, &cookie_name(services)).ok_or_else(ended)?;
    let id = held.split('.').next().unwrap_or_default();
    let link = services.store.wall_link(id, now_ms()).await?.ok_or_else(ended)?;
    // Digests are compared: where they differ says nothing about what is right.
    let same = token_digest(held) == token_digest(&link.cookie(services.store.keys()));
    if same && link.alive(&services.directory) { Ok(link) } else { Err(ended()) }
}

fn ended() -> Failure {
    Failure::new(ErrorCode::NotSignedIn, "this link has ended or was revoked")
}

fn pass(link: &Link) -> WallPass {
    WallPass { name: link.name.clone(), expires_at: link.expires_at, now: now_ms(), wire: wire::VERSION }
}

fn in_charge(services: &Services, session: &Session, act: Act, queue: &str) -> bool {
    let tenant = services.directory.tenant(&session.person.tenant);
    let queue = tenant.as_ref().and_then(|tenant| tenant.queues.iter().find(|known| known.name == queue));
    queue.is_some_and(|queue| may_at(&session.person, act, std::iter::once(queue.site.as_str())))
}

/// Whether they are in charge of all that a link shows: whoever ends it ends the screens of each of its queues. One that was removed is
/// shown by none, and where no other is left the link is nobody's.
fn in_charge_of(services: &Services, session: &Session, act: Act, link: &Link) -> bool {
    let tenant = services.directory.tenant(&session.person.tenant);
    let known = tenant.iter().flat_map(|tenant| &tenant.queues).filter(|queue| link.queues.contains(&queue.name));
    let mut may = known.map(|queue| may_at(&session.person, act, std::iter::once(queue.site.as_str()))).peekable();
    may.peek().is_some() && may.all(|may| may)
}

async fn links(services: &Services, session: &Session, token: Option<Secret>) -> Result<Json<WallList>, Failure> {
    let tenant = services.directory.tenant(&session.person.tenant);
    // Of which site one was that is there no more is not known.
    let label = |name: &String| Some(tenant.as_ref()?.queues.iter().find(|queue| queue.name == *name)?.label.clone());
    let all = services.store.wall_links(&session.person.tenant, now_ms()).await?;
    let seen = all.into_iter().filter(|link| in_charge_of(services, session, Act::WallList, link));
    let links = seen.map(|link| WallLink {
        queues: link.queues.iter().filter_map(label).collect(),
        by: services.directory.person_by_id(&link.maker).map(|person| person.display_name.clone()).unwrap_or_default(),
        screens: services.hub.screens(&link.session()),
        id: link.id,
        name: link.name,
        expires_at: link.expires_at,
        used_at: link.used_at,
    });
    let queues = tenant.iter().flat_map(|tenant| &tenant.queues);
    let shown = queues.filter(|queue| may_at(&session.person, Act::WallMake, std::iter::once(queue.site.as_str())));
    let choices = shown.map(|queue| Choice { name: queue.name.clone(), label: queue.label.clone() }).collect();
    Ok(Json(WallList { links: links.collect(), choices, token }))
}

/// As the name of a session's cookie, but for a path of its own.
fn cookie_name(services: &Services) -> String {
    if services.config.secure() { "__Secure-portico-wall".to_owned() } else { format!("portico-wall-{}", services.listen.port()) }
}

fn cookie_line(services: &Services, link: &Link, now: UnixMs) -> Result<HeaderValue, Failure> {
    let secure = if services.config.secure() { "; Secure" } else { "" };
    let (name, value, age) = (cookie_name(services), link.cookie(services.store.keys()), (link.expires_at - now) / 1000);
    let line = format!("{name}={value}; Path=/api/wall; Max-Age={age}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(line).map_err(|e| Failure::internal(&e))
}

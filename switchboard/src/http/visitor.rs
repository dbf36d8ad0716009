//! `/api/call/<queue>`: what a visitor's page needs to call one public queue as a guest. No session, no cookie.
//!
//! A guest is a name with a random number: `~<queue>~<number>`. Its SIP password is derived like a desk's and ends after ten minutes;
//! the exchange lets it INVITE that queue and nobody else. The place token proves that somebody is that guest, so that a broken call
//! finds its place in the queue again. For a page that is loaded again it is in a cookie, one per guest: a page must not store it.

use super::guard::{Body, Client, cookie, listed_origin};
use super::{Failure, desk};
use crate::clock::now_ms;
use crate::config::Queue;
use crate::directory::Tenant;
use crate::exchange::guest_queue;
use crate::keys::{hex, random};
use crate::net::limit_key;
use crate::queue::io::Refusal;
use crate::services::Services;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::IpAddr;
use std::sync::Arc;
use wire::{DeskProfile, ErrorCode, Secret, SipAccount, VisitorProfile, VisitorQueue, VisitorState, VisitorWish};

/// How long a guest may begin a call, in milliseconds.
const GUEST_MS: i64 = 10 * 60_000;
/// How long the cookie of a place lasts, in seconds: until the page has asked for fresh credentials, and sets it again.
const PLACE_S: i64 = GUEST_MS / 1000 + 60;

/// `GET /api/call/<queue>` and `GET /api/call/<domain>/<queue>`
pub(super) async fn show(
    State(services): State<Services>,
    Client(address): Client,
    Path(path): Path<String>,
) -> Result<Json<VisitorQueue>, Failure> {
    pace(&services, address)?;
    let (tenant, queue) = public_queue(&services, &path)?;
    let admits = services.floor.admits(&tenant.id, &queue.name).await;
    let state = match admits.ok_or_else(|| Failure::new(ErrorCode::Unavailable, "the server stops"))? {
        Err(Refusal::Closed) => VisitorState::Closed,
        Err(Refusal::Full) => VisitorState::Full,
        // One that the exchange knows of in a moment: whoever calls it is answered by then.
        Err(Refusal::Unknown | Refusal::TimedOut | Refusal::Replaced) | Ok(()) => VisitorState::Open,
    };
    Ok(Json(VisitorQueue { label: queue.label.clone(), state }))
}

/// `POST /api/call/<queue>` and `POST /api/call/<domain>/<queue>`
pub(super) async fn profile(
    State(services): State<Services>,
    Client(address): Client,
    headers: HeaderMap,
    Path(path): Path<String>,
    Body(wish): Body<VisitorWish>,
) -> Result<Response, Failure> {
    pace(&services, address)?;
    let (tenant, queue) = public_queue(&services, &path)?;
    let stranger = || Failure::new(ErrorCode::Forbidden, "this is no place of ours");
    let guest = match (&wish.place, &wish.guest) {
        (Some(place), _) => proven(&services, &tenant, &queue, place).ok_or_else(stranger)?,
        (None, Some(guest)) => {
            let place = cookie(&headers, &cookie_name(&services, guest)).map(Secret::new);
            let proven = place.and_then(|place| proven(&services, &tenant, &queue, &place));
            proven.filter(|proven| proven == guest).ok_or_else(stranger)?
        }
        (None, None) => new_guest(&queue)?,
    };
    let now = now_ms();
    let end = now + GUEST_MS;
    let (auth_user, auth_password) = services.accounts.desk_credentials(&tenant.domain, &guest, None, end);
    let sip = SipAccount {
        websocket_url: desk::websocket_url(&services, listed_origin(&services, &headers).ok()),
        further_urls: Vec::new(),
        domain: tenant.domain.clone(),
        user: guest.clone(),
        display_name: String::new(),
        auth_user,
        auth_password,
        realm: tenant.domain.clone(),
        expires_at: Some(end.div_euclid(1000) * 1000),
        session_id_header: "Session-ID".to_owned(),
        trusted: Vec::new(),
        exchange: true,
    };
    services.metrics.count("portico_guests_total", &[]);
    let place = token(&services, &tenant, &guest);
    let cookie = cookie_line(&services, &guest, &place)?;
    let profile = VisitorProfile {
        desk: DeskProfile { sip, ice: desk::ice(&services.config, &guest, end), build: services.build.to_string(), now },
        queue: queue.name.clone(),
        label: queue.label.clone(),
        place: Secret::new(place),
    };
    Ok(([(header::SET_COOKIE, cookie)], Json(profile)).into_response())
}

/// One per guest, so that two tabs of a browser have two places. The half of the guest's number tells them apart.
fn cookie_name(services: &Services, guest: &str) -> String {
    let number: String = guest.rsplit('~').next().unwrap_or_default().chars().filter(char::is_ascii_hexdigit).take(16).collect();
    if services.config.secure() {
        format!("__Secure-portico-place-{number}")
    } else {
        format!("portico-place-{}-{number}", services.listen.port())
    }
}

fn cookie_line(services: &Services, guest: &str, place: &str) -> Result<HeaderValue, Failure> {
    let secure = if services.config.secure() { "; Secure" } else { "" };
    let name = cookie_name(services, guest);
    let line = format!("{name}={place}; Path=/api/call; Max-Age={PLACE_S}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(line).map_err(|e| Failure::internal(&e))
}

fn pace(services: &Services, address: IpAddr) -> Result<(), Failure> {
    services.visitor_pace.take(&limit_key(address).to_string(), now_ms()).map_err(Failure::too_many)
}

/// The queue that an address names: `queue` where there is one tenant, else `domain/queue`. One that is not public does not exist.
fn public_queue(services: &Services, path: &str) -> Result<(Arc<Tenant>, Queue), Failure> {
    let missing = || Failure::new(ErrorCode::NotFound, "there is no such queue for visitors");
    let (tenant, name) = match (path.split_once('/'), services.directory.tenants().as_slice()) {
        (Some((domain, name)), _) => (services.directory.tenant_by_domain(domain).ok_or_else(missing)?, name),
        (None, [only]) => (only.clone(), path),
        (None, _) => return Err(missing()),
    };
    // Desks of a foreign PBX take their calls there.
    let queue = tenant.queues.iter().find(|queue| queue.public && queue.name == name && tenant.pbx.is_none()).cloned();
    queue.map(|queue| (tenant, queue)).ok_or_else(missing)
}

fn new_guest(queue: &Queue) -> Result<String, Failure> {
    let mut number = [0_u8; 16];
    random(&mut number)?;
    Ok(format!("~{}~{}", queue.name, hex(&number)))
}

/// Token of a guest's place: the guest and a keyed digest of it.
fn token(services: &Services, tenant: &Tenant, guest: &str) -> String {
    let proof = services.store.keys().derive("place", &[tenant.id.as_str().as_bytes(), guest.as_bytes()]);
    format!("{guest}.{}", URL_SAFE_NO_PAD.encode(proof))
}

/// The guest whom a token proves, if it is one of this queue.
fn proven(services: &Services, tenant: &Tenant, queue: &Queue, place: &Secret) -> Option<String> {
    let (guest, _) = place.expose().rsplit_once('.')?;
    // The digest of what came is compared with the digest of what is right: where they differ says nothing about the token.
    let same = crate::keys::token_digest(place.expose()) == crate::keys::token_digest(&token(services, tenant, guest));
    (same && guest_queue(guest) == Some(queue.name.as_str())).then(|| guest.to_owned())
}

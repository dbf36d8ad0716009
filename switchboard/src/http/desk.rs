//! `POST /api/desk`: expiring SIP and TURN credentials of a desk. `POST /api/ticket`: a ticket for a socket.

use super::Failure;
use super::guard::{Body, Session, listed_origin};
use crate::clock::now_ms;
use crate::config::Config;
use crate::feed::Holder;
use crate::services::Services;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha1::Sha1;
use wire::{DeskProfile, ErrorCode, IceServer, IceSettings, Secret, SipAccount, Ticket, TicketPurpose, TicketRequest, UnixMs};

/// The body of `POST /api/desk`: an empty object, room for later wishes.
#[derive(Deserialize)]
pub(super) struct Wishes {}

/// `POST /api/desk`
pub(super) async fn profile(
    State(services): State<Services>,
    session: Session,
    headers: HeaderMap,
    Body(Wishes {}): Body<Wishes>,
) -> Result<Json<DeskProfile>, Failure> {
    let now = now_ms();
    let person = &session.person;
    let tenant = services.directory.tenant(&person.tenant);
    let tenant = tenant.ok_or_else(|| Failure::internal(&"a person has no tenant"))?;
    // Credentials never outlive the session that they were given to.
    let end = (now + i64::from(services.config.limits.credential_minutes) * 60_000).min(session.expires_at);
    let sip = match (&tenant.pbx, &person.pbx_account) {
        (Some(pbx), Some(account)) => SipAccount {
            websocket_url: pbx.websocket.clone(),
            further_urls: pbx.further_websockets.clone(),
            domain: pbx.domain.clone(),
            user: account.user.clone(),
            display_name: person.display_name.clone(),
            auth_user: account.user.clone(),
            auth_password: account.password.clone(),
            realm: pbx.realm.clone(),
            expires_at: None,
            session_id_header: pbx.session_id_header.clone(),
            trusted: pbx.trusted.clone(),
            exchange: false,
        },
        (Some(_), None) => return Err(Failure::new(ErrorCode::Forbidden, "this person has no account on the PBX")),
        (None, _) => {
            let (auth_user, auth_password) = services.accounts.desk_credentials(&tenant.domain, &person.user, Some(&session.id), end);
            SipAccount {
                websocket_url: websocket_url(&services, listed_origin(&services, &headers).ok()),
                further_urls: Vec::new(),
                domain: tenant.domain.clone(),
                user: person.user.clone(),
                display_name: person.display_name.clone(),
                auth_user,
                auth_password,
                realm: tenant.domain.clone(),
                expires_at: Some(end.div_euclid(1000) * 1000),
                session_id_header: "Session-ID".to_owned(),
                // Whoever calls here cannot ask for it: the exchange passes no such wish on.
                trusted: Vec::new(),
                exchange: true,
            }
        }
    };
    let ice = ice(&services.config, &person.user, end);
    Ok(Json(DeskProfile { sip, ice, build: services.build.to_string(), now }))
}

/// `POST /api/ticket`
pub(super) async fn ticket(
    State(services): State<Services>,
    session: Session,
    Body(wanted): Body<TicketRequest>,
) -> Result<Json<Ticket>, Failure> {
    match wanted.purpose {
        TicketPurpose::Feed | TicketPurpose::Pictures => {
            let holder = Holder { person: session.person, session: session.digest, session_expires_at: session.expires_at, link: None };
            Ok(Json(services.tickets.issue(holder, wanted.purpose, now_ms())?))
        }
        TicketPurpose::Unknown => Err(Failure::new(ErrorCode::BadRequest, "tickets are not given for this purpose")),
    }
}

/// The address of `/sip` as the calling page reaches this server: its own origin, else the first listed one.
pub(super) fn websocket_url(services: &Services, own: Option<String>) -> String {
    let origin = own.or_else(|| services.config.http.origins.first().cloned());
    let origin = origin.unwrap_or_else(|| format!("http://{}", services.listen));
    format!("{}/sip", crate::http::headers::socket_origin(&origin))
}

pub(super) fn ice(config: &Config, user: &str, end: UnixMs) -> IceSettings {
    let mut servers = Vec::new();
    if !config.ice.stun.is_empty() {
        servers.push(IceServer { urls: config.ice.stun.clone(), username: None, credential: None });
    }
    let mut expires_at = None;
    if let (false, Some(secret)) = (config.ice.turn.is_empty(), &config.ice.secret) {
        let username = format!("{}:{user}", end.div_euclid(1000));
        let credential = Some(turn_password(secret, &username));
        servers.push(IceServer { urls: config.ice.turn.clone(), username: Some(username), credential });
        expires_at = Some(end.div_euclid(1000) * 1000);
    }
    IceSettings { servers, policy: config.ice.policy, expires_at }
}

/// The REST convention of TURN servers: base64 of HMAC-SHA1 over the user name.
fn turn_password(secret: &Secret, username: &str) -> Secret {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.expose().as_bytes()) else { return Secret::default() };
    mac.update(username.as_bytes());
    Secret::new(STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turn_passwords_follow_the_rest_convention() {
        // printf '1700000000:agent1' | openssl dgst -sha1 -hmac north -binary | base64
        let password = turn_password(&Secret::new("north"), "1700000000:agent1");
        assert_eq!(password.expose(), "Fimo9t3MyYU6kL88jjl0VTF2lyc=");
    }
}

//! `/api/session`: sign in, who am I, sign out. Every try is in the log.

use super::Failure;
use super::gate::{Attempt, Verdict};
use super::guard::{Body, Client, Session, cookie_name, find_session, no_session};
use super::known::Known;
use super::password::hash_of;
use crate::clock::now_ms;
use crate::directory::Person;
use crate::ids::{PersonId, new_id};
use crate::keys::{new_token, token_digest};
use crate::services::Services;
use crate::sessions::device;
use crate::store::{Before, LogEntry, Password, SessionRow};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use wire::{ErrorCode, FeedEnd, Me, Secret, SignIn, UnixMs};

/// `POST`: opens a session and sets its cookie.
pub(super) async fn sign_in(
    State(services): State<Services>,
    Client(address): Client,
    headers: HeaderMap,
    Body(wanted): Body<SignIn>,
) -> Result<Response, Failure> {
    let now = now_ms();
    let person = services.directory.sign_in_name(&wanted.user);
    // A name that nobody has is looked for as well: the answer must not come sooner.
    let nobody = PersonId::new(String::new());
    let mut stored = services.store.password(person.as_ref().map_or(&nobody, |person| &person.id)).await?;
    // One that was set here counts instead of the file's, and one for a single sign-in only for a while.
    let hash = match &stored {
        Some(stored) => Some(&stored.hash).filter(|_| stored.once_until.is_none_or(|until| until > now)),
        None => person.as_ref().and_then(|person| person.password.as_ref()),
    };
    let account = person.as_ref().map_or_else(|| wanted.user.clone(), |p| format!("{}/{}", p.tenant, p.user));
    let before = Known::read(&services, &headers);
    let known = person.as_ref().and_then(|person| before.number_of(services.store.keys(), &person.id)).map(str::to_owned);
    let attempt = Attempt { address, account: &account, person: person.as_ref().map(|person| &person.id), known: known.as_deref() };
    let verdict = services.gate.check(attempt, hash, &wanted.password, now).await;
    services.keep_lockouts(now).await?;
    let outcome = match verdict {
        Verdict::Right => "accepted",
        Verdict::Wrong | Verdict::Locked => "refused",
        Verdict::Wait(_) => "limited",
    };
    services.metrics.count("portico_sign_ins_total", &[("outcome", outcome)]);
    // A flood of tries that were not even looked at must not become a flood of log rows: those are counted above.
    if !matches!(verdict, Verdict::Wait(_)) {
        let name: String = wanted.user.chars().take(128).collect();
        let entry = LogEntry::new(person.as_ref().map(|p| p.tenant.clone()), "sign_in", outcome)
            .personal("user", name.clone())
            .personal("address", address.to_string());
        services.store.log(&entry).await?;
        if verdict == Verdict::Locked {
            let entry = LogEntry::new(person.as_ref().map(|p| p.tenant.clone()), "lock_out", "begun")
                .personal("user", name)
                .personal("address", address.to_string());
            services.store.log(&entry).await?;
            services.metrics.count("portico_lock_outs_total", &[]);
        }
    }
    let person = match (verdict, person) {
        (Verdict::Right, Some(person)) => person,
        (Verdict::Wait(seconds), _) => return Err(Failure::too_many(seconds)),
        (Verdict::Right | Verdict::Wrong | Verdict::Locked, _) => {
            return Err(wrong());
        }
    };
    if let Some(once) = stored.as_ref().filter(|stored| stored.once_until.is_some()) {
        stored = Some(set_another(&services, &person, once, wanted.new_password).await?);
    }
    let token = new_token()?;
    let expires_at = now + i64::from(services.config.limits.session_hours) * 3_600_000;
    let digest = token_digest(&token);
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (browser, system) = device(agent);
    let row = SessionRow {
        id: new_id(),
        digest: digest.clone(),
        tenant: person.tenant.clone(),
        person: person.id.clone(),
        browser,
        system,
        address: address.to_string(),
        created_at: now,
        seen_at: now,
        expires_at,
    };
    services.store.put_session(&row).await?;
    // Whoever was taken away, or whose password was, while it was looked at, has no session.
    let same = services.store.password(&person.id).await? == stored;
    let Some(person) = services.directory.person_by_id(&person.id).filter(|_| same) else {
        services.store.end_session(&digest).await?;
        return Err(wrong());
    };
    let me = me(&services, &person, expires_at)?;
    let age = i64::from(services.config.limits.session_hours) * 3_600;
    let cookie = cookie_line(&services, &token, age)?;
    let known = before.line(&services, &person.id)?;
    Ok((AppendHeaders([(header::SET_COOKIE, cookie), (header::SET_COOKIE, known)]), Json(me)).into_response())
}

fn wrong() -> Failure {
    Failure::new(ErrorCode::BadCredentials, "user name and password do not belong together")
}

/// Sets the password that counts after the one sign-in that the present one was good for. Of two that try at the same moment one wins.
async fn set_another(services: &Services, person: &Person, once: &Password, new: Option<Secret>) -> Result<Password, Failure> {
    let new = new.ok_or_else(|| Failure::new(ErrorCode::NewPassword, "this password is good for one sign-in: send another one with it"))?;
    let hash = hash_of(services, new).await?;
    let (owner, lasting) = ((&person.tenant, &person.id), Password { hash, once_until: None });
    let ended = services.store.set_password(owner, &lasting, Before::Only(Some(once)), None, now_ms()).await?.ok_or_else(wrong)?;
    services.close_sessions(&ended).await;
    let entry = LogEntry::new(Some(person.tenant.clone()), "password", "set").personal("user", person.user.clone());
    services.store.log(&entry).await?;
    Ok(lasting)
}

/// `GET`: who is signed in, or `null`. Not an error: a browser would print one for every visitor of the sign-in page.
/// Whose session somebody has ended is told so, once.
pub(super) async fn show(State(services): State<Services>, headers: HeaderMap) -> Result<Response, Failure> {
    if let Some(session) = find_session(&services, &headers).await? {
        return Ok(Json(Some(me(&services, &session.person, session.expires_at)?)).into_response());
    }
    let why = no_session(&services, &headers).await?;
    if why.code() == ErrorCode::SessionRevoked {
        return Ok(([(header::SET_COOKIE, cookie_line(&services, "", 0)?)], why).into_response());
    }
    Ok(Json(None::<Me>).into_response())
}

/// `DELETE`: ends the session, its feeds and its tickets.
pub(super) async fn sign_out(State(services): State<Services>, Client(address): Client, session: Session) -> Result<Response, Failure> {
    services.store.end_session(&session.digest).await?;
    services.tickets.end_session(&session.digest);
    services.hub.end_session(&session.digest, FeedEnd::SignedOut);
    let entry = LogEntry::new(Some(session.person.tenant.clone()), "sign_out", "done")
        .personal("user", session.person.user.clone())
        .personal("address", address.to_string());
    services.store.log(&entry).await?;
    let cookie = cookie_line(&services, "", 0)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

fn me(services: &Services, person: &Person, expires_at: UnixMs) -> Result<Me, Failure> {
    let tenant = services.directory.tenant(&person.tenant);
    let tenant = tenant.ok_or_else(|| Failure::internal(&"a person has no tenant"))?;
    Ok(Me {
        id: person.id.to_string(),
        user: person.user.clone(),
        display_name: person.display_name.clone(),
        tenant: wire::Tenant { id: tenant.id.to_string(), name: tenant.name.clone(), domain: tenant.domain.clone() },
        roles: person.roles.clone(),
        sites: person.sites.clone(),
        doors: services.doors.premises().with_doors_of(person).next().is_some(),
        expires_at,
        now: now_ms(),
        wire: wire::VERSION,
        build: services.build.to_string(),
    })
}

fn cookie_line(services: &Services, token: &str, age: i64) -> Result<HeaderValue, Failure> {
    let secure = if services.config.secure() { "; Secure" } else { "" };
    let line = format!("{}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}", cookie_name(services));
    HeaderValue::try_from(line).map_err(|e| Failure::internal(&e))
}

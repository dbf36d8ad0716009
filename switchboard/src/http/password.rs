//! `POST /api/session/password`: whoever is signed in sets another password of their own, and says the present one with it.

use super::Failure;
use super::gate::{Attempt, MAX_PASSWORD, Verdict, hash_password};
use super::guard::{Body, Client, Session};
use crate::clock::now_ms;
use crate::services::Services;
use crate::store::{Before, LogEntry, Password};
use axum::Json;
use axum::extract::State;
use wire::{ErrorCode, PASSWORD_LEAST, PasswordChange, Secret, SessionsEnded};

/// Tries are limited as those to sign in are, for each session by itself: whoever finds an open desk has a few, and nobody from outside
/// takes them from its owner. All other sessions of the person end.
pub(super) async fn change(
    State(services): State<Services>,
    Client(address): Client,
    session: Session,
    Body(wanted): Body<PasswordChange>,
) -> Result<Json<SessionsEnded>, Failure> {
    let (now, me) = (now_ms(), &session.person);
    let stored = services.store.password(&me.id).await?;
    let hash = match &stored {
        // One that an administrator has made since then is for signing in with.
        Some(stored) => Some(&stored.hash).filter(|_| stored.once_until.is_none()),
        None => me.password.as_ref(),
    };
    let account = format!("{}/{}", me.tenant, me.user);
    let attempt = Attempt { address, account: &account, person: Some(&me.id), known: Some(&session.digest) };
    let entry = |outcome| {
        LogEntry::new(Some(me.tenant.clone()), "password", outcome)
            .personal("user", &me.user)
            .personal("person", me.id.to_string())
            .personal("name", &me.display_name)
            .personal("address", address.to_string())
    };
    let refused = || Failure::new(ErrorCode::Forbidden, "the present password is another one");
    let verdict = services.gate.check(attempt, hash, &wanted.present, now).await;
    services.keep_lockouts(now).await?;
    match verdict {
        Verdict::Right => {}
        Verdict::Wait(seconds) => return Err(Failure::too_many(seconds)),
        Verdict::Wrong | Verdict::Locked => {
            services.store.log(&entry("refused")).await?;
            return Err(refused());
        }
    }
    if wanted.new.expose() == wanted.present.expose() {
        return Err(Failure::new(ErrorCode::NewPassword, "the new password is the present one"));
    }
    let lasting = Password { hash: hash_of(&services, wanted.new).await?, once_until: None };
    services.store.log(&entry("begun")).await?;
    let before = Before::Only(stored.as_ref());
    let owner = (&me.tenant, &me.id);
    let ended = services.store.set_password(owner, &lasting, before, Some(&session.digest), now_ms()).await?.ok_or_else(refused)?;
    services.close_sessions(&ended).await;
    services.store.log(&entry("set")).await?;
    Ok(Json(SessionsEnded { ended: u32::try_from(ended.len()).unwrap_or(u32::MAX) }))
}

/// The hash of a password that somebody chose, if it may be one.
pub(super) async fn hash_of(services: &Services, new: Secret) -> Result<Secret, Failure> {
    let letters = new.expose().chars().count();
    if letters < PASSWORD_LEAST || new.expose().len() > MAX_PASSWORD {
        return Err(Failure::new(ErrorCode::NewPassword, format!("a password has {PASSWORD_LEAST} letters or more")));
    }
    let limits = services.config.limits.clone();
    let hash = tokio::task::spawn_blocking(move || hash_password(&new, &limits)).await.map_err(|e| Failure::internal(&e))?;
    Ok(Secret::new(hash.map_err(|e| Failure::internal(&e))?))
}

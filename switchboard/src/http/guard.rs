//! What every API call passes: origin, content type, session.

use super::Failure;
use crate::clock::now_ms;
use crate::directory::Person;
use crate::keys::token_digest;
use crate::rights::{self, Act, Reach};
use crate::services::Services;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use wire::{ErrorCode, UnixMs};

/// Checks origin and content type before any handler runs.
pub(super) async fn api(State(services): State<Services>, request: Request, next: Next) -> Response {
    if let Err(failure) = check(&services, &request) {
        return failure.into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn check(services: &Services, request: &Request) -> Result<(), Failure> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    // Browsers send an Origin with every request that changes something; a client without one has no ambient cookie to abuse.
    if request.headers().contains_key(header::ORIGIN) {
        listed_origin(services, request.headers())?;
    }
    // A form of another page can say three kinds of content, and this is none of them. No form deletes.
    if *request.method() != Method::DELETE && !is_json(request.headers()) {
        return Err(Failure::new(ErrorCode::NotJson, "forms and plain text are refused: send JSON, with `Content-Type: application/json`"));
    }
    Ok(())
}

/// The body is declared once, as JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next().and_then(|value| value.to_str().ok()), kinds.next()) else { return false };
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// Lets a request through to the handler of an act where there is a session and its person has any right to the act. How far the right
/// reaches is looked at where it is known what the request is about.
pub(super) async fn right(State((services, act)): State<(Services, Act)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let session = match Session::from_request_parts(&mut parts, &services).await {
        Ok(session) => session,
        Err(failure) => return failure.into_response(),
    };
    if rights::reach(&session.person.roles, act) == Reach::Nothing {
        return forbidden().into_response();
    }
    parts.extensions.insert(session);
    next.run(Request::from_parts(parts, body)).await
}

fn forbidden() -> Failure {
    Failure::new(ErrorCode::Forbidden, "this person may not do that")
}

/// The origin of a request, which must be there once and in the list. Look-alikes differ in some character and are not in the list.
///
/// # Errors
/// There is none, it is `null`, or it is not listed.
pub fn listed_origin(services: &Services, headers: &HeaderMap) -> Result<String, Failure> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next().and_then(|value| value.to_str().ok()), origins.next()) {
        (Some(origin), None) if services.origin_listed(origin) => Ok(origin.to_owned()),
        (_, _) => Err(Failure::new(ErrorCode::OriginRefused, "this origin is not in the list `http.origins`")),
    }
}

/// Answer to an address under `/api` that does not exist.
pub(super) async fn no_such_address() -> Failure {
    Failure::new(ErrorCode::NotFound, "there is no such address")
}

/// Answer to a method that an address does not take.
pub(super) async fn wrong_method() -> Failure {
    Failure::new(ErrorCode::MethodNotAllowed, "this address does not take this method")
}

/// The client's address.
pub(super) struct Client(pub IpAddr);

impl FromRequestParts<Services> for Client {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, Failure> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.ok_or_else(|| Failure::internal(&"a request came without its connection"))?;
        Ok(Self(services.client_address(&parts.headers, peer.0)))
    }
}

/// The session of whoever calls.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who it is.
    pub person: Arc<Person>,
    /// What the session is known by outside.
    pub id: String,
    /// Digest of the token: what the session is known by inside.
    pub digest: String,
    /// When it ends.
    pub expires_at: UnixMs,
}

impl Session {
    /// The person as they are by now, for an answer that has waited.
    ///
    /// # Errors
    /// The session was ended meanwhile, or the person has no right to this act any more.
    pub(super) async fn again(&self, services: &Services, act: Act) -> Result<Arc<Person>, Failure> {
        let row = services.store.session(&self.digest, now_ms()).await?;
        let person = row.and_then(|row| services.directory.person_by_id(&row.person)).filter(|person| person.tenant == self.person.tenant);
        let Some(person) = person else { return Err(ended(services, Some(self.digest.as_str())).await?) };
        if rights::reach(&person.roles, act) == Reach::Nothing {
            return Err(forbidden());
        }
        Ok(person)
    }

    /// The person as they are by now, for the next part of a file that is written as it is taken.
    ///
    /// # Errors
    /// As above; and what the person may read is not what it was when the file began: it would look whole, and not be.
    pub(super) async fn still(&self, services: &Services, act: Act) -> Result<Arc<Person>, Failure> {
        let person = self.again(services, act).await?;
        if (&person.roles, &person.sites) != (&self.person.roles, &self.person.sites) {
            return Err(forbidden());
        }
        Ok(person)
    }
}

impl FromRequestParts<Services> for Session {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, Failure> {
        // Found and paced already where the act's right was looked at.
        if let Some(session) = parts.extensions.get::<Self>() {
            return Ok(session.clone());
        }
        let session = find_session(services, &parts.headers).await?;
        let Some(session) = session else { return Err(no_session(services, &parts.headers).await?) };
        services.pace.take(&session.digest, now_ms()).map_err(Failure::too_many)?;
        if let Ok(Client(address)) = Client::from_request_parts(parts, services).await {
            services.seen(&session.digest, address);
        }
        Ok(session)
    }
}

/// Why a request has no session.
pub(super) async fn no_session(services: &Services, headers: &HeaderMap) -> Result<Failure, Failure> {
    let digest = cookie(headers, &cookie_name(services)).map(token_digest);
    ended(services, digest.as_deref()).await
}

async fn ended(services: &Services, digest: Option<&str>) -> Result<Failure, Failure> {
    let revoked = match digest {
        Some(digest) => services.store.session_revoked(digest).await?,
        None => false,
    };
    Ok(if revoked {
        Failure::new(ErrorCode::SessionRevoked, "the session was ended before its time")
    } else {
        Failure::new(ErrorCode::NotSignedIn, "there is no session")
    })
}

/// The running session of a request's cookie. A person who was taken out of the configuration has none.
pub(super) async fn find_session(services: &Services, headers: &HeaderMap) -> Result<Option<Session>, Failure> {
    let Some(token) = cookie(headers, &cookie_name(services)) else { return Ok(None) };
    let digest = token_digest(token);
    let Some(row) = services.store.session(&digest, now_ms()).await? else { return Ok(None) };
    let person = services.directory.person_by_id(&row.person).filter(|person| person.tenant == row.tenant);
    Ok(person.map(|person| Session { person, id: row.id, digest, expires_at: row.expires_at }))
}

/// Cookies do not know ports: on plain loopback the port is part of the name, so that two servers there do not sign each other out.
pub(super) fn cookie_name(services: &Services) -> String {
    if services.config.secure() { "__Host-portico".to_owned() } else { format!("portico-{}", services.listen.port()) }
}

pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// A JSON body whose defects are answered as [`wire::ApiError`].
pub(super) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Services> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, services: &Services) -> Result<Self, Failure> {
        let bytes = axum::body::Bytes::from_request(request, services).await.map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(e) if e.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => {
                Failure::new(ErrorCode::TooLarge, "the body is too large")
            }
            _ => Failure::new(ErrorCode::BadRequest, "the body did not arrive"),
        })?;
        // The reader's message may quote the body, and a body may be a password: only the place is told.
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|e| Failure::new(ErrorCode::BadRequest, format!("the body is not what this address takes (column {})", e.column())))
    }
}

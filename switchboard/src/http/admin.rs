//! `/api/admin`: people, queues and pause reasons. What may be changed by whom is in `admin`.

use super::Failure;
use super::guard::{Body, Session};
use crate::admin::{self, ACTION, Refusal};
use crate::directory::Person;
use crate::services::Services;
use crate::store::LogEntry;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use wire::{AdminCode, Choice, Edit, PersonForm, QueueForm};

/// Which state of a record a removal is about.
#[derive(Deserialize)]
pub(super) struct Seen {
    #[serde(default)]
    version: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            AdminCode::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            AdminCode::Changed | AdminCode::InUse | AdminCode::LastAdministrator => StatusCode::CONFLICT,
            AdminCode::NotLogged => StatusCode::SERVICE_UNAVAILABLE,
            AdminCode::NotSignedIn => StatusCode::UNAUTHORIZED,
            AdminCode::Forbidden => StatusCode::FORBIDDEN,
            AdminCode::NotFound => StatusCode::NOT_FOUND,
            AdminCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
            AdminCode::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self.0)).into_response()
    }
}

/// A change of a record that is named: a try at one that is not there, or not theirs to see, is in the log.
async fn named<T: Serialize + Send + 'static>(
    services: Services,
    by: Arc<Person>,
    (what, name): (&'static str, String),
    change: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Response {
    whole(async move {
        let done = change.await;
        if done.as_ref().is_err_and(|refusal| refusal.0.code == AdminCode::NotFound) {
            let entry = LogEntry::new(Some(by.tenant.clone()), ACTION, "not_found")
                .detail("what", what)
                .personal("person", by.id.to_string())
                .personal("name", &by.display_name)
                .personal("record", name.chars().take(64).collect::<String>());
            services.store.log(&entry).await?;
        }
        done
    })
    .await
}

/// Carries a change to its end, whether or not whoever asked for it still listens: one that is stored must reach everybody.
async fn whole<T: Serialize + Send + 'static>(change: impl Future<Output = Result<T, Refusal>> + Send + 'static) -> Response {
    match tokio::spawn(change).await {
        Ok(Ok(done)) => Json(done).into_response(),
        Ok(Err(refusal)) => refusal.into_response(),
        Err(fault) => Failure::internal(&fault).into_response(),
    }
}

fn shown<T: Serialize>(page: Result<T, Refusal>) -> Response {
    page.map_or_else(Refusal::into_response, |page| Json(page).into_response())
}

/// `GET /api/admin/people`
pub(super) async fn people(State(services): State<Services>, session: Session) -> Response {
    shown(admin::people(&services, &session.person).await)
}

/// `POST /api/admin/people`
pub(super) async fn add_person(State(services): State<Services>, session: Session, Body(form): Body<PersonForm>) -> Response {
    whole(async move { admin::add_person(&services, &session.person, form).await }).await
}

/// `PUT /api/admin/people/<user>`
pub(super) async fn change_person(
    State(services): State<Services>,
    session: Session,
    Path(user): Path<String>,
    Body(edit): Body<Edit<PersonForm>>,
) -> Response {
    let (whose, of) = (session.person.clone(), ("change_person", user.clone()));
    named(services.clone(), whose, of, async move { admin::change_person(&services, &session.person, &user, edit).await }).await
}

/// `DELETE /api/admin/people/<user>`
pub(super) async fn remove_person(
    State(services): State<Services>,
    session: Session,
    Path(user): Path<String>,
    Query(seen): Query<Seen>,
) -> Response {
    let (whose, of) = (session.person.clone(), ("remove_person", user.clone()));
    named(services.clone(), whose, of, async move { admin::remove_person(&services, &session.person, &user, &seen.version).await }).await
}

/// `POST /api/admin/people/<user>/password`
pub(super) async fn password(
    State(services): State<Services>,
    session: Session,
    Path(user): Path<String>,
    Body(super::desk::Wishes {}): Body<super::desk::Wishes>,
) -> Response {
    let (whose, of) = (session.person.clone(), ("password", user.clone()));
    named(services.clone(), whose, of, async move { admin::one_time_password(&services, &session.person, &user).await }).await
}

/// `GET /api/admin/queues`
pub(super) async fn queues(State(services): State<Services>, session: Session) -> Response {
    shown(admin::queues(&services, &session.person).await)
}

/// `POST /api/admin/queues`
pub(super) async fn add_queue(State(services): State<Services>, session: Session, Body(form): Body<QueueForm>) -> Response {
    whole(async move { admin::add_queue(&services, &session.person, form).await }).await
}

/// `PUT /api/admin/queues/<name>`
pub(super) async fn change_queue(
    State(services): State<Services>,
    session: Session,
    Path(name): Path<String>,
    Body(edit): Body<Edit<QueueForm>>,
) -> Response {
    let (whose, of) = (session.person.clone(), ("change_queue", name.clone()));
    named(services.clone(), whose, of, async move { admin::change_queue(&services, &session.person, &name, edit).await }).await
}

/// `DELETE /api/admin/queues/<name>`
pub(super) async fn remove_queue(
    State(services): State<Services>,
    session: Session,
    Path(name): Path<String>,
    Query(seen): Query<Seen>,
) -> Response {
    let (whose, of) = (session.person.clone(), ("remove_queue", name.clone()));
    named(services.clone(), whose, of, async move { admin::remove_queue(&services, &session.person, &name, &seen.version).await }).await
}

/// `GET /api/admin/reasons`
pub(super) async fn reasons(State(services): State<Services>, session: Session) -> Response {
    shown(admin::reasons(&services, &session.person).await)
}

/// `POST /api/admin/reasons`
pub(super) async fn add_reason(State(services): State<Services>, session: Session, Body(form): Body<Choice>) -> Response {
    whole(async move { admin::add_reason(&services, &session.person, form).await }).await
}

/// `PUT /api/admin/reasons/<name>`
pub(super) async fn change_reason(
    State(services): State<Services>,
    session: Session,
    Path(name): Path<String>,
    Body(edit): Body<Edit<Choice>>,
) -> Response {
    let (whose, of) = (session.person.clone(), ("change_reason", name.clone()));
    named(services.clone(), whose, of, async move { admin::change_reason(&services, &session.person, &name, edit).await }).await
}

/// `DELETE /api/admin/reasons/<name>`
pub(super) async fn remove_reason(
    State(services): State<Services>,
    session: Session,
    Path(name): Path<String>,
    Query(seen): Query<Seen>,
) -> Response {
    let (whose, of) = (session.person.clone(), ("remove_reason", name.clone()));
    named(services.clone(), whose, of, async move { admin::remove_reason(&services, &session.person, &name, &seen.version).await }).await
}

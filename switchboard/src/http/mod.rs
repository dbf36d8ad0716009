//! Pages, API and probes over HTTP. Routes only; each handler is in the file of its subject.

mod access;
mod assets;
mod desk;
mod doors;
mod error;
mod figures;
mod gate;
mod guard;
mod headers;
mod health;
mod history;
mod pace;
mod pictures;
mod session;
mod snapshots;
mod visitor;

pub use assets::{Assets, AssetsError};
pub use error::Failure;
pub use gate::{SignInGate, hash_password};
pub use guard::{Session, listed_origin};
pub use pace::Pace;

use crate::exchange::Exchange;
use crate::services::Services;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use axum::{Extension, Router};

/// Largest body that the API takes. The largest honest one is a sign-in.
const MAX_BODY: usize = 16 * 1024;

/// Everything that is served. The exchange brings `/sip`.
pub fn router(services: Services, assets: Assets, exchange: &Exchange) -> Router {
    let api = Router::new()
        .route("/session", get(session::show).post(session::sign_in).delete(session::sign_out))
        .route("/desk", post(desk::profile))
        .route("/ticket", post(desk::ticket))
        .route("/history", get(history::list))
        .route("/figures", get(figures::own))
        .route("/call/{*queue}", get(visitor::show).post(visitor::profile))
        .route("/access", get(access::list))
        .route("/access.csv", get(access::csv))
        .route("/doors", get(doors::list))
        .route("/doors/{entrance}/release", post(doors::release))
        .route("/doors/{entrance}/played", post(doors::played))
        .route("/snapshots/{id}", get(snapshots::picture))
        .fallback(guard::no_such_address)
        .method_not_allowed_fallback(guard::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(services.clone(), guard::api));
    let policy = headers::Policy::new(&services.config);
    Router::new()
        .nest("/api", api)
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics).layer(Extension(exchange.clone())))
        .merge(crate::feed::routes())
        .route("/pictures", get(pictures::upgrade))
        .with_state(services.clone())
        .merge(exchange.router())
        .fallback_service(assets::routes(assets))
        .layer(from_fn(move |request, next| headers::set(policy.clone(), request, next)))
}

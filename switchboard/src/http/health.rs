//! `/healthz` for probes and for desks that wait for the server to come back; `/metrics` for Prometheus.

use super::Failure;
use super::guard::Client;
use crate::exchange::Exchange;
use crate::exchange::limits::RETRY_AFTER_S;
use crate::services::Services;
use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use wire::ErrorCode;

/// 200 `ok` while the database answers and whoever asks could open a socket; else 503, and when to ask again. A page asks before it tries a
/// socket once more, since a browser shows it the refusal of a request and never that of a socket.
pub(super) async fn healthz(
    State(services): State<Services>,
    Extension(exchange): Extension<Exchange>,
    Client(address): Client,
) -> Response {
    if !exchange.has_place() || !services.caps.has_place(address) {
        return unwell("too many connections\n");
    }
    match services.store.ping().await {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(e) => {
            tracing::error!(error = %e, "the database does not answer");
            unwell("the database does not answer\n")
        }
    }
}

fn unwell(sentence: &'static str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER_S.to_string())], sentence).into_response()
}

/// The metrics, for loopback and the addresses in `http.metrics_from` only.
pub(super) async fn metrics(
    State(services): State<Services>,
    Extension(exchange): Extension<Exchange>,
    Client(address): Client,
) -> Result<Response, Failure> {
    if !address.is_loopback() && !services.config.http.metrics_from.contains(&address) {
        return Err(Failure::new(ErrorCode::NotFound, "there is no such address"));
    }
    let metrics = &services.metrics;
    exchange.report(metrics);
    metrics.set("portico_connections", &[], i64::from(services.caps.in_use()));
    metrics.set("portico_feeds", &[], i64::try_from(services.hub.clients()).unwrap_or(i64::MAX));
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.text()).into_response())
}

//! The door API of a simulated station: `/api/remote`, GET and POST, as the maker's document has it.

use super::login::Proof;
use super::relay::{self, BadRequest};
use super::{MAX_ANSWERS, Shared, fields};
use crate::clock::now_ms;
use crate::keys::{hex, random};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::collections::BTreeMap;

/// Largest body.
const MAX_BODY: usize = 16 * 1_024;

pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/api/remote", get(remote).post(remote))
        .route("/api/remote/", get(remote).post(remote))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(shared)
}

async fn remote(State(shared): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let response = answer(&shared, &method, &uri, &headers, &body);
    let mut state = shared.lock();
    if state.answers.len() == MAX_ANSWERS {
        state.answers.remove(0);
    }
    state.answers.push(response.status().as_u16());
    response
}

fn answer(shared: &Shared, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    let given = parameters(method, uri, headers, body);
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let mut nonce = [0_u8; 16];
    if random(&mut nonce).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut state = shared.lock();
    let empty = BTreeMap::new();
    match state.logins.check(method.as_str(), target, authorization, given.as_ref().unwrap_or(&empty), &hex(&nonce)) {
        Proof::Good => {}
        // With the login among the parameters a wrong one is a wrong parameter: the document knows 403 for these.
        Proof::Wrong => return StatusCode::FORBIDDEN.into_response(),
        Proof::Challenge(challenge) => {
            let mut response = StatusCode::UNAUTHORIZED.into_response();
            if let Ok(value) = HeaderValue::from_str(&challenge) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
            }
            return response;
        }
    }
    let Some(given) = given else { return StatusCode::BAD_REQUEST.into_response() };
    let get = |name: &str| given.get(name).map_or("", String::as_str);
    match relay::command(&mut state.relays, now_ms(), get("code"), get("relay")) {
        Err(BadRequest) => StatusCode::BAD_REQUEST.into_response(),
        Ok(answers) => {
            // 200 as soon as one relay closes. The body has the form of the value of an `RL` event.
            let opened = answers.iter().find(|(_, status)| *status == 200);
            let status = opened.or(answers.first()).map_or(400, |(_, status)| *status);
            let value: BTreeMap<String, u16> = answers.into_iter().map(|(number, status)| (number.to_string(), status)).collect();
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, axum::Json(serde_json::json!({ "value": value }))).into_response()
        }
    }
}

/// The parameters; `None` where the body is not what its type says.
fn parameters(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Option<BTreeMap<String, String>> {
    if *method == Method::GET {
        return Some(fields::pairs(uri.query().unwrap_or_default()));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        fields::json(body)
    } else {
        Some(fields::pairs(std::str::from_utf8(body).ok()?))
    }
}

//! A refused API call: status, code, and never an inner detail.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use wire::{ApiError, ErrorCode};

/// Why a call was refused.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    error: ApiError,
}

impl Failure {
    /// A refusal with this code; the status follows from it.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status: status(code), error: ApiError { code, message: message.into(), retry_after: None } }
    }

    /// Too many tries: come back after so many seconds.
    #[must_use]
    pub fn too_many(seconds: u32) -> Self {
        let mut failure = Self::new(ErrorCode::TooMany, "too many tries");
        failure.error.retry_after = Some(seconds.max(1));
        failure
    }

    /// Why.
    pub(super) fn code(&self) -> ErrorCode {
        self.error.code
    }

    /// A fault of ours: it is logged here, the client learns nothing about it.
    #[must_use]
    pub fn internal(fault: &dyn std::fmt::Display) -> Self {
        tracing::error!(%fault, "a request failed");
        Self::new(ErrorCode::Internal, "the server has a fault; it is in its log")
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.error.message)
    }
}

/// What a file ends in that was begun and may not, or cannot, go on.
impl std::error::Error for Failure {}

impl From<crate::store::StoreError> for Failure {
    fn from(error: crate::store::StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<crate::keys::KeysError> for Failure {
    fn from(error: crate::keys::KeysError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let retry_after = self.error.retry_after;
        let mut response = (self.status, Json(self.error)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadCredentials | ErrorCode::NotSignedIn | ErrorCode::SessionRevoked => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::NewPassword | ErrorCode::OriginRefused | ErrorCode::NotJson => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::BadRequest => StatusCode::BAD_REQUEST,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal | ErrorCode::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

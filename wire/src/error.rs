//! What a refused REST call answers.

use serde::{Deserialize, Serialize};

/// The body of every answer with a status of 400 or above under `/api`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// What went wrong, for the program. The page chooses its words by this.
    pub code: ErrorCode,
    /// What went wrong in one English sentence, for a developer. Never shown to a user as it is.
    pub message: String,
    /// Seconds to wait before the next try; the same number as the `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// The reasons for a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 401: user name and password do not belong together (which of the two is wrong is never said).
    BadCredentials,
    /// 403: the password is right and good for one sign-in only, which must set another one of [`PASSWORD_LEAST`](crate::PASSWORD_LEAST) letters or more.
    NewPassword,
    /// 401: there is no session, or it has ended.
    NotSignedIn,
    /// 401: somebody ended the session before its time.
    SessionRevoked,
    /// 403: signed in, but not allowed to do this.
    Forbidden,
    /// 403: the request comes from a page that is not in the list of origins.
    OriginRefused,
    /// 404: there is no such thing, or not for you.
    NotFound,
    /// 405: this address does not take this method.
    MethodNotAllowed,
    /// 400: the body is not what this address takes.
    BadRequest,
    /// 413: the body is larger than the limit.
    TooLarge,
    /// 403: the body is not declared as JSON, so that it may be a form of another page.
    NotJson,
    /// 429: too many tries, see `retry_after`.
    TooMany,
    /// 503: the server cannot do it at this moment, see `retry_after`.
    Unavailable,
    /// 500: a fault of the server; it is in its log.
    Internal,
    /// A code of a later version.
    #[serde(other)]
    Unknown,
}

//! What the office asks for.

use gloo_net::http::Request as Fetch;
use serde::de::DeserializeOwned;
use web_sys::AbortSignal;
use wire::{CallTimeline, LockoutList, PasswordChange, Secret, SessionList, SessionsEnded, WallList, WallWish};

use super::{Failure, escaped, get, limited, post, read, refusal};

/// That takes at most this long.
const REPORT_TIMEOUT_MS: u32 = 60_000;

/// Who is signed in where, behind a place in the list.
pub async fn sessions(find: &str, after: Option<&str>) -> Result<SessionList, Failure> {
    let after = after.map(|after| format!("&after={}", escaped(after))).unwrap_or_default();
    get(&format!("/api/sessions?find={}{after}", escaped(find))).await
}

/// Sets another password for oneself.
pub async fn change_password(present: Secret, new: Secret) -> Result<SessionsEnded, Failure> {
    post("/api/session/password", &PasswordChange { present, new }).await
}

/// Ends one session.
pub async fn end_session(id: &str) -> Result<SessionsEnded, Failure> {
    delete(&format!("/api/sessions/{}", escaped(id))).await
}

/// Ends all sessions of a person but this one; without a person one's own.
pub async fn end_sessions(person: Option<&str>) -> Result<SessionsEnded, Failure> {
    delete(&person.map_or_else(|| "/api/sessions".to_owned(), |id| format!("/api/sessions?person={}", escaped(id)))).await
}

/// Something that may take its time: a report, a page of the calls behind its figures, the log.
pub async fn asked<T: DeserializeOwned>(address: &str, query: &[(&str, String)]) -> Result<T, Failure> {
    let words: Vec<String> = query.iter().map(|(word, value)| format!("{word}={}", escaped(value))).collect();
    let signal = AbortSignal::timeout_with_u32(REPORT_TIMEOUT_MS);
    let request = Fetch::get(&format!("{address}?{}", words.join("&"))).abort_signal(Some(&signal));
    read(request.header("Accept", "application/json").send().await.map_err(|_| Failure::UNREACHABLE)?).await
}

/// One call, when more of it is known than so much.
pub async fn call(contact: &str, known: Option<(&str, String)>) -> Result<CallTimeline, Failure> {
    asked(&format!("/api/calls/{}", escaped(contact)), known.as_slice()).await
}

/// Who is locked out.
pub async fn lockouts() -> Result<LockoutList, Failure> {
    get("/api/lockouts").await
}

/// Lifts a lock-out.
pub async fn lift_lockout(id: &str) -> Result<(), Failure> {
    let request = limited(Fetch::delete(&format!("/api/lockouts/{}", escaped(id))));
    let response = request.send().await.map_err(|_| Failure::UNREACHABLE)?;
    if response.ok() { Ok(()) } else { Err(refusal(response).await) }
}

/// The links to the wallboard.
pub async fn walls() -> Result<WallList, Failure> {
    get("/api/walls").await
}

/// Makes one.
pub async fn make_wall(wish: &WallWish) -> Result<WallList, Failure> {
    post("/api/walls", wish).await
}

/// Revokes one.
pub async fn revoke_wall(id: &str) -> Result<WallList, Failure> {
    delete(&format!("/api/walls/{}", escaped(id))).await
}

async fn delete<T: DeserializeOwned>(address: &str) -> Result<T, Failure> {
    read(limited(Fetch::delete(address)).send().await.map_err(|_| Failure::UNREACHABLE)?).await
}

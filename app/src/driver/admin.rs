//! The requests of administration. Their refusals say more than those of a desk, so they are read here.

use gloo_net::http::{Request as Fetch, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::{AdminRefusal, Edit, OneTimePassword};

use super::http::{Failure, escaped, limited, refusal, text};

/// Why it was not done.
pub enum Error {
    /// The switchboard says why.
    Refused(Box<AdminRefusal>),
    /// It did not get that far.
    Failed(Failure),
}

/// A list.
pub async fn list<T: DeserializeOwned>(what: &str) -> Result<T, Error> {
    let response = limited(Fetch::get(&format!("/api/admin/{what}"))).send().await;
    read(answered(response.map_err(unreachable)?).await?).await
}

/// Adds a record, or changes the one of this version.
pub async fn save<T: Serialize + Clone>(what: &str, name: &str, version: Option<String>, record: &T) -> Result<(), Error> {
    let request = match version {
        None => limited(Fetch::post(&format!("/api/admin/{what}"))).json(record),
        Some(version) => {
            let edit = Edit { version, record: record.clone() };
            limited(Fetch::put(&format!("/api/admin/{what}/{}", escaped(name)))).json(&edit)
        }
    };
    let response = request.map_err(unreachable)?.send().await;
    answered(response.map_err(unreachable)?).await.map(drop)
}

/// Removes the record of this version.
pub async fn remove(what: &str, name: &str, version: &str) -> Result<(), Error> {
    let address = format!("/api/admin/{what}/{}?version={}", escaped(name), escaped(version));
    let response = limited(Fetch::delete(&address)).send().await;
    answered(response.map_err(unreachable)?).await.map(drop)
}

/// Makes a one-time password.
pub async fn password(user: &str) -> Result<OneTimePassword, Error> {
    let request = limited(Fetch::post(&format!("/api/admin/people/{}/password", escaped(user)))).json(&NoWish {});
    let request = request.map_err(unreachable)?;
    read(answered(request.send().await.map_err(unreachable)?).await?).await
}

/// A body that says nothing more than the address.
#[derive(Serialize)]
struct NoWish {}

fn unreachable(_: gloo_net::Error) -> Error {
    Error::Failed(Failure::UNREACHABLE)
}

async fn answered(response: Response) -> Result<Response, Error> {
    if response.ok() {
        return Ok(response);
    }
    // What is no refusal of administration is one of the doors before it.
    if matches!(response.status(), 403 | 404 | 409 | 422 | 503) {
        return Err(text(response).await.map_or(Error::Failed(Failure::UNREACHABLE), |refusal| Error::Refused(Box::new(refusal))));
    }
    Err(Error::Failed(refusal(response).await))
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    text(response).await.ok_or(Error::Failed(Failure::UNREACHABLE))
}

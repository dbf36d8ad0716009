//! The API of IPAC stations, as values: the body of a command, and what an answer says about one relay.
//!
//! `POST /api/remote/` takes relay 1, 2, or 3 for both. We never send 3: with one request per relay each has its own answer.

use super::Command;
use crate::doors::model::Login;
use crate::doors::outcome::{Cause, Outcome, Verdict};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Path of the door API.
pub const PATH: &str = "/api/remote/";
/// Largest answer that is read. An honest one is a few dozen bytes.
pub const MAX_ANSWER: usize = 16 * 1_024;

/// The JSON body of a command. Texts throughout, as in the maker's examples.
#[must_use]
pub fn body(command: &Command, login: &Login) -> String {
    let mut fields = BTreeMap::new();
    fields.insert("relay", command.relay.to_string());
    fields.insert("code", command.code.as_ref().map(|code| code.expose().to_owned()).unwrap_or_default());
    match login {
        Login::Body { user, password } => {
            fields.insert("login", user.clone());
            fields.insert("password", password.expose().to_owned());
        }
        Login::Basic { .. } | Login::Digest { .. } => {}
    }
    serde_json::json!(fields).to_string()
}

/// What is read of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// It carries WWW-Authenticate.
    pub challenges: bool,
    /// It carries Authentication-Info: our credentials were accepted (RFC 7616 3.5).
    pub accepted: bool,
    /// Its body.
    pub body: &'a [u8],
}

/// What an answer to a command with credentials says about `relay`.
#[must_use]
pub fn verdict(answer: Answer<'_>, relay: u8) -> Verdict {
    match per_relay(answer.body, relay) {
        Some(status) if answer.status < 300 => by_status(status, false),
        Some(_) | None => by_status(answer.status, answer.challenges && !answer.accepted),
    }
}

fn by_status(status: u16, wants_login: bool) -> Verdict {
    let because = |outcome| Verdict::because(outcome, Cause::Status(status));
    match status {
        200 => Verdict::of(Outcome::Opened),
        300..=399 => Verdict::because(Outcome::NotUnderstood, Cause::Redirected),
        400 => Verdict::of(Outcome::NotUnderstood),
        401 | 407 if wants_login => Verdict::of(Outcome::StationRefusedLogin),
        401 => Verdict::of(Outcome::OutsideSchedule),
        403 => Verdict::of(Outcome::BadCodeOrNotRemote),
        423 => Verdict::of(Outcome::Locked),
        480 => Verdict::of(Outcome::Busy),
        429 => because(Outcome::Busy),
        402..=499 => because(Outcome::NotUnderstood),
        // Something else than "opened" after the command went out: it may have reached the relay.
        _ => because(Outcome::SentNotConfirmed),
    }
}

#[derive(Deserialize)]
struct Value {
    value: BTreeMap<String, u16>,
}

/// The status of one relay where the body has one per relay, `{"value": {"1": 200, "2": 403}}`. The maker's document writes the
/// numbers without quotes, which is no JSON; both are read.
fn per_relay(body: &[u8], relay: u8) -> Option<u16> {
    let wanted = relay.to_string();
    if let Ok(Value { value }) = serde_json::from_slice::<Value>(body) {
        return value.get(&wanted).copied();
    }
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("\"value\"")?;
    let (_, rest) = rest.split_once('{')?;
    let (map, _) = rest.split_once('}')?;
    map.split(',').find_map(|pair| {
        let (key, value) = pair.split_once(':')?;
        (key.trim() == wanted).then(|| value.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Secret;

    fn says(status: u16, challenges: bool, accepted: bool, body: &str, relay: u8) -> Outcome {
        verdict(Answer { status, challenges, accepted, body: body.as_bytes() }, relay).outcome
    }

    #[test]
    fn every_status_of_the_document_has_its_outcome() {
        let table = [
            (200, false, Outcome::Opened),
            (400, false, Outcome::NotUnderstood),
            (401, false, Outcome::OutsideSchedule),
            (401, true, Outcome::StationRefusedLogin),
            (403, false, Outcome::BadCodeOrNotRemote),
            (423, false, Outcome::Locked),
            (480, false, Outcome::Busy),
            (404, false, Outcome::NotUnderstood),
            (302, false, Outcome::NotUnderstood),
            (500, false, Outcome::SentNotConfirmed),
            (503, false, Outcome::SentNotConfirmed),
            (202, false, Outcome::SentNotConfirmed),
        ];
        for (status, challenges, outcome) in table {
            assert_eq!(says(status, challenges, false, "", 1), outcome, "{status}");
        }
        // The login was accepted: what is refused is the hour.
        assert_eq!(says(401, true, true, "", 1), Outcome::OutsideSchedule);
    }

    #[test]
    fn mixed_answers_are_read_per_relay() {
        for body in [r#"{"task_id":0, "value": {1 :200, 2 :403}, "code": "RL"}"#, r#"{"value":{"1":200,"2":403}}"#] {
            assert_eq!(says(200, false, false, body, 1), Outcome::Opened);
            assert_eq!(says(200, false, false, body, 2), Outcome::BadCodeOrNotRemote);
        }
        // A refusal as a whole is not talked away by its body.
        assert_eq!(says(423, false, false, r#"{"value":{"1":200}}"#, 1), Outcome::Locked);
        assert_eq!(says(200, false, false, "opened", 1), Outcome::Opened);
    }

    #[test]
    fn only_the_status_200_can_open() {
        for status in 100..=999 {
            let opened = says(status, false, false, "", 1) == Outcome::Opened;
            assert_eq!(opened, status == 200, "{status}");
        }
    }

    #[test]
    fn the_body_is_the_makers() {
        let command = Command { relay: 1, code: Some(Secret::new("1111")) };
        let login = |user: &str, password: &str| (user.to_owned(), Secret::new(password));
        let (user, password) = login("toto", "titi");
        assert_eq!(body(&command, &Login::Digest { user: user.clone(), password: password.clone() }), r#"{"code":"1111","relay":"1"}"#);
        assert_eq!(body(&command, &Login::Body { user, password }), r#"{"code":"1111","login":"toto","password":"titi","relay":"1"}"#);
    }
}

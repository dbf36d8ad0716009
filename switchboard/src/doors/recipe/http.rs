//! Sends one command to a station over HTTP and waits for its answer, within one time limit for everything.
//!
//! With digest the first request has an empty body: a station that asks for no login never gets the code, and a proxy that swallows
//! the challenge opens nothing. The command is written at most once, but for a nonce that the station itself calls stale.

use super::digest::Offer;
use super::ipac::{self, MAX_ANSWER};
use super::{Command, Ipac};
use crate::doors::link::{Answer, Link, LinkError};
use crate::doors::model::Login;
use crate::doors::outcome::{Cause, Outcome, Verdict};
use crate::keys::{hex, random};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use hyper::{Method, Request};
use std::time::Duration;
use tokio::time::timeout;

/// Time for connecting and the TLS handshake.
pub const CONNECT: Duration = Duration::from_millis(2_500);
/// Time for everything. The engine gives up a little later, so that the cause told is the one known here.
pub const WHOLE: Duration = Duration::from_millis(4_000);
/// Commands that are written, the second only after `stale=true`.
const MAX_TRIES: usize = 2;

/// Commands one relay and says what became of it.
pub async fn command(station: &Ipac, command: &Command) -> Verdict {
    match timeout(WHOLE, talk(station, command)).await {
        Ok(verdict) => verdict,
        Err(_) => Verdict::because(Outcome::NoReply, Cause::TimedOut),
    }
}

async fn talk(station: &Ipac, command: &Command) -> Verdict {
    let body = ipac::body(command, &station.login);
    match &station.login {
        Login::Body { .. } => match post(station, None, body).await {
            Ok(answer) => read(answer, command.relay).await,
            Err(e) => no_answer(&e),
        },
        Login::Basic { user, password } => {
            let credentials = STANDARD.encode(format!("{user}:{}", password.expose()));
            match post(station, Some(format!("Basic {credentials}")), body).await {
                Ok(answer) => read(answer, command.relay).await,
                Err(e) => no_answer(&e),
            }
        }
        Login::Digest { user, password } => {
            let mut answer = match post(station, None, String::new()).await {
                Ok(answer) => answer,
                Err(e) => return no_answer(&e),
            };
            for round in 0..MAX_TRIES {
                let first = round == 0;
                let Some(offer) = offer(&answer).filter(|offer| first || offer.stale()) else { break };
                let Ok(cnonce) = cnonce() else { return Verdict::refused(Cause::OtherLogin) };
                let header = offer.authorization(user, password, "POST", &target(station), &cnonce);
                answer = match post(station, Some(header), body.clone()).await {
                    Ok(answer) => answer,
                    Err(e) => return no_answer(&e),
                };
                if answer.response.status() != 401 {
                    break;
                }
            }
            if answer.credentialed { read(answer, command.relay).await } else { without_challenge(answer, command.relay).await }
        }
    }
}

/// An answer, and whether the request carried the command.
struct Posted {
    answer: Answer,
    credentialed: bool,
}

impl std::ops::Deref for Posted {
    type Target = Answer;

    fn deref(&self) -> &Answer {
        &self.answer
    }
}

async fn post(station: &Ipac, authorization: Option<String>, body: String) -> Result<Posted, LinkError> {
    let credentialed = !body.is_empty();
    let mut request = Request::builder().method(Method::POST).uri(target(station)).header(CONTENT_TYPE, "application/json");
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|_| LinkError::NotReached)?;
    let link = timeout(CONNECT, Link::open(&station.endpoint, station.reach)).await.map_err(|_| LinkError::NotReached)??;
    Ok(Posted { answer: link.send(request).await?, credentialed })
}

/// The path that is asked for: the station's own, with the API's behind it.
fn target(station: &Ipac) -> String {
    format!("{}{}", station.endpoint.url.path.trim_end_matches('/'), ipac::PATH)
}

async fn read(mut posted: Posted, relay: u8) -> Verdict {
    let body = match posted.answer.body(MAX_ANSWER).await {
        Ok(body) => body,
        // The head came, but nothing that can be relied on.
        Err(LinkError::TooLarge) => return Verdict::because(Outcome::SentNotConfirmed, Cause::AnswerTooLarge),
        Err(e) => return no_answer(&e),
    };
    let headers = posted.response.headers();
    let answer = ipac::Answer {
        status: posted.response.status().as_u16(),
        challenges: headers.contains_key(WWW_AUTHENTICATE),
        accepted: headers.contains_key("authentication-info"),
        body: &body,
    };
    ipac::verdict(answer, relay)
}

/// The station answered the empty request with something else than a challenge for digest: no command was sent.
async fn without_challenge(posted: Posted, relay: u8) -> Verdict {
    match posted.response.status().as_u16() {
        401 if posted.response.headers().contains_key(WWW_AUTHENTICATE) => Verdict::refused(Cause::OtherLogin),
        401 | 423 | 429 | 480 => read(posted, relay).await,
        300..=399 => Verdict::refused(Cause::Redirected),
        _ => Verdict::refused(Cause::NoChallenge),
    }
}

fn offer(answer: &Answer) -> Option<Offer> {
    if answer.response.status() != 401 {
        return None;
    }
    Offer::choose(answer.response.headers().get_all(WWW_AUTHENTICATE).iter().map(|value| value.as_bytes()))
}

fn no_answer(error: &LinkError) -> Verdict {
    match error {
        LinkError::Address(_) => Verdict::refused(Cause::AddressRefused),
        LinkError::Untrusted => Verdict::refused(Cause::TlsUntrusted),
        LinkError::NotReached => Verdict::because(Outcome::NoReply, Cause::NotReached),
        LinkError::Closed => Verdict::because(Outcome::NoReply, Cause::ClosedWithoutAnswer),
        LinkError::TooLarge => Verdict::because(Outcome::SentNotConfirmed, Cause::AnswerTooLarge),
    }
}

fn cnonce() -> Result<String, crate::keys::KeysError> {
    let mut bytes = [0_u8; 12];
    random(&mut bytes)?;
    Ok(hex(&bytes))
}

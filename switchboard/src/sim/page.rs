//! The page of a simulated station, on a port of its own: what the relays really do, and switches for everything that can go wrong.

use super::camera::Mood;
use super::phone::Wish;
use super::{Mode, Shared, relay};
use crate::clock::now_ms;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::sync::PoisonError;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub(super) fn router(shared: Shared) -> Router {
    let text = |kind: &'static str, body: &'static str| move || async move { ([(header::CONTENT_TYPE, kind)], body) };
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/demo") }))
        .route("/demo", get(text("text/html; charset=utf-8", include_str!("page/index.html"))))
        .route("/demo/station.js", get(text("text/javascript; charset=utf-8", include_str!("page/station.js"))))
        .route("/demo/station.css", get(text("text/css; charset=utf-8", include_str!("page/station.css"))))
        .route("/demo/picture.jpg", get(picture))
        .route("/demo/state", get(state))
        .route("/demo/set", post(set))
        .route("/demo/ring", post(|state, headers| wish(Wish::Ring, state, headers)))
        .route("/demo/hang-up", post(|state, headers| wish(Wish::HangUp, state, headers)))
        .layer(DefaultBodyLimit::max(4 * 1_024))
        .layer(axum::middleware::map_response(headers))
        .with_state(shared)
}

async fn headers(mut response: Response) -> Response {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert::<HeaderName>(name, HeaderValue::from_static(value));
    }
    response
}

async fn picture(State(shared): State<Shared>) -> Response {
    if !*shared.power.borrow() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let picture = shared.lock().camera.picture(now_ms());
    ([(header::CONTENT_TYPE, "image/jpeg")], picture).into_response()
}

/// Everything that the page shows.
#[derive(Serialize)]
struct Shown {
    name: String,
    power: bool,
    login: &'static str,
    relays: Vec<ShownRelay>,
    camera: &'static str,
    streams: usize,
    answers: Vec<u16>,
    phone: ShownPhone,
}

#[derive(Serialize)]
struct ShownPhone {
    registered: bool,
    call: String,
    connected: bool,
    /// Loudness of what is heard, in dB below the loudest possible.
    level_db: Option<f64>,
    frequency_hz: Option<f64>,
    packets: u64,
    pictures: u64,
    keys: u64,
}

#[derive(Serialize)]
struct ShownRelay {
    number: usize,
    open: bool,
    open_for_ms: i64,
    pulses: u64,
    locked: bool,
    in_schedule: bool,
    remote: bool,
}

async fn state(State(shared): State<Shared>) -> Json<Shown> {
    Json(shown(&shared))
}

fn shown(shared: &Shared) -> Shown {
    let power = *shared.power.borrow();
    let mut phone = {
        let heard = shared.heard.lock().unwrap_or_else(PoisonError::into_inner);
        ShownPhone {
            registered: false,
            call: String::new(),
            connected: heard.connected,
            level_db: heard.ear.level_db(),
            frequency_hz: heard.ear.frequency_hz(),
            packets: heard.ear.packets,
            pictures: heard.pictures,
            keys: 0,
        }
    };
    let (state, now) = (shared.lock(), now_ms());
    (phone.registered, phone.keys) = (state.phone.registered, state.keypad.heard);
    phone.call.clone_from(&state.phone.call);
    let relay = |(index, relay): (usize, &relay::Relay)| ShownRelay {
        number: index + 1,
        open: relay.is_open(now),
        open_for_ms: (relay.open_until - now).max(0),
        pulses: relay.pulses,
        locked: relay.locked,
        in_schedule: relay.in_schedule,
        remote: relay.remote,
    };
    Shown {
        name: state.name.clone(),
        power,
        login: state.logins.mode.word(),
        relays: state.relays.iter().enumerate().map(relay).collect(),
        camera: state.camera.mood.word(),
        streams: state.camera.streams,
        answers: state.answers.clone(),
        phone,
    }
}

async fn wish(wish: Wish, State(shared): State<Shared>, headers: HeaderMap) -> Response {
    if !own_page(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    // A telephone that is not there, or is busy with earlier wishes.
    if shared.wishes.try_send(wish).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(shown(&shared)).into_response()
}

/// What the page may change; whatever is missing stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    power: Option<bool>,
    login: Option<String>,
    camera: Option<String>,
    token: Option<String>,
    forget_nonces: Option<bool>,
    relay: Option<RelayChange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelayChange {
    number: usize,
    locked: Option<bool>,
    in_schedule: Option<bool>,
    remote: Option<bool>,
    /// A code that somebody types at the keypad of the station.
    typed: Option<String>,
}

async fn set(State(shared): State<Shared>, headers: HeaderMap, Json(change): Json<Change>) -> Response {
    if !own_page(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if apply(&shared, change).is_none() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    Json(shown(&shared)).into_response()
}

/// Another page must not switch the station: browsers name the origin of every POST.
fn own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin == format!("http://{host}"),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

fn apply(shared: &Shared, change: Change) -> Option<()> {
    let mut state = shared.lock();
    if let Some(login) = change.login {
        state.logins.mode = Mode::parse(&login)?;
    }
    if let Some(camera) = change.camera {
        state.camera.mood = Mood::parse(&camera)?;
    }
    if let Some(token) = change.token {
        state.camera.token = token;
    }
    if change.forget_nonces == Some(true) {
        state.logins.forget_nonces();
    }
    if let Some(change) = change.relay {
        let relay = state.relays.get_mut(change.number.checked_sub(1)?)?;
        relay.locked = change.locked.unwrap_or(relay.locked);
        relay.in_schedule = change.in_schedule.unwrap_or(relay.in_schedule);
        relay.remote = change.remote.unwrap_or(relay.remote);
        if let Some(code) = change.typed {
            relay.typed(now_ms(), &code);
        }
    }
    drop(state);
    if let Some(on) = change.power {
        shared.power.send_replace(on);
    }
    Some(())
}

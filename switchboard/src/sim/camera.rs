//! The camera of a simulated station: `/video.mjpeg` and `/snapshot.jpg`, behind `api_token` as the maker's document has it.
//!
//! The pictures are drawn by `clip/draw.py`. Each one that is sent carries its number and its time in a comment segment, so that
//! whoever receives it can tell how old it is.

use super::{Shared, fields};
use crate::clock::now_ms;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::sleep;

/// Time between two pictures of the stream.
const EVERY: Duration = Duration::from_millis(200);
/// Length that a huge part claims.
const HUGE: usize = 64 * 1_024 * 1_024;

const PICTURES: [&[u8]; 12] = [
    include_bytes!("clip/frames/01.jpg"),
    include_bytes!("clip/frames/02.jpg"),
    include_bytes!("clip/frames/03.jpg"),
    include_bytes!("clip/frames/04.jpg"),
    include_bytes!("clip/frames/05.jpg"),
    include_bytes!("clip/frames/06.jpg"),
    include_bytes!("clip/frames/07.jpg"),
    include_bytes!("clip/frames/08.jpg"),
    include_bytes!("clip/frames/09.jpg"),
    include_bytes!("clip/frames/10.jpg"),
    include_bytes!("clip/frames/11.jpg"),
    include_bytes!("clip/frames/12.jpg"),
];

/// How the camera behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// As it should.
    Normal,
    /// The stream is open and nothing comes.
    Stalled,
    /// A part of 64 MiB.
    Huge,
    /// The stream names no boundary.
    NoBoundary,
    /// Parts without a byte.
    Empty,
}

impl Mood {
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Normal, Self::Stalled, Self::Huge, Self::NoBoundary, Self::Empty].into_iter().find(|mood| mood.word() == word)
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Stalled => "stalled",
            Self::Huge => "huge",
            Self::NoBoundary => "no_boundary",
            Self::Empty => "empty",
        }
    }
}

/// The state of the camera.
#[derive(Debug)]
pub(super) struct Camera {
    pub token: String,
    pub mood: Mood,
    /// Streams that are open.
    pub streams: usize,
    /// Pictures sent since the start.
    pub sent: u64,
}

impl Camera {
    pub fn new(token: String) -> Self {
        Self { token, mood: Mood::Normal, streams: 0, sent: 0 }
    }

    /// The next picture, numbered and dated.
    pub fn picture(&mut self, now: i64) -> Vec<u8> {
        let index = usize::try_from(self.sent).unwrap_or_default() % PICTURES.len();
        self.sent += 1;
        let comment = format!("picture={} at={now}", self.sent);
        let picture = PICTURES[index];
        let mut out = Vec::with_capacity(picture.len() + comment.len() + 4);
        // The comment stands behind the two bytes that begin every JPEG.
        out.extend_from_slice(&picture[..2]);
        out.extend_from_slice(&[0xff, 0xfe]);
        out.extend_from_slice(&u16::try_from(comment.len() + 2).unwrap_or(2).to_be_bytes());
        out.extend_from_slice(comment.as_bytes());
        out.extend_from_slice(&picture[2..]);
        out
    }
}

pub(super) fn router(shared: Shared) -> Router {
    Router::new().route("/video.mjpeg", get(video)).route("/snapshot.jpg", get(snapshot)).with_state(shared)
}

fn allowed(shared: &Shared, query: Option<&str>) -> bool {
    fields::pairs(query.unwrap_or_default()).get("api_token") == Some(&shared.lock().camera.token)
}

async fn snapshot(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    if !allowed(&shared, query.as_deref()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mood = shared.lock().camera.mood;
    let body = match mood {
        Mood::Normal | Mood::NoBoundary => shared.lock().camera.picture(now_ms()),
        Mood::Empty => Vec::new(),
        Mood::Huge => vec![0xff; 4 * 1_024 * 1_024],
        Mood::Stalled => {
            while shared.lock().camera.mood == Mood::Stalled && *shared.power.borrow() {
                sleep(EVERY).await;
            }
            Vec::new()
        }
    };
    ([(header::CONTENT_TYPE, "image/jpeg")], body).into_response()
}

/// Counts an open stream for as long as it lives.
struct Open(Shared);

impl Open {
    fn new(shared: Shared) -> Self {
        shared.lock().camera.streams += 1;
        Self(shared)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().camera.streams -= 1;
    }
}

async fn video(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    if !allowed(&shared, query.as_deref()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (token, named) = {
        let state = shared.lock();
        (state.camera.token.clone(), state.camera.mood != Mood::NoBoundary)
    };
    let kind = if named { "multipart/x-mixed-replace; boundary=portico" } else { "multipart/x-mixed-replace" };
    let pieces = stream::unfold((Open::new(shared), token, true), |(open, token, first)| async move {
        if !first {
            sleep(EVERY).await;
        }
        loop {
            let ended = !*open.0.power.borrow() || open.0.lock().camera.token != token;
            let mood = open.0.lock().camera.mood;
            let piece = match mood {
                _ if ended => return None,
                Mood::Normal | Mood::NoBoundary => part(&open.0.lock().camera.picture(now_ms())),
                Mood::Empty => part(&[]),
                Mood::Huge => huge(),
                Mood::Stalled => {
                    sleep(EVERY).await;
                    continue;
                }
            };
            return Some((Ok::<Bytes, Infallible>(piece), (open, token, false)));
        }
    });
    ([(header::CONTENT_TYPE, kind)], Body::from_stream(pieces)).into_response()
}

fn part(jpeg: &[u8]) -> Bytes {
    let mut out = format!("--portico\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len()).into_bytes();
    out.extend_from_slice(jpeg);
    out.extend_from_slice(b"\r\n");
    Bytes::from(out)
}

/// The beginning of a part that never ends.
fn huge() -> Bytes {
    let mut out = format!("--portico\r\nContent-Type: image/jpeg\r\nContent-Length: {HUGE}\r\n\r\n").into_bytes();
    out.resize(out.len() + 256 * 1_024, 0xff);
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_jpegs_with_a_number() {
        let mut camera = Camera::new("t".into());
        for number in 1..=13 {
            let picture = camera.picture(1_700_000_000_000);
            assert!(picture.starts_with(&[0xff, 0xd8, 0xff, 0xfe]) && picture.ends_with(&[0xff, 0xd9]));
            let comment = format!("picture={number} at=1700000000000");
            assert_eq!(&picture[6..6 + comment.len()], comment.as_bytes());
            assert_eq!(u16::from_be_bytes([picture[4], picture[5]]), u16::try_from(comment.len() + 2).expect("short"));
        }
    }
}

//! Reads one station for as long as anybody looks: opens, reads, names what goes wrong, and tries again.

use super::multipart::{Event, MAX_PART, Parts, boundary};
use super::{DELAYED, Frame, GIVE_UP, LEAST_BETWEEN, MAX_RATE, PictureKind, PictureSource, Trouble, View};
use crate::doors::link::{Answer, Link, LinkError};
use crate::doors::model::Login;
use crate::doors::recipe::digest::Offer;
use crate::keys::{hex, random};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

/// Time for connecting and the head of the answer.
const OPEN: Duration = Duration::from_secs(3);
/// First wait before a stream is opened anew; it doubles up to [`LAST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Longest wait: a station that is back is seen again within three seconds.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Runs until it is aborted.
pub(super) async fn run(source: PictureSource, views: watch::Sender<View>) {
    let mut shown = Shown { views, number: 0, last: None };
    let mut wait = FIRST_WAIT;
    loop {
        let before = shown.number;
        let trouble = match source.kind {
            PictureKind::Mjpeg => stream(&source, &mut shown).await,
            PictureKind::Snapshot { every } => snapshots(&source, every, &mut shown).await,
        };
        shown.trouble(trouble);
        wait = if shown.number > before { FIRST_WAIT } else { (wait * 2).min(LAST_WAIT) };
        sleep(wait).await;
    }
}

/// What watchers see.
struct Shown {
    views: watch::Sender<View>,
    number: u64,
    last: Option<Instant>,
}

impl Shown {
    /// Passes a picture on, unless one was passed on a moment ago: a camera that sends too fast is slowed down here.
    fn picture(&mut self, jpeg: Vec<u8>) -> Result<(), Trouble> {
        if !jpeg.starts_with(&[0xff, 0xd8, 0xff]) {
            return Err(Trouble::NotJpeg);
        }
        let now = Instant::now();
        if self.last.is_some_and(|last| now < last + LEAST_BETWEEN) {
            return Ok(());
        }
        self.last = Some(now);
        self.number += 1;
        let frame = Arc::new(Frame { number: self.number, jpeg: Bytes::from(jpeg), at: now.into_std() });
        self.views.send_replace(View { frame: Some(frame), trouble: None });
        Ok(())
    }

    fn trouble(&self, trouble: Trouble) {
        self.views.send_if_modified(|view| {
            let news = view.trouble != Some(trouble);
            view.trouble = Some(trouble);
            news
        });
    }
}

/// Reads a stream until something is wrong with it.
async fn stream(source: &PictureSource, shown: &mut Shown) -> Trouble {
    let mut answer = match timeout(OPEN, open(source)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(trouble)) => return trouble,
        Err(_) => return Trouble::NotReached,
    };
    let kind = answer.response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(boundary) = boundary(kind) else { return Trouble::NoBoundary };
    let mut parts = Parts::new(&boundary);
    let mut pace = Pace::new();
    let mut delayed_at = Instant::now() + DELAYED;
    let mut silent_at = Instant::now() + GIVE_UP;
    loop {
        let piece = match timeout_at(delayed_at.min(silent_at), answer.piece()).await {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None) | Err(_)) => return Trouble::Ended,
            Err(_) => {
                if Instant::now() >= silent_at {
                    return Trouble::Delayed;
                }
                shown.trouble(Trouble::Delayed);
                delayed_at = Instant::now() + GIVE_UP;
                continue;
            }
        };
        silent_at = Instant::now() + GIVE_UP;
        for event in parts.feed(&piece) {
            match event {
                Event::Part(jpeg) => {
                    if let Err(trouble) = shown.picture(jpeg) {
                        return trouble;
                    }
                    delayed_at = Instant::now() + DELAYED;
                }
                Event::Empty => shown.trouble(Trouble::EmptyPart),
                Event::Huge => return Trouble::HugePart,
                Event::End => return Trouble::Ended,
            }
        }
        // A station that trickles bytes without a picture is delayed too.
        if Instant::now() >= delayed_at {
            shown.trouble(Trouble::Delayed);
            delayed_at = Instant::now() + DELAYED;
        }
        pace.take(piece.len()).await;
    }
}

/// Fetches single pictures until one fails.
async fn snapshots(source: &PictureSource, every: Duration, shown: &mut Shown) -> Trouble {
    loop {
        let started = Instant::now();
        let fetched = timeout(GIVE_UP, async {
            let mut answer = open(source).await?;
            answer.body(MAX_PART).await.map_err(|e| trouble_of(&e))
        });
        let jpeg = match fetched.await {
            Ok(Ok(jpeg)) => jpeg,
            Ok(Err(trouble)) => return trouble,
            Err(_) => return Trouble::Delayed,
        };
        if jpeg.is_empty() {
            return Trouble::EmptyPart;
        }
        if let Err(trouble) = shown.picture(jpeg) {
            return trouble;
        }
        sleep_until(started + every.max(LEAST_BETWEEN)).await;
    }
}

/// Asks for the picture and judges the head of the answer.
async fn open(source: &PictureSource) -> Result<Answer, Trouble> {
    let authorization = match &source.login {
        Some(Login::Basic { user, password }) => Some(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())))),
        Some(Login::Digest { .. } | Login::Body { .. }) | None => None,
    };
    let mut answer = get(source, authorization).await?;
    if let (401, Some(Login::Digest { user, password })) = (answer.response.status().as_u16(), &source.login) {
        let offer = Offer::choose(answer.response.headers().get_all(WWW_AUTHENTICATE).iter().map(|value| value.as_bytes()));
        let mut bytes = [0_u8; 12];
        if let (Some(offer), Ok(())) = (offer, random(&mut bytes)) {
            let header = offer.authorization(user, password, "GET", &target(source), &hex(&bytes));
            answer = get(source, Some(header)).await?;
        }
    }
    match answer.response.status().as_u16() {
        200 => Ok(answer),
        401 | 403 => Err(Trouble::WrongToken),
        status => Err(Trouble::Status(status)),
    }
}

async fn get(source: &PictureSource, authorization: Option<String>) -> Result<Answer, Trouble> {
    let mut request = Request::builder().uri(target(source));
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    let request = request.body(Full::new(Bytes::new())).map_err(|_| Trouble::NotReached)?;
    let link = Link::open(&source.endpoint, source.reach).await.map_err(|e| trouble_of(&e))?;
    link.send(request).await.map_err(|e| trouble_of(&e))
}

fn target(source: &PictureSource) -> String {
    let path = &source.endpoint.url.path;
    match &source.token {
        None => path.clone(),
        Some(token) => {
            let separator = if path.contains('?') { '&' } else { '?' };
            format!("{path}{separator}{}={}", token.parameter, escaped(token.value.expose()))
        }
    }
}

/// Percent-encodes everything but the unreserved characters (RFC 3986 2.3).
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                out.push_str(&hex(&[byte]).to_ascii_uppercase());
            }
        }
    }
    out
}

fn trouble_of(error: &LinkError) -> Trouble {
    match error {
        LinkError::Address(_) => Trouble::AddressRefused,
        LinkError::Untrusted => Trouble::TlsUntrusted,
        LinkError::NotReached => Trouble::NotReached,
        LinkError::Closed => Trouble::Ended,
        LinkError::TooLarge => Trouble::HugePart,
    }
}

/// Reads no faster than [`MAX_RATE`]; the station feels it as a full pipe.
struct Pace {
    free_at: Instant,
}

impl Pace {
    fn new() -> Self {
        Self { free_at: Instant::now() }
    }

    async fn take(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let now = Instant::now();
        self.free_at = self.free_at.max(now) + Duration::from_secs_f64(f64::from(bytes) / f64::from(MAX_RATE));
        // A short burst passes: pictures come in bursts.
        if self.free_at > now + Duration::from_millis(250) {
            sleep_until(self.free_at - Duration::from_millis(250)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_token_stays_one_value() {
        assert_eq!(escaped("aZ0-._~"), "aZ0-._~");
        assert_eq!(escaped("a&b=c d/é"), "a%26b%3Dc%20d%2F%C3%A9");
    }
}

//! One reader per station over real sockets, and everything that a camera can do wrong.

use crate::support::{HERE, Sim, answering, listen, settings};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use switchboard::doors::address::{Reach, StationUrl};
use switchboard::doors::model::{Endpoint, Login, Trust};
use switchboard::doors::pictures::{Gallery, Key, LINGER, PictureKind, PictureSource, Token, Trouble, View, Watch};
use switchboard::ids::TenantId;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{sleep, timeout};
use wire::Secret;

const LIMIT: Duration = Duration::from_secs(10);

fn key(name: &str) -> Key {
    (TenantId::new("demo"), name.to_owned())
}

fn source(device: SocketAddr, path: &str, kind: PictureKind) -> PictureSource {
    let url = StationUrl::parse(&format!("http://{device}{path}")).unwrap();
    let token = Some(Token { parameter: "api_token".into(), value: Secret::new("APITOKEN") });
    PictureSource { kind, endpoint: Endpoint { url, trust: Trust::Plain }, reach: HERE, token, login: None }
}

pub fn mjpeg(device: SocketAddr) -> PictureSource {
    source(device, "/video.mjpeg", PictureKind::Mjpeg)
}

/// Number and time that the simulated camera wrote into a picture.
fn stamp(jpeg: &[u8]) -> (u64, i64) {
    let length = usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    let text = std::str::from_utf8(&jpeg[6..4 + length]).unwrap();
    let (number, at) = text.strip_prefix("picture=").unwrap().split_once(" at=").unwrap();
    (number.parse().unwrap(), at.parse().unwrap())
}

async fn until(watch: &mut Watch, what: impl Fn(&View) -> bool) -> View {
    let found = async {
        let mut view = watch.now();
        while !what(&view) {
            view = watch.changed().await;
        }
        view
    };
    timeout(LIMIT, found).await.expect("a view in ten seconds")
}

#[tokio::test]
async fn twenty_watchers_are_one_reader_and_see_moving_pictures() {
    let sim = Sim::start(settings()).await;
    let gallery = Gallery::default();
    let mut watches: Vec<Watch> = (0..20).map(|_| gallery.watch(&key("north"), &mjpeg(sim.device())).unwrap()).collect();
    for watch in &mut watches {
        let first = timeout(LIMIT, watch.next_frame()).await.unwrap();
        let second = timeout(LIMIT, watch.next_frame()).await.unwrap();
        assert!(second.number > first.number && stamp(&second.jpeg).0 > stamp(&first.jpeg).0);
        assert!(second.jpeg.ends_with(&[0xff, 0xd9]) && second.at.elapsed() < Duration::from_secs(1));
    }
    assert_eq!((gallery.readers(), sim.state().await["streams"].as_u64()), (1, Some(1)));
    // Whoever looked away for a moment comes back to the same reader.
    watches.clear();
    let watch = gallery.watch(&key("north"), &mjpeg(sim.device())).unwrap();
    assert!(watch.now().frame.is_some());
    drop(watch);
    sleep(LINGER + Duration::from_millis(300)).await;
    assert_eq!(gallery.readers(), 0);
    let closed = async { while sim.state().await["streams"].as_u64() != Some(0) {} };
    timeout(LIMIT, closed).await.expect("the stream is closed when nobody looks");
}

#[tokio::test]
async fn a_slow_watcher_gets_the_newest_picture() {
    let sim = Sim::start(settings()).await;
    let gallery = Gallery::default();
    let mut watch = gallery.watch(&key("north"), &mjpeg(sim.device())).unwrap();
    let first = timeout(LIMIT, watch.next_frame()).await.unwrap().number;
    sleep(Duration::from_millis(1_200)).await;
    let next = timeout(LIMIT, watch.next_frame()).await.unwrap();
    assert!(next.number >= first + 4, "pictures between were skipped");
    assert!(next.at.elapsed() < Duration::from_secs(1), "and this one is new");
}

#[tokio::test]
async fn single_pictures_are_fetched_at_their_pace() {
    let sim = Sim::start(settings()).await;
    let gallery = Gallery::default();
    let every = Duration::from_millis(150);
    let mut watch = gallery.watch(&key("north"), &source(sim.device(), "/snapshot.jpg", PictureKind::Snapshot { every })).unwrap();
    let started = Instant::now();
    for number in 1..=5 {
        assert_eq!(timeout(LIMIT, watch.next_frame()).await.unwrap().number, number);
    }
    assert!(started.elapsed() >= every * 4);
}

#[tokio::test]
async fn a_wrong_token_is_named_and_a_new_one_is_taken() {
    let sim = Sim::start(settings()).await;
    let gallery = Gallery::default();
    let mut watch = gallery.watch(&key("north"), &mjpeg(sim.device())).unwrap();
    timeout(LIMIT, watch.next_frame()).await.unwrap();
    // Rotated in the middle of the stream.
    sim.set(json!({"token": "OTHER"})).await;
    let view = until(&mut watch, |view| view.trouble == Some(Trouble::WrongToken)).await;
    assert!(view.frame.is_some(), "the last picture stays, and grows old");
    sim.set(json!({"token": "APITOKEN"})).await;
    let back = Instant::now();
    until(&mut watch, |view| view.trouble.is_none()).await;
    assert!(back.elapsed() < Duration::from_secs(3), "{:?}", back.elapsed());
}

#[tokio::test]
async fn each_misbehaviour_has_its_name_and_passes() {
    for (mood, trouble) in
        [("stalled", Trouble::Delayed), ("huge", Trouble::HugePart), ("no_boundary", Trouble::NoBoundary), ("empty", Trouble::EmptyPart)]
    {
        let sim = Sim::start(settings()).await;
        let gallery = Gallery::default();
        sim.set(json!({"camera": mood})).await;
        let mut watch = gallery.watch(&key("north"), &mjpeg(sim.device())).unwrap();
        until(&mut watch, |view| view.trouble == Some(trouble)).await;
        sim.set(json!({"camera": "normal"})).await;
        let back = Instant::now();
        until(&mut watch, |view| view.trouble.is_none() && view.frame.is_some()).await;
        assert!(back.elapsed() < Duration::from_secs(3), "{mood}: {:?}", back.elapsed());
    }
}

#[tokio::test]
async fn a_stall_in_the_middle_is_told_within_three_seconds() {
    let sim = Sim::start(settings()).await;
    let gallery = Gallery::default();
    let mut watch = gallery.watch(&key("north"), &mjpeg(sim.device())).unwrap();
    timeout(LIMIT, watch.next_frame()).await.unwrap();
    sim.set(json!({"camera": "stalled"})).await;
    let since = Instant::now();
    let view = until(&mut watch, |view| view.trouble == Some(Trouble::Delayed)).await;
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    assert!(view.frame.unwrap().at.elapsed() >= Duration::from_secs(2), "its age is known");
}

#[tokio::test]
async fn power_off_is_named_and_power_on_brings_the_picture_back() {
    let sim = Sim::start(settings()).await;
    let gallery = Gallery::default();
    let mut watch = gallery.watch(&key("north"), &mjpeg(sim.device())).unwrap();
    timeout(LIMIT, watch.next_frame()).await.unwrap();
    sim.set(json!({"power": false})).await;
    until(&mut watch, |view| view.trouble == Some(Trouble::NotReached)).await;
    sim.set(json!({"power": true})).await;
    let back = Instant::now();
    until(&mut watch, |view| view.trouble.is_none()).await;
    assert!(back.elapsed() < Duration::from_secs(3), "{:?}", back.elapsed());
}

#[tokio::test]
async fn other_answers_are_named() {
    for (answer, trouble) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Trouble::Status(404)),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", Trouble::Status(302)),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n--b\r\nContent-Length: 6\r\n\r\n<html>\r\n--b",
            Trouble::NotJpeg,
        ),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", Trouble::NoBoundary),
    ] {
        let gallery = Gallery::default();
        let mut watch = gallery.watch(&key("north"), &mjpeg(answering(answer).await)).unwrap();
        until(&mut watch, |view| view.trouble == Some(trouble)).await;
    }
    let gallery = Gallery::default();
    let refused = PictureSource { reach: Reach::default(), ..mjpeg("127.0.0.1:8080".parse().unwrap()) };
    let mut watch = gallery.watch(&key("north"), &refused).unwrap();
    until(&mut watch, |view| view.trouble == Some(Trouble::AddressRefused)).await;
}

#[tokio::test]
async fn a_camera_may_want_a_login() {
    let camera = listen(|mut stream, request| async move {
        let basic = request.contains("\r\nauthorization: Basic dG90bzp0aXRp\r\n");
        let digest = request.contains("authorization: Digest username=\"toto\"") && request.contains("nonce=\"n\"");
        let challenge = "HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n";
        let picture: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n\r\n\xff\xd8\xff\xd9";
        let _ = stream.write_all(if basic || digest { picture } else { challenge.as_bytes() }).await;
    })
    .await;
    let login = |basic: bool| {
        let (user, password) = ("toto".to_owned(), Secret::new("titi"));
        if basic { Login::Basic { user, password } } else { Login::Digest { user, password } }
    };
    let every = Duration::from_millis(200);
    let source = |login| PictureSource { login, ..source(camera, "/snapshot.jpg", PictureKind::Snapshot { every }) };
    for (name, login) in [("basic", login(true)), ("digest", login(false))] {
        let gallery = Gallery::default();
        let mut watch = gallery.watch(&key(name), &source(Some(login))).unwrap();
        assert_eq!(timeout(LIMIT, watch.next_frame()).await.expect(name).jpeg.len(), 4);
    }
    let gallery = Gallery::default();
    let mut watch = gallery.watch(&key("none"), &source(None)).unwrap();
    until(&mut watch, |view| view.trouble == Some(Trouble::WrongToken)).await;
}

#[tokio::test]
async fn a_camera_that_sends_too_fast_is_slowed_down() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let camera = listen(move |mut stream, _| {
        let counted = counted.clone();
        async move {
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n";
            let mut part = b"--b\r\nContent-Length: 20000\r\n\r\n".to_vec();
            part.extend_from_slice(&[0xff, 0xd8, 0xff]);
            part.resize(part.len() + 19_997, 0);
            part.extend_from_slice(b"\r\n");
            let _ = stream.write_all(head).await;
            while stream.write_all(&part).await.is_ok() {
                counted.fetch_add(part.len(), Ordering::Relaxed);
            }
        }
    })
    .await;
    let gallery = Gallery::default();
    let mut watch = gallery.watch(&key("north"), &mjpeg(camera)).unwrap();
    timeout(LIMIT, watch.next_frame()).await.unwrap();
    let before = watch.now().frame.unwrap().number;
    sleep(Duration::from_secs(2)).await;
    let pictures = watch.now().frame.unwrap().number - before;
    assert!((5..=34).contains(&pictures), "{pictures} in two seconds");
    // Four megabytes a second, and what the sockets hold.
    let bytes = sent.load(Ordering::Relaxed);
    assert!(bytes < 20 * 1_024 * 1_024, "{bytes}");
}

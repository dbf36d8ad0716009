//! Stations that misbehave: each ends in the outcome that says what is known, in time, and never in "opened".

use crate::support::{answering, digest, ipac, listen, open};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use switchboard::doors::model::Login;
use switchboard::doors::outcome::{Cause, Outcome, Verdict};
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;
use wire::Secret;

fn basic() -> Login {
    Login::Basic { user: "toto".into(), password: Secret::new("titi") }
}

async fn commanded(station: SocketAddr) -> Verdict {
    let started = Instant::now();
    let verdict = open(&ipac(station, basic()), 1, "1111").await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    verdict
}

#[tokio::test]
async fn a_reset_after_the_command_is_no_reply() {
    let station = listen(|stream, request| async move {
        assert!(request.contains(r#""code":"1111""#), "the command had arrived");
        stream.set_zero_linger().unwrap();
        drop(stream);
    })
    .await;
    assert_eq!(commanded(station).await, Verdict::because(Outcome::NoReply, Cause::ClosedWithoutAnswer));
}

#[tokio::test]
async fn what_is_no_http_is_no_reply() {
    for answer in ["", "OPEN\r\n", "HTTP/1.1 999999 ?\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"value\""] {
        let verdict = commanded(answering(answer).await).await;
        assert_eq!(verdict, Verdict::because(Outcome::NoReply, Cause::ClosedWithoutAnswer), "{answer:?}");
    }
}

#[tokio::test]
async fn a_body_of_one_byte_a_second_is_no_reply_in_time() {
    let station = listen(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n").await;
        while stream.write_all(b" ").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    })
    .await;
    assert_eq!(commanded(station).await, Verdict::because(Outcome::NoReply, Cause::TimedOut));
}

#[tokio::test]
async fn a_silent_station_is_no_reply_in_time() {
    let station = listen(|stream, _| async move {
        sleep(Duration::from_secs(30)).await;
        drop(stream);
    })
    .await;
    assert_eq!(commanded(station).await, Verdict::because(Outcome::NoReply, Cause::TimedOut));
}

#[tokio::test]
async fn ten_megabytes_are_not_read() {
    let station = listen(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n").await;
        while stream.write_all(&[b' '; 65_536]).await.is_ok() {}
    })
    .await;
    assert_eq!(commanded(station).await, Verdict::because(Outcome::SentNotConfirmed, Cause::AnswerTooLarge));
}

#[tokio::test]
async fn headers_without_end_are_no_reply() {
    let station = listen(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").await.is_ok() {}
    })
    .await;
    assert_eq!(commanded(station).await.outcome, Outcome::NoReply);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = visits.clone();
    let elsewhere = listen(move |mut stream, _| {
        let counted = counted.clone();
        async move {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        }
    })
    .await;
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let answer = format!("HTTP/1.1 {status}\r\nLocation: http://{elsewhere}/api/remote/\r\nContent-Length: 0\r\n\r\n");
        let verdict = commanded(answering(answer.clone()).await).await;
        assert_eq!(verdict, Verdict::because(Outcome::NotUnderstood, Cause::Redirected), "{status}");
        // With digest the code had not even left.
        let verdict = open(&ipac(answering(answer).await, digest("toto", "titi")), 1, "1111").await;
        assert_eq!(verdict, Verdict::refused(Cause::Redirected), "{status}");
    }
    assert_eq!(visits.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn faults_of_the_station_confirm_nothing() {
    for status in [500, 502, 503] {
        let answer = format!("HTTP/1.1 {status} Fault\r\nContent-Length: 0\r\n\r\n");
        let verdict = commanded(answering(answer).await).await;
        assert_eq!(verdict, Verdict::because(Outcome::SentNotConfirmed, Cause::Status(status)));
    }
}

#[tokio::test]
async fn an_answer_per_relay_is_read_per_relay() {
    let body = r#"{"task_id":0, "value": {1 :200, 2 :403}, "code": "RL"}"#;
    let station = answering(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
    let station = ipac(station, basic());
    assert_eq!(open(&station, 1, "1111").await.outcome, Outcome::Opened);
    assert_eq!(open(&station, 2, "1111").await.outcome, Outcome::BadCodeOrNotRemote);
}

#[tokio::test]
async fn the_command_is_written_once_whatever_the_station_asks() {
    // A station that challenges for ever with new nonces (CVE-2020-28242 was such a loop on the other side).
    let commands = Arc::new(AtomicUsize::new(0));
    let counted = commands.clone();
    let station = listen(move |mut stream, request| {
        let counted = counted.clone();
        async move {
            let n = counted.load(Ordering::Relaxed);
            if request.contains("1111") {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            let answer =
                format!("HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm=\"a\", nonce=\"{n}\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let verdict = open(&ipac(station, digest("toto", "titi")), 1, "1111").await;
    assert_eq!((verdict.outcome, commands.load(Ordering::Relaxed)), (Outcome::StationRefusedLogin, 1));
}

#[tokio::test]
async fn a_stale_nonce_is_answered_once_more() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let station = listen(move |mut stream, request| {
        let counted = counted.clone();
        async move {
            let nth = counted.fetch_add(1, Ordering::Relaxed);
            let nonce = format!("nonce=\"n{}\"", nth.saturating_sub(1));
            assert!(nth == 0 || request.contains(&nonce), "{request}");
            let stale = if nth == 0 { "" } else { ", stale=true" };
            let challenge = format!("WWW-Authenticate: Digest realm=\"a\", nonce=\"n{nth}\", qop=\"auth\"{stale}");
            let answer = if nth == 2 { "HTTP/1.1 200 OK".to_owned() } else { format!("HTTP/1.1 401 X\r\n{challenge}") };
            let _ = stream.write_all(format!("{answer}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await;
        }
    })
    .await;
    assert_eq!(open(&ipac(station, digest("toto", "titi")), 1, "1111").await, Verdict::of(Outcome::Opened));
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

//! Replays the requests of the maker's document, octet for octet as committed in `seed/`, against the simulated station.

use crate::support::{Sim, settings};
use std::path::Path;
use switchboard::sim::Mode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Case {
    name: String,
    setup: String,
    opens: (u64, u64),
    request: Vec<u8>,
    answer: String,
}

fn cases() -> Vec<Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doors/seed");
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Case {
    let text = std::fs::read_to_string(file).unwrap();
    let (request, answer) = text.split_once("\n====\n").unwrap();
    let mut lines = request.lines();
    lines.next().unwrap();
    let setup = lines.next().unwrap().strip_prefix("# station: ").unwrap().to_owned();
    let opens = lines.next().unwrap().strip_prefix("# opens: ").unwrap();
    let opens = match opens {
        "0" => (0, 0),
        "1" => (1, 0),
        "2" => (0, 1),
        "3" => (1, 1),
        other => panic!("{other}"),
    };
    let start = request.match_indices('\n').nth(2).unwrap().0 + 1;
    let (head, body) = request[start..].split_once("\n\n").unwrap();
    let request = format!("{}\r\n\r\n{body}", head.replace('\n', "\r\n")).into_bytes();
    Case { name: file.file_stem().unwrap().to_string_lossy().into_owned(), setup, opens, request, answer: answer.trim_end().to_owned() }
}

async fn station(setup: &str) -> Sim {
    let mut settings = settings();
    let mut change = None;
    for word in setup.split_whitespace() {
        match word.split_once('=').unwrap() {
            ("login", mode) => settings.mode = Mode::parse(mode).unwrap(),
            ("user", user) => settings.user = user.into(),
            ("password", password) => settings.password = password.into(),
            ("code", code) => settings.codes[0] = code.into(),
            ("set", json) => change = Some(serde_json::from_str(json).unwrap()),
            (other, _) => panic!("{other}"),
        }
    }
    let sim = Sim::start(settings).await;
    if let Some(change) = change {
        sim.set(change).await;
    }
    sim
}

async fn exchange(sim: &Sim, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(sim.device()).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Compares status line, named headers (one that begins with `!` must be missing) and body.
fn compare(name: &str, wanted: &str, got: &str) {
    let (wanted_head, wanted_body) = wanted.split_once("\n\n").unwrap_or((wanted, ""));
    let (head, body) = got.split_once("\r\n\r\n").unwrap();
    let mut lines = wanted_head.lines();
    assert_eq!(head.lines().next().unwrap(), lines.next().unwrap(), "{name}");
    let header = |wanted: &str| head.lines().find(|line| line.to_ascii_lowercase().starts_with(&wanted.to_ascii_lowercase()));
    for line in lines {
        match line.strip_prefix('!') {
            Some(absent) => assert_eq!(header(absent), None, "{name}"),
            None => assert!(header(line).is_some(), "{name}: {line} is not in {head}"),
        }
    }
    if !wanted_body.is_empty() {
        assert_eq!(body, wanted_body, "{name}");
    }
}

#[tokio::test]
async fn the_requests_of_the_document_have_the_answers_of_the_document() {
    let cases = cases();
    assert!(cases.len() >= 18);
    for case in cases {
        let sim = station(&case.setup).await;
        compare(&case.name, &case.answer, &exchange(&sim, &case.request).await);
        assert_eq!(sim.pulses().await, case.opens, "{}", case.name);
        sim.station.stop().await;
    }
}

#[tokio::test]
async fn an_open_relay_answers_480() {
    let case = cases().into_iter().find(|case| case.name == "basic_post_json").unwrap();
    let sim = station(&case.setup).await;
    compare("first", "HTTP/1.1 200 OK", &exchange(&sim, &case.request).await);
    let second = exchange(&sim, &case.request).await;
    assert!(second.starts_with("HTTP/1.1 480 "), "{second}");
    assert_eq!(sim.pulses().await, (1, 0));
}

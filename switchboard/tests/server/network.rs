//! Connections: TLS with a private CA, clients behind a proxy, how many one address may have.

use crate::support::{Desk, config, header};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use std::sync::Arc;
use std::time::Duration;
use switchboard::config::Tls;
use switchboard::server::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_private_ca_is_made_once_and_signs_for_the_names() {
    let data = tempfile::tempdir().unwrap();
    let tls = data.path().join("tls");
    let mut authority = Vec::new();
    for _ in 0..2 {
        let mut config = config(data.path());
        config.tls = Some(Tls::PrivateCa { directory: tls.clone(), names: vec!["desk.lan".into(), "127.0.0.1".into()] });
        let server = Server::start(config).await.unwrap();
        assert!(server.url().starts_with("https://127.0.0.1:"));
        authority.push(std::fs::read(tls.join("ca.pem")).unwrap());
        for name in ["desk.lan", "127.0.0.1"] {
            let answer = https(&server, &tls, name, "GET /healthz HTTP/1.1\r\nHost: desk.lan\r\nConnection: close\r\n\r\n").await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
        }
        let port = server.services().listen.port();
        let body = r#"{"user":"agent1","password":"portico"}"#;
        let sign_in = format!(
            "POST /api/session HTTP/1.1\r\nHost: desk.lan\r\nOrigin: https://desk.lan:{port}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let answer = https(&server, &tls, "desk.lan", &sign_in).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let cookie = answer.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
        assert!(cookie.starts_with("set-cookie: __Host-portico=") && cookie.ends_with("; Secure"), "{cookie}");
        // Plain HTTP on the same port is nothing.
        let mut plain = TcpStream::connect(server.services().listen).await.unwrap();
        plain.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = plain.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP"));
        server.stop().await;
    }
    assert_eq!(authority[0], authority[1], "desks keep trusting the same CA");
}

/// One request over TLS to a server that must prove this name by the CA.
async fn https(server: &Server, tls: &std::path::Path, name: &str, request: &str) -> String {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(tls.join("ca.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.services().listen).await.unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn behind_a_proxy_the_forwarded_client_is_limited_and_nobody_else_may_forward() {
    let sign_in = async |desk: &Desk, forwarded: &str| {
        let body = serde_json::json!({ "user": "agent1", "password": "wrong" });
        let request = desk.client().http.post(desk.url("/api/session")).header("x-forwarded-for", forwarded);
        request.json(&body).send().await.unwrap().status().as_u16()
    };
    let limit = |config: &mut switchboard::config::Config| {
        config.limits.sign_in_per_address = 2;
        config.limits.sign_in_per_account = 1_000;
    };
    let proxied = Desk::start_with(|config| {
        limit(config);
        config.http.behind_proxy = vec![[127, 0, 0, 1].into()];
    })
    .await;
    for (client, expected) in [
        ("192.0.2.1", 401),
        ("192.0.2.1", 401),
        ("192.0.2.1", 429),
        // What the client itself wrote before the proxy's entry counts for nothing.
        ("198.51.100.7, 192.0.2.1", 429),
        ("192.0.2.2", 401),
        ("2001:db8:0:1::1", 401),
        ("2001:db8:0:1::2", 401),
        ("2001:db8:0:1:ffff::3", 429),
        ("2001:db8:0:2::1", 401),
    ] {
        assert_eq!(sign_in(&proxied, client).await, expected, "{client}");
    }
    let direct = Desk::start_with(limit).await;
    let statuses = [sign_in(&direct, "192.0.2.1").await, sign_in(&direct, "192.0.2.2").await, sign_in(&direct, "192.0.2.3").await];
    assert_eq!(statuses, [401, 401, 429], "a forwarded header of anybody else is ignored");
}

#[tokio::test]
async fn an_address_has_a_bounded_number_of_connections_and_feeds_are_among_them() {
    let desk = Desk::start_with(|config| config.limits.connections_per_address = 8).await;
    let address = desk.server.services().listen;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(TcpStream::connect(address).await.unwrap());
    }
    wait_until(|| desk.server.services().caps.in_use() == 8).await;
    assert!(is_closed(TcpStream::connect(address).await.unwrap()).await, "the ninth");
    // Another address is not concerned.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    assert!(!is_closed(socket.connect(address).await.unwrap()).await);
    drop(open);
    wait_until(|| desk.server.services().caps.in_use() <= 1).await;

    // A socket is counted as long as it is open, not only until its handshake is answered.
    let client = desk.signed_in("agent1").await;
    let mut feeds = Vec::new();
    for _ in 0..3 {
        feeds.push(client.feed().await);
    }
    drop(client);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(desk.server.services().caps.in_use() >= 3);
    drop(feeds);
    wait_until(|| desk.server.services().caps.in_use() == 0).await;
}

#[tokio::test]
async fn a_request_with_too_many_or_too_large_headers_is_refused() {
    let desk = Desk::start().await;
    let client = reqwest::Client::new();
    let mut many = client.get(desk.url("/healthz"));
    for i in 0..100 {
        many = many.header(format!("x-header-{i}"), "x");
    }
    assert_eq!(many.send().await.unwrap().status(), 431);
    let large = client.get(desk.url("/healthz")).header("x-large", "x".repeat(60_000)).send().await.unwrap();
    assert_eq!(large.status(), 431);
    assert_eq!(header(&client.get(desk.url("/healthz")).send().await.unwrap(), "server"), "");
}

#[tokio::test]
async fn whoever_would_get_no_socket_is_told_so_where_a_page_can_read_it() {
    let desk = Desk::start_with(|config| {
        config.http.behind_proxy = vec![[127, 0, 0, 1].into()];
        config.limits.connections_per_address = 1;
    })
    .await;
    let health = async |client: &str| {
        let answer = reqwest::Client::new().get(desk.url("/healthz")).header("x-forwarded-for", client.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), header(&answer, "retry-after").to_owned())
    };
    assert_eq!(health("192.0.2.1").await, (200, String::new()));
    let mut socket = TcpStream::connect(desk.server.services().listen).await.unwrap();
    let upgrade = "GET /sip HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n";
    socket.write_all(upgrade.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    socket.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 101");
    assert_eq!(health("192.0.2.1").await, (503, "2".to_owned()), "it has all it may have");
    assert_eq!(health("192.0.2.2").await, (200, String::new()), "another client");
    drop(socket);
    for _ in 0..500 {
        if health("192.0.2.1").await.0 == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(health("192.0.2.1").await.0, 200);
    desk.server.services().store.close().await;
    assert_eq!(health("192.0.2.2").await, (503, "2".to_owned()), "the database does not answer");
}

async fn wait_until(condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within 5 s");
}

/// Whether the server closes a fresh connection at once.
async fn is_closed(mut stream: TcpStream) -> bool {
    let mut buffer = [0; 1];
    matches!(tokio::time::timeout(Duration::from_millis(500), stream.read(&mut buffer)).await, Ok(Ok(0) | Err(_)))
}

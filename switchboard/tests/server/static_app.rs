//! The built app as browsers get it: headers on every answer, packed copies, caching, routes of the page.

use crate::support::{Desk, header};
use std::fs;

async fn with_app() -> (Desk, tempfile::TempDir) {
    let app = tempfile::tempdir().unwrap();
    fs::write(app.path().join("index.html"), "<!doctype html><title>Portico</title>").unwrap();
    fs::write(app.path().join("index.html.br"), "packed page").unwrap();
    fs::write(app.path().join("app-0123456789abcdef.js"), "let app;").unwrap();
    fs::write(app.path().join("app-0123456789abcdef_bg.wasm"), "\0asm").unwrap();
    fs::write(app.path().join("app-0123456789abcdef_bg.wasm.br"), "br").unwrap();
    fs::write(app.path().join("app-0123456789abcdef_bg.wasm.gz"), "gz").unwrap();
    fs::create_dir(app.path().join("sounds")).unwrap();
    fs::write(app.path().join("sounds/ring.wav"), "RIFF").unwrap();
    let path = app.path().to_owned();
    let desk = Desk::start_with(move |config| config.http.app = Some(path)).await;
    (desk, app)
}

async fn get(desk: &Desk, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut request = desk.client().http.get(desk.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let (desk, _app) = with_app().await;
    let port = desk.server.services().listen.port();
    for path in ["/", "/desk", "/sounds/ring.wav", "/nothing.js", "/api/session", "/api/none", "/feed", "/sip", "/healthz", "/metrics"] {
        let answer = get(&desk, path, &[]).await;
        let policy = header(&answer, "content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            &format!("connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}"),
            "frame-ancestors 'none'",
            "worker-src 'self'",
            "base-uri 'none'",
        ] {
            assert!(policy.split(';').any(|p| p.trim().starts_with(part)), "{path}: {part} is not in {policy}");
        }
        assert!(!policy.contains('['), "a policy has no IPv6 addresses: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}");
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cross-origin-opener-policy", "same-origin")]
        {
            assert_eq!(header(&answer, name), value, "{path}");
        }
        assert!(header(&answer, "permissions-policy").contains("microphone=(self)"), "{path}");
        assert_eq!(header(&answer, "access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn packed_copies_are_chosen_and_hashed_files_are_kept_for_ever() {
    let (desk, _app) = with_app().await;
    let wasm = "/app-0123456789abcdef_bg.wasm";
    for (accepted, encoding, body) in
        [("gzip, deflate, br", "br", "br"), ("gzip", "gzip", "gz"), ("br;q=0, gzip", "gzip", "gz"), ("", "", "\0asm")]
    {
        let answer = get(&desk, wasm, &[("accept-encoding", accepted)]).await;
        assert_eq!(header(&answer, "content-encoding"), encoding, "{accepted}");
        assert_eq!(header(&answer, "content-type"), "application/wasm");
        assert_eq!(header(&answer, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(header(&answer, "vary"), "accept-encoding");
        assert_eq!(answer.text().await.unwrap(), body, "{accepted}");
    }
    let page = get(&desk, "/", &[]).await;
    assert_eq!(header(&page, "cache-control"), "no-cache");
    let etag = header(&page, "etag").to_owned();
    assert_eq!(get(&desk, "/", &[("if-none-match", &etag)]).await.status(), 304);
    assert_eq!(get(&desk, "/", &[("if-none-match", "\"other\"")]).await.status(), 200);
    assert_eq!(header(&get(&desk, "/sounds/ring.wav", &[]).await, "content-type"), "audio/wav");
}

#[tokio::test]
async fn routes_of_the_app_get_the_page_and_missing_files_do_not() {
    let (desk, _app) = with_app().await;
    for path in ["/", "/sign-in", "/desk", "/history", "/settings/devices"] {
        let answer = get(&desk, path, &[]).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "text/html; charset=utf-8"), "{path}");
    }
    for path in ["/nothing.js", "/..%2f..%2fetc%2fpasswd.txt", "/sounds/../../etc/hosts.txt", "/.env"] {
        assert_eq!(get(&desk, path, &[]).await.status(), 404, "{path}");
    }
    assert_eq!(get(&desk, "/favicon.ico", &[]).await.status(), 204);
    let answer = desk.client().http.post(desk.url("/desk")).send().await.unwrap();
    assert_eq!(answer.status(), 405);
}

#[tokio::test]
async fn another_app_is_another_build() {
    let (desk, app) = with_app().await;
    let first = desk.server.services().build.clone();
    fs::write(app.path().join("index.html"), "<!doctype html><title>Portico 2</title>").unwrap();
    let path = app.path().to_owned();
    let second = Desk::start_with(move |config| config.http.app = Some(path)).await.server.services().build.clone();
    assert!(first.starts_with(concat!(env!("CARGO_PKG_VERSION"), "+")) && first != second, "{first} {second}");
}

#[tokio::test]
async fn a_directory_without_a_page_is_refused_in_one_sentence() {
    let data = tempfile::tempdir().unwrap();
    let mut config = crate::support::config(data.path());
    config.http.app = Some(data.path().to_owned());
    let error = switchboard::server::Server::start(config).await.unwrap_err();
    assert!(error.contains("index.html") && !error.contains('\n'), "{error}");
}

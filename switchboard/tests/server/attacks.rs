//! What a page of somebody else's can do with the browser of somebody who is signed in: open a socket, send a form, guess a method.

use crate::support::{Client, Desk};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;
use switchboard::rights::Act;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Opens a socket with these headers; the status of a refused handshake otherwise.
async fn open(desk: &Desk, path: &str, headers: &[(&'static str, &str)]) -> Result<crate::support::Socket, u16> {
    let mut request = desk.url(path).replacen("http", "ws", 1).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(e) => panic!("{e}"),
    }
}

/// The cookie that the browser of somebody who is signed in sends with every request.
async fn cookie(desk: &Desk, user: &str) -> String {
    let answer = desk.client().sign_in(user, switchboard::demo::PASSWORD).await;
    let lines = answer.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap().split(';').next().unwrap());
    lines.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn a_socket_of_another_page_is_refused_and_a_cookie_alone_opens_none() {
    let desk = Desk::start().await;
    let (own, cookie) = (desk.server.url(), cookie(&desk, "supervisor").await);
    let sip = ("sec-websocket-protocol", "sip");
    let look_alikes = [
        "null".to_owned(),
        "https://elsewhere.example".to_owned(),
        format!("{own}.elsewhere.example"),
        format!("{own}0"),
        own.trim_end_matches(char::is_numeric).trim_end_matches(':').to_owned(),
        own.replace("http:", "https:"),
        own.to_uppercase(),
        format!("{own}/"),
        String::new(),
    ];
    for path in ["/feed", "/pictures", "/sip"] {
        for origin in &look_alikes {
            let refused = open(&desk, path, &[("origin", origin), ("cookie", &cookie), sip]).await.err();
            assert_eq!(refused, Some(403), "{path} from `{origin}`");
        }
        let twice = open(&desk, path, &[("origin", &own), ("origin", "https://elsewhere.example"), ("cookie", &cookie), sip]).await.err();
        assert_eq!(twice, Some(403), "{path} from two at once");
    }
    // A browser always names the page. Where nothing does, pages are refused, and a telephone has to prove itself like any other.
    for path in ["/feed", "/pictures"] {
        assert_eq!(open(&desk, path, &[("cookie", &cookie)]).await.err(), Some(403), "{path}");
    }
    let register = "REGISTER sip:portico.test SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:supervisor@portico.test>;tag=f\r\nTo: <sip:supervisor@portico.test>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n\
         Contact: <sip:supervisor@x.invalid;transport=ws>\r\nContent-Length: 0\r\n\r\n";
    for origin in [None, Some(&own)] {
        let mut headers = vec![("cookie", cookie.as_str()), sip];
        headers.extend(origin.map(|own| ("origin", own.as_str())));
        let mut socket = open(&desk, "/sip", &headers).await.unwrap();
        socket.send(Message::text(register)).await.unwrap();
        let Some(Ok(answer)) = socket.next().await else { panic!("no answer") };
        assert!(answer.to_text().unwrap().starts_with("SIP/2.0 401 "), "the cookie is no credential: {answer}");
    }
    // With the right page but no ticket nothing is sent: not to whoever is silent, and not to whoever asks.
    for (path, ask) in [("/feed", r#"{"type":"resync"}"#), ("/pictures", r#"{"type":"watch","doors":["gate"]}"#)] {
        let headers = [("origin", own.as_str()), ("cookie", cookie.as_str())];
        let mut silent = open(&desk, path, &headers).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(300), silent.next()).await.is_err(), "{path} speaks first");
        let mut asks = open(&desk, path, &headers).await.unwrap();
        asks.send(Message::text(ask)).await.unwrap();
        let mut said = Vec::new();
        while let Some(Ok(Message::Text(text))) = asks.next().await {
            said.push(text.to_string());
        }
        assert_eq!(said, [r#"{"type":"end","reason":"bad_frame"}"#], "{path}");
    }
}

/// All that an administrator sees of what can be changed, and the head of the log.
async fn state(desk: &Desk, admin: &Client) -> Vec<Value> {
    let mut seen = vec![serde_json::json!(desk.server.services().store.log_head().await.unwrap().seq)];
    for path in ["/api/admin/people", "/api/admin/queues", "/api/admin/reasons", "/api/walls", "/api/lockouts"] {
        let mut page: Value = admin.json(path).await;
        page.as_object_mut().unwrap().remove("now");
        seen.push(page);
    }
    let sessions: Value = admin.json("/api/sessions").await;
    seen.push(sessions["sessions"].as_array().unwrap().iter().map(|session| session["id"].clone()).collect());
    seen
}

#[tokio::test]
async fn a_form_a_link_and_a_guessed_method_change_nothing() {
    let desk = Desk::start().await;
    let admin = desk.signed_in("admin").await;
    let before = state(&desk, &admin).await;
    let own = desk.server.url();
    let routes: Vec<_> = Act::ALL.iter().filter_map(|act| act.route()).collect();
    let mut tried = 0;
    for (method, pattern) in routes.iter().filter(|(method, _)| *method != Method::GET) {
        let taken: Vec<_> = routes.iter().filter(|(_, same)| same == pattern).map(|(method, _)| method).collect();
        let shown = taken.contains(&&Method::GET);
        let path = pattern.replace("{*queue}", "support").replace("{entrance}", "gate").replace("{id}", "none");
        let url = desk.url(&format!("/api{}", path.replace("{user}", "agent1").replace("{name}", "support")));
        // What a form of another page can send, with the cookie and without leave: these kinds, and no others.
        for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"] {
            let body = r#"{"purpose":"feed","relays":[1],"user":"agent1"}"#;
            for origin in ["https://elsewhere.example", "null"] {
                let form = admin.http.request(method.clone(), &url).header("origin", origin).header("content-type", kind).body(body);
                assert_eq!(form.send().await.unwrap().status(), 403, "{method} {url} as {kind} from {origin}");
            }
            if *method != Method::DELETE {
                let form = admin.http.request(method.clone(), &url).header("origin", &own).header("content-type", kind).body(body);
                assert_eq!(form.send().await.unwrap().status(), 403, "{method} {url} as {kind}");
            }
        }
        if *method != Method::DELETE {
            // Without any kind, with one that only begins so, and with two of which one is right.
            for kinds in [&[][..], &["application/jsonp"], &["application/json", "text/plain"], &["text/plain", "application/json"]] {
                let form = admin.http.request(method.clone(), &url).header("origin", &own).body(r#"{"user":"agent1"}"#);
                let form = kinds.iter().fold(form, |form, kind| form.header("content-type", *kind));
                assert_eq!(form.send().await.unwrap().status(), 403, "{method} {url} as {kinds:?}");
            }
        }
        // A link or an image: GET, whatever it says that it is.
        for (name, value) in [("x-http-method-override", method.as_str()), ("x-method-override", method.as_str()), ("accept", "*/*")] {
            let query = format!("{url}?_method={method}");
            for look in [Method::GET, Method::HEAD] {
                let answer = admin.http.request(look.clone(), &query).header(name, value).send().await.unwrap().status().as_u16();
                // The screen's page is for a screen, the visitor's for anybody.
                let looks = [200, 401].contains(&answer);
                assert!(answer == 405 && !shown || shown && looks, "{look} {url}: {answer}");
            }
        }
        // A method that another takes is not taken from it by saying so.
        for wrong in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
            if !taken.contains(&&wrong) {
                let answer = admin.http.request(wrong.clone(), &url).header("x-http-method-override", method.as_str());
                let answer = answer.header("origin", &own).json(&serde_json::json!({})).send().await.unwrap();
                assert_eq!(answer.status(), 405, "{wrong} {url}");
            }
        }
        tried += 1;
    }
    assert!(tried >= 20, "{tried} routes");
    assert_eq!(state(&desk, &admin).await, before);
}

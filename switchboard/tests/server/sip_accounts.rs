//! Who may register: desks with derived credentials that end, devices with passwords of their own that can be revoked, and what
//! the feed shows of it.

use crate::support::{Client, Desk};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use sip_ws::auth::{Algorithm, ha1};
use sip_ws::codec::{HeaderName, Message, Method};
use std::time::Duration;
use switchboard::accounts::{new_device, new_one_time_password};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use wire::{Change, DeskProfile, FeedEnd, Presence, Secret, ServerFrame};

pub type Phone = crate::support::Socket;

/// Sends REGISTER, answers one challenge with these credentials and returns the final status with the socket.
pub async fn register(base: &str, user: &str, auth_user: &str, password: &Secret) -> (u16, Phone) {
    let mut request = format!("{}/sip", base.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "sip".parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let mut authorization = None;
    for sequence in 1..=2 {
        let mut message = Message::request(Method::Register, "sip:portico.test");
        message.push(HeaderName::Via, format!("SIP/2.0/WS x.invalid;branch=z9hG4bK{sequence}"));
        message.push(HeaderName::MaxForwards, "70");
        message.push(HeaderName::From, format!("<sip:{user}@portico.test>;tag=f"));
        message.push(HeaderName::To, format!("<sip:{user}@portico.test>"));
        message.push(HeaderName::CallId, format!("call-{auth_user}"));
        message.push(HeaderName::CSeq, format!("{sequence} REGISTER"));
        message.push(HeaderName::Contact, format!("<sip:{user}@x.invalid;transport=ws>;expires=120"));
        if let Some(credentials) = authorization.take() {
            message.push_named("Authorization", credentials);
        }
        socket.send(Frame::text(String::from_utf8(message.to_bytes()).unwrap())).await.unwrap();
        let answer = loop {
            let frame = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.unwrap().unwrap().unwrap();
            if let Frame::Text(text) = frame {
                break Message::parse(text.as_bytes()).unwrap();
            }
        };
        match answer.status().unwrap() {
            401 if sequence == 1 => authorization = Some(credentials(&answer, auth_user, password)),
            status => return (status, socket),
        }
    }
    unreachable!("the loop ends with an answer");
}

/// Answers the SHA-256 challenge of a refusal.
fn credentials(refusal: &Message, user: &str, password: &Secret) -> String {
    let challenges = refusal.www_authenticate().unwrap();
    let challenge = challenges.iter().find(|c| c.param("algorithm") == Some("SHA-256")).unwrap();
    let nonce = challenge.param("nonce").unwrap().to_string();
    let hash = |parts: &[&str]| Algorithm::Sha256.hash(&parts.iter().map(|p| p.as_bytes()).collect::<Vec<_>>());
    let (realm, uri) = ("portico.test", "sip:portico.test");
    let secret = ha1(Algorithm::Sha256, user, realm, password.expose());
    let response = hash(&[&secret, &nonce, "00000001", "c0ffee", "auth", &hash(&["REGISTER", uri])]);
    format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm=SHA-256, qop=auth, nc=00000001, \
         cnonce=\"c0ffee\", response=\"{response}\""
    )
}

pub async fn profile(client: &Client) -> DeskProfile {
    client.post("/api/desk", &json!({})).await.json().await.unwrap()
}

#[tokio::test]
async fn a_desk_registers_with_its_profile_and_its_colleagues_see_it() {
    let desk = Desk::start_with(|config| config.demo_device_password = None).await;
    let mut feed = desk.signed_in("concierge").await.feed().await;
    assert!(matches!(feed.next_state().await, Some(ServerFrame::Snapshot(_))));
    let sip = profile(&desk.signed_in("agent1").await).await.sip;
    let base = desk.server.url();
    let (status, phone) = register(&base, "agent1", &sip.auth_user, &sip.auth_password).await;
    assert_eq!(status, 200);
    let Some(ServerFrame::Delta { changes, .. }) = feed.next_state().await else { panic!("no delta") };
    let seen = matches!(&changes[..], [Change::Person { person }] if person.user == "agent1" && person.presence == Presence::Available);
    assert!(seen, "{changes:?}");
    drop(phone);
    // Nobody registers as somebody else, and nobody extends their credentials.
    assert_ne!(register(&base, "agent2", &sip.auth_user, &sip.auth_password).await.0, 200);
    let (_, user) = sip.auth_user.split_once(':').unwrap();
    assert_ne!(register(&base, "agent1", &format!("99999999999:{user}"), &sip.auth_password).await.0, 200);
    let services = desk.server.services();
    let (old, password) = services.accounts.desk_credentials("portico.test", "agent1", None, switchboard::clock::now_ms() - 1_000);
    assert_ne!(register(&base, "agent1", &old, &password).await.0, 200, "they have ended");
    let (stranger, password) = services.accounts.desk_credentials("portico.test", "nobody", None, switchboard::clock::now_ms() + 60_000);
    assert_ne!(register(&base, "nobody", &stranger, &password).await.0, 200);
    // Without a device password no other SIP client gets in, least of all with the sign-in password.
    assert_ne!(register(&base, "agent1", "agent1", &Secret::new("portico")).await.0, 200);
}

#[tokio::test]
async fn a_device_password_counts_without_a_restart_and_ends_when_it_is_revoked() {
    let desk = Desk::start_with(|config| config.demo_device_password = None).await;
    let services = desk.server.services();
    let base = desk.server.url();
    // Made and revoked by another process: only the database tells the server.
    let password = new_device(&services.store, &services.config, "agent1", "desk phone").await.unwrap();
    let wait_for = async |wanted: bool| {
        for _ in 0..60 {
            if (register(&base, "agent1", "agent1", &password).await.0 == 200) == wanted {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        false
    };
    assert!(wait_for(true).await, "the new password counts");
    let tenant = services.directory.tenants()[0].id.clone();
    let device = services.store.devices().await.unwrap().remove(0);
    assert_eq!(device.auth_user, "agent1");
    assert!(!format!("{device:?}").contains(&device.ha1.sha256));
    let id = services.store.device_ids(&tenant, &device.person).await.unwrap().remove(0);
    assert!(!services.store.revoke_device(&switchboard::ids::TenantId::new("other"), &id, 1).await.unwrap());
    assert!(services.store.revoke_device(&tenant, &id, 1).await.unwrap());
    assert!(wait_for(false).await, "the revoked password ends");
    // Sealed: the database alone gives no HA1 away.
    for ending in ["", "-wal"] {
        let bytes = std::fs::read(desk.data.path().join(format!("portico.sqlite{ending}"))).unwrap_or_default();
        assert!(!bytes.windows(64).any(|w| w == device.ha1.sha256.as_bytes()));
    }
}

/// Why the server closes this phone, within five seconds.
async fn closed(phone: &mut Phone) -> String {
    loop {
        match tokio::time::timeout(Duration::from_secs(5), phone.next()).await.unwrap() {
            Some(Ok(Frame::Close(frame))) => return frame.unwrap().reason.to_string(),
            Some(Ok(_)) => {}
            other => panic!("no close frame but {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_one_time_password_of_the_command_line_ends_feeds_and_phones_of_the_running_server() {
    let desk = Desk::start_with(|config| config.demo_device_password = None).await;
    let base = desk.server.url();
    let (lost, other) = (desk.signed_in("agent1").await, desk.signed_in("agent2").await);
    let (sip, kept) = (profile(&lost).await.sip, profile(&other).await.sip);
    let (status, mut phone) = register(&base, "agent1", &sip.auth_user, &sip.auth_password).await;
    assert_eq!(status, 200);
    let (status, mut kept) = register(&base, "agent2", &kept.auth_user, &kept.auth_password).await;
    assert_eq!(status, 200);
    let (mut feed, mut others) = (lost.feed().await, other.feed().await);
    // Another process: only the database tells the server.
    let services = desk.server.services();
    let keys = switchboard::keys::Keys::load_or_create(&services.config.store.keys).unwrap();
    let store = switchboard::store::Store::open(services.config.store.url.expose(), keys).await.unwrap();
    let password = new_one_time_password(&store, &services.config, "agent1").await.unwrap();
    store.close().await;
    assert_eq!(closed(&mut phone).await, "the session was ended");
    let why = loop {
        match feed.next_state().await {
            Some(ServerFrame::End { reason }) => break reason,
            Some(_) => {}
            None => panic!("closed without a word"),
        }
    };
    assert_eq!(why, FeedEnd::Revoked);
    assert_eq!(register(&base, "agent1", &sip.auth_user, &sip.auth_password).await.0, 403);
    let revoked = async || {
        let metrics = desk.client().get("/metrics").await.text().await.unwrap();
        metrics.lines().find_map(|line| line.strip_prefix("portico_sessions_revoked_total ")).map(str::to_owned)
    };
    assert_eq!(revoked().await.as_deref(), Some("1"));
    // Whoever signs in with it, and everybody else, goes on while it is looked at again.
    let body = json!({ "user": "agent1", "password": password.expose(), "new_password": "a better one" });
    let again = desk.client();
    assert_eq!(again.post("/api/session", &body).await.status(), 200);
    let mut new = again.feed().await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    for feed in [&mut new, &mut others] {
        feed.send(&wire::ClientFrame::Resync).await;
        while !matches!(feed.next_state().await.expect("it goes on"), ServerFrame::Snapshot(_)) {}
    }
    assert!(tokio::time::timeout(Duration::from_millis(300), kept.next()).await.is_err());
    assert_eq!(revoked().await.as_deref(), Some("1"), "each is ended once");
}

#[tokio::test]
async fn the_phone_of_an_ended_session_is_closed_and_its_credentials_are_void_over_a_restart() {
    let desk = Desk::start_with(|config| config.demo_device_password = None).await;
    let base = desk.server.url();
    let (lost, other) = (desk.signed_in("agent1").await, desk.signed_in("agent1").await);
    let (sip, kept) = (profile(&lost).await.sip, profile(&other).await.sip);
    let (status, mut phone) = register(&base, "agent1", &sip.auth_user, &sip.auth_password).await;
    assert_eq!(status, 200);
    let (status, mut second) = register(&base, "agent1", &kept.auth_user, &kept.auth_password).await;
    assert_eq!(status, 200);
    let ended = other.http.delete(desk.url("/api/sessions")).header("origin", &base).send().await.unwrap();
    assert_eq!(ended.status(), 200);
    assert_eq!(closed(&mut phone).await, "the session was ended");
    assert_eq!(register(&base, "agent1", &sip.auth_user, &sip.auth_password).await.0, 403);
    // Nobody takes the mark of the session out of the name: the password belongs to all of it.
    let (mark, user) = sip.auth_user.split_once(':').unwrap();
    let bare = format!("{}:{user}", mark.split('.').next().unwrap());
    assert_ne!(register(&base, "agent1", &bare, &sip.auth_password).await.0, 200);
    // The phone of the session that goes on does too.
    assert!(tokio::time::timeout(Duration::from_millis(300), second.next()).await.is_err());
    drop(second);

    let mut config = desk.server.services().config.as_ref().clone();
    config.http.listen = desk.server.services().listen;
    desk.server.stop().await;
    let server = switchboard::server::Server::start(config).await.unwrap();
    assert_eq!(register(&base, "agent1", &sip.auth_user, &sip.auth_password).await.0, 403);
    assert_eq!(register(&base, "agent1", &kept.auth_user, &kept.auth_password).await.0, 200);
    server.stop().await;
}

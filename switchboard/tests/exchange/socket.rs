//! The real server: WebSockets, SQLite, kill and restart. Native phones call each other through it.

use crate::phone::{DOMAIN, LIMIT, Phone, open};
use futures_util::{SinkExt as _, StreamExt as _};
use sip_ws::codec::Message;
use sip_ws::endpoint::{Body, EndpointEvent, SessionId};
use std::time::{Duration, Instant};
use switchboard::config::Limits;
use switchboard::demo;
use switchboard::server::Server;
use switchboard::store::ContactKind;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message as Frame};

pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n";

pub async fn server(data: &tempfile::TempDir) -> Server {
    let mut config = demo::config(0, None, data.path().to_owned()).unwrap();
    config.limits = Limits { argon2_kib: 64, argon2_passes: 1, connections_per_address: 20_000, ..Limits::default() };
    Server::start(config).await.unwrap()
}

fn data() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_phones_call_each_other_hold_and_hang_up() {
    let data = data();
    let server = server(&data).await;
    let mut a = Phone::registered(&server.url(), "agent1", 1).await;
    let mut b = Phone::registered(&server.url(), "agent2", 2).await;
    let (caller, callee) = a.connected_to(&mut b, SDP).await;
    let hold = SDP.replace("sendrecv", "sendonly");
    let offer = Body::sdp(hold.clone());
    a.with(move |ep, now, _| ep.reinvite(now, caller, &[], Some(offer)).unwrap()).await;
    let seen = b.event(|e| match e {
        EndpointEvent::Reoffer { message, .. } => Some(message.body().to_vec()),
        _ => None,
    });
    assert_eq!(seen.await.unwrap(), hold.as_bytes());
    let answer = Body::sdp(SDP.replace("sendrecv", "recvonly"));
    b.with(move |ep, now, _| ep.answer_reinvite(now, callee, 200, "OK", &[], Some(answer)).unwrap()).await;
    assert!(a.event(|e| matches!(e, EndpointEvent::ReofferAnswered { .. }).then_some(())).await.is_some());
    b.hang_up(callee).await;
    assert!(a.ended(caller).await);

    // The history of both people has one finished row.
    let tenant = server.services().directory.tenants()[0].id.clone();
    let mut rows = Vec::new();
    for _ in 0..100 {
        rows = server.services().store.history(&tenant, "agent1", None, 10, switchboard::clock::now_ms()).await.unwrap().rows;
        if rows.first().is_some_and(|row| row.ended_at.is_some()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(rows.len(), 1);
    assert!(rows[0].answered_at.is_some() && rows[0].ended_at.is_some(), "{rows:?}");
    assert_eq!(rows[0].peer.address, "agent2");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_and_unknown_people_are_refused() {
    let data = data();
    let server = server(&data).await;
    let mut wrong = Phone::connected(&server.url(), "agent1", "guess", 1).await;
    assert_eq!(wrong.register().await, 403);
    let mut nobody = Phone::connected(&server.url(), "nobody", "portico", 2).await;
    assert_eq!(nobody.register().await, 403);
    let mut a = Phone::registered(&server.url(), "agent1", 3).await;
    for (target, status) in [("nobody", 404), ("agent2", 480)] {
        let call = a.call(target, SDP).await;
        assert_eq!(a.rejected(call).await, Some(status), "{target}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_registers_with_the_credentials_of_its_profile() {
    let data = data();
    let server = server(&data).await;
    let ends = switchboard::clock::now_ms() + 600_000;
    let (account, password) = server.services().accounts.desk_credentials(DOMAIN, "agent1", None, ends);
    let mut desk = Phone::connected(&server.url(), &account, password.expose(), 1).await;
    desk.user = "agent1".into();
    assert_eq!(desk.register().await, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_knows_only_md5_registers() {
    let data = data();
    let server = server(&data).await;
    let mut socket = open(&server.url(), None, Some("sip")).await.unwrap();
    let register = |cseq: u32, extra: &str| {
        Frame::text(format!(
            "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK{cseq}\r\nMax-Forwards: 69\r\nTo: <sip:agent1@{DOMAIN}>\r\n\
             From: \"A\" <sip:agent1@{DOMAIN}>;tag=x\r\nCall-ID: md5\r\nCSeq: {cseq} REGISTER\r\n{extra}\
             Contact: <sip:q5ndv9ko@qdkmg7i1t1kt.invalid;transport=ws>;+sip.ice;reg-id=1;+sip.instance=\"<urn:uuid:1>\";expires=600\r\n\
             Expires: 600\r\nAllow: INVITE,ACK,CANCEL,BYE\r\nSupported: path,gruu,outbound\r\nUser-Agent: JsSIP\r\nContent-Length: 0\r\n\r\n"
        ))
    };
    socket.send(register(1, "")).await.unwrap();
    let challenge = sip(&mut socket).await;
    assert_eq!(challenge.status(), Some(401));
    let offered = challenge.www_authenticate().unwrap();
    let md5 = offered.iter().find(|c| c.param("algorithm") == Some("MD5")).expect("MD5 is offered");
    let nonce = md5.param("nonce").unwrap();
    let hash = |parts: &[&str]| sip_ws::auth::Algorithm::Md5.hash(&parts.iter().map(|p| p.as_bytes()).collect::<Vec<_>>());
    let (ha1, ha2) = (hash(&["agent1", DOMAIN, "portico"]), hash(&["REGISTER", &format!("sip:{DOMAIN}")]));
    let response = hash(&[&ha1, nonce, "00000001", "c", "auth", &ha2]);
    let answer = format!(
        "Authorization: Digest algorithm=MD5, username=\"agent1\", realm=\"{DOMAIN}\", nonce=\"{nonce}\", uri=\"sip:{DOMAIN}\", response=\"{response}\", qop=auth, cnonce=\"c\", nc=00000001\r\n"
    );
    socket.send(register(2, &answer)).await.unwrap();
    assert_eq!(sip(&mut socket).await.status(), Some(200));
    socket.send(register(3, &answer)).await.unwrap();
    let again = sip(&mut socket).await;
    assert_eq!(again.status(), Some(401), "an answer is good once");
    assert_eq!(again.www_authenticate().unwrap()[0].param("stale"), Some("true"));
    server.stop().await;
}

async fn sip(socket: &mut crate::phone::Socket) -> Message {
    loop {
        let frame = tokio::time::timeout(LIMIT, socket.next()).await.expect("an answer").unwrap().unwrap();
        match frame {
            Frame::Text(text) => return Message::parse(text.as_bytes()).unwrap(),
            Frame::Binary(bytes) => return Message::parse(&bytes).unwrap(),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_in_a_call_both_register_again_and_hanging_up_ends_the_other_side() {
    let data = data();
    let first = server(&data).await;
    let mut a = Phone::registered(&first.url(), "agent1", 1).await;
    let mut b = Phone::registered(&first.url(), "agent2", 2).await;
    let (caller, callee) = a.connected_to(&mut b, SDP).await;
    first.stop().await;
    a.cut();
    b.cut();

    let second = server(&data).await;
    for (phone, session) in [(&mut a, caller), (&mut b, callee)] {
        phone.connect(&second.url()).await;
        assert_eq!(phone.register().await, 200);
        phone.with(move |ep, now, flow| ep.set_flow(now, session, flow)).await;
    }
    let began = Instant::now();
    a.hang_up(caller).await;
    assert!(b.ended(callee).await);
    assert!(began.elapsed() < Duration::from_secs(2));
    assert!(a.ended(caller).await);
    for _ in 0..100 {
        if second.services().store.load_calls().await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(second.services().store.load_calls().await.unwrap().is_empty());
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn origin_and_subprotocol_are_checked_at_the_handshake() {
    let data = data();
    let server = server(&data).await;
    let own = server.url();
    let port = own.rsplit(':').next().unwrap();
    for (origin, protocol, status) in [
        (None, Some("sip"), 101),
        (Some(own.as_str()), Some("sip"), 101),
        (Some(own.as_str()), Some("xmpp, sip"), 101),
        (Some("http://evil.test"), Some("sip"), 403),
        (Some("null"), Some("sip"), 403),
        (Some(&format!("http://127.0.0.1:{port}.evil.test")), Some("sip"), 403),
        (Some(&format!("http://evil127.0.0.1:{port}")), Some("sip"), 403),
        (Some("http://127.0.0.1"), Some("sip"), 403),
        (None, None, 400),
        (None, Some("xmpp"), 400),
    ] {
        let seen = match open(&own, origin, protocol).await {
            Ok(_) => 101,
            Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
            Err(other) => panic!("{origin:?} {protocol:?}: {other}"),
        };
        assert_eq!(seen, status, "{origin:?} {protocol:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keep_alives_are_answered_and_oversized_or_broken_frames_end_only_their_socket() {
    let data = data();
    let server = server(&data).await;
    let mut a = Phone::registered(&server.url(), "agent1", 1).await;
    let mut b = Phone::registered(&server.url(), "agent2", 2).await;
    let (caller, callee) = a.connected_to(&mut b, SDP).await;

    let mut socket = open(&server.url(), None, Some("sip")).await.unwrap();
    socket.send(Frame::text("\r\n\r\n")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap().as_str(), "\r\n");
    // Binary frames are as good; noise is no message.
    socket.send(Frame::binary(&b"\r\n\r\n"[..])).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap().as_str(), "\r\n");
    for noise in [&b"\xff\xfe\x00"[..], b"", b"INVITE", b"\r\n", b"INVITE sip:x SIP/2.0\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n"] {
        socket.send(Frame::binary(noise.to_vec())).await.unwrap();
    }
    socket.send(Frame::text("\r\n\r\n")).await.unwrap();
    loop {
        let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
        if text.as_str() == "\r\n" {
            break;
        }
    }
    // The server may have closed before everything was written; what it said before is still there to be read.
    let _ = socket.send(Frame::text("A".repeat(1_000_000))).await;
    let end = loop {
        match tokio::time::timeout(LIMIT, socket.next()).await.unwrap() {
            Some(Ok(Frame::Close(frame))) => break frame,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break None,
        }
    };
    assert_eq!(end.map(|f| f.code), Some(CloseCode::Size));

    b.hang_up(callee).await;
    assert!(a.ended(caller).await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_sockets_that_never_register_do_not_hurt_a_call() {
    let data = data();
    let server = server(&data).await;
    let mut a = Phone::registered(&server.url(), "agent1", 1).await;
    let mut b = Phone::registered(&server.url(), "agent2", 2).await;
    let (caller, callee) = a.connected_to(&mut b, SDP).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        let url = server.url();
        let opened = (0..50).map(|_| open(&url, None, Some("sip")));
        idle.extend(futures_util::future::join_all(opened).await.into_iter().flatten());
    }
    assert!(idle.len() > 1_900, "{}", idle.len());
    let mut c = Phone::registered(&server.url(), "supervisor", 3).await;
    let began = Instant::now();
    let second = c.call("nobody", SDP).await;
    assert_eq!(c.rejected(second).await, Some(404));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    b.hang_up(callee).await;
    assert!(a.ended(caller).await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_never_reads_is_dropped_and_others_go_on() {
    let data = data();
    let server = server(&data).await;
    let mut a = Phone::registered(&server.url(), "agent1", 1).await;
    // Asks without end and reads nothing.
    let mut stuck = open(&server.url(), None, Some("sip")).await.unwrap();
    let ask = |n: u32| {
        let padding = "p".repeat(30_000);
        format!(
            "OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK{n}\r\nFrom: <sip:agent1@{DOMAIN}>;tag={padding}\r\nTo: <sip:{DOMAIN}>\r\n\
             Call-ID: {n}\r\nCSeq: {n} OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
    };
    for n in 0..3_000 {
        let sent = tokio::time::timeout(Duration::from_secs(2), stuck.send(Frame::text(ask(n)))).await;
        if !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
    let call = a.call("nobody", SDP).await;
    assert_eq!(a.rejected(call).await, Some(404));
    server.stop().await;
}

/// A call to `whom` that `b` answers, whose socket is gone before it hears that this was heard: it answers again, and it is the same call.
async fn answered_twice(server: &Server, [a, b]: [&mut Phone; 2], whom: &str) -> (SessionId, SessionId) {
    let caller = a.call(whom, SDP).await;
    let (callee, _) = b.incoming().await;
    // The switchboard has acted on the answer: the caller is told. That it was heard is lost with the socket.
    b.answer(callee, SDP).await;
    b.cut();
    assert!(a.accepted(caller).await.is_some());
    // The phone is back and answers again.
    b.connect(&server.url()).await;
    assert_eq!(b.register().await, 200);
    b.with(move |ep, now, flow| ep.set_flow(now, callee, flow)).await;
    assert!(b.event(|e| matches!(e, EndpointEvent::Confirmed { .. }).then_some(())).await.is_some());
    assert!(b.heard(|e| matches!(e, EndpointEvent::Incoming { .. }).then_some(())).is_none(), "it does not ring anew");
    assert!(a.heard(|e| matches!(e, EndpointEvent::Accepted { .. } | EndpointEvent::Ended { .. }).then_some(())).is_none());
    (caller, callee)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_confirmation_was_lost_is_one_call_when_the_phone_is_back() {
    let data = data();
    let server = server(&data).await;
    let mut a = Phone::registered(&server.url(), "agent1", 1).await;
    let mut b = Phone::registered(&server.url(), "agent2", 2).await;
    let (caller, callee) = answered_twice(&server, [&mut a, &mut b], "agent2").await;
    a.hang_up(caller).await;
    assert!(b.ended(callee).await);
    let tenant = server.services().directory.tenants()[0].id.clone();
    let mut rows = Vec::new();
    for _ in 0..100 {
        rows = server.services().store.history(&tenant, "agent2", None, 10, switchboard::clock::now_ms()).await.unwrap().rows;
        if rows.first().is_some_and(|row| row.ended_at.is_some()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(rows.len() == 1 && rows[0].answered_at.is_some(), "{rows:?}");
    server.stop().await;
}

/// The same with a caller of a queue: the answer takes them out of it once, however often it is said.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_caller_of_a_queue_whose_confirmation_was_lost_is_one_call_too() {
    let data = data();
    let server = server(&data).await;
    let services = server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let mut a = Phone::registered(&server.url(), "concierge", 1).await;
    let mut b = Phone::registered(&server.url(), "agent1", 2).await;
    services.floor.pages(&tenant, "agent1", true, None);
    assert_eq!(services.floor.order(&tenant, "agent1", wire::Order::Ready, None).await, Some(wire::OrderResult::Done));
    let (caller, callee) = answered_twice(&server, [&mut a, &mut b], "support").await;
    assert_eq!(services.hub.waiting(&tenant, "support"), 0, "the queue has let them go");
    a.hang_up(caller).await;
    assert!(b.ended(callee).await);
    let mut rows = Vec::new();
    for _ in 0..100 {
        rows = services.store.history(&tenant, "agent1", None, 10, switchboard::clock::now_ms()).await.unwrap().rows;
        if rows.first().is_some_and(|row| row.ended_at.is_some()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(rows.len() == 1 && rows[0].answered_at.is_some() && rows[0].queue.is_some(), "{rows:?}");
    let story = services.store.contact_events(&tenant, &rows[0].contact, 100).await.unwrap();
    let times = |kind: ContactKind| story.iter().filter(|event| event.kind == kind).count();
    let counts = [ContactKind::Queued, ContactKind::Offered, ContactKind::Answered, ContactKind::Ended].map(times);
    assert_eq!(counts, [1, 1, 1, 1], "{story:?}");
    assert_eq!(times(ContactKind::OfferMissed), 0, "{story:?}");
    server.stop().await;
}

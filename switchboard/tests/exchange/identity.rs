//! Somebody who is registered says that they are somebody else, on a real socket to a running server: in every request in which a name
//! stands, and in those that want to come into a call of others.

use crate::phone::{DOMAIN, LIMIT, Phone, Socket, open};
use crate::socket::{SDP, server};
use futures_util::{SinkExt as _, StreamExt as _};
use sip_ws::auth::{Algorithm, ha1};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{Body, EndpointEvent, SessionId};
use std::time::Duration;
use switchboard::demo;
use switchboard::server::Server;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use wire::{ClientFrame, Order, OrderResult, ServerFrame, Steer, SuperviseMode, Ticket};

/// A registered socket on which anything can be said.
struct Liar {
    socket: Socket,
    cseq: u32,
}

impl Liar {
    async fn registered(url: &str, user: &str) -> Self {
        let mut liar = Self { socket: open(url, None, Some("sip")).await.unwrap(), cseq: 0 };
        let register = |liar: &mut Self, extra: Option<String>| {
            let mut m = liar.message(Method::Register, &format!("sip:{DOMAIN}"), user, user, "register");
            m.push(HeaderName::Contact, "<sip:liar@liar.invalid;transport=ws>;+sip.instance=\"<urn:uuid:liar>\";reg-id=1;expires=600");
            if let Some(extra) = extra {
                m.push_named("Authorization", extra);
            }
            m
        };
        let first = register(&mut liar, None);
        let challenge = liar.ask(first).await;
        let offered = challenge.www_authenticate().unwrap();
        let sha = offered.iter().find(|c| c.param("algorithm") == Some("SHA-256")).unwrap();
        let nonce = sha.param("nonce").unwrap().to_string();
        let hash = |parts: &[&str]| Algorithm::Sha256.hash(&parts.iter().map(|p| p.as_bytes()).collect::<Vec<_>>());
        let uri = format!("sip:{DOMAIN}");
        let secret = ha1(Algorithm::Sha256, user, DOMAIN, "portico");
        let response = hash(&[&secret, &nonce, "00000001", "c", "auth", &hash(&["REGISTER", &uri])]);
        let second = register(
            &mut liar,
            Some(format!(
                "Digest username=\"{user}\", realm=\"{DOMAIN}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm=SHA-256, qop=auth, \
                 nc=00000001, cnonce=\"c\", response=\"{response}\""
            )),
        );
        assert_eq!(liar.ask(second).await.status(), Some(200));
        liar
    }

    fn message(&mut self, method: Method, uri: &str, from: &str, to: &str, call_id: &str) -> Message {
        self.cseq += 1;
        let mut m = Message::request(method.clone(), uri);
        m.push(HeaderName::Via, format!("SIP/2.0/WS liar.invalid;branch=z9hG4bK-{call_id}-{}", self.cseq));
        m.push(HeaderName::MaxForwards, "70");
        m.push(HeaderName::From, format!("\"Somebody\" <sip:{from}@{DOMAIN}>;tag=liar"));
        m.push(HeaderName::To, format!("<sip:{to}@{DOMAIN}>"));
        m.push(HeaderName::CallId, call_id);
        m.push(HeaderName::CSeq, format!("{} {method}", self.cseq));
        m
    }

    /// A request that begins something, in the name of the concierge by every header that can say so.
    fn forged(&mut self, method: Method, to: &str, call_id: &str) -> Message {
        let mut m = self.message(method, &format!("sip:{to}@{DOMAIN}"), "concierge", to, call_id);
        m.push(HeaderName::Contact, format!("<sip:concierge@{DOMAIN};transport=ws>"));
        m.push(HeaderName::PAssertedIdentity, format!("\"Concierge\" <sip:concierge@{DOMAIN}>"));
        m.push_named("P-Preferred-Identity", format!("<sip:concierge@{DOMAIN}>"));
        m.push_named("Remote-Party-ID", format!("\"Concierge\" <sip:concierge@{DOMAIN}>;party=calling"));
        m
    }

    async fn send(&mut self, message: &Message) {
        self.socket.send(Frame::text(String::from_utf8(message.to_bytes()).unwrap())).await.unwrap();
    }

    /// The acknowledgement of an answer, and a further request in the dialog that it opened: in the name of the concierge again, by the tags
    /// of the one who sends it.
    async fn acknowledge(&mut self, answer: &Message) {
        let ack = self.within(answer, Method::Ack, answer.cseq().unwrap().number);
        self.send(&ack).await;
    }

    fn within(&mut self, answer: &Message, method: Method, cseq: u32) -> Message {
        self.cseq = self.cseq.max(cseq);
        let call_id = answer.call_id().unwrap();
        let mut m = Message::request(method.clone(), answer.contact().unwrap().unwrap().uri().as_str());
        m.push(HeaderName::Via, format!("SIP/2.0/WS liar.invalid;branch=z9hG4bK-{call_id}-{method}-{cseq}"));
        m.push(HeaderName::MaxForwards, "70");
        m.push(HeaderName::From, format!("\"Concierge\" <sip:concierge@{DOMAIN}>;tag=liar"));
        m.push(HeaderName::To, answer.header_str(HeaderName::To).unwrap());
        m.push(HeaderName::CallId, call_id);
        m.push(HeaderName::CSeq, format!("{cseq} {method}"));
        m.push(HeaderName::Contact, format!("<sip:concierge@{DOMAIN};transport=ws>"));
        m.push(HeaderName::PAssertedIdentity, format!("\"Concierge\" <sip:concierge@{DOMAIN}>"));
        m.push_named("P-Preferred-Identity", format!("<sip:concierge@{DOMAIN}>"));
        m.push_named("Remote-Party-ID", format!("\"Concierge\" <sip:concierge@{DOMAIN}>;party=calling"));
        m
    }

    /// Sends a request and gives its final answer.
    async fn ask(&mut self, message: Message) -> Message {
        let asked = message.cseq().unwrap().number;
        self.send(&message).await;
        self.final_answer(asked).await
    }

    async fn final_answer(&mut self, asked: u32) -> Message {
        loop {
            let answer = self.next().await;
            let of = answer.cseq().unwrap();
            if of.number == asked && answer.status().is_some_and(|status| status >= 200) {
                return answer;
            }
        }
    }

    async fn status(&mut self, message: Message) -> u16 {
        self.ask(message).await.status().unwrap()
    }

    async fn next(&mut self) -> Message {
        loop {
            match tokio::time::timeout(LIMIT, self.socket.next()).await.expect("an answer").unwrap().unwrap() {
                Frame::Text(text) => return Message::parse(text.as_bytes()).unwrap(),
                Frame::Binary(bytes) => return Message::parse(&bytes).unwrap(),
                _ => {}
            }
        }
    }
}

/// How often the log says this.
async fn rows(server: &Server, action: &'static str) -> usize {
    let tenant = server.services().directory.tenants()[0].id.clone();
    server.services().store.log_rows(&tenant, action, i64::MAX, 100).await.unwrap().len()
}

async fn until_rows(server: &Server, action: &'static str, wanted: usize) {
    let written = async {
        while rows(server, action).await < wanted {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LIMIT, written).await.unwrap_or_else(|_| panic!("no row {action}"));
}

/// Nothing reaches this phone that was not there before: what follows on the same socket comes first.
async fn quiet(phone: &mut Phone) {
    assert_eq!(phone.register().await, 200);
    let spoken_to = |e: &EndpointEvent| {
        use EndpointEvent::{Ended, InDialog, Incoming, Reoffer};
        matches!(e, Incoming { .. } | Ended { .. } | InDialog { .. } | Reoffer { .. }).then(|| format!("{e:?}"))
    };
    assert_eq!(phone.heard(spoken_to), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_the_name_of_another_rings_under_ones_own() {
    let data = tempfile::tempdir().unwrap();
    let server = server(&data).await;
    let mut liar = Liar::registered(&server.url(), "agent1").await;
    let mut callee = Phone::registered(&server.url(), "agent2", 2).await;
    let mut invite = liar.forged(Method::Invite, "agent2", "forged-invite");
    invite.set_body("application/sdp", SDP);
    liar.send(&invite).await;
    let (_, rings) = callee.incoming().await;
    assert_eq!(rings.from().unwrap().uri().as_str(), format!("sip:agent1@{DOMAIN}"));
    names_nobody(&rings);
    until_rows(&server, "sip.forged-identity", 1).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_without_a_call_reaches_nobody_in_any_name() {
    let data = tempfile::tempdir().unwrap();
    let server = server(&data).await;
    let mut liar = Liar::registered(&server.url(), "agent1").await;
    let mut other = Phone::registered(&server.url(), "agent2", 2).await;
    let mut message = liar.forged(Method::Message, "agent2", "forged-message");
    message.set_body("text/plain", "the concierge says: open the door");
    assert_eq!(liar.status(message).await, 403);
    let mut refer = liar.forged(Method::Refer, "agent2", "forged-refer");
    refer.push(HeaderName::ReferTo, format!("<sip:agent1@{DOMAIN}>"));
    refer.push_named("Referred-By", format!("<sip:concierge@{DOMAIN}>"));
    assert_eq!(liar.status(refer).await, 403);
    // In one's own name neither of them reaches anybody.
    for (method, status) in [(Method::Message, 405), (Method::Refer, 603)] {
        let mut own = liar.message(method.clone(), &format!("sip:agent2@{DOMAIN}"), "agent1", "agent2", &format!("own-{method}"));
        own.push(HeaderName::ReferTo, format!("<sip:agent1@{DOMAIN}>"));
        assert_eq!(liar.status(own).await, status);
    }
    let mut register = liar.message(Method::Register, &format!("sip:{DOMAIN}"), "agent2", "agent2", "register");
    register.push(HeaderName::Contact, "<sip:liar@liar.invalid;transport=ws>;expires=600");
    assert_eq!(liar.status(register).await, 401, "a socket is one person");
    quiet(&mut other).await;
    server.stop().await;
}

/// Nothing in a message names who was named by the liar.
fn names_nobody(message: &Message) {
    let text = String::from_utf8(message.to_bytes()).unwrap();
    assert!(!text.to_lowercase().contains("concierge") && !text.contains("Somebody"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_ones_own_call_another_name_reaches_nobody() {
    let data = tempfile::tempdir().unwrap();
    let server = server(&data).await;
    let mut liar = Liar::registered(&server.url(), "agent1").await;
    let mut callee = Phone::registered(&server.url(), "agent2", 2).await;
    let mut target = Phone::registered(&server.url(), "admin", 3).await;
    let mut invite = liar.forged(Method::Invite, "agent2", "forged-within");
    invite.set_body("application/sdp", SDP);
    let asked = invite.cseq().unwrap().number;
    liar.send(&invite).await;
    let (session, _) = callee.incoming().await;
    callee.answer(session, SDP).await;
    let answer = liar.final_answer(asked).await;
    assert_eq!(answer.status(), Some(200));
    liar.acknowledge(&answer).await;
    assert!(callee.event(|e| matches!(e, EndpointEvent::Confirmed { .. }).then_some(())).await.is_some());
    for method in [Method::Info, Method::Message] {
        let mut request = liar.within(&answer, method.clone(), liar.cseq + 1);
        request.push_named("Referred-By", format!("<sip:concierge@{DOMAIN}>"));
        request.set_body("text/plain", "open the door");
        liar.send(&request).await;
        let arrived = callee.event(|e| match e {
            EndpointEvent::InDialog { txn, message, .. } => Some((*txn, message.clone())),
            _ => None,
        });
        let (txn, arrived) = arrived.await.unwrap();
        assert_eq!((arrived.method(), arrived.body()), (Some(&method), &b"open the door"[..]));
        names_nobody(&arrived);
        let response = arrived.reply(200, "OK");
        callee.with(move |ep, now, _| ep.respond(now, txn, response)).await;
        let answered = liar.final_answer(request.cseq().unwrap().number).await;
        assert_eq!(answered.status(), Some(200), "{method} is one's own");
    }
    let mut offer = liar.within(&answer, Method::Invite, liar.cseq + 1);
    offer.set_body("application/sdp", SDP.replace("sendrecv", "sendonly"));
    liar.send(&offer).await;
    let arrived = callee.event(|e| match e {
        EndpointEvent::Reoffer { message, .. } => Some(message.clone()),
        _ => None,
    });
    names_nobody(&arrived.await.unwrap());
    let body = Body::sdp(SDP.replace("sendrecv", "recvonly"));
    callee.with(move |ep, now, _| ep.answer_reinvite(now, session, 200, "OK", &[], Some(body)).unwrap()).await;
    let answered = liar.final_answer(offer.cseq().unwrap().number).await;
    assert_eq!(answered.status(), Some(200));
    liar.acknowledge(&answered).await;
    // A transfer of one's own call rings in the name of the one who is transferred.
    let mut refer = liar.within(&answer, Method::Refer, liar.cseq + 1);
    refer.push(HeaderName::ReferTo, format!("<sip:admin@{DOMAIN}>"));
    refer.push_named("Referred-By", format!("\"Concierge\" <sip:concierge@{DOMAIN}>"));
    assert_eq!(liar.status(refer).await, 202);
    let (_, rings) = target.incoming().await;
    assert_eq!(rings.from().unwrap().uri().as_str(), format!("sip:agent2@{DOMAIN}"));
    names_nobody(&rings);
    server.stop().await;
}

/// An order on the feed of somebody who is signed in.
async fn order(server: &Server, user: &str, steer: Steer) -> OrderResult {
    let url = server.url();
    let http = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let post = |path: &str, body: serde_json::Value| http.post(format!("{url}{path}")).header("origin", &url).json(&body).send();
    let signed_in = post("/api/session", serde_json::json!({ "user": user, "password": demo::PASSWORD })).await.unwrap();
    assert_eq!(signed_in.status(), 200);
    let ticket = post("/api/ticket", serde_json::json!({ "purpose": "feed" })).await.unwrap();
    let ticket: Ticket = ticket.json().await.unwrap();
    let mut request = format!("{}/feed", url.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("origin", url.parse().unwrap());
    let (mut feed, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    for frame in [
        ClientFrame::Hello { ticket: ticket.ticket, wire: wire::VERSION, phone: None },
        ClientFrame::Order { id: 1, order: Order::Steer { steer } },
    ] {
        feed.send(Frame::text(serde_json::to_string(&frame).unwrap())).await.unwrap();
    }
    loop {
        let frame = tokio::time::timeout(LIMIT, feed.next()).await.expect("an answer").unwrap().unwrap();
        if let Frame::Text(text) = frame
            && let ServerFrame::Ordered { result, .. } = serde_json::from_str(&text).unwrap()
        {
            return result;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_others_opens_to_a_role_its_person_and_no_name() {
    let data = tempfile::tempdir().unwrap();
    let server = server(&data).await;
    let mut a = Phone::registered(&server.url(), "concierge", 1).await;
    let mut b = Phone::registered(&server.url(), "agent2", 2).await;
    let (caller, callee) = a.connected_to(&mut b, SDP).await;
    let contact = a.with(move |ep, _, _| ep.session_id(caller).unwrap().0.to_owned()).await;
    let supervise = || Steer::Supervise { user: "agent2".into(), contact: contact.clone(), mode: SuperviseMode::Listen };
    assert_eq!(order(&server, "agent1", supervise()).await, OrderResult::Forbidden);
    let OrderResult::Admitted { dialog } = order(&server, "supervisor", supervise()).await else { panic!("not let in") };
    let join = |liar: &mut Liar, who: &str| {
        let mut invite = liar.message(Method::Invite, &format!("sip:agent2@{DOMAIN}"), who, "agent2", &format!("join-as-{who}"));
        invite.push(HeaderName::Contact, format!("<sip:{who}@{DOMAIN};transport=ws>"));
        invite.push(HeaderName::PAssertedIdentity, format!("<sip:{who}@{DOMAIN}>"));
        invite.push(HeaderName::Join, dialog.as_str());
        invite.push(HeaderName::Require, "join");
        invite.set_body("application/sdp", SDP);
        invite
    };
    // Somebody else who has learnt of the admission, in the name of whoever has it.
    let mut agent = Liar::registered(&server.url(), "agent1").await;
    let stolen = join(&mut agent, "supervisor");
    assert_eq!(agent.status(stolen).await, 403);
    quiet(&mut b).await;
    // Whoever has it is let in as who they are, whatever their phone says.
    let mut supervisor = Liar::registered(&server.url(), "supervisor").await;
    let own = join(&mut supervisor, "concierge");
    supervisor.send(&own).await;
    let (_, asked) = b.incoming().await;
    assert!(asked.header_str(HeaderName::Join).is_some());
    let asserted = asked.header_str(HeaderName::PAssertedIdentity).unwrap().to_owned();
    assert!(asserted.contains("sip:supervisor@"), "{asserted}");
    names_nobody(&asked);
    a.hang_up(caller).await;
    assert!(b.ended(callee).await);
    server.stop().await;
}

/// The dialog of one side of a call, as its phone knows it.
async fn dialog(phone: &Phone, session: SessionId) -> (String, String, String) {
    phone
        .with(move |ep, _, _| {
            ep.dialog(session).map(|d| (d.call_id.to_string(), d.local_tag.to_string(), d.remote_tag.to_string())).unwrap()
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_in_the_call_of_others_or_comes_into_it() {
    let data = tempfile::tempdir().unwrap();
    let server = server(&data).await;
    let mut a = Phone::registered(&server.url(), "concierge", 1).await;
    let mut b = Phone::registered(&server.url(), "agent2", 2).await;
    let (caller, callee) = a.connected_to(&mut b, SDP).await;
    // The liar knows both dialogs to the last letter, and says that they are the one or the other.
    let (of_a, of_b) = (dialog(&a, caller).await, dialog(&b, callee).await);
    for (role, n) in [("agent1", 10), ("supervisor", 20)] {
        // A transfer of a call of one's own that names the call of others.
        let mut own = Phone::registered(&server.url(), role, n).await;
        let mut peer = Phone::registered(&server.url(), "admin", n + 1).await;
        let (mine, theirs) = own.connected_to(&mut peer, SDP).await;
        for (call_id, near, far) in [&of_a, &of_b] {
            for (to_tag, from_tag) in [(near, far), (far, near)] {
                let refer_to = format!("<sip:agent2@{DOMAIN}?Replaces={call_id}%3Bto-tag%3D{to_tag}%3Bfrom-tag%3D{from_tag}>");
                let asked = own.with(move |ep, now, _| {
                    let headers = [("Refer-To", refer_to.as_str()), ("Referred-By", "<sip:supervisor@portico.test>")];
                    ep.in_dialog(now, mine, Method::Refer, &headers, None).unwrap()
                });
                let asked = asked.await;
                let answer = own.event(|e| match e {
                    EndpointEvent::Response { id, message } if *id == asked => message.status(),
                    _ => None,
                });
                assert_eq!(answer.await, Some(404), "REFER of {role}");
            }
        }
        own.hang_up(mine).await;
        assert!(peer.ended(theirs).await);
        let mut liar = Liar::registered(&server.url(), role).await;
        for ((call_id, own, far), from, to) in [(&of_a, "concierge", "agent2"), (&of_b, "agent2", "concierge")] {
            for method in [Method::Message, Method::Refer, Method::Info, Method::Invite, Method::Update, Method::Bye] {
                let mut m = Message::request(method.clone(), &format!("sip:{to}@{DOMAIN}"));
                liar.cseq += 1;
                m.push(HeaderName::Via, format!("SIP/2.0/WS liar.invalid;branch=z9hG4bK-in-{}", liar.cseq));
                m.push(HeaderName::MaxForwards, "70");
                m.push(HeaderName::From, format!("<sip:{from}@{DOMAIN}>;tag={own}"));
                m.push(HeaderName::To, format!("<sip:{to}@{DOMAIN}>;tag={far}"));
                m.push(HeaderName::CallId, call_id.as_str());
                m.push(HeaderName::CSeq, format!("{} {method}", 9_000 + liar.cseq));
                m.push(HeaderName::Contact, "<sip:liar@liar.invalid;transport=ws>");
                m.push(HeaderName::ReferTo, format!("<sip:agent1@{DOMAIN}>"));
                m.set_body("application/sdp", SDP);
                assert_eq!(liar.status(m).await, 403, "{method} of {role} as {from}");
            }
            // By Replaces and Join, in either reading of the tags, to either side, in one's own name and in that of somebody in charge.
            for name in [HeaderName::Replaces, HeaderName::Join] {
                for (to_tag, from_tag) in [(own, far), (far, own)] {
                    for who in ["supervisor", role] {
                        let call = format!("{name:?}-{role}-{}", liar.cseq);
                        let mut invite = liar.message(Method::Invite, &format!("sip:{to}@{DOMAIN}"), who, to, &call);
                        invite.push(HeaderName::Contact, format!("<sip:{who}@{DOMAIN};transport=ws>"));
                        invite.push(HeaderName::PAssertedIdentity, format!("<sip:{who}@{DOMAIN}>"));
                        invite.push(name, format!("{call_id};to-tag={to_tag};from-tag={from_tag}"));
                        invite.set_body("application/sdp", SDP);
                        assert_eq!(liar.status(invite).await, 403, "{name:?} of {role} as {who}: only who was let in by an order");
                    }
                }
            }
        }
    }
    quiet(&mut a).await;
    quiet(&mut b).await;
    until_rows(&server, "sip.forged-identity", 2).await;
    until_rows(&server, "sip.take-over-refused", 2).await;
    until_rows(&server, "sip.supervision-refused", 2).await;
    // The call goes on: hanging up reaches the other side.
    a.hang_up(caller).await;
    assert!(b.ended(callee).await);
    server.stop().await;
}

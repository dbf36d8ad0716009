//! A native phone on a real WebSocket: one endpoint, one task.

use futures_util::{SinkExt as _, StreamExt as _};
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{Body, Endpoint, EndpointConfig, EndpointEvent, Failure, FlowConfig, Output, SessionId};
use sip_ws::io::{Credentials, FlowId, Millis};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub const DOMAIN: &str = "portico.test";
pub const LIMIT: Duration = Duration::from_secs(10);

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Job = Box<dyn FnOnce(&mut Endpoint, Millis, FlowId) + Send>;

enum Command {
    Do(Job),
    Connect(Box<Socket>, oneshot::Sender<()>),
    Cut,
}

pub struct Phone {
    pub user: String,
    pub contact: String,
    pub instance: String,
    commands: mpsc::UnboundedSender<Command>,
    events: mpsc::UnboundedReceiver<EndpointEvent>,
    seen: VecDeque<EndpointEvent>,
    cseq: u32,
}

/// A WebSocket as a SIP client opens it.
pub async fn open(url: &str, origin: Option<&str>, protocol: Option<&str>) -> Result<Socket, tungstenite::Error> {
    let mut request = format!("{}/sip", url.replacen("http", "ws", 1)).into_client_request()?;
    if let Some(origin) = origin {
        request.headers_mut().insert("Origin", origin.parse().unwrap());
    }
    if let Some(protocol) = protocol {
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol.parse().unwrap());
    }
    tokio_tungstenite::connect_async_with_config(
        request,
        Some(WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0)),
        true,
    )
    .await
    .map(|(socket, _)| socket)
}

impl Phone {
    pub async fn registered(url: &str, user: &str, n: usize) -> Self {
        let mut phone = Self::connected(url, user, "portico", n).await;
        assert_eq!(phone.register().await, 200);
        phone
    }

    pub async fn connected(url: &str, user: &str, password: &str, n: usize) -> Self {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (outbox, events) = mpsc::unbounded_channel();
        let credentials = Credentials { user: user.into(), password: password.into(), realm: DOMAIN.into() };
        tokio::spawn(run(inbox, outbox, credentials, n));
        let phone = Phone {
            user: user.into(),
            contact: format!("sip:p{n}@phone{n}.invalid;transport=ws"),
            instance: format!("urn:uuid:phone-{n}"),
            commands,
            events,
            seen: VecDeque::new(),
            cseq: 0,
        };
        phone.connect(url).await;
        phone
    }

    /// Opens a new socket; the one of before is dropped.
    pub async fn connect(&self, url: &str) {
        let socket = open(url, None, Some("sip")).await.unwrap();
        let (done, ready) = oneshot::channel();
        self.commands.send(Command::Connect(Box::new(socket), done)).ok().unwrap();
        ready.await.unwrap();
    }

    pub fn cut(&self) {
        self.commands.send(Command::Cut).ok().unwrap();
    }

    pub async fn with<T: Send + 'static>(&self, job: impl FnOnce(&mut Endpoint, Millis, FlowId) -> T + Send + 'static) -> T {
        let (tell, told) = oneshot::channel();
        let job = Box::new(move |ep: &mut Endpoint, now, flow| drop(tell.send(job(ep, now, flow))));
        self.commands.send(Command::Do(job)).ok().unwrap();
        told.await.unwrap()
    }

    /// The first event that `pick` takes; others stay for later.
    pub async fn event<T>(&mut self, pick: impl Fn(&EndpointEvent) -> Option<T>) -> Option<T> {
        if let Some(at) = self.seen.iter().position(|e| pick(e).is_some()) {
            return self.seen.remove(at).and_then(|e| pick(&e));
        }
        let end = tokio::time::Instant::now() + LIMIT;
        loop {
            let event = tokio::time::timeout_at(end, self.events.recv()).await.ok()??;
            if let Some(found) = pick(&event) {
                return Some(found);
            }
            self.seen.push_back(event);
        }
    }

    pub async fn register(&mut self) -> u16 {
        self.cseq += 1;
        let mut m = Message::request(Method::Register, &format!("sip:{DOMAIN}"));
        m.push(HeaderName::From, format!("<sip:{}@{DOMAIN}>;tag=r", self.user));
        m.push(HeaderName::To, format!("<sip:{}@{DOMAIN}>", self.user));
        m.push(HeaderName::CallId, format!("reg-{}", self.instance.replace(':', "-")));
        m.push(HeaderName::CSeq, format!("{} REGISTER", self.cseq * 10));
        m.push(HeaderName::Contact, format!("<{}>;+sip.instance=\"<{}>\";reg-id=1;expires=600", self.contact, self.instance));
        let id = self.with(move |ep, now, flow| ep.request(now, flow, m)).await;
        let response = self.event(|e| match e {
            EndpointEvent::Response { id: of, message } if *of == id => Some(message.clone()),
            EndpointEvent::RequestFailed { id: of, .. } if *of == id => Some(Message::response(599, "failed")),
            _ => None,
        });
        response.await.and_then(|m| m.status()).unwrap_or(0)
    }

    pub async fn call(&self, target: &str, offer: &str) -> SessionId {
        let mut m = Message::request(Method::Invite, &format!("sip:{target}@{DOMAIN}"));
        m.push(HeaderName::From, format!("<sip:{}@{DOMAIN}>", self.user));
        m.push(HeaderName::To, format!("<sip:{target}@{DOMAIN}>"));
        m.push(HeaderName::Contact, format!("<{}>", self.contact));
        m.set_body("application/sdp", offer);
        self.with(move |ep, now, flow| ep.invite(now, flow, m)).await
    }

    pub async fn incoming(&mut self) -> (SessionId, Message) {
        let event = self.event(|e| match e {
            EndpointEvent::Incoming { session, message, .. } => Some((*session, message.clone())),
            _ => None,
        });
        event.await.expect("rings")
    }

    pub async fn answer(&self, session: SessionId, body: &str) {
        let contact = format!("<{}>", self.contact);
        let body = Body::sdp(body);
        self.with(move |ep, now, _| ep.accept(now, session, &contact, &[], Some(body)).unwrap()).await;
    }

    pub async fn hang_up(&self, session: SessionId) {
        self.with(move |ep, now, _| ep.hang_up(now, session, &[])).await;
    }

    pub async fn accepted(&mut self, wanted: SessionId) -> Option<Message> {
        self.event(|e| match e {
            EndpointEvent::Accepted { session, message } if *session == wanted => Some(message.clone()),
            _ => None,
        })
        .await
    }

    pub async fn rejected(&mut self, wanted: SessionId) -> Option<u16> {
        self.event(|e| match e {
            EndpointEvent::Rejected { session, message } if *session == wanted => message.status(),
            _ => None,
        })
        .await
    }

    #[allow(dead_code, reason = "for the load program")]
    pub fn forget_events(&mut self) {
        self.seen.clear();
    }

    /// Status of the next refused call that is known by now; 0: the socket broke.
    #[allow(dead_code, reason = "for the load program")]
    pub fn refused_now(&mut self) -> Option<u16> {
        while let Ok(event) = self.events.try_recv() {
            match event {
                EndpointEvent::Rejected { message, .. } => return message.status(),
                EndpointEvent::Failed { cause: Failure::FlowLost, .. } => return Some(0),
                _ => {}
            }
        }
        None
    }

    /// The first event by now that `pick` takes.
    #[allow(dead_code, reason = "not for the load program")]
    pub fn heard<T>(&mut self, pick: impl Fn(&EndpointEvent) -> Option<T>) -> Option<T> {
        while let Ok(event) = self.events.try_recv() {
            self.seen.push_back(event);
        }
        self.seen.iter().find_map(pick)
    }

    pub async fn ended(&mut self, wanted: SessionId) -> bool {
        self.event(|e| matches!(e, EndpointEvent::Ended { session, .. } if *session == wanted).then_some(())).await.is_some()
    }

    /// Calls `other`, who answers. Both have one phone.
    pub async fn connected_to(&mut self, other: &mut Phone, offer: &str) -> (SessionId, SessionId) {
        let caller = self.call(&other.user, offer).await;
        let (callee, invite) = other.incoming().await;
        assert_eq!(invite.body(), offer.as_bytes());
        other.answer(callee, offer).await;
        assert!(self.accepted(caller).await.is_some());
        assert!(other.event(|e| matches!(e, EndpointEvent::Confirmed { .. }).then_some(())).await.is_some());
        (caller, callee)
    }
}

async fn run(
    mut commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<EndpointEvent>,
    credentials: Credentials,
    n: usize,
) {
    let config = EndpointConfig {
        allow: vec![Method::Info, Method::Message],
        supported: vec!["replaces".into(), "join".into()],
        patient: true,
        max_sessions: 5_000,
        ..EndpointConfig::default()
    };
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&n.to_le_bytes());
    let mut ep = Endpoint::new(config, seed);
    let origin = Instant::now();
    let now = || Millis(origin.elapsed().as_millis() as u64);
    let mut flow = FlowId(0);
    let mut socket: Option<Box<Socket>> = None;
    let mut wake = None;
    loop {
        let sleep = async {
            match wake {
                Some(Millis(at)) => tokio::time::sleep_until((origin + Duration::from_millis(at)).into()).await,
                None => std::future::pending().await,
            }
        };
        let next = async {
            match socket.as_mut() {
                Some(socket) => socket.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            command = commands.recv() => match command {
                None => return,
                Some(Command::Do(job)) => job(&mut ep, now(), flow),
                Some(Command::Connect(new, done)) => {
                    ep.flow_lost(now(), flow);
                    flow = FlowId(flow.0 + 1);
                    ep.flow_opened(now(), flow, FlowConfig { transport: "WS".into(), sent_by: format!("phone{n}.invalid"), reliable: true });
                    ep.set_credentials(flow, Some(credentials.clone()));
                    socket = Some(new);
                    let _ = done.send(());
                }
                Some(Command::Cut) => {
                    socket = None;
                    ep.flow_lost(now(), flow);
                }
            },
            frame = next => match frame {
                Some(Ok(Frame::Text(text))) => ep.receive(now(), flow, text.as_bytes()),
                Some(Ok(Frame::Binary(bytes))) => ep.receive(now(), flow, &bytes),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    socket = None;
                    ep.flow_lost(now(), flow);
                }
            },
            () = sleep => ep.handle_timeout(now()),
        }
        loop {
            match ep.poll() {
                Output::Transmit { flow: to, bytes } => {
                    if let Some(socket) = socket.as_mut().filter(|_| to == flow) {
                        let _ = socket.send(Frame::text(String::from_utf8(bytes).unwrap())).await;
                    }
                }
                Output::Event(event) => drop(events.send(event)),
                Output::Wait(at) => {
                    wake = at;
                    break;
                }
            }
        }
    }
}

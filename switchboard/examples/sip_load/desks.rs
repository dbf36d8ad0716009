//! Whole agents that do nothing but stay registered, each on its own socket, with the pauses and jitter of the product.

use futures_util::{SinkExt as _, StreamExt as _};
use sip_ws::Agent;
use sip_ws::io::{Command, Credentials, Event, FlowId, Input, Millis, Output, Profile, RegistrationState, SocketInput};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::phone::{self, Socket};

/// Something about one desk.
pub enum News {
    /// It is registered, after this time from the command or the cut.
    Registered(Duration),
    /// The server refused a socket or a request, with this status (0: the socket).
    Refused(u16),
}

/// Runs until `cut` has no sender. With each change of `cut` the socket breaks.
pub async fn run(url: String, user: String, number: usize, mut cut: watch::Receiver<u32>, news: mpsc::UnboundedSender<News>) {
    let profile = Profile {
        websocket_url: url.clone(),
        aor: format!("sip:{user}@{}", phone::DOMAIN),
        credentials: vec![Credentials { user, password: "portico".into(), realm: phone::DOMAIN.into() }],
        instance: format!("urn:uuid:desk-{number}"),
        register_expires: 600,
        user_agent: "load".into(),
        ..Profile::default()
    };
    let mut seed = [9; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let mut agent = Agent::new(profile, seed);
    let origin = Instant::now();
    let now = || Millis(u64::try_from(origin.elapsed().as_millis()).unwrap_or(u64::MAX));
    let mut socket: Option<(FlowId, Box<Socket>)> = None;
    let mut began = Instant::now();
    agent.input(now(), Input::Command(Command::Start));
    loop {
        let wake = loop {
            match agent.poll() {
                Output::Wait(at) => break at,
                Output::Connect { flow, .. } => {
                    let opened = phone::open(&url, None, Some("sip")).await;
                    let input = match opened {
                        Ok(new) => {
                            socket = Some((flow, Box::new(new)));
                            SocketInput::Opened
                        }
                        Err(_) => {
                            let _ = news.send(News::Refused(0));
                            SocketInput::Closed { retry_after: None }
                        }
                    };
                    agent.input(now(), Input::Socket(flow, input));
                }
                Output::Disconnect { .. } => socket = None,
                Output::Send { bytes, .. } => {
                    if let Some((_, socket)) = &mut socket {
                        let _ = socket.send(Frame::text(String::from_utf8_lossy(&bytes).into_owned())).await;
                    }
                }
                Output::Event(Event::Registration(RegistrationState::Registered { .. })) => {
                    let _ = news.send(News::Registered(began.elapsed()));
                }
                Output::Event(Event::Registration(RegistrationState::Failed { cause, .. })) => {
                    if let sip_ws::io::RegistrationFailure::Refused { status, .. } = cause {
                        let _ = news.send(News::Refused(status));
                    }
                }
                Output::Event(_) | Output::Media(_) | Output::Keep { .. } => {}
            }
        };
        let sleep = async {
            match wake {
                Some(Millis(at)) => tokio::time::sleep_until((origin + Duration::from_millis(at)).into()).await,
                None => std::future::pending().await,
            }
        };
        let frame = async {
            match socket.as_mut() {
                Some((flow, socket)) => (*flow, socket.next().await),
                None => std::future::pending().await,
            }
        };
        let input = tokio::select! {
            changed = cut.changed() => {
                if changed.is_err() {
                    return;
                }
                began = Instant::now();
                match socket.take() {
                    Some((flow, _)) => Input::Socket(flow, SocketInput::Closed { retry_after: None }),
                    None => Input::Timer,
                }
            }
            (flow, frame) = frame => match frame {
                Some(Ok(Frame::Text(text))) => Input::Socket(flow, SocketInput::Received(text.as_bytes().to_vec())),
                Some(Ok(_)) => Input::Timer,
                Some(Err(_)) | None => {
                    socket = None;
                    Input::Socket(flow, SocketInput::Closed { retry_after: None })
                }
            },
            () = sleep => Input::Timer,
        };
        agent.input(now(), input);
    }
}

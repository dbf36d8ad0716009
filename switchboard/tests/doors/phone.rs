//! The simulated station rings through the real exchange, with real media: a desk of `sip_ws` and `str0m` answers, sees the visitor,
//! hears the tone, is heard, and sends a door code both ways.

use crate::support::{Sim, settings};
use futures_util::{SinkExt as _, StreamExt as _};
use sip_ws::Agent;
use sip_ws::io::{
    CallId, Command, Credentials, EndCause, Event, FlowId, Input, MediaInput, MediaRequest, Millis, Output, Profile, SocketInput,
};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::change::SdpOffer;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, MediaKind, MediaTime, Mid, TelephoneEvent};
use str0m::net::{Protocol, Receive};

use str0m::{Candidate, Rtc};
use switchboard::config::SiteDoors;
use switchboard::demo;
use switchboard::doors::model::{self, Code, Entrance, Relay, Rings, Station};
use switchboard::doors::recipe::Recipe;
use switchboard::doors::recipe::dtmf::Tones;
use switchboard::server::Server;
use switchboard::sim::{Line, Settings, TONE_HZ};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use wire::{ReleaseAnswer, ReleaseOutcome};

const LIMIT: Duration = Duration::from_secs(15);

async fn server(data: &tempfile::TempDir) -> Server {
    Server::start(demo::config(0, None, data.path().to_owned()).unwrap()).await.unwrap()
}

fn line(server: &Server, user: &str, rings: &str) -> Line {
    Line {
        url: format!("{}/sip", server.url().replacen("http", "ws", 1)),
        domain: demo::DOMAIN.into(),
        user: user.into(),
        password: demo::PASSWORD.into(),
        rings: rings.into(),
        media: vec!["127.0.0.1".parse().unwrap()],
    }
}

/// What the desk saw and heard.
#[derive(Default, Debug, Clone)]
struct Seen {
    pictures: usize,
    first_is_key: Option<bool>,
    samples: Vec<i16>,
}

enum Wish {
    Command(Command),
    Tone(u8),
}

/// A desk: registers, answers, and tells its events.
struct Desk {
    wishes: mpsc::UnboundedSender<Wish>,
    events: mpsc::UnboundedReceiver<Event>,
    seen: std::sync::Arc<std::sync::Mutex<Seen>>,
}

impl Desk {
    async fn registered(server: &Server, user: &str) -> Self {
        let (wishes, inbox) = mpsc::unbounded_channel();
        let (outbox, events) = mpsc::unbounded_channel();
        let seen = std::sync::Arc::default();
        tokio::spawn(desk(line(server, user, ""), inbox, outbox, std::sync::Arc::clone(&seen)));
        let mut desk = Self { wishes, events, seen };
        desk.event(|e| matches!(e, Event::Registration(sip_ws::io::RegistrationState::Registered { .. })).then_some(())).await;
        desk
    }

    async fn event<T>(&mut self, pick: impl Fn(&Event) -> Option<T>) -> T {
        timeout(LIMIT, async {
            loop {
                if let Some(found) = pick(&self.events.recv().await.unwrap()) {
                    return found;
                }
            }
        })
        .await
        .expect("an event")
    }

    fn wish(&self, command: Command) {
        self.wishes.send(Wish::Command(command)).ok().unwrap();
    }
}

async fn desk(
    line: Line,
    mut wishes: mpsc::UnboundedReceiver<Wish>,
    events: mpsc::UnboundedSender<Event>,
    seen: std::sync::Arc<std::sync::Mutex<Seen>>,
) {
    let profile = Profile {
        websocket_url: line.url.clone(),
        further_urls: Vec::new(),
        aor: format!("sip:{}@{}", line.user, line.domain),
        display_name: None,
        anonymous: false,
        registrar: None,
        credentials: vec![Credentials { user: line.user.clone(), password: line.password, realm: line.domain }],
        instance: format!("urn:uuid:desk-{}", line.user),
        register_expires: 300,
        user_agent: "test".into(),
        session_id_header: None,
        supervised: false,
        session_expires: None,
        gruu: false,
        trusted: Vec::new(),
    };
    let (mut agent, started) = (Agent::new(profile, [9; 32]), Instant::now());
    let now = || Millis(started.elapsed().as_millis() as u64);
    let mut request = line.url.into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "sip".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let (tone_in, tone_out) = mpsc::unbounded_channel::<u8>();
    let mut tones_out = Some(tone_out);
    agent.input(now(), Input::Command(Command::Start));
    loop {
        let wake = loop {
            match agent.poll() {
                Output::Wait(at) => break at,
                Output::Connect { .. } => agent.input(now(), Input::Socket(FlowId(1), SocketInput::Opened)),
                Output::Disconnect { .. } => return,
                Output::Send { bytes, .. } => socket.send(Frame::text(String::from_utf8(bytes).unwrap())).await.unwrap(),
                Output::Event(event) => events.send(event).unwrap(),
                Output::Media(MediaRequest::Answer { call, request, offer, .. }) => {
                    let sdp = answer(&offer, seen.clone(), tones_out.take().unwrap()).await;
                    agent.input(now(), Input::Media(MediaInput::LocalDescription { call, request, sdp }));
                }
                // The desk of the second test offers a description of no use: it is refused anyhow.
                Output::Media(MediaRequest::Offer { call, request, .. }) => {
                    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP4 127.0.0.1\r\n".to_owned();
                    agent.input(now(), Input::Media(MediaInput::LocalDescription { call, request, sdp }));
                }
                Output::Media(_) | Output::Keep { .. } => {}
            }
        };
        let wait = wake.map_or(60_000, |at| at.0.saturating_sub(now().0));
        tokio::select! {
            () = sleep(Duration::from_millis(wait)) => agent.input(now(), Input::Timer),
            wish = wishes.recv() => match wish {
                Some(Wish::Command(command)) => agent.input(now(), Input::Command(command)),
                Some(Wish::Tone(event)) => tone_in.send(event).unwrap(),
                None => return,
            },
            frame = socket.next() => match frame {
                Some(Ok(frame)) => agent.input(now(), Input::Socket(FlowId(1), SocketInput::Received(frame.into_data().to_vec()))),
                _ => return,
            }
        }
    }
}

/// Answers with a connection that sends a tone of 1,000 Hz and notes what it sees and hears.
async fn answer(offer: &str, seen: std::sync::Arc<std::sync::Mutex<Seen>>, tones: mpsc::UnboundedReceiver<u8>) -> String {
    let mut config = Rtc::builder().clear_codecs().enable_pcmu(true, false).enable_vp8(true);
    let events = FormatParams { telephone_event_max: Some(15), ..FormatParams::default() };
    config.codec_config().add_config(101.into(), None, Codec::Tele, Frequency::EIGHT_KHZ, None, events);
    let mut rtc = config.build(Instant::now());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    rtc.add_local_candidate(Candidate::host(socket.local_addr().unwrap(), "udp").unwrap());
    let answer = rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(offer).unwrap()).unwrap().to_sdp_string();
    tokio::spawn(media(rtc, socket, seen, tones));
    answer
}

async fn media(mut rtc: Rtc, socket: UdpSocket, seen: std::sync::Arc<std::sync::Mutex<Seen>>, mut tones: mpsc::UnboundedReceiver<u8>) {
    let local: SocketAddr = socket.local_addr().unwrap();
    let (mut audio, mut video, mut since): (Option<Mid>, Option<Mid>, Option<Instant>) = (None, None, None);
    let (mut sent, mut buffer) = (0_u64, vec![0; 2_000]);
    loop {
        if rtc.handle_input(str0m::Input::Timeout(Instant::now())).is_err() {
            return;
        }
        let deadline = loop {
            match rtc.poll_output() {
                Ok(str0m::Output::Timeout(at)) => break at,
                Ok(str0m::Output::Transmit(packet)) => drop(socket.send_to(&packet.contents, packet.destination).await),
                Ok(str0m::Output::Event(str0m::Event::Connected)) => since = Some(Instant::now()),
                Ok(str0m::Output::Event(str0m::Event::MediaAdded(added))) => match added.kind {
                    MediaKind::Audio => audio = Some(added.mid),
                    MediaKind::Video => video = Some(added.mid),
                },
                Ok(str0m::Output::Event(str0m::Event::MediaData(data))) => {
                    let mut seen = seen.lock().unwrap();
                    if Some(data.mid) == video {
                        seen.pictures += 1;
                        seen.first_is_key.get_or_insert(data.data[0] & 1 == 0);
                    } else {
                        seen.samples.extend(data.data.iter().map(|byte| expand(*byte)));
                    }
                }
                Ok(str0m::Output::Event(_)) => {}
                Err(_) => return,
            }
        };
        let wait = deadline.saturating_duration_since(Instant::now()).min(Duration::from_millis(10));
        tokio::select! {
            received = socket.recv_from(&mut buffer) => {
                let Ok((length, source)) = received else { return };
                let Ok(contents) = buffer[..length].try_into() else { continue };
                let receive = Receive { proto: Protocol::Udp, source, destination: local, contents };
                let _ = rtc.handle_input(str0m::Input::Receive(Instant::now(), receive));
                continue;
            }
            () = sleep(wait) => {}
        }
        let (Some(since), Some(mid)) = (since, audio) else { continue };
        if since.elapsed() >= Duration::from_millis(20 * sent) {
            let Some(writer) = rtc.writer(mid) else { continue };
            let Some(pt) = writer.payload_params().find(|p| p.spec().codec == Codec::PCMU).map(|p| p.pt()) else { continue };
            let writer = match tones.try_recv() {
                Ok(event) => writer.telephone_event(TelephoneEvent { event, end: true, volume: 10, duration: Duration::from_millis(100) }),
                Err(_) => writer,
            };
            // 1,000 Hz at 8 kHz repeats after eight samples: 0, 0.7, 1, 0.7, 0, -0.7, -1, -0.7 of a loud sound, as µ-law.
            let tone: Vec<u8> = [0xff, 0x92, 0x8a, 0x92, 0x7f, 0x12, 0x0a, 0x12].repeat(20);
            writer.write(pt, Instant::now(), MediaTime::new(sent * 160, Frequency::EIGHT_KHZ), tone).unwrap();
            sent += 1;
        }
    }
}

/// G.711 µ-law, written again so that the station's own is checked.
fn expand(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = (((i32::from(byte & 0x0f)) << 3) + 0x84) << ((byte & 0x70) >> 4);
    let magnitude = (magnitude - 0x84) as i16;
    if byte & 0x80 == 0 { magnitude } else { -magnitude }
}

fn frequency(samples: &[i16]) -> f64 {
    let rising: Vec<usize> = samples.windows(2).enumerate().filter(|(_, w)| w[0] < 0 && w[1] >= 0).map(|(n, _)| n).collect();
    (rising.len() - 1) as f64 * 8_000.0 / (rising[rising.len() - 1] - rising[0]) as f64
}

async fn page(sim: &Sim, what: &str) -> u16 {
    reqwest::Client::new().post(format!("http://{}/demo/{what}", sim.station.page())).send().await.unwrap().status().as_u16()
}

/// Waits until the station's page says so.
async fn until(sim: &Sim, what: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    timeout(LIMIT, async {
        loop {
            let state = sim.state().await;
            if what(&state) {
                return state;
            }
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("a state of the station")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_rings_is_seen_and_heard_hears_and_opens_by_tones() {
    let data = tempfile::tempdir().unwrap();
    let server = server(&data).await;
    let mut desk = Desk::registered(&server, "agent1").await;
    let sim = Sim::start(Settings { line: Some(line(&server, "concierge", "agent1")), ..settings() }).await;
    until(&sim, |state| state["phone"]["registered"] == true).await;
    assert_eq!(page(&sim, "ring").await, 200);
    let call = desk
        .event(|event| match event {
            Event::Incoming { call, from, has_video, .. } => Some((*call, from.user.clone(), *has_video)),
            _ => None,
        })
        .await;
    assert_eq!((call.1.as_str(), call.2), ("concierge", true));
    desk.wish(Command::Answer { call: call.0, video: true });
    desk.event(|event| matches!(event, Event::Answered { .. }).then_some(())).await;

    // The station hears the desk.
    let near = |value: &serde_json::Value, wanted: f64| value.as_f64().is_some_and(|value| (value - wanted).abs() < 20.0);
    let state = until(&sim, |state| near(&state["phone"]["frequency_hz"], 1_000.0)).await;
    assert_eq!(state["phone"]["call"], "talking");
    assert!(state["phone"]["level_db"].as_f64().unwrap() > -10.0);
    // The desk sees pictures from a key frame on, and hears the station.
    let enough = async {
        loop {
            let seen = desk.seen.lock().unwrap().clone();
            if seen.pictures >= 20 && seen.samples.len() >= 8_000 {
                return seen;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let seen = timeout(LIMIT, enough).await.expect("pictures and sound");
    assert_eq!(seen.first_is_key, Some(true));
    let heard = frequency(&seen.samples[seen.samples.len() - 4_000..]);
    assert!((heard - TONE_HZ).abs() < 5.0, "{heard}");

    // The code of relay 1 by INFO, the code of relay 2 by RFC 4733.
    for digit in "1111".chars() {
        desk.wish(Command::Dtmf { call: call.0, digit, duration_ms: 100 });
    }
    until(&sim, |state| state["relays"][0]["pulses"] == 1).await;
    for nth in 1..=4_u64 {
        desk.wishes.send(Wish::Tone(2)).ok().unwrap();
        until(&sim, |state| state["phone"]["keys"].as_u64() == Some(4 + nth)).await;
        sleep(Duration::from_millis(150)).await;
    }
    until(&sim, |state| state["relays"][1]["pulses"] == 1).await;

    assert_eq!(page(&sim, "hang-up").await, 200);
    desk.event(|event| matches!(event, Event::Ended { cause: EndCause::RemoteHangUp { .. }, .. }).then_some(())).await;
    until(&sim, |state| state["phone"]["call"].as_str().is_some_and(|call| call.starts_with("ended"))).await;
    sim.station.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_answers_nobody_and_without_power_is_gone() {
    let data = tempfile::tempdir().unwrap();
    let server = server(&data).await;
    let mut desk = Desk::registered(&server, "agent1").await;
    let sim = Sim::start(Settings { line: Some(line(&server, "concierge", "agent1")), ..settings() }).await;
    until(&sim, |state| state["phone"]["registered"] == true).await;
    let call = CallId(1);
    desk.wish(Command::Call { call, target: "concierge".into(), video: false });
    let status = desk
        .event(|event| match event {
            Event::Ended { cause: EndCause::Rejected { status, .. }, .. } => Some(*status),
            _ => None,
        })
        .await;
    assert_eq!(status, 486);
    sim.set(serde_json::json!({"power": false})).await;
    until(&sim, |state| state["phone"]["registered"] == false).await;
    assert_eq!(sim.state().await["phone"]["call"], "");
    sim.set(serde_json::json!({"power": true})).await;
    until(&sim, |state| state["phone"]["registered"] == true).await;
    sim.station.stop().await;
    server.stop().await;
}

/// A server whose gate is opened by tones.
async fn gate(data: &tempfile::TempDir, recipe: Recipe, codes_on_desks: bool) -> Server {
    let mut config = demo::config(0, None, data.path().to_owned()).unwrap();
    let relay =
        |number, code: &str| Relay { number, name: number.to_string(), code: Code::Stored(wire::Secret::new(code)), pulse_ms: 3_000 };
    let rings = Rings::People(vec!["agent1".into()]);
    let station = Station {
        sip_user: Some("gate".into()),
        line: Some(model::Line { password: wire::Secret::new(demo::PASSWORD), rings }),
        recipe,
        pictures: None,
        relays: vec![relay(1, "1111"), relay(2, "2222")],
    };
    let entrances = vec![Entrance { id: "gate".into(), name: "Gate".into(), station }];
    config.tenants[0].doors = vec![SiteDoors { site: "north".into(), entrances, codes_on_desks, ..SiteDoors::default() }];
    Server::start(config).await.unwrap()
}

async fn signed_in(server: &Server, user: &str) -> crate::service::Desk {
    let http = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let person = crate::service::Desk { http, base: server.url() };
    let body = serde_json::json!({ "user": user, "password": demo::PASSWORD });
    assert_eq!(person.post("/api/session", &body).await.status(), 200);
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_by_info_open_in_the_stations_call_and_are_sent_not_confirmed() {
    let data = tempfile::tempdir().unwrap();
    let server = gate(&data, Recipe::DtmfInfo(Tones::default()), false).await;
    let mut desk = Desk::registered(&server, "agent1").await;
    let person = signed_in(&server, "agent1").await;
    let open = async |relays: &[u8]| person.open("gate", &serde_json::json!({ "id": crate::service::id(), "relays": relays })).await;
    let sim = Sim::start(Settings { line: Some(line(&server, "gate", "gate")), ..settings() }).await;
    until(&sim, |state| state["phone"]["registered"] == true).await;
    let refused = open(&[1]).await;
    assert_eq!(refused.relays[0].cause.as_deref(), Some("no_call"), "nobody talks with the station");

    assert_eq!(page(&sim, "ring").await, 200);
    let call = desk.event(|event| if let Event::Incoming { call, .. } = event { Some(*call) } else { None }).await;
    desk.wish(Command::Answer { call, video: true });
    desk.event(|event| matches!(event, Event::Answered { .. }).then_some(())).await;
    until(&sim, |state| state["phone"]["call"] == "talking").await;
    // Two codes to one station never mix.
    let release = open(&[1, 2]).await;
    for relay in &release.relays {
        assert_eq!(relay.outcome, Some(ReleaseOutcome::SentNotConfirmed), "{release:?}");
    }
    assert_eq!(sim.pulses().await, (1, 1));
    sim.station.stop().await;
    server.stop().await;
}

/// A gate that is opened by tones in the media, its station, and the desk that it rings with the person at it.
async fn tone_gate(data: &tempfile::TempDir, codes_on_desks: bool) -> (Server, Desk, crate::service::Desk, Sim) {
    let server = gate(data, Recipe::DtmfRtp(Tones::default()), codes_on_desks).await;
    let desk = Desk::registered(&server, "agent1").await;
    let person = signed_in(&server, "agent1").await;
    let sim = Sim::start(Settings { line: Some(line(&server, "gate", "gate")), ..settings() }).await;
    until(&sim, |state| state["phone"]["registered"] == true).await;
    (server, desk, person, sim)
}

/// The station rings and the desk answers.
async fn answer_ring(desk: &mut Desk, sim: &Sim) {
    assert_eq!(page(sim, "ring").await, 200);
    let call = desk.event(|event| if let Event::Incoming { call, .. } = event { Some(*call) } else { None }).await;
    desk.wish(Command::Answer { call, video: true });
}

/// A release that whoever asks is to play, or its outcome.
async fn ask(person: &crate::service::Desk, id: &str, relay: u8) -> ReleaseAnswer {
    let answer = person.post("/api/doors/gate/release", &serde_json::json!({ "id": id, "relays": [relay] })).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

fn cause(answer: &ReleaseAnswer) -> (Option<ReleaseOutcome>, Option<&str>) {
    (answer.release.relays[0].outcome, answer.release.relays[0].cause.as_deref())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_in_the_media_are_played_by_the_desk_that_talks_with_the_station() {
    let data = tempfile::tempdir().unwrap();
    let (server, mut desk, person, sim) = tone_gate(&data, true).await;
    let other = signed_in(&server, "agent2").await;
    answer_ring(&mut desk, &sim).await;
    desk.event(|event| matches!(event, Event::Answered { .. }).then_some(())).await;
    until(&sim, |state| state["phone"]["call"] == "talking").await;

    let not_there = ask(&other, &crate::service::id(), 1).await;
    assert_eq!(cause(&not_there), (Some(ReleaseOutcome::RefusedByUs), Some("no_call")), "somebody else has the call");

    let id = crate::service::id();
    let order = ask(&person, &id, 1).await;
    assert_eq!((order.release.done_at, order.tones.len(), order.tones[0].relay), (None, 1, 1));
    assert_eq!(order.tones[0].digits.expose(), "1111");
    // Everybody of the site sees the id in the feed. With it nobody gets the code, nor takes it from whoever has it.
    let stolen = ask(&other, &id, 1).await;
    assert_eq!((cause(&stolen), stolen.tones.len()), ((Some(ReleaseOutcome::RefusedByUs), Some("not_yours")), 0));
    for nth in 1..=4_u64 {
        desk.wishes.send(Wish::Tone(1)).ok().unwrap();
        until(&sim, |state| state["phone"]["keys"].as_u64() == Some(nth)).await;
        sleep(Duration::from_millis(150)).await;
    }
    until(&sim, |state| state["relays"][0]["pulses"] == 1).await;
    let played = |id: &str, relay: u8, sent: bool| serde_json::json!({ "id": id, "relay": relay, "sent": sent });
    assert_eq!(other.post("/api/doors/gate/played", &played(&id, 1, true)).await.status(), 404, "not theirs");
    let answer: ReleaseAnswer = person.post("/api/doors/gate/played", &played(&id, 1, true)).await.json().await.unwrap();
    assert_eq!(cause(&answer), (Some(ReleaseOutcome::SentNotConfirmed), None));
    assert!(answer.release.done_at.is_some());
    // Said again, and otherwise: what was told stays.
    let answer: ReleaseAnswer = person.post("/api/doors/gate/played", &played(&id, 1, false)).await.json().await.unwrap();
    assert_eq!(cause(&answer), (Some(ReleaseOutcome::SentNotConfirmed), None));
    let again = ask(&person, &id, 1).await;
    assert_eq!((cause(&again).0, again.tones), (Some(ReleaseOutcome::SentNotConfirmed), vec![]), "a code is handed out once");

    // A desk that could not play had the code in its hands all the same.
    let id = crate::service::id();
    assert_eq!(ask(&person, &id, 2).await.tones.len(), 1);
    let answer: ReleaseAnswer = person.post("/api/doors/gate/played", &played(&id, 2, false)).await.json().await.unwrap();
    assert_eq!(cause(&answer), (Some(ReleaseOutcome::NoReply), Some("no_call")));

    // A desk that says nothing, and asks again: no second code, and no claim that it opened.
    let id = crate::service::id();
    assert_eq!(ask(&person, &id, 2).await.tones.len(), 1);
    let silent = ask(&person, &id, 2).await;
    assert_eq!((cause(&silent), silent.tones.clone()), ((Some(ReleaseOutcome::NoReply), Some("timed_out")), vec![]));
    assert_eq!(sim.pulses().await, (1, 0));
    sim.station.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_keeps_its_codes_hands_out_none() {
    let data = tempfile::tempdir().unwrap();
    let (server, mut desk, person, sim) = tone_gate(&data, false).await;
    answer_ring(&mut desk, &sim).await;
    until(&sim, |state| state["phone"]["call"] == "talking").await;
    let refused = ask(&person, &crate::service::id(), 1).await;
    assert_eq!((cause(&refused), refused.tones.clone()), ((Some(ReleaseOutcome::RefusedByUs), Some("code_kept")), vec![]));
    sim.station.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_that_nobody_has_answered_gets_its_code_from_the_switchboard_itself() {
    let data = tempfile::tempdir().unwrap();
    // No desk is given a code.
    let (server, mut desk, person, sim) = tone_gate(&data, false).await;
    let silent = ask(&person, &crate::service::id(), 1).await;
    assert_eq!(cause(&silent), (Some(ReleaseOutcome::RefusedByUs), Some("no_call")), "it does not ring");

    for (relay, pulses) in [(2, (0, 1)), (1, (1, 1))] {
        assert_eq!(page(&sim, "ring").await, 200);
        desk.event(|event| matches!(event, Event::Incoming { .. }).then_some(())).await;
        let began = Instant::now();
        let opened = ask(&person, &crate::service::id(), relay).await;
        assert_eq!((cause(&opened), opened.tones.len()), ((Some(ReleaseOutcome::SentNotConfirmed), None), 0), "{:?}", began.elapsed());
        desk.event(|event| matches!(event, Event::Ended { cause: EndCause::AnsweredElsewhere, .. }).then_some(())).await;
        until(&sim, |state| state["phone"]["call"].as_str().is_some_and(|call| call.starts_with("ended"))).await;
        assert_eq!(sim.pulses().await, pulses, "at the relay itself");
    }
    let keys = sim.state().await["phone"]["keys"].as_u64();
    assert_eq!(keys, Some(8), "each tone is heard once");
    sim.station.stop().await;
    server.stop().await;
}

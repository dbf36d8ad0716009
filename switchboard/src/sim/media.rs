//! The media of a simulated station, with `str0m`: the visitor as VP8, a tone as G.711, and what it hears. One task per connection.

use super::clip::{self, Picture};
use super::sound::{self, Ear};
use futures_util::future::select_all;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::{Codec, CodecExtra, FormatParams};
use str0m::media::{Direction, Frequency, MediaData, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcError};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep_until;

/// Time between two packets of sound.
const SOUND_EVERY: Duration = Duration::from_millis(20);
/// Media that is due is caught up over this long at most; what is older is left out.
const CATCH_UP: Duration = Duration::from_millis(200);
/// Longest time without looking after the connection: its own deadline may lie far ahead once the other side is gone.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Payload type of telephone events.
const TELEPHONE_EVENT: u8 = 101;

/// What the station hears and sees of the other side.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Its sound.
    pub ear: Ear,
    /// Pictures that arrived.
    pub pictures: u64,
    /// The media is connected.
    pub connected: bool,
    /// Keys that were heard as RFC 4733 events and not yet taken.
    pub keys: Vec<char>,
}

/// A shared [`Heard`].
pub(super) type Listening = Arc<Mutex<Heard>>;

enum Order {
    Offer(oneshot::Sender<Result<String, String>>),
    Answer(String, oneshot::Sender<Result<String, String>>),
    Apply(String, oneshot::Sender<Result<(), String>>),
    Add(Vec<String>),
}

/// A media connection. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Media(mpsc::Sender<Order>);

impl Media {
    /// A connection on these addresses of this machine.
    pub async fn new(addresses: &[std::net::IpAddr], heard: Listening) -> Result<Self, String> {
        let mut config = Rtc::builder().clear_codecs().enable_pcmu(true, false).enable_vp8(true);
        let events = FormatParams { telephone_event_max: Some(15), ..FormatParams::default() };
        config.codec_config().add_config(TELEPHONE_EVENT.into(), None, Codec::Tele, Frequency::EIGHT_KHZ, None, events);
        let mut rtc = config.build(Instant::now());
        let mut sockets = Vec::new();
        for address in addresses {
            let socket = UdpSocket::bind(SocketAddr::new(*address, 0)).await.map_err(|e| format!("{address} carries no media: {e}"))?;
            let local = socket.local_addr().map_err(|e| e.to_string())?;
            rtc.add_local_candidate(Candidate::host(local, "udp").map_err(|e| e.to_string())?);
            sockets.push((local, socket));
        }
        let (orders, inbox) = mpsc::channel(4);
        tokio::spawn(Connection::new(rtc, sockets, heard).run(inbox));
        Ok(Self(orders))
    }

    /// An offer of ours: sound both ways, our picture.
    pub async fn offer(&self) -> Result<String, String> {
        self.ask(Order::Offer).await
    }

    /// Our answer to an offer.
    pub async fn answer(&self, offer: String) -> Result<String, String> {
        self.ask(|tell| Order::Answer(offer, tell)).await
    }

    /// Takes the answer to our offer.
    pub async fn apply(&self, answer: String) -> Result<(), String> {
        self.ask(|tell| Order::Apply(answer, tell)).await
    }

    /// Candidates of the other side that came after its description.
    pub async fn add(&self, candidates: Vec<String>) {
        // A connection that is gone needs none.
        let _ = self.0.send(Order::Add(candidates)).await;
    }

    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<Result<T, String>>) -> Order) -> Result<T, String> {
        let (tell, told) = oneshot::channel();
        let gone = || "the media connection is gone".to_owned();
        self.0.send(order(tell)).await.map_err(|_| gone())?;
        told.await.map_err(|_| gone())?
    }
}

struct Connection {
    rtc: Rtc,
    sockets: Vec<(SocketAddr, UdpSocket)>,
    heard: Listening,
    pending: Option<SdpPendingOffer>,
    audio: Option<Mid>,
    video: Option<Mid>,
    clip: Vec<Picture>,
    /// When the media began.
    since: Option<Instant>,
    sounds: u64,
    pictures: u64,
    /// The picture of the clip that comes next.
    next: usize,
    last_event: Option<MediaTime>,
}

impl Connection {
    fn new(rtc: Rtc, sockets: Vec<(SocketAddr, UdpSocket)>, heard: Listening) -> Self {
        Self {
            rtc,
            sockets,
            heard,
            pending: None,
            audio: None,
            video: None,
            clip: clip::pictures(),
            since: None,
            sounds: 0,
            pictures: 0,
            next: 0,
            last_event: None,
        }
    }

    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut buffer = vec![0; 2_000];
        while let Some(deadline) = self.drain() {
            let now = Instant::now();
            let wake = deadline.min(self.due().unwrap_or(deadline)).min(now + LONGEST_WAIT);
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => break,
                },
                index = readable(&self.sockets) => self.receive(index, &mut buffer),
                () = sleep_until(wake.into()) => {}
            }
            if self.drain().is_none() || self.send_due().is_none() {
                break;
            }
        }
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).connected = false;
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Offer(tell) => {
                let mut change = self.rtc.sdp_api();
                self.audio = Some(change.add_media(MediaKind::Audio, Direction::SendRecv, Some("station".into()), None, None));
                self.video = Some(change.add_media(MediaKind::Video, Direction::SendRecv, Some("station".into()), None, None));
                let offer = change.apply().map(|(offer, pending)| {
                    self.pending = Some(pending);
                    offer.to_sdp_string()
                });
                let _ = tell.send(offer.ok_or_else(|| "there is nothing to offer".to_owned()));
            }
            Order::Answer(offer, tell) => {
                let offer = SdpOffer::from_sdp_string(&offer).map_err(|e| e.to_string());
                let answer = offer.and_then(|offer| self.rtc.sdp_api().accept_offer(offer).map_err(|e| e.to_string()));
                let _ = tell.send(answer.map(|answer| answer.to_sdp_string()));
            }
            Order::Apply(answer, tell) => {
                let done = match (self.pending.take(), SdpAnswer::from_sdp_string(&answer)) {
                    (Some(pending), Ok(answer)) => self.rtc.sdp_api().accept_answer(pending, answer).map_err(|e| e.to_string()),
                    (Some(_), Err(e)) => Err(e.to_string()),
                    (None, _) => Err("there is no offer of ours to be answered".to_owned()),
                };
                let _ = tell.send(done);
            }
            Order::Add(candidates) => {
                // What is none, such as the end of them and hidden names, leads nowhere.
                for candidate in candidates.iter().filter_map(|text| Candidate::from_sdp_string(text).ok()) {
                    self.rtc.add_remote_candidate(candidate);
                }
            }
        }
    }

    fn receive(&mut self, index: usize, buffer: &mut [u8]) {
        let Some((local, socket)) = self.sockets.get(index) else { return };
        let Ok((length, source)) = socket.try_recv_from(buffer) else { return };
        let Ok(contents) = buffer[..length].try_into() else { return };
        let receive = Receive { proto: Protocol::Udp, source, destination: *local, contents };
        // What is not for this connection is refused here, and the connection lives on.
        if self.rtc.handle_input(Input::Receive(Instant::now(), receive)).is_err() {
            tracing::debug!("a packet was refused");
        }
    }

    /// Does what the connection wants. Gives its next deadline; `None` when it is over.
    fn drain(&mut self) -> Option<Instant> {
        if !self.rtc.is_alive() {
            return None;
        }
        let over = |error: RtcError| tracing::warn!(%error, "a media connection is over");
        self.rtc.handle_input(Input::Timeout(Instant::now())).map_err(over).ok()?;
        loop {
            match self.rtc.poll_output().map_err(over).ok()? {
                Output::Timeout(at) => return Some(at),
                Output::Transmit(packet) => {
                    let socket = self.sockets.iter().find(|(local, _)| *local == packet.source);
                    if let Some((_, socket)) = socket {
                        // A full buffer loses a packet, as the network does.
                        let _ = socket.try_send_to(&packet.contents, packet.destination);
                    }
                }
                Output::Event(event) => self.on_event(event),
            }
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Connected => {
                self.since.get_or_insert_with(Instant::now);
                self.heard.lock().unwrap_or_else(PoisonError::into_inner).connected = true;
            }
            Event::MediaAdded(added) => match added.kind {
                MediaKind::Audio => self.audio = Some(added.mid),
                MediaKind::Video => self.video = Some(added.mid),
            },
            Event::KeyframeRequest(_) => {
                // The nearest key frame behind: the visitor hardly jumps.
                self.next = (0..=self.next).rev().find(|n| self.clip.get(*n).is_some_and(|picture| picture.key)).unwrap_or(0);
            }
            Event::MediaData(data) => self.on_media(&data),
            // Everything else is about things that this station does not do.
            _ => {}
        }
    }

    fn on_media(&mut self, data: &MediaData) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match &data.codec_extra {
            CodecExtra::Tele(event) => {
                // The end of a tone comes three times, with the same time.
                if event.end && self.last_event != Some(data.time) {
                    self.last_event = Some(data.time);
                    heard.keys.extend(char_of(event.event));
                }
            }
            _ if Some(data.mid) == self.audio => heard.ear.hear(&data.data),
            _ => heard.pictures += 1,
        }
    }

    /// When the next sound or picture is due.
    fn due(&self) -> Option<Instant> {
        let since = self.since?;
        Some((since + at_sound(self.sounds)).min(since + at_picture(self.pictures)))
    }

    /// Sends what is due. `None` when the connection is over.
    fn send_due(&mut self) -> Option<()> {
        let Some(since) = self.since else { return Some(()) };
        let now = Instant::now();
        let late = now.saturating_duration_since(since).saturating_sub(CATCH_UP);
        while at_sound(self.sounds) < late {
            self.sounds += 1;
        }
        while at_picture(self.pictures) < late {
            self.pictures += 1;
        }
        while since + at_sound(self.sounds) <= now {
            let at = self.sounds * sound::PACKET as u64;
            let data = sound::tone(at);
            self.write(self.audio, Codec::PCMU, MediaTime::new(at, Frequency::EIGHT_KHZ), data);
            self.sounds += 1;
            self.drain()?;
        }
        while since + at_picture(self.pictures) <= now {
            let time = MediaTime::new(self.pictures * 90_000 / clip::RATE, Frequency::NINETY_KHZ);
            if let Some(picture) = self.clip.get(self.next).copied() {
                self.write(self.video, Codec::Vp8, time, picture.data.to_vec());
                self.next = (self.next + 1) % self.clip.len();
            }
            self.pictures += 1;
            self.drain()?;
        }
        Some(())
    }

    fn write(&mut self, mid: Option<Mid>, codec: Codec, time: MediaTime, data: Vec<u8>) {
        // To write where the other side wants nothing would be the end of the connection: it may be held from its first moment on.
        let mid = mid.filter(|mid| self.rtc.media(*mid).is_some_and(|media| media.direction().is_sending()));
        let Some(writer) = mid.and_then(|mid| self.rtc.writer(mid)) else { return };
        let Some(pt) = writer.payload_params().find(|params| params.spec().codec == codec).map(|params| params.pt()) else { return };
        if let Err(e) = writer.write(pt, Instant::now(), time, data) {
            tracing::debug!(error = %e, "media was not taken");
        }
    }
}

fn at_sound(n: u64) -> Duration {
    SOUND_EVERY.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX))
}

fn at_picture(n: u64) -> Duration {
    Duration::from_millis(n * 1_000 / clip::RATE)
}

/// The key of an event (RFC 4733 3.2).
fn char_of(event: u8) -> Option<char> {
    "0123456789*#ABCD".chars().nth(usize::from(event))
}

/// Waits for a packet and says on which socket.
async fn readable(sockets: &[(SocketAddr, UdpSocket)]) -> usize {
    let waits: Vec<_> = sockets.iter().map(|(_, socket)| Box::pin(socket.readable())).collect();
    if waits.is_empty() {
        return std::future::pending().await;
    }
    select_all(waits).await.1
}

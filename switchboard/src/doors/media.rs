//! The media of a station that the switchboard answers itself: it sends a code as RFC 4733 tones, and nothing else. With `str0m`.

use super::recipe::dtmf::{Digit, Tones, VOLUME};
use crate::config::Media;
use crate::net::media_addresses;
use futures_util::future::select_all;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use str0m::change::SdpOffer;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, MediaTime, Mid, TelephoneEvent};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::net::UdpSocket;
use tokio::time::sleep_until;

/// Payload types of telephone events, one for each clock that sound may have.
const EVENTS: [(u8, Frequency); 2] = [(101, Frequency::EIGHT_KHZ), (110, Frequency::FORTY_EIGHT_KHZ)];
/// Silence that a receiver needs to tell two tones apart, and for the last packets of a tone.
const LEAST_GAP_MS: u32 = 80;
/// Ports that are tried on one address.
const TRIES: u16 = 64;

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Every tone has left.
    All,
    /// Some have.
    Part,
    /// None has: the media never came about, or the station does not ring.
    Nothing,
}

/// An answered offer whose media may come about.
#[derive(Debug)]
pub struct Leg {
    rtc: Rtc,
    sockets: Vec<(SocketAddr, UdpSocket)>,
    audio: Option<Mid>,
    connected: bool,
}

impl Leg {
    /// Answers the offer of a station. Gives the description to send back.
    ///
    /// # Errors
    /// A sentence for the log: there is no address, or the offer is none that can be answered.
    pub async fn answer(media: &Media, offer: &[u8]) -> Result<(Self, String), String> {
        let mut config = Rtc::builder().clear_codecs().enable_pcmu(true, false).enable_pcma(true, false).enable_opus(true, false);
        for (payload, clock) in EVENTS {
            let events = FormatParams { telephone_event_max: Some(15), ..FormatParams::default() };
            config.codec_config().add_config(payload.into(), None, Codec::Tele, clock, None, events);
        }
        let mut rtc = config.build(Instant::now());
        let mut sockets = Vec::new();
        let named = if media.addresses.is_empty() { media_addresses() } else { media.addresses.clone() };
        for address in named {
            let Some((local, socket)) = bind(address, media.udp_ports).await else { continue };
            rtc.add_local_candidate(Candidate::host(local, "udp").map_err(|e| e.to_string())?);
            sockets.push((local, socket));
        }
        if sockets.is_empty() {
            return Err("no address of `[media]` has a free port".to_owned());
        }
        let offer = str::from_utf8(offer).map_err(|e| e.to_string())?;
        let offer = SdpOffer::from_sdp_string(offer).map_err(|e| e.to_string())?;
        let answer = rtc.sdp_api().accept_offer(offer).map_err(|e| e.to_string())?;
        Ok((Self { rtc, sockets, audio: None, connected: false }, answer.to_sdp_string()))
    }

    /// Sends a code once the media is there, and says how much of it has left by then.
    pub async fn play(mut self, code: &[Digit], tones: Tones, give_up: Instant) -> Sent {
        let each = Duration::from_millis(u64::from(tones.tone_ms + tones.gap_ms.max(LEAST_GAP_MS)));
        let lead = Duration::from_millis(tones.lead_ms.into());
        let mut buffer = vec![0; 2_000];
        let mut begun = None;
        let mut due = None;
        let mut sent = 0;
        loop {
            let deadline = self.drain();
            let now = Instant::now();
            let Some(deadline) = deadline.filter(|_| now < give_up) else {
                return if sent == 0 { Sent::Nothing } else { Sent::Part };
            };
            let mut wake = deadline.min(give_up);
            if self.connected {
                let begun = *begun.get_or_insert(now);
                let at = *due.get_or_insert(now + lead);
                wake = wake.min(at);
                match code.get(sent) {
                    _ if now < at => {}
                    // The silence behind the last tone is over, and its last packets have left.
                    None => return Sent::All,
                    Some(digit) if self.tone(*digit, tones.tone_ms, now, now - begun) => {
                        sent += 1;
                        // From when this one began, late or not: a machine that is busy must not make two tones one.
                        due = Some(now + each);
                        continue;
                    }
                    Some(_) => return if sent == 0 { Sent::Nothing } else { Sent::Part },
                }
            }
            tokio::select! {
                index = readable(&self.sockets) => self.receive(index, &mut buffer),
                () = sleep_until(wake.into()) => {}
            }
        }
    }

    /// Does what the connection wants. Gives its next deadline; `None` when it is over.
    fn drain(&mut self) -> Option<Instant> {
        if !self.rtc.is_alive() || self.rtc.handle_input(Input::Timeout(Instant::now())).is_err() {
            return None;
        }
        loop {
            match self.rtc.poll_output().ok()? {
                Output::Timeout(at) => return Some(at),
                Output::Transmit(packet) => {
                    if let Some((_, socket)) = self.sockets.iter().find(|(local, _)| *local == packet.source) {
                        // A full buffer loses a packet, as the network does.
                        let _ = socket.try_send_to(&packet.contents, packet.destination);
                    }
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::MediaAdded(added)) if added.kind == MediaKind::Audio => self.audio = Some(added.mid),
                // What the station says and shows is not listened to.
                Output::Event(_) => {}
            }
        }
    }

    fn receive(&mut self, index: usize, buffer: &mut [u8]) {
        let Some((local, socket)) = self.sockets.get(index) else { return };
        let Ok((length, source)) = socket.try_recv_from(buffer) else { return };
        let Ok(contents) = buffer[..length].try_into() else { return };
        let receive = Receive { proto: Protocol::Udp, source, destination: *local, contents };
        // What is not for this connection is refused here, and the connection lives on.
        let _ = self.rtc.handle_input(Input::Receive(Instant::now(), receive));
    }

    /// Puts one tone on its way; whether the station takes it.
    fn tone(&mut self, digit: Digit, tone_ms: u32, now: Instant, since: Duration) -> bool {
        let Some(mid) = self.audio else { return false };
        if self.rtc.media(mid).is_none_or(|media| !matches!(media.direction(), Direction::SendRecv | Direction::SendOnly)) {
            return false;
        }
        let Some(writer) = self.rtc.writer(mid) else { return false };
        let sound = |codec: Codec| matches!(codec, Codec::PCMU | Codec::PCMA | Codec::Opus);
        let Some((pt, spec)) = writer.payload_params().map(|p| (p.pt(), p.spec())).find(|(_, spec)| sound(spec.codec)) else {
            return false;
        };
        let clock = if spec.codec == Codec::Opus { Frequency::FORTY_EIGHT_KHZ } else { Frequency::EIGHT_KHZ };
        let ticks = u64::try_from(since.as_millis()).unwrap_or(u64::MAX) * u64::from(clock.get()) / 1_000;
        let duration = Duration::from_millis(tone_ms.into());
        let event = TelephoneEvent { event: digit.event(), end: true, volume: VOLUME, duration };
        let taken = writer.telephone_event(event).write(pt, now, MediaTime::new(ticks, clock), Vec::new());
        if let Err(error) = &taken {
            tracing::warn!(%error, "a station takes no tones");
        }
        taken.is_ok()
    }
}

/// A socket for an address that others reach this machine by. One that is not this machine's own (behind a router) is told to stations all
/// the same, and its port is the same on every address here.
async fn bind(address: IpAddr, (first, last): (u16, u16)) -> Option<(SocketAddr, UdpSocket)> {
    let every: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let span = u32::from(last - first) + 1;
    let mut random = [0; 4];
    crate::keys::random(&mut random).ok()?;
    let start = u32::from_be_bytes(random) % span;
    for n in 0..u32::from(TRIES).min(span) {
        let port = u16::try_from(u32::from(first) + (start + n) % span).ok()?;
        for on in [address, every] {
            if let Ok(socket) = UdpSocket::bind(SocketAddr::new(on, port)).await {
                return Some((SocketAddr::new(address, port), socket));
            }
        }
    }
    None
}

/// Waits for a packet and says on which socket.
async fn readable(sockets: &[(SocketAddr, UdpSocket)]) -> usize {
    select_all(sockets.iter().map(|(_, socket)| Box::pin(socket.readable()))).await.1
}

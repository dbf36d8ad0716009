//! A code as tones from a machine that is busy: late, and whole.

use std::time::{Duration, Instant};
use str0m::change::SdpAnswer;
use str0m::format::{Codec, CodecExtra, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};
use switchboard::config::Media;
use switchboard::doors::media::{Leg, Sent};
use switchboard::doors::recipe::dtmf::{Tones, digits};
use tokio::net::UdpSocket;
use tokio::time::timeout;

const TONES: Tones = Tones { tone_ms: 100, gap_ms: 80, lead_ms: 200 };

/// A station that listens for tones, and once keeps the one thread of this test busy while the first is due.
async fn station(mut rtc: Rtc, socket: UdpSocket, heard: &mut Vec<u8>) {
    let local = socket.local_addr().unwrap();
    let (mut buffer, mut last, mut hogs_at): (_, _, Option<Instant>) = (vec![0; 2_000], None, None);
    loop {
        rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
        let deadline = loop {
            match rtc.poll_output().unwrap() {
                Output::Timeout(at) => break at,
                Output::Transmit(packet) => drop(socket.send_to(&packet.contents, packet.destination).await),
                Output::Event(Event::Connected) => hogs_at = Some(Instant::now() + Duration::from_millis(150)),
                Output::Event(Event::MediaData(data)) => {
                    if let CodecExtra::Tele(event) = data.codec_extra
                        && event.end
                        && last != Some(data.time)
                    {
                        last = Some(data.time);
                        heard.push(event.event);
                    }
                }
                Output::Event(_) => {}
            }
        };
        if hogs_at.is_some_and(|at| at <= Instant::now()) {
            hogs_at = None;
            // Past the first tone's time by more than the silence that two tones need.
            std::thread::sleep(Duration::from_millis(200));
        }
        let wait = deadline.saturating_duration_since(Instant::now()).min(Duration::from_millis(10));
        if let Ok(Ok((length, source))) = timeout(wait, socket.recv_from(&mut buffer)).await {
            let contents = buffer[..length].try_into().unwrap();
            let receive = Receive { proto: Protocol::Udp, source, destination: local, contents };
            rtc.handle_input(Input::Receive(Instant::now(), receive)).unwrap();
        }
    }
}

#[tokio::test]
async fn a_tone_that_is_late_does_not_lose_the_next_one() {
    let mut config = Rtc::builder().clear_codecs().enable_pcmu(true, false);
    let events = FormatParams { telephone_event_max: Some(15), ..FormatParams::default() };
    config.codec_config().add_config(101.into(), None, Codec::Tele, Frequency::EIGHT_KHZ, None, events);
    let mut rtc = config.build(Instant::now());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    rtc.add_local_candidate(Candidate::host(socket.local_addr().unwrap(), "udp").unwrap());
    let mut changes = rtc.sdp_api();
    changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
    let (offer, pending) = changes.apply().unwrap();
    let media = Media { addresses: vec![[127, 0, 0, 1].into()], udp_ports: (20_000, 29_999) };
    let (leg, answer) = Leg::answer(&media, offer.to_sdp_string().as_bytes()).await.unwrap();
    rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(&answer).unwrap()).unwrap();
    let mut heard = Vec::new();
    let code = digits("1234").unwrap();
    let sent = tokio::select! {
        sent = leg.play(&code, TONES, Instant::now() + Duration::from_secs(20)) => sent,
        () = station(rtc, socket, &mut heard) => unreachable!("it listens as long as anything comes"),
    };
    assert_eq!((sent, heard.as_slice()), (Sent::All, &[1, 2, 3, 4][..]));
}

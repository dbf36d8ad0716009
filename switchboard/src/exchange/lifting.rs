//! Answering a station only to send it a door code: the media beside the machine's `lift`.

use super::actor::{Event, Shared};
use super::io::{CallKey, Party};
use crate::doors::media::{Leg, Sent};
use crate::doors::recipe::dtmf::{Digit, Tones};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The station's media comes about and the code has left within this time, or never.
const WITHIN: Duration = Duration::from_secs(10);

/// A code for a station that rings.
#[derive(Debug)]
pub(super) struct Lifting {
    /// Number of the order.
    pub ticket: u64,
    /// The station's call.
    pub call: CallKey,
    /// The media that it offers.
    pub offer: Vec<u8>,
    /// Who opens its door.
    pub by: Party,
    pub code: Vec<Digit>,
    pub tones: Tones,
}

/// Answers, sends, hangs up.
pub(super) async fn lift(shared: Arc<Shared>, lifting: Lifting) -> Sent {
    let Lifting { ticket, call, offer, by, code, tones } = lifting;
    let (leg, answer) = match Leg::answer(&shared.services.config.media, &offer).await {
        Ok(answered) => answered,
        Err(why) => {
            tracing::warn!(%why, "a station that rings cannot be answered to open its door");
            return Sent::Nothing;
        }
    };
    let (tell, told) = oneshot::channel();
    // A closed channel means that the server stops.
    let _ = shared.events.send(Event::Lift { ticket, call, answer: answer.into_bytes(), by, lifted: tell }).await;
    if !told.await.unwrap_or(false) {
        return Sent::Nothing;
    }
    let sent = leg.play(&code, tones, Instant::now() + WITHIN).await;
    let _ = shared.events.send(Event::Lower { ticket, sent: matches!(sent, Sent::All) }).await;
    sent
}

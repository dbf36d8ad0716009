//! Media is judged by packets that arrive. Trouble with a path leads to a fresh connection, a few times.

use sip_ws::io::{CallId, Command, Network};
use wire::ClientFrame;

use crate::desk::effect::Effect;
use crate::desk::event::Sample;
use crate::desk::{CallKey, Desk, Millis};

/// A path that is broken for so long is given up.
const TROUBLE_MS: Millis = 2_000;
/// Between two fresh connections of one call, and how many in one trouble.
const REBUILD_GAP_MS: Millis = 6_000;
const REBUILDS: u32 = 5;
/// Once there is another network, so long without a packet means that the path is gone with the old one.
const MOVED_MS: Millis = 500;
/// The same while nobody knows whether our words leave this machine: the socket has a second to show it.
const UNSURE_MS: Millis = 1_200;
/// What a browser may count late of what came by the old one.
const MOVED_PACKETS: u64 = 15;
/// After an answer, so long for the candidates that were known.
const LATE_MS: Millis = 2_000;

impl Desk {
    pub(super) fn sampled(&mut self, samples: Vec<Sample>) {
        let now = self.state.now;
        for sample in &samples {
            let Some(call) = self.find(sample.call) else { continue };
            // Another number means packets; a smaller one, a fresh connection that begins at zero.
            if call.media.moved_at.is_some() {
                let (first, _) = call.media.still.unwrap_or((sample.received, now));
                match (1..first).contains(&sample.received) || sample.received > first + MOVED_PACKETS {
                    true => call.media.moved_at = None,
                    false => call.media.still = Some((first, now)),
                }
            }
            if sample.received != call.media.received {
                call.media.received = sample.received;
                if sample.received > 0 {
                    call.media.last_received_at = Some(now);
                    call.returning = false;
                }
            }
        }
        for sample in &samples {
            self.say_quality(sample);
        }
        self.state.samples = samples;
        if self.state.calls.iter().any(|call| call.media.moved_at.is_some()) {
            self.mend_media();
        }
    }

    /// Whoever is in charge sees how the sound of our calls is. What we only take part in is somebody else's call.
    fn say_quality(&mut self, sample: &Sample) {
        let (now, up) = (self.state.now, self.state.feed.up);
        let Some(call) = self.find(sample.call).filter(|call| call.part.is_none() && !call.session_id.is_empty()) else { return };
        if !call.expects_media() {
            return call.heard.rest();
        }
        let path = call.path(now);
        let said = call.heard.sample(now, sample, path);
        let contact = call.session_id.clone();
        if let Some(measured) = said.filter(|_| up) {
            self.effect(Effect::SendFeed(ClientFrame::Quality { contact, measured }));
        }
    }

    /// A new connection to the switchboard, which knows of what an earlier one said no more.
    pub(super) fn say_quality_again(&mut self) {
        self.state.calls.iter_mut().for_each(|call| call.heard.forgotten());
    }

    pub(super) fn ice_changed(&mut self, key: CallKey, state: String) {
        self.state.log(format!("call {key}: ice {state}"));
        let now = self.state.now;
        let Some(call) = self.find(key) else { return };
        let in_trouble = call.media.troubled_since.is_some();
        match state.as_str() {
            "disconnected" => call.media.troubled_since = call.media.troubled_since.or(Some(now)),
            "failed" => call.media.troubled_since = Some(now.saturating_sub(TROUBLE_MS)),
            "connected" | "completed" => {
                call.media.troubled_since = None;
                call.media.rebuilds = 0;
                call.media.late_candidate = false;
            }
            _ => {}
        }
        call.media.ice = state;
        if call.waits() {
            call.media.calm();
        }
        if call.media.troubled_since.is_some() && !in_trouble {
            // What broke the path of a call may have broken the way to the switchboard, and not every browser says that there is another
            // network. A sign of life costs nothing where it lives.
            self.effect(Effect::Network(Network::Online));
        }
    }

    /// The other side takes none by INFO: an offer tells them where no path was found without.
    pub(super) fn late_candidates(&mut self, key: CallKey) {
        if let Some(call) = self.find(key) {
            call.media.late_candidate = true;
        }
    }

    /// The machine has another network: whether the paths of before lead anywhere shows soon.
    pub(super) fn network_moved(&mut self) {
        let now = self.state.now;
        for call in self.state.calls.iter_mut().filter(|call| call.expects_media()) {
            (call.media.moved_at, call.media.still) = (Some(now), None);
        }
        self.effect(Effect::Sample);
    }

    /// Packets are expected anew from this moment on.
    pub(super) fn restart_watch(&mut self, key: CallKey) {
        let now = self.state.now;
        if let Some(call) = self.find(key).filter(|call| call.expects_media()) {
            call.media.last_received_at = Some(now);
        }
    }

    pub(super) fn tick_media(&mut self) {
        if self.state.calls.iter().any(|call| call.answered()) {
            self.effect(Effect::Sample);
        }
        self.mend_media();
    }

    /// Orders a fresh connection where the path of a call is broken, as soon as that can be said to the other side.
    pub(super) fn mend_media(&mut self) {
        let patience = if self.state.link.moved { UNSURE_MS } else { MOVED_MS };
        let (now, ready, lost_at) = (self.state.now, self.state.ready(), self.state.link.lost_at);
        let mut orders = Vec::new();
        for call in self.state.calls.iter_mut().filter(|call| call.answered() && !call.waits() && ready && call.reachable()) {
            let media = &mut call.media;
            let moved = media.moved_at.zip(media.still).is_some_and(|(at, (_, still))| still >= at + patience);
            // A blink is no failure, unless the way to the switchboard broke as well.
            let broken =
                moved || media.troubled_since.is_some_and(|since| now >= since + TROUBLE_MS || lost_at.is_some_and(|lost| lost >= since));
            let rested = media.rebuilt_at.is_none_or(|at| now >= at + REBUILD_GAP_MS);
            if broken && rested && media.rebuilds < REBUILDS {
                media.rebuilt_at = Some(now);
                media.rebuilds += 1;
                (media.late_candidate, media.moved_at) = (false, None);
                orders.push((call.key, true));
                continue;
            }
            let settled = matches!(media.ice.as_str(), "connected" | "completed");
            let waited = call.answered_at.is_some_and(|at| now >= at + LATE_MS);
            if media.late_candidate && !settled && waited {
                media.late_candidate = false;
                orders.push((call.key, false));
            }
        }
        for (key, fresh) in orders {
            self.state.log(format!("call {key}: new offer, fresh: {fresh}"));
            self.effect(Effect::Agent(Command::Renegotiate { call: CallId(key.0), fresh }));
        }
    }
}

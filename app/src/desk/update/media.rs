//! Media is judged by packets that arrive. Trouble with a path leads to a fresh connection, a few times.

use sip_ws::io::{CallId, Command};

use crate::desk::effect::Effect;
use crate::desk::event::Sample;
use crate::desk::{CallKey, Desk, Millis};

/// A path that is broken for so long is given up.
const TROUBLE_MS: Millis = 2_000;
/// Between two fresh connections of one call, and how many in one trouble.
const REBUILD_GAP_MS: Millis = 6_000;
const REBUILDS: u32 = 5;
/// After an answer, so long for the candidates that were known.
const LATE_MS: Millis = 2_000;

impl Desk {
    pub(super) fn sampled(&mut self, samples: Vec<Sample>) {
        let now = self.state.now;
        for sample in &samples {
            let Some(call) = self.find(sample.call) else { continue };
            // Another number means packets; a smaller one, a fresh connection that begins at zero.
            if sample.received != call.media.received {
                call.media.received = sample.received;
                if sample.received > 0 {
                    call.media.last_received_at = Some(now);
                    call.returning = false;
                }
            }
        }
        self.state.samples = samples;
    }

    pub(super) fn ice_changed(&mut self, key: CallKey, state: String) {
        self.state.log(format!("call {key}: ice {state}"));
        let now = self.state.now;
        let Some(call) = self.find(key) else { return };
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
    }

    pub(super) fn late_candidate(&mut self, key: CallKey) {
        if let Some(call) = self.find(key) {
            call.media.late_candidate = true;
        }
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
        let (now, ready) = (self.state.now, self.state.ready());
        let mut orders = Vec::new();
        for call in self.state.calls.iter_mut().filter(|call| call.answered() && !call.waits() && ready && call.reachable) {
            let media = &mut call.media;
            let broken = media.troubled_since.is_some_and(|since| now >= since + TROUBLE_MS);
            let rested = media.rebuilt_at.is_none_or(|at| now >= at + REBUILD_GAP_MS);
            if broken && rested && media.rebuilds < REBUILDS {
                media.rebuilt_at = Some(now);
                media.rebuilds += 1;
                media.late_candidate = false;
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

//! What trusted callers may do without the user, where the user lets them: have a call answered or resumed, or put on hold. Before anybody
//! hears the user the user hears a beep, and nobody ever sees them by it. Who is trusted the SIP agent knows; of others it tells nothing.

use sip_ws::io::RemoteWish;

use crate::desk::call::{Call, Stage, Unasked};
use crate::desk::effect::Effect;
use crate::desk::{CallKey, Desk, Millis};

impl Desk {
    /// A caller wants to be answered without the user after so long.
    pub(super) fn wants_answer(&mut self, key: CallKey, after: Millis) {
        let at = self.state.now + after;
        if !self.state.settings.auto_answer {
            return;
        }
        if let Some(call) = self.find(key).filter(|call| call.waits_for_us() && call.unasked != Unasked::Beep) {
            call.unasked = Unasked::At(at);
        }
        self.tick_unasked();
    }

    /// The other side presses our keys.
    pub(super) fn pressed_afar(&mut self, key: CallKey, wish: RemoteWish) {
        self.state.log(format!("call {key}: {wish:?} from afar"));
        match wish {
            RemoteWish::Talk => self.wants_answer(key, 0),
            RemoteWish::Hold if self.state.settings.auto_answer => self.hold(key, true),
            RemoteWish::Hold => {}
        }
    }

    /// Says by a sound what is about to happen, where it is time and it may.
    pub(super) fn tick_unasked(&mut self) {
        let now = self.state.now;
        let due = |call: &&Call| matches!(call.unasked, Unasked::At(at) if now >= at);
        let due: Vec<CallKey> = self.state.calls.iter().filter(due).map(|call| call.key).collect();
        for key in due {
            let may = self.may_be_heard(key);
            if let Some(call) = self.find(key) {
                call.unasked = if may { Unasked::Beep } else { Unasked::Nothing };
            }
            if may {
                self.effect(Effect::Beep(key));
            }
        }
    }

    /// The sound is over. Where it was none, the call goes on ringing, or stays on hold.
    pub(super) fn beeped(&mut self, key: CallKey, heard: bool) {
        let may = heard && self.may_be_heard(key);
        let Some(call) = self.find(key).filter(|call| call.unasked == Unasked::Beep) else { return };
        let rings = call.stage == Stage::Incoming;
        call.unasked = if may && rings { Unasked::Answered } else { Unasked::Nothing };
        self.state.log(format!("call {key}: beep, heard: {heard}, goes on: {may}"));
        match (may, rings) {
            (true, true) => self.take(key, false),
            (true, false) => self.hold(key, false),
            (false, _) => {}
        }
    }

    /// The user wants it, would hear the beep and be heard, and speaks with nobody else.
    fn may_be_heard(&self, key: CallKey) -> bool {
        let is_fit = self.phone().is_some_and(|phone| phone.fault.is_none());
        let mut others = self.state.calls.iter().filter(|call| call.key != key);
        let Some(call) = self.state.calls.iter().find(|call| call.key == key && call.waits_for_us() && call.reachable()) else {
            return false;
        };
        let is_busy = others.any(|other| match call.stage {
            _ if other.unasked == Unasked::Beep => true,
            // One who is on hold waits for the user to come back to them.
            Stage::Incoming => other.live() && other.stage != Stage::Incoming,
            _ => other.takes_microphone(),
        });
        self.state.settings.auto_answer && is_fit && !is_busy
    }
}

impl Call {
    /// It rings here, or we hold it.
    fn waits_for_us(&self) -> bool {
        self.stage == Stage::Incoming || self.answered() && self.hold_wanted
    }
}

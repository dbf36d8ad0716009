//! Supervision, from both ends. Here somebody in charge takes part in a call of ours: their call is answered by itself and is no call of
//! the desk's. There we take part in a call of an agent.

use sip_ws::codec::{DialogRef, Supervision, SupervisionMode};
use sip_ws::io::{CallId, Command, Entry, Peer};
use wire::SuperviseMode;

use crate::desk::call::{Call, Part, identify};
use crate::desk::effect::Effect;
use crate::desk::kept::KeptPart;
use crate::desk::state::Supervisor;
use crate::desk::{CallKey, Desk};

impl Desk {
    /// Somebody in charge wants to take part in call `of`, and our exchange has let them.
    pub(super) fn supervised(&mut self, key: CallKey, of: CallKey, from: &Peer, how: Supervision) {
        let (who, _) = identify(from, self.domain(), &self.state.feed.people);
        self.admit(Supervisor { key, of, name: who.name, peer: None, mode: mode(how.mode), shown: how.shown });
        self.effect(Effect::Agent(Command::Answer { call: CallId(key.0), video: false }));
    }

    /// They take part in another way.
    pub(super) fn supervised_otherwise(&mut self, key: CallKey, how: Supervision) {
        let Some(supervisor) = self.state.supervisors.iter_mut().find(|supervisor| supervisor.key == key) else { return };
        (supervisor.mode, supervisor.shown) = (mode(how.mode), how.shown);
        let effect = Effect::Supervise { call: key, of: supervisor.of, mode: supervisor.mode };
        self.effect(effect);
    }

    /// They had been let in by the page before this one.
    pub(super) fn supervised_again(&mut self, key: CallKey, peer: &Peer, of: u64, mode: SuperviseMode, shown: bool) {
        let (who, _) = identify(peer, self.domain(), &self.state.feed.people);
        self.admit(Supervisor { key, of: CallKey(of), name: who.name, peer: Some(peer.clone()), mode, shown });
    }

    fn admit(&mut self, supervisor: Supervisor) {
        let Supervisor { key, of, mode, .. } = supervisor;
        self.state.supervisors.push(supervisor);
        // Known before media is described: what is sent there is a mix from the first packet on.
        self.effect(Effect::Supervise { call: key, of, mode });
    }

    /// The switchboard lets us take part in a call of an agent.
    pub(super) fn join(&mut self, user: &str, dialog: DialogRef, part: Part) {
        let listens = part.mode == SuperviseMode::Listen;
        let Some(key) = self.call_into(user, dialog, Entry::Join) else { return };
        if let Some(call) = self.find(key) {
            call.part = Some(part);
        }
        self.mute(key, listens);
    }

    /// We take part in another way, and the agent's desk knows.
    pub(super) fn part_changed(&mut self, contact: &str, mode: SuperviseMode) {
        let Some(key) = self.part_in(contact).map(|call| call.key) else { return };
        if let Some(part) = self.find(key).and_then(|call| call.part.as_mut()) {
            part.mode = mode;
        }
        self.mute(key, mode == SuperviseMode::Listen);
    }

    /// Who only wants to listen is silent at once, whatever becomes of the order.
    pub(super) fn fall_silent(&mut self, contact: &str) {
        if let Some(key) = self.part_in(contact).map(|call| call.key) {
            self.mute(key, true);
        }
    }

    /// Our part in this call of somebody else.
    pub(in crate::desk) fn part_in(&self, contact: &str) -> Option<&Call> {
        let ours = |call: &&Call| call.live() && call.part.as_ref().is_some_and(|part| part.contact == contact);
        self.state.calls.iter().find(ours)
    }
}

impl Supervisor {
    /// What a later page has to know.
    pub(in crate::desk) fn kept(&self) -> KeptPart {
        KeptPart::Theirs { of: self.of.0, mode: self.mode, shown: self.shown }
    }
}

fn mode(mode: SupervisionMode) -> SuperviseMode {
    match mode {
        SupervisionMode::Listen => SuperviseMode::Listen,
        SupervisionMode::Whisper => SuperviseMode::Whisper,
        SupervisionMode::Barge => SuperviseMode::Barge,
    }
}

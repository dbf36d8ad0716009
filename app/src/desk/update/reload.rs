//! A reload of the page in a shift or visit: what is said before it goes, and how the shift and its calls go on afterwards.

use sip_ws::io::{CallId, Command, Peer};

use crate::desk::call::{Call, Part, Stage, Unasked, identify};
use crate::desk::effect::Effect;
use crate::desk::kept::KeptPart;
use crate::desk::state::Session;
use crate::desk::view::session::Shift;
use crate::desk::{CallKey, Desk, Millis};

impl Desk {
    /// The page goes, and nobody can tell whether for good. A call that is answered or rings here is left without a word: the
    /// exchange waits for us. One that is being dialled ends, since no later page could go on with it.
    pub(super) fn leaving(&mut self) {
        if !self.state.link.running {
            return;
        }
        let on_shift = self.state.shift() == Some(Shift::On) || self.visitor_leaves();
        let stays = |call: &Call| matches!(call.stage, Stage::Active | Stage::Incoming | Stage::Answering | Stage::Ending);
        if !on_shift || !self.state.calls.iter().any(stays) {
            return self.effect(Effect::Agent(Command::Stop));
        }
        let dialled = self.state.calls.iter().filter(|call| call.live() && !stays(call)).map(|call| CallId(call.key.0));
        for call in dialled.collect::<Vec<_>>() {
            self.effect(Effect::Agent(Command::HangUp { call }));
        }
        self.effect(Effect::Agent(Command::Leave));
    }

    /// Somebody is signed in: a shift of theirs that a reload interrupted goes on without being asked for.
    pub(super) fn resume_shift(&mut self) {
        let Some(resume) = self.state.resume.take() else { return };
        let Session::In(signed_in) = &mut self.state.session else { return };
        if signed_in.me.id != resume.person {
            return self.effect(Effect::Keep(None));
        }
        signed_in.resuming = true;
        self.state.returning = resume.calls;
        self.open_shift();
        // Without a gesture it may not ring: then the user learns of it before a caller does.
        self.effect(Effect::TrySound);
    }

    /// The agent has a call of before the reload, without media yet.
    pub(super) fn returned(&mut self, key: CallKey, peer: &Peer, outgoing: bool, session_id: String, video: bool) {
        let (now, unix) = (self.state.now, self.state.unix);
        let notes = self.state.returning.iter().find(|(known, _)| *known == key).map(|(_, notes)| notes.clone());
        let part = notes.as_ref().and_then(|notes| notes.part.clone());
        if let Some(KeptPart::Theirs { of, mode, shown }) = part {
            return self.supervised_again(key, peer, of, mode, shown);
        }
        let (who, address) = identify(peer, self.domain(), &self.state.feed.people);
        let mut call = Call::new(key, outgoing, who, address, now, unix);
        (call.stage, call.session_id, call.video_wanted, call.returning) = (Stage::Active, session_id, video, true);
        (call.answered_at, call.answered_unix) = (Some(now), Some(unix));
        if let Some(KeptPart::Ours { contact, mode }) = part {
            call.part = Some(Part { contact, mode });
        }
        if let Some(notes) = notes {
            (call.began_unix, call.answered_unix) = (notes.began, Some(notes.answered));
            call.talked_before = Millis::try_from(unix - notes.answered).unwrap_or(0);
            (call.muted, call.camera) = (notes.muted, notes.camera && video);
            if notes.unasked {
                call.unasked = Unasked::Answered;
            }
        }
        call.peer = Some(peer.clone());
        let (muted, camera) = (call.muted, call.camera);
        self.state.calls.push(call);
        if !CallId(key.0).is_incoming() {
            self.state.next_call = self.state.next_call.max(key.0 + 1);
        }
        self.visitor_returned(key);
        if muted {
            self.effect(Effect::Mute { call: key, on: true });
        }
        if camera {
            self.effect(Effect::SendCamera { call: key, on: true });
        }
    }

    /// The people of the tenant are known: calls of a page before get their names.
    pub(super) fn name_returned(&mut self) {
        let domain = self.domain().to_owned();
        for call in &mut self.state.calls {
            if let Some(peer) = call.peer.take() {
                (call.who, call.address) = identify(&peer, &domain, &self.state.feed.people);
            }
        }
        for supervisor in &mut self.state.supervisors {
            if let Some(peer) = supervisor.peer.take() {
                supervisor.name = identify(&peer, &domain, &self.state.feed.people).0.name;
            }
        }
    }
}

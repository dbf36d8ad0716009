//! A call across a reload of the page: what is kept of it, and how it goes on.

use super::description::{Lines, Origin};
use super::extensions::Extensions;
use super::words::rejected;
use super::{Call, CallState, Ctx, Round, Terms};
use crate::endpoint::{Failure, Refusal, SessionId};
use crate::io::{EndCause, Event, Millis, STORED_CALL_VERSION, StoredCall};
use crate::timers;

/// Media of a restored call is being agreed anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Resume {
    /// When it is given up: counted from the first refusal.
    give_up: Option<Millis>,
}

impl Call {
    /// What has to be kept, if something changed since the last time. A call is kept from its answer on.
    pub(crate) fn take_stored(&mut self, ctx: &Ctx<'_>) -> Option<StoredCall> {
        if !std::mem::take(&mut self.dirty) || !self.is_active() {
            return None;
        }
        let stored = self.stored(ctx, false)?;
        self.kept = true;
        Some(stored)
    }

    /// The value to keep; `None` without a dialog.
    pub(crate) fn stored(&self, ctx: &Ctx<'_>, ending: bool) -> Option<StoredCall> {
        let dialog = ctx.ep.snapshot(self.session?)?;
        Some(StoredCall {
            version: STORED_CALL_VERSION,
            call: self.id,
            dialog,
            ending,
            outgoing: self.outgoing,
            peer: self.peer.clone(),
            hold: self.wish.hold,
            held_by_peer: self.held_by_peer,
            video: self.wish.video,
            sees: self.sees,
            origin_id: self.origin.id.clone(),
            origin_version: self.origin.version,
            lines: self.lines.known.clone(),
            extensions: self.extensions.0.clone(),
        })
    }

    /// Whether something is kept that has to be erased at the end.
    pub(crate) const fn is_kept(&self) -> bool {
        self.kept
    }

    /// The call of before the reload. It has a dialog and no media; the next flow brings the rest.
    pub(crate) fn restored(ctx: &mut Ctx<'_>, session: SessionId, stored: StoredCall) -> Self {
        let StoredCall { call, outgoing, peer, hold, held_by_peer, video, sees, origin_id, origin_version, lines, extensions, .. } = stored;
        let mut this = Self::new(call, outgoing, CallState::Active { round: Round::Idle }, video);
        this.session = Some(session);
        this.wish = Terms { hold, video };
        this.agreed = this.wish;
        this.sees = sees;
        this.held_by_peer = held_by_peer;
        this.asserted = Some(peer.clone()).filter(|peer| peer.asserted);
        this.peer = peer.clone();
        this.origin = Origin { id: origin_id, version: origin_version };
        this.lines = Lines::of(lines);
        this.extensions = Extensions(extensions);
        this.reachable = false;
        this.renegotiate = true;
        this.fresh = true;
        this.kept = true;
        this.dirty = true;
        this.resume = Some(Resume::default());
        this.trickle.ready = true;
        let session_id = this.session_id(ctx);
        ctx.event(Event::Restored { call, peer, outgoing, session_id, video });
        if hold || held_by_peer {
            ctx.event(Event::Hold { call, local: hold, remote: held_by_peer });
        }
        this
    }

    /// There is no peer connection yet.
    pub(super) const fn resuming(&self) -> bool {
        self.resume.is_some()
    }

    /// Both sides have had a description of each other again.
    pub(super) fn resumed(&mut self) {
        self.resume = None;
    }

    /// The re-INVITE that should bring media back was refused or lost. `true`: it is tried again, or the call is over.
    pub(super) fn resume_rejected(&mut self, ctx: &mut Ctx<'_>, cause: &Refusal) -> bool {
        let Some(resume) = &mut self.resume else { return false };
        // Glare and a lost link have their own ways.
        if matches!(cause, Refusal::Failure(Failure::FlowLost)) || matches!(cause, Refusal::Status(r) if r.status() == Some(491)) {
            return false;
        }
        let give_up = *resume.give_up.get_or_insert(ctx.now.plus(timers::RESUME_LIMIT));
        let for_now = match cause {
            Refusal::Status(response) => matches!(response.status(), Some(408 | 480 | 500 | 503 | 504)),
            Refusal::Failure(Failure::Timeout | Failure::Limit | Failure::FlowLost) => true,
        };
        if for_now && ctx.now < give_up {
            self.renegotiate = true;
            self.fresh = true;
            self.retry_at = Some(ctx.now.plus(timers::RESUME_RETRY));
            return true;
        }
        self.resume_failed(ctx, cause);
        true
    }

    /// Without media there is no call.
    pub(super) fn resume_failed(&mut self, ctx: &mut Ctx<'_>, cause: &Refusal) {
        if let Some(session) = self.session {
            ctx.ep.hang_up(ctx.now, session, &[("Reason", "SIP;cause=488;text=\"No media after reload\"")]);
        }
        let cause = match cause {
            Refusal::Status(response) => rejected(response),
            Refusal::Failure(_) => EndCause::NoReply,
        };
        self.over(ctx, cause);
    }
}

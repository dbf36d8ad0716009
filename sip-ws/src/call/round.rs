//! Changes that we want in an active call: hold, resume, video, a new connection. One re-INVITE at a time; glare backs off.

use super::words::sdp_of;
use super::{Call, CallState, Ctx, Round, Terms};
use crate::codec::Message;
use crate::endpoint::{Body, Failure, Refusal, SessionError};
use crate::io::{Event, MediaFailure, MediaInput, MediaRequest, MediaRequestId, Millis};
use crate::timers;

/// 491 in a row after which a change is given up: by then both sides have tried for half a minute.
const MAX_GLARES: u32 = 10;

impl Call {
    /// The user holds or resumes.
    pub(crate) fn set_hold(&mut self, ctx: &mut Ctx<'_>, hold: bool) {
        if !self.is_active() {
            return ctx.event(Event::Ignored { command: if hold { "Hold" } else { "Resume" }, why: "the call is not answered" });
        }
        self.wish.hold = hold;
        self.negotiate(ctx);
    }

    /// The user adds or removes video.
    pub(crate) fn set_video(&mut self, ctx: &mut Ctx<'_>, on: bool) {
        if !self.is_active() {
            return ctx.event(Event::Ignored { command: "SetVideo", why: "the call is not answered" });
        }
        self.wish.video = on;
        self.negotiate(ctx);
    }

    /// A round although nothing changed.
    pub(crate) fn renegotiate(&mut self, ctx: &mut Ctx<'_>, fresh: bool) {
        if !self.is_active() {
            return ctx.event(Event::Ignored { command: "Renegotiate", why: "the call is not answered" });
        }
        self.renegotiate = true;
        self.fresh |= fresh;
        self.negotiate(ctx);
    }

    /// RFC 4028: the session is refreshed by an offer of what is agreed.
    pub(crate) fn refresh(&mut self, ctx: &mut Ctx<'_>) {
        self.renegotiate = true;
        self.negotiate(ctx);
    }

    /// Starts a round if one is wanted and possible.
    pub(crate) fn negotiate(&mut self, ctx: &mut Ctx<'_>) {
        self.tell_candidates(ctx);
        let wanted = self.wish != self.agreed || self.renegotiate;
        let CallState::Active { round: round @ Round::Idle } = &mut self.state else { return };
        if !wanted || !self.reachable || self.applying.is_some() || self.retry_at.is_some_and(|at| at > ctx.now) {
            return;
        }
        self.retry_at = None;
        let (terms, fresh) = (self.wish, self.fresh);
        let request = ctx.media_id();
        *round = Round::Offering { request, terms, fresh };
        let direction = Self::direction(terms.hold);
        ctx.media(MediaRequest::Offer { call: self.id, request, direction, video: self.video(terms.video), fresh });
    }

    /// An answer of the media driver.
    pub(crate) fn on_media(&mut self, ctx: &mut Ctx<'_>, input: MediaInput) {
        match input {
            MediaInput::LocalDescription { request, sdp, .. } => self.on_description(ctx, request, &sdp),
            MediaInput::Applied { request, .. } => {
                if self.applying == Some(request) {
                    self.applying = None;
                    self.media_agreed = true;
                    self.resumed();
                    self.negotiate(ctx);
                }
            }
            MediaInput::Failed { request, failure, .. } => self.on_media_failed(ctx, request, failure),
            MediaInput::Gathered { sdp, complete, .. } => self.on_gathered(ctx, sdp, complete),
        }
    }

    fn on_description(&mut self, ctx: &mut Ctx<'_>, done: MediaRequestId, sdp: &str) {
        if let Some((_, via)) = self.updating.take_if(|(request, _)| *request == done) {
            return self.send_answer(ctx, via, sdp);
        }
        match self.state {
            CallState::Preparing { request, give_up: None, .. } if request == done => self.on_offer_made(ctx, sdp),
            CallState::Answering { request, late } if request == done => self.on_answer_made(ctx, late, sdp),
            CallState::Active { round: Round::Offering { request, terms, fresh } } if request == done => {
                self.send_offer(ctx, terms, fresh, sdp)
            }
            CallState::Active { round: Round::Answering { request, via } } if request == done => self.send_answer(ctx, via, sdp),
            CallState::Active { round: Round::LateOffering { request } } if request == done => self.send_late_offer(ctx, sdp),
            // Late: the question is not open any more.
            CallState::Preparing { .. }
            | CallState::Calling { .. }
            | CallState::Asking { .. }
            | CallState::Ringing { .. }
            | CallState::Answering { .. }
            | CallState::Active { .. }
            | CallState::Over => {}
        }
    }

    fn send_offer(&mut self, ctx: &mut Ctx<'_>, terms: Terms, fresh: bool, sdp: &str) {
        let Some(session) = self.session else { return };
        let before = self.origin.clone();
        let sdp = self.own_offer(sdp);
        if std::mem::take(&mut self.roundabout) && self.move_out(ctx, &sdp) {
            self.renegotiate = false;
            self.fresh = false;
            self.state = CallState::Active { round: Round::Offered { terms, fresh } };
            return;
        }
        match ctx.ep.reinvite(ctx.now, session, &[], Some(Body::sdp(sdp))) {
            Ok(()) => {
                self.renegotiate = false;
                self.fresh = false;
                self.state = CallState::Active { round: Round::Offered { terms, fresh } };
            }
            // The peer was faster, our own 2xx is not acknowledged yet, or the link has just gone: later.
            Err(SessionError::Busy | SessionError::NoFlow) => {
                self.origin = before;
                self.roll_back(ctx);
                self.retry_at = Some(ctx.now.plus(timers::BUSY_RETRY));
            }
            Err(SessionError::Unknown | SessionError::State | SessionError::Limit) => {
                self.roll_back(ctx);
                self.give_up_change(ctx, 0);
            }
        }
    }

    pub(super) fn on_round_answered(&mut self, ctx: &mut Ctx<'_>, response: &Message) {
        self.note_packages(response);
        let CallState::Active { round: Round::Offered { terms, fresh } } = self.state else { return };
        self.state = CallState::Active { round: Round::Idle };
        self.glares = 0;
        self.astray = false;
        let before = (self.agreed.hold, self.held_by_peer);
        let Some(sdp) = sdp_of(response) else {
            self.roll_back(ctx);
            return self.give_up_change(ctx, 488);
        };
        // An answer from another connection than ours knows: it cannot be applied to the old one.
        if !fresh && self.is_fresh(&sdp) {
            self.roll_back(ctx);
            self.renegotiate = true;
            self.fresh = true;
            self.fingerprint = None;
            return self.negotiate(ctx);
        }
        self.agreed = terms;
        if before.0 != terms.hold {
            ctx.event(Event::Hold { call: self.id, local: terms.hold, remote: before.1 });
        }
        self.apply(ctx, sdp, false);
    }

    pub(super) fn on_round_rejected(&mut self, ctx: &mut Ctx<'_>, cause: &Refusal) {
        let CallState::Active { round: Round::Offered { fresh, .. } } = self.state else { return };
        self.roll_back(ctx);
        if self.resume_rejected(ctx, cause) {
            return;
        }
        if self.is_cut_off(ctx, cause) {
            self.renegotiate = true;
            self.roundabout = true;
            self.fresh |= fresh;
            return self.negotiate(ctx);
        }
        let status = match cause {
            Refusal::Status(response) => response.status().unwrap_or_default(),
            Refusal::Failure(_) => 0,
        };
        let again = match cause {
            Refusal::Status(response) => self.retry_delay(ctx, status, response.retry_after().ok().flatten()),
            // It is sent again when there is a flow: whether the peer has seen it, nobody knows.
            Refusal::Failure(Failure::FlowLost) => Some(0),
            Refusal::Failure(Failure::Timeout | Failure::Limit) => None,
        };
        match again {
            Some(delay) => {
                self.renegotiate = true;
                self.fresh |= fresh;
                self.retry_at = (delay > 0).then(|| ctx.now.plus(delay));
            }
            // The peer is busy with something that never ends, such as an answer of ours that it never got.
            None if self.resuming() => self.resume_failed(ctx, cause),
            None => self.give_up_change(ctx, status),
        }
    }

    /// 14.1: how long to wait after 491, or after 500 with Retry-After.
    fn retry_delay(&mut self, ctx: &mut Ctx<'_>, status: u16, retry_after: Option<u32>) -> Option<u64> {
        match (status, retry_after) {
            // Our exchange says how long: nobody has answered whoever waits there yet. Each try is a new one.
            (491, Some(seconds)) if self.resuming() && ctx.supervised => Some((u64::from(seconds.clamp(1, 10))) * 1_000),
            (491, _) if self.glares < MAX_GLARES => {
                self.glares += 1;
                let (from, to) = if self.outgoing { timers::GLARE_OWNER } else { timers::GLARE_OTHER };
                // Never 0, so that it is a time to wait for.
                Some((from + ctx.ids.up_to((to - from) / timers::GLARE_STEP) * timers::GLARE_STEP).max(timers::GLARE_STEP))
            }
            (500 | 503, Some(seconds)) if seconds <= 10 && self.glares < MAX_GLARES => {
                self.glares += 1;
                Some((u64::from(seconds) * 1_000).max(timers::GLARE_STEP))
            }
            _ => None,
        }
    }

    /// The call goes on as it was.
    fn give_up_change(&mut self, ctx: &mut Ctx<'_>, status: u16) {
        self.wish = self.agreed;
        self.renegotiate = false;
        self.fresh = false;
        self.glares = 0;
        ctx.event(Event::ChangeFailed { call: self.id, status });
        self.tell_candidates(ctx);
    }

    fn on_media_failed(&mut self, ctx: &mut Ctx<'_>, failed: MediaRequestId, failure: MediaFailure) {
        if self.applying == Some(failed) {
            self.applying = None;
            // Without the first answer there is no call; a later one that fails leaves it as it was.
            return if self.media_agreed { self.give_up_change(ctx, 488) } else { self.fail_media(ctx, failure) };
        }
        if let Some((_, via)) = self.updating.take_if(|(request, _)| *request == failed) {
            return self.refuse_offer(ctx, via);
        }
        match self.state {
            CallState::Preparing { request, .. } if request == failed => self.over(ctx, crate::io::EndCause::Media(failure)),
            CallState::Answering { request, .. } if request == failed => self.fail_media(ctx, failure),
            CallState::Active { round: Round::Offering { request, .. } } if request == failed && self.resuming() => {
                self.fail_media(ctx, failure);
            }
            CallState::Active { round: Round::Offering { request, .. } } if request == failed => {
                self.state = CallState::Active { round: Round::Idle };
                self.give_up_change(ctx, 0);
            }
            CallState::Active { round: Round::Answering { request, via } } if request == failed => self.refuse_offer(ctx, via),
            CallState::Active { round: Round::LateOffering { request } } if request == failed => {
                self.refuse_offer(ctx, super::OfferBy::Reinvite)
            }
            CallState::Preparing { .. }
            | CallState::Calling { .. }
            | CallState::Asking { .. }
            | CallState::Ringing { .. }
            | CallState::Answering { .. }
            | CallState::Active { .. }
            | CallState::Over => {}
        }
    }

    /// Forgets our offer, here and at the driver.
    pub(super) fn roll_back(&mut self, ctx: &mut Ctx<'_>) {
        self.state = CallState::Active { round: Round::Idle };
        ctx.media(MediaRequest::Rollback { call: self.id });
        self.take_back_candidates(ctx);
    }

    /// Time has passed.
    pub(crate) fn on_timeout(&mut self, ctx: &mut Ctx<'_>) {
        if self.retry_at.is_some_and(|at: Millis| at <= ctx.now) {
            self.retry_at = None;
            self.negotiate(ctx);
        }
        if matches!(self.state, CallState::Asking { give_up, .. } if give_up <= ctx.now) {
            self.follow_redirect(ctx, false);
        }
        if self.transfer.as_ref().and_then(|transfer| transfer.give_up).is_some_and(|at| at <= ctx.now) {
            self.transfer_failed(ctx, 0);
        }
        if self.referred.as_ref().and_then(|referred| referred.give_up).is_some_and(|at| at <= ctx.now) {
            self.follow_transfer(ctx, false);
        }
    }
}

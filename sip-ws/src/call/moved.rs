//! A call whose way is lost on both sides at once: each knows only an address of the other that is gone, so no request inside of the dialog
//! arrives any more (RFC 3261 12.2 keeps the routes, and a proxy has nothing better than the address). The registrar knows both. Whoever
//! finds out sends an INVITE with Replaces (RFC 3891) to the peer's address of record; where that peer knows the dialog, the call goes on
//! in the new one, with the same media, and its user sees nothing of it.
//!
//! ```text
//!           whoever finds out                         the peer
//! re-INVITE: no way                    INVITE with Replaces from this peer
//!   │ the way was lost before            │ both ask: that of the first caller counts, the other gets 491
//! our offer, INVITE with Replaces      our answer, 200
//!   ├ 200: the new dialog                ├ the new dialog, the old one is left
//!   ├ 603, 481 for half a minute: gone   └ ACK: BYE in the old one, for a phone that only moved the call
//!   └ else: as it was; a peer that comes back later finds us in the same way
//! ```

use super::words::sdp_of;
use super::{Call, CallState, Ctx, OfferBy, Round};
use crate::codec::{DialogRef, HeaderName, Message, Method, NameAddr, Uri};
use crate::endpoint::{Body, Endpoint, EndpointEvent, Failure, Refusal, SessionId};
use crate::io::EndCause;
use crate::timers;

/// The dialog in which a call is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moving {
    pub(crate) session: SessionId,
    /// We asked for it.
    ours: bool,
}

impl Call {
    /// The session in which it is to go on.
    pub(crate) fn moving(&self) -> Option<SessionId> {
        self.moving.map(|moving| moving.session)
    }

    /// A repair of the way did not arrive: the next offer goes by way of the registrar.
    pub(super) fn is_cut_off(&self, ctx: &Ctx<'_>, cause: &Refusal) -> bool {
        self.astray && Self::is_no_way(cause) && self.moving.is_none() && !self.resuming() && self.peer_address(ctx).is_some()
    }

    /// Nobody who could refuse it has seen a request of ours.
    fn is_no_way(cause: &Refusal) -> bool {
        match cause {
            // A peer that is busy for a moment says when to come back.
            Refusal::Status(response) if response.header(HeaderName::RetryAfter).is_some() => false,
            Refusal::Status(response) => matches!(response.status(), Some(404 | 408 | 410 | 430 | 477 | 478 | 480 | 500 | 502..=504)),
            Refusal::Failure(Failure::Timeout) => true,
            Refusal::Failure(Failure::FlowLost | Failure::Limit) => false,
        }
    }

    /// Where the registrar finds the peer.
    fn peer_address(&self, ctx: &Ctx<'_>) -> Option<Uri> {
        let dialog = ctx.ep.dialog(self.session?)?;
        let known = self.asserted.as_ref().and_then(|known| Uri::parse(&known.uri).ok());
        let address =
            known.or_else(|| NameAddr::parse(dialog.remote.as_bytes()).ok().map(|remote| remote.uri().to_uri().without_headers()))?;
        let is_ours = |uri: &Uri| uri.is_sip() && uri.user().is_some() && uri.host().eq_ignore_ascii_case(ctx.domain);
        // Whoever has not said their name does not do so here.
        let named = NameAddr::parse(dialog.local.as_bytes()).is_ok_and(|local| is_ours(&local.uri().to_uri()));
        (named && is_ours(&address)).then_some(address)
    }

    /// Sends our offer by way of the registrar. `false`: there is no such way.
    pub(super) fn move_out(&mut self, ctx: &mut Ctx<'_>, sdp: &str) -> bool {
        let Some(old) = self.session else { return false };
        let (Some(target), Some(flow)) = (self.peer_address(ctx), ctx.ep.flow_of(old)) else { return false };
        let Some(dialog) = ctx.ep.dialog(old) else { return false };
        let replaced = DialogRef {
            call_id: dialog.call_id.as_str().into(),
            to_tag: dialog.remote_tag.as_str().into(),
            from_tag: dialog.local_tag.as_str().into(),
            early_only: false,
        };
        let Ok(us) = Uri::parse(ctx.aor) else { return false };
        let name = NameAddr::parse(dialog.local.as_bytes()).ok().and_then(|local| local.display_name().map(std::borrow::Cow::into_owned));
        let mut invite = Message::request(Method::Invite, target.as_str());
        for route in ctx.service_route {
            invite.push(HeaderName::Route, route);
        }
        invite.push(HeaderName::From, NameAddr::new(name.as_deref(), &us).as_str());
        invite.push(HeaderName::To, NameAddr::new(None, &target).as_str());
        invite.push(HeaderName::Contact, ctx.contact);
        invite.push(HeaderName::Replaces, replaced.to_string());
        // Other devices of the peer must not ring.
        invite.push(HeaderName::Require, "replaces");
        if let Some((half, _)) = ctx.ep.session_id(old) {
            invite.push(HeaderName::SessionId, half);
        }
        invite.set_body("application/sdp", sdp.as_bytes());
        let session = ctx.ep.invite(ctx.now, flow, invite);
        self.moving = Some(Moving { session, ours: true });
        true
    }

    /// Whether an INVITE that replaces this call comes of its own peer, who wants it to go on.
    pub(crate) fn is_moved_by(&self, ep: &Endpoint, invite: &Message) -> bool {
        let Some(dialog) = self.session.and_then(|session| ep.dialog(session)).filter(|_| self.is_active()) else { return false };
        let (Ok(from), Ok(peer)) = (invite.from(), NameAddr::parse(dialog.remote.as_bytes())) else { return false };
        let (from, peer) = (from.uri().to_uri(), peer.uri().to_uri());
        let same = from.user_decoded() == peer.user_decoded() && from.host().eq_ignore_ascii_case(peer.host());
        same && sdp_of(invite).is_some_and(|sdp| crate::sdp::SdpView::parse(sdp.as_bytes()).is_ok())
    }

    /// The peer goes on in this session.
    pub(crate) fn move_in(&mut self, ctx: &mut Ctx<'_>, session: SessionId, invite: &Message) {
        let (&CallState::Active { round }, Some(offer)) = (&self.state, sdp_of(invite)) else { return };
        let ours_first = self.moving.is_some_and(|moving| moving.ours) && self.outgoing;
        let busy = match round {
            Round::Idle | Round::LateOffered => false,
            Round::Offering { .. } | Round::Offered { .. } => ours_first,
            Round::Answering { .. } | Round::LateOffering { .. } => true,
        };
        if busy {
            // Just opened: it cannot be answered already.
            let _ = ctx.ep.reject(ctx.now, session, 491, "Request Pending", &[]);
            return;
        }
        if let Some(own) = self.moving.take() {
            ctx.ep.hang_up(ctx.now, own.session, &[]);
        }
        if round != Round::Idle {
            self.roll_back(ctx);
        }
        self.moving = Some(Moving { session, ours: false });
        let request = ctx.media_id();
        self.state = CallState::Active { round: Round::Answering { request, via: OfferBy::Move } };
        self.note_packages(invite);
        self.ask_answer(ctx, request, offer);
    }

    /// The session in which the call goes on takes the place of the other one, which is returned.
    pub(super) fn settle_in(&mut self, ctx: &mut Ctx<'_>) -> Option<SessionId> {
        let moving = self.moving.take()?;
        (self.astray, self.roundabout, self.lost_since) = (false, false, None);
        self.dirty = true;
        self.trickle.moved();
        self.digit_lost(ctx);
        self.refer_lost(ctx);
        self.session.replace(moving.session)
    }

    /// Something happened in the session in which the call is to go on.
    pub(super) fn on_moving(&mut self, ctx: &mut Ctx<'_>, moving: Moving, event: &EndpointEvent) {
        match event {
            EndpointEvent::Accepted { message, .. } if moving.ours => {
                if let Some(old) = self.settle_in(ctx) {
                    // The peer has left it too.
                    ctx.ep.forget(old);
                }
                self.on_round_answered(ctx, message);
                self.dialog_stands(ctx);
            }
            EndpointEvent::Rejected { message, .. } => {
                self.moving = None;
                self.on_move_refused(ctx, &Refusal::Status(message.clone()));
            }
            EndpointEvent::Failed { cause, .. } => {
                self.moving = None;
                self.on_move_refused(ctx, &Refusal::Failure(*cause));
            }
            EndpointEvent::Ended { .. } => self.stay(ctx),
            _ => {}
        }
    }

    fn on_move_refused(&mut self, ctx: &mut Ctx<'_>, cause: &Refusal) {
        let status = if let Refusal::Status(response) = cause { response.status() } else { None };
        // 481 is of the peer that has hung up, whose BYE did not arrive; or of another device of it, while this one is not back yet.
        let for_now = status == Some(481) || Self::is_no_way(cause);
        let since = *self.lost_since.get_or_insert(ctx.now);
        if for_now && ctx.now.since(since) < timers::RESUME_LIMIT {
            self.roll_back(ctx);
            (self.renegotiate, self.roundabout) = (true, true);
            self.retry_at = Some(ctx.now.plus(timers::RESUME_RETRY));
            return;
        }
        if matches!(status, Some(481 | 603)) {
            if let Some(session) = self.session {
                ctx.ep.hang_up(ctx.now, session, &[]);
            }
            return self.over(ctx, EndCause::RemoteHangUp { reason: None });
        }
        // A peer that comes back later looks for us in the same way.
        self.lost_since = None;
        if for_now && self.wish == self.agreed {
            self.roll_back(ctx);
            return self.tell_candidates(ctx);
        }
        let astray = std::mem::take(&mut self.astray);
        self.on_round_rejected(ctx, cause);
        self.astray = astray;
    }

    /// Our answer is there: the call goes on in the new dialog.
    pub(super) fn move_on(&mut self, ctx: &mut Ctx<'_>, sdp: String) {
        let Some(moving) = self.moving else { return };
        if ctx.ep.accept(ctx.now, moving.session, ctx.contact, &[], Some(Body::sdp(sdp))).is_err() {
            // Its maker has just gone; the event that says so is on its way.
            return;
        }
        self.renegotiate = self.fresh;
        self.leave_old(ctx);
        self.left = self.settle_in(ctx);
    }

    /// Says goodbye in the dialog that the call has left.
    pub(super) fn leave_old(&mut self, ctx: &mut Ctx<'_>) {
        if let Some(old) = self.left.take() {
            ctx.ep.hang_up(ctx.now, old, &[]);
        }
    }

    /// The call does not go on elsewhere.
    pub(super) fn stay(&mut self, ctx: &mut Ctx<'_>) {
        let Some(moving) = self.moving.take() else { return };
        ctx.ep.forget(moving.session);
        match self.state {
            CallState::Active { round: Round::Offered { fresh, .. } } if moving.ours => {
                self.fresh |= fresh;
                self.roll_back(ctx);
            }
            CallState::Active { round: Round::Answering { via: OfferBy::Move, .. } } => self.roll_back(ctx),
            _ => {}
        }
    }
}

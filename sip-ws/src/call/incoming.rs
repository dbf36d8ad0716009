//! Calls that reach us: ringing, answering, refusing.

use super::words::{asserted, first_for, is_trusted, named_contact, offers_video, peer, sdp_of};
use super::{CONTACT, Call, CallAct, CallState, Ctx, Round, intent};
use crate::codec::{HeaderName, Message};
use crate::endpoint::{Body, SessionId};
use crate::io::{CallId, EndCause, Event, Hints, MediaRequest, RejectAs};
use crate::sdp::{Direction, SdpView};

impl Call {
    /// Somebody calls: 180 goes out at once, unless it takes the place of another call and is answered by itself. `None`: it cannot be
    /// taken, and a refusal went out.
    pub(crate) fn ring(ctx: &mut Ctx<'_>, id: CallId, session: SessionId, invite: &Message, hints: Hints) -> Option<Self> {
        let offer = sdp_of(invite);
        let broken =
            offer.as_ref().is_some_and(|o| SdpView::parse(o.as_bytes()).is_err()) || (offer.is_none() && !invite.body().is_empty());
        let (Ok(from), Ok(to), false) = (invite.from(), invite.to(), broken) else {
            // Just opened: it cannot be answered already.
            let _ = ctx.ep.reject(ctx.now, session, 488, "Not Acceptable Here", &[("Warning", "399 portico \"session description\"")]);
            return None;
        };
        let has_video = offer.as_deref().is_some_and(offers_video);
        let known = asserted(invite);
        let trusted = is_trusted(ctx.trusted, known.as_ref());
        if intent::insists(invite) && !trusted {
            // RFC 5373 4.3: the caller does not want it to ring.
            let _ = ctx.ep.reject(ctx.now, session, 403, "Automatic Answer Refused", &[]);
            return None;
        }
        let hints = Hints { answer: intent::of(invite).filter(|_| trusted), ..hints };
        // RFC 3262 5: a reliable response to an INVITE without an offer would have to carry ours, which is not made yet.
        let late_reliable = offer.is_none() && invite.has_token(HeaderName::Require, "100rel");
        if !late_reliable && hints.replaces.is_none() {
            let _ = ctx.ep.progress(ctx.now, session, 180, "Ringing", &[(CONTACT.as_str(), ctx.contact)], None);
        }
        let mut call = Self::new(id, false, CallState::Ringing { offer }, false);
        call.session = Some(session);
        call.note_packages(invite);
        let session_id = named_contact(ctx, invite).unwrap_or_else(|| call.session_id(ctx));
        call.replaces = hints.replaces;
        call.asserted.clone_from(&known);
        let from = known.map_or_else(
            || peer(&from, false),
            |mut known| {
                known.display = known.display.or_else(|| peer(&from, false).display);
                known
            },
        );
        call.peer = from.clone();
        let first_for = first_for(ctx, invite).map(Box::new);
        ctx.event(Event::Incoming { call: id, from, to: peer(&to, false), has_video, session_id, first_for, hints });
        Some(call)
    }

    /// The user answers.
    pub(crate) fn answer(&mut self, ctx: &mut Ctx<'_>, video: bool) {
        let CallState::Ringing { offer } = &mut self.state else {
            return ctx.event(Event::Ignored { command: "Answer", why: "the call does not ring" });
        };
        let offer = offer.take();
        let request = ctx.media_id();
        let video = video && offer.as_deref().is_none_or(offers_video);
        self.wish.video = video;
        self.agreed.video = video;
        self.state = CallState::Answering { request, late: offer.is_none() };
        match offer {
            Some(offer) => self.ask_answer(ctx, request, offer),
            None => ctx.media(MediaRequest::Offer {
                call: self.id,
                request,
                direction: Direction::SendRecv,
                video: self.video(video),
                fresh: true,
            }),
        }
    }

    /// Our description is there: 200.
    pub(super) fn on_answer_made(&mut self, ctx: &mut Ctx<'_>, late: bool, sdp: &str) {
        let Some(session) = self.session else { return };
        let sdp = self.own_answer(sdp);
        if ctx.ep.accept(ctx.now, session, ctx.contact, &[], Some(Body::sdp(sdp))).is_err() {
            // The caller has just gone; the event that says so is on its way.
            return;
        }
        self.state = CallState::Active { round: if late { Round::LateOffered } else { Round::Idle } };
        let session_id = self.session_id(ctx);
        ctx.event(Event::Answered { call: self.id, session_id, peer: None });
        if let Some(call) = self.replaces.take() {
            ctx.acts.push(CallAct::End { call, cause: EndCause::Replaced { by: self.id } });
        }
        if !late {
            self.media_agreed = true;
            self.tell_video(ctx);
        }
    }

    /// The user refuses.
    pub(crate) fn reject(&mut self, ctx: &mut Ctx<'_>, how: RejectAs) {
        let (CallState::Ringing { .. } | CallState::Answering { .. }, Some(session)) = (&self.state, self.session) else {
            return ctx.event(Event::Ignored { command: "Reject", why: "the call does not ring" });
        };
        let (status, phrase) = match how {
            RejectAs::Busy => (486, "Busy Here"),
            RejectAs::Decline => (603, "Decline"),
        };
        let _ = ctx.ep.reject(ctx.now, session, status, phrase, &[]);
        self.over(ctx, EndCause::RejectedByUs { status });
    }
}

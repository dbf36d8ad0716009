//! One call of the agent: its states, and what all of them share. How it moves is in the files of this folder.

mod description;
mod dtmf;
mod extensions;
mod incoming;
mod intent;
mod keep;
mod moved;
mod outgoing;
mod redirect;
mod referred;
mod reoffer;
mod round;
mod sections;
mod transfer;
mod trickle;
mod words;

use std::collections::VecDeque;

use crate::codec::{HeaderName, Message, Uri};
use crate::endpoint::{Endpoint, EndpointEvent, RequestId, ServerTxnId, SessionId};
use crate::ids::Ids;
use crate::io::{CallId, EndCause, Event, MediaFailure, MediaRequest, MediaRequestId, Millis, Output, Peer};
use crate::sdp::Direction;

use description::{Lines, Origin};
use dtmf::Digit;
use extensions::Extensions;
use keep::Resume;
use moved::Moving;
pub(crate) use outgoing::{Goal, Identity, resolve};
use redirect::Redirects;
use referred::Referred;
pub(crate) use referred::Wanted;
use transfer::Transfer;
use trickle::Trickle;
use words::ended;
pub(crate) use words::peer;

/// ```text
///  Command::Call            INVITE received
///       │                        │ 180
/// ┌─────▼───┐               ┌────▼──┐ CANCEL, reject, hang up
/// │Preparing│ our offer     │Ringing├───────────────────► Over
/// └─────┬───┘ is being made └────┬──┘
///       │INVITE                  │Command::Answer
/// ┌─────▼─┐ 1xx: progress  ┌─────▼───┐ our description
/// │Calling│ refusal: Over  │Answering│ is being made
/// └─────┬─┘ 3xx: Preparing └─────┬───┘
///       │   (or Asking, then)    │
///       │2xx                     │200
///       └────────►┌──────┐◄──────┘
///                 │Active│ holds a Round: who offers what at the moment
///                 └──┬───┘
///                    │ hang up, BYE, 481
///                    ▼
///                  Over (a BYE that is still to be said stays in the endpoint)
/// ```
#[derive(Debug)]
pub(crate) enum CallState {
    /// Our own call waits for our offer, or, with the offer, for a link.
    Preparing { request: MediaRequestId, invite: Box<Message>, give_up: Option<Millis> },
    /// Our INVITE has no final response.
    Calling { invite: Box<Message> },
    /// We were sent on to a foreign address; the user decides whether it is called.
    Asking { invite: Box<Message>, target: Uri, give_up: Millis },
    /// The peer's INVITE waits for the user; the offer in it, if there is one.
    Ringing { offer: Option<String> },
    /// The user answered, our description is being made.
    Answering { request: MediaRequestId, late: bool },
    /// Answered on either side.
    Active { round: Round },
    /// Nothing more will happen.
    Over,
}

/// Offer/answer in an active call.
///
/// ```text
///       a change is wanted             re-INVITE received
///  ┌────────┐ our offer   ┌────┐ with offer: our answer  ┌─────────┐
///  │Offering│◄────────────┤Idle├────────────────────────►│Answering│ 200: Idle
///  └───┬────┘ is made     └─┬──┘ is made                 └─────────┘
///      │re-INVITE     ▲     │without offer: ours is made
///  ┌───▼───┐ 2xx:     │  ┌──▼─────────┐ 200 ┌───────────┐ ACK with
///  │Offered├─apply ───┤  │LateOffering├────►│LateOffered├─answer: apply ─► Idle
///  └───────┘ refused: │  └────────────┘     └───────────┘
///            rollback ┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    Idle,
    Offering { request: MediaRequestId, terms: Terms, fresh: bool },
    Offered { terms: Terms, fresh: bool },
    Answering { request: MediaRequestId, via: OfferBy },
    LateOffering { request: MediaRequestId },
    LateOffered,
}

/// In what the peer's offer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfferBy {
    Reinvite,
    Update(ServerTxnId),
    /// An INVITE in which the call goes on.
    Move,
}

/// What our side of the media should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) hold: bool,
    pub(crate) video: bool,
}

/// What a call may use while it handles one stimulus.
pub(crate) struct Ctx<'a> {
    pub(crate) now: Millis,
    pub(crate) ep: &'a mut Endpoint,
    pub(crate) out: &'a mut VecDeque<Output>,
    pub(crate) ids: &'a mut Ids,
    pub(crate) last_media: &'a mut u64,
    /// Our Contact as a header value.
    pub(crate) contact: &'a str,
    /// Where a new request of ours goes first (RFC 3608).
    pub(crate) service_route: &'a [String],
    /// Further header that names the contact.
    pub(crate) session_header: Option<&'a str>,
    /// Our address of record, and its host.
    pub(crate) aor: &'a str,
    pub(crate) domain: &'a str,
    /// Callees learn neither.
    pub(crate) anonymous: bool,
    /// Who may make us act.
    pub(crate) trusted: &'a [String],
    /// Our exchange answers for the Supervision header.
    pub(crate) supervised: bool,
    /// What other calls are to do, in order.
    pub(crate) acts: &'a mut Vec<CallAct>,
}

/// What one call wants of others.
#[derive(Debug)]
pub(crate) enum CallAct {
    /// A new call, because of a transfer that call `by` was asked for.
    Place { by: CallId, wanted: Box<Wanted>, video: bool },
    /// The call that follows a transfer says how it goes, to the call in which it was asked for.
    Report { call: CallId, status: u16, phrase: String },
    /// A call is over for this reason.
    End { call: CallId, cause: EndCause },
}

impl Ctx<'_> {
    pub(crate) fn event(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    pub(crate) fn media(&mut self, request: MediaRequest) {
        self.out.push_back(Output::Media(request));
    }

    pub(crate) fn media_id(&mut self) -> MediaRequestId {
        *self.last_media += 1;
        MediaRequestId(*self.last_media)
    }
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) session: Option<SessionId>,
    pub(crate) state: CallState,
    outgoing: bool,
    /// What the user wants, and what the last round agreed.
    wish: Terms,
    agreed: Terms,
    /// A round is wanted although nothing changed; from a new connection if `fresh`.
    renegotiate: bool,
    fresh: bool,
    /// Not before this (491, 500).
    retry_at: Option<Millis>,
    /// Refusals with 491 in a row.
    glares: u32,
    /// The peer's answer is being applied.
    applying: Option<MediaRequestId>,
    /// Both sides have had a description of each other that works.
    media_agreed: bool,
    /// Fingerprint of the peer's last description.
    fingerprint: Option<String>,
    /// The answer came in a provisional response already.
    early_applied: bool,
    /// Tag of the fork that gave it, where it is confirmed (RFC 3262): our offer is answered, and that fork may make one.
    early_fork: Option<String>,
    /// Its UPDATE that waits for our answer.
    updating: Option<(MediaRequestId, OfferBy)>,
    held_by_peer: bool,
    /// Video as we described it, and as the peer did.
    our_video: Direction,
    peer_video: Direction,
    told_video: Direction,
    /// Video of the peer is shown, or was when a hold began: our offers go on asking for it, whether we send any or not.
    sees: bool,
    /// Who is there, and whether our own server says so.
    peer: Peer,
    asserted: Option<Peer>,
    origin: Origin,
    lines: Lines,
    extensions: Extensions,
    redirects: Redirects,
    /// Our half of the Session-ID of a call that we made.
    half: String,
    /// The user knows that it has left.
    dialling_told: bool,
    /// A transfer that we asked for, and whether there was one.
    transfer: Option<Transfer>,
    transferred: bool,
    /// A transfer that the peer asked for.
    referred: Option<Referred>,
    /// The call in which we were asked to make this one.
    referrer: Option<CallId>,
    /// The call whose place this one takes when it is answered.
    replaces: Option<CallId>,
    /// What is kept of it is not up to date; something is kept.
    dirty: bool,
    kept: bool,
    resume: Option<Resume>,
    digits: VecDeque<Digit>,
    open_digit: Option<(RequestId, char)>,
    trickle: Trickle,
    /// The registrar knows our present flow, so that the peer can be reached.
    pub(crate) reachable: bool,
    /// Our flow was lost, and nothing has come through to the peer since.
    astray: bool,
    /// The next offer goes by way of the registrar, and where it is.
    roundabout: bool,
    moving: Option<Moving>,
    /// Since when nobody at the peer's address takes it.
    lost_since: Option<Millis>,
    /// The session that the call has left, until the peer has confirmed the new one.
    left: Option<SessionId>,
}

impl Call {
    fn new(id: CallId, outgoing: bool, state: CallState, video: bool) -> Self {
        let terms = Terms { hold: false, video };
        Self {
            id,
            session: None,
            state,
            outgoing,
            wish: terms,
            agreed: terms,
            renegotiate: false,
            fresh: false,
            retry_at: None,
            glares: 0,
            applying: None,
            media_agreed: false,
            fingerprint: None,
            early_applied: false,
            early_fork: None,
            updating: None,
            held_by_peer: false,
            our_video: Direction::Inactive,
            peer_video: Direction::Inactive,
            told_video: Direction::Inactive,
            sees: false,
            peer: Peer::default(),
            asserted: None,
            origin: Origin::default(),
            lines: Lines::default(),
            extensions: Extensions::default(),
            redirects: Redirects::default(),
            half: String::new(),
            dialling_told: false,
            transfer: None,
            transferred: false,
            referred: None,
            referrer: None,
            replaces: None,
            dirty: false,
            kept: false,
            resume: None,
            digits: VecDeque::new(),
            open_digit: None,
            trickle: Trickle::default(),
            reachable: true,
            astray: false,
            roundabout: false,
            moving: None,
            lost_since: None,
            left: None,
        }
    }

    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.state, CallState::Over)
    }

    pub(crate) const fn wants_video(&self) -> bool {
        self.wish.video
    }

    pub(crate) const fn is_active(&self) -> bool {
        matches!(self.state, CallState::Active { .. })
    }

    /// When the call itself has something to do.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        let state = match &self.state {
            CallState::Preparing { give_up, .. } => *give_up,
            CallState::Asking { give_up, .. } => Some(*give_up),
            CallState::Active { round: Round::Idle } => self.retry_at,
            CallState::Active { .. } | CallState::Calling { .. } | CallState::Ringing { .. } | CallState::Answering { .. } => None,
            CallState::Over => return None,
        };
        let transfer = self.transfer.as_ref().and_then(|transfer| transfer.give_up);
        let referred = self.referred.as_ref().and_then(|referred| referred.give_up);
        [state, transfer, referred].into_iter().flatten().min()
    }

    /// Whether signalling reaches the peer, on each change.
    pub(crate) fn set_reachable(&mut self, ctx: &mut Ctx<'_>, reachable: bool) {
        if self.session.is_some() && self.reachable != reachable {
            self.reachable = reachable;
            if !reachable {
                self.stay(ctx);
            }
            ctx.event(Event::Reach { call: self.id, reachable });
        }
    }

    /// The user hangs up, in whatever state.
    pub(crate) fn hang_up(&mut self, ctx: &mut Ctx<'_>) {
        match (&self.state, self.session) {
            (CallState::Over, _) => return,
            (CallState::Ringing { .. }, Some(session)) => {
                // A hang-up of a ringing call refuses it on this device only.
                let _ = ctx.ep.reject(ctx.now, session, 486, "Busy Here", &[]);
            }
            (_, Some(session)) => ctx.ep.hang_up(ctx.now, session, &[("Reason", "Q.850;cause=16")]),
            (_, None) => {}
        }
        if let Some(moving) = self.moving.take() {
            ctx.ep.hang_up(ctx.now, moving.session, &[]);
        }
        self.over(ctx, EndCause::LocalHangUp);
    }

    /// Ends because of another call.
    pub(crate) fn end(&mut self, ctx: &mut Ctx<'_>, cause: EndCause) {
        if let Some(session) = self.session.filter(|_| !self.is_over()) {
            ctx.ep.hang_up(ctx.now, session, &[("Reason", "Q.850;cause=16")]);
            self.over(ctx, cause);
        }
    }

    /// Ends with BYE, CANCEL or 488 because media failed.
    fn fail_media(&mut self, ctx: &mut Ctx<'_>, failure: MediaFailure) {
        if let Some(session) = self.session {
            let (code, phrase) = match failure {
                MediaFailure::Incompatible(_) => (488, "Not Acceptable Here"),
                MediaFailure::Local(_) => (500, "Media Failure"),
            };
            let reason = format!("SIP;cause={code};text=\"{phrase}\"");
            if ctx.ep.reject(ctx.now, session, code, phrase, &[]).is_err() {
                ctx.ep.hang_up(ctx.now, session, &[("Reason", &reason)]);
            }
        }
        self.over(ctx, EndCause::Media(failure));
    }

    pub(crate) fn over(&mut self, ctx: &mut Ctx<'_>, cause: EndCause) {
        self.state = CallState::Over;
        self.stay(ctx);
        self.leave_old(ctx);
        self.transfer_failed(ctx, 0);
        self.tell_referrer_end(ctx, &cause);
        ctx.media(MediaRequest::Close { call: self.id });
        ctx.event(Event::Ended { call: self.id, cause });
    }

    /// An event of our session.
    pub(crate) fn on_event(&mut self, ctx: &mut Ctx<'_>, event: EndpointEvent) {
        match (event.session(), self.moving) {
            (Some(session), Some(moving)) if moving.session == session => return self.on_moving(ctx, moving, &event),
            // Of a dialog that the call has left.
            (Some(session), _) if self.session != Some(session) => return,
            (Some(_) | None, _) => {}
        }
        match event {
            EndpointEvent::Provisional { message, .. } => self.on_progress(ctx, &message),
            EndpointEvent::Accepted { message, .. } => self.on_accepted(ctx, &message),
            EndpointEvent::Rejected { message, .. } => self.on_rejected(ctx, &message),
            EndpointEvent::Failed { .. } => self.over(ctx, EndCause::NoReply),
            EndpointEvent::Confirmed { ack, .. } => self.on_confirmed(ctx, &ack),
            EndpointEvent::Reoffer { message, .. } => self.on_reoffer(ctx, &message, OfferBy::Reinvite),
            EndpointEvent::ReofferWithdrawn { .. } => self.on_withdrawn(ctx),
            EndpointEvent::ReofferAnswered { message, .. } => self.on_round_answered(ctx, &message),
            EndpointEvent::ReofferRejected { cause, .. } => self.on_round_rejected(ctx, &cause),
            EndpointEvent::InDialog { txn, message, .. } => self.on_request(ctx, txn, &message),
            EndpointEvent::Response { id, message } => {
                let status = message.status().unwrap_or_default();
                self.on_digit_answered(ctx, id, status);
                self.on_candidates_answered(ctx, id, Ok(status));
                self.on_refer_answered(ctx, id, status, Some(&message));
            }
            EndpointEvent::RequestFailed { id, cause } => {
                self.on_digit_answered(ctx, id, 0);
                self.on_candidates_answered(ctx, id, Err(cause));
                self.on_refer_answered(ctx, id, 0, None);
            }
            EndpointEvent::RefreshDue { .. } => self.refresh(ctx),
            EndpointEvent::Ended { cause, message, .. } => self.over(ctx, ended(cause, message.as_ref())),
            EndpointEvent::Changed { .. } => self.dirty = true,
            // New calls and requests without a call are the agent's.
            EndpointEvent::Incoming { .. } | EndpointEvent::Request { .. } => {}
        }
    }

    fn session_id(&self, ctx: &Ctx<'_>) -> String {
        // The caller's half names the contact on both sides.
        let halves = self.session.and_then(|s| ctx.ep.session_id(s));
        halves.map_or_else(String::new, |(local, remote)| if self.outgoing { local } else { remote }.to_owned())
    }
}

/// Names that only this module needs of the codec.
const CONTACT: HeaderName = HeaderName::Contact;

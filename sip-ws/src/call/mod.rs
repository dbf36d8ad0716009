//! One call of the agent: its states, and what all of them share. How it moves is in the files of this folder.

mod dtmf;
mod incoming;
mod outgoing;
mod reoffer;
mod round;

use std::collections::VecDeque;

use crate::codec::{HeaderName, Message, NameAddr};
use crate::endpoint::{EndedBy, Endpoint, EndpointEvent, RequestId, ServerTxnId, SessionId};
use crate::ids::Ids;
use crate::io::{CallId, EndCause, Event, MediaFailure, MediaRequest, MediaRequestId, Millis, Output, Peer};
use crate::sdp::{Direction, SdpView};

use dtmf::Digit;
pub(crate) use outgoing::Identity;

/// ```text
///  Command::Call            INVITE received
///       │                        │ 180
/// ┌─────▼───┐               ┌────▼──┐ CANCEL, reject, hang up
/// │Preparing│ our offer     │Ringing├───────────────────► Over
/// └─────┬───┘ is being made └────┬──┘
///       │INVITE                  │Command::Answer
/// ┌─────▼─┐ 1xx: progress  ┌─────▼───┐ our description
/// │Calling│ refusal: Over  │Answering│ is being made
/// └─────┬─┘                └─────┬───┘
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
    Calling,
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
    /// Further header that names the contact.
    pub(crate) session_header: Option<&'a str>,
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
    held_by_peer: bool,
    /// Video as we described it, and as the peer did.
    our_video: Direction,
    peer_video: Direction,
    told_video: Direction,
    digits: VecDeque<Digit>,
    open_digit: Option<(RequestId, char)>,
    /// The registrar knows our present flow, so that the peer can be reached.
    pub(crate) reachable: bool,
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
            held_by_peer: false,
            our_video: Direction::Inactive,
            peer_video: Direction::Inactive,
            told_video: Direction::Inactive,
            digits: VecDeque::new(),
            open_digit: None,
            reachable: true,
        }
    }

    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.state, CallState::Over)
    }

    pub(crate) const fn is_active(&self) -> bool {
        matches!(self.state, CallState::Active { .. })
    }

    /// When the call itself has something to do.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        match &self.state {
            CallState::Preparing { give_up, .. } => *give_up,
            CallState::Active { round: Round::Idle } => self.retry_at,
            CallState::Active { .. } | CallState::Calling | CallState::Ringing { .. } | CallState::Answering { .. } | CallState::Over => {
                None
            }
        }
    }

    /// Whether signalling reaches the peer, on each change.
    pub(crate) fn set_reachable(&mut self, ctx: &mut Ctx<'_>, reachable: bool) {
        if self.session.is_some() && self.reachable != reachable {
            self.reachable = reachable;
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
        self.over(ctx, EndCause::LocalHangUp);
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
        ctx.media(MediaRequest::Close { call: self.id });
        ctx.event(Event::Ended { call: self.id, cause });
    }

    /// An event of our session.
    pub(crate) fn on_event(&mut self, ctx: &mut Ctx<'_>, event: EndpointEvent) {
        match event {
            EndpointEvent::Provisional { message, .. } => self.on_progress(ctx, &message),
            EndpointEvent::Accepted { message, .. } => self.on_accepted(ctx, &message),
            EndpointEvent::Rejected { message, .. } => self.over(ctx, rejected(&message)),
            EndpointEvent::Failed { .. } => self.over(ctx, EndCause::NoReply),
            EndpointEvent::Confirmed { ack, .. } => self.on_confirmed(ctx, &ack),
            EndpointEvent::Reoffer { message, .. } => self.on_reoffer(ctx, &message, OfferBy::Reinvite),
            EndpointEvent::ReofferWithdrawn { .. } => self.on_withdrawn(ctx),
            EndpointEvent::ReofferAnswered { message, .. } => self.on_round_answered(ctx, &message),
            EndpointEvent::ReofferRejected { cause, .. } => self.on_round_rejected(ctx, &cause),
            EndpointEvent::InDialog { txn, message, .. } => self.on_request(ctx, txn, &message),
            EndpointEvent::Response { id, message } => self.on_digit_answered(ctx, id, message.status().unwrap_or_default()),
            EndpointEvent::RequestFailed { id, .. } => self.on_digit_answered(ctx, id, 0),
            EndpointEvent::RefreshDue { .. } => self.refresh(ctx),
            EndpointEvent::Ended { cause, message, .. } => self.over(ctx, ended(cause, message.as_ref())),
            // New calls and requests without a call are the agent's; nothing of a call is stored.
            EndpointEvent::Incoming { .. } | EndpointEvent::Request { .. } | EndpointEvent::Changed { .. } => {}
        }
    }

    /// What the peer's description says about hold and video.
    fn note_peer(&mut self, ctx: &mut Ctx<'_>, sdp: &str) {
        let Ok(view) = SdpView::parse(sdp.as_bytes()) else { return };
        if let Some(fingerprint) = view.fingerprint() {
            self.fingerprint = Some(fingerprint.to_owned());
        }
        self.peer_video = view.active("video").next().map_or(Direction::Inactive, |v| v.direction);
        let audio = view.active("audio").next();
        // RFC 3264 8.4: who does not want to receive holds us; RFC 2543 peers say it with the address 0.0.0.0.
        let held = audio.is_some_and(|a| {
            !a.direction.receives() || a.connection.or(view.connection).is_some_and(|c| c.ends_with(" 0.0.0.0") && a.ice_ufrag.is_none())
        });
        let told = (self.agreed.hold, self.held_by_peer);
        self.held_by_peer = held;
        if told.1 != held {
            ctx.event(Event::Hold { call: self.id, local: told.0, remote: held });
        }
    }

    /// What our own description says about video.
    fn note_ours(&mut self, sdp: &str) {
        if let Ok(view) = SdpView::parse(sdp.as_bytes()) {
            self.our_video = view.active("video").next().map_or(Direction::Inactive, |v| v.direction);
        }
    }

    fn tell_video(&mut self, ctx: &mut Ctx<'_>) {
        let sends = self.our_video.sends() && self.peer_video.receives();
        let receives = self.our_video.receives() && self.peer_video.sends();
        let direction = match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        };
        if direction != self.told_video {
            self.told_video = direction;
            ctx.event(Event::Video { call: self.id, direction });
        }
    }

    /// A description of the peer comes from another connection than the one we have.
    fn is_fresh(&self, sdp: &str) -> bool {
        let Some(known) = &self.fingerprint else { return false };
        SdpView::parse(sdp.as_bytes()).ok().and_then(|v| v.fingerprint().map(|f| !f.eq_ignore_ascii_case(known))).unwrap_or(false)
    }

    const fn direction(hold: bool) -> Direction {
        if hold { Direction::SendOnly } else { Direction::SendRecv }
    }

    fn session_id(&self, ctx: &Ctx<'_>) -> String {
        // The caller's half names the contact on both sides.
        let halves = self.session.and_then(|s| ctx.ep.session_id(s));
        halves.map_or_else(String::new, |(local, remote)| if self.outgoing { local } else { remote }.to_owned())
    }
}

/// The session description of a message.
fn sdp_of(message: &Message) -> Option<String> {
    if !message.has_content_type("application/sdp") {
        return None;
    }
    String::from_utf8(message.body().to_vec()).ok().filter(|sdp| !sdp.is_empty())
}

/// Who an address is, for people.
pub(crate) fn peer(address: &NameAddr, asserted: bool) -> Peer {
    let uri = address.uri();
    let user = match uri.is_sip() {
        true => uri.user_decoded().map(std::borrow::Cow::into_owned).unwrap_or_default(),
        // tel:+33-1-23;ext=4
        false => uri.as_str().split_once(':').map_or("", |(_, rest)| rest).split(';').next().unwrap_or_default().to_owned(),
    };
    Peer {
        uri: uri.as_str().to_owned(),
        user,
        display: address.display_name().map(std::borrow::Cow::into_owned).filter(|d| !d.trim().is_empty()),
        asserted,
    }
}

/// The asserted identity of a message, from our own server (RFC 3325).
fn asserted(message: &Message) -> Option<Peer> {
    message.p_asserted_identity().ok()?.first().map(|address| peer(address, true))
}

fn rejected(message: &Message) -> EndCause {
    EndCause::Rejected {
        status: message.status().unwrap_or_default(),
        phrase: String::from_utf8_lossy(message.reason()).into_owned(),
        reason: message.reason_header().ok(),
        retry_after: message.retry_after().ok().flatten(),
    }
}

fn ended(cause: EndedBy, message: Option<&Message>) -> EndCause {
    let reason = || message.and_then(|m| m.reason_header().ok());
    match cause {
        EndedBy::Local => EndCause::LocalHangUp,
        EndedBy::Bye => EndCause::RemoteHangUp { reason: reason() },
        // RFC 3326 3.1: another fork answered.
        EndedBy::Cancel if reason().is_some_and(|r| r.protocol.eq_ignore_ascii_case("SIP") && r.cause == Some(200)) => {
            EndCause::AnsweredElsewhere
        }
        EndedBy::Cancel => EndCause::Cancelled,
        EndedBy::NoAck => EndCause::Protocol("no ACK for our answer"),
        EndedBy::Gone => EndCause::Gone { status: message.and_then(Message::status).unwrap_or(481) },
        EndedBy::Expired => EndCause::Cancelled,
        EndedBy::SessionExpired => EndCause::Gone { status: 408 },
    }
}

/// The value of the profile's contact header, or else our own idea of the Session-ID.
fn named_contact(ctx: &Ctx<'_>, message: &Message) -> Option<String> {
    let value = message.named(ctx.session_header?)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// Whether a body offers video.
pub(crate) fn offers_video(sdp: &str) -> bool {
    SdpView::parse(sdp.as_bytes()).is_ok_and(|view| view.active("video").next().is_some())
}

/// Names that only this module needs of the codec.
const CONTACT: HeaderName = HeaderName::Contact;

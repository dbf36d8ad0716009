//! Changes that the peer wants in an active call, and its other requests.

use super::words::{asserted, is_trusted, sdp_of};
use super::{Call, CallState, Ctx, OfferBy, Round};
use crate::codec::fragment::PACKAGE;
use crate::codec::{HeaderName, Message, Method};
use crate::endpoint::{Body, ServerTxnId};
use crate::io::{Event, MediaRequest, RemoteWish};
use crate::sdp::SdpView;

impl Call {
    /// Whom a request of the peer's exchange says that we are connected to.
    pub(super) fn identify(&mut self, ctx: &mut Ctx<'_>, request: &Message) {
        if let Some(known) = asserted(request).filter(|known| Some(known) != self.asserted.as_ref()) {
            (self.asserted, self.peer) = (Some(known.clone()), known.clone());
            self.dirty = true;
            ctx.event(Event::Peer { call: self.id, peer: known });
        }
    }

    pub(super) fn on_reoffer(&mut self, ctx: &mut Ctx<'_>, request: &Message, via: OfferBy) {
        let round = match self.state {
            CallState::Active { round } => round,
            // RFC 3311 5.2: what the peer has offered is not answered yet.
            CallState::Ringing { .. } | CallState::Answering { .. } => return self.answer_status(ctx, via, 500),
            // Ours is answered, and by whom we hear.
            CallState::Calling { .. } if self.early_fork.as_deref().is_some_and(|fork| is_of(request, fork)) => Round::Idle,
            CallState::Preparing { .. } | CallState::Calling { .. } | CallState::Asking { .. } | CallState::Over => {
                return self.answer_status(ctx, via, 491);
            }
        };
        match round {
            Round::Idle => {}
            // Ours has not left yet: theirs comes first, ours is made again afterwards.
            Round::Offering { .. } => self.roll_back(ctx),
            // The endpoint has answered these with 491 or 500; a newer INVITE says that our 2xx arrived.
            Round::LateOffered => {}
            Round::Offered { .. } | Round::Answering { .. } | Round::LateOffering { .. } => return self.answer_status(ctx, via, 491),
        }
        self.identify(ctx, request);
        self.note_packages(request);
        let question = ctx.media_id();
        match sdp_of(request) {
            Some(offer) if SdpView::parse(offer.as_bytes()).is_err() => self.refuse_offer(ctx, via),
            None if !request.body().is_empty() => self.refuse_offer(ctx, via),
            Some(offer) => {
                if self.is_active() {
                    self.state = CallState::Active { round: Round::Answering { request: question, via } };
                } else {
                    self.updating = Some((question, via));
                }
                self.ask_answer(ctx, question, offer);
            }
            None => {
                self.state = CallState::Active { round: Round::LateOffering { request: question } };
                ctx.media(MediaRequest::Offer {
                    call: self.id,
                    request: question,
                    direction: Self::direction(self.agreed.hold),
                    video: self.video(self.agreed.video),
                    // Whoever asks for an offer often wants it for somebody else: no old connection could take that answer.
                    fresh: true,
                });
            }
        }
    }

    /// Our answer is there.
    pub(super) fn send_answer(&mut self, ctx: &mut Ctx<'_>, via: OfferBy, sdp: &str) {
        let Some(session) = self.session else { return };
        self.end_round();
        let sdp = self.own_answer(sdp);
        self.media_agreed = true;
        if self.resuming() {
            // The peer was faster: media is back, and it has our new address with the answer.
            self.resumed();
            (self.renegotiate, self.fresh) = (false, false);
        }
        match via {
            // Withdrawn meanwhile: nothing is open and nothing is to be said.
            OfferBy::Reinvite => {
                let _ = ctx.ep.answer_reinvite(ctx.now, session, 200, "OK", &[], Some(Body::sdp(sdp)));
            }
            OfferBy::Move => self.move_on(ctx, sdp),
            OfferBy::Update(txn) => {
                let mut response = Message::response(200, "OK");
                response.push(super::CONTACT, ctx.contact);
                response.set_body("application/sdp", sdp.as_bytes());
                ctx.ep.respond(ctx.now, txn, response);
            }
        }
        self.tell_video(ctx);
        self.negotiate(ctx);
    }

    /// Our offer for a re-INVITE without one is there.
    pub(super) fn send_late_offer(&mut self, ctx: &mut Ctx<'_>, sdp: &str) {
        let Some(session) = self.session else { return };
        let sdp = self.own_offer(sdp);
        let sent = ctx.ep.answer_reinvite(ctx.now, session, 200, "OK", &[], Some(Body::sdp(sdp)));
        if sent.is_ok() {
            self.state = CallState::Active { round: Round::LateOffered };
        } else {
            self.roll_back(ctx);
        }
    }

    /// ACK: with the answer, where the offer was in our 2xx.
    pub(super) fn on_confirmed(&mut self, ctx: &mut Ctx<'_>, ack: &Message) {
        self.leave_old(ctx);
        self.dialog_stands(ctx);
        if !matches!(self.state, CallState::Active { round: Round::LateOffered }) {
            return self.negotiate(ctx);
        }
        match sdp_of(ack) {
            Some(sdp) => {
                self.state = CallState::Active { round: Round::Idle };
                self.apply(ctx, sdp, false);
            }
            None if self.media_agreed => {
                self.roll_back(ctx);
                self.negotiate(ctx);
            }
            None => self.fail_media(ctx, crate::io::MediaFailure::Incompatible("no answer in the ACK".to_owned())),
        }
    }

    /// The peer took its re-INVITE back.
    pub(super) fn on_withdrawn(&mut self, ctx: &mut Ctx<'_>) {
        if matches!(
            self.state,
            CallState::Active { round: Round::Answering { via: OfferBy::Reinvite | OfferBy::Update(_), .. } | Round::LateOffering { .. } }
        ) {
            self.roll_back(ctx);
            self.negotiate(ctx);
        }
    }

    /// 14.2: what we cannot do is refused; the call goes on as it was.
    pub(super) fn refuse_offer(&mut self, ctx: &mut Ctx<'_>, via: OfferBy) {
        self.end_round();
        self.answer_status(ctx, via, 488);
        self.take_back_candidates(ctx);
        self.negotiate(ctx);
    }

    /// The peer's offer is done with; an unanswered call is where it was.
    fn end_round(&mut self) {
        if self.is_active() {
            self.state = CallState::Active { round: Round::Idle };
        }
    }

    fn answer_status(&mut self, ctx: &mut Ctx<'_>, via: OfferBy, status: u16) {
        let phrase = match status {
            488 => "Not Acceptable Here",
            491 => "Request Pending",
            _ => "Another Offer Is Open",
        };
        match (via, self.session) {
            (OfferBy::Reinvite, Some(session)) => {
                let _ = ctx.ep.answer_reinvite(ctx.now, session, status, phrase, &[], None);
            }
            (OfferBy::Move, _) => {
                if let Some(moving) = self.moving.take() {
                    let _ = ctx.ep.reject(ctx.now, moving.session, status, phrase, &[]);
                }
            }
            (OfferBy::Update(txn), _) => {
                let mut response = Message::response(status, phrase);
                if status == 500 {
                    response.push(HeaderName::RetryAfter, ctx.ids.up_to(10).to_string());
                }
                ctx.ep.respond(ctx.now, txn, response);
            }
            (OfferBy::Reinvite, None) => {}
        }
    }

    /// Another request of the peer in the dialog.
    pub(super) fn on_request(&mut self, ctx: &mut Ctx<'_>, txn: ServerTxnId, request: &Message) {
        let status = match request.method() {
            Some(Method::Update) if !request.body().is_empty() => return self.on_reoffer(ctx, request, OfferBy::Update(txn)),
            Some(Method::Update | Method::Options) => 200,
            Some(Method::Info) => self.on_info(ctx, request),
            Some(Method::Refer) => return self.on_refer(ctx, txn, request, true),
            Some(Method::Notify) => self.on_notify(ctx, request),
            // We sent no description that it could be about.
            Some(Method::Prack) => 488,
            Some(_) | None => 501,
        };
        let phrase = match status {
            200 => "OK",
            400 => "Bad Request",
            403 => "Forbidden",
            415 => "Unsupported Media Type",
            469 => "Bad Info Package",
            481 => "Subscription Does Not Exist",
            488 => "Not Acceptable Here",
            489 => "Bad Event",
            _ => "Not Implemented",
        };
        let mut response = Message::response(status, phrase);
        if status == 415 {
            response.push_named("Accept", "application/dtmf-relay, application/dtmf, application/trickle-ice-sdpfrag");
        }
        if status == 469 {
            response.push(HeaderName::RecvInfo, PACKAGE);
        }
        if request.method() == Some(&Method::Update) {
            response.push(super::CONTACT, ctx.contact);
        }
        ctx.ep.respond(ctx.now, txn, response);
    }

    /// A NOTIFY in the dialog: a report of our transfer, or a key pressed from afar. The status to answer with.
    fn on_notify(&mut self, ctx: &mut Ctx<'_>, notify: &Message) -> u16 {
        let Ok(event) = notify.event() else { return 489 };
        let wish = match event.token().to_ascii_lowercase().as_str() {
            "refer" => return self.on_report(ctx, notify, event.param("id")),
            "talk" => RemoteWish::Talk,
            "hold" => RemoteWish::Hold,
            _ => return 489,
        };
        if !is_trusted(ctx.trusted, self.asserted.as_ref()) {
            return 403;
        }
        ctx.event(Event::Remote { call: self.id, wish });
        200
    }

    /// The registrar knows our new flow: what waited for it goes out.
    pub(crate) fn on_reachable(&mut self, ctx: &mut Ctx<'_>) {
        self.set_reachable(ctx, true);
        // A proxy on the way holds on to our old flow until a target refresh shows it the new one.
        let routed = self.session.and_then(|s| ctx.ep.dialog(s)).is_some_and(|d| !d.route_set.is_empty());
        if self.is_active() && routed {
            self.renegotiate = true;
            self.astray = true;
        }
        self.send_digit(ctx);
        self.negotiate(ctx);
    }
}

/// The request is of the dialog with this tag of the peer.
fn is_of(request: &Message, tag: &str) -> bool {
    request.from().is_ok_and(|from| from.tag() == Some(tag))
}

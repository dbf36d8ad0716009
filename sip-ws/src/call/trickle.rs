//! Candidates that are found after a description has left, both ways: by INFO where the peer takes them (RFC 8838, 8840).
//!
//! One INFO at a time, each with all candidates so far, once both sides have the dialog and no offer is open. Whose they are is told by the ICE user
//! fragment: those of a connection of before are dropped.

use super::{Call, CallState, Ctx, Round};
use crate::codec::fragment::{CONTENT_TYPE, PACKAGE, read, write};
use crate::codec::limits::MAX_SDP_CANDIDATES;
use crate::codec::{HeaderName, Message, Method};
use crate::endpoint::{Body, Failure, RequestId, SessionError};
use crate::io::{Candidate, Event, MediaRequest};
use crate::sdp::SdpView;

/// What both sides have told each other.
#[derive(Debug, Default)]
pub(crate) struct Trickle {
    /// The peer takes candidates by INFO.
    taken: bool,
    /// Both sides have the dialog.
    pub(super) ready: bool,
    own: Own,
    open: Option<RequestId>,
    theirs: Theirs,
    /// Those of a description that the driver does not have yet.
    early: Vec<Candidate>,
    /// What counts again if the open offer, ours or the peer's, comes to nothing.
    own_before: Option<Own>,
    theirs_before: Option<Theirs>,
}

/// Our candidates.
#[derive(Clone, Debug, Default)]
struct Own {
    /// Whose they are.
    ufrag: String,
    /// How many the peer knows, and whether it knows that these are all.
    told: usize,
    told_end: bool,
    /// Our description as it is now, with so many candidates.
    latest: Option<(String, usize, bool)>,
}

/// The peer's candidates.
#[derive(Clone, Debug, Default)]
struct Theirs {
    /// Whose they are.
    ufrags: Vec<String>,
    /// Those that the driver has.
    known: Vec<Candidate>,
}

impl Trickle {
    /// A description of ours leaves.
    pub(super) fn leave(&mut self, view: &SdpView<'_>, sdp: &str, is_offer: bool) {
        let (ufrag, count, all) = (view.ice_ufrag().unwrap_or_default(), view.candidates(), sdp.contains("\na=end-of-candidates"));
        if is_offer {
            self.own_before.get_or_insert_with(|| self.own.clone());
        } else {
            self.agreed();
        }
        if self.own.ufrag != ufrag {
            self.own = Own { ufrag: ufrag.to_owned(), ..Own::default() };
        }
        // If the offer is refused, the peer does not know what was found for it.
        if is_offer && self.own.latest.as_ref().is_none_or(|(_, known, _)| *known < count) {
            self.own.latest = Some((sdp.to_owned(), count, all));
        }
        (self.own.told, self.own.told_end) = (count, all);
    }

    /// An offer of the peer comes.
    pub(super) fn offered(&mut self) {
        self.theirs_before.get_or_insert_with(|| self.theirs.clone());
    }

    /// The open offer is answered.
    pub(super) fn agreed(&mut self) {
        (self.own_before, self.theirs_before) = (None, None);
    }

    /// The open offer comes to nothing. What was found meanwhile stays.
    pub(super) fn take_back(&mut self) {
        if let Some(before) = self.own_before.take() {
            let latest = if before.ufrag == self.own.ufrag { self.own.latest.take() } else { before.latest };
            self.own = Own { latest, ..before };
        }
        if let Some(before) = self.theirs_before.take() {
            let offered = std::mem::replace(&mut self.theirs, before);
            self.early.extend(offered.known.into_iter().filter(|candidate| !self.theirs.known.contains(candidate)));
        }
    }

    /// What came of the session that is gone comes no more.
    pub(super) fn moved(&mut self) {
        self.open = None;
    }

    /// The peer describes itself.
    pub(super) fn arrive(&mut self, view: &SdpView<'_>) {
        let theirs: Vec<String> = view.media.iter().filter_map(|media| media.ice_ufrag.map(str::to_owned)).collect();
        if self.theirs.ufrags != theirs {
            self.theirs = Theirs { ufrags: theirs, known: Vec::new() };
        }
    }
}

impl Call {
    /// What a message of the peer says about the packages that it takes. One that does not say is as before (RFC 6086 s5.2).
    pub(super) fn note_packages(&mut self, message: &Message) {
        if message.header(HeaderName::RecvInfo).is_some() {
            self.trickle.taken = message.has_token(HeaderName::RecvInfo, PACKAGE);
        }
    }

    /// Both sides have the dialog.
    pub(super) fn dialog_stands(&mut self, ctx: &mut Ctx<'_>) {
        self.trickle.ready = true;
        self.tell_candidates(ctx);
        self.send_digit(ctx);
    }

    /// The driver found more.
    pub(super) fn on_gathered(&mut self, ctx: &mut Ctx<'_>, sdp: String, complete: bool) {
        let Ok(view) = SdpView::parse(sdp.as_bytes()) else { return };
        let (ufrag, count) = (view.ice_ufrag().unwrap_or_default(), view.candidates());
        let Trickle { own, own_before, .. } = &mut self.trickle;
        let mut known = std::iter::once(own).chain(own_before).filter(|own| !own.ufrag.is_empty());
        // Of a connection that was given up, or that is not described yet.
        let Some(own) = known.find(|own| own.ufrag == ufrag) else { return };
        own.latest = Some((sdp, count, complete));
        self.tell_candidates(ctx);
    }

    /// Tells what the peer does not know yet, if it can be told now.
    pub(super) fn tell_candidates(&mut self, ctx: &mut Ctx<'_>) {
        // An INFO that overtakes a re-INVITE makes it an old one.
        let CallState::Active { round: Round::Idle } = self.state else { return };
        let Trickle { taken, ready, open, own: Own { told, told_end, latest, .. }, .. } = &mut self.trickle;
        let (Some((sdp, count, complete)), Some(session), true, None) = (latest.as_ref(), self.session, *ready, *open) else { return };
        // That these are all is worth an INFO, and no offer.
        let over = *taken && *complete && !*told_end;
        if *count <= *told && !over {
            return;
        }
        let (count, complete, more) = (*count, *complete, *count > *told);
        // Or no fragment can say them.
        let Some(fragment) = write(sdp, complete).filter(|_| *taken) else {
            (*told, *told_end) = (count, complete);
            if more {
                ctx.event(Event::LateCandidates { call: self.id });
            }
            return;
        };
        let headers = [("Info-Package", PACKAGE), ("Content-Disposition", "Info-Package")];
        let body = Body { content_type: CONTENT_TYPE.to_owned(), bytes: fragment.into_bytes() };
        match ctx.ep.in_dialog(ctx.now, session, Method::Info, &headers, Some(body)) {
            Ok(request) => (*open, *told, *told_end) = (Some(request), count, complete),
            // They wait for the link.
            Err(SessionError::NoFlow) => {}
            Err(SessionError::Unknown | SessionError::State | SessionError::Busy | SessionError::Limit) => {
                (*told, *told_end) = (count, complete);
                ctx.event(Event::LateCandidates { call: self.id });
            }
        }
    }

    /// The final response to an INFO of ours, or why there is none.
    pub(super) fn on_candidates_answered(&mut self, ctx: &mut Ctx<'_>, request: RequestId, answer: Result<u16, Failure>) {
        let trickle = &mut self.trickle;
        if trickle.open != Some(request) {
            return;
        }
        trickle.open = None;
        match answer {
            Ok(200..=299) => {}
            // All of it again when there is a flow.
            Err(Failure::FlowLost) => {
                for own in std::iter::once(&mut trickle.own).chain(&mut trickle.own_before) {
                    (own.told, own.told_end) = (0, false);
                }
                return;
            }
            Ok(_) | Err(Failure::Timeout | Failure::Limit) => {
                trickle.taken &= !matches!(answer, Ok(405 | 415 | 469 | 489 | 501));
                ctx.event(Event::LateCandidates { call: self.id });
            }
        }
        self.tell_candidates(ctx);
    }

    /// An INFO of the package: the status to answer with.
    pub(super) fn on_candidates(&mut self, ctx: &mut Ctx<'_>, info: &Message) -> u16 {
        if !info.has_content_type(CONTENT_TYPE) {
            return 415;
        }
        let Ok(candidates) = read(info.body()) else { return 400 };
        // All that were found so far: what came before is in it.
        self.trickle.early = candidates;
        self.give_candidates(ctx);
        200
    }

    /// The open offer comes to nothing; to be called once the driver knows.
    pub(super) fn take_back_candidates(&mut self, ctx: &mut Ctx<'_>) {
        self.trickle.take_back();
        self.give_candidates(ctx);
    }

    /// Hands the driver what is new and of the peer's present description. To be called once the driver has that.
    pub(super) fn give_candidates(&mut self, ctx: &mut Ctx<'_>) {
        let Trickle { theirs: Theirs { ufrags, known }, early, .. } = &mut self.trickle;
        let mut new = Vec::new();
        early.retain(|candidate| {
            let present = ufrags.contains(&candidate.ufrag);
            if present && !known.contains(candidate) && known.len() < MAX_SDP_CANDIDATES {
                known.push(candidate.clone());
                new.push(candidate.clone());
            }
            !present
        });
        if !new.is_empty() {
            ctx.media(MediaRequest::AddCandidates { call: self.id, candidates: new });
        }
    }
}

//! What the descriptions of both sides say: hold, video, whose connection it is; and that ours go on from each other.

use super::sections::{Places, arrange, give_back, lines_of};
use super::{Call, Ctx};
use crate::io::{Event, MediaRequest, MediaRequestId, StoredLine};
use crate::sdp::{Direction, SdpView};

/// The `o=` line of our descriptions: one session id per dialog, versions that rise (RFC 3264 section 8), whatever connection makes
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) id: String,
    pub(crate) version: u64,
}

/// What is known of the m-lines.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) known: Vec<StoredLine>,
    /// How our open offer was arranged, until its answer is here.
    places: Option<Places>,
}

impl Lines {
    /// Those of a dialog of before.
    pub(super) fn of(known: Vec<StoredLine>) -> Self {
        Self { known, places: None }
    }
}

impl Call {
    /// Asks the driver for our answer to an offer of the peer.
    pub(super) fn ask_answer(&mut self, ctx: &mut Ctx<'_>, request: MediaRequestId, offer: String) {
        let fresh = !(self.is_active() || self.early_applied) || self.is_fresh(&offer);
        self.trickle.offered();
        self.note_peer(ctx, &offer);
        let direction = Self::direction(self.agreed.hold);
        ctx.media(MediaRequest::Answer { call: self.id, request, offer, direction, video: self.agreed.video, fresh });
        self.give_candidates(ctx);
    }

    /// What the peer's description says about hold and video.
    pub(super) fn note_peer(&mut self, ctx: &mut Ctx<'_>, sdp: &str) {
        let Ok(view) = SdpView::parse(sdp.as_bytes()) else { return };
        self.extensions.note(sdp);
        self.trickle.arrive(&view);
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
            self.dirty = true;
            ctx.event(Event::Hold { call: self.id, local: told.0, remote: held });
        }
    }

    /// Our offer as it is to be sent.
    pub(super) fn own_offer(&mut self, sdp: &str) -> String {
        let (sdp, places) = match arrange(sdp, &self.lines.known) {
            Some((sdp, places)) => (self.extensions.consistent(&sdp), Some(places)),
            None => (self.extensions.consistent(sdp), None),
        };
        self.lines.places = places;
        self.own_description(&sdp, true)
    }

    /// Our answer as it is to be sent.
    pub(super) fn own_answer(&mut self, sdp: &str) -> String {
        self.own_description(sdp, false)
    }

    /// Our answer, or an arranged offer. What it says about video is noted.
    fn own_description(&mut self, sdp: &str, is_offer: bool) -> String {
        let Ok(view) = SdpView::parse(sdp.as_bytes()) else { return sdp.to_owned() };
        self.trickle.leave(&view, sdp, is_offer);
        self.our_video = view.active("video").next().map_or(Direction::Inactive, |v| v.direction);
        self.lines.known = lines_of(sdp).unwrap_or_default();
        self.extensions.note(sdp);
        self.dirty = true;
        if self.origin.id.is_empty() {
            self.origin = Origin { id: view.origin.id.to_owned(), version: view.origin.version.parse().unwrap_or(0) };
            return sdp.to_owned();
        }
        self.origin.version = self.origin.version.saturating_add(1);
        let Origin { id, version } = &self.origin;
        String::from_utf8(view.with_origin(id, *version)).unwrap_or_else(|_| sdp.to_owned())
    }

    /// The peer's answer as the media driver expects it.
    pub(super) fn their_answer(&mut self, sdp: String) -> String {
        match self.lines.places.take() {
            Some(places) => give_back(&sdp, &places).unwrap_or(sdp),
            None => sdp,
        }
    }

    pub(super) fn tell_video(&mut self, ctx: &mut Ctx<'_>) {
        let sends = self.our_video.sends() && self.peer_video.receives();
        let receives = self.our_video.receives() && self.peer_video.sends();
        let direction = match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        };
        // A hold stops video without taking it away.
        if !self.agreed.hold && !self.held_by_peer && self.sees != receives {
            self.sees = receives;
            self.dirty = true;
        }
        if direction != self.told_video {
            self.told_video = direction;
            ctx.event(Event::Video { call: self.id, direction });
        }
    }

    /// What an offer of ours wants to do with video: without a wish of ours, the peer's goes on being seen.
    pub(super) const fn video(&self, wanted: bool) -> Direction {
        match (wanted, self.sees) {
            (true, _) => Direction::SendRecv,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// A description of the peer comes from another connection than the one we have, or we have none.
    pub(super) fn is_fresh(&self, sdp: &str) -> bool {
        if self.resuming() {
            return true;
        }
        let Some(known) = &self.fingerprint else { return false };
        SdpView::parse(sdp.as_bytes()).ok().and_then(|v| v.fingerprint().map(|f| !f.eq_ignore_ascii_case(known))).unwrap_or(false)
    }

    pub(super) const fn direction(hold: bool) -> Direction {
        if hold { Direction::SendOnly } else { Direction::SendRecv }
    }
}

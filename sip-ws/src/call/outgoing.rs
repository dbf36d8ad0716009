//! Calls that we make: offer, INVITE, progress of one or more forks, answer.

use super::words::{asserted, named_contact, peer, sdp_of};
use super::{Call, CallState, Ctx, Round};
use crate::codec::{DialogRef, HeaderName, Message, Method, NameAddr, Uri};
use crate::io::{CallId, EndCause, Entry, Event, FlowId, MediaFailure, MediaRequest};
use crate::sdp::Direction;
use crate::timers;

/// Who we are, for a new INVITE.
pub(crate) struct Identity<'a> {
    pub(crate) aor: &'a Uri,
    pub(crate) display_name: Option<&'a str>,
    /// Those we call are not to know it.
    pub(crate) anonymous: bool,
}

/// From of whoever does not say who they are (RFC 3323 4.1.1.3).
const NOBODY: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

/// What a new call is for.
#[derive(Debug, Default)]
pub(crate) struct Goal {
    pub(crate) video: bool,
    /// The dialog that it enters.
    pub(crate) entry: Option<(DialogRef, Entry)>,
    /// Who wants it (RFC 3892), and the call in which that was said.
    pub(crate) referred_by: Option<String>,
    pub(crate) referrer: Option<CallId>,
}

impl Call {
    /// A call to `target`: our offer is asked for.
    pub(crate) fn dial(ctx: &mut Ctx<'_>, id: CallId, me: &Identity<'_>, target: &Uri, goal: Goal) -> Self {
        let Goal { video, entry, referred_by, referrer } = goal;
        let mut invite = Message::request(Method::Invite, target.as_str());
        let to = NameAddr::new(None, target);
        let us = NameAddr::new(me.display_name, me.aor);
        invite.push(HeaderName::From, if me.anonymous { NOBODY } else { us.as_str() });
        invite.push(HeaderName::To, to.as_str());
        if me.anonymous {
            invite.push(HeaderName::PPreferredIdentity, us.as_str());
            invite.push(HeaderName::Privacy, "id");
        }
        match &entry {
            Some((dialog, Entry::Replace)) => invite.push(HeaderName::Replaces, dialog.to_string()),
            Some((dialog, Entry::Join)) => invite.push(HeaderName::Join, DialogRef { early_only: false, ..dialog.clone() }.to_string()),
            None => {}
        }
        // Who does not know the header would ring as if it were any other call. In a transfer that is what its maker asked for.
        match entry.filter(|_| referrer.is_none()) {
            Some((_, Entry::Replace)) => invite.push(HeaderName::Require, "replaces"),
            Some((_, Entry::Join)) => invite.push(HeaderName::Require, "join"),
            None => {}
        }
        if let Some(by) = referred_by {
            invite.push(HeaderName::ReferredBy, by);
        }
        let request = ctx.media_id();
        let mut call = Self::new(id, true, CallState::Preparing { request, invite: Box::new(invite), give_up: None }, video);
        ctx.media(MediaRequest::Offer { call: id, request, direction: Direction::SendRecv, video: call.video(video), fresh: true });
        call.peer = peer(&to, false);
        call.referrer = referrer;
        call
    }

    /// Our offer is there.
    pub(super) fn on_offer_made(&mut self, ctx: &mut Ctx<'_>, sdp: &str) {
        let sdp = self.own_offer(sdp);
        let CallState::Preparing { invite, give_up, .. } = &mut self.state else { return };
        invite.set_body("application/sdp", sdp.as_bytes());
        *give_up = Some(ctx.now.plus(timers::NEW_CALL_WAIT));
    }

    /// Sends the INVITE if it has its offer and there is a flow.
    pub(crate) fn launch(&mut self, ctx: &mut Ctx<'_>, flow: Option<FlowId>) {
        let CallState::Preparing { invite, give_up: Some(give_up), .. } = &self.state else { return };
        match flow {
            Some(flow) => {
                let invite = invite.clone();
                // What depends on the way that it takes.
                let mut sent = (*invite).clone();
                for route in ctx.service_route {
                    sent.push(HeaderName::Route, route);
                }
                sent.set(HeaderName::Contact, ctx.contact);
                self.session = Some(ctx.ep.invite(ctx.now, flow, sent));
                self.state = CallState::Calling { invite };
                let session_id = self.session_id(ctx);
                self.half.clone_from(&session_id);
                if !std::mem::replace(&mut self.dialling_told, true) {
                    ctx.event(Event::Dialling { call: self.id, session_id });
                }
            }
            None if *give_up <= ctx.now => self.over(ctx, EndCause::NoLink),
            None => {}
        }
    }

    pub(super) fn on_progress(&mut self, ctx: &mut Ctx<'_>, response: &Message) {
        if !matches!(self.state, CallState::Calling { .. }) {
            return;
        }
        // Media connects to one fork only: the first early description is the answer.
        if let (Some(sdp), false) = (sdp_of(response), self.early_applied) {
            self.early_applied = true;
            let confirmed = response.to().ok().filter(|_| response.has_token(HeaderName::Require, "100rel"));
            self.early_fork = confirmed.and_then(|to| to.tag().map(str::to_owned));
            self.apply(ctx, sdp, true);
        }
        let reason = String::from_utf8_lossy(response.reason()).into_owned();
        let status = response.status().unwrap_or_default();
        self.tell_referrer(ctx, status, &reason);
        // A broken place is no place; the call goes on.
        let place = response.queue_place().ok().flatten();
        ctx.event(Event::Progress { call: self.id, status, reason, early_media: self.early_applied, place });
    }

    pub(super) fn on_accepted(&mut self, ctx: &mut Ctx<'_>, response: &Message) {
        let sdp = sdp_of(response);
        self.note_packages(response);
        let round = self.updating.take().map_or(Round::Idle, |(request, via)| Round::Answering { request, via });
        self.state = CallState::Active { round };
        let session_id = named_contact(ctx, response).unwrap_or_else(|| self.session_id(ctx));
        self.asserted = asserted(response);
        if let Some(known) = &self.asserted {
            self.peer = known.clone();
        }
        self.dirty = true;
        self.tell_referrer(ctx, 200, "OK");
        ctx.event(Event::Answered { call: self.id, session_id, peer: self.asserted.clone() });
        match sdp {
            Some(sdp) if !self.early_applied => self.apply(ctx, sdp, false),
            // Another device than the one that we hear: a new connection moves the media there.
            Some(sdp) if self.is_fresh(&sdp) => {
                self.renegotiate = true;
                self.fresh = true;
                self.negotiate(ctx);
            }
            Some(sdp) => {
                // The same answer again, perhaps with other directions.
                self.note_peer(ctx, &sdp);
                self.tell_video(ctx);
            }
            None if self.early_applied => {}
            None => return self.fail_media(ctx, MediaFailure::Incompatible("no answer in the 200".to_owned())),
        }
        self.dialog_stands(ctx);
    }

    /// Hands the peer's answer to the driver.
    pub(super) fn apply(&mut self, ctx: &mut Ctx<'_>, sdp: String, early: bool) {
        let request = ctx.media_id();
        self.applying = Some(request);
        self.trickle.agreed();
        self.note_peer(ctx, &sdp);
        self.tell_video(ctx);
        let sdp = self.their_answer(sdp);
        ctx.media(MediaRequest::ApplyAnswer { call: self.id, request, sdp, early });
        self.give_candidates(ctx);
    }
}

/// The URI that a dialled text means: a SIP or tel URI, `user@host`, or a name or number of our domain.
pub(crate) fn resolve(target: &str, domain: &str) -> Option<Uri> {
    let target = target.trim();
    if target.is_empty() || target.len() > MAX_TARGET {
        return None;
    }
    let lower = target.to_ascii_lowercase();
    let uri = if lower.starts_with("sip:") || lower.starts_with("sips:") {
        Uri::parse(target).ok()?
    } else if let Some(number) = lower.strip_prefix("tel:") {
        // RFC 3261 19.1.6: the number becomes the user part.
        let digits: String = number.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' ')).collect();
        let digits = digits.split(';').next()?;
        Uri::sip(Some(digits), domain).ok()?.with_param("user", Some("phone"))
    } else if let Some((user, host)) = target.rsplit_once('@') {
        Uri::sip(Some(user), host).ok()?
    } else {
        // People write numbers with blanks and hyphens.
        let looks_dialled = target.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#' | ' ' | '-' | '.' | '(' | ')' | '/'));
        let user: String = if looks_dialled {
            target.chars().filter(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#')).collect()
        } else {
            target.to_owned()
        };
        // A colon is a scheme that we do not dial.
        if user.is_empty() || user.contains(':') {
            return None;
        }
        Uri::sip(Some(&user), domain).ok()?
    };
    // 19.1.5: headers in a URI are instructions of a stranger.
    Some(uri.without_headers())
}

/// Longest text that may be dialled.
const MAX_TARGET: usize = 512;

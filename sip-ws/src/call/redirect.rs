//! Being sent on to other addresses (3xx, RFC 3261 8.1.3.4): people of our own domain are called; foreign addresses, service codes and
//! outside lines only if the user agrees.

use super::referred::harmless;
use super::words::{peer, rejected};
use super::{Call, CallState, Ctx};
use crate::codec::{HeaderName, Message, NameAddr, Uri};
use crate::io::{EndCause, Event, MediaRequest};
use crate::timers;

/// Addresses that one call tries after the one that was dialled: loops and long lists end here.
pub(crate) const MAX_REDIRECTS: usize = 5;

/// Where a call has been and may still go.
#[derive(Debug, Default)]
pub(super) struct Redirects {
    tried: Vec<Uri>,
    waiting: Vec<Uri>,
    /// What the last address answered.
    last: Option<EndCause>,
}

impl Call {
    /// Our INVITE was refused.
    pub(super) fn on_rejected(&mut self, ctx: &mut Ctx<'_>, response: &Message) {
        let status = response.status().unwrap_or_default();
        let CallState::Calling { invite } = &self.state else { return self.over(ctx, rejected(response)) };
        let invite = invite.clone();
        if self.redirects.tried.is_empty() {
            self.redirects.tried.extend(invite.uri().and_then(|uri| Uri::parse(uri).ok()));
        }
        if (300..=399).contains(&status) && status != 380 {
            self.note_targets(response);
        }
        self.redirects.last = Some(rejected(response));
        // 21.6: a 6xx speaks for all addresses. A refusal without a redirection before it has nowhere to go.
        if status >= 600 {
            self.redirects.waiting.clear();
        }
        self.next_target(ctx, invite);
    }

    /// The contacts of a 3xx that are new to us, best first.
    fn note_targets(&mut self, response: &Message) {
        let Ok(contacts) = response.contacts() else { return };
        let mut fresh: Vec<(u16, Uri)> = Vec::new();
        for contact in contacts.list() {
            // Headers in a URI are instructions of a stranger (19.1.5).
            let target = contact.uri().to_uri().without_headers();
            let others = fresh.iter().map(|(_, uri)| uri);
            if !self.redirects.tried.iter().chain(&self.redirects.waiting).chain(others).any(|uri| uri.equivalent(&target)) {
                // Best first, in their order where they are equally good.
                let q = contact.q();
                let at = fresh.iter().position(|(other, _)| *other < q).unwrap_or(fresh.len());
                fresh.insert(at, (q, target));
                fresh.truncate(MAX_REDIRECTS);
            }
        }
        let mut fresh: Vec<Uri> = fresh.into_iter().map(|(_, uri)| uri).collect();
        fresh.append(&mut self.redirects.waiting);
        fresh.truncate(MAX_REDIRECTS);
        self.redirects.waiting = fresh;
    }

    fn next_target(&mut self, ctx: &mut Ctx<'_>, invite: Box<Message>) {
        let Redirects { tried, waiting, last } = &mut self.redirects;
        if waiting.is_empty() || tried.len() > MAX_REDIRECTS {
            let cause = last.take().unwrap_or(EndCause::NoReply);
            return self.over(ctx, cause);
        }
        let target = waiting.remove(0);
        tried.push(target.clone());
        let to = peer(&NameAddr::new(None, &target), false);
        if harmless(&target, ctx) {
            ctx.event(Event::Redirected { call: self.id, to });
            return self.call_target(ctx, invite, &target);
        }
        self.state = CallState::Asking { invite, target, give_up: ctx.now.plus(timers::ASK_LIMIT) };
        ctx.event(Event::RedirectAsked { call: self.id, to });
    }

    /// The user decides about a foreign target.
    pub(crate) fn follow_redirect(&mut self, ctx: &mut Ctx<'_>, accept: bool) {
        let CallState::Asking { invite, target, .. } = &self.state else {
            return ctx.event(Event::Ignored { command: "FollowRedirect", why: "nobody sent the call on" });
        };
        let (invite, target) = (invite.clone(), target.clone());
        if accept { self.call_target(ctx, invite, &target) } else { self.next_target(ctx, invite) }
    }

    fn call_target(&mut self, ctx: &mut Ctx<'_>, mut invite: Box<Message>, target: &Uri) {
        invite.set_uri(target.as_str());
        // The contact is the same one.
        invite.set(HeaderName::SessionId, &self.half);
        self.session = None;
        if self.early_applied {
            // The offer has had its answer, from somebody whom we left.
            self.early_applied = false;
            let request = ctx.media_id();
            self.state = CallState::Preparing { request, invite, give_up: None };
            let direction = Self::direction(self.wish.hold);
            return ctx.media(MediaRequest::Offer { call: self.id, request, direction, video: self.video(self.wish.video), fresh: true });
        }
        let request = ctx.media_id();
        self.state = CallState::Preparing { request, invite, give_up: Some(ctx.now.plus(timers::NEW_CALL_WAIT)) };
    }
}

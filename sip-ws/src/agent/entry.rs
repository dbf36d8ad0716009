//! Calls that concern other calls: Replaces and Join received, transfers, and requests outside of calls.

use super::Agent;
use crate::call::{CallAct, Goal, resolve};
use crate::codec::{DialogRef, HeaderName, Message, Method, NameAddr, Uri};
use crate::endpoint::{DialogPhase, ServerTxnId};
use crate::io::{CallId, Entry, Event, Hints, Millis, Output};

/// Status and phrase of a refusal.
type Refusal = (u16, &'static str);

impl Agent {
    /// RFC 3891 section 3, RFC 3911 section 4: which call of ours an INVITE enters. Whoever knows the Call-ID and both tags, which only
    /// travel over our own edge, may do so.
    pub(super) fn entry(&self, invite: &Message) -> Result<Hints, Refusal> {
        let header = |name| invite.header(name).is_some();
        match (header(HeaderName::Replaces), header(HeaderName::Join)) {
            (false, false) => Ok(Hints::default()),
            (true, true) => Err((400, "Both Replaces And Join")),
            (true, false) => {
                let reference = invite.replaces().map_err(|_| (400, "Bad Replaces"))?;
                let (call, phase) = self.find(&reference)?;
                match phase {
                    DialogPhase::Confirmed if reference.early_only => Err((486, "Busy Here")),
                    DialogPhase::Confirmed | DialogPhase::EarlyOurs => Ok(Hints { replaces: Some(call), ..Hints::default() }),
                    // A call that rings here is answered here, not taken away.
                    DialogPhase::EarlyTheirs => Err((481, "Call/Transaction Does Not Exist")),
                    DialogPhase::Over => Err((603, "Decline")),
                }
            }
            (false, true) => {
                let reference = invite.join().map_err(|_| (400, "Bad Join"))?;
                let (call, phase) = self.find(&reference)?;
                match phase {
                    DialogPhase::Confirmed | DialogPhase::EarlyOurs => {
                        let supervision = invite.supervision().map_err(|_| (400, "Bad Supervision"))?;
                        let supervision = supervision.filter(|_| self.profile.supervised);
                        Ok(Hints { joins: Some(call), supervision, ..Hints::default() })
                    }
                    DialogPhase::EarlyTheirs => Err((481, "Call/Transaction Does Not Exist")),
                    DialogPhase::Over => Err((603, "Decline")),
                }
            }
        }
    }

    fn find(&self, reference: &DialogRef) -> Result<(CallId, DialogPhase), Refusal> {
        let gone = (481, "Call/Transaction Does Not Exist");
        let (session, phase) = self.ep.find_dialog(reference).ok_or(gone)?;
        let call = *self.sessions.get(&session).ok_or(gone)?;
        // The call may be over for its user and only have its BYE left to say.
        if self.calls.contains_key(&call) { Ok((call, phase)) } else { Err((603, "Decline")) }
    }

    pub(super) fn next_handle(&mut self) -> CallId {
        let id = CallId(CallId::FIRST_INCOMING.0 + self.last_incoming);
        self.last_incoming += 1;
        id
    }

    /// A request outside of calls: only a transfer that names one of them (RFC 4538) and wants no reports (RFC 4488).
    pub(super) fn on_request(&mut self, now: Millis, txn: ServerTxnId, request: &Message) {
        let refused = match request.method() {
            Some(Method::Refer) => match request.target_dialog().ok().and_then(|dialog| self.find(&dialog).ok()) {
                Some((call, DialogPhase::Confirmed)) => {
                    self.with_call(now, call, |call, ctx| call.on_refer(ctx, txn, request, false));
                    return;
                }
                Some(_) | None => (403, "Forbidden"),
            },
            Some(Method::Notify) => {
                if self.is_notified(now, txn, request) {
                    return;
                }
                // RFC 6665 4.1.3: of nothing that we subscribed to.
                self.unsolicited += 1;
                (481, "Subscription Does Not Exist")
            }
            Some(_) | None => (405, "Method Not Allowed"),
        };
        self.ep.respond(now, txn, Message::response(refused.0, refused.1));
    }

    pub(super) fn transfer(&mut self, now: Millis, call: CallId, target: &str) {
        let domain = self.aor.as_ref().map_or("", Uri::host);
        match resolve(target, domain) {
            Some(target) => self.command(now, call, "Transfer", |call, ctx| call.transfer(ctx, &target, None)),
            None => self.ignore("Transfer", "the target is no address"),
        }
    }

    pub(super) fn transfer_to(&mut self, now: Millis, call: CallId, to: CallId) {
        let mut target = None;
        self.with_call(now, to, |other, ctx| target = other.as_target(ctx));
        match target.filter(|_| call != to) {
            Some((uri, dialog)) => self.command(now, call, "TransferTo", |call, ctx| call.transfer(ctx, &uri, Some((to, dialog)))),
            None => self.ignore("TransferTo", "the other call is not answered"),
        }
    }

    fn ignore(&mut self, command: &'static str, why: &'static str) {
        self.out.push_back(Output::Event(Event::Ignored { command, why }));
    }

    /// Does what calls want of each other.
    pub(super) fn do_acts(&mut self, now: Millis) {
        while !self.acts.is_empty() {
            for act in std::mem::take(&mut self.acts) {
                match act {
                    CallAct::End { call, cause } => {
                        self.with_call(now, call, |call, ctx| call.end(ctx, cause));
                    }
                    CallAct::Report { call, status, phrase } => {
                        self.with_call(now, call, |call, ctx| call.report(ctx, status, &phrase));
                    }
                    CallAct::Place { by, wanted, video } => {
                        let Some(aor) = self.aor.clone() else { continue };
                        let new = self.next_handle();
                        let entry = wanted.replaces.map(|dialog| (dialog, Entry::Replace));
                        let target = if wanted.target.scheme().eq_ignore_ascii_case("tel") {
                            resolve(wanted.target.as_str(), aor.host()).unwrap_or(wanted.target)
                        } else {
                            wanted.target
                        };
                        let to = crate::call::peer(&NameAddr::new(None, &target), false);
                        self.out.push_back(Output::Event(Event::Following { call: by, new, to }));
                        self.place(now, new, &aor, &target, Goal { video, entry, referred_by: wanted.referred_by, referrer: Some(by) });
                        if !self.calls.contains_key(&new) {
                            self.with_call(now, by, |call, ctx| call.report(ctx, 486, "Busy Here"));
                        }
                    }
                }
            }
        }
    }
}

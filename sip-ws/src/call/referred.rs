//! Transfers that the peer asks for: REFER received, the user asked or not, the new call, and what the peer hears of it.

use super::words::{is_trusted, peer};
use super::{Call, CallAct, Ctx};
use crate::codec::{DialogRef, HeaderName, Message, Method, NameAddr, Uri};
use crate::endpoint::{Body, ServerTxnId};
use crate::io::{EndCause, Event, Millis};
use crate::timers;

/// What the peer asks for.
#[derive(Debug)]
pub(super) struct Referred {
    wanted: Wanted,
    /// Sequence number of the REFER: the name of its subscription. `None`: nobody wants to hear of it (RFC 4488).
    subscription: Option<u32>,
    /// When the question to the user is answered with no; `None` once it is answered.
    pub(super) give_up: Option<Millis>,
}

/// Whom to call, and how.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) target: Uri,
    pub(crate) replaces: Option<DialogRef>,
    pub(crate) referred_by: Option<String>,
}

/// Why a REFER is refused.
type Refusal = (u16, &'static str);

impl Call {
    /// A REFER in the dialog, or outside of it with its Target-Dialog.
    pub(crate) fn on_refer(&mut self, ctx: &mut Ctx<'_>, txn: ServerTxnId, request: &Message, inside: bool) {
        match self.read_refer(request, inside) {
            Ok(referred) => self.accept_refer(ctx, txn, referred, request),
            Err((status, phrase)) => ctx.ep.respond(ctx.now, txn, Message::response(status, phrase)),
        }
    }

    fn read_refer(&self, request: &Message, inside: bool) -> Result<Referred, Refusal> {
        if !self.is_active() {
            return Err((403, "Not Answered"));
        }
        if self.referred.is_some() {
            return Err((491, "Request Pending"));
        }
        let refer_to = request.refer_to().map_err(|_| (400, "Bad Refer-To"))?;
        let uri = refer_to.uri();
        if uri.param("method").is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
            return Err((603, "Decline"));
        }
        let target = uri.to_uri().without_headers();
        if !matches!(target.scheme().to_ascii_lowercase().as_str(), "sip" | "sips" | "tel") {
            return Err((416, "Unsupported URI Scheme"));
        }
        // Of all headers that a stranger may write into a URI only this one is obeyed.
        let replaces = match uri.header("Replaces") {
            Some(value) => Some(DialogRef::parse(value.as_bytes()).map_err(|_| (400, "Bad Replaces"))?),
            None => None,
        };
        let silent = request.header(HeaderName::ReferSub).is_some_and(|value| value.eq_ignore_ascii_case(b"false"));
        if !inside && !silent {
            // Its reports would need a dialog of their own.
            return Err((403, "Only Without Subscription"));
        }
        let number = request.cseq().map(|cseq| cseq.number).map_err(|_| (400, "Bad CSeq"))?;
        let referred_by = request.header_str(HeaderName::ReferredBy).map(str::to_owned);
        let wanted = Wanted { target, replaces, referred_by };
        Ok(Referred { wanted, subscription: (!silent).then_some(number), give_up: None })
    }

    fn accept_refer(&mut self, ctx: &mut Ctx<'_>, txn: ServerTxnId, mut referred: Referred, request: &Message) {
        let mut response = Message::response(if referred.subscription.is_some() { 202 } else { 200 }, "Accepted");
        if referred.subscription.is_none() {
            response.push(HeaderName::ReferSub, "false");
        }
        response.push(HeaderName::Contact, ctx.contact);
        ctx.ep.respond(ctx.now, txn, response);
        referred.give_up = Some(ctx.now.plus(timers::ASK_LIMIT));
        let target = referred.wanted.target.clone();
        let attended = referred.wanted.replaces.is_some();
        self.referred = Some(referred);
        self.report(ctx, 100, "Trying");
        if is_trusted(ctx.trusted, self.asserted.as_ref()) && harmless(&target, ctx) {
            return self.follow_transfer(ctx, true);
        }
        let by = request.referred_by().ok().map(|by| peer(&by, false));
        ctx.event(Event::TransferAsked { call: self.id, to: peer(&NameAddr::new(None, &target), false), by, attended });
    }

    /// The user decides, or the profile's trust did.
    pub(crate) fn follow_transfer(&mut self, ctx: &mut Ctx<'_>, accept: bool) {
        let Some(referred) = self.referred.as_mut().filter(|referred| referred.give_up.is_some()) else {
            return ctx.event(Event::Ignored { command: "FollowTransfer", why: "nobody asked for a transfer" });
        };
        referred.give_up = None;
        if accept {
            let wanted = referred.wanted.clone();
            ctx.acts.push(CallAct::Place { by: self.id, wanted: Box::new(wanted), video: self.agreed.video });
        } else {
            self.report(ctx, 603, "Decline");
        }
    }

    /// Tells the peer how the call that it asked for goes (RFC 3515 2.4.5).
    pub(crate) fn report(&mut self, ctx: &mut Ctx<'_>, status: u16, phrase: &str) {
        let (Some(referred), Some(session)) = (&self.referred, self.session) else { return };
        let over = status >= 200;
        if let Some(number) = referred.subscription.filter(|_| self.is_active()) {
            let state = match status {
                ..=199 => "active;expires=180",
                603 => "terminated;reason=rejected",
                _ => "terminated;reason=noresource",
            };
            let event = format!("refer;id={number}");
            let body = Body {
                content_type: "message/sipfrag;version=2.0".to_owned(),
                bytes: format!("SIP/2.0 {status} {}\r\n", phrase.replace(['\r', '\n'], " ")).into_bytes(),
            };
            // A report that finds no link is lost: the last one decides, and silence is an answer too.
            let _ = ctx.ep.in_dialog(ctx.now, session, Method::Notify, &[("Event", &event), ("Subscription-State", state)], Some(body));
        }
        if over {
            self.referred = None;
        }
    }

    /// This call follows a transfer: whoever asked for it hears of it.
    pub(super) fn tell_referrer(&mut self, ctx: &mut Ctx<'_>, status: u16, phrase: &str) {
        if let Some(call) = self.referrer {
            if status >= 200 {
                self.referrer = None;
            }
            ctx.acts.push(CallAct::Report { call, status, phrase: phrase.to_owned() });
        }
    }

    /// As [`tell_referrer`](Self::tell_referrer), when this call is over.
    pub(super) fn tell_referrer_end(&mut self, ctx: &mut Ctx<'_>, cause: &EndCause) {
        let (status, phrase) = match cause {
            EndCause::Rejected { status, phrase, .. } => (*status, phrase.as_str()),
            EndCause::LocalHangUp | EndCause::Cancelled => (487, "Request Terminated"),
            EndCause::NoReply | EndCause::NoLink | EndCause::Gone { .. } => (408, "Request Timeout"),
            EndCause::Media(_) => (488, "Not Acceptable Here"),
            EndCause::RemoteHangUp { .. }
            | EndCause::AnsweredElsewhere
            | EndCause::RejectedByUs { .. }
            | EndCause::Transferred
            | EndCause::Replaced { .. }
            | EndCause::Protocol(_) => (500, "Server Internal Error"),
        };
        self.tell_referrer(ctx, status, phrase);
    }
}

/// Longest number that counts as an extension; longer ones may leave the house and cost money.
const MAX_EXTENSION: usize = 6;

/// A target that may be called without a question: a person of our own domain, not ourselves, no service code and no outside line.
pub(super) fn harmless(target: &Uri, ctx: &Ctx<'_>) -> bool {
    let user = target.user_decoded().unwrap_or_default();
    let us = Uri::parse(ctx.aor).ok().and_then(|aor| aor.user_decoded().map(std::borrow::Cow::into_owned)).unwrap_or_default();
    let outside = user.starts_with('+') || target.param("user").is_some_and(|kind| kind.eq_ignore_ascii_case("phone"));
    let long = user.len() > MAX_EXTENSION && user.bytes().all(|b| b.is_ascii_digit());
    if outside || long {
        return false;
    }
    let sip = target.is_sip() || target.scheme().eq_ignore_ascii_case("sips");
    sip && target.host().eq_ignore_ascii_case(ctx.domain) && !user.is_empty() && !user.starts_with(['*', '#']) && user != us
}

//! Transfers that we ask for: REFER, what its reports say, and the end of the calls that it connects (RFC 3515, 5589).

use super::{Call, CallAct, Ctx};
use crate::codec::{DialogRef, HeaderName, Message, Method, NameAddr, Uri};
use crate::endpoint::{RequestId, SessionError};
use crate::io::{CallId, EndCause, Event, Millis, TransferState};
use crate::timers;

/// ```text
///  REFER      2xx             NOTIFY 1xx ──┐
/// ──────►Asked───►Under way◄───────────────┘
///          │        │   │ NOTIFY 2xx: both calls end
///          ▼        ▼   ▼
///       refused   NOTIFY 3xx to 6xx, silence: the call goes on
/// ```
#[derive(Debug)]
pub(super) struct Transfer {
    /// The REFER, until it is answered.
    request: Option<RequestId>,
    /// Its sequence number: the name of its subscription. A later one, where it was challenged.
    number: u32,
    /// The call whose peer is called.
    other: Option<CallId>,
    /// When silence means failure.
    pub(super) give_up: Option<Millis>,
}

impl Call {
    /// Transfers the peer to `target`; to the dialog behind it where that is given.
    pub(crate) fn transfer(&mut self, ctx: &mut Ctx<'_>, target: &Uri, other: Option<(CallId, DialogRef)>) {
        let ignored = |why| Event::Ignored { command: "Transfer", why };
        let Some(session) = self.session.filter(|_| self.is_active()) else { return ctx.event(ignored("the call is not answered")) };
        if self.transfer.is_some() {
            return ctx.event(ignored("a transfer is under way"));
        }
        let refer_to = match &other {
            Some((_, dialog)) => format!("<{}?Replaces={}>", target.as_str(), escaped(&dialog.to_string())),
            None => format!("<{}>", target.as_str()),
        };
        let referred_by = format!("<{}>", ctx.aor);
        let headers = [("Refer-To", refer_to.as_str()), ("Referred-By", referred_by.as_str())];
        // Who goes without a name in the dialog (RFC 3323) does not get one here.
        let headers = &headers[..if ctx.anonymous { 1 } else { 2 }];
        match ctx.ep.in_dialog(ctx.now, session, Method::Refer, headers, None) {
            Ok(request) => {
                let number = ctx.ep.dialog(session).map_or(0, |dialog| dialog.local_cseq);
                self.transfer = Some(Transfer { request: Some(request), number, other: other.map(|(call, _)| call), give_up: None });
            }
            Err(SessionError::NoFlow) => ctx.event(ignored("there is no link")),
            Err(SessionError::Unknown | SessionError::State | SessionError::Busy | SessionError::Limit) => {
                ctx.event(Event::Transfer { call: self.id, state: TransferState::Failed { status: 0 } });
            }
        }
    }

    /// The REFER is answered (0: never).
    pub(super) fn on_refer_answered(&mut self, ctx: &mut Ctx<'_>, request: RequestId, status: u16, response: Option<&Message>) {
        let Some(transfer) = self.transfer.as_mut().filter(|transfer| transfer.request == Some(request)) else { return };
        transfer.request = None;
        transfer.number = response.and_then(|r| r.cseq().ok()).map_or(transfer.number, |cseq| cseq.number);
        if !(200..=299).contains(&status) {
            return self.transfer_failed(ctx, status);
        }
        // RFC 4488 4: no subscription, so nobody will tell how it went.
        let reported = !response.is_some_and(|r| r.header(HeaderName::ReferSub).is_some_and(|v| v.eq_ignore_ascii_case(b"false")));
        transfer.give_up = Some(ctx.now.plus(timers::REFER_SILENCE));
        if !reported {
            self.transfer = None;
        }
        ctx.event(Event::Transfer { call: self.id, state: TransferState::Accepted { reported } });
    }

    /// How the REFER that is open is answered nobody hears any more: its dialog is left.
    pub(super) fn refer_lost(&mut self, ctx: &mut Ctx<'_>) {
        if self.transfer.as_ref().is_some_and(|transfer| transfer.request.is_some()) {
            self.transfer_failed(ctx, 0);
        }
    }

    /// A report of our transfer: the status to answer the NOTIFY with.
    pub(super) fn on_report(&mut self, ctx: &mut Ctx<'_>, notify: &Message, id: Option<&str>) -> u16 {
        let Some(transfer) = &mut self.transfer else {
            // The last ones may come late; who never asked for any is told so (RFC 6665 4.1.3).
            return if self.transferred { 200 } else { 481 };
        };
        // Reports may overtake the answer of a REFER, and it may have gone again with a later number (RFC 3261 22.2).
        let (number, open) = (transfer.number, transfer.request.is_some());
        if id.is_some_and(|id| !id.parse().is_ok_and(|id: u32| id == number || (open && id > number))) {
            return 481;
        }
        let over = notify.subscription_state().is_ok_and(|state| state.token().eq_ignore_ascii_case("terminated"));
        transfer.give_up = Some(ctx.now.plus(timers::REFER_RING));
        match fragment(notify) {
            Some((status @ ..=199, phrase)) => {
                ctx.event(Event::Transfer { call: self.id, state: TransferState::Progress { status, phrase } });
                if over {
                    self.transfer_failed(ctx, 0);
                }
            }
            Some((200..=299, _)) => self.transfer_done(ctx),
            Some((status, _)) => self.transfer_failed(ctx, status),
            None if over => self.transfer_failed(ctx, 0),
            None => return 400,
        }
        200
    }

    fn transfer_done(&mut self, ctx: &mut Ctx<'_>) {
        let Some(transfer) = self.transfer.take() else { return };
        self.transferred = true;
        ctx.event(Event::Transfer { call: self.id, state: TransferState::Done });
        if let Some(other) = transfer.other {
            ctx.acts.push(CallAct::End { call: other, cause: EndCause::Transferred });
        }
        ctx.acts.push(CallAct::End { call: self.id, cause: EndCause::Transferred });
    }

    pub(super) fn transfer_failed(&mut self, ctx: &mut Ctx<'_>, status: u16) {
        if self.transfer.take().is_some() {
            self.transferred = true;
            ctx.event(Event::Transfer { call: self.id, state: TransferState::Failed { status } });
        }
    }

    /// The peer of this call and its dialog, for a transfer to it: URI that reaches it, and the dialog as it knows it.
    pub(crate) fn as_target(&self, ctx: &Ctx<'_>) -> Option<(Uri, DialogRef)> {
        let dialog = ctx.ep.dialog(self.session.filter(|_| self.is_active())?)?;
        let contact = Uri::parse(&dialog.remote_target).ok()?.without_headers();
        // RFC 7118 5: a name that only its own server can resolve reaches nobody; the address of record does.
        let target = if contact.host().ends_with(".invalid") {
            NameAddr::parse(dialog.remote.as_bytes()).ok()?.uri().to_uri().without_headers()
        } else {
            contact
        };
        let reference = DialogRef {
            call_id: dialog.call_id.as_str().into(),
            to_tag: dialog.remote_tag.as_str().into(),
            from_tag: dialog.local_tag.as_str().into(),
            early_only: false,
        };
        Some((target, reference))
    }
}

/// Status and phrase of a `message/sipfrag` (RFC 3420) that holds a status line.
fn fragment(notify: &Message) -> Option<(u16, String)> {
    if !notify.has_content_type("message/sipfrag") {
        return None;
    }
    let text = String::from_utf8_lossy(notify.body());
    let rest = text.lines().next()?.trim().strip_prefix("SIP/2.0 ")?;
    let (status, phrase) = rest.split_once(' ').unwrap_or((rest, ""));
    let status = status.parse().ok().filter(|status| (100..=699).contains(status))?;
    Some((status, phrase.trim().chars().take(200).collect()))
}

/// A header value inside a URI (RFC 3261 25.1, `hvalue`).
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 16);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

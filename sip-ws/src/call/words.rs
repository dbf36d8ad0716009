//! What messages say about people, descriptions and ends of calls.

use super::Ctx;
use crate::codec::{HeaderName, Message, NameAddr, Reason};
use crate::endpoint::EndedBy;
use crate::io::{EndCause, Peer};
use crate::sdp::SdpView;
use crate::timers;

/// The session description of a message.
pub(super) fn sdp_of(message: &Message) -> Option<String> {
    if !message.has_content_type("application/sdp") {
        return None;
    }
    String::from_utf8(message.body().to_vec()).ok().filter(|sdp| !sdp.is_empty())
}

/// Who an address is, for people.
pub(crate) fn peer(address: &NameAddr, asserted: bool) -> Peer {
    let uri = address.uri();
    let user = match uri.is_sip() || uri.is_sips() {
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
pub(super) fn asserted(message: &Message) -> Option<Peer> {
    message.p_asserted_identity().ok()?.first().map(|address| peer(address, true))
}

/// Whom a call was for before it was sent on to us: where our own server vouches for the message as it does for its caller, the
/// entry that its history begins with (RFC 7044 9.1), of our own domain, and not one that is to be kept to itself (10.1).
pub(super) fn first_for(ctx: &Ctx<'_>, message: &Message) -> Option<Peer> {
    asserted(message)?;
    let history = message.history_info().ok()?;
    let first = history.iter().find(|entry| entry.param("index") == Some("1"))?;
    let is_private = |values: &str| values.split([',', ';']).any(|value| value.trim().eq_ignore_ascii_case("history"));
    let message_is = message.header_str(HeaderName::Privacy).is_some_and(is_private);
    if message_is || first.uri().header("Privacy").is_some_and(|values| is_private(&values)) {
        return None;
    }
    let uri = first.uri().to_uri().without_headers();
    let ours = uri.is_sip() && uri.user().is_some() && uri.host().eq_ignore_ascii_case(ctx.domain);
    let is_us = crate::codec::Uri::parse(ctx.aor).is_ok_and(|us| us.user_decoded() == uri.user_decoded());
    (ours && !is_us).then(|| peer(&NameAddr::new(first.display_name().as_deref(), &uri), true))
}

/// Whether the profile lets an asserted identity make us act.
pub(super) fn is_trusted(trusted: &[String], who: Option<&Peer>) -> bool {
    let Some(who) = who.filter(|peer| peer.asserted) else { return false };
    let Ok(uri) = crate::codec::Uri::parse(&who.uri) else { return false };
    trusted.iter().any(|entry| match crate::codec::Uri::parse(entry) {
        Ok(address) if entry.contains(':') => address.user() == uri.user() && address.host().eq_ignore_ascii_case(uri.host()),
        Ok(_) | Err(_) => entry.eq_ignore_ascii_case(uri.host()),
    })
}

pub(super) fn rejected(message: &Message) -> EndCause {
    let most = u32::try_from(timers::RETRY_AFTER_MAX / 1_000).unwrap_or(u32::MAX);
    EndCause::Rejected {
        status: message.status().unwrap_or_default(),
        phrase: String::from_utf8_lossy(message.reason()).into_owned(),
        reason: message.reason_header().ok(),
        retry_after: message.retry_after().ok().flatten().map(|seconds| seconds.min(most)),
    }
}

/// Text of the reason for silencing whoever did not answer first.
const ELSEWHERE: &str = "Call completed elsewhere";

fn elsewhere(reason: &Reason) -> bool {
    reason.protocol.eq_ignore_ascii_case("SIP") && reason.cause == Some(200)
}

pub(super) fn ended(cause: EndedBy, message: Option<&Message>) -> EndCause {
    let reason = || message.and_then(|m| m.reason_header().ok());
    // One of each protocol may be there, in any order (RFC 3326 2).
    let says = |which: fn(&Reason) -> bool| message.is_some_and(|m| m.reasons().iter().any(which));
    match cause {
        EndedBy::Local => EndCause::LocalHangUp,
        // Somebody else's answer came first, and ours crossed the CANCEL. By its words, as in RFC 3326 2: a BYE says 200 of other ends too.
        EndedBy::Bye if says(|r| elsewhere(r) && r.text.as_ref().is_some_and(|text| text.eq_ignore_ascii_case(ELSEWHERE))) => {
            EndCause::AnsweredElsewhere
        }
        EndedBy::Bye => EndCause::RemoteHangUp { reason: reason() },
        // RFC 3326 3.1: another fork answered.
        EndedBy::Cancel if says(elsewhere) => EndCause::AnsweredElsewhere,
        EndedBy::Cancel => EndCause::Cancelled,
        EndedBy::NoAck => EndCause::Protocol("no ACK for our answer"),
        // Not that of the message: it is what the BYE got, which leaves in case that only somebody on the way lost the dialog.
        EndedBy::Gone => EndCause::Gone { status: 481 },
        EndedBy::Expired => EndCause::Cancelled,
        EndedBy::SessionExpired => EndCause::Gone { status: 408 },
    }
}

/// The value of the profile's contact header, or else our own idea of the Session-ID.
pub(super) fn named_contact(ctx: &Ctx<'_>, message: &Message) -> Option<String> {
    let value = message.named(ctx.session_header?)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// Whether a body offers video.
pub(crate) fn offers_video(sdp: &str) -> bool {
    SdpView::parse(sdp.as_bytes()).is_ok_and(|view| view.active("video").next().is_some())
}

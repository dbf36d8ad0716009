//! The checks before anything acts on a message (RFC 3261 s8.2, s16.3, s18.1.2): which status refuses it.

use super::error::{HeaderError, Reject};
use super::limits::MAX_LIST;
use super::uri::UriRef;
use super::{HeaderName, Message, Method, Via, scan};

/// Checks everything a transaction, a dialog or a registrar relies on.
///
/// Not checked, because others decide: whether the method, the URI scheme, extensions or media types are supported,
/// and hop counts of 0. Absent Max-Forwards, branch and tags are accepted, as RFC 2543 has none. A broken Date, Expires,
/// Subject or any other header that no machine acts on is left alone.
///
/// # Errors
/// [`Reject`] with the status to answer, or with `None` where the message must be discarded: responses, ACK, and
/// requests whose Via cannot carry an answer.
pub fn validate(message: &Message) -> Result<(), Reject> {
    let verdict = match message.version() {
        (2, 0) => checks(message).map_err(|e| (400, e.problem, Some(e.header))),
        _ => Err((505, "SIP version not supported", None)),
    };
    let verdict = verdict.and_then(|()| match message.uri() {
        Some(uri) => request_uri(uri).map_err(|problem| (400, problem, None)),
        None => Ok(()),
    });
    verdict.map_err(|(status, reason, header)| {
        let answer = message.method().is_some_and(|m| *m != Method::Ack) && message.can_be_answered();
        Reject { status: answer.then_some(status), reason, header }
    })
}

fn request_uri(uri: &str) -> Result<(), &'static str> {
    match UriRef::parse(uri)?.headers() {
        "" => Ok(()),
        _ => Err("headers in the Request-URI"),
    }
}

fn checks(message: &Message) -> Result<(), HeaderError> {
    single_headers(message)?;
    via_stack(message)?;
    message.from()?;
    message.to()?;
    message.call_id()?;
    let cseq = message.cseq()?;
    if message.method().is_some_and(|method| *method != cseq.method) {
        return Err(HeaderError::new(HeaderName::CSeq, "not the method of the request"));
    }
    message.max_forwards()?;
    message.contacts()?;
    message.routes()?;
    message.record_routes()?;
    Ok(())
}

/// A header that may occur once occurs once (RFC 4475 s3.3.8).
fn single_headers(message: &Message) -> Result<(), HeaderError> {
    let mut seen = [false; u8::MAX as usize + 1];
    for (name, ..) in message.headers().filter(|(name, ..)| name.is_single()) {
        if std::mem::replace(&mut seen[name as usize & 0xff], true) {
            return Err(HeaderError::new(name, "occurs more than once"));
        }
    }
    Ok(())
}

fn via_stack(message: &Message) -> Result<(), HeaderError> {
    let mut count = 0;
    for value in message.header_values(HeaderName::Via).flat_map(scan::split_commas) {
        count += 1;
        if count > MAX_LIST {
            return Err(HeaderError::new(HeaderName::Via, "too many values"));
        }
        Via::parse(value).map_err(|problem| HeaderError::new(HeaderName::Via, problem))?;
    }
    if count == 0 { Err(HeaderError::missing(HeaderName::Via)) } else { Ok(()) }
}

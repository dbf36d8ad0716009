//! A proxy between two desks as many edges are: it names the connection in each Contact that passes, stays in the route, and within a
//! dialog knows no other way than that name. Somebody's address of record it finds by their present connection.

use sip_ws::codec::{HeaderName, Message, Method, UriRef};
use sip_ws::io::FlowId;

/// What becomes of a message.
pub enum Pass {
    On(Message),
    Back(Message),
    Nowhere,
}

/// A message that came on flow `here` for whom is reached on flow `there` at present.
pub fn pass(mut message: Message, here: FlowId, there: Option<FlowId>) -> Pass {
    if let Some(contact) = message.header_str(HeaderName::Contact).and_then(|contact| contact.strip_suffix('>')) {
        let named = format!("{contact};flow={}>", here.0);
        message.set(HeaderName::Contact, named);
    }
    if !message.is_request() {
        return Pass::On(message);
    }
    let within = message.to().is_ok_and(|to| to.tag().is_some());
    let named = message.uri().and_then(|uri| UriRef::parse(uri).ok()).and_then(|uri| uri.param("flow").map(str::to_owned));
    let reached = there.is_some_and(|there| !within || named == Some(there.0.to_string()));
    let method = message.method().cloned();
    match (reached, method) {
        (true, Some(Method::Invite)) => {
            message.push(HeaderName::RecordRoute, "<sip:edge.test;lr>");
            Pass::On(message)
        }
        (true, _) => Pass::On(message),
        (false, Some(Method::Ack)) => Pass::Nowhere,
        (false, _) => Pass::Back(message.reply(if within { 477 } else { 480 }, "No Way")),
    }
}

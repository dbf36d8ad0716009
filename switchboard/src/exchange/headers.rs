//! Which headers cross from one leg to the other, and how addresses and Session-IDs are written. Pure.
//!
//! Everything that names a dialog, a route or an identity is made anew for each leg; a short list of headers that only
//! describe the call or the body crosses as it is.

use sip_ws::codec::{HeaderName, Message, NameAddr, SessionId, Uri};
use sip_ws::fragment::PACKAGE;

/// Headers that cross in requests.
const CROSSING: &[HeaderName] = &[
    HeaderName::Subject,
    HeaderName::Priority,
    HeaderName::Organization,
    HeaderName::AcceptLanguage,
    HeaderName::ContentDisposition,
    HeaderName::ContentEncoding,
    HeaderName::ContentLanguage,
    HeaderName::MimeVersion,
    HeaderName::InfoPackage,
    HeaderName::RecvInfo,
    HeaderName::Reason,
    HeaderName::Date,
];

/// Headers that cross in responses.
const CROSSING_BACK: &[HeaderName] = &[
    HeaderName::ContentDisposition,
    HeaderName::ContentEncoding,
    HeaderName::ContentLanguage,
    HeaderName::MimeVersion,
    HeaderName::RecvInfo,
    HeaderName::Reason,
    HeaderName::RetryAfter,
    HeaderName::Warning,
    HeaderName::Accept,
    HeaderName::AcceptEncoding,
];

/// Name and value pairs of those headers of a message that cross.
pub fn crossing(message: &Message) -> Vec<(&'static str, String)> {
    let names = if message.is_request() { CROSSING } else { CROSSING_BACK };
    let values = names
        .iter()
        .flat_map(|name| message.header_values(*name).map(|value| (name.as_str(), String::from_utf8_lossy(value).into_owned())));
    // Candidates pass from side to side: whether it can take them is the other side's to say.
    let trickles = message.has_token(HeaderName::Supported, PACKAGE).then(|| (HeaderName::Supported.as_str(), PACKAGE.to_owned()));
    values.chain(trickles).collect()
}

/// Borrows pairs in the form the endpoint takes.
pub fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// `"Display" <sip:user@domain>`; text only ever quoted, so a name cannot become another address.
pub fn address(display: &str, user: &str, domain: &str) -> String {
    let Ok(uri) = Uri::sip(Some(user), domain) else { return format!("<sip:{domain}>") };
    let display = (!display.is_empty()).then_some(display);
    NameAddr::new(display, &uri).as_str().to_owned()
}

/// A Session-ID value with both halves.
pub fn session_id(local: &str, remote: Option<&str>) -> String {
    format!("{local};remote={}", remote.unwrap_or(SessionId::NIL))
}

/// The sender's half of a Session-ID, if it is a usable one.
pub fn sender_half(message: &Message) -> Option<String> {
    let id = message.session_id().ok()?;
    (&*id.local != SessionId::NIL).then(|| id.local.to_string())
}

/// A status for the caller when a phone refused: nothing that would make a client challenge, redirect or forget its dialog.
pub fn outward(status: u16) -> (u16, &'static str) {
    match status {
        486 => (486, "Busy here"),
        600 => (600, "Busy everywhere"),
        603 => (603, "Declined"),
        488 | 606 => (488, "Not acceptable here"),
        415 => (415, "Unsupported media type"),
        487 => (487, "Request terminated"),
        500..=599 => (500, "The other side failed"),
        _ => (480, "Temporarily unavailable"),
    }
}

/// Order of refusals: the one a caller learns most from wins.
pub fn rank(status: u16) -> u16 {
    match status {
        600..=699 => 0,
        486 => 1,
        488 | 415 => 2,
        480 => 3,
        400..=499 => 4,
        _ => 5,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;
    use sip_ws::codec::Method;

    #[test]
    fn a_display_name_stays_a_name() {
        let value = address("Ann\" <sip:boss@x>\r\nX: 1", "ann", "portico.test");
        let read = NameAddr::parse(value.as_bytes()).unwrap();
        assert_eq!(read.uri().as_str(), "sip:ann@portico.test");
        assert!(!value.contains(['\r', '\n']), "{value}");
    }

    #[test]
    fn only_describing_headers_cross() {
        let mut invite = Message::request(Method::Invite, "sip:bob@portico.test");
        for (name, value) in [
            ("Subject", "door"),
            ("P-Asserted-Identity", "<sip:boss@x>"),
            ("Route", "<sip:evil>"),
            ("Alert-Info", "<http://127.0.0.1/>"),
            ("Answer-Mode", "Auto"),
            ("Supported", "timer, 100rel"),
        ] {
            invite.push_named(name, value);
        }
        assert_eq!(crossing(&invite), vec![("Subject", "door".to_owned())]);
        invite.push_named("Supported", "replaces, trickle-ice");
        assert_eq!(crossing(&invite)[1..], [("Supported", "trickle-ice".to_owned())]);
    }

    #[test]
    fn a_refusal_never_ends_or_challenges_the_callers_client() {
        for status in 300..700 {
            assert!(![401, 407, 408, 481].contains(&outward(status).0) && outward(status).0 >= 400, "{status}");
        }
    }
}

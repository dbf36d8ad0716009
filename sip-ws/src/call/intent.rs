//! Callers that want to be answered without the user, in every form that telephone systems use.

use crate::codec::{HeaderName, Message, UriRef};
use crate::io::AnswerIntent;

/// Longest ringing that is asked for; more is no auto-answer.
const MAX_AFTER: u32 = 600;

/// What an INVITE asks for, whoever sends it. A number of seconds wins over forms without one.
pub(super) fn of(invite: &Message) -> Option<AnswerIntent> {
    let privileged = is_auto(invite, HeaderName::PrivAnswerMode);
    let seconds = header_seconds(invite, HeaderName::CallInfo).or_else(|| header_seconds(invite, HeaderName::AlertInfo));
    if let Some(after) = seconds {
        return (after <= MAX_AFTER).then_some(AnswerIntent { after, privileged });
    }
    let by_word = invite.header_values(HeaderName::AlertInfo).any(|value| alert_word(&String::from_utf8_lossy(value)));
    let intercom = invite
        .uri()
        .and_then(|uri| UriRef::parse(uri).ok())
        .is_some_and(|uri| uri.param("intercom").is_some_and(|value| value.eq_ignore_ascii_case("true")));
    let wanted = privileged || is_auto(invite, HeaderName::AnswerMode) || by_word || intercom;
    wanted.then_some(AnswerIntent { after: 0, privileged })
}

/// RFC 5373 4.3: the caller wants a refusal rather than a ring.
pub(super) fn insists(invite: &Message) -> bool {
    [HeaderName::AnswerMode, HeaderName::PrivAnswerMode]
        .into_iter()
        .flat_map(|name| invite.header_values(name))
        .any(|value| mode(value).is_some_and(|(word, require)| word.eq_ignore_ascii_case("auto") && require))
}

fn is_auto(invite: &Message, name: HeaderName) -> bool {
    invite.header(name).and_then(mode).is_some_and(|(word, _)| word.eq_ignore_ascii_case("auto"))
}

/// `Auto;require`.
fn mode(value: &[u8]) -> Option<(&str, bool)> {
    let text = std::str::from_utf8(value).ok()?;
    let (word, params) = text.split_once(';').unwrap_or((text, ""));
    let require = params.split(';').any(|param| param.trim().eq_ignore_ascii_case("require"));
    Some((word.trim(), require))
}

/// `answer-after=N` behind a URI or without one, or `info=alert-autoanswer` with its `delay`.
fn header_seconds(invite: &Message, name: HeaderName) -> Option<u32> {
    invite.header_values(name).find_map(|value| {
        let text = String::from_utf8_lossy(value).into_owned();
        let params = text.split_once('>').map_or(text.as_str(), |(_, behind)| behind);
        let param = |wanted: &str| {
            let mut found = params.split([';', ',']).filter_map(|param| {
                let (name, value) = param.split_once('=')?;
                name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"').to_owned())
            });
            found.next()
        };
        if let Some(after) = param("answer-after").and_then(|value| value.parse().ok()) {
            return Some(after);
        }
        let auto = param("info").is_some_and(|info| info.eq_ignore_ascii_case("alert-autoanswer"));
        auto.then(|| param("delay").and_then(|value| value.parse().ok()).unwrap_or(0))
    })
}

/// The words that systems put into Alert-Info: alone, in quotes, behind `info=`, or in place of a URI. Any other Alert-Info only
/// chooses a ring.
fn alert_word(value: &str) -> bool {
    const WORDS: [&str; 5] = ["auto answer", "auto-answer", "ring answer", "ring-answer", "intercom"];
    value.split(['<', '>', ';', ',']).any(|part| {
        let part = part.trim().to_ascii_lowercase();
        let part = part.strip_prefix("info=").unwrap_or(&part).trim_matches('"');
        WORDS.contains(&part.strip_prefix("http://").unwrap_or(part).trim())
    })
}

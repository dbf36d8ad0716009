//! Values and their stand-ins; frames and descriptions in which only stand-ins are left.

use std::collections::BTreeMap;

use super::words::{is_attribute, is_word};
use crate::codec::fragment::CONTENT_TYPE;
use crate::codec::{HeaderName, Message};

/// Digits that a small number has: a port, a status, a format. Where a number may be somebody's, no digit is kept.
const SMALL: usize = 5;
/// Digits that a number of the protocol itself has.
const LARGE: usize = 10;

/// Values that are remembered at most: a desk of a few hundred calls a day is recorded for weeks. What has not come up for longest is
/// forgotten first, and is another value should it come up again; whatever a call names lives as long as the call is heard of.
const MAX_NAMES: usize = 8_192;

/// Shape of what must stay a number: the id of a description (RFC 8866 section 5.2).
const NUMBER: char = 'd';

/// A number that must stay one is another thing than the same digits in a name.
fn key(value: &str, number: bool) -> String {
    if number { format!("#{value}") } else { value.to_owned() }
}

/// A name that stands for a value.
#[derive(Debug)]
struct Name {
    text: String,
    /// When it last came up.
    turn: u64,
}

/// Values and the names that stand for them, numbered in the order in which they appeared.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_value: BTreeMap<String, Name>,
    by_name: BTreeMap<String, String>,
    /// Names that were ever given.
    given: usize,
    turn: u64,
}

impl Names {
    /// The stand-in of a value. Its last letter says what the value looks like: nothing that random values look like by chance.
    pub(super) fn of(&mut self, value: &str) -> String {
        let hex = |value: &str| value.bytes().all(|byte| byte.is_ascii_hexdigit());
        let shape = match value {
            _ if value.starts_with("z9hG4bK") => 'b',
            _ if value.ends_with(".invalid") => 'i',
            _ if value.len() == 32 && hex(value) => 's',
            _ if value.contains(':') && value.bytes().all(|byte| byte == b':' || byte.is_ascii_hexdigit()) => 'f',
            _ if value.len() >= 20 => 'l',
            _ => 'x',
        };
        self.with_shape(value, shape)
    }

    fn with_shape(&mut self, value: &str, shape: char) -> String {
        if let Some(name) = self.known(&key(value, shape == NUMBER)) {
            return name;
        }
        let name = format!("zz{}{shape}", self.given + 1);
        self.note(&name, value);
        name
    }

    /// The name of a value, which comes up once more.
    fn known(&mut self, key: &str) -> Option<String> {
        self.turn += 1;
        let name = self.by_value.get_mut(key)?;
        name.turn = self.turn;
        Some(name.text.clone())
    }

    fn note(&mut self, name: &str, value: &str) {
        if self.by_value.len() >= MAX_NAMES {
            self.forget_half();
        }
        self.given += 1;
        self.by_value.insert(key(value, name.ends_with(NUMBER)), Name { text: name.to_owned(), turn: self.turn });
        self.by_name.insert(name.to_owned(), value.to_owned());
    }

    /// What has not come up for longest goes. A player forgets the same at the same line, since there the same values come up in turn.
    fn forget_half(&mut self) {
        let mut turns: Vec<u64> = self.by_value.values().map(|name| name.turn).collect();
        let half = turns.len() / 2;
        let (_, &mut oldest, _) = turns.select_nth_unstable(half);
        let by_name = &mut self.by_name;
        self.by_value.retain(|_, name| {
            let stays = name.turn >= oldest;
            if !stays {
                by_name.remove(&name.text);
            }
            stays
        });
    }

    /// A text with values for its stand-ins: the known ones, and for others one of the same look. `None`: one comes out of turn.
    pub(super) fn fill(&mut self, text: &str) -> Option<String> {
        let mut filled = String::with_capacity(text.len() * 2);
        let mut rest = text;
        while let Some(at) = rest.find("zz") {
            let digits = rest[at + 2..].bytes().take_while(u8::is_ascii_digit).count();
            let end = at + 2 + digits;
            let Some(shape) = rest[end..].chars().next().filter(|shape| digits > 0 && shape.is_ascii_lowercase()) else {
                filled.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            };
            let name = &rest[at..end + 1];
            filled.push_str(&rest[..at]);
            if let Some(value) = self.by_name.get(name) {
                let key = key(value, shape == NUMBER);
                self.known(&key);
            } else {
                let number: usize = rest[at + 2..end].parse().ok()?;
                if number != self.given + 1 {
                    return None;
                }
                let value = match shape {
                    'b' => format!("z9hG4bK{name}"),
                    'i' => format!("{name}.invalid"),
                    's' => format!("{:032x}", 0xabcd_0000_0000_u64 + number as u64),
                    NUMBER => format!("9{number:08}"),
                    'f' => format!("AB:CD:{:02X}:{:02X}", number / 256 % 256, number % 256),
                    'l' => format!("{name}{}", "y".repeat(24)),
                    _ => name.to_owned(),
                };
                self.turn += 1;
                self.note(name, &value);
            }
            filled.push_str(&self.by_name[name]);
            rest = &rest[end + 1..];
        }
        filled.push_str(rest);
        Some(filled)
    }

    /// Text of a header: words of the protocol, small numbers where they are parameters, and stand-ins for all the rest.
    pub(super) fn scrub(&mut self, value: &str) -> String {
        let is_token = |c: char| c.is_alphanumeric() || "-_.!~*'%+".contains(c) || !c.is_ascii();
        let mut out = String::with_capacity(value.len());
        let (mut before, mut separator) = (String::new(), ' ');
        let mut rest = value;
        while let Some(first) = rest.chars().next() {
            if first == '[' && rest.contains(']') {
                // An IPv6 address.
                let end = rest.find(']').unwrap_or_default() + 1;
                let address = rest[..end].to_owned();
                out.push_str(&self.of(&address));
                (before, separator) = (address, ']');
                rest = &rest[end..];
                continue;
            }
            if !is_token(first) {
                // `$` is no token, so that a line that is read again comes out as it is.
                out.push(if " <>@:;=,?&\"/".contains(first) { first } else { '$' });
                separator = first;
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let end = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
            let token = &rest[..end];
            let is_number = token.len() <= SMALL && token.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let is_scheme = matches!(before.as_str(), "tel" | "sip" | "sips");
            let is_plain = match separator {
                // A port, or what a known parameter says.
                ':' => is_number && !is_scheme && !before.is_empty(),
                '=' => is_number && is_word(&before),
                _ => false,
            };
            let is_user = rest[end..].starts_with('@');
            if !is_user && (is_plain || is_word(token)) {
                out.push_str(token);
            } else {
                out.push_str(&self.of(token));
            }
            token.clone_into(&mut before);
            rest = &rest[end..];
        }
        out
    }

    /// A message in one line, `|` between its lines.
    pub(super) fn frame(&mut self, bytes: &[u8]) -> String {
        let Ok(message) = Message::parse(bytes) else { return "?".to_owned() };
        let mut out = match (message.method(), message.status()) {
            (Some(method), _) => format!("{} {} SIP/2.0", plain(method.as_str()), self.scrub(message.uri().unwrap_or_default())),
            (None, status) => format!("SIP/2.0 {} -", status.unwrap_or_default()),
        };
        for (name, _, value) in message.headers() {
            let value = String::from_utf8_lossy(value);
            let value = match keep(name) {
                Keep::Nothing => continue,
                Keep::Plain => plain(value.trim()),
                Keep::Scrubbed => self.scrub(value.trim()),
            };
            out.push('|');
            out.push_str(name.as_str());
            out.push_str(": ");
            out.push_str(&value);
        }
        out.push_str("||");
        let body = String::from_utf8_lossy(message.body());
        if message.has_content_type("application/sdp") || message.has_content_type(CONTENT_TYPE) {
            out.push_str(&self.description(&body));
        } else if message.has_content_type("message/sipfrag") {
            let status: String = body.chars().skip("SIP/2.0 ".len()).take_while(char::is_ascii_digit).collect();
            out.push_str(&format!("SIP/2.0 {status} -"));
        } else if message.has_content_type("application/dtmf-relay") {
            // A digit may be one of a secret number.
            out.push_str("Signal=0|Duration=160");
        } else if message.has_content_type("application/dtmf") {
            out.push('0');
        }
        out
    }

    /// How many candidates there are counts, and which are the same; addresses do not.
    pub(super) fn candidate(&mut self, text: &str) -> String {
        if text.is_empty() {
            return "-".to_owned();
        }
        let words: Vec<&str> = text.trim_start_matches("candidate:").split(' ').collect();
        let [foundation, priority, address] = [0, 3, 4].map(|at| self.of(words.get(at).copied().unwrap_or_default()));
        format!("candidate:{foundation} 1 udp {priority} {address} 9 typ host")
    }

    /// A description in one line: what it offers, and none of its addresses and keys.
    pub(super) fn description(&mut self, sdp: &str) -> String {
        let mut out = String::new();
        for line in sdp.lines() {
            let kept = match line.split_once('=') {
                Some(("v" | "t" | "m" | "b", value)) => Some(plain(value)),
                Some(("s", _)) => Some("-".to_owned()),
                Some(("c", _)) => Some("IN IP4 0.0.0.0".to_owned()),
                Some(("o", value)) => {
                    let mut fields = value.split(' ').skip(1);
                    let (id, version) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
                    Some(format!("- {} {} IN IP4 0.0.0.0", self.with_shape(id, NUMBER), plain(version)))
                }
                Some(("a", value)) => match value.split_once(':').unwrap_or((value, "")) {
                    (name, _) if is_attribute(name) => Some(plain(value)),
                    ("candidate", _) => Some(self.candidate(value)),
                    (name @ ("ice-ufrag" | "ice-pwd"), value) => Some(format!("{name}:{}", self.of(value))),
                    ("fingerprint", value) => {
                        let (kind, print) = value.split_once(' ').unwrap_or((value, ""));
                        Some(format!("fingerprint:{} {}", plain(kind), self.of(print)))
                    }
                    _ => None,
                },
                _ => None,
            };
            if let Some(kept) = kept {
                out.push_str(&line[..1]);
                out.push('=');
                out.push_str(&kept);
                out.push('|');
            }
        }
        out
    }
}

/// What becomes of a header.
enum Keep {
    Nothing,
    Plain,
    Scrubbed,
}

fn keep(name: HeaderName) -> Keep {
    use HeaderName as H;
    match name {
        H::CSeq | H::MaxForwards | H::Expires | H::MinExpires | H::SessionExpires | H::MinSe | H::RetryAfter | H::RSeq | H::RAck => {
            Keep::Plain
        }
        H::Supported | H::Require | H::Unsupported | H::Allow | H::Accept | H::ContentType | H::Event | H::SubscriptionState => Keep::Plain,
        H::InfoPackage | H::RecvInfo | H::FlowTimer | H::Supervision | H::QueuePlace | H::AnswerMode | H::PrivAnswerMode | H::ReferSub => {
            Keep::Plain
        }
        H::Via | H::From | H::To | H::CallId | H::Contact | H::Route | H::RecordRoute | H::ServiceRoute | H::Path => Keep::Scrubbed,
        H::ReferTo | H::ReferredBy | H::Replaces | H::Join | H::TargetDialog | H::SessionId | H::PAssertedIdentity => Keep::Scrubbed,
        H::WwwAuthenticate | H::ProxyAuthenticate | H::Authorization | H::ProxyAuthorization | H::AuthenticationInfo => Keep::Scrubbed,
        H::Reason | H::HistoryInfo => Keep::Scrubbed,
        _ => Keep::Nothing,
    }
}

/// Text that is kept: the first characters of it that the protocol itself uses, without long numbers.
fn plain(value: &str) -> String {
    let kept: String = value.chars().take_while(|c| c.is_ascii_alphanumeric() || " ,;:=./*-+_".contains(*c)).take(300).collect();
    let is_long = |word: &str| word.len() > LARGE && word.bytes().any(|byte| byte.is_ascii_digit());
    let mut out = String::with_capacity(kept.len());
    for word in kept.split_inclusive([' ', ',', ';', ':', '=', '/']) {
        if !is_long(word.trim_end_matches([' ', ',', ';', ':', '=', '/'])) {
            out.push_str(word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_come_up_no_more_are_forgotten_by_who_writes_and_who_plays_alike() {
        let (mut writer, mut player) = (Names::default(), Names::default());
        let mut play = |name: &str| {
            let value = player.fill(name).expect("in turn");
            // What is said of it has the same name.
            assert_eq!((player.of(&value), player.by_value.len() <= MAX_NAMES), (name.to_owned(), true));
        };
        for call in 0..3 * MAX_NAMES {
            let ada = writer.of("ada");
            assert_eq!(ada, "zz1x", "whoever is heard of keeps the name");
            let name = writer.of(&format!("z9hG4bK{call}"));
            assert_eq!(name, format!("zz{}b", call + 2), "no name is given twice");
            assert!(writer.by_value.len() <= MAX_NAMES && writer.by_name.len() <= MAX_NAMES);
            play(&ada);
            play(&name);
        }
        let again = writer.of("z9hG4bK0");
        assert_eq!(again, format!("zz{}b", 3 * MAX_NAMES + 2), "forgotten, and another value since");
        play(&again);
        let late = format!("z9hG4bK{}", 3 * MAX_NAMES - 1);
        assert_eq!(writer.of(&late), format!("zz{}b", 3 * MAX_NAMES + 1), "not forgotten");
    }
}

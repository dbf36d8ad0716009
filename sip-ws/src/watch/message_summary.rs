//! `application/simple-message-summary` (RFC 3842): messages that wait.

use super::body_is;
use crate::codec::Message;

/// Kinds of messages that are read; further lines are left out.
pub const MAX_CLASSES: usize = 16;

/// What waits in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSummary {
    /// Whether anything waits at all.
    pub waiting: bool,
    /// Where to call to hear them.
    pub account: Option<String>,
    /// Numbers, where they are told.
    pub counts: Vec<MessageCount>,
}

/// How many messages of one kind there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageCount {
    /// `voice-message`, `fax-message`, …, in lower case.
    pub class: String,
    /// Not yet heard.
    pub new: u32,
    /// Heard.
    pub old: u32,
    /// Urgent ones among both, where they are told: new and old.
    pub urgent: Option<(u32, u32)>,
}

/// 5.2: reads the body of a NOTIFY.
pub(super) fn read(notify: &Message) -> Result<MessageSummary, &'static str> {
    body_is(notify, "application/simple-message-summary")?;
    let text = std::str::from_utf8(notify.body()).map_err(|_| "not UTF-8")?;
    let mut summary: Option<MessageSummary> = None;
    // An empty line ends what is defined; what follows is about single messages.
    for line in text.lines().take_while(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once(':').ok_or("a line without a colon")?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        match (&mut summary, name.as_str()) {
            (None, "messages-waiting") => {
                let waiting = match value.to_ascii_lowercase().as_str() {
                    "yes" => true,
                    "no" => false,
                    _ => return Err("neither yes nor no"),
                };
                summary = Some(MessageSummary { waiting, account: None, counts: Vec::new() });
            }
            (None, _) => return Err("does not begin with Messages-Waiting"),
            (Some(summary), "message-account") => summary.account = Some(value.to_owned()),
            (Some(summary), class) => {
                if let Some(count) = count(class, value).filter(|_| summary.counts.len() < MAX_CLASSES) {
                    summary.counts.push(count);
                }
            }
        }
    }
    summary.ok_or("empty")
}

/// `2/8 (0/2)`.
fn count(class: &str, value: &str) -> Option<MessageCount> {
    let (plain, urgent) = match value.split_once('(') {
        Some((plain, urgent)) => (plain, Some(pair(urgent.trim().strip_suffix(')')?)?)),
        None => (value, None),
    };
    let (new, old) = pair(plain)?;
    Some(MessageCount { class: class.to_owned(), new, old, urgent })
}

fn pair(text: &str) -> Option<(u32, u32)> {
    let (new, old) = text.trim().split_once('/')?;
    Some((new.trim().parse().ok()?, old.trim().parse().ok()?))
}

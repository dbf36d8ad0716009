//! `application/pidf+xml` (RFC 3863): whether somebody can be reached.

use super::body_is;
use super::xml::Element;
use crate::codec::Message;

const SPACE: &str = "urn:ietf:params:xml:ns:pidf";

/// What is known of somebody's presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Whose it is (`pres:` or `sip:` URI).
    pub entity: String,
    /// Ways to reach the person.
    pub tuples: Vec<PresenceTuple>,
    /// Notes about the person; hostile text is possible.
    pub notes: Vec<String>,
}

impl Presence {
    /// Whether any way to reach the person is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.tuples.iter().any(|tuple| tuple.open == Some(true))
    }
}

/// One way to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceTuple {
    /// Its name within the document.
    pub id: String,
    /// Open or closed; `None`: not said.
    pub open: Option<bool>,
    /// Where.
    pub contact: Option<String>,
    /// Notes about it.
    pub notes: Vec<String>,
    /// When it changed (RFC 3339 text).
    pub timestamp: Option<String>,
}

/// Reads the body of a NOTIFY.
pub(super) fn read(notify: &Message) -> Result<Presence, &'static str> {
    body_is(notify, "application/pidf+xml")?;
    let root = Element::parse(notify.body())?;
    if !root.is(SPACE, "presence") {
        return Err("not a presence document");
    }
    Ok(Presence {
        entity: root.owned("entity").ok_or("no entity")?,
        tuples: root.each("tuple").map(tuple).collect::<Result<_, _>>()?,
        notes: notes(&root),
    })
}

fn tuple(element: &Element) -> Result<PresenceTuple, &'static str> {
    let status = element.child("status").ok_or("tuple without status")?;
    Ok(PresenceTuple {
        id: element.owned("id").ok_or("tuple without id")?,
        open: match status.child("basic").and_then(Element::text) {
            Some("open") => Some(true),
            Some("closed") => Some(false),
            Some(_) => return Err("neither open nor closed"),
            None => None,
        },
        contact: element.text_of("contact"),
        notes: notes(element),
        timestamp: element.text_of("timestamp"),
    })
}

fn notes(element: &Element) -> Vec<String> {
    element.each("note").filter_map(|note| note.text().map(str::to_owned)).collect()
}

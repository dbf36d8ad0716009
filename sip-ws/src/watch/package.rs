//! Event packages: their names, what they accept, and how their notifications become documents.

use super::{Conference, DialogInfo, Merged, MessageSummary, Presence, conference, dialog_info, message_summary, pidf};
use crate::codec::Message;
use crate::endpoint::Body;

/// What is watched about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Package {
    /// Calls (RFC 4235).
    Dialog,
    /// Waiting messages (RFC 3842).
    MessageSummary,
    /// Presence (RFC 3856, 3863).
    Presence,
    /// A conference (RFC 4575).
    Conference,
    /// Another package, whose bodies are handed over as they come.
    Other {
        /// Value of Event.
        event: String,
        /// Value of Accept.
        accept: String,
    },
}

impl Package {
    /// Value of Event.
    #[must_use]
    pub fn event(&self) -> &str {
        match self {
            Self::Dialog => "dialog",
            Self::MessageSummary => "message-summary",
            Self::Presence => "presence",
            Self::Conference => "conference",
            Self::Other { event, .. } => event,
        }
    }

    /// Content type of its bodies.
    #[must_use]
    pub fn accept(&self) -> &str {
        match self {
            Self::Dialog => "application/dialog-info+xml",
            Self::MessageSummary => "application/simple-message-summary",
            Self::Presence => "application/pidf+xml",
            Self::Conference => "application/conference-info+xml",
            Self::Other { accept, .. } => accept,
        }
    }
}

/// State of what is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// Calls of a person.
    Dialogs(DialogInfo),
    /// What waits in a mailbox.
    Messages(MessageSummary),
    /// Presence of a person.
    Presence(Presence),
    /// Who is in a conference.
    Conference(Conference),
    /// Of another package.
    Other(Body),
}

impl Document {
    /// The state that one notification tells by itself; `None`: it only tells changes.
    ///
    /// # Errors
    /// A constant text that says why the body cannot be read.
    pub fn read(package: &Package, notify: &Message) -> Result<Option<Self>, &'static str> {
        Ok(match Board::new(package).apply(notify)? {
            Merged::New(document) => Some(document),
            Merged::Old | Merged::Gap => None,
        })
    }
}

/// What is known so far, by package.
#[derive(Debug)]
pub(super) enum Board {
    Dialog(dialog_info::Board),
    MessageSummary,
    Presence,
    Conference(conference::Board),
    Other,
}

impl Board {
    pub(super) fn new(package: &Package) -> Self {
        match package {
            Package::Dialog => Self::Dialog(dialog_info::Board::default()),
            Package::MessageSummary => Self::MessageSummary,
            Package::Presence => Self::Presence,
            Package::Conference => Self::Conference(conference::Board::default()),
            Package::Other { .. } => Self::Other,
        }
    }

    pub(super) fn apply(&mut self, notify: &Message) -> Result<Merged<Document>, &'static str> {
        Ok(match self {
            Self::Dialog(board) => board.apply(notify)?.map(Document::Dialogs),
            Self::MessageSummary => Merged::New(Document::Messages(message_summary::read(notify)?)),
            Self::Presence => Merged::New(Document::Presence(pidf::read(notify)?)),
            Self::Conference(board) => board.apply(notify)?.map(Document::Conference),
            Self::Other => Merged::New(Document::Other(Body::of(notify).ok_or("empty")?)),
        })
    }
}

impl<T> Merged<T> {
    fn map<U>(self, f: impl FnOnce(T) -> U) -> Merged<U> {
        match self {
            Self::New(state) => Merged::New(f(state)),
            Self::Old => Merged::Old,
            Self::Gap => Merged::Gap,
        }
    }
}

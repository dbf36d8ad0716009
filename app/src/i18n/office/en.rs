//! English.

use super::Word;

/// The English sentence of a word.
pub(super) fn text(word: Word) -> &'static str {
    match word {
        Word::Office => "Office",
        Word::Overview => "Overview",
        Word::ToOverview => "Go to the overview",
        Word::NotYours => "This page is not for you",
        Word::NotYoursText => "Your roles do not include it. An administrator can change that.",
        Word::SignOutFailed => "Signing out did not reach the server: you are still signed in. Try again.",
        Word::You => "You",
        Word::Name => "Name",
        Word::Tenant => "Organisation",
        Word::Roles => "Roles",
        Word::Sites => "Sites",
        Word::NoSites => "The whole organisation",
        Word::SignedInUntil => "Signed in until",
        Word::Agent => "Agent",
        Word::Concierge => "Concierge",
        Word::Supervisor => "Supervisor",
        Word::Viewer => "Viewer",
        Word::Administrator => "Administrator",
        Word::OtherRole => "A role of a later version",
    }
}

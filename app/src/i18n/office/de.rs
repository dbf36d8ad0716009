//! German.

use super::Word;

/// The German sentence of a word.
pub(super) fn text(word: Word) -> &'static str {
    match word {
        Word::Office => "Büro",
        Word::Overview => "Übersicht",
        Word::ToOverview => "Zur Übersicht",
        Word::NotYours => "Diese Seite ist nicht für Sie",
        Word::NotYoursText => "Ihre Rollen schließen sie nicht ein. Das kann die Administration ändern.",
        Word::SignOutFailed => "Das Abmelden hat den Server nicht erreicht: Sie sind noch angemeldet. Bitte erneut versuchen.",
        Word::You => "Sie",
        Word::Name => "Name",
        Word::Tenant => "Organisation",
        Word::Roles => "Rollen",
        Word::Sites => "Standorte",
        Word::NoSites => "Die ganze Organisation",
        Word::SignedInUntil => "Angemeldet bis",
        Word::Agent => "Agent",
        Word::Concierge => "Empfang",
        Word::Supervisor => "Leitung",
        Word::Viewer => "Betrachter",
        Word::Administrator => "Administration",
        Word::OtherRole => "Eine Rolle einer späteren Version",
    }
}

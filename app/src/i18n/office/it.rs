//! Italian.

use super::Word;

/// The Italian sentence of a word.
pub(super) fn text(word: Word) -> &'static str {
    match word {
        Word::Office => "Ufficio",
        Word::Overview => "Panoramica",
        Word::ToOverview => "Vai alla panoramica",
        Word::NotYours => "Questa pagina non è per te",
        Word::NotYoursText => "I tuoi ruoli non la comprendono. Un amministratore può cambiarlo.",
        Word::SignOutFailed => "L’uscita non è arrivata al server: la sessione è ancora aperta. Riprova.",
        Word::You => "Tu",
        Word::Name => "Nome",
        Word::Tenant => "Organizzazione",
        Word::Roles => "Ruoli",
        Word::Sites => "Sedi",
        Word::NoSites => "Tutta l’organizzazione",
        Word::SignedInUntil => "Sessione aperta fino a",
        Word::Agent => "Agente",
        Word::Concierge => "Portineria",
        Word::Supervisor => "Supervisore",
        Word::Viewer => "Osservatore",
        Word::Administrator => "Amministratore",
        Word::OtherRole => "Un ruolo di una versione successiva",
    }
}

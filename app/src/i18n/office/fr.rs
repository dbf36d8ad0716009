//! French.

use super::Word;

/// The French sentence of a word.
pub(super) fn text(word: Word) -> &'static str {
    match word {
        Word::Office => "Bureau",
        Word::Overview => "Aperçu",
        Word::ToOverview => "Aller à l’aperçu",
        Word::NotYours => "Cette page n’est pas pour vous",
        Word::NotYoursText => "Vos rôles ne la comprennent pas. Un administrateur peut le changer.",
        Word::SignOutFailed => "La déconnexion n’a pas atteint le serveur : vous êtes encore connecté. Réessayez.",
        Word::You => "Vous",
        Word::Name => "Nom",
        Word::Tenant => "Organisation",
        Word::Roles => "Rôles",
        Word::Sites => "Sites",
        Word::NoSites => "Toute l’organisation",
        Word::SignedInUntil => "Connecté jusqu’à",
        Word::Agent => "Agent",
        Word::Concierge => "Concierge",
        Word::Supervisor => "Superviseur",
        Word::Viewer => "Lecteur",
        Word::Administrator => "Administrateur",
        Word::OtherRole => "Un rôle d’une version ultérieure",
    }
}

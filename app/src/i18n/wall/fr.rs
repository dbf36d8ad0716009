//! French.

use super::WallWord;
use crate::i18n::table::table;

table!(super::word::ALL);

/// The French sentence of a word.
const fn text(word: WallWord) -> &'static str {
    match word {
        WallWord::Unreached => "Le serveur n’est pas encore joignable. Nouvel essai…",
        WallWord::FullScreen => "Plein écran",
        WallWord::Ended => "Ce lien a pris fin",
        WallWord::EndedText => {
            "Il a été révoqué ou son temps est écoulé. Demandez un nouveau lien à la supervision (Bureau, Écrans) et ouvrez-le ici."
        }
    }
}

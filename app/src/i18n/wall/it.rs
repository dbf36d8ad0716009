//! Italian.

use super::WallWord;
use crate::i18n::table::table;

table!(super::word::ALL);

/// The Italian sentence of a word.
const fn text(word: WallWord) -> &'static str {
    match word {
        WallWord::Unreached => "Il server non è ancora raggiungibile. Nuovo tentativo…",
        WallWord::FullScreen => "Schermo intero",
        WallWord::Ended => "Questo link è scaduto",
        WallWord::EndedText => {
            "È stato revocato o il suo tempo è finito. Chiedi un nuovo link alla supervisione (Ufficio, Schermi) e aprilo qui."
        }
    }
}

//! German.

use super::WallWord;
use crate::i18n::table::table;

table!(super::word::ALL);

/// The German sentence of a word.
const fn text(word: WallWord) -> &'static str {
    match word {
        WallWord::Unreached => "Der Server ist noch nicht erreichbar. Neuer Versuch…",
        WallWord::FullScreen => "Ganzer Bildschirm",
        WallWord::Ended => "Dieser Link ist abgelaufen",
        WallWord::EndedText => {
            "Er wurde widerrufen, oder seine Zeit ist um. Einen neuen Link gibt die Leitung (Büro, Bildschirme); er wird hier geöffnet."
        }
    }
}

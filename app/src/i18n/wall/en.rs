//! English.

use super::WallWord;
use crate::i18n::table::table;

table!(super::word::ALL);

/// The English sentence of a word.
const fn text(word: WallWord) -> &'static str {
    match word {
        WallWord::Unreached => "The server is not reached yet. Trying again…",
        WallWord::FullScreen => "Full screen",
        WallWord::Ended => "This link has ended",
        WallWord::EndedText => "It was revoked, or its time is over. Ask a supervisor for a new link (Office, Screens) and open it here.",
    }
}

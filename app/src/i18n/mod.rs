//! Words: one key per sentence, one table per language, checked by the compiler. Numbers and dates are formatted by
//! the browser (`store::Formats`), never here.

mod de;
mod en;
mod fr;
mod it;
mod key;
mod office;
mod table;
mod wall;

use leptos::prelude::*;

pub use key::Key;
pub use office::Word;
pub use wall::WallWord;

use crate::desk::settings::Language;
use crate::store::reader;

/// A key of one of the tables.
pub trait Sentence: Copy + Send + Sync + 'static {
    /// The sentence in one language.
    fn text(self, language: Language) -> &'static str;
}

table::sentences!(Key);

/// Name of a language in that language, for the chooser.
pub fn own_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::Fr => "Français",
        Language::It => "Italiano",
        Language::De => "Deutsch",
    }
}

/// Puts values into the `{name}` marks of a sentence. Values may come from a peer: a right-to-left one is
/// wrapped in Unicode isolates, so that it cannot reorder the sentence around it.
pub fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        let mark = &rest[open + 1..open + length];
        filled.push_str(&rest[..open]);
        if let Some((_, value)) = values.iter().find(|(name, _)| *name == mark) {
            push_isolated(&mut filled, value);
        }
        rest = &rest[open + length + 1..];
    }
    filled.push_str(rest);
    filled
}

/// Left-to-right text is added as it is; text that could turn the direction around gets isolates and loses direction
/// marks of its own, which could end them early.
fn push_isolated(filled: &mut String, value: &str) {
    let turns = value.chars().any(|c| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{200e}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fb1d}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    });
    if turns {
        filled.push('\u{2068}');
    }
    filled.extend(value.chars().filter(|c| !matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')));
    if turns {
        filled.push('\u{2069}');
    }
}

/// The words of the page in the language in use. In context; a component takes it in its body.
#[derive(Clone, Copy)]
pub struct I18n(Signal<Language>);

impl I18n {
    /// For the root: words follow `language`.
    pub fn new(language: Signal<Language>) -> I18n {
        I18n(language)
    }

    /// The words of this page, with a reader of its own for each component: every text reads the language, and what a text that changes
    /// reads is a list that it leaves and enters again.
    pub fn use_context() -> I18n {
        let I18n(page) = expect_context::<I18n>();
        I18n(reader(move || page.get()).into())
    }

    /// The language in use; tracks.
    pub fn language(self) -> Language {
        self.0.get()
    }

    /// The sentence in the language in use; tracks.
    pub fn get(self, key: impl Sentence) -> &'static str {
        key.text(self.0.get())
    }

    /// A closure for views and properties: `{t.of(Key::Call)}` follows the language.
    pub fn of<K: Sentence>(self, key: K) -> impl Fn() -> &'static str + Copy + Send + Sync + use<K> {
        move || self.get(key)
    }

    /// A sentence with values in it; tracks.
    pub fn with(self, key: impl Sentence, values: &[(&str, &str)]) -> String {
        fill(self.get(key), values)
    }
}

#[cfg(test)]
mod tests {
    use super::key::ALL;
    use super::*;

    /// The marks of a sentence in alphabetical order.
    fn marks(sentence: &str) -> Vec<&str> {
        let mut marks: Vec<&str> = sentence.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(mark, _)| mark)).collect();
        marks.sort_unstable();
        marks
    }

    /// Every language says everything, with the same marks, and in words of its own.
    pub(super) fn check<K: Sentence + std::fmt::Debug>(keys: &[K]) {
        for key in keys {
            let english = marks(key.text(Language::En));
            for language in Language::ALL {
                let sentence = key.text(language);
                assert!(!sentence.is_empty(), "{key:?} in {language:?} is empty");
                assert_eq!(marks(sentence), english, "{key:?} in {language:?}");
            }
        }
        for language in [Language::Fr, Language::It, Language::De] {
            let same = |key: &&K| key.text(language).len() > 12 && key.text(language) == key.text(Language::En);
            let same = keys.iter().filter(same).count();
            assert!(same <= 2, "{language:?} repeats {same} English sentences");
        }
    }

    #[test]
    fn every_language_says_the_same() {
        check(ALL);
    }

    #[test]
    fn values_fill_marks_and_stay_isolated() {
        assert_eq!(fill("Call {name}", &[("name", "Agent One")]), "Call Agent One");
        assert_eq!(fill("{name} ruft an", &[("name", "\u{5d0}\u{5d1}")]), "\u{2068}\u{5d0}\u{5d1}\u{2069} ruft an");
        assert_eq!(fill("{name}", &[("name", "{seconds}"), ("seconds", "3")]), "{seconds}");
        assert_eq!(fill("open { end", &[]), "open { end");
    }
}

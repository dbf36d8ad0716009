//! The sentences of the office. Tables of their own: those of the desk are in every program, these only where they are read.

mod de;
mod en;
mod fr;
mod it;
mod word;

pub use word::Word;

use super::Sentence;
use crate::desk::settings::Language;

impl Sentence for Word {
    fn text(self, language: Language) -> &'static str {
        match language {
            Language::En => en::text(self),
            Language::Fr => fr::text(self),
            Language::It => it::text(self),
            Language::De => de::text(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::word::ALL;
    use crate::i18n::tests::check;

    #[test]
    fn every_language_says_the_same() {
        check(ALL);
    }
}

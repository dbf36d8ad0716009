//! The sentences that only the page of a screen says, beside those of the wallboard itself.

mod de;
mod en;
mod fr;
mod it;
mod word;

pub use word::WallWord;

use super::Sentence;
use crate::desk::settings::Language;

impl Sentence for WallWord {
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

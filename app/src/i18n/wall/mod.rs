//! The sentences that only the page of a screen says, beside those of the wallboard itself.

mod de;
mod en;
mod fr;
mod it;
mod word;

pub use word::WallWord;

use super::table;

table::sentences!(WallWord);

#[cfg(test)]
mod tests {
    use super::word::ALL;
    use crate::i18n::tests::check;

    #[test]
    fn every_language_says_the_same() {
        check(ALL);
    }
}

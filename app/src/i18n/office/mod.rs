//! The sentences of the office. Tables of their own: those of the desk are in every program, these only where they are read.

mod de;
mod en;
mod fr;
mod it;
mod word;

pub use word::Word;

use super::table;

table::sentences!(Word);

#[cfg(test)]
mod tests {
    use super::word::ALL;
    use crate::i18n::tests::check;

    #[test]
    fn every_language_says_the_same() {
        check(ALL);
    }
}

//! The sentences of a language as one text with their lengths, made by the compiler: the place and the length of each of some hundred
//! sentences would weigh more in a download than half of their words.

/// The sentences of one language, one behind the other.
pub(super) struct Table {
    pub(super) text: &'static str,
    pub(super) lengths: &'static [u16],
}

impl Table {
    /// The sentence at this place. Adding up some hundred lengths takes less than a microsecond.
    pub(super) fn get(&self, place: usize) -> &'static str {
        let start: usize = self.lengths[..place].iter().map(|length| usize::from(*length)).sum();
        &self.text[start..start + usize::from(self.lengths[place])]
    }
}

/// Makes `TABLE` of a module from its function `text` and all its keys.
macro_rules! table {
    ($all:expr) => {
        /// All sentences of this language.
        pub(super) static TABLE: $crate::i18n::table::Table = {
            const LENGTHS: [u16; $all.len()] = {
                let mut lengths = [0; $all.len()];
                let mut place = 0;
                while place < $all.len() {
                    let length = text($all[place]).len();
                    assert!(length <= u16::MAX as usize);
                    lengths[place] = length as u16;
                    place += 1;
                }
                lengths
            };
            const LENGTH: usize = {
                let (mut sum, mut place) = (0, 0);
                while place < LENGTHS.len() {
                    sum += LENGTHS[place] as usize;
                    place += 1;
                }
                sum
            };
            const BYTES: [u8; LENGTH] = {
                let mut bytes = [0; LENGTH];
                let (mut end, mut place) = (0, 0);
                while place < $all.len() {
                    let sentence = text($all[place]).as_bytes();
                    let (_, rest) = bytes.split_at_mut(end);
                    rest.split_at_mut(sentence.len()).0.copy_from_slice(sentence);
                    end += sentence.len();
                    place += 1;
                }
                bytes
            };
            const TEXT: &str = match std::str::from_utf8(&BYTES) {
                Ok(text) => text,
                Err(_) => panic!("sentences are text"),
            };
            $crate::i18n::table::Table { text: TEXT, lengths: &LENGTHS }
        };
    };
}

/// The sentences of a kind of key: one table for each language, in the modules beside it.
macro_rules! sentences {
    ($key:ty) => {
        impl $crate::i18n::Sentence for $key {
            fn text(self, language: $crate::desk::settings::Language) -> &'static str {
                use $crate::desk::settings::Language;
                let table = match language {
                    Language::En => &en::TABLE,
                    Language::Fr => &fr::TABLE,
                    Language::It => &it::TABLE,
                    Language::De => &de::TABLE,
                };
                table.get(self as usize)
            }
        }
    };
}

pub(super) use {sentences, table};

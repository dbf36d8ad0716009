//! Every sentence that only the page of a screen says.

macro_rules! words {
    ($($word:ident,)*) => {
        /// One sentence or word on the page of a screen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the English table says what each one reads")]
        pub enum WallWord {
            $($word,)*
        }

        /// Every word, in order.
        pub(super) const ALL: &[WallWord] = &[$(WallWord::$word),*];
    };
}

words! {
    Unreached,
    FullScreen,
    Ended,
    EndedText,
}

//! Every sentence that only the office says. A word without a sentence in one of the tables does not compile.

macro_rules! words {
    ($($word:ident,)*) => {
        /// One sentence or word on a screen of the office. `{name}` marks are filled as those of [`Key`](crate::i18n::Key) are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the English table says what each one reads")]
        pub enum Word {
            $($word,)*
        }

        /// Every word, for the tests of the tables.
        #[cfg(test)]
        pub(super) const ALL: &[Word] = &[$(Word::$word),*];
    };
}

words! {
    Office,
    Overview,
    ToOverview,
    NotYours,
    NotYoursText,
    SignOutFailed,
    You,
    Name,
    Tenant,
    Roles,
    Sites,
    NoSites,
    SignedInUntil,
    Agent,
    Concierge,
    Supervisor,
    Viewer,
    Administrator,
    OtherRole,
}

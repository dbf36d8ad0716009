//! The pages of the office, and whose they are. The switchboard decides again with every request.

use wire::Role;

/// A page of the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Who is signed in, with which roles, where.
    Overview,
}

impl Tab {
    /// All pages, in the order of the bar.
    pub const ALL: &[Tab] = &[Tab::Overview];

    /// Its address.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Tab::Overview => "/office",
        }
    }

    /// Whether somebody with these roles has it.
    #[must_use]
    pub fn open_to(self, _roles: &[Role]) -> bool {
        match self {
            Tab::Overview => true,
        }
    }
}

//! The pages of the office, and whose they are. The switchboard decides again with every request.

use wire::Role;

/// A page of the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Who is signed in, with which roles, where.
    Overview,
    /// What happened, in figures.
    Reports,
    /// Who exists and what they may do.
    People,
    /// Queues, their hours and what their calls are about.
    Queues,
    /// Reasons for a pause.
    Reasons,
    /// Links to the wallboard for screens.
    Screens,
    /// Who is signed in where.
    Sessions,
    /// Who is locked out.
    Lockouts,
    /// Who did what.
    Audit,
}

impl Tab {
    /// All pages, in the order of the bar.
    pub const ALL: &[Tab] =
        &[Tab::Overview, Tab::Reports, Tab::People, Tab::Queues, Tab::Reasons, Tab::Screens, Tab::Sessions, Tab::Lockouts, Tab::Audit];

    /// Its address.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Tab::Overview => "/office",
            Tab::Reports => "/office/reports",
            Tab::People => "/office/people",
            Tab::Queues => "/office/queues",
            Tab::Reasons => "/office/reasons",
            Tab::Screens => "/office/screens",
            Tab::Sessions => "/office/sessions",
            Tab::Lockouts => "/office/lockouts",
            Tab::Audit => "/office/audit",
        }
    }

    /// Whether somebody with these roles has it.
    #[must_use]
    pub fn open_to(self, roles: &[Role]) -> bool {
        match self {
            Tab::Overview | Tab::Reports | Tab::Sessions => true,
            Tab::People | Tab::Queues | Tab::Reasons | Tab::Lockouts | Tab::Audit => roles.contains(&Role::Administrator),
            Tab::Screens => roles.iter().any(|role| matches!(role, Role::Supervisor | Role::Administrator)),
        }
    }
}

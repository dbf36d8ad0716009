//! What the office shows.

pub use wire::{Granularity, LockoutKind, ReportFigures, ReportKind, Role, Secret};
use wire::{Me, UnixMs};

pub use super::sessions::{Done, LockoutRow, LockoutsView, PasswordDone, SessionRow, SessionsView};
pub use super::walls::{MadeView, WallDone, WallRow, WallsView};
use super::{Office, Presence, Tab};
use crate::desk::call::presentable;
use crate::desk::view::session::{SessionView, Shift, SignedInView};

/// Who is in the office.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfficeView {
    /// The pages of that person, in the order of the bar.
    pub tabs: Vec<Tab>,
    /// User name.
    pub user: String,
    /// Name of the tenant.
    pub tenant: String,
    /// What the person may do.
    pub roles: Vec<Role>,
    /// Names of the sites that the roles are bound to.
    pub sites: Vec<String>,
    /// This person reads calls of others.
    pub reads_calls: bool,
    /// When the session ends.
    pub expires_at: UnixMs,
    /// Signing out was not confirmed: the session still runs.
    pub sign_out_failed: bool,
}

impl Office {
    /// Sign-in form or signed in.
    #[must_use]
    pub fn session_view(&self) -> SessionView {
        match &self.presence {
            Presence::Starting => SessionView::Starting,
            Presence::Out => SessionView::SignedOut(self.gate.form().clone()),
            Presence::In(me) => SessionView::SignedIn(SignedInView {
                user: me.user.clone(),
                name: presentable(&me.display_name),
                doors: false,
                leads: true,
                shift: Shift::Off,
            }),
        }
    }

    /// Who is in the office; nobody's where nobody is signed in.
    #[must_use]
    pub fn office_view(&self) -> OfficeView {
        let Presence::In(me) = &self.presence else { return OfficeView::default() };
        OfficeView {
            tabs: Tab::ALL.iter().copied().filter(|tab| tab.open_to(&me.roles)).collect(),
            user: me.user.clone(),
            tenant: presentable(&me.tenant.name),
            roles: me.roles.clone(),
            sites: me.sites.iter().map(|site| presentable(&site.name)).collect(),
            reads_calls: leads(me),
            expires_at: me.expires_at,
            sign_out_failed: self.sign_out_failed,
        }
    }
}

/// Whether somebody leads, looks on or administers: the floor is theirs, and there is something in the office for them. The others
/// find their own sessions by the settings.
#[must_use]
pub fn leads(me: &Me) -> bool {
    me.roles.iter().any(|role| matches!(role, Role::Supervisor | Role::Viewer | Role::Administrator))
}

//! What the pages of the office read.

use leptos::prelude::*;

use super::{Cell, DateStyle, Front};
use crate::desk::office::action::Action;
use crate::desk::office::admin::{Admin, Ask};
use crate::desk::office::audit::AuditView;
use crate::desk::office::reports::ReportsView;
use crate::desk::office::timeline::CallView;
use crate::desk::office::view::{LockoutsView, OfficeView, SessionsView, WallsView};

/// Every store of the office, those of [`Front`] among them. Provided once, at the root.
#[derive(Clone, Copy)]
pub struct OfficeStores {
    /// What the sign-in page reads too.
    pub front: Front,
    /// Who is in the office, and which pages that person has.
    pub office: Cell<OfficeView>,
    /// People, queues and reasons, and the forms that are open.
    pub admin: Cell<Admin>,
    /// Who is signed in where.
    pub sessions: Cell<SessionsView>,
    /// Who is locked out.
    pub lockouts: Cell<LockoutsView>,
    /// The audit log.
    pub audit: Cell<AuditView>,
    /// Reports and the calls behind them.
    pub reports: Cell<ReportsView>,
    /// Links to the wallboard.
    pub walls: Cell<WallsView>,
    /// The call that is looked at.
    pub call: Cell<CallView>,
}

impl OfficeStores {
    /// Creates these stores under the current reactive owner.
    pub fn new(front: Front) -> OfficeStores {
        OfficeStores {
            front,
            office: Cell::new(),
            admin: Cell::new(),
            sessions: Cell::new(),
            lockouts: Cell::new(),
            audit: Cell::new(),
            reports: Cell::new(),
            walls: Cell::new(),
            call: Cell::new(),
        }
    }

    /// The stores of this page. Call it in a component's body, not in an event handler.
    pub fn use_context() -> OfficeStores {
        expect_context::<OfficeStores>()
    }
}

/// The way from a page of administration to the office: `let ask = AskOffice::use_context();` in a component's body.
#[derive(Clone, Copy)]
pub struct AskOffice(Callback<Ask>);

impl AskOffice {
    /// For the root: what is asked goes to `handler`.
    pub fn new(handler: impl Fn(Ask) + Send + Sync + 'static) -> AskOffice {
        AskOffice(Callback::new(handler))
    }

    /// That of this page.
    pub fn use_context() -> AskOffice {
        expect_context::<AskOffice>()
    }

    /// Asks for something.
    pub fn send(self, ask: Ask) {
        self.0.run(ask);
    }
}

/// The one way from a page of the office to its loop, for what only the office does.
#[derive(Clone, Copy)]
pub struct Wish(Callback<Action>);

impl Wish {
    /// For the root: actions go to `handler`.
    pub fn new(handler: impl Fn(Action) + Send + Sync + 'static) -> Wish {
        Wish(Callback::new(handler))
    }

    /// That of this page.
    pub fn use_context() -> Wish {
        expect_context::<Wish>()
    }

    /// Asks for something.
    pub fn send(self, action: Action) {
        self.0.run(action);
    }
}

/// Prints what clocks at a site show: reports are about its days, wherever they are read.
#[derive(Clone, Copy)]
pub struct Calendar(Callback<(i64, DateStyle, String), String>);

impl Calendar {
    /// For the root.
    pub fn new(print: impl Fn(i64, DateStyle, &str) -> String + Send + Sync + 'static) -> Calendar {
        Calendar(Callback::new(move |(shown, style, tag): (i64, DateStyle, String)| print(shown, style, &tag)))
    }

    /// That of this page.
    pub fn use_context() -> Calendar {
        expect_context::<Calendar>()
    }

    /// Prints clock time, in milliseconds since 1970 began there, in the language `tag`.
    pub fn print(self, shown: i64, style: DateStyle, tag: &str) -> String {
        self.0.run((shown, style, tag.to_owned()))
    }
}

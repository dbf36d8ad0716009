//! What the pages of the office read.

use leptos::prelude::*;

use super::{Cell, Front};
use crate::desk::office::action::Action;
use crate::desk::office::admin::{Admin, Ask};
use crate::desk::office::view::{LockoutsView, OfficeView, SessionsView};

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
}

impl OfficeStores {
    /// Creates these stores under the current reactive owner.
    pub fn new(front: Front) -> OfficeStores {
        OfficeStores { front, office: Cell::new(), admin: Cell::new(), sessions: Cell::new(), lockouts: Cell::new() }
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

//! What the page of a screen reads, and what can be asked of it.

use leptos::prelude::*;

use super::{Board, Cell, Rows};
use crate::desk::settings::Settings;
use crate::desk::wall::WallView;

/// Every store of the screen. Provided once, at the root.
#[derive(Clone, Copy)]
pub struct WallStores {
    /// The screen as a whole.
    pub wall: Cell<WallView>,
    /// What the board shows.
    pub board: Board,
    /// What was chosen for this browser.
    pub settings: Cell<Settings>,
}

impl WallStores {
    /// Creates these stores under the current reactive owner.
    pub fn new() -> WallStores {
        let board = Board { floor: Cell::new(), queues: Rows::new(), now: Cell::new() };
        WallStores { wall: Cell::new(), board, settings: Cell::new() }
    }

    /// The stores of this page. Call it in a component's body, not in an event handler.
    pub fn use_context() -> WallStores {
        expect_context::<WallStores>()
    }
}

impl Default for WallStores {
    fn default() -> Self {
        WallStores::new()
    }
}

/// What whoever stands at the screen can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallAsk {
    /// One card per queue, or all figures together.
    Layout {
        /// One card per queue.
        by_queue: bool,
    },
    /// Nothing of the browser around the board.
    FullScreen,
}

/// The way from the page to its loop.
#[derive(Clone, Copy)]
pub struct AskWall(Callback<WallAsk>);

impl AskWall {
    /// For the root: what is asked goes to `handler`.
    pub fn new(handler: impl Fn(WallAsk) + Send + Sync + 'static) -> AskWall {
        AskWall(Callback::new(handler))
    }

    /// That of this page.
    pub fn use_context() -> AskWall {
        expect_context::<AskWall>()
    }

    /// Asks for something.
    pub fn send(self, ask: WallAsk) {
        self.0.run(ask);
    }
}

//! What the pages read: one signal per screen, one per row of a list. Only the runner writes.

mod board;
mod dispatch;
mod media;
mod office;
mod pictures;
mod platform;
mod reader;
mod rows;
mod wall;

use leptos::prelude::*;

pub use board::Board;
pub use dispatch::Dispatch;
pub use media::{Media, MediaElement, MediaSource};
pub use office::{AskOffice, Calendar, OfficeStores, Wish};
pub use pictures::{Canvas, Pictures};
pub use platform::{DateStyle, Platform};
pub use reader::reader;
pub use rows::Rows;
pub use wall::{AskWall, WallAsk, WallStores};

use crate::desk::settings::Settings;
use crate::desk::view::call::CallView;
use crate::desk::view::desk::{DeskView, PersonView};
use crate::desk::view::device_check::DeviceCheckView;
use crate::desk::view::diagnostics::DiagnosticsView;
use crate::desk::view::doors::{AccessView, DoorView, EntrancesView, PictureView};
use crate::desk::view::floor::{AgentRow, FloorQueueRow, FloorView};
use crate::desk::view::history::HistoryView;
use crate::desk::view::incoming::IncomingView;
use crate::desk::view::session::SessionView;
use crate::desk::view::visitor::VisitorView;
use crate::desk::view::work::WorkView;
use crate::desk::{CallKey, Millis};

/// What the sign-in page reads. Provided once, at the root, also where there is no desk behind it.
#[derive(Clone, Copy)]
pub struct Front {
    /// Who is signed in; sign-in form.
    pub session: Cell<SessionView>,
    /// What the user chose for this browser.
    pub settings: Cell<Settings>,
    /// The operating system prefers dark colours.
    pub system_dark: Cell<bool>,
    /// The page's clock, moving once a second: for timers and countdowns.
    pub now: Cell<Millis>,
}

impl Front {
    /// Creates these stores under the current reactive owner.
    pub fn new() -> Front {
        Front { session: Cell::new(), settings: Cell::new(), system_dark: Cell::new(), now: Cell::new() }
    }

    /// The stores of this page. Call it in a component's body, not in an event handler.
    pub fn use_context() -> Front {
        expect_context::<Front>()
    }
}

impl Default for Front {
    fn default() -> Self {
        Front::new()
    }
}

/// Every store of the desk, those of [`Front`] among them. Provided once, at the root: `Stores::use_context()` in a component's body.
#[derive(Clone, Copy)]
pub struct Stores {
    /// What the sign-in page reads too.
    pub front: Front,
    /// Device check and device choosers.
    pub devices: Cell<DeviceCheckView>,
    /// Frame of the desk.
    pub desk: Cell<DeskView>,
    /// Calls, oldest first. Ringing ones for us are in `incoming`.
    pub calls: Rows<CallKey, CallView>,
    /// Calls that ring here, the one to show first.
    pub incoming: Rows<CallKey, IncomingView>,
    /// The directory in display order.
    pub people: Rows<String, PersonView>,
    /// The visitor's page.
    pub visitor: Cell<VisitorView>,
    /// Work for the queues.
    pub work: Cell<WorkView>,
    /// The floor, for whoever is in charge.
    pub floor: Cell<FloorView>,
    /// Who works, by user name.
    pub agents: Rows<String, AgentRow>,
    /// The queues of the floor, by name.
    pub floor_queues: Rows<String, FloorQueueRow>,
    /// Doors of one's sites.
    pub doors: Rows<String, DoorView>,
    /// Whether there are doors at all.
    pub entrances: Cell<EntrancesView>,
    /// State of the pictures that are shown, by door.
    pub pictures: Rows<String, PictureView>,
    /// Who opened what.
    pub access: Cell<AccessView>,
    /// Past calls.
    pub history: Cell<HistoryView>,
    /// Diagnostics, filled while the page is open.
    pub diagnostics: Cell<DiagnosticsView>,
    /// Level of the open microphone, 0 to 1, some times a second during the device check.
    pub microphone_level: Cell<f64>,
}

impl std::ops::Deref for Stores {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

impl Stores {
    /// Creates all stores under the current reactive owner.
    pub fn new() -> Stores {
        Stores {
            front: Front::new(),
            devices: Cell::new(),
            desk: Cell::new(),
            calls: Rows::new(),
            incoming: Rows::new(),
            people: Rows::new(),
            visitor: Cell::new(),
            work: Cell::new(),
            floor: Cell::new(),
            agents: Rows::new(),
            floor_queues: Rows::new(),
            doors: Rows::new(),
            entrances: Cell::new(),
            pictures: Rows::new(),
            access: Cell::new(),
            history: Cell::new(),
            diagnostics: Cell::new(),
            microphone_level: Cell::new(),
        }
    }

    /// What the wallboard and the alarms read of them.
    pub fn board(self) -> Board {
        Board { floor: self.floor, queues: self.floor_queues, now: self.front.now }
    }

    /// The stores of this page. Call it in a component's body, not in an event handler.
    pub fn use_context() -> Stores {
        expect_context::<Stores>()
    }
}

impl Default for Stores {
    fn default() -> Self {
        Stores::new()
    }
}

/// One value that pages read. `get`, `with` and `memo` track; writing notifies only when the value differs.
pub struct Cell<T: Send + Sync + 'static>(RwSignal<T>);

impl<T: Send + Sync + 'static> Clone for Cell<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Cell<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Cell<T> {
    fn new() -> Self
    where
        T: Default,
    {
        Cell(RwSignal::new(T::default()))
    }

    /// The value; the caller re-runs when it changes.
    pub fn get(self) -> T {
        self.0.get()
    }

    /// The value without subscribing.
    pub fn get_untracked(self) -> T {
        self.0.get_untracked()
    }

    /// Reads a part without cloning the whole.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.0.with(read)
    }

    /// A part of the value that notifies only when that part changes. A function, not a closure: it is compiled once
    /// per type of part and not once per place.
    pub fn memo<R: Clone + PartialEq + Send + Sync + 'static>(self, read: fn(&T) -> R) -> Memo<R> {
        reader(move || self.0.with(read))
    }

    /// The value as a signal, for component properties.
    pub fn signal(self) -> Signal<T> {
        self.0.into()
    }

    /// For the runner: replaces the value, telling nobody when it is the same.
    pub fn put(self, value: T) {
        if self.0.with_untracked(|old| *old != value) {
            self.0.set(value);
        }
    }
}

//! The floor of whoever is in charge: people at work, queues with who waits, alarms, and what can be ordered about them.

mod agents;
mod alarms;
mod caller;
mod callers;
mod chart;
mod chosen;
mod layout;
mod manage;
mod message;
mod pages;
mod quality;
mod queues;
mod row;
mod wall;

pub use agents::Agents;
pub use alarms::Alarms;
pub use caller::CallerDialog;
pub use callers::CallersDialog;
pub use layout::WallLayout;
pub use manage::ManageDialog;
pub use message::MessageDialog;
pub use pages::{WallPages, turning};
pub use queues::FloorQueues;
pub use wall::Wall;

use leptos::prelude::*;

/// What a dialog of the floor is about, and whether it is open.
#[derive(Clone, Copy)]
pub struct About {
    /// It is shown.
    pub open: RwSignal<bool>,
    /// User name or session identifier; empty for everybody.
    pub what: RwSignal<String>,
}

impl About {
    /// A closed dialog.
    pub fn new() -> About {
        About { open: RwSignal::new(false), what: RwSignal::new(String::new()) }
    }

    /// Opens it about this.
    pub fn show(self, what: &str) {
        self.what.set(what.to_owned());
        self.open.set(true);
    }
}

impl Default for About {
    fn default() -> Self {
        About::new()
    }
}

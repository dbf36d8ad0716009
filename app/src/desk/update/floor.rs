//! The floor, for whoever is in charge: what the switchboard says of it, what is ordered about others.

use sip_ws::codec::DialogRef;
use sip_ws::io::Entry;
use wire::{Floor, FloorAgent, FloorQueue, Order, QueueFigures, Steer, SuperviseMode, Told};

use crate::desk::Desk;
use crate::desk::call::Part;
use crate::desk::state;

impl Desk {
    pub(super) fn floor_snapshot(&mut self, floor: Option<Floor>) {
        self.state.floor = match floor {
            None => state::Floor::default(),
            // How many do what is for screens that see nobody.
            Some(Floor { agents, queues, figures, steers, staff: _ }) => state::Floor { there: true, steers, agents, queues, figures },
        };
    }

    pub(super) fn floor_agent(&mut self, agent: FloorAgent) {
        self.changed.agents.insert(agent.user.clone());
        let before = put(&mut self.state.floor.agents, agent, |agent| &agent.user);
        self.changed.all |= before.is_none();
    }

    pub(super) fn floor_queue(&mut self, queue: FloorQueue) {
        let label = queue.queue.label.clone();
        self.changed.queues.insert(queue.queue.name.clone());
        let before = put(&mut self.state.floor.queues, queue, |queue| &queue.queue.name);
        // Its name stands in rows of agents too.
        self.changed.all |= before.is_none_or(|before| before.queue.label != label);
    }

    pub(super) fn floor_figures(&mut self, figures: QueueFigures) {
        self.changed.queues.insert(figures.queue.clone());
        put(&mut self.state.floor.figures, figures, |figures| &figures.queue);
    }

    /// An order about others. The switchboard decides; nothing is shown before it says so.
    pub(super) fn steer(&mut self, steer: Steer) {
        if self.state.floor.steers {
            if let Steer::Supervise { contact, mode: SuperviseMode::Listen, .. } = &steer {
                self.fall_silent(contact);
            }
            self.order(Order::Steer { steer });
        }
    }

    /// The switchboard lets us into the call of an agent: the phone goes and gets it, or takes part in it.
    pub(super) fn admitted(&mut self, order: Option<Order>, dialog: &str) {
        let Some(Order::Steer { steer }) = order else { return };
        let dialog = match DialogRef::parse(dialog.as_bytes()) {
            Ok(dialog) => dialog,
            Err(why) => return self.state.log(format!("no dialog to enter: {why}")),
        };
        match steer {
            Steer::TakeOver { user, .. } => drop(self.call_into(&user, dialog, Entry::Replace)),
            Steer::Supervise { user, contact, mode } => self.join(&user, dialog, Part { contact, mode }),
            _ => {}
        }
    }

    pub(super) fn told(&mut self, told: Told) {
        if !self.state.told.iter().any(|known| known.id == told.id) {
            self.state.told.push(told);
        }
    }

    /// What was told is read.
    pub(super) fn seen(&mut self, told: u64) {
        self.state.told.retain(|known| known.id != told);
        self.order(Order::Seen { told });
    }
}

/// Puts a row in the place of the one with the same name, which comes back, or behind the others.
pub(in crate::desk) fn put<T>(rows: &mut Vec<T>, row: T, name: fn(&T) -> &String) -> Option<T> {
    match rows.iter_mut().find(|known| name(known) == name(&row)) {
        Some(known) => Some(std::mem::replace(known, row)),
        None => {
            rows.push(row);
            None
        }
    }
}

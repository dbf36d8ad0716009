//! The one way from a page to the desk.

use leptos::prelude::*;

use crate::desk::action::Action;
use crate::desk::view::floor::{Alarm, SteerWish};

/// Sends actions. Get it in a component's body: `let dispatch = Dispatch::use_context();`.
#[derive(Clone, Copy)]
pub struct Dispatch(Callback<Action>);

impl Dispatch {
    /// For the root: actions go to `handler`.
    pub fn new(handler: impl Fn(Action) + Send + Sync + 'static) -> Dispatch {
        Dispatch(Callback::new(handler))
    }

    /// The dispatcher of this page.
    pub fn use_context() -> Dispatch {
        expect_context::<Dispatch>()
    }

    /// For the alarms: one has seen one of a queue.
    pub fn acknowledging(self) -> Callback<(String, Alarm)> {
        Callback::new(move |(queue, alarm)| self.send(Action::Steer(SteerWish::Acknowledge(queue, alarm))))
    }

    /// Asks for something.
    pub fn send(self, action: Action) {
        self.0.run(action);
    }
}

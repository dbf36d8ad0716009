//! Where inputs wait until the browser's present callback is over, so that no part is ever entered twice.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::driver::Sink;

/// A loop that takes one input at a time.
pub(super) trait Loop: 'static {
    /// Everything that enters it.
    type Input: 'static;

    /// Nothing runs after the page has gone: whether an input cannot wait.
    fn at_once(input: &Self::Input) -> bool;

    /// Takes one input through all parts. Returns whether a view may have changed.
    fn step(&mut self, input: Self::Input) -> bool;

    /// Shows what changed.
    fn publish(&mut self);
}

/// The queue before a loop, and the loop.
pub(super) struct Inbox<L: Loop> {
    queue: RefCell<VecDeque<L::Input>>,
    scheduled: Cell<bool>,
    runner: RefCell<Option<L>>,
}

impl<L: Loop> Inbox<L> {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Inbox { queue: RefCell::default(), scheduled: Cell::new(false), runner: RefCell::new(None) })
    }

    /// Inputs go to `runner` from here on.
    pub(super) fn serve(&self, runner: L) {
        *self.runner.borrow_mut() = Some(runner);
    }

    /// Ends the loop and all it owns, unless it is running now.
    pub(super) fn close(&self) {
        let runner = self.runner.try_borrow_mut().ok().and_then(|mut runner| runner.take());
        drop(runner);
    }

    pub(super) fn push(self: &Rc<Self>, input: L::Input) {
        let at_once = L::at_once(&input);
        self.queue.borrow_mut().push_back(input);
        if at_once {
            self.drain();
        } else if !self.scheduled.replace(true) {
            let this = self.clone();
            wasm_bindgen_futures::spawn_local(async move { this.drain() });
        }
    }

    fn drain(&self) {
        self.scheduled.set(false);
        let Ok(mut runner) = self.runner.try_borrow_mut() else { return };
        let Some(runner) = runner.as_mut() else { return };
        let mut shown = false;
        loop {
            let next = self.queue.borrow_mut().pop_front();
            let Some(input) = next else { break };
            shown |= runner.step(input);
        }
        if shown {
            runner.publish();
        }
    }

    pub(super) fn sink<T: 'static>(self: &Rc<Self>, wrap: fn(T) -> L::Input) -> Sink<T> {
        let inbox = self.clone();
        Rc::new(move |value| inbox.push(wrap(value)))
    }
}

//! Event handlers that leave together with their owner.

use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

/// One handler on one target; dropping it detaches the handler.
pub(super) struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `handler` for each event `name` of `target` until dropped.
    pub(super) fn new(target: &EventTarget, name: &'static str, handler: impl FnMut(Event) + 'static) -> Listener {
        let closure = Closure::<dyn FnMut(Event)>::new(handler);
        // Fails only for a callback that is not a function.
        let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        Listener { target: target.clone(), name, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.name, self.closure.as_ref().unchecked_ref());
    }
}

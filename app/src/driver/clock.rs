//! Time. Timers run in a dedicated worker, because a hidden tab wakes its own ones once a minute only.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker};

use super::listen::Listener;

/// Served as its own file: the page's policy allows no inline worker.
const WORKER: &str = "/clock-worker.js";

/// The page's monotonic clock and its timers. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Rc<Inner>);

struct Inner {
    worker: RefCell<Option<Worker>>,
    listeners: RefCell<Vec<Listener>>,
    next: Cell<u32>,
    pending: RefCell<HashMap<u32, Pending>>,
}

struct Pending {
    due: u64,
    run: Box<dyn FnOnce()>,
}

/// A running timer; dropping it cancels the timer.
pub struct Timer {
    id: u32,
    clock: Rc<Inner>,
}

impl Clock {
    /// Starts the worker.
    #[must_use]
    pub fn new() -> Clock {
        let inner = Rc::new(Inner {
            worker: RefCell::new(Worker::new(WORKER).ok()),
            listeners: RefCell::default(),
            next: Cell::new(0),
            pending: RefCell::default(),
        });
        if let Some(worker) = inner.worker.borrow().as_ref() {
            let fired = Rc::downgrade(&inner);
            let broken = Rc::downgrade(&inner);
            *inner.listeners.borrow_mut() = vec![
                Listener::new(worker, "message", move |event| {
                    let id = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_f64());
                    if let (Some(inner), Some(id)) = (fired.upgrade(), id) {
                        Inner::fire(&inner, id as u32);
                    }
                }),
                Listener::new(worker, "error", move |_| {
                    if let Some(inner) = broken.upgrade() {
                        Inner::fall_back(&inner);
                    }
                }),
            ];
        }
        Clock(inner)
    }

    /// Milliseconds since the page began.
    #[must_use]
    pub fn now(&self) -> u64 {
        now()
    }

    /// Unix time in milliseconds by the browser's clock, which may be wrong: for showing only.
    #[must_use]
    pub fn unix(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    /// Runs `run` after `ms`, unless the timer is dropped before.
    #[must_use = "dropping the timer cancels it"]
    pub fn after(&self, ms: u64, run: impl FnOnce() + 'static) -> Timer {
        let id = self.0.next.get();
        self.0.next.set(id.wrapping_add(1));
        self.0.pending.borrow_mut().insert(id, Pending { due: now() + ms, run: Box::new(run) });
        Inner::schedule(&self.0, id, ms);
        Timer { id, clock: self.0.clone() }
    }

    /// Waits.
    pub async fn sleep(&self, ms: u64) {
        let mut timer = None;
        let promise = Promise::new(&mut |resolve, _| {
            timer = Some(self.after(ms, move || {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }));
        });
        let _ = JsFuture::from(promise).await;
        drop(timer);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new()
    }
}

impl Inner {
    fn schedule(this: &Rc<Inner>, id: u32, ms: u64) {
        let ms = ms.min(i32::MAX as u64) as f64;
        if let Some(worker) = this.worker.borrow().as_ref() {
            let order = js_sys::Array::of2(&id.into(), &ms.into());
            if worker.post_message(&order).is_ok() {
                return;
            }
        }
        let inner = Rc::downgrade(this);
        let fire = Closure::once_into_js(move || {
            if let Some(inner) = inner.upgrade() {
                Inner::fire(&inner, id);
            }
        });
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(fire.unchecked_ref(), ms as i32);
        }
    }

    fn fire(this: &Rc<Inner>, id: u32) {
        let pending = this.pending.borrow_mut().remove(&id);
        if let Some(pending) = pending {
            (pending.run)();
        }
    }

    /// The worker could not be loaded: the page's own timers are slow in a hidden tab, but they run.
    fn fall_back(this: &Rc<Inner>) {
        *this.worker.borrow_mut() = None;
        let waiting: Vec<(u32, u64)> = this.pending.borrow().iter().map(|(id, pending)| (*id, pending.due)).collect();
        for (id, due) in waiting {
            Inner::schedule(this, id, due.saturating_sub(now()));
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.borrow_mut().take() {
            worker.terminate();
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let cancelled = self.clock.pending.borrow_mut().remove(&self.id);
        if cancelled.is_some()
            && let Some(worker) = self.clock.worker.borrow().as_ref()
        {
            let _ = worker.post_message(&js_sys::Array::of1(&self.id.into()));
        }
    }
}

fn now() -> u64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0, |performance| performance.now() as u64)
}

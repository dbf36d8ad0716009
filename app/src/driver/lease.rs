//! Which of several tabs is a device. A duplicated tab starts with a copy of the storage of the first one, and must not speak in
//! its name: the id of a device belongs to the tab that holds the browser's lock of that name, for as long as the tab lives.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortSignal;

use super::Sink;
use super::bindings::{Locks, get, has_method, set};

/// The page before may hold its lock for a moment longer; a tab that lives holds it for ever.
const WAIT_MS: u32 = 5_000;

/// Asks for a device id and reports whether this tab has it. Where the browser knows no locks it has it.
pub fn claim(id: &str, sink: Sink<bool>) {
    let Some(request) = request(id, sink.clone()) else { return sink(true) };
    spawn_local(async move {
        // The promise is kept at the end of the page; it fails where the wait was too long.
        if JsFuture::from(request).await.is_err() {
            sink(false);
        }
    });
}

fn request(id: &str, sink: Sink<bool>) -> Option<Promise> {
    let locks = get(&web_sys::window()?.navigator(), "locks");
    if !has_method(&locks, "request") {
        return None;
    }
    let options = js_sys::Object::new();
    set(&options, "signal", &AbortSignal::timeout_with_u32(WAIT_MS));
    let held = Closure::once_into_js(move || {
        sink(true);
        // Never kept: the lock is ours until the page goes.
        Promise::new(&mut |_, _| {})
    });
    locks.unchecked_ref::<Locks>().request(&format!("portico-device-{id}"), &options, held.unchecked_ref()).ok()
}

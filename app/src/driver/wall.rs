//! The page of a screen at which nobody signs in: the link in its address, its own part of the API, the whole screen.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use wire::{Secret, WallOpen, WallPass};

use super::Sink;
use super::bindings::{ScreenLock, get, has_method};
use super::http::{Failure, get as fetch, post};
use super::listen::Listener;

/// The part of the address behind the `#`. It reaches neither server nor log; once the switchboard has answered it leaves the address.
pub struct Address {
    _listener: Option<Listener>,
}

impl Address {
    /// Reports a link that is put into the address of the running page: the browser does not load the page anew for that.
    #[must_use]
    pub fn new(sink: Sink<Secret>) -> Address {
        let changed = move |_| {
            if let Some(token) = token() {
                sink(token);
            }
        };
        Address { _listener: web_sys::window().map(|window| Listener::new(&window, "hashchange", changed)) }
    }
}

/// The token in the address, if there is one.
#[must_use]
pub fn token() -> Option<Secret> {
    let hash = web_sys::window()?.location().hash().ok()?;
    hash.strip_prefix('#').filter(|token| !token.is_empty()).map(Secret::new)
}

/// Takes the token out of the address, and out of what "back" leads to.
pub fn forget_token() -> Option<()> {
    let window = web_sys::window()?;
    let path = window.location().pathname().ok()?;
    window.history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(&path)).ok()
}

/// Whether the link is good: a screen comes with its token, or with the cookie that it got for it.
pub async fn pass(token: Option<Secret>) -> Result<WallPass, Failure> {
    match token {
        Some(token) => post("/api/wall", &WallOpen { token }).await,
        None => fetch("/api/wall").await,
    }
}

/// Nothing of the browser around the page. Refused unless somebody has just pressed something.
pub fn fill_screen() {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root.filter(|root| has_method(root, "requestFullscreen")) {
        let _ = root.request_fullscreen();
    }
}

/// The screen is not switched off while it shows the page. Browsers forget that whenever the page is hidden.
pub fn keep_awake() {
    let Some(window) = web_sys::window() else { return };
    let locks = get(&window.navigator(), "wakeLock");
    if !has_method(&locks, "request") {
        return;
    }
    if let Ok(asked) = locks.unchecked_ref::<ScreenLock>().request_lock("screen") {
        // A browser that refuses goes dark by its own settings.
        spawn_local(async move { drop(JsFuture::from(asked).await) });
    }
}

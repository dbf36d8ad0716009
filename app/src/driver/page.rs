//! The page itself: title, language and colours, leaving, visibility, network, the first gesture, our own faults.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{Document, HtmlAnchorElement, HtmlElement, VisibilityState, Window};

use super::Sink;
use super::bindings::{Clipboard, DateTimeFormat, Locks, SkippedExt, get, has_method, set};
use super::listen::Listener;

/// What happens to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The browser has a network, possibly another one than before.
    Online,
    /// No network.
    Offline,
    /// Shown, or shown again.
    Visible,
    /// In the background.
    Hidden,
    /// The user clicked or pressed a key: sound may begin.
    Gesture,
    /// The system prefers dark colours, or does not.
    SystemDark(bool),
    /// The page goes away for good. Handle it at once: nothing runs afterwards.
    Leaving,
}

/// Owner of the page's handlers.
pub struct Page {
    warn: Rc<Cell<bool>>,
    _listeners: Vec<Listener>,
}

impl Page {
    /// Begins to listen.
    #[must_use]
    pub fn new(sink: Sink<Event>) -> Page {
        let warn = Rc::new(Cell::new(false));
        let mut listeners = Vec::new();
        if let (Some(window), Some(document)) = (web_sys::window(), document()) {
            let report = |event: Event| {
                let sink = sink.clone();
                move |_| sink(event)
            };
            let visibility = sink.clone();
            let warning = warn.clone();
            if let Ok(Some(query)) = window.match_media("(prefers-color-scheme: dark)") {
                sink(Event::SystemDark(query.matches()));
                let (changed, queried) = (sink.clone(), query.clone());
                listeners.push(Listener::new(&query, "change", move |_| changed(Event::SystemDark(queried.matches()))));
            }
            listeners.extend([
                Listener::new(&window, "online", report(Event::Online)),
                Listener::new(&window, "offline", report(Event::Offline)),
                Listener::new(&window, "pagehide", report(Event::Leaving)),
                Listener::new(&document, "pointerdown", report(Event::Gesture)),
                // By touch, sound is allowed at the end of a tap only.
                Listener::new(&document, "pointerup", report(Event::Gesture)),
                Listener::new(&document, "keydown", report(Event::Gesture)),
                Listener::new(&document, "visibilitychange", move |_| {
                    visibility(if hidden() { Event::Hidden } else { Event::Visible });
                }),
                // A page that the browser had put aside has said goodbye: a fresh one goes on with what it kept.
                Listener::new(&window, "pageshow", |event| {
                    if get(&event, "persisted").is_truthy() {
                        reload();
                    }
                }),
                Listener::new(&window, "beforeunload", move |event| {
                    if warning.get() {
                        event.prevent_default();
                    }
                }),
            ]);
        }
        stay_awake();
        Page { warn, _listeners: listeners }
    }

    /// Whether the browser asks before the page is left.
    pub fn warn_on_leave(&self, on: bool) {
        self.warn.set(on);
    }
}

/// Chromium freezes hidden tabs, and a frozen one does not ring. It spares a tab that holds a Web Lock.
fn stay_awake() {
    let Some(window) = web_sys::window() else { return };
    let locks = get(&window.navigator(), "locks");
    if !has_method(&locks, "request") {
        return;
    }
    let options = js_sys::Object::new();
    set(&options, "mode", &"shared".into());
    // Held until the page goes: the promise is never kept.
    let never = Closure::once_into_js(|| js_sys::Promise::new(&mut |_, _| {}));
    let _ = locks.unchecked_ref::<Locks>().request("portico-awake", &options, never.unchecked_ref());
}

/// Whether the page is in the background.
#[must_use]
pub fn hidden() -> bool {
    document().is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
}

/// Whether the browser believes that there is a network.
#[must_use]
pub fn online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Title of the tab.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Language and colours of the document; `theme` is `light`, `dark` or `None` for the system's choice.
pub fn apply(language: &str, theme: Option<&str>) {
    let Some(root) = document().and_then(|document| document.document_element()) else { return };
    let _ = root.set_attribute("lang", language);
    let _ = match theme {
        Some(theme) => root.set_attribute("data-theme", theme),
        None => root.remove_attribute("data-theme"),
    };
}

/// Path of the page's address.
#[must_use]
pub fn path() -> String {
    web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default()
}

/// Scheme, host and port of the page's address.
#[must_use]
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Puts a text where it can be pasted from. `false` where the browser has no such place, or refuses.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let clipboard = get(&window.navigator(), "clipboard");
    if !has_method(&clipboard, "writeText") {
        return false;
    }
    match clipboard.unchecked_ref::<Clipboard>().write_text(text) {
        Ok(asked) => wasm_bindgen_futures::JsFuture::from(asked).await.is_ok(),
        Err(_) => false,
    }
}

/// The user's languages as BCP 47 tags, the preferred one first.
#[must_use]
pub fn languages() -> Vec<String> {
    web_sys::window()
        .map(|window| window.navigator().languages())
        .map_or_else(Vec::new, |tags| tags.iter().filter_map(|tag| tag.as_string()).collect())
}

/// Whether the element of a `contentvisibilityautostatechange` is out of sight from now on.
#[must_use]
pub fn skipped(event: &web_sys::Event) -> bool {
    event.unchecked_ref::<SkippedExt>().skipped()
}

/// Prints an instant in a language and the browser's time zone. `date` and `time` say which parts.
#[must_use]
pub fn format_date(unix_ms: i64, date: bool, time: bool, tag: &str) -> String {
    format_in(&js_sys::Object::new(), unix_ms, date, time, tag)
}

/// Prints what a clock somewhere shows, given as if it stood in UTC.
pub fn format_shown(shown: i64, date: bool, time: bool, tag: &str) -> String {
    let options = js_sys::Object::new();
    set(&options, "timeZone", &"UTC".into());
    format_in(&options, shown, date, time, tag)
}

/// The day in a time zone, as `2026-11-28`; in this browser's where it does not know that zone.
pub fn today(zone: &str) -> String {
    let options = js_sys::Object::new();
    set(&options, "timeZone", &zone.into());
    let now = js_sys::Date::now();
    // Swedish writes days that way.
    let print = |options: &js_sys::Object| DateTimeFormat::new("sv-SE", options).and_then(|format| format.format(now));
    print(&options).or_else(|_| print(&js_sys::Object::new())).unwrap_or_default()
}

fn format_in(options: &js_sys::Object, unix_ms: i64, date: bool, time: bool, tag: &str) -> String {
    if date {
        set(options, "dateStyle", &"medium".into());
    }
    if time {
        set(options, "timeStyle", &"short".into());
    }
    DateTimeFormat::new(tag, options).and_then(|format| format.format(unix_ms as f64)).unwrap_or_default()
}

/// Offers a text as a file to save.
pub fn download(name: &str, text: &str) -> Option<()> {
    let parts = js_sys::Array::of1(&text.into());
    let blob = web_sys::Blob::new_with_str_sequence(&parts).ok()?;
    let address = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
    let anchor: HtmlAnchorElement = document()?.create_element("a").ok()?.unchecked_into();
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    web_sys::Url::revoke_object_url(&address).ok()
}

/// Loads the page again.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}

/// Shows a fault of our own instead of a page that only looks alive. Sound of running calls goes on: it needs no code.
pub fn install_fault_screen() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&format!("Portico stopped: {info}").into());
        show_fault();
    }));
}

/// The screen stands in `index.html`, hidden, so that it needs nothing of the code that failed.
pub fn show_fault() {
    let Some(screen) = document().and_then(|document| document.get_element_by_id("fault")) else { return };
    let _ = screen.remove_attribute("hidden");
    if let Some(button) = screen.query_selector("button").ok().flatten() {
        let listener = Listener::new(&button, "click", |_| reload());
        // The page does nothing any more but this.
        std::mem::forget(listener);
    }
}

/// Where pages are mounted.
#[must_use]
pub fn body() -> Option<HtmlElement> {
    document()?.body()
}

fn document() -> Option<Document> {
    web_sys::window().as_ref().and_then(Window::document)
}

//! What this browser keeps. In local storage: preferences, and whether a session is likely. In the tab's session storage: its id
//! as a device, and while a shift lasts its answered calls, which the next load of the page goes on with. Never a secret.

use web_sys::Storage;

const SETTINGS: &str = "portico.settings";
/// Read by `assets/loader.js`.
const SIGNED_IN: &str = "portico.signed-in";
/// Layout of a screen's wallboard.
const LAYOUT: &str = "portico.wall-layout";
const INSTANCE: &str = "portico.instance";
const SHIFT: &str = "portico.shift";

/// Preferences as saved, if any.
#[must_use]
pub fn load_settings() -> Option<String> {
    local()?.get_item(SETTINGS).ok()?
}

/// Saves preferences. Where storage is forbidden or full they last as long as the page.
pub fn save_settings(json: &str) {
    if let Some(storage) = local() {
        let _ = storage.set_item(SETTINGS, json);
    }
}

/// Whether this browser probably has a session, so that the next page begins with the desk. It opens nothing: the
/// switchboard decides.
pub fn remember_signed_in(signed_in: bool) {
    let Some(storage) = local() else { return };
    let _ = if signed_in { storage.set_item(SIGNED_IN, "1") } else { storage.remove_item(SIGNED_IN) };
}

/// Whether the wallboard of this screen is to show one card per queue: unless the other layout was chosen.
#[must_use]
pub fn load_layout() -> bool {
    local().and_then(|storage| storage.get_item(LAYOUT).ok()?).is_none()
}

/// Keeps the layout of this screen's wallboard.
pub fn save_layout(by_queue: bool) {
    let Some(storage) = local() else { return };
    let _ = if by_queue { storage.remove_item(LAYOUT) } else { storage.set_item(LAYOUT, "figures") };
}

/// The id of this tab as a SIP device as the page before left it: its registration replaces the one of that page. A
/// duplicated tab has a copy of it, so it is only for whoever holds the [lease](super::lease) on it.
#[must_use]
pub fn load_instance() -> Option<String> {
    session()?.get_item(INSTANCE).ok()?
}

/// Keeps the id of this tab as a SIP device.
pub fn save_instance(id: &str) {
    if let Some(storage) = session() {
        let _ = storage.set_item(INSTANCE, id);
    }
}

/// The shift that the page before was in, if any.
#[must_use]
pub fn load_shift() -> Option<String> {
    session()?.get_item(SHIFT).ok()?
}

/// Keeps the shift and its calls for the next load of the page. Where that is not possible a reload ends them.
pub fn save_shift(json: &str) {
    if let Some(storage) = session() {
        let _ = storage.set_item(SHIFT, json);
    }
}

/// Erases the shift and its calls.
pub fn forget_shift() {
    if let Some(storage) = session() {
        let _ = storage.remove_item(SHIFT);
    }
}

fn session() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

fn local() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

//! What this browser keeps: preferences and whether a session is likely in local storage, the installation id of this tab in session storage. Never a
//! secret, never a name or number.

use web_sys::Storage;

const SETTINGS: &str = "portico.settings";
/// Read by `assets/loader.js`.
const SIGNED_IN: &str = "portico.signed-in";
const INSTANCE: &str = "portico.instance";

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

/// The id of this tab as a SIP device, the same after a reload, so that its registration replaces the one before.
#[must_use]
pub fn instance(fresh: impl FnOnce() -> String) -> String {
    let storage = web_sys::window().and_then(|window| window.session_storage().ok()?);
    // A duplicated tab copies session storage, but only a reloaded page may go on under the old id.
    let kept = storage.as_ref().filter(|_| reloaded()).and_then(|storage| storage.get_item(INSTANCE).ok()?);
    let id = kept.unwrap_or_else(fresh);
    if let Some(storage) = storage {
        let _ = storage.set_item(INSTANCE, &id);
    }
    id
}

fn local() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn reloaded() -> bool {
    let Some(performance) = web_sys::window().and_then(|window| window.performance()) else { return false };
    let entries = performance.get_entries_by_type("navigation");
    super::bindings::get(&entries.get(0), "type").as_string().as_deref() == Some("reload")
}

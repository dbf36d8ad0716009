//! What `assets/loader.js` offers: it fetches the desk's program behind the sign-in page and hands the page over.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = portico, js_name = prepareDesk)]
    fn js_prepare_desk() -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_namespace = portico, js_name = startDesk)]
    async fn js_start_desk(handover: &str, leave: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = portico, js_name = takeHandover)]
    fn js_take_handover() -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(catch, js_namespace = portico, js_name = beganWithDesk)]
    fn js_began_with_desk() -> Result<bool, JsValue>;
}

/// The sign-in page can be used: the desk may be fetched in the meantime. A failure shows when it is needed.
pub fn prepare_desk() {
    let _ = js_prepare_desk();
}

/// Starts the desk; `leave` runs in the moment before it shows itself. `false` where it could not be loaded.
pub async fn start_desk(handover: &str, leave: impl FnOnce() + 'static) -> bool {
    js_start_desk(handover, &Closure::once_into_js(leave)).await.is_ok()
}

/// For the desk: what the sign-in page said, if there was one. That page leaves.
#[must_use]
pub fn take_handover() -> Option<String> {
    js_take_handover().ok().flatten()
}

/// The loader has begun with the desk, so this page needs no sign-in before it.
#[must_use]
pub fn began_with_desk() -> bool {
    js_began_with_desk().unwrap_or(false)
}

//! What `assets/loader.js` offers: it fetches the program behind the sign-in page, the desk or the office by the page's address,
//! and hands the page over.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = portico, js_name = prepareNext)]
    fn js_prepare_next() -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_namespace = portico, js_name = startNext)]
    async fn js_start_next(handover: &str, leave: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = portico, js_name = takeHandover)]
    fn js_take_handover() -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(catch, js_namespace = portico, js_name = beganBehindGate)]
    fn js_began_behind_gate() -> Result<bool, JsValue>;
}

/// The sign-in page can be used: the program behind it may be fetched in the meantime. A failure shows when it is needed.
pub fn prepare_next() {
    let _ = js_prepare_next();
}

/// Starts the program behind the sign-in page; `leave` runs in the moment before it shows itself. `false` where it could not be loaded.
pub async fn start_next(handover: &str, leave: impl FnOnce() + 'static) -> bool {
    js_start_next(handover, &Closure::once_into_js(leave)).await.is_ok()
}

/// For the program behind it: what the sign-in page said, if there was one. That page leaves.
#[must_use]
pub fn take_handover() -> Option<String> {
    js_take_handover().ok().flatten()
}

/// The loader has begun with the program behind the sign-in page: there is probably a session, or none is needed.
#[must_use]
pub fn began_behind_gate() -> bool {
    js_began_behind_gate().unwrap_or(false)
}

//! Browser methods that web-sys lacks, or declares as never throwing although they do. An exception through a frame
//! of ours would leave its state locked, so these are caught.

use wasm_bindgen::prelude::*;
use web_sys::{RtcRtpTransceiver, RtcRtpTransceiverDirection, RtcRtpTransceiverInit};

#[wasm_bindgen]
extern "C" {
    /// `RTCPeerConnection`, the throwing methods.
    #[wasm_bindgen(extends = web_sys::RtcPeerConnection)]
    pub(super) type PeerConnectionExt;

    #[wasm_bindgen(method, catch, js_name = addTransceiver)]
    pub(super) fn add_transceiver(this: &PeerConnectionExt, kind: &str, init: &RtcRtpTransceiverInit)
    -> Result<RtcRtpTransceiver, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setConfiguration)]
    pub(super) fn set_configuration(this: &PeerConnectionExt, configuration: &web_sys::RtcConfiguration) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = addIceCandidate)]
    pub(super) fn add_ice_candidate(this: &PeerConnectionExt, candidate: &js_sys::Object) -> Result<js_sys::Promise, JsValue>;

    /// `RTCRtpTransceiver`, the throwing setter.
    #[wasm_bindgen(extends = RtcRtpTransceiver)]
    pub(super) type TransceiverExt;

    #[wasm_bindgen(method, catch, setter, js_name = direction)]
    pub(super) fn set_direction(this: &TransceiverExt, value: RtcRtpTransceiverDirection) -> Result<(), JsValue>;

    /// `RTCRtpSender.setStreams`, not in every browser.
    #[wasm_bindgen(extends = web_sys::RtcRtpSender)]
    pub(super) type SenderExt;

    #[wasm_bindgen(method, catch, js_name = setStreams)]
    pub(super) fn set_streams(this: &SenderExt, stream: &web_sys::MediaStream) -> Result<(), JsValue>;

    /// `RTCDTMFSender`, the throwing method.
    #[wasm_bindgen(extends = web_sys::RtcdtmfSender)]
    pub(super) type DtmfExt;

    #[wasm_bindgen(method, catch, js_name = insertDTMF)]
    pub(super) fn insert_dtmf(this: &DtmfExt, tones: &str, duration: u32, gap: u32) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, js_name = toneBuffer)]
    pub(super) fn tone_buffer(this: &DtmfExt) -> String;

    /// `HTMLMediaElement.setSinkId`, not in every browser.
    #[wasm_bindgen(extends = web_sys::HtmlMediaElement)]
    pub(super) type MediaElementExt;

    #[wasm_bindgen(method, catch, js_name = setSinkId)]
    pub(super) fn set_sink_id(this: &MediaElementExt, id: &str) -> Result<js_sys::Promise, JsValue>;

    /// `ContentVisibilityAutoStateChangeEvent`, which web-sys lacks.
    #[wasm_bindgen(extends = web_sys::Event)]
    pub(super) type SkippedExt;

    #[wasm_bindgen(method, getter)]
    pub(super) fn skipped(this: &SkippedExt) -> bool;

    /// `LockManager`, behind an unstable flag in web-sys.
    pub(super) type Locks;

    #[wasm_bindgen(method, catch)]
    pub(super) fn request(this: &Locks, name: &str, options: &js_sys::Object, held: &js_sys::Function) -> Result<js_sys::Promise, JsValue>;

    /// `Clipboard`, absent where the page is not a secure one.
    pub(super) type Clipboard;

    #[wasm_bindgen(method, catch, js_name = writeText)]
    pub(super) fn write_text(this: &Clipboard, text: &str) -> Result<js_sys::Promise, JsValue>;

    /// `WakeLock`, behind an unstable flag in web-sys.
    pub(super) type ScreenLock;

    #[wasm_bindgen(method, catch, js_name = request)]
    pub(super) fn request_lock(this: &ScreenLock, kind: &str) -> Result<js_sys::Promise, JsValue>;

    /// `Intl.DateTimeFormat`, whose constructor throws on an unknown tag.
    #[wasm_bindgen(js_namespace = Intl)]
    pub(super) type DateTimeFormat;

    #[wasm_bindgen(constructor, catch, js_namespace = Intl)]
    pub(super) fn new(tag: &str, options: &JsValue) -> Result<DateTimeFormat, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn format(this: &DateTimeFormat, unix_ms: f64) -> Result<String, JsValue>;
}

/// A property of any object; `undefined` where it is missing or throws.
pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Whether an object has a function of this name.
pub(super) fn has_method(object: &JsValue, name: &str) -> bool {
    get(object, name).is_function()
}

/// Sets a property of an object of ours.
pub(super) fn set(object: &js_sys::Object, name: &str, value: &JsValue) {
    let _ = js_sys::Reflect::set(object, &JsValue::from_str(name), value);
}

/// Name and message of an exception, for the log.
pub(super) fn describe(error: &JsValue) -> String {
    let name = get(error, "name").as_string().unwrap_or_else(|| "Error".into());
    let message = get(error, "message").as_string().unwrap_or_default();
    format!("{name}: {message}")
}

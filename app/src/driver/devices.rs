//! Microphone and camera: opened by choice, closed when not needed, every failure with its own cause.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DomException, MediaDeviceInfo, MediaDeviceKind, MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack};

use super::Sink;
use super::bindings::{describe, get, has_method, set};
use super::listen::Listener;

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Audio in.
    Microphone,
    /// Video in.
    Camera,
    /// Audio out; listed only.
    Speaker,
}

/// A device as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What it is.
    pub kind: Kind,
    /// Id for [`Devices::open`].
    pub id: String,
    /// Name, empty before permission.
    pub label: String,
}

/// Why a device could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Refused by the user or a stored decision.
    Denied,
    /// The question was closed without an answer.
    Dismissed,
    /// There is none.
    Missing,
    /// Held by another program, or the hardware failed.
    InUse,
    /// The chosen one is not there.
    ChosenGone,
    /// Forbidden by the surrounding page or an administrator.
    Policy,
    /// The page was not loaded over HTTPS.
    Insecure,
    /// Anything else.
    Other,
}

/// What happens with devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What there is, at the start and after each change.
    Listed(Vec<Device>),
    /// Opened; [`Devices::stream`] has it.
    Opened(Kind),
    /// Not to be had.
    Failed(Kind, Fault),
    /// It worked and stopped: unplugged, or taken away.
    Lost(Kind),
    /// The user allows it, or does not any more.
    Allowed(Kind, bool),
    /// For the log.
    Odd(String),
}

/// Owner of the open devices.
pub struct Devices(Rc<Inner>);

struct Inner {
    sink: Sink<Event>,
    microphone: RefCell<Slot>,
    camera: RefCell<Slot>,
    listeners: RefCell<Vec<Listener>>,
}

#[derive(Default)]
struct Slot {
    /// Counts attempts: the answer of an abandoned one is closed again.
    attempt: u32,
    open: Option<Open>,
}

struct Open {
    stream: MediaStream,
    ended: Option<Listener>,
}

impl Devices {
    /// Nothing open; changes are reported from now on.
    #[must_use]
    pub fn new(sink: Sink<Event>) -> Devices {
        let inner = Rc::new(Inner { sink, microphone: RefCell::default(), camera: RefCell::default(), listeners: RefCell::default() });
        if let Some(devices) = media_devices() {
            let changed = Rc::downgrade(&inner);
            inner.listeners.borrow_mut().push(Listener::new(&devices, "devicechange", move |_| {
                if let Some(inner) = changed.upgrade() {
                    spawn_local(async move { inner.list().await });
                }
            }));
        }
        let asked = Rc::downgrade(&inner);
        spawn_local(async move {
            // Not every browser tells.
            let Some(status) = permission(Kind::Microphone).await else { return };
            let Some(inner) = asked.upgrade() else { return };
            let (sink, now) = (inner.sink.clone(), status.clone());
            let listener = Listener::new(status.unchecked_ref(), "change", move |_| {
                sink(Event::Allowed(Kind::Microphone, state(&now).as_deref() == Some("granted")));
            });
            inner.listeners.borrow_mut().push(listener);
        });
        Devices(inner)
    }

    /// Reports what there is.
    pub fn list(&self) {
        let inner = self.0.clone();
        spawn_local(async move { inner.list().await });
    }

    /// Opens a microphone or camera; `None` is the system's default. Reports `Opened` or `Failed`.
    pub fn open(&self, kind: Kind, id: Option<String>) {
        let inner = self.0.clone();
        let attempt = {
            let mut slot = inner.slot(kind).borrow_mut();
            slot.attempt += 1;
            slot.attempt
        };
        spawn_local(async move {
            let result = acquire(kind, id.as_deref()).await;
            if inner.slot(kind).borrow().attempt != attempt {
                if let Ok(stream) = result {
                    stop(&stream);
                }
                return;
            }
            match result {
                Ok(stream) => {
                    inner.take_in(kind, stream);
                    (inner.sink)(Event::Opened(kind));
                    // Names are told only after permission.
                    inner.list().await;
                }
                Err(error) => {
                    (inner.sink)(Event::Odd(format!("{kind:?}: {}", describe(&error))));
                    let fault = classify(kind, &error).await;
                    (inner.sink)(Event::Failed(kind, fault));
                }
            }
        });
    }

    /// Closes a device: its light goes out.
    pub fn close(&self, kind: Kind) {
        let mut slot = self.0.slot(kind).borrow_mut();
        slot.attempt += 1;
        if let Some(open) = slot.open.take() {
            stop(&open.stream);
        }
    }

    /// The open stream of a kind.
    #[must_use]
    pub fn stream(&self, kind: Kind) -> Option<MediaStream> {
        self.0.slot(kind).borrow().open.as_ref().map(|open| Clone::clone(&open.stream))
    }

    /// The live track of a kind.
    #[must_use]
    pub fn track(&self, kind: Kind) -> Option<MediaStreamTrack> {
        self.stream(kind).and_then(|stream| first_track(&stream))
    }
}

impl Inner {
    fn slot(&self, kind: Kind) -> &RefCell<Slot> {
        match kind {
            Kind::Microphone | Kind::Speaker => &self.microphone,
            Kind::Camera => &self.camera,
        }
    }

    fn take_in(self: &Rc<Self>, kind: Kind, stream: MediaStream) {
        let ended = first_track(&stream).map(|track| {
            let inner = Rc::downgrade(self);
            Listener::new(&track, "ended", move |_| {
                let Some(inner) = inner.upgrade() else { return };
                let lost = inner.slot(kind).borrow_mut().open.take();
                if lost.is_some() {
                    // This handler is one of what goes: it leaves in the next turn.
                    spawn_local(async move { drop(lost) });
                    (inner.sink)(Event::Lost(kind));
                }
            })
        });
        let before = self.slot(kind).borrow_mut().open.replace(Open { stream, ended });
        if let Some(mut before) = before {
            before.ended = None;
            stop(&before.stream);
        }
    }

    async fn list(&self) {
        let Some(devices) = media_devices() else { return };
        let Ok(promise) = devices.enumerate_devices() else { return };
        let Ok(found) = JsFuture::from(promise).await else { return };
        let found: Vec<Device> = Array::from(&found).iter().filter_map(|info| device(&info.unchecked_into())).collect();
        (self.sink)(Event::Listed(found));
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for slot in [&self.microphone, &self.camera] {
            if let Some(open) = slot.borrow_mut().open.take() {
                stop(&open.stream);
            }
        }
    }
}

fn media_devices() -> Option<MediaDevices> {
    // Absent on a page without a secure context.
    let devices = get(&web_sys::window()?.navigator(), "mediaDevices");
    devices.is_object().then(|| devices.unchecked_into())
}

async fn acquire(kind: Kind, id: Option<&str>) -> Result<MediaStream, JsValue> {
    let Some(devices) = media_devices() else { return Err(JsValue::UNDEFINED) };
    let wanted = Object::new();
    if let Some(id) = id {
        let exact = Object::new();
        set(&exact, "exact", &id.into());
        set(&wanted, "deviceId", &exact);
    }
    let constraints = MediaStreamConstraints::new();
    match kind {
        Kind::Microphone | Kind::Speaker => {
            for quality in ["echoCancellation", "noiseSuppression", "autoGainControl"] {
                set(&wanted, quality, &true.into());
            }
            constraints.set_audio(&wanted);
        }
        Kind::Camera => {
            for (name, value) in [("width", 1280), ("height", 720), ("frameRate", 30)] {
                let ideal = Object::new();
                set(&ideal, "ideal", &value.into());
                set(&wanted, name, &ideal);
            }
            constraints.set_video(&wanted);
        }
    }
    let promise = devices.get_user_media_with_constraints(&constraints)?;
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

/// Turns the exception of `getUserMedia` into its cause. Browsers use one name for several causes.
async fn classify(kind: Kind, error: &JsValue) -> Fault {
    if error.is_undefined() || web_sys::window().is_some_and(|window| !window.is_secure_context()) {
        return Fault::Insecure;
    }
    let name = error.dyn_ref::<DomException>().map(DomException::name);
    let name = name.or_else(|| get(error, "name").as_string()).unwrap_or_default();
    let message = get(error, "message").as_string().unwrap_or_default();
    match fault_of(&name, &message) {
        // A refusal: by policy, by a closed question, or meant.
        Fault::Denied if !allowed_by_policy(kind) => Fault::Policy,
        Fault::Denied if permission(kind).await.and_then(|status| state(&status)).as_deref() == Some("prompt") => Fault::Dismissed,
        fault => fault,
    }
}

/// What name and message alone say.
#[must_use]
pub fn fault_of(name: &str, message: &str) -> Fault {
    match name {
        "NotAllowedError" | "PermissionDeniedError" if message.contains("dismissed") => Fault::Dismissed,
        "NotAllowedError" | "PermissionDeniedError" => Fault::Denied,
        "NotFoundError" | "DevicesNotFoundError" => Fault::Missing,
        "NotReadableError" | "TrackStartError" | "AbortError" => Fault::InUse,
        "OverconstrainedError" | "ConstraintNotSatisfiedError" => Fault::ChosenGone,
        "SecurityError" => Fault::Policy,
        _ => Fault::Other,
    }
}

fn allowed_by_policy(kind: Kind) -> bool {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return true };
    // Chromium only; elsewhere a refusal by policy looks like any other.
    let policy = get(&document, "featurePolicy");
    if !has_method(&policy, "allowsFeature") {
        return true;
    }
    let feature = permission_name(kind);
    let ask: js_sys::Function = get(&policy, "allowsFeature").unchecked_into();
    ask.call1(&policy, &feature.into()).ok().and_then(|allowed| allowed.as_bool()).unwrap_or(true)
}

/// Whether the user allows a device, where the browser tells.
async fn permission(kind: Kind) -> Option<JsValue> {
    let permissions = web_sys::window()?.navigator().permissions().ok()?;
    let query = Object::new();
    set(&query, "name", &permission_name(kind).into());
    JsFuture::from(permissions.query(&query).ok()?).await.ok()
}

/// `granted`, `denied` or `prompt`.
fn state(permission: &JsValue) -> Option<String> {
    get(permission, "state").as_string()
}

fn permission_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Microphone | Kind::Speaker => "microphone",
        Kind::Camera => "camera",
    }
}

fn device(info: &MediaDeviceInfo) -> Option<Device> {
    let kind = match info.kind() {
        MediaDeviceKind::Audioinput => Kind::Microphone,
        MediaDeviceKind::Videoinput => Kind::Camera,
        MediaDeviceKind::Audiooutput => Kind::Speaker,
        _ => return None,
    };
    let id = info.device_id();
    // Before permission ids are empty; "default" and "communications" repeat a device that is listed by itself.
    let repeated = id.is_empty() || id == "default" || id == "communications";
    (!repeated).then(|| Device { kind, id, label: info.label() })
}

fn first_track(stream: &MediaStream) -> Option<MediaStreamTrack> {
    stream.get_tracks().get(0).dyn_into().ok()
}

fn stop(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        track.unchecked_into::<MediaStreamTrack>().stop();
    }
}

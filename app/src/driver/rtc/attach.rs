//! Which element plays what. Remote sound is played by elements only: the browser plays nothing through Web Audio that
//! no element holds.

use std::cell::RefCell;
use std::rc::Rc;

use sip_ws::io::CallId;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DomException, HtmlMediaElement, MediaStream};

use crate::driver::bindings::{MediaElementExt, has_method};

/// What an element plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Sound of the other side.
    RemoteAudio(CallId),
    /// Picture of the other side.
    RemoteVideo(CallId),
    /// Our camera in a call.
    LocalVideo(CallId),
    /// Our camera outside of calls.
    CameraPreview,
}

pub(super) struct Attachments {
    refused: Rc<dyn Fn()>,
    elements: RefCell<Vec<(HtmlMediaElement, Source)>>,
    speaker: RefCell<String>,
}

impl Attachments {
    pub(super) fn new(refused: Rc<dyn Fn()>) -> Attachments {
        Attachments { refused, elements: RefCell::default(), speaker: RefCell::default() }
    }

    pub(super) fn add(&self, element: HtmlMediaElement, source: Source) {
        self.remove(&element);
        if !matches!(source, Source::RemoteAudio(_)) {
            // The sound is in the audio element; a second player would double it. The attribute alone mutes only at load.
            element.set_muted(true);
        }
        self.point(&element, source);
        self.elements.borrow_mut().push((element, source));
    }

    pub(super) fn remove(&self, element: &HtmlMediaElement) {
        let mut elements = self.elements.borrow_mut();
        let before = elements.len();
        elements.retain(|(known, _)| known != element);
        if elements.len() != before {
            element.set_src_object(None);
        }
    }

    pub(super) fn set_speaker(&self, id: String) {
        *self.speaker.borrow_mut() = id;
        let elements: Vec<_> = self.elements.borrow().iter().map(|(element, source)| (Clone::clone(element), *source)).collect();
        for (element, source) in elements {
            self.point(&element, source);
        }
    }

    /// Sets what each element plays, where it differs.
    pub(super) fn refresh(&self, stream_of: impl Fn(Source) -> Option<MediaStream>) {
        let elements: Vec<_> = self.elements.borrow().iter().map(|(element, source)| (Clone::clone(element), *source)).collect();
        for (element, source) in elements {
            let stream = stream_of(source);
            if element.src_object() != stream {
                element.set_src_object(stream.as_ref());
                if stream.is_some() {
                    self.play(&element);
                }
            }
        }
    }

    pub(super) fn play_all(&self) {
        let elements: Vec<_> = self.elements.borrow().iter().map(|(element, _)| Clone::clone(element)).collect();
        for element in elements {
            if element.src_object().is_some() && element.paused() {
                self.play(&element);
            }
        }
    }

    fn play(&self, element: &HtmlMediaElement) {
        let Ok(promise) = element.play() else { return };
        let refused = self.refused.clone();
        spawn_local(async move {
            if let Err(error) = JsFuture::from(promise).await {
                // Any other error is a newer stream taking over.
                if error.dyn_ref::<DomException>().is_some_and(|error| error.name() == "NotAllowedError") {
                    refused();
                }
            }
        });
    }

    fn point(&self, element: &HtmlMediaElement, source: Source) {
        if matches!(source, Source::RemoteAudio(_)) && has_method(element, "setSinkId") {
            let element: &MediaElementExt = element.unchecked_ref();
            if let Ok(promise) = element.set_sink_id(&self.speaker.borrow()) {
                // A speaker that is gone: the default one goes on playing.
                spawn_local(async move { drop(JsFuture::from(promise).await) });
            }
        }
    }
}

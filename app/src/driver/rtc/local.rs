//! What we send: the microphone or silence, and the camera.

use std::cell::RefCell;

use web_sys::{MediaStream, MediaStreamTrack};

use crate::driver::audio::Audio;

/// The tracks that calls clone.
pub(super) struct LocalTracks {
    audio: Audio,
    microphone: RefCell<Option<MediaStreamTrack>>,
    camera: RefCell<Option<MediaStream>>,
}

impl LocalTracks {
    pub(super) fn new(audio: Audio) -> LocalTracks {
        LocalTracks { audio, microphone: RefCell::default(), camera: RefCell::default() }
    }

    pub(super) fn audio(&self) -> &Audio {
        &self.audio
    }

    pub(super) fn set_microphone(&self, track: Option<MediaStreamTrack>) {
        *self.microphone.borrow_mut() = track;
    }

    pub(super) fn set_camera(&self, stream: Option<MediaStream>) {
        *self.camera.borrow_mut() = stream;
    }

    /// A clone of the microphone, so that muting one call leaves the others alone; silence without one.
    pub(super) fn audio_for_call(&self) -> Option<MediaStreamTrack> {
        let track = self.microphone.borrow().as_ref().map(MediaStreamTrack::clone);
        track.or_else(|| self.audio.silent_track().as_ref().map(MediaStreamTrack::clone))
    }

    /// The camera's track, shared by all calls.
    pub(super) fn camera_track(&self) -> Option<MediaStreamTrack> {
        use wasm_bindgen::JsCast;
        self.camera.borrow().as_ref().and_then(|stream| stream.get_video_tracks().get(0).dyn_into().ok())
    }

    pub(super) fn camera_stream(&self) -> Option<MediaStream> {
        self.camera.borrow().as_ref().map(Clone::clone)
    }
}

//! How a page's `<audio>` and `<video>` elements get their streams: a component says what it shows, the driver sets
//! and changes the stream. Components never see a stream.

use leptos::prelude::*;
use send_wrapper::SendWrapper;

use crate::desk::CallKey;

/// An `<audio>` or `<video>` element.
pub type MediaElement = web_sys::HtmlMediaElement;

/// What an element plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaSource {
    /// Sound of the other side; one `<audio class="remote-audio" data-call=...>` per call, on every page.
    RemoteAudio(CallKey),
    /// Picture of the other side (muted: its sound is in the audio element).
    RemoteVideo(CallKey),
    /// Our own camera in a call.
    LocalVideo(CallKey),
    /// Our camera in the device check.
    CameraPreview,
}

/// Connects elements with streams. `Media::use_context()` in a component's body, then `attach` in an effect on the
/// element's `NodeRef`; the element is let go when the component is disposed.
#[derive(Clone, Copy)]
pub struct Media(Callback<(SendWrapper<MediaElement>, Option<MediaSource>)>);

impl Media {
    /// For the root: `handler` gets an element and what it plays, or `None` when it goes away.
    pub fn new(handler: impl Fn(MediaElement, Option<MediaSource>) + Send + Sync + 'static) -> Media {
        Media(Callback::new(move |(element, source): (SendWrapper<MediaElement>, _)| handler(element.take(), source)))
    }

    /// The media handle of this page.
    pub fn use_context() -> Media {
        expect_context::<Media>()
    }

    /// Plays `source` in `element`, now and whenever its stream changes, until the current reactive owner ends.
    pub fn attach(self, element: &MediaElement, source: MediaSource) {
        self.0.run((SendWrapper::new(element.clone()), Some(source)));
        let kept = SendWrapper::new(element.clone());
        on_cleanup(move || self.0.run((kept, None)));
    }
}

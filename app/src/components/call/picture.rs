//! Moving pictures of a call. The elements are silent: sound has its own.

use leptos::html;
use leptos::prelude::*;

use crate::components::kit::{react, say};
use crate::desk::CallKey;
use crate::i18n::{I18n, Key};
use crate::store::{Media, MediaSource};

/// The other side.
#[component]
pub(super) fn RemotePicture(call: CallKey, name: Memo<String>) -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <Picture
            source=MediaSource::RemoteVideo(call)
            class="remote-video"
            label=Signal::derive(move || t.with(Key::VideoOf, &[("name", &name.get())]))
        />
    }
}

/// Ourselves, mirrored as people expect.
#[component]
pub(super) fn OwnPicture(call: CallKey) -> impl IntoView {
    let t = I18n::use_context();
    view! {
        <Picture
            source=MediaSource::LocalVideo(call)
            class="own-video"
            label=Signal::derive(move || t.get(Key::OwnVideo).to_owned())
        />
    }
}

/// One video element, connected with its stream while it is on the screen.
#[component]
pub(crate) fn Picture(source: MediaSource, class: &'static str, label: Signal<String>) -> impl IntoView {
    let media = Media::use_context();
    let node = NodeRef::<html::Video>::new();
    react(move || {
        if let Some(element) = node.get() {
            media.attach(&element, source);
        }
    });
    view! {
        <video
            class=class
            autoplay
            playsinline
            prop:muted=true
            disablepictureinpicture
            node_ref=node
            aria-label=say(move || label.get())
        ></video>
    }
}

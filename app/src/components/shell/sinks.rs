//! The sound of every call: one audio element each, outside of all pages, so that changing the page never stops it.

use leptos::html;
use leptos::prelude::*;

use crate::components::kit::{Each, memo, react};
use crate::desk::CallKey;
use crate::store::{Media, MediaSource, Stores};

/// All audio elements.
#[component]
pub fn AudioSinks() -> impl IntoView {
    let stores = Stores::use_context();
    let calls = memo(move || {
        let calls = stores.calls.all();
        let supervisors = calls.iter().flat_map(|call| &call.supervisors).map(|supervisor| supervisor.call);
        let supervisors: Vec<CallKey> = supervisors.collect();
        calls.iter().map(|call| call.call).chain(supervisors).collect::<Vec<_>>()
    });
    view! {
        <Each each=move || calls.get() key=|call| *call let:call>
            <Sink call/>
        </Each>
    }
}

#[component]
fn Sink(call: CallKey) -> impl IntoView {
    let media = Media::use_context();
    let node = NodeRef::<html::Audio>::new();
    react(move || {
        if let Some(element) = node.get() {
            media.attach(&element, MediaSource::RemoteAudio(call));
        }
    });
    view! { <audio class="remote-audio" autoplay node_ref=node data-call=call.to_string()></audio> }
}

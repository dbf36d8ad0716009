//! The live picture of a door, with its age and what is wrong.

use leptos::html;
use leptos::prelude::*;

use crate::components::kit::{Glyph, Icon, memo, react, say};
use crate::components::words;
use crate::desk::view::doors::PictureView;
use crate::i18n::{I18n, Key};
use crate::store::{Pictures, Stores};

/// A picture, read while it is on the screen.
#[component]
pub fn DoorPicture(
    /// Id of the entrance.
    door: String,
    /// Its name.
    #[prop(into)]
    name: Signal<String>,
    /// It has a camera.
    camera: bool,
) -> impl IntoView {
    let t = I18n::use_context();
    if !camera {
        return view! {
            <div class="door-picture is-blind">
                <Icon glyph=Glyph::Entrance/>
                <p class="door-state">{t.of(Key::PicNone)}</p>
            </div>
        }
        .into_any();
    }
    let stores = Stores::use_context();
    let pictures = Pictures::use_context();
    let node = NodeRef::<html::Canvas>::new();
    let watched = door.clone();
    react(move || {
        if let Some(canvas) = node.get() {
            pictures.attach(&canvas, watched.clone());
        }
    });
    let id = door.clone();
    let status = memo(move || stores.pictures.known(&id).map(|row| row.get()).unwrap_or_default());
    let class = move || {
        let (_, tone) = words::picture(t, status.get());
        format!("door-state {}", tone.class())
    };
    let seen = move || match status.get() {
        PictureView::Waiting => "waiting",
        PictureView::Live => "live",
        PictureView::Old(_) => "old",
        PictureView::Wrong(_, _) => "wrong",
    };
    view! {
        <figure class="door-picture" data-door=door data-picture=seen>
            <canvas node_ref=node role="img" aria-label=say(move || t.with(Key::DoorPicture, &[("door", &name.get())]))></canvas>
            <figcaption class=class>
                <span class="dot" aria-hidden="true"></span>
                <span>{say(move || words::picture(t, status.get()).0)}</span>
            </figcaption>
        </figure>
    }
    .into_any()
}

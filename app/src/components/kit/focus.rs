//! Where the focus goes when the control that had it leaves the page.

use leptos::html;
use leptos::prelude::*;

/// Gives the focus to `place` if nothing else has it once the page has been drawn: whoever works by keyboard goes on
/// from there instead of from the top of the page.
pub fn catch_focus(place: NodeRef<html::Section>) {
    let Some(place) = place.get_untracked() else { return };
    request_animation_frame(move || {
        if document().active_element().is_none_or(|element| element.tag_name() == "BODY") {
            // A place that has left the page as well cannot take the focus; then it stays where it is.
            drop(place.focus());
        }
    });
}

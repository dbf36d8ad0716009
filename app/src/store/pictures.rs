//! How a canvas gets the pictures of a door: a component says which, the driver draws. Components never see a picture.

use leptos::prelude::*;
use send_wrapper::SendWrapper;

/// A `<canvas>` element.
pub type Canvas = web_sys::HtmlCanvasElement;

/// Connects canvases with doors. `Pictures::use_context()` in a component's body, then `attach` in an effect on the element's `NodeRef`.
#[derive(Clone, Copy)]
pub struct Pictures(Callback<(SendWrapper<Canvas>, Option<String>)>);

impl Pictures {
    /// For the root: `handler` gets a canvas and the door that it shows, or `None` when it goes away.
    pub fn new(handler: impl Fn(Canvas, Option<String>) + Send + Sync + 'static) -> Pictures {
        Pictures(Callback::new(move |(canvas, door): (SendWrapper<Canvas>, _)| handler(canvas.take(), door)))
    }

    /// The handle of this page.
    pub fn use_context() -> Pictures {
        expect_context::<Pictures>()
    }

    /// Draws the pictures of `door` on `canvas` until the current reactive owner ends.
    pub fn attach(self, canvas: &Canvas, door: String) {
        self.0.run((SendWrapper::new(canvas.clone()), Some(door)));
        let kept = SendWrapper::new(canvas.clone());
        on_cleanup(move || self.0.run((kept, None)));
    }
}

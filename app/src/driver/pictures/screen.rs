//! One canvas with a door's picture, and whether it is on the screen.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap, IntersectionObserver, IntersectionObserverEntry,
};

/// A canvas that shows one door.
pub(super) struct Screen {
    canvas: HtmlCanvasElement,
    door: String,
    visible: Rc<Cell<bool>>,
    observer: Option<IntersectionObserver>,
    _seen: Closure<dyn FnMut(Array)>,
}

impl Screen {
    /// `changed` runs when the canvas comes onto the screen or leaves it.
    pub(super) fn new(canvas: HtmlCanvasElement, door: String, changed: impl Fn() + 'static) -> Screen {
        // Until the browser says otherwise it is there: a ring shows its picture without waiting for that.
        let visible = Rc::new(Cell::new(true));
        let seen = {
            let visible = visible.clone();
            Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
                let last = entries.get(entries.length().saturating_sub(1));
                if let Some(entry) = last.dyn_ref::<IntersectionObserverEntry>()
                    && visible.replace(entry.is_intersecting()) != entry.is_intersecting()
                {
                    changed();
                }
            })
        };
        let observer = IntersectionObserver::new(seen.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(&canvas);
        }
        Screen { canvas, door, visible, observer, _seen: seen }
    }

    pub(super) fn is(&self, canvas: &HtmlCanvasElement) -> bool {
        self.canvas == *canvas
    }

    pub(super) fn door(&self) -> &str {
        &self.door
    }

    pub(super) fn visible(&self) -> bool {
        self.visible.get()
    }

    pub(super) fn draw(&self, picture: &ImageBitmap) {
        let (width, height) = (picture.width(), picture.height());
        if (self.canvas.width(), self.canvas.height()) != (width, height) {
            self.canvas.set_width(width);
            self.canvas.set_height(height);
        }
        let context = self.canvas.get_context("2d").ok().flatten();
        if let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok()) {
            // Fails only for a picture that was closed.
            let _ = context.draw_image_with_image_bitmap(picture, 0.0, 0.0);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// Decodes a JPEG, off the main thread where the browser can. `None` for what is none.
pub(super) async fn decode(bytes: &Uint8Array) -> Option<ImageBitmap> {
    let kind = BlobPropertyBag::new();
    kind.set_type("image/jpeg");
    let blob = Blob::new_with_u8_array_sequence_and_options(&Array::of1(bytes), &kind).ok()?;
    let promise = web_sys::window()?.create_image_bitmap_with_blob(&blob).ok()?;
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

//! Text that changes. Every closure in a view is a type of its own and gets its own copy of the machinery that redraws
//! it; text that went through here has one type for all places.

use std::sync::Arc;

/// The closure, for use as text or as the value of an attribute.
pub fn say<S: Into<String>>(text: impl Fn() -> S + Send + Sync + 'static) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    shared(Arc::new(move || text().into()))
}

fn shared(text: Arc<dyn Fn() -> String + Send + Sync>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    move || text()
}

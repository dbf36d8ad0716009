//! Closures that a view hands to the framework, boxed: each closure is a type of its own and would get its own copy of
//! the machinery around it, which a download of this size notices.

use std::sync::Arc;

use leptos::prelude::*;

use crate::store::reader;

/// Text that changes, for use as a child or as the value of an attribute.
pub fn say<S: Into<String>>(text: impl Fn() -> S + Send + Sync + 'static) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    shared(Arc::new(move || text().into()))
}

fn shared(text: Arc<dyn Fn() -> String + Send + Sync>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    move || text()
}

/// A derived value that tells its readers only when it differs; see [`reader`].
pub fn memo<T: PartialEq + Send + Sync + 'static>(value: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    reader(value)
}

/// Runs now and whenever something it read has changed.
pub fn react(run: impl Fn() + 'static) {
    boxed_effect(Box::new(run));
}

fn boxed_effect(run: Box<dyn Fn()>) {
    Effect::new(move |_| run());
}

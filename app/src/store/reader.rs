//! Derived values that leave nothing behind. What the framework's own ones have read keeps them in its list of readers when they are gone:
//! where that is the clock or the language, and rows come and go all day, the list grows all day, and each change walks through it.

use leptos::prelude::*;
use leptos::reactive::graph::{AnySubscriber, Subscriber, ToAnySubscriber};

/// A derived value that tells its readers only when it differs, and that is forgotten by all it has read when its component goes.
pub fn reader<T: PartialEq + Send + Sync + 'static>(value: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    boxed(Box::new(value))
}

/// Compiled once for each type, not for each closure.
fn boxed<T: PartialEq + Send + Sync + 'static>(value: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
    let memo = ArcMemo::new(move |_| value());
    forget_with_owner(memo.to_any_subscriber());
    memo.into()
}

fn forget_with_owner(reader: AnySubscriber) {
    on_cleanup(move || reader.clear_sources(&reader));
}

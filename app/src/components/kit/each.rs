//! A list whose items come, go and move. The framework's own `For` is compiled anew for every place it is used; this one is compiled once,
//! which a download of this size notices.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::sync::Arc;

use leptos::prelude::*;

/// An item before it is drawn: what it is known by, and its view.
type Item = (u64, Box<dyn FnOnce() -> AnyView + Send>);

/// A view for each item. An item with the same key keeps its view, which is not drawn anew: what changes in it is a signal.
#[component]
pub fn Each<T, K, V>(
    /// The items in order.
    each: impl Fn() -> Vec<T> + Send + 'static,
    /// What an item is known by.
    key: fn(&T) -> K,
    /// Its view.
    children: impl Fn(T) -> V + Send + Sync + 'static,
) -> AnyView
where
    T: Send + 'static,
    K: Hash + 'static,
    V: IntoView + 'static,
{
    let children = Arc::new(children);
    // Keys of any type become numbers here. Two of a thousand are the same by one chance in 10^13.
    let item = move |item: T| -> Item {
        let children = children.clone();
        (BuildHasherDefault::<DefaultHasher>::default().hash_one(key(&item)), Box::new(move || children(item).into_any()))
    };
    keyed(Box::new(move || each().into_iter().map(&item).collect()))
}

fn keyed(items: Box<dyn Fn() -> Vec<Item> + Send>) -> AnyView {
    view! { <For each=items key=|(key, _)| *key children=|(_, view)| view()/> }.into_any()
}

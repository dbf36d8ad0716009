//! A list whose items come, go and move. The framework's own `For` is compiled anew for every place it is used; this one is compiled once,
//! which a download of this size notices. And what a list has shown and shows no longer leaves nothing behind, however many items come and
//! go in a shift.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::sync::{Arc, Mutex};

use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use leptos::tachys::view::keyed::keyed as keyed_view;

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
    let owners = Arc::new(Owners::new());
    let draw = move |_, (_, view): Item| {
        let owner = owners.next();
        let view = owner.with(view);
        (drop::<usize>, OwnedView::new_with_owner(view, owner))
    };
    (move || keyed_view(items(), |(key, _)| *key, draw.clone())).into_any()
}

/// Items whose owners stand in one list.
const GENERATION: usize = 64;

/// Owners of a list's items. An owner notes each one that was ever made under it and takes none out before it ends itself (`For` has one for
/// the whole list). Here a few items share one, which ends with the last of them.
struct Owners {
    list: Option<Owner>,
    /// The present one, and how many it has yet to take.
    present: Mutex<Option<(Owner, usize)>>,
}

impl Owners {
    fn new() -> Self {
        Owners { list: Owner::current(), present: Mutex::new(None) }
    }

    /// An owner for one more item.
    fn next(&self) -> Owner {
        let make = || match &self.list {
            Some(list) => list.with(Owner::new),
            None => Owner::new(),
        };
        let Ok(mut present) = self.present.lock() else { return make() };
        let (shared, left) = present.take().unwrap_or_else(|| (make(), GENERATION));
        let owner = shared.with(Owner::new);
        let held = shared.clone();
        owner.with(|| on_cleanup(move || drop(held)));
        *present = (left > 1).then(|| (shared, left - 1));
        owner
    }
}

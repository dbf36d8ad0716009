//! A list whose rows change one by one: the order is one signal, each row another. Pages iterate over keys and read
//! a row, so a changed row redraws alone.

use std::collections::HashMap;
use std::hash::Hash;

use leptos::prelude::*;

/// A keyed list. `keys` for the `each` of an `<Each>`, `row` for its children.
pub struct Rows<K: Send + Sync + 'static, V: Send + Sync + 'static> {
    keys: RwSignal<Vec<K>>,
    /// Told of any change.
    any: Trigger,
    rows: StoredValue<HashMap<K, ArcRwSignal<V>>>,
}

impl<K: Send + Sync + 'static, V: Send + Sync + 'static> Clone for Rows<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Send + Sync + 'static, V: Send + Sync + 'static> Copy for Rows<K, V> {}

impl<K, V> Rows<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + PartialEq + Send + Sync + 'static,
{
    /// An empty list under the current reactive owner.
    pub(crate) fn new() -> Self {
        Rows { keys: RwSignal::new(Vec::new()), any: Trigger::new(), rows: StoredValue::new(HashMap::new()) }
    }

    /// The keys in display order; changes only when rows come, go or move.
    pub fn keys(self) -> Vec<K> {
        self.keys.get()
    }

    /// Whether there is no row.
    pub fn is_empty(self) -> bool {
        self.keys.with(Vec::is_empty)
    }

    /// The row of a key as a signal; `None` when there is no such row now. A row that leaves the list keeps its last
    /// value for views that are about to disappear.
    pub fn row(self, key: &K) -> Option<Signal<V>> {
        self.rows.with_value(|rows| rows.get(key).cloned()).map(Signal::from)
    }

    /// Every row, in order; re-runs on any change.
    pub fn all(self) -> Vec<V> {
        self.each(|row| Some(row.clone()))
    }

    /// What is wanted of every row, in order; re-runs on any change.
    pub fn each<R>(self, mut read: impl FnMut(&V) -> Option<R>) -> Vec<R> {
        self.any.track();
        let keys = self.keys.read_untracked();
        self.rows.with_value(|rows| keys.iter().filter_map(|key| rows.get(key)?.with_untracked(&mut read)).collect())
    }

    /// The row of a key while it is in the list: whoever asks is told when it comes and when it leaves.
    pub fn known(self, key: &K) -> Option<Signal<V>> {
        self.keys.with(|keys| keys.contains(key)).then(|| self.row(key)).flatten()
    }

    /// For the runner: makes the list equal to `values`, touching only what differs.
    pub fn put(self, values: impl IntoIterator<Item = (K, V)>) {
        let mut order = Vec::new();
        let mut changed = Vec::new();
        self.rows.update_value(|rows| {
            for (key, value) in values {
                match rows.get(&key) {
                    Some(row) if row.with_untracked(|old| *old == value) => {}
                    Some(row) => changed.push((row.clone(), value)),
                    None => {
                        rows.insert(key.clone(), ArcRwSignal::new(value));
                    }
                }
                order.push(key);
            }
            if rows.len() > order.len() {
                rows.retain(|key, _| order.contains(key));
            }
        });
        let moved = self.keys.with_untracked(|old| *old != order);
        // Signals are set outside of the closure: whoever listens may read this list.
        let told = moved || !changed.is_empty();
        set_each(changed);
        if moved {
            self.keys.set(order);
        }
        if told {
            self.any.notify();
        }
    }

    /// For the runner: new values of rows that are in the list.
    pub fn change(self, values: impl IntoIterator<Item = (K, V)>) {
        let changed: Vec<_> = self.rows.with_value(|rows| {
            let values = values.into_iter().filter_map(|(key, value)| Some((rows.get(&key)?.clone(), value)));
            values.filter(|(row, value)| row.with_untracked(|old| old != value)).collect()
        });
        if !changed.is_empty() {
            set_each(changed);
            self.any.notify();
        }
    }
}

fn set_each<V: Send + Sync + 'static>(changed: Vec<(ArcRwSignal<V>, V)>) {
    for (row, value) in changed {
        row.set(value);
    }
}

//! A list whose rows change one by one: the order is one signal, each row another. Pages iterate over keys and read
//! a row, so a changed row redraws alone.

use std::collections::HashMap;
use std::hash::Hash;

use leptos::prelude::*;

/// A keyed list. `keys` for the `each` of a `<For>`, `row` for its children.
pub struct Rows<K: Send + Sync + 'static, V: Send + Sync + 'static> {
    keys: RwSignal<Vec<K>>,
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
    pub(super) fn new() -> Self {
        Rows { keys: RwSignal::new(Vec::new()), rows: StoredValue::new(HashMap::new()) }
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
        let keys = self.keys.get();
        keys.iter().filter_map(|key| self.rows.with_value(|rows| rows.get(key).cloned())).map(|row| row.get()).collect()
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
        // Signals are set outside of the closure: whoever listens may read this list.
        for (row, value) in changed {
            row.set(value);
        }
        if self.keys.with_untracked(|old| *old != order) {
            self.keys.set(order);
        }
    }
}

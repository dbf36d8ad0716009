//! An order in which each entry stands at a step: the first one at or after some step, or at or before it, is found without a walk.

use std::collections::BTreeSet;

/// Entries in order, apart by their steps. Queues have few steps.
#[derive(Debug)]
pub(super) struct Stepped<T>(Vec<BTreeSet<T>>);

impl<T: Ord> Stepped<T> {
    pub fn new(steps: usize) -> Self {
        Stepped((0..steps.max(1)).map(|_| BTreeSet::new()).collect())
    }

    /// Puts an entry at its step; the last one is as far as it goes.
    pub fn insert(&mut self, step: usize, entry: T) {
        let last = self.0.len() - 1;
        self.0[step.min(last)].insert(entry);
    }

    pub fn remove(&mut self, step: usize, entry: &T) -> bool {
        let last = self.0.len() - 1;
        self.0[step.min(last)].remove(entry)
    }

    pub fn contains(&self, step: usize, entry: &T) -> bool {
        self.0.get(step).is_some_and(|at| at.contains(entry))
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(BTreeSet::len).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }

    /// The first entry at this step or a later one.
    pub fn first_from(&self, step: usize) -> Option<&T> {
        self.0.iter().skip(step).filter_map(BTreeSet::first).min()
    }

    /// The first entry at this step or a later one for which this is true.
    pub fn find_from(&self, step: usize, which: impl Fn(&T) -> bool) -> Option<&T> {
        self.0.iter().skip(step).filter_map(|at| at.iter().find(|entry| which(entry))).min()
    }

    /// The first entry at this step or an earlier one for which this is true.
    pub fn find_to(&self, step: usize, which: impl Fn(&T) -> bool) -> Option<&T> {
        self.0.iter().take(step + 1).filter_map(|at| at.iter().find(|entry| which(entry))).min()
    }
}

#[cfg(test)]
mod tests {
    use super::Stepped;

    #[test]
    fn the_first_one_is_found_from_either_side() {
        let mut all = Stepped::new(3);
        for (step, entry) in [(0, 5), (1, 3), (2, 4), (7, 9)] {
            all.insert(step, entry);
        }
        assert_eq!((all.first_from(0), all.first_from(1), all.first_from(2), all.first_from(3)), (Some(&3), Some(&3), Some(&4), None));
        assert_eq!((all.find_to(0, |_| true), all.find_to(1, |_| true), all.find_to(2, |n| *n > 4)), (Some(&5), Some(&3), Some(&5)));
        assert_eq!(all.find_from(1, |n| *n > 3), Some(&4));
        assert_eq!((all.len(), all.iter().count()), (4, 4));
        assert!(all.contains(1, &3) && !all.contains(0, &3));
        assert!(all.remove(1, &3) && !all.remove(1, &3) && all.remove(5, &9), "beyond the last step is the last step");
        assert_eq!(Stepped::<u8>::new(0).first_from(0), None);
    }
}

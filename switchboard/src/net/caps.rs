//! How many connections may be open: in all, and from one address.

use super::limit_key;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A clonable counter of open things per address.
#[derive(Debug, Clone)]
pub struct Caps(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    per_address: u32,
    in_all: u32,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    by_address: HashMap<IpAddr, u32>,
    in_all: u32,
}

/// One open thing. Dropping it gives the place back.
#[derive(Debug)]
pub struct CapGuard {
    caps: Caps,
    key: Option<IpAddr>,
}

impl Caps {
    /// Allows this many.
    #[must_use]
    pub fn new(per_address: u32, in_all: u32) -> Self {
        Self(Arc::new(Inner { per_address, in_all, open: Mutex::default() }))
    }

    /// Takes a place for this address, or `None` where there is none left.
    #[must_use]
    pub fn take(&self, address: IpAddr) -> Option<CapGuard> {
        let key = limit_key(address);
        let mut open = self.open();
        if open.in_all >= self.0.in_all {
            return None;
        }
        let count = open.by_address.entry(key).or_default();
        if *count >= self.0.per_address {
            return None;
        }
        *count += 1;
        open.in_all += 1;
        Some(CapGuard { caps: self.clone(), key: Some(key) })
    }

    /// Whether this address would get another place.
    #[must_use]
    pub fn has_place(&self, address: IpAddr) -> bool {
        let open = self.open();
        let count = open.by_address.get(&limit_key(address)).copied().unwrap_or_default();
        open.in_all < self.0.in_all && count < self.0.per_address
    }

    /// Takes a place that is counted for no address: the connection of a listed proxy, whose clients are counted by request.
    #[must_use]
    pub fn take_shared(&self) -> Option<CapGuard> {
        let mut open = self.open();
        if open.in_all >= self.0.in_all {
            return None;
        }
        open.in_all += 1;
        Some(CapGuard { caps: self.clone(), key: None })
    }

    /// How many are open.
    #[must_use]
    pub fn in_use(&self) -> u32 {
        self.open().in_all
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CapGuard {
    fn drop(&mut self) {
        let mut open = self.caps.open();
        open.in_all = open.in_all.saturating_sub(1);
        if let Some(key) = self.key
            && let Some(count) = open.by_address.get_mut(&key)
        {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back() {
        let caps = Caps::new(2, 3);
        let one: IpAddr = [192, 0, 2, 1].into();
        let two: IpAddr = [192, 0, 2, 2].into();
        let first = caps.take(one).expect("a place");
        let _second = caps.take(one).expect("a place");
        assert!(caps.take(one).is_none(), "one address has two");
        let _third = caps.take(two).expect("a place");
        assert!(caps.take(two).is_none(), "three in all");
        drop(first);
        assert!(caps.take(one).is_some());
    }
}

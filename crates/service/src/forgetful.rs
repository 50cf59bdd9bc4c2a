//! A bounded map that is emptied at once, and takes nothing afterwards from whoever began before: what somebody was told
//! then may hold no more.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Every request looks something up, and nobody puts anything in who cannot sign.
type ByPlace<V> = HashMap<String, V, foldhash::quality::RandomState>;

/// How often a map had been emptied at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Emptied(u64);

/// The map.
pub(crate) struct Forgetful<V> {
    kept: Mutex<ByPlace<V>>,
    /// Changed under the lock only.
    emptied: AtomicU64,
    max: usize,
}

impl<V> Forgetful<V> {
    /// With room for so many; it is emptied when it is full.
    pub(crate) fn new(max: usize) -> Self {
        Self { kept: Mutex::default(), emptied: AtomicU64::new(0), max }
    }

    /// To be asked before what is to be put in is found out.
    pub(crate) fn emptied(&self) -> Emptied {
        Emptied(self.emptied.load(Ordering::Acquire))
    }

    /// Looks at what is kept of a place.
    pub(crate) fn with<T>(&self, place: &str, look: impl FnOnce(Option<&mut V>) -> T) -> T {
        look(self.lock().get_mut(place))
    }

    /// Keeps a value that was found out since then, unless all was forgotten meanwhile.
    pub(crate) fn put(&self, place: String, value: V, since: Emptied) {
        let mut kept = self.lock();
        if self.emptied() != since {
            return;
        }
        if kept.len() >= self.max {
            kept.clear();
        }
        kept.insert(place, value);
    }

    /// Forgets all of it.
    pub(crate) fn forget(&self) {
        let mut kept = self.lock();
        self.emptied.fetch_add(1, Ordering::Release);
        kept.clear();
    }

    /// A poisoned lock is taken over: the map is whole after each statement.
    fn lock(&self) -> MutexGuard<'_, ByPlace<V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(map: &Forgetful<u8>, place: &str) -> Option<u8> {
        map.with(place, |value| value.copied())
    }

    #[test]
    fn what_was_found_out_before_all_was_forgotten_is_not_kept() {
        let map = Forgetful::new(10);
        let since = map.emptied();
        map.put("a".to_owned(), 1, since);
        assert_eq!(kept(&map, "a"), Some(1), "positive control");
        map.forget();
        assert_eq!(kept(&map, "a"), None);
        map.put("a".to_owned(), 1, since);
        assert_eq!(kept(&map, "a"), None, "asked before, answered after");
        map.put("a".to_owned(), 2, map.emptied());
        assert_eq!(kept(&map, "a"), Some(2));
    }

    #[test]
    fn it_is_emptied_when_it_is_full() {
        let map = Forgetful::new(2);
        for (place, value) in [("a", 1), ("b", 2), ("c", 3)] {
            map.put(place.to_owned(), value, map.emptied());
        }
        assert_eq!(["a", "b", "c"].map(|place| kept(&map, place)), [None, None, Some(3)]);
    }
}

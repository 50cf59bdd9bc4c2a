//! The persistent hash map of the snapshot. Requests look up a dozen keys each, and all of them are names that this
//! service or its operators gave: std's hash, which stands up to keys that an attacker chooses, is several times slower.

use foldhash::quality::RandomState;
use imbl::GenericHashMap;
use imbl::shared_ptr::DefaultSharedPtr;

/// A persistent map by hash. The hash is seeded anew in each process.
pub(crate) type Hashed<K, V> = GenericHashMap<K, V, RandomState, DefaultSharedPtr>;

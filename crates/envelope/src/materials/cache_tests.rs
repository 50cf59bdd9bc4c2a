//! The cache against a manager that counts, and a clock that stands still.

use super::*;
use crate::keyring::RawAesKeyring;
use crate::materials::DefaultManager;
use crate::message::{CommitmentPolicy, Context, Header, HeaderLimits, Suite};
use crate::{OpenOptions, SealOptions, open_bytes, seal_bytes, seal_many};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what it is asked for.
struct Counting {
    inner: DefaultManager<RawAesKeyring>,
    asked: AtomicU64,
}

impl MaterialsManager for Counting {
    fn encryption_materials(
        &self,
        request: EncryptionRequest<'_>,
    ) -> Result<Arc<EncryptionMaterials>, EnvelopeError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.inner.encryption_materials(request)
    }

    fn decryption_materials(
        &self,
        request: DecryptionRequest<'_>,
    ) -> Result<Arc<DecryptionMaterials>, EnvelopeError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.inner.decryption_materials(request)
    }
}

/// Seconds that the tests set.
type Clock = Arc<AtomicU64>;

fn cache(change: impl Fn(&mut CacheLimits)) -> (CachingManager<Counting>, Clock) {
    let inner = DefaultManager::new(RawAesKeyring::new("ns", "k", &[1; 32]).unwrap());
    let mut limits = CacheLimits::new(Duration::from_secs(60));
    change(&mut limits);
    let (clock, start) = (Clock::default(), Instant::now());
    let seconds = Arc::clone(&clock);
    let now = move || start + Duration::from_secs(seconds.load(Ordering::Relaxed));
    let counting = Counting { inner, asked: AtomicU64::new(0) };
    (CachingManager::with_clock(counting, limits, Box::new(now)), clock)
}

fn asked(cache: &CachingManager<Counting>) -> u64 {
    cache.inner.asked.load(Ordering::Relaxed)
}

fn pair(value: &str) -> Context {
    Context::new([("tenant".to_owned(), value.to_owned())].into()).unwrap()
}

fn seal(cache: &CachingManager<Counting>, context: &Context) -> Vec<u8> {
    seal_bytes(b"twelve bytes", cache, SealOptions::new(context)).unwrap()
}

fn entries(message: &[u8]) -> Vec<crate::message::EncryptedDataKey> {
    Header::parse(message, HeaderLimits::default()).unwrap().encrypted_data_keys().to_vec()
}

#[test]
fn messages_share_a_data_key_and_nothing_else() {
    let (cache, _) = cache(|_| {});
    let (one, two) = (seal(&cache, &pair("a")), seal(&cache, &pair("a")));
    assert_eq!((asked(&cache), entries(&one)), (1, entries(&two)));
    assert_ne!(one[3..35], two[3..35], "the message ids");
    assert_ne!(one[one.len() - 28..], two[two.len() - 28..], "the ciphertexts");
}

#[test]
fn another_context_suite_or_partition_is_another_entry() {
    let (cache, _) = cache(|_| {});
    assert_ne!(entries(&seal(&cache, &pair("a"))), entries(&seal(&cache, &pair("b"))));
    let nothing = Context::default();
    seal(&cache, &nothing);
    assert_eq!(asked(&cache), 3);
    let signed = SealOptions { suite: Suite::COMMITTING_SIGNED, ..SealOptions::new(&nothing) };
    seal_bytes(b"x", &cache, signed).unwrap();
    assert_eq!(asked(&cache), 4);
}

#[test]
fn an_entry_ends_with_its_time() {
    let (cache, clock) = cache(|_| {});
    seal(&cache, &pair("a"));
    clock.store(59, Ordering::Relaxed);
    seal(&cache, &pair("a"));
    assert_eq!(asked(&cache), 1);
    clock.store(60, Ordering::Relaxed);
    seal(&cache, &pair("a"));
    assert_eq!(asked(&cache), 2);
}

#[test]
fn entries_whose_time_is_over_go_with_the_next_new_one() {
    let (cache, clock) = cache(|_| {});
    let kept = |cache: &CachingManager<Counting>| cache.entries().by_id.len();
    seal(&cache, &pair("a"));
    clock.store(30, Ordering::Relaxed);
    seal(&cache, &pair("b"));
    clock.store(59, Ordering::Relaxed);
    seal(&cache, &pair("c"));
    assert_eq!(kept(&cache), 3, "the control: none is over");
    clock.store(60, Ordering::Relaxed);
    seal(&cache, &pair("c"));
    assert_eq!(kept(&cache), 3, "nothing new came");
    seal(&cache, &pair("d"));
    assert_eq!(kept(&cache), 3, "a went");
    clock.store(90, Ordering::Relaxed);
    seal(&cache, &pair("e"));
    assert_eq!(kept(&cache), 3, "b went");
    clock.store(1_000, Ordering::Relaxed);
    seal(&cache, &pair("e"));
    assert_eq!(kept(&cache), 1);
    cache.clear();
    assert_eq!(kept(&cache), 0);
}

#[test]
fn an_entry_ends_with_its_messages_and_bytes() {
    let (by_messages, _) = cache(|limits| limits.messages_max = NonZero::new(2).unwrap());
    (0..5).for_each(|_| drop(seal(&by_messages, &pair("a"))));
    assert_eq!(asked(&by_messages), 3);
    let (by_bytes, _) = cache(|limits| limits.bytes_max = 24);
    (0..5).for_each(|_| drop(seal(&by_bytes, &pair("a"))));
    assert_eq!(asked(&by_bytes), 3);
    let (too_long, _) = cache(|limits| limits.bytes_max = 11);
    (0..3).for_each(|_| drop(seal(&too_long, &pair("a"))));
    assert_eq!(asked(&too_long), 3);
}

#[test]
fn the_entry_unused_for_longest_makes_room() {
    let (cache, _) = cache(|limits| limits.capacity = NonZero::new(2).unwrap());
    for value in ["a", "b", "a", "c", "a", "b"] {
        seal(&cache, &pair(value));
    }
    assert_eq!(asked(&cache), 4);
}

#[test]
fn suites_without_derivation_and_unknown_lengths_are_never_cached() {
    let (cache, _) = cache(|_| {});
    let nothing = Context::default();
    let policy = CommitmentPolicy::ForbidEncryptAllowDecrypt;
    for id in [0x0014, 0x0046, 0x0078] {
        let options =
            SealOptions { suite: Suite::from_id(id).unwrap(), policy, ..SealOptions::new(&nothing) };
        let (one, two) = (seal_bytes(b"x", &cache, options), seal_bytes(b"x", &cache, options));
        assert_ne!(entries(&one.unwrap()), entries(&two.unwrap()));
    }
    assert_eq!(asked(&cache), 6);
    let required = std::collections::BTreeSet::new();
    let request = EncryptionRequest {
        suite: Suite::COMMITTING,
        context: &nothing,
        required: &required,
        plaintext_bytes: None,
    };
    for _ in 0..2 {
        cache.encryption_materials(request).unwrap();
    }
    assert_eq!(asked(&cache), 8);
}

#[test]
fn opening_is_cached_and_bound_to_keys_and_context() {
    let (cache, clock) = cache(|_| {});
    let message = seal(&cache, &pair("a"));
    let nothing = Context::default();
    let (right, wrong) = (pair("a"), pair("b"));
    let open = |given| open_bytes(&message, &cache, OpenOptions::new(given)).map(|o| o.plaintext.to_vec());
    assert_eq!(open(&nothing).unwrap(), b"twelve bytes");
    assert_eq!(open(&right).unwrap(), b"twelve bytes");
    assert_eq!(asked(&cache), 2);
    assert!(open(&wrong).is_err());
    clock.store(60, Ordering::Relaxed);
    open(&nothing).unwrap();
    assert_eq!(asked(&cache), 3, "the contradiction asked nobody");
}

#[test]
fn many_values_are_sealed_in_order_under_one_data_key() {
    let (cache, _) = cache(|_| {});
    let context = pair("a");
    let values: Vec<Vec<u8>> = (0..1_000u32).map(|i| i.to_be_bytes().to_vec()).collect();
    let messages = seal_many(&values, &cache, SealOptions::new(&context)).unwrap();
    assert_eq!((messages.len(), asked(&cache)), (1_000, 1));
    for (value, message) in values.iter().zip(&messages) {
        let opened = open_bytes(message, &cache, OpenOptions::new(&context)).unwrap();
        assert_eq!(*opened.plaintext, *value);
    }
    assert_eq!(asked(&cache), 2);
    let none: [&[u8]; 0] = [];
    assert!(seal_many(&none, &cache, SealOptions::new(&context)).unwrap().is_empty());
}

/// How many messages each data key sealed, in the order of the data keys' first messages.
fn messages_per_key(messages: &[Vec<u8>]) -> Vec<usize> {
    let mut counts: Vec<(Vec<crate::message::EncryptedDataKey>, usize)> = Vec::new();
    for keys in messages.iter().map(|message| entries(message)) {
        match counts.iter_mut().find(|(known, _)| *known == keys) {
            Some((_, count)) => *count += 1,
            None => counts.push((keys, 1)),
        }
    }
    counts.into_iter().map(|(_, count)| count).collect()
}

/// On one thread, so that it is known who asks when.
fn seal_in_turn(cache: &CachingManager<Counting>, values: &[Vec<u8>]) -> Vec<usize> {
    let context = pair("a");
    let options = SealOptions { threads: 1, ..SealOptions::new(&context) };
    messages_per_key(&seal_many(values, cache, options).unwrap())
}

#[test]
fn a_run_counts_each_of_its_messages_and_bytes() {
    let (by_messages, _) = cache(|limits| limits.messages_max = NonZero::new(5).unwrap());
    assert_eq!(seal_in_turn(&by_messages, &vec![vec![7_u8; 12]; 23]), [5, 5, 5, 5, 3]);
    assert_eq!(asked(&by_messages), 5);
    let (by_bytes, _) = cache(|limits| limits.bytes_max = 30);
    assert_eq!(seal_in_turn(&by_bytes, &vec![vec![7_u8; 12]; 7]), [2, 2, 2, 1]);
    assert_eq!(asked(&by_bytes), 4);
}

#[test]
fn a_run_is_what_its_messages_would_be_one_by_one() {
    let (in_runs, _) = cache(|limits| limits.messages_max = NonZero::new(7).unwrap());
    let (singly, _) = cache(|limits| limits.messages_max = NonZero::new(7).unwrap());
    seal_in_turn(&in_runs, &vec![vec![7_u8; 12]; 10]);
    (0..10).for_each(|_| drop(seal(&singly, &pair("a"))));
    for cache in [&in_runs, &singly] {
        let entries = cache.entries();
        let counts: Vec<_> = entries.by_id.values().map(|entry| (entry.messages, entry.bytes)).collect();
        assert_eq!(counts, [(3, 36)]);
    }
}

#[test]
fn a_value_that_is_too_long_for_the_cache_passes_it_by_in_a_run() {
    let (cache, _) = cache(|limits| limits.bytes_max = 400);
    let mut values = vec![vec![7_u8; 10]; 40];
    values[5] = vec![7; 401];
    assert_eq!(seal_in_turn(&cache, &values), [39, 1]);
    assert_eq!(asked(&cache), 2);
}

#[test]
fn limits_hold_over_many_threads() {
    let (cache, _) = cache(|limits| limits.messages_max = NonZero::new(5).unwrap());
    let context = pair("a");
    let options = SealOptions { threads: 4, ..SealOptions::new(&context) };
    let counts = messages_per_key(&seal_many(&vec![vec![7_u8; 12]; 400], &cache, options).unwrap());
    assert_eq!(counts.iter().sum::<usize>(), 400);
    assert!(counts.iter().all(|count| *count <= 5), "{counts:?}");
}

#[test]
fn the_time_is_looked_at_when_a_run_begins() {
    let (cache, clock) = cache(|_| {});
    let context = pair("a");
    let a_second = |_: u64| {
        clock.fetch_add(1, Ordering::Relaxed);
    };
    let options = SealOptions { threads: 1, progress: &a_second, ..SealOptions::new(&context) };
    let counts = messages_per_key(&seal_many(&vec![vec![7_u8; 12]; 97], &cache, options).unwrap());
    // The first value, then four runs of 24; the fourth begins after 73 seconds of 60.
    assert_eq!(counts, [73, 24]);
}

#[test]
fn a_data_key_without_derivation_seals_one_message_of_a_run() {
    /// Says that its materials are for everything.
    struct Generous(DefaultManager<RawAesKeyring>);

    impl MaterialsManager for Generous {
        fn encryption_materials(
            &self,
            request: EncryptionRequest<'_>,
        ) -> Result<Arc<EncryptionMaterials>, EnvelopeError> {
            self.0.encryption_materials(request)
        }

        fn decryption_materials(
            &self,
            request: DecryptionRequest<'_>,
        ) -> Result<Arc<DecryptionMaterials>, EnvelopeError> {
            self.0.decryption_materials(request)
        }

        fn materials_for_run(
            &self,
            request: EncryptionRequest<'_>,
            _: &[u64],
        ) -> Result<(Arc<EncryptionMaterials>, usize), EnvelopeError> {
            Ok((self.0.encryption_materials(request)?, usize::MAX))
        }
    }

    let generous = Generous(DefaultManager::new(RawAesKeyring::new("ns", "k", &[1; 32]).unwrap()));
    let (cached, _) = cache(|_| {});
    let nothing = Context::default();
    let options = SealOptions { threads: 1, ..SealOptions::new(&nothing) };
    let policy = CommitmentPolicy::ForbidEncryptAllowDecrypt;
    let underived = SealOptions { suite: Suite::from_id(0x0078).unwrap(), policy, ..options };
    let sealed = |manager: &(dyn MaterialsManager + Sync), options| {
        messages_per_key(&seal_many(&[[7_u8; 12]; 9], manager, options).unwrap())
    };
    assert_eq!(sealed(&generous, underived), [1; 9]);
    assert_eq!(sealed(&cached, underived), [1; 9]);
    assert_eq!(sealed(&generous, options), [1, 2, 2, 2, 2], "the control: its materials are used for runs");
}

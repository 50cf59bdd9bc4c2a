//! Scenarios of the material providers in which a cache stands before a source with one data key. The identifiers of entries
//! in them are of Amazon's cache and are passed over; what is held is what they limit: seconds, messages and bytes.

use super::manifest::text;
use super::{FixedKey, NOTHING};
use crate::materials::{CacheLimits, CachingManager, DefaultManager};
use crate::message::{EncryptedDataKey, Suite};
use crate::{OpenOptions, SealOptions, open_bytes, seal_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A cache as it is described, and the seconds that it goes by.
struct Cache<'a> {
    manager: CachingManager<DefaultManager<&'a FixedKey>>,
    source: &'a FixedKey,
    seconds: Arc<AtomicU64>,
    limits: CacheLimits,
}

impl<'a> Cache<'a> {
    fn new(description: &Value, source: &'a FixedKey) -> Self {
        let number = |name: &str| description[name].as_u64().unwrap();
        let limits = CacheLimits {
            messages_max: NonZero::new(number("limitMessages")).unwrap(),
            bytes_max: number("limitBytes"),
            ..CacheLimits::new(Duration::from_secs(number("cacheLimitTtlSeconds")))
        };
        let (seconds, start) = (Arc::<AtomicU64>::default(), Instant::now());
        let clock = Arc::clone(&seconds);
        let now = move || start + Duration::from_secs(clock.load(Ordering::Relaxed));
        let manager = CachingManager::with_clock(DefaultManager::new(source), limits.clone(), Box::new(now));
        Self { manager, source, seconds, limits }
    }

    fn wait(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// How often the source was asked.
    fn asked(&self) -> u32 {
        self.source.calls.get()
    }
}

fn source(description: &Value, keys: &Value) -> FixedKey {
    let underlying = &description["underlying"];
    assert_eq!(underlying["type"], "static-material-keyring");
    let key = &keys[text(&underlying["key"])];
    let bytes = |value: &Value| STANDARD.decode(text(value)).unwrap();
    let mut source = FixedKey::new(bytes(&key["plaintextDataKey"]));
    let entry = |entry: &Value| EncryptedDataKey {
        provider: text(&entry["keyProviderId"]).to_owned(),
        info: bytes(&entry["keyProviderInfo"]),
        blob: bytes(&entry["ciphertext"]),
    };
    source.encrypted = key["encryptedDataKeys"].as_array().unwrap().iter().map(entry).collect();
    source
}

/// Seals documents of the scenario's length, and opens all of them: the sources are asked when a limit says so, and not
/// before.
pub(super) fn run(name: &str, test: &Value, keys: &Value) {
    assert_eq!((&test["algorithmSuiteId"], &test["encryptionContext"]), (&json!("0478"), &json!({})));
    assert_eq!(test["requiredEncryptionContextKeys"], json!([]));
    let (sealing, opening) = (&test["encryptKeyDescription"], &test["decryptKeyDescription"]);
    let (of_sealing, of_opening) = (source(sealing, keys), source(opening, keys));
    let (sealing, opening) = (Cache::new(sealing, &of_sealing), Cache::new(opening, &of_opening));
    let document = vec![9; test["maxPlaintextLength"].as_u64().unwrap() as usize];
    for message in seal_past_the_limits(name, &sealing, &document) {
        let opened = open_bytes(&message, &opening.manager, OpenOptions::new(&NOTHING)).unwrap();
        assert!(*opened.plaintext == document, "{name}");
        assert_eq!(opened.header.suite(), Suite::COMMITTING, "{name}");
        assert_eq!(opened.header.encrypted_data_keys(), of_sealing.encrypted, "{name}");
        assert_eq!(opening.asked(), 1, "{name}: messages and bytes do not limit opening");
    }
    let again = || {
        let message = seal_bytes(&document, &sealing.manager, SealOptions::new(&NOTHING)).unwrap();
        open_bytes(&message, &opening.manager, OpenOptions::new(&NOTHING)).unwrap();
        opening.asked()
    };
    let seconds = opening.limits.time_to_live.as_secs();
    opening.wait(seconds - 1);
    assert_eq!(again(), 1, "{name}: the time to open is not over");
    opening.wait(1);
    assert_eq!(again(), 2, "{name}: the time to open is over");
}

/// Seals until each limit was met. Gives the messages.
fn seal_past_the_limits(name: &str, cache: &Cache<'_>, document: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut seal = || {
        messages.push(seal_bytes(document, &cache.manager, SealOptions::new(&NOTHING)).unwrap());
        cache.asked()
    };
    let by_bytes = cache.limits.bytes_max / document.len() as u64;
    let messages_per_key = cache.limits.messages_max.get().min(by_bytes);
    let seconds = cache.limits.time_to_live.as_secs();
    for _ in 0..messages_per_key {
        assert_eq!(seal(), 1, "{name}: within the limits");
    }
    assert_eq!(seal(), 2, "{name}: one message more than the limits");
    if messages_per_key > 1 {
        cache.wait(seconds - 1);
        assert_eq!(seal(), 2, "{name}: the time is not over");
        for _ in 2..messages_per_key {
            assert_eq!(seal(), 2, "{name}: within the limits");
        }
        assert_eq!(seal(), 3, "{name}: one message more than the limits");
        cache.wait(seconds);
        assert_eq!(seal(), 4, "{name}: the time is over");
    }
    messages
}

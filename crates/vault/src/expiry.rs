//! Unwrapped keys go when their time is over, in a vault that nobody asks for anything too: batches come when they come, so
//! a thread waits for the end of the oldest.

use crate::vault::Vault;
use std::time::{Duration, Instant};

/// Drops keys as their time ends, from `now` on. `wait` waits for at most so long and says what time it is then; `None` ends it.
pub(crate) fn watch(vault: &Vault, now: Instant, mut wait: impl FnMut(Duration) -> Option<Instant>) {
    let mut next = Some(now);
    while let Some(now) = next {
        next = wait(sweep(vault, now));
    }
}

/// Drops what is too old; how long it is until something else is. A key that comes meanwhile is younger than all that were
/// there, so nobody has to be woken for it.
fn sweep(vault: &Vault, now: Instant) -> Duration {
    let mut cache = vault.cache();
    cache.drop_old(now);
    cache.until_next_end(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{Holds, KEPT, Wrapped};
    use crate::in_process::fresh_vault;
    use std::sync::Arc;
    use strongroom_types::SystemClock;

    fn keep_a_key(vault: &Vault, at: Instant) {
        let key = Arc::new(vault.arena.store(b"key").unwrap());
        let wrapped = Wrapped { holds: Holds::BackingKey, record: &[7; 120], facts: b"facts" };
        vault.cache().keep(wrapped, key, at);
    }

    #[test]
    fn key_of_an_idle_vault_goes_when_its_time_ends() {
        let vault = fresh_vault(Box::new(SystemClock), None).unwrap();
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut now = start;
        let mut looks = Vec::new();
        watch(&vault, start, |wait| {
            if looks.is_empty() {
                keep_a_key(&vault, start + second);
            }
            looks.push((wait, vault.health().cached_keys));
            now += wait;
            (looks.len() < 3).then_some(now)
        });
        // The second look comes before the key's time is over, which is its control.
        assert_eq!(looks, [(KEPT, 1), (second, 1), (KEPT, 0)]);
    }
}

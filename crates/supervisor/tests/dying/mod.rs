//! Front and vault that die at the same time, and a vault that no front finds.

use crate::service::{Service, eventually, kill, refusal};
use std::fs;

/// A file in the service's working directory: the next front removes it and ends as one that finds no vault.
pub(crate) const NO_VAULT_ONCE: &str = "front-finds-no-vault";

/// Such a file, too: a vault ends before it serves.
pub(crate) const VAULT_ENDS: &str = "vault-ends-at-once";

/// The front's process id and the vault's.
fn both(service: &Service) -> Option<(u32, u32)> {
    Some((service.child_of_role("front-process")?, service.child_of_role("vault-process")?))
}

/// Waits for another front than this one, and an open vault.
fn serves_without(service: &Service, front: u32) {
    eventually("another front serves", || {
        let status = service.try_status()?;
        (status["front_pid"] != front && status["vault_open"] == true).then_some(())
    });
}

pub(crate) fn front_and_vault_that_die_together_come_back() {
    let service = Service::start();
    for next_front_starts in [false, true, false, true] {
        let (front, vault) = both(&service).unwrap();
        kill(front);
        eventually("the front is gone, or the next one starts", || {
            let now = service.child_of_role("front-process");
            (now != Some(front) && (now.is_some() || !next_front_starts)).then_some(())
        });
        kill(vault);
        eventually("another vault", || service.child_of_role("vault-process").filter(|pid| *pid != vault));
        serves_without(&service, front);
    }
    service.stop();
}

pub(crate) fn front_that_finds_no_vault_ends_only_a_start() {
    let service = Service::start();
    let front = service.child_of_role("front-process").unwrap();
    let once = service.directory.path().join(NO_VAULT_ONCE);
    fs::write(&once, b"").unwrap();
    kill(front);
    serves_without(&service, front);
    assert!(!once.exists(), "one front found none");
    service.stop();
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(NO_VAULT_ONCE), b"").unwrap();
    let said = refusal(&directory, "127.0.0.1:0");
    assert!(said.contains("the vault is not available"), "{said}");
}

pub(crate) fn vault_that_never_serves_ends_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let ends = directory.path().join(VAULT_ENDS);
    fs::write(&ends, b"").unwrap();
    let said = refusal(&directory, "127.0.0.1:0");
    assert!(said.contains("the vault cannot go on: it ended before it served"), "{said}");
    fs::remove_file(ends).unwrap();
    // The control: nothing was made that keeps the next start from serving.
    Service::start_in(std::sync::Arc::new(directory)).stop();
}

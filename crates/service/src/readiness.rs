//! Whether requests are served now, and everything that keeps them from being served.

use crate::clusters::said;
use crate::service::Service;
use serde::Serialize;
use strongroom_vault_protocol::{Health, Pkcs11State, StoreState, VaultError};

/// The clock is behind its last known time (threat T-06).
const CLOCK_BEHIND: &str = "clock_behind";

/// The audit record cannot be written, or has no room.
const AUDIT_REFUSES: &str = "audit_refuses";

/// The vault holds no keys until somebody opens it.
const VAULT_SEALED: &str = "vault_sealed";

/// The vault is being started again, or does not answer.
const VAULT_AWAY: &str = "vault_away";

/// The audit log's budget is nearly used up.
const AUDIT_NEARLY_FULL: &str = "audit_nearly_full";

/// The audit log's disk is nearly full.
const AUDIT_DISK_NEARLY_FULL: &str = "audit_disk_nearly_full";

/// The audit log is written, and no checkpoint covers what is on it.
const AUDIT_UNPROVED: &str = "audit_unproved";

/// The state's disk is nearly full: only changes that take something away are made.
const DISK_NEARLY_FULL: &str = "disk_nearly_full";

/// The PKCS#11 token is away: an open vault does not need it, one that is started again does.
const TOKEN_AWAY: &str = "token_away";

/// A token of custom key stores is away: its keys cannot be used, all others can.
const KEY_STORE_TOKEN_AWAY: &str = "key_store_token_away";

/// A token says that something is wrong with its PIN: wrong ones were tried, one more locks it, it is locked or has to be
/// changed.
const TOKEN_PIN: &str = "token_pin";

/// The clock is not believed as far as the deletion of keys and of audit records goes (threat T-06).
const DELETIONS_WAIT: &str = "deletions_wait";

/// What the summary names besides.
const TOKENS: [&str; 3] = [TOKEN_AWAY, KEY_STORE_TOKEN_AWAY, TOKEN_PIN];

/// The codes of all reasons for which requests are refused.
pub(crate) const REASONS: [&str; 4] = [CLOCK_BEHIND, AUDIT_REFUSES, VAULT_SEALED, VAULT_AWAY];

/// The codes of all warnings.
pub(crate) const WARNINGS: [&str; 8] = [
    AUDIT_NEARLY_FULL,
    AUDIT_DISK_NEARLY_FULL,
    AUDIT_UNPROVED,
    DISK_NEARLY_FULL,
    TOKEN_AWAY,
    KEY_STORE_TOKEN_AWAY,
    TOKEN_PIN,
    DELETIONS_WAIT,
];

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Its name, for programs.
    pub code: &'static str,
    /// The same for people.
    pub text: String,
}

/// Whether requests are served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether there is no reason against it.
    pub ready: bool,
    /// Everything for which requests are refused now.
    pub reasons: Vec<Reason>,
    /// What will keep requests from being served if nobody does anything.
    pub warnings: Vec<Reason>,
}

impl Service {
    /// Whether requests can be served now, and everything that is wrong if not.
    pub async fn readiness(&self) -> Readiness {
        self.readiness_with(&self.vault().health().await, &self.cluster_states().await)
    }

    /// The same when the vault was asked already.
    pub(crate) fn readiness_with(
        &self,
        vault: &Result<Health, VaultError>,
        clusters: &[StoreState],
    ) -> Readiness {
        let reason = |code, text: String| Reason { code, text };
        let audit = self.audit().status();
        let unwritable = |failing: String| format!("the audit record cannot be written: {failing}");
        let token = token(vault).map(|text| reason(TOKEN_AWAY, text));
        let deletions = self.clock_watch().doubt().map(|text| reason(DELETIONS_WAIT, text.to_owned()));
        let pins = pins(vault, clusters).map(|text| reason(TOKEN_PIN, text));
        let clusters = key_store_tokens(clusters).map(|text| reason(KEY_STORE_TOKEN_AWAY, text));
        let vault = match vault {
            Ok(health) if health.opened && !self.is_sealed() => None,
            Ok(_) => {
                let why = self.authenticator().sealed().unwrap_or(VaultError::Sealed);
                Some(reason(VAULT_SEALED, why.to_string()))
            }
            Err(error) => Some(reason(VAULT_AWAY, error.to_string())),
        };
        let full = audit.warn.then(|| {
            let (used, budget) = (audit.used_bytes, audit.budget_bytes);
            reason(
                AUDIT_NEARLY_FULL,
                format!("the audit log has {used} of the {budget} bytes that it may have"),
            )
        });
        let free = audit.free_bytes.filter(|_| audit.free_warn).map(|free| {
            let text = format!("the disk of the audit log has {free} bytes left");
            reason(AUDIT_DISK_NEARLY_FULL, text)
        });
        let unproved = self.unproved().map(|text| reason(AUDIT_UNPROVED, format!("the audit log: {text}")));
        let disk = self.store().is_low_on_space().then(|| {
            let text = "the disk is nearly full: only changes that take something away are made";
            reason(DISK_NEARLY_FULL, text.to_owned())
        });
        let reasons: Vec<Reason> = [
            self.clock_is_behind().map(|text| reason(CLOCK_BEHIND, text)),
            audit.failing.map(|failing| reason(AUDIT_REFUSES, unwritable(failing))),
            vault,
        ]
        .into_iter()
        .flatten()
        .collect();
        Readiness {
            ready: reasons.is_empty(),
            reasons,
            warnings: [full, free, unproved, disk, token, clusters, pins, deletions]
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    /// Whether requests can be served now, and the first thing that is wrong if not.
    pub async fn health(&self) -> (bool, String) {
        let Readiness { reasons, warnings, .. } = self.readiness().await;
        if let Some(reason) = reasons.into_iter().next() {
            return (false, reason.text);
        }
        let tokens = warnings.into_iter().filter(|warning| TOKENS.contains(&warning.code));
        let texts: Vec<String> =
            std::iter::once("ok".to_owned()).chain(tokens.map(|token| token.text)).collect();
        (true, texts.join("; "))
    }
}

/// What is wrong with the token, if the vault has one.
fn token(vault: &Result<Health, VaultError>) -> Option<String> {
    let state = vault.as_ref().ok()?.pkcs11.as_str().filter(|state| *state != "present")?;
    Some(format!("PKCS#11 token: {state}: a vault that is started again stays sealed meanwhile"))
}

/// Which tokens of key stores do not work.
fn key_store_tokens(clusters: &[StoreState]) -> Option<String> {
    let bad = clusters.iter().filter(|cluster| cluster.state != Pkcs11State::Present);
    let bad: Vec<String> = bad.map(|cluster| format!("{}: {}", cluster.cluster, said(cluster))).collect();
    let text = format!("tokens of key stores: {}: their keys cannot be used meanwhile", bad.join(", "));
    (!bad.is_empty()).then_some(text)
}

/// What tokens say of their PINs, if anything is wrong with one.
fn pins(vault: &Result<Health, VaultError>, clusters: &[StoreState]) -> Option<String> {
    let of_root = vault.as_ref().ok().map(|health| ("PKCS#11 token".to_owned(), health.pkcs11_pin));
    let of_clusters = clusters.iter().map(|cluster| (format!("token of {}", cluster.cluster), cluster.pin));
    let said = of_root.into_iter().chain(of_clusters).filter_map(|(whose, pin)| {
        let said = pin.said();
        (!said.is_empty()).then(|| format!("{whose}: {}", said.join(", ")))
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| format!("PIN of the {}", said.join("; of the ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_vault_protocol::{MemoryKind, TokenPin};

    fn health(pkcs11: Pkcs11State, pkcs11_pin: TokenPin) -> Result<Health, VaultError> {
        let memory = MemoryKind::Locked;
        Ok(Health { opened: true, random_ok: true, memory, cached_keys: 0, pkcs11, pkcs11_pin })
    }

    #[test]
    fn open_vault_warns_of_a_token_that_is_not_there() {
        let with = |pkcs11| token(&health(pkcs11, TokenPin::default()));
        for fine in [Pkcs11State::NotConfigured, Pkcs11State::Present] {
            assert_eq!(with(fine), None);
        }
        for bad in [Pkcs11State::Away, Pkcs11State::PinRefused, Pkcs11State::PinLocked] {
            let said = with(bad).unwrap();
            assert!(said.contains(bad.as_str().unwrap()), "{said}");
        }
        assert_eq!(token(&Err(VaultError::Unavailable)), None);
    }

    #[test]
    fn what_tokens_say_of_their_pins_is_a_warning() {
        let fine = TokenPin::default();
        let cluster = |pin| StoreState { cluster: "cluster-1".to_owned(), state: Pkcs11State::Present, pin };
        let warned =
            |of_root, of_cluster| pins(&health(Pkcs11State::Present, of_root), &[cluster(of_cluster)]);
        assert_eq!(warned(fine, fine), None);
        let last = TokenPin { count_low: true, final_try: true, ..fine };
        let locked = TokenPin { locked: true, ..fine };
        assert_eq!(
            warned(last, locked).as_deref(),
            Some(
                "PIN of the PKCS#11 token: one more wrong PIN locks it, a wrong one was tried; of the token of \
                 cluster-1: it is locked"
            )
        );
        let change = TokenPin { to_be_changed: true, ..fine };
        assert_eq!(
            warned(fine, change).as_deref(),
            Some("PIN of the token of cluster-1: it has to be changed")
        );
        assert_eq!(pins(&Err(VaultError::Unavailable), &[]), None);
    }
}

//! Rollback protection (threat T-25): an older copy of the data directory that was put back is noticed.
//!
//! The anchor is a few bytes outside the data directory: the store's newest revision and its chain digest, which names the
//! whole history, sealed by the vault. The front makes it after changes, the supervisor keeps it in the secrets folder and
//! hands it over at the next start. A store that is ahead of its anchor is in order: a crash came between the two. One that
//! is behind it, or at the same revision with another history, is not served unless the operator says so. Which answers wait
//! for it: `anchoring`.
//!
//! What is compared is the anchor's own words: whoever could forge them could delete the anchor as well. The seal tells
//! the operator that somebody did.

use crate::recording;
use crate::service::Service;
use serde::{Deserialize, Serialize};
use serde_json::json;
use strongroom_audit::{AuditError, Durability, Json, Purpose};
use strongroom_storage::{Chain, Revision};
use strongroom_vault_protocol::TokenKind;

/// What the supervisor hands over when a front starts.
#[derive(Debug, Default)]
pub struct AnchorGiven {
    /// The anchor as it was made last, if there is one.
    pub text: Option<String>,
    /// Whether the operator wants an older store served.
    pub accept_rollback: bool,
}

/// The store is not the one that the anchor was made for, or an older copy of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the data directory was put back: its state is at revision {store}, and revision {anchor} was there already. What was \
     changed since (keys that were disabled or deleted, policies, access keys) would be undone. Bring the newest copy back, or \
     start once with --accept-rollback"
)]
pub struct RolledBack {
    store: u64,
    anchor: u64,
}

/// The anchor, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Anchor {
    revision: u64,
    /// In hex.
    chain: String,
    /// A token of the vault that holds both.
    seal: String,
}

impl Anchor {
    /// What the seal holds; `None` when the chain is not one.
    fn sealed(&self) -> Option<Vec<u8>> {
        let chain: [u8; 32] = const_hex::decode_to_array(&self.chain).ok()?;
        Some(sealed(Revision::new(self.revision), Chain::new(chain)))
    }
}

/// `u64 revision, big-endian ‖ chain 32`.
fn sealed(revision: Revision, chain: Chain) -> Vec<u8> {
    [&revision.get().to_be_bytes()[..], &chain.bytes()].concat()
}

/// How a store stands to its anchor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A first start, or a store that keeps no history.
    Unknown,
    /// There is no anchor, or none that can be read.
    NoAnchor,
    /// Where the anchor was made, or ahead of it.
    InOrder(AnchorMade),
    /// Behind it, and the operator wants it so.
    Accepted(RolledBack),
}

/// An anchor whose seal is still to be looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AnchorMade(Anchor);

/// Compares a store with what the supervisor handed over.
pub(crate) fn compare(
    given: &AnchorGiven,
    newest: Option<(Revision, Chain)>,
) -> Result<Standing, RolledBack> {
    let Some((revision, chain)) = newest else { return Ok(Standing::Unknown) };
    let Some(text) = &given.text else {
        return Ok(if revision == Revision::ZERO { Standing::Unknown } else { Standing::NoAnchor });
    };
    let Ok(anchor) = serde_json::from_str::<Anchor>(text) else { return Ok(Standing::NoAnchor) };
    let is_behind = revision.get() < anchor.revision;
    let is_another = revision.get() == anchor.revision && const_hex::encode(chain.bytes()) != anchor.chain;
    if !is_behind && !is_another {
        return Ok(Standing::InOrder(AnchorMade(anchor)));
    }
    let found = RolledBack { store: revision.get(), anchor: anchor.revision };
    if given.accept_rollback { Ok(Standing::Accepted(found)) } else { Err(found) }
}

/// What was anchored last.
#[derive(Debug, Default)]
pub struct AnchorWork {
    pub(crate) anchored: Revision,
}

impl Service {
    /// Tells the operator what the comparison came to; an accepted rollback is on the record before anything is served.
    pub(crate) async fn settle(&self, standing: Standing) -> Result<(), AuditError> {
        match standing {
            Standing::Unknown => Ok(()),
            Standing::NoAnchor => {
                tracing::warn!(
                    "there is no rollback anchor in the secrets folder, or none that can be read: whether the data \
                     directory is an older copy cannot be told; a new anchor is made"
                );
                Ok(())
            }
            Standing::InOrder(AnchorMade(anchor)) => {
                if !self.is_sealed() && !self.has_sealed(&anchor).await {
                    tracing::warn!(
                        "the rollback anchor in the secrets folder was not sealed by this vault under the keyring key of \
                         now; a new anchor is made"
                    );
                }
                Ok(())
            }
            Standing::Accepted(found) => self.record_accepted(found).await,
        }
    }

    async fn has_sealed(&self, anchor: &Anchor) -> bool {
        let opened = self.vault().open_token(TokenKind::Anchor, &anchor.seal).await;
        opened.is_ok_and(|opened| anchor.sealed().is_some_and(|wanted| opened.expose() == wanted))
    }

    async fn record_accepted(&self, found: RolledBack) -> Result<(), AuditError> {
        let RolledBack { store, anchor } = found;
        tracing::warn!(store, anchor, "an older copy of the data directory is served (--accept-rollback)");
        let pending = self.room_on_record(Purpose::Change).await?;
        let by = "operator (--accept-rollback)";
        let mut record = recording::service_event(self, "OperatorAcceptRollback", by, None);
        record.request_parameters = Json::new(&json!({ "revision": store, "anchoredRevision": anchor })).ok();
        self.audit().close(pending, &record, Durability::Disk).await
    }

    /// Waits for a change that is not anchored yet and gives the anchor's text. `None` while none can be made (the vault is
    /// sealed, the store closed): to be asked again after a while.
    pub async fn next_anchor(&self, work: &mut AnchorWork) -> Option<String> {
        self.projection().applied(work.anchored.next()).await;
        self.anchor_now(work).await
    }

    /// The same without waiting; `None` also when nothing changed.
    pub async fn anchor_now(&self, work: &mut AnchorWork) -> Option<String> {
        // The store may be busy with its file.
        let store = self.store().clone();
        let newest = tokio::task::spawn_blocking(move || store.newest()).await;
        let (revision, chain) = newest.ok().flatten()?;
        if revision <= work.anchored {
            return None;
        }
        let seal = self.vault().seal_token(TokenKind::Anchor, &sealed(revision, chain)).await.ok()?;
        let anchor = Anchor { revision: revision.get(), chain: const_hex::encode(chain.bytes()), seal };
        let text = serde_json::to_string(&anchor).ok()?;
        work.anchored = revision;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(revision: u64, byte: u8) -> AnchorGiven {
        let chain = const_hex::encode([byte; 32]);
        let anchor = Anchor { revision, chain, seal: "SRR1.".to_owned() };
        AnchorGiven { text: serde_json::to_string(&anchor).ok(), accept_rollback: false }
    }

    fn store(revision: u64, byte: u8) -> Option<(Revision, Chain)> {
        Some((Revision::new(revision), Chain::new([byte; 32])))
    }

    #[test]
    fn store_behind_its_anchor_or_with_another_history_is_refused() {
        for (revision, byte) in [(6, 1), (0, 0), (7, 2)] {
            let found = RolledBack { store: revision, anchor: 7 };
            assert_eq!(compare(&anchor(7, 1), store(revision, byte)), Err(found));
            let given = AnchorGiven { accept_rollback: true, ..anchor(7, 1) };
            assert_eq!(compare(&given, store(revision, byte)), Ok(Standing::Accepted(found)));
        }
    }

    #[test]
    fn store_at_its_anchor_or_ahead_of_it_is_in_order() {
        for (revision, byte) in [(7, 1), (8, 2), (u64::MAX, 3)] {
            let standing = compare(&anchor(7, 1), store(revision, byte));
            assert!(matches!(standing, Ok(Standing::InOrder(_))), "{revision}");
        }
    }

    #[test]
    fn missing_and_unreadable_anchors_are_told_from_a_first_start() {
        let none = AnchorGiven::default();
        assert_eq!(compare(&none, store(0, 0)), Ok(Standing::Unknown));
        assert_eq!(compare(&none, store(1, 1)), Ok(Standing::NoAnchor));
        assert_eq!(compare(&anchor(7, 1), None), Ok(Standing::Unknown));
        for text in ["", "{}", "7", r#"{"revision":-1,"chain":"","seal":""}"#] {
            let given = AnchorGiven { text: Some(text.to_owned()), accept_rollback: false };
            assert_eq!(compare(&given, store(1, 1)), Ok(Standing::NoAnchor), "{text}");
        }
    }
}

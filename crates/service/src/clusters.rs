//! The clusters of custom key stores as the operator sees them: how each one's token is, and which store has it.

use crate::operator::OperatorError;
use crate::service::Service;
use crate::state::{KeyStoreEntry, Snapshot};
use serde::Serialize;
use strongroom_vault_protocol::StoreState;

/// How a token is of which the vault says nothing now.
const UNKNOWN: &str = "unknown";

/// How the token is behind a cluster's id that the operator took out of the configuration again.
const NOT_CONFIGURED: &str = "not configured";

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterShown {
    /// Its id.
    pub cluster: String,
    /// How its token is: `present`, `away`, `PIN refused`, `PIN locked`, `not configured`, or `unknown` when the vault does not
    /// answer.
    pub token: &'static str,
    /// What is wrong with its PIN, as the token says; nothing when all is well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pin: Vec<&'static str>,
    /// The store that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreShown>,
}

/// A custom key store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreShown {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The account it is in.
    pub account: String,
    /// The Region it is in.
    pub region: String,
    /// Whether it is connected, in AWS's words.
    pub connection_state: &'static str,
    /// Why it could not be connected, in AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_error: Option<&'static str>,
    /// How many keys are in it, those that wait for their deletion among them.
    pub keys: usize,
}

/// What is said of a token in this state.
pub(crate) fn said(state: &StoreState) -> &'static str {
    state.state.as_str().unwrap_or(NOT_CONFIGURED)
}

fn store_shown(snapshot: &Snapshot, store: &KeyStoreEntry) -> StoreShown {
    StoreShown {
        id: store.place.id.to_string(),
        name: store.record.name.clone(),
        account: store.place.account.to_string(),
        region: store.place.region.to_string(),
        connection_state: store.record.connection.as_str(),
        connection_error: store.record.error.map(|error| error.as_str()),
        keys: snapshot.keys_in_store(&store.place).count(),
    }
}

impl Service {
    /// How the token of every cluster is; nothing without clusters, or when the vault does not answer.
    pub(crate) async fn cluster_states(&self) -> Vec<StoreState> {
        if self.parts().clusters.is_empty() {
            return Vec::new();
        }
        self.vault().store_states().await.unwrap_or_default()
    }

    /// Every cluster that is configured or that a store has.
    pub(crate) async fn clusters_shown(&self) -> Vec<ClusterShown> {
        let states = self.cluster_states().await;
        let snapshot = self.snapshot();
        let configured = &self.parts().clusters;
        let left = snapshot.all_key_stores().map(|store| &store.record.cluster);
        let left = left.filter(|cluster| !configured.contains(cluster));
        let shown = |cluster: &String| {
            let state = states.iter().find(|state| state.cluster == *cluster);
            let token = match state {
                Some(state) => said(state),
                None if configured.contains(cluster) => UNKNOWN,
                None => NOT_CONFIGURED,
            };
            let store = snapshot.all_key_stores().find(|store| store.record.cluster == *cluster);
            let store = store.map(|store| store_shown(&snapshot, store));
            let pin = state.map(|state| state.pin.said()).unwrap_or_default();
            ClusterShown { cluster: cluster.clone(), token, pin, store }
        };
        configured.iter().chain(left).map(shown).collect()
    }

    /// The same for an operator, on the record.
    pub async fn list_clusters(&self, peer_uid: u32) -> Result<Vec<ClusterShown>, OperatorError> {
        self.record_act("OperatorListKeyStores", peer_uid, true, None).await?;
        Ok(self.clusters_shown().await)
    }
}
